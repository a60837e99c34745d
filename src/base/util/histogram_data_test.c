/* SPDX-License-Identifier: BSD-3-Clause */
/* Histograms: each number in the bucket that says so, percentiles, borders and merging. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/histogram_data.h"
#include "spdk/util.h"

struct finding {
	uint64_t number;
	uint64_t start;
	uint64_t end;
	uint64_t found;
	uint64_t buckets;
	uint64_t last_end;
};

static void
find_counted(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total,
	     uint64_t so_far)
{
	struct finding *finding = ctx;

	/* Buckets follow each other without gaps. */
	assert_true(start == finding->last_end && end > start);
	assert_int_equal(total, 1);
	finding->last_end = end;
	finding->buckets++;
	finding->found += count;
	assert_int_equal(so_far, finding->found);
	if (count != 0) {
		finding->start = start;
		finding->end = end;
	}
}

static void
check_bucket(uint32_t granularity, uint64_t number)
{
	struct spdk_histogram_data *h = spdk_histogram_data_alloc_sized(granularity);
	struct finding finding = {0};

	assert_non_null(h);
	spdk_histogram_data_tally(h, number);
	spdk_histogram_data_iterate(h, find_counted, &finding);
	assert_int_equal(finding.found, 1);
	assert_int_equal(finding.buckets, SPDK_HISTOGRAM_NUM_BUCKETS(h));
	assert_true(finding.last_end == UINT64_MAX);
	assert_true(finding.start <= number);
	/* The very last number there is lies in the last bucket, though that cannot say so. */
	assert_true(number < finding.end || number == UINT64_MAX);
	/* No wider than the promised share of its numbers. */
	assert_true(finding.end - finding.start <= spdk_max(1, finding.start >> granularity));
	spdk_histogram_data_free(h);
}

static void
each_number_is_in_the_bucket_that_says_so(void **state)
{
	uint64_t power;
	int bit;

	check_bucket(7, 0);
	for (bit = 0; bit < 64; bit++) {
		power = UINT64_C(1) << bit;
		check_bucket(7, power - 1);
		check_bucket(7, power);
		check_bucket(7, power + power / 3);
		check_bucket(0, power + power / 3);
		check_bucket(1, power - 1);
		check_bucket(12, power);
	}
	check_bucket(7, UINT64_MAX);
	check_bucket(0, UINT64_MAX);
}

static void
ranges_of_the_documentation(void **state)
{
	static const struct {
		uint64_t number;
		uint32_t range;
		uint32_t index;
		uint64_t end;
	} cases[] = {
		{0, 0, 0, 1},
		{127, 0, 127, 128},
		{128, 1, 0, 129},
		{255, 1, 127, 256},
		{256, 2, 0, 258},
		{511, 2, 127, 512},
		{512, 3, 0, 516},
		{2047, 4, 127, 2048},
		{1 << 20, 14, 0, (1 << 20) + 8192},
		{UINT64_C(1) << 63, 57, 0, (UINT64_C(1) << 63) + (UINT64_C(1) << 56)},
		{UINT64_MAX, 57, 127, UINT64_MAX},
	};
	struct spdk_histogram_data *h = spdk_histogram_data_alloc();
	uint32_t range, index;
	size_t i;

	assert_non_null(h);
	assert_int_equal(h->granularity, SPDK_HISTOGRAM_GRANULARITY_DEFAULT);
	assert_int_equal(h->min_range, 0);
	assert_int_equal(h->max_range, 57);
	assert_int_equal(SPDK_HISTOGRAM_NUM_BUCKETS(h), 58 * 128);
	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		range = __spdk_histogram_data_get_bucket_range(h, cases[i].number);
		index = __spdk_histogram_data_get_bucket_index(h, cases[i].number, range);
		assert_int_equal(range, cases[i].range);
		assert_int_equal(index, cases[i].index);
		assert_true(__spdk_histogram_data_get_bucket_start(h, range, index) ==
			    cases[i].end);
		spdk_histogram_data_tally(h, cases[i].number);
		assert_int_equal(__spdk_histogram_get_count(h, range, index), 1);
		assert_int_equal(*__spdk_histogram_get_bucket(h, range, index), 1);
		__spdk_histogram_increment(h, range, index);
		assert_int_equal(h->bucket[range * 128 + index], 2);
		spdk_histogram_data_reset(h);
		assert_int_equal(__spdk_histogram_get_count(h, range, index), 0);
	}
	spdk_histogram_data_free(h);
}

static void
numbers_beyond_the_limits_count_at_the_ends(void **state)
{
	struct spdk_histogram_data *h = spdk_histogram_data_alloc_sized_ext(7, 1000, 100000);

	assert_non_null(h);
	assert_int_equal(h->min_range, 3);
	assert_int_equal(h->max_range, 10);
	assert_int_equal(SPDK_HISTOGRAM_NUM_BUCKETS(h), 8 * 128);
	spdk_histogram_data_tally(h, 0);
	spdk_histogram_data_tally(h, 511);
	assert_int_equal(h->bucket[0], 2);
	spdk_histogram_data_tally(h, 512);
	assert_int_equal(h->bucket[0], 3);
	spdk_histogram_data_tally(h, 516);
	assert_int_equal(h->bucket[1], 1);
	spdk_histogram_data_tally(h, UINT64_MAX);
	spdk_histogram_data_tally(h, 131072);
	assert_int_equal(h->bucket[8 * 128 - 1], 2);
	spdk_histogram_data_tally(h, 131071);
	assert_int_equal(h->bucket[8 * 128 - 1], 3);
	spdk_histogram_data_free(h);
}

static void
limits_that_make_no_histogram(void **state)
{
	struct spdk_histogram_data *h;

	assert_null(spdk_histogram_data_alloc_sized_ext(7, 10, 10));
	assert_null(spdk_histogram_data_alloc_sized_ext(7, 11, 10));
	assert_null(spdk_histogram_data_alloc_sized_ext(7, 0, 0));
	assert_null(spdk_histogram_data_alloc_sized(32));
	/* One number, the end of a range, is in that range. */
	h = spdk_histogram_data_alloc_sized_ext(7, 255, 256);
	assert_non_null(h);
	assert_int_equal(h->min_range, 1);
	assert_int_equal(h->max_range, 1);
	spdk_histogram_data_free(h);
	spdk_histogram_data_free(NULL);
}

struct percentile {
	double share;
	uint64_t number;
};

static void
find_percentile(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total,
		uint64_t so_far)
{
	struct percentile *percentile = ctx;

	if (percentile->number == 0 && (double)so_far >= percentile->share * (double)total) {
		percentile->number = end;
	}
}

static void
percentiles_are_off_by_a_bucket_at_most(void **state)
{
	static const double shares[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
	struct spdk_histogram_data *h = spdk_histogram_data_alloc();
	struct percentile percentile;
	uint64_t number, exact;
	size_t i;

	/* Each number once, in an order that jumps. */
	for (number = 0; number < 100000; number++) {
		spdk_histogram_data_tally(h, 1 + number * 7919 % 100000);
	}
	for (i = 0; i < SPDK_COUNTOF(shares); i++) {
		percentile.share = shares[i];
		percentile.number = 0;
		spdk_histogram_data_iterate(h, find_percentile, &percentile);
		exact = (uint64_t)(shares[i] * 100000);
		assert_in_range(percentile.number, exact + 1, exact + 1 + exact / 64);
	}
	spdk_histogram_data_free(h);
}

static void
merging_adds_what_is_alike(void **state)
{
	struct spdk_histogram_data *left = spdk_histogram_data_alloc();
	struct spdk_histogram_data *right = spdk_histogram_data_alloc();
	struct spdk_histogram_data *finer = spdk_histogram_data_alloc_sized(8);
	struct spdk_histogram_data *lower = spdk_histogram_data_alloc_sized_ext(7, 0, 1000);
	struct spdk_histogram_data *higher =
		spdk_histogram_data_alloc_sized_ext(7, 1000, UINT64_MAX);

	spdk_histogram_data_tally(left, 5);
	spdk_histogram_data_tally(right, 5);
	spdk_histogram_data_tally(right, UINT64_MAX);
	assert_int_equal(spdk_histogram_data_merge(left, right), 0);
	assert_int_equal(left->bucket[5], 2);
	assert_int_equal(left->bucket[58 * 128 - 1], 1);
	assert_int_equal(right->bucket[5], 1);
	assert_int_equal(spdk_histogram_data_merge(left, finer), -EINVAL);
	assert_int_equal(spdk_histogram_data_merge(left, lower), -EINVAL);
	assert_int_equal(spdk_histogram_data_merge(left, higher), -EINVAL);
	assert_int_equal(left->bucket[5], 2);
	spdk_histogram_data_free(left);
	spdk_histogram_data_free(right);
	spdk_histogram_data_free(finer);
	spdk_histogram_data_free(lower);
	spdk_histogram_data_free(higher);
}

static void
borders_count_what_is_not_above_them(void **state)
{
	uint64_t borders[] = {9, 50, 50, 120, UINT64_MAX};
	struct spdk_histogram_data *h = spdk_histogram_data_alloc();
	struct spdk_histogram_borders *counts;
	uint64_t i;
	uint64_t again;

	counts = spdk_histogram_get_borders_count_alloc_ctx(borders, SPDK_COUNTOF(borders));
	assert_non_null(counts);
	assert_int_equal(counts->num_borders_count, SPDK_COUNTOF(borders) + 1);
	for (i = 0; i < 100; i++) {
		spdk_histogram_data_tally(h, i);
	}
	spdk_histogram_data_tally(h, UINT64_MAX);
	for (again = 0; again < 2; again++, spdk_histogram_data_tally(h, 0)) {
		spdk_histogram_get_borders_count(h, counts);
		assert_int_equal(counts->border_count[0], 10 + again);
		assert_int_equal(counts->border_count[1], 51 + again);
		assert_int_equal(counts->border_count[2], 51 + again);
		assert_int_equal(counts->border_count[3], 100 + again);
		assert_int_equal(counts->border_count[4], 101 + again);
		assert_int_equal(counts->border_count[5], 101 + again);
	}
	spdk_histogram_get_borders_count_free_ctx(counts);
	assert_null(spdk_histogram_get_borders_count_alloc_ctx(borders, 0));
	spdk_histogram_get_borders_count_free_ctx(NULL);
	spdk_histogram_data_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_is_in_the_bucket_that_says_so),
		cmocka_unit_test(ranges_of_the_documentation),
		cmocka_unit_test(numbers_beyond_the_limits_count_at_the_ends),
		cmocka_unit_test(limits_that_make_no_histogram),
		cmocka_unit_test(percentiles_are_off_by_a_bucket_at_most),
		cmocka_unit_test(merging_adds_what_is_alike),
		cmocka_unit_test(borders_count_what_is_not_above_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
