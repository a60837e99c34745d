/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/geometry.h"
#include "spdk/nvme_spec.h"

#define SECTOR_SIZE 512u

static const uint32_t g_md_sizes[] = {0, 8, 16, 32, 64, 128};

static bool
is_md_size(uint32_t size)
{
	for (size_t i = 0; i < SPDK_COUNTOF(g_md_sizes); i++) {
		if (g_md_sizes[i] == size) {
			return true;
		}
	}
	return false;
}

static int
check_block_size(const struct bdev_geometry *geometry, struct bdev_reason *reason)
{
	uint32_t size = geometry->block_size, md_size = geometry->md_size;

	if (size != 0 && size % SECTOR_SIZE == 0) {
		return 0;
	}
	if (size > md_size && md_size > 0 && (size - md_size) % SECTOR_SIZE == 0) {
		return bdev_refuse(reason, -EINVAL,
				   "block_size %u counts the metadata: give that of data alone, "
				   "%u; md_size comes on top",
				   size, size - md_size);
	}
	return bdev_refuse(reason, -EINVAL, "block_size %u is not a multiple of %u above 0", size,
			   SECTOR_SIZE);
}

static int
check_physical_block_size(const struct bdev_geometry *geometry, struct bdev_reason *reason)
{
	uint32_t size = geometry->physical_block_size;

	if (size == 0 || size == geometry->block_size ||
	    (size >= SECTOR_SIZE && (size & (size - 1)) == 0)) {
		return 0;
	}
	return bdev_refuse(reason, -EINVAL,
			   "physical_block_size %u is neither block_size nor a power of 2 from %u "
			   "on",
			   size, SECTOR_SIZE);
}

static int
check_dif(const struct bdev_geometry *geometry, struct bdev_reason *reason)
{
	uint32_t pi_size;

	if (geometry->dif_type == SPDK_DIF_DISABLE) {
		return 0;
	}
	if ((int)geometry->dif_type < 0 || geometry->dif_type > SPDK_DIF_TYPE3) {
		return bdev_refuse(reason, -EINVAL, "dif_type %d is none of 0, 1, 2 and 3",
				   (int)geometry->dif_type);
	}
	if (geometry->dif_pi_format > SPDK_DIF_PI_FORMAT_64) {
		return bdev_refuse(reason, -EINVAL,
				   "dif_pi_format %u is none of 0 (16 bit guard), 1 (32 bit) and "
				   "2 (64 bit)",
				   geometry->dif_pi_format);
	}
	pi_size = spdk_dif_pi_format_get_size(geometry->dif_pi_format);
	if (geometry->md_size < pi_size) {
		return bdev_refuse(reason, -EINVAL,
				   "dif_type %d needs a md_size of %u bytes at least, and it is %u",
				   (int)geometry->dif_type, pi_size, geometry->md_size);
	}
	return 0;
}

int
bdev_geometry_check(const struct bdev_geometry *geometry, struct bdev_reason *out_reason)
{
	uint64_t stride = (uint64_t)geometry->block_size + geometry->md_size;
	struct spdk_bdev bdev = {.blocklen = 0};
	struct spdk_dif_ctx ctx;
	int rc;

	if (!is_md_size(geometry->md_size)) {
		return bdev_refuse(out_reason, -EINVAL,
				   "md_size %u is none of 0, 8, 16, 32, 64 and 128",
				   geometry->md_size);
	}
	rc = check_block_size(geometry, out_reason);
	if (rc == 0) {
		rc = check_physical_block_size(geometry, out_reason);
	}
	if (rc == 0) {
		rc = check_dif(geometry, out_reason);
	}
	if (rc != 0) {
		return rc;
	}
	if (geometry->num_blocks == 0 || geometry->num_blocks > INT64_MAX / stride) {
		return bdev_refuse(out_reason, -EINVAL,
				   "num_blocks is %" PRIu64
				   ": there must be one at least, and %" PRIu64 " at most",
				   geometry->num_blocks, INT64_MAX / stride);
	}
	bdev_geometry_apply(geometry, &bdev);
	if (geometry->dif_type != SPDK_DIF_DISABLE &&
	    bdev_geometry_dif_ctx(&bdev, 0, bdev.dif_check_flags, &ctx) != 0) {
		return bdev_refuse(out_reason, -EINVAL,
				   "dif_pi_format %u does not go with a block_size of %u and a "
				   "md_size of %u",
				   geometry->dif_pi_format, geometry->block_size,
				   geometry->md_size);
	}
	return 0;
}

static uint32_t
check_flags(enum spdk_dif_type type)
{
	switch (type) {
	case SPDK_DIF_TYPE1:
	case SPDK_DIF_TYPE2:
		return SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_REFTAG_CHECK;
	case SPDK_DIF_TYPE3:
		return SPDK_DIF_FLAGS_GUARD_CHECK;
	default:
		return 0;
	}
}

void
bdev_geometry_apply(const struct bdev_geometry *geometry, struct spdk_bdev *bdev)
{
	bdev->blockcnt = geometry->num_blocks;
	bdev->md_len = geometry->md_size;
	bdev->md_interleave = geometry->md_interleave && geometry->md_size > 0;
	bdev->blocklen = geometry->block_size + (bdev->md_interleave ? geometry->md_size : 0);
	bdev->phys_blocklen = geometry->physical_block_size;
	bdev->dif_type = geometry->dif_type;
	if (geometry->dif_type != SPDK_DIF_DISABLE) {
		bdev->dif_pi_format = geometry->dif_pi_format;
		bdev->dif_is_head_of_md = geometry->dif_is_head_of_md;
	}
	bdev->dif_check_flags = check_flags(geometry->dif_type);
}

int
bdev_geometry_dif_ctx(const struct spdk_bdev *bdev, uint64_t offset_blocks, uint32_t flags,
		      struct spdk_dif_ctx *out_ctx)
{
	struct spdk_dif_ctx_init_ext_opts opts = {
		.size = sizeof(opts),
		.dif_pi_format = bdev->dif_pi_format,
	};

	return spdk_dif_ctx_init(out_ctx, bdev->blocklen, bdev->md_len, bdev->md_interleave,
				 bdev->dif_is_head_of_md, bdev->dif_type, flags,
				 (uint32_t)offset_blocks, UINT16_MAX, 0, 0, 0, &opts);
}

void
bdev_complete_dif_error(struct spdk_bdev_io *io, const struct spdk_dif_error *error)
{
	int sc;

	switch (error->err_type) {
	case SPDK_DIF_REFTAG_ERROR:
		sc = SPDK_NVME_SC_REFERENCE_TAG_CHECK_ERROR;
		break;
	case SPDK_DIF_APPTAG_ERROR:
		sc = SPDK_NVME_SC_APPLICATION_TAG_CHECK_ERROR;
		break;
	default:
		sc = SPDK_NVME_SC_GUARD_CHECK_ERROR;
		break;
	}
	spdk_bdev_io_complete_nvme_status(io, 0, SPDK_NVME_SCT_MEDIA_ERROR, sc);
}
