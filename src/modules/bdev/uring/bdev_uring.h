/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPINDLE_BDEV_URING_H
#define SPINDLE_BDEV_URING_H

#include "modules/bdev/file/file_bdev.h"

extern struct file_module g_uring_module;

#endif
