/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as integers: what is whole and fits is exact, the rest is refused and writes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/json.h"
#include "spdk/util.h"

#define UNTOUCHED 0x5a5a5a5a5a5a5a5a

static struct spdk_json_val
number(const char *text)
{
	return (struct spdk_json_val){(void *)(uintptr_t)text, (uint32_t)strlen(text),
				      SPDK_JSON_VAL_NUMBER};
}

struct whole {
	const char *text;
	uint64_t value;
};

static void
whole_numbers_are_exact(void **state)
{
	static const struct whole rows[] = {
		{"0", 0},
		{"-0", 0},
		{"-0.000e5", 0},
		{"0e999999999999999999999999", 0},
		{"0.000e-999999999999999999999999", 0},
		{"1234", 1234},
		{"1234.00000", 1234},
		{"1.2e1", 12},
		{"12340e-1", 1234},
		{"0.001e3", 1},
		{"0.00000000000000000000000000000000000001E38", 1},
		{"100000000000000000000000000000000000000e-38", 1},
		{"1e19", UINT64_C(10000000000000000000)},
		{"0.1e+20", UINT64_C(10000000000000000000)},
		{"9007199254740993", UINT64_C(9007199254740993)},
		{"18446744073709551615", UINT64_MAX},
		{"18446744073709551615.0", UINT64_MAX},
		{"1844674407370955161.5e1", UINT64_MAX},
		{"184467440737095516150e-1", UINT64_MAX},
		{"000018446744073709551615", UINT64_MAX},
	};

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		struct spdk_json_val val = number(rows[i].text);
		uint64_t value = UNTOUCHED;
		int rc = spdk_json_number_to_uint64(&val, &value);

		if (rc != 0 || value != rows[i].value) {
			fail_msg("%s: %d, %" PRIu64, rows[i].text, rc, value);
		}
	}
}

static void
refused(const char *text, int error)
{
	struct spdk_json_val val = number(text);
	uint64_t value = UNTOUCHED;
	int rc = spdk_json_number_to_uint64(&val, &value);

	if (rc != error || value != UNTOUCHED) {
		fail_msg("'%s': %d, not %d; %#" PRIx64, text, rc, error, value);
	}
}

static void
what_is_not_whole_or_too_large_is_out_of_range(void **state)
{
	static const char *const rows[] = {
		"1.2",
		"-1",
		"1.2E0",
		"1.234e1",
		"12341e-1",
		"1e-1",
		"10e-2",
		"0.1",
		"1e-999999999999999999999999",
		"123456781e-1",
		"18446744073709551616",
		"18446744073709551615.1",
		"184467440737095516150",
		"1.8446744073709551616e19",
		"2e19",
		"1e20",
		"1e999999999999999999999999",
		"1e18446744073709551616",
		"99999999999999999999999999999999999999",
		"-18446744073709551615",
		"-1e-1",
	};

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		refused(rows[i], -ERANGE);
	}
}

static void
what_is_no_number_is_invalid(void **state)
{
	static const char *const rows[] = {
		"",   "-",  "+1", ".5",  "1.",   "1.e1", "e1",   "1e",   "1e+", "1ee1",
		"1x", "x1", "1 ", "--1", "0x10", "1.2.", "1e1.", "1e1e", "1.x", "NaN",
	};
	struct spdk_json_val val = number("1");
	uint64_t value = UNTOUCHED;

	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		refused(rows[i], -EINVAL);
	}
	assert_int_equal(spdk_json_number_to_uint64(NULL, &value), -EINVAL);
	val.type = SPDK_JSON_VAL_STRING;
	assert_int_equal(spdk_json_number_to_uint64(&val, &value), -EINVAL);
	assert_int_equal(value, UNTOUCHED);
}

/* One conversion: the largest number it takes, and those next to its borders. */
#define CHECK_BORDERS(name, low, high, below, above)                                     \
	do {                                                                             \
		struct spdk_json_val vals[] = {number(low), number(high), number(below), \
					       number(above)};                           \
		name##_t value = 77;                                                     \
		assert_int_equal(spdk_json_number_to_##name(&vals[2], &value), -ERANGE); \
		assert_int_equal(spdk_json_number_to_##name(&vals[3], &value), -ERANGE); \
		assert_int_equal(spdk_json_decode_##name(&vals[3], &value), -ERANGE);    \
		assert_true(value == 77);                                                \
		assert_int_equal(spdk_json_number_to_##name(&vals[0], &value), 0);       \
		assert_true(value == (name##_t)strtoll(low, NULL, 10));                  \
		assert_int_equal(spdk_json_decode_##name(&vals[1], &value), 0);          \
		assert_true(value == (name##_t)strtoull(high, NULL, 10));                \
		vals[0].type = SPDK_JSON_VAL_TRUE;                                       \
		assert_int_equal(spdk_json_number_to_##name(&vals[0], &value), -EINVAL); \
	} while (0)

static void
each_type_has_its_borders(void **state)
{
	CHECK_BORDERS(uint8, "0", "255", "-1", "256");
	CHECK_BORDERS(uint16, "0", "65535", "-1", "65536");
	CHECK_BORDERS(int32, "-2147483648", "2147483647", "-2147483649", "2147483648");
	CHECK_BORDERS(uint32, "0", "4294967295", "-1", "4294967296");
	CHECK_BORDERS(uint64, "0", "18446744073709551615", "-1", "18446744073709551616");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_are_exact),
		cmocka_unit_test(what_is_not_whole_or_too_large_is_out_of_range),
		cmocka_unit_test(what_is_no_number_is_invalid),
		cmocka_unit_test(each_type_has_its_borders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
