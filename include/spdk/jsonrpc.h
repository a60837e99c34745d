/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * JSON-RPC 2.0: a server that calls a function for each request, and a client.
 *
 * A server is a listening socket and its connections. Nothing happens but inside
 * spdk_jsonrpc_server_poll(), which never blocks. For each request the server calls the function
 * that was given to spdk_jsonrpc_server_listen(); it, or whoever it hands the request to, answers
 * once: by spdk_jsonrpc_begin_result() and spdk_jsonrpc_end_result(), or by one of the functions
 * named send. Each of them ends the request, which is not touched afterwards. A request that is
 * never answered keeps its memory, and its batch, waiting for ever.
 *
 * Thread: a server, with its connections, and a client are used by one OS thread at a time.
 * Requests may be answered by any, each by one at a time.
 */
#ifndef SPDK_JSONRPC_H_
#define SPDK_JSONRPC_H_

#include "spdk/stdinc.h"

#include "spdk/json.h"
#include "spdk/log.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The text is no JSON. The connection is closed after this answer. */
#define SPDK_JSONRPC_ERROR_PARSE_ERROR -32700
/** It is JSON, but no request. */
#define SPDK_JSONRPC_ERROR_INVALID_REQUEST  -32600
#define SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND -32601
#define SPDK_JSONRPC_ERROR_INVALID_PARAMS   -32602
#define SPDK_JSONRPC_ERROR_INTERNAL_ERROR   -32603

/** There is such a method, but it is not allowed at this time. Codes from -32768 to -32000 are
 * those of the specification; a program's own are others. */
#define SPDK_JSONRPC_ERROR_INVALID_STATE -1

struct spdk_jsonrpc_server;
struct spdk_jsonrpc_request;

struct spdk_jsonrpc_client;
struct spdk_jsonrpc_client_request;

/** The members of a response; NULL for those that it does not have. */
struct spdk_jsonrpc_client_response {
	struct spdk_json_val *version;
	struct spdk_json_val *id;
	struct spdk_json_val *result;
	struct spdk_json_val *error;
};

/**
 * Handles a request.
 *
 * Owner: `method` and `params` are valid until the request is answered.
 * Shape: `method` is a string; `params` an array or object, or NULL when there are none. Strings in
 * both are decoded.
 * Callback: from spdk_jsonrpc_server_poll(), once for each request, in the order in which the
 * requests of a connection came.
 */
typedef void (*spdk_jsonrpc_handle_request_fn)(struct spdk_jsonrpc_request *request,
					       const struct spdk_json_val *method,
					       const struct spdk_json_val *params);

/** A connection that a server has taken. */
struct spdk_jsonrpc_server_conn;

/** Tells that a connection has been closed. It may not be used any more. */
typedef void (*spdk_jsonrpc_conn_closed_fn)(struct spdk_jsonrpc_server_conn *conn, void *arg);

/** Takes the result of a response apart. Returns 0, or SPDK_JSON_PARSE_INVALID. */
typedef int (*spdk_jsonrpc_client_response_parser)(void *parser_ctx,
						   const struct spdk_json_val *result);

/**
 * Listens at an address.
 *
 * Owner: the caller, until spdk_jsonrpc_server_shutdown(). The address is copied.
 * Shape: `domain` and `protocol` are those of socket(2), for a stream. The path of a UNIX domain
 * socket must not exist; who made it removes it.
 * Errors: NULL, with a message; errno is what the kernel gave, EINVAL or ENOMEM.
 */
struct spdk_jsonrpc_server *
spdk_jsonrpc_server_listen(int domain, int protocol, struct sockaddr *listen_addr,
			   socklen_t addrlen, spdk_jsonrpc_handle_request_fn handle_request);

/**
 * Gives a server a turn: takes connections and requests, calls the handler, sends answers.
 *
 * A turn ends after about 25 us, or with the handler that was called before they were over. What is
 * left waits for the next one, which goes on where this one has ended.
 *
 * Errors: returns 0; -EINVAL for NULL.
 */
int spdk_jsonrpc_server_poll(struct spdk_jsonrpc_server *server);

/**
 * Ends a server: closes its socket and its connections. What is answered and not sent yet is sent
 * as far as the kernel takes it at once; the rest is lost.
 *
 * Requests that are not answered stay valid until they are; their answers go nowhere. It may be
 * called by a handler. NULL is accepted.
 */
void spdk_jsonrpc_server_shutdown(struct spdk_jsonrpc_server *server);

/**
 * The connection of a request.
 *
 * Thread: that of the server.
 * Errors: NULL: it has none, since it has been closed or the program itself asks.
 */
struct spdk_jsonrpc_server_conn *spdk_jsonrpc_get_conn(struct spdk_jsonrpc_request *request);

/**
 * Has a function called when a connection is closed.
 *
 * Thread: that of the server.
 * Callback: once, from spdk_jsonrpc_server_poll() or spdk_jsonrpc_server_shutdown(), unless
 * spdk_jsonrpc_conn_del_close_cb() comes first.
 * Errors: -EEXIST: this pair is there already; -ENOSPC: another one is; -ENOTCONN: the connection
 * is closed, or NULL; -EINVAL: there is no function.
 */
int spdk_jsonrpc_conn_add_close_cb(struct spdk_jsonrpc_server_conn *conn,
				   spdk_jsonrpc_conn_closed_fn cb, void *ctx);

/**
 * Takes back spdk_jsonrpc_conn_add_close_cb().
 *
 * Thread: that of the server.
 * Errors: -ENOENT: there is no such pair.
 */
int spdk_jsonrpc_conn_del_close_cb(struct spdk_jsonrpc_server_conn *conn,
				   spdk_jsonrpc_conn_closed_fn cb, void *ctx);

/**
 * Begins the answer to a request.
 *
 * The caller writes one value and calls spdk_jsonrpc_end_result(). To give up what was written, it
 * calls spdk_jsonrpc_send_error_response() instead, and the writer is not used any more.
 *
 * Owner: the writer belongs to the request; spdk_json_write_end() is not called for it.
 * Errors: never NULL for a request that may be answered. What cannot be kept for lack of memory, is
 * too large, or is no value, becomes an error in the answer. A handler that answers twice is named
 * in the log, and gets NULL, with which nothing is written.
 */
struct spdk_json_write_ctx *spdk_jsonrpc_begin_result(struct spdk_jsonrpc_request *request);

/**
 * Ends the answer and sends it, from spdk_jsonrpc_server_poll(); and ends the request.
 *
 * Shape: `w` is what spdk_jsonrpc_begin_result() has given.
 */
void spdk_jsonrpc_end_result(struct spdk_jsonrpc_request *request, struct spdk_json_write_ctx *w);

/** Answers true or false; and ends the request. */
void spdk_jsonrpc_send_bool_response(struct spdk_jsonrpc_request *request, bool value);

/**
 * Answers with an error; and ends the request.
 *
 * Shape: `error_code` is an SPDK_JSONRPC_ERROR_, or another outside of -32768 to -32000. `msg` is
 * copied; NULL stands for no message.
 */
void spdk_jsonrpc_send_error_response(struct spdk_jsonrpc_request *request, int error_code,
				      const char *msg);

/** spdk_jsonrpc_send_error_response() with a message that is formatted as by printf(3). */
void
spdk_jsonrpc_send_error_response_fmt(struct spdk_jsonrpc_request *request, int error_code,
				     const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * Begins a request; after spdk_jsonrpc_begin_batch(), the next request of the batch. The caller
 * writes the member "params", if there are any, and calls spdk_jsonrpc_end_request().
 *
 * Owner: the writer belongs to the request.
 * Shape: `id` below 0 leaves it out, so that only errors are answered; in a batch it is then the
 * number of the request in the batch, from 0. With a `method` of NULL, the caller writes the member
 * "method" too.
 * Errors: NULL: no memory, `request` is NULL or holds one request already.
 */
struct spdk_json_write_ctx *spdk_jsonrpc_begin_request(struct spdk_jsonrpc_client_request *request,
						       int32_t id, const char *method);

/** Ends what spdk_jsonrpc_begin_request() has begun; `w` is what that has given. */
void spdk_jsonrpc_end_request(struct spdk_jsonrpc_client_request *request,
			      struct spdk_json_write_ctx *w);

/**
 * Connects to a server, or begins to: spdk_jsonrpc_client_poll() gives -ENOTCONN until it is done.
 *
 * Owner: the caller, until spdk_jsonrpc_client_close().
 * Shape: `addr_family` AF_UNIX: the path of a socket; AF_INET, AF_INET6, or AF_UNSPEC for either:
 * "HOST:PORT", or "HOST" for port 5260; an IPv6 address with a port needs brackets. Resolving a
 * name may block. All addresses of a name are tried, one after the other.
 * Errors: NULL; errno tells why. Of those that are not the kernel's: EINVAL: the address is NULL,
 * empty or of another form; ENAMETOOLONG: such a path does not fit; ENXIO: the name is not known;
 * EAGAIN: who knows it does not answer.
 */
struct spdk_jsonrpc_client *spdk_jsonrpc_client_connect(const char *addr, int addr_family);

/** Closes a connection and frees the client, with the requests and responses it holds. NULL is
 * accepted. */
void spdk_jsonrpc_client_close(struct spdk_jsonrpc_client *client);

/**
 * Makes an empty request, or batch.
 *
 * Owner: the caller, until spdk_jsonrpc_client_send_request() or
 * spdk_jsonrpc_client_free_request().
 * Errors: NULL: no memory.
 */
struct spdk_jsonrpc_client_request *spdk_jsonrpc_client_create_request(void);

/** Frees a request that is not sent. NULL is accepted. */
void spdk_jsonrpc_client_free_request(struct spdk_jsonrpc_client_request *req);

/**
 * Makes a batch of a request that is empty: any number of requests, each begun and ended, until
 * spdk_jsonrpc_end_batch(). It has one response: its `result` is the array of all responses, its
 * `error` the first error in it, if there is one.
 *
 * Errors: -EINVAL: NULL, or it is not empty; -ENOMEM.
 */
int spdk_jsonrpc_begin_batch(struct spdk_jsonrpc_client_request *request);

/** Ends what spdk_jsonrpc_begin_batch() has begun. */
void spdk_jsonrpc_end_batch(struct spdk_jsonrpc_client_request *request);

/**
 * Has a request sent by spdk_jsonrpc_client_poll().
 *
 * Owner: the client, unless an error is returned.
 * Errors: -ENOSPC: more than 64 MiB would wait to be sent, try again after a poll; -EINVAL: it is
 * not complete, what was written is no JSON, or NULL; -ENOMEM: it could not be kept as it was
 * written; -EIO: the connection has ended.
 */
int spdk_jsonrpc_client_send_request(struct spdk_jsonrpc_client *client,
				     struct spdk_jsonrpc_client_request *req);

/**
 * Sends and receives. Returns how many responses wait for spdk_jsonrpc_client_get_response().
 *
 * Units: timeout in milliseconds; -1 waits without end, 0 only looks.
 * Errors: -ENOTCONN: not connected yet, try again; -ENOSPC: 1024 responses wait to be taken;
 * -EINVAL: what came is no response (errno: EBADMSG), or more than 64 MiB (EMSGSIZE); -EIO: the
 * connection has ended, or did not come about; errno is what the kernel gave, EPIPE when the server
 * has closed it, EBADMSG when it has done so within a response; -ENOMEM. After the last three, all
 * there is to do is spdk_jsonrpc_client_close(). Responses that came before are told of first.
 */
int spdk_jsonrpc_client_poll(struct spdk_jsonrpc_client *client, int timeout);

/**
 * The next response, in the order in which they came.
 *
 * Owner: the caller, until spdk_jsonrpc_client_free_response().
 * Errors: NULL: there is none.
 */
struct spdk_jsonrpc_client_response *
spdk_jsonrpc_client_get_response(struct spdk_jsonrpc_client *client);

/** Frees a response. NULL is accepted. */
void spdk_jsonrpc_client_free_response(struct spdk_jsonrpc_client_response *resp);

/**
 * Has servers log each request and each answer at this level, on one line. At first:
 * SPDK_LOG_DISABLED.
 *
 * Thread: any, before there is a server.
 */
void spdk_jsonrpc_set_log_level(enum spdk_log_level level);

/**
 * Has servers write each request and each answer to a file, on one line. NULL, as at first: none.
 *
 * Thread: any, before there is a server.
 * Owner: the caller, who closes it after the last server has ended.
 */
void spdk_jsonrpc_set_log_file(FILE *file);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_JSONRPC_H_ */
