/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The grammar of RFC 8259 over tokens.
 *
 * States, by what may come next:
 *   FIRST_ELEMENT   after '[': a value or ']'
 *   VALUE           a value: at first, after ':' and after ',' in an array
 *   FIRST_NAME      after '{': a name or '}'
 *   NAME            a name: after ',' in an object
 *   COLON           after a name
 *   SEPARATOR       after a value: ',', or the end of what is open
 *   DONE            the value that was open first is complete
 *
 * Edges: value() leaves VALUE and FIRST_ELEMENT, name() leaves NAME and FIRST_NAME, colon() leaves
 * COLON, separator() leaves SEPARATOR. All return to SEPARATOR or DONE by value_done().
 *
 * Invariants:
 *  1. Each step takes at least one byte or fails, so the time is linear.
 *  2. Nothing recurses: containers that are open are in open[0..depth).
 *  3. `count` grows with each value whether there is room for it or not.
 */
#include "base/json/json_internal.h"

#include "spdk/log.h"

enum state {
	FIRST_ELEMENT,
	VALUE,
	FIRST_NAME,
	NAME,
	COLON,
	SEPARATOR,
	DONE,
};

struct parser {
	struct json_cursor *cursor;
	struct spdk_json_val *values;
	/* How many fit. */
	size_t capacity;
	size_t count;
	enum state state;
	size_t depth;
	/* The index of the BEGIN of each container that is open. */
	size_t open[JSON_DEPTH_MAX];
	/* Bit n: open[n] is an object. */
	uint64_t objects;
};
SPDK_STATIC_ASSERT(JSON_DEPTH_MAX <= 64, "a bit of `objects` for each");

static struct spdk_json_val *
value_at(struct parser *parser, size_t index)
{
	return parser->values != NULL && index < parser->capacity ? &parser->values[index] : NULL;
}

static void
add(struct parser *parser, enum spdk_json_val_type type, uint8_t *start, uint32_t len)
{
	struct spdk_json_val *value = value_at(parser, parser->count);

	if (value != NULL) {
		value->start = start;
		value->len = len;
		value->type = type;
	}
	parser->count++;
}

static void
value_done(struct parser *parser)
{
	parser->state = parser->depth == 0 ? DONE : SEPARATOR;
}

static bool
is_in_object(const struct parser *parser)
{
	return parser->depth > 0 && (parser->objects >> (parser->depth - 1) & 1) != 0;
}

static int
open_container(struct parser *parser, bool is_object)
{
	uint64_t bit;

	if (parser->depth == JSON_DEPTH_MAX) {
		parser->cursor->reason = "more than 64 arrays and objects stand within each other";
		return SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED;
	}
	bit = UINT64_C(1) << parser->depth;
	parser->objects = is_object ? parser->objects | bit : parser->objects & ~bit;
	parser->open[parser->depth++] = parser->count;
	add(parser, is_object ? SPDK_JSON_VAL_OBJECT_BEGIN : SPDK_JSON_VAL_ARRAY_BEGIN,
	    parser->cursor->at++, 0);
	parser->state = is_object ? FIRST_NAME : FIRST_ELEMENT;
	return 0;
}

static void
close_container(struct parser *parser)
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
	    parser->cursor->at++, len);
	value_done(parser);
}

static int
string(struct parser *parser, enum spdk_json_val_type type)
{
	uint8_t *start = parser->cursor->at + 1;
	uint32_t len = 0;
	int rc;

	rc = json_string(parser->cursor, &len);
	if (rc == 0) {
		add(parser, type, start, len);
	}
	return rc;
}

static int
word(struct parser *parser, enum spdk_json_val_type type, const char *literal)
{
	uint8_t *start = parser->cursor->at;
	int rc;

	rc = json_literal(parser->cursor, literal);
	if (rc == 0) {
		add(parser, type, start, (uint32_t)(parser->cursor->at - start));
	}
	return rc;
}

static int
number(struct parser *parser)
{
	uint8_t *start = parser->cursor->at;
	int rc;

	rc = json_number(parser->cursor);
	if (rc == 0) {
		add(parser, SPDK_JSON_VAL_NUMBER, start, (uint32_t)(parser->cursor->at - start));
	}
	return rc;
}

static int
scalar(struct parser *parser)
{
	uint8_t byte = *parser->cursor->at;

	switch (byte) {
	case '"':
		return string(parser, SPDK_JSON_VAL_STRING);
	case 't':
		return word(parser, SPDK_JSON_VAL_TRUE, "true");
	case 'f':
		return word(parser, SPDK_JSON_VAL_FALSE, "false");
	case 'n':
		return word(parser, SPDK_JSON_VAL_NULL, "null");
	default:
		if (byte == '-' || (byte >= '0' && byte <= '9')) {
			return number(parser);
		}
		return json_invalid(parser->cursor, parser->state == FIRST_ELEMENT ?
							    "a value or ']' is expected here" :
							    "a value is expected here");
	}
}

static int
value(struct parser *parser)
{
	int rc;

	switch (*parser->cursor->at) {
	case '{':
		return open_container(parser, true);
	case '[':
		return open_container(parser, false);
	default:
		break;
	}
	if (parser->state == FIRST_ELEMENT && *parser->cursor->at == ']') {
		close_container(parser);
		return 0;
	}
	rc = scalar(parser);
	if (rc == 0) {
		value_done(parser);
	}
	return rc;
}

static int
name(struct parser *parser)
{
	int rc;

	if (*parser->cursor->at == '}' && parser->state == FIRST_NAME) {
		close_container(parser);
		return 0;
	}
	if (*parser->cursor->at != '"') {
		return json_invalid(parser->cursor,
				    parser->state == FIRST_NAME ?
					    "a name in '\"' or '}' is expected here" :
					    "a name in '\"' is expected here");
	}
	rc = string(parser, SPDK_JSON_VAL_NAME);
	if (rc == 0) {
		parser->state = COLON;
	}
	return rc;
}

static int
colon(struct parser *parser)
{
	if (*parser->cursor->at != ':') {
		return json_invalid(parser->cursor, "a ':' is expected after the name");
	}
	parser->cursor->at++;
	parser->state = VALUE;
	return 0;
}

static int
separator(struct parser *parser)
{
	bool is_object = is_in_object(parser);

	if (*parser->cursor->at == (is_object ? '}' : ']')) {
		close_container(parser);
		return 0;
	}
	if (*parser->cursor->at != ',') {
		return json_invalid(parser->cursor, is_object ? "a ',' or '}' is expected here" :
								"a ',' or ']' is expected here");
	}
	parser->cursor->at++;
	parser->state = is_object ? NAME : VALUE;
	return 0;
}

static int
step(struct parser *parser)
{
	switch (parser->state) {
	case FIRST_ELEMENT:
	case VALUE:
		return value(parser);
	case FIRST_NAME:
	case NAME:
		return name(parser);
	case COLON:
		return colon(parser);
	case SEPARATOR:
		return separator(parser);
	case DONE:
		break;
	}
	assert(false);
	return SPDK_JSON_PARSE_INVALID;
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
	struct parser parser = {
		.cursor = cursor, .values = values, .capacity = values_count, .state = VALUE};
	uint8_t *token;
	int rc;

	while (parser.state != DONE) {
		rc = json_blanks(cursor);
		token = cursor->at;
		if (rc == 0 && token == cursor->end) {
			return json_incomplete(cursor, "the text ends before the value does");
		}
		rc = rc != 0 ? rc : step(&parser);
		if (rc == SPDK_JSON_PARSE_INCOMPLETE) {
			cursor->at = token;
		}
		if (rc != 0) {
			return rc;
		}
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
