/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The strings of a text.
 *
 * Invariant: what a string stands for is never longer than how it is written, so it can be written
 * over it: an escape of 6 bytes becomes at most 3, a pair of them 4.
 */
#include "base/json/json_internal.h"

#define BACKSLASH      '\\'
#define QUOTATION_MARK '"'

/* Where the value of a string is written to; NULL where it is not wanted. */
struct output {
	uint8_t *at;
};

static void
put(struct output *output, const uint8_t *bytes, size_t size)
{
	if (output->at == bytes) {
		/* No escape came before. */
		output->at += size;
	} else if (output->at != NULL) {
		memmove(output->at, bytes, size);
		output->at += size;
	}
}

static void
put_code(struct output *output, uint32_t code)
{
	uint8_t bytes[JSON_UTF8_BYTES_MAX];

	put(output, bytes, json_utf8_encode(code, bytes));
}

static int
ends_within(struct json_cursor *cursor)
{
	return json_incomplete(cursor, "the text ends within this string");
}

static int
digit_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9') {
		return digit - '0';
	}
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -EINVAL;
}

/* The four digits after \u. */
static int
unit(struct json_cursor *cursor, uint32_t *out_unit)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++, cursor->at++) {
		int digit;

		if (cursor->at == cursor->end) {
			return ends_within(cursor);
		}
		digit = digit_value(*cursor->at);
		if (digit < 0) {
			return json_invalid(cursor,
					    "four hexadecimal digits are expected after \\u");
		}
		value = value << 4 | (uint32_t)digit;
	}
	*out_unit = value;
	return 0;
}

/* Steps over a byte that must be next. */
static int
expect(struct json_cursor *cursor, uint8_t byte, const char *reason)
{
	if (cursor->at == cursor->end) {
		return ends_within(cursor);
	}
	if (*cursor->at != byte) {
		return json_invalid(cursor, reason);
	}
	cursor->at++;
	return 0;
}

/* What follows \u: a code point, or two surrogates that make one. */
static int
unicode(struct json_cursor *cursor, uint32_t *out_code)
{
	static const char lonely[] =
		"the first half of a surrogate pair must be followed by the second";
	uint8_t *first = cursor->at;
	uint32_t high, low;
	int rc;

	rc = unit(cursor, &high);
	if (rc != 0) {
		return rc;
	}
	if (json_is_low_surrogate(high)) {
		cursor->at = first;
		return json_invalid(cursor, "the second half of a surrogate pair stands alone");
	}
	if (!json_is_high_surrogate(high)) {
		*out_code = high;
		return 0;
	}
	rc = expect(cursor, BACKSLASH, lonely);
	rc = rc != 0 ? rc : expect(cursor, 'u', lonely);
	first = cursor->at;
	rc = rc != 0 ? rc : unit(cursor, &low);
	if (rc != 0) {
		return rc;
	}
	if (!json_is_low_surrogate(low)) {
		cursor->at = first;
		return json_invalid(cursor, lonely);
	}
	*out_code = json_join_surrogates(high, low);
	return 0;
}

/* An escape; `at` is the byte after the backslash. */
static int
escape(struct json_cursor *cursor, uint32_t *out_code)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (cursor->at == cursor->end) {
		return ends_within(cursor);
	}
	if (*cursor->at == 'u') {
		cursor->at++;
		return unicode(cursor, out_code);
	}
	letter = *cursor->at == '\0' ? NULL : strchr(letters, *cursor->at);
	if (letter == NULL) {
		return json_invalid(cursor,
				    "there is no such escape: a backslash is written as \\\\");
	}
	*out_code = (uint8_t)meanings[letter - letters];
	cursor->at++;
	return 0;
}

/* A code point beyond ASCII. */
static int
multi_byte(struct json_cursor *cursor, struct output *output)
{
	uint32_t code;
	int length;

	length = json_utf8_decode(cursor->at, (size_t)(cursor->end - cursor->at), &code);
	if (length == 0) {
		return ends_within(cursor);
	}
	if (length < 0) {
		return json_invalid(cursor, "this is not UTF-8");
	}
	put(output, cursor->at, (size_t)length);
	cursor->at += length;
	return 0;
}

static bool
is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != QUOTATION_MARK && byte != BACKSLASH;
}

static void
plain_run(struct json_cursor *cursor, struct output *output)
{
	uint8_t *first = cursor->at;

	while (cursor->at != cursor->end && is_plain(*cursor->at)) {
		cursor->at++;
	}
	put(output, first, (size_t)(cursor->at - first));
}

/* Whatever is not plain, and not the end of the string. */
static int
special(struct json_cursor *cursor, struct output *output)
{
	uint32_t code;
	int rc;

	if (*cursor->at >= 0x80) {
		return multi_byte(cursor, output);
	}
	if (*cursor->at != BACKSLASH) {
		return json_invalid(cursor, "a control character, such as a line end, must be "
					    "escaped in a string; or its '\"' is missing");
	}
	cursor->at++;
	rc = escape(cursor, &code);
	if (rc == 0) {
		put_code(output, code);
	}
	return rc;
}

int
json_string(struct json_cursor *cursor, uint8_t **value_end)
{
	bool is_decoding = cursor->flags & SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE;
	struct output output = {.at = is_decoding ? *value_end : NULL};
	uint8_t *first = cursor->at;
	int rc = 0;

	while (rc == 0) {
		plain_run(cursor, &output);
		first = cursor->at;
		if (cursor->at == cursor->end) {
			rc = ends_within(cursor);
		} else if (*cursor->at == QUOTATION_MARK) {
			break;
		} else {
			rc = special(cursor, &output);
		}
	}
	if (rc == SPDK_JSON_PARSE_INCOMPLETE) {
		cursor->at = first;
	}
	*value_end = is_decoding ? output.at : cursor->at;
	cursor->at += rc == 0;
	return rc;
}
