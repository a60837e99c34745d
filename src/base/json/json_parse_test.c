/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is JSON and what is not, by RFC 8259, where a wrong text is wrong, and the values a right
 * one becomes.
 *
 * Every text is parsed from memory of exactly its size, counting, with and without decoding. Those
 * that are wrong are also cut off at every byte: what is before the wrong byte must never be called
 * invalid, or a server would give up on a text of which it has not seen the end.
 */
#include "base/json/json_internal.h"
#include "base/json/json_test_support.h"

#define INVALID    SPDK_JSON_PARSE_INVALID
#define INCOMPLETE SPDK_JSON_PARSE_INCOMPLETE
#define TOO_DEEP   SPDK_JSON_PARSE_MAX_DEPTH_EXCEEDED
#define VALUES_MAX 256
/* More than there may be within each other. */
#define SIDE_BY_SIDE (JSON_DEPTH_MAX + 20)

/* A text, which may have NULs, what it returns and where it ends. */
struct text_case {
	const char *text;
	size_t size;
	ssize_t result;
	size_t end;
};

/* clang-format off */
#define TEXT(text) text, sizeof(text) - 1
#define WHOLE(text, count) {TEXT(text), count, sizeof(text) - 1}
#define BEFORE(text, rest, count) {TEXT(text rest), count, sizeof(text) - 1}
#define WRONG(text, rest) {TEXT(text rest), INVALID, sizeof(text) - 1}
#define SHORT(text, token) {TEXT(text token), INCOMPLETE, sizeof(text) - 1}
/* clang-format on */

static struct spdk_json_val g_values[VALUES_MAX];

/* The text of the values in g_values, as long as the test is. */
static char *g_text;

static ssize_t
parse(const char *text, size_t size, size_t *out_end, uint32_t flags)
{
	void *end = NULL;
	ssize_t rc;

	free(g_text);
	g_text = malloc(size > 0 ? size : 1);
	assert_non_null(g_text);
	memcpy(g_text, text, size);
	memset(g_values, 0xa5, sizeof(g_values));
	rc = spdk_json_parse(g_text, size, g_values, VALUES_MAX, &end, flags);
	*out_end = (size_t)((char *)end - g_text);
	return rc;
}

static void
check_same(const struct text_case *row, ssize_t result, size_t end, const char *how)
{
	if (result != row->result || end != row->end) {
		fail_msg("'%.*s' %s: is %zd at %zu, not %zd at %zu", (int)row->size, row->text, how,
			 result, end, row->result, row->end);
	}
}

static void
check(const struct text_case *row, uint32_t flags)
{
	void *end = NULL;
	size_t offset;
	ssize_t rc;

	rc = parse(row->text, row->size, &offset, flags | SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	check_same(row, rc, offset, "decoded in place");
	rc = parse(row->text, row->size, &offset, flags);
	check_same(row, rc, offset, "as it is");
	rc = spdk_json_parse(g_text, row->size, NULL, 0, &end, flags);
	check_same(row, rc, (size_t)((char *)end - g_text), "counted");
	assert_memory_equal(g_text, row->text, row->size);
}

/* What is before a wrong byte could still become right. */
static void
check_prefixes(const struct text_case *row, uint32_t flags)
{
	size_t size, end;
	ssize_t rc;

	for (size = 0; size <= row->end && size < row->size; size++) {
		rc = parse(row->text, size, &end, flags);
		if (rc == INVALID) {
			fail_msg("the first %zu bytes of '%.*s' are called invalid at %zu", size,
				 (int)row->size, row->text, end);
		}
		assert_true(end <= size);
	}
	/* What makes it wrong may be a little further on; from there on it stays wrong. */
	for (rc = INCOMPLETE; size <= row->size; size++) {
		bool was_wrong = rc == INVALID;

		rc = parse(row->text, size, &end, flags);
		if (rc != INVALID && (was_wrong || rc != INCOMPLETE)) {
			fail_msg("the first %zu bytes of '%.*s' are %zd at %zu", size,
				 (int)row->size, row->text, rc, end);
		}
	}
	assert_int_equal(rc, INVALID);
}

static void
check_all(const struct text_case *rows, size_t count, uint32_t flags)
{
	for (size_t i = 0; i < count; i++) {
		check(&rows[i], flags);
		if (rows[i].result == INVALID) {
			check_prefixes(&rows[i], flags);
		}
	}
}

static void
blanks_and_literals(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("true", 1),
		WHOLE("false", 1),
		WHOLE("null", 1),
		WHOLE(" \t\r\n true\t\r\n ", 1),
		BEFORE("true", "false", 1),
		BEFORE("true ", "false", 1),
		BEFORE("null", ",", 1),
		BEFORE("null", "}", 1),
		BEFORE("null", "\0", 1),
		BEFORE("null", "\v", 1),
		SHORT("", ""),
		SHORT("   ", ""),
		SHORT("", "t"),
		SHORT(" ", "tru"),
		SHORT("", "fals"),
		SHORT("", "n"),
		WRONG("", "True"),
		WRONG("t", "Rue"),
		WRONG("tru", "th"),
		WRONG("fals", "ity"),
		WRONG("n", "il"),
		WRONG("", "abc"),
		WRONG("", "\0"),
		WRONG(" ", "\f null"),
		WRONG("", "\xC2\xA0null"),
		WRONG("", "\xEF\xBB\xBFnull"),
		WRONG("", ","),
		WRONG("", ":"),
		WRONG("", "'a'"),
		WRONG("", "NaN"),
		WRONG("", "Infinity"),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
numbers(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("0", 1),
		WHOLE("-0", 1),
		WHOLE("10", 1),
		WHOLE("-1234567890123456789012345678901234567890", 1),
		WHOLE("0.5", 1),
		WHOLE("-0.0e-0", 1),
		WHOLE("1e400", 1),
		WHOLE("1E+04", 1),
		WHOLE("1e-400", 1),
		WHOLE("3.141592653589793238462643383279", 1),
		WHOLE("[0,-0,1.5e3]", 5),
		BEFORE("0", "0", 1),
		BEFORE("0", "1", 1),
		BEFORE("0", "x10", 1),
		BEFORE("-0", "1", 1),
		BEFORE("1.5", ".1", 1),
		BEFORE("1e5", "e", 1),
		BEFORE("1e5", ".0", 1),
		BEFORE("12", "A", 1),
		SHORT("", "-"),
		SHORT("", "1."),
		SHORT("", "1e"),
		SHORT("", "1e+"),
		SHORT("[", "1E-"),
		WRONG("", "+1"),
		WRONG("", ".5"),
		WRONG("-", "-1"),
		WRONG("-", "a"),
		WRONG("-", ".5"),
		WRONG("-", "Infinity"),
		WRONG("1.", "e5"),
		WRONG("1.", "+5"),
		WRONG("1e", "x"),
		WRONG("1e", ".5"),
		WRONG("1e+", "-5"),
		WRONG("1e-", "]"),
		WRONG("[0", "0]"),
		WRONG("[-0", "1]"),
		WRONG("[1.5", ".1]"),
		WRONG("[1", "_000]"),
		WRONG("[0", "x1]"),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
strings(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("\"\"", 1),
		WHOLE("\"a b\"", 1),
		WHOLE("\"'/{}[],:\"", 1),
		WHOLE("\"\x7f\"", 1),
		WHOLE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 1),
		WHOLE("\"\\u0000\\u001f\\uABCD\\uabcd\\uFFFF\"", 1),
		WHOLE("\"\\uD834\\uDD1E\\udbff\\udfff\"", 1),
		BEFORE("\"a\"", "\"b\"", 1),
		SHORT("", "\""),
		SHORT(" ", "\"abc"),
		SHORT("", "\"\\"),
		SHORT("", "\"abc\\\""),
		SHORT("", "\"\\u"),
		SHORT("", "\"\\u000"),
		SHORT("", "\"\\uD834"),
		SHORT("", "\"\\uD834\\"),
		SHORT("", "\"\\uD834\\u"),
		SHORT("", "\"\\uD834\\uDD1"),
		SHORT("[\"a\",", "\"b"),
		WRONG("\"", "\0\""),
		WRONG("\"", "\x01\""),
		WRONG("\"a", "\tb\""),
		WRONG("\"a", "\n\""),
		WRONG("\"", "\x1f\""),
		WRONG("\"\\", "a\""),
		WRONG("\"\\", "v\""),
		WRONG("\"\\", "0\""),
		WRONG("\"\\", "\0\""),
		WRONG("\"\\", "x41\""),
		WRONG("\"\\", "U0041\""),
		WRONG("\"\\", "'\""),
		WRONG("\"\\", "\n\""),
		WRONG("\"\\u", "\""),
		WRONG("\"\\u00", "g0\""),
		WRONG("\"\\u000", "\""),
		WRONG("\"\\u", "+041\""),
		WRONG("\"\\u", "DC00\\uDC00\""),
		WRONG("\"\\u", "DEAD\""),
		WRONG("\"\\uD800", "\""),
		WRONG("\"\\uD800", "abcdef\""),
		WRONG("\"\\uD800\\", "n\""),
		WRONG("\"\\uD800\\u", "D800\""),
		WRONG("\"\\uD800\\u", "0041\""),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
strings_are_utf8(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("\"\xC2\x80\xDF\xBF\"", 1),
		WHOLE("\"\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"", 1),
		WHOLE("\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"", 1),
		WHOLE("\"\xEF\xBB\xBF\"", 1),
		SHORT("", "\"\xC2"),
		SHORT("", "\"\xE0\xA0"),
		SHORT("", "\"\xF4\x8F\xBF"),
		WRONG("\"", "\x80\""),
		WRONG("\"a", "\xBF\""),
		WRONG("\"", "\xC0\x80\""),
		WRONG("\"", "\xC1\xBF\""),
		WRONG("\"", "\xC2\""),
		WRONG("\"", "\xC2\xC0\""),
		WRONG("\"", "\xE0\x9F\xBF\""),
		WRONG("\"", "\xE1\x80\""),
		WRONG("\"", "\xED\xA0\x80\""),
		WRONG("\"", "\xED\xBF\xBF\""),
		WRONG("\"", "\xF0\x8F\xBF\xBF\""),
		WRONG("\"", "\xF1\x80\x80\""),
		WRONG("\"", "\xF4\x90\x80\x80\""),
		WRONG("\"", "\xF5\x80\x80\x80\""),
		WRONG("\"", "\xFF\""),
		WRONG("{\"a", "\xFE\":1}"),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
arrays(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("[]", 2),
		WHOLE(" [ ] ", 2),
		WHOLE("[1]", 3),
		WHOLE("[ 1 , 2 ]", 4),
		WHOLE("[[],[[]],{}]", 10),
		BEFORE("[]", "]", 2),
		BEFORE("[] ", ",", 2),
		SHORT("[", ""),
		SHORT("[1", ""),
		SHORT("[1 ", ""),
		SHORT("[1,", ""),
		SHORT("[[]", ""),
		WRONG("", "]"),
		WRONG("[", ",]"),
		WRONG("[1,", "]"),
		WRONG("[1,", ",2]"),
		WRONG("[1 ", "2]"),
		WRONG("[1", "}"),
		WRONG("[\"a\"", ":1]"),
		WRONG("[", "}"),
		WRONG("[1", ";2]"),
		WRONG("[[1]", "[2]]"),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
objects(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("{}", 2),
		WHOLE(" { } ", 2),
		WHOLE("{\"\":1}", 4),
		WHOLE("{ \"a\" : 1 , \"b\" : { } }", 7),
		WHOLE("{\"a\":1,\"a\":2}", 6),
		WHOLE("{\"\\u0061\":[]}", 5),
		BEFORE("{}", "}", 2),
		SHORT("{", ""),
		SHORT("{", "\"a"),
		SHORT("{\"a\"", ""),
		SHORT("{\"a\":", ""),
		SHORT("{\"a\":1", ""),
		SHORT("{\"a\":1,", ""),
		SHORT("{\"a\":1,", "\"}"),
		WRONG("", "}"),
		WRONG("{", "]"),
		WRONG("{", ",\"a\":1}"),
		WRONG("{", "a:1}"),
		WRONG("{", "'a':1}"),
		WRONG("{", "1:1}"),
		WRONG("{", "null:1}"),
		WRONG("{\"a\"", "}"),
		WRONG("{\"a\"", ",1}"),
		WRONG("{\"a\" ", "1}"),
		WRONG("{\"a\":", "}"),
		WRONG("{\"a\":", ":1}"),
		WRONG("{\"a\":1", "]"),
		WRONG("{\"a\":1 ", "\"b\":2}"),
		WRONG("{\"a\":1,", "}"),
		WRONG("{\"a\":1,", ",\"b\":2}"),
		WRONG("{\"a\":1,\"b\"", "}"),
		WRONG("{\"a\":[1", "}]"),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
comments_are_no_json(void **state)
{
	static const struct text_case rows[] = {
		WRONG("", "/* a */1"),       WRONG("[", "/**/1]"),      WRONG("[1", "// a\n]"),
		BEFORE("[1]", "/* a */", 3), BEFORE("[1] ", "// a", 3),
	};

	check_all(rows, SPDK_COUNTOF(rows), 0);
}

static void
comments_are_blanks_where_allowed(void **state)
{
	static const struct text_case rows[] = {
		WHOLE("/* a */1", 1),
		WHOLE("/**/ /***/ /* * / */ 1", 1),
		WHOLE("[/**/1/**/,//\n2//,3]\n]", 4),
		WHOLE("{/**/\"a\"/**/:/**/1/**/}", 4),
		WHOLE("// a\r\n1", 1),
		WHOLE("1 /* a */ // b\n // c", 1),
		WHOLE("\"/* a */\"", 1),
		BEFORE("1 ", "/* a", 1),
		BEFORE("1 ", "/", 1),
		BEFORE("1 ", "/2", 1),
		SHORT("/* a */", ""),
		SHORT("//", ""),
		SHORT("// a\n", ""),
		SHORT("[1", "/"),
		SHORT("[1", "/*"),
		SHORT("[1 ", "/* *"),
		SHORT("[1 ", "/*/"),
		WRONG("[1", "/x"),
		WRONG("", "/ /1"),
		WRONG("[1 /* a */ ", "2]"),
		WRONG("[1 /* a */", "*/]"),
	};

	check_all(rows, SPDK_COUNTOF(rows), SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS);
}

/* JSON_DEPTH_MAX + `extra` opening brackets of one kind. */
static struct text_case
nested(const char *opening, int extra)
{
	static char text[1024];
	size_t length = strlen(opening);
	struct text_case row = {.text = text, .result = extra > 0 ? TOO_DEEP : INCOMPLETE};

	for (int i = 0; i < JSON_DEPTH_MAX + extra; i++) {
		memcpy(text + row.size, opening, length + 1);
		row.size += length;
	}
	row.end = extra > 0 ? JSON_DEPTH_MAX * length : row.size;
	return row;
}

static void
depth_is_limited(void **state)
{
	struct text_case row = nested("[", 0);
	char text[SIDE_BY_SIDE * 3 + 1];

	check(&row, 0);
	row = nested("[", 1);
	check(&row, 0);
	row = nested("{\"a\":", 0);
	check(&row, 0);
	row = nested("{\"a\":", 1);
	check(&row, 0);
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	row = (struct text_case){text, 2 * JSON_DEPTH_MAX, 2 * JSON_DEPTH_MAX, 2 * JSON_DEPTH_MAX};
	check(&row, 0);
	/* Side by side is not within each other. */
	text[0] = '[';
	for (size_t i = 0; i < SIDE_BY_SIDE; i++) {
		text[3 * i + 1] = '[';
		text[3 * i + 2] = ']';
		text[3 * i + 3] = ',';
	}
	text[3 * SIDE_BY_SIDE] = ']';
	row.size = row.end = sizeof(text);
	row.result = 2 * SIDE_BY_SIDE + 2;
	check(&row, 0);
}

static void
brackets_must_match_at_every_depth(void **state)
{
	char text[3 * JSON_DEPTH_MAX];
	struct text_case row = {.text = text, .result = INVALID};

	/* [[...[{ and then one that closes an array. */
	for (size_t depth = 1; depth <= JSON_DEPTH_MAX; depth++) {
		memset(text, '[', depth);
		text[depth - 1] = '{';
		text[depth] = ']';
		row.size = depth + 1;
		row.end = depth;
		check(&row, 0);
		text[depth - 1] = '[';
		text[depth] = '}';
		check(&row, 0);
	}
}

static void
check_value(size_t index, enum spdk_json_val_type type, const char *bytes, size_t len)
{
	const struct spdk_json_val *value = &g_values[index];

	if (value->type != type || value->len != len ||
	    (bytes != NULL && memcmp(value->start, bytes, len) != 0)) {
		fail_msg("value %zu is of type %#x, '%.*s' (%u)", index, value->type,
			 (int)value->len, (char *)value->start, value->len);
	}
}

#define EXPECT(index, type, text) check_value(index, SPDK_JSON_VAL_##type, text, sizeof(text) - 1)

static void
values_stand_in_the_order_of_the_text(void **state)
{
	static const char text[] = "{\"a\": [1, -2.5e3], \"b\": {\"c\": true},\"d\":[null,false]} ";
	size_t end;

	assert_int_equal(parse(text, sizeof(text) - 1, &end, 0), 17);
	check_value(0, SPDK_JSON_VAL_OBJECT_BEGIN, NULL, 15);
	assert_ptr_equal(g_values[0].start, g_text);
	EXPECT(1, NAME, "a");
	check_value(2, SPDK_JSON_VAL_ARRAY_BEGIN, NULL, 2);
	EXPECT(3, NUMBER, "1");
	EXPECT(4, NUMBER, "-2.5e3");
	check_value(5, SPDK_JSON_VAL_ARRAY_END, NULL, 2);
	EXPECT(6, NAME, "b");
	check_value(7, SPDK_JSON_VAL_OBJECT_BEGIN, NULL, 2);
	EXPECT(8, NAME, "c");
	EXPECT(9, TRUE, "true");
	check_value(10, SPDK_JSON_VAL_OBJECT_END, NULL, 2);
	EXPECT(11, NAME, "d");
	check_value(12, SPDK_JSON_VAL_ARRAY_BEGIN, NULL, 2);
	EXPECT(13, NULL, "null");
	EXPECT(14, FALSE, "false");
	check_value(15, SPDK_JSON_VAL_ARRAY_END, NULL, 2);
	check_value(16, SPDK_JSON_VAL_OBJECT_END, NULL, 15);
	assert_ptr_equal(g_values[16].start, g_text + sizeof(text) - 3);
	assert_ptr_equal(g_values[1].start, g_text + 2);
}

static void
strings_are_decoded_in_place(void **state)
{
	static const char text[] =
		"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"x\\u0000y\",\"\\u00e9\\u20AC\\uD834\\udd1e\","
		"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff\","
		"\"plain\",\"\\\\u0041\",\"\",{\"k\\u0065y\":\"\xC3\xA9\\n\xE2\x82\xAC\"}]";
	size_t end;

	assert_int_equal(parse(text, sizeof(text) - 1, &end, SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE),
			 13);
	EXPECT(1, STRING, "\"\\/\b\f\n\r\t");
	EXPECT(2, STRING, "x\0y");
	EXPECT(3, STRING, "\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E");
	EXPECT(4, STRING,
	       "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
	EXPECT(5, STRING, "plain");
	EXPECT(6, STRING, "\\u0041");
	EXPECT(7, STRING, "");
	EXPECT(9, NAME, "key");
	EXPECT(10, STRING, "\xC3\xA9\n\xE2\x82\xAC");
}

static void
strings_are_left_alone_without_decoding(void **state)
{
	static const char text[] = "[\"a\\u0041\\n\",{\"\\\"\":\"\"}]";
	size_t end;

	assert_int_equal(parse(text, sizeof(text) - 1, &end, 0), 7);
	EXPECT(1, STRING, "a\\u0041\\n");
	EXPECT(3, NAME, "\\\"");
	EXPECT(4, STRING, "");
	assert_memory_equal(g_text, text, sizeof(text) - 1);
}

static void
values_that_do_not_fit_are_counted(void **state)
{
	char text[] = "{\"a\":[1,[2]],\"b\":3}";
	struct spdk_json_val few[11];

	for (size_t room = 0; room <= 10; room++) {
		memset(few, 0xa5, sizeof(few));
		assert_int_equal(spdk_json_parse(text, sizeof(text) - 1, few, room, NULL, 0), 11);
		assert_int_equal(few[room].type, 0xa5a5a5a5);
		if (room > 0) {
			assert_int_equal(few[0].type, SPDK_JSON_VAL_OBJECT_BEGIN);
			assert_int_equal(few[0].len, 9);
			assert_int_not_equal(few[room - 1].type, 0xa5a5a5a5);
		}
	}
}

static void
a_stream_is_cut_into_values(void **state)
{
	static const char stream[] = "{\"id\":1,\"method\":\"a}\"}[1,\"\\\"]\"] \"x\"{\"p\":[{}]}";
	static const size_t sizes[] = {22, 9, 3, 10};
	const char *first = stream;

	for (size_t i = 0; i < SPDK_COUNTOF(sizes); i++) {
		size_t size = 0, end;
		ssize_t rc;

		do {
			rc = parse(first, ++size, &end, 0);
		} while (rc == INCOMPLETE);
		assert_true(rc > 0);
		assert_int_equal(size, sizes[i]);
		first += size;
		first += *first == ' ';
	}
	assert_int_equal(*first, '\0');
}

static void
impossible_texts_are_refused(void **state)
{
	char text[] = "1";
	void *end = text;

	assert_int_equal(spdk_json_parse(NULL, 0, NULL, 0, &end, 0), INCOMPLETE);
	assert_null(end);
	(void)log_start(NULL);
	assert_int_equal(spdk_json_parse(NULL, 1, NULL, 0, NULL, 0), INVALID);
	logged("there is no JSON text: it is NULL, but its size is given as 1\n");
	/* Lengths of values are of 32 bits. */
	assert_int_equal(spdk_json_parse(text, (size_t)UINT32_MAX + 1, NULL, 0, NULL, 0), INVALID);
	logged("the JSON text has 4294967296 bytes: at most 4294967295 can be parsed\n");
	(void)log_stop(NULL);
}

static int
free_text(void **state)
{
	free(g_text);
	g_text = NULL;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_and_literals),
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings),
		cmocka_unit_test(strings_are_utf8),
		cmocka_unit_test(arrays),
		cmocka_unit_test(objects),
		cmocka_unit_test(comments_are_no_json),
		cmocka_unit_test(comments_are_blanks_where_allowed),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(brackets_must_match_at_every_depth),
		cmocka_unit_test(values_stand_in_the_order_of_the_text),
		cmocka_unit_test(strings_are_decoded_in_place),
		cmocka_unit_test(strings_are_left_alone_without_decoding),
		cmocka_unit_test(values_that_do_not_fit_are_counted),
		cmocka_unit_test(a_stream_is_cut_into_values),
		cmocka_unit_test(impossible_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, free_text);
}
