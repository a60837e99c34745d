/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tokens of a text other than strings: blanks and comments, literals, numbers.
 *
 * A text that ends within a token is incomplete; but a number is complete as soon as it is one,
 * because nothing tells that more of it will come.
 */
#include "base/json/json_internal.h"

static size_t
bytes_left(const struct json_cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

/* A comment to the end of the line, or of the text. */
static void
line_comment(struct json_cursor *cursor)
{
	while (cursor->at != cursor->end && *cursor->at != '\n') {
		cursor->at++;
	}
}

static int
block_comment(struct json_cursor *cursor)
{
	uint8_t *first = cursor->at;

	for (cursor->at += 2; bytes_left(cursor) >= 2; cursor->at++) {
		if (cursor->at[0] == '*' && cursor->at[1] == '/') {
			cursor->at += 2;
			return 0;
		}
	}
	cursor->at = first;
	return json_incomplete(cursor, "the text ends within this comment");
}

static int
comment(struct json_cursor *cursor)
{
	if (!(cursor->flags & SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS)) {
		return json_invalid(cursor, "JSON has no comments");
	}
	if (bytes_left(cursor) < 2) {
		return json_incomplete(cursor, "the text ends within this comment");
	}
	if (cursor->at[1] == '/') {
		line_comment(cursor);
		return 0;
	}
	if (cursor->at[1] == '*') {
		return block_comment(cursor);
	}
	return json_invalid(cursor, "a comment begins with // or /*");
}

int
json_blanks(struct json_cursor *cursor)
{
	int rc;

	for (; cursor->at != cursor->end; cursor->at++) {
		while (*cursor->at == '/') {
			rc = comment(cursor);
			if (rc != 0) {
				return rc;
			}
			if (cursor->at == cursor->end) {
				return 0;
			}
		}
		if (*cursor->at != ' ' && *cursor->at != '\t' && *cursor->at != '\n' &&
		    *cursor->at != '\r') {
			return 0;
		}
	}
	return 0;
}

int
json_literal(struct json_cursor *cursor, const char *literal)
{
	for (; *literal != '\0'; literal++, cursor->at++) {
		if (cursor->at == cursor->end) {
			return json_incomplete(cursor, "the text ends within this word");
		}
		if (*cursor->at != (uint8_t)*literal) {
			return json_invalid(cursor,
					    "the only words are true, false and null; others are "
					    "strings and stand in '\"'");
		}
	}
	return 0;
}

static bool
is_digit(const struct json_cursor *cursor)
{
	return cursor->at != cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

/* Whether a number may end after this part. */
static bool
is_whole(enum json_number_part part)
{
	return part == JSON_NUMBER_INTEGER || part == JSON_NUMBER_ZERO ||
	       part == JSON_NUMBER_FRACTION || part == JSON_NUMBER_EXPONENT;
}

/* Reads digits, of which there may be none here: then it returns the part itself. */
static enum json_number_part
digits(struct json_cursor *cursor, enum json_number_part part)
{
	static const enum json_number_part next[] = {
		[JSON_NUMBER_BEGIN] = JSON_NUMBER_INTEGER,
		[JSON_NUMBER_MINUS] = JSON_NUMBER_INTEGER,
		[JSON_NUMBER_ZERO] = JSON_NUMBER_ZERO,
		[JSON_NUMBER_INTEGER] = JSON_NUMBER_INTEGER,
		[JSON_NUMBER_POINT] = JSON_NUMBER_FRACTION,
		[JSON_NUMBER_FRACTION] = JSON_NUMBER_FRACTION,
		[JSON_NUMBER_E] = JSON_NUMBER_EXPONENT,
		[JSON_NUMBER_E_SIGN] = JSON_NUMBER_EXPONENT,
		[JSON_NUMBER_EXPONENT] = JSON_NUMBER_EXPONENT,
	};

	if (!is_digit(cursor) || part == JSON_NUMBER_ZERO) {
		/* A digit behind a 0 may begin what comes next. */
		return part;
	}
	if (*cursor->at == '0' && next[part] == JSON_NUMBER_INTEGER &&
	    part != JSON_NUMBER_INTEGER) {
		cursor->at++;
		return JSON_NUMBER_ZERO;
	}
	while (is_digit(cursor)) {
		cursor->at++;
	}
	return next[part];
}

/* What another sign than a digit makes of a number; the part itself where it is none of it. */
static enum json_number_part
sign(enum json_number_part part, uint8_t byte)
{
	bool is_before_point = part == JSON_NUMBER_ZERO || part == JSON_NUMBER_INTEGER;

	switch (byte) {
	case '.':
		return is_before_point ? JSON_NUMBER_POINT : part;
	case 'e':
	case 'E':
		return is_before_point || part == JSON_NUMBER_FRACTION ? JSON_NUMBER_E : part;
	case '-':
		if (part == JSON_NUMBER_BEGIN) {
			return JSON_NUMBER_MINUS;
		}
		return part == JSON_NUMBER_E ? JSON_NUMBER_E_SIGN : part;
	case '+':
		return part == JSON_NUMBER_E ? JSON_NUMBER_E_SIGN : part;
	default:
		return part;
	}
}

int
json_number(struct json_cursor *cursor, enum json_number_part *part)
{
	enum json_number_part now = *part, next;

	for (;;) {
		now = digits(cursor, now);
		next = cursor->at != cursor->end ? sign(now, *cursor->at) : now;
		if (next == now) {
			break;
		}
		now = next;
		cursor->at++;
	}
	*part = now;
	if (cursor->at == cursor->end && (cursor->is_partial || !is_whole(now))) {
		return json_incomplete(cursor, "the text ends within this number");
	}
	return is_whole(now) ? 0 : json_invalid(cursor, "a digit is expected here");
}
