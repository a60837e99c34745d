/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that the program makes to itself: there is no connection, and the answer goes to a
 * function.
 *
 * Two things end a call, in either order and perhaps on two OS threads: that the handler returns,
 * and that the request is answered. Whoever comes second delivers the answer and frees the request.
 * So a handler that answers twice touches a request that is still there, and is told so.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include <stdatomic.h>

struct jsonrpc_local {
	struct jsonrpc_local_call call;
	/* How many of the two have come. */
	atomic_int ended;
};

/* What stands between the name "result" or "error" and the last bracket. */
struct answer {
	char *text;
	size_t size;
	/* The same once more, since its strings are decoded where they stand. */
	struct json_text parsed;
	char *message;
};

/* Errors: -ENOMEM. */
static int
take_answer(const struct spdk_jsonrpc_request *request, struct answer *answer)
{
	size_t name_size = request->is_error ? strlen(",\"error\":") : strlen(",\"result\":");
	size_t first = request->prefix_size + name_size;
	ssize_t count;

	answer->text = jsonrpc_reply_flatten(&request->reply);
	answer->parsed.bytes = jsonrpc_reply_flatten(&request->reply);
	if (answer->text == NULL || answer->parsed.bytes == NULL) {
		return -ENOMEM;
	}
	answer->size = request->reply.size - first - strlen("}\n");
	memmove(answer->text, answer->text + first, answer->size);
	answer->text[answer->size] = '\0';
	memcpy(answer->parsed.bytes, answer->text, answer->size);
	count = spdk_json_parse(answer->text, answer->size, NULL, 0, NULL, 0);
	/* It was written by our writer. */
	assert(count > 0);
	answer->parsed.values = calloc((size_t)count, sizeof(*answer->parsed.values));
	if (answer->parsed.values == NULL) {
		return -ENOMEM;
	}
	answer->parsed.count = (size_t)count;
	(void)spdk_json_parse(answer->parsed.bytes, answer->size, answer->parsed.values,
			      answer->parsed.count, NULL, SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	return 0;
}

/* Errors: -ENOMEM. */
static int
take_error(struct answer *answer, struct jsonrpc_local_reply *reply)
{
	struct spdk_json_val *code, *message;
	int32_t number = SPDK_JSONRPC_ERROR_INTERNAL_ERROR;

	if (spdk_json_find(answer->parsed.values, "code", NULL, &code, SPDK_JSON_VAL_NUMBER) == 0) {
		(void)spdk_json_number_to_int32(code, &number);
	}
	/* A method may give 0 for a code, but it is an error all the same. */
	reply->error_code = number != 0 ? number : SPDK_JSONRPC_ERROR_INTERNAL_ERROR;
	if (spdk_json_find_string(answer->parsed.values, "message", NULL, &message) == 0) {
		answer->message = strndup(message->start, message->len);
	}
	reply->error_message = answer->message;
	return answer->message != NULL ? 0 : -ENOMEM;
}

static void
deliver(struct spdk_jsonrpc_request *request)
{
	struct jsonrpc_local_call call = request->local->call;
	struct jsonrpc_local_reply reply = {0};
	struct answer answer = {0};
	int rc;

	rc = take_answer(request, &answer);
	if (rc == 0 && request->is_error) {
		rc = take_error(&answer, &reply);
	} else if (rc == 0) {
		reply.result = answer.parsed.values;
		reply.text = answer.text;
		reply.size = answer.size;
	}
	if (rc != 0) {
		reply.error_code = SPDK_JSONRPC_ERROR_INTERNAL_ERROR;
		reply.error_message = "there is no memory for the answer";
	}
	free(request->local);
	jsonrpc_request_free(request);
	call.done_fn(call.arg, &reply);
	free(answer.message);
	free(answer.text);
	json_text_release(&answer.parsed);
}

/* Acquire and release: whoever comes second sees what the first has written. */
static void
end_part(struct spdk_jsonrpc_request *request)
{
	if (atomic_fetch_add_explicit(&request->local->ended, 1, memory_order_acq_rel) == 1) {
		deliver(request);
	}
}

void
jsonrpc_local_answered(struct spdk_jsonrpc_request *request)
{
	end_part(request);
}

int
jsonrpc_call_local(const struct jsonrpc_local_call *call)
{
	struct jsonrpc_request_opts opts = {.reply_bytes_max = JSONRPC_REPLY_BYTES_MAX};
	struct spdk_jsonrpc_request *request;
	struct jsonrpc_local *local;
	int rc;

	assert(call->handle_fn != NULL && call->method != NULL && call->done_fn != NULL);
	local = calloc(1, sizeof(*local));
	if (local == NULL) {
		return -ENOMEM;
	}
	local->call = *call;
	atomic_init(&local->ended, 0);
	opts.local = local;
	rc = jsonrpc_request_create(&opts, &request);
	if (rc != 0) {
		free(local);
		return rc;
	}
	request->method = call->method;
	request->params = call->params;
	call->handle_fn(request, call->method, call->params);
	end_part(request);
	return 0;
}
