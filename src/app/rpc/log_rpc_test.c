/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the log: what they change and tell.
 */
#include "app/rpc/app_rpc.h"
#include "app/rpc/app_rpc_fixture.h"

SPDK_LOG_REGISTER_COMPONENT(zebra)

static void
flags_are_set_cleared_and_listed(void **state)
{
	struct spdk_json_val *zebra;

	expect("log_set_flag", "{\"flag\": \"zebra\"}", "true");
	assert_true(spdk_log_get_flag("zebra"));
	call("log_get_flags", NULL);
	zebra = member(g_test.result, "zebra", SPDK_JSON_VAL_TRUE);
	assert_non_null(zebra);
	(void)member(g_test.result, "reactor", SPDK_JSON_VAL_FALSE);
	expect("log_clear_flag", "{\"flag\": \"zebra\"}", "true");
	assert_false(spdk_log_get_flag("zebra"));
	expect("log_set_flag", "{\"flag\": \"all\"}", "true");
	call("log_get_flags", NULL);
	(void)member(g_test.result, "reactor", SPDK_JSON_VAL_TRUE);
	expect("log_clear_flag", "{\"flag\": \"all\"}", "true");
	assert_false(spdk_log_get_flag("reactor"));
}

static void
an_unknown_flag_is_answered_with_those_there_are(void **state)
{
	expect_error("log_set_flag", "{\"flag\": \"zebro\"}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "no log flag 'zebro'", "all, ", "zebra", "reactor", NULL);
	expect_error("log_clear_flag", "{\"flag\": \"\"}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "no log flag ''", "zebra", NULL);
	expect_error("log_set_flag", NULL, SPDK_JSONRPC_ERROR_INVALID_PARAMS, "flag", NULL);
}

static void
a_flag_that_two_have_is_listed_once(void **state)
{
	static struct spdk_log_flag second = {.name = "zebra"};

	spdk_log_register_flag("zebra", &second);
	call("log_get_flags", NULL);
	assert_null(strstr(strstr(g_test.text, "\"zebra\"") + 1, "\"zebra\""));
}

static void
levels_are_words(void **state)
{
	enum spdk_log_level level = spdk_log_get_level();

	expect("log_set_level", "{\"level\": \"WARNING\"}", "true");
	assert_int_equal(spdk_log_get_level(), SPDK_LOG_WARN);
	expect("log_get_level", NULL, "\"WARNING\"");
	expect("log_set_print_level", "{\"level\": \"DEBUG\"}", "true");
	assert_int_equal(spdk_log_get_print_level(), SPDK_LOG_DEBUG);
	expect("log_get_print_level", NULL, "\"DEBUG\"");
	expect("log_get_level", NULL, "\"WARNING\"");
	spdk_log_set_level(SPDK_LOG_DISABLED);
	expect("log_get_level", NULL, "\"DISABLED\"");
	spdk_log_set_print_level(SPDK_LOG_NOTICE);
	spdk_log_set_level(level);
	expect_error("log_set_level", "{\"level\": \"LOUD\"}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "LOUD", "ERROR", "WARNING", "DEBUG", NULL);
	expect_error("log_set_print_level", "{\"level\": 1}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "level", NULL);
}

/* What the process writes to stderr while it logs one line. */
static void
log_to(char *text, size_t size)
{
	int pipe_fds[2], saved = dup(STDERR_FILENO);
	ssize_t length;

	assert_int_equal(pipe(pipe_fds), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	spdk_log(SPDK_LOG_ERROR, NULL, -1, NULL, "here\n");
	dup2(saved, STDERR_FILENO);
	length = read(pipe_fds[0], text, size - 1);
	assert_true(length > 0);
	text[length] = '\0';
	close(saved);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void
stamps_come_and_go(void **state)
{
	char text[256];

	expect("log_enable_timestamps", "{\"enabled\": false}", "true");
	log_to(text, sizeof(text));
	assert_string_equal(text, "here\n");
	expect("log_enable_timestamps", "{\"enabled\": true}", "true");
	log_to(text, sizeof(text));
	assert_int_equal(text[0], '[');
	assert_non_null(strstr(text, "here\n"));
	expect_error("log_enable_timestamps", NULL, SPDK_JSONRPC_ERROR_INVALID_PARAMS, "enabled",
		     NULL);
}

static void
a_list_of_names_is_cut_with_dots(void **state)
{
	struct name_list list = {""};
	int i;

	assert_string_equal(name_list_text(&list), "none");
	name_list_add(&list, "one");
	assert_string_equal(name_list_text(&list), "one");
	for (i = 0; i < 1000; i++) {
		name_list_add(&list, "another");
	}
	assert_true(strlen(list.text) < sizeof(list.text));
	assert_string_equal(list.text + strlen(list.text) - 12, "another, ...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_set_cleared_and_listed),
		cmocka_unit_test(an_unknown_flag_is_answered_with_those_there_are),
		cmocka_unit_test(a_flag_that_two_have_is_listed_once),
		cmocka_unit_test(levels_are_words),
		cmocka_unit_test(stamps_come_and_go),
		cmocka_unit_test(a_list_of_names_is_cut_with_dots),
	};

	return cmocka_run_group_tests(tests, app_set_up, app_tear_down);
}
