/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The check that a thread leaves its OS thread without a spinlock. For whoever runs messages and
 * pollers.
 */
#ifndef SPINDLE_SPINLOCK_H
#define SPINDLE_SPINLOCK_H

#include "runtime/thread/thread_internal.h"

/* Names the locks that `thread` holds, and aborts. */
void spinlock_die_held(struct spdk_thread *thread) __attribute__((noreturn, cold));

/*
 * To be called each time a message or poller of `thread` has returned, on the OS thread that ran
 * it.
 */
static inline void
spinlock_check_released(struct spdk_thread *thread)
{
	if (spdk_unlikely(thread->lock_count != 0)) {
		spinlock_die_held(thread);
	}
}

#endif
