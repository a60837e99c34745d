/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the json component share.
 *
 *   text     what is parsed, from its first byte to its last
 *   token    a string, number, literal, sign or comment of it
 *   cursor   how far a text was read
 *   place    where something is, in lines and columns or as a path
 */
#ifndef SPINDLE_JSON_INTERNAL_H
#define SPINDLE_JSON_INTERNAL_H

#include "base/json_describe.h"
#include "spdk/json.h"

/* Containers within each other that the parser takes; a bit of a word is kept for each. */
#define JSON_DEPTH_MAX 64

/* Lengths are of 32 bits in struct spdk_json_val. */
#define JSON_TEXT_SIZE_MAX UINT32_MAX

/* The answer of decoders that refuse. Programs compare with this very number, so it is no errno. */
#define JSON_REFUSED (-1)

/*
 * A text that is read from its first byte to its last.
 *
 * Functions that read a token return 0 and leave `at` behind it, or return one of the errors of
 * spdk_json_parse(). Then `reason` says what is wrong, and `at` is the byte that is wrong; after
 * SPDK_JSON_PARSE_INCOMPLETE, it is anywhere in the token.
 */
struct json_cursor {
	uint8_t *at;
	uint8_t *end;
	const char *reason;
	/* SPDK_JSON_PARSE_FLAG_... */
	uint32_t flags;
	/* `end` is only as far as the text has arrived: a number there is not complete. */
	bool is_partial;
};

static inline int
json_invalid(struct json_cursor *cursor, const char *reason)
{
	cursor->reason = reason;
	return SPDK_JSON_PARSE_INVALID;
}

static inline int
json_incomplete(struct json_cursor *cursor, const char *reason)
{
	cursor->reason = reason;
	return SPDK_JSON_PARSE_INCOMPLETE;
}

/* Steps over blanks, and over comments where they are allowed. */
int json_blanks(struct json_cursor *cursor);

/* Reads `true`, `false` or `null`, whichever `literal` is. */
int json_literal(struct json_cursor *cursor, const char *literal);

/* What of a number was read last. */
enum json_number_part {
	JSON_NUMBER_BEGIN,
	JSON_NUMBER_MINUS,
	/* A 0 before which nothing stands but a sign: no digit may follow. */
	JSON_NUMBER_ZERO,
	JSON_NUMBER_INTEGER,
	JSON_NUMBER_POINT,
	JSON_NUMBER_FRACTION,
	JSON_NUMBER_E,
	JSON_NUMBER_E_SIGN,
	JSON_NUMBER_EXPONENT,
};

/*
 * Reads a number, or goes on with it: `at` is its sign or first digit and *part is BEGIN, or both
 * are as the call before has left them when it was incomplete.
 */
int json_number(struct json_cursor *cursor, enum json_number_part *part);

/*
 * Reads a string, or goes on with it. `at` is the byte after its quotation mark, or as it was left
 * when the call before was incomplete: then at what could not be read in part, which has at most 12
 * bytes. *value_end is where the value of the string ends so far, which is decoded if the flags say
 * so; at first it is `at`.
 */
int json_string(struct json_cursor *cursor, uint8_t **value_end);

/*
 * A text as its grammar sees it, between two tokens or within one.
 *
 * States, by what may come next:
 *   FIRST_ELEMENT   after '[': a value or ']'
 *   VALUE           a value: at first, after ':' and after ',' in an array
 *   FIRST_NAME      after '{': a name or '}'
 *   NAME            a name: after ',' in an object
 *   COLON           after a name
 *   SEPARATOR       after a value: ',', or the end of what is open
 *   IN_STRING, IN_NAME, IN_NUMBER   the rest of a token
 *   DONE            the value that was open first is complete
 */
enum json_parser_state {
	JSON_FIRST_ELEMENT,
	JSON_VALUE,
	JSON_FIRST_NAME,
	JSON_NAME,
	JSON_COLON,
	JSON_SEPARATOR,
	JSON_IN_STRING,
	JSON_IN_NAME,
	JSON_IN_NUMBER,
	JSON_DONE,
};

struct json_parser {
	struct json_cursor cursor;
	struct spdk_json_val *values;
	/* How many fit. */
	size_t capacity;
	size_t count;
	/* What is taken off each `start`: NULL, or the beginning of a text that may move. */
	uint8_t *origin;
	enum json_parser_state state;
	uint32_t depth;
	uint32_t depth_max;
	/* The token that is being read, and for IN_STRING and IN_NAME where its value ends. */
	uint8_t *token;
	uint8_t *value_end;
	enum json_number_part number_part;
	/* Bit n: open[n] is an object. */
	uint64_t objects;
	/* The index of the BEGIN of each container that is open. */
	size_t open[JSON_DEPTH_MAX];
};

/* At the beginning of a text, without room for values. */
void json_parser_init(struct json_parser *parser);

/*
 * Reads one token with the blanks before it, which is at most one value, or the rest of a token;
 * not when DONE. Returns 0, also at the end of a number or string that was begun, or an error of
 * spdk_json_parse(). After SPDK_JSON_PARSE_INCOMPLETE, the cursor is where to go on when there is
 * more of the text, and `token` where the part begins that is incomplete.
 */
int json_parser_step(struct json_parser *parser);

/*
 * Parses as spdk_json_parse() does. `cursor` is at the beginning of the text, and afterwards at
 * what is `end` there.
 */
ssize_t json_parse(struct json_cursor *cursor, struct spdk_json_val *values, size_t values_count);

#define JSON_UTF8_BYTES_MAX 4

/*
 * Reads one code point. Returns the number of its bytes; 0 if the text ends within one that is well
 * formed so far; -EILSEQ if it is not well formed: a surrogate, more than U+10FFFF, or longer than
 * needed.
 */
int json_utf8_decode(const uint8_t *text, size_t size, uint32_t *out_code);

/* Writes a code point that is no surrogate and at most U+10FFFF. Returns the number of bytes. */
size_t json_utf8_encode(uint32_t code, uint8_t text[JSON_UTF8_BYTES_MAX]);

static inline bool
json_is_high_surrogate(uint32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static inline bool
json_is_low_surrogate(uint32_t unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The code point of a pair of surrogates. */
static inline uint32_t
json_join_surrogates(uint32_t high, uint32_t low)
{
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Logs that `decode_func` did not take `val`; `subject` says where it stands. */
void json_log_refusal(const char *subject, spdk_json_decode_fn decode_func,
		      const struct spdk_json_val *val);

#endif
