/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zone block: a device with zones, on one without.
 */
#ifndef SPINDLE_BDEV_ZONE_BLOCK_H
#define SPINDLE_BDEV_ZONE_BLOCK_H

#include "modules/bdev/layered.h"

struct zone_block_opts {
	const char *name;
	const char *base_name;
	/* Blocks of a zone that can be written. Zones are as far apart as the next power of 2. */
	uint64_t zone_capacity;
	/* What the device says of itself; the number of zones is a multiple of it. */
	uint64_t optimal_open_zones;
};

/*
 * All zones are full, so that what is on the base can be read. They are so again when the base
 * comes again, and after a restart: only data is kept.
 *
 * Thread: the app thread.
 * Errors: -EINVAL with a reason; those of layered_add().
 */
int zone_block_create(const struct zone_block_opts *opts, struct bdev_reason *out_reason);

extern struct layered_type g_zone_block_type;

#endif
