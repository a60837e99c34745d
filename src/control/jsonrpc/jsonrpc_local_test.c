/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that a program makes to itself.
 */
#include "control/jsonrpc/jsonrpc_fixture.h"

static struct spdk_json_val g_method = {.type = SPDK_JSON_VAL_STRING};
static char g_params_text[128];
static struct spdk_json_val g_params[32];
static uint32_t g_done;
static struct jsonrpc_local_reply g_reply;
static char g_message[256];
static char g_text[256];

static void
done(void *arg, const struct jsonrpc_local_reply *reply)
{
	assert_ptr_equal(arg, &g_done);
	g_done++;
	g_reply = *reply;
	snprintf(g_message, sizeof(g_message), "%s",
		 reply->error_message != NULL ? reply->error_message : "");
	snprintf(g_text, sizeof(g_text), "%.*s", (int)reply->size,
		 reply->text != NULL ? reply->text : "");
	if (reply->error_code == 0) {
		assert_non_null(reply->result);
		assert_int_equal(g_text[reply->size], '\0');
	} else {
		assert_null(reply->result);
	}
}

/* Calls a method of the fixture; `params` may be NULL. */
static void
call(const char *method, const char *params)
{
	struct jsonrpc_local_call call = {
		.handle_fn = handle, .method = &g_method, .done_fn = done, .arg = &g_done};

	g_method.start = (void *)(uintptr_t)method;
	g_method.len = (uint32_t)strlen(method);
	if (params != NULL) {
		snprintf(g_params_text, sizeof(g_params_text), "%s", params);
		assert_true(spdk_json_parse(g_params_text, strlen(g_params_text), g_params,
					    SPDK_COUNTOF(g_params), NULL,
					    SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
		call.params = g_params;
	}
	assert_int_equal(jsonrpc_call_local(&call), 0);
}

static int
start(void **state)
{
	log_capture_start();
	g_done = 0;
	g_later_count = 0;
	g_called[0] = '\0';
	return 0;
}

static int
stop(void **state)
{
	log_capture_stop();
	return 0;
}

static void
a_result_comes_as_text_and_as_values(void **state)
{
	call("echo", "{\"a\\n\":[1,\"\\u00e9\"]}");
	assert_int_equal(g_done, 1);
	assert_int_equal(g_reply.error_code, 0);
	assert_string_equal(g_text, "{\"a\\n\":[1,\"\\u00E9\"]}");
	call("echo", NULL);
	assert_int_equal(g_done, 2);
	assert_string_equal(g_text, "null");
}

static void
an_error_comes_with_its_code_and_message(void **state)
{
	call("unknown", NULL);
	assert_int_equal(g_done, 1);
	assert_int_equal(g_reply.error_code, SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND);
	assert_string_equal(g_message, "it is 1");
	call("open", NULL);
	assert_int_equal(g_reply.error_code, SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	assert_string_equal(g_message, "the method has written no complete value");
	call("change", NULL);
	assert_int_equal(g_reply.error_code, 7);
	assert_string_equal(g_message, "no?");
}

static void
an_answer_may_come_later(void **state)
{
	call("later", NULL);
	assert_int_equal(g_done, 0);
	assert_null(spdk_jsonrpc_get_conn(g_later[0]));
	assert_int_equal(
		spdk_jsonrpc_conn_add_close_cb(spdk_jsonrpc_get_conn(g_later[0]), NULL, NULL),
		-ENOTCONN);
	spdk_jsonrpc_send_error_response(g_later[0], 0, NULL);
	assert_int_equal(g_done, 1);
	assert_int_equal(g_reply.error_code, SPDK_JSONRPC_ERROR_INTERNAL_ERROR);
	assert_string_equal(g_message, "");
}

static void
a_second_answer_is_named(void **state)
{
	call("twice", NULL);
	assert_int_equal(g_done, 1);
	assert_string_equal(g_text, "true");
	assert_true(log_captured("method 'twice' has answered this request already", NULL));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_result_comes_as_text_and_as_values),
		TEST(an_error_comes_with_its_code_and_message),
		TEST(an_answer_may_come_later),
		TEST(a_second_answer_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
