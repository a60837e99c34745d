/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"

#include <stdatomic.h>

#define THREADS 12
#define CORES   4

static struct spdk_thread *g_threads[THREADS];
static _Atomic uint32_t g_on_core[CORES];
static _Atomic uint32_t g_left;

static void
count_core(void *arg)
{
	g_on_core[spdk_env_get_current_core()]++;
	spdk_thread_exit(spdk_get_thread());
	if (atomic_fetch_sub(&g_left, 1) == 1) {
		spdk_reactors_stop(NULL);
	}
}

/* All at once, so that an exit makes no room for the next. */
static void
place_many(void *arg)
{
	uint32_t i;

	memset((void *)g_on_core, 0, sizeof(g_on_core));
	g_left = THREADS;
	for (i = 0; i < THREADS; i++) {
		g_threads[i] = thread_on("many", arg);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(spdk_thread_send_msg(g_threads[i], count_core, NULL), 0);
	}
}

static void
threads_are_spread_over_all_cores(void **state)
{
	reactors_run_once("0xf", place_many, NULL);
	assert_int_equal(g_on_core[0] + g_on_core[1] + g_on_core[2] + g_on_core[3], THREADS);
	for (uint32_t i = 0; i < CORES; i++) {
		assert_in_range(g_on_core[i], THREADS / CORES - 1, THREADS / CORES + 1);
	}
}

static void
threads_run_only_where_their_cpumask_allows(void **state)
{
	char mask[] = "0xa";

	reactors_run_once("0xf", place_many, mask);
	assert_int_equal(g_on_core[1], THREADS / 2);
	assert_int_equal(g_on_core[3], THREADS / 2);
}

static void
a_cpumask_without_a_core_of_ours_is_explained(void **state)
{
	char mask[] = "[64]";

	log_capture_start();
	reactors_run_once("0x3", place_many, mask);
	assert_true(log_captured("'many'", "none of the cores in its cpumask", "-m", NULL));
	spdk_log_close();
	assert_int_equal(g_on_core[0] + g_on_core[1], THREADS);
}

static uint32_t g_cores_seen[3];

static void
see_third(void *arg)
{
	g_cores_seen[2] = spdk_env_get_current_core();
	spdk_thread_exit(spdk_get_thread());
	spdk_reactors_stop(NULL);
}

static void
see_second(void *arg)
{
	struct spdk_cpuset cpumask;

	g_cores_seen[1] = spdk_env_get_current_core();
	/* It may stay, so it does. */
	assert_int_equal(spdk_cpuset_parse(&cpumask, "0x6"), 0);
	assert_int_equal(spdk_thread_set_cpumask(&cpumask), 0);
	assert_int_equal(spdk_thread_send_msg(spdk_get_thread(), see_third, NULL), 0);
}

static void
see_first(void *arg)
{
	struct spdk_cpuset cpumask;

	g_cores_seen[0] = spdk_env_get_current_core();
	assert_int_equal(spdk_cpuset_parse(&cpumask, "0x4"), 0);
	assert_int_equal(spdk_thread_set_cpumask(&cpumask), 0);
	assert_int_equal(spdk_thread_send_msg(spdk_get_thread(), see_second, NULL), 0);
}

static void
start_wanderer(void *arg)
{
	assert_int_equal(spdk_thread_send_msg(thread_on("wanderer", "0x2"), see_first, NULL), 0);
}

static void
a_new_cpumask_moves_a_thread_only_if_it_must(void **state)
{
	static const uint32_t expected[] = {1, 2, 2};

	reactors_run_once("0x7", start_wanderer, NULL);
	assert_memory_equal(g_cores_seen, expected, sizeof(expected));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_spread_over_all_cores),
		cmocka_unit_test(threads_run_only_where_their_cpumask_allows),
		cmocka_unit_test(a_cpumask_without_a_core_of_ours_is_explained),
		cmocka_unit_test(a_new_cpumask_moves_a_thread_only_if_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
