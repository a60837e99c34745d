/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes and counts: what is read, what is refused, and how they look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "size.h"
#include "spdk/util.h"

static void
expect_size(const char *text, uint64_t expected, bool has_unit)
{
	uint64_t size = 77;
	bool found = !has_unit;

	if (size_parse(text, &size, &found) != 0 || size != expected || found != has_unit) {
		fail_msg("'%s' is read as %" PRIu64 " %s unit", text, size,
			 found ? "with a" : "without");
	}
	assert_int_equal(size_parse(text, &size, NULL), 0);
}

static void
sizes_have_binary_prefixes_in_either_case(void **state)
{
	expect_size("0", 0, false);
	expect_size("4096", 4096, false);
	expect_size("4k", 4096, true);
	expect_size("4K", 4096, true);
	expect_size("4KiB", 4096, true);
	expect_size("4kb", 4096, true);
	expect_size("3M", 3ull << 20, true);
	expect_size("2g", 2ull << 30, true);
	expect_size("5TiB", 5ull << 40, true);
	expect_size("512B", 512, true);
	expect_size("18446744073709551615", UINT64_MAX, false);
}

static void
what_is_no_size_changes_nothing(void **state)
{
	static const char *const wrong[] = {"",    "k",   "-1",  "+1",  " 1",    "1 ", "1.5k",
					    "1kk", "1iB", "1Bk", "0x1", "1kiBx", "1p", "1 k"};
	static const char *const large[] = {"18446744073709551616", "99999999999999999999999",
					    "16777216T", "18014398509481984k"};
	uint64_t size = 77;
	bool has_unit = true;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(wrong); i++) {
		if (size_parse(wrong[i], &size, &has_unit) != -EINVAL) {
			fail_msg("'%s' is a size of %" PRIu64, wrong[i], size);
		}
	}
	for (i = 0; i < SPDK_COUNTOF(large); i++) {
		if (size_parse(large[i], &size, &has_unit) != -ERANGE) {
			fail_msg("'%s' is a size of %" PRIu64, large[i], size);
		}
	}
	assert_int_equal(size, 77);
	assert_true(has_unit);
}

static void
texts_have_three_digits_and_a_prefix(void **state)
{
	assert_string_equal(size_text(0).text, "0 B");
	assert_string_equal(size_text(1023).text, "1023 B");
	assert_string_equal(size_text(1024).text, "1 KiB");
	assert_string_equal(size_text(1536).text, "1.50 KiB");
	assert_string_equal(size_text(4096).text, "4 KiB");
	assert_string_equal(size_text(12900).text, "12.6 KiB");
	assert_string_equal(size_text(130000).text, "127 KiB");
	/* It would be 1024 KiB. */
	assert_string_equal(size_text((1 << 20) - 1).text, "1.00 MiB");
	assert_string_equal(size_text(UINT64_MAX).text, "16 EiB");
	assert_string_equal(rate_text(999.4).text, "999 B/s");
	assert_string_equal(rate_text(52123456).text, "52.1 MB/s");
	assert_string_equal(rate_text(2.5e12).text, "2.50 TB/s");
	assert_string_equal(count_text(812.3).text, "812");
	assert_string_equal(count_text(12345).text, "12.3k");
	assert_string_equal(count_text(999999).text, "1.00M");
	assert_string_equal(count_text(1250000).text, "1.25M");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_binary_prefixes_in_either_case),
		cmocka_unit_test(what_is_no_size_changes_nothing),
		cmocka_unit_test(texts_have_three_digits_and_a_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
