/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the layer: its options, examination, limits of a device; and what all methods share.
 */
#include "bdev_rpc.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

void
bdev_rpc_error(struct spdk_jsonrpc_request *request, const char *name, int rc)
{
	if (name != NULL) {
		spdk_jsonrpc_send_error_response_fmt(request, rc, "bdev %s: %s", name,
						     spdk_strerror(-rc));
	} else {
		spdk_jsonrpc_send_error_response(request, rc, spdk_strerror(-rc));
	}
}

struct spdk_bdev *
bdev_rpc_get(struct spdk_jsonrpc_request *request, const char *name)
{
	struct spdk_bdev *bdev = bdev_get_held(name);

	if (bdev == NULL) {
		bdev_rpc_error(request, name, -ENODEV);
	}
	return bdev;
}

struct bdev_rpc_deed {
	struct spdk_jsonrpc_request *request;
	struct spdk_bdev *bdev;
};

struct bdev_rpc_deed *
bdev_rpc_begin(struct spdk_jsonrpc_request *request, const char *name)
{
	struct bdev_rpc_deed *deed = calloc(1, sizeof(*deed));

	if (deed == NULL) {
		bdev_rpc_error(request, name, -ENOMEM);
		return NULL;
	}
	deed->request = request;
	deed->bdev = bdev_rpc_get(request, name);
	if (deed->bdev == NULL) {
		free(deed);
		return NULL;
	}
	return deed;
}

struct spdk_bdev *
bdev_rpc_deed_bdev(struct bdev_rpc_deed *deed)
{
	return deed->bdev;
}

void
bdev_rpc_done(void *arg, int status)
{
	struct bdev_rpc_deed *deed = arg;

	if (status == 0) {
		spdk_jsonrpc_send_bool_response(deed->request, true);
	} else {
		bdev_rpc_error(deed->request, deed->bdev->name, status);
	}
	bdev_release(deed->bdev);
	free(deed);
}

/* ---- Options ---- */

struct options_params {
	struct spdk_bdev_opts opts;
	struct {
		bool io_pool_size;
		bool io_cache_size;
		bool auto_examine;
		bool small_cache_size;
		bool large_cache_size;
	} is_given;
};

static const struct spindle_rpc_param options_members[] = {
	{.name = "bdev_io_pool_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.bdev_io_pool_size),
	 .given_offset = offsetof(struct options_params, is_given.io_pool_size),
	 .doc = "How many I/Os there may be at a time (default: as it is, 65535 at first)"},
	{.name = "bdev_io_cache_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.bdev_io_cache_size),
	 .given_offset = offsetof(struct options_params, is_given.io_cache_size),
	 .doc = "How many free ones each thread keeps (default: as it is, 256 at first)"},
	{.name = "bdev_auto_examine",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct options_params, opts.bdev_auto_examine),
	 .given_offset = offsetof(struct options_params, is_given.auto_examine),
	 .doc = "Whether modules look at each new bdev, and build on it what it says, without "
		"bdev_examine (default: as it is, true at first)"},
	{.name = "iobuf_small_cache_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.iobuf_small_cache_size),
	 .given_offset = offsetof(struct options_params, is_given.small_cache_size),
	 .doc = "How many small buffers each thread keeps (default: as it is, 128 at first)"},
	{.name = "iobuf_large_cache_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.iobuf_large_cache_size),
	 .given_offset = offsetof(struct options_params, is_given.large_cache_size),
	 .doc = "How many large buffers each thread keeps (default: as it is, 16 at first)"},
};

static const struct spindle_rpc_object options_params =
	SPINDLE_RPC_OBJECT(struct options_params, options_members);

static void
take_given(const struct options_params *params, struct spdk_bdev_opts *opts)
{
	if (params->is_given.io_pool_size) {
		opts->bdev_io_pool_size = params->opts.bdev_io_pool_size;
	}
	if (params->is_given.io_cache_size) {
		opts->bdev_io_cache_size = params->opts.bdev_io_cache_size;
	}
	if (params->is_given.auto_examine) {
		opts->bdev_auto_examine = params->opts.bdev_auto_examine;
	}
	if (params->is_given.small_cache_size) {
		opts->iobuf_small_cache_size = params->opts.iobuf_small_cache_size;
	}
	if (params->is_given.large_cache_size) {
		opts->iobuf_large_cache_size = params->opts.iobuf_large_cache_size;
	}
}

static void
set_bdev_options(struct spdk_jsonrpc_request *request, void *ctx)
{
	char reason[BDEV_REASON_SIZE];
	struct spdk_bdev_opts opts;

	spdk_bdev_get_opts(&opts, sizeof(opts));
	take_given(ctx, &opts);
	if (bdev_check_opts(&opts, reason, sizeof(reason)) != 0) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						 reason);
		return;
	}
	(void)spdk_bdev_set_opts(&opts); /* They are valid. */
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("bdev_set_options", set_bdev_options, SPDK_RPC_STARTUP, &options_params,
		     "Sets how many I/Os and buffers there are, and what is examined")

/* ---- Examination ---- */

struct name_params {
	char *name;
};

static const struct spindle_rpc_param name_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct name_params, name),
	 .doc = "Name or alias of a bdev, which may come later"},
};

static const struct spindle_rpc_object name_params =
	SPINDLE_RPC_OBJECT(struct name_params, name_members);

static void
examine_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct name_params *params = ctx;
	int rc = spdk_bdev_examine(params->name);

	if (rc != 0) {
		bdev_rpc_error(request, params->name, rc);
	} else {
		spdk_jsonrpc_send_bool_response(request, true);
	}
}

SPINDLE_RPC_REGISTER("bdev_examine", examine_bdev, SPDK_RPC_RUNTIME, &name_params,
		     "Has modules look at a bdev, where they do not by themselves")

static void
all_examined(void *request)
{
	spdk_jsonrpc_send_bool_response(request, true);
}

static void
wait_for_bdev_examine(struct spdk_jsonrpc_request *request, void *params)
{
	int rc = spdk_bdev_wait_for_examine(all_examined, request);

	if (rc != 0) {
		bdev_rpc_error(request, NULL, rc);
	}
}

SPINDLE_RPC_REGISTER("bdev_wait_for_examine", wait_for_bdev_examine, SPDK_RPC_RUNTIME, NULL,
		     "Answers when all examinations have ended")

/* ---- Limits ---- */

#define LIMITS SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES
/* As C has it: the limit stays as it is. */
#define UNCHANGED UINT64_MAX

struct limit_params {
	char *name;
	uint64_t limits[LIMITS];
};

static const struct limit_params limit_defaults = {
	.limits = {UNCHANGED, UNCHANGED, UNCHANGED, UNCHANGED},
};

#define LIMIT(type, text, what)                                                              \
	{                                                                                    \
		.name = (text), .kind = SPINDLE_RPC_UINT64,                                  \
		.offset = offsetof(struct limit_params, limits) + (type) * sizeof(uint64_t), \
		.doc = what " (default: as it is; 0: no limit)",                             \
	}

static const struct spindle_rpc_param limit_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct limit_params, name),
	 .doc = "Name or alias of a bdev"},
	LIMIT(SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT, "rw_ios_per_sec",
	      "Reads and writes a second, rounded up to thousands"),
	LIMIT(SPDK_BDEV_QOS_RW_BPS_RATE_LIMIT, "rw_mbytes_per_sec",
	      "MiB a second read and written"),
	LIMIT(SPDK_BDEV_QOS_R_BPS_RATE_LIMIT, "r_mbytes_per_sec", "MiB a second read"),
	LIMIT(SPDK_BDEV_QOS_W_BPS_RATE_LIMIT, "w_mbytes_per_sec", "MiB a second written"),
};

static const struct spindle_rpc_object limit_params =
	SPINDLE_RPC_OBJECT_WITH(struct limit_params, limit_members, &limit_defaults);

static void
set_qos_limit(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct limit_params *params = ctx;
	struct bdev_rpc_deed *deed;
	bool is_any = false;
	int i;

	for (i = 0; i < LIMITS; i++) {
		is_any = is_any || params->limits[i] != UNCHANGED;
	}
	if (!is_any) {
		spdk_jsonrpc_send_error_response(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"No limit is given: rw_ios_per_sec, rw_mbytes_per_sec, r_mbytes_per_sec, "
			"w_mbytes_per_sec");
		return;
	}
	deed = bdev_rpc_begin(request, params->name);
	if (deed != NULL) {
		spdk_bdev_set_qos_rate_limits(deed->bdev, params->limits, bdev_rpc_done, deed);
	}
}

SPINDLE_RPC_REGISTER("bdev_set_qos_limit", set_qos_limit, SPDK_RPC_RUNTIME, &limit_params,
		     "Limits how much is read and written in a second")

/* ---- Queue depth ---- */

struct sampling_params {
	char *name;
	uint64_t period;
};

static const struct spindle_rpc_param sampling_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct sampling_params, name),
	 .doc = "Name or alias of a bdev"},
	{.name = "period",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct sampling_params, period),
	 .doc = "Microseconds from one sample to the next; 0: none"},
};

static const struct spindle_rpc_object sampling_params =
	SPINDLE_RPC_OBJECT(struct sampling_params, sampling_members);

static void
set_qd_sampling_period(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct sampling_params *params = ctx;
	struct spdk_bdev *bdev = bdev_rpc_get(request, params->name);

	if (bdev != NULL) {
		spdk_bdev_set_qd_sampling_period(bdev, params->period);
		bdev_release(bdev);
		spdk_jsonrpc_send_bool_response(request, true);
	}
}

SPINDLE_RPC_REGISTER("bdev_set_qd_sampling_period", set_qd_sampling_period, SPDK_RPC_RUNTIME,
		     &sampling_params, "Samples how many I/Os a bdev has at a time")
