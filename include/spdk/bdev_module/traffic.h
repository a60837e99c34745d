/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For modules: what goes on in a device of theirs, and holding it up. A part of
 * spdk/bdev_module.h.
 */
#ifndef SPDK_BDEV_MODULE_TRAFFIC_H
#define SPDK_BDEV_MODULE_TRAFFIC_H

#include "spdk/bdev_module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Media events ---- */

/**
 * Keeps events for those who have the device open for writing, until
 * spdk_bdev_notify_media_management(). Returns how many were kept.
 *
 * Errors: -ENODEV: nobody has it open for writing.
 */
int spdk_bdev_push_media_events(struct spdk_bdev *bdev, const struct spdk_bdev_media_event *events,
				size_t num_events);

/** Tells those for whom there are events. */
void spdk_bdev_notify_media_management(struct spdk_bdev *bdev);

/* ---- What goes on in a device. It must stay registered until the callback ---- */

/** One step of spdk_bdev_for_each_bdev_io(); other than 0 ends it. */
typedef int (*spdk_bdev_io_fn)(void *ctx, struct spdk_bdev_io *bdev_io);

/** Its end: 0, or what ended it. */
typedef void (*spdk_bdev_for_each_io_cb)(void *ctx, int rc);

/** Runs `fn` for each I/O that is under way, on its thread; then `cb` on this one. */
void spdk_bdev_for_each_bdev_io(struct spdk_bdev *bdev, void *ctx, spdk_bdev_io_fn fn,
				spdk_bdev_for_each_io_cb cb);

/** The queue depth: 0, or -errno. */
typedef void (*spdk_bdev_get_current_qd_cb)(struct spdk_bdev *bdev, uint64_t current_qd,
					    void *cb_arg, int rc);

/** Asks each thread for its I/Os at the device, sampled or not; they may change meanwhile. */
void
spdk_bdev_get_current_qd(struct spdk_bdev *bdev, spdk_bdev_get_current_qd_cb cb_fn, void *cb_arg);

/** Adds the counts of `add` to those of `total`. */
void spdk_bdev_add_io_stat(struct spdk_bdev_io_stat *total, struct spdk_bdev_io_stat *add);

/** Writes counts as members of the open object, as bdev_get_iostat has them. */
void spdk_bdev_dump_io_stat_json(struct spdk_bdev_io_stat *stat, struct spdk_json_write_ctx *w);

/** Begins the counts of `mode` anew. */
void spdk_bdev_reset_io_stat(struct spdk_bdev_io_stat *stat, enum spdk_bdev_reset_stat_mode mode);

/* ---- Holding up I/Os: for the module that the device belongs to ---- */

/** The I/Os are held up, or go on: 0 or -errno. */
typedef void (*spdk_bdev_quiesce_cb)(void *ctx, int status);

/**
 * Holds up all I/Os that are submitted from now on, until spdk_bdev_unquiesce().
 *
 * What is held up when the device goes, goes with it: nobody needs to let it go on.
 *
 * Callback: `cb_fn` once when those of before are over; may be NULL. -ENODEV: the device has gone
 * before, and its memory may have.
 * Errors: -EINVAL: the device is not that module's. -ENODEV: it is going, and has no users any
 * more. -ENOMEM.
 */
int spdk_bdev_quiesce(struct spdk_bdev *bdev, struct spdk_bdev_module *module,
		      spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

/**
 * Lets them go on.
 *
 * Callback: `cb_fn` when all threads do so; may be NULL.
 * Errors: -EINVAL: the device is not that module's, or nothing is held up. -EBUSY: the callback of
 * spdk_bdev_quiesce() has not come yet. -ENODEV: the device is going, and what was held up with it.
 */
int spdk_bdev_unquiesce(struct spdk_bdev *bdev, struct spdk_bdev_module *module,
			spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

/**
 * As spdk_bdev_quiesce(), for the blocks from `offset` on.
 *
 * Shape: a range that overlaps one that is held up waits for its end.
 * Errors: -EINVAL: also for blocks that are not there.
 */
int
spdk_bdev_quiesce_range(struct spdk_bdev *bdev, struct spdk_bdev_module *module, uint64_t offset,
			uint64_t length, spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

/** As spdk_bdev_unquiesce(), for exactly such a range. */
int
spdk_bdev_unquiesce_range(struct spdk_bdev *bdev, struct spdk_bdev_module *module, uint64_t offset,
			  uint64_t length, spdk_bdev_quiesce_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif
