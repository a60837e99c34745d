/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the server share.
 *
 *   server    a listening socket, its connections, and whose turn it is
 *   conn      one peer: what it has sent, and what is to be sent to it
 *   batch     an array of requests that is answered by an array
 *   request   one call of a method, from a connection or from the program itself
 *   reply     a text in pieces
 *
 * Thread: all of it belongs to the server's OS thread, but for requests between the call of the
 * handler and their answer, and for what is behind the server's lock.
 */
#ifndef SPINDLE_JSONRPC_INTERNAL_H
#define SPINDLE_JSONRPC_INTERNAL_H

#include "base/json_stream.h"
#include "control/jsonrpc.h"
#include "spdk/queue.h"

/* Read and parsed in one step, and written in one. */
#define JSONRPC_READ_SIZE  16384
#define JSONRPC_WRITE_SIZE 16384

struct jsonrpc_batch;

struct jsonrpc_chunk {
	STAILQ_ENTRY(jsonrpc_chunk) link;
	size_t size;
	size_t capacity;
	char bytes[];
};

STAILQ_HEAD(jsonrpc_chunks, jsonrpc_chunk);

/* A text that grows at its end and is never moved. */
struct jsonrpc_reply {
	struct jsonrpc_chunks chunks;
	size_t size;
	/* Zero: there is none. */
	size_t size_max;
	/* -ENOMEM or -EFBIG, if something was swallowed. */
	int error;
};

void jsonrpc_reply_init(struct jsonrpc_reply *reply, size_t size_max);
/* Makes the first chunk with room for so many bytes. 0 or -ENOMEM. */
int jsonrpc_reply_reserve(struct jsonrpc_reply *reply, size_t size);
/* Adds bytes. What does not fit is swallowed, and `error` says so. */
void jsonrpc_reply_append(struct jsonrpc_reply *reply, const void *data, size_t size);
/* Takes back all but the first bytes, which are within the first chunk, and the error. */
void jsonrpc_reply_truncate(struct jsonrpc_reply *reply, size_t size);
/* Moves the text of `from`, which is empty then, behind that of `to`. */
void jsonrpc_reply_move(struct jsonrpc_reply *to, struct jsonrpc_reply *from);
/* Drops bytes that were sent; *offset says how much of the first chunk had been before. */
void jsonrpc_reply_drop(struct jsonrpc_reply *reply, size_t *offset, size_t size);
/* Points to the next bytes, at most JSONRPC_WRITE_SIZE of them; returns how many of `iov` are used.
 */
int jsonrpc_reply_peek(const struct jsonrpc_reply *reply, size_t offset, struct iovec *iov,
		       int iov_count);
/* Copies the text, and ends it with a NUL. NULL: no memory. */
char *jsonrpc_reply_flatten(const struct jsonrpc_reply *reply);
void jsonrpc_reply_release(struct jsonrpc_reply *reply);

enum jsonrpc_request_state {
	JSONRPC_REQUEST_STARTED,
	JSONRPC_REQUEST_ANSWERING,
	JSONRPC_REQUEST_ANSWERED,
};

struct spdk_jsonrpc_request {
	enum jsonrpc_request_state state;
	/* No answer but an error is wanted. */
	bool is_notification;
	bool is_error;
	/* Of the server's thread: the connection, NULL when it is gone; and whether the answer
	 * waits for those of the rest of the batch. */
	struct spdk_jsonrpc_server_conn *conn;
	bool is_collected;
	/* NULL: the request is the program's own, and `local` says what becomes of its answer. */
	struct spdk_jsonrpc_server *server;
	struct jsonrpc_local *local;
	/* NULL for one that came alone and has a text of its own. */
	struct jsonrpc_batch *batch;
	struct json_text text;
	const struct spdk_json_val *id;
	const struct spdk_json_val *method;
	const struct spdk_json_val *params;
	struct spdk_json_write_ctx *writer;
	struct jsonrpc_reply reply;
	/* The bytes of the reply that come before "result" or "error". */
	size_t prefix_size;
	TAILQ_ENTRY(spdk_jsonrpc_request) conn_link;
	TAILQ_ENTRY(spdk_jsonrpc_request) batch_link;
	STAILQ_ENTRY(spdk_jsonrpc_request) answered_link;
};

TAILQ_HEAD(jsonrpc_request_list, spdk_jsonrpc_request);
STAILQ_HEAD(jsonrpc_answered_list, spdk_jsonrpc_request);

/* Whatever is NULL in it is not there. */
struct jsonrpc_request_opts {
	struct jsonrpc_batch *batch;
	struct jsonrpc_local *local;
	const struct spdk_json_val *id;
	size_t reply_bytes_max;
};

/*
 * Makes a request that is STARTED. All the memory that it takes to answer with an error is there
 * from now on. Errors: -ENOMEM.
 */
int jsonrpc_request_create(const struct jsonrpc_request_opts *opts,
			   struct spdk_jsonrpc_request **out_request);
void jsonrpc_request_free(struct spdk_jsonrpc_request *request);
/* A valid id of a value that may be no request, or NULL. */
const struct spdk_json_val *jsonrpc_request_id_of(const struct spdk_json_val *value);
/*
 * Takes the members of a value. Returns true, or false after it has answered that the value is no
 * request.
 */
bool jsonrpc_request_take(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value);
/* What to call a request in a message, for as long as it is there. */
const char *
jsonrpc_request_name(const struct spdk_jsonrpc_request *request, char *text, size_t size);

/* Replaces the answer by an internal error. `reason` needs no escapes, and is short. */
void jsonrpc_request_refuse(struct spdk_jsonrpc_request *request, const char *reason);

/* Gives a request that is answered back to whom it came from. Any OS thread. */
void jsonrpc_server_answered(struct spdk_jsonrpc_request *request);
void jsonrpc_local_answered(struct spdk_jsonrpc_request *request);

/* Of the text that was taken, the requests that are not started yet. */
struct jsonrpc_batch {
	struct json_text text;
	/* Those that were started, in their order. */
	struct jsonrpc_request_list requests;
	/* The next one; NULL: all were started. */
	struct spdk_json_val *next;
	/* Started and not answered. */
	uint32_t waiting;
	/* Requests in the list, and one for the connection while it starts them. */
	uint32_t references;
	/* Bytes of the answers that are there. */
	size_t size;
	size_t size_max;
	/* Holds the end of the answer, so that no memory is needed for it later. */
	struct jsonrpc_reply tail;
};

/* The number of elements of an array, or more than `count_max` if they are more. */
uint32_t jsonrpc_batch_count(struct spdk_json_val *array, uint32_t count_max);
/* Takes the text, an array that is not empty. Errors: -ENOMEM; the text is then the caller's. */
int jsonrpc_batch_create(const struct json_text *text, size_t size_max,
			 struct jsonrpc_batch **out_batch);
void jsonrpc_batch_add(struct jsonrpc_batch *batch, struct spdk_jsonrpc_request *request);
/* Lets go of one reference. */
void jsonrpc_batch_put(struct jsonrpc_batch *batch);
/* Keeps the answer of a request until all are there. */
void jsonrpc_batch_collect(struct jsonrpc_batch *batch, struct spdk_jsonrpc_request *request);
bool jsonrpc_batch_is_complete(const struct jsonrpc_batch *batch);
/* Moves the answers behind `reply`, as one array, or nothing when none was wanted. */
void jsonrpc_batch_join(struct jsonrpc_batch *batch, struct jsonrpc_reply *reply);

enum jsonrpc_conn_state {
	JSONRPC_CONN_OPEN,
	JSONRPC_CONN_DRAINING,
	JSONRPC_CONN_CLOSED,
};

struct spdk_jsonrpc_server_conn {
	enum jsonrpc_conn_state state;
	int fd;
	struct spdk_jsonrpc_server *server;
	/* In the server's queue of those that may have something to do. */
	bool is_queued;
	/* What the socket was last found to be. */
	bool is_readable;
	bool is_writable;
	bool is_hung_up;
	/* The stream is broken by what was read: nothing more is. */
	bool is_rejected;
	/* What the group waits for; -1: it does not have the descriptor. */
	int watched;
	/* When the peer has last sent or taken something; ticks. */
	uint64_t last_progress;
	struct json_stream *stream;
	/* input[input_at..input_size) was read and not parsed. */
	size_t input_at;
	size_t input_size;
	/* Of which the requests are started now, if there is one. */
	struct jsonrpc_batch *batch;
	/* All that are not freed, and how many of them are STARTED or ANSWERING. */
	struct jsonrpc_request_list requests;
	uint32_t under_way;
	/* The memory of the requests and batches. */
	size_t held_bytes;
	struct jsonrpc_reply output;
	size_t output_offset;
	spdk_jsonrpc_conn_closed_fn close_cb;
	void *close_ctx;
	TAILQ_ENTRY(spdk_jsonrpc_server_conn) link;
	TAILQ_ENTRY(spdk_jsonrpc_server_conn) queue_link;
	uint8_t input[JSONRPC_READ_SIZE];
};

TAILQ_HEAD(jsonrpc_conn_list, spdk_jsonrpc_server_conn);

/* Takes the socket, also when it fails, by which it is closed. Errors: -ENOMEM, those of epoll. */
int jsonrpc_conn_create(struct spdk_jsonrpc_server *server, int fd);
/* Closes it, tells whom it may concern, and puts it into the server's list of the closed. */
void jsonrpc_conn_close(struct spdk_jsonrpc_server_conn *conn);
/* There is no memory for what was read, not even to say so: it ends when what was answered is sent.
 */
void jsonrpc_conn_fail(struct spdk_jsonrpc_server_conn *conn);
void jsonrpc_conn_free(struct spdk_jsonrpc_server_conn *conn);
/* Does a bounded part of what there is to do. */
void jsonrpc_conn_step(struct spdk_jsonrpc_server_conn *conn);
/* Sends what the kernel takes of what is to be sent, since the connection ends; it may be closed.
 */
void jsonrpc_conn_flush(struct spdk_jsonrpc_server_conn *conn);
/* Sends the answer of one of its requests, or keeps it for its batch. */
void
jsonrpc_conn_answer(struct spdk_jsonrpc_server_conn *conn, struct spdk_jsonrpc_request *request);
/* Counts memory that a text takes, or has taken. */
void jsonrpc_conn_hold(struct spdk_jsonrpc_server_conn *conn, const struct json_text *text);
void jsonrpc_conn_unhold(struct spdk_jsonrpc_server_conn *conn, const struct json_text *text);

/* Parses what was read, up to the end of a value, and begins with it. */
void jsonrpc_input_parse(struct spdk_jsonrpc_server_conn *conn);
/* Starts the next request of the batch. */
void jsonrpc_input_start(struct spdk_jsonrpc_server_conn *conn);
/* Nothing more will come. */
void jsonrpc_input_end(struct spdk_jsonrpc_server_conn *conn);

struct spdk_jsonrpc_server {
	struct jsonrpc_limits limits;
	spdk_jsonrpc_handle_request_fn handle_fn;
	int domain;
	int fd;
	bool is_polled;
	bool has_newcomers;
	/* The listening socket is left alone until the alarm. */
	bool is_paused;
	struct spdk_fd_group *group;
	int event_fd;
	int alarm_fd;
	/* Spent in handlers during this turn. */
	uint64_t handler_ticks;
	struct jsonrpc_conn_list conns;
	/* Those that may have something to do, in the order of their turns. */
	struct jsonrpc_conn_list queue;
	/* Answered, and not freed yet. */
	struct jsonrpc_answered_list discarded;
	/* Closed, and freed when no function of theirs is running. */
	struct jsonrpc_conn_list closed;
	struct jsonrpc_stats stats;
	struct spdk_histogram_data *turn_ticks;
	struct spdk_histogram_data *turn_cpu_ns;

	/* Answers may come from any OS thread: the rest is behind this lock, which is never held
	 * while another function of this API, or one of the user's, is called. */
	pthread_mutex_t lock;
	struct jsonrpc_answered_list answered;
	bool is_shut_down;
	/* Requests that are not freed, and one until the server has been shut down. */
	uint64_t references;
};

void
jsonrpc_server_queue(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_server_conn *conn);
void
jsonrpc_server_dequeue(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_server_conn *conn);
/* For each request that is made. */
void jsonrpc_server_get(struct spdk_jsonrpc_server *server);
/* Has a request freed that is answered, and that its connection has forgotten; a few at a time, as
 * the last answer of a batch ends all of it. */
void
jsonrpc_server_discard(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_request *request);
/* Calls the handler, and counts its time. */
void
jsonrpc_server_handle(struct spdk_jsonrpc_server *server, struct spdk_jsonrpc_request *request);

struct jsonrpc_address {
	int domain;
	int protocol;
	const struct sockaddr *address;
	socklen_t size;
};

/* The listening socket, or -errno. */
int jsonrpc_address_listen(const struct jsonrpc_address *at);
/* Logs why an address is not listened at. */
void jsonrpc_address_explain(const struct jsonrpc_address *at, int rc);

/* Errors: those of the kernel, -ENOMEM; `fd` then stays the caller's. */
int jsonrpc_listener_open(struct spdk_jsonrpc_server *server, int fd);
void jsonrpc_listener_close(struct spdk_jsonrpc_server *server);
/* Takes one newcomer, if there is one. */
void jsonrpc_listener_accept(struct spdk_jsonrpc_server *server);
/* A connection is gone, and its descriptor is free again. */
void jsonrpc_listener_conn_closed(struct spdk_jsonrpc_server *server);

bool jsonrpc_log_is_on(void);
void jsonrpc_log_request(const struct spdk_json_val *value);
void jsonrpc_log_reply(const struct jsonrpc_reply *reply);

#endif
