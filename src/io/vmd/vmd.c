/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * There is no driver of volume management devices here, and what a program asks of one is refused.
 * Devices behind them are used by the kernel's driver `vmd`, which shows them on the bus.
 */
#include "spdk/vmd.h"

#include "spdk/log.h"

/* Says it once: a program that looks for devices again and again would fill its log. */
static int
refuse(const char *function)
{
	static bool g_is_said;

	if (!__atomic_exchange_n(&g_is_said, true, __ATOMIC_RELAXED)) {
		SPDK_ERRLOG("%s(): there is no driver of volume management devices here. Load the "
			    "kernel's (modprobe vmd): the devices behind them are then on the bus "
			    "and used like any other\n",
			    function);
	}
	return -ENOTSUP;
}

int
spdk_vmd_init(void)
{
	return refuse(__func__);
}

void
spdk_vmd_fini(void)
{
}

int
spdk_vmd_pci_device_list(struct spdk_pci_addr vmd_addr, struct spdk_pci_device *nvme_list)
{
	return refuse(__func__);
}

int
spdk_vmd_set_led_state(struct spdk_pci_device *pci_device, enum spdk_vmd_led_state state)
{
	return refuse(__func__);
}

int
spdk_vmd_get_led_state(struct spdk_pci_device *pci_device, enum spdk_vmd_led_state *state)
{
	return refuse(__func__);
}

int
spdk_vmd_hotplug_monitor(void)
{
	return refuse(__func__);
}

int
spdk_vmd_remove_device(const struct spdk_pci_addr *addr)
{
	return refuse(__func__);
}

int
spdk_vmd_rescan(void)
{
	return refuse(__func__);
}
