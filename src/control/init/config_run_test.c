/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configurations that are run: which methods, in which order and how often, and what becomes of one
 * that fails, answers late, elsewhere or never.
 */
#include "base/failing_malloc.h"

#include "control/init/config_fixture.h"
#include "spdk/env.h"

#include <pthread.h>
#include <sys/resource.h>

/* A watchdog that looks once a second may be late by two of its looks. */
#define PATIENCE_SEC (SUBSYSTEM_PATIENCE_SEC + 3)

static int g_ended;
static int g_rc;

static void
ended(int rc, void *arg)
{
	assert_ptr_equal(arg, &g_ended);
	g_ended++;
	g_rc = rc;
}

static void
leave(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	note_call("leave");
	config_run_abandon();
	if (params != NULL) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		g_later = request;
	}
}

SPDK_RPC_REGISTER("store_leave", leave, SPDK_RPC_RUNTIME)

static int
start(void **state)
{
	g_ended = 0;
	g_rc = 77;
	return start_config_test(state);
}

/* Begins to run a text, of which nothing is kept. */
static void
run(const char *text, bool stops_on_error)
{
	struct config *config = read_config(text);

	config_run(config, stops_on_error, ended, &g_ended);
	config_free(config);
}

#define assert_ran(calls, result)                     \
	do {                                          \
		assert_string_equal(g_called, calls); \
		assert_int_equal(g_ended, 1);         \
		assert_int_equal(g_rc, (result));     \
	} while (0)

#define LATER     "{\"method\":\"store_later\"}"
#define ALWAYS    "{\"method\":\"store_always\"}"
#define OPTIONS   "{\"method\":\"store_set_options\"}"
#define FAIL(how) "{\"method\":\"store_fail\",\"params\":[" how "]}"
#define TWO(a, b)                                                                           \
	"{\"subsystems\":[{\"subsystem\":\"scheduler\",\"config\":[" a "]},{\"subsystem\":" \
	"\"other\",\"config\":null},{\"subsystem\":\"store\",\"config\":[" b "]}]}"

static void
methods_are_called_in_the_order_of_the_text(void **state)
{
	run(TWO(CREATE("a") ",[" CREATE("b") "," CREATE("c") "],[]",
		"[" CREATE("d") "]," CREATE("\\u0065")),
	    true);
	assert_ran("a b c d e ", 0);
	assert_nothing_logged();
}

static void
nothing_is_to_be_done_in_an_empty_one(void **state)
{
	run("{\"subsystems\":[]}", true);
	assert_ran("", 0);
	g_ended = 0;
	run("{}", true);
	assert_ran("", 0);
}

static void
each_method_is_called_in_one_of_two_passes(void **state)
{
	struct config *config =
		read_config(TWO(CREATE("a") "," ALWAYS "," OPTIONS, OPTIONS "," CREATE("b")));

	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	config_run(config, true, ended, &g_ended);
	assert_ran("always options options ", 0);
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	g_called[0] = '\0';
	g_ended = 0;
	config_run(config, true, ended, &g_ended);
	assert_ran("a b ", 0);
	config_free(config);
	assert_nothing_logged();
}

static void
null_is_no_parameters(void **state)
{
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	run(STORE("{\"method\":\"store_always\",\"params\":null}," ALWAYS
		  ",{\"method\":\"store_always\",\"params\":{}}"),
	    true);
	assert_ran("always always always(params) ", 0);
}

static void
what_fails_ends_the_run_and_is_named(void **state)
{
	static const struct {
		const char *entry;
		int rc;
		const char *said;
	} rows[] = {
		{FAIL("-5,\"it burns\""), -EIO, "store_fail failed: it burns (-5)\n"},
		{FAIL("-32602,\"wrong\""), -EINVAL, "store_fail failed: wrong (-32602)\n"},
		{FAIL("-32600,\"wrong\""), -EINVAL, "store_fail failed: wrong (-32600)\n"},
		{FAIL("-32601,\"none\""), -ENOENT, "store_fail failed: none (-32601)\n"},
		{FAIL("-32603,\"inside\""), -EIO, "store_fail failed: inside (-32603)\n"},
		{FAIL("-1,\"state\""), -EPERM, "store_fail failed: state (-1)\n"},
		{FAIL("7,\"odd\""), -EINVAL, "store_fail failed: odd (7)\n"},
		{FAIL("-4096,\"odd\""), -EINVAL, "store_fail failed: odd (-4096)\n"},
		{"{\"method\":\"volume_create\"}", -EINVAL,
		 "volume_create failed: Invalid parameters: name: required, and missing: Name "
		 "(string) (-32602)\n"},
	};
	char text[512], said[512];

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		snprintf(text, sizeof(text), STORE(CREATE("a") ",\n %s," CREATE("b")),
			 rows[i].entry);
		g_called[0] = '\0';
		g_ended = 0;
		run(text, true);
		assert_int_equal(g_ended, 1);
		assert_int_equal(g_rc, rows[i].rc);
		assert_null(strstr(g_called, "b "));
		snprintf(said, sizeof(said), "test.json:2:2: subsystems[0].config[1]: %s",
			 rows[i].said);
		assert_string_equal(g_log_capture.text, said);
		log_capture_clear();
	}
}

static void
errors_may_be_ignored_but_are_named(void **state)
{
	run(STORE(CREATE("a") "," FAIL("-5,\"it burns\"") ",{\"method\":\"store_x\"},{\"method\":"
							  "\"volume_create\"}," CREATE("b")),
	    false);
	assert_ran("a fail b ", 0);
	assert_true(log_captured("store_fail failed: it burns (-5); it is left out",
				 "volume_create failed: ", NULL));
	/* One that is nowhere was told of in the first pass. */
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	log_capture_clear();
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	g_called[0] = '\0';
	g_ended = 0;
	run(STORE("{\"method\":\"store_x\"}," ALWAYS), false);
	assert_ran("always ", 0);
	assert_true(log_captured("store_x failed: Method not found: 'store_x'", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
}

static void
what_belongs_to_a_subsystem_that_is_not_there_is_left_out(void **state)
{
	static const char text[] =
		"{\"subsystems\":[{\"subsystem\":\"magic\",\"config\":[{\"method\":\"magic_wand\"},"
		"{\"method\":\"magic_hat\"}," ALWAYS "]},{\"subsystem\":\"store\",\"config\":"
		"[" CREATE("a") "]}]}";

	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	run(text, true);
	assert_ran("always ", 0);
	assert_true(log_captured("subsystems[0].config[0]: this program has neither the method "
				 "'magic_wand' nor the subsystem 'magic'",
				 NULL));
	assert_one_notice("it is left out, and what else is unknown there");
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	g_called[0] = '\0';
	g_ended = 0;
	run(text, true);
	assert_ran("a ", 0);
	assert_nothing_logged();
}

static void
one_that_answers_later_is_waited_for(void **state)
{
	run(STORE(CREATE("a") "," LATER "," CREATE("b")), true);
	assert_string_equal(g_called, "a later ");
	assert_int_equal(g_ended, 0);
	spdk_jsonrpc_send_bool_response(g_later, true);
	assert_ran("a later b ", 0);
	g_ended = 0;
	run(STORE(LATER "," CREATE("b")), true);
	spdk_jsonrpc_send_error_response(g_later, -EBUSY, "busy");
	assert_ran("a later b later ", -EBUSY);
	assert_one_error("subsystems[0].config[0]: store_later failed: busy (-16)");
}

static void
one_run_at_a_time(void **state)
{
	run(STORE(LATER), true);
	assert_int_equal(g_ended, 0);
	run(STORE(CREATE("a")), true);
	assert_ran("later ", -EBUSY);
	assert_one_error("A configuration is being loaded already");
	g_ended = 0;
	spdk_jsonrpc_send_bool_response(g_later, true);
	assert_ran("later ", 0);
}

static void
an_end_before_the_answer_is_no_end_of_the_memory(void **state)
{
	/* Not under way: nothing happens. */
	config_run_abandon();
	assert_nothing_logged();
	run(STORE(LATER "," CREATE("a")), true);
	config_run_abandon();
	assert_one_notice("The configuration is not loaded any further");
	/* The next one may run before that has answered. */
	run(STORE(CREATE("b")), true);
	assert_ran("later b ", 0);
	g_ended = 0;
	spdk_jsonrpc_send_bool_response(g_later, true);
	/* After an error, too. */
	run(STORE(LATER), true);
	config_run_abandon();
	spdk_jsonrpc_send_error_response(g_later, -5, "late");
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
	/* From inside of a method, that has answered or will. */
	run(STORE("{\"method\":\"store_leave\",\"params\":[]}," CREATE("a")), true);
	run(STORE("{\"method\":\"store_leave\"}," CREATE("a")), true);
	spdk_jsonrpc_send_bool_response(g_later, true);
	assert_string_equal(g_called, "later b later leave leave ");
	assert_int_equal(g_ended, 0);
}

static void *
answer_outside(void *arg)
{
	spdk_jsonrpc_send_bool_response(g_later, true);
	return NULL;
}

static bool
answered_outside(void)
{
	struct spdk_thread *app_thread;
	pthread_t os_thread;

	check(spdk_thread_lib_init(NULL, 0) == 0);
	app_thread = spdk_thread_create("app_thread", NULL);
	spdk_set_thread(app_thread);
	run(STORE(LATER "," CREATE("a")), true);
	check(pthread_create(&os_thread, NULL, answer_outside, NULL) == 0);
	pthread_join(os_thread, NULL);
	/* Only the app thread goes on. */
	check(strcmp(g_called, "later ") == 0 && g_ended == 0);
	(void)spdk_thread_poll(app_thread, 0, 0);
	check(strcmp(g_called, "later a ") == 0 && g_ended == 1 && g_rc == 0);
	/* When nobody waits any more. */
	run(STORE(LATER "," CREATE("b")), true);
	config_run_abandon();
	check(pthread_create(&os_thread, NULL, answer_outside, NULL) == 0);
	pthread_join(os_thread, NULL);
	(void)spdk_thread_poll(app_thread, 0, 0);
	check(strcmp(g_called, "later a later ") == 0 && g_ended == 1);
	return true;
}

static void
an_answer_may_come_from_anywhere(void **state)
{
	run_apart(answered_outside);
}

static bool
never_answered(void)
{
	uint64_t give_up = spdk_get_ticks() + PATIENCE_SEC * spdk_get_ticks_hz();

	run(STORE(CREATE("a") ",\n" LATER), true);
	while (log_capture_count(SPDK_LOG_ERROR) == 0 && spdk_get_ticks() < give_up) {
		usleep(20000);
	}
	check(log_captured("test.json:2:1: subsystems[0].config[1]: store_later has not been "
			   "answered for 5 s",
			   "Ctrl-C or SIGTERM ends the application", NULL));
	/* Once. */
	usleep(2200000);
	check(log_capture_count(SPDK_LOG_ERROR) == 1);
	spdk_jsonrpc_send_bool_response(g_later, true);
	check(g_ended == 1 && g_rc == 0);
	return true;
}

static void
one_that_never_answers_is_named(void **state)
{
	run_apart(never_answered);
}

#define MANY 200000

/* Quadratic in time, or a call within a call, would not come to its end. */
static bool
many_run(void)
{
	static const char begin[] = "{\"subsystems\":[{\"subsystem\":\"store\",\"config\":[\n";
	const struct rlimit small = {.rlim_cur = 256 * 1024, .rlim_max = 256 * 1024};
	size_t entry_size = strlen(ALWAYS ",\n");
	char *text = malloc(sizeof(begin) + MANY * entry_size + 16), *at = text;

	check(text != NULL);
	memcpy(at, begin, strlen(begin));
	at += strlen(begin);
	for (int i = 0; i < MANY; i++) {
		memcpy(at, ALWAYS ",\n", entry_size);
		at += entry_size;
	}
	memcpy(at - 2, "]}]}", sizeof("]}]}"));
	check(setrlimit(RLIMIT_STACK, &small) == 0);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	run(text, true);
	free(text);
	check(g_calls == MANY && g_ended == 1 && g_rc == 0);
	return true;
}

static void
very_many_entries_need_no_stack(void **state)
{
	run_apart(many_run);
}

static char g_text[512];

static void
load(const char *text, bool stops_on_error)
{
	snprintf(g_text, sizeof(g_text), "%s", text);
	spdk_subsystem_load_config(g_text, (ssize_t)strlen(g_text), ended, &g_ended,
				   stops_on_error);
	memset(g_text, 'x', sizeof(g_text));
}

static void
a_program_may_load_one_by_itself(void **state)
{
	load(STORE(CREATE("a") "," LATER "," CREATE("b")), true);
	assert_int_equal(g_ended, 0);
	spdk_jsonrpc_send_bool_response(g_later, true);
	assert_ran("a later b ", 0);
	g_ended = 0;
	g_called[0] = '\0';
	/* What is wrong in it is found before any of it is run. */
	load(STORE(CREATE("a") ",{\"method\":\"volume_create\"}"), true);
	assert_ran("", -EINVAL);
	assert_one_error("json:1:96: subsystems[0].config[1].params.name: required, and missing");
	g_ended = 0;
	/* Or left out. */
	load(STORE("{\"method\":\"volume_create\"}," CREATE("a")), false);
	assert_ran("a ", 0);
	assert_one_error("volume_create failed");
	g_ended = 0;
	load("{\"subsystems\":7}", false);
	assert_ran("a ", -EINVAL);
	assert_one_error("json:1:15: subsystems: expected an array, found 7");
	g_ended = 0;
	spdk_subsystem_load_config(NULL, 7, ended, &g_ended, true);
	assert_ran("a ", -EINVAL);
	assert_one_error("a text and its size are needed");
	g_ended = 0;
	spdk_subsystem_load_config(g_text, -1, ended, &g_ended, true);
	assert_ran("a ", -EINVAL);
	assert_one_error("a text and its size are needed");
	spdk_subsystem_load_config(g_text, 7, NULL, NULL, true);
	assert_one_error("spdk_subsystem_load_config(): the callback is NULL");
}

static bool
loaded_elsewhere(void)
{
	check(spdk_thread_lib_init(NULL, 0) == 0);
	(void)spdk_thread_create("app_thread", NULL);
	spdk_set_thread(spdk_thread_create("other", NULL));
	load(STORE(CREATE("a")), true);
	check(log_captured("spdk_subsystem_load_config() must be called on the app thread", NULL));
	check(g_ended == 0 && g_called[0] == '\0');
	return true;
}

static void
only_the_app_thread_loads_one(void **state)
{
	run_apart(loaded_elsewhere);
}

static void
a_failing_allocation_ends_the_run_and_leaves_nothing_behind(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	static const char text[] = STORE(CREATE("a") ",[" CREATE("b") "]," ALWAYS);
	struct config *config;
	long live = 0, nth;

	run(text, true);
	live = t_live;
	for (nth = 0; nth < 200; nth++) {
		config = read_config(text);
		log_capture_clear();
		g_called[0] = '\0';
		g_ended = 0;
		g_failures = 0;
		t_allocations_left = nth;
		config_run(config, true, ended, &g_ended);
		t_allocations_left = -1;
		config_free(config);
		assert_int_equal(t_live, live);
		assert_int_equal(g_ended, 1);
		if (g_failures == 0) {
			break;
		}
		/* An answer that cannot be read is an error, also of what was done. */
		assert_true(g_rc < 0);
		assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	}
	assert_ran("a b ", 0);
	assert_in_range(nth, 10, 199);
#endif
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop_config_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(methods_are_called_in_the_order_of_the_text),
		TEST(nothing_is_to_be_done_in_an_empty_one),
		TEST(each_method_is_called_in_one_of_two_passes),
		TEST(null_is_no_parameters),
		TEST(what_fails_ends_the_run_and_is_named),
		TEST(errors_may_be_ignored_but_are_named),
		TEST(what_belongs_to_a_subsystem_that_is_not_there_is_left_out),
		TEST(one_that_answers_later_is_waited_for),
		TEST(one_run_at_a_time),
		TEST(an_end_before_the_answer_is_no_end_of_the_memory),
		TEST(an_answer_may_come_from_anywhere),
		TEST(one_that_never_answers_is_named),
		TEST(very_many_entries_need_no_stack),
		TEST(a_program_may_load_one_by_itself),
		TEST(only_the_app_thread_loads_one),
		TEST(a_failing_allocation_ends_the_run_and_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
