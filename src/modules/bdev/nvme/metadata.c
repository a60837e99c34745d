/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Metadata beside the data, of I/Os whose callers have no memory for them.
 *
 * Where protection information is all there is of them, the controller makes, checks and drops it
 * (PRACT). Otherwise zeroes are written, with protection information made by the controller, and
 * what is read goes where nobody looks. For this a disk has two buffers, shared by all its I/Os,
 * none of which is longer than bdev->max_rw_size.
 */
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "spdk/dif.h"
#include "spdk/env.h"

/* Of physically contiguous memory, which metadata has to be. */
#define CONTIGUOUS_MAX (2u * 1024 * 1024)

static bool
is_pi_only(const struct spdk_bdev *bdev)
{
	return bdev->dif_type != SPDK_DIF_DISABLE &&
	       bdev->md_len == spdk_dif_pi_format_get_size(bdev->dif_pi_format);
}

int
bdev_nvme_metadata_open(struct nvme_disk *disk)
{
	struct spdk_bdev *bdev = &disk->bdev;
	size_t size;

	if (!disk->has_separate_md || disk->is_opaque || is_pi_only(bdev)) {
		return 0;
	}
	bdev->max_rw_size = spdk_nvme_ns_get_max_io_xfer_size(disk->ns) / bdev->blocklen;
	bdev->max_rw_size = spdk_min(bdev->max_rw_size, CONTIGUOUS_MAX / bdev->md_len);
	bdev->max_rw_size = spdk_max(bdev->max_rw_size, 1);
	bdev->max_zone_append_size = spdk_min(bdev->max_zone_append_size, bdev->max_rw_size);
	size = spdk_align64pow2((uint64_t)bdev->max_rw_size * bdev->md_len);
	disk->md_zeroes = spdk_zmalloc(size, size, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	disk->md_sink = spdk_malloc(size, size, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	return disk->md_zeroes != NULL && disk->md_sink != NULL ? 0 : -ENOMEM;
}

void
bdev_nvme_metadata_close(struct nvme_disk *disk)
{
	spdk_free(disk->md_zeroes);
	spdk_free(disk->md_sink);
}

void *
bdev_nvme_metadata_of(const struct nvme_disk *disk, const struct spdk_bdev_io *io,
		      uint32_t *io_flags)
{
	bool is_read = io->type == SPDK_BDEV_IO_TYPE_READ;

	if (io->bdev->dif_type != SPDK_DIF_DISABLE && (!is_read || disk->md_sink == NULL)) {
		*io_flags |= SPDK_NVME_IO_FLAGS_PRACT;
	}
	return is_read ? disk->md_sink : disk->md_zeroes;
}
