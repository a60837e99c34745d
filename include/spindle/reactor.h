/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * When reactors rest.
 *
 * A reactor that finds no work looks for some for a short while, then sleeps until a message, an
 * event, a timer or a descriptor wakes it. Looking costs a CPU and saves a wake-up: some
 * microseconds for whoever sends, some tens for whoever waits for an answer.
 *
 * How long it looks, each reactor learns from the last eight gaps between its work: for as long as
 * would have cost least, if a wake-up cost as much as looking for all of the bound. So while work
 * comes within the bound, it does not sleep; where the gaps are longer, it does so at once. When
 * they change, it follows within some eight of them. A thread can have its reactor look for longer:
 * spindle_thread_set_rest() of spindle/thread.h.
 */
#ifndef SPINDLE_REACTOR_H
#define SPINDLE_REACTOR_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How long reactors look for work at most, in microseconds, unless that is changed. */
#define SPINDLE_REST_SPIN_US 50

struct spindle_rest_opts {
	/** sizeof(struct spindle_rest_opts) as the caller was compiled. */
	size_t size;
	/** Never sleep: every reactor keeps its CPU busy. Default: false. */
	bool never_rest;
	/**
	 * How long a reactor looks for work at most before it sleeps, in microseconds, and so what
	 * a wake-up is held to cost. 0: not at all. Default: SPINDLE_REST_SPIN_US.
	 */
	uint32_t spin_us;
};

/**
 * Says how reactors rest; spdk_app_parse_args() calls it for --poll and --spin-us.
 *
 * Thread: any OS thread, at any time; reactors that run follow with their next turn.
 * Owner: `opts` is copied. Fields beyond its size are left as they are set.
 * Errors: NULL, or a size of 0, is explained and changes nothing.
 */
void spindle_reactors_set_rest(const struct spindle_rest_opts *opts);

/**
 * How reactors rest.
 *
 * Thread: any OS thread. Shape: opts->size is set by the caller; only as much is written. NULL, or
 * a size of 0, is explained and nothing is written.
 */
void spindle_reactors_get_rest(struct spindle_rest_opts *opts);

#ifdef __cplusplus
}
#endif

#endif
