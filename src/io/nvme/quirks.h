/* SPDX-License-Identifier: BSD-3-Clause */
/* Controllers that need to be treated in their own way, by what PCI and Identify tell of them. */
#ifndef SPINDLE_NVME_QUIRKS_H
#define SPINDLE_NVME_QUIRKS_H

#include "spdk/env.h"

/* Has the log pages and features of Intel's drives. */
#define NVME_QUIRK_INTEL_LOG_PAGES (1u << 0)
/* CAP.TO is too short, or registers may not be touched at once after CC.EN changes. */
#define NVME_QUIRK_DELAY_BEFORE_CHK_RDY (1u << 1)
#define NVME_DELAY_BEFORE_CHK_RDY_MS    2500u
/* Reads of deallocated blocks give zeros, although it does not say so. */
#define NVME_QUIRK_READ_ZERO_AFTER_DEALLOCATE (1u << 2)
/* Vendor specific byte of Identify that tells the size of a stripe. */
#define NVME_QUIRK_STRIPE_IN_VENDOR_DATA (1u << 3)
/* Identify of a namespace's descriptors hangs or fails. */
#define NVME_QUIRK_NO_IDENTIFY_DESCRIPTORS (1u << 4)

/* The flags of a device. */
uint32_t nvme_quirks_of(const struct spdk_pci_id *id);

#endif
