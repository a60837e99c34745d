/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON that arrives in pieces, parsed as it arrives.
 *
 * States:
 *   EMPTY     between two values; blanks are dropped. begin() leaves it at the first other byte.
 *   WITHIN    a value has begun: parser, text and values hold what there is of it. advance() leaves
 *             it, by complete() or fail().
 *   COMPLETE  the values are ready to be taken. json_stream_take() leaves it.
 *   FAILED    `result` and `fault` say why, again and again.
 * json_stream_reset() leads to EMPTY from anywhere.
 *
 * Invariants:
 *  1. text[0..size) is what was taken of the value; beyond the parser's cursor it is as it came, at
 *     most 12 bytes of it. Before, strings are decoded.
 *  2. Before each step of the parser, there is room for the one value that it may add.
 *  3. While WITHIN, `start` of the values are offsets, because the text moves when it grows.
 *  4. A slice of bytes is at most as long as the value was before, or SLICE_SIZE: what lies behind
 *     the value's end and is copied in vain is in proportion to the value.
 *  5. `place` is that of text[size]. It is counted from the bytes that are given, since in the text
 *     escapes have become line ends.
 */
#include "base/json_stream.h"

#include "base/json/json_internal.h"
#include "spdk/util.h"

/* Most requests fit in these. */
#define SLICE_SIZE      256
#define VALUES_AT_FIRST 32
/* Room that is not used is given back when it is more than this part of the text. */
#define SPARE_PART 4

enum stream_state {
	EMPTY,
	WITHIN,
	COMPLETE,
	FAILED,
};

struct json_stream {
	struct json_stream_limits limits;
	enum stream_state state;
	enum json_stream_result result;
	struct json_fault fault;
	struct json_parser parser;
	uint8_t *text;
	size_t size;
	size_t capacity;
	struct json_place place;
	/* Of parser.token, if it was begun by a slice before this one. */
	struct json_fault token;
};

int
json_stream_create(const struct json_stream_limits *limits, struct json_stream **out_stream)
{
	struct json_stream *stream;

	assert(limits->bytes_max <= JSON_TEXT_SIZE_MAX && limits->depth_max <= JSON_DEPTH_MAX);
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL) {
		return -ENOMEM;
	}
	stream->limits = *limits;
	*out_stream = stream;
	return 0;
}

void
json_stream_destroy(struct json_stream *stream)
{
	if (stream != NULL) {
		json_stream_reset(stream);
		free(stream);
	}
}

void
json_stream_reset(struct json_stream *stream)
{
	free(stream->text);
	free(stream->parser.values);
	stream->parser.values = NULL;
	stream->text = NULL;
	stream->size = 0;
	stream->capacity = 0;
	stream->state = EMPTY;
}

bool
json_stream_is_empty(const struct json_stream *stream)
{
	return stream->state == EMPTY;
}

const struct json_fault *
json_stream_fault(const struct json_stream *stream)
{
	assert(stream->state == FAILED);
	return &stream->fault;
}

void
json_text_release(struct json_text *text)
{
	free(text->bytes);
	free(text->values);
	memset(text, 0, sizeof(*text));
}

/* What json_place_of() gives for bytes that follow others. */
static struct json_place
place_after(struct json_place before, const uint8_t *bytes, size_t size)
{
	struct json_place place = json_place_of(bytes, size, size);

	if (place.line == 1) {
		place.column += before.column - 1;
	}
	place.line += before.line - 1;
	return place;
}

static enum json_stream_result
fail(struct json_stream *stream, enum json_stream_result result, const struct json_fault *fault)
{
	stream->state = FAILED;
	stream->result = result;
	stream->fault = *fault;
	return result;
}

static struct json_fault
fault_at_end(const struct json_stream *stream, const char *reason)
{
	return (struct json_fault){
		.offset = stream->size, .place = stream->place, .reason = reason};
}

/* The bytes of a slice, and where they are in the text. */
struct slice {
	const uint8_t *data;
	size_t size;
	size_t offset;
};

/* Where the text's byte at `offset` is, which is in the slice or among the few before it that are
 * not decoded. */
static struct json_fault
fault_at(const struct json_stream *stream, const struct slice *slice, size_t offset)
{
	struct json_fault fault = {.offset = offset, .place = stream->place};

	if (offset >= slice->offset) {
		fault.place = place_after(stream->place, slice->data, offset - slice->offset);
		return fault;
	}
	for (size_t i = offset; i < slice->offset; i++) {
		/* No token has a line end in it. */
		fault.place.column -= (stream->text[i] & 0xc0) != 0x80;
	}
	return fault;
}

/* Lets the parser's pointers follow the text to where it is now. */
static void
move_text(struct json_stream *stream, uint8_t *text)
{
	struct json_parser *parser = &stream->parser;
	uintptr_t old = (uintptr_t)parser->origin;

	parser->cursor.at = text + ((uintptr_t)parser->cursor.at - old);
	parser->token = text + ((uintptr_t)parser->token - old);
	parser->value_end = text + ((uintptr_t)parser->value_end - old);
	parser->origin = text;
	stream->text = text;
}

static int
reserve_text(struct json_stream *stream, size_t size)
{
	size_t capacity = stream->capacity > 0 ? stream->capacity : SLICE_SIZE;
	uint8_t *text;

	if (stream->text != NULL && size <= stream->capacity) {
		return 0;
	}
	while (capacity < size) {
		capacity *= 2;
	}
	text = realloc(stream->text, capacity);
	if (text == NULL) {
		return -ENOMEM;
	}
	stream->capacity = capacity;
	move_text(stream, text);
	return 0;
}

static int
reserve_value(struct json_stream *stream)
{
	struct json_parser *parser = &stream->parser;
	size_t capacity = spdk_max(parser->capacity * 2, (size_t)VALUES_AT_FIRST);
	struct spdk_json_val *values;

	if (parser->count < parser->capacity) {
		return 0;
	}
	values = realloc(parser->values, capacity * sizeof(*values));
	if (values == NULL) {
		return -ENOMEM;
	}
	parser->values = values;
	parser->capacity = capacity;
	return 0;
}

/* Steps over the blanks before a value, and returns how many they were. */
static size_t
begin(struct json_stream *stream, const uint8_t *data, size_t size)
{
	size_t blanks = 0;

	while (blanks < size && (data[blanks] == ' ' || data[blanks] == '\t' ||
				 data[blanks] == '\n' || data[blanks] == '\r')) {
		blanks++;
	}
	if (blanks < size) {
		stream->state = WITHIN;
		stream->place = (struct json_place){.line = 1, .column = 1};
		json_parser_init(&stream->parser);
		stream->parser.depth_max = stream->limits.depth_max;
		stream->parser.cursor.flags = SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE;
		stream->parser.cursor.is_partial = true;
	}
	return blanks;
}

/* Gives back what is not used of an allocation, if that is much. */
static void *
trim(void *memory, size_t used, size_t capacity)
{
	void *smaller = capacity - used > capacity / SPARE_PART ? realloc(memory, used) : NULL;

	return smaller != NULL ? smaller : memory;
}

/* The value ends at the parser's cursor. */
static enum json_stream_result
complete(struct json_stream *stream)
{
	struct json_parser *parser = &stream->parser;

	stream->size = (size_t)(parser->cursor.at - stream->text);
	stream->text = trim(stream->text, stream->size, stream->capacity);
	parser->values = trim(parser->values, parser->count * sizeof(*parser->values),
			      parser->capacity * sizeof(*parser->values));
	for (size_t i = 0; i < parser->count; i++) {
		parser->values[i].start = stream->text + (uintptr_t)parser->values[i].start;
	}
	stream->state = COMPLETE;
	return JSON_STREAM_VALUE;
}

/* Keeps the place of a token that has begun in this slice, should the text end within it. */
static void
note_token(struct json_stream *stream, const struct slice *slice)
{
	size_t offset = (size_t)(stream->parser.token - stream->text);

	if (offset >= slice->offset) {
		stream->token = fault_at(stream, slice, offset);
	}
}

static enum json_stream_result
parse_failed(struct json_stream *stream, const struct slice *slice, int rc)
{
	struct json_parser *parser = &stream->parser;
	struct json_fault fault =
		fault_at(stream, slice, (size_t)(parser->cursor.at - stream->text));

	fault.reason = parser->cursor.reason;
	return fail(stream,
		    rc == SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED ? JSON_STREAM_TOO_DEEP :
							       JSON_STREAM_INVALID,
		    &fault);
}

/* Parses what is in the text, of which the slice is new. */
static enum json_stream_result
parse(struct json_stream *stream, const struct slice *slice)
{
	struct json_parser *parser = &stream->parser;
	struct json_fault fault;
	int rc = 0;

	while (rc == 0 && parser->state != JSON_DONE) {
		if (reserve_value(stream) != 0) {
			fault = fault_at_end(stream, "there is no memory for its values");
			return fail(stream, JSON_STREAM_NO_MEMORY, &fault);
		}
		rc = json_parser_step(parser);
		if (parser->count > stream->limits.values_max) {
			fault = fault_at(stream, slice, (size_t)(parser->cursor.at - stream->text));
			fault.reason = "the text has too many values";
			return fail(stream, JSON_STREAM_TOO_MANY_VALUES, &fault);
		}
	}
	if (rc == SPDK_JSON_PARSE_INCOMPLETE) {
		note_token(stream, slice);
		return JSON_STREAM_MORE;
	}
	return rc == 0 ? complete(stream) : parse_failed(stream, slice, rc);
}

/* Takes up to a slice of bytes. */
static enum json_stream_result
advance(struct json_stream *stream, const uint8_t *data, size_t size, size_t *taken)
{
	struct slice slice = {.data = data, .offset = stream->size};
	size_t room = stream->limits.bytes_max - stream->size;
	enum json_stream_result result;
	struct json_fault fault;

	slice.size = spdk_min(size, spdk_max(stream->size, (size_t)SLICE_SIZE));
	slice.size = spdk_min(slice.size, room);
	if (reserve_text(stream, stream->size + slice.size) != 0) {
		fault = fault_at_end(stream, "there is no memory for its text");
		return fail(stream, JSON_STREAM_NO_MEMORY, &fault);
	}
	memcpy(stream->text + stream->size, data, slice.size);
	stream->size += slice.size;
	stream->parser.cursor.end = stream->text + stream->size;
	result = parse(stream, &slice);
	if (result == JSON_STREAM_MORE) {
		stream->place = place_after(stream->place, data, slice.size);
	} else if (result == JSON_STREAM_VALUE) {
		slice.size = stream->size - slice.offset;
	}
	*taken += slice.size;
	if (result == JSON_STREAM_MORE && slice.size == 0) {
		fault = fault_at_end(stream, "the text has too many bytes");
		return fail(stream, JSON_STREAM_TOO_LONG, &fault);
	}
	return result;
}

enum json_stream_result
json_stream_feed(struct json_stream *stream, const void *data, size_t size, size_t *out_taken)
{
	enum json_stream_result result = JSON_STREAM_MORE;
	const uint8_t *bytes = data;
	size_t taken = 0;

	assert(stream->state != COMPLETE);
	if (stream->state == FAILED) {
		*out_taken = 0;
		return stream->result;
	}
	if (stream->state == EMPTY) {
		taken = begin(stream, bytes, size);
	}
	while (result == JSON_STREAM_MORE && taken < size) {
		result = advance(stream, bytes + taken, size - taken, &taken);
	}
	*out_taken = taken;
	return result;
}

/* The number that is being read ends with the text, and what is around it does not. */
static enum json_stream_result
finish_number(struct json_stream *stream)
{
	struct json_fault fault;

	if (stream->parser.state == JSON_DONE) {
		return complete(stream);
	}
	fault = fault_at_end(stream, "the text ends before the value does");
	return fail(stream, JSON_STREAM_INVALID, &fault);
}

enum json_stream_result
json_stream_finish(struct json_stream *stream)
{
	struct json_parser *parser = &stream->parser;

	if (stream->state != WITHIN) {
		return stream->state == FAILED ? stream->result : JSON_STREAM_MORE;
	}
	parser->cursor.is_partial = false;
	if (parser->state == JSON_IN_NUMBER && json_parser_step(parser) == 0) {
		return finish_number(stream);
	}
	stream->token.reason = parser->cursor.reason;
	return fail(stream, JSON_STREAM_INVALID, &stream->token);
}

void
json_stream_take(struct json_stream *stream, struct json_text *out_text)
{
	struct json_parser *parser = &stream->parser;

	assert(stream->state == COMPLETE);
	out_text->bytes = (char *)stream->text;
	out_text->size = stream->size;
	out_text->count = parser->count;
	out_text->values = parser->values;
	stream->text = NULL;
	parser->values = NULL;
	json_stream_reset(stream);
}
