/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rest: what a reactor does after a turn that found nothing to do.
 *
 *   awake     An active poller wants every turn. A CPU that other reactors are on is lent to them
 *             between two turns.
 *   spinning  For a short, bounded time: whoever sends meanwhile pays nothing for a wake-up, and
 *             the answer to what was just sent is usually near. How long, within the bound, is
 *             learnt from the last gaps between work (gaps.h); threads can ask for more.
 *   asleep    In the run queue's park, until its earliest deadline, a ready thread, an event.
 *
 * A wake-up costs the sleeper and the waker tens of microseconds together, so the bound is as long
 * as that, and a deadline nearer than that is waited for awake.
 *
 * A gap begins with the first turn in vain and ends with the next that finds work, whatever is
 * between: a reactor that is woken for nothing, as by a poller that finds none, sleeps on at once.
 * It is measured by the clock readings of turns in vain, so that one that finds work reads none.
 */
#include "runtime/reactor/reactor_internal.h"
#include "spindle/thread.h"

/* From the deadline of a sleep until its reactor turns again. */
#define WAKE_UP_US 60
/*
 * A pause is one in so many of the time spent looking for work, and at most so long. At first, when
 * the answer to what was just sent is on its way, there is none.
 */
#define PAUSE_AFTER_NS 3000
#define PAUSE_PART     16
#define PAUSE_NS       200

static struct {
	_Atomic bool never_rest;
	_Atomic uint32_t spin_us;
} g_rest = {.spin_us = SPINDLE_REST_SPIN_US};

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
	memset(&reactor->rest, 0, sizeof(reactor->rest));
	gaps_init(&reactor->rest.gaps, ticks_of_us(WAKE_UP_US));
	reactor->is_cpu_shared = env_core_is_shared(reactor->public.lcore);
	atomic_store_explicit(&reactor->last_state, REACTOR_BUSY, memory_order_relaxed);
}

static void
set_last_state(struct reactor *reactor, enum reactor_state state)
{
	if (atomic_load_explicit(&reactor->last_state, memory_order_relaxed) != state) {
		atomic_store_explicit(&reactor->last_state, (uint8_t)state, memory_order_relaxed);
	}
}

enum reactor_state
reactors_get_state(uint32_t core)
{
	struct reactor *reactor = reactor_of(core);
	enum reactor_state last = (enum reactor_state)atomic_load_explicit(&reactor->last_state,
									   memory_order_relaxed);

	if (reactor == t_reactor) {
		return last;
	}
	if (atomic_load_explicit(&reactor->is_asleep, memory_order_relaxed)) {
		return REACTOR_ASLEEP;
	}
	/* One that has been woken has not ended its first turn yet, so it is in it. */
	return last == REACTOR_ASLEEP ? REACTOR_BUSY : last;
}

void
reactors_get_own_rest(struct reactor_rest *out_rest)
{
	out_rest->asleep = t_reactor->rest.asleep_ticks;
	out_rest->sleeps = t_reactor->rest.sleeps;
}

static uint64_t
ticks_of_ns(uint64_t ns)
{
	return ns * spdk_get_ticks_hz() / SPDK_SEC_TO_NSEC;
}

static uint64_t
bound_ticks(void)
{
	return ticks_of_us(atomic_load_explicit(&g_rest.spin_us, memory_order_relaxed));
}

/*
 * A turn was in vain and the next is to follow soon: the longer it has been in vain, the longer is
 * the pause, since it is the less likely that work comes in it.
 */
static void
stay_awake(const struct reactor *reactor, uint64_t now, uint64_t spun)
{
	uint64_t pause;

	if (reactor->is_cpu_shared) {
		env_yield();
		return;
	}
	spdk_pause();
	if (spun > ticks_of_ns(PAUSE_AFTER_NS)) {
		pause = spdk_min(spun / PAUSE_PART, ticks_of_ns(PAUSE_NS));
		while (spdk_get_ticks() - now < pause) {
			spdk_pause();
		}
	}
}

void
rest_until(struct reactor *reactor, uint64_t deadline)
{
	struct rest_state *rest = &reactor->rest;
	uint64_t start;
	bool has_slept;

	if (event_is_pending(reactor)) {
		return;
	}
	start = spdk_get_ticks();
	atomic_store_explicit(&reactor->is_asleep, true, memory_order_relaxed);
	has_slept = spindle_run_queue_park(reactor->queue, deadline);
	atomic_store_explicit(&reactor->is_asleep, false, memory_order_relaxed);
	if (!has_slept) {
		return;
	}
	set_last_state(reactor, REACTOR_ASLEEP);
	if (!rest->has_slept) {
		rest->has_slept = true;
		rest->spun = start - rest->since;
	}
	rest->looked = spdk_get_ticks();
	rest->asleep_ticks += rest->looked - start;
	rest->sleeps++;
}

static void
begin_gap(struct reactor *reactor, uint64_t now)
{
	struct rest_state *rest = &reactor->rest;

	rest->since = now;
	rest->has_slept = false;
	rest->spin = gaps_choose(&rest->gaps, bound_ticks());
}

void
rest_end(struct reactor *reactor)
{
	struct rest_state *rest = &reactor->rest;
	uint64_t length = rest->looked - rest->since;

	set_last_state(reactor, REACTOR_BUSY);
	if (rest->since == 0) {
		return;
	}
	rest->since = 0;
	if (rest->has_slept) {
		gaps_note_slept(&rest->gaps, length, rest->spun, bound_ticks());
	} else {
		gaps_note_spun(&rest->gaps, length);
	}
}

/* Looked for long enough, for what is usual and for those who live there. */
static bool
may_sleep(const struct rest_state *rest, const struct spindle_run_queue_rest *asked, uint64_t spun)
{
	if (spun < ticks_of_us(asked->spin_us)) {
		return false;
	}
	return !asked->is_usual || spun >= rest->spin;
}

void
rest(struct reactor *reactor)
{
	struct rest_state *rest = &reactor->rest;
	uint64_t deadline = spindle_run_queue_next_deadline(reactor->queue);
	struct spindle_run_queue_rest asked;
	uint64_t now, spun;

	set_last_state(reactor, REACTOR_IDLE);
	spindle_run_queue_get_rest(reactor->queue, &asked);
	if (deadline == 0 || asked.spin_us == SPINDLE_REST_NEVER ||
	    atomic_load_explicit(&g_rest.never_rest, memory_order_relaxed)) {
		stay_awake(reactor, 0, 0);
		return;
	}
	deadline = spdk_min(deadline, reactor->next_chore);
	/* When the turn in vain began: soon enough, and read already. */
	now = reactor->public.tsc_last;
	if (rest->since == 0) {
		begin_gap(reactor, now);
	}
	rest->looked = now;
	spun = now - rest->since;
	if (deadline <= now + ticks_of_us(WAKE_UP_US) || !may_sleep(rest, &asked, spun)) {
		stay_awake(reactor, now, spun);
		return;
	}
	rest_until(reactor, deadline);
}
