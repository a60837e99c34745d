/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making, describing, resizing and ending bdevs on files. All of it runs on the app thread, but the
 * creation of channels, and the end, which comes where it was asked for.
 */
#include "modules/bdev/file/file_bdev_internal.h"
#include "modules/bdev/file/file_queue.h"
#include "runtime/io_devices.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/thread.h"
#include "spdk/util.h"

/* The kernel moves no more at a time than this, and takes no more vectors. */
#define BYTES_MAX    (0x7ffff000u)
#define SEGMENTS_MAX 1024

/* ---- Channels ---- */

static int
create_channel(void *io_device, void *ctx)
{
	struct file_channel *channel = ctx;

	channel->device = io_device;
	channel->queue_channel = spdk_get_io_channel((void *)channel->device->module);
	if (channel->queue_channel == NULL) {
		return -ENOMEM; /* The queue has said why. */
	}
	channel->queue = spdk_io_channel_get_ctx(channel->queue_channel);
	return 0;
}

static void
destroy_channel(void *io_device, void *ctx)
{
	struct file_channel *channel = ctx;

	assert(channel->in_flight == 0);
	spdk_put_io_channel(channel->queue_channel);
}

static int
create_queue(void *io_device, void *ctx)
{
	struct file_module *module = io_device;

	return file_queue_init(ctx, module->engine);
}

static void
destroy_queue(void *io_device, void *ctx)
{
	file_queue_fini(ctx);
}

/* ---- The module ---- */

int
file_module_init(struct file_module *module)
{
	spdk_io_device_register(module, create_queue, destroy_queue,
				(uint32_t)file_queue_size(module->engine), module->methods);
	return io_devices_have(module) ? 0 : -ENOMEM;
}

void
file_module_fini(struct file_module *module)
{
	spdk_io_device_unregister(module, NULL);
}

int
file_module_ctx_size(const struct file_module *module)
{
	return (int)module->engine->io_size;
}

/* ---- What a device is ---- */

bool
file_bdev_supports(const struct file_bdev *device, enum spdk_bdev_io_type type)
{
	const struct file *file = &device->file;
	bool waits = !device->module->engine->has_fallocate;

	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
		return true;
	case SPDK_BDEV_IO_TYPE_WRITE:
		return !file->is_readonly;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return device->has_fallocate && (file->can_punch || (waits && file->can_discard));
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return device->has_fallocate && file->can_zero;
	case SPDK_BDEV_IO_TYPE_ABORT:
		return device->module->engine->has_cancel;
	default:
		return false;
	}
}

static bool
supports(void *ctx, enum spdk_bdev_io_type type)
{
	return file_bdev_supports(ctx, type);
}

static struct spdk_io_channel *
get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

static int
describe(void *ctx, struct spdk_json_write_ctx *w)
{
	const struct file_bdev *device = ctx;

	spdk_json_write_named_object_begin(w, device->module->name);
	spdk_json_write_named_string(w, "filename", device->file.path);
	spdk_json_write_named_bool(w, "block_size_override", device->is_block_size_given);
	spdk_json_write_named_bool(w, "readonly", device->file.is_readonly);
	spdk_json_write_named_bool(w, "fallocate", device->has_fallocate);
	spdk_json_write_named_bool(w, "nowait", device->is_nowait);
	spdk_json_write_named_bool(w, "direct", device->file.is_direct);
	spdk_json_write_object_end(w);
	return 0;
}

static void
write_config(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	const struct file_bdev *device = bdev->ctxt;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string_fmt(w, "method", "%s_create", device->module->methods);
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_named_string(w, "filename", device->file.path);
	if (device->is_block_size_given) {
		spdk_json_write_named_uint32(w, "block_size", device->file.block_size);
	}
	if (device->module->has_options) {
		spdk_json_write_named_bool(w, "readonly", device->file.is_readonly);
		spdk_json_write_named_bool(w, "fallocate", device->has_fallocate);
		spdk_json_write_named_bool(w, "nowait", device->is_nowait);
	}
	spdk_json_write_named_uuid(w, "uuid", &bdev->uuid);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/* ---- The end ---- */

static void
destroy(struct file_bdev *device)
{
	file_close(&device->file);
	free(device->bdev.name);
	free(device);
}

static void
channels_gone(void *io_device)
{
	struct file_bdev *device = io_device;

	/* Whoever is told that it has gone may take the file for something else. */
	file_close(&device->file);
	spdk_bdev_destruct_done(&device->bdev, 0);
	destroy(device);
}

static int
destruct(void *ctx)
{
	spdk_io_device_unregister(ctx, channels_gone);
	return 1;
}

static const struct spdk_bdev_fn_table g_functions = {
	.destruct = destruct,
	.submit_request = file_bdev_submit,
	.io_type_supported = supports,
	.get_io_channel = get_channel,
	.dump_info_json = describe,
	.write_config_json = write_config,
};

/* ---- Creation ---- */

static void
fill_bdev(struct file_bdev *device)
{
	struct spdk_bdev *bdev = &device->bdev;
	const struct file *file = &device->file;

	bdev->ctxt = device;
	bdev->product_name = (char *)(uintptr_t)device->module->product_name;
	bdev->module = device->module->bdev_module;
	bdev->fn_table = &g_functions;
	/* The page cache, or that of the disk: FLUSH empties both. */
	bdev->write_cache = 1;
	bdev->blocklen = file->block_size;
	bdev->phys_blocklen = file->medium_block_size;
	bdev->blockcnt = file->blocks;
	bdev->required_alignment = file->alignment_shift;
	bdev->max_num_segments = SEGMENTS_MAX;
	bdev->max_rw_size = BYTES_MAX / file->block_size;
}

static int
check_options(const struct file_bdev *device, const struct file_bdev_opts *opts,
	      struct bdev_reason *reason)
{
	if (opts->nowait && !device->file.is_block_device) {
		return bdev_refuse(
			reason, -EINVAL,
			"%s: nowait is for block devices, and this is a file: leave it out",
			opts->filename);
	}
	if (opts->fallocate && opts->readonly) {
		return bdev_refuse(
			reason, -EINVAL,
			"%s: fallocate changes the file, which readonly forbids: give one of "
			"them",
			opts->filename);
	}
	return 0;
}

static int
register_device(struct file_bdev *device, struct bdev_reason *reason)
{
	int rc;

	spdk_io_device_register(device, create_channel, destroy_channel,
				sizeof(struct file_channel), device->bdev.name);
	if (!io_devices_have(device)) {
		return bdev_refuse(reason, -ENOMEM, "bdev %s", device->bdev.name);
	}
	rc = spdk_bdev_register(&device->bdev);
	if (rc != 0) {
		spdk_io_device_unregister(device, NULL);
		return bdev_refuse(reason, rc, "bdev %s cannot be registered%s", device->bdev.name,
				   rc == -EEXIST ? ": another one has its name or uuid" : "");
	}
	return 0;
}

static struct file_bdev *
make_device(struct file_module *module, const struct file_bdev_opts *opts)
{
	struct file_bdev *device = calloc(1, sizeof(*device));

	if (device == NULL) {
		return NULL;
	}
	device->file.fd = -1;
	device->module = module;
	device->is_block_size_given = opts->block_size != 0;
	device->has_fallocate = opts->fallocate || !module->has_options;
	device->is_nowait = opts->nowait;
	device->bdev.uuid = opts->uuid;
	device->bdev.name = strdup(opts->name);
	if (device->bdev.name == NULL) {
		free(device);
		return NULL;
	}
	return device;
}

int
file_bdev_create(struct file_module *module, const struct file_bdev_opts *opts,
		 struct bdev_reason *reason)
{
	struct file_opts file_opts = {
		.path = opts->filename,
		.block_size = opts->block_size,
		.is_readonly = opts->readonly,
	};
	struct file_bdev *device;
	int rc = module->engine->probe(reason);

	if (rc != 0) {
		return rc;
	}
	if (spdk_bdev_get_by_name(opts->name) != NULL) {
		return bdev_refuse(
			reason, -EEXIST,
			"bdev %s is there already: give another name, or delete that one",
			opts->name);
	}
	device = make_device(module, opts);
	if (device == NULL) {
		return bdev_refuse(reason, -ENOMEM, "bdev %s", opts->name);
	}
	rc = file_open(&file_opts, &device->file, reason);
	if (rc == 0) {
		rc = check_options(device, opts, reason);
	}
	if (rc == 0) {
		fill_bdev(device);
		rc = register_device(device, reason);
	}
	if (rc != 0) {
		destroy(device);
	}
	return rc;
}

/* ---- Resizing ---- */

static int
resize(struct file_bdev *device, uint64_t blocks, struct bdev_reason *reason)
{
	struct spdk_bdev *bdev = &device->bdev;
	uint64_t before = bdev->blockcnt;
	int rc = spdk_bdev_notify_blockcnt_change(bdev, blocks);

	if (rc == -EBUSY) {
		return bdev_refuse(reason, rc,
				   "bdev %s cannot become smaller while it is open: %s has %" PRIu64
				   " blocks, it had %" PRIu64
				   ". Close it, or give the file its size back",
				   bdev->name, device->file.path, blocks, before);
	}
	if (rc != 0) {
		return bdev_refuse(reason, rc, "bdev %s cannot be resized", bdev->name);
	}
	/* Should it shrink again, that is news. */
	__atomic_store_n(&device->is_truncation_told, false, __ATOMIC_RELAXED);
	if (blocks != before) {
		SPDK_NOTICELOG("Bdev %s: %s has %" PRIu64 " blocks, it had %" PRIu64 ".\n",
			       bdev->name, device->file.path, blocks, before);
	}
	return 0;
}

int
file_bdev_rescan(struct file_module *module, const char *name, struct bdev_reason *reason)
{
	struct file_bdev *device;
	struct spdk_bdev *bdev;
	uint64_t blocks = 0;
	int rc;

	bdev = spdk_bdev_get_by_name(name);
	if (bdev == NULL || bdev->module != module->bdev_module) {
		return bdev_refuse(reason, -ENODEV,
				   "the module %s has no bdev '%s'; bdev_get_bdevs lists all",
				   module->name, name);
	}
	device = bdev->ctxt;
	rc = file_measure(&device->file, &blocks, reason);
	return rc == 0 ? resize(device, blocks, reason) : rc;
}
