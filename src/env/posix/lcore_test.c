/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where lcores run, which OS thread is on which, and what is said about NUMA nodes and SMT
 * siblings; the latter on machines made up in a folder.
 */
#include "spdk/cpuset.h"
#include "spdk/env.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "env/env_internal.h"
#include "env/posix/fake_sysfs.h"

static void
start_with(const char *mask, const char *map, int main_core)
{
	struct spdk_env_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.core_mask = mask;
	opts.lcore_map = map;
	opts.main_core = main_core;
	opts.no_pci = true;
	assert_int_equal(spdk_env_init(&opts), 0);
}

static int
setup(void **state)
{
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static uint32_t
first_cpu(const cpu_set_t *cpus)
{
	uint32_t cpu = 0;

	while (!CPU_ISSET(cpu, cpus)) {
		cpu++;
	}
	return cpu;
}

static cpu_set_t
affinity(void)
{
	cpu_set_t cpus;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	return cpus;
}

static void
cores_are_walked_in_ascending_order(void **state)
{
	static const uint32_t expected[] = {0, 2, 3, 64, 1023};
	struct spdk_cpuset cpuset, all;
	uint32_t core, i = 0;

	start_with("[64,2-3,1023,0]", NULL, 3);
	assert_int_equal(spdk_env_get_core_count(), 5);
	assert_int_equal(spdk_env_get_first_core(), 0);
	assert_int_equal(spdk_env_get_last_core(), 1023);
	assert_int_equal(spdk_env_get_main_core(), 3);
	assert_int_equal(spdk_env_get_current_core(), 3);
	spdk_cpuset_zero(&all);
	SPDK_ENV_FOREACH_CORE (core) {
		assert_int_equal(core, expected[i++]);
		spdk_cpuset_set_cpu(&all, core, true);
	}
	assert_int_equal(i, 5);
	/* Also from a number that is no core. */
	assert_int_equal(spdk_env_get_next_core(1), 2);
	assert_int_equal(spdk_env_get_next_core(65), 1023);
	assert_int_equal(spdk_env_get_next_core(1023), UINT32_MAX);
	assert_int_equal(spdk_env_get_next_core(1024), UINT32_MAX);
	assert_int_equal(spdk_env_get_next_core(UINT32_MAX), UINT32_MAX);
	spdk_env_get_cpuset(&cpuset);
	assert_true(spdk_cpuset_equal(&cpuset, &all));
	spdk_env_fini();
	log_capture_start();
}

/* Before the first start. */
static void
without_environment_there_are_no_cores(void **state)
{
	struct spdk_cpuset cpuset;
	uint32_t core, count = 0;

	SPDK_ENV_FOREACH_CORE (core) {
		count++;
	}
	assert_int_equal(count, 0);
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_int_equal(spdk_env_get_main_core(), UINT32_MAX);
	assert_int_equal(spdk_env_get_last_core(), UINT32_MAX);
	assert_int_equal(spdk_env_get_next_core(0), UINT32_MAX);
	assert_int_equal(spdk_env_get_current_core(), SPDK_ENV_LCORE_ID_ANY);
	assert_int_equal(spdk_env_get_numa_id(0), SPDK_ENV_NUMA_ID_ANY);
	spdk_env_get_cpuset(&cpuset);
	assert_int_equal(spdk_cpuset_count(&cpuset), 0);
	assert_true(spdk_get_tid() > 0);
}

static void
cores_are_walked_over_after_the_end_and_are_no_cores_any_more(void **state)
{
	static const uint32_t expected[] = {1, 4};
	struct spdk_cpuset cpuset;
	uint32_t core, i = 0;

	start_with("[1,4]", NULL, 4);
	spdk_env_fini();
	SPDK_ENV_FOREACH_CORE (core) {
		assert_true(i < 2);
		assert_int_equal(core, expected[i++]);
		assert_int_equal(spdk_env_get_numa_id(core), SPDK_ENV_NUMA_ID_ANY);
		assert_true(env_core_is_shared(core));
	}
	assert_int_equal(i, 2);
	assert_int_equal(spdk_env_get_last_core(), 4);
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_int_equal(spdk_env_get_main_core(), UINT32_MAX);
	assert_int_equal(spdk_env_get_current_core(), SPDK_ENV_LCORE_ID_ANY);
	spdk_env_get_cpuset(&cpuset);
	assert_int_equal(spdk_cpuset_count(&cpuset), 0);
	assert_true(spdk_env_core_get_smt_cpuset(&cpuset, UINT32_MAX));
	assert_int_equal(spdk_cpuset_count(&cpuset), 0);
	/* The next start has its own. */
	start_with("0x4", NULL, -1);
	assert_int_equal(spdk_env_get_first_core(), 2);
	assert_int_equal(spdk_env_get_next_core(2), UINT32_MAX);
	spdk_env_fini();
}

static void
a_start_that_fails_leaves_no_cores_to_walk_over(void **state)
{
	struct spdk_env_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.core_mask = "0x7";
	opts.mem_size = INT32_MAX; /* MiB */
	assert_true(spdk_env_init(&opts) < 0);
	assert_int_equal(spdk_env_get_first_core(), UINT32_MAX);
	assert_int_equal(spdk_env_get_next_core(0), UINT32_MAX);
	log_capture_start();
}

static void
cores_share_a_cpu_only_where_they_must(void **state)
{
	char map[32];
	cpu_set_t cpus = affinity();
	uint32_t cpu = first_cpu(&cpus);

	snprintf(map, sizeof(map), "0@%u,1@%u", cpu, cpu);
	start_with(NULL, map, -1);
	assert_true(env_core_is_shared(0));
	assert_true(env_core_is_shared(1));
	assert_int_equal(env_core_only_cpu(0), cpu);
	assert_int_equal(env_core_only_cpu(1), cpu);
	/* It is none of ours. */
	assert_true(env_core_is_shared(2));
	assert_int_equal(env_core_only_cpu(2), UINT32_MAX);
	spdk_env_fini();
	snprintf(map, sizeof(map), "5@%u", cpu);
	start_with(NULL, map, -1);
	assert_false(env_core_is_shared(5));
	spdk_env_fini();
	log_capture_start();
}

static void *
current_core(void *arg)
{
	*(uint32_t *)arg = spdk_env_get_current_core();
	return NULL;
}

static void *
stop(void *arg)
{
	spdk_env_fini();
	return NULL;
}

static void
run_in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void
foreign_threads_are_on_no_core(void **state)
{
	uint32_t core = 0;

	start_with("0x1", NULL, -1);
	run_in_thread(current_core, &core);
	assert_int_equal(core, SPDK_ENV_LCORE_ID_ANY);
	assert_int_equal(spdk_env_get_current_core(), 0);
	spdk_env_fini();
}

static void
end_in_another_thread_sets_the_main_one_free(void **state)
{
	cpu_set_t before = affinity(), after;
	uint32_t core;

	start_with("0x1", NULL, -1);
	run_in_thread(stop, NULL);
	assert_int_equal(spdk_env_get_current_core(), SPDK_ENV_LCORE_ID_ANY);
	after = affinity();
	assert_true(CPU_EQUAL(&before, &after));
	/* And what it was on before is not mistaken for a core of the next start. */
	run_in_thread(stop, NULL);
	assert_one_error("without");
	start_with("0x1", NULL, -1);
	run_in_thread(current_core, &core);
	assert_int_equal(core, SPDK_ENV_LCORE_ID_ANY);
	spdk_env_fini();
}

static void
main_thread_is_pinned_and_set_free_again(void **state)
{
	cpu_set_t before = affinity(), pinned, after;
	uint32_t cpu = first_cpu(&before);
	char map[32];

	if (CPU_COUNT(&before) < 2) {
		skip();
	}
	snprintf(map, sizeof(map), "0@%u", cpu);
	start_with(NULL, map, -1);
	pinned = affinity();
	assert_int_equal(CPU_COUNT(&pinned), 1);
	assert_true(CPU_ISSET(cpu, &pinned));
	spdk_env_fini();
	after = affinity();
	assert_true(CPU_EQUAL(&before, &after));
	assert_nothing_logged();
}

static void *
count_cpus(void *arg)
{
	cpu_set_t cpus = affinity();

	*(int *)arg = CPU_COUNT(&cpus);
	return arg;
}

static void
affinity_can_be_put_aside(void **state)
{
	cpu_set_t before = affinity(), cpus;
	char map[32];
	int count = 0;

	snprintf(map, sizeof(map), "0@%u", first_cpu(&before));
	start_with(NULL, map, -1);
	assert_ptr_equal(spdk_call_unaffinitized(count_cpus, &count), &count);
	assert_int_equal(count, CPU_COUNT(&before));
	cpus = affinity();
	assert_int_equal(CPU_COUNT(&cpus), 1);
	spdk_unaffinitize_thread();
	cpus = affinity();
	assert_true(CPU_EQUAL(&before, &cpus));
	spdk_env_fini();
}

/* Leaves this process one CPU, whatever the machine has. */
static cpu_set_t
leave_one_cpu(void)
{
	cpu_set_t before = affinity(), one;

	CPU_ZERO(&one);
	CPU_SET(first_cpu(&before), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	return before;
}

static void
lcores_may_outnumber_the_cpus(void **state)
{
	cpu_set_t before = leave_one_cpu();

	start_with("0xff", NULL, -1);
	assert_int_equal(spdk_env_get_core_count(), 8);
	assert_one_notice("8 core(s) on 1 CPU(s)");
	spdk_env_fini();
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void
lcores_without_cpu_spread_over_those_there_are(void **state)
{
	cpu_set_t before = affinity(), first, second;

	if (CPU_COUNT(&before) < 2) {
		skip();
	}
	start_with("[1020-1023]", NULL, 1020);
	assert_one_notice("Core(s) 1020-1023");
	first = affinity();
	spdk_env_fini();
	start_with("[1020-1023]", NULL, 1021);
	second = affinity();
	spdk_env_fini();
	assert_int_equal(CPU_COUNT(&first), 1);
	assert_int_equal(CPU_COUNT(&second), 1);
	assert_false(CPU_EQUAL(&first, &second));
	log_capture_start();
}

static void
empty_sys_is_one_node(void **state)
{
	struct spdk_cpuset cpuset;
	int32_t node, count = 0;

	start_with("0x1", NULL, -1);
	SPDK_ENV_FOREACH_NUMA_ID(node)
	{
		assert_int_equal(node, 0);
		count++;
	}
	assert_int_equal(count, 1);
	assert_int_equal(spdk_env_get_last_numa_id(), 0);
	assert_int_equal(spdk_env_get_numa_id(0), 0);
	assert_false(spdk_env_core_get_smt_cpuset(&cpuset, 0));
	assert_false(spdk_env_core_get_smt_cpuset(&cpuset, UINT32_MAX));
	spdk_env_fini();
}

static void
nodes_are_those_of_the_machine(void **state)
{
	static const int32_t expected[] = {0, 2, 9};
	cpu_set_t before = leave_one_cpu();
	uint32_t cpu = first_cpu(&before);
	char map[64], list[32];
	int32_t node;
	int i = 0;

	snprintf(list, sizeof(list), "%u-%u\n", cpu, cpu);
	fake_sysfs_write("devices/system/node/online", "0,2,9\n");
	fake_sysfs_write("devices/system/node/node0/cpulist", "\n");
	fake_sysfs_write("devices/system/node/node2/cpulist", list);
	snprintf(map, sizeof(map), "5@%u", cpu);
	start_with(NULL, map, -1);
	SPDK_ENV_FOREACH_NUMA_ID(node)
	{
		assert_int_equal(node, expected[i++]);
	}
	assert_int_equal(i, 3);
	assert_int_equal(spdk_env_get_first_numa_id(), 0);
	assert_int_equal(spdk_env_get_last_numa_id(), 9);
	assert_int_equal(spdk_env_get_next_numa_id(1), INT32_MAX);
	assert_int_equal(spdk_env_get_next_numa_id(-1), INT32_MAX);
	assert_int_equal(spdk_env_get_next_numa_id(4711), INT32_MAX);
	assert_int_equal(spdk_env_get_numa_id(5), 2);
	assert_int_equal(spdk_env_get_numa_id(6), SPDK_ENV_NUMA_ID_ANY);
	assert_int_equal(spdk_env_get_numa_id(UINT32_MAX), SPDK_ENV_NUMA_ID_ANY);
	spdk_env_fini();
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void
assert_cpuset(const struct spdk_cpuset *cpuset, uint32_t first, uint32_t second)
{
	assert_true(spdk_cpuset_get_cpu(cpuset, first));
	assert_true(spdk_cpuset_get_cpu(cpuset, second));
	assert_int_equal(spdk_cpuset_count(cpuset), first == second ? 1 : 2);
}

static void
siblings_are_those_of_the_cpu(void **state)
{
	cpu_set_t before = leave_one_cpu();
	uint32_t cpu = first_cpu(&before);
	struct spdk_cpuset cpuset;
	char name[96], list[32], mask[32];

	snprintf(name, sizeof(name), "devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);
	snprintf(list, sizeof(list), "%u,%u\n", cpu, cpu + 100);
	fake_sysfs_write(name, list);
	fake_sysfs_write("devices/system/cpu/cpu999/topology/thread_siblings_list", "999\n");
	snprintf(mask, sizeof(mask), "[%u]", cpu);
	start_with(mask, NULL, -1);
	assert_true(spdk_env_core_get_smt_cpuset(&cpuset, cpu));
	assert_cpuset(&cpuset, cpu, cpu + 100);
	assert_true(spdk_env_core_get_smt_cpuset(&cpuset, UINT32_MAX));
	assert_cpuset(&cpuset, cpu, cpu + 100);
	assert_true(spdk_env_core_get_smt_cpuset(&cpuset, 999));
	assert_cpuset(&cpuset, 999, 999);
	assert_false(spdk_env_core_get_smt_cpuset(&cpuset, 998));
	assert_false(spdk_env_core_get_smt_cpuset(&cpuset, 1024));
	spdk_env_fini();

	/* Lcores go by their own numbers: two on one CPU are siblings. */
	snprintf(mask, sizeof(mask), "500@%u,501@%u", cpu, cpu);
	start_with(NULL, mask, -1);
	fake_sysfs_write(name, mask + strcspn(mask, "@") + 1);
	snprintf(list, sizeof(list), "%u\n", cpu);
	fake_sysfs_write(name, list);
	assert_true(spdk_env_core_get_smt_cpuset(&cpuset, 500));
	assert_cpuset(&cpuset, 500, 501);
	spdk_env_fini();
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, as the others would not see what one before them has left behind. */
		cmocka_unit_test(without_environment_there_are_no_cores),
		cmocka_unit_test(main_thread_is_pinned_and_set_free_again),
		cmocka_unit_test(cores_are_walked_in_ascending_order),
		cmocka_unit_test(cores_are_walked_over_after_the_end_and_are_no_cores_any_more),
		cmocka_unit_test(a_start_that_fails_leaves_no_cores_to_walk_over),
		cmocka_unit_test(cores_share_a_cpu_only_where_they_must),
		cmocka_unit_test(foreign_threads_are_on_no_core),
		cmocka_unit_test(end_in_another_thread_sets_the_main_one_free),
		cmocka_unit_test(affinity_can_be_put_aside),
		cmocka_unit_test(lcores_may_outnumber_the_cpus),
		cmocka_unit_test(lcores_without_cpu_spread_over_those_there_are),
		cmocka_unit_test_setup_teardown(empty_sys_is_one_node, fake_sysfs_setup,
						fake_sysfs_teardown),
		cmocka_unit_test_setup_teardown(nodes_are_those_of_the_machine, fake_sysfs_setup,
						fake_sysfs_teardown),
		cmocka_unit_test_setup_teardown(siblings_are_those_of_the_cpu, fake_sysfs_setup,
						fake_sysfs_teardown),
	};

	return cmocka_run_group_tests_name("lcore", tests, setup, teardown);
}
