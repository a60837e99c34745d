/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the buffers for I/O: how many there are, and how they were used.
 */
#include "app/rpc/app_rpc.h"
#include "runtime/iobuf.h"
#include "spdk/rpc.h"
#include "spdk/thread.h"

struct iobuf_params {
	struct spdk_iobuf_opts opts;
	struct {
		bool small_pool_count;
		bool large_pool_count;
		bool small_bufsize;
		bool large_bufsize;
		bool enable_numa;
	} is_given;
};

static const struct spindle_rpc_param iobuf_members[] = {
	{.name = "small_pool_count",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct iobuf_params, opts.small_pool_count),
	 .given_offset = offsetof(struct iobuf_params, is_given.small_pool_count),
	 .doc = "How many small buffers there are (default: as it is, 8192 at first)"},
	{.name = "large_pool_count",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct iobuf_params, opts.large_pool_count),
	 .given_offset = offsetof(struct iobuf_params, is_given.large_pool_count),
	 .doc = "How many large buffers there are (default: as it is, 1024 at first)"},
	{.name = "small_bufsize",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct iobuf_params, opts.small_bufsize),
	 .given_offset = offsetof(struct iobuf_params, is_given.small_bufsize),
	 .doc = "Size of a small buffer, in bytes (default: as it is, 8192 at first)"},
	{.name = "large_bufsize",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct iobuf_params, opts.large_bufsize),
	 .given_offset = offsetof(struct iobuf_params, is_given.large_bufsize),
	 .doc = "Size of a large buffer, in bytes (default: as it is, 135168 at first)"},
	{.name = "enable_numa",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct iobuf_params, opts.enable_numa),
	 .given_offset = offsetof(struct iobuf_params, is_given.enable_numa),
	 .doc = "Pools for each NUMA node; accepted, and there is one of each size (default: as "
		"it is, false at first)"},
};

static const struct spindle_rpc_object iobuf_params =
	SPINDLE_RPC_OBJECT(struct iobuf_params, iobuf_members);

static void
take_given(const struct iobuf_params *params, struct spdk_iobuf_opts *opts)
{
	if (params->is_given.small_pool_count) {
		opts->small_pool_count = params->opts.small_pool_count;
	}
	if (params->is_given.large_pool_count) {
		opts->large_pool_count = params->opts.large_pool_count;
	}
	if (params->is_given.small_bufsize) {
		opts->small_bufsize = params->opts.small_bufsize;
	}
	if (params->is_given.large_bufsize) {
		opts->large_bufsize = params->opts.large_bufsize;
	}
	if (params->is_given.enable_numa) {
		opts->enable_numa = params->opts.enable_numa;
	}
}

static void
set_iobuf_options(struct spdk_jsonrpc_request *request, void *ctx)
{
	char reason[IOBUF_REASON_SIZE];
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	take_given(ctx, &opts);
	if (iobuf_check_opts(&opts, reason, sizeof(reason)) != 0) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						 reason);
		return;
	}
	(void)spdk_iobuf_set_opts(&opts); /* They are valid. */
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("iobuf_set_options", set_iobuf_options, SPDK_RPC_STARTUP, &iobuf_params,
		     "Sets how many buffers for I/O there are, and their sizes")

static void
write_pool(struct spdk_json_write_ctx *w, const char *name,
	   const struct spdk_iobuf_pool_stats *stats)
{
	spdk_json_write_named_object_begin(w, name);
	spdk_json_write_named_uint64(w, "cache", stats->cache);
	spdk_json_write_named_uint64(w, "main", stats->main);
	spdk_json_write_named_uint64(w, "retry", stats->retry);
	spdk_json_write_object_end(w);
}

static void
write_modules(struct spdk_iobuf_module_stats *modules, uint32_t count, void *request)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	for (uint32_t i = 0; i < count; i++) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "module", modules[i].module);
		write_pool(w, "small_pool", &modules[i].small_pool);
		write_pool(w, "large_pool", &modules[i].large_pool);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
get_iobuf_stats(struct spdk_jsonrpc_request *request, void *params)
{
	int rc = spdk_iobuf_get_stats(write_modules, request);

	if (rc == -ENOMEM) {
		answer_no_memory(request);
	} else if (rc != 0) {
		answer_errno(request, "There are no buffer pools at this time", rc);
	}
}

SPINDLE_RPC_REGISTER("iobuf_get_stats", get_iobuf_stats, SPDK_RPC_RUNTIME, NULL,
		     "How each module has got its buffers for I/O")
