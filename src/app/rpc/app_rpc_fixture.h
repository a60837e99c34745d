/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of methods: reactors and subsystems on OS threads of their own, and calls that wait for
 * their answers. There is no socket and no spdk_app_start(), so the states are the test's:
 *
 *     app_up("0x3")       reactors turn, no subsystem is up: the state is SPDK_RPC_STARTUP
 *     app_init()          the subsystems are up: SPDK_RPC_RUNTIME
 *     app_down()          everything is gone
 */
#ifndef SPINDLE_APP_RPC_FIXTURE_H
#define SPINDLE_APP_RPC_FIXTURE_H

#include "base/log_capture.h"
#include "control/jsonrpc.h"
#include "control/rpc.h"
#include "control/subsystem.h"
#include "runtime/reactors.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/init.h"
#include "spdk/json.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CALL_VALUES_MAX 4096

/* Where the machine is too slow for very many threads. */
#ifdef __SANITIZE_THREAD__
#define IS_SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_SLOW 1
#endif
#endif
#ifndef IS_SLOW
#define IS_SLOW 0
#endif

static struct {
	pthread_t os_thread;
	const char *mask;
	struct spdk_thread *app_thread;
	sem_t ready;
	sem_t done;
	int rc;
	spdk_msg_fn fn;
	void *arg;

	/* The call under way, then its answer. */
	char *method_text;
	struct spdk_json_val method;
	char *params_text;
	struct spdk_json_val params[CALL_VALUES_MAX];
	bool has_params;
	int error_code;
	char *error_message;
	char *text;
	struct spdk_json_val *result;
	char *result_text;
	uint32_t answers;
} g_test;

static inline int
app_bring_up(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	struct spdk_cpuset main_core;

	spdk_env_opts_init(&opts);
	opts.core_mask = g_test.mask;
	if (spdk_env_init(&opts) != 0 || spdk_reactors_init(0) != 0) {
		return -EIO;
	}
	spdk_cpuset_zero(&main_core);
	spdk_cpuset_set_cpu(&main_core, spdk_env_get_main_core(), true);
	g_test.app_thread = spdk_thread_create("app_thread", &main_core);
	return g_test.app_thread != NULL ? 0 : -ENOMEM;
}

static inline void
app_is_ready(void *arg)
{
	sem_post(&g_test.ready);
}

static inline void *
app_run(void *arg)
{
	g_test.rc = app_bring_up();
	if (g_test.rc != 0) {
		sem_post(&g_test.ready);
		return NULL;
	}
	(void)spdk_thread_send_msg(g_test.app_thread, app_is_ready, NULL);
	g_test.rc = reactors_run();
	spdk_reactors_fini();
	spdk_env_fini();
	return NULL;
}

static inline void
app_wait(sem_t *sem)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 30;
	while (sem_timedwait(sem, &end) != 0) {
		if (errno != EINTR) {
			fprintf(stderr, "nothing has come back for 30 s\n");
			abort();
		}
	}
}

static inline void
app_up(const char *mask)
{
	g_test.mask = mask;
	sem_init(&g_test.ready, 0, 0);
	sem_init(&g_test.done, 0, 0);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	assert_int_equal(pthread_create(&g_test.os_thread, NULL, app_run, NULL), 0);
	app_wait(&g_test.ready);
	assert_int_equal(g_test.rc, 0);
}

static inline void
app_do_message(void *arg)
{
	g_test.fn(g_test.arg);
	sem_post(&g_test.done);
}

/* Runs `fn` on a thread and waits for its end. */
static inline void
run_on(struct spdk_thread *thread, spdk_msg_fn fn, void *arg)
{
	g_test.fn = fn;
	g_test.arg = arg;
	assert_int_equal(spdk_thread_send_msg(thread, app_do_message, NULL), 0);
	app_wait(&g_test.done);
}

static inline void
run_on_app(spdk_msg_fn fn, void *arg)
{
	run_on(g_test.app_thread, fn, arg);
}

static inline void
app_subsystems_started(int rc, void *arg)
{
	g_test.rc = rc;
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	sem_post(&g_test.done);
}

static inline void
app_start_subsystems(void *arg)
{
	spdk_subsystem_init(app_subsystems_started, NULL);
}

static inline void
app_init(void)
{
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, app_start_subsystems, NULL), 0);
	app_wait(&g_test.done);
	assert_int_equal(g_test.rc, 0);
}

static inline void
app_subsystems_ended(void *arg)
{
	spdk_reactors_stop(NULL);
}

static inline void
app_end_subsystems(void *arg)
{
	spdk_subsystem_fini(app_subsystems_ended, NULL);
}

static inline void
app_free_answer(void)
{
	free(g_test.error_message);
	free(g_test.text);
	free(g_test.result);
	free(g_test.result_text);
	g_test.error_message = NULL;
	g_test.text = NULL;
	g_test.result = NULL;
	g_test.result_text = NULL;
}

static inline void
app_down(void)
{
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, app_end_subsystems, NULL), 0);
	assert_int_equal(pthread_join(g_test.os_thread, NULL), 0);
	assert_int_equal(g_test.rc, 0);
	sem_destroy(&g_test.ready);
	sem_destroy(&g_test.done);
	app_free_answer();
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
}

static inline void
app_answered(void *arg, const struct jsonrpc_local_reply *reply)
{
	ssize_t count;

	g_test.answers++;
	g_test.error_code = reply->error_code;
	if (reply->error_message != NULL) {
		g_test.error_message = strdup(reply->error_message);
	}
	if (reply->text != NULL) {
		g_test.text = strdup(reply->text);
		g_test.result_text = strdup(reply->text);
		count = spdk_json_parse(g_test.result_text, reply->size, NULL, 0, NULL, 0);
		g_test.result = calloc(count > 0 ? (size_t)count : 1, sizeof(*g_test.result));
		(void)spdk_json_parse(g_test.result_text, reply->size, g_test.result, (size_t)count,
				      NULL, SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	}
	sem_post(&g_test.done);
}

static inline void
app_send_call(void *arg)
{
	struct jsonrpc_local_call call = {
		.handle_fn = rpc_handle,
		.method = &g_test.method,
		.params = g_test.has_params ? g_test.params : NULL,
		.done_fn = app_answered,
	};

	/* The answer may be there already, and whoever waits for it looks. */
	if (jsonrpc_call_local(&call) != 0) {
		sem_post(&g_test.done);
	}
}

static inline void
app_prepare_call(const char *method, const char *params)
{
	app_free_answer();
	free(g_test.method_text);
	free(g_test.params_text);
	g_test.method_text = strdup(method);
	g_test.method = (struct spdk_json_val){.start = g_test.method_text,
					       .len = (uint32_t)strlen(method),
					       .type = SPDK_JSON_VAL_STRING};
	g_test.params_text = params != NULL ? strdup(params) : NULL;
	g_test.has_params = params != NULL;
	g_test.error_code = 0;
	g_test.answers = 0;
	if (params != NULL) {
		assert_true(spdk_json_parse(g_test.params_text, strlen(params), g_test.params,
					    CALL_VALUES_MAX, NULL,
					    SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
	}
}

/* Calls a method and waits for the answer; `params` is a text, or NULL for none. */
static inline void
call(const char *method, const char *params)
{
	app_prepare_call(method, params);
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, app_send_call, NULL), 0);
	app_wait(&g_test.done);
	/* None: there was no memory for the request. */
	assert_int_equal(g_test.answers, 1);
}

/* Asserts that a method gives exactly this. */
static inline void
expect(const char *method, const char *params, const char *text)
{
	call(method, params);
	if (g_test.error_code != 0) {
		fail_msg("%s(%s): error %d: %s", method, params != NULL ? params : "",
			 g_test.error_code, g_test.error_message);
	}
	assert_string_equal(g_test.text, text);
}

/* Asserts that a method gives an error with all of the parts, up to a NULL, in its message. */
static inline void
expect_error(const char *method, const char *params, int code, ...)
{
	const char *part;
	va_list parts;

	call(method, params);
	if (g_test.error_code != code) {
		fail_msg("%s(%s): error %d (%s), expected %d", method, params != NULL ? params : "",
			 g_test.error_code,
			 g_test.error_message != NULL ? g_test.error_message : g_test.text, code);
	}
	va_start(parts, code);
	while ((part = va_arg(parts, const char *)) != NULL) {
		if (strstr(g_test.error_message, part) == NULL) {
			fail_msg("\"%s\" is not in \"%s\"", part, g_test.error_message);
		}
	}
	va_end(parts);
}

/* For groups of tests that need one core only, and subsystems. */
static inline int
app_set_up(void **state)
{
	app_up("0x1");
	app_init();
	return 0;
}

static inline int
app_tear_down(void **state)
{
	app_down();
	return 0;
}

/* The member of an object, which must be there and of this type. */
static inline struct spdk_json_val *
member(struct spdk_json_val *object, const char *name, enum spdk_json_val_type type)
{
	struct spdk_json_val *value = NULL;

	if (spdk_json_find(object, name, NULL, &value, SPDK_JSON_VAL_ANY) != 0 ||
	    value->type != type) {
		fail_msg("'%s' is %s in %s", name, value != NULL ? "of the wrong type" : "missing",
			 g_test.text);
	}
	return value;
}

static inline uint64_t
member_uint64(struct spdk_json_val *object, const char *name)
{
	uint64_t number = 0;

	assert_int_equal(
		spdk_json_number_to_uint64(member(object, name, SPDK_JSON_VAL_NUMBER), &number), 0);
	return number;
}

static inline bool
member_is(struct spdk_json_val *object, const char *name, const char *text)
{
	return spdk_json_strequal(member(object, name, SPDK_JSON_VAL_STRING), text);
}

/* How many members an object has. */
static inline uint32_t
count_members(struct spdk_json_val *object)
{
	uint32_t count = 0, at;

	for (at = 1; at <= object->len; at += 1 + spdk_json_val_len(&object[at + 1])) {
		count++;
	}
	return count;
}

/* The element of an array of objects whose member `name` is `text`. */
static inline struct spdk_json_val *
element_with(struct spdk_json_val *array, const char *name, const char *text)
{
	struct spdk_json_val *element = array + 1, *end = array + array->len + 1;

	assert_int_equal(array->type, SPDK_JSON_VAL_ARRAY_BEGIN);
	for (; element < end; element += spdk_json_val_len(element)) {
		if (member_is(element, name, text)) {
			return element;
		}
	}
	fail_msg("no element has '%s' as its '%s' in %s", text, name, g_test.text);
	return NULL;
}

#endif
