/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the two halves of bdevs on files share: I/O (file_bdev.c), and all else
 * (file_bdev_control.c).
 */
#ifndef SPINDLE_FILE_BDEV_INTERNAL_H
#define SPINDLE_FILE_BDEV_INTERNAL_H

#include "modules/bdev/file/file_bdev.h"

void file_bdev_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *bdev_io);
bool file_bdev_supports(const struct file_bdev *device, enum spdk_bdev_io_type type);

#endif
