/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arbitrary bytes in arbitrary pieces on a connection of a server, and arbitrary behaviour around
 * them. Whatever comes, each line that the server sends is JSON, every request that reaches the
 * handler is answered in the end, and nothing is left afterwards.
 *
 * The first byte chooses: how large pieces are (low four bits), whether limits are small, whether
 * requests are answered at once or later, whether the client ends writing or closes at the end. A
 * method whose name begins with 'e' is answered with an error, with 'b' by much, others by their
 * parameters.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include <sys/un.h>

#include "spdk/util.h"

#define LATER_MAX 4096
#define TURNS_MAX 100000

enum choice {
	CHOOSE_PIECE = 0x0f,
	CHOOSE_LIMITS = 0x10,
	CHOOSE_LATER = 0x20,
	CHOOSE_CLOSE = 0x40,
	CHOOSE_SHUTDOWN = 0x80,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spdk_jsonrpc_server *g_server;
static struct sockaddr_un g_address;
static struct spdk_jsonrpc_request *g_later[LATER_MAX];
static uint32_t g_later_count;
static bool g_is_later;
static char g_line[1 << 20];
static size_t g_line_size;

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
answer(struct spdk_jsonrpc_request *request)
{
	const struct spdk_json_val *method = request->method;
	char first = method->len > 0 ? *(const char *)method->start : '\0';
	struct spdk_json_write_ctx *w;

	if (first == 'e') {
		spdk_jsonrpc_send_error_response_fmt(request, -32602, "%.*s is wrong",
						     (int)method->len, (char *)method->start);
		return;
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_array_begin(w);
	for (int i = 0; first == 'b' && i < 1000; i++) {
		spdk_json_write_string(w, "a string");
	}
	if (request->params != NULL) {
		spdk_json_write_val(w, request->params);
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
handle(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
       const struct spdk_json_val *params)
{
	check(method->type == SPDK_JSON_VAL_STRING);
	check(params == NULL || params->type == SPDK_JSON_VAL_ARRAY_BEGIN ||
	      params->type == SPDK_JSON_VAL_OBJECT_BEGIN);
	if (g_is_later && g_later_count < LATER_MAX) {
		g_later[g_later_count++] = request;
	} else {
		answer(request);
	}
}

/* From the last to the first. */
static void
answer_later(void)
{
	while (g_later_count > 0) {
		answer(g_later[--g_later_count]);
	}
}

/* One server for all inputs; messages about what clients do are of no interest here. */
static void
need_server(void)
{
	if (g_server != NULL) {
		return;
	}
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	g_address.sun_family = AF_UNIX;
	/* An address without a file. */
	snprintf(g_address.sun_path + 1, sizeof(g_address.sun_path) - 1, "spindle_jsonrpc_fuzz.%d",
		 getpid());
	g_server = spdk_jsonrpc_server_listen(AF_UNIX, 0, (struct sockaddr *)&g_address,
					      sizeof(g_address), handle);
	check(g_server != NULL);
}

static void
settle(void)
{
	int fd = jsonrpc_server_get_wake_fd(g_server);
	struct timespec now = {0};
	fd_set set;

	for (int i = 0;; i++) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		if (pselect(fd + 1, &set, NULL, NULL, &now, NULL) != 1) {
			break;
		}
		check(i < TURNS_MAX);
		check(spdk_jsonrpc_server_poll(g_server) == 0);
	}
}

/* Each line is one value and nothing else. */
static void
check_line(void)
{
	void *end;

	check(spdk_json_parse(g_line, g_line_size, NULL, 0, &end, 0) > 0);
	check(end == g_line + g_line_size);
	g_line_size = 0;
}

static void
receive(int fd)
{
	char bytes[4096];
	ssize_t size;

	settle();
	while ((size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < size; i++) {
			if (bytes[i] == '\n') {
				check_line();
				continue;
			}
			check(g_line_size < sizeof(g_line));
			g_line[g_line_size++] = bytes[i];
		}
		settle();
	}
}

static void
set_limits(bool are_small)
{
	struct jsonrpc_limits limits = jsonrpc_default_limits;

	if (are_small) {
		limits.request_bytes_max = 200;
		limits.request_values_max = 24;
		limits.request_depth_max = 5;
		limits.batch_max = 4;
		limits.reply_bytes_max = 6000;
		limits.under_way_max = 2;
		limits.unsent_bytes_max = 1000;
		limits.turn_us = 0;
	}
	jsonrpc_server_set_limits(g_server, &limits);
}

static void
send_pieces(int fd, const uint8_t *data, size_t size, size_t piece)
{
	for (size_t at = 0; at < size;) {
		size_t length = spdk_min(piece, size - at);
		ssize_t sent = send(fd, data + at, length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN) {
			break;
		}
		at += sent > 0 ? (size_t)sent : 0;
		receive(fd);
		if (sent < 0) {
			/* It waits for answers. */
			answer_later();
		}
	}
}

/* What is left is answered, and the connection ends. */
static void
finish(int fd, uint8_t choice)
{
	if (choice & CHOOSE_CLOSE) {
		close(fd);
	} else if (choice & CHOOSE_SHUTDOWN) {
		(void)shutdown(fd, SHUT_WR);
	}
	do {
		answer_later();
		settle();
		if (!(choice & CHOOSE_CLOSE)) {
			receive(fd);
		}
	} while (g_later_count > 0);
	if (!(choice & CHOOSE_CLOSE)) {
		/* A whole line, if it was not cut off by the end of the connection. */
		check(g_line_size == 0);
		close(fd);
		settle();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonrpc_stats stats;
	size_t piece;
	int fd;

	if (size == 0) {
		return 0;
	}
	need_server();
	set_limits(data[0] & CHOOSE_LIMITS);
	g_is_later = data[0] & CHOOSE_LATER;
	g_line_size = 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(fd >= 0 && connect(fd, (struct sockaddr *)&g_address, sizeof(g_address)) == 0);
	settle();
	piece = (size_t)1 << (data[0] & CHOOSE_PIECE);
	send_pieces(fd, data + 1, size - 1, piece);
	finish(fd, data[0]);
	jsonrpc_server_get_stats(g_server, &stats);
	check(stats.connections == 0);
	return 0;
}
