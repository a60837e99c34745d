/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts. With MSI-X each queue pair has a vector of its own, as far as there are so many;
 * where there is only one, all share it, and it has to be asked for each time (env/pci_device.h).
 */
#include "env/pci_device.h"
#include "io/nvme/pcie.h"
#include "spdk/fd_group.h"
#include "spdk/log.h"

int
pcie_ctrlr_enable_interrupts(struct spdk_nvme_ctrlr *ctrlr)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(ctrlr);
	uint32_t count;
	int rc;

	if (pctrlr->vector_count > 0) {
		return 0;
	}
	count = spdk_min(ctrlr->opts.num_io_queues + 1,
			 env_pci_interrupt_count_max(ctrlr->pci_device));
	if (count == 0) {
		return -ENOTSUP;
	}
	rc = spdk_pci_device_enable_interrupts(ctrlr->pci_device, count);
	if (rc != 0) {
		SPDK_ERRLOG("NVMe controller %s: %u interrupts cannot be enabled: %s\n",
			    nvme_ctrlr_name(ctrlr), count, spdk_strerror(-rc));
		return rc;
	}
	pctrlr->vector_count = count;
	/* The admin queue is there already. */
	pcie_qpair(ctrlr->adminq)->rearms_interrupt = count == 1;
	return 0;
}

void
pcie_ctrlr_disable_interrupts(struct pcie_ctrlr *pctrlr)
{
	if (pctrlr->vector_count > 0) {
		/* Detaching the device does so as well. */
		(void)spdk_pci_device_disable_interrupts(pctrlr->base.pci_device);
		pctrlr->vector_count = 0;
	}
}

int
pcie_qpair_get_fd(struct spdk_nvme_qpair *qpair, struct spdk_event_handler_opts *opts)
{
	struct pcie_ctrlr *pctrlr = pcie_ctrlr(qpair->ctrlr);
	int fd;

	if (opts != NULL && opts->opts_size < SPDK_SIZEOF(opts, fd_type)) {
		SPDK_ERRLOG("opts_size of the event handler options is %zu, but %zu at least\n",
			    opts->opts_size, SPDK_SIZEOF(opts, fd_type));
		return -EINVAL;
	}
	if (pctrlr->vector_count == 0) {
		return -EINVAL;
	}
	fd = spdk_pci_device_get_interrupt_efd_by_index(pctrlr->base.pci_device,
							qpair->id % pctrlr->vector_count);
	if (fd >= 0 && opts != NULL) {
		spdk_fd_group_get_default_event_handler_opts(opts, opts->opts_size);
		opts->fd_type = SPDK_FD_TYPE_EVENTFD;
	}
	return fd < 0 ? -EINVAL : fd;
}

void
pcie_rearm_interrupt(struct pcie_qpair *queue)
{
	/* A failure has been explained by the environment; polling still works. */
	(void)env_pci_rearm_interrupts(queue->base.ctrlr->pci_device);
}
