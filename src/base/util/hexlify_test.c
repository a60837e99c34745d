/* SPDX-License-Identifier: BSD-3-Clause */
/* Hexadecimal text: each byte both ways, and what is no such text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/hexlify.h"
#include "spdk/util.h"

static void
each_byte_both_ways(void **state)
{
	char bytes[256], *text, *again;
	int i;

	for (i = 0; i < 256; i++) {
		bytes[i] = (char)i;
	}
	text = spdk_hexlify(bytes, sizeof(bytes));
	assert_non_null(text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102", 6);
	assert_memory_equal(text + 2 * 0x9a, "9a9b", 4);
	assert_string_equal(text + 506, "fdfeff");
	again = spdk_unhexlify(text);
	assert_non_null(again);
	assert_memory_equal(again, bytes, sizeof(bytes));
	free(again);
	free(text);
}

static void
digits_of_either_case(void **state)
{
	char *bytes = spdk_unhexlify("aAbBcCdDeEfF09");

	assert_non_null(bytes);
	assert_memory_equal(bytes, "\xaa\xbb\xcc\xdd\xee\xff\x09", 7);
	free(bytes);
}

static void
nothing_is_not_an_error(void **state)
{
	char *text = spdk_hexlify("", 0), *bytes;

	assert_non_null(text);
	assert_string_equal(text, "");
	bytes = spdk_unhexlify(text);
	assert_non_null(bytes);
	free(bytes);
	free(text);
	text = spdk_hexlify(NULL, 0);
	assert_non_null(text);
	free(text);
}

static void
what_is_no_such_text_is_refused(void **state)
{
	static const char *const bad[] = {"0",  "123", "0g", "g0", "0x12", " 12", "12 ",  "-1",
					  "+1", "::",  "@@", "``", "GG",   "//",  "1\xff"};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(bad); i++) {
		if (spdk_unhexlify(bad[i]) != NULL) {
			fail_msg("'%s' was taken", bad[i]);
		}
	}
	assert_null(spdk_unhexlify(NULL));
	assert_null(spdk_hexlify(NULL, 1));
	assert_null(spdk_hexlify("", SIZE_MAX / 2 + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_both_ways),
		cmocka_unit_test(digits_of_either_case),
		cmocka_unit_test(nothing_is_not_an_error),
		cmocka_unit_test(what_is_no_such_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
