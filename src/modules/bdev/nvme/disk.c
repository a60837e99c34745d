/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Namespaces as block devices: from their registration to their end.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "runtime/io_devices.h"
#include "spdk/env.h"
#include "spdk/nvme_zns.h"
#include "spdk/string.h"

/* ---- Paths ---- */

static int
create_path(void *io_device, void *ctx)
{
	struct nvme_disk *disk = io_device;
	struct nvme_path *path = ctx;

	memset(path, 0, sizeof(*path));
	path->disk = disk;
	path->link_channel = spdk_get_io_channel(disk->dev);
	if (path->link_channel == NULL) {
		return -ENOMEM;
	}
	if (g_bdev_nvme_opts.io_path_stat) {
		path->stat = calloc(1, sizeof(*path->stat));
		if (path->stat == NULL) {
			spdk_put_io_channel(path->link_channel);
			return -ENOMEM;
		}
		spdk_bdev_reset_io_stat(path->stat, SPDK_BDEV_RESET_STAT_ALL);
	}
	path->link = bdev_nvme_link_of(path->link_channel);
	TAILQ_INSERT_TAIL(&path->link->paths, path, node);
	return 0;
}

static void
destroy_path(void *io_device, void *ctx)
{
	struct nvme_path *path = ctx;

	TAILQ_REMOVE(&path->link->paths, path, node);
	free(path->stat);
	spdk_put_io_channel(path->link_channel);
}

/* ---- The table ---- */

static struct spdk_io_channel *
get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

static void *
get_module_ctx(void *ctx)
{
	const struct nvme_disk *disk = ctx;

	return disk->dev->ctrlr;
}

static int
get_memory_domains(void *ctx, struct spdk_memory_domain **domains, int array_size)
{
	const struct nvme_disk *disk = ctx;

	return spdk_nvme_ctrlr_get_memory_domains(disk->dev->ctrlr, domains, array_size);
}

static void
free_disk(struct nvme_disk *disk)
{
	free(disk->bdev.name);
	bdev_nvme_metadata_close(disk);
	free(disk->errors);
	free(disk);
}

static void
paths_gone(void *io_device)
{
	struct nvme_disk *disk = io_device;
	struct nvme_dev *dev = disk->dev;

	TAILQ_REMOVE(&dev->disks, disk, link);
	spdk_bdev_destruct_done(&disk->bdev, 0);
	free_disk(disk);
	bdev_nvme_detach_go_on(dev);
}

static int
destruct(void *ctx)
{
	spdk_io_device_unregister(ctx, paths_gone);
	return 1;
}

/* Saved with all else by the module. */
static void
write_config(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
}

const struct spdk_bdev_fn_table g_bdev_nvme_table = {
	.destruct = destruct,
	.submit_request = bdev_nvme_submit,
	.io_type_supported = bdev_nvme_io_supported,
	.get_io_channel = get_channel,
	.dump_info_json = bdev_nvme_dump_info_json,
	.write_config_json = write_config,
	.get_module_ctx = get_module_ctx,
	.get_memory_domains = get_memory_domains,
	.reset_device_stat = bdev_nvme_reset_device_stat,
	.dump_device_stat_json = bdev_nvme_dump_device_stat_json,
};

/* ---- A disk ---- */

struct nvme_disk *
bdev_nvme_disk_find(struct nvme_dev *dev, uint32_t nsid)
{
	struct nvme_disk *disk;

	TAILQ_FOREACH (disk, &dev->disks, link) {
		if (disk->nsid == nsid) {
			return disk;
		}
	}
	return NULL;
}

struct nvme_disk *
bdev_nvme_disk_by_name(const char *name)
{
	struct spdk_bdev *bdev = spdk_bdev_get_by_name(name);

	return bdev != NULL && bdev->module == &g_bdev_nvme_module ? bdev->ctxt : NULL;
}

/* 0: it is one that is known. */
static int
check_command_set(struct nvme_disk *disk)
{
	enum spdk_nvme_csi csi = spdk_nvme_ns_get_csi(disk->ns);

	if (csi == SPDK_NVME_CSI_NVM || csi == SPDK_NVME_CSI_ZNS) {
		return 0;
	}
	if (!disk->dev->opts.allow_unrecognized_csi) {
		SPDK_WARNLOG("Namespace %u of NVMe controller %s speaks command set %u, which is "
			     "not known here: with allow_unrecognized_csi it becomes a bdev for "
			     "passthrough.\n",
			     disk->nsid, disk->dev->name, csi);
		return -ENOTSUP;
	}
	disk->is_opaque = true;
	return 0;
}

static int
fill_disk(struct nvme_disk *disk)
{
	int rc = check_command_set(disk);

	if (rc != 0) {
		return rc;
	}
	disk->bdev.name = spdk_sprintf_alloc("%sn%" PRIu32, disk->dev->name, disk->nsid);
	if (disk->bdev.name == NULL) {
		return -ENOMEM;
	}
	if (g_bdev_nvme_opts.nvme_error_stat) {
		disk->errors = calloc(1, sizeof(*disk->errors));
		if (disk->errors == NULL) {
			return -ENOMEM;
		}
	}
	disk->has_separate_md = spdk_nvme_ns_get_md_size(disk->ns) != 0 &&
				!spdk_nvme_ns_supports_extended_lba(disk->ns);
	disk->bdev.ctxt = disk;
	disk->bdev.fn_table = &g_bdev_nvme_table;
	disk->bdev.module = &g_bdev_nvme_module;
	disk->bdev.memory_domains_supported =
		spdk_nvme_ctrlr_get_memory_domains(disk->dev->ctrlr, NULL, 0) > 0;
	rc = bdev_nvme_disk_describe(disk);
	return rc == 0 ? bdev_nvme_metadata_open(disk) : rc;
}

static int
make_disk(struct nvme_dev *dev, uint32_t nsid, struct nvme_disk **out_disk)
{
	struct nvme_disk *disk = calloc(1, sizeof(*disk));
	int rc;

	if (disk == NULL) {
		return -ENOMEM;
	}
	disk->dev = dev;
	disk->nsid = nsid;
	disk->ns = spdk_nvme_ctrlr_get_ns(dev->ctrlr, nsid);
	rc = disk->ns != NULL ? fill_disk(disk) : -ENODEV;
	if (rc != 0) {
		free_disk(disk);
		return rc;
	}
	*out_disk = disk;
	return 0;
}

int
bdev_nvme_disk_create(struct nvme_dev *dev, uint32_t nsid)
{
	struct nvme_disk *disk;
	int rc = make_disk(dev, nsid, &disk);

	if (rc != 0) {
		/* Of a command set that is not known: that has been said, and is no fault. */
		return rc == -ENOTSUP ? 0 : rc;
	}
	spdk_io_device_register(disk, create_path, destroy_path, sizeof(struct nvme_path),
				disk->bdev.name);
	if (!io_devices_have(disk)) {
		free_disk(disk);
		return -ENOMEM;
	}
	TAILQ_INSERT_TAIL(&dev->disks, disk, link);
	rc = spdk_bdev_register(&disk->bdev);
	if (rc != 0) {
		TAILQ_REMOVE(&dev->disks, disk, link);
		spdk_io_device_unregister(disk, NULL);
		free_disk(disk);
	}
	return rc;
}

void
bdev_nvme_disk_remove(struct nvme_disk *disk)
{
	if (!disk->is_removing) {
		disk->is_removing = true;
		spdk_bdev_unregister(&disk->bdev, NULL, NULL);
	}
}

/* Of the namespace as it is now, against the disk as it was described. */
static bool
has_other_format(const struct nvme_disk *disk)
{
	const struct spdk_bdev *bdev = &disk->bdev;
	enum spdk_dif_type dif_type = (enum spdk_dif_type)spdk_nvme_ns_get_pi_type(disk->ns);
	uint32_t md_len = spdk_nvme_ns_get_md_size(disk->ns);

	if (spdk_nvme_ns_get_extended_sector_size(disk->ns) != bdev->blocklen ||
	    md_len != bdev->md_len || spdk_nvme_ns_get_csi(disk->ns) != bdev->csi) {
		return true;
	}
	if (bdev->zoned && spdk_nvme_zns_ns_get_zone_size_sectors(disk->ns) != bdev->zone_size) {
		return true;
	}
	if (md_len == 0) {
		return false;
	}
	if (spdk_nvme_ns_supports_extended_lba(disk->ns) != bdev->md_interleave ||
	    dif_type != bdev->dif_type) {
		return true;
	}
	return dif_type != SPDK_DIF_DISABLE &&
	       (spdk_nvme_ns_get_data(disk->ns)->dps.md_start != bdev->dif_is_head_of_md ||
		(enum spdk_dif_pi_format)spdk_nvme_ns_get_pi_format(disk->ns) !=
			bdev->dif_pi_format);
}

void
bdev_nvme_disk_update(struct nvme_disk *disk)
{
	uint64_t blocks = spdk_nvme_ns_get_num_sectors(disk->ns);
	int rc;

	if (disk->is_removing || disk->is_opaque) {
		return;
	}
	if (has_other_format(disk)) {
		SPDK_WARNLOG("Bdev %s has been formatted with other blocks (%u bytes, %u of "
			     "metadata, protection %u; before %u, %u, %u): it goes, and comes "
			     "again.\n",
			     disk->bdev.name, spdk_nvme_ns_get_extended_sector_size(disk->ns),
			     spdk_nvme_ns_get_md_size(disk->ns), spdk_nvme_ns_get_pi_type(disk->ns),
			     disk->bdev.blocklen, disk->bdev.md_len, disk->bdev.dif_type);
		bdev_nvme_disk_remove(disk);
		return;
	}
	if (blocks == disk->bdev.blockcnt) {
		return;
	}
	SPDK_NOTICELOG("Bdev %s has %" PRIu64 " blocks now, before %" PRIu64 ".\n", disk->bdev.name,
		       blocks, disk->bdev.blockcnt);
	rc = spdk_bdev_notify_blockcnt_change(&disk->bdev, blocks);
	if (rc != 0) {
		SPDK_ERRLOG("The new size of bdev %s cannot be told (%s): I/O beyond the end "
			    "fails.\n",
			    disk->bdev.name, spdk_strerror(-rc));
	}
}
