/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A module of block devices outside of Spindle's tree: memory whose bytes are masked, each XORed
 * with a key, so that what was written cannot be read in a dump of the program. It is linked into
 * a program, and its devices are as good as any other.
 *
 *   mask_create name=Mask0 num_blocks=2048 key=90
 *   mask_delete name=Mask0
 *
 * Invariants:
 * 1. What is in memory is masked, also what was never written: a new device reads as zeroes.
 * 2. Every I/O completes inside submit_request() or when its buffer comes, so there is never one
 *    for a reset to wait for, and a channel has nothing to remember.
 */
#include <spdk/bdev_module.h>
#include <spdk/json.h>
#include <spdk/jsonrpc.h>
#include <spdk/rpc.h>
#include <spdk/stdinc.h>
#include <spdk/string.h>
#include <spindle/rpc.h>

#define BLOCK_SIZE 512
/* 1 GiB: all of it is touched when the device is made. */
#define MAX_BLOCKS (1024 * 1024 * 1024 / BLOCK_SIZE)

struct mask_disk {
	/* What the layer knows of the device; its ctxt leads back here. */
	struct spdk_bdev bdev;
	uint8_t *memory;
	uint8_t key;
};

static struct spdk_bdev_module g_mask;

/* ---- I/O: on the thread that submitted it, without allocation, log or lock ---- */

static struct mask_disk *
disk_of(struct spdk_bdev_io *io)
{
	return io->bdev->ctxt;
}

/* The layer has checked that offset and length are within the device. */
static uint8_t *
memory_of(struct spdk_bdev_io *io)
{
	return disk_of(io)->memory + io->u.bdev.offset_blocks * BLOCK_SIZE;
}

static void
copy_masked(uint8_t *to, const uint8_t *from, size_t length, uint8_t key)
{
	size_t i;

	for (i = 0; i < length; i++) {
		to[i] = from[i] ^ key;
	}
}

/* Data may be in pieces, in any number and of any length. */
static void
mask_write(struct spdk_bdev_io *io)
{
	uint8_t *memory = memory_of(io);
	int i;

	for (i = 0; i < io->u.bdev.iovcnt; i++) {
		const struct iovec *piece = &io->u.bdev.iovs[i];

		copy_masked(memory, piece->iov_base, piece->iov_len, disk_of(io)->key);
		memory += piece->iov_len;
	}
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
}

static void
mask_read(struct spdk_io_channel *channel, struct spdk_bdev_io *io, bool success)
{
	const uint8_t *memory = memory_of(io);
	int i;

	for (i = 0; success && i < io->u.bdev.iovcnt; i++) {
		const struct iovec *piece = &io->u.bdev.iovs[i];

		copy_masked(piece->iov_base, memory, piece->iov_len, disk_of(io)->key);
		memory += piece->iov_len;
	}
	spdk_bdev_io_complete(io,
			      success ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_FAILED);
}

/* Masked zeroes are the key. */
static void
mask_zero(struct spdk_bdev_io *io)
{
	memset(memory_of(io), disk_of(io)->key, io->u.bdev.num_blocks * BLOCK_SIZE);
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
}

static void
mask_submit_request(struct spdk_io_channel *channel, struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		/* One who brought no memory is given some first. */
		spdk_bdev_io_get_buf(io, mask_read, io->u.bdev.num_blocks * BLOCK_SIZE);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
		mask_write(io);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_UNMAP:
		mask_zero(io);
		break;
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		break;
	default:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		break;
	}
}

/* What is not here the layer does by what is: compare, copy and so on. */
static bool
mask_io_type_supported(void *ctx, enum spdk_bdev_io_type type)
{
	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
		return true;
	default:
		return false;
	}
}

static struct spdk_io_channel *
mask_get_io_channel(void *ctx)
{
	return spdk_get_io_channel(&g_mask);
}

/* ---- A device, on the app thread ---- */

/* What bdev_get_bdevs shows of it, beside what all devices have. */
static int
mask_dump_info_json(void *ctx, struct spdk_json_write_ctx *w)
{
	const struct mask_disk *disk = ctx;

	spdk_json_write_named_object_begin(w, "mask");
	spdk_json_write_named_uint32(w, "key", disk->key);
	spdk_json_write_object_end(w);
	return 0;
}

/* The method that makes the same device again, its UUID included: save_config collects these. */
static void
mask_write_config_json(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	const struct mask_disk *disk = bdev->ctxt;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "mask_create");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_named_uint64(w, "num_blocks", bdev->blockcnt);
	spdk_json_write_named_uint32(w, "key", disk->key);
	spdk_json_write_named_uuid(w, "uuid", &bdev->uuid);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/* Nobody has the device open any more. Also takes one that was never whole. */
static int
mask_destruct(void *ctx)
{
	struct mask_disk *disk = ctx;

	free(disk->memory);
	free(disk->bdev.name);
	free(disk);
	return 0;
}

static const struct spdk_bdev_fn_table g_mask_functions = {
	.destruct = mask_destruct,
	.submit_request = mask_submit_request,
	.io_type_supported = mask_io_type_supported,
	.get_io_channel = mask_get_io_channel,
	.dump_info_json = mask_dump_info_json,
	.write_config_json = mask_write_config_json,
};

struct mask_create_params {
	char *name;
	uint64_t num_blocks;
	uint8_t key;
	struct spdk_uuid uuid;
};

/* 0, and the device is there; or -errno, and nothing is. */
static int
mask_create(const struct mask_create_params *params)
{
	struct mask_disk *disk = calloc(1, sizeof(*disk));
	static char product_name[] = "Masked memory";
	int rc = -ENOMEM;

	if (disk == NULL) {
		return -ENOMEM;
	}
	disk->key = params->key;
	disk->memory = malloc(params->num_blocks * BLOCK_SIZE);
	disk->bdev.name = strdup(params->name);
	if (disk->memory == NULL || disk->bdev.name == NULL) {
		goto destruct;
	}
	memset(disk->memory, disk->key, params->num_blocks * BLOCK_SIZE);
	disk->bdev.product_name = product_name;
	disk->bdev.blocklen = BLOCK_SIZE;
	disk->bdev.blockcnt = params->num_blocks;
	/* All zeroes where it was not given: then the layer makes one. */
	disk->bdev.uuid = params->uuid;
	disk->bdev.ctxt = disk;
	disk->bdev.module = &g_mask;
	disk->bdev.fn_table = &g_mask_functions;
	rc = spdk_bdev_register(&disk->bdev);
	if (rc == 0) {
		return 0;
	}

destruct:
	(void)mask_destruct(disk); /* always 0 */
	return rc;
}

/* ---- Its methods: each a table of parameters, and a function that is given them decoded ---- */

static const struct spindle_rpc_param mask_create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct mask_create_params, name),
	 .doc = "Name of the new bdev"},
	{.name = "num_blocks",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct mask_create_params, num_blocks),
	 .doc = "Number of blocks of 512 bytes, at most 2097152"},
	{.name = "key",
	 .kind = SPINDLE_RPC_UINT8,
	 .is_required = true,
	 .offset = offsetof(struct mask_create_params, key),
	 .doc = "What each byte in memory is XORed with"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct mask_create_params, uuid),
	 .doc = "UUID of the new bdev (default: a new one)"},
};

static const struct spindle_rpc_object mask_create_object =
	SPINDLE_RPC_OBJECT(struct mask_create_params, mask_create_members);

static void
rpc_mask_create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct mask_create_params *params = ctx;
	struct spdk_json_write_ctx *w;
	int rc;

	if (params->num_blocks == 0 || params->num_blocks > MAX_BLOCKS) {
		spdk_jsonrpc_send_error_response_fmt(
			request, -EINVAL, "num_blocks is %" PRIu64 ", and may be 1 to %d",
			params->num_blocks, MAX_BLOCKS);
		return;
	}
	rc = mask_create(params);
	if (rc != 0) {
		spdk_jsonrpc_send_error_response_fmt(request, rc, "bdev '%s' cannot be made: %s",
						     params->name, spdk_strerror(-rc));
		return;
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_string(w, params->name);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("mask_create", rpc_mask_create, SPDK_RPC_RUNTIME, &mask_create_object,
		     "Makes a bdev of masked memory")

struct mask_delete_params {
	char *name;
};

static const struct spindle_rpc_param mask_delete_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct mask_delete_params, name),
	 .doc = "Name of the bdev"},
};

static const struct spindle_rpc_object mask_delete_object =
	SPINDLE_RPC_OBJECT(struct mask_delete_params, mask_delete_members);

static void
rpc_mask_delete_done(void *request, int rc)
{
	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		spdk_jsonrpc_send_error_response(request, rc, spdk_strerror(-rc));
	}
}

/* The answer comes when all who have the device open have closed it. */
static void
rpc_mask_delete(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct mask_delete_params *params = ctx;
	int rc;

	rc = spdk_bdev_unregister_by_name(params->name, &g_mask, rpc_mask_delete_done, request);
	if (rc != 0) {
		spdk_jsonrpc_send_error_response_fmt(request, rc,
						     "bdev '%s' of the module mask: %s",
						     params->name, spdk_strerror(-rc));
	}
}

SPINDLE_RPC_REGISTER("mask_delete", rpc_mask_delete, SPDK_RPC_RUNTIME, &mask_delete_object,
		     "Removes a bdev of masked memory")

/* ---- The module ---- */

static int
mask_create_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
mask_destroy_channel(void *io_device, void *ctx)
{
}

/* All devices share one channel of a thread: there is nothing in it (2). */
static int
mask_module_init(void)
{
	spdk_io_device_register(&g_mask, mask_create_channel, mask_destroy_channel, 0, "mask");
	return 0;
}

static void
mask_module_fini(void)
{
	spdk_io_device_unregister(&g_mask, NULL);
}

static struct spdk_bdev_module g_mask = {
	.name = "mask",
	.module_init = mask_module_init,
	.module_fini = mask_module_fini,
};

SPDK_BDEV_MODULE_REGISTER(mask, &g_mask)
