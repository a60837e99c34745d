/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server: whose turn it is, and what other OS threads bring.
 *
 * States:
 *   open        spdk_jsonrpc_server_listen() has made it.
 *   shut down   socket and connections are closed. The object is there until the last request is
 *               answered: from now on only those who answer touch it, one after the other, behind
 *               the lock.
 *
 * A turn is a loop of steps: a few answers, one newcomer, one connection. It ends when nothing is
 * left to do or the time is over; then the event is signalled, so that the wake descriptor tells of
 * what is left.
 *
 * Invariants:
 *  1. A connection that could do something is in the queue once; who had a step goes to its end.
 *  2. A closed connection is freed at the end of the turn, since its functions may be running.
 *  3. `references` is 1 until the shutdown, 1 more during a turn, and 1 for each request.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/fd_group.h"
#include "spdk/histogram_data.h"
#include "spdk/util.h"

#define ANSWERS_PER_STEP 16
#define FREED_PER_STEP   64
/* Of the histogram of turns: 32 buckets for each power of two of ticks. */
#define TURN_GRANULARITY 5
#define TURN_TICKS_MAX   (UINT64_C(1) << 40)
#define TURN_CPU_NS_MAX  (UINT64_C(1) << 40)

const struct jsonrpc_limits jsonrpc_default_limits = {
	.connections_max = JSONRPC_CONNECTIONS_MAX,
	.silence_sec = JSONRPC_SILENCE_SEC,
	.request_bytes_max = JSONRPC_REQUEST_BYTES_MAX,
	.request_values_max = JSONRPC_REQUEST_VALUES_MAX,
	.request_depth_max = JSONRPC_REQUEST_DEPTH_MAX,
	.batch_max = JSONRPC_BATCH_MAX,
	.reply_bytes_max = JSONRPC_REPLY_BYTES_MAX,
	.under_way_max = JSONRPC_UNDER_WAY_MAX,
	.held_bytes_max = JSONRPC_HELD_BYTES_MAX,
	.unsent_bytes_max = JSONRPC_UNSENT_BYTES_MAX,
	.turn_us = JSONRPC_TURN_US,
};

/* The server whose turn runs on this OS thread: it looks for answers by itself. */
static __thread struct spdk_jsonrpc_server *t_polled;

void
jsonrpc_server_queue(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_server_conn *conn)
{
	if (!conn->is_queued && conn->state != JSONRPC_CONN_CLOSED) {
		TAILQ_INSERT_TAIL(&server->queue, conn, queue_link);
		conn->is_queued = true;
	}
}

void
jsonrpc_server_dequeue(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_server_conn *conn)
{
	if (conn->is_queued) {
		TAILQ_REMOVE(&server->queue, conn, queue_link);
		conn->is_queued = false;
	}
}

static void
add_reference(struct spdk_jsonrpc_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->references++;
	pthread_mutex_unlock(&server->lock);
}

/* With the lock, which is released. */
static void
drop_reference(struct spdk_jsonrpc_server *server)
{
	bool is_last = --server->references == 0;

	pthread_mutex_unlock(&server->lock);
	if (is_last) {
		pthread_mutex_destroy(&server->lock);
		spdk_histogram_data_free(server->turn_ticks);
		spdk_histogram_data_free(server->turn_cpu_ns);
		free(server);
	}
}

void
jsonrpc_server_get(struct spdk_jsonrpc_server *server)
{
	add_reference(server);
}

static void
free_request(struct spdk_jsonrpc_request *request)
{
	struct jsonrpc_batch *batch = request->batch;

	if (batch != NULL) {
		TAILQ_REMOVE(&batch->requests, request, batch_link);
		jsonrpc_batch_put(batch);
	}
	jsonrpc_request_free(request);
}

void
jsonrpc_server_discard(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_request *request)
{
	STAILQ_INSERT_TAIL(&server->discarded, request, answered_link);
}

static void
free_discarded(struct spdk_jsonrpc_server *server, uint32_t count)
{
	struct spdk_jsonrpc_request *request;
	uint32_t freed = 0;

	while (freed < count && (request = STAILQ_FIRST(&server->discarded)) != NULL) {
		STAILQ_REMOVE_HEAD(&server->discarded, answered_link);
		free_request(request);
		freed++;
	}
	if (freed > 0) {
		pthread_mutex_lock(&server->lock);
		/* Not the last: the turn, or the server, has one. */
		server->references -= freed;
		pthread_mutex_unlock(&server->lock);
	}
}

void
jsonrpc_server_answered(struct spdk_jsonrpc_request *request)
{
	struct spdk_jsonrpc_server *server = request->server;

	pthread_mutex_lock(&server->lock);
	if (server->is_shut_down) {
		free_request(request);
		drop_reference(server);
		return;
	}
	STAILQ_INSERT_TAIL(&server->answered, request, answered_link);
	if (t_polled != server) {
		/* Within the lock: the shutdown closes the descriptor. */
		env_event_signal(server->event_fd);
	}
	pthread_mutex_unlock(&server->lock);
}

static struct spdk_jsonrpc_request *
next_answered(struct spdk_jsonrpc_server *server)
{
	struct spdk_jsonrpc_request *request;

	pthread_mutex_lock(&server->lock);
	request = STAILQ_FIRST(&server->answered);
	if (request != NULL) {
		STAILQ_REMOVE_HEAD(&server->answered, answered_link);
	}
	pthread_mutex_unlock(&server->lock);
	return request;
}

static void
deliver_answers(struct spdk_jsonrpc_server *server, uint32_t count)
{
	struct spdk_jsonrpc_request *request;

	while (count-- > 0 && (request = next_answered(server)) != NULL) {
		server->stats.errors += request->is_error;
		if (request->conn != NULL) {
			jsonrpc_conn_answer(request->conn, request);
		} else {
			jsonrpc_server_discard(server, request);
		}
	}
}

void
jsonrpc_server_handle(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_request *request)
{
	uint64_t begin = spdk_get_ticks();

	server->handle_fn(request, request->method, request->params);
	server->handler_ticks += spdk_get_ticks() - begin;
}

static void
step(struct spdk_jsonrpc_server *server)
{
	struct spdk_jsonrpc_server_conn *conn;

	server->stats.steps++;
	free_discarded(server, FREED_PER_STEP);
	deliver_answers(server, ANSWERS_PER_STEP);
	if (server->has_newcomers) {
		jsonrpc_listener_accept(server);
	}
	conn = TAILQ_FIRST(&server->queue);
	if (conn != NULL) {
		jsonrpc_server_dequeue(server, conn);
		jsonrpc_conn_step(conn);
	}
}

static bool
has_work(struct spdk_jsonrpc_server *server)
{
	bool has_answers;

	if (server->has_newcomers || !TAILQ_EMPTY(&server->queue) ||
	    !STAILQ_EMPTY(&server->discarded)) {
		return true;
	}
	pthread_mutex_lock(&server->lock);
	has_answers = !STAILQ_EMPTY(&server->answered);
	pthread_mutex_unlock(&server->lock);
	return has_answers;
}

static void
run_turn(struct spdk_jsonrpc_server *server)
{
	uint64_t budget = server->limits.turn_us * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	uint64_t begin = spdk_get_ticks(), cpu_begin = env_get_cpu_time_ns(), ticks;

	server->handler_ticks = 0;
	do {
		step(server);
		ticks = spdk_get_ticks() - begin;
	} while (ticks < budget && has_work(server));
	if (has_work(server)) {
		env_event_signal(server->event_fd);
	}
	server->stats.turns++;
	spdk_histogram_data_tally(server->turn_ticks,
				  ticks - spdk_min(ticks, server->handler_ticks));
	spdk_histogram_data_tally(server->turn_cpu_ns, env_get_cpu_time_ns() - cpu_begin);
}

static void
free_closed(struct spdk_jsonrpc_server *server)
{
	struct spdk_jsonrpc_server_conn *conn;

	while ((conn = TAILQ_FIRST(&server->closed)) != NULL) {
		TAILQ_REMOVE(&server->closed, conn, link);
		jsonrpc_conn_free(conn);
	}
}

int
spdk_jsonrpc_server_poll(struct spdk_jsonrpc_server *server)
{
	struct spdk_jsonrpc_server *outer = t_polled;

	if (server == NULL) {
		return -EINVAL;
	}
	/* A handler that polls its own server would find itself half way through a step. */
	if (server->is_polled) {
		return 0;
	}
	add_reference(server);
	server->is_polled = true;
	t_polled = server;
	/* An error is a signal that came: the next turn looks again. */
	(void)spdk_fd_group_wait(server->group, 0);
	if (has_work(server)) {
		run_turn(server);
	}
	t_polled = outer;
	server->is_polled = false;
	free_closed(server);
	pthread_mutex_lock(&server->lock);
	drop_reference(server);
	return 0;
}

static int
event_is_signalled(void *arg)
{
	/* What it tells of is found by has_work(). */
	return 1;
}

/* The group, and the event in it. */
static int
open_group(struct spdk_jsonrpc_server *server)
{
	struct spdk_event_handler_opts opts;
	int rc;

	rc = spdk_fd_group_create(&server->group);
	if (rc != 0) {
		return rc;
	}
	server->event_fd = env_event_create();
	if (server->event_fd < 0) {
		return server->event_fd;
	}
	spdk_fd_group_get_default_event_handler_opts(&opts, sizeof(opts));
	opts.fd_type = SPDK_FD_TYPE_EVENTFD;
	rc = spdk_fd_group_add_ext(server->group, server->event_fd, event_is_signalled, server,
				   "jsonrpc event", &opts);
	if (rc != 0) {
		close(server->event_fd);
		server->event_fd = -1;
	}
	return rc;
}

/* Accepts a group that was not opened, or in part. */
static void
close_group(struct spdk_jsonrpc_server *server)
{
	if (server->event_fd >= 0) {
		spdk_fd_group_remove(server->group, server->event_fd);
		close(server->event_fd);
	}
	spdk_fd_group_destroy(server->group);
}

static struct spdk_jsonrpc_server *
new_server(spdk_jsonrpc_handle_request_fn handle_request)
{
	struct spdk_jsonrpc_server *server = calloc(1, sizeof(*server));

	if (server == NULL) {
		return NULL;
	}
	server->turn_ticks =
		spdk_histogram_data_alloc_sized_ext(TURN_GRANULARITY, 1, TURN_TICKS_MAX);
	server->turn_cpu_ns =
		spdk_histogram_data_alloc_sized_ext(TURN_GRANULARITY, 1, TURN_CPU_NS_MAX);
	if (server->turn_ticks == NULL || server->turn_cpu_ns == NULL) {
		spdk_histogram_data_free(server->turn_ticks);
		spdk_histogram_data_free(server->turn_cpu_ns);
		free(server);
		return NULL;
	}
	pthread_mutex_init(&server->lock, NULL);
	server->limits = jsonrpc_default_limits;
	server->handle_fn = handle_request;
	server->references = 1;
	server->is_paused = true;
	server->fd = server->event_fd = server->alarm_fd = -1;
	TAILQ_INIT(&server->conns);
	TAILQ_INIT(&server->queue);
	TAILQ_INIT(&server->closed);
	STAILQ_INIT(&server->answered);
	STAILQ_INIT(&server->discarded);
	return server;
}

struct spdk_jsonrpc_server *
jsonrpc_server_create(int fd, spdk_jsonrpc_handle_request_fn handle_request)
{
	struct spdk_jsonrpc_server *server = new_server(handle_request);
	int rc;

	if (server == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	rc = open_group(server);
	rc = rc != 0 ? rc : jsonrpc_listener_open(server, fd);
	if (rc != 0) {
		close_group(server);
		pthread_mutex_lock(&server->lock);
		drop_reference(server);
		errno = -rc;
		return NULL;
	}
	return server;
}

struct spdk_jsonrpc_server *
spdk_jsonrpc_server_listen(int domain, int protocol, struct sockaddr *listen_addr,
			   socklen_t addrlen, spdk_jsonrpc_handle_request_fn handle_request)
{
	struct jsonrpc_address at = {domain, protocol, listen_addr, addrlen};
	struct spdk_jsonrpc_server *server = NULL;
	int fd, rc;

	if (listen_addr == NULL || handle_request == NULL || addrlen < sizeof(sa_family_t)) {
		SPDK_ERRLOG("spdk_jsonrpc_server_listen(): an address and a function that handles "
			    "requests are needed\n");
		errno = EINVAL;
		return NULL;
	}
	fd = jsonrpc_address_listen(&at);
	rc = spdk_min(fd, 0);
	if (rc == 0) {
		server = jsonrpc_server_create(fd, handle_request);
		if (server == NULL) {
			rc = -errno;
			close(fd);
		}
	}
	if (rc != 0) {
		jsonrpc_address_explain(&at, rc);
		errno = -rc;
	}
	return server;
}

/* Requests that nobody has answered, or that will be: the program may want to know. */
static void
report_unanswered(struct spdk_jsonrpc_server *server)
{
	const struct spdk_jsonrpc_request *first = NULL;
	struct spdk_jsonrpc_server_conn *conn;
	uint32_t count = 0;
	char name[128];

	TAILQ_FOREACH (conn, &server->conns, link) {
		count += conn->under_way;
		if (first == NULL && conn->under_way > 0) {
			first = TAILQ_FIRST(&conn->requests);
		}
	}
	if (first != NULL) {
		SPDK_NOTICELOG("a JSON-RPC server ends while %u requests are not answered, such as "
			       "'%s': their answers will go nowhere\n",
			       count, jsonrpc_request_name(first, name, sizeof(name)));
	}
}

void
spdk_jsonrpc_server_shutdown(struct spdk_jsonrpc_server *server)
{
	struct spdk_jsonrpc_server_conn *conn;
	struct spdk_jsonrpc_request *request;

	if (server == NULL) {
		return;
	}
	deliver_answers(server, UINT32_MAX);
	report_unanswered(server);
	/* No newcomer is to come while connections are closed. A program that ends because it was
	 * asked to by a request has answered that one just now. */
	while ((conn = TAILQ_FIRST(&server->conns)) != NULL) {
		jsonrpc_conn_flush(conn);
		jsonrpc_conn_close(conn);
	}
	free_discarded(server, UINT32_MAX);
	pthread_mutex_lock(&server->lock);
	server->is_shut_down = true;
	while ((request = STAILQ_FIRST(&server->answered)) != NULL) {
		STAILQ_REMOVE_HEAD(&server->answered, answered_link);
		free_request(request);
		server->references--;
	}
	jsonrpc_listener_close(server);
	close_group(server);
	if (!server->is_polled) {
		free_closed(server);
	}
	drop_reference(server);
}

void
jsonrpc_server_set_limits(struct spdk_jsonrpc_server *server, const struct jsonrpc_limits *limits)
{
	assert(limits->request_depth_max <= JSONRPC_REQUEST_DEPTH_MAX);
	server->limits = *limits;
}

int
jsonrpc_server_get_wake_fd(struct spdk_jsonrpc_server *server)
{
	return spdk_fd_group_get_fd(server->group);
}

void
jsonrpc_server_get_stats(const struct spdk_jsonrpc_server *server, struct jsonrpc_stats *out_stats)
{
	*out_stats = server->stats;
	out_stats->turn_ticks = server->turn_ticks;
	out_stats->turn_cpu_ns = server->turn_cpu_ns;
}

struct spdk_jsonrpc_server_conn *
spdk_jsonrpc_get_conn(struct spdk_jsonrpc_request *request)
{
	return request != NULL ? request->conn : NULL;
}
