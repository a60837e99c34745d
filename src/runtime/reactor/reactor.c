/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reactors: one loop for each core of the environment.
 *
 *   state (g_state)  holds                                         left by
 *   UNINITIALIZED    no reactors, no thread library                spdk_reactors_init()
 *   INITIALIZED      events and threads are taken, nothing runs    reactors_run()
 *   RUNNING          every core loops                              spdk_reactors_stop(), when all
 *                                                                  reactors have answered it
 *   EXITING          every core loops until no thread is left      the last loop's end
 *   SHUTDOWN         nothing runs                                  spdk_reactors_fini()
 *
 * Leaving: threads that have not exited are told to, all at once but for the app thread, which goes
 * last because others may have to tell it something. They have LEFTOVER_SEC together, so that a
 * forgotten thread does not hold up the end; then what they hold is named and taken from them.
 * Every reactor goes on turning until the last thread is gone, because one may need the other.
 */
#include "runtime/reactor/reactor_internal.h"
#include "spdk/string.h"

/* For a thread that did not exit, from the stop of the reactors on. */
#define LEFTOVER_SEC 2
/* No thread can hold out so long, whatever happens to it. */
#define LEAVE_SEC 15
/* While leaving, how often it is looked for threads that came late. */
#define LEAVE_LOOK_US 5000
/* How many threads are named, by each reactor. */
#define LEFTOVER_NAMES 8

SPDK_LOG_REGISTER_COMPONENT(reactor)

__thread struct reactor *t_reactor;

static _Atomic enum spdk_reactor_state g_state;
/* spdk_reactors_stop() was called; it is answered, and a round of the scheduler ends, before they
 * leave. */
static _Atomic bool g_is_stopping;
/* By lcore; constant while there are any. */
static struct reactor **g_reactors;
static uint32_t g_reactors_end;
/* Some are; the main reactor's. */
static bool g_has_orphans;

struct reactor *
reactor_of(uint32_t lcore)
{
	return lcore < g_reactors_end ? g_reactors[lcore] : NULL;
}

struct spdk_reactor *
spdk_reactor_get(uint32_t lcore)
{
	struct reactor *reactor = reactor_of(lcore);

	return reactor != NULL ? &reactor->public : NULL;
}

static enum spdk_reactor_state
state(void)
{
	return atomic_load_explicit(&g_state, memory_order_acquire);
}

static void
set_state(enum spdk_reactor_state next)
{
	atomic_store_explicit(&g_state, next, memory_order_release);
}

bool
reactors_are_running(void)
{
	return state() == SPDK_REACTOR_STATE_RUNNING;
}

bool
reactors_go_on(void)
{
	return reactors_are_running() &&
	       !atomic_load_explicit(&g_is_stopping, memory_order_relaxed);
}

void
reactor_wake(struct reactor *reactor)
{
	spindle_run_queue_wake(reactor->queue);
}

static void
wake_all(void)
{
	uint32_t core;

	SPDK_ENV_FOREACH_CORE (core) {
		reactor_wake(reactor_of(core));
	}
}

static int
make_reactor(uint32_t core)
{
	struct reactor *reactor;
	int rc;

	reactor = aligned_alloc(SPDK_CACHE_LINE_SIZE,
				SPDK_ALIGN_CEIL(sizeof(*reactor), SPDK_CACHE_LINE_SIZE));
	if (reactor == NULL) {
		return -ENOMEM;
	}
	memset(reactor, 0, sizeof(*reactor));
	TAILQ_INIT(&reactor->public.threads);
	reactor->public.lcore = core;
	reactor->public.flags.is_valid = 1;
	reactor->public.events_fd = -1;
	reactor->public.resched_fd = -1;
	reactor->public.in_interrupt = spdk_interrupt_mode_is_enabled();
	reactor->is_main = core == spdk_env_get_main_core();
	reactor->next_chore = UINT64_MAX;
	rc = spindle_run_queue_create(&reactor->queue);
	if (rc != 0) {
		free(reactor);
		return rc;
	}
	g_reactors[core] = reactor;
	return 0;
}

static void
free_reactor(struct reactor *reactor)
{
	uint32_t dropped = event_drop_all(reactor);

	if (dropped != 0) {
		SPDK_DEBUGLOG(reactor, "core %u: %u events were not run any more\n",
			      reactor->public.lcore, dropped);
	}
	(void)spindle_run_queue_destroy(reactor->queue); /* It has said what is wrong. */
	free(reactor);
}

static void
free_reactors(void)
{
	struct reactor **reactors = g_reactors;
	uint32_t core, end = g_reactors_end;

	for (core = 0; core < end; core++) {
		if (reactors[core] != NULL) {
			free_reactor(reactors[core]);
		}
	}
	g_reactors_end = 0;
	g_reactors = NULL;
	free(reactors);
	set_state(SPDK_REACTOR_STATE_UNINITIALIZED);
}

static int
make_reactors(void)
{
	uint32_t core;
	int rc;

	g_reactors_end = spdk_env_get_last_core() + 1;
	g_reactors = calloc(g_reactors_end, sizeof(g_reactors[0]));
	if (g_reactors == NULL) {
		g_reactors_end = 0;
		return -ENOMEM;
	}
	SPDK_ENV_FOREACH_CORE (core) {
		rc = make_reactor(core);
		if (rc != 0) {
			SPDK_ERRLOG("No memory or descriptors for the reactor of core %u: %s\n",
				    core, spdk_strerror(-rc));
			free_reactors();
			return rc;
		}
	}
	return 0;
}

int
spdk_reactors_init(size_t msg_mempool_size)
{
	int rc;

	if (state() != SPDK_REACTOR_STATE_UNINITIALIZED) {
		SPDK_ERRLOG("spdk_reactors_init(): there are reactors already; call "
			    "spdk_reactors_fini() first\n");
		return -EALREADY;
	}
	if (spdk_env_get_core_count() == 0) {
		SPDK_ERRLOG("spdk_reactors_init(): there are no cores before spdk_env_init()\n");
		return -EINVAL;
	}
	rc = spdk_thread_lib_init_ext(placement_thread_op, placement_thread_op_supported,
				      sizeof(struct spdk_lw_thread), msg_mempool_size);
	if (rc != 0) {
		return rc;
	}
	rc = make_reactors();
	if (rc != 0) {
		spdk_thread_lib_fini();
		return rc;
	}
	atomic_store_explicit(&g_is_stopping, false, memory_order_relaxed);
	set_state(SPDK_REACTOR_STATE_INITIALIZED);
	return 0;
}

void
spdk_reactors_fini(void)
{
	switch (state()) {
	case SPDK_REACTOR_STATE_UNINITIALIZED:
		return;
	case SPDK_REACTOR_STATE_RUNNING:
	case SPDK_REACTOR_STATE_EXITING:
		SPDK_ERRLOG(
			"spdk_reactors_fini(): the reactors are running; nothing was done. Call "
			"spdk_app_stop() and wait for spdk_app_start() to return.\n");
		return;
	default:
		break;
	}
	scheduler_fini();
	spdk_thread_lib_fini();
	free_reactors();
}

/* As of the end of a turn of the run queue: for events, and those who look from outside. */
static void
publish(struct reactor *reactor)
{
	struct spindle_run_queue_stats stats;
	uint64_t events = reactor->event_ticks;

	spindle_run_queue_get_stats(reactor->queue, &stats);
	reactor->public.thread_count = stats.thread_count;
	reactor->public.tsc_last = stats.last_tsc;
	reactor->public.busy_tsc = stats.busy_tsc + events;
	/* To the run queue, time in events is idle. */
	reactor->public.idle_tsc = stats.idle_tsc > events ? stats.idle_tsc - events : 0;
}

void
reactor_set_chore(struct reactor *reactor, uint64_t when)
{
	reactor->next_chore = spdk_min(reactor->next_chore, when);
}

static void
do_chores(struct reactor *reactor, uint64_t now)
{
	reactor->next_chore = UINT64_MAX;
	reactor_set_chore(reactor, context_switch_look(reactor, now));
	reactor_set_chore(reactor, scheduler_look(reactor, now));
}

/*
 * How many things were done. Events come last, so that one which ends a sleep finds the times of
 * the reactor and its threads up to now.
 */
static uint32_t
turn(struct reactor *reactor)
{
	uint64_t turns = atomic_load_explicit(&reactor->turns, memory_order_relaxed);
	uint32_t done, events;

	atomic_store_explicit(&reactor->turns, turns + 1, memory_order_relaxed);
	done = spindle_run_queue_turn_at(reactor->queue, reactor->follows_turn ?
								 reactor->public.tsc_last :
								 spdk_get_ticks());
	publish(reactor);
	events = event_run_batch(reactor);
	/* Where nothing was done, it rests; events and chores take time of their own. */
	reactor->follows_turn = done > 0 && events == 0;
	if (spdk_unlikely(reactor->next_chore != UINT64_MAX)) {
		uint64_t now = spdk_get_ticks();

		if (now >= reactor->next_chore) {
			do_chores(reactor, now);
			reactor->follows_turn = false;
		}
	}
	return done + events;
}

struct leftovers {
	char text[LEFTOVER_NAMES * 64];
	uint32_t count;
};

static void
name_leftover(struct spdk_thread *thread, void *arg)
{
	struct leftovers *leftovers = arg;
	size_t used = strlen(leftovers->text);

	if (spdk_thread_is_app_thread(thread) || !spdk_thread_is_running(thread)) {
		return;
	}
	leftovers->count++;
	if (leftovers->count <= LEFTOVER_NAMES) {
		snprintf(leftovers->text + used, sizeof(leftovers->text) - used, "%s'%s'",
			 used != 0 ? ", " : "", spdk_thread_get_name(thread));
	}
}

/* Before they are told to exit. */
static void
report_leftovers(struct reactor *reactor)
{
	struct leftovers leftovers = {.count = 0};

	spindle_run_queue_for_each_thread(reactor->queue, name_leftover, &leftovers);
	if (leftovers.count != 0) {
		SPDK_WARNLOG("The reactor of core %u stops and %u thread%s did not call "
			     "spdk_thread_exit(): %s%s. They exit now.\n",
			     reactor->public.lcore, leftovers.count,
			     leftovers.count == 1 ? "" : "s", leftovers.text,
			     leftovers.count > LEFTOVER_NAMES ? ", ..." : "");
	}
}

/* Threads that came late included. */
static void
tell_to_exit(struct reactor *reactor, uint32_t left, uint64_t deadline)
{
	(void)spindle_run_queue_exit_threads(
		reactor->queue, left > 1 ? spdk_thread_get_app_thread() : NULL, deadline);
}

/* On the main reactor: a turn of each that has no OS thread. How many things were done. */
static uint32_t
turn_orphans(uint32_t left, uint64_t deadline)
{
	struct reactor *main_reactor = t_reactor;
	uint32_t core, done = 0;

	SPDK_ENV_FOREACH_CORE (core) {
		struct reactor *reactor = reactor_of(core);

		if (reactor->is_orphan) {
			t_reactor = reactor;
			tell_to_exit(reactor, left, deadline);
			done += turn(reactor);
		}
	}
	t_reactor = main_reactor;
	return done;
}

/* Turns until the last thread of all reactors is gone. */
static void
leave(struct reactor *reactor)
{
	uint64_t hz = spdk_get_ticks_hz(), start = spdk_get_ticks();
	uint64_t look_ticks = LEAVE_LOOK_US * hz / SPDK_SEC_TO_USEC;
	uint64_t deadline = start + LEFTOVER_SEC * hz;
	uint64_t now = start, next_look = start;
	uint32_t left, done;

	/* So that the run queue knows those that have just come. */
	(void)turn(reactor);
	report_leftovers(reactor);
	while ((left = spdk_thread_get_count()) > 0 && now < start + LEAVE_SEC * hz) {
		if (now >= next_look || left == 1) {
			tell_to_exit(reactor, left, deadline);
			next_look = now + look_ticks;
		}
		done = turn(reactor);
		if (spdk_unlikely(g_has_orphans) && reactor->is_main) {
			done += turn_orphans(left, deadline);
		}
		if (done == 0) {
			rest_until(reactor, now + look_ticks);
		}
		now = spdk_get_ticks();
	}
	if (left == 0) {
		/* The one that saw the last thread go tells those that sleep. */
		wake_all();
	}
}

static int
run(void *arg)
{
	struct reactor *reactor = arg;

	t_reactor = reactor;
	rest_begin(reactor);
	/* Options may have been set before there was a loop to look at them. */
	reactor->next_chore = 0;
	stall_enter(reactor);
	SPDK_INFOLOG(reactor, "The reactor of core %u runs\n", reactor->public.lcore);
	while (spdk_likely(state() == SPDK_REACTOR_STATE_RUNNING)) {
		if (turn(reactor) == 0) {
			rest(reactor);
		} else {
			rest_is_over(reactor);
		}
	}
	leave(reactor);
	stall_leave(reactor);
	event_free_cache();
	t_reactor = NULL;
	return 0;
}

static int
launch_others(void)
{
	uint32_t core;
	int rc = 0;

	SPDK_ENV_FOREACH_CORE (core) {
		if (core == spdk_env_get_main_core()) {
			continue;
		}
		if (rc == 0) {
			rc = spdk_env_thread_launch_pinned(core, run, reactor_of(core));
		}
		if (rc != 0) {
			reactor_of(core)->is_orphan = true;
			g_has_orphans = true;
		}
	}
	return rc;
}

int
reactors_run(void)
{
	int rc;

	if (state() != SPDK_REACTOR_STATE_INITIALIZED) {
		SPDK_ERRLOG("spdk_reactors_start(): the reactors are %s; spdk_reactors_init() must "
			    "come before\n",
			    state() == SPDK_REACTOR_STATE_UNINITIALIZED ? "not initialised" :
									  "started already");
		return -EINVAL;
	}
	if (spdk_env_get_current_core() != spdk_env_get_main_core()) {
		SPDK_ERRLOG("spdk_reactors_start() must be called on the OS thread that called "
			    "spdk_env_init(), which is that of the main core\n");
		return -EINVAL;
	}
	rc = stall_watch_begin();
	if (rc != 0) {
		SPDK_ERRLOG("No OS thread for the watchdog: %s\n", spdk_strerror(-rc));
		return rc;
	}
	g_has_orphans = false;
	set_state(SPDK_REACTOR_STATE_RUNNING);
	rc = launch_others();
	if (rc != 0) {
		/* They still run, and this one, to end the threads that are there already. */
		set_state(SPDK_REACTOR_STATE_EXITING);
		wake_all();
	}
	(void)run(reactor_of(spdk_env_get_main_core()));
	spdk_env_thread_wait_all();
	stall_watch_end();
	set_state(SPDK_REACTOR_STATE_SHUTDOWN);
	return rc;
}

void
spdk_reactors_start(void)
{
	(void)reactors_run(); /* What was wrong has been said, and nobody is listening. */
}

static void
answer(void *arg1, void *arg2)
{
}

static void
all_have_answered(void *arg1, void *arg2)
{
	struct spdk_event *again = NULL;

	if (scheduler_is_in_round()) {
		/* It goes its way around the reactors meanwhile, and no other will begin. */
		again = spdk_event_allocate(t_reactor->public.lcore, all_have_answered, NULL, NULL);
	}
	if (again != NULL) {
		spdk_event_call(again);
		return;
	}
	set_state(SPDK_REACTOR_STATE_EXITING);
	wake_all();
}

void
spdk_reactors_stop(void *arg1)
{
	if (!reactors_are_running()) {
		SPDK_ERRLOG("spdk_reactors_stop(): the reactors are not running\n");
		return;
	}
	atomic_store_explicit(&g_is_stopping, true, memory_order_relaxed);
	/* What was sent to a core before is done before it leaves. */
	spdk_for_each_reactor(answer, NULL, NULL, all_have_answered);
}
