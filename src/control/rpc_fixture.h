/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of methods: texts of JSON as values, calls of a method and what it has answered, and
 * tests in a process of their own, since what is registered stays registered.
 */
#ifndef SPINDLE_RPC_FIXTURE_H
#define SPINDLE_RPC_FIXTURE_H

#include "base/log_capture.h"
#include "control/jsonrpc.h"
#include "control/rpc.h"
#include "spdk/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#define FIXTURE_VALUES_MAX 1024
#define FIXTURE_TEXT_MAX   65536

/* What the last call has answered. */
static struct {
	int count;
	int code;
	char text[FIXTURE_TEXT_MAX]; /* the result, or the message of the error */
} g_answer;

static char g_json_text[FIXTURE_TEXT_MAX];
static struct spdk_json_val g_json[FIXTURE_VALUES_MAX];

/* The values of a text; valid until the next call. */
static inline struct spdk_json_val *
parse_json(const char *text)
{
	assert_true(strlen(text) < sizeof(g_json_text));
	snprintf(g_json_text, sizeof(g_json_text), "%s", text);
	assert_true(spdk_json_parse(g_json_text, strlen(g_json_text), g_json, SPDK_COUNTOF(g_json),
				    NULL, SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
	return g_json;
}

static inline void
keep_answer(void *arg, const struct jsonrpc_local_reply *reply)
{
	g_answer.count++;
	g_answer.code = reply->error_code;
	if (reply->error_code != 0) {
		snprintf(g_answer.text, sizeof(g_answer.text), "%s", reply->error_message);
	} else {
		snprintf(g_answer.text, sizeof(g_answer.text), "%.*s", (int)reply->size,
			 reply->text);
	}
}

/* Has a method called by its name; `params` NULL: none. */
static inline void
call_method(const char *name, const char *params)
{
	struct spdk_json_val method = {
		.start = (void *)(uintptr_t)name,
		.len = (uint32_t)strlen(name),
		.type = SPDK_JSON_VAL_STRING,
	};
	struct jsonrpc_local_call call = {
		.handle_fn = rpc_handle,
		.method = &method,
		.params = params != NULL ? parse_json(params) : NULL,
		.done_fn = keep_answer,
	};

	memset(&g_answer, 0, sizeof(g_answer));
	assert_int_equal(jsonrpc_call_local(&call), 0);
}

#define assert_answered(result)                             \
	do {                                                \
		assert_int_equal(g_answer.count, 1);        \
		assert_string_equal(g_answer.text, result); \
		assert_int_equal(g_answer.code, 0);         \
	} while (0)

#define assert_refused(error_code, message)                    \
	do {                                                   \
		assert_int_equal(g_answer.count, 1);           \
		assert_string_equal(g_answer.text, message);   \
		assert_int_equal(g_answer.code, (error_code)); \
	} while (0)

/* Whether condition holds; else the test has failed and says where. */
#define check(condition)                                                                     \
	do {                                                                                 \
		if (!(condition)) {                                                          \
			fprintf(stderr, "%s:%d: not so: %s; log '%s'\n", __func__, __LINE__, \
				#condition, g_log_capture.text);                             \
			return false;                                                        \
		}                                                                            \
	} while (0)

/* Its checks are check(), since a failed assertion would leave the child in the parent's tests. */
static inline void
run_apart(bool (*test)(void))
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		alarm(60);
		log_capture_start();
		_exit(test() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
