/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods of the module aio.
 */
#include "modules/bdev/aio/bdev_aio.h"
#include "modules/bdev/answer.h"
#include "modules/bdev/file/file_rpc.h"
#include "spdk/rpc.h"

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct file_bdev_opts, name),
	 .doc = "Name of the new bdev"},
	{.name = "filename",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct file_bdev_opts, filename),
	 .doc = "Path of the file or block device"},
	{.name = "block_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct file_bdev_opts, block_size),
	 .doc = "Size of a block in bytes, a power of two from 512 (default: "
		"what the file or device prefers)"},
	{.name = "readonly",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct file_bdev_opts, readonly),
	 .doc = "Writes are refused, and the file is opened for reading (default: false)"},
	{.name = "fallocate",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct file_bdev_opts, fallocate),
	 .doc = "UNMAP and WRITE ZEROES change the file at once; the thread waits "
		"for that (default: false, they are not offered)"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct file_bdev_opts, uuid),
	 .doc = "UUID of the new bdev (default: a new one)"},
	{.name = "nowait",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct file_bdev_opts, nowait),
	 .doc = "Block devices only: the kernel answers rather than wait, and what it "
		"cannot do at once is tried again (default: false)"},
};
static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct file_bdev_opts, create_members);

static void
create_aio(struct spdk_jsonrpc_request *request, void *params)
{
	file_rpc_create(&g_aio_module, request, params);
}
SPINDLE_RPC_REGISTER("bdev_aio_create", create_aio, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev on a file or block device, by libaio")

static void
delete_aio(struct spdk_jsonrpc_request *request, void *params)
{
	const struct bdev_name_params *name = params;

	bdev_answer_delete(request, name->name, g_aio_module.bdev_module);
}
SPINDLE_RPC_REGISTER("bdev_aio_delete", delete_aio, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Deletes a bdev; the file stays")

static void
rescan_aio(struct spdk_jsonrpc_request *request, void *params)
{
	file_rpc_rescan(&g_aio_module, request, params);
}
SPINDLE_RPC_REGISTER("bdev_aio_rescan", rescan_aio, SPDK_RPC_RUNTIME, &g_bdev_name_params,
		     "Takes over a new size of the file or device")
