/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request, and how it is answered.
 *
 * States:
 *   STARTED     the handler was called, or is about to be. begin_result() and the functions named
 *               send lead on.
 *   ANSWERING   the result is being written. end_result() leads on; begin_result() and
 *               send_error_response() begin the answer anew.
 *   ANSWERED    it belongs to whom it came from, who frees it when the answer is sent; one of a
 *               batch waits for the rest before.
 *
 * The answer is `{"jsonrpc":"2.0","id":1` and `,"result":` or `,"error":`, one value, `}`, and a
 * line end unless it is part of a batch; then it begins with a byte for the batch.
 *
 * Invariants:
 *  1. From its creation, a request has a writer, and a first chunk that holds the prefix, up to the
 *     id, and has room for an error of ours behind it. So it can be answered without memory.
 *  2. The prefix is never taken back.
 *  3. Until it is ANSWERED, a request belongs to whoever answers it, but for its links and what is
 *     said to be of the server's thread.
 */
#include "control/jsonrpc/jsonrpc_internal.h"

#include "spdk/string.h"
#include "spdk/util.h"

/* Behind the prefix, for an error whose message is one of ours. */
#define REFUSAL_SIZE_MAX 256
/* Each byte of an id may become six, and the rest of the prefix takes less than this. */
#define ID_GROWTH       6
#define PREFIX_SIZE_MAX 32
/* What of a message that is no UTF-8 is kept. */
#define MESSAGE_SIZE_MAX 1024
#define NAME_SIZE_MAX    64

static int
append(void *cb_ctx, const void *data, size_t size)
{
	struct spdk_jsonrpc_request *request = cb_ctx;

	/* That it was swallowed is seen at the end. */
	jsonrpc_reply_append(&request->reply, data, size);
	return 0;
}

static void
append_text(struct spdk_jsonrpc_request *request, const char *text)
{
	jsonrpc_reply_append(&request->reply, text, strlen(text));
}

static int
write_id(struct spdk_json_write_ctx *w, const struct spdk_json_val *id)
{
	return id != NULL ? spdk_json_write_val(w, id) : spdk_json_write_null(w);
}

static int
write_prefix(struct spdk_jsonrpc_request *request)
{
	struct spdk_json_write_ctx *w = spdk_json_write_begin(append, request, 0);
	int rc;

	if (w == NULL) {
		return -ENOMEM;
	}
	if (request->batch != NULL) {
		append_text(request, ",");
	}
	append_text(request, "{\"jsonrpc\":\"2.0\",\"id\":");
	(void)write_id(w, request->id);
	rc = spdk_json_write_end(w);
	request->prefix_size = request->reply.size;
	return rc;
}

int
jsonrpc_request_create(const struct jsonrpc_request_opts *opts,
		       struct spdk_jsonrpc_request **out_request)
{
	struct spdk_jsonrpc_request *request = calloc(1, sizeof(*request));
	size_t id_size = opts->id != NULL ? (size_t)opts->id->len * ID_GROWTH : 0;
	int rc;

	if (request == NULL) {
		return -ENOMEM;
	}
	request->batch = opts->batch;
	request->local = opts->local;
	request->id = opts->id;
	jsonrpc_reply_init(&request->reply, opts->reply_bytes_max);
	rc = jsonrpc_reply_reserve(&request->reply, PREFIX_SIZE_MAX + id_size + REFUSAL_SIZE_MAX);
	rc = rc != 0 ? rc : write_prefix(request);
	if (rc == 0) {
		request->writer = spdk_json_write_begin(append, request, 0);
		rc = request->writer != NULL ? 0 : -ENOMEM;
	}
	if (rc != 0) {
		jsonrpc_reply_release(&request->reply);
		free(request);
		return rc;
	}
	*out_request = request;
	return 0;
}

void
jsonrpc_request_free(struct spdk_jsonrpc_request *request)
{
	(void)spdk_json_write_end(request->writer); /* what is left in it is not wanted */
	jsonrpc_reply_release(&request->reply);
	json_text_release(&request->text);
	free(request);
}

static bool
is_id(const struct spdk_json_val *value)
{
	return value->type == SPDK_JSON_VAL_NUMBER || value->type == SPDK_JSON_VAL_STRING;
}

const struct spdk_json_val *
jsonrpc_request_id_of(const struct spdk_json_val *value)
{
	struct spdk_json_val *id;

	if (spdk_json_find((struct spdk_json_val *)(uintptr_t)value, "id", NULL, &id,
			   SPDK_JSON_VAL_ANY) != 0) {
		return NULL;
	}
	return is_id(id) ? id : NULL;
}

const char *
jsonrpc_request_name(const struct spdk_jsonrpc_request *request, char *text, size_t size)
{
	if (request->method == NULL) {
		snprintf(text, size, "(no method)");
	} else {
		snprintf(text, size, "%.*s", (int)spdk_min(request->method->len, NAME_SIZE_MAX),
			 (const char *)request->method->start);
	}
	return text;
}

static const char *
take_version(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value)
{
	return value->type == SPDK_JSON_VAL_STRING && spdk_json_strequal(value, "2.0") ?
		       NULL :
		       "member 'jsonrpc' must be \"2.0\"";
}

static const char *
take_id(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value)
{
	return is_id(value) || value->type == SPDK_JSON_VAL_NULL ?
		       NULL :
		       "member 'id' must be a string, a number or null";
}

static const char *
take_method(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value)
{
	if (value->type != SPDK_JSON_VAL_STRING) {
		return "member 'method' must be a string";
	}
	request->method = value;
	return NULL;
}

static const char *
take_params(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value)
{
	if (value->type == SPDK_JSON_VAL_NULL) {
		return NULL;
	}
	if (value->type != SPDK_JSON_VAL_ARRAY_BEGIN && value->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return "member 'params' must be an object, an array or null";
	}
	request->params = value;
	return NULL;
}

/* Returns what is wrong, or NULL. */
typedef const char *(*take_fn)(struct spdk_jsonrpc_request *request,
			       const struct spdk_json_val *value);

static const struct {
	const char *name;
	take_fn take;
} members[] = {
	{"jsonrpc", take_version},
	{"id", take_id},
	{"method", take_method},
	{"params", take_params},
};

/* The row of a member's name; SPDK_COUNTOF(members) for an unknown one. */
static size_t
member_of(const struct spdk_json_val *name)
{
	size_t i = 0;

	while (i < SPDK_COUNTOF(members) && !spdk_json_strequal(name, members[i].name)) {
		i++;
	}
	return i;
}

static void
refuse(struct spdk_jsonrpc_request *request, const char *reason)
{
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_REQUEST,
					     "Invalid request: %s", reason);
}

static void
refuse_member(struct spdk_jsonrpc_request *request, const struct spdk_json_val *name,
	      const char *reason)
{
	spdk_jsonrpc_send_error_response_fmt(
		request, SPDK_JSONRPC_ERROR_INVALID_REQUEST, "Invalid request: member '%.*s' %s",
		(int)spdk_min(name->len, NAME_SIZE_MAX), (const char *)name->start, reason);
}

bool
jsonrpc_request_take(struct spdk_jsonrpc_request *request, const struct spdk_json_val *value)
{
	struct spdk_json_val *name =
		spdk_json_object_first((struct spdk_json_val *)(uintptr_t)value);
	const char *reason = NULL;
	uint32_t seen = 0;
	size_t member;

	if (value->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		refuse(request, "it must be an object, or an array of them");
		return false;
	}
	for (; name != NULL && reason == NULL; name = spdk_json_next(name)) {
		member = member_of(name);
		if (member == SPDK_COUNTOF(members)) {
			refuse_member(request, name,
				      "is unknown: there are 'jsonrpc', 'id', 'method', 'params'");
			return false;
		}
		if (seen & (1U << member)) {
			refuse_member(request, name, "stands there twice");
			return false;
		}
		seen |= 1U << member;
		reason = members[member].take(request, name + 1);
	}
	if (reason == NULL && request->method == NULL) {
		reason = "member 'method' is missing";
	}
	if (reason != NULL) {
		refuse(request, reason);
		return false;
	}
	request->is_notification = request->id == NULL;
	return true;
}

/* Ends the text of the answer, and gives the request back. */
static void
answered(struct spdk_jsonrpc_request *request)
{
	request->state = JSONRPC_REQUEST_ANSWERED;
	if (request->server != NULL) {
		jsonrpc_server_answered(request);
	} else {
		jsonrpc_local_answered(request);
	}
}

void
jsonrpc_request_refuse(struct spdk_jsonrpc_request *request, const char *reason)
{
	char text[REFUSAL_SIZE_MAX];

	request->is_error = true;
	snprintf(text, sizeof(text), ",\"error\":{\"code\":%d,\"message\":\"%s\"}}%s",
		 SPDK_JSONRPC_ERROR_INTERNAL_ERROR, reason, request->batch != NULL ? "" : "\n");
	jsonrpc_reply_truncate(&request->reply, request->prefix_size);
	request->reply.size_max = 0;
	append_text(request, text);
	assert(request->reply.error == 0);
}

static void
refuse_result(struct spdk_jsonrpc_request *request, int rc)
{
	char text[REFUSAL_SIZE_MAX / 2];

	if (rc == -EFBIG) {
		snprintf(text, sizeof(text), "the answer has more than %zu bytes",
			 request->reply.size_max);
	} else {
		snprintf(text, sizeof(text), "%s",
			 rc == -ENOMEM  ? "there is no memory for the answer" :
			 rc == -EILSEQ  ? "the answer has a string that is not UTF-8" :
			 rc == -ENODATA ? "the method has written no result" :
					  "the method has written no complete value");
	}
	jsonrpc_request_refuse(request, text);
}

/* Writes what the writer has left, and the end. */
static void
finish(struct spdk_jsonrpc_request *request)
{
	size_t size_before = request->prefix_size +
			     (request->is_error ? strlen(",\"error\":") : strlen(",\"result\":"));
	struct spdk_json_write_ctx *writer = request->writer;
	int rc;

	request->writer = NULL;
	rc = spdk_json_write_end(writer);
	if (rc == 0 && request->reply.error == 0 && request->reply.size == size_before) {
		rc = -ENODATA;
	}
	append_text(request, request->batch != NULL ? "}" : "}\n");
	rc = request->reply.error != 0 ? request->reply.error : rc;
	if (rc != 0) {
		refuse_result(request, rc);
	}
	answered(request);
}

static bool
may_answer(const struct spdk_jsonrpc_request *request, const char *function)
{
	char name[NAME_SIZE_MAX + 1];

	if (request == NULL) {
		SPDK_ERRLOG("%s(): there is no request to answer: it is NULL\n", function);
		return false;
	}
	if (request->state == JSONRPC_REQUEST_STARTED ||
	    request->state == JSONRPC_REQUEST_ANSWERING) {
		return true;
	}
	SPDK_ERRLOG("%s(): method '%s' has answered this request already; a request is answered "
		    "once, and not used afterwards\n",
		    function, jsonrpc_request_name(request, name, sizeof(name)));
	return false;
}

/* Begins the answer, anew if it has begun. */
static struct spdk_json_write_ctx *
begin(struct spdk_jsonrpc_request *request, bool is_error)
{
	if (request->state == JSONRPC_REQUEST_ANSWERING) {
		spdk_json_write_reset(request->writer);
		jsonrpc_reply_truncate(&request->reply, request->prefix_size);
	}
	request->state = JSONRPC_REQUEST_ANSWERING;
	request->is_error = is_error;
	append_text(request, is_error ? ",\"error\":" : ",\"result\":");
	return request->writer;
}

struct spdk_json_write_ctx *
spdk_jsonrpc_begin_result(struct spdk_jsonrpc_request *request)
{
	char name[NAME_SIZE_MAX + 1];

	if (!may_answer(request, "spdk_jsonrpc_begin_result")) {
		return NULL;
	}
	if (request->state == JSONRPC_REQUEST_ANSWERING) {
		SPDK_ERRLOG("spdk_jsonrpc_begin_result(): method '%s' has begun its result before; "
			    "what it has written is dropped\n",
			    jsonrpc_request_name(request, name, sizeof(name)));
	}
	return begin(request, false);
}

void
spdk_jsonrpc_end_result(struct spdk_jsonrpc_request *request, struct spdk_json_write_ctx *w)
{
	char name[NAME_SIZE_MAX + 1];

	if (!may_answer(request, "spdk_jsonrpc_end_result")) {
		return;
	}
	if (request->state == JSONRPC_REQUEST_STARTED || w != request->writer) {
		SPDK_ERRLOG("spdk_jsonrpc_end_result(): method '%s' ends a result with another "
			    "writer than spdk_jsonrpc_begin_result() has given it\n",
			    jsonrpc_request_name(request, name, sizeof(name)));
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
						 "the method has begun no result");
		return;
	}
	finish(request);
}

void
spdk_jsonrpc_send_bool_response(struct spdk_jsonrpc_request *request, bool value)
{
	if (may_answer(request, "spdk_jsonrpc_send_bool_response")) {
		(void)spdk_json_write_bool(begin(request, false), value);
		finish(request);
	}
}

/* Writes an error's value. Errors: -EILSEQ: the message is no UTF-8. */
static int
write_error(struct spdk_json_write_ctx *w, int error_code, const char *msg)
{
	(void)spdk_json_write_object_begin(w);
	(void)spdk_json_write_named_int32(w, "code", error_code);
	(void)spdk_json_write_named_string(w, "message", msg);
	return spdk_json_write_object_end(w);
}

/* Keeps what every text may have, in place of the rest. */
static void
make_ascii(char *text, size_t size, const char *msg)
{
	snprintf(text, size, "%s", msg);
	for (char *at = text; *at != '\0'; at++) {
		*at = (*at & 0x80) != 0 ? '?' : *at;
	}
}

static void
send_error(struct spdk_jsonrpc_request *request, int error_code, const char *msg)
{
	char text[MESSAGE_SIZE_MAX];

	if (write_error(begin(request, true), error_code, msg) == -EILSEQ) {
		make_ascii(text, sizeof(text), msg);
		(void)write_error(begin(request, true), error_code, text);
	}
	finish(request);
}

void
spdk_jsonrpc_send_error_response(struct spdk_jsonrpc_request *request, int error_code,
				 const char *msg)
{
	if (may_answer(request, "spdk_jsonrpc_send_error_response")) {
		send_error(request, error_code, msg != NULL ? msg : "");
	}
}

void
spdk_jsonrpc_send_error_response_fmt(struct spdk_jsonrpc_request *request, int error_code,
				     const char *fmt, ...)
{
	char fallback[MESSAGE_SIZE_MAX];
	va_list args, again;
	char *msg;

	if (!may_answer(request, "spdk_jsonrpc_send_error_response_fmt")) {
		return;
	}
	va_start(args, fmt);
	va_copy(again, args);
	msg = spdk_vsprintf_alloc(fmt, args);
	if (msg == NULL) {
		/* As much of it as fits. */
		(void)vsnprintf(fallback, sizeof(fallback), fmt, again);
	}
	send_error(request, error_code, msg != NULL ? msg : fallback);
	free(msg);
	va_end(again);
	va_end(args);
}
