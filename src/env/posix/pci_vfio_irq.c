/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts of devices of vfio-pci: MSI-X where the device has enough of it, else MSI, else, for
 * one, the interrupt line, which the kernel masks when it has come. And two that are no interrupts:
 * the kernel's request to give the device back, and its report of an error.
 */
#include "env/env_internal.h"
#include "env/posix/pci_kernel.h"
#include "env/posix/pci_own.h"
#include "spdk/log.h"
#include "spdk/util.h"

#include <linux/vfio.h>

/* As many as MSI-X can have. */
#define COUNT_MAX 2048

/* How many of a kind there are. */
static uint32_t
read_count(const struct pci_own *own, uint32_t index)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = index};

	if (pci_kernel()->ioctl(own->fd, VFIO_DEVICE_GET_IRQ_INFO, &info) < 0 ||
	    (info.flags & VFIO_IRQ_INFO_EVENTFD) == 0) {
		return 0;
	}
	return info.count < COUNT_MAX ? info.count : COUNT_MAX;
}

/* fds may be NULL when count is 0: disables that kind. A positive number: there are so many only.
 */
static int
set_fds(const struct pci_own *own, uint32_t index, const int *fds, uint32_t count)
{
	size_t size = sizeof(struct vfio_irq_set) + count * sizeof(*fds);
	struct vfio_irq_set *set = calloc(1, size);
	int rc;

	if (set == NULL) {
		return -ENOMEM;
	}
	set->argsz = (uint32_t)size;
	set->flags = VFIO_IRQ_SET_ACTION_TRIGGER |
		     (count > 0 ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	set->index = index;
	set->count = count;
	if (count > 0) {
		memcpy(set->data, fds, count * sizeof(*fds));
	}
	rc = pci_kernel()->ioctl(own->fd, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	return rc;
}

uint32_t
pci_vfio_irq_count_max(struct pci_own *own)
{
	static const uint32_t kinds[] = {VFIO_PCI_MSIX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX,
					 VFIO_PCI_INTX_IRQ_INDEX};
	uint32_t count, most = 0;

	for (size_t i = 0; i < SPDK_COUNTOF(kinds); i++) {
		count = read_count(own, kinds[i]);
		most = count > most ? count : most;
	}
	return most;
}

/* The best kind that has so many, or VFIO_PCI_NUM_IRQS. */
static uint32_t
choose_kind(const struct pci_own *own, uint32_t count)
{
	if (count <= read_count(own, VFIO_PCI_MSIX_IRQ_INDEX)) {
		return VFIO_PCI_MSIX_IRQ_INDEX;
	}
	if (count <= read_count(own, VFIO_PCI_MSI_IRQ_INDEX)) {
		return VFIO_PCI_MSI_IRQ_INDEX;
	}
	return count == 1 && read_count(own, VFIO_PCI_INTX_IRQ_INDEX) == 1 ?
		       VFIO_PCI_INTX_IRQ_INDEX :
		       VFIO_PCI_NUM_IRQS;
}

static int
explain_count(const struct pci_own *own, uint32_t count, uint32_t most)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pci_addr_text(&own->pci.addr, text);
	if (most == 0) {
		SPDK_ERRLOG("PCI device %s has no interrupts. Poll it.\n", text);
		return -ENOTSUP;
	}
	SPDK_ERRLOG("PCI device %s has %u interrupts, not %u. Enable fewer.\n", text, most, count);
	return -ERANGE;
}

int
pci_vfio_irq_enable(struct pci_own *own, uint32_t count)
{
	uint32_t kind = choose_kind(own, count);
	char text[PCI_ADDR_TEXT_SIZE];
	int rc;

	if (kind == VFIO_PCI_NUM_IRQS) {
		return explain_count(own, count, pci_vfio_irq_count_max(own));
	}
	rc = pci_own_make_fds(own, count);
	if (rc != 0) {
		return rc;
	}
	rc = set_fds(own, kind, own->irqs.fds, count);
	if (rc == 0) {
		own->irqs.vfio_index = kind;
		own->irqs.is_line = kind == VFIO_PCI_INTX_IRQ_INDEX;
		return 0;
	}
	pci_own_free_fds(own);
	if (rc > 0) {
		return explain_count(own, count, (uint32_t)rc);
	}
	SPDK_ERRLOG("PCI device %s: %u interrupts cannot be enabled: %s.\n",
		    pci_addr_text(&own->pci.addr, text), count, strerror(-rc));
	return rc;
}

int
pci_vfio_irq_disable(struct pci_own *own)
{
	int rc = set_fds(own, own->irqs.vfio_index, NULL, 0);
	char text[PCI_ADDR_TEXT_SIZE];

	if (rc < 0) {
		SPDK_ERRLOG("PCI device %s: its interrupts cannot be disabled: %s.\n",
			    pci_addr_text(&own->pci.addr, text), strerror(-rc));
	}
	pci_own_free_fds(own);
	return rc;
}

int
pci_vfio_irq_rearm(struct pci_own *own)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
		.index = own->irqs.vfio_index,
		.count = 1,
	};
	char text[PCI_ADDR_TEXT_SIZE];
	int rc = pci_kernel()->ioctl(own->fd, VFIO_DEVICE_SET_IRQS, &set);

	if (rc < 0) {
		SPDK_ERRLOG("PCI device %s: its interrupt line cannot be unmasked: %s.\n",
			    pci_addr_text(&own->pci.addr, text), strerror(-rc));
	}
	return rc < 0 ? rc : 0;
}

/* An eventfd that the kernel signals for this, or -errno. */
static int
watch(const struct pci_own *own, uint32_t index)
{
	int fd, rc;

	if (read_count(own, index) == 0) {
		return -ENOTSUP;
	}
	fd = env_event_create();
	if (fd < 0) {
		return fd;
	}
	rc = set_fds(own, index, &fd, 1);
	if (rc == 0) {
		return fd;
	}
	close(fd);
	return rc < 0 ? rc : -ENOSPC;
}

void
pci_vfio_watch(struct pci_own *own)
{
	own->request_fd = watch(own, VFIO_PCI_REQ_IRQ_INDEX);
	own->error_fd = watch(own, VFIO_PCI_ERR_IRQ_INDEX);
}

void
pci_vfio_unwatch(struct pci_own *own)
{
	if (own->request_fd >= 0) {
		close(own->request_fd);
	}
	if (own->error_fd >= 0) {
		close(own->error_fd);
	}
	own->request_fd = -1;
	own->error_fd = -1;
}
