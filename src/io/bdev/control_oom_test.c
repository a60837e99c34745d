/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations, in what watches and stops I/O: whichever one fails, the call
 * says so, by its return value or its callback, once; nothing has changed then, and nothing is
 * lost.
 *
 * The allocator of the C library is replaced for the whole program, so this is skipped where a
 * sanitizer has done the same.
 */
#include "base/failing_malloc.h"
#include "crowd_fixture.h"

#define SWEEP_MAX 100

#ifndef HAS_OWN_ALLOCATOR

#include "spdk/histogram_data.h"

#define NOT_YET 12345

static int g_calls, g_status;
static struct outcome g_outcome;

static void
note_status(void *arg, int status)
{
	g_status = status;
	g_calls++;
}

/* Ends at 0 or -ENOMEM, after exactly one callback. */
static int
await_status(void)
{
	settle_crowd();
	assert_int_equal(g_calls, 1);
	return g_status;
}

/* With `is_optional` some of what it allocates is only for what it says. */
static void
sweep_with(int (*use)(void), bool is_optional)
{
	long allocation, live, failures = 0;
	int rc;

	settle_crowd();
	live = t_live;
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		g_failures = 0;
		g_calls = 0;
		g_status = NOT_YET;
		t_allocations_left = allocation;
		rc = use();
		t_allocations_left = -1;
		settle_crowd();
		log_capture_clear();
		if (g_failures == 0) {
			assert_int_equal(rc, 0);
			assert_true(failures > 0);
			return;
		}
		failures += g_failures;
		if (rc != -ENOMEM && !(is_optional && rc == 0)) {
			fail_msg("allocation %ld: %d", allocation, rc);
		}
		/* What is made when first needed stays with the device. */
		assert_in_range(t_live, live, live + 1);
	}
	fail_msg("still failing after %d allocations", SWEEP_MAX);
}

static void
sweep(int (*use)(void))
{
	sweep_with(use, false);
}

/* ---- What is swept over ---- */

static int
set_limits(void)
{
	uint64_t limits[] = {1000, 0, 0, 0}, now[4];
	int rc;

	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, NULL);
	rc = await_status();
	spdk_bdev_get_qos_rate_limits(&g_crowd->bdev, now);
	assert_int_equal(now[0], rc == 0 ? 1000 : 0);
	assert_int_equal(channel_of(0)->gates, rc == 0 ? BDEV_GATE_QOS : 0);
	return rc;
}

static int
enable_histogram(void)
{
	int rc;

	spdk_bdev_histogram_enable(&g_crowd->bdev, note_status, NULL, true);
	rc = await_status();
	assert_true((channel_of(0)->histogram != NULL) == (rc == 0));
	return rc;
}

static void
note_data(void *arg, int status, struct spdk_histogram_data *histogram)
{
	note_status(arg, status);
}

static int
get_histogram(void)
{
	/* Freed by the library where the device's buckets are others, as they are by other clocks.
	 */
	struct spdk_histogram_data *histogram = spdk_histogram_data_alloc();
	int rc;

	if (histogram == NULL) {
		return -ENOMEM;
	}
	spdk_bdev_histogram_get(&g_crowd->bdev, histogram, note_data, NULL);
	rc = await_status();
	spdk_histogram_data_free(histogram);
	return rc;
}

static void
note_stat(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat, void *arg, int rc)
{
	note_status(arg, rc);
}

static int
get_stat(void)
{
	struct spdk_bdev_io_stat stat = {0};

	spdk_bdev_get_device_stat(&g_crowd->bdev, &stat, SPDK_BDEV_RESET_STAT_NONE, note_stat,
				  NULL);
	return await_status();
}

static void
note_depth(struct spdk_bdev *bdev, uint64_t depth, void *arg, int rc)
{
	note_status(arg, rc);
}

static int
get_depth(void)
{
	spdk_bdev_get_current_qd(&g_crowd->bdev, note_depth, NULL);
	return await_status();
}

static int
ignore_io(void *ctx, struct spdk_bdev_io *io)
{
	return 0;
}

static int
walk(void)
{
	spdk_bdev_for_each_bdev_io(&g_crowd->bdev, NULL, ignore_io, note_status);
	return await_status();
}

static int
quiesce(void)
{
	int rc = spdk_bdev_quiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, NULL);

	if (rc == 0) {
		rc = await_status();
	} else {
		assert_int_equal(g_calls, 0);
	}
	assert_int_equal(channel_of(0)->gates, rc == 0 ? BDEV_GATE_RANGE : 0);
	assert_int_equal(channel_of(2)->gates, rc == 0 ? BDEV_GATE_RANGE : 0);
	return rc;
}

static int
unquiesce(void)
{
	int rc = spdk_bdev_unquiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, NULL);

	assert_int_equal(rc, 0);
	return await_status();
}

static void
ignore_timeout(void *arg, struct spdk_bdev_io *io)
{
}

static int
set_timeout(void)
{
	return spdk_bdev_set_timeout(g_users[0].opened.desc, 10, ignore_timeout, NULL);
}

static int
set_period(void)
{
	spdk_bdev_set_qd_sampling_period(&g_crowd->bdev, 1000000);
	return spdk_bdev_get_qd_sampling_period(&g_crowd->bdev) != 0 ? 0 : -ENOMEM;
}

static int
reset(void)
{
	int rc;

	g_outcome = (struct outcome){0};
	rc = spdk_bdev_reset(g_users[0].opened.desc, g_users[0].opened.ch, note_outcome,
			     &g_outcome);
	settle_crowd();
	assert_int_equal(g_outcome.calls, rc == 0);
	return rc;
}

static int
reopen_channel(void)
{
	struct opened *opened = &g_users[2].opened;

	on(2);
	if (opened->ch != NULL) {
		spdk_put_io_channel(opened->ch);
		t_allocations_left += t_allocations_left >= 0; /* for the message */
		settle_crowd();
	}
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	return opened->ch != NULL ? 0 : -ENOMEM;
}

/* ---- Tests ---- */

static void
each_of_them_survives_the_lack_of_memory(void **state)
{
	uint64_t no_limits[] = {0, 0, 0, 0};

	g_outcome = (struct outcome){0};
	g_crowd->holds = false;
	sweep(get_stat);
	sweep(get_depth);
	sweep(walk);
	sweep(set_timeout);
	sweep(set_period);
	sweep_with(reset, true);
	sweep(set_limits);
	sweep(enable_histogram);
	sweep(get_histogram);
	g_calls = 0;
	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, no_limits, note_status, NULL);
	assert_int_equal(await_status(), 0);
	sweep(quiesce);
	g_calls = 0;
	assert_int_equal(unquiesce(), 0);
	assert_int_equal(spdk_bdev_set_timeout(g_users[0].opened.desc, 0, NULL, NULL), 0);
	spdk_bdev_set_qd_sampling_period(&g_crowd->bdev, 0);
	g_crowd->holds = true;
}

static void
channel_with_all_of_it_is_made_whole_or_not_at_all(void **state)
{
	uint64_t limits[] = {1000, 0, 0, 0};
	long allocation;
	int rc;

	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, NULL);
	spdk_bdev_histogram_enable(&g_crowd->bdev, note_status, NULL, true);
	settle_crowd();
	g_calls = 0;
	assert_int_equal(spdk_bdev_quiesce_range(&g_crowd->bdev, g_crowd->bdev.module, 0, 1,
						 note_status, NULL),
			 0);
	assert_int_equal(spdk_bdev_quiesce_range(&g_crowd->bdev, g_crowd->bdev.module, 5, 1,
						 note_status, NULL),
			 0);
	settle_crowd();
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		g_failures = 0;
		t_allocations_left = allocation;
		rc = reopen_channel();
		t_allocations_left = -1;
		settle_crowd();
		log_capture_clear();
		if (rc == 0) {
			assert_non_null(channel_of(2)->qos);
			assert_non_null(channel_of(2)->histogram);
			assert_int_equal(channel_of(2)->gates, BDEV_GATE_QOS | BDEV_GATE_RANGE);
		}
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 6, SWEEP_MAX - 1);
}

#endif

int
main(void)
{
#ifdef HAS_OWN_ALLOCATOR
	return 77;
#else
	const struct CMUnitTest tests[] = {
		CROWD_TEST(each_of_them_survives_the_lack_of_memory),
		CROWD_TEST(channel_with_all_of_it_is_made_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
