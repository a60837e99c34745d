/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Histograms: each I/O of a caller is counted once while they are enabled, none is lost with its
 * channel, and what is asked with another shape gets the device's.
 */
#include "crowd_fixture.h"

#include "spdk/histogram_data.h"

static struct outcome g_outcome;
static int g_status, g_calls;
static struct spdk_histogram_data *g_histogram;

static int
setup(void **state)
{
	g_outcome = (struct outcome){0};
	g_calls = 0;
	g_histogram = NULL;
	return crowd_setup(state);
}

static int
teardown(void **state)
{
	spdk_histogram_data_free(g_histogram);
	return crowd_teardown(state);
}

#define HISTOGRAM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
note_status(void *arg, int status)
{
	assert_ptr_equal(arg, &g_status);
	g_status = status;
	g_calls++;
}

static int
enable(bool enables, struct spdk_bdev_enable_histogram_opts *opts)
{
	g_calls = 0;
	spdk_bdev_histogram_enable_ext(&g_crowd->bdev, note_status, &g_status, enables, opts);
	settle_crowd();
	assert_int_equal(g_calls, 1);
	return g_status;
}

static void
note_data(void *arg, int status, struct spdk_histogram_data *histogram)
{
	assert_ptr_equal(arg, &g_status);
	assert_ptr_equal(histogram, g_histogram);
	g_status = status;
	g_calls++;
}

static int
ask(void)
{
	g_calls = 0;
	spdk_bdev_histogram_get(&g_crowd->bdev, g_histogram, note_data, &g_status);
	settle_crowd();
	assert_int_equal(g_calls, 1);
	return g_status;
}

static void
add_bucket(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total, uint64_t so_far)
{
	*(uint64_t *)ctx = total;
}

static uint64_t
counted(const struct spdk_histogram_data *histogram)
{
	uint64_t total = 0;

	spdk_histogram_data_iterate(histogram, add_bucket, &total);
	return total;
}

/* What the device has counted now. */
static uint64_t
counted_by_device(void)
{
	spdk_histogram_data_free(g_histogram);
	g_histogram = spdk_histogram_data_alloc();
	assert_int_equal(ask(), 0);
	return counted(g_histogram);
}

static void
do_io(int user, enum spdk_bdev_io_type type)
{
	submit_io(user, type, 0, 1, &g_outcome);
	complete_all(user, SUCCESS);
}

static void
do_all(enum spdk_bdev_io_type type)
{
	int i;

	for (i = 0; i < USERS; i++) {
		do_io(i, type);
	}
}

static void
ios_are_counted_while_it_is_enabled(void **state)
{
	do_all(READ);
	g_histogram = spdk_histogram_data_alloc();
	assert_int_equal(ask(), -EFAULT);
	assert_int_equal(enable(true, NULL), 0);
	assert_int_equal(counted_by_device(), 0);
	do_all(READ);
	do_all(WRITE);
	assert_int_equal(counted_by_device(), 6);
	/* With the same options nothing begins anew. */
	spdk_bdev_histogram_enable(&g_crowd->bdev, note_status, &g_status, true);
	settle_crowd();
	assert_int_equal(counted_by_device(), 6);
	assert_int_equal(enable(false, NULL), 0);
	assert_int_equal(ask(), -EFAULT);
	assert_null(channel_of(1)->histogram);
	do_all(READ);
	assert_int_equal(enable(true, NULL), 0);
	assert_int_equal(counted_by_device(), 0);
}

static void
only_the_type_that_was_asked_for_is_counted(void **state)
{
	struct spdk_bdev_enable_histogram_opts opts;

	spdk_bdev_enable_histogram_opts_init(&opts, sizeof(opts));
	opts.io_type = WRITE;
	assert_int_equal(enable(true, &opts), 0);
	do_all(READ);
	do_io(1, WRITE);
	assert_int_equal(counted_by_device(), 1);
	opts.io_type = READ;
	assert_int_equal(enable(true, &opts), 0);
	assert_int_equal(counted_by_device(), 0);
	do_all(READ);
	assert_int_equal(counted_by_device(), 3);
}

static void
split_is_counted_once(void **state)
{
	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	assert_int_equal(enable(true, NULL), 0);
	submit_io(1, WRITE, 0, 20, &g_outcome);
	complete_all(1, SUCCESS);
	g_crowd->bdev.max_rw_size = 0;
	assert_int_equal(counted_by_device(), 1);
}

static void
what_a_channel_has_counted_stays_when_it_goes(void **state)
{
	struct opened *opened = &g_users[2].opened;

	assert_int_equal(enable(true, NULL), 0);
	do_all(READ);
	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	on(0);
	assert_int_equal(counted_by_device(), 3);
	assert_int_equal(enable(true, NULL), 0);
	assert_int_equal(counted_by_device(), 3);
	on(2);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	do_all(READ);
	assert_int_equal(counted_by_device(), 6);
}

static void
options_are_those_of_the_caller_as_far_as_they_go(void **state)
{
	struct spdk_bdev_enable_histogram_opts opts, part;

	spdk_bdev_enable_histogram_opts_init(&opts, sizeof(opts));
	assert_int_equal(opts.size, sizeof(opts));
	assert_int_equal(opts.granularity, SPDK_HISTOGRAM_GRANULARITY_DEFAULT);
	assert_int_equal(opts.min_nsec, 0);
	assert_true(opts.max_nsec == UINT64_MAX);
	assert_int_equal(opts.io_type, 0);
	/* One that knows no granularity. */
	memset(&part, 0xff, sizeof(part));
	spdk_bdev_enable_histogram_opts_init(
		&part, offsetof(struct spdk_bdev_enable_histogram_opts, granularity));
	assert_int_equal(part.granularity, 0xff);
	assert_int_equal(enable(true, &part), 0);
	assert_int_equal(channel_of(1)->histogram->granularity, SPDK_HISTOGRAM_GRANULARITY_DEFAULT);
	opts.granularity = 3;
	opts.min_nsec = 1000;
	opts.max_nsec = 1000000000;
	assert_int_equal(enable(true, &opts), 0);
	assert_int_equal(channel_of(1)->histogram->granularity, 3);
	assert_true(channel_of(1)->histogram->min_range > 0);
	do_all(READ);
	/* The caller's histogram gets the same buckets. */
	assert_int_equal(counted_by_device(), 3);
	assert_int_equal(g_histogram->granularity, 3);
	/* Unless there is something in it. */
	spdk_histogram_data_free(g_histogram);
	g_histogram = spdk_histogram_data_alloc();
	spdk_histogram_data_tally(g_histogram, 5);
	assert_int_equal(ask(), -EINVAL);
	assert_int_equal(counted(g_histogram), 1);
}

static void
options_that_make_no_histogram_are_refused(void **state)
{
	struct spdk_bdev_enable_histogram_opts opts;

	spdk_bdev_enable_histogram_opts_init(&opts, sizeof(opts));
	opts.size = 0;
	assert_int_equal(enable(true, &opts), -EINVAL);
	opts.size = sizeof(opts);
	opts.granularity = 32;
	assert_int_equal(enable(true, &opts), -EINVAL);
	opts.granularity = 7;
	opts.io_type = SPDK_BDEV_NUM_IO_TYPES;
	assert_int_equal(enable(true, &opts), -EINVAL);
	opts.io_type = 0;
	opts.min_nsec = opts.max_nsec = 7;
	assert_int_equal(enable(true, &opts), -EINVAL);
	spdk_bdev_enable_histogram_opts_init(NULL, sizeof(opts));
	assert_true(log_captured("spdk_bdev_enable_histogram_opts_init()", NULL));
	log_capture_clear();
}

static void
change_during_a_change_is_refused(void **state)
{
	spdk_bdev_histogram_enable(&g_crowd->bdev, note_status, &g_status, true);
	assert_int_equal(g_calls, 0);
	spdk_bdev_histogram_enable(&g_crowd->bdev, note_status, &g_status, false);
	assert_int_equal(g_calls, 1);
	assert_int_equal(g_status, -EAGAIN);
	spdk_bdev_histogram_enable(&g_crowd->bdev, note_status, &g_status, true);
	assert_int_equal(g_calls, 2);
	assert_int_equal(g_status, -EAGAIN);
	settle_crowd();
	assert_int_equal(g_calls, 3);
	assert_int_equal(g_status, 0);
}

static void
note_channel_data(void *arg, int status, struct spdk_histogram_data *histogram)
{
	g_status = status;
	*(uint64_t *)arg = histogram != NULL ? counted(histogram) : UINT64_MAX;
}

static void
channel_has_its_own(void **state)
{
	uint64_t count;

	spdk_bdev_channel_get_histogram(g_users[1].opened.ch, note_channel_data, &count);
	assert_int_equal(g_status, -EFAULT);
	assert_true(count == UINT64_MAX);
	assert_int_equal(enable(true, NULL), 0);
	do_all(READ);
	do_io(1, READ);
	spdk_bdev_channel_get_histogram(g_users[1].opened.ch, note_channel_data, &count);
	assert_int_equal(g_status, 0);
	assert_int_equal(count, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HISTOGRAM_TEST(ios_are_counted_while_it_is_enabled),
		HISTOGRAM_TEST(only_the_type_that_was_asked_for_is_counted),
		HISTOGRAM_TEST(split_is_counted_once),
		HISTOGRAM_TEST(what_a_channel_has_counted_stays_when_it_goes),
		HISTOGRAM_TEST(options_are_those_of_the_caller_as_far_as_they_go),
		HISTOGRAM_TEST(options_that_make_no_histogram_are_refused),
		HISTOGRAM_TEST(change_during_a_change_is_refused),
		HISTOGRAM_TEST(channel_has_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
