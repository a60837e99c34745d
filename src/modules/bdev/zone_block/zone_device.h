/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The zones of a device while it is there, and its I/O.
 */
#ifndef SPINDLE_BDEV_ZONE_DEVICE_H
#define SPINDLE_BDEV_ZONE_DEVICE_H

#include "modules/bdev/layered.h"
#include "zone.h"

/* The memory that they take is 1 GiB. */
#define ZONES_MAX (UINT64_C(1) << 24)

struct zone_device {
	uint64_t capacity;
	uint64_t count;
	/* Blocks from one zone to the next: 1 << shift. */
	uint32_t shift;
	/* The base is told of a reset, which then gives up what was there. */
	bool unmaps;
	/* Who appends does not know which block it will be: not where that is a reference tag. */
	bool appends;

	struct zone zones[];
};

/* For a device whose zones are as far apart as zone_size. NULL: no memory. */
struct zone_device *zone_device_create(uint64_t count, uint64_t zone_size, uint64_t capacity);

/* Functions for the table; zone_device_submit() is that for a device that keeps a zone_device. */
bool zone_device_supports(void *ctx, enum spdk_bdev_io_type type);
void zone_device_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io);
int zone_device_io_size(void);

#endif
