/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What drivers and owners of hooked devices need of PCI beyond spdk/env.h.
 *
 * Interrupts. The descriptor of each is read like an eventfd, never blocks, and belongs to the
 * environment. An interrupt of MSI-X or MSI just comes. One by an interrupt line (INTx: all that
 * uio has) is masked when it has come, because a line stays up until the device is served, and
 * would come again and again; it comes once more after env_pci_rearm_interrupts(). A driver calls
 * that each time when it has read the descriptor and served the device; a line that is still up
 * then comes at once, so nothing is lost. The same is done by spdk_pci_device_enable_interrupt(s)()
 * when interrupts are enabled already, for programs that only know spdk/env.h.
 */
#ifndef SPINDLE_ENV_PCI_DEVICE_H
#define SPINDLE_ENV_PCI_DEVICE_H

#include "spdk/env.h"

#define ENV_PCI_REASON_SIZE 320

/*
 * What the owner of a hooked device may say about it besides what is in struct spdk_pci_device. A
 * function that is NULL: the device has no interrupts, or needs no rearming.
 */
struct env_pci_hook {
	/* The device is a program: it is told addresses of this process, see env/dma_address.h. */
	bool has_virtual_addresses;
	/* count is 1 at least; 0 or -errno. While they are enabled, its owner decides. */
	int (*enable_interrupts)(struct spdk_pci_device *dev, uint32_t count);
	int (*disable_interrupts)(struct spdk_pci_device *dev);
	/* The descriptor of one of them, which is its owner's, or -errno. */
	int (*get_interrupt_fd)(struct spdk_pci_device *dev, uint32_t index);
	int (*rearm_interrupts)(struct spdk_pci_device *dev);
	/* NULL: as many as anybody asks for. */
	uint32_t (*interrupt_count_max)(struct spdk_pci_device *dev);
};

/*
 * spdk_pci_hook_device() with `hook`, which stays the owner's and valid until
 * spdk_pci_unhook_device(); NULL: the device sees memory as those of the machine do, and has no
 * interrupts.
 */
int env_pci_hook_device(struct spdk_pci_driver *driver, struct spdk_pci_device *dev,
			const struct env_pci_hook *hook);

/*
 * spdk_pci_device_attach(), but why the device was not offered is written to `reason`, as a
 * sentence, instead of logged. 0: the driver has taken it; 1: it was offered, and refused by
 * enum_cb; -ENODEV: it was not offered. ("" after -ENODEV: explained by the log.)
 */
int env_pci_device_attach(struct spdk_pci_driver *driver, spdk_pci_enum_cb enum_cb, void *enum_ctx,
			  const struct spdk_pci_addr *addr, char reason[ENV_PCI_REASON_SIZE]);

/*
 * Lets an interrupt line come again; nothing to do, and cheap, for MSI-X. 0 or -errno: -EINVAL:
 * interrupts are not enabled; others as the kernel gave them, explained.
 */
int env_pci_rearm_interrupts(struct spdk_pci_device *dev);

/* How many interrupts spdk_pci_device_enable_interrupts() can enable; 0: none, and why is known by
 * calling it. */
uint32_t env_pci_interrupt_count_max(struct spdk_pci_device *dev);

#endif
