/* SPDX-License-Identifier: BSD-3-Clause */
/* Zipf's distribution: the shares that were promised, for any exponent and range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/util.h"
#include "spdk/zipf.h"

#define DRAWS     200000
#define RANGE_MAX 1000

/* Pearson's chi-squared over the numbers that are expected at least ten times each; the rest counts
 * as one. Its mean is the number of classes less one, its variance twice that. */
static double
deviations(uint64_t range, double theta, uint32_t seed)
{
	struct spdk_zipf *zipf = spdk_zipf_create(range, theta, seed);
	static uint32_t counts[RANGE_MAX];
	double sum = 0, chi_squared = 0, expected, rest = DRAWS, rest_count = DRAWS;
	uint64_t number, classes = 0, i;

	assert_non_null(zipf);
	memset(counts, 0, sizeof(counts));
	for (i = 0; i < DRAWS; i++) {
		number = spdk_zipf_generate(zipf);
		assert_true(number < range);
		counts[number]++;
	}
	spdk_zipf_free(&zipf);
	assert_null(zipf);
	for (i = 0; i < range; i++) {
		sum += pow((double)i + 1, -theta);
	}
	for (i = 0; i < range; i++) {
		expected = DRAWS * pow((double)i + 1, -theta) / sum;
		if (expected < 10) {
			break;
		}
		chi_squared += pow(counts[i] - expected, 2) / expected;
		rest -= expected;
		rest_count -= counts[i];
		classes++;
	}
	if (rest >= 10) {
		chi_squared += pow(rest_count - rest, 2) / rest;
		classes++;
	}
	assert_true(classes > 1);
	return (chi_squared - (double)(classes - 1)) / sqrt(2 * (double)(classes - 1));
}

static void
shares_are_those_of_the_law(void **state)
{
	static const double thetas[] = {0, 0.2, 0.5, 0.9, 0.99, 1, 1.01, 1.2, 2, 3.5};
	static const uint64_t ranges[] = {2, 3, 10, 1000};
	double result;
	size_t i, j;

	for (i = 0; i < SPDK_COUNTOF(thetas); i++) {
		for (j = 0; j < SPDK_COUNTOF(ranges); j++) {
			result = deviations(ranges[j], thetas[i], 42);
			/* The seed is fixed, so this does not fail by accident; 5 standard
			 * deviations would be rare for any seed. */
			if (fabs(result) > 5) {
				fail_msg("range %" PRIu64 ", theta %g: off by %g", ranges[j],
					 thetas[i], result);
			}
		}
	}
}

/* The share of the smallest numbers of a huge range, where no sum over all of them could be made:
 * the sum of k^-theta from 1 to n by the formula of Euler and Maclaurin. */
static double
sum_of_weights(double n, double theta)
{
	double sum = 0, k;

	for (k = 1; k < 1000 && k <= n; k++) {
		sum += pow(k, -theta);
	}
	if (n >= 1000) {
		sum += (pow(n, 1 - theta) - pow(1000, 1 - theta)) / (1 - theta) +
		       (pow(n, -theta) + pow(1000, -theta)) / 2;
	}
	return sum;
}

static void
huge_ranges(void **state)
{
	static const uint64_t ranges[] = {UINT64_C(1) << 32, UINT64_C(1) << 53, UINT64_MAX};
	uint64_t number, low, highest, i;
	struct spdk_zipf *zipf;
	double expected;
	size_t r;

	for (r = 0; r < SPDK_COUNTOF(ranges); r++) {
		zipf = spdk_zipf_create(ranges[r], 0.9, 7);
		low = highest = 0;
		for (i = 0; i < DRAWS; i++) {
			number = spdk_zipf_generate(zipf);
			assert_true(number < ranges[r]);
			low += number < 100000;
			highest = spdk_max(highest, number);
		}
		spdk_zipf_free(&zipf);
		expected = DRAWS * sum_of_weights(100000, 0.9) /
			   sum_of_weights((double)ranges[r], 0.9);
		if (fabs((double)low - expected) > 5 * sqrt(expected)) {
			fail_msg("range %" PRIu64 ": %" PRIu64 " low numbers, not %g", ranges[r],
				 low, expected);
		}
		assert_true(highest > ranges[r] / 10 * 9);
	}
}

static void
extreme_exponents_stay_in_range(void **state)
{
	static const double thetas[] = {1e-12, 1 - 1e-12, 1 + 1e-12, 20, 1000, 1e300};
	struct spdk_zipf *zipf;
	uint64_t number, i;
	size_t t;

	for (t = 0; t < SPDK_COUNTOF(thetas); t++) {
		zipf = spdk_zipf_create(1000, thetas[t], 1);
		assert_non_null(zipf);
		for (i = 0; i < 10000; i++) {
			number = spdk_zipf_generate(zipf);
			assert_true(number < 1000);
			/* Number 1 has one share in 2^20. */
			assert_true(thetas[t] < 20 || number <= 1);
		}
		spdk_zipf_free(&zipf);
	}
	zipf = spdk_zipf_create(1, 0.5, 1);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(spdk_zipf_generate(zipf), 0);
	}
	spdk_zipf_free(&zipf);
}

static void
seeds_decide(void **state)
{
	struct spdk_zipf *zipf = spdk_zipf_create(UINT64_C(1) << 40, 0.5, 9);
	struct spdk_zipf *same = spdk_zipf_create(UINT64_C(1) << 40, 0.5, 9);
	struct spdk_zipf *other = spdk_zipf_create(UINT64_C(1) << 40, 0.5, 8);
	struct spdk_zipf *wrapping = spdk_zipf_create(UINT64_C(1) << 40, 0.5, UINT32_MAX);
	uint64_t number, alike = 0, i;

	for (i = 0; i < 1000; i++) {
		number = spdk_zipf_generate(zipf);
		assert_true(spdk_zipf_generate(same) == number);
		alike += spdk_zipf_generate(other) == number;
		alike += spdk_zipf_generate(wrapping) == number;
	}
	assert_true(alike < 10);
	/* A state of 0 would give one number for ever. */
	spdk_zipf_free(&other);
	other = spdk_zipf_create(UINT64_C(1) << 40, 0.5, 0);
	number = spdk_zipf_generate(other);
	assert_true(spdk_zipf_generate(other) != number);
	spdk_zipf_free(&zipf);
	spdk_zipf_free(&same);
	spdk_zipf_free(&other);
	spdk_zipf_free(&wrapping);
}

static void
what_is_no_distribution_is_refused(void **state)
{
	struct spdk_zipf *none = NULL;

	assert_null(spdk_zipf_create(0, 1, 1));
	assert_null(spdk_zipf_create(10, -0.1, 1));
	assert_null(spdk_zipf_create(10, (double)NAN, 1));
	assert_null(spdk_zipf_create(10, (double)INFINITY, 1));
	spdk_zipf_free(&none);
	spdk_zipf_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_those_of_the_law),
		cmocka_unit_test(huge_ranges),
		cmocka_unit_test(extreme_exponents_stay_in_range),
		cmocka_unit_test(seeds_decide),
		cmocka_unit_test(what_is_no_distribution_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
