/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Devices behind Intel's Volume Management Device. The kernel shows them on the bus when it has
 * its driver `vmd`, and they are used like any other then; a driver of our own is not here.
 *
 * Thread: that which starts the application.
 * Errors: -ENOTSUP from all functions that return an error.
 */
#ifndef SPDK_VMD_H
#define SPDK_VMD_H

#include "spdk/stdinc.h"

#include "spdk/env.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most that a machine has: 6 to a CPU. */
#define MAX_VMD_TARGET 24

/** Looks for them, and puts what is behind them on the bus. */
int spdk_vmd_init(void);

/** Takes that back. Does nothing. */
void spdk_vmd_fini(void);

/**
 * Devices behind the one at vmd_addr, of which nvme_list has room for MAX_VMD_TARGET. How many
 * there are.
 */
int spdk_vmd_pci_device_list(struct spdk_pci_addr vmd_addr, struct spdk_pci_device *nvme_list);

/** What the light of a slot tells. */
enum spdk_vmd_led_state {
	SPDK_VMD_LED_STATE_OFF,
	SPDK_VMD_LED_STATE_IDENTIFY,
	SPDK_VMD_LED_STATE_FAULT,
	SPDK_VMD_LED_STATE_REBUILD,
	SPDK_VMD_LED_STATE_UNKNOWN,
};

/** Sets the light of the slot of a device. */
int spdk_vmd_set_led_state(struct spdk_pci_device *pci_device, enum spdk_vmd_led_state state);

/** What it tells now. */
int spdk_vmd_get_led_state(struct spdk_pci_device *pci_device, enum spdk_vmd_led_state *state);

/** Looks for devices that have come or gone. How many. */
int spdk_vmd_hotplug_monitor(void);

/** Takes a device off the bus, as if it had been pulled out. */
int spdk_vmd_remove_device(const struct spdk_pci_addr *addr);

/** Looks for devices, also such that were taken off. How many came. */
int spdk_vmd_rescan(void);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_VMD_H */
