/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decisions on made-up loads. Cores are those of an environment, of which only the numbers matter.
 */
#include "modules/scheduler/balance.h"
#include "spdk/env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CORES        3
#define THREADS_EACH 8

static const struct balance_opts g_opts = {.load_limit = 20, .core_limit = 80, .core_busy = 95};
static struct spdk_scheduler_core_info g_cores[CORES];
static struct spdk_scheduler_thread_info g_infos[CORES][THREADS_EACH];
static uint32_t g_load[CORES];
/* Ids of threads that may run on core 2 only. */
static uint64_t g_bound_to_2 = UINT64_MAX;

static bool
may_run(uint64_t thread_id, uint32_t lcore)
{
	return thread_id != g_bound_to_2 || lcore == 2;
}

/* A core of 100 ticks; `loads` ends with -1. Ids: core * 10 + place. */
static void
fill(uint32_t lcore, const int *loads)
{
	struct spdk_scheduler_core_info *core = &g_cores[lcore];
	uint64_t busy = 0;
	uint32_t i;

	for (i = 0; loads[i] >= 0; i++) {
		g_infos[lcore][i] = (struct spdk_scheduler_thread_info){
			.lcore = lcore,
			.thread_id = lcore * 10 + i,
			.current_stats.busy_tsc = (uint64_t)loads[i],
		};
		busy += (uint64_t)loads[i];
	}
	*core = (struct spdk_scheduler_core_info){
		.lcore = lcore,
		.threads_count = i,
		.thread_infos = g_infos[lcore],
		.current_busy_tsc = busy,
		.current_idle_tsc = 100 - busy,
	};
}

#define LOADS(...) ((const int[]){__VA_ARGS__ __VA_OPT__(, ) - 1})

static void
balance(void)
{
	const struct balance_input input = {
		.opts = &g_opts,
		.cores = g_cores,
		.count = CORES,
		.main_core = 0,
		.may_run = may_run,
	};

	assert_int_equal(balance_threads(&input, g_load), 0);
}

/* Where the threads of a core are now. */
static void
check(uint32_t lcore, const int *expected)
{
	uint32_t i;

	for (i = 0; i < g_cores[lcore].threads_count; i++) {
		assert_int_equal(g_infos[lcore][i].lcore, expected[i]);
	}
}

static void
an_even_load_is_left_alone(void **state)
{
	fill(0, LOADS(60));
	fill(1, LOADS(60));
	fill(2, LOADS(30, 30));
	balance();
	check(0, LOADS(0));
	check(1, LOADS(1));
	check(2, LOADS(2, 2));
	assert_int_equal(g_load[2], 60);
}

static void
threads_of_an_overloaded_core_are_spread(void **state)
{
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS());
	balance();
	check(0, LOADS(1, 0));
	assert_int_equal(g_load[0], 50);
	assert_int_equal(g_load[1], 50);
}

static void
a_thread_alone_stays_however_busy(void **state)
{
	fill(0, LOADS(100));
	fill(1, LOADS());
	fill(2, LOADS());
	balance();
	check(0, LOADS(0));
}

static void
a_move_that_only_swaps_the_burden_is_not_made(void **state)
{
	/* All full: nowhere is better. */
	fill(0, LOADS(50, 50));
	fill(1, LOADS(50, 50));
	fill(2, LOADS(50, 50));
	balance();
	check(0, LOADS(0, 0));
	check(1, LOADS(1, 1));
	check(2, LOADS(2, 2));
}

static void
a_full_core_gives_only_what_fits_elsewhere(void **state)
{
	/* Above the limit, not overloaded: 45 does not fit on core 1 within 80, but on core 2. */
	fill(0, LOADS(45, 45));
	fill(1, LOADS(40));
	fill(2, LOADS(30));
	balance();
	check(0, LOADS(2, 0));
	fill(0, LOADS(45, 45));
	fill(2, LOADS(40));
	balance();
	check(0, LOADS(0, 0));
}

static void
idle_threads_gather_on_the_main_core_while_there_is_room(void **state)
{
	fill(0, LOADS(70));
	fill(1, LOADS(0, 5, 9));
	fill(2, LOADS(60, 10));
	balance();
	/* The greatest first: 10 fits, then 9 and 5 do not, and 0 does. */
	check(1, LOADS(0, 1, 1));
	check(2, LOADS(2, 0));
	assert_int_equal(g_load[0], 80);
}

static void
cpumasks_are_kept(void **state)
{
	g_bound_to_2 = 21;
	fill(0, LOADS());
	fill(1, LOADS());
	fill(2, LOADS(49, 50, 1));
	balance();
	g_bound_to_2 = UINT64_MAX;
	/* Not 21, the greatest, but the other. */
	check(2, LOADS(0, 2, 0));
}

static void
isolated_cores_get_nothing(void **state)
{
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	fill(2, LOADS());
	g_cores[1].isolated = true;
	balance();
	check(0, LOADS(2, 0));
}

static void
a_core_that_measured_nothing_is_empty(void **state)
{
	fill(0, LOADS(50, 50));
	fill(1, LOADS());
	g_cores[1].current_idle_tsc = 0;
	fill(2, LOADS(50, 50));
	balance();
	check(0, LOADS(1, 0));
}

static int
start_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.core_mask = "0x7";
	return spdk_env_init(&opts);
}

static int
stop_env(void **state)
{
	spdk_env_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_even_load_is_left_alone),
		cmocka_unit_test(threads_of_an_overloaded_core_are_spread),
		cmocka_unit_test(a_thread_alone_stays_however_busy),
		cmocka_unit_test(a_move_that_only_swaps_the_burden_is_not_made),
		cmocka_unit_test(a_full_core_gives_only_what_fits_elsewhere),
		cmocka_unit_test(idle_threads_gather_on_the_main_core_while_there_is_room),
		cmocka_unit_test(cpumasks_are_kept),
		cmocka_unit_test(isolated_cores_get_nothing),
		cmocka_unit_test(a_core_that_measured_nothing_is_empty),
	};

	return cmocka_run_group_tests(tests, start_env, stop_env);
}
