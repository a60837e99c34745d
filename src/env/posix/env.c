/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and end of the environment.
 *
 * States:
 *   DOWN  nothing is held but the options of the last start.  -> UP    spdk_env_init()
 *   UP    lcores, memory and PCI are there.                   -> DOWN  spdk_env_fini()
 *
 * Invariant: a start that fails leaves nothing behind, and the options of the last good one.
 */
#include "spdk/env.h"
#include "env/posix/env_opts.h"
#include "env/posix/launch.h"
#include "env/posix/lcore.h"
#include "env/posix/pci_internal.h"
#include "env/posix/posix_internal.h"
#include "env/posix/ticks.h"
#include "spdk/log.h"

#define CORES_TEXT_SIZE 80

/* Two OS threads may want to start the environment; everything here is under this lock. */
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static bool g_is_up;
static struct spdk_env_opts *g_last_opts;

/* Under g_lock. */
static int
start_cores(const struct spdk_env_opts *opts)
{
	struct core_list *list;
	uint32_t main_core;
	int rc;

	/* Not zeroed: most of it stays untouched. */
	list = malloc(sizeof(*list));
	if (list == NULL) {
		return -ENOMEM;
	}
	rc = env_opts_cores(opts, list, &main_core);
	if (rc == 0) {
		lcore_table_init(list, main_core);
	}
	free(list);
	return rc;
}

/* Under g_lock. */
static int
start(const struct spdk_env_opts *opts)
{
	int rc;

	ticks_prepare();
	rc = env_opts_check(opts);
	if (rc != 0) {
		return rc;
	}
	rc = start_cores(opts);
	if (rc != 0) {
		return rc;
	}
	rc = memory_init(opts);
	if (rc != 0) {
		goto stop_cores;
	}
	rc = pci_init(opts);
	if (rc != 0) {
		goto stop_memory;
	}
	/* The tick rate is measured by now, so that the first one to need it does not pay for that.
	 */
	(void)spdk_get_ticks_hz();
	return 0;

stop_memory:
	memory_fini();
stop_cores:
	lcore_table_fini();
	lcore_table_forget();
	return rc;
}

/* Under g_lock. A copy of `opts`, or the last ones when it is NULL. */
static int
take_opts(const struct spdk_env_opts *opts, struct spdk_env_opts **out_opts)
{
	if (g_is_up) {
		SPDK_ERRLOG("The environment is up already. Call spdk_env_fini() before the next "
			    "spdk_env_init().\n");
		return -EALREADY;
	}
	if (opts == NULL && g_last_opts == NULL) {
		SPDK_ERRLOG(
			"opts is NULL: that is only for starting again after spdk_env_fini(). Use "
			"spdk_env_opts_init() to make options for the first start.\n");
		return -EINVAL;
	}
	return env_opts_copy(opts != NULL ? opts : g_last_opts, out_opts);
}

int
spdk_env_init(const struct spdk_env_opts *opts)
{
	struct spdk_env_opts *own_opts;
	int rc;

	pthread_mutex_lock(&g_lock);
	rc = take_opts(opts, &own_opts);
	if (rc != 0) {
		goto unlock;
	}
	rc = start(own_opts);
	if (rc != 0) {
		env_opts_free(own_opts);
		goto unlock;
	}
	env_opts_free(g_last_opts);
	g_last_opts = own_opts;
	g_is_up = true;

unlock:
	pthread_mutex_unlock(&g_lock);
	return rc;
}

void
spdk_env_fini(void)
{
	char text[CORES_TEXT_SIZE];
	struct core_set running;

	pthread_mutex_lock(&g_lock);
	if (!g_is_up) {
		SPDK_ERRLOG(
			"spdk_env_fini() without a spdk_env_init() that went well before it.\n");
		goto unlock;
	}
	launch_get_running(&running);
	if (core_set_count(&running) > 0) {
		/* Going on would take the memory away under the functions that run there. */
		SPDK_ERRLOG(
			"spdk_env_fini() does nothing while functions of "
			"spdk_env_thread_launch_pinned() run on core(s) %s. Let them end, and call "
			"spdk_env_thread_wait_all() first.\n",
			core_set_format(&running, text, sizeof(text)));
		goto unlock;
	}
	pci_fini();
	memory_fini();
	lcore_table_fini();
	g_is_up = false;

unlock:
	pthread_mutex_unlock(&g_lock);
}

bool
spdk_process_is_primary(void)
{
	return true;
}
