/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON that arrives in pieces: one value after the other, with or without blanks between them, as
 * from a socket on which nothing else tells where a value ends.
 *
 * Thread: a stream has one user at a time; nothing is shared between streams.
 */
#ifndef SPINDLE_JSON_STREAM_H
#define SPINDLE_JSON_STREAM_H

#include "base/json_place.h"

/* Of one value, with all that it contains. */
struct json_stream_limits {
	/* From its first byte to its last, with the blanks in it; at most UINT32_MAX. */
	size_t bytes_max;
	/* As spdk_json_parse() counts them. */
	size_t values_max;
	/* Containers within each other: at most the 64 of spdk_json_parse(). */
	uint32_t depth_max;
};

enum json_stream_result {
	/* All bytes were taken; a value has not begun or is not complete. */
	JSON_STREAM_MORE,
	/* A value is complete; json_stream_take() or json_stream_reset() is next. */
	JSON_STREAM_VALUE,
	/* The bytes are no JSON; or, from json_stream_finish(), end within a value. */
	JSON_STREAM_INVALID,
	/* A limit is exceeded. */
	JSON_STREAM_TOO_DEEP,
	JSON_STREAM_TOO_LONG,
	JSON_STREAM_TOO_MANY_VALUES,
	JSON_STREAM_NO_MEMORY,
};

/* A value with the text that it points into, decoded. */
struct json_text {
	char *bytes;
	size_t size;
	struct spdk_json_val *values;
	size_t count;
};

struct json_stream;

/* Errors: -ENOMEM. The limits are copied. */
int json_stream_create(const struct json_stream_limits *limits, struct json_stream **out_stream);

/* Accepts NULL. */
void json_stream_destroy(struct json_stream *stream);

/*
 * Goes on with the bytes that have arrived next. It stops after a value, behind its last byte: a
 * number ends at the first byte that is no part of it. *out_taken is how many bytes were taken;
 * those that are left are given again by the next call. An error is told as soon as the byte is
 * there that is wrong. It is told again until json_stream_reset().
 *
 * Units: the time is linear in `size`, whatever has been taken before (but for memory that the text
 * has outgrown, which is copied each time it doubles), so that a caller who has little time gives
 * few bytes.
 */
enum json_stream_result
json_stream_feed(struct json_stream *stream, const void *data, size_t size, size_t *out_taken);

/*
 * No more bytes will come. VALUE if a number is complete by that; MORE if nothing has begun;
 * INVALID if a value has begun that is not complete.
 */
enum json_stream_result json_stream_finish(struct json_stream *stream);

/*
 * Gives the value that is complete, as spdk_json_parse() with SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE
 * would, and begins anew.
 *
 * Owner: the caller, until json_text_release().
 */
void json_stream_take(struct json_stream *stream, struct json_text *out_text);

/* Frees what a text holds; one of zeros holds nothing. */
void json_text_release(struct json_text *text);

/* Forgets what was taken, and begins anew. */
void json_stream_reset(struct json_stream *stream);

/* Whether nothing but blanks has come since the last value. */
bool json_stream_is_empty(const struct json_stream *stream);

/*
 * What is wrong, after one of the errors; not valid otherwise. Offset, line and column count from
 * the first byte of the value.
 */
const struct json_fault *json_stream_fault(const struct json_stream *stream);

#endif
