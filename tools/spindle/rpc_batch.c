/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls from a file: a line each, as on the command line, or a JSON array of requests. They are
 * all read before the first is sent, so that a mistake in the last line costs nothing.
 */
#include "rpc.h"

#include "spdk/string.h"

struct batch {
	struct call *calls;
	/* FILE:LINE or FILE[INDEX] of each. */
	char **places;
	int count;
};

static void
batch_add(struct batch *batch, const struct call *call, char *place)
{
	struct call *calls = allocate((size_t)batch->count + 1, sizeof(*calls));
	char **places = allocate((size_t)batch->count + 1, sizeof(*places));

	if (batch->count > 0) {
		memcpy(calls, batch->calls, (size_t)batch->count * sizeof(*calls));
		memcpy(places, batch->places, (size_t)batch->count * sizeof(*places));
	}
	free(batch->calls);
	free(batch->places);
	calls[batch->count] = *call;
	places[batch->count] = place;
	batch->calls = calls;
	batch->places = places;
	batch->count++;
}

static void
batch_fini(struct batch *batch)
{
	int i;

	for (i = 0; i < batch->count; i++) {
		call_fini(&batch->calls[i]);
		free(batch->places[i]);
	}
	free(batch->calls);
	free(batch->places);
}

static char *
place_of(const char *file, char opening, size_t number)
{
	struct text text = {.bytes = NULL};

	text_printf(&text, "%s%c%zu%s", strcmp(file, "-") == 0 ? "standard input" : file, opening,
		    number, opening == '[' ? "]" : "");
	return text.bytes;
}

int
words_split(char *line, char ***out_words)
{
	char **words = allocate(strlen(line) + 1, sizeof(*words));
	int count = 0;

	line += strspn(line, " \t\r");
	while (line != NULL && *line != '\0') {
		words[count++] = spdk_strsepq(&line, " \t\r");
	}
	*out_words = words;
	return count;
}

static int
add_line(struct batch *batch, struct session *session, char *place, char *line)
{
	struct call call = {.method = NULL};
	char **words;
	int count, rc = STATUS_OK;

	line += strspn(line, " \t\r");
	if (line[0] == '#' || line[0] == '\0') {
		free(place);
		return STATUS_OK;
	}
	count = words_split(line, &words);
	if (count == 2 && strcmp(words[1], "-") == 0) {
		rc = usage_error("%s: '-' reads standard input, which is for the command line "
				 "only",
				 place);
	} else {
		rc = call_from_words(session, place, count, words, &call);
	}
	free(words);
	if (rc == STATUS_OK) {
		batch_add(batch, &call, place);
	} else {
		free(place);
	}
	return rc;
}

static int
read_lines(struct batch *batch, struct session *session, const char *file, char *text)
{
	char *line = text, *end;
	size_t number = 1;
	int rc = STATUS_OK;

	for (; line != NULL && rc == STATUS_OK; line = end, number++) {
		end = strchr(line, '\n');
		if (end != NULL) {
			*end++ = '\0';
		}
		rc = add_line(batch, session, place_of(file, ':', number), line);
	}
	return rc;
}

static int
read_array(struct batch *batch, const char *file, const char *text, size_t size)
{
	struct document document = {.text = NULL};
	struct spdk_json_val *element;
	int rc = STATUS_OK;
	size_t i = 0;

	if (document_parse(&document, file, text, size) != 0) {
		return STATUS_USAGE;
	}
	for (element = spdk_json_array_first(document.values); element != NULL && rc == STATUS_OK;
	     element = spdk_json_next(element), i++) {
		const struct spdk_json_val *params = member_of(element, "params");
		struct call call = {.method = string_member_of(element, "method")};

		if (call.method == NULL) {
			rc = usage_error("%s[%zu]: not an object with a \"method\"", file, i);
			continue;
		}
		call.params = params != NULL ? string_of(params) : NULL;
		batch_add(batch, &call, place_of(file, '[', i));
	}
	document_fini(&document);
	return rc;
}

static int
run_in_turn(struct session *session, const struct batch *batch, const struct rpc_options *options)
{
	int i, rc = STATUS_OK, worst = STATUS_OK;

	for (i = 0; i < batch->count; i++) {
		rc = call_run(session, batch->places[i], &batch->calls[i], options->form);
		worst = rc != STATUS_OK ? rc : worst;
		if (rc == STATUS_LOST || (rc != STATUS_OK && !options->keeps_going)) {
			break;
		}
	}
	return worst;
}

/* Answers may come in any order: they have the number of the call as id. */
static struct spdk_json_val *
answer_to(struct spdk_json_val *array, int number)
{
	struct spdk_json_val *element = spdk_json_array_first(array);
	const struct spdk_json_val *id;
	int32_t value;

	for (; element != NULL; element = spdk_json_next(element)) {
		id = member_of(element, "id");
		if (id != NULL && spdk_json_number_to_int32(id, &value) == 0 && value == number) {
			return element;
		}
	}
	return NULL;
}

static int
show_answer(struct session *session, const struct batch *batch, int number,
	    struct spdk_json_val *element)
{
	const char *place = batch->places[number], *method = batch->calls[number].method;
	struct spdk_json_val *error = member_of(element, "error");

	if (element == NULL) {
		fprintf(stderr, "%s: %s: the server did not answer it\n", place, method);
		return STATUS_REFUSED;
	}
	if (error != NULL && error->type != SPDK_JSON_VAL_NULL) {
		session_print_error(session, place, method, error);
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

static int
show_answers(struct session *session, const struct batch *batch,
	     const struct spdk_jsonrpc_client_response *response, enum output_form form)
{
	struct spdk_jsonrpc_client_response one = {.version = NULL};
	struct spdk_json_val *element;
	int i, rc, worst = STATUS_OK;

	if (form == OUTPUT_RAW) {
		output_result(response, form);
	}
	if (response->result == NULL || response->result->type != SPDK_JSON_VAL_ARRAY_BEGIN) {
		session_print_error(session, NULL, "batch", response->error);
		return STATUS_REFUSED;
	}
	for (i = 0; i < batch->count; i++) {
		element = answer_to(response->result, i);
		rc = show_answer(session, batch, i, element);
		one.result = rc == STATUS_OK ? member_of(element, "result") : NULL;
		if (one.result != NULL && form != OUTPUT_RAW) {
			output_result(&one, form);
		}
		worst = rc != STATUS_OK ? rc : worst;
	}
	return worst;
}

static int
run_as_one(struct session *session, const struct batch *batch, enum output_form form)
{
	struct spdk_jsonrpc_client_request *request = spdk_jsonrpc_client_create_request();
	struct spdk_jsonrpc_client_response *response;
	struct spdk_json_write_ctx *w;
	int i, rc;

	if (request == NULL || spdk_jsonrpc_begin_batch(request) != 0) {
		spdk_jsonrpc_client_free_request(request);
		fprintf(stderr, "spindle: out of memory\n");
		return STATUS_REFUSED;
	}
	for (i = 0; i < batch->count; i++) {
		w = spdk_jsonrpc_begin_request(request, i, batch->calls[i].method);
		/* Errors stay with the request until it is sent. */
		if (batch->calls[i].params != NULL) {
			(void)spdk_json_write_name(w, "params");
			(void)spdk_json_write_val_raw(w, batch->calls[i].params,
						      strlen(batch->calls[i].params));
		}
		spdk_jsonrpc_end_request(request, w);
	}
	spdk_jsonrpc_end_batch(request);
	rc = session_send(session, "batch", request, &response);
	if (rc == STATUS_OK) {
		rc = show_answers(session, batch, response, form);
		spdk_jsonrpc_client_free_response(response);
	}
	return rc;
}

int
batch_run(struct session *session, const struct rpc_options *options)
{
	struct batch batch = {.count = 0};
	size_t size = 0;
	char *text = load_file(options->file, &size);
	int rc;

	if (text == NULL) {
		return STATUS_USAGE;
	}
	if (text[strspn(text, " \t\r\n")] == '[') {
		rc = read_array(&batch, options->file, text, size);
	} else {
		rc = read_lines(&batch, session, options->file, text);
	}
	free(text);
	if (rc == STATUS_OK && batch.count > 0) {
		rc = options->is_batch ? run_as_one(session, &batch, options->form) :
					 run_in_turn(session, &batch, options);
	}
	batch_fini(&batch);
	return rc;
}
