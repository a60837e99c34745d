/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON that arrives in pieces: where values end, what is told and when, limits, and that nothing is
 * read twice. That a stream and spdk_json_parse() agree on any text is what json_fuzz checks.
 */
#include "base/json_stream.h"

#include "base/json/json_internal.h"
#include "base/json/json_test_support.h"

static struct json_stream_limits g_limits;
static struct json_stream *g_stream;

static void
new_stream(size_t bytes_max, size_t values_max, uint32_t depth_max)
{
	g_limits = (struct json_stream_limits){
		.bytes_max = bytes_max, .values_max = values_max, .depth_max = depth_max};
	json_stream_destroy(g_stream);
	assert_int_equal(json_stream_create(&g_limits, &g_stream), 0);
}

static int
set_up(void **state)
{
	g_stream = NULL;
	new_stream(1024 * 1024, 65536, JSON_DEPTH_MAX);
	return 0;
}

static int
tear_down(void **state)
{
	json_stream_destroy(g_stream);
	return 0;
}

/* Feeds a text in pieces of `piece` bytes; returns how many were taken when it stops. */
static size_t
feed(const char *text, size_t piece, enum json_stream_result *result)
{
	size_t size = strlen(text);
	size_t at = 0, taken, length;

	*result = JSON_STREAM_MORE;
	while (at < size && *result == JSON_STREAM_MORE) {
		length = spdk_min(piece, size - at);
		*result = json_stream_feed(g_stream, text + at, length, &taken);
		assert_true(taken <= length);
		at += taken;
	}
	return at;
}

/* Compares a value with the text that the writer makes of it. */
static int
keep(void *cb_ctx, const void *data, size_t size)
{
	char *text = cb_ctx;
	size_t length = strlen(text);

	assert_true(length + size < 1024);
	memcpy(text + length, data, size);
	text[length + size] = '\0';
	return 0;
}

static void
taken_is(const char *expected)
{
	struct spdk_json_write_ctx *w;
	struct json_text text = {0};
	char written[1024] = "";

	json_stream_take(g_stream, &text);
	w = spdk_json_write_begin(keep, written, 0);
	assert_non_null(w);
	assert_int_equal(spdk_json_write_val(w, text.values), 0);
	assert_int_equal(spdk_json_write_end(w), 0);
	assert_string_equal(written, expected);
	assert_int_equal(text.count, spdk_json_val_len(text.values));
	json_text_release(&text);
}

static void
fault_is(const char *reason, size_t line, size_t column)
{
	const struct json_fault *fault = json_stream_fault(g_stream);

	assert_string_equal(fault->reason, reason);
	assert_int_equal(fault->place.line, line);
	assert_int_equal(fault->place.column, column);
}

static void
values_follow_each_other_with_and_without_blanks(void **state)
{
	static const char text[] = " \n{\"a\":[1,-2.5e3]}[\"x\\n\"]12 \"\\u00e9\"null\t";
	static const char *const values[] = {"{\"a\":[1,-2.5e3]}", "[\"x\\n\"]", "12",
					     "\"\\u00E9\"", "null"};
	enum json_stream_result result;

	for (size_t piece = 1; piece < sizeof(text); piece++) {
		size_t at = 0;

		for (size_t i = 0; i < SPDK_COUNTOF(values); i++) {
			assert_true(json_stream_is_empty(g_stream));
			at += feed(text + at, piece, &result);
			assert_int_equal(result, JSON_STREAM_VALUE);
			taken_is(values[i]);
		}
		at += feed(text + at, piece, &result);
		assert_int_equal(result, JSON_STREAM_MORE);
		assert_int_equal(at, sizeof(text) - 1);
		assert_true(json_stream_is_empty(g_stream));
		assert_int_equal(json_stream_finish(g_stream), JSON_STREAM_MORE);
	}
}

static void
a_value_is_complete_at_its_last_byte(void **state)
{
	static const char *const texts[] = {"{}", "[[]]", "\"\"", "true", "{\"a\":\"b\"}"};
	enum json_stream_result result;

	for (size_t i = 0; i < SPDK_COUNTOF(texts); i++) {
		size_t size = strlen(texts[i]);

		for (size_t at = 0; at < size; at++) {
			size_t taken;

			result = json_stream_feed(g_stream, texts[i] + at, 1, &taken);
			assert_int_equal(taken, 1);
			assert_int_equal(result,
					 at + 1 < size ? JSON_STREAM_MORE : JSON_STREAM_VALUE);
		}
		taken_is(texts[i]);
	}
}

static void
a_number_ends_with_the_stream_or_at_a_byte_that_is_none_of_it(void **state)
{
	enum json_stream_result result;

	(void)feed("-0.5E+7", 1, &result);
	assert_int_equal(result, JSON_STREAM_MORE);
	assert_false(json_stream_is_empty(g_stream));
	assert_int_equal(json_stream_finish(g_stream), JSON_STREAM_VALUE);
	taken_is("-0.5E+7");

	assert_int_equal(feed("01", 2, &result), 1);
	assert_int_equal(result, JSON_STREAM_VALUE);
	taken_is("0");

	(void)feed("12e", 1, &result);
	assert_int_equal(json_stream_finish(g_stream), JSON_STREAM_INVALID);
	fault_is("the text ends within this number", 1, 1);
}

struct fault_case {
	const char *before;
	const char *wrong;
	const char *reason;
	size_t line;
	size_t column;
};

static const struct fault_case fault_cases[] = {
	{"", "}", "a value is expected here", 1, 1},
	{"{\"a\"", "1", "a ':' is expected after the name", 1, 5},
	{"{\"a\":\n \"\\n\xc3\xa9\",", "}", "a name in '\"' is expected here", 2, 8},
	{"[tru", "y",
	 "the only words are true, false and null; others are strings and stand in "
	 "'\"'",
	 1, 5},
	{"[1,\n2.", "x", "a digit is expected here", 2, 3},
	{"[\"\xc3\xa9\xf0\x9f\x98", "(", "this is not UTF-8", 1, 4},
	{"[\"\\ud800\\ud80", "0",
	 "the first half of a surrogate pair must be followed by the second", 1, 11},
	{"[\"\\\\\\\\\\udc0", "0", "the second half of a surrogate pair stands alone", 1, 9},
};

static void
an_error_is_told_at_the_byte_that_makes_it(void **state)
{
	enum json_stream_result result;
	size_t taken;

	for (size_t i = 0; i < SPDK_COUNTOF(fault_cases); i++) {
		const struct fault_case *row = &fault_cases[i];

		for (size_t piece = 1; piece <= strlen(row->before) + 1; piece++) {
			(void)feed(row->before, piece, &result);
			assert_int_equal(result, JSON_STREAM_MORE);
			(void)feed(row->wrong, 1, &result);
			assert_int_equal(result, JSON_STREAM_INVALID);
			fault_is(row->reason, row->line, row->column);
			assert_int_equal(json_stream_feed(g_stream, "1", 1, &taken),
					 JSON_STREAM_INVALID);
			assert_int_equal(taken, 0);
			json_stream_reset(g_stream);
		}
	}
}

static void
the_end_within_a_value_names_the_part_that_is_incomplete(void **state)
{
	enum json_stream_result result;

	(void)feed(" {\"a\":\n\"\\n\\t long", 3, &result);
	assert_int_equal(result, JSON_STREAM_MORE);
	assert_int_equal(json_stream_finish(g_stream), JSON_STREAM_INVALID);
	fault_is("the text ends within this string", 2, 1);
	json_stream_reset(g_stream);
	(void)feed("[1, ", 2, &result);
	assert_int_equal(json_stream_finish(g_stream), JSON_STREAM_INVALID);
	fault_is("the text ends before the value does", 1, 5);
	json_stream_reset(g_stream);
	(void)feed("[1, 22", 2, &result);
	assert_int_equal(json_stream_finish(g_stream), JSON_STREAM_INVALID);
	fault_is("the text ends before the value does", 1, 7);
}

static void
each_limit_has_its_own_error(void **state)
{
	enum json_stream_result result;

	new_stream(8, 4, 2);
	assert_int_equal(feed("[\"45678\"]", 3, &result), 8);
	assert_int_equal(result, JSON_STREAM_TOO_LONG);
	fault_is("the text has too many bytes", 1, 9);
	json_stream_reset(g_stream);
	(void)feed("      [\"4567\"]", 3, &result);
	assert_int_equal(result, JSON_STREAM_VALUE);
	taken_is("[\"4567\"]");

	(void)feed("[1,2]", 1, &result);
	assert_int_equal(result, JSON_STREAM_VALUE);
	taken_is("[1,2]");
	(void)feed("[1,2,3]", 1, &result);
	assert_int_equal(result, JSON_STREAM_TOO_MANY_VALUES);
	fault_is("the text has too many values", 1, 8);
	json_stream_reset(g_stream);

	(void)feed("[[[", 1, &result);
	assert_int_equal(result, JSON_STREAM_TOO_DEEP);
	fault_is("too many arrays and objects stand within each other", 1, 3);
}

/* A string of a megabyte, a byte at a time: a parser that begins anew would take a minute. */
static void
nothing_is_read_again_within_a_long_token(void **state)
{
	const size_t length = 512 * 1024;
	enum json_stream_result result;
	struct json_text text;
	size_t taken;

	for (int kind = 0; kind < 2; kind++) {
		(void)feed(kind == 0 ? "[\"" : "[1", 1, &result);
		for (size_t i = 0; i < length; i++) {
			result = json_stream_feed(g_stream, "7", 1, &taken);
			assert_int_equal(result, JSON_STREAM_MORE);
		}
		(void)feed(kind == 0 ? "\"]" : "]", 1, &result);
		assert_int_equal(result, JSON_STREAM_VALUE);
		json_stream_take(g_stream, &text);
		assert_int_equal(text.count, 3);
		assert_int_equal(text.values[1].len, length + (kind == 1));
		json_text_release(&text);
	}
}

static void
a_value_survives_the_stream_and_what_comes_after_it(void **state)
{
	enum json_stream_result result;
	struct json_text text;

	(void)feed("[\"first\"]", 4, &result);
	json_stream_take(g_stream, &text);
	(void)feed("{\"second\":1", 4, &result);
	json_stream_destroy(g_stream);
	g_stream = NULL;
	assert_true(spdk_json_strequal(&text.values[1], "first"));
	json_text_release(&text);
	assert_null(text.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_follow_each_other_with_and_without_blanks,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_value_is_complete_at_its_last_byte, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_number_ends_with_the_stream_or_at_a_byte_that_is_none_of_it, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(an_error_is_told_at_the_byte_that_makes_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			the_end_within_a_value_names_the_part_that_is_incomplete, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(each_limit_has_its_own_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_read_again_within_a_long_token, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_value_survives_the_stream_and_what_comes_after_it,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
