/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPINDLE_BDEV_INFO_JSON_H
#define SPINDLE_BDEV_INFO_JSON_H

#include "bdev_internal.h"

/* All that there is to know of a device, as an object of bdev_get_bdevs. Never fails. */
int bdev_write_info(void *w, struct spdk_bdev *bdev);

#endif
