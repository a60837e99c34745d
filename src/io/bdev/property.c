/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device is like, for its users. Modules fill it in before they register it, and only the
 * number of blocks changes later.
 */
#include "bdev_internal.h"
#include "spdk/env.h"
#include "spdk/json.h"

const char *
spdk_bdev_get_name(const struct spdk_bdev *bdev)
{
	return bdev->name;
}

const char *
spdk_bdev_get_product_name(const struct spdk_bdev *bdev)
{
	return bdev->product_name;
}

const char *
spdk_bdev_get_module_name(const struct spdk_bdev *bdev)
{
	return bdev->module->name;
}

const struct spdk_uuid *
spdk_bdev_get_uuid(const struct spdk_bdev *bdev)
{
	return &bdev->uuid;
}

int32_t
spdk_bdev_get_numa_id(struct spdk_bdev *bdev)
{
	return bdev->numa.id_valid ? bdev->numa.id : SPDK_ENV_NUMA_ID_ANY;
}

/* ---- Blocks ---- */

uint32_t
spdk_bdev_get_block_size(const struct spdk_bdev *bdev)
{
	return bdev->blocklen;
}

uint32_t
spdk_bdev_get_data_block_size(const struct spdk_bdev *bdev)
{
	return bdev->md_interleave ? bdev->blocklen - bdev->md_len : bdev->blocklen;
}

uint32_t
spdk_bdev_get_physical_block_size(const struct spdk_bdev *bdev)
{
	return bdev->phys_blocklen;
}

uint64_t
spdk_bdev_get_num_blocks(const struct spdk_bdev *bdev)
{
	/* A pair for spdk_bdev_notify_blockcnt_change(), on another thread. */
	return __atomic_load_n(&bdev->blockcnt, __ATOMIC_RELAXED);
}

uint32_t
spdk_bdev_get_write_unit_size(const struct spdk_bdev *bdev)
{
	return bdev->write_unit_size;
}

uint16_t
spdk_bdev_get_acwu(const struct spdk_bdev *bdev)
{
	return bdev->acwu;
}

size_t
spdk_bdev_get_buf_align(const struct spdk_bdev *bdev)
{
	return (size_t)1 << bdev->required_alignment;
}

uint32_t
spdk_bdev_get_optimal_io_boundary(const struct spdk_bdev *bdev)
{
	return bdev->optimal_io_boundary;
}

bool
spdk_bdev_has_write_cache(const struct spdk_bdev *bdev)
{
	return bdev->write_cache != 0;
}

uint32_t
spdk_bdev_get_preferred_write_alignment(const struct spdk_bdev *bdev)
{
	return bdev->preferred_write_alignment;
}

uint32_t
spdk_bdev_get_preferred_write_granularity(const struct spdk_bdev *bdev)
{
	return bdev->preferred_write_granularity;
}

uint32_t
spdk_bdev_get_optimal_write_size(const struct spdk_bdev *bdev)
{
	return bdev->optimal_write_size;
}

uint32_t
spdk_bdev_get_preferred_unmap_alignment(const struct spdk_bdev *bdev)
{
	return bdev->preferred_unmap_alignment;
}

uint32_t
spdk_bdev_get_preferred_unmap_granularity(const struct spdk_bdev *bdev)
{
	return bdev->preferred_unmap_granularity;
}

uint32_t
spdk_bdev_get_max_copy(const struct spdk_bdev *bdev)
{
	return bdev->max_copy;
}

/* ---- Metadata ---- */

uint32_t
spdk_bdev_get_md_size(const struct spdk_bdev *bdev)
{
	return bdev->md_len;
}

bool
spdk_bdev_is_md_interleaved(const struct spdk_bdev *bdev)
{
	return bdev->md_len != 0 && bdev->md_interleave;
}

bool
spdk_bdev_is_md_separate(const struct spdk_bdev *bdev)
{
	return bdev->md_len != 0 && !bdev->md_interleave;
}

enum spdk_dif_type
spdk_bdev_get_dif_type(const struct spdk_bdev *bdev)
{
	return bdev->md_len != 0 ? bdev->dif_type : SPDK_DIF_DISABLE;
}

enum spdk_dif_pi_format
spdk_bdev_get_dif_pi_format(const struct spdk_bdev *bdev)
{
	return bdev->dif_pi_format;
}

bool
spdk_bdev_is_dif_head_of_md(const struct spdk_bdev *bdev)
{
	return spdk_bdev_get_dif_type(bdev) != SPDK_DIF_DISABLE && bdev->dif_is_head_of_md;
}

bool
spdk_bdev_is_dif_check_enabled(const struct spdk_bdev *bdev, enum spdk_dif_check_type check_type)
{
	static const uint32_t flags[] = {
		[SPDK_DIF_CHECK_TYPE_REFTAG] = SPDK_DIF_FLAGS_REFTAG_CHECK,
		[SPDK_DIF_CHECK_TYPE_APPTAG] = SPDK_DIF_FLAGS_APPTAG_CHECK,
		[SPDK_DIF_CHECK_TYPE_GUARD] = SPDK_DIF_FLAGS_GUARD_CHECK,
	};

	return (unsigned int)check_type < SPDK_COUNTOF(flags) &&
	       (bdev->dif_check_flags & flags[check_type]) != 0;
}

/* ---- As a descriptor sees it, which may hide the metadata ---- */

struct spdk_bdev *
spdk_bdev_desc_get_bdev(struct spdk_bdev_desc *desc)
{
	return desc->bdev;
}

bool
spdk_bdev_desc_hide_metadata(struct spdk_bdev_desc *desc)
{
	return desc->hide_metadata;
}

uint32_t
spdk_bdev_desc_get_block_size(struct spdk_bdev_desc *desc)
{
	return desc->hide_metadata ? spdk_bdev_get_data_block_size(desc->bdev) :
				     desc->bdev->blocklen;
}

uint32_t
spdk_bdev_desc_get_md_size(struct spdk_bdev_desc *desc)
{
	return desc->hide_metadata ? 0 : desc->bdev->md_len;
}

bool
spdk_bdev_desc_is_md_interleaved(struct spdk_bdev_desc *desc)
{
	return !desc->hide_metadata && spdk_bdev_is_md_interleaved(desc->bdev);
}

bool
spdk_bdev_desc_is_md_separate(struct spdk_bdev_desc *desc)
{
	return !desc->hide_metadata && spdk_bdev_is_md_separate(desc->bdev);
}

enum spdk_dif_type
spdk_bdev_desc_get_dif_type(struct spdk_bdev_desc *desc)
{
	return desc->hide_metadata ? SPDK_DIF_DISABLE : spdk_bdev_get_dif_type(desc->bdev);
}

enum spdk_dif_pi_format
spdk_bdev_desc_get_dif_pi_format(struct spdk_bdev_desc *desc)
{
	return desc->hide_metadata ? SPDK_DIF_PI_FORMAT_16 :
				     spdk_bdev_get_dif_pi_format(desc->bdev);
}

bool
spdk_bdev_desc_is_dif_head_of_md(struct spdk_bdev_desc *desc)
{
	return !desc->hide_metadata && spdk_bdev_is_dif_head_of_md(desc->bdev);
}

bool
spdk_bdev_desc_is_dif_check_enabled(struct spdk_bdev_desc *desc,
				    enum spdk_dif_check_type check_type)
{
	return !desc->hide_metadata && spdk_bdev_is_dif_check_enabled(desc->bdev, check_type);
}

/* ---- Types of I/O ---- */

static const char *const g_io_type_names[] = {
	[SPDK_BDEV_IO_TYPE_READ] = "read",
	[SPDK_BDEV_IO_TYPE_WRITE] = "write",
	[SPDK_BDEV_IO_TYPE_UNMAP] = "unmap",
	[SPDK_BDEV_IO_TYPE_FLUSH] = "flush",
	[SPDK_BDEV_IO_TYPE_RESET] = "reset",
	[SPDK_BDEV_IO_TYPE_NVME_ADMIN] = "nvme_admin",
	[SPDK_BDEV_IO_TYPE_NVME_IO] = "nvme_io",
	[SPDK_BDEV_IO_TYPE_NVME_IO_MD] = "nvme_io_md",
	[SPDK_BDEV_IO_TYPE_WRITE_ZEROES] = "write_zeroes",
	[SPDK_BDEV_IO_TYPE_ZCOPY] = "zcopy",
	[SPDK_BDEV_IO_TYPE_GET_ZONE_INFO] = "get_zone_info",
	[SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT] = "zone_management",
	[SPDK_BDEV_IO_TYPE_ZONE_APPEND] = "zone_append",
	[SPDK_BDEV_IO_TYPE_COMPARE] = "compare",
	[SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE] = "compare_and_write",
	[SPDK_BDEV_IO_TYPE_ABORT] = "abort",
	[SPDK_BDEV_IO_TYPE_SEEK_HOLE] = "seek_hole",
	[SPDK_BDEV_IO_TYPE_SEEK_DATA] = "seek_data",
	[SPDK_BDEV_IO_TYPE_COPY] = "copy",
	[SPDK_BDEV_IO_TYPE_NVME_IOV_MD] = "nvme_iov_md",
	[SPDK_BDEV_IO_TYPE_NVME_NSSR] = "nvme_nssr",
	[SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE] = "write_uncorrectable",
};
SPDK_STATIC_ASSERT(SPDK_COUNTOF(g_io_type_names) == SPDK_BDEV_NUM_IO_TYPES, "a type has no name");

const char *
spdk_bdev_get_io_type_name(enum spdk_bdev_io_type io_type)
{
	if (io_type <= SPDK_BDEV_IO_TYPE_INVALID || io_type >= SPDK_BDEV_NUM_IO_TYPES) {
		return NULL;
	}
	return g_io_type_names[io_type];
}

int
spdk_bdev_get_io_type(const char *io_type_string)
{
	int type;

	for (type = SPDK_BDEV_IO_TYPE_INVALID + 1; type < SPDK_BDEV_NUM_IO_TYPES; type++) {
		if (strcmp(io_type_string, g_io_type_names[type]) == 0) {
			return type;
		}
	}
	return -1;
}

bool
spdk_bdev_io_type_supported(struct spdk_bdev *bdev, enum spdk_bdev_io_type io_type)
{
	if (io_type <= SPDK_BDEV_IO_TYPE_INVALID || io_type >= SPDK_BDEV_NUM_IO_TYPES) {
		return false;
	}
	return (bdev->io_type_supported & (1u << io_type)) != 0 || bdev_can_emulate(bdev, io_type);
}

/* ---- What the module answers ---- */

void *
spdk_bdev_get_module_ctx(struct spdk_bdev_desc *desc)
{
	struct spdk_bdev *bdev = desc->bdev;

	return bdev->fn_table->get_module_ctx != NULL ? bdev->fn_table->get_module_ctx(bdev->ctxt) :
							NULL;
}

int
spdk_bdev_dump_info_json(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	return bdev->fn_table->dump_info_json != NULL ?
		       bdev->fn_table->dump_info_json(bdev->ctxt, w) :
		       0;
}

int
spdk_bdev_get_memory_domains(struct spdk_bdev *bdev, struct spdk_memory_domain **domains,
			     int array_size)
{
	return bdev->fn_table->get_memory_domains != NULL ?
		       bdev->fn_table->get_memory_domains(bdev->ctxt, domains, array_size) :
		       0;
}

int
spdk_bdev_get_memory_domain_types(struct spdk_bdev *bdev, enum spdk_dma_device_type *types,
				  uint32_t array_size)
{
	return bdev->fn_table->get_memory_domain_types != NULL ?
		       bdev->fn_table->get_memory_domain_types(bdev->ctxt, types, array_size) :
		       0;
}

/* ---- NVMe ---- */

union spdk_bdev_nvme_ctratt
spdk_bdev_get_nvme_ctratt(struct spdk_bdev *bdev)
{
	return bdev->ctratt;
}

uint32_t
spdk_bdev_get_nvme_nsid(struct spdk_bdev *bdev)
{
	return bdev->nsid;
}

enum spdk_nvme_csi
spdk_bdev_get_nvme_csi(const struct spdk_bdev *bdev)
{
	return bdev->csi;
}
