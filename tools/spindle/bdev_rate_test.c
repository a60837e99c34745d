/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates: of what was counted between two moments, whatever happens to the counters meanwhile. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bdev_rate.h"

static void
expect_near(double found, double expected)
{
	if (!(fabs(found - expected) <= 1e-9 * fabs(expected) + 1e-12)) {
		fail_msg("%.12g, not %.12g", found, expected);
	}
}

static const struct bdev_counts before = {
	.of = {[BDEV_READS] = 100,
	       [BDEV_WRITES] = 50,
	       [BDEV_UNMAPS] = 5,
	       [BDEV_BYTES_READ] = 409600,
	       [BDEV_BYTES_WRITTEN] = 1000,
	       [BDEV_READ_TICKS] = 1000000,
	       [BDEV_WRITE_TICKS] = 7,
	       [BDEV_ERRORS] = 1,
	       [BDEV_IO_TIME_US] = 500000},
};

static const struct bdev_counts now = {
	.of = {[BDEV_READS] = 300,
	       [BDEV_WRITES] = 50,
	       [BDEV_UNMAPS] = 15,
	       [BDEV_COPIES] = 2,
	       [BDEV_BYTES_READ] = 819200,
	       [BDEV_BYTES_WRITTEN] = 1000,
	       [BDEV_READ_TICKS] = 3000000,
	       [BDEV_WRITE_TICKS] = 7,
	       [BDEV_ERRORS] = 4,
	       [BDEV_IO_TIME_US] = 1000000},
	.has_queue = true,
	.queue_depth = 3,
};

static void
rates_are_differences_over_time(void **state)
{
	struct bdev_rates rates = bdev_rates_between(&before, &now, 2, 1000000000);

	expect_near(rates.reads_per_s, 100);
	expect_near(rates.writes_per_s, 0);
	expect_near(rates.others_per_s, 6);
	expect_near(rates.read_bytes_per_s, 204800);
	expect_near(rates.write_bytes_per_s, 0);
	/* 2,000,000 ticks of 1 ns for 200 reads. */
	expect_near(rates.read_latency_us, 10);
	expect_near(rates.write_latency_us, 0);
	expect_near(rates.queue_depth, 3);
	expect_near(rates.utilization, 0.25);
	assert_int_equal(rates.errors, 3);
}

static void
what_appears_has_counted_since(void **state)
{
	struct bdev_rates rates = bdev_rates_between(NULL, &now, 2, 1000000000);

	expect_near(rates.reads_per_s, 150);
	expect_near(rates.read_latency_us, 10);
	assert_int_equal(rates.errors, 4);
}

/* One counter that went back tells that all of them began anew. */
static void
counters_that_were_reset_count_anew(void **state)
{
	struct bdev_counts after = now;
	struct bdev_rates rates;

	after.of[BDEV_WRITES] = 49;
	rates = bdev_rates_between(&before, &after, 1, 1000000000);
	expect_near(rates.reads_per_s, 300);
	expect_near(rates.writes_per_s, 49);
	assert_int_equal(rates.errors, 4);
}

/* Sampling that begins anew says nothing of the counters. */
static void
sampling_that_begins_anew_is_no_reset(void **state)
{
	struct bdev_counts after = now;
	struct bdev_rates rates;

	after.of[BDEV_IO_TIME_US] = 100000;
	rates = bdev_rates_between(&before, &after, 1, 1000000000);
	expect_near(rates.reads_per_s, 200);
	expect_near(rates.utilization, 0.1);
	after.has_queue = false;
	rates = bdev_rates_between(&before, &after, 1, 1000000000);
	assert_true(rates.queue_depth < 0 && rates.utilization < 0);
}

static int
read_sample(const char *json, struct bdev_sample *sample)
{
	struct document document = {.text = NULL};
	int rc;

	assert_int_equal(document_parse(&document, "test", json, strlen(json)), 0);
	rc = bdev_sample_read(document.values, sample);
	document_fini(&document);
	return rc;
}

static void
a_sample_is_what_the_server_tells(void **state)
{
	struct bdev_sample sample;
	const struct bdev_counts *counts;

	assert_int_equal(
		read_sample("{\"tick_rate\":1000,\"ticks\":5000,\"bdevs\":[{\"name\":\"A\","
			    "\"num_read_ops\":7,\"bytes_read\":18446744073709551615,"
			    "\"io_error\":{\"failed\":2,\"aborted\":3,\"x\":\"y\"},"
			    "\"queue_depth\":9,\"new_member\":{}},5,{},{\"name\":\"B\"}]}",
			    &sample),
		0);
	assert_int_equal(sample.count, 2);
	assert_null(bdev_sample_find(&sample, "C"));
	assert_non_null(bdev_sample_find(&sample, "B"));
	counts = bdev_sample_find(&sample, "A");
	assert_non_null(counts);
	assert_int_equal(counts->of[BDEV_READS], 7);
	assert_int_equal(counts->of[BDEV_BYTES_READ], UINT64_MAX);
	assert_int_equal(counts->of[BDEV_ERRORS], 5);
	assert_true(counts->has_queue && counts->queue_depth == 9);
	bdev_sample_fini(&sample);
}

static void
what_is_no_sample_is_refused(void **state)
{
	static const char *const wrong[] = {"[]",
					    "{}",
					    "{\"tick_rate\":1,\"ticks\":1}",
					    "{\"tick_rate\":0,\"ticks\":1,\"bdevs\":[]}",
					    "{\"tick_rate\":1,\"ticks\":-1,\"bdevs\":[]}",
					    "{\"tick_rate\":1,\"ticks\":1,\"bdevs\":{}}"};
	struct bdev_sample sample;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (read_sample(wrong[i], &sample) != -EINVAL) {
			fail_msg("%s is a sample", wrong[i]);
		}
	}
}

static void
time_that_goes_back_is_no_interval(void **state)
{
	struct bdev_sample first = {.ticks = 5000, .tick_rate = 1000}, second = first;

	assert_true(bdev_sample_seconds(&first, &second) == 0);
	second.ticks = 7500;
	expect_near(bdev_sample_seconds(&first, &second), 2.5);
	assert_true(bdev_sample_seconds(&second, &first) == 0);
	second.tick_rate = 1001;
	assert_true(bdev_sample_seconds(&first, &second) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_differences_over_time),
		cmocka_unit_test(what_appears_has_counted_since),
		cmocka_unit_test(counters_that_were_reset_count_anew),
		cmocka_unit_test(sampling_that_begins_anew_is_no_reset),
		cmocka_unit_test(a_sample_is_what_the_server_tells),
		cmocka_unit_test(what_is_no_sample_is_refused),
		cmocka_unit_test(time_that_goes_back_is_no_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
