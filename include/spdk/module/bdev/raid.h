/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPDK_MODULE_BDEV_RAID_H_
#define SPDK_MODULE_BDEV_RAID_H_

#ifdef __cplusplus
extern "C" {
#endif

enum spdk_bdev_raid_level {
	SPDK_BDEV_RAID_LEVEL_INVALID = -1,
	SPDK_BDEV_RAID_LEVEL_RAID0 = 0,
	SPDK_BDEV_RAID_LEVEL_RAID1 = 1,
	SPDK_BDEV_RAID_LEVEL_RAID5F = 95,
	SPDK_BDEV_RAID_LEVEL_CONCAT = 99,
};

enum spdk_bdev_raid_state {

	SPDK_BDEV_RAID_STATE_ONLINE = 0,

	SPDK_BDEV_RAID_STATE_CONFIGURING,

	SPDK_BDEV_RAID_STATE_OFFLINE,

	SPDK_BDEV_RAID_STATE_MAX,
};

#ifdef __cplusplus
}
#endif

#endif
