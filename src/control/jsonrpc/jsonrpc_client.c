/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client: a connection on which any number of requests may be under way. Everything happens in
 * spdk_jsonrpc_client_poll().
 *
 *   state       holds                                           left by
 *   CONNECTING  the dial goes on; requests wait                 step_connecting(): OPEN or FAILED
 *   OPEN        requests are sent, responses received           fail(): FAILED
 *   FAILED      client->error is why; responses that came
 *               before can still be taken
 *
 * Invariants
 *  1. Bytes that have come but do not belong to a kept response are in client->input, from
 *     input_offset on, or in the stream.
 *  2. The waiter watches the socket for what the state waits for, and for nothing while there is
 *     none.
 */
#include "control/jsonrpc/jsonrpc_client.h"
#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/util.h"

/* What waits to be sent; one request may be more. */
#define SEND_BYTES_MAX      (64UL << 20)
#define RESPONSE_BYTES_MAX  (64UL << 20)
#define RESPONSE_VALUES_MAX (8UL << 20)
#define RESPONSE_DEPTH_MAX  64
/* Responses that nobody has taken. */
#define RESPONSES_MAX 1024
#define INPUT_SIZE    65536
/* In ms: how long to wait before a full backlog is asked again. */
#define RETRY_MS 10

enum client_state {
	CLIENT_CONNECTING,
	CLIENT_OPEN,
	CLIENT_FAILED,
};

struct spdk_jsonrpc_client {
	enum client_state state;
	struct client_dial dial;
	struct env_waiter *waiter;
	int watched_fd;
	uint32_t watched_events;

	STAILQ_HEAD(, spdk_jsonrpc_client_request) requests;
	/* Of all that wait; of the first, how much has been sent. */
	size_t request_bytes;
	size_t sent;
	/* An errno: the peer takes no more. */
	int send_error;

	struct json_stream *stream;
	STAILQ_HEAD(, client_response) responses;
	int response_count;
	size_t input_offset;
	size_t input_size;

	/* What poll returns, and errno by it. */
	int error;
	int cause;
	char input[INPUT_SIZE];
};

static void
fail(struct spdk_jsonrpc_client *client, int error, int cause)
{
	client->state = CLIENT_FAILED;
	client->error = error;
	client->cause = cause;
}

static void
unwatch(struct spdk_jsonrpc_client *client)
{
	if (client->watched_fd >= 0) {
		(void)env_waiter_remove_fd(client->waiter, client->watched_fd);
		client->watched_fd = -1;
	}
}

/* The dial may close the socket and open another one, which the kernel gives the same number. */
static void
step_connecting(struct spdk_jsonrpc_client *client)
{
	int rc;

	unwatch(client);
	rc = client_dial_step(&client->dial);
	if (rc == 0) {
		client->state = CLIENT_OPEN;
	} else if (rc != -EINPROGRESS) {
		fail(client, rc == -ENOMEM ? -ENOMEM : -EIO, -rc);
	}
}

struct spdk_jsonrpc_client *
spdk_jsonrpc_client_connect(const char *addr, int addr_family)
{
	static const struct json_stream_limits limits = {
		.bytes_max = RESPONSE_BYTES_MAX,
		.values_max = RESPONSE_VALUES_MAX,
		.depth_max = RESPONSE_DEPTH_MAX,
	};
	struct spdk_jsonrpc_client *client;
	int rc;

	if (addr == NULL) {
		errno = EINVAL;
		return NULL;
	}
	client = calloc(1, sizeof(*client));
	if (client == NULL) {
		return NULL;
	}
	client->dial.fd = -1;
	client->watched_fd = -1;
	STAILQ_INIT(&client->requests);
	STAILQ_INIT(&client->responses);
	rc = env_waiter_create(&client->waiter);
	if (rc == 0) {
		rc = json_stream_create(&limits, &client->stream);
	}
	if (rc == 0) {
		rc = client_dial_init(&client->dial, addr, addr_family);
	}
	if (rc == 0) {
		step_connecting(client);
		rc = client->state == CLIENT_FAILED ? -client->cause : 0;
	}
	if (rc != 0) {
		spdk_jsonrpc_client_close(client);
		errno = -rc;
		return NULL;
	}
	return client;
}

void
spdk_jsonrpc_client_close(struct spdk_jsonrpc_client *client)
{
	struct spdk_jsonrpc_client_request *request;
	struct spdk_jsonrpc_client_response *response;

	if (client == NULL) {
		return;
	}
	while ((request = STAILQ_FIRST(&client->requests)) != NULL) {
		STAILQ_REMOVE_HEAD(&client->requests, link);
		spdk_jsonrpc_client_free_request(request);
	}
	while ((response = spdk_jsonrpc_client_get_response(client)) != NULL) {
		spdk_jsonrpc_client_free_response(response);
	}
	client_dial_fini(&client->dial);
	json_stream_destroy(client->stream);
	env_waiter_destroy(client->waiter);
	free(client);
}

int
spdk_jsonrpc_client_send_request(struct spdk_jsonrpc_client *client,
				 struct spdk_jsonrpc_client_request *req)
{
	if (client == NULL || req == NULL || req->state != CLIENT_REQUEST_COMPLETE) {
		return -EINVAL;
	}
	if (req->error != 0) {
		return req->error;
	}
	if (client->state == CLIENT_FAILED) {
		return -EIO;
	}
	if (client->request_bytes != 0 && client->request_bytes + req->size > SEND_BYTES_MAX) {
		return -ENOSPC;
	}
	STAILQ_INSERT_TAIL(&client->requests, req, link);
	client->request_bytes += req->size;
	return 0;
}

/* What is sent is forgotten. A peer that takes no more may have said why before: what it has sent
 * is received first, and only then the connection has failed. */
static void
send_requests(struct spdk_jsonrpc_client *client)
{
	struct spdk_jsonrpc_client_request *request;
	ssize_t count;

	while ((request = STAILQ_FIRST(&client->requests)) != NULL) {
		count = send(client->dial.fd, request->text + client->sent,
			     request->size - client->sent, MSG_NOSIGNAL);
		if (count < 0) {
			if (errno != EAGAIN && errno != EINTR) {
				client->send_error = errno;
			}
			return;
		}
		client->sent += (size_t)count;
		client->request_bytes -= (size_t)count;
		if (client->sent == request->size) {
			client->sent = 0;
			STAILQ_REMOVE_HEAD(&client->requests, link);
			spdk_jsonrpc_client_free_request(request);
		}
	}
}

/* A complete value is at the stream. */
static void
keep_response(struct spdk_jsonrpc_client *client)
{
	struct client_response *response;
	struct json_text text;
	int rc;

	json_stream_take(client->stream, &text);
	rc = client_response_create(&text, &response);
	if (rc != 0) {
		json_text_release(&text);
		fail(client, rc, rc == -ENOMEM ? ENOMEM : EBADMSG);
		return;
	}
	STAILQ_INSERT_TAIL(&client->responses, response, link);
	client->response_count++;
}

static void
fail_by_stream(struct spdk_jsonrpc_client *client, enum json_stream_result result)
{
	if (result == JSON_STREAM_NO_MEMORY) {
		fail(client, -ENOMEM, ENOMEM);
	} else if (result == JSON_STREAM_INVALID) {
		fail(client, -EINVAL, EBADMSG);
	} else {
		fail(client, -EINVAL, EMSGSIZE);
	}
}

/* Takes responses from the bytes that have come. */
static void
parse_input(struct spdk_jsonrpc_client *client)
{
	enum json_stream_result result;
	size_t taken;

	while (client->state == CLIENT_OPEN && client->input_offset < client->input_size &&
	       client->response_count < RESPONSES_MAX) {
		result = json_stream_feed(client->stream, client->input + client->input_offset,
					  client->input_size - client->input_offset, &taken);
		client->input_offset += taken;
		if (result == JSON_STREAM_VALUE) {
			keep_response(client);
		} else if (result != JSON_STREAM_MORE) {
			fail_by_stream(client, result);
		}
	}
}

/* Whether there may be more: one turn does not take for ever, whatever the peer sends. */
static bool
receive(struct spdk_jsonrpc_client *client)
{
	ssize_t count;

	parse_input(client);
	if (client->state != CLIENT_OPEN || client->input_offset < client->input_size) {
		return false;
	}
	count = recv(client->dial.fd, client->input, sizeof(client->input), 0);
	if (count < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			fail(client, -EIO, errno);
		} else if (client->send_error != 0) {
			fail(client, -EIO, client->send_error);
		}
		return false;
	}
	if (count == 0) {
		/* A response that has begun will not end. */
		fail(client, -EIO, json_stream_is_empty(client->stream) ? EPIPE : EBADMSG);
		return false;
	}
	client->input_offset = 0;
	client->input_size = (size_t)count;
	parse_input(client);
	return client->state == CLIENT_OPEN;
}

static void
step(struct spdk_jsonrpc_client *client)
{
	if (client->state == CLIENT_CONNECTING) {
		step_connecting(client);
	}
	if (client->state == CLIENT_OPEN && client->send_error == 0) {
		send_requests(client);
	}
	while (client->state == CLIENT_OPEN && client->response_count == 0 && receive(client)) {
		continue;
	}
}

/* Invariant 2. */
static int
watch(struct spdk_jsonrpc_client *client)
{
	bool writes = client->state == CLIENT_CONNECTING || !STAILQ_EMPTY(&client->requests);
	uint32_t events = (uint32_t)EPOLLIN | (writes ? (uint32_t)EPOLLOUT : 0);
	int fd = client->dial.is_to_retry ? -1 : client->dial.fd, rc;

	if (client->watched_fd == fd && client->watched_events == events) {
		return 0;
	}
	unwatch(client);
	if (fd >= 0) {
		rc = env_waiter_add_fd(client->waiter, fd, events);
		if (rc != 0) {
			return rc;
		}
	}
	client->watched_fd = fd;
	client->watched_events = events;
	return 0;
}

static void
wait_for_more(struct spdk_jsonrpc_client *client, uint64_t deadline)
{
	uint64_t retry;
	int rc = watch(client);

	if (rc != 0) {
		fail(client, rc == -ENOMEM ? -ENOMEM : -EIO, -rc);
		return;
	}
	if (client->dial.is_to_retry) {
		retry = spdk_get_ticks() + RETRY_MS * spdk_get_ticks_hz() / 1000;
		deadline = spdk_min(deadline, retry);
	}
	env_waiter_wait(client->waiter, deadline);
}

static uint64_t
deadline_of(int timeout_ms)
{
	if (timeout_ms < 0) {
		return ENV_WAIT_FOREVER;
	}
	return spdk_get_ticks() + (uint64_t)timeout_ms * spdk_get_ticks_hz() / 1000;
}

int
spdk_jsonrpc_client_poll(struct spdk_jsonrpc_client *client, int timeout)
{
	uint64_t deadline;

	if (client == NULL) {
		return -EINVAL;
	}
	if (client->response_count >= RESPONSES_MAX) {
		return -ENOSPC;
	}
	deadline = timeout != 0 ? deadline_of(timeout) : 0;
	for (;;) {
		step(client);
		if (client->response_count > 0) {
			return client->response_count;
		}
		if (client->state == CLIENT_FAILED) {
			errno = client->cause;
			return client->error;
		}
		if (timeout == 0 || spdk_get_ticks() >= deadline) {
			return client->state == CLIENT_CONNECTING ? -ENOTCONN : 0;
		}
		wait_for_more(client, deadline);
	}
}

struct spdk_jsonrpc_client_response *
spdk_jsonrpc_client_get_response(struct spdk_jsonrpc_client *client)
{
	struct client_response *response;

	if (client == NULL || STAILQ_EMPTY(&client->responses)) {
		return NULL;
	}
	response = STAILQ_FIRST(&client->responses);
	STAILQ_REMOVE_HEAD(&client->responses, link);
	client->response_count--;
	return &response->members;
}
