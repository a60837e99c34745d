/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rest: what a reactor does after a turn that found nothing to do.
 *
 *   awake     An active poller wants every turn. A CPU that other reactors are on is lent to them
 *             between two turns.
 *   spinning  For a short, bounded time: whoever sends meanwhile pays nothing for a wake-up, and
 *             the answer to what was just sent is usually near.
 *   asleep    In the run queue's park, until its earliest deadline, a ready thread, an event.
 *
 * A wake-up costs the sleeper and the waker tens of microseconds together, so the spin is as long
 * as that, and a deadline nearer than that is waited for awake.
 */
#include "runtime/reactor/reactor_internal.h"

#define DEFAULT_SPIN_US 50
/* From the deadline of a sleep until its reactor turns again. */
#define WAKE_UP_US 60

static struct {
	_Atomic bool never_rest;
	_Atomic uint32_t spin_us;
} g_rest = {.spin_us = DEFAULT_SPIN_US};

static uint64_t
ticks_of_us(uint64_t us)
{
	return us * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
}

static bool
check_size(const struct spindle_rest_opts *opts, const char *what)
{
	if (opts == NULL || opts->size < sizeof(opts->size)) {
		SPDK_ERRLOG("%s(): set opts.size = sizeof(opts); nothing is done\n", what);
		return false;
	}
	return true;
}

void
spindle_reactors_set_rest(const struct spindle_rest_opts *opts)
{
	struct spindle_rest_opts own = {.size = sizeof(own)};

	if (!check_size(opts, "spindle_reactors_set_rest")) {
		return;
	}
	spindle_reactors_get_rest(&own);
	memcpy(&own, opts, spdk_min(opts->size, sizeof(own)));
	atomic_store_explicit(&g_rest.never_rest, own.never_rest, memory_order_relaxed);
	atomic_store_explicit(&g_rest.spin_us, own.spin_us, memory_order_relaxed);
}

void
spindle_reactors_get_rest(struct spindle_rest_opts *opts)
{
	struct spindle_rest_opts own = {
		.never_rest = atomic_load_explicit(&g_rest.never_rest, memory_order_relaxed),
		.spin_us = atomic_load_explicit(&g_rest.spin_us, memory_order_relaxed),
	};

	if (!check_size(opts, "spindle_reactors_get_rest")) {
		return;
	}
	own.size = opts->size;
	memcpy(opts, &own, spdk_min(opts->size, sizeof(own)));
}

void
rest_begin(struct reactor *reactor)
{
	reactor->idle_since = 0;
	reactor->is_cpu_shared = env_core_is_shared(reactor->public.lcore);
}

/* A turn was in vain and the next is to follow soon. */
static void
stay_awake(const struct reactor *reactor)
{
	if (reactor->is_cpu_shared) {
		env_yield();
	} else {
		spdk_pause();
	}
}

void
rest_until(struct reactor *reactor, uint64_t deadline)
{
	if (event_is_pending(reactor)) {
		return;
	}
	atomic_store_explicit(&reactor->is_asleep, true, memory_order_relaxed);
	(void)spindle_run_queue_park(reactor->queue, deadline);
	atomic_store_explicit(&reactor->is_asleep, false, memory_order_relaxed);
}

void
rest(struct reactor *reactor)
{
	uint64_t deadline = spindle_run_queue_next_deadline(reactor->queue);
	uint64_t now;

	if (deadline == 0 || atomic_load_explicit(&g_rest.never_rest, memory_order_relaxed)) {
		stay_awake(reactor);
		return;
	}
	deadline = spdk_min(deadline, reactor->next_chore);
	now = spdk_get_ticks();
	if (reactor->idle_since == 0) {
		reactor->idle_since = now;
	}
	if (now - reactor->idle_since <
		    ticks_of_us(atomic_load_explicit(&g_rest.spin_us, memory_order_relaxed)) ||
	    deadline <= now + ticks_of_us(WAKE_UP_US)) {
		stay_awake(reactor);
		return;
	}
	rest_until(reactor, deadline);
	reactor->idle_since = 0;
}
