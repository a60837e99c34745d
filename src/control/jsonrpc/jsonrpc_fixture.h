/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a server at a path of its own, clients that are bare sockets, and methods that behave
 * as methods do. Nothing runs but what the test polls.
 */
#ifndef SPINDLE_JSONRPC_FIXTURE_H
#define SPINDLE_JSONRPC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/un.h>

#include "base/log_capture.h"
#include "control/jsonrpc.h"
#include "spdk/util.h"

#define LATER_MAX 256
/* Turns after which whatever has to come has come. */
#define TURNS_MAX 200000

static struct spdk_jsonrpc_server *g_server;
static struct sockaddr_un g_address;
static struct jsonrpc_limits g_limits;
/* Requests that wait for the test to answer them. */
static struct spdk_jsonrpc_request *g_later[LATER_MAX];
static uint32_t g_later_count;
/* The names of the methods that were called, each with a blank behind it. */
static char g_called[4096];
static uint32_t g_calls;

static bool
is_method(const struct spdk_json_val *method, const char *name)
{
	return spdk_json_strequal(method, name);
}

static void
note_call(const struct spdk_json_val *method)
{
	size_t length = strlen(g_called);

	g_calls++;
	if (length + method->len + 2 < sizeof(g_called)) {
		snprintf(g_called + length, sizeof(g_called) - length, "%.*s ", (int)method->len,
			 (const char *)method->start);
	}
}

static void
answer_value(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	if (value == NULL) {
		spdk_json_write_null(w);
	} else {
		spdk_json_write_val(w, value);
	}
	spdk_jsonrpc_end_result(request, w);
}

/* A string of as many letters as the first of `params` says. */
static void
answer_big(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	static char block[1000];
	uint32_t count = 0;

	assert_int_equal(spdk_json_number_to_uint32(params + 1, &count), 0);
	memset(block, 'x', sizeof(block));
	spdk_json_write_array_begin(w);
	for (uint32_t i = 0; i < count / sizeof(block); i++) {
		spdk_json_write_string_raw(w, block, sizeof(block));
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
answer_wrongly(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method)
{
	struct spdk_json_write_ctx *w;

	if (is_method(method, "twice")) {
		spdk_jsonrpc_send_bool_response(request, true);
		spdk_jsonrpc_send_bool_response(request, false);
		w = spdk_jsonrpc_begin_result(request);
		spdk_json_write_null(w);
		spdk_jsonrpc_end_result(request, w);
		return;
	}
	w = spdk_jsonrpc_begin_result(request);
	if (is_method(method, "open")) {
		spdk_json_write_array_begin(w);
	} else if (is_method(method, "not utf-8")) {
		spdk_json_write_string(w, "\xff");
	} else if (is_method(method, "change")) {
		spdk_json_write_array_begin(w);
		spdk_json_write_string(w, "given up");
		spdk_jsonrpc_send_error_response(request, 7, "no\xff");
		return;
	}
	spdk_jsonrpc_end_result(request, w);
}

static inline void
handle(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
       const struct spdk_json_val *params)
{
	note_call(method);
	if (is_method(method, "echo")) {
		answer_value(request, params);
	} else if (is_method(method, "later")) {
		assert_true(g_later_count < LATER_MAX);
		g_later[g_later_count++] = request;
	} else if (is_method(method, "big")) {
		answer_big(request, params);
	} else if (is_method(method, "true")) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else if (is_method(method, "poll")) {
		uint32_t calls = g_calls;

		assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
		assert_int_equal(g_calls, calls);
		spdk_jsonrpc_send_bool_response(request, true);
	} else if (is_method(method, "end")) {
		struct spdk_jsonrpc_server *server = g_server;

		g_server = NULL;
		spdk_jsonrpc_server_shutdown(server);
		assert_null(spdk_jsonrpc_get_conn(request));
		spdk_jsonrpc_send_bool_response(request, true);
	} else if (is_method(method, "unknown")) {
		spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
						     "%s is %d", "it", 1);
	} else {
		answer_wrongly(request, method);
	}
}

static inline struct spdk_jsonrpc_server *
listen_at(const char *path)
{
	g_address.sun_family = AF_UNIX;
	snprintf(g_address.sun_path, sizeof(g_address.sun_path), "%s", path);
	unlink(path);
	return spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					  sizeof(g_address), handle);
}

static inline int
set_up(void **state)
{
	char path[64];

	log_capture_start();
	snprintf(path, sizeof(path), "/tmp/spindle_jsonrpc_test.%d", getpid());
	g_server = listen_at(path);
	assert_non_null(g_server);
	g_limits = jsonrpc_default_limits;
	g_later_count = 0;
	g_called[0] = '\0';
	g_calls = 0;
	return 0;
}

static inline int
tear_down(void **state)
{
	spdk_jsonrpc_server_shutdown(g_server);
	g_server = NULL;
	unlink(g_address.sun_path);
	log_capture_stop();
	return 0;
}

static inline struct jsonrpc_stats
stats(void)
{
	struct jsonrpc_stats now;

	jsonrpc_server_get_stats(g_server, &now);
	return now;
}

static inline bool
is_readable(int fd)
{
	struct pollfd look = {.fd = fd, .events = POLLIN};

	return poll(&look, 1, 0) == 1;
}

/* Turns until the server has nothing to do. */
static inline void
settle(void)
{
	for (int i = 0; g_server != NULL && is_readable(jsonrpc_server_get_wake_fd(g_server));
	     i++) {
		assert_true(i < TURNS_MAX);
		assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
	}
}

static inline int
connect_to(const struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, address, size), 0);
	return fd;
}

static inline int
client(void)
{
	int fd = connect_to((struct sockaddr *)&g_address, sizeof(g_address));

	settle();
	return fd;
}

static inline void
send_bytes(int fd, const char *text, size_t size)
{
	size_t at = 0;
	ssize_t sent;

	while (at < size) {
		sent = send(fd, text + at, size - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0) {
			assert_int_equal(errno, EAGAIN);
			/* The socket is full, so that the server has something to read. */
			assert_int_equal(spdk_jsonrpc_server_poll(g_server), 0);
			continue;
		}
		at += (size_t)sent;
	}
}

static inline void
send_text(int fd, const char *text)
{
	send_bytes(fd, text, strlen(text));
}

/* What has come, as a text; *is_end tells whether the server has closed the connection. */
static inline char *
receive(int fd, bool *is_end)
{
	static char text[1 << 16];
	size_t at = 0;
	ssize_t size;

	settle();
	*is_end = false;
	while ((size = recv(fd, text + at, sizeof(text) - 1 - at, MSG_DONTWAIT)) > 0) {
		at += (size_t)size;
		assert_true(at < sizeof(text) - 1);
		settle();
	}
	*is_end = size == 0;
	text[at] = '\0';
	return text;
}

#define assert_received(fd, expected)                                 \
	do {                                                          \
		bool _is_end;                                         \
		assert_string_equal(receive(fd, &_is_end), expected); \
		assert_false(_is_end);                                \
	} while (0)

#define assert_received_and_end(fd, expected)                         \
	do {                                                          \
		bool _is_end;                                         \
		assert_string_equal(receive(fd, &_is_end), expected); \
		assert_true(_is_end);                                 \
	} while (0)

/* The answer to a request must have this in it. */
#define assert_answer_has(fd, part)                                       \
	do {                                                              \
		bool _is_end;                                             \
		const char *_text = receive(fd, &_is_end);                \
		if (strstr(_text, part) == NULL) {                        \
			fail_msg("\"%s\" is not in \"%s\"", part, _text); \
		}                                                         \
	} while (0)

#define CALL_ECHO(id)  "{\"method\":\"echo\",\"id\":" id "}"
#define CALL_LATER(id) "{\"method\":\"later\",\"id\":" id "}"

#define RESULT(id, value) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" value "}"
#define ERROR(id, code, message)                                                                 \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code ",\"message\":\"" message \
	"\"}}"

#endif
