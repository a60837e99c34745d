/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The grammar of RFC 8259 over tokens. The states are those of enum json_parser_state.
 *
 * Edges: value() leaves VALUE and FIRST_ELEMENT, name() leaves NAME and FIRST_NAME, colon() leaves
 * COLON, separator() leaves SEPARATOR; the rest of a token is left by string() and number(). All
 * return to COLON, SEPARATOR or DONE when a token or value is complete.
 *
 * Invariants:
 *  1. Each step takes at least one byte or fails, so the time is linear. After a step that was
 *     incomplete, at most 12 bytes are read again.
 *  2. Nothing recurses: containers that are open are in open[0..depth).
 *  3. `count` grows with each value whether there is room for it or not.
 */
#include "base/json/json_internal.h"

#include "spdk/log.h"

SPDK_STATIC_ASSERT(JSON_DEPTH_MAX <= 64, "a bit of `objects` for each");

static struct spdk_json_val *
value_at(struct json_parser *parser, size_t index)
{
	return parser->values != NULL && index < parser->capacity ? &parser->values[index] : NULL;
}

static void
add(struct json_parser *parser, enum spdk_json_val_type type, uint8_t *start, uint32_t len)
{
	struct spdk_json_val *value = value_at(parser, parser->count);

	if (value != NULL) {
		value->start = (void *)((uintptr_t)start - (uintptr_t)parser->origin);
		value->len = len;
		value->type = type;
	}
	parser->count++;
}

static void
value_done(struct json_parser *parser)
{
	parser->state = parser->depth == 0 ? JSON_DONE : JSON_SEPARATOR;
}

static bool
is_in_object(const struct json_parser *parser)
{
	return parser->depth > 0 && (parser->objects >> (parser->depth - 1) & 1) != 0;
}

static int
open_container(struct json_parser *parser, bool is_object)
{
	uint64_t bit;

	if (parser->depth == parser->depth_max) {
		parser->cursor.reason =
			parser->depth_max == JSON_DEPTH_MAX ?
				"more than 64 arrays and objects stand within each other" :
				"too many arrays and objects stand within each other";
		return SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED;
	}
	bit = UINT64_C(1) << parser->depth;
	parser->objects = is_object ? parser->objects | bit : parser->objects & ~bit;
	parser->open[parser->depth++] = parser->count;
	add(parser, is_object ? SPDK_JSON_VAL_OBJECT_BEGIN : SPDK_JSON_VAL_ARRAY_BEGIN,
	    parser->cursor.at++, 0);
	parser->state = is_object ? JSON_FIRST_NAME : JSON_FIRST_ELEMENT;
	return 0;
}

static void
close_container(struct json_parser *parser)
{
	bool is_object = is_in_object(parser);
	size_t first = parser->open[--parser->depth];
	/* Every value but END takes a byte of a text of at most UINT32_MAX, and END's is not
	 * counted. */
	uint32_t len = (uint32_t)(parser->count - first - 1);
	struct spdk_json_val *begin = value_at(parser, first);

	if (begin != NULL) {
		begin->len = len;
	}
	add(parser, is_object ? SPDK_JSON_VAL_OBJECT_END : SPDK_JSON_VAL_ARRAY_END,
	    parser->cursor.at++, len);
	value_done(parser);
}

/* A string that is complete needs `token` no more. */
static int
string(struct json_parser *parser)
{
	bool is_name = parser->state == JSON_IN_NAME;
	uint8_t *first = parser->token + 1;
	int rc;

	rc = json_string(&parser->cursor, &parser->value_end);
	if (rc != 0) {
		return rc;
	}
	add(parser, is_name ? SPDK_JSON_VAL_NAME : SPDK_JSON_VAL_STRING, first,
	    (uint32_t)(parser->value_end - first));
	if (is_name) {
		parser->state = JSON_COLON;
	} else {
		value_done(parser);
	}
	return 0;
}

static int
begin_string(struct json_parser *parser, enum json_parser_state state)
{
	parser->state = state;
	parser->value_end = ++parser->cursor.at;
	return string(parser);
}

static int
word(struct json_parser *parser, enum spdk_json_val_type type, const char *literal)
{
	int rc;

	rc = json_literal(&parser->cursor, literal);
	if (rc == 0) {
		add(parser, type, parser->token, (uint32_t)strlen(literal));
		value_done(parser);
	} else if (rc == SPDK_JSON_PARSE_INCOMPLETE) {
		parser->cursor.at = parser->token;
	}
	return rc;
}

static int
number(struct json_parser *parser)
{
	int rc;

	rc = json_number(&parser->cursor, &parser->number_part);
	if (rc == 0) {
		add(parser, SPDK_JSON_VAL_NUMBER, parser->token,
		    (uint32_t)(parser->cursor.at - parser->token));
		value_done(parser);
	}
	return rc;
}

static int
begin_number(struct json_parser *parser)
{
	uint8_t byte = *parser->cursor.at;

	if (byte != '-' && !(byte >= '0' && byte <= '9')) {
		return json_invalid(&parser->cursor, parser->state == JSON_FIRST_ELEMENT ?
							     "a value or ']' is expected here" :
							     "a value is expected here");
	}
	parser->state = JSON_IN_NUMBER;
	parser->number_part = JSON_NUMBER_BEGIN;
	return number(parser);
}

static int
value(struct json_parser *parser)
{
	switch (*parser->cursor.at) {
	case '{':
		return open_container(parser, true);
	case '[':
		return open_container(parser, false);
	case '"':
		return begin_string(parser, JSON_IN_STRING);
	case 't':
		return word(parser, SPDK_JSON_VAL_TRUE, "true");
	case 'f':
		return word(parser, SPDK_JSON_VAL_FALSE, "false");
	case 'n':
		return word(parser, SPDK_JSON_VAL_NULL, "null");
	case ']':
		if (parser->state == JSON_FIRST_ELEMENT) {
			close_container(parser);
			return 0;
		}
		break;
	default:
		break;
	}
	return begin_number(parser);
}

static int
name(struct json_parser *parser)
{
	if (*parser->cursor.at == '}' && parser->state == JSON_FIRST_NAME) {
		close_container(parser);
		return 0;
	}
	if (*parser->cursor.at != '"') {
		return json_invalid(&parser->cursor,
				    parser->state == JSON_FIRST_NAME ?
					    "a name in '\"' or '}' is expected here" :
					    "a name in '\"' is expected here");
	}
	return begin_string(parser, JSON_IN_NAME);
}

static int
colon(struct json_parser *parser)
{
	if (*parser->cursor.at != ':') {
		return json_invalid(&parser->cursor, "a ':' is expected after the name");
	}
	parser->cursor.at++;
	parser->state = JSON_VALUE;
	return 0;
}

static int
separator(struct json_parser *parser)
{
	bool is_object = is_in_object(parser);

	if (*parser->cursor.at == (is_object ? '}' : ']')) {
		close_container(parser);
		return 0;
	}
	if (*parser->cursor.at != ',') {
		return json_invalid(&parser->cursor, is_object ? "a ',' or '}' is expected here" :
								 "a ',' or ']' is expected here");
	}
	parser->cursor.at++;
	parser->state = is_object ? JSON_NAME : JSON_VALUE;
	return 0;
}

/* Steps over blanks to the next token. */
static int
next_token(struct json_parser *parser)
{
	struct json_cursor *cursor = &parser->cursor;
	int rc = 0;

	/* Mostly there are none. */
	if (cursor->at == cursor->end || *cursor->at <= ' ' || *cursor->at == '/') {
		rc = json_blanks(cursor);
	}
	parser->token = cursor->at;
	if (rc == 0 && cursor->at == cursor->end) {
		rc = json_incomplete(cursor, "the text ends before the value does");
	}
	return rc;
}

/* A token from its beginning, with the blanks before it. */
static inline int
token(struct json_parser *parser)
{
	int rc = next_token(parser);

	if (rc != 0) {
		return rc;
	}
	switch (parser->state) {
	case JSON_SEPARATOR:
		return separator(parser);
	case JSON_FIRST_ELEMENT:
	case JSON_VALUE:
		return value(parser);
	case JSON_COLON:
		return colon(parser);
	default:
		return name(parser);
	}
}

int
json_parser_step(struct json_parser *parser)
{
	switch (parser->state) {
	case JSON_IN_STRING:
	case JSON_IN_NAME:
		return string(parser);
	case JSON_IN_NUMBER:
		return number(parser);
	default:
		assert(parser->state != JSON_DONE);
		return token(parser);
	}
}

void
json_parser_init(struct json_parser *parser)
{
	memset(parser, 0, offsetof(struct json_parser, open));
	parser->state = JSON_VALUE;
	parser->depth_max = JSON_DEPTH_MAX;
}

/* What belongs to the value though it is behind it: blanks, and comments that have an end. */
static void
trailing_blanks(struct json_cursor *cursor)
{
	/* A fault here is that of whatever is read next; `at` is then where that begins. */
	(void)json_blanks(cursor);
}

ssize_t
json_parse(struct json_cursor *cursor, struct spdk_json_val *values, size_t values_count)
{
	struct json_parser parser;
	int rc = 0;

	json_parser_init(&parser);
	parser.cursor = *cursor;
	parser.values = values;
	parser.capacity = values_count;
	while (parser.state != JSON_DONE && rc == 0) {
		/* With all of the text, none ends within a token but by a fault. */
		rc = token(&parser);
	}
	if (rc == SPDK_JSON_PARSE_INCOMPLETE) {
		parser.cursor.at = parser.token;
	}
	*cursor = parser.cursor;
	if (rc != 0) {
		return rc;
	}
	trailing_blanks(cursor);
	return (ssize_t)parser.count;
}

ssize_t
spdk_json_parse(void *json, size_t size, struct spdk_json_val *values, size_t num_values,
		void **end, uint32_t flags)
{
	/* An empty text may be NULL, which nothing may be added to. */
	static uint8_t nothing;
	struct json_cursor cursor = {.at = json != NULL ? json : &nothing, .flags = flags};
	ssize_t rc;

	if (json == NULL && size > 0) {
		SPDK_ERRLOG("there is no JSON text: it is NULL, but its size is given as %zu\n",
			    size);
		return SPDK_JSON_PARSE_INVALID;
	}
	if (size > JSON_TEXT_SIZE_MAX) {
		SPDK_ERRLOG("the JSON text has %zu bytes: at most %zu can be parsed\n", size,
			    (size_t)JSON_TEXT_SIZE_MAX);
		return SPDK_JSON_PARSE_INVALID;
	}
	cursor.end = cursor.at + size;
	rc = json_parse(&cursor, values, num_values);
	if (end != NULL) {
		*end = json != NULL ? cursor.at : NULL;
	}
	return rc;
}
