/* SPDX-License-Identifier: BSD-3-Clause */
/* What a controller is and can do, for those who ask. */
#include "io/nvme/ctrlr.h"

#include "spdk/log.h"
#include "spdk/nvme_kv.h"

#define REGISTER(field) offsetof(struct spdk_nvme_registers, field)

bool
spdk_nvme_ctrlr_is_discovery(struct spdk_nvme_ctrlr *ctrlr)
{
	return strcmp(ctrlr->trid.subnqn, SPDK_NVMF_DISCOVERY_NQN) == 0;
}

bool
spdk_nvme_ctrlr_is_fabrics(struct spdk_nvme_ctrlr *ctrlr)
{
	return spdk_nvme_trtype_is_fabrics(ctrlr->trid.trtype);
}

bool
spdk_nvme_ctrlr_is_failed(struct spdk_nvme_ctrlr *ctrlr)
{
	return __atomic_load_n(&ctrlr->is_failed, __ATOMIC_RELAXED);
}

const struct spdk_nvme_ctrlr_data *
spdk_nvme_ctrlr_get_data(struct spdk_nvme_ctrlr *ctrlr)
{
	return &ctrlr->cdata;
}

const struct spdk_nvme_nvm_ctrlr_data *
spdk_nvme_nvm_ctrlr_get_data(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cdata_nvm;
}

const struct spdk_nvme_zns_ctrlr_data *
spdk_nvme_zns_ctrlr_get_data(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cdata_zns;
}

const struct spdk_nvme_kv_ctrlr_data *
spdk_nvme_kv_ctrlr_get_data(const struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cdata_kv;
}

uint32_t
spdk_nvme_zns_ctrlr_get_max_zone_append_size(const struct spdk_nvme_ctrlr *ctrlr)
{
	uint64_t size;

	/* A log of effects without it says that it is not there; without a log, nobody knows. */
	if (ctrlr->cdata_zns == NULL ||
	    (ctrlr->zns_effects != NULL &&
	     !ctrlr->zns_effects->io_cmds_supported[SPDK_NVME_OPC_ZONE_APPEND].csupp)) {
		return 0;
	}
	if (ctrlr->cdata_zns->zasl == 0 || ctrlr->cdata_zns->zasl >= 32) {
		return ctrlr->max_xfer_size;
	}
	size = (uint64_t)ctrlr->page_size << ctrlr->cdata_zns->zasl;
	return (uint32_t)spdk_min(size, (uint64_t)ctrlr->max_xfer_size);
}

/* Of a register of four bytes: its value, or ones when the device cannot be asked. */
static uint32_t
read_register(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset)
{
	uint32_t value;

	nvme_ctrlr_lock(ctrlr);
	if (nvme_transport_read_4(ctrlr, offset, &value) != 0) {
		value = UINT32_MAX;
	}
	nvme_ctrlr_unlock(ctrlr);
	return value;
}

union spdk_nvme_csts_register
spdk_nvme_ctrlr_get_regs_csts(struct spdk_nvme_ctrlr *ctrlr)
{
	return (union spdk_nvme_csts_register){.raw = read_register(ctrlr, REGISTER(csts))};
}

union spdk_nvme_cc_register
spdk_nvme_ctrlr_get_regs_cc(struct spdk_nvme_ctrlr *ctrlr)
{
	return (union spdk_nvme_cc_register){.raw = read_register(ctrlr, REGISTER(cc))};
}

union spdk_nvme_cap_register
spdk_nvme_ctrlr_get_regs_cap(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cap;
}

union spdk_nvme_vs_register
spdk_nvme_ctrlr_get_regs_vs(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->vs;
}

union spdk_nvme_cmbsz_register
spdk_nvme_ctrlr_get_regs_cmbsz(struct spdk_nvme_ctrlr *ctrlr)
{
	return (union spdk_nvme_cmbsz_register){.raw = read_register(ctrlr, REGISTER(cmbsz))};
}

union spdk_nvme_pmrcap_register
spdk_nvme_ctrlr_get_regs_pmrcap(struct spdk_nvme_ctrlr *ctrlr)
{
	return (union spdk_nvme_pmrcap_register){.raw = read_register(ctrlr, REGISTER(pmrcap))};
}

union spdk_nvme_bpinfo_register
spdk_nvme_ctrlr_get_regs_bpinfo(struct spdk_nvme_ctrlr *ctrlr)
{
	return (union spdk_nvme_bpinfo_register){.raw = read_register(ctrlr, REGISTER(bpinfo))};
}

bool
spdk_nvme_ctrlr_is_nssr_supported(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cap.bits.nssrs != 0;
}

uint32_t
spdk_nvme_ctrlr_get_num_ns(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cdata.nn;
}

struct spdk_pci_device *
spdk_nvme_ctrlr_get_pci_device(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->pci_device;
}

int32_t
spdk_nvme_ctrlr_get_numa_id(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->numa_id;
}

uint16_t
spdk_nvme_ctrlr_get_id(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->cdata.cntlid;
}

uint32_t
spdk_nvme_ctrlr_get_max_xfer_size(const struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->max_xfer_size;
}

uint16_t
spdk_nvme_ctrlr_get_max_sges(const struct spdk_nvme_ctrlr *ctrlr)
{
	if (!(ctrlr->flags & SPDK_NVME_CTRLR_SGL_SUPPORTED)) {
		return UINT16_MAX;
	}
	return ctrlr->max_sges;
}

uint64_t
spdk_nvme_ctrlr_get_flags(struct spdk_nvme_ctrlr *ctrlr)
{
	return ctrlr->flags;
}

bool
spdk_nvme_ctrlr_is_log_page_supported(struct spdk_nvme_ctrlr *ctrlr, uint8_t log_page)
{
	return ctrlr->log_page_supported[log_page];
}

bool
spdk_nvme_ctrlr_is_feature_supported(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature_code)
{
	return ctrlr->feature_supported[feature_code];
}

const struct spdk_nvme_transport_id *
spdk_nvme_ctrlr_get_transport_id(struct spdk_nvme_ctrlr *ctrlr)
{
	return &ctrlr->trid;
}

volatile struct spdk_nvme_registers *
spdk_nvme_ctrlr_get_registers(struct spdk_nvme_ctrlr *ctrlr)
{
	return nvme_transport_registers(ctrlr);
}

int
spdk_nvme_ctrlr_get_memory_domains(const struct spdk_nvme_ctrlr *ctrlr,
				   struct spdk_memory_domain **domains, int array_size)
{
	return nvme_transport_memory_domains(ctrlr, domains, array_size);
}

int
spdk_nvme_ctrlr_set_trid(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_transport_id named = *trid;
	int rc = 0;

	nvme_ctrlr_lock(ctrlr);
	/* The type says it all, but for those that several transports share. */
	if (named.trstring[0] == '\0') {
		memcpy(named.trstring, ctrlr->trid.trstring, sizeof(named.trstring));
	}
	if (!ctrlr->is_failed) {
		SPDK_ERRLOG("NVMe controller %s: its transport id cannot change while it works: "
			    "spdk_nvme_ctrlr_fail() comes first.\n",
			    nvme_ctrlr_name(ctrlr));
		rc = -EPERM;
	} else if (trid->trtype != ctrlr->trid.trtype ||
		   strcasecmp(named.trstring, ctrlr->trid.trstring) != 0 ||
		   strncmp(trid->subnqn, ctrlr->trid.subnqn, sizeof(trid->subnqn)) != 0) {
		SPDK_ERRLOG("NVMe controller %s: transport type and subsystem NQN must stay the "
			    "same.\n",
			    nvme_ctrlr_name(ctrlr));
		rc = -EINVAL;
	} else {
		ctrlr->trid = named;
	}
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}

void
spdk_nvme_ctrlr_set_remove_cb(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_remove_cb remove_cb,
			      void *remove_ctx)
{
	nvme_ctrlr_lock(ctrlr);
	ctrlr->remove_cb_fn = remove_cb;
	ctrlr->remove_cb_arg = remove_ctx;
	nvme_ctrlr_unlock(ctrlr);
}
