/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods of the module uring.
 */
#include "modules/bdev/answer.h"
#include "modules/bdev/file/file_rpc.h"
#include "modules/bdev/uring/bdev_uring.h"
#include "spdk/rpc.h"

static const struct spindle_rpc_param create_members[] = {
	{.name = "filename",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct file_bdev_opts, filename),
	 .doc = "Path of the file or block device"},
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct file_bdev_opts, name),
	 .doc = "Name of the new bdev"},
	{.name = "block_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct file_bdev_opts, block_size),
	 .doc = "Size of a block in bytes, a power of two from 512 (default: "
		"what the file or device prefers)"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct file_bdev_opts, uuid),
	 .doc = "UUID of the new bdev (default: a new one)"},
};
static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct file_bdev_opts, create_members);

static void
create_uring(struct spdk_jsonrpc_request *request, void *params)
{
	file_rpc_create(&g_uring_module, request, params);
}
SPINDLE_RPC_REGISTER("bdev_uring_create", create_uring, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev on a file or block device, by io_uring")

static void
delete_uring(struct spdk_jsonrpc_request *request, void *params)
{
	const struct bdev_name_params *name = params;

	bdev_answer_delete(request, name->name, g_uring_module.bdev_module);
}
SPINDLE_RPC_REGISTER("bdev_uring_delete", delete_uring, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Deletes a bdev; the file stays")

static void
rescan_uring(struct spdk_jsonrpc_request *request, void *params)
{
	file_rpc_rescan(&g_uring_module, request, params);
}
SPINDLE_RPC_REGISTER("bdev_uring_rescan", rescan_uring, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Takes over a new size of the file or device")
