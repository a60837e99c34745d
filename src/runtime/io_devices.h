/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is to know of I/O devices than spdk/thread.h tells.
 */
#ifndef SPINDLE_IO_DEVICES_H
#define SPINDLE_IO_DEVICES_H

#include "spdk/stdinc.h"

/*
 * Whether channels of a device can be got: spdk_io_device_register() does not say whether it had
 * the memory to register it. Any OS thread.
 */
bool io_devices_have(const void *io_device);

#endif
