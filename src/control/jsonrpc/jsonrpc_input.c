/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the bytes of a connection to calls of the handler: values, batches, requests, and what is
 * answered to those that are none.
 *
 * Invariants:
 *  1. A batch is started to its end before anything behind it is parsed: while `batch` is set,
 *     the bytes of the input wait.
 *  2. Any call of the handler may close the connection, or end the server. So nothing is done
 *     afterwards before the state of the connection has been looked at.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

/* A request of this connection; NULL after it was closed for lack of memory. */
static struct spdk_jsonrpc_request *
new_request(struct spdk_jsonrpc_server_conn *conn, const struct spdk_json_val *id)
{
	struct spdk_jsonrpc_request *request;
	struct jsonrpc_request_opts opts = {
		.batch = conn->batch,
		.id = id,
		.reply_bytes_max = conn->server->limits.reply_bytes_max,
	};

	if (jsonrpc_request_create(&opts, &request) != 0) {
		jsonrpc_conn_fail(conn);
		return NULL;
	}
	request->conn = conn;
	request->server = conn->server;
	jsonrpc_server_get(conn->server);
	TAILQ_INSERT_TAIL(&conn->requests, request, conn_link);
	conn->under_way++;
	conn->server->stats.requests++;
	return request;
}

/* Answers what is no request at all. */
static void
answer_error(struct spdk_jsonrpc_server_conn *conn, int code, const char *text)
{
	struct spdk_jsonrpc_request *request = new_request(conn, NULL);

	if (request != NULL) {
		spdk_jsonrpc_send_error_response(request, code, text);
	}
}

/* The place in the stream is lost: nothing more can be read. */
static void
reject(struct spdk_jsonrpc_server_conn *conn, enum json_stream_result result)
{
	const struct jsonrpc_limits *limits = &conn->server->limits;
	const struct json_fault *fault = json_stream_fault(conn->stream);
	int code = SPDK_JSONRPC_ERROR_INVALID_REQUEST;
	char text[256];

	switch (result) {
	case JSON_STREAM_TOO_LONG:
		snprintf(text, sizeof(text), "Invalid request: it has more than %zu bytes",
			 limits->request_bytes_max);
		break;
	case JSON_STREAM_TOO_MANY_VALUES:
		snprintf(text, sizeof(text), "Invalid request: it has more than %zu values",
			 limits->request_values_max);
		break;
	case JSON_STREAM_TOO_DEEP:
		snprintf(text, sizeof(text),
			 "Invalid request: more than %u arrays and objects stand within each other",
			 limits->request_depth_max);
		break;
	case JSON_STREAM_NO_MEMORY:
		code = SPDK_JSONRPC_ERROR_INTERNAL_ERROR;
		snprintf(text, sizeof(text), "there is no memory for the request");
		break;
	default:
		code = SPDK_JSONRPC_ERROR_PARSE_ERROR;
		snprintf(text, sizeof(text), "Parse error: line %zu, column %zu: %s",
			 fault->place.line, fault->place.column, fault->reason);
		break;
	}
	json_stream_reset(conn->stream);
	conn->input_at = 0;
	conn->input_size = 0;
	conn->is_rejected = true;
	conn->state = JSONRPC_CONN_DRAINING;
	answer_error(conn, code, text);
}

/* Starts the request that a value is; the connection may be closed afterwards. */
static void
start(struct spdk_jsonrpc_server_conn *conn, const struct spdk_json_val *value,
      struct json_text *text)
{
	struct spdk_jsonrpc_request *request = new_request(conn, jsonrpc_request_id_of(value));

	if (request == NULL) {
		json_text_release(text);
		return;
	}
	if (conn->batch != NULL) {
		jsonrpc_batch_add(conn->batch, request);
	} else {
		request->text = *text;
		jsonrpc_conn_hold(conn, text);
	}
	if (jsonrpc_request_take(request, value)) {
		jsonrpc_server_handle(conn->server, request);
	}
}

/* Starts the next request of the batch. */
void
jsonrpc_input_start(struct spdk_jsonrpc_server_conn *conn)
{
	struct jsonrpc_batch *batch = conn->batch;
	struct spdk_json_val *next = spdk_json_next(batch->next);
	struct json_text none = {0};

	start(conn, batch->next, &none);
	if (conn->batch != batch) {
		/* The connection has been closed or failed, and the batch is not to be complete. */
		return;
	}
	batch->next = next;
	if (next == NULL) {
		/* Its answers are not looked at before this step has ended. */
		conn->batch = NULL;
		jsonrpc_batch_put(batch);
	}
}

static void
begin_batch(struct spdk_jsonrpc_server_conn *conn, struct json_text *text)
{
	const struct jsonrpc_limits *limits = &conn->server->limits;
	uint32_t count = jsonrpc_batch_count(text->values, limits->batch_max);
	char message[128];

	if (count == 0 || count > limits->batch_max) {
		snprintf(message, sizeof(message),
			 count == 0 ? "Invalid request: the batch is empty" :
				      "Invalid request: a batch has at most %u requests",
			 limits->batch_max);
		json_text_release(text);
		answer_error(conn, SPDK_JSONRPC_ERROR_INVALID_REQUEST, message);
	} else if (jsonrpc_batch_create(text, limits->reply_bytes_max, &conn->batch) != 0) {
		json_text_release(text);
		jsonrpc_conn_fail(conn);
	} else {
		jsonrpc_conn_hold(conn, text);
		jsonrpc_input_start(conn);
	}
}

static void
take_value(struct spdk_jsonrpc_server_conn *conn)
{
	struct json_text text;

	json_stream_take(conn->stream, &text);
	jsonrpc_log_request(text.values);
	if (text.values->type == SPDK_JSON_VAL_ARRAY_BEGIN) {
		begin_batch(conn, &text);
	} else {
		start(conn, text.values, &text);
	}
}

/* What the stream makes of bytes, or of their end. */
static void
take_result(struct spdk_jsonrpc_server_conn *conn, enum json_stream_result result)
{
	if (result == JSON_STREAM_VALUE) {
		take_value(conn);
	} else if (result != JSON_STREAM_MORE) {
		reject(conn, result);
	}
}

void
jsonrpc_input_parse(struct spdk_jsonrpc_server_conn *conn)
{
	enum json_stream_result result;
	size_t taken;

	result = json_stream_feed(conn->stream, conn->input + conn->input_at,
				  conn->input_size - conn->input_at, &taken);
	conn->input_at += taken;
	take_result(conn, result);
}

void
jsonrpc_input_end(struct spdk_jsonrpc_server_conn *conn)
{
	conn->state = JSONRPC_CONN_DRAINING;
	take_result(conn, json_stream_finish(conn->stream));
}
