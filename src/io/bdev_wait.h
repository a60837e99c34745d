/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For modules whose devices lie on others: what the layer has to know, so that I/Os that wait for
 * others below cannot all wait for one another.
 */
#ifndef SPINDLE_BDEV_WAIT_H
#define SPINDLE_BDEV_WAIT_H

#include "spdk/bdev_module.h"

/*
 * `io`, which the module has, waits until a channel of the device below may have an I/O for it
 * again: as spdk_bdev_queue_io_wait(), but a reset or an abort of `io` takes it out of there and
 * ends it, without a word to the module.
 * False: there are I/Os for it, so that the -ENOMEM of a submit function was the machine's, and
 * nobody would ever end the wait.
 *
 * Thread: that of `io` and of the channel.
 * Callback: `cb_fn(io)`, unless it has ended.
 */
bool bdev_io_wait_below(struct spdk_bdev_io *io, struct spdk_io_channel *base_ch,
			spdk_bdev_io_wait_cb cb_fn);

/*
 * Of a module that has got a channel of a device below at another time than while its
 * get_io_channel() was called: `bdev` lies on that device. On each thread before the first I/O.
 *
 * Errors: -ENOTSUP, explained: too many would lie on one another. -ENOMEM.
 */
int bdev_lies_on(struct spdk_bdev *bdev, struct spdk_io_channel *base_ch);

#endif
