/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Superblocks of devices: reading and writing them.
 */
#ifndef SPINDLE_BDEV_RAID_SB_IO_H
#define SPINDLE_BDEV_RAID_SB_IO_H

#include "raid_superblock.h"
#include "spdk/bdev_module.h"

/* Blocks that a superblock takes at most. */
uint64_t raid_sb_min_offset(const struct spdk_bdev *bdev);

/* Blocks of a device that has a superblock, before its data. */
uint64_t raid_sb_data_offset(const struct spdk_bdev *bdev);

/*
 * `sb` NULL: there is none, with -ENOENT; or none of use, with -EINVAL and a reason; or the device
 * could not be read. It is gone after the call.
 */
typedef void (*raid_sb_read_cb)(void *cb_arg, int rc, const struct raid_sb *sb,
				const struct bdev_reason *reason);

/*
 * Reads that of a device, which may be anybody's, and may go meanwhile.
 *
 * Thread: the app thread.
 * Callback: `cb_fn` once, now or later.
 */
void raid_sb_read(const char *bdev_name, raid_sb_read_cb cb_fn, void *cb_arg);

/*
 * Writes one to an open device; NULL: zeros, where it was.
 *
 * Thread: the app thread. The descriptor stays open until the callback.
 * Callback: `cb_fn` once, now or later.
 */
void raid_sb_write(struct spdk_bdev_desc *desc, const struct raid_sb *sb,
		   spdk_bdev_unregister_cb cb_fn, void *cb_arg);

#endif
