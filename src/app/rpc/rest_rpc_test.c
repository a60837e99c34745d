/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for how reactors rest, the configuration that is saved of it, and what is told of their
 * sleep.
 */
#include "app/rpc/config_fixture.h"
#include "spindle/reactor.h"

static void
what_is_set_is_told(void **state)
{
	struct spindle_rest_opts opts = {.size = sizeof(opts)};

	expect("spindle_get_rest", NULL, "{\"poll\":false,\"spin_us\":50}");
	expect("spindle_set_rest", "{\"spin_us\": 70}", "true");
	expect("spindle_get_rest", NULL, "{\"poll\":false,\"spin_us\":70}");
	expect("spindle_set_rest", "{\"poll\": true}", "true");
	expect("spindle_get_rest", NULL, "{\"poll\":true,\"spin_us\":70}");
	spindle_reactors_get_rest(&opts);
	assert_true(opts.never_rest);
	assert_int_equal(opts.spin_us, 70);
	expect("spindle_set_rest", "{\"spin_us\": 1000000, \"poll\": false}", "true");
	expect("spindle_set_rest", NULL, "true");
	expect("spindle_get_rest", NULL, "{\"poll\":false,\"spin_us\":1000000}");
	call("spindle_set_rest", "{\"spin_us\": 1000001, \"poll\": true}");
	assert_int_equal(g_test.error_code, SPDK_JSONRPC_ERROR_INVALID_PARAMS);
	assert_string_equal(g_test.error_message,
			    "params.spin_us: expected a whole number from 0 to 1000000, found "
			    "1000001");
	expect("spindle_get_rest", NULL, "{\"poll\":false,\"spin_us\":1000000}");
}

static void
it_is_saved_if_it_was_changed(void **state)
{
	char *saved = save_config("scheduler");

	assert_null(strstr(saved, "spindle_set_rest"));
	free(saved);
	expect("spindle_set_rest", "{\"spin_us\": 7}", "true");
	saved = save_config("scheduler");
	assert_non_null(strstr(saved, "{\"method\":\"spindle_set_rest\",\"params\":{\"poll\":false,"
				      "\"spin_us\":7}}"));
	expect("spindle_set_rest", "{\"spin_us\": 50}", "true");
	load_config(saved, SPDK_RPC_STARTUP);
	free(saved);
	expect("spindle_get_rest", NULL, "{\"poll\":false,\"spin_us\":7}");
}

/* ---- What a reactor has done, as anybody can ask ---- */

static struct spdk_json_val *
reactor_at(uint32_t index)
{
	struct spdk_json_val *reactor;

	call("framework_get_reactors", "{\"rest\": true}");
	reactor = member(g_test.result, "reactors", SPDK_JSON_VAL_ARRAY_BEGIN) + 1;
	for (; index > 0; index--) {
		reactor += spdk_json_val_len(reactor);
	}
	return reactor;
}

static bool
is_in_state(uint32_t index, const char *state)
{
	struct spdk_json_val *value = member(reactor_at(index), "state", SPDK_JSON_VAL_STRING);

	return spdk_json_strequal(value, state);
}

/* Sooner or later: it may have been kept from its CPU, or from going to sleep. */
static void
assert_comes_to(uint32_t index, const char *state)
{
	uint32_t tries = 0;

	do {
		usleep(20000);
	} while (!is_in_state(index, state) && ++tries < 50);
	assert_true(tries < 50);
}

static void
who_sleeps_is_woken_to_what_is_set(void **state)
{
	uint32_t i;

	assert_comes_to(1, "asleep");
	expect("spindle_set_rest", "{\"poll\": true}", "true");
	/* From outside, so that nothing else wakes it. */
	for (i = 0; reactors_get_state(1) == REACTOR_ASLEEP && i < 100; i++) {
		usleep(20000);
	}
	assert_int_not_equal(reactors_get_state(1), REACTOR_ASLEEP);
}

struct busy {
	_Atomic bool has_begun;
	_Atomic bool is_over;
};

static void
keep_busy(void *arg)
{
	struct busy *busy = arg;

	busy->has_begun = true;
	while (!busy->is_over) {
		usleep(100);
	}
	spdk_thread_exit(spdk_get_thread());
}

static void
the_state_is_that_before_the_question(void **state)
{
	/* Also that of the reactor which answers, and has been woken for it. */
	assert_comes_to(0, "asleep");
	assert_comes_to(1, "asleep");
	expect("spindle_set_rest", "{\"poll\": true}", "true");
	assert_comes_to(0, "idle");
	assert_comes_to(1, "idle");
	expect("spindle_set_rest", "{\"poll\": false}", "true");
	assert_comes_to(1, "asleep");
}

/* The question, which waits for that, has been sent long before. */
static void *
end_busy_later(void *arg)
{
	struct busy *busy = arg;

	usleep(1000000);
	busy->is_over = true;
	return NULL;
}

static void
make_busy(void *arg)
{
	struct busy *busy = arg;
	struct spdk_cpuset cpumask;

	(void)spdk_cpuset_parse(&cpumask, "[1]");
	(void)spdk_thread_send_msg(spdk_thread_create("busy", &cpumask), keep_busy, arg);
	while (!busy->has_begun) {
		usleep(100);
	}
}

static void
one_that_was_woken_for_work_is_busy(void **state)
{
	struct busy busy = {0};
	pthread_t os_thread;

	assert_comes_to(1, "asleep");
	run_on_app(make_busy, &busy);
	assert_int_equal(pthread_create(&os_thread, NULL, end_busy_later, &busy), 0);
	assert_true(is_in_state(1, "busy"));
	pthread_join(os_thread, NULL);
	assert_comes_to(1, "asleep");
}

static void
sleep_is_part_of_the_idle_time(void **state)
{
	uint64_t asleep, sleeps, idle, total, start;
	struct spdk_json_val *reactor;

	start = spdk_get_ticks();
	reactor = reactor_at(1);
	asleep = member_uint64(reactor, "asleep");
	sleeps = member_uint64(reactor, "sleeps");
	idle = member_uint64(reactor, "idle");
	total = idle + member_uint64(reactor, "busy");
	usleep(300000);
	reactor = reactor_at(1);
	total = member_uint64(reactor, "idle") + member_uint64(reactor, "busy") - total;
	idle = member_uint64(reactor, "idle") - idle;
	asleep = member_uint64(reactor, "asleep") - asleep;
	assert_true(member_uint64(reactor, "sleeps") > sleeps);
	assert_true(asleep <= idle);
	assert_true(asleep > idle / 2);
	/* Busy and idle are all the time there is. */
	assert_in_range(total, 300 * spdk_get_ticks_hz() / 1000, spdk_get_ticks() - start);
}

static void
with_work_in_every_spin_time_there_is_no_sleep(void **state)
{
	struct spdk_json_val *reactor;
	uint64_t asleep, sleeps;
	uint32_t i;

	expect("spindle_set_rest", "{\"spin_us\": 1000000}", "true");
	reactor = reactor_at(1);
	asleep = member_uint64(reactor, "asleep");
	sleeps = member_uint64(reactor, "sleeps");
	for (i = 0; i < 20; i++) {
		usleep(5000);
		reactor = reactor_at(1);
		assert_int_equal(member_uint64(reactor, "asleep"), asleep);
		assert_int_equal(member_uint64(reactor, "sleeps"), sleeps);
	}
	expect("spindle_set_rest", "{\"spin_us\": 0}", "true");
	assert_comes_to(1, "asleep");
	assert_true(member_uint64(reactor_at(1), "sleeps") > sleeps);
}

static int
up(void **state)
{
	struct spindle_rest_opts opts = {.size = sizeof(opts), .spin_us = SPINDLE_REST_SPIN_US};

	spindle_reactors_set_rest(&opts);
	app_up("0x3");
	app_init();
	return 0;
}

static int
down(void **state)
{
	app_down();
	return 0;
}

#define RPC_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RPC_TEST(what_is_set_is_told),
		RPC_TEST(it_is_saved_if_it_was_changed),
		RPC_TEST(the_state_is_that_before_the_question),
		RPC_TEST(who_sleeps_is_woken_to_what_is_set),
		RPC_TEST(one_that_was_woken_for_work_is_busy),
		RPC_TEST(sleep_is_part_of_the_idle_time),
		RPC_TEST(with_work_in_every_spin_time_there_is_no_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
