/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why there is no NVMe controller at an address that somebody has named, and what to do about it.
 */
#ifndef SPINDLE_BDEV_NVME_PCI_REASON_H
#define SPINDLE_BDEV_NVME_PCI_REASON_H

#include "modules/bdev/answer.h"
#include "spdk/nvme.h"

/* Of a device: `uevent` is the text of that attribute in sysfs, NULL: there is no such device. */
void bdev_nvme_explain_device(const char *address, const char *uevent, struct bdev_reason *reason);

void
bdev_nvme_explain_absent(const struct spdk_nvme_transport_id *trid, struct bdev_reason *reason);

#endif
