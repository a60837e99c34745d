/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts of PCI devices, see env/pci_device.h: whoever has made the device has the functions,
 * the owner of a hooked one, or pci_own.c.
 */
#include "env/posix/pci_internal.h"
#include "spdk/log.h"

static const struct env_pci_hook *
hook_of(const struct spdk_pci_device *dev)
{
	return pci_sysfs_owns(dev) ? pci_own_hook() : pci_hook_find(dev);
}

static int
explain_none(const struct spdk_pci_device *dev, const char *function)
{
	char text[PCI_ADDR_TEXT_SIZE];

	SPDK_ERRLOG("%s(): whoever hooked PCI device %s has given it no interrupts. Poll the "
		    "device.\n",
		    function, pci_addr_text(&dev->addr, text));
	return -ENOTSUP;
}

static int
enable(struct spdk_pci_device *dev, uint32_t count, const char *function)
{
	const struct env_pci_hook *hook = hook_of(dev);
	char text[PCI_ADDR_TEXT_SIZE];

	if (hook == NULL || hook->enable_interrupts == NULL) {
		return explain_none(dev, function);
	}
	if (count == 0) {
		SPDK_ERRLOG("%s(): PCI device %s: efd_count is 0.\n", function,
			    pci_addr_text(&dev->addr, text));
		return -EINVAL;
	}
	return hook->enable_interrupts(dev, count);
}

static int
disable(struct spdk_pci_device *dev, const char *function)
{
	const struct env_pci_hook *hook = hook_of(dev);

	if (hook == NULL || hook->disable_interrupts == NULL) {
		return explain_none(dev, function);
	}
	return hook->disable_interrupts(dev);
}

static int
get_descriptor(struct spdk_pci_device *dev, uint32_t index, const char *function)
{
	const struct env_pci_hook *hook = hook_of(dev);

	if (hook == NULL || hook->get_interrupt_fd == NULL) {
		return explain_none(dev, function);
	}
	return hook->get_interrupt_fd(dev, index);
}

int
spdk_pci_device_enable_interrupt(struct spdk_pci_device *dev)
{
	return enable(dev, 1, __func__);
}

int
spdk_pci_device_disable_interrupt(struct spdk_pci_device *dev)
{
	return disable(dev, __func__);
}

int
spdk_pci_device_get_interrupt_efd(struct spdk_pci_device *dev)
{
	return get_descriptor(dev, 0, __func__);
}

int
spdk_pci_device_enable_interrupts(struct spdk_pci_device *dev, uint32_t efd_count)
{
	return enable(dev, efd_count, __func__);
}

int
spdk_pci_device_disable_interrupts(struct spdk_pci_device *dev)
{
	return disable(dev, __func__);
}

int
spdk_pci_device_get_interrupt_efd_by_index(struct spdk_pci_device *dev, uint32_t index)
{
	return get_descriptor(dev, index, __func__);
}

int
env_pci_rearm_interrupts(struct spdk_pci_device *dev)
{
	const struct env_pci_hook *hook = hook_of(dev);

	return hook != NULL && hook->rearm_interrupts != NULL ? hook->rearm_interrupts(dev) : 0;
}

uint32_t
env_pci_interrupt_count_max(struct spdk_pci_device *dev)
{
	const struct env_pci_hook *hook = hook_of(dev);

	if (hook == NULL || hook->enable_interrupts == NULL) {
		return 0;
	}
	return hook->interrupt_count_max != NULL ? hook->interrupt_count_max(dev) : UINT32_MAX;
}
