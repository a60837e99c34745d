/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bdev module `raid`: a device made of several. These are the ways in which it is, and where
 * it can be in its life.
 */
#ifndef SPDK_MODULE_BDEV_RAID_H_
#define SPDK_MODULE_BDEV_RAID_H_

#ifdef __cplusplus
extern "C" {
#endif

enum spdk_bdev_raid_level {
	SPDK_BDEV_RAID_LEVEL_INVALID = -1,
	/* Strips on each of them in turn. */
	SPDK_BDEV_RAID_LEVEL_RAID0 = 0,
	/* The same on each of them. */
	SPDK_BDEV_RAID_LEVEL_RAID1 = 1,
	/* Strips and their parity, in writes of full stripes; 0x5f. */
	SPDK_BDEV_RAID_LEVEL_RAID5F = 95,
	/* One after the other. */
	SPDK_BDEV_RAID_LEVEL_CONCAT = 99,
};

enum spdk_bdev_raid_state {
	/* It is registered, and may be opened. */
	SPDK_BDEV_RAID_STATE_ONLINE = 0,
	/* It waits for devices that it is made of, and is not registered. */
	SPDK_BDEV_RAID_STATE_CONFIGURING,
	/* Too many of them are gone: all I/Os fail, and it is being unregistered. */
	SPDK_BDEV_RAID_STATE_OFFLINE,
	/* How many states there are. */
	SPDK_BDEV_RAID_STATE_MAX,
};

#ifdef __cplusplus
}
#endif

#endif
