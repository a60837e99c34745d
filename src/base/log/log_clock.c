/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clock of the log, and rate limits that are made of it.
 *
 * A limit is touched by any OS thread without a lock: whoever moves last_ns forward prints, and
 * takes the count of those who were refused before. A refusal that races with it may be counted for
 * the message after. Everything is relaxed: only the counts themselves matter.
 */
#include "base/log/log_internal.h"

#include <stdatomic.h>

#include "spdk/util.h"

static _Atomic(log_clock_fn) g_clock;

static uint64_t
system_clock_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* Cannot fail for this clock. */
	return (uint64_t)now.tv_sec * SPDK_SEC_TO_NSEC + (uint64_t)now.tv_nsec;
}

void
log_set_clock(log_clock_fn clock_fn)
{
	/* C1: pairs with C2 in log_now_ns(), for what the function reads. */
	atomic_store_explicit(&g_clock, clock_fn, memory_order_release);
}

uint64_t
log_now_ns(void)
{
	/* C2: pairs with C1 in log_set_clock(). */
	log_clock_fn clock_fn = atomic_load_explicit(&g_clock, memory_order_acquire);

	return clock_fn != NULL ? clock_fn() : system_clock_now_ns();
}

bool
log_limit_pass(struct spindle_log_limit *limit, uint64_t period_ns, uint64_t *out_squashed)
{
	uint64_t last_ns = __atomic_load_n(&limit->last_ns, __ATOMIC_RELAXED);
	/* 0 is for 'never', so a clock that stands at 0 is taken to stand at 1. */
	uint64_t now_ns = spdk_max(log_now_ns(), UINT64_C(1));

	/* A clock that was set back makes the difference huge, and the message pass. */
	if ((last_ns != 0 && now_ns - last_ns < period_ns) ||
	    !__atomic_compare_exchange_n(&limit->last_ns, &last_ns, now_ns, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&limit->squashed, 1, __ATOMIC_RELAXED);
		return false;
	}
	*out_squashed = __atomic_exchange_n(&limit->squashed, 0, __ATOMIC_RELAXED);
	return true;
}

bool
spindle_log_limit_pass(struct spindle_log_limit *limit, uint64_t *out_squashed)
{
	return log_limit_pass(limit, SPDK_SEC_TO_NSEC, out_squashed);
}
