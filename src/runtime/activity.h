/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an OS thread that turns a run queue is doing at this moment, for a watchdog that finds it
 * stuck. The OS thread writes, with plain stores; others look, and must not follow the pointers to
 * threads and pollers, which may be gone by then: only what runs on that OS thread itself (a signal
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
	_Atomic(const void *) function;       /* the poller's, message's or event's; NULL: none */
};

extern __thread struct activity t_activity;

static inline void
activity_function(const void *function)
{
	atomic_store_explicit(&t_activity.function, function, memory_order_relaxed);
}

static inline void
activity_poller(struct spdk_poller *poller, const void *function)
{
	atomic_store_explicit(&t_activity.poller, poller, memory_order_relaxed);
	activity_function(function);
}

static inline void
activity_begin(struct spdk_thread *thread)
{
	uint64_t count = atomic_load_explicit(&t_activity.count, memory_order_relaxed);

	atomic_store_explicit(&t_activity.count, count + 1, memory_order_relaxed);
	atomic_store_explicit(&t_activity.thread, thread, memory_order_relaxed);
}

/* `outer`: what was run before, where a run is inside another. */
static inline void
activity_end(struct spdk_thread *outer)
{
	atomic_store_explicit(&t_activity.thread, outer, memory_order_relaxed);
	activity_function(NULL);
}

/* On the OS thread itself, also in a signal handler: names of what it is running, "" for none. */
struct activity_names {
	char thread[64];
	char poller[64];
};
void activity_get_names(struct activity_names *out_names);

#endif
