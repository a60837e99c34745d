/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the split module.
 */
#include "bdev_split.h"
#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* ---- bdev_split_create ---- */

struct create_params {
	char *base_bdev;
	uint32_t split_count;
	uint64_t split_size_mb;
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "base_bdev",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, base_bdev),
	 .doc = "Name of the bdev to split, which may come later"},
	{.name = "split_count",
	 .kind = SPINDLE_RPC_UINT32,
	 .is_required = true,
	 .offset = offsetof(struct create_params, split_count),
	 .doc = "Number of parts"},
	{.name = "split_size_mb",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct create_params, split_size_mb),
	 .doc = "Size of each part, in MiB (default: 0, all of the bdev)"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

static void
answer_names(struct spdk_jsonrpc_request *request, const struct split *split)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	split_write_names(split, w);
	spdk_jsonrpc_end_result(request, w);
}

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct split_opts opts = {
		.base_name = params->base_bdev,
		.count = params->split_count,
		.size_mb = params->split_size_mb,
	};
	struct bdev_reason reason = {""};
	struct split *split = NULL;
	int rc = split_create(&opts, &reason, &split);

	if (rc == 0) {
		answer_names(request, split);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_split_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Splits a bdev into several of the same size")

/* ---- bdev_split_delete ---- */

struct delete_params {
	char *base_bdev;
};

static const struct spindle_rpc_param delete_members[] = {
	{.name = "base_bdev",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct delete_params, base_bdev),
	 .doc = "Name of the bdev that is split"},
};

static const struct spindle_rpc_object delete_params =
	SPINDLE_RPC_OBJECT(struct delete_params, delete_members);

static void
delete_split(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct delete_params *params = ctx;
	struct bdev_reason reason = {""};
	int rc = split_delete(params->base_bdev, bdev_answer_done, request);

	if (rc != 0) {
		(void)bdev_refuse(&reason, rc, "bdev '%s' is not split", params->base_bdev);
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_split_delete", delete_split, SPDK_RPC_RUNTIME, &delete_params,
		     "Removes the parts of a bdev, and lets it be whole")
