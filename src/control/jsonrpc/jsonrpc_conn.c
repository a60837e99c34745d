/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection: reads, has requests started in their order, and sends the answers in the order in
 * which they come.
 *
 * States:
 *   OPEN       all of that. What is no JSON, the end of what the peer sends, and the want of memory
 *              lead to DRAINING.
 *   DRAINING   nothing is read; what was started is answered. finish_draining() closes it then.
 *   CLOSED     the socket is closed and no request points to it. jsonrpc_conn_close() leads here
 *              from anywhere; the server frees it when none of these functions is running.
 *
 * Invariants:
 *  1. A step is bounded: one read, one piece parsed, one request started, one write.
 *  2. While a limit of under_way, held_bytes or unsent bytes is reached, nothing is read, parsed or
 *     started; whatever lifts it puts the connection into the server's queue.
 *  3. A connection that could do something is in the queue, or the group waits for it.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include "spdk/env.h"
#include "spdk/fd_group.h"
#include "spdk/string.h"
#include "spdk/util.h"

#include <sys/epoll.h>

/* Pieces given to the kernel at once. */
#define IOV_COUNT 32
/* Reads of what nobody wants, before a connection is closed. */
#define DISCARDS_MAX 4

static int
socket_ready(void *arg)
{
	struct spdk_jsonrpc_server_conn *conn = arg;
	struct epoll_event event = {0};

	if (spdk_fd_group_get_epoll_event(&event) != 0) {
		return 0;
	}
	conn->is_readable |= (event.events & EPOLLIN) != 0;
	conn->is_writable |= (event.events & EPOLLOUT) != 0;
	if (event.events & (EPOLLHUP | EPOLLERR)) {
		/* The next read or write does not block, and tells. */
		conn->is_hung_up = true;
		conn->is_writable = true;
	}
	jsonrpc_server_queue(conn->server, conn);
	return 1;
}

static bool
is_at_limit(const struct spdk_jsonrpc_server_conn *conn)
{
	const struct jsonrpc_limits *limits = &conn->server->limits;

	return conn->under_way >= limits->under_way_max ||
	       conn->held_bytes >= limits->held_bytes_max ||
	       conn->output.size > limits->unsent_bytes_max;
}

static bool
has_to_start(const struct spdk_jsonrpc_server_conn *conn)
{
	return conn->batch != NULL || conn->input_at < conn->input_size;
}

static bool
may_read(const struct spdk_jsonrpc_server_conn *conn)
{
	return conn->state == JSONRPC_CONN_OPEN && !is_at_limit(conn) && !has_to_start(conn);
}

/* Has the group wait for what there is to wait for. A peer that has hung up is told of for ever, so
 * that such a socket is left alone: what it has sent can still be read. */
static int
watch(struct spdk_jsonrpc_server_conn *conn)
{
	bool is_full = conn->output.size > 0 && !conn->is_writable;
	int events = (may_read(conn) ? EPOLLIN : 0) | (is_full ? EPOLLOUT : 0);
	struct spdk_fd_group *group = conn->server->group;
	int rc = 0;

	events = conn->is_hung_up ? -1 : events;
	if (events == conn->watched) {
		return 0;
	}
	if (events < 0) {
		spdk_fd_group_remove(group, conn->fd);
	} else if (conn->watched < 0) {
		rc = spdk_fd_group_add_for_events(group, conn->fd, (uint32_t)events, socket_ready,
						  conn, "jsonrpc connection");
	} else {
		rc = spdk_fd_group_event_modify(group, conn->fd, events);
	}
	if (rc == 0) {
		conn->watched = events;
	}
	return rc;
}

int
jsonrpc_conn_create(struct spdk_jsonrpc_server *server, int fd)
{
	const struct json_stream_limits limits = {
		.bytes_max = server->limits.request_bytes_max,
		.values_max = server->limits.request_values_max,
		.depth_max = server->limits.request_depth_max,
	};
	struct spdk_jsonrpc_server_conn *conn = calloc(1, sizeof(*conn));
	int rc = conn != NULL ? json_stream_create(&limits, &conn->stream) : -ENOMEM;

	if (rc != 0) {
		goto close_fd;
	}
	conn->fd = fd;
	conn->server = server;
	conn->watched = -1;
	conn->is_writable = true;
	conn->last_progress = spdk_get_ticks();
	TAILQ_INIT(&conn->requests);
	jsonrpc_reply_init(&conn->output, 0);
	rc = watch(conn);
	if (rc != 0) {
		goto close_fd;
	}
	TAILQ_INSERT_TAIL(&server->conns, conn, link);
	return 0;

close_fd:
	jsonrpc_conn_free(conn);
	close(fd);
	return rc;
}

void
jsonrpc_conn_free(struct spdk_jsonrpc_server_conn *conn)
{
	if (conn != NULL) {
		json_stream_destroy(conn->stream);
		free(conn);
	}
}

/* Those that are not answered yet are freed when they are; the others soon. */
static void
forget_requests(struct spdk_jsonrpc_server_conn *conn)
{
	struct spdk_jsonrpc_request *request, *next;

	TAILQ_FOREACH_SAFE (request, &conn->requests, conn_link, next) {
		TAILQ_REMOVE(&conn->requests, request, conn_link);
		request->conn = NULL;
		if (request->is_collected) {
			jsonrpc_server_discard(conn->server, request);
		}
	}
	if (conn->batch != NULL) {
		jsonrpc_batch_put(conn->batch);
		conn->batch = NULL;
	}
}

void
jsonrpc_conn_close(struct spdk_jsonrpc_server_conn *conn)
{
	struct spdk_jsonrpc_server *server = conn->server;

	if (conn->state == JSONRPC_CONN_CLOSED) {
		return;
	}
	conn->state = JSONRPC_CONN_CLOSED;
	if (conn->watched >= 0) {
		spdk_fd_group_remove(server->group, conn->fd);
	}
	close(conn->fd);
	jsonrpc_server_dequeue(server, conn);
	TAILQ_REMOVE(&server->conns, conn, link);
	TAILQ_INSERT_TAIL(&server->closed, conn, link);
	forget_requests(conn);
	jsonrpc_reply_release(&conn->output);
	jsonrpc_listener_conn_closed(server);
	if (conn->close_cb != NULL) {
		conn->close_cb(conn, conn->close_ctx);
	}
}

void
jsonrpc_conn_fail(struct spdk_jsonrpc_server_conn *conn)
{
	SPDK_ERRLOG("a JSON-RPC connection is closed, since there is no memory for its requests\n");
	json_stream_reset(conn->stream);
	conn->input_at = 0;
	conn->input_size = 0;
	conn->is_rejected = true;
	conn->state = JSONRPC_CONN_DRAINING;
	if (conn->batch != NULL) {
		/* It stays incomplete, and so is never answered. */
		jsonrpc_batch_put(conn->batch);
		conn->batch = NULL;
	}
}

static size_t
weight(const struct json_text *text)
{
	return text->size + text->count * sizeof(*text->values);
}

void
jsonrpc_conn_hold(struct spdk_jsonrpc_server_conn *conn, const struct json_text *text)
{
	conn->held_bytes += weight(text);
}

void
jsonrpc_conn_unhold(struct spdk_jsonrpc_server_conn *conn, const struct json_text *text)
{
	assert(conn->held_bytes >= weight(text));
	conn->held_bytes -= weight(text);
}

static bool
is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void
read_input(struct spdk_jsonrpc_server_conn *conn)
{
	ssize_t size = recv(conn->fd, conn->input, sizeof(conn->input), MSG_DONTWAIT);

	if (size > 0) {
		conn->input_at = 0;
		conn->input_size = (size_t)size;
		conn->last_progress = spdk_get_ticks();
		conn->server->stats.bytes_in += (uint64_t)size;
		/* There may be more; only the kernel knows. */
		conn->is_readable = (size_t)size == sizeof(conn->input);
	} else if (size == 0) {
		jsonrpc_input_end(conn);
	} else if (is_passing(errno)) {
		conn->is_readable = false;
		conn->is_hung_up = false;
	} else {
		/* ECONNRESET and its kin are how peers leave. */
		jsonrpc_conn_close(conn);
	}
}

static void
write_output(struct spdk_jsonrpc_server_conn *conn)
{
	struct iovec iov[IOV_COUNT];
	struct msghdr message = {.msg_iov = iov};
	ssize_t size;

	message.msg_iovlen =
		(size_t)jsonrpc_reply_peek(&conn->output, conn->output_offset, iov, IOV_COUNT);
	size = sendmsg(conn->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (size >= 0) {
		jsonrpc_reply_drop(&conn->output, &conn->output_offset, (size_t)size);
		conn->last_progress = spdk_get_ticks();
		conn->server->stats.bytes_out += (uint64_t)size;
	} else if (is_passing(errno)) {
		conn->is_writable = errno == EINTR;
	} else {
		jsonrpc_conn_close(conn);
	}
}

/* What was sent and not read makes the kernel reset a TCP connection, and so take our last answer
 * from the peer. */
static void
discard_input(struct spdk_jsonrpc_server_conn *conn)
{
	(void)shutdown(conn->fd, SHUT_WR);
	for (int i = 0; i < DISCARDS_MAX; i++) {
		if (recv(conn->fd, conn->input, sizeof(conn->input), MSG_DONTWAIT) <= 0) {
			break;
		}
	}
}

void
jsonrpc_conn_flush(struct spdk_jsonrpc_server_conn *conn)
{
	size_t left = conn->output.size;
	bool has_sent = false;

	while (left > 0) {
		write_output(conn);
		if (conn->state == JSONRPC_CONN_CLOSED || conn->output.size == left) {
			break;
		}
		left = conn->output.size;
		has_sent = true;
	}
	if (has_sent && conn->state != JSONRPC_CONN_CLOSED) {
		discard_input(conn);
	}
}

static void
finish_draining(struct spdk_jsonrpc_server_conn *conn)
{
	bool is_done = conn->output.size == 0 && conn->under_way == 0 && !has_to_start(conn);

	/* Of a peer that has gone altogether, no answer is awaited either. */
	if (is_done || (conn->is_hung_up && !has_to_start(conn))) {
		if (conn->is_rejected) {
			discard_input(conn);
		}
		jsonrpc_conn_close(conn);
	}
}

/* Whether the next step would do something. */
static bool
has_work(const struct spdk_jsonrpc_server_conn *conn)
{
	if (conn->output.size > 0 && conn->is_writable) {
		return true;
	}
	return !is_at_limit(conn) &&
	       (has_to_start(conn) || (may_read(conn) && (conn->is_readable || conn->is_hung_up)));
}

void
jsonrpc_conn_step(struct spdk_jsonrpc_server_conn *conn)
{
	if (conn->output.size > 0 && conn->is_writable) {
		write_output(conn);
	}
	if (may_read(conn) && (conn->is_readable || conn->is_hung_up)) {
		read_input(conn);
	}
	if (conn->state != JSONRPC_CONN_CLOSED && !is_at_limit(conn)) {
		if (conn->batch != NULL) {
			jsonrpc_input_start(conn);
		} else if (conn->input_at < conn->input_size) {
			jsonrpc_input_parse(conn);
		}
	}
	if (conn->state == JSONRPC_CONN_DRAINING) {
		finish_draining(conn);
	}
	if (conn->state == JSONRPC_CONN_CLOSED) {
		return;
	}
	if (has_work(conn)) {
		jsonrpc_server_queue(conn->server, conn);
	} else if (watch(conn) != 0) {
		SPDK_ERRLOG("a JSON-RPC connection is closed, since its socket cannot be waited "
			    "for\n");
		jsonrpc_conn_close(conn);
	}
}

/* Puts an answer behind those that are to be sent, unless there is none. */
static void
send_answer(struct spdk_jsonrpc_server_conn *conn, struct jsonrpc_reply *answer)
{
	jsonrpc_log_reply(answer);
	jsonrpc_reply_move(&conn->output, answer);
}

static void
release(struct spdk_jsonrpc_server_conn *conn, struct spdk_jsonrpc_request *request)
{
	TAILQ_REMOVE(&conn->requests, request, conn_link);
	jsonrpc_conn_unhold(conn, &request->text);
	jsonrpc_server_discard(conn->server, request);
}

static void
answer_batch(struct spdk_jsonrpc_server_conn *conn, struct jsonrpc_batch *batch)
{
	struct spdk_jsonrpc_request *request, *next;
	struct jsonrpc_reply answer;

	jsonrpc_reply_init(&answer, 0);
	jsonrpc_batch_join(batch, &answer);
	send_answer(conn, &answer);
	jsonrpc_conn_unhold(conn, &batch->text);
	TAILQ_FOREACH_SAFE (request, &batch->requests, batch_link, next) {
		release(conn, request);
	}
}

void
jsonrpc_conn_answer(struct spdk_jsonrpc_server_conn *conn, struct spdk_jsonrpc_request *request)
{
	struct jsonrpc_batch *batch = request->batch;

	conn->under_way--;
	if (batch != NULL) {
		jsonrpc_batch_collect(batch, request);
		if (jsonrpc_batch_is_complete(batch)) {
			answer_batch(conn, batch);
		}
	} else {
		if (!request->is_notification || request->is_error) {
			send_answer(conn, &request->reply);
		}
		release(conn, request);
	}
	jsonrpc_server_queue(conn->server, conn);
}

int
spdk_jsonrpc_conn_add_close_cb(struct spdk_jsonrpc_server_conn *conn,
			       spdk_jsonrpc_conn_closed_fn cb, void *ctx)
{
	if (conn == NULL || conn->state == JSONRPC_CONN_CLOSED) {
		return -ENOTCONN;
	}
	if (cb == NULL) {
		return -EINVAL;
	}
	if (conn->close_cb != NULL) {
		return conn->close_cb == cb && conn->close_ctx == ctx ? -EEXIST : -ENOSPC;
	}
	conn->close_cb = cb;
	conn->close_ctx = ctx;
	return 0;
}

int
spdk_jsonrpc_conn_del_close_cb(struct spdk_jsonrpc_server_conn *conn,
			       spdk_jsonrpc_conn_closed_fn cb, void *ctx)
{
	if (conn == NULL || cb == NULL || conn->close_cb != cb || conn->close_ctx != ctx) {
		return -ENOENT;
	}
	conn->close_cb = NULL;
	return 0;
}
