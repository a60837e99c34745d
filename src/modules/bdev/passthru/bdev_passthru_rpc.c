/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the passthru module.
 */
#include "bdev_passthru.h"
#include "modules/bdev/name_rpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

struct create_params {
	char *name;
	char *base_bdev_name;
	struct spdk_uuid uuid;
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the new bdev"},
	{.name = "base_bdev_name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, base_bdev_name),
	 .doc = "Name of the bdev below it, which may come later"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct create_params, uuid),
	 .doc = "UUID of the new bdev (default: one made from that of the bdev below)"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct bdev_reason reason = {""};
	struct layered *layered;
	int rc = -ENOMEM;

	layered =
		layered_new(&g_passthru_type, params->name, params->base_bdev_name, &params->uuid);
	if (layered != NULL) {
		rc = layered_add(layered, &reason);
	}
	if (rc == 0) {
		bdev_answer_name(request, params->name);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_passthru_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev that hands all on to another")

static void
delete_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct bdev_name_params *params = ctx;

	layered_answer_delete(request, &g_passthru_type, params->name);
}

SPINDLE_RPC_REGISTER("bdev_passthru_delete", delete_bdev, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Removes a passthru bdev")
