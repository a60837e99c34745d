/* SPDX-License-Identifier: BSD-3-Clause */
/* Strings: formatting, changing in place, splitting and copying. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/string.h"
#include "spdk/util.h"

static void
formatting_makes_room_for_the_text(void **state)
{
	char *text = spdk_sprintf_alloc("%s-%05d", "abc", 42), *longer;
	char big[3000];

	assert_string_equal(text, "abc-00042");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	longer = spdk_sprintf_append_realloc(text, "%s!", big);
	assert_non_null(longer);
	assert_memory_equal(longer, "abc-00042xxx", 12);
	assert_int_equal(strlen(longer), 9 + sizeof(big));
	assert_int_equal(longer[strlen(longer) - 1], '!');
	free(longer);
	text = spdk_sprintf_append_realloc(NULL, "%s", "");
	assert_string_equal(text, "");
	free(text);
}

static char *
format_twice(const char *format, ...)
{
	va_list args;
	char *first, *second;

	va_start(args, format);
	first = spdk_vsprintf_alloc(format, args);
	/* The same list again: it must not have been used up. */
	second = spdk_vsprintf_append_realloc(first, format, args);
	va_end(args);
	return second;
}

static void
an_argument_list_is_left_as_it_was(void **state)
{
	char *text = format_twice("%d %s;", 7, "x");

	assert_string_equal(text, "7 x;7 x;");
	free(text);
}

static void
lower_case_is_ascii_only(void **state)
{
	char text[] = "AbZz[\xc4"
		      "09";

	assert_ptr_equal(spdk_strlwr(text), text);
	assert_string_equal(text, "abzz[\xc4"
				  "09");
	assert_null(spdk_strlwr(NULL));
}

/* Joins the fields of `text` with '|'. */
static void
check_fields(const char *text, const char *delim, const char *expected)
{
	char copy[128], joined[256] = "", *rest = copy, *field;
	size_t len = 0;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	while ((field = spdk_strsepq(&rest, delim)) != NULL) {
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s|", field);
	}
	assert_string_equal(joined, expected);
}

static void
fields_are_cut_at_delimiters_outside_of_quotes(void **state)
{
	check_fields("a b c", " ", "a|b|c|");
	check_fields("a,b;c", ",;", "a|b|c|");
	check_fields("a   b ", " ", "a|b|");
	check_fields(" a", " ", "|a|");
	check_fields("", " ", "|");
	check_fields("   ", " ", "|");
	check_fields("\"a b\" c", " ", "a b|c|");
	check_fields("'a b' c", " ", "a b|c|");
	check_fields("a\"b c\"'d' e", " ", "ab cd|e|");
	check_fields("\"it's\" 'say \"x\"'", " ", "it's|say \"x\"|");
	check_fields("a\\ b c", " ", "a b|c|");
	check_fields("\"a\\\"b\" 'c\\d'", " ", "a\"b|c\\d|");
	check_fields("a\\", " ", "a\\|");
	check_fields("\"open end", " ", "open end|");
	check_fields("a b\nc", " ", "a|b|");
	check_fields("\"\" x", " ", "|x|");
}

static void
trimming_keeps_the_start_of_the_memory(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},    {"a", "a"},  {" \t\n", ""}, {"  a b \r\n", "a b"},
		{"a ", "a"}, {" a", "a"},
	};
	char text[16];
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s", cases[i][0]);
		assert_ptr_equal(spdk_str_trim(text), text);
		assert_string_equal(text, cases[i][1]);
	}
	assert_null(spdk_str_trim(NULL));
}

static void
chomp_counts_line_ends(void **state)
{
	char text[] = "a\nb\r\n\r\n", empty[] = "", only[] = "\n";

	assert_int_equal(spdk_str_chomp(text), 4);
	assert_string_equal(text, "a\nb");
	assert_int_equal(spdk_str_chomp(text), 0);
	assert_int_equal(spdk_str_chomp(empty), 0);
	assert_int_equal(spdk_str_chomp(only), 1);
	assert_string_equal(only, "");
}

static void *
other_thread(void *arg)
{
	assert_string_equal(spdk_strerror(EINVAL), "Invalid argument");
	return NULL;
}

static void
each_thread_has_its_error_text(void **state)
{
	const char *text = spdk_strerror(ENOENT);
	char cut[8], other[64];
	pthread_t thread;

	assert_string_equal(text, "No such file or directory");
	assert_int_equal(pthread_create(&thread, NULL, other_thread, NULL), 0);
	pthread_join(thread, NULL);
	assert_string_equal(text, "No such file or directory");
	assert_string_equal(spdk_strerror(12345), "Unknown error 12345");
	spdk_strerror_r(ENOENT, cut, sizeof(cut));
	assert_string_equal(cut, "No such");
	spdk_strerror_r(EINVAL, other, sizeof(other));
	assert_string_equal(other, "Invalid argument");
	cut[0] = '#';
	spdk_strerror_r(ENOENT, cut, 0);
	assert_int_equal(cut[0], '#');
}

static void
padded_fields_are_filled_exactly(void **state)
{
	char field[8] = "#######";

	spdk_strcpy_pad(field, "abc", 6, ' ');
	assert_memory_equal(field, "abc   #", 8);
	assert_int_equal(spdk_strlen_pad(field, 6, ' '), 3);
	spdk_strcpy_pad(field, "abcdefgh", 6, ' ');
	assert_memory_equal(field, "abcdef#", 8);
	assert_int_equal(spdk_strlen_pad(field, 6, ' '), 6);
	spdk_strcpy_pad(field, "", 6, 0xff);
	assert_int_equal(spdk_strlen_pad(field, 6, 0xff), 0);
	assert_int_equal(spdk_strlen_pad("a b ", 4, ' '), 3);
}

static void
one_byte_that_is_not_zero_is_found(void **state)
{
	uint8_t bytes[100] = {0};
	size_t size, i;

	for (size = 0; size < sizeof(bytes); size++) {
		assert_true(spdk_mem_all_zero(bytes, size));
		for (i = 0; i < size; i++) {
			bytes[i] = 0x80;
			assert_false(spdk_mem_all_zero(bytes, size));
			bytes[i] = 0;
		}
		/* What lies behind does not matter. */
		bytes[size] = 1;
		assert_true(spdk_mem_all_zero(bytes, size));
		bytes[size] = 0;
	}
}

static void
check_array(const char *text, const char *delim, const char *expected)
{
	char **array = spdk_strarray_from_string(text, delim), **copy;
	char joined[128] = "";
	size_t i, len = 0;

	assert_non_null(array);
	copy = spdk_strarray_dup((const char **)array);
	assert_non_null(copy);
	for (i = 0; array[i] != NULL; i++) {
		assert_string_equal(copy[i], array[i]);
		assert_ptr_not_equal(copy[i], array[i]);
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s|", array[i]);
	}
	assert_null(copy[i]);
	spdk_strarray_free(copy);
	assert_string_equal(joined, expected);
	spdk_strarray_free(array);
}

static void
arrays_have_an_item_between_all_delimiters(void **state)
{
	check_array("a b c", " ", "a|b|c|");
	check_array("a,,b;", ",;", "a||b||");
	check_array("", ",", "|");
	check_array(",", ",", "||");
	check_array("abc", "", "abc|");
	assert_null(spdk_strarray_from_string(NULL, ","));
	assert_null(spdk_strarray_from_string("a", NULL));
	assert_null(spdk_strarray_dup(NULL));
	spdk_strarray_free(NULL);
}

static void
replacing_needs_room_for_the_result(void **state)
{
	char text[16];

	assert_int_equal(spdk_strcpy_replace(text, sizeof(text), "a%b%c", "%", "--"), 0);
	assert_string_equal(text, "a--b--c");
	assert_int_equal(spdk_strcpy_replace(text, sizeof(text), "aaa", "aa", "b"), 0);
	assert_string_equal(text, "ba");
	assert_int_equal(spdk_strcpy_replace(text, sizeof(text), "xyx", "x", ""), 0);
	assert_string_equal(text, "y");
	assert_int_equal(spdk_strcpy_replace(text, sizeof(text), "none", "x", "y"), 0);
	assert_string_equal(text, "none");
	assert_int_equal(spdk_strcpy_replace(text, 5, "n1", "1", "one"), 0);
	assert_string_equal(text, "none");
	assert_int_equal(spdk_strcpy_replace(text, 4, "n1", "1", "ONE"), -EINVAL);
	assert_string_equal(text, "none");
	/* Shorter than the source, which would not have fitted. */
	assert_int_equal(spdk_strcpy_replace(text, 3, "a12345b", "12345", ""), 0);
	assert_string_equal(text, "ab");
	assert_int_equal(spdk_strcpy_replace(text, sizeof(text), "a", "", "b"), -EINVAL);
	assert_int_equal(spdk_strcpy_replace(NULL, 1, "a", "a", "b"), -EINVAL);
	assert_int_equal(spdk_strcpy_replace(text, 1, NULL, "a", "b"), -EINVAL);
	assert_int_equal(spdk_strcpy_replace(text, 1, "a", NULL, "b"), -EINVAL);
	assert_int_equal(spdk_strcpy_replace(text, 1, "a", "a", NULL), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formatting_makes_room_for_the_text),
		cmocka_unit_test(an_argument_list_is_left_as_it_was),
		cmocka_unit_test(lower_case_is_ascii_only),
		cmocka_unit_test(fields_are_cut_at_delimiters_outside_of_quotes),
		cmocka_unit_test(trimming_keeps_the_start_of_the_memory),
		cmocka_unit_test(chomp_counts_line_ends),
		cmocka_unit_test(each_thread_has_its_error_text),
		cmocka_unit_test(padded_fields_are_filled_exactly),
		cmocka_unit_test(one_byte_that_is_not_zero_is_found),
		cmocka_unit_test(arrays_have_an_item_between_all_delimiters),
		cmocka_unit_test(replacing_needs_room_for_the_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
