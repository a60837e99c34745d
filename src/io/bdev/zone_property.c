/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The zones of a device, for its users; zone_io.c does something with them.
 */
#include "bdev_internal.h"
#include "spdk/bdev_zone.h"

bool
spdk_bdev_is_zoned(const struct spdk_bdev *bdev)
{
	return bdev->zoned;
}

uint64_t
spdk_bdev_get_zone_size(const struct spdk_bdev *bdev)
{
	return bdev->zone_size;
}

uint64_t
spdk_bdev_get_num_zones(const struct spdk_bdev *bdev)
{
	return bdev->zone_size != 0 ? spdk_bdev_get_num_blocks(bdev) / bdev->zone_size : 0;
}

uint64_t
spdk_bdev_get_zone_id(const struct spdk_bdev *bdev, uint64_t offset_blocks)
{
	return bdev->zone_size != 0 ? offset_blocks - offset_blocks % bdev->zone_size : 0;
}

uint32_t
spdk_bdev_get_max_zone_append_size(const struct spdk_bdev *bdev)
{
	return bdev->max_zone_append_size;
}

uint32_t
spdk_bdev_get_max_open_zones(const struct spdk_bdev *bdev)
{
	return bdev->max_open_zones;
}

uint32_t
spdk_bdev_get_max_active_zones(const struct spdk_bdev *bdev)
{
	return bdev->max_active_zones;
}

uint32_t
spdk_bdev_get_optimal_open_zones(const struct spdk_bdev *bdev)
{
	return bdev->optimal_open_zones;
}
