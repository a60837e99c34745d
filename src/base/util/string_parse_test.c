/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers, sizes and addresses: what is taken, what is refused, and where exactly the limits are.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/string.h"
#include "spdk/util.h"

static void
numbers_reach_exactly_to_the_limit(void **state)
{
	assert_int_equal(spdk_strtol("0", 10), 0);
	assert_int_equal(spdk_strtol("-0", 10), 0);
	assert_int_equal(spdk_strtol("+12", 10), 12);
	assert_int_equal(spdk_strtol("0x1f", 16), 31);
	assert_int_equal(spdk_strtol("1F", 16), 31);
	assert_int_equal(spdk_strtol("0x10", 0), 16);
	assert_int_equal(spdk_strtol("010", 0), 8);
	assert_int_equal(spdk_strtol("101", 2), 5);
	assert_int_equal(spdk_strtol("v", 32), 31);
	assert_true(spdk_strtol("9223372036854775807", 10) == INT64_MAX);
	assert_int_equal(spdk_strtol("9223372036854775808", 10), -ERANGE);
	assert_true(spdk_strtoll("9223372036854775807", 10) == INT64_MAX);
	assert_int_equal(spdk_strtoll("9223372036854775808", 10), -ERANGE);
	assert_int_equal(spdk_strtoll("-1", 10), -ERANGE);
	assert_int_equal(spdk_strtoll("-9223372036854775809", 10), -ERANGE);
}

static void
what_is_no_number_is_refused(void **state)
{
	static const char *const cases[] = {"", " ", "a", "1a", "1 ", "1.5", "0x", "--1", "1,"};
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		assert_int_equal(spdk_strtol(cases[i], 10), -EINVAL);
		assert_int_equal(spdk_strtoll(cases[i], 10), -EINVAL);
	}
	assert_int_equal(spdk_strtol(NULL, 10), -EINVAL);
	assert_int_equal(spdk_strtol("1", 1), -EINVAL);
	assert_int_equal(spdk_strtol("1", 33), -EINVAL);
	assert_int_equal(spdk_strtol("1", -10), -EINVAL);
	assert_int_equal(spdk_strtoll("2", 2), -EINVAL);
}

static void
errno_of_a_conversion_stays_inside(void **state)
{
	errno = ENOTTY;
	assert_int_equal(spdk_strtol("99999999999999999999", 10), -ERANGE);
	assert_int_equal(errno, ENOTTY);
}

static void
sizes_with_every_prefix(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
		bool has_prefix;
	} cases[] = {
		{"0", 0, false},
		{"4096", 4096, false},
		{"007", 7, false},
		{"18446744073709551615", UINT64_MAX, false},
		{"128K", 128 * 1024, true},
		{"128k", 128 * 1024, true},
		{"1KB", 1024, true},
		{"1kib", 1024, true},
		{"3m", 3 * 1024 * 1024, true},
		{"3MB", 3 * 1024 * 1024, true},
		{"2G", UINT64_C(2) << 30, true},
		{"2gb", UINT64_C(2) << 30, true},
		{"0K", 0, true},
		{"17179869183G", UINT64_C(17179869183) << 30, true},
	};
	bool has_prefix;
	uint64_t size;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		has_prefix = !cases[i].has_prefix;
		assert_int_equal(spdk_parse_capacity(cases[i].text, &size, &has_prefix), 0);
		assert_true(size == cases[i].size);
		assert_int_equal(has_prefix, cases[i].has_prefix);
		assert_int_equal(spdk_parse_capacity(cases[i].text, &size, NULL), 0);
	}
}

static void
bad_sizes_leave_the_outputs_alone(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{"", -EINVAL},
		{"K", -EINVAL},
		{"-1", -EINVAL},
		{"+1", -EINVAL},
		{" 1", -EINVAL},
		{"1 K", -EINVAL},
		{"1B", -EINVAL},
		{"1T", -EINVAL},
		{"1KK", -EINVAL},
		{"1KBx", -EINVAL},
		{"1.5G", -EINVAL},
		{"0x10", -EINVAL},
		{"18446744073709551616x", -EINVAL},
		{"18446744073709551616", -ERANGE},
		{"18446744073709551620", -ERANGE},
		{"184467440737095516150", -ERANGE},
		{"17179869184G", -ERANGE},
	};
	bool has_prefix = true;
	uint64_t size = 77;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		if (spdk_parse_capacity(cases[i].text, &size, &has_prefix) != cases[i].rc) {
			fail_msg("'%s' did not give %d", cases[i].text, cases[i].rc);
		}
		assert_int_equal(size, 77);
		assert_true(has_prefix);
	}
	assert_int_equal(spdk_parse_capacity(NULL, &size, NULL), -EINVAL);
	assert_int_equal(spdk_parse_capacity("1", NULL, NULL), -EINVAL);
}

static void
check_address(const char *text, const char *expected_host, const char *expected_port)
{
	char copy[64], *host = NULL, *port = copy;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(spdk_parse_ip_addr(copy, &host, &port), 0);
	assert_string_equal(host, expected_host);
	if (expected_port == NULL) {
		assert_null(port);
	} else {
		assert_string_equal(port, expected_port);
	}
}

static void
addresses_with_and_without_a_port(void **state)
{
	check_address("1.2.3.4:3260", "1.2.3.4", "3260");
	check_address("1.2.3.4", "1.2.3.4", NULL);
	check_address("1.2.3.4:", "1.2.3.4", NULL);
	check_address("host.example:80", "host.example", "80");
	check_address("[::1]:3260", "::1", "3260");
	check_address("[fe80::1]", "fe80::1", NULL);
	check_address("[::]:", "::", NULL);
}

static void
bad_addresses_stay_as_they_are(void **state)
{
	static const char *const cases[] = {"",     ":80",     "[",   "[]",    "[]:80",
					    "[::1", "[::1]80", "::1", "a:b:c", "[::1]x:80"};
	char copy[64], *host, *port;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		host = port = copy;
		(void)snprintf(copy, sizeof(copy), "%s", cases[i]);
		assert_int_equal(spdk_parse_ip_addr(copy, &host, &port), -EINVAL);
		assert_string_equal(copy, cases[i]);
		assert_ptr_equal(host, copy);
		assert_ptr_equal(port, copy);
	}
	assert_int_equal(spdk_parse_ip_addr(NULL, &host, &port), -EINVAL);
	assert_int_equal(spdk_parse_ip_addr(copy, NULL, &port), -EINVAL);
	assert_int_equal(spdk_parse_ip_addr(copy, &host, NULL), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_reach_exactly_to_the_limit),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(errno_of_a_conversion_stays_inside),
		cmocka_unit_test(sizes_with_every_prefix),
		cmocka_unit_test(bad_sizes_leave_the_outputs_alone),
		cmocka_unit_test(addresses_with_and_without_a_port),
		cmocka_unit_test(bad_addresses_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
