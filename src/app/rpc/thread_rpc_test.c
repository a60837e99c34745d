/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for threads: what is told of them, also while they come and go, and how many there may
 * be.
 */
#include "app/rpc/app_rpc_fixture.h"

#define CROWD    300000
#define MOVE_SEC 10

static struct spdk_thread *g_worker;
static struct spdk_poller *g_active, *g_timed, *g_paused;
static struct spdk_io_channel *g_channel;
static int g_device;

static int
rest(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static int
work(void *arg)
{
	return SPDK_POLLER_BUSY;
}

static int
open_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
close_channel(void *io_device, void *ctx)
{
}

static void
equip_worker(void *arg)
{
	g_active = spdk_poller_register_named(work, NULL, 0, "digs");
	g_timed = spdk_poller_register_named(rest, NULL, 3600ull * SPDK_SEC_TO_USEC, "sleeps");
	g_paused = spdk_poller_register_named(rest, NULL, 1000, "waits");
	spdk_poller_pause(g_paused);
	spdk_io_device_register(&g_device, open_channel, close_channel, 0, "shed");
	g_channel = spdk_get_io_channel(&g_device);
	(void)spdk_get_io_channel(&g_device);
}

static void
strip_worker(void *arg)
{
	spdk_poller_unregister(&g_active);
	spdk_poller_unregister(&g_timed);
	spdk_poller_unregister(&g_paused);
	spdk_put_io_channel(g_channel);
	spdk_put_io_channel(g_channel);
	spdk_io_device_unregister(&g_device, NULL);
}

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
make_worker(void *arg)
{
	struct spdk_cpuset cpumask;

	(void)spdk_cpuset_parse(&cpumask, "0x2");
	g_worker = spdk_thread_create("worker", &cpumask);
}

static struct spdk_json_val *
threads_of_answer(void)
{
	assert_int_equal(g_test.error_code, 0);
	assert_int_equal(count_members(g_test.result), 2);
	assert_int_equal(member_uint64(g_test.result, "tick_rate"), spdk_get_ticks_hz());
	return member(g_test.result, "threads", SPDK_JSON_VAL_ARRAY_BEGIN);
}

static void
each_thread_tells_what_it_has_done(void **state)
{
	struct spdk_json_val *worker, *app;
	uint64_t busy;

	call("thread_get_stats", NULL);
	app = element_with(threads_of_answer(), "name", "app_thread");
	assert_int_equal(member_uint64(app, "id"), 1);
	assert_true(member_is(app, "cpumask", "1"));
	worker = element_with(threads_of_answer(), "name", "worker");
	/* Without interrupt mode; spdk_top refuses a member that it does not expect. */
	assert_int_equal(count_members(worker), 8);
	assert_int_equal(member_uint64(worker, "id"), spdk_thread_get_id(g_worker));
	assert_true(member_is(worker, "cpumask", "2"));
	busy = member_uint64(worker, "busy");
	assert_true(busy > 0);
	(void)member_uint64(worker, "idle");
	assert_int_equal(member_uint64(worker, "active_pollers_count"), 1);
	assert_int_equal(member_uint64(worker, "timed_pollers_count"), 1);
	assert_int_equal(member_uint64(worker, "paused_pollers_count"), 1);
	usleep(1000);
	call("thread_get_stats", NULL);
	worker = element_with(threads_of_answer(), "name", "worker");
	assert_true(member_uint64(worker, "busy") > busy);
}

static struct spdk_json_val *
poller_of(struct spdk_json_val *thread, const char *list, const char *name, const char *state)
{
	struct spdk_json_val *pollers = member(thread, list, SPDK_JSON_VAL_ARRAY_BEGIN);
	struct spdk_json_val *poller = element_with(pollers, "name", name);

	assert_int_equal(spdk_json_array_count(pollers), 1);
	assert_true(member_is(poller, "state", state));
	(void)member_uint64(poller, "id");
	return poller;
}

static void
each_thread_tells_its_pollers(void **state)
{
	struct spdk_json_val *worker, *poller;

	call("thread_get_pollers", NULL);
	worker = element_with(threads_of_answer(), "name", "worker");
	assert_int_equal(count_members(worker), 5);
	assert_int_equal(member_uint64(worker, "id"), spdk_thread_get_id(g_worker));
	poller = poller_of(worker, "active_pollers", "digs", "waiting");
	assert_int_equal(count_members(poller), 5);
	assert_true(member_uint64(poller, "run_count") > 0);
	assert_int_equal(member_uint64(poller, "busy_count"), member_uint64(poller, "run_count"));
	poller = poller_of(worker, "timed_pollers", "sleeps", "waiting");
	assert_int_equal(count_members(poller), 6);
	assert_int_equal(member_uint64(poller, "run_count"), 0);
	assert_int_equal(member_uint64(poller, "busy_count"), 0);
	assert_int_equal(member_uint64(poller, "period_ticks"), 3600 * spdk_get_ticks_hz());
	poller = poller_of(worker, "paused_pollers", "waits", "paused");
	assert_int_equal(member_uint64(poller, "period_ticks"), spdk_get_ticks_hz() / 1000);
}

static void
each_thread_tells_its_channels(void **state)
{
	struct spdk_json_val *worker, *channels, *app;

	call("thread_get_io_channels", NULL);
	worker = element_with(threads_of_answer(), "name", "worker");
	assert_int_equal(count_members(worker), 2);
	channels = member(worker, "io_channels", SPDK_JSON_VAL_ARRAY_BEGIN);
	assert_int_equal(spdk_json_array_count(channels), 1);
	assert_int_equal(count_members(channels + 1), 2);
	assert_true(member_is(channels + 1, "name", "shed"));
	assert_int_equal(member_uint64(channels + 1, "ref"), 2);
	app = element_with(threads_of_answer(), "name", "app_thread");
	(void)member(app, "io_channels", SPDK_JSON_VAL_ARRAY_BEGIN);
}

static uint32_t g_crowd_on_app;

static void
join_crowd(void *arg)
{
	struct spdk_cpuset cpumask;
	uintptr_t i;

	(void)spdk_cpuset_parse(&cpumask, "0x2");
	for (i = 0; i < (uintptr_t)arg; i++) {
		struct spdk_thread *thread = spdk_thread_create("one of a crowd", &cpumask);

		g_crowd_on_app += thread != NULL;
	}
}

static void
leave_crowd(void *arg)
{
	if (strcmp(spdk_thread_get_name(spdk_get_thread()), "one of a crowd") == 0) {
		spdk_thread_exit(spdk_get_thread());
	}
}

static void
crowd_left(void *arg)
{
	sem_post(&g_test.ready);
}

static void
send_crowd_away(void *arg)
{
	spdk_for_each_thread(leave_crowd, NULL, crowd_left);
}

static void
threads_that_exit_meanwhile_are_no_problem(void **state)
{
	int i;

	run_on_app(join_crowd, (void *)1000);
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, send_crowd_away, NULL), 0);
	for (i = 0; i < 20; i++) {
		call("thread_get_stats", NULL);
		(void)element_with(threads_of_answer(), "name", "worker");
	}
	app_wait(&g_test.ready);
}

/*
 * The longest time between two runs of a poller of the app thread while a call is under way: of its
 * CPU, so that others on this machine do not count.
 */
static uint64_t g_last_run, g_longest; /* ns */

static int
measure(void *arg)
{
	struct timespec time;
	uint64_t now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	now = (uint64_t)time.tv_sec * SPDK_SEC_TO_NSEC + (uint64_t)time.tv_nsec;
	if (g_last_run != 0 && now - g_last_run > g_longest) {
		g_longest = now - g_last_run;
	}
	g_last_run = now;
	return SPDK_POLLER_BUSY;
}

static void
begin_measuring(void *arg)
{
	*(struct spdk_poller **)arg = spdk_poller_register(measure, NULL, 0);
}

static void
end_measuring(void *arg)
{
	spdk_poller_unregister(arg);
}

static void
more_threads_than_an_answer_holds_are_an_error_and_hold_up_nobody(void **state)
{
	struct spdk_poller *poller;

	if (IS_SLOW) {
		skip();
	}
	run_on_app(join_crowd, (void *)CROWD);
	run_on_app(begin_measuring, &poller);
	call("thread_get_stats", NULL);
	run_on_app(end_measuring, &poller);
	assert_int_equal(g_test.error_code, SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	/* The threads run on the other reactor. */
	print_message("the app thread was held up for %" PRIu64 " us at most\n", g_longest / 1000);
	assert_true(g_longest < SPDK_SEC_TO_NSEC / 10);
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, send_crowd_away, NULL), 0);
	app_wait(&g_test.ready);
}

static void
read_core(void *arg)
{
	*(uint32_t *)arg = spdk_env_get_current_core();
}

/* It ends what it is at before it moves, and that may be one message more. */
static void
expect_core(uint32_t wanted)
{
	uint64_t deadline = spdk_get_ticks() + MOVE_SEC * spdk_get_ticks_hz();
	uint32_t core;

	do {
		core = UINT32_MAX;
		run_on(g_worker, read_core, &core);
	} while (core != wanted && spdk_get_ticks() < deadline);
	assert_int_equal(core, wanted);
}

static void
a_cpumask_moves_its_thread(void **state)
{
	char params[64];

	snprintf(params, sizeof(params), "{\"id\": %" PRIu64 ", \"cpumask\": \"[0]\"}",
		 spdk_thread_get_id(g_worker));
	expect("thread_set_cpumask", params, "true");
	expect_core(0);
	call("thread_get_stats", NULL);
	assert_true(member_is(element_with(threads_of_answer(), "name", "worker"), "cpumask", "1"));
	/* What is beyond the program's cores is left out. */
	snprintf(params, sizeof(params), "{\"id\": %" PRIu64 ", \"cpumask\": \"0xF2\"}",
		 spdk_thread_get_id(g_worker));
	expect("thread_set_cpumask", params, "true");
	expect_core(1);
	call("thread_get_stats", NULL);
	assert_true(member_is(element_with(threads_of_answer(), "name", "worker"), "cpumask", "2"));
}

static void
wrong_cpumasks_and_threads_are_named(void **state)
{
	expect_error("thread_set_cpumask", "{\"id\": 1, \"cpumask\": \"0xF0\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'0xF0'", "none of the cores", "0x3", NULL);
	expect_error("thread_set_cpumask", "{\"id\": 1, \"cpumask\": \"two\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'two' is no cpumask", "[0,2-3]", NULL);
	expect_error("thread_set_cpumask", "{\"id\": 777777777, \"cpumask\": \"1\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "no thread with id 777777777",
		     "thread_get_stats", NULL);
	expect_error("thread_set_cpumask", "{\"id\": 1}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "cpumask", NULL);
}

static int
start(void **state)
{
	app_up("0x3");
	app_init();
	run_on_app(make_worker, NULL);
	if (g_worker == NULL) {
		return -1;
	}
	run_on(g_worker, equip_worker, NULL);
	/* A timed poller is paused when it would have been due. */
	do {
		usleep(1000);
		call("thread_get_pollers", NULL);
	} while (strstr(g_test.text, "\"state\":\"paused\"") == NULL);
	return 0;
}

static int
stop(void **state)
{
	run_on(g_worker, strip_worker, NULL);
	(void)spdk_thread_send_msg(g_worker, leave, NULL);
	app_down();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thread_tells_what_it_has_done),
		cmocka_unit_test(each_thread_tells_its_pollers),
		cmocka_unit_test(each_thread_tells_its_channels),
		cmocka_unit_test(threads_that_exit_meanwhile_are_no_problem),
		cmocka_unit_test(more_threads_than_an_answer_holds_are_an_error_and_hold_up_nobody),
		cmocka_unit_test(a_cpumask_moves_its_thread),
		cmocka_unit_test(wrong_cpumasks_and_threads_are_named),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
