/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passthru devices: another name for the one below.
 */
#ifndef SPINDLE_BDEV_PASSTHRU_H
#define SPINDLE_BDEV_PASSTHRU_H

#include "modules/bdev/layered.h"

/* The app thread's. */
extern struct layered_type g_passthru_type;

#endif
