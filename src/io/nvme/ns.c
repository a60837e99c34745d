/* SPDX-License-Identifier: BSD-3-Clause */
/* A namespace: what I/O needs of it, computed from what the controller said. */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"

/* Logical blocks of a command, by the width of its field. */
#define BLOCKS_MAX 65536u
/* Sizes of logical blocks that make sense, as powers of two. */
#define BLOCK_SHIFT_MIN 9
#define BLOCK_SHIFT_MAX 20

uint32_t
spdk_nvme_ns_get_format_index(const struct spdk_nvme_ns_data *nsdata)
{
	if (nsdata->nlbaf < 16) {
		return nsdata->flbas.format;
	}
	return ((uint32_t)nsdata->flbas.msb_format << 4) + nsdata->flbas.format;
}

/* It has no blocks. */
static void
clear_blocks(struct spdk_nvme_ns *ns)
{
	ns->sector_size = 0;
	ns->extended_lba_size = 0;
	ns->md_size = 0;
	ns->sectors_per_max_io = 0;
	ns->sectors_per_max_io_no_md = 0;
	ns->sectors_per_stripe = 0;
	ns->flags = 0;
	ns->pi_type = SPDK_NVME_FMT_NVM_PROTECTION_DISABLE;
	ns->pi_format = SPDK_NVME_16B_GUARD_PI;
}

void
nvme_ns_clear(struct spdk_nvme_ns *ns)
{
	ns->is_active = false;
	clear_blocks(ns);
	ns->csi = SPDK_NVME_CSI_NVM;
	ns->ana_group_id = 0;
	ns->ana_state = 0;
	memset(&ns->nsdata, 0, sizeof(ns->nsdata));
	memset(ns->id_descs, 0, sizeof(ns->id_descs));
	__atomic_store_n(&ns->nsdata_nvm, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&ns->nsdata_zns, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&ns->nsdata_kv, NULL, __ATOMIC_RELAXED);
}

void
nvme_ns_free(struct spdk_nvme_ns *ns)
{
	free(ns->kept.nvm);
	free(ns->kept.zns);
	free(ns->kept.kv);
	free(ns);
}

void
nvme_ns_drop_others(struct spdk_nvme_ns *ns)
{
	if (ns->csi != SPDK_NVME_CSI_ZNS) {
		__atomic_store_n(&ns->nsdata_zns, NULL, __ATOMIC_RELAXED);
	}
	if (ns->csi != SPDK_NVME_CSI_KV) {
		__atomic_store_n(&ns->nsdata_kv, NULL, __ATOMIC_RELAXED);
	} else {
		__atomic_store_n(&ns->nsdata_nvm, NULL, __ATOMIC_RELAXED);
	}
}

const void *
nvme_ns_find_id(const struct spdk_nvme_ns *ns, enum spdk_nvme_nidt type, size_t size)
{
	const size_t head = sizeof(struct spdk_nvme_ns_id_desc);
	size_t offset = 0, left;

	while (offset + head <= sizeof(ns->id_descs)) {
		const uint8_t *desc = ns->id_descs + offset;
		uint8_t nidt = desc[offsetof(struct spdk_nvme_ns_id_desc, nidt)];
		uint8_t nidl = desc[offsetof(struct spdk_nvme_ns_id_desc, nidl)];

		left = sizeof(ns->id_descs) - offset - head;
		if (nidl == 0 || nidl > left) {
			return NULL;
		}
		if (nidt == type && nidl == size) {
			return desc + head;
		}
		offset += head + nidl;
	}
	return NULL;
}

void
nvme_ns_take_csi(struct spdk_nvme_ns *ns)
{
	const uint8_t *csi = nvme_ns_find_id(ns, SPDK_NVME_NIDT_CSI, sizeof(*csi));

	ns->csi = csi != NULL ? *csi : SPDK_NVME_CSI_NVM;
}

/* Returns what it means for the flags, as the next one. */
static uint32_t
take_sizes(struct spdk_nvme_ns *ns, uint32_t format)
{
	const struct spdk_nvme_ns_data *nsdata = &ns->nsdata;
	bool is_extended;

	ns->sector_size = 1u << nsdata->lbaf[format].lbads;
	ns->md_size = nsdata->lbaf[format].ms;
	is_extended = ns->md_size != 0 && nsdata->flbas.extended;
	ns->extended_lba_size = ns->sector_size + (is_extended ? ns->md_size : 0);
	return is_extended ? SPDK_NVME_NS_EXTENDED_LBA_SUPPORTED : 0;
}

static uint32_t
take_protection(struct spdk_nvme_ns *ns, uint32_t format)
{
	bool is_protected = ns->md_size != 0 && ns->nsdata.dps.pit != 0 &&
			    ns->nsdata.dps.pit <= SPDK_NVME_FMT_NVM_PROTECTION_TYPE3;
	bool is_told = is_protected && ns->nsdata_nvm != NULL && ns->ctrlr->cdata.ctratt.elbas;

	ns->pi_format = is_told ? ns->nsdata_nvm->elbaf[format].pif : SPDK_NVME_16B_GUARD_PI;
	ns->pi_type = is_protected ? ns->nsdata.dps.pit : SPDK_NVME_FMT_NVM_PROTECTION_DISABLE;
	return is_protected ? SPDK_NVME_NS_DPS_PI_SUPPORTED : 0;
}

static uint32_t
blocks_of(uint32_t bytes, uint32_t block_size)
{
	uint32_t blocks = spdk_min(bytes / block_size, BLOCKS_MAX);

	return spdk_max(blocks, 1u);
}

/* With PRACT, metadata that are nothing but protection information are not transferred. */
static void
take_limits(struct spdk_nvme_ns *ns)
{
	uint32_t max = ns->ctrlr->max_xfer_size, stripe = ns->nsdata.noiob, stripe_shift;
	const uint8_t *vendor = ns->ctrlr->cdata.vs;

	ns->sectors_per_max_io = blocks_of(max, ns->extended_lba_size);
	ns->sectors_per_max_io_no_md = blocks_of(max, ns->sector_size);
	if (stripe == 0 && (ns->ctrlr->quirks & NVME_QUIRK_STRIPE_IN_VENDOR_DATA) &&
	    vendor[3] != 0) {
		stripe_shift = spdk_u32log2(ns->ctrlr->page_size) + vendor[3];
		if (stripe_shift < 32 && (1u << stripe_shift) > ns->sector_size) {
			stripe = (1u << stripe_shift) / ns->sector_size;
		}
	}
	ns->sectors_per_stripe = stripe;
}

static uint32_t
flags_of(const struct spdk_nvme_ns *ns)
{
	const struct spdk_nvme_ctrlr_data *cdata = &ns->ctrlr->cdata;
	uint32_t flags = 0;

	if (cdata->oncs.nvmdsmsv) {
		flags |= SPDK_NVME_NS_DEALLOCATE_SUPPORTED;
	}
	if (cdata->oncs.nvmcmps) {
		flags |= SPDK_NVME_NS_COMPARE_SUPPORTED;
	}
	if (cdata->oncs.nvmwzsv) {
		flags |= SPDK_NVME_NS_WRITE_ZEROES_SUPPORTED;
	}
	if (cdata->oncs.nvmwusv) {
		flags |= SPDK_NVME_NS_WRITE_UNCORRECTABLE_SUPPORTED;
	}
	if (cdata->vwc.present) {
		flags |= SPDK_NVME_NS_FLUSH_SUPPORTED;
	}
	if (ns->nsdata.nsrescap.raw != 0) {
		flags |= SPDK_NVME_NS_RESERVATION_SUPPORTED;
	}
	return flags;
}

void
nvme_ns_update(struct spdk_nvme_ns *ns)
{
	uint32_t format = spdk_nvme_ns_get_format_index(&ns->nsdata);
	uint32_t shift = ns->nsdata.lbaf[format].lbads, flags;

	/* What the log page has said of it holds until that is read again. */
	if (!ns->is_active || !ns->ctrlr->cdata.cmic.anars) {
		ns->ana_state = SPDK_NVME_ANA_OPTIMIZED_STATE;
	}
	if (ns->nsdata_kv != NULL) {
		clear_blocks(ns);
		ns->ana_group_id = ns->nsdata_kv->anagrpid;
		ns->is_active = true;
		return;
	}
	if (shift < BLOCK_SHIFT_MIN || shift > BLOCK_SHIFT_MAX) {
		SPDK_ERRLOG("Namespace %u of NVMe controller %s has logical blocks of 2^%u bytes: "
			    "it is left out.\n",
			    ns->id, nvme_ctrlr_name(ns->ctrlr), shift);
		nvme_ns_clear(ns);
		return;
	}
	/* Events bring us here while I/O reads all of it: each is stored once, as it shall be. */
	flags = take_sizes(ns, format);
	flags |= take_protection(ns, format);
	take_limits(ns);
	ns->flags = flags | flags_of(ns);
	ns->ana_group_id = ns->nsdata.anagrpid;
	ns->is_active = true;
}
