/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPINDLE_ENV_PCI_COVER_H
#define SPINDLE_ENV_PCI_COVER_H

#include "spdk/stdinc.h"

/*
 * Puts a page of ones, which is the process's own, over the page of device memory that `addr` lies
 * in: what was mapped there is gone, and reads as that of a device that has been pulled out. For
 * functions of spdk_pci_register_error_handler(). Any OS thread, signal handlers; errno preserved.
 * False: the kernel refuses.
 */
bool env_pci_cover_page(const void *addr);

#endif
