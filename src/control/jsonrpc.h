/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is to know of the JSON-RPC server than spdk/jsonrpc.h tells: when it wants a
 * turn, what it has done, its limits, and requests that a program makes to itself.
 */
#ifndef SPINDLE_JSONRPC_H
#define SPINDLE_JSONRPC_H

#include "spdk/jsonrpc.h"

struct spdk_histogram_data;

/* What one client can take from a server, and one turn from the thread it runs on. */
struct jsonrpc_limits {
	/* Connections at one time. */
	uint32_t connections_max;
	/* One that has neither sent nor read anything for so long, with nothing under way, makes
	 * room for another. */
	uint32_t silence_sec;
	/* Of one request, or one batch. */
	size_t request_bytes_max;
	size_t request_values_max;
	uint32_t request_depth_max;
	/* Requests in a batch. */
	uint32_t batch_max;
	/* Of one answer, or of all those of a batch. */
	size_t reply_bytes_max;
	/* When one of these is reached, the connection's requests wait: those that were started and
	 * are not answered, the memory that they take, and answers that the peer does not read. */
	uint32_t under_way_max;
	size_t held_bytes_max;
	size_t unsent_bytes_max;
	/* After this time a turn ends, with the step that it is in. */
	uint32_t turn_us;
};

#define JSONRPC_CONNECTIONS_MAX    64
#define JSONRPC_SILENCE_SEC        60
#define JSONRPC_REQUEST_BYTES_MAX  (1024 * 1024)
#define JSONRPC_REQUEST_VALUES_MAX 65536
#define JSONRPC_REQUEST_DEPTH_MAX  64
#define JSONRPC_BATCH_MAX          1024
#define JSONRPC_REPLY_BYTES_MAX    (32 * 1024 * 1024)
#define JSONRPC_UNDER_WAY_MAX      128
#define JSONRPC_HELD_BYTES_MAX     (8 * 1024 * 1024)
#define JSONRPC_UNSENT_BYTES_MAX   (1024 * 1024)
#define JSONRPC_TURN_US            25

/*
 * Makes a server on a socket that listens already and does not block.
 *
 * Owner: `fd` is the server's from then on; after an error it stays the caller's.
 * Errors: NULL, and errno: ENOMEM, EMFILE, ENFILE.
 */
struct spdk_jsonrpc_server *
jsonrpc_server_create(int fd, spdk_jsonrpc_handle_request_fn handle_request);

/* The ones above, which a server has at first. */
extern const struct jsonrpc_limits jsonrpc_default_limits;

/* Thread: that of the server. Connections keep the limits of a request that they were made with. */
void
jsonrpc_server_set_limits(struct spdk_jsonrpc_server *server, const struct jsonrpc_limits *limits);

/*
 * A descriptor that is readable while spdk_jsonrpc_server_poll() has something to do: also for what
 * a turn has left over, and when another OS thread has answered a request.
 *
 * Owner: the server.
 */
int jsonrpc_server_get_wake_fd(struct spdk_jsonrpc_server *server);

/* Since the server is there, but for what says otherwise. */
struct jsonrpc_stats {
	/* At this time. */
	uint32_t connections;
	uint64_t connections_total;
	uint64_t connections_refused;
	/* Requests, each of a batch; and answers that were errors. */
	uint64_t requests;
	uint64_t errors;
	uint64_t bytes_in;
	uint64_t bytes_out;
	/* Turns that had something to do, and the steps in them. */
	uint64_t turns;
	uint64_t steps;
	/* Ticks of each of these turns, without those of the handlers in it. Of the server. */
	const struct spdk_histogram_data *turn_ticks;
	/* The CPU time of each of these turns, with that of the handlers, in ns. Of the server. */
	const struct spdk_histogram_data *turn_cpu_ns;
};

/* Thread: that of the server. */
void
jsonrpc_server_get_stats(const struct spdk_jsonrpc_server *server, struct jsonrpc_stats *out_stats);

/* The answer to a request of the program itself. It is valid during the call of done_fn. */
struct jsonrpc_local_reply {
	/* 0, or the code and message of the error. */
	int error_code;
	const char *error_message;
	/* The result, as values and as a text without its NUL; NULL after an error. */
	const struct spdk_json_val *result;
	const char *text;
	size_t size;
};

typedef void (*jsonrpc_local_done_fn)(void *arg, const struct jsonrpc_local_reply *reply);

struct jsonrpc_local_call {
	spdk_jsonrpc_handle_request_fn handle_fn;
	/* As for spdk_jsonrpc_handle_request_fn. */
	const struct spdk_json_val *method;
	const struct spdk_json_val *params;
	jsonrpc_local_done_fn done_fn;
	void *arg;
};

/*
 * Calls a handler for a request that has no connection: spdk_jsonrpc_get_conn() is NULL.
 *
 * Owner: the call is copied; `method` and `params` stay the caller's, who keeps them until done_fn
 * has been called.
 * Callback: done_fn once, on the OS thread that answers; from inside of this function when the
 * handler answers at once, so a caller with many calls makes the next one when this has returned.
 * Errors: -ENOMEM; then neither function is called.
 */
int jsonrpc_call_local(const struct jsonrpc_local_call *call);

#endif
