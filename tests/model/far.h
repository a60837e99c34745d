/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data that is not where an I/O names it: in a memory domain, which moves it in its own time, or
 * behind a copy that the library has to carry out first, as a sequence of accel.
 */
#ifndef SPINDLE_MODEL_FAR_H
#define SPINDLE_MODEL_FAR_H

#include "scatter.h"
#include "spdk/bdev.h"

enum place {
	PLACE_NEAR,
	PLACE_DOMAIN,
	PLACE_SEQUENCE,
};

/* Of one I/O; zeros while there is none. */
struct far {
	/* What the I/O names. */
	struct iovec iovs[SCATTER_VECTORS];
	int count;
	/* A buffer of accel's. */
	uint32_t thread;
	struct spdk_memory_domain *domain;
	void *domain_ctx;
	struct spdk_accel_sequence *sequence;
};

/* Once in the process. */
void far_setup(void);
/* Channels to accel, on all threads. */
void far_open(void);
void far_close(void);

/*
 * Fills in `far` and `opts` for an I/O of the current thread on the data of `scatter`. False: accel
 * has no room for it.
 */
bool far_begin(struct far *far, enum place place, const struct scatter *scatter, bool is_read,
	       struct spdk_bdev_ext_io_opts *opts);
/* The I/O is over, or was refused. */
void far_end(struct far *far, bool is_refused);

/* Perhaps one of the moves that are under way comes to its end. */
void far_step(void);

#endif
