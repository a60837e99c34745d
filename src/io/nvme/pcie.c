/* SPDX-License-Identifier: BSD-3-Clause */
/* Controllers on PCIe: their registers, their beginning and their end. */
#include "io/nvme/pcie.h"

#include "io/nvme/driver.h"
#include "io/nvme/quirks.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define PCI_COMMAND         0x04
#define PCI_COMMAND_MEMORY  0x0002
#define PCI_COMMAND_MASTER  0x0004
#define PCI_COMMAND_NO_INTX 0x0400
#define BAR_REGISTERS       0
/* Requests that nobody waits for, such as those for events, besides what the queue holds. */
#define ADMIN_REQUESTS_MORE 64

static volatile void *
register_at(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t size)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);

	assert(offset + size <= pctrlr->bar.size);
	return (volatile char *)pctrlr->regs + offset;
}

static int
read_4(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t *out_value)
{
	if (nvme_ctrlr_has_gone(ctrlr)) {
		return -ENXIO;
	}
	*out_value = spdk_mmio_read_4(register_at(ctrlr, offset, sizeof(*out_value)));
	return 0;
}

static int
read_8(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t *out_value)
{
	if (nvme_ctrlr_has_gone(ctrlr)) {
		return -ENXIO;
	}
	*out_value = spdk_mmio_read_8(register_at(ctrlr, offset, sizeof(*out_value)));
	return 0;
}

static int
write_4(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint32_t value)
{
	if (nvme_ctrlr_has_gone(ctrlr)) {
		return -ENXIO;
	}
	spdk_mmio_write_4(register_at(ctrlr, offset, sizeof(value)), value);
	return 0;
}

static int
write_8(struct spdk_nvme_ctrlr *ctrlr, uint32_t offset, uint64_t value)
{
	if (nvme_ctrlr_has_gone(ctrlr)) {
		return -ENXIO;
	}
	spdk_mmio_write_8(register_at(ctrlr, offset, sizeof(value)), value);
	return 0;
}

static volatile struct spdk_nvme_registers *
get_registers(struct spdk_nvme_ctrlr *ctrlr)
{
	return pcie_ctrlr(ctrlr)->regs;
}

static int
map_registers(struct pcie_ctrlr *pctrlr)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;
	struct pcie_mapping *bar = &pctrlr->bar;
	int rc;

	rc = spdk_pci_device_map_bar(ctrlr->pci_device, BAR_REGISTERS, &bar->addr,
				     &bar->bus_address, &bar->size);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: its registers (BAR 0) cannot be mapped: %s\n",
			    nvme_ctrlr_name(ctrlr), spdk_strerror(-rc));
		return rc < 0 ? rc : -EIO;
	}
	if (bar->addr == NULL || bar->size < sizeof(struct spdk_nvme_registers)) {
		SPDK_ERRLOG("NVMe controller %s: BAR 0 has %" PRIu64 " bytes, registers need %zu\n",
			    nvme_ctrlr_name(ctrlr), bar->size, sizeof(struct spdk_nvme_registers));
		return -EINVAL;
	}
	pctrlr->regs = bar->addr;
	return pcie_error_add(bar);
}

/* Memory, bus mastering; interrupts by messages only, unless they are asked for. */
static int
enable_device(struct spdk_nvme_ctrlr *ctrlr)
{
	uint16_t command = 0;
	int rc;

	rc = spdk_pci_device_cfg_read16(ctrlr->pci_device, &command, PCI_COMMAND);
	if (rc == 0) {
		command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
		if (!ctrlr->opts.enable_interrupts) {
			command |= PCI_COMMAND_NO_INTX;
		}
		rc = spdk_pci_device_cfg_write16(ctrlr->pci_device, command, PCI_COMMAND);
	}
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: its PCI command register cannot be written, which "
			    "bus mastering needs\n",
			    nvme_ctrlr_name(ctrlr));
		return -EIO;
	}
	return 0;
}

/* What queues need to know, before anybody initialises the controller. */
static int
read_capabilities(struct pcie_ctrlr *pctrlr)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;
	int rc;

	rc = nvme_transport_read_8(ctrlr, offsetof(struct spdk_nvme_registers, cap),
				   &ctrlr->cap.raw);
	if (rc == 0) {
		rc = nvme_transport_read_4(ctrlr, offsetof(struct spdk_nvme_registers, vs),
					   &ctrlr->vs.raw);
	}
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: its registers read as ones: it does not answer\n",
			    nvme_ctrlr_name(ctrlr));
		return rc;
	}
	pctrlr->doorbell_stride = 1u << ctrlr->cap.bits.dstrd;
	ctrlr->page_size = 4096u << ctrlr->cap.bits.mpsmin;
	return 0;
}

static int
create_admin_queue(struct pcie_ctrlr *pctrlr)
{
	struct spdk_nvme_io_qpair_opts opts = {
		.io_queue_size = pctrlr->base.opts.admin_queue_size,
		.io_queue_requests = pctrlr->base.opts.admin_queue_size + ADMIN_REQUESTS_MORE,
	};

	pctrlr->base.adminq = pcie_qpair_create(&pctrlr->base, NVME_ADMIN_QUEUE_ID, &opts);
	return pctrlr->base.adminq == NULL ? -ENOMEM : 0;
}

static int
set_up(struct pcie_ctrlr *pctrlr)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;
	struct spdk_pci_id id = spdk_pci_device_get_id(ctrlr->pci_device);
	int rc;

	rc = spdk_pci_device_claim(ctrlr->pci_device);
	if (rc != 0) {
		return rc;
	}
	rc = map_registers(pctrlr);
	if (rc != 0) {
		return rc;
	}
	rc = enable_device(ctrlr);
	if (rc != 0) {
		return rc;
	}
	pctrlr->dma = env_dma_of_device(ctrlr->pci_device);
	ctrlr->numa_id = spdk_pci_device_get_numa_id(ctrlr->pci_device);
	ctrlr->quirks = nvme_quirks_of(&id);
	rc = read_capabilities(pctrlr);
	if (rc != 0) {
		return rc;
	}
	pcie_cmb_init(pctrlr);
	return create_admin_queue(pctrlr);
}

/* Also what set_up() has not finished. The device stays attached. */
static void
tear_down(struct pcie_ctrlr *pctrlr)
{
	struct spdk_nvme_ctrlr *ctrlr = &pctrlr->base;

	if (ctrlr->adminq != NULL) {
		(void)nvme_qpair_enter(ctrlr->adminq);
		nvme_transport_disconnect_qpair(ctrlr->adminq);
		(void)pcie_qpair_destroy(ctrlr, ctrlr->adminq);
		ctrlr->adminq = NULL;
	}
	pcie_ctrlr_disable_interrupts(pctrlr);
	pcie_memory_fini(pctrlr);
	if (pctrlr->regs != NULL) {
		pcie_error_remove(&pctrlr->bar);
		(void)spdk_pci_device_unmap_bar(ctrlr->pci_device, BAR_REGISTERS, pctrlr->bar.addr);
	}
	spdk_pci_device_unclaim(ctrlr->pci_device);
	nvme_ctrlr_fini(ctrlr);
	free(pctrlr);
}

static struct spdk_nvme_ctrlr *
construct(const struct spdk_nvme_transport_id *trid, const struct spdk_nvme_ctrlr_opts *opts,
	  void *devhandle)
{
	struct pcie_ctrlr *pctrlr;
	int rc;

	rc = posix_memalign((void **)&pctrlr, SPDK_CACHE_LINE_SIZE, sizeof(*pctrlr));
	if (rc != 0) {
		errno = rc;
		return NULL;
	}
	memset(pctrlr, 0, sizeof(*pctrlr));
	pctrlr->base.transport = nvme_transport_find(SPDK_NVME_TRANSPORT_NAME_PCIE);
	rc = nvme_ctrlr_init(&pctrlr->base, trid, opts);
	if (rc != 0) {
		free(pctrlr);
		errno = -rc;
		return NULL;
	}
	pctrlr->base.pci_device = devhandle;
	rc = set_up(pctrlr);
	if (rc != 0) {
		tear_down(pctrlr);
		errno = -rc;
		return NULL;
	}
	return &pctrlr->base;
}

static int
destruct(struct spdk_nvme_ctrlr *ctrlr)
{
	struct spdk_pci_device *device = ctrlr->pci_device;

	tear_down(pcie_ctrlr(ctrlr));
	spdk_pci_device_detach(device);
	return 0;
}

static int
enable(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_qpair *queue = pcie_qpair(ctrlr->adminq);
	union spdk_nvme_aqa_register aqa = {.raw = 0};
	int rc;

	aqa.bits.asqs = queue->entries - 1;
	aqa.bits.acqs = queue->entries - 1;
	rc = write_8(ctrlr, offsetof(struct spdk_nvme_registers, asq), queue->sq_address);
	if (rc == 0) {
		rc = write_8(ctrlr, offsetof(struct spdk_nvme_registers, acq), queue->cq_address);
	}
	if (rc == 0) {
		rc = write_4(ctrlr, offsetof(struct spdk_nvme_registers, aqa), aqa.raw);
	}
	return rc;
}

static uint32_t
max_xfer_size(struct spdk_nvme_ctrlr *ctrlr)
{
	return PCIE_XFER_MAX;
}

static uint16_t
max_sges(struct spdk_nvme_ctrlr *ctrlr)
{
	return PCIE_SGES_MAX;
}

static const struct spdk_nvme_transport_ops g_pcie_ops = {
	.name = SPDK_NVME_TRANSPORT_NAME_PCIE,
	.type = SPDK_NVME_TRANSPORT_PCIE,
	.ctrlr_construct = construct,
	.ctrlr_scan = pcie_scan,
	.ctrlr_destruct = destruct,
	.ctrlr_enable = enable,
	.ctrlr_enable_interrupts = pcie_ctrlr_enable_interrupts,
	.ctrlr_get_reg_4 = read_4,
	.ctrlr_get_reg_8 = read_8,
	.ctrlr_set_reg_4 = write_4,
	.ctrlr_set_reg_8 = write_8,
	.ctrlr_get_registers = get_registers,
	.ctrlr_get_max_xfer_size = max_xfer_size,
	.ctrlr_get_max_sges = max_sges,
	.ctrlr_reserve_cmb = pcie_reserve_cmb,
	.ctrlr_map_cmb = pcie_map_cmb,
	.ctrlr_unmap_cmb = pcie_unmap_cmb,
	.ctrlr_enable_pmr = pcie_enable_pmr,
	.ctrlr_disable_pmr = pcie_disable_pmr,
	.ctrlr_map_pmr = pcie_map_pmr,
	.ctrlr_unmap_pmr = pcie_unmap_pmr,
	.ctrlr_create_io_qpair = pcie_qpair_create,
	.ctrlr_delete_io_qpair = pcie_qpair_destroy,
	.ctrlr_connect_qpair = pcie_qpair_connect,
	.ctrlr_disconnect_qpair = pcie_qpair_disconnect,
	.qpair_abort_reqs = pcie_qpair_abort,
	.qpair_submit_request = pcie_qpair_submit,
	.qpair_process_completions = pcie_qpair_process_completions,
	.qpair_iterate_requests = pcie_qpair_iterate,
	.qpair_get_fd = pcie_qpair_get_fd,
	.poll_group_create = pcie_group_create,
	.poll_group_process_completions = pcie_group_process,
	.poll_group_check_disconnected_qpairs = pcie_group_check_disconnected,
	.poll_group_destroy = pcie_group_destroy,
	.poll_group_get_stats = pcie_group_get_stats,
	.poll_group_free_stats = pcie_group_free_stats,
};

SPDK_NVME_TRANSPORT_REGISTER(pcie, &g_pcie_ops)
