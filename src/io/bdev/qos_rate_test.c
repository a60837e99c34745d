/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rates over a clock that the test turns: what threads take together in a second is the rate,
 * whatever the sizes, and each that waits gets as much as any other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "qos_rate.h"

#define HZ      UINT64_C(2400000000)
#define US      (HZ / 1000000)
#define SHARES  4
#define SECONDS 3

/* Threads that take as much as they get, each looking once in a slice and not all at the same time.
 */
struct world {
	struct rate_bucket bucket;
	struct rate_share shares[SHARES];
	int count;
	uint64_t size;
	uint64_t taken[SHARES];
	uint64_t now;
};

static struct world g_world;

static void
make_world(int count, uint64_t tokens_per_sec, uint64_t size)
{
	int i;

	memset(&g_world, 0, sizeof(g_world));
	g_world.count = count;
	g_world.size = size;
	g_world.now = 1000 * US;
	rate_bucket_init(&g_world.bucket, g_world.now);
	for (i = 0; i < count; i++) {
		rate_share_set(&g_world.shares[i], tokens_per_sec, HZ, g_world.now);
	}
}

static void
take_all(int i, uint64_t now)
{
	struct rate_share *share = &g_world.shares[i];

	while (rate_take(&g_world.bucket, share, g_world.size, now)) {
		rate_spend(share, g_world.size);
		g_world.taken[i] += g_world.size;
	}
	rate_set_waiting(&g_world.bucket, share, true);
}

static void
run(uint64_t us)
{
	uint64_t slices = (us + 999) / 1000;
	int i;

	for (; slices > 0; slices--, g_world.now += 1000 * US) {
		for (i = 0; i < g_world.count; i++) {
			take_all(i, g_world.now + (uint64_t)i * 7 * US);
		}
	}
}

static uint64_t
taken_by_all(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < g_world.count; i++) {
		sum += g_world.taken[i];
	}
	return sum;
}

static void
assert_within_percent(uint64_t value, uint64_t expected, uint64_t percent)
{
	if (value * 100 < expected * (100 - percent) || value * 100 > expected * (100 + percent)) {
		fail_msg("%" PRIu64 " is not within %" PRIu64 " %% of %" PRIu64, value, percent,
			 expected);
	}
}

static void
rate_holds_for_any_number_of_threads_and_any_size(void **state)
{
	static const uint64_t rates[] = {1000, 20000, 1000000, 1048576, 104857600, 10737418240};
	static const uint64_t sizes[] = {1, 512, 4096, 131072, 1048576};
	size_t r, s;
	int count;

	for (r = 0; r < SPDK_COUNTOF(rates); r++) {
		for (s = 0; s < SPDK_COUNTOF(sizes); s++) {
			/* What is due in a second must be many I/Os, for its number to be near. */
			if (sizes[s] * 100 > rates[r] || rates[r] / sizes[s] > 3000000) {
				continue;
			}
			for (count = 1; count <= SHARES; count++) {
				make_world(count, rates[r], sizes[s]);
				run(1000000 * SECONDS);
				assert_within_percent(taken_by_all(), rates[r] * SECONDS, 2);
			}
		}
	}
}

static void
threads_that_wait_get_equal_parts(void **state)
{
	int i;

	make_world(SHARES, 20000, 1);
	run(1000000 * SECONDS);
	for (i = 0; i < SHARES; i++) {
		assert_within_percent(g_world.taken[i], 20000 * SECONDS / SHARES, 5);
	}
	make_world(2, 1000, 1);
	run(1000000 * SECONDS);
	for (i = 0; i < 2; i++) {
		assert_within_percent(g_world.taken[i], 1000 * SECONDS / 2, 5);
	}
}

static void
one_that_is_larger_than_a_slice_goes_and_is_paid_for(void **state)
{
	make_world(1, 1000000, 3000000);
	run(1);
	assert_int_equal(taken_by_all(), 3000000);
	run(2990000);
	assert_int_equal(taken_by_all(), 3000000);
	run(20000);
	assert_int_equal(taken_by_all(), 6000000);
}

static void
time_that_was_not_used_is_lost_but_for_a_burst(void **state)
{
	make_world(1, 1000000, 1);
	g_world.now += HZ * 10;
	take_all(0, g_world.now);
	/* And a batch, which may begin while there is anything left. */
	assert_in_range(taken_by_all(), RATE_BURST_US, RATE_BURST_US + RATE_BATCH_US);
}

static void
burst_is_one_for_all_threads(void **state)
{
	int i;

	make_world(SHARES, 1000000, 1);
	g_world.now += HZ * 10;
	for (i = 0; i < SHARES; i++) {
		take_all(i, g_world.now);
	}
	assert_in_range(taken_by_all(), RATE_BURST_US, RATE_BURST_US + RATE_BATCH_US);
}

static void
a_share_takes_a_batch_and_spends_it_alone(void **state)
{
	uint64_t paid;
	int i;

	make_world(1, 1000000, 1);
	assert_true(rate_take(&g_world.bucket, &g_world.shares[0], 1, g_world.now));
	paid = g_world.bucket.paid_until;
	for (i = 0; i < RATE_BATCH_US; i++) {
		assert_true(rate_take(&g_world.bucket, &g_world.shares[0], 1, g_world.now));
		rate_spend(&g_world.shares[0], 1);
	}
	assert_int_equal(g_world.bucket.paid_until, paid);
}

static void
one_that_does_not_wait_any_more_leaves_its_part(void **state)
{
	make_world(2, 20000, 1);
	run(1000000);
	rate_set_waiting(&g_world.bucket, &g_world.shares[1], false);
	rate_set_waiting(&g_world.bucket, &g_world.shares[1], false);
	g_world.count = 1;
	g_world.taken[0] = 0;
	run(1000000);
	assert_within_percent(g_world.taken[0], 20000, 5);
	assert_int_equal(g_world.bucket.waiters, 1);
}

static void
clock_that_wraps_does_not_matter(void **state)
{
	make_world(1, 20000, 1);
	g_world.now = 0 - 500000 * US;
	rate_bucket_init(&g_world.bucket, g_world.now);
	rate_share_set(&g_world.shares[0], 20000, HZ, g_world.now);
	run(1000000);
	assert_within_percent(taken_by_all(), 20000, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_holds_for_any_number_of_threads_and_any_size),
		cmocka_unit_test(threads_that_wait_get_equal_parts),
		cmocka_unit_test(one_that_is_larger_than_a_slice_goes_and_is_paid_for),
		cmocka_unit_test(time_that_was_not_used_is_lost_but_for_a_burst),
		cmocka_unit_test(burst_is_one_for_all_threads),
		cmocka_unit_test(a_share_takes_a_batch_and_spends_it_alone),
		cmocka_unit_test(one_that_does_not_wait_any_more_leaves_its_part),
		cmocka_unit_test(clock_that_wraps_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
