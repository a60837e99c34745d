/* SPDX-License-Identifier: BSD-3-Clause */
/* What a namespace is, for those who ask. */
#include "io/nvme/ctrlr.h"

#include "spdk/nvme_kv.h"

const struct spdk_nvme_ns_data *
spdk_nvme_ns_get_data(struct spdk_nvme_ns *ns)
{
	return &ns->nsdata;
}

const struct spdk_nvme_nvm_ns_data *
spdk_nvme_nvm_ns_get_data(struct spdk_nvme_ns *ns)
{
	return __atomic_load_n(&ns->nsdata_nvm, __ATOMIC_ACQUIRE);
}

uint32_t
spdk_nvme_ns_get_id(struct spdk_nvme_ns *ns)
{
	return ns->id;
}

struct spdk_nvme_ctrlr *
spdk_nvme_ns_get_ctrlr(struct spdk_nvme_ns *ns)
{
	return ns->ctrlr;
}

bool
spdk_nvme_ns_is_active(struct spdk_nvme_ns *ns)
{
	return ns->is_active;
}

uint32_t
spdk_nvme_ns_get_max_io_xfer_size(struct spdk_nvme_ns *ns)
{
	return ns->ctrlr->max_xfer_size;
}

uint32_t
spdk_nvme_ns_get_sector_size(struct spdk_nvme_ns *ns)
{
	return ns->sector_size;
}

uint32_t
spdk_nvme_ns_get_extended_sector_size(struct spdk_nvme_ns *ns)
{
	return ns->extended_lba_size;
}

uint64_t
spdk_nvme_ns_get_num_sectors(struct spdk_nvme_ns *ns)
{
	return ns->nsdata.nsze;
}

uint64_t
spdk_nvme_ns_get_size(struct spdk_nvme_ns *ns)
{
	return ns->nsdata.nsze * ns->sector_size;
}

enum spdk_nvme_pi_type
spdk_nvme_ns_get_pi_type(struct spdk_nvme_ns *ns)
{
	return ns->pi_type;
}

enum spdk_nvme_pi_format
spdk_nvme_ns_get_pi_format(struct spdk_nvme_ns *ns)
{
	return ns->pi_format;
}

uint32_t
spdk_nvme_ns_get_md_size(struct spdk_nvme_ns *ns)
{
	return ns->md_size;
}

uint32_t
spdk_nvme_ns_get_flags(struct spdk_nvme_ns *ns)
{
	return ns->flags;
}

bool
spdk_nvme_ns_supports_extended_lba(struct spdk_nvme_ns *ns)
{
	return (ns->flags & SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED) != 0;
}

bool
spdk_nvme_ns_supports_write_uncorrectable(struct spdk_nvme_ns *ns)
{
	return (ns->flags & SPDK_NVME_NS_WRITE_UNCORRECTABLE_SUPPORTED) != 0;
}

bool
spdk_nvme_ns_supports_compare(struct spdk_nvme_ns *ns)
{
	return (ns->flags & SPDK_NVME_NS_COMPARE_SUPPORTED) != 0;
}

enum spdk_nvme_dealloc_logical_block_read_value
spdk_nvme_ns_get_dealloc_logical_block_read_value(struct spdk_nvme_ns *ns)
{
	if (ns->nsdata.dlfeat.bits.read_value == SPDK_NVME_DEALLOC_NOT_REPORTED &&
	    (ns->ctrlr->quirks & NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE)) {
		return SPDK_NVME_DEALLOC_READ_00;
	}
	return ns->nsdata.dlfeat.bits.read_value;
}

uint32_t
spdk_nvme_ns_get_optimal_io_boundary(struct spdk_nvme_ns *ns)
{
	return ns->sectors_per_stripe;
}

const uint8_t *
spdk_nvme_ns_get_nguid(const struct spdk_nvme_ns *ns)
{
	return nvme_ns_find_id(ns, SPDK_NVME_NIDT_NGUID, sizeof(ns->nsdata.nguid));
}

const struct spdk_uuid *
spdk_nvme_ns_get_uuid(const struct spdk_nvme_ns *ns)
{
	return nvme_ns_find_id(ns, SPDK_NVME_NIDT_UUID, sizeof(struct spdk_uuid));
}

enum spdk_nvme_csi
spdk_nvme_ns_get_csi(const struct spdk_nvme_ns *ns)
{
	return ns->csi;
}

uint32_t
spdk_nvme_ns_get_ana_group_id(const struct spdk_nvme_ns *ns)
{
	return ns->ana_group_id;
}

enum spdk_nvme_ana_state
spdk_nvme_ns_get_ana_state(const struct spdk_nvme_ns *ns)
{
	return ns->ana_state;
}

const struct spdk_nvme_kv_ns_data *
spdk_nvme_kv_ns_get_data(const struct spdk_nvme_ns *ns)
{
	return __atomic_load_n(&ns->nsdata_kv, __ATOMIC_ACQUIRE);
}

const struct spdk_nvme_zns_ns_data *
spdk_nvme_zns_ns_get_data(struct spdk_nvme_ns *ns)
{
	return __atomic_load_n(&ns->nsdata_zns, __ATOMIC_ACQUIRE);
}

uint64_t
spdk_nvme_zns_ns_get_zone_size_sectors(struct spdk_nvme_ns *ns)
{
	const struct spdk_nvme_zns_ns_data *zns = spdk_nvme_zns_ns_get_data(ns);

	return zns == NULL ? 0 : zns->lbafe[spdk_nvme_ns_get_format_index(&ns->nsdata)].zsze;
}

uint64_t
spdk_nvme_zns_ns_get_zone_size(struct spdk_nvme_ns *ns)
{
	return spdk_nvme_zns_ns_get_zone_size_sectors(ns) * ns->sector_size;
}

uint64_t
spdk_nvme_zns_ns_get_num_zones(struct spdk_nvme_ns *ns)
{
	uint64_t size = spdk_nvme_zns_ns_get_zone_size_sectors(ns);

	return size == 0 ? 0 : ns->nsdata.nsze / size;
}

/* Both are less one, and all ones is no limit, which 0 says here. */
uint32_t
spdk_nvme_zns_ns_get_max_open_zones(struct spdk_nvme_ns *ns)
{
	const struct spdk_nvme_zns_ns_data *zns = spdk_nvme_zns_ns_get_data(ns);

	return zns == NULL ? 0 : zns->mor + 1;
}

uint32_t
spdk_nvme_zns_ns_get_max_active_zones(struct spdk_nvme_ns *ns)
{
	const struct spdk_nvme_zns_ns_data *zns = spdk_nvme_zns_ns_get_data(ns);

	return zns == NULL ? 0 : zns->mar + 1;
}
