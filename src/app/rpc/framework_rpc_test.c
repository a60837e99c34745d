/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the reactors: all of them are told, with the threads that live there, whatever their
 * number.
 */
#include "app/rpc/app_rpc_fixture.h"

#define CROWD_SMALL 1000
#define CROWD_LARGE 560000

static struct spdk_json_val *
reactors_of_answer(void)
{
	assert_int_equal(g_test.error_code, 0);
	assert_int_equal(count_members(g_test.result), 3);
	assert_int_equal(member_uint64(g_test.result, "tick_rate"), spdk_get_ticks_hz());
	assert_int_equal(member_uint64(g_test.result, "pid"), getpid());
	return member(g_test.result, "reactors", SPDK_JSON_VAL_ARRAY_BEGIN);
}

/* Reactor `index` of the answer. */
static struct spdk_json_val *
reactor_at(uint32_t index)
{
	struct spdk_json_val *reactor = reactors_of_answer() + 1;

	for (; index > 0; index--) {
		reactor += spdk_json_val_len(reactor);
	}
	return reactor;
}

static void
each_reactor_tells_its_times_and_its_threads(void **state)
{
	struct spdk_json_val *reactor, *threads, *thread;

	call("framework_get_reactors", NULL);
	assert_int_equal(spdk_json_array_count(reactors_of_answer()), 2);
	reactor = reactor_at(0);
	assert_int_equal(count_members(reactor), 10);
	assert_int_equal(member_uint64(reactor, "lcore"), 0);
	assert_true(member_uint64(reactor, "tid") > 0);
	(void)member(reactor, "numa_id", SPDK_JSON_VAL_NUMBER);
	/* They are those of the machine, which may not tell. */
	assert_true(member_uint64(reactor, "irq") + member_uint64(reactor, "usr") +
			    member_uint64(reactor, "sys") <
		    UINT64_MAX);
	assert_true(member_uint64(reactor, "busy") > 0);
	assert_true(member_uint64(reactor, "idle") > 0);
	(void)member(reactor, "in_interrupt", SPDK_JSON_VAL_FALSE);
	threads = member(reactor, "lw_threads", SPDK_JSON_VAL_ARRAY_BEGIN);
	assert_int_equal(spdk_json_array_count(threads), 1);
	thread = threads + 1;
	assert_int_equal(count_members(thread), 4);
	assert_true(member_is(thread, "name", "app_thread"));
	assert_int_equal(member_uint64(thread, "id"), 1);
	assert_true(member_is(thread, "cpumask", "1"));
	assert_true(member_uint64(thread, "elapsed") > 0);
	reactor = reactor_at(1);
	assert_int_equal(member_uint64(reactor, "lcore"), 2);
	assert_int_not_equal(member_uint64(reactor, "tid"), member_uint64(reactor_at(0), "tid"));
	threads = member(reactor, "lw_threads", SPDK_JSON_VAL_ARRAY_BEGIN);
	assert_int_equal(spdk_json_array_count(threads), 0);
}

static void
make_threads(void *arg)
{
	struct spdk_cpuset cpumask;
	uintptr_t i;
	char name[64];

	(void)spdk_cpuset_parse(&cpumask, "[2]");
	for (i = 0; i < (uintptr_t)arg; i++) {
		snprintf(name, sizeof(name), "thread \"%lu\"", (unsigned long)i);
		(void)spdk_thread_create(name, &cpumask);
	}
}

static void
exit_thread(void *arg)
{
	if (!spdk_thread_is_app_thread(NULL)) {
		spdk_thread_exit(spdk_get_thread());
	}
}

static void
threads_exited(void *arg)
{
	sem_post(&g_test.done);
}

static void
exit_threads(void *arg)
{
	spdk_for_each_thread(exit_thread, NULL, threads_exited);
}

static void
unmake_threads(void)
{
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, exit_threads, NULL), 0);
	app_wait(&g_test.done);
}

static void
many_threads_are_all_there_once(void **state)
{
	bool seen[CROWD_SMALL] = {false};
	struct spdk_json_val *threads, *thread;
	uint64_t first_id = 0, id;

	run_on_app(make_threads, (void *)CROWD_SMALL);
	call("framework_get_reactors", NULL);
	threads = member(reactor_at(1), "lw_threads", SPDK_JSON_VAL_ARRAY_BEGIN);
	assert_int_equal(spdk_json_array_count(threads), CROWD_SMALL);
	for (thread = threads + 1; thread < threads + threads->len + 1;
	     thread += spdk_json_val_len(thread)) {
		id = member_uint64(thread, "id");
		first_id = first_id == 0 ? id : first_id;
		assert_true(id >= first_id && id < first_id + CROWD_SMALL);
		assert_false(seen[id - first_id]);
		seen[id - first_id] = true;
		assert_true(member_is(thread, "cpumask", "4"));
	}
	assert_true(member_is(threads + 1, "name", "thread \"0\""));
	unmake_threads();
}

static void
more_threads_than_an_answer_holds_are_an_error(void **state)
{
	if (IS_SLOW) {
		skip();
	}
	run_on_app(make_threads, (void *)CROWD_LARGE);
	call("framework_get_reactors", NULL);
	assert_int_equal(g_test.error_code, SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	unmake_threads();
	call("framework_get_reactors", NULL);
	assert_int_equal(spdk_json_array_count(reactors_of_answer()), 2);
}

static void
the_monitor_is_asked_and_switched(void **state)
{
	expect("framework_monitor_context_switch", NULL, "{\"enabled\":false}");
	expect("framework_monitor_context_switch", "{\"enabled\": true}", "{\"enabled\":true}");
	assert_true(spdk_framework_context_switch_monitor_enabled());
	expect("framework_monitor_context_switch", "{}", "{\"enabled\":true}");
	expect("framework_monitor_context_switch", "{\"enabled\": false}", "{\"enabled\":false}");
	assert_false(spdk_framework_context_switch_monitor_enabled());
	expect_error("framework_monitor_context_switch", "{\"enabled\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "enabled", NULL);
}

static int
start(void **state)
{
	app_up("0x5");
	app_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reactor_tells_its_times_and_its_threads),
		cmocka_unit_test(many_threads_are_all_there_once),
		cmocka_unit_test(more_threads_than_an_answer_holds_are_an_error),
		cmocka_unit_test(the_monitor_is_asked_and_switched),
	};

	return cmocka_run_group_tests(tests, start, app_tear_down);
}
