/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The null module: everything succeeds at once and nothing is kept, which shows what the layer and
 * those above it cost. With protection information, that of what is written is checked, and what is
 * read gets one that fits.
 *
 * All null devices of a thread share one channel, which is empty: there is nothing to wait for.
 */
#include "bdev_null.h"
#include "modules/bdev/geometry.h"
#include "spdk/json.h"
#include "spdk/likely.h"
#include "spdk/util.h"

#define MIB (1024 * 1024)

struct null_bdev {
	struct spdk_bdev bdev;
};

/* ---- I/O ---- */

static void
read_protected(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct spdk_dif_ctx ctx;
	int rc;

	rc = bdev_geometry_dif_ctx(io->bdev, params->offset_blocks, params->dif_check_flags, &ctx);
	if (rc == 0) {
		rc = spdk_dif_generate(params->iovs, params->iovcnt, (uint32_t)params->num_blocks,
				       &ctx);
	}
	spdk_bdev_io_complete(io,
			      rc == 0 ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_FAILED);
}

static void
write_protected(struct spdk_bdev_io *io)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct spdk_dif_error error = {0};
	struct spdk_dif_ctx ctx;
	int rc;

	rc = bdev_geometry_dif_ctx(io->bdev, params->offset_blocks, params->dif_check_flags, &ctx);
	if (rc != 0) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		return;
	}
	rc = spdk_dif_verify(params->iovs, params->iovcnt, (uint32_t)params->num_blocks, &ctx,
			     &error);
	if (rc == 0) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	} else {
		bdev_complete_dif_error(io, &error);
	}
}

static void
finish_read(struct spdk_bdev_io *io)
{
	if (spdk_unlikely(io->bdev->dif_type != SPDK_DIF_DISABLE)) {
		read_protected(io);
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	}
}

static void
read_into_buf(struct spdk_io_channel *ch, struct spdk_bdev_io *io, bool success)
{
	if (success) {
		finish_read(io);
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

static void
submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		if (spdk_unlikely(io->u.bdev.iovs[0].iov_base == NULL)) {
			spdk_bdev_io_get_buf(io, read_into_buf,
					     io->u.bdev.num_blocks * io->bdev->blocklen);
		} else {
			finish_read(io);
		}
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
		if (spdk_unlikely(io->bdev->dif_type != SPDK_DIF_DISABLE)) {
			write_protected(io);
			break;
		}
	/* fallthrough */
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		break;
	default:
		/* With ABORT: whatever it looks for has completed. */
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		break;
	}
}

static bool
supports(void *ctx, enum spdk_bdev_io_type type)
{
	switch (type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_ABORT:
		return true;
	default:
		return false;
	}
}

static struct spdk_io_channel *
get_channel(void *ctx)
{
	return spdk_get_io_channel(&g_null_module);
}

/* ---- Configuration ---- */

static void
write_if_set(struct spdk_json_write_ctx *w, const char *name, uint32_t value)
{
	if (value != 0) {
		spdk_json_write_named_uint32(w, name, value);
	}
}

static void
write_config(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_null_create");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_named_uint64(w, "num_blocks", bdev->blockcnt);
	spdk_json_write_named_uint32(w, "block_size", spdk_bdev_get_data_block_size(bdev));
	spdk_json_write_named_uint32(w, "physical_block_size", bdev->phys_blocklen);
	spdk_json_write_named_uint32(w, "md_size", bdev->md_len);
	spdk_json_write_named_int32(w, "dif_type", (int32_t)bdev->dif_type);
	spdk_json_write_named_bool(w, "dif_is_head_of_md", bdev->dif_is_head_of_md);
	spdk_json_write_named_uint32(w, "dif_pi_format", bdev->dif_pi_format);
	spdk_json_write_named_uuid(w, "uuid", &bdev->uuid);
	write_if_set(w, "preferred_write_granularity", bdev->preferred_write_granularity);
	write_if_set(w, "preferred_write_alignment", bdev->preferred_write_alignment);
	write_if_set(w, "optimal_write_size", bdev->optimal_write_size);
	write_if_set(w, "preferred_unmap_granularity", bdev->preferred_unmap_granularity);
	write_if_set(w, "preferred_unmap_alignment", bdev->preferred_unmap_alignment);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/* ---- From creation to the end ---- */

static void
null_free(struct null_bdev *disk)
{
	free(disk->bdev.name);
	free(disk);
}

static int
destruct(void *ctx)
{
	null_free(ctx);
	return 0;
}

static const struct spdk_bdev_fn_table g_null_table = {
	.destruct = destruct,
	.submit_request = submit,
	.io_type_supported = supports,
	.get_io_channel = get_channel,
	.write_config_json = write_config,
};

static struct bdev_geometry
geometry_of(const struct null_bdev_opts *opts)
{
	return (struct bdev_geometry){
		.num_blocks = opts->num_blocks,
		.block_size = opts->block_size,
		.physical_block_size = opts->physical_block_size,
		.md_size = opts->md_size,
		.md_interleave = true,
		.dif_type = opts->dif_type,
		.dif_pi_format = opts->dif_pi_format,
		.dif_is_head_of_md = opts->dif_is_head_of_md,
	};
}

int
null_bdev_create(const struct null_bdev_opts *opts, struct bdev_reason *out_reason)
{
	struct bdev_geometry geometry = geometry_of(opts);
	struct null_bdev *disk;
	struct spdk_bdev *bdev;
	int rc;

	if (opts->name[0] == '\0') {
		return bdev_refuse(out_reason, -EINVAL, "the name is empty");
	}
	rc = bdev_geometry_check(&geometry, out_reason);
	if (rc != 0) {
		return rc;
	}
	disk = calloc(1, sizeof(*disk));
	if (disk == NULL) {
		return -ENOMEM;
	}
	bdev = &disk->bdev;
	bdev->name = strdup(opts->name);
	if (bdev->name == NULL) {
		null_free(disk);
		return -ENOMEM;
	}
	bdev->product_name = (char *)(uintptr_t) "Null disk";
	bdev->uuid = opts->uuid;
	bdev_geometry_apply(&geometry, bdev);
	bdev->preferred_write_granularity = opts->preferred_write_granularity;
	bdev->preferred_write_alignment = opts->preferred_write_alignment;
	bdev->optimal_write_size = opts->optimal_write_size;
	bdev->preferred_unmap_granularity = opts->preferred_unmap_granularity;
	bdev->preferred_unmap_alignment = opts->preferred_unmap_alignment;
	bdev->ctxt = disk;
	bdev->fn_table = &g_null_table;
	bdev->module = &g_null_module;
	rc = spdk_bdev_register(bdev);
	if (rc != 0) {
		null_free(disk);
	}
	return rc;
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static int
resize(struct spdk_bdev *bdev, uint64_t new_size_mib, struct bdev_reason *reason)
{
	uint32_t block_size = spdk_bdev_get_data_block_size(bdev);
	struct bdev_geometry geometry = {
		.num_blocks =
			new_size_mib <= UINT64_MAX / MIB ? new_size_mib * MIB / block_size : 0,
		.block_size = block_size,
		.md_size = bdev->md_len,
	};

	if (bdev->module != &g_null_module) {
		return bdev_refuse(reason, -EINVAL, "bdev '%s' is not of the module null but of %s",
				   bdev->name, bdev->module->name);
	}
	if (bdev_geometry_check(&geometry, NULL) != 0) {
		return bdev_refuse(reason, -EINVAL,
				   "a new_size of %" PRIu64
				   " MiB is not one that a device can have",
				   new_size_mib);
	}
	if (geometry.num_blocks < bdev->blockcnt) {
		return bdev_refuse(reason, -EINVAL,
				   "a new_size of %" PRIu64
				   " MiB is smaller than bdev '%s' is, and a bdev can only grow",
				   new_size_mib, bdev->name);
	}
	return spdk_bdev_notify_blockcnt_change(bdev, geometry.num_blocks);
}

int
null_bdev_resize(const char *name, uint64_t new_size_mib, struct bdev_reason *out_reason)
{
	struct spdk_bdev_desc *desc;
	int rc;

	rc = spdk_bdev_open_ext(name, false, ignore_event, NULL, &desc);
	if (rc != 0) {
		return rc;
	}
	rc = resize(spdk_bdev_desc_get_bdev(desc), new_size_mib, out_reason);
	spdk_bdev_close(desc);
	return rc;
}

/* ---- The module ---- */

static int
create_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
destroy_channel(void *io_device, void *ctx)
{
}

static int
init(void)
{
	spdk_io_device_register(&g_null_module, create_channel, destroy_channel, 0, "bdev_null");
	return 0;
}

static void
fini(void)
{
	spdk_io_device_unregister(&g_null_module, NULL);
}

struct spdk_bdev_module g_null_module = {
	.name = "null",
	.module_init = init,
	.module_fini = fini,
};
SPDK_BDEV_MODULE_REGISTER(null, &g_null_module)
