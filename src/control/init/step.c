/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The step under way. It is written by the app thread and read by the watchdog's OS thread, which
 * looks once a second, so that one lock for all of it costs nothing. The lock is held while a step
 * is described: it does not end meanwhile.
 */
#include "control/init/step.h"
#include "control/subsystem.h"
#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/log.h"

#include <pthread.h>

#define TEXT_SIZE 1024

static struct {
	pthread_mutex_t lock;
	bool is_under_way;
	bool is_reported;
	uint64_t since;
	step_describe_fn describe_fn;
	const void *describe_arg;
	/* The rest is the app thread's. */
	uint32_t watchers;
	bool is_watched;
} g_step = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool
had_its_time(uint64_t now)
{
	return now >= g_step.since + SUBSYSTEM_PATIENCE_SEC * spdk_get_ticks_hz();
}

static void
look(void *arg, uint64_t now)
{
	char text[TEXT_SIZE];
	bool is_late;

	pthread_mutex_lock(&g_step.lock);
	is_late = g_step.is_under_way && !g_step.is_reported && had_its_time(now);
	if (is_late) {
		g_step.is_reported = true;
		g_step.describe_fn(g_step.describe_arg, text, sizeof(text));
	}
	pthread_mutex_unlock(&g_step.lock);
	if (is_late) {
		SPDK_ERRLOG("%s\n", text);
	}
}

static struct env_watch g_watch = {.check = look};

void
step_watch_begin(void)
{
	if (g_step.watchers++ > 0) {
		return;
	}
	g_step.is_watched = env_watch_add(&g_watch) == 0;
	if (!g_step.is_watched) {
		SPDK_WARNLOG("No OS thread for the watchdog: a step of the start that does not "
			     "report back will not be named\n");
	}
}

void
step_watch_end(void)
{
	if (--g_step.watchers > 0) {
		return;
	}
	step_end();
	if (g_step.is_watched) {
		env_watch_remove(&g_watch);
	}
}

void
step_begin(step_describe_fn describe_fn, const void *arg)
{
	pthread_mutex_lock(&g_step.lock);
	g_step.describe_fn = describe_fn;
	g_step.describe_arg = arg;
	g_step.since = spdk_get_ticks();
	g_step.is_reported = false;
	g_step.is_under_way = true;
	pthread_mutex_unlock(&g_step.lock);
}

void
step_end(void)
{
	pthread_mutex_lock(&g_step.lock);
	g_step.is_under_way = false;
	pthread_mutex_unlock(&g_step.lock);
}

bool
step_is_overdue(void)
{
	/* `since` is written by this OS thread only. */
	return had_its_time(spdk_get_ticks());
}
