/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tracepoints of group `bdev`. One that is off costs a load and a branch; what it takes to
 * record one is out of the way of all others.
 */
#ifndef SPINDLE_BDEV_TRACE_H
#define SPINDLE_BDEV_TRACE_H

#include "spdk/trace.h"
#include "spdk_internal/trace_defs.h"

struct spdk_bdev;
struct spdk_bdev_channel;
struct spdk_bdev_io;

/* The device as an owner in traces, from its registration to its end. */
void bdev_trace_add_device(struct spdk_bdev *bdev);
void bdev_trace_remove_device(struct spdk_bdev *bdev);

void bdev_trace_record_start(const struct spdk_bdev_io *io);
void bdev_trace_record_done(const struct spdk_bdev_io *io, uint64_t now);
void bdev_trace_record_channel(uint16_t tpoint_id, const struct spdk_bdev_channel *ch);

static inline void
bdev_trace_start(const struct spdk_bdev_io *io)
{
	if (spdk_trace_tpoint_enabled(TRACE_BDEV_IO_START)) {
		bdev_trace_record_start(io);
	}
}

static inline void
bdev_trace_done(const struct spdk_bdev_io *io, uint64_t now)
{
	if (spdk_trace_tpoint_enabled(TRACE_BDEV_IO_DONE)) {
		bdev_trace_record_done(io, now);
	}
}

static inline void
bdev_trace_channel(uint16_t tpoint_id, const struct spdk_bdev_channel *ch)
{
	if (spdk_trace_tpoint_enabled(tpoint_id)) {
		bdev_trace_record_channel(tpoint_id, ch);
	}
}

#endif
