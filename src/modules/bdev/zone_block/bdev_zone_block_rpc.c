/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the zone_block module.
 */
#include "bdev_zone_block.h"
#include "modules/bdev/name_rpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

struct create_params {
	char *name;
	char *base_bdev;
	uint64_t zone_capacity;
	uint64_t optimal_open_zones;
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the new bdev"},
	{.name = "base_bdev",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, base_bdev),
	 .doc = "Name of the bdev below it, which may come later"},
	{.name = "zone_capacity",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct create_params, zone_capacity),
	 .doc = "Blocks of a zone that can be written; zones are as far apart as the next power of "
		"2"},
	{.name = "optimal_open_zones",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct create_params, optimal_open_zones),
	 .doc = "Number of zones that had better be open; there is a multiple of it"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	const struct zone_block_opts opts = {
		.name = params->name,
		.base_name = params->base_bdev,
		.zone_capacity = params->zone_capacity,
		.optimal_open_zones = params->optimal_open_zones,
	};
	struct bdev_reason reason = {""};
	int rc = zone_block_create(&opts, &reason);

	if (rc == 0) {
		bdev_answer_name(request, params->name);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_zone_block_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev with zones on one without")

static void
delete_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct bdev_name_params *params = ctx;

	layered_answer_delete(request, &g_zone_block_type, params->name);
}

SPINDLE_RPC_REGISTER("bdev_zone_block_delete", delete_bdev, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Removes a bdev with zones")
