/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * More reactors than CPUs: those that look for work lend the CPU to one another in between. The
 * process has one CPU here, as where a cgroup or taskset gives it no more.
 */
#include "env/env_internal.h"
#include "runtime/reactor/reactor_fixture.h"
#include "spindle/reactor.h"
#include "spindle/thread.h"

#include <sched.h>

#define BOUNCES 2000
/* What the kernel lets one have before the other, if it does not yield, is 1 ms at the least. */
#define BOUNCES_MS_MAX 1000

static cpu_set_t g_before;
static struct spdk_thread *g_players[2];
static uint32_t g_bounces;
static uint64_t g_start;
static uint64_t g_took;

static int
have_one_cpu(void **state)
{
	cpu_set_t one;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(g_before), &g_before), 0);
	while (!CPU_ISSET(cpu, &g_before)) {
		cpu++;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one);
}

static int
have_all_cpus(void **state)
{
	set_rest(false, SPINDLE_REST_SPIN_US);
	return sched_setaffinity(0, sizeof(g_before), &g_before);
}

static void
bounce(void *arg)
{
	if (++g_bounces == BOUNCES) {
		g_took = spdk_get_ticks() - g_start;
		assert_int_equal(spdk_thread_send_msg(g_players[1], exit_current, NULL), 0);
		spdk_reactors_stop(NULL);
		return;
	}
	assert_int_equal(spdk_thread_send_msg(g_players[g_bounces % 2], bounce, NULL), 0);
}

static void
start_game(void *arg)
{
	assert_true(env_core_is_shared(0));
	assert_true(env_core_is_shared(1));
	g_players[0] = spdk_get_thread();
	g_players[1] = thread_on("player", "0x2");
	g_bounces = 0;
	g_start = spdk_get_ticks();
	bounce(NULL);
}

static void
start_eager_game(void *arg)
{
	assert_int_equal(spindle_thread_set_rest(spdk_get_thread(), SPINDLE_REST_NEVER), 0);
	start_game(NULL);
}

static void
check_game(spdk_msg_fn fn)
{
	uint32_t tries = 0;

	/* The CPU may be wanted by others as well. */
	do {
		reactors_run_once("0x3", fn, NULL);
	} while (g_took * 1000 / spdk_get_ticks_hz() > BOUNCES_MS_MAX && ++tries < 5);
	assert_in_range(g_took * 1000 / spdk_get_ticks_hz(), 0, BOUNCES_MS_MAX);
}

static void
reactors_that_never_rest_lend_the_cpu(void **state)
{
	set_rest(true, SPINDLE_REST_SPIN_US);
	check_game(start_game);
}

static void
reactors_that_spin_lend_the_cpu(void **state)
{
	set_rest(false, 1000000);
	check_game(start_game);
}

static void
a_reactor_kept_awake_by_a_thread_lends_the_cpu(void **state)
{
	set_rest(false, SPINDLE_REST_SPIN_US);
	check_game(start_eager_game);
}

#define SHARED_TEST(fn) cmocka_unit_test_setup_teardown(fn, have_one_cpu, have_all_cpus)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHARED_TEST(reactors_that_never_rest_lend_the_cpu),
		SHARED_TEST(reactors_that_spin_lend_the_cpu),
		SHARED_TEST(a_reactor_kept_awake_by_a_thread_lends_the_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
