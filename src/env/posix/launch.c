/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OS threads on cores.
 *
 * States of a core:
 *   IDLE      no OS thread.                     -> RUNNING   spdk_env_thread_launch_pinned()
 *   RUNNING   the OS thread is in its function. -> FINISHED  launched_main(), at its end
 *   FINISHED  the OS thread has nothing left to do but to end. -> IDLE  join_finished()
 *
 * Invariant: all states are guarded by g_lock. An OS thread does not take it again once it is
 * FINISHED, so joining such a one under the lock takes no time.
 *
 * An OS thread for each launch, instead of one that is kept: "has ended" then means what it says,
 * thread-local data of the function included, and a launch happens once in the life of a reactor.
 */
#include "env/posix/launch.h"
#include "env/env_internal.h"
#include "env/posix/lcore.h"
#include "spdk/env.h"
#include "spdk/log.h"

enum launch_state {
	LAUNCH_IDLE,
	LAUNCH_RUNNING,
	LAUNCH_FINISHED,
};

struct launch {
	enum launch_state state;
	uint32_t core;
	pthread_t thread;
	thread_start_fn fn;
	void *arg;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_finished_cond = PTHREAD_COND_INITIALIZER;
static struct launch g_launches[CORE_LIMIT];
/* Set on an OS thread that was launched here. */
static __thread bool t_is_launched;

static void *
launched_main(void *arg)
{
	struct launch *launch = arg;
	char name[16];

	t_is_launched = true;
	snprintf(name, sizeof(name), "lcore_%u", launch->core);
	(void)pthread_setname_np(pthread_self(), name); /* The name is for people who look. */
	lcore_enter(launch->core);
	(void)launch->fn(launch->arg); /* Nobody asks for it: env.h says that it is ignored. */

	pthread_mutex_lock(&g_lock);
	launch->state = LAUNCH_FINISHED;
	pthread_cond_broadcast(&g_finished_cond);
	pthread_mutex_unlock(&g_lock);
	return NULL;
}

/* Under g_lock. */
static void
join_finished(struct launch *launch)
{
	if (launch->state == LAUNCH_FINISHED) {
		pthread_join(launch->thread, NULL);
		launch->state = LAUNCH_IDLE;
	}
}

/* Under g_lock. */
static int
launch_start(struct launch *launch)
{
	int rc;

	launch->state = LAUNCH_RUNNING;
	rc = pthread_create(&launch->thread, NULL, launched_main, launch);
	if (rc != 0) {
		launch->state = LAUNCH_IDLE;
		SPDK_ERRLOG("The kernel gives no OS thread for core %u: %s. See the limits of this "
			    "user and its cgroup (ulimit -u, pids.max).\n",
			    launch->core, strerror(rc));
		return -rc;
	}
	return 0;
}

int
spdk_env_thread_launch_pinned(uint32_t core, thread_start_fn fn, void *arg)
{
	struct launch *launch;
	int rc;

	if (spdk_env_get_core_count() == 0) {
		SPDK_ERRLOG("There are no cores to launch on before spdk_env_init(), or "
			    "spdk_app_start(), has set them up.\n");
		return -EINVAL;
	}
	if (fn == NULL || !lcore_exists(core)) {
		SPDK_ERRLOG("Cannot launch on core %u: %s.\n", core,
			    fn == NULL ? "the function is NULL" :
					 "it is not in the core mask given to spdk_env_init()");
		return -EINVAL;
	}
	if (core == spdk_env_get_main_core()) {
		SPDK_ERRLOG(
			"Cannot launch on core %u: it is the main core, and its OS thread is the "
			"one that called spdk_env_init(). Call the function there.\n",
			core);
		return -EINVAL;
	}
	pthread_mutex_lock(&g_lock);
	launch = &g_launches[core];
	join_finished(launch);
	if (launch->state == LAUNCH_RUNNING) {
		pthread_mutex_unlock(&g_lock);
		SPDK_ERRLOG("Cannot launch on core %u: the OS thread launched there before has not "
			    "ended. spdk_env_thread_wait_all() waits for it.\n",
			    core);
		return -EBUSY;
	}
	launch->core = core;
	launch->fn = fn;
	launch->arg = arg;
	rc = launch_start(launch);
	pthread_mutex_unlock(&g_lock);
	return rc;
}

void
spdk_env_thread_wait_all(void)
{
	uint32_t core;

	if (t_is_launched) {
		SPDK_ERRLOG(
			"spdk_env_thread_wait_all() called on core %u, whose OS thread it would "
			"wait for. Call it on the main core.\n",
			spdk_env_get_current_core());
		return;
	}
	pthread_mutex_lock(&g_lock);
	SPDK_ENV_FOREACH_CORE (core) {
		while (g_launches[core].state == LAUNCH_RUNNING) {
			pthread_cond_wait(&g_finished_cond, &g_lock);
		}
		join_finished(&g_launches[core]);
	}
	pthread_mutex_unlock(&g_lock);
}

void
launch_get_running(struct core_set *out_cores)
{
	uint32_t core;

	memset(out_cores, 0, sizeof(*out_cores));
	pthread_mutex_lock(&g_lock);
	SPDK_ENV_FOREACH_CORE (core) {
		join_finished(&g_launches[core]);
		if (g_launches[core].state == LAUNCH_RUNNING) {
			core_set_add(out_cores, core);
		}
	}
	pthread_mutex_unlock(&g_lock);
}

int
spdk_get_tid(void)
{
	return (int)syscall(SYS_gettid);
}

void
env_thread_ref_self(struct env_thread_ref *out_ref)
{
	out_ref->tid = spdk_get_tid();
}
