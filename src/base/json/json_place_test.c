/* SPDX-License-Identifier: BSD-3-Clause */
/* Where something is in a text, and why a text is not JSON. */
#include "base/json_place.h"

#include "base/json/json_test_support.h"

static void
place_is(const char *text, size_t offset, size_t line, size_t column)
{
	struct json_place place = json_place_of(text, strlen(text), offset);

	if (place.line != line || place.column != column) {
		fail_msg("byte %zu of '%s' is at %zu:%zu, not %zu:%zu", offset, text, place.line,
			 place.column, line, column);
	}
}

static void
places_are_lines_and_columns_from_one(void **state)
{
	static const char text[] = "{\n  \"a\": 1,\r\n\n\t\"\xC3\xA9\xF0\x9D\x84\x9E\": 2\n}";

	place_is(text, 0, 1, 1);
	place_is(text, 1, 1, 2);
	place_is(text, 2, 2, 1);
	place_is(text, 4, 2, 3);
	place_is(text, 13, 3, 1);
	place_is(text, 14, 4, 1);
	place_is(text, 15, 4, 2);
	/* The mark after two characters of six bytes. */
	place_is(text, 22, 4, 5);
	place_is(text, strlen(text) - 1, 5, 1);
	place_is(text, strlen(text), 5, 2);
	place_is(text, strlen(text) + 100, 5, 2);
	place_is("", 0, 1, 1);
}

struct fault_case {
	const char *text;
	int result;
	size_t line;
	size_t column;
	const char *reason;
};

static void
faults_have_a_place_and_a_reason(void **state)
{
	static const struct fault_case rows[] = {
		{"{\n  \"a\": 1\n  \"b\": 2\n}", -1, 3, 3, "a ',' or '}' is expected here"},
		{"[1\n2]", -1, 2, 1, "a ',' or ']' is expected here"},
		{"[1,]", -1, 1, 4, "a value is expected here"},
		{"[;]", -1, 1, 2, "a value or ']' is expected here"},
		{"{\"a\":1,}", -1, 1, 8, "a name in '\"' is expected here"},
		{"{a:1}", -1, 1, 2, "a name in '\"' or '}' is expected here"},
		{"{\"a\" 1}", -1, 1, 6, "a ':' is expected after the name"},
		{"[True]", -1, 1, 2, "a value or ']' is expected here"},
		{"[trUe]", -1, 1, 4,
		 "the only words are true, false and null; others are strings and stand in '\"'"},
		{"[\"a\nb\"]", -1, 1, 4,
		 "a control character, such as a line end, must be escaped in a string; or its "
		 "'\"' is missing"},
		{"[\"C:\\dir\"]", -1, 1, 6,
		 "there is no such escape: a backslash is written as \\\\"},
		{"[\"\\u12x4\"]", -1, 1, 7, "four hexadecimal digits are expected after \\u"},
		{"[\"\\udead\"]", -1, 1, 5, "the second half of a surrogate pair stands alone"},
		{"[\"\\ud800x\"]", -1, 1, 9,
		 "the first half of a surrogate pair must be followed by the second"},
		{"[\"\xE9t\xE9\"]", -1, 1, 3, "this is not UTF-8"},
		{"[-x]", -1, 1, 3, "a digit is expected here"},
		{"[1] // a", 0, 0, 0, NULL},
		{"[1, // a\n2]", -1, 1, 5, "JSON has no comments"},
		{"{\"a\": [1,\n 2\n", -2, 3, 1, "the text ends before the value does"},
		{"", -2, 1, 1, "the text ends before the value does"},
		{"[1,\n \"abc", -2, 2, 2, "the text ends within this string"},
		{"[1, 2.", -2, 1, 5, "the text ends within this number"},
		{"[fal", -2, 1, 2, "the text ends within this word"},
	};
	struct json_fault fault = {0};

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		ssize_t rc = json_check(rows[i].text, strlen(rows[i].text),
					SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE, &fault);

		if (rows[i].result == 0) {
			assert_true(rc > 0);
			continue;
		}
		assert_int_equal(rc, rows[i].result);
		assert_string_equal(fault.reason, rows[i].reason);
		if (fault.place.line != rows[i].line || fault.place.column != rows[i].column) {
			fail_msg("'%s': the fault is at %zu:%zu", rows[i].text, fault.place.line,
				 fault.place.column);
		}
		place_is(rows[i].text, fault.offset, rows[i].line, rows[i].column);
	}
}

static void
comments_and_depth_have_faults_too(void **state)
{
	struct json_fault fault = {0};
	char deep[65];

	assert_int_equal(json_check("[1 /*", 5, SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS, &fault), -2);
	assert_int_equal(fault.offset, 3);
	assert_string_equal(fault.reason, "the text ends within this comment");
	assert_int_equal(json_check("[1 /x", 5, SPDK_JSON_PARSE_FLAG_ALLOW_COMMENTS, &fault), -1);
	assert_int_equal(fault.offset, 3);
	assert_string_equal(fault.reason, "a comment begins with // or /*");
	memset(deep, '[', sizeof(deep));
	assert_int_equal(json_check(deep, sizeof(deep), 0, &fault), -3);
	assert_int_equal(fault.place.column, 65);
	assert_string_equal(fault.reason,
			    "more than 64 arrays and objects stand within each other");
}

static const char g_config[] =
	"{\"subsystems\":[{\"subsystem\":\"bdev\",\"config\":[1,[],{\"method\":\"m\",\"params\":"
	"{\"num_blocks\":8,\"a b\":[0,\"x\"],\"\":{\"\\u00e9\\n\":{}}}}]}]}";

static void
path_is(const struct spdk_json_val *root, size_t index, const char *expected)
{
	char text[128] = "untouched";

	assert_int_equal(json_path_of(root, root + index, text, sizeof(text)), 0);
	assert_string_equal(text, expected);
}

static void
paths_lead_to_values(void **state)
{
	struct spdk_json_val *root = parsed(g_config);
	size_t last = spdk_json_val_len(root) - 1;

	path_is(root, 0, "(root)");
	path_is(root, 1, "subsystems");
	path_is(root, 2, "subsystems");
	path_is(root, 3, "subsystems[0]");
	path_is(root, 4, "subsystems[0].subsystem");
	path_is(root, 5, "subsystems[0].subsystem");
	path_is(root, 7, "subsystems[0].config");
	path_is(root, 8, "subsystems[0].config[0]");
	path_is(root, 9, "subsystems[0].config[1]");
	path_is(root, 10, "subsystems[0].config[1]");
	path_is(root, 11, "subsystems[0].config[2]");
	path_is(root, 16, "subsystems[0].config[2].params.num_blocks");
	path_is(root, 17, "subsystems[0].config[2].params.num_blocks");
	path_is(root, 21, "subsystems[0].config[2].params[\"a b\"][1]");
	path_is(root, 22, "subsystems[0].config[2].params[\"a b\"]");
	path_is(root, 24, "subsystems[0].config[2].params[\"\"]");
	path_is(root, 26, "subsystems[0].config[2].params[\"\"][\"???\"]");
	path_is(root, last, "(root)");
	path_is(root, last - 1, "subsystems");
	/* From a value within. */
	path_is(root + 15, 2, "num_blocks");
}

static void
paths_are_cut_off_where_there_is_no_room(void **state)
{
	struct spdk_json_val *root = parsed(g_config);
	char text[64];

	for (size_t size = 7; size < sizeof(text); size++) {
		memset(text, 0x5a, sizeof(text));
		assert_int_equal(json_path_of(root, root + 17, text, size), 0);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], 0x5a);
		if (strcmp(text, "subsystems[0].config[2].params.num_blocks") != 0) {
			assert_string_equal(text + strlen(text) - 3, "...");
		}
	}
	assert_int_equal(json_path_of(root, root + 17, text, 24), 0);
	assert_string_equal(text, "subsystems[0].config...");
	assert_int_equal(json_path_of(root, root + 17, text, 42 + 3), 0);
	assert_string_equal(text, "subsystems[0].config[2].params.num_blocks");
	/* What follows a part without room does not take its place. */
	root = parsed("{\"a_long_name\":{\"b\":1}}");
	assert_int_equal(json_path_of(root, root + 4, text, 12), 0);
	assert_string_equal(text, "...");
}

static void
strangers_have_no_path(void **state)
{
	struct spdk_json_val *root = parsed("[[1],[2]]");
	char text[32] = "untouched";

	assert_int_equal(json_path_of(root + 1, root + 4, text, sizeof(text)), -ENOENT);
	assert_int_equal(json_path_of(root + 1, root, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "untouched");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_lines_and_columns_from_one),
		cmocka_unit_test(faults_have_a_place_and_a_reason),
		cmocka_unit_test(comments_and_depth_have_faults_too),
		cmocka_unit_test(paths_lead_to_values),
		cmocka_unit_test(paths_are_cut_off_where_there_is_no_room),
		cmocka_unit_test(strangers_have_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
