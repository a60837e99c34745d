/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Malloc devices: disks in memory.
 */
#ifndef SPINDLE_BDEV_MALLOC_H
#define SPINDLE_BDEV_MALLOC_H

#include "modules/bdev/geometry.h"
#include "spdk/bdev_module.h"
#include "spdk/env.h"

struct malloc_bdev_opts {
	/* NULL: the next of Malloc0, Malloc1... that is free. */
	const char *name;
	/* All zeros: one is made. */
	struct spdk_uuid uuid;
	struct bdev_geometry geometry;
	/* I/Os are split there, in blocks; 0: nowhere. */
	uint32_t optimal_io_boundary;
	/* Of the memory, or SPDK_ENV_NUMA_ID_ANY. */
	int32_t numa_id;
};

extern struct spdk_bdev_module g_malloc_module;

/*
 * Thread: the app thread.
 * Owner: *out_bdev is the layer's.
 * Errors: -EINVAL with a reason; -EEXIST, the name or uuid is another's; -ENOMEM.
 */
int malloc_bdev_create(const struct malloc_bdev_opts *opts, struct bdev_reason *out_reason,
		       struct spdk_bdev **out_bdev);

#endif
