/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of the client: texts that are written by the caller's hand.
 *
 *   state               left by
 *   EMPTY               spdk_jsonrpc_begin_request(): OPEN; spdk_jsonrpc_begin_batch(): BATCH_OPEN
 *   OPEN                spdk_jsonrpc_end_request(): COMPLETE
 *   BATCH_OPEN          spdk_jsonrpc_begin_request(): BATCH_REQUEST_OPEN;
 *                       spdk_jsonrpc_end_batch(): COMPLETE
 *   BATCH_REQUEST_OPEN  spdk_jsonrpc_end_request(): BATCH_OPEN
 *   COMPLETE            spdk_jsonrpc_client_send_request()
 *
 * The functions that end something cannot tell of an error: it is kept, and sending is refused.
 */
#include "control/jsonrpc/jsonrpc_client.h"

#define TEXT_BYTES_FIRST 512

struct spdk_jsonrpc_client_request *
spdk_jsonrpc_client_create_request(void)
{
	return calloc(1, sizeof(struct spdk_jsonrpc_client_request));
}

void
spdk_jsonrpc_client_free_request(struct spdk_jsonrpc_client_request *req)
{
	if (req == NULL) {
		return;
	}
	if (req->writer != NULL) {
		(void)spdk_json_write_end(req->writer); /* it is given up, complete or not */
	}
	free(req->text);
	free(req);
}

/* For the writer, which takes anything but 0 for a failure. */
static int
append(void *arg, const void *data, size_t size)
{
	struct spdk_jsonrpc_client_request *request = arg;
	size_t capacity = request->capacity != 0 ? request->capacity : TEXT_BYTES_FIRST;
	char *grown;

	while (capacity - request->size < size) {
		capacity *= 2;
	}
	if (capacity != request->capacity) {
		grown = realloc(request->text, capacity);
		if (grown == NULL) {
			request->error = -ENOMEM;
			return -ENOMEM;
		}
		request->text = grown;
		request->capacity = capacity;
	}
	memcpy(request->text + request->size, data, size);
	request->size += size;
	return 0;
}

static int
begin_text(struct spdk_jsonrpc_client_request *request)
{
	request->writer = spdk_json_write_begin(append, request, 0);
	return request->writer != NULL ? 0 : -ENOMEM;
}

/* Some servers read by the line: it ends with one. */
static void
end_text(struct spdk_jsonrpc_client_request *request)
{
	int rc = spdk_json_write_end(request->writer);

	request->writer = NULL;
	request->state = CLIENT_REQUEST_COMPLETE;
	if (rc == 0) {
		rc = append(request, "\n", 1);
	}
	if (rc != 0 && request->error == 0) {
		request->error = rc == -ENOMEM ? -ENOMEM : -EINVAL;
	}
}

int
spdk_jsonrpc_begin_batch(struct spdk_jsonrpc_client_request *request)
{
	if (request == NULL || request->state != CLIENT_REQUEST_EMPTY) {
		return -EINVAL;
	}
	if (begin_text(request) != 0) {
		return -ENOMEM;
	}
	(void)spdk_json_write_array_begin(request->writer); /* end_text() has the error */
	request->state = CLIENT_BATCH_OPEN;
	return 0;
}

void
spdk_jsonrpc_end_batch(struct spdk_jsonrpc_client_request *request)
{
	if (request == NULL || request->state != CLIENT_BATCH_OPEN) {
		SPDK_ERRLOG("spdk_jsonrpc_end_batch(): there is no batch to end: call "
			    "spdk_jsonrpc_begin_batch() first, and end each of its requests\n");
		return;
	}
	(void)spdk_json_write_array_end(request->writer); /* end_text() has the error */
	end_text(request);
}

struct spdk_json_write_ctx *
spdk_jsonrpc_begin_request(struct spdk_jsonrpc_client_request *request, int32_t id,
			   const char *method)
{
	struct spdk_json_write_ctx *w;

	if (request == NULL) {
		return NULL;
	}
	if (request->state == CLIENT_REQUEST_EMPTY && begin_text(request) == 0) {
		request->state = CLIENT_REQUEST_OPEN;
	} else if (request->state == CLIENT_BATCH_OPEN) {
		request->state = CLIENT_BATCH_REQUEST_OPEN;
		id = id >= 0 ? id : request->next_id++;
	} else {
		return NULL;
	}
	/* Errors stay with the writer until end_text(). */
	w = request->writer;
	(void)spdk_json_write_object_begin(w);
	(void)spdk_json_write_named_string(w, "jsonrpc", "2.0");
	if (id >= 0) {
		(void)spdk_json_write_named_int32(w, "id", id);
	}
	if (method != NULL) {
		(void)spdk_json_write_named_string(w, "method", method);
	}
	return w;
}

void
spdk_jsonrpc_end_request(struct spdk_jsonrpc_client_request *request, struct spdk_json_write_ctx *w)
{
	if (request == NULL || w == NULL || w != request->writer ||
	    (request->state != CLIENT_REQUEST_OPEN &&
	     request->state != CLIENT_BATCH_REQUEST_OPEN)) {
		SPDK_ERRLOG("spdk_jsonrpc_end_request(): there is no request to end: pass the "
			    "writer that spdk_jsonrpc_begin_request() has returned\n");
		return;
	}
	(void)spdk_json_write_object_end(w); /* end_text() has the error */
	if (request->state == CLIENT_BATCH_REQUEST_OPEN) {
		request->state = CLIENT_BATCH_OPEN;
		return;
	}
	end_text(request);
}
