/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delay devices: what is read and written takes longer.
 */
#ifndef SPINDLE_BDEV_DELAY_H
#define SPINDLE_BDEV_DELAY_H

#include "modules/bdev/layered.h"
#include "spdk/module/bdev/delay.h"

/* For a table by enum spdk_bdev_delay_io_type. */
#define DELAY_TYPES (SPDK_BDEV_DELAY_IO_TYPE_P99_WRITE + 1)
/* A day, in us. */
#define DELAY_US_MAX (24ull * 3600 * 1000 * 1000)

struct delay_opts {
	const char *name;
	const char *base_name;
	/* All zeros: one is made. */
	struct spdk_uuid uuid;
	/* By enum spdk_bdev_delay_io_type. */
	uint64_t latency_us[DELAY_TYPES];
};

/* The app thread's. */
extern struct layered_type g_delay_type;

/* Errors: as layered_add(). */
int delay_bdev_create(const struct delay_opts *opts, struct bdev_reason *out_reason);

/* 0, or -EINVAL with a reason. */
int delay_check_latency(uint64_t latency_us, struct bdev_reason *out_reason);

/*
 * Sets a latency that was checked. What is on its way keeps the one that it has.
 *
 * Callback: `cb_fn` once with 0, when all threads know.
 * Errors: -ENOMEM; it may then be late for a while, and `cb_fn` is not called.
 */
int delay_bdev_set_latency(struct layered *layered, enum spdk_bdev_delay_io_type type,
			   uint64_t latency_us, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

#endif
