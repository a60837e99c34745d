/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method that tells what the scheduler moved, asked of an application whose scheduler moves
 * threads to and fro as its option says.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "spdk/scheduler.h"

static struct spdk_thread *g_threads[2];

static void
make_threads(void *arg)
{
	g_threads[0] = spdk_thread_create("first", NULL);
	g_threads[1] = spdk_thread_create("second", NULL);
}

static void
read_core(void *arg)
{
	*(uint32_t *)arg = spdk_env_get_current_core();
}

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

/* Has the scheduler move the thread to the other core. */
static uint32_t
move_over(struct spdk_thread *thread)
{
	uint32_t core = 0, now = 0, tries;
	char params[128];

	run_on(thread, read_core, &core);
	snprintf(params, sizeof(params),
		 "{\"name\": \"static\", \"period\": 1000, \"mappings\": \"%" PRIu64 ":%u\"}",
		 spdk_thread_get_id(thread), !core);
	expect("framework_set_scheduler", params, "true");
	for (tries = 0, now = core; tries < 5000 && now == core; tries++) {
		usleep(1000);
		run_on(thread, read_core, &now);
	}
	assert_int_equal(now, !core);
	return core;
}

static uint32_t
count(const char *text, const char *part)
{
	uint32_t found = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		found++;
	}
	return found;
}

static void
expect_moves(const char *params, uint32_t moves, uint32_t of_first)
{
	call("spindle_get_scheduler_moves", params);
	assert_int_equal(count(g_test.text, "\"ago_us\":"), moves);
	assert_int_equal(count(g_test.text, "\"thread\":\"first\""), of_first);
}

static void
moves_are_told_of_all_and_of_one(void **state)
{
	char text[192];
	uint32_t core;

	expect("spindle_get_scheduler_moves", NULL,
	       "{\"moves_total\":0,\"moves\":[],\"stays\":[]}");
	run_on_app(make_threads, NULL);
	(void)move_over(g_threads[1]);
	(void)move_over(g_threads[0]);
	core = move_over(g_threads[0]);
	expect_moves(NULL, 3, 2);
	assert_non_null(strstr(g_test.text, "\"moves_total\":3"));
	snprintf(text, sizeof(text), "\"thread\":\"first\",\"id\":%" PRIu64 ",\"load\":",
		 spdk_thread_get_id(g_threads[0]));
	assert_non_null(strstr(g_test.text, text));
	/* The newest comes first. */
	assert_true(strstr(g_test.text, "\"first\"") < strstr(g_test.text, "\"second\""));
	snprintf(text, sizeof(text), "\"from\":%u,", core);
	assert_non_null(strstr(g_test.text, text));
	assert_non_null(strstr(g_test.text, "\"scheduler\":\"static\",\"reason\":\"mapping\","
					    "\"why\":\"the option mappings"));
	expect_moves("{\"limit\": 1}", 1, 1);
	expect_moves("{\"name\": \"second\"}", 1, 0);
	expect_moves("{\"name\": \"first\", \"limit\": 1}", 1, 1);
	expect_moves("{\"name\": \"firs\"}", 0, 0);
	snprintf(text, sizeof(text), "{\"id\": %" PRIu64 "}", spdk_thread_get_id(g_threads[0]));
	expect_moves(text, 2, 2);
	expect_moves("{\"id\": 99999}", 0, 0);
	expect_error("spindle_get_scheduler_moves", "{\"id\": \"first\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "id", NULL);
}

static void
bind_current(void *arg)
{
	spdk_thread_bind(spdk_get_thread(), true);
}

static void
threads_that_stay_are_told(void **state)
{
	uint32_t tries, found = 0;

	run_on(g_threads[1], bind_current, NULL);
	expect("framework_set_scheduler", "{\"name\": \"dynamic\", \"period\": 1000}", "true");
	for (tries = 0; tries < 5000 && found == 0; tries++) {
		usleep(1000);
		call("spindle_get_scheduler_moves", "{\"name\": \"second\", \"limit\": 2}");
		found = count(g_test.text, "\"reason\":\"bound\",\"why\":\"stays: bound\"");
	}
	assert_int_equal(found, 1);
	call("spindle_get_scheduler_moves", "{\"name\": \"first\"}");
	assert_int_equal(count(g_test.text, "\"bound\""), 0);
	expect("framework_set_scheduler", "{\"name\": \"static\", \"period\": 0}", "true");
	(void)spdk_thread_send_msg(g_threads[0], leave, NULL);
	(void)spdk_thread_send_msg(g_threads[1], leave, NULL);
}

static int
start(void **state)
{
	app_up("0x3");
	app_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_are_told_of_all_and_of_one),
		cmocka_unit_test(threads_that_stay_are_told),
	};

	return cmocka_run_group_tests(tests, start, app_tear_down);
}
