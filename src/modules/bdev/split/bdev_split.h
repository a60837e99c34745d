/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Split: a device as several of the same size, one behind the other.
 */
#ifndef SPINDLE_BDEV_SPLIT_H
#define SPINDLE_BDEV_SPLIT_H

#include "modules/bdev/answer.h"
#include "spdk/bdev_module.h"

struct split_opts {
	const char *base_name;
	uint32_t count;
	/* Of each, in MiB; 0: as large as `count` of them can be. */
	uint64_t size_mb;
};

/* A device that is split, whether it is there or not. */
struct split;

/*
 * The parts are named for the base: its name, p and a number from 0 on. They are made now, or
 * whenever the base comes; if there is no room for all of them, those that fit.
 *
 * Thread: the app thread.
 * Errors: -EINVAL, with a reason; -EEXIST, it is split already, or a part's name is another's;
 *   -EPERM, somebody else has claimed the base; -ENOMEM.
 */
int split_create(const struct split_opts *opts, struct bdev_reason *out_reason,
		 struct split **out_split);

/*
 * Thread: the app thread.
 * Callback: `cb_fn` once with 0, when all parts are gone.
 * Errors: -ENODEV, it is not split; `cb_fn` is not called then.
 */
int split_delete(const char *base_name, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/* The names of its parts, as an array. */
void split_write_names(const struct split *split, struct spdk_json_write_ctx *w);

#endif
