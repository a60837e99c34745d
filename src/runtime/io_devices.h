/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is to know of I/O devices than spdk/thread.h tells.
 */
#ifndef SPINDLE_IO_DEVICES_H
#define SPINDLE_IO_DEVICES_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

/*
 * Whether channels of a device can be got: spdk_io_device_register() does not say whether it had
 * the memory to register it. Any OS thread.
 */
bool io_devices_have(const void *io_device);

/*
 * A device whose channels may still be needed when they were put for the last time: `may_end` is
 * asked, on the channel's thread, just before it is destroyed. False: it stays, and holds a
 * reference that is the device's to put. A thread that has to exit by force asks nobody.
 */
void io_devices_ask_before_end(void *io_device, bool (*may_end)(void *ctx));

/*
 * A round over the channels of a device, as spdk_for_each_channel() makes it, in memory that is
 * there beforehand: so it can always be begun, by those who could not tell anybody that it was not.
 *
 * It may be begun again, over any device and by any thread, from its `cpl` on; there, too, it may
 * be freed. NULL: there is no memory.
 */
struct spdk_io_channel_iter *io_devices_round_create(void);
void io_devices_round_begin(struct spdk_io_channel_iter *round, void *io_device,
			    spdk_channel_msg fn, void *ctx, spdk_channel_for_each_cpl cpl);
void io_devices_round_destroy(struct spdk_io_channel_iter *round);

#endif
