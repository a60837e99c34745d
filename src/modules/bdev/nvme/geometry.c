/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a namespace says of itself, as a block device.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "spdk/dif.h"
#include "spdk/env.h"
#include "spdk/likely.h"
#include "spdk/nvme_zns.h"
#include "spdk/string.h"
#include "spdk/uuid.h"

/* log2: what the specification asks of addresses in PRPs. */
#define ALIGNMENT_LOG2    2
#define ZEROES_BLOCKS_MAX (UINT16_MAX + 1u)
#define UNMAP_RANGES_MAX  256u
/* Bytes of an unmap that says nothing of its limits; NVMe has none. */
#define RANGE_BLOCKS_MAX UINT32_MAX

/* Of those that have no UUID of their own: made from this, the serial number and the namespace. */
static const char g_uuid_namespace[] = "edaed2de-24bc-4b07-b559-f47ecbe730fd";

static char product_names[][sizeof("NVMe ZNS disk")] = {"NVMe disk", "NVMe ZNS disk"};

/* ---- Names ---- */

static int
generate_uuid(const struct nvme_disk *disk, struct spdk_uuid *out_uuid)
{
	const struct spdk_nvme_ctrlr_data *cdata = spdk_nvme_ctrlr_get_data(disk->dev->ctrlr);
	char name[sizeof(cdata->sn) + 16] = "";
	struct spdk_uuid space;
	int rc;

	rc = spdk_uuid_parse(&space, g_uuid_namespace);
	if (rc != 0) {
		return rc;
	}
	memcpy(name, cdata->sn, sizeof(cdata->sn));
	(void)snprintf(name + sizeof(cdata->sn), sizeof(name) - sizeof(cdata->sn), "%" PRIu32,
		       disk->nsid);
	return spdk_uuid_generate_sha1(out_uuid, &space, name,
				       sizeof(cdata->sn) + strlen(name + sizeof(cdata->sn)));
}

/* Its UUID, else its NGUID, which has as many bytes, else, if wanted, one that is always the same.
 */
static int
describe_uuid(struct nvme_disk *disk)
{
	const struct spdk_uuid *uuid = spdk_nvme_ns_get_uuid(disk->ns);
	const uint8_t *nguid = spdk_nvme_ns_get_nguid(disk->ns);

	if (uuid != NULL && !spdk_uuid_is_null(uuid)) {
		disk->bdev.uuid = *uuid;
	} else if (nguid != NULL && !spdk_mem_all_zero(nguid, sizeof(disk->bdev.uuid))) {
		memcpy(&disk->bdev.uuid, nguid, sizeof(disk->bdev.uuid));
	} else if (g_bdev_nvme_opts.generate_uuids) {
		return generate_uuid(disk, &disk->bdev.uuid);
	}
	return 0;
}

/* ---- Sizes ---- */

static void
describe_physical(struct nvme_disk *disk)
{
	const struct spdk_nvme_ctrlr_data *cdata = spdk_nvme_ctrlr_get_data(disk->dev->ctrlr);
	const struct spdk_nvme_ns_data *nsdata = spdk_nvme_ns_get_data(disk->ns);
	uint32_t sector = spdk_nvme_ns_get_sector_size(disk->ns), atomic, preferred = sector;
	struct spdk_bdev *bdev = &disk->bdev;

	if (nsdata->nsfeat.ns_atomic_write_unit && nsdata->nabo == 0) {
		atomic = sector * (nsdata->nawupf + 1u);
	} else {
		atomic = sector * (cdata->awupf + 1u);
	}
	if (nsdata->nsfeat.optperf) {
		preferred = sector * (nsdata->npwg + 1u);
		bdev->preferred_write_granularity = nsdata->npwg + 1u;
		bdev->preferred_write_alignment = nsdata->npwa + 1u;
		bdev->optimal_write_size = nsdata->nows + 1u;
		bdev->preferred_unmap_granularity = nsdata->npdg + 1u;
		bdev->preferred_unmap_alignment = nsdata->npda + 1u;
	}
	/* A power of 2, or whoever lays something out by it would be misled. */
	bdev->phys_blocklen = spdk_min(atomic, preferred);
	if (!spdk_u32_is_pow2(bdev->phys_blocklen) || bdev->phys_blocklen < sector) {
		bdev->phys_blocklen = sector;
	}
}

/* Of commands that carry no data. */
static void
describe_limits(struct nvme_disk *disk)
{
	const struct spdk_nvme_nvm_ctrlr_data *nvm = spdk_nvme_nvm_ctrlr_get_data(disk->dev->ctrlr);
	union spdk_nvme_cap_register cap = spdk_nvme_ctrlr_get_regs_cap(disk->dev->ctrlr);
	const struct spdk_nvme_ns_data *nsdata = spdk_nvme_ns_get_data(disk->ns);
	uint32_t sector = spdk_nvme_ns_get_sector_size(disk->ns), ranges = UNMAP_RANGES_MAX;
	uint64_t unmap_max = 0, zeroes = ZEROES_BLOCKS_MAX;
	struct spdk_bdev *bdev = &disk->bdev;

	disk->unmap_range_max = RANGE_BLOCKS_MAX;
	if (nvm != NULL) {
		if (nvm->dmrsl != 0) {
			disk->unmap_range_max = nvm->dmrsl;
		}
		if (nvm->dmrl != 0) {
			ranges = nvm->dmrl;
		}
		unmap_max = nvm->dmsl;
		if (nvm->wzsl != 0 && nvm->wzsl + 12u + cap.bits.mpsmin < 32) {
			zeroes = spdk_min(zeroes,
					  (UINT64_C(1) << (nvm->wzsl + 12u + cap.bits.mpsmin)) /
						  sector);
		}
	}
	if (unmap_max == 0) {
		unmap_max = (uint64_t)disk->unmap_range_max * ranges;
	}
	bdev->max_unmap = (uint32_t)spdk_min(unmap_max, UINT32_MAX);
	bdev->max_unmap_segments = 1;
	bdev->max_write_zeroes = (uint32_t)spdk_max(zeroes, 1);
	if (nsdata->mssrl != 0) {
		/* All of it is one range. */
		bdev->max_copy =
			nsdata->mcl != 0 ? spdk_min(nsdata->mssrl, nsdata->mcl) : nsdata->mssrl;
	}
}

static void
describe_metadata(struct nvme_disk *disk)
{
	const struct spdk_nvme_ns_data *nsdata = spdk_nvme_ns_get_data(disk->ns);
	struct spdk_bdev *bdev = &disk->bdev;

	bdev->md_len = spdk_nvme_ns_get_md_size(disk->ns);
	if (bdev->md_len == 0) {
		return;
	}
	bdev->md_interleave = spdk_nvme_ns_supports_extended_lba(disk->ns);
	bdev->dif_type = (enum spdk_dif_type)spdk_nvme_ns_get_pi_type(disk->ns);
	if (bdev->dif_type == SPDK_DIF_DISABLE) {
		return;
	}
	bdev->dif_is_head_of_md = nsdata->dps.md_start;
	bdev->dif_pi_format = (enum spdk_dif_pi_format)spdk_nvme_ns_get_pi_format(disk->ns);
	bdev->dif_check_flags = disk->dev->opts.prchk_flags;
}

static void
describe_atomicity(struct nvme_disk *disk)
{
	const struct spdk_nvme_ctrlr_data *cdata = spdk_nvme_ctrlr_get_data(disk->dev->ctrlr);
	const struct spdk_nvme_ns_data *nsdata = spdk_nvme_ns_get_data(disk->ns);
	uint32_t acwu = cdata->acwu;

	if (!bdev_nvme_io_supported(disk, SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE)) {
		return; /* The layer's is as large as it likes. */
	}
	if (nsdata->nsfeat.ns_atomic_write_unit && nsdata->nacwu != 0) {
		acwu = nsdata->nacwu;
	}
	disk->bdev.acwu = (uint16_t)spdk_min(acwu + 1u, UINT16_MAX);
}

static void
describe_transfers(struct nvme_disk *disk)
{
	struct spdk_bdev *bdev = &disk->bdev;

	bdev->write_unit_size = 1;
	bdev->required_alignment = ALIGNMENT_LOG2;
	/* The driver splits what is too long, or crosses a boundary, or is in too many pieces. */
	bdev->optimal_io_boundary = spdk_nvme_ns_get_optimal_io_boundary(disk->ns);
	bdev->max_segment_size = 0;
	bdev->max_num_segments = 0;
	bdev->max_rw_size = 0;
}

static void
describe_zones(struct nvme_disk *disk)
{
	struct spdk_bdev *bdev = &disk->bdev;
	uint32_t block = bdev->blocklen;

	if (spdk_nvme_ns_get_csi(disk->ns) != SPDK_NVME_CSI_ZNS) {
		return;
	}
	bdev->zoned = true;
	bdev->zone_size = spdk_nvme_zns_ns_get_zone_size_sectors(disk->ns);
	bdev->max_zone_append_size =
		spdk_nvme_zns_ctrlr_get_max_zone_append_size(disk->dev->ctrlr) / block;
	bdev->max_open_zones = spdk_nvme_zns_ns_get_max_open_zones(disk->ns);
	bdev->max_active_zones = spdk_nvme_zns_ns_get_max_active_zones(disk->ns);
}

/* ---- All of it ---- */

static void
describe_place(struct nvme_disk *disk)
{
	int32_t numa_id = spdk_nvme_ctrlr_get_numa_id(disk->dev->ctrlr);

	if (numa_id != SPDK_ENV_NUMA_ID_ANY) {
		disk->bdev.numa.id_valid = 1;
		disk->bdev.numa.id = numa_id;
	}
}

static int
describe_blocks(struct nvme_disk *disk)
{
	struct spdk_bdev *bdev = &disk->bdev;

	bdev->blocklen = spdk_nvme_ns_get_extended_sector_size(disk->ns);
	bdev->blockcnt = spdk_nvme_ns_get_num_sectors(disk->ns);
	if (disk->is_opaque && bdev->blocklen == 0) {
		/* It has no blocks, or none that are known; the layer needs a number. */
		bdev->blocklen = 512;
		bdev->blockcnt = spdk_max(bdev->blockcnt, 1);
	}
	return bdev->blocklen != 0 && bdev->blockcnt != 0 ? 0 : -EINVAL;
}

int
bdev_nvme_disk_describe(struct nvme_disk *disk)
{
	const struct spdk_nvme_ctrlr_data *cdata = spdk_nvme_ctrlr_get_data(disk->dev->ctrlr);
	struct spdk_bdev *bdev = &disk->bdev;
	int rc = describe_blocks(disk);

	if (rc == 0) {
		rc = describe_uuid(disk);
	}
	if (rc != 0) {
		return rc;
	}
	bdev->product_name = product_names[spdk_nvme_ns_get_csi(disk->ns) == SPDK_NVME_CSI_ZNS];
	bdev->write_cache = cdata->vwc.present;
	bdev->ctratt.raw = cdata->ctratt.raw;
	bdev->nsid = disk->nsid;
	bdev->csi = spdk_nvme_ns_get_csi(disk->ns);
	/* Namespaces share a controller: a reset of one is one of all, and can wait a while. */
	bdev->reset_io_drain_timeout = SPDK_BDEV_RESET_IO_DRAIN_RECOMMENDED_VALUE;
	describe_place(disk);
	describe_transfers(disk);
	if (!disk->is_opaque) {
		describe_physical(disk);
		describe_limits(disk);
		describe_metadata(disk);
		describe_atomicity(disk);
		describe_zones(disk);
	}
	return 0;
}
