/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watchdog: the one OS thread that looks, once a second, for what code that never runs cannot
 * report.
 *
 * Invariants:
 *  1. g_lifecycle_lock is held by whoever adds or removes, from start to end, so the OS thread is
 *     started and joined by one at a time. The watchdog itself never takes it.
 *  2. g_list_lock guards the list and is held while checks run: a check that has been removed is
 *     not running. Order: g_lifecycle_lock, then g_list_lock.
 *  3. The OS thread exists exactly while the list is not empty.
 *
 * After fork(2) the child has the list but not the OS thread. It may remove what is on the list,
 * and once that is empty, add again; checks do not run in it before that. A fork in the middle of a
 * check leaves the child with a locked list: the child should go on to exec, as threaded programs
 * must.
 */
#include "env/env_internal.h"
#include "spdk/env.h"

static pthread_mutex_t g_lifecycle_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t g_list_lock = PTHREAD_MUTEX_INITIALIZER;
/* Under g_list_lock. */
static struct env_watch *g_watches;
static bool g_must_stop;
/* Under g_lifecycle_lock. Made anew for each OS thread, as it has its own clock. */
static pthread_cond_t g_stop_cond;
static pthread_t g_watchdog;
static pid_t g_watchdog_pid;

static void
timespec_add_ms(struct timespec *time, long ms)
{
	time->tv_sec += ms / 1000;
	time->tv_nsec += ms % 1000 * 1000000;
	if (time->tv_nsec >= 1000000000) {
		time->tv_sec++;
		time->tv_nsec -= 1000000000;
	}
}

static void *
watchdog_run(void *arg)
{
	struct env_watch *watch;
	struct timespec wake_time;
	uint64_t now;

	(void)pthread_setname_np(pthread_self(), "watchdog"); /* The name is for people who look. */
	/* It must be heard when the core that started it is the one that hangs. */
	spdk_unaffinitize_thread();
	pthread_mutex_lock(&g_list_lock);
	while (!g_must_stop) {
		/* Counted from now: after a long stop (SIGSTOP, suspend) there is nothing to catch
		 * up with. */
		clock_gettime(CLOCK_MONOTONIC, &wake_time);
		timespec_add_ms(&wake_time, ENV_WATCH_PERIOD_MS);
		while (!g_must_stop && pthread_cond_timedwait(&g_stop_cond, &g_list_lock,
							      &wake_time) != ETIMEDOUT) {
		}
		if (g_must_stop) {
			break;
		}
		now = spdk_get_ticks();
		for (watch = g_watches; watch != NULL; watch = watch->next) {
			watch->check(watch->arg, now);
		}
	}
	pthread_mutex_unlock(&g_list_lock);
	return NULL;
}

/* Under g_lifecycle_lock. */
static int
watchdog_start(void)
{
	pthread_condattr_t attr;
	sigset_t all, saved;
	int rc;

	g_must_stop = false;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = pthread_cond_init(&g_stop_cond, &attr);
	pthread_condattr_destroy(&attr);
	if (rc != 0) {
		return -rc;
	}
	/* The new thread inherits the mask, so it never sees a signal of the program. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	rc = pthread_create(&g_watchdog, NULL, watchdog_run, NULL);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	if (rc != 0) {
		pthread_cond_destroy(&g_stop_cond);
		return -rc;
	}
	g_watchdog_pid = getpid();
	return 0;
}

/* Under g_lifecycle_lock, with an empty list. */
static void
watchdog_stop(void)
{
	if (g_watchdog_pid != getpid()) {
		/* The OS thread was left behind in the process that forked this one. */
		return;
	}
	pthread_mutex_lock(&g_list_lock);
	g_must_stop = true;
	pthread_cond_signal(&g_stop_cond);
	pthread_mutex_unlock(&g_list_lock);
	pthread_join(g_watchdog, NULL);
	pthread_cond_destroy(&g_stop_cond);
}

int
env_watch_add(struct env_watch *watch)
{
	bool was_empty;
	int rc = 0;

	pthread_mutex_lock(&g_lifecycle_lock);
	was_empty = g_watches == NULL;
	if (was_empty) {
		rc = watchdog_start();
	}
	if (rc == 0) {
		pthread_mutex_lock(&g_list_lock);
		watch->next = g_watches;
		g_watches = watch;
		pthread_mutex_unlock(&g_list_lock);
	}
	pthread_mutex_unlock(&g_lifecycle_lock);
	return rc;
}

void
env_watch_remove(struct env_watch *watch)
{
	struct env_watch **link;
	bool was_found = false;

	pthread_mutex_lock(&g_lifecycle_lock);
	pthread_mutex_lock(&g_list_lock);
	for (link = &g_watches; *link != NULL; link = &(*link)->next) {
		if (*link == watch) {
			*link = watch->next;
			was_found = true;
			break;
		}
	}
	pthread_mutex_unlock(&g_list_lock);
	assert(was_found);
	if (was_found && g_watches == NULL) {
		watchdog_stop();
	}
	pthread_mutex_unlock(&g_lifecycle_lock);
}
