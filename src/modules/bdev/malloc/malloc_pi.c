/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection information of a malloc disk, in metadata of either place. Application tags are not
 * looked at: nobody says what they should be.
 */
#include "malloc_disk.h"

/* Blocks that are protected at once: sizes of vectors and counts of dif.h have limits. */
#define PART_MAX (1u << 16)

/* Blocks on the disk, as dif.h wants to see them. */
struct stored {
	struct iovec data;
	struct iovec md;
	uint32_t count;
};

static struct stored
look_at(const struct malloc_disk *disk, uint64_t offset_blocks, uint64_t num_blocks)
{
	struct stored stored = {
		.data = {malloc_place(disk, offset_blocks), num_blocks * disk->bdev.blocklen},
		.count = (uint32_t)num_blocks,
	};

	if (disk->md != NULL) {
		stored.md = (struct iovec){malloc_md_place(disk, offset_blocks),
					   num_blocks * disk->bdev.md_len};
	}
	return stored;
}

/* What is wrong with the data is -EIO, and with what was asked for -EINVAL. */
static int
outcome(int rc, const struct spdk_dif_error *error)
{
	if (rc == 0) {
		return 0;
	}
	return error->err_type != 0 ? -EIO : -EINVAL;
}

int
malloc_pi_verify(const struct malloc_disk *disk, const struct spdk_bdev_io *io,
		 struct spdk_dif_error *out_error)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct stored stored = look_at(disk, params->offset_blocks, params->num_blocks);
	struct spdk_dif_ctx ctx;
	int rc;

	rc = bdev_geometry_dif_ctx(&disk->bdev, params->offset_blocks, params->dif_check_flags,
				   &ctx);
	if (rc != 0) {
		return rc;
	}
	rc = disk->md != NULL ?
		     spdk_dix_verify(&stored.data, 1, &stored.md, stored.count, &ctx, out_error) :
		     spdk_dif_verify(&stored.data, 1, stored.count, &ctx, out_error);
	return outcome(rc, out_error);
}

int
malloc_pi_verify_new(const struct malloc_disk *disk, const struct spdk_bdev_io *io,
		     struct spdk_dif_error *out_error)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;
	uint32_t count = (uint32_t)params->num_blocks;
	struct iovec md = {params->md_buf, params->num_blocks * disk->bdev.md_len};
	struct spdk_dif_ctx ctx;
	int rc;

	rc = bdev_geometry_dif_ctx(&disk->bdev, params->offset_blocks, params->dif_check_flags,
				   &ctx);
	if (rc != 0) {
		return rc;
	}
	rc = disk->md != NULL ?
		     spdk_dix_verify(params->iovs, params->iovcnt, &md, count, &ctx, out_error) :
		     spdk_dif_verify(params->iovs, params->iovcnt, count, &ctx, out_error);
	return outcome(rc, out_error);
}

int
malloc_pi_generate(const struct malloc_disk *disk, uint64_t offset_blocks, uint64_t num_blocks)
{
	struct spdk_dif_ctx ctx;
	struct stored stored;
	int rc = 0;

	for (; rc == 0 && num_blocks > 0; offset_blocks += stored.count) {
		stored = look_at(disk, offset_blocks, spdk_min(num_blocks, PART_MAX));
		num_blocks -= stored.count;
		rc = bdev_geometry_dif_ctx(&disk->bdev, offset_blocks, disk->bdev.dif_check_flags,
					   &ctx);
		if (rc == 0) {
			rc = disk->md != NULL ?
				     spdk_dix_generate(&stored.data, 1, &stored.md, stored.count,
						       &ctx) :
				     spdk_dif_generate(&stored.data, 1, stored.count, &ctx);
		}
	}
	return rc;
}

int
malloc_pi_remap(const struct malloc_disk *disk, const struct spdk_bdev_io *io,
		struct spdk_dif_error *out_error)
{
	const struct spdk_bdev_io_block_params *params = &io->u.bdev;
	struct stored stored = look_at(disk, params->offset_blocks, params->num_blocks);
	struct spdk_dif_ctx ctx;
	int rc;

	if (disk->bdev.dif_type == SPDK_DIF_TYPE3) {
		return 0; /* Its reference tags say nothing of the place. */
	}
	rc = bdev_geometry_dif_ctx(&disk->bdev, params->copy.src_offset_blocks,
				   disk->bdev.dif_check_flags, &ctx);
	if (rc != 0) {
		return rc;
	}
	spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, (uint32_t)params->offset_blocks);
	rc = disk->md != NULL ?
		     spdk_dix_remap_ref_tag(&stored.md, stored.count, &ctx, out_error, true) :
		     spdk_dif_remap_ref_tag(&stored.data, 1, stored.count, &ctx, out_error, true);
	return outcome(rc, out_error);
}
