/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stalls: a message, poller or event that runs for so long that its reactor does nothing else. The
 * watchdog, which looks about once a second, sees that neither turns nor runs are counted any more,
 * asks the OS thread where it is, and says so. Unless it has not been given a CPU: then it is not
 * to blame, wherever it is.
 *
 * The lock keeps a loop from ending while its OS thread is being asked.
 */
#include "base/log/symbolize.h"
#include "runtime/reactor/reactor_internal.h"
#include "spdk/string.h"
#include "spdk/util.h"

#define FRAMES_SHOWN 12
/* Parts of a stall that an OS thread has waited for a CPU: not to blame for it; worth a word. */
#define STARVED 0.9
#define DELAYED 0.1

/* A watchdog that is so much later than it should be was stopped itself, and so were the reactors.
 */
#define LATE_MS (2 * ENV_WATCH_PERIOD_MS)

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
/* The watchdog's; 0: none yet. */
static uint64_t g_last_look;

struct stall {
	struct reactor *reactor;
	const void *function;
	double seconds;
	struct activity_names names;
	struct env_backtrace backtrace;
	int rc;                /* of the backtrace */
	double waited_seconds; /* for a CPU */
};

/* In the signal handler of the stalled OS thread. */
static void
note_names(void *arg)
{
	activity_get_names(arg);
}

/* What it is in: "poller 'x' (function at file:line) of thread 'y'", as far as it is known. */
static void
describe(const struct stall *stall, char *out, size_t size)
{
	const struct activity_names *names = &stall->names;
	char function[SYMBOLIZE_SIZE] = "an unknown function";
	char poller[sizeof(names->poller) + 16] = "";
	char thread[sizeof(names->thread) + 16] = "";

	if (stall->function != NULL) {
		symbolize_exactly(stall->function, function, sizeof(function));
	}
	if (names->poller[0] != '\0') {
		snprintf(poller, sizeof(poller), "poller '%s', ", names->poller);
	}
	if (names->thread[0] != '\0') {
		snprintf(thread, sizeof(thread), " of thread '%s'", names->thread);
	}
	snprintf(out, size, "%s%s%s", poller, function, thread);
}

static void
report_frames(const struct env_backtrace *backtrace)
{
	char place[SYMBOLIZE_SIZE];
	uint32_t i;

	for (i = 0; i < backtrace->frame_count && i < FRAMES_SHOWN; i++) {
		if (i == 0) {
			symbolize_exactly(backtrace->frames[i], place, sizeof(place));
		} else {
			symbolize(backtrace->frames[i], place, sizeof(place));
		}
		SPDK_ERRLOG("  #%u %s\n", i, place);
	}
}

static void
report(const struct stall *stall)
{
	char what[3 * SYMBOLIZE_SIZE], waited[64] = "";

	describe(stall, what, sizeof(what));
	if (stall->waited_seconds > STARVED * stall->seconds) {
		SPDK_ERRLOG("Reactor %u has been in %s for %.1f s, of which it waited %.1f s for a "
			    "CPU: others run on its core, or a quota is used up. Give it a core "
			    "of its own (-m), or the process more time.\n",
			    stall->reactor->public.lcore, what, stall->seconds,
			    stall->waited_seconds);
		return;
	}
	if (stall->waited_seconds > DELAYED * stall->seconds) {
		snprintf(waited, sizeof(waited), ", of which it waited %.1f s for a CPU",
			 stall->waited_seconds);
	}
	if (stall->rc == 0 && stall->backtrace.frame_count == 0) {
		SPDK_ERRLOG("Reactor %u has been in %s for %.1f s, and sleeps in %s. Nothing else "
			    "runs on its core meanwhile: messages, pollers and events must not "
			    "wait, but return and go on in a later one.\n",
			    stall->reactor->public.lcore, what, stall->seconds,
			    stall->backtrace.syscall_name[0] != '\0' ?
				    stall->backtrace.syscall_name :
				    "the kernel");
		return;
	}
	SPDK_ERRLOG(
		"Reactor %u has been in %s for %.1f s%s. Nothing else runs on its core meanwhile: "
		"messages, pollers and events should return within microseconds, and go on in "
		"a later one.%s\n",
		stall->reactor->public.lcore, what, stall->seconds, waited,
		stall->rc == 0 ? " It is at:" : "");
	if (stall->rc == 0) {
		report_frames(&stall->backtrace);
	}
}

/* How long it has wanted to run since it was first seen where it is, and others ran. */
static double
waited_seconds(const struct reactor *reactor, double seconds)
{
	const struct env_thread_times *before = &reactor->look.times;
	struct env_thread_times times;
	double waited;

	if (before->run_ns == 0 || !env_thread_get_times(&reactor->os_thread, &times)) {
		return 0;
	}
	waited = (double)(times.wait_ns - before->wait_ns) / 1e9;
	if (times.is_ready) {
		/* The wait that has not ended yet does not count there. */
		waited = spdk_max(waited, seconds - (double)(times.run_ns - before->run_ns) / 1e9);
	}
	return spdk_min(waited, seconds);
}

static void
begin_look(struct reactor *reactor, uint64_t turns, uint64_t count, uint64_t now)
{
	struct stall_look *look = &reactor->look;

	*look = (struct stall_look){.turns = turns, .count = count, .since = now};
	(void)env_thread_get_times(&reactor->os_thread, &look->times);
}

/* Whether it has stood still since the last look, and it is time to say so again. */
static bool
is_to_be_reported(struct reactor *reactor, uint64_t now)
{
	uint64_t turns = atomic_load_explicit(&reactor->turns, memory_order_relaxed);
	uint64_t count = atomic_load_explicit(&reactor->activity->count, memory_order_relaxed);
	struct stall_look *look = &reactor->look;

	if (atomic_load_explicit(&reactor->is_asleep, memory_order_relaxed)) {
		look->since = 0;
		return false;
	}
	if (look->turns != turns || look->count != count || look->since == 0) {
		begin_look(reactor, turns, count, now);
		return false;
	}
	if (now < look->next_report) {
		return false;
	}
	/* Twice as late each time: what goes on for an hour need not be said every second. */
	look->next_report = now + (now - look->since);
	return true;
}

static void
look_at(struct reactor *reactor, uint64_t now)
{
	struct stall stall = {.reactor = reactor};
	struct env_backtrace_request request = {
		.thread = reactor->os_thread,
		.note = note_names,
		.arg = &stall.names,
	};

	if (reactor->activity == NULL || !is_to_be_reported(reactor, now)) {
		return;
	}
	stall.function = atomic_load_explicit(&reactor->activity->function, memory_order_relaxed);
	stall.seconds = (double)(now - reactor->look.since) / (double)spdk_get_ticks_hz();
	stall.waited_seconds = waited_seconds(reactor, stall.seconds);
	stall.rc = env_backtrace_with_note(&request, &stall.backtrace);
	report(&stall);
}

/* SIGSTOP, a suspended machine: what was seen before says nothing about how long it took since. */
static bool
was_stopped(uint64_t now)
{
	uint64_t before = g_last_look;

	g_last_look = now;
	return before != 0 && now - before > LATE_MS * spdk_get_ticks_hz() / SPDK_SEC_TO_MSEC;
}

static void
look_at_all(void *arg, uint64_t now)
{
	bool is_new = was_stopped(now);
	uint32_t core;

	pthread_mutex_lock(&g_lock);
	SPDK_ENV_FOREACH_CORE (core) {
		if (is_new) {
			reactor_of(core)->look.since = 0;
		}
		look_at(reactor_of(core), now);
	}
	pthread_mutex_unlock(&g_lock);
}

static struct env_watch g_watch = {.check = look_at_all};

int
stall_watch_begin(void)
{
	g_last_look = 0;
	return env_watch_add(&g_watch);
}

void
stall_watch_end(void)
{
	env_watch_remove(&g_watch);
}

void
stall_enter(struct reactor *reactor)
{
	pthread_mutex_lock(&g_lock);
	env_thread_ref_self(&reactor->os_thread);
	reactor->activity = &t_activity;
	reactor->look.since = 0;
	pthread_mutex_unlock(&g_lock);
}

void
stall_leave(struct reactor *reactor)
{
	pthread_mutex_lock(&g_lock);
	reactor->activity = NULL;
	pthread_mutex_unlock(&g_lock);
}
