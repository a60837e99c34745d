/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything can be started, stopped and started again in one process: environment, OS threads on
 * cores, thread library, run queues; with other cores each time, also more of them than there are
 * CPUs. Nothing grows from one time to the next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spdk/env.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spindle/run_queue.h"

#define CORES_MAX 8

static struct spindle_run_queue *g_queues[CORES_MAX];
static struct spdk_thread *g_threads[CORES_MAX];
static uint32_t g_visited;
static uint32_t g_core_count;

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

/* From thread to thread, each on a core of its own. */
static void
visit(void *arg)
{
	uint32_t index = (uint32_t)(uintptr_t)arg, i;

	g_visited++;
	if (index + 1 < g_core_count) {
		spdk_thread_send_msg(g_threads[index + 1], visit, (void *)(uintptr_t)(index + 1));
		return;
	}
	for (i = 0; i < g_core_count; i++) {
		spdk_thread_send_msg(g_threads[i], leave, NULL);
	}
}

static int
reactor_run(void *arg)
{
	struct spindle_run_queue *queue = arg;

	while (spdk_thread_get_count() != 0) {
		if (spindle_run_queue_turn(queue) == 0) {
			spindle_run_queue_park(queue, spdk_get_ticks() + spdk_get_ticks_hz() / 200);
		}
	}
	return 0;
}

static void
run_once(const char *core_mask, uint32_t core_count)
{
	struct spdk_env_opts opts;
	uint32_t core, i = 0;

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.name = "restart_test";
	opts.core_mask = core_mask;
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_int_equal(spdk_env_get_core_count(), core_count);
	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	g_core_count = core_count;
	g_visited = 0;
	for (i = 0; i < core_count; i++) {
		assert_int_equal(spindle_run_queue_create(&g_queues[i]), 0);
		g_threads[i] = spdk_thread_create(NULL, NULL);
		assert_non_null(g_threads[i]);
		assert_int_equal(spindle_run_queue_add(g_queues[i], g_threads[i]), 0);
	}
	assert_int_equal(spdk_thread_get_id(g_threads[0]), 1);
	spdk_thread_send_msg(g_threads[0], visit, NULL);
	i = 1;
	SPDK_ENV_FOREACH_CORE (core) {
		if (core != spdk_env_get_main_core()) {
			assert_int_equal(
				spdk_env_thread_launch_pinned(core, reactor_run, g_queues[i++]), 0);
		}
	}
	reactor_run(g_queues[0]);
	spdk_env_thread_wait_all();
	assert_int_equal(g_visited, core_count);
	for (i = 0; i < core_count; i++) {
		assert_int_equal(spindle_run_queue_destroy(g_queues[i]), 0);
	}
	spdk_thread_lib_fini();
	spdk_env_fini();
}

static uint32_t
count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	uint32_t count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

static void
all_can_be_started_and_stopped_again(void **state)
{
	uint32_t fds, i;

	run_once("0xff", 8);
	fds = count_fds();
	for (i = 0; i < 3; i++) {
		run_once("0x3", 2);
		run_once("[1]", 1);
		run_once("[0,2-4]", 4);
	}
	assert_int_equal(count_fds(), fds);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_can_be_started_and_stopped_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
