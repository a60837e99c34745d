/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is parsed, written and parsed again is the same values, whichever way it is written;
 * counting, parsing with and without decoding agree; a fault has a place and a reason; and a stream
 * that gets the text in pieces makes of it what the parser makes of the whole. The first byte of
 * the input chooses the flags and the pieces.
 */
#include "base/json_place.h"
#include "base/json_stream.h"
#include "spdk/util.h"

#define COPY_VALUES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
	char *bytes;
	size_t size;
	struct spdk_json_val *values;
	ssize_t count;
};

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static int
append(void *cb_ctx, const void *data, size_t size)
{
	struct text *text = cb_ctx;

	text->bytes = realloc(text->bytes, text->size + size);
	check(text->bytes != NULL);
	memcpy(text->bytes + text->size, data, size);
	text->size += size;
	return 0;
}

static void
free_text(struct text *text)
{
	free(text->bytes);
	free(text->values);
}

/* Parses a copy in place, so that reads beyond it are seen; the count is known already. */
static void
decode(struct text *text, uint32_t flags)
{
	void *end;

	text->values = calloc((size_t)text->count, sizeof(*text->values));
	check(text->values != NULL);
	check(spdk_json_parse(text->bytes, text->size, text->values, (size_t)text->count, &end,
			      flags | SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) == text->count);
}

static bool
is_same(const struct spdk_json_val *one, const struct spdk_json_val *other)
{
	/* Containers have no text of their own. */
	const int with_text = SPDK_JSON_VAL_NULL | SPDK_JSON_VAL_TRUE | SPDK_JSON_VAL_FALSE |
			      SPDK_JSON_VAL_NUMBER | SPDK_JSON_VAL_STRING | SPDK_JSON_VAL_NAME;

	return one->type == other->type && one->len == other->len &&
	       (!(one->type & with_text) || memcmp(one->start, other->start, one->len) == 0);
}

static void
rewrite(const struct text *text, uint32_t write_flags)
{
	struct text again = {0};
	struct spdk_json_write_ctx *w = spdk_json_write_begin(append, &again, write_flags);

	check(w != NULL);
	check(spdk_json_write_val(w, text->values) == 0);
	check(spdk_json_write_end(w) == 0);
	again.count = spdk_json_parse(again.bytes, again.size, NULL, 0, NULL, 0);
	check(again.count == text->count);
	decode(&again, 0);
	for (ssize_t i = 0; i < text->count; i++) {
		check(is_same(&text->values[i], &again.values[i]));
	}
	free_text(&again);
}

/* Walks and conversions end, and agree with each other. */
static void
walk(struct text *text)
{
	struct spdk_json_val *values = text->values;
	char path[64];
	uint64_t number;
	int32_t small;

	check(spdk_json_val_len(values) == (size_t)text->count);
	for (ssize_t i = 0; i < text->count; i++) {
		struct spdk_json_val *at = spdk_json_array_first(&values[i]);
		size_t elements = 0;

		for (; at != NULL; at = spdk_json_next(at)) {
			elements++;
		}
		check(elements == spdk_json_array_count(&values[i]));
		if (spdk_json_number_to_int32(&values[i], &small) == 0 && small >= 0) {
			check(spdk_json_number_to_uint64(&values[i], &number) == 0);
			check(number == (uint64_t)small);
		}
		if (text->count < COPY_VALUES_MAX) {
			check(json_path_of(values, &values[i], path, sizeof(path)) == 0);
		}
	}
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Feeds a stream with pieces of at most `piece_max` bytes, whose sizes a seed makes. */
static enum json_stream_result
feed(struct json_stream *stream, const uint8_t *data, size_t size, uint32_t piece_max)
{
	enum json_stream_result result = JSON_STREAM_MORE;
	uint32_t seed = piece_max;
	size_t at = 0, taken;

	while (result == JSON_STREAM_MORE && at < size) {
		uint8_t *piece;
		size_t length;

		seed = seed * 1664525 + 1013904223;
		length = spdk_min(size - at, (size_t)(seed >> 8) % piece_max + 1);
		piece = malloc(length);
		check(piece != NULL);
		memcpy(piece, data + at, length);
		result = json_stream_feed(stream, piece, length, &taken);
		free(piece);
		check(taken == length || (taken < length && result != JSON_STREAM_MORE));
		at += taken;
	}
	return result == JSON_STREAM_MORE ? json_stream_finish(stream) : result;
}

/* What a stream makes of a text, compared with what the parser has made of it. */
static void
stream(const uint8_t *data, size_t size, const struct text *text, uint32_t piece_max)
{
	const struct json_stream_limits limits = {
		.bytes_max = UINT32_MAX, .values_max = SIZE_MAX, .depth_max = 64};
	struct json_fault fault = {0};
	struct json_text value = {0};
	struct json_stream *stream;
	enum json_stream_result result;

	while (size > 0 && is_blank(*data)) {
		data++;
		size--;
	}
	check(json_stream_create(&limits, &stream) == 0);
	result = feed(stream, data, size, piece_max);
	if (text->count > 0) {
		check(result == JSON_STREAM_VALUE);
		json_stream_take(stream, &value);
		check(value.count == (size_t)text->count);
		for (size_t i = 0; i < value.count; i++) {
			check(is_same(&value.values[i], &text->values[i]));
		}
		json_text_release(&value);
	} else if (size > 0) {
		check(json_check(data, size, 0, &fault) == text->count);
		check(result == (text->count == SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED ?
					 JSON_STREAM_TOO_DEEP :
					 JSON_STREAM_INVALID));
		check(json_stream_fault(stream)->offset == fault.offset);
		check(json_stream_fault(stream)->place.line == fault.place.line);
		check(json_stream_fault(stream)->place.column == fault.place.column);
		check(strcmp(json_stream_fault(stream)->reason, fault.reason) == 0);
	} else {
		check(result == JSON_STREAM_MORE);
	}
	json_stream_destroy(stream);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = {0};
	struct json_fault fault = {0};
	uint32_t flags;
	void *end;

	if (size == 0) {
		return 0;
	}
	flags = data[0] == '/' ? SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS : 0;
	text.size = size - 1;
	text.bytes = malloc(text.size > 0 ? text.size : 1);
	check(text.bytes != NULL);
	memcpy(text.bytes, data + 1, text.size);
	text.count = spdk_json_parse(text.bytes, text.size, NULL, 0, &end, flags);
	check((char *)end >= text.bytes && (char *)end <= text.bytes + text.size);
	check(memcmp(text.bytes, data + 1, text.size) == 0);
	check(json_check(text.bytes, text.size, flags, &fault) == text.count);
	if (text.count < 0) {
		check(fault.reason != NULL && fault.offset == (size_t)((char *)end - text.bytes));
		(void)spdk_json_parse(text.bytes, text.size, NULL, 0, NULL,
				      flags | SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	} else {
		decode(&text, flags);
		walk(&text);
		rewrite(&text, 0);
		rewrite(&text, SPDK_JSON_WRITE_FLAG_FORMATTED);
	}
	if (flags == 0) {
		stream(data + 1, size - 1, &text, 1);
		stream(data + 1, size - 1, &text, data[0] + 1U);
	}
	free_text(&text);
	return 0;
}
