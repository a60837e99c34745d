/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the malloc module.
 */
#include "bdev_malloc.h"
#include "modules/bdev/name_rpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* ---- bdev_malloc_create ---- */

struct create_params {
	char *name;
	struct spdk_uuid uuid;
	uint64_t num_blocks;
	uint32_t block_size;
	uint32_t physical_block_size;
	uint32_t optimal_io_boundary;
	uint32_t md_size;
	bool md_interleave;
	int32_t dif_type;
	bool dif_is_head_of_md;
	uint32_t dif_pi_format;
	int32_t numa_id;
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the new bdev (default: the next of Malloc0, Malloc1 and so on)"},
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
	{.name = "optimal_io_boundary",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, optimal_io_boundary),
	 .doc = "Reads and writes are split at multiples of so many blocks (default: 0, nowhere)"},
	{.name = "md_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, md_size),
	 .doc = "Bytes of metadata of each block: 0, 8, 16, 32, 64 or 128 (default: 0)"},
	{.name = "md_interleave",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct create_params, md_interleave),
	 .doc = "Metadata is behind the data of each block, not in a buffer of its own (default: "
		"false)"},
	{.name = "dif_type",
	 .kind = SPINDLE_RPC_INT32,
	 .offset = offsetof(struct create_params, dif_type),
	 .doc = "Type of protection information, 0 to 3; all but 0 need md_size (default: 0, "
		"none)"},
	{.name = "dif_is_head_of_md",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct create_params, dif_is_head_of_md),
	 .doc = "Protection information is at the beginning of the metadata, not at its end "
		"(default: false)"},
	{.name = "physical_block_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, physical_block_size),
	 .doc = "Bytes of a physical block, a power of 2 from 512 on (default: block_size)"},
	{.name = "dif_pi_format",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, dif_pi_format),
	 .doc = "Format of protection information: 0, 1, 2 for a guard of 16, 32, 64 bits "
		"(default: 0)"},
	{.name = "numa_id",
	 .kind = SPINDLE_RPC_INT32,
	 .offset = offsetof(struct create_params, numa_id),
	 .doc = "NUMA node of the memory (default: -1, any)"},
};

static const struct create_params create_defaults = {.numa_id = SPDK_ENV_NUMA_ID_ANY};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT_WITH(struct create_params, create_members, &create_defaults);

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct malloc_bdev_opts opts = {
		.name = params->name,
		.uuid = params->uuid,
		.geometry =
			{
				.num_blocks = params->num_blocks,
				.block_size = params->block_size,
				.physical_block_size = params->physical_block_size,
				.md_size = params->md_size,
				.md_interleave = params->md_interleave,
				.dif_type = (enum spdk_dif_type)params->dif_type,
				.dif_pi_format = (enum spdk_dif_pi_format)params->dif_pi_format,
				.dif_is_head_of_md = params->dif_is_head_of_md,
			},
		.optimal_io_boundary = params->optimal_io_boundary,
		.numa_id = params->numa_id,
	};
	struct bdev_reason reason = {""};
	struct spdk_bdev *bdev = NULL;
	int rc = malloc_bdev_create(&opts, &reason, &bdev);

	if (rc == 0) {
		bdev_answer_name(request, spdk_bdev_get_name(bdev));
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_malloc_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev in memory")

/* ---- bdev_malloc_delete ---- */

static void
delete_bdev(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct bdev_name_params *params = ctx;

	bdev_answer_delete(request, params->name, &g_malloc_module);
}

SPINDLE_RPC_REGISTER("bdev_malloc_delete", delete_bdev, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Removes a malloc bdev and what is on it")
