/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of CPUs: membership, arithmetic, and what they look like as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/cpuset.h"
#include "spdk/util.h"

/* Byte and word borders, and both ends. */
static const uint32_t g_cpus[] = {0, 7, 8, 63, 64, 127, 512, 1022, 1023};

static void
a_cpu_is_in_or_out_alone(void **state)
{
	struct spdk_cpuset *set = spdk_cpuset_alloc();
	uint32_t cpu;
	size_t i;

	assert_non_null(set);
	assert_int_equal(spdk_cpuset_count(set), 0);
	for (i = 0; i < SPDK_COUNTOF(g_cpus); i++) {
		spdk_cpuset_set_cpu(set, g_cpus[i], true);
		for (cpu = 0; cpu < SPDK_CPUSET_SIZE; cpu++) {
			assert_int_equal(spdk_cpuset_get_cpu(set, cpu), cpu == g_cpus[i]);
		}
		assert_int_equal(spdk_cpuset_count(set), 1);
		spdk_cpuset_set_cpu(set, g_cpus[i], false);
		assert_int_equal(spdk_cpuset_count(set), 0);
	}
	assert_false(spdk_cpuset_get_cpu(set, SPDK_CPUSET_SIZE));
	assert_false(spdk_cpuset_get_cpu(set, UINT32_MAX));
	spdk_cpuset_free(set);
	spdk_cpuset_free(NULL);
}

static void
arithmetic_is_per_cpu(void **state)
{
	struct spdk_cpuset a, b, result;

	assert_int_equal(spdk_cpuset_parse(&a, "[1,64,1023]"), 0);
	assert_int_equal(spdk_cpuset_parse(&b, "[1,65]"), 0);
	spdk_cpuset_zero(&result);
	spdk_cpuset_copy(&result, &a);
	assert_true(spdk_cpuset_equal(&result, &a));
	assert_false(spdk_cpuset_equal(&a, &b));
	spdk_cpuset_and(&result, &b);
	assert_string_equal(spdk_cpuset_fmt(&result), "2");
	spdk_cpuset_copy(&result, &a);
	spdk_cpuset_or(&result, &b);
	assert_int_equal(spdk_cpuset_count(&result), 4);
	spdk_cpuset_xor(&result, &b);
	assert_int_equal(spdk_cpuset_count(&result), 2);
	assert_true(spdk_cpuset_get_cpu(&result, 64));
	assert_true(spdk_cpuset_get_cpu(&result, 1023));
	spdk_cpuset_negate(&result);
	assert_int_equal(spdk_cpuset_count(&result), SPDK_CPUSET_SIZE - 2);
	assert_false(spdk_cpuset_get_cpu(&result, 64));
	spdk_cpuset_zero(&result);
	assert_int_equal(spdk_cpuset_count(&result), 0);
}

struct visit {
	uint32_t cpus[SPDK_CPUSET_SIZE];
	uint32_t count;
};

static void
note_cpu(void *ctx, uint32_t cpu)
{
	struct visit *visit = (struct visit *)ctx;

	visit->cpus[visit->count++] = cpu;
}

static void
cpus_are_visited_in_order(void **state)
{
	struct spdk_cpuset set = {.cpus = {0}};
	struct visit visit = {.count = 0};
	size_t i;

	for (i = SPDK_COUNTOF(g_cpus); i > 0; i--) {
		spdk_cpuset_set_cpu(&set, g_cpus[i - 1], true);
	}
	spdk_cpuset_for_each_cpu(&set, note_cpu, &visit);
	assert_int_equal(visit.count, SPDK_COUNTOF(g_cpus));
	assert_memory_equal(visit.cpus, g_cpus, sizeof(g_cpus));
}

static void
text_has_no_leading_zeros(void **state)
{
	struct spdk_cpuset set = {.cpus = {0}};
	char full[SPDK_CPUSET_SIZE / 4 + 1];

	assert_string_equal(spdk_cpuset_fmt(&set), "0");
	spdk_cpuset_set_cpu(&set, 4, true);
	assert_string_equal(spdk_cpuset_fmt(&set), "10");
	spdk_cpuset_set_cpu(&set, 11, true);
	spdk_cpuset_set_cpu(&set, 9, true);
	assert_string_equal(spdk_cpuset_fmt(&set), "a10");
	spdk_cpuset_zero(&set);
	spdk_cpuset_negate(&set);
	memset(full, 'f', sizeof(full) - 1);
	full[sizeof(full) - 1] = '\0';
	assert_string_equal(spdk_cpuset_fmt(&set), full);
	assert_int_equal(spdk_cpuset_parse(&set, full), 0);
	assert_int_equal(spdk_cpuset_count(&set), SPDK_CPUSET_SIZE);
}

static void
every_form_is_read(void **state)
{
	static const struct {
		const char *text;
		const char *mask;
	} cases[] = {
		{"0x3", "3"},
		{"3", "3"},
		{"0XaB", "ab"},
		{"0", "0"},
		{"00000000000f", "f"},
		{" 0x3\n", "3"},
		{"ffffffff,00000001", "ffffffff00000001"},
		{"80000000000000000", "80000000000000000"},
		{"[0]", "1"},
		{"[0,2-3]", "d"},
		{" [ 0 , 2 - 3 ] ", "d"},
		{"[3,3,1]", "a"},
		{"[5-5]", "20"},
		{"[007]", "80"},
		{"[0-7,16-19]", "f00ff"},
	};
	struct spdk_cpuset set;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		memset(&set, 0xff, sizeof(set));
		assert_int_equal(spdk_cpuset_parse(&set, cases[i].text), 0);
		assert_string_equal(spdk_cpuset_fmt(&set), cases[i].mask);
	}
	assert_int_equal(spdk_cpuset_parse(&set, "[1023]"), 0);
	assert_true(spdk_cpuset_get_cpu(&set, 1023));
	assert_int_equal(spdk_cpuset_parse(&set, "[0-1023]"), 0);
	assert_int_equal(spdk_cpuset_count(&set), SPDK_CPUSET_SIZE);
}

static void
malformed_text_changes_nothing(void **state)
{
	static const char *const cases[] = {
		"",         " ",
		"0x",       "x3",
		"0x3g",     "g",
		"-1",       "0x-1",
		"3 3",      ",",
		"[",        "]",
		"[]",       "[ ]",
		"[0",       "0]",
		"[0]]",     "[0]1",
		"[0,]",     "[,0]",
		"[0,,1]",   "[3-2]",
		"[-1]",     "[1-]",
		"[1-2-3]",  "[1024]",
		"[0-1024]", "[0x1]",
		"[a]",      "[4294967296]",
		"[1 2]",    "[18446744073709551616]",
		"0x3]",     "3[0]",
	};
	struct spdk_cpuset set, before;
	char long_mask[SPDK_CPUSET_SIZE / 4 + 2];
	size_t i;

	memset(&set, 0xa5, sizeof(set));
	before = set;
	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		if (spdk_cpuset_parse(&set, cases[i]) != -EINVAL) {
			fail_msg("'%s' was accepted", cases[i]);
		}
		assert_memory_equal(&set, &before, sizeof(set));
	}
	/* CPU 1024. */
	memset(long_mask, '0', sizeof(long_mask) - 1);
	long_mask[0] = '1';
	long_mask[sizeof(long_mask) - 1] = '\0';
	assert_int_equal(spdk_cpuset_parse(&set, long_mask), -EINVAL);
	long_mask[0] = '0';
	assert_int_equal(spdk_cpuset_parse(&before, long_mask), 0);
	assert_int_equal(spdk_cpuset_parse(&set, NULL), -EINVAL);
	assert_int_equal(spdk_cpuset_parse(NULL, "1"), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_is_in_or_out_alone),
		cmocka_unit_test(arithmetic_is_per_cpu),
		cmocka_unit_test(cpus_are_visited_in_order),
		cmocka_unit_test(text_has_no_leading_zeros),
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(malformed_text_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
