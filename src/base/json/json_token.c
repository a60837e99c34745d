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

/* One digit or more. */
static int
digits(struct json_cursor *cursor)
{
	if (cursor->at == cursor->end) {
		return json_incomplete(cursor, "the text ends within this number");
	}
	if (!is_digit(cursor)) {
		return json_invalid(cursor, "a digit is expected here");
	}
	while (is_digit(cursor)) {
		cursor->at++;
	}
	return 0;
}

static bool
is_next(const struct json_cursor *cursor, uint8_t lower, uint8_t upper)
{
	return cursor->at != cursor->end && (*cursor->at == lower || *cursor->at == upper);
}

int
json_number(struct json_cursor *cursor)
{
	int rc = 0;

	if (is_next(cursor, '-', '-')) {
		cursor->at++;
	}
	if (is_next(cursor, '0', '0')) {
		/* No digit may follow, but it may be the beginning of what comes next. */
		cursor->at++;
	} else {
		rc = digits(cursor);
	}
	if (rc == 0 && is_next(cursor, '.', '.')) {
		cursor->at++;
		rc = digits(cursor);
	}
	if (rc == 0 && is_next(cursor, 'e', 'E')) {
		cursor->at++;
		if (is_next(cursor, '+', '-')) {
			cursor->at++;
		}
		rc = digits(cursor);
	}
	return rc;
}
