/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts, percentiles, and latencies as bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "perf_counts.h"
#include "perf_histogram.h"
#include "spdk/util.h"

#define HZ 1000000000ull /* a tick is a nanosecond */

static void
counts_sum_up(void **state)
{
	struct perf_counts one, other;

	assert_int_equal(perf_counts_init(&one), 0);
	assert_int_equal(perf_counts_init(&other), 0);
	perf_counts_tally(&one, 30, 512);
	perf_counts_tally(&one, 10, 1024);
	perf_counts_tally(&other, 90, 4096);
	one.failed = 2;
	other.failed = 1;
	perf_counts_add(&one, &other);
	assert_int_equal(perf_counter_get(&one.ios), 3);
	assert_int_equal(perf_counter_get(&one.bytes), 5632);
	assert_int_equal(perf_counter_get(&one.ticks), 130);
	assert_int_equal(one.ticks_min, 10);
	assert_int_equal(one.ticks_max, 90);
	assert_int_equal(one.failed, 3);
	perf_counts_reset(&one);
	/* What has counted nothing changes no minimum. */
	perf_counts_add(&other, &one);
	assert_int_equal(other.ticks_min, 90);
	assert_int_equal(other.ticks_max, 90);
	assert_int_equal(perf_counter_get(&other.ios), 1);
	assert_int_equal(other.failed, 1);
	perf_counts_fini(&one);
	perf_counts_fini(&other);
}

static void
percentiles_are_those_of_a_sorted_list(void **state)
{
	struct perf_counts counts;
	uint64_t ticks[PERF_PERCENTILES], i, exact;

	assert_int_equal(perf_counts_init(&counts), 0);
	perf_counts_percentiles(&counts, ticks);
	assert_int_equal(ticks[0], 0);
	assert_int_equal(ticks[PERF_PERCENTILES - 1], 0);
	for (i = 1; i <= 100000; i++) {
		perf_counts_tally(&counts, i * 10, 1);
	}
	perf_counts_percentiles(&counts, ticks);
	for (i = 0; i < PERF_PERCENTILES; i++) {
		exact = (uint64_t)(perf_percentiles[i] * 10000);
		assert_in_range(ticks[i], exact, exact + exact / 128 + 1);
	}
	perf_counts_reset(&counts);
	perf_counts_tally(&counts, 1000, 1);
	perf_counts_percentiles(&counts, ticks);
	/* Not the end of its bucket: nothing took longer. */
	assert_int_equal(ticks[0], 1000);
	assert_int_equal(ticks[PERF_PERCENTILES - 1], 1000);
	perf_counts_fini(&counts);
}

static void
bins_have_no_empty_ends_and_lose_nothing(void **state)
{
	struct perf_counts counts;
	struct perf_bins bins;

	assert_int_equal(perf_counts_init(&counts), 0);
	perf_bins_fill(&bins, counts.histogram, HZ);
	assert_int_equal(bins.count, 0);
	perf_counts_tally(&counts, 5100, 1);
	perf_counts_tally(&counts, 5200, 1);
	perf_counts_tally(&counts, 12000, 1);
	perf_bins_fill(&bins, counts.histogram, HZ);
	assert_int_equal(bins.count, 3);
	assert_int_equal(bins.total, 3);
	assert_true(bins.of[0].from_ns == 5000 && bins.of[0].to_ns == 7000);
	assert_int_equal(bins.of[0].count, 2);
	assert_int_equal(bins.of[1].count, 0);
	assert_true(bins.of[2].from_ns == 10000 && bins.of[2].to_ns == 15000);
	assert_int_equal(bins.of[2].count, 1);
	/* The shortest and the longest there can be. */
	perf_counts_tally(&counts, 0, 1);
	perf_counts_tally(&counts, UINT64_MAX, 1);
	perf_bins_fill(&bins, counts.histogram, HZ);
	assert_int_equal(bins.count, PERF_BINS_MAX);
	assert_int_equal(bins.total, 5);
	assert_true(bins.of[0].from_ns == 0);
	assert_int_equal(bins.of[PERF_BINS_MAX - 1].count, 1);
	perf_counts_fini(&counts);
}

static void
expect_drawn(bool is_utf8, const char *expected)
{
	static const struct perf_bins bins = {
		.count = 4,
		.total = 1000,
		.of = {{500, 700, 1}, {700, 1000, 800}, {1000, 1500, 0}, {1500, 2000, 199}},
	};
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	perf_bins_draw(&bins, file, 51, is_utf8);
	fclose(file);
	assert_string_equal(text, expected);
	free(text);
}

static void
bars_are_as_long_as_their_share_and_never_hide_one(void **state)
{
	expect_drawn(false, "  500 ns to   700 ns  .            0.100%         1\n"
			    "  700 ns to     1 us  ##########  80.000%       800\n"
			    "    1 us to   1.5 us               0.000%         0\n"
			    "  1.5 us to     2 us  ##.         19.900%       199\n");
	expect_drawn(true, "  500 ns to   700 ns  \u258f            0.100%         1\n"
			   "  700 ns to     1 us  \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588"
			   "\u2588\u2588  80.000%       800\n"
			   "    1 us to   1.5 us               0.000%         0\n"
			   "  1.5 us to     2 us  \u2588\u2588\u258d         19.900%       199\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_sum_up),
		cmocka_unit_test(percentiles_are_those_of_a_sorted_list),
		cmocka_unit_test(bins_have_no_empty_ends_and_lose_nothing),
		cmocka_unit_test(bars_are_as_long_as_their_share_and_never_hide_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
