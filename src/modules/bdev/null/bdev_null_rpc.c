/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the null module.
 */
#include "bdev_null.h"
#include "modules/bdev/name_rpc.h"
#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* ---- bdev_null_create ---- */

/* What is decoded: types as the tables have them. */
struct create_params {
	char *name;
	struct spdk_uuid uuid;
	uint64_t num_blocks;
	uint32_t block_size;
	uint32_t physical_block_size;
	uint32_t md_size;
	int32_t dif_type;
	uint32_t dif_pi_format;
	bool dif_is_head_of_md;
	uint32_t preferred_write_granularity;
	uint32_t preferred_write_alignment;
	uint32_t optimal_write_size;
	uint32_t preferred_unmap_granularity;
	uint32_t preferred_unmap_alignment;
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the new bdev"},
	{.name = "block_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .is_required = true,
	 .offset = offsetof(struct create_params, block_size),
	 .doc = "Bytes of data in a block, a multiple of 512"},
	{.name = "num_blocks",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct create_params, num_blocks),
	 .doc = "Number of blocks"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct create_params, uuid),
	 .doc = "UUID of the new bdev (default: a new one)"},
	{.name = "physical_block_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, physical_block_size),
	 .doc = "Bytes of a physical block, a power of 2 from 512 on (default: block_size)"},
	{.name = "md_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, md_size),
	 .doc = "Bytes of metadata behind the data of each block: 0, 8, 16, 32, 64 or 128 "
		"(default: 0)"},
	{.name = "dif_type",
	 .kind = SPINDLE_RPC_INT32,
	 .offset = offsetof(struct create_params, dif_type),
	 .doc = "Type of protection information, 0 to 3; all but 0 need md_size (default: 0, "
		"none)"},
	{.name = "dif_pi_format",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, dif_pi_format),
	 .doc = "Format of protection information: 0, 1, 2 for a guard of 16, 32, 64 bits "
		"(default: 0)"},
	{.name = "dif_is_head_of_md",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct create_params, dif_is_head_of_md),
	 .doc = "Protection information is at the beginning of the metadata, not at its end "
		"(default: false)"},
	{.name = "preferred_write_granularity",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, preferred_write_granularity),
	 .doc = "Preferred granularity of writes, in blocks (default: none)"},
	{.name = "preferred_write_alignment",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, preferred_write_alignment),
	 .doc = "Preferred alignment of writes, in blocks (default: none)"},
	{.name = "optimal_write_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, optimal_write_size),
	 .doc = "Optimal size of writes, in blocks (default: none)"},
	{.name = "preferred_unmap_granularity",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, preferred_unmap_granularity),
	 .doc = "Preferred granularity of unmaps, in blocks (default: none)"},
	{.name = "preferred_unmap_alignment",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, preferred_unmap_alignment),
	 .doc = "Preferred alignment of unmaps, in blocks (default: none)"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct null_bdev_opts opts = {
		.name = params->name,
		.uuid = params->uuid,
		.num_blocks = params->num_blocks,
		.block_size = params->block_size,
		.physical_block_size = params->physical_block_size,
		.md_size = params->md_size,
		.dif_type = (enum spdk_dif_type)params->dif_type,
		.dif_pi_format = (enum spdk_dif_pi_format)params->dif_pi_format,
		.dif_is_head_of_md = params->dif_is_head_of_md,
		.preferred_write_granularity = params->preferred_write_granularity,
		.preferred_write_alignment = params->preferred_write_alignment,
		.optimal_write_size = params->optimal_write_size,
		.preferred_unmap_granularity = params->preferred_unmap_granularity,
		.preferred_unmap_alignment = params->preferred_unmap_alignment,
	};
	struct bdev_reason reason = {""};
	int rc = null_bdev_create(&opts, &reason);

	if (rc == 0) {
		bdev_answer_name(request, params->name);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_null_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev that forgets what is written to it")

/* ---- bdev_null_delete ---- */

static void
delete_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct bdev_name_params *params = ctx;

	bdev_answer_delete(request, params->name, &g_null_module);
}

SPINDLE_RPC_REGISTER("bdev_null_delete", delete_bdev, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Removes a null bdev")

/* ---- bdev_null_resize ---- */

struct resize_params {
	char *name;
	uint64_t new_size;
};

static const struct spindle_rpc_param resize_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct resize_params, name),
	 .doc = "Name of the bdev"},
	{.name = "new_size",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct resize_params, new_size),
	 .doc = "New size, in MiB"},
};

static const struct spindle_rpc_object resize_params =
	SPINDLE_RPC_OBJECT(struct resize_params, resize_members);

static void
resize(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct resize_params *params = ctx;
	struct bdev_reason reason = {""};
	int rc = null_bdev_resize(params->name, params->new_size, &reason);

	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_null_resize", resize, SPDK_RPC_RUNTIME, &resize_params,
		     "Gives a null bdev another size")
