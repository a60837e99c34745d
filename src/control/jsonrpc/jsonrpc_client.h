/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the client share.
 *
 *   client    a connection, what waits to be sent, and what has come and was not taken
 *   dial      the way to a connection: the addresses that are tried one after the other
 *   request   a text that is being written, or is complete
 *   response  a text and the members in it
 *
 * Thread: all of it belongs to whoever uses the client.
 */
#ifndef SPINDLE_JSONRPC_CLIENT_H
#define SPINDLE_JSONRPC_CLIENT_H

#include "base/json_stream.h"
#include "spdk/jsonrpc.h"
#include "spdk/queue.h"

struct addrinfo;

enum client_request_state {
	CLIENT_REQUEST_EMPTY,
	/* One request is begun. */
	CLIENT_REQUEST_OPEN,
	/* A batch is begun, and no request in it. */
	CLIENT_BATCH_OPEN,
	/* A batch is begun, and a request in it. */
	CLIENT_BATCH_REQUEST_OPEN,
	CLIENT_REQUEST_COMPLETE,
};

struct spdk_jsonrpc_client_request {
	STAILQ_ENTRY(spdk_jsonrpc_client_request) link;
	enum client_request_state state;
	struct spdk_json_write_ctx *writer;
	char *text;
	size_t size;
	size_t capacity;
	/* Of a batch, those that had no id given. */
	int32_t next_id;
	/* What made it incomplete, or 0. */
	int error;
};

struct client_response {
	/* The first, so that one stands for the other. */
	struct spdk_jsonrpc_client_response members;
	struct json_text text;
	STAILQ_ENTRY(client_response) link;
};

/*
 * Takes the text, which is zeros then, and finds the members. 0; -EINVAL, the text is no response;
 * -ENOMEM. The text stays the caller's after an error.
 */
int client_response_create(struct json_text *text, struct client_response **out_response);

/* Accepts NULL. */
void client_response_destroy(struct client_response *response);

/* Where to, and how far. */
struct client_dial {
	/* Of addresses, those from `next` on were not tried; both NULL for a path. */
	struct addrinfo *addresses;
	const struct addrinfo *next;
	struct sockaddr_un path;
	/* The socket, or -1. */
	int fd;
	/* The kernel could not take the connection yet, and tells by no event when it can. */
	bool is_to_retry;
};

/* Reads the address and resolves its name, which may block. 0 or -errno; nothing is held then. */
int client_dial_init(struct client_dial *dial, const char *address, int family);
/* Closes and frees what is left. */
void client_dial_fini(struct client_dial *dial);
/*
 * Begins, or goes on. 0: connected; -EINPROGRESS: dial->fd becomes writable, or is_to_retry says to
 * ask again soon; else the error of the address that was tried last.
 */
int client_dial_step(struct client_dial *dial);

#endif
