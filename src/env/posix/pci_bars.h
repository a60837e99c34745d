/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which addresses of this process are BARs of devices. The mem maps need to know: a BAR that is
 * registered as memory is told to devices by its bus address.
 */
#ifndef SPINDLE_ENV_PCI_BARS_H
#define SPINDLE_ENV_PCI_BARS_H

#include "spdk/stdinc.h"

/* 0 or -ENOMEM. */
int pci_bars_add(const void *addr, uint64_t size, uint64_t bus_addr);
void pci_bars_remove(const void *addr);
/* Whether all of [addr, addr + size) lies in one BAR. */
bool pci_bars_find(const void *addr, uint64_t size, uint64_t *out_bus_addr);

#endif
