/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that the controller has itself: the controller memory buffer (CMB), for submission queues
 * or for data, not for both; and the persistent memory region (PMR).
 */
#include "io/nvme/pcie.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define BAR_MAX        5
#define MEMORY_ALIGN   ENV_DMA_PAGE_SIZE
#define CMB_UNIT_MIN   UINT64_C(4096)
#define CMB_UNIT_SHIFT 4
/* Steps in which PMRSTS is looked at. */
#define PMR_STEP_US    100
#define REGISTER(name) offsetof(struct spdk_nvme_registers, name)

/* BAR 0 is mapped already, and 1 is its upper half. */
static int
map_bar(struct pcie_ctrlr *pctrlr, uint32_t bir, struct pcie_mapping *mapping)
{
	int rc;

	if (bir == 0) {
		*mapping = pctrlr->bar;
		return 0;
	}
	if (bir == 1 || bir > BAR_MAX) {
		return -EINVAL;
	}
	rc = spdk_pci_device_map_bar(pctrlr->base.pci_device, bir, &mapping->addr,
				     &mapping->bus_address, &mapping->size);
	if (rc != 0) {
		return rc < 0 ? rc : -EIO;
	}
	if (mapping->addr == NULL) {
		return -ENXIO;
	}
	rc = pcie_error_add(mapping);
	if (rc != 0) {
		/* It goes with the device otherwise. */
		(void)spdk_pci_device_unmap_bar(pctrlr->base.pci_device, bir, mapping->addr);
	}
	return rc;
}

static void
unmap_bar(struct pcie_ctrlr *pctrlr, uint32_t bir, struct pcie_mapping *mapping)
{
	if (bir != 0) {
		pcie_error_remove(mapping);
		(void)spdk_pci_device_unmap_bar(pctrlr->base.pci_device, bir, mapping->addr);
	}
	*mapping = (struct pcie_mapping){0};
}

/* Has the controller answer to the addresses that its memory has on the bus. */
static int
switch_cmb_on(struct pcie_ctrlr *pctrlr)
{
	union spdk_nvme_cmbmsc_register cmbmsc = {.raw = 0};
	union spdk_nvme_cmbsts_register cmbsts;
	int rc;

	if (!pctrlr->base.cap.bits.cmbs) {
		return 0;
	}
	cmbmsc.bits.cre = 1;
	cmbmsc.bits.cmse = 1;
	cmbmsc.bits.cba = pctrlr->cmb.bus_address / 4096;
	rc = nvme_transport_write_8(&pctrlr->base, REGISTER(cmbmsc), cmbmsc.raw);
	if (rc == 0) {
		rc = nvme_transport_read_4(&pctrlr->base, REGISTER(cmbsts), &cmbsts.raw);
	}
	return rc == 0 && cmbsts.bits.cbai ? -EINVAL : rc;
}

/* Where it is. -ENOTSUP: there is none. */
static int
locate_cmb(struct pcie_ctrlr *pctrlr, union spdk_nvme_cmbsz_register *out_size,
	   uint64_t *out_offset, uint64_t *out_bytes)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;
	union spdk_nvme_cmbmsc_register cmbmsc = {.bits = {.cre = 1}};
	union spdk_nvme_cmbloc_register cmbloc;
	uint64_t unit;
	int rc = 0;

	if (ctrlr->cap.bits.cmbs) {
		rc = nvme_transport_write_8(ctrlr, REGISTER(cmbmsc), cmbmsc.raw);
	}
	if (rc == 0) {
		rc = nvme_transport_read_4(ctrlr, REGISTER(cmbsz), &out_size->raw);
	}
	if (rc == 0) {
		rc = nvme_transport_read_4(ctrlr, REGISTER(cmbloc), &cmbloc.raw);
	}
	if (rc != 0) {
		return rc;
	}
	if (out_size->bits.sz == 0) {
		return -ENOTSUP;
	}
	unit = CMB_UNIT_MIN << (CMB_UNIT_SHIFT * out_size->bits.szu);
	*out_bytes = unit * out_size->bits.sz;
	*out_offset = unit * cmbloc.bits.ofst;
	pctrlr->cmb_bir = cmbloc.bits.bir;
	return 0;
}

static int
explain_cmb(const struct pcie_ctrlr *pctrlr, int rc)
{
	SPDK_ERRLOG("NVMe controller %s: its memory buffer cannot be used: %s\n",
		    nvme_ctrlr_name(&pctrlr->base), spdk_strerror(-rc));
	return rc;
}

/* -ENOTSUP: there is none; all else is explained. */
static int
find_cmb(struct pcie_ctrlr *pctrlr)
{
	union spdk_nvme_cmbsz_register size = {.raw = 0};
	uint64_t offset = 0, bytes = 0;
	struct pcie_mapping bar;
	int rc;

	if (pctrlr->cmb.addr != NULL) {
		return 0;
	}
	rc = locate_cmb(pctrlr, &size, &offset, &bytes);
	if (rc == 0) {
		rc = map_bar(pctrlr, pctrlr->cmb_bir, &bar);
	}
	if (rc != 0) {
		return rc == -ENOTSUP ? rc : explain_cmb(pctrlr, rc);
	}
	if (offset > bar.size || bytes > bar.size - offset) {
		SPDK_ERRLOG("NVMe controller %s: its memory buffer, %" PRIu64 " bytes at %" PRIu64
			    ", is not within BAR %u of %" PRIu64 " bytes\n",
			    nvme_ctrlr_name(&pctrlr->base), bytes, offset, pctrlr->cmb_bir,
			    bar.size);
		unmap_bar(pctrlr, pctrlr->cmb_bir, &bar);
		return -EINVAL;
	}
	pctrlr->cmb_bar = bar;
	pctrlr->cmb = (struct pcie_mapping){
		.addr = (char *)bar.addr + offset,
		.bus_address = bar.bus_address + offset,
		.size = bytes,
	};
	pctrlr->cmb_takes_queues = size.bits.sqs;
	pctrlr->cmb_takes_data = size.bits.rds || size.bits.wds;
	rc = switch_cmb_on(pctrlr);
	if (rc != 0) {
		unmap_bar(pctrlr, pctrlr->cmb_bir, &pctrlr->cmb_bar);
		pctrlr->cmb = (struct pcie_mapping){0};
		return explain_cmb(pctrlr, rc);
	}
	return 0;
}

void
pcie_cmb_init(struct pcie_ctrlr *pctrlr)
{
	int rc;

	if (!pctrlr->base.opts.use_cmb_sqs) {
		return;
	}
	rc = find_cmb(pctrlr);
	if (rc != 0 || !pctrlr->cmb_takes_queues) {
		SPDK_NOTICELOG(
			"NVMe controller %s: submission queues are in memory of the host, since "
			"the controller has none for them\n",
			nvme_ctrlr_name(&pctrlr->base));
	}
}

static void *
take_queue(struct pcie_ctrlr *pctrlr, uint64_t size, uint64_t *out_bus_address)
{
	uint64_t start = SPDK_ALIGN_CEIL(pctrlr->cmb_used, (uint64_t)pctrlr->base.page_size);

	if (pctrlr->cmb.addr == NULL || !pctrlr->cmb_takes_queues || pctrlr->cmb_is_reserved ||
	    start + size > pctrlr->cmb.size) {
		return NULL;
	}
	pctrlr->cmb_used = start + size;
	pctrlr->cmb_queues++;
	*out_bus_address = pctrlr->cmb.bus_address + start;
	return (char *)pctrlr->cmb.addr + start;
}

/* Queue pairs are made and freed by any OS threads, without the controller's lock. */
void *
pcie_cmb_take_queue(struct pcie_ctrlr *pctrlr, uint64_t size, uint64_t *out_bus_address)
{
	void *queue;

	nvme_ctrlr_lock(&pctrlr->base);
	queue = take_queue(pctrlr, size, out_bus_address);
	nvme_ctrlr_unlock(&pctrlr->base);
	return queue;
}

void
pcie_cmb_give_queue(struct pcie_ctrlr *pctrlr)
{
	nvme_ctrlr_lock(&pctrlr->base);
	/* Handed out from one end; all of it is free again with the last. */
	if (--pctrlr->cmb_queues == 0) {
		pctrlr->cmb_used = 0;
	}
	nvme_ctrlr_unlock(&pctrlr->base);
}

static int
reserve_cmb(struct pcie_ctrlr *pctrlr)
{
	int rc = find_cmb(pctrlr);

	if (rc != 0) {
		return rc;
	}
	if (pctrlr->cmb_queues > 0) {
		SPDK_ERRLOG("NVMe controller %s: its memory buffer has submission queues: leave "
			    "use_cmb_sqs out of its options\n",
			    nvme_ctrlr_name(&pctrlr->base));
		return -EBUSY;
	}
	pctrlr->cmb_is_reserved = true;
	return 0;
}

int
pcie_reserve_cmb(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);
	int rc = reserve_cmb(pctrlr);

	return rc != 0 ? rc : (int)spdk_min(pctrlr->cmb.size, (uint64_t)INT_MAX);
}

/* The part of `memory` that can be registered, so that devices can be told of it. */
static void *
register_memory(struct spdk_nvme_ctrlr *ctrlr, const struct pcie_mapping *memory, size_t *out_size)
{
	uintptr_t start = (uintptr_t)memory->addr;
	uintptr_t end = (start + memory->size) & ~(uintptr_t)(MEMORY_ALIGN - 1);
	int rc;

	start = SPDK_ALIGN_CEIL(start, MEMORY_ALIGN);
	if (start >= end) {
		SPDK_ERRLOG("NVMe controller %s: its memory of %" PRIu64
			    " bytes at %p cannot be used for "
			    "data: it has no piece of 2 MiB at a multiple of that\n",
			    nvme_ctrlr_name(ctrlr), memory->size, memory->addr);
		return NULL;
	}
	rc = spdk_mem_register((void *)start, end - start);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: its memory cannot be registered for data: %s\n",
			    nvme_ctrlr_name(ctrlr), spdk_strerror(-rc));
		return NULL;
	}
	*out_size = end - start;
	return (void *)start;
}

/* Programs ask each controller, and take memory of the host where there is none: no error then. */
void *
pcie_map_cmb(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);

	*out_size = 0;
	if (find_cmb(pctrlr) != 0 || !pctrlr->cmb_takes_data || reserve_cmb(pctrlr) != 0) {
		return NULL;
	}
	if (pctrlr->cmb_mapped == NULL) {
		pctrlr->cmb_mapped = register_memory(ctrlr, &pctrlr->cmb, &pctrlr->cmb_mapped_size);
	}
	*out_size = pctrlr->cmb_mapped == NULL ? 0 : pctrlr->cmb_mapped_size;
	return pctrlr->cmb_mapped;
}

int
pcie_unmap_cmb(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);

	if (pctrlr->cmb_mapped != NULL) {
		/* It was registered with these very numbers. */
		(void)spdk_mem_unregister(pctrlr->cmb_mapped, pctrlr->cmb_mapped_size);
		pctrlr->cmb_mapped = NULL;
	}
	return 0;
}

static uint64_t
pmr_timeout_us(union spdk_nvme_pmrcap_register pmrcap)
{
	static const uint64_t units_us[] = {500 * SPDK_MSEC_TO_USEC, 60 * SPDK_SEC_TO_USEC};

	if (pmrcap.bits.pmrtu >= SPDK_COUNTOF(units_us)) {
		return 0;
	}
	return units_us[pmrcap.bits.pmrtu] * spdk_max(pmrcap.bits.pmrto, 1u);
}

/* PMRSTS.NRDY follows. */
static int
wait_pmr(struct spdk_nvme_ctrlr *ctrlr, bool is_on, uint64_t timeout_us)
{
	union spdk_nvme_pmrsts_register pmrsts;
	int rc;

	for (uint64_t waited = 0;; waited += PMR_STEP_US) {
		rc = nvme_transport_read_4(ctrlr, REGISTER(pmrsts), &pmrsts.raw);
		if (rc != 0) {
			return -EIO;
		}
		if (pmrsts.bits.nrdy == !is_on) {
			return 0;
		}
		if (waited >= timeout_us) {
			return -ETIMEDOUT;
		}
		spdk_delay_us(PMR_STEP_US);
	}
}

static int
switch_pmr(struct spdk_nvme_ctrlr *ctrlr, bool is_on)
{
	union spdk_nvme_pmrctl_register pmrctl;
	union spdk_nvme_pmrcap_register pmrcap;
	uint64_t timeout_us;

	if (!ctrlr->cap.bits.pmrs) {
		return -ENOTSUP;
	}
	if (nvme_transport_read_4(ctrlr, REGISTER(pmrcap), &pmrcap.raw) != 0 ||
	    nvme_transport_read_4(ctrlr, REGISTER(pmrctl), &pmrctl.raw) != 0) {
		return -EIO;
	}
	timeout_us = pmr_timeout_us(pmrcap);
	if (timeout_us == 0 || pmrctl.bits.en == is_on) {
		return -EINVAL;
	}
	pmrctl.bits.en = is_on;
	if (nvme_transport_write_4(ctrlr, REGISTER(pmrctl), pmrctl.raw) != 0) {
		return -EIO;
	}
	return wait_pmr(ctrlr, is_on, timeout_us);
}

/*
 * Has the controller know its memory by the addresses that it has on the bus, or forget them. Else
 * it would go by the bus to reach it, where an IOMMU may know of no such address.
 */
static int
tell_pmr_address(struct pcie_ctrlr *pctrlr, bool is_on)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;
	union spdk_nvme_pmrmscl_register pmrmscl = {.raw = 0};
	union spdk_nvme_pmrsts_register pmrsts = {.raw = 0};
	union spdk_nvme_pmrcap_register pmrcap;
	uint64_t address = pctrlr->pmr.bus_address;
	int rc;

	rc = nvme_transport_read_4(ctrlr, REGISTER(pmrcap), &pmrcap.raw);
	if (rc != 0 || !pmrcap.bits.cmss) {
		return rc;
	}
	if (is_on) {
		pmrmscl.bits.cmse = 1;
		pmrmscl.bits.cba = (uint32_t)address / 4096;
		/* The lower half switches it on, so it comes last. */
		rc = nvme_transport_write_4(ctrlr, REGISTER(pmrmscu), (uint32_t)(address >> 32));
	}
	if (rc == 0) {
		rc = nvme_transport_write_4(ctrlr, REGISTER(pmrmscl), pmrmscl.raw);
	}
	if (rc == 0) {
		rc = nvme_transport_read_4(ctrlr, REGISTER(pmrsts), &pmrsts.raw);
	}
	return rc == 0 && is_on && pmrsts.bits.cbai ? -EINVAL : rc;
}

int
pcie_enable_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);
	int rc = switch_pmr(ctrlr, true);

	/* Controllers may forget the address while it is off. */
	return rc == 0 && pctrlr->pmr_mapped != NULL ? tell_pmr_address(pctrlr, true) : rc;
}

int
pcie_disable_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	return switch_pmr(ctrlr, false);
}

/* All of a BAR, which is not that of the registers; it stays mapped. */
static int
map_pmr_bar(struct pcie_ctrlr *pctrlr)
{
	union spdk_nvme_pmrcap_register pmrcap;
	int rc;

	if (pctrlr->pmr.addr != NULL) {
		return 0;
	}
	rc = nvme_transport_read_4(&pctrlr->base, REGISTER(pmrcap), &pmrcap.raw);
	if (rc == 0) {
		rc = pmrcap.bits.bir == 0 ? -EINVAL :
					    map_bar(pctrlr, pmrcap.bits.bir, &pctrlr->pmr);
	}
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: its persistent memory cannot be mapped: %s\n",
			    nvme_ctrlr_name(&pctrlr->base), spdk_strerror(-rc));
		return rc;
	}
	pctrlr->pmr_bir = pmrcap.bits.bir;
	return 0;
}

void *
pcie_map_pmr(struct spdk_nvme_ctrlr *ctrlr, size_t *out_size)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);
	int rc;

	*out_size = 0;
	if (!ctrlr->cap.bits.pmrs || map_pmr_bar(pctrlr) != 0) {
		return NULL;
	}
	rc = tell_pmr_address(pctrlr, true);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: it does not take the address 0x%" PRIx64
			    " of its persistent memory: %s\n",
			    nvme_ctrlr_name(ctrlr), pctrlr->pmr.bus_address, spdk_strerror(-rc));
		return NULL;
	}
	if (pctrlr->pmr_mapped == NULL) {
		pctrlr->pmr_mapped = register_memory(ctrlr, &pctrlr->pmr, &pctrlr->pmr_mapped_size);
	}
	*out_size = pctrlr->pmr_mapped == NULL ? 0 : pctrlr->pmr_mapped_size;
	return pctrlr->pmr_mapped;
}

int
pcie_unmap_pmr(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);

	if (pctrlr->pmr.addr == NULL) {
		return -ENXIO;
	}
	if (pctrlr->pmr_mapped != NULL) {
		/* A controller that does not answer any more knows no addresses. */
		(void)tell_pmr_address(pctrlr, false);
		/* It was registered with these very numbers. */
		(void)spdk_mem_unregister(pctrlr->pmr_mapped, pctrlr->pmr_mapped_size);
		pctrlr->pmr_mapped = NULL;
	}
	unmap_bar(pctrlr, pctrlr->pmr_bir, &pctrlr->pmr);
	return 0;
}

void
pcie_memory_fini(struct pcie_ctrlr *pctrlr)
{
	(void)pcie_unmap_cmb(&pctrlr->base);
	if (pctrlr->cmb.addr != NULL) {
		unmap_bar(pctrlr, pctrlr->cmb_bir, &pctrlr->cmb_bar);
		pctrlr->cmb = (struct pcie_mapping){0};
	}
	/* -ENXIO where it was never mapped. */
	(void)pcie_unmap_pmr(&pctrlr->base);
}

uint64_t
spdk_nvme_ctrlr_get_pmrsz(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);
	uint64_t size = 0;

	if (ctrlr->trid.trtype != SPDK_NVME_TRANSPORT_PCIE || !ctrlr->cap.bits.pmrs) {
		return 0;
	}
	nvme_ctrlr_lock(ctrlr);
	if (map_pmr_bar(pctrlr) == 0) {
		size = pctrlr->pmr.size;
	}
	nvme_ctrlr_unlock(ctrlr);
	return size;
}
