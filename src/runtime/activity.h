/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an OS thread that runs threads is doing at this moment, for a watchdog that finds it stuck.
 * The OS thread writes, with plain stores; others look, and must not follow the pointers to threads
 * and pollers, which may be gone by then: only what runs on that OS thread itself (a signal
 * handler) may.
 */
#ifndef SPINDLE_ACTIVITY_H
#define SPINDLE_ACTIVITY_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#include <stdatomic.h>

struct activity {
	/* Counts the runs of threads and the events that have begun: as long as it stands still, so
	 * does the OS thread, or it has nothing to do. */
	_Atomic uint64_t count;
	_Atomic(struct spdk_thread *) thread; /* being run; NULL: none */
	_Atomic(struct spdk_poller *) poller; /* being called; NULL: none */
	/* The poller's, message's, interrupt's or event's, the innermost; NULL: none. */
	_Atomic(const void *) function;
};

extern __thread struct activity t_activity;

/* What was there before, for whoever puts it back: runs and calls can be inside others. */
struct activity_outer {
	struct spdk_thread *thread;
	struct spdk_poller *poller;
	const void *function;
};

static inline const void *
activity_set_function(const void *function)
{
	const void *outer = atomic_load_explicit(&t_activity.function, memory_order_relaxed);

	atomic_store_explicit(&t_activity.function, function, memory_order_relaxed);
	return outer;
}

static inline struct spdk_poller *
activity_set_poller(struct spdk_poller *poller)
{
	struct spdk_poller *outer = atomic_load_explicit(&t_activity.poller, memory_order_relaxed);

	atomic_store_explicit(&t_activity.poller, poller, memory_order_relaxed);
	return outer;
}

static inline struct activity_outer
activity_get_call(void)
{
	struct activity_outer outer = {
		.poller = atomic_load_explicit(&t_activity.poller, memory_order_relaxed),
		.function = atomic_load_explicit(&t_activity.function, memory_order_relaxed),
	};

	return outer;
}

/* Of one call after the other; who makes them puts back what was there when the last has ended. */
static inline void
activity_set_call(struct spdk_poller *poller, const void *function)
{
	atomic_store_explicit(&t_activity.poller, poller, memory_order_relaxed);
	atomic_store_explicit(&t_activity.function, function, memory_order_relaxed);
}

static inline struct activity_outer
activity_begin(struct spdk_thread *thread)
{
	uint64_t count = atomic_load_explicit(&t_activity.count, memory_order_relaxed);
	struct activity_outer outer;

	outer.thread = atomic_load_explicit(&t_activity.thread, memory_order_relaxed);
	outer.poller = activity_set_poller(NULL);
	outer.function = activity_set_function(NULL);
	atomic_store_explicit(&t_activity.count, count + 1, memory_order_relaxed);
	atomic_store_explicit(&t_activity.thread, thread, memory_order_relaxed);
	return outer;
}

static inline void
activity_end(struct activity_outer outer)
{
	atomic_store_explicit(&t_activity.thread, outer.thread, memory_order_relaxed);
	(void)activity_set_poller(outer.poller);
	(void)activity_set_function(outer.function);
}

/* On the OS thread itself, also in a signal handler: names of what it is running, "" for none. */
struct activity_names {
	char thread[64];
	char poller[64];
};
void activity_get_names(struct activity_names *out_names);

#endif
