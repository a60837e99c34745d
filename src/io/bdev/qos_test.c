/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits of rates as a device has them: what goes beyond waits in order and is never more than the
 * rate, reads and writes wait for their own limits only, and changes reach each channel. How exact
 * rates are is tested over virtual time, in qos_rate_test.c.
 */
#include "crowd_fixture.h"

#include "qos_rate.h"

#define LIMITS SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES
#define KEEP   UINT64_MAX
#define IOS    64

static struct outcome g_outcomes[IOS];
static int g_status;

static int
setup(void **state)
{
	memset(g_outcomes, 0, sizeof(g_outcomes));
	return crowd_setup(state);
}

#define QOS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

static void
note_status(void *arg, int status)
{
	g_status = status;
}

static void
set_limits(uint64_t iops, uint64_t both, uint64_t reads, uint64_t writes)
{
	uint64_t limits[] = {iops, both, reads, writes};

	g_status = 12345;
	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, NULL);
	settle_crowd();
	assert_int_equal(g_status, 0);
}

static void
assert_limits(uint64_t iops, uint64_t both, uint64_t reads, uint64_t writes)
{
	uint64_t limits[LIMITS];

	spdk_bdev_get_qos_rate_limits(&g_crowd->bdev, limits);
	assert_int_equal(limits[0], iops);
	assert_int_equal(limits[1], both);
	assert_int_equal(limits[2], reads);
	assert_int_equal(limits[3], writes);
}

static void
limits_are_kept_in_their_units_and_rounded_up(void **state)
{
	assert_limits(0, 0, 0, 0);
	set_limits(2000, 3, 4, 5);
	assert_limits(2000, 3, 4, 5);
	set_limits(KEEP, 0, KEEP, 7);
	assert_limits(2000, 0, 4, 7);
	log_capture_clear();
	set_limits(1, KEEP, KEEP, KEEP);
	assert_limits(1000, 0, 4, 7);
	assert_true(log_captured("rw_ios_per_sec", "crowd", " 1 ", " 1000,", NULL));
	log_capture_clear();
	set_limits(0, KEEP - 1, 0, 0);
	assert_limits(0, UINT64_MAX / (1024 * 1024), 0, 0);
	set_limits(0, 0, 0, 0);
	assert_limits(0, 0, 0, 0);
}

static void
types_have_the_names_of_the_method(void **state)
{
	assert_string_equal(spdk_bdev_get_qos_rpc_type(SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT),
			    "rw_ios_per_sec");
	assert_string_equal(spdk_bdev_get_qos_rpc_type(SPDK_BDEV_QOS_RW_BPS_RATE_LIMIT),
			    "rw_mbytes_per_sec");
	assert_string_equal(spdk_bdev_get_qos_rpc_type(SPDK_BDEV_QOS_R_BPS_RATE_LIMIT),
			    "r_mbytes_per_sec");
	assert_string_equal(spdk_bdev_get_qos_rpc_type(SPDK_BDEV_QOS_W_BPS_RATE_LIMIT),
			    "w_mbytes_per_sec");
	assert_null(spdk_bdev_get_qos_rpc_type(LIMITS));
}

static void
change_during_a_change_is_refused(void **state)
{
	uint64_t limits[] = {1000, 0, 0, 0};

	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, NULL);
	limits[0] = 2000;
	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, NULL);
	assert_int_equal(g_status, -EAGAIN);
	settle_crowd();
	assert_int_equal(g_status, 0);
	assert_limits(1000, 0, 0, 0);
	set_limits(0, 0, 0, 0);
}

static int
ended(void)
{
	int i, count = 0;

	for (i = 0; i < IOS; i++) {
		count += g_outcomes[i].calls;
	}
	return count;
}

/* However busy the machine is, it may be slower, and never faster. */
static void
assert_not_faster(uint64_t start, uint64_t count, uint64_t rate)
{
	uint64_t now = spdk_get_ticks(), hz = spdk_get_ticks_hz();
	uint64_t us = (now - start) * 1000000 / hz + RATE_BURST_US + RATE_BATCH_US;

	/* One more may have begun. */
	if (count > us * rate / 1000000 + 1) {
		fail_msg("%" PRIu64 " in %" PRIu64 " us are more than %" PRIu64 " a second", count,
			 us, rate);
	}
}

static void
threads_together_are_not_faster_than_the_rate(void **state)
{
	uint64_t start;
	int i;

	set_limits(1000, 0, 0, 0);
	g_crowd->holds = false;
	start = spdk_get_ticks();
	for (i = 0; i < IOS; i++) {
		submit_io(i % USERS, i % 2 == 0 ? READ : WRITE, 0, 1, &g_outcomes[i]);
	}
	while (ended() < IOS) {
		settle_crowd();
		assert_not_faster(start, ended(), 1000);
	}
	for (i = 0; i < IOS; i++) {
		assert_outcome(&g_outcomes[i], 1, SUCCESS);
	}
	g_crowd->holds = true;
	set_limits(0, 0, 0, 0);
}

/* A write comes first if `writes_first`; `same_tick`: by the clock, all come at once. */
static void
see_order(bool writes_first, bool same_tick)
{
	struct spdk_bdev_io *waiting;
	uint64_t next = 0;
	int i;

	set_limits(1000, 0, 0, 0);
	for (i = 0; i < 20; i++) {
		submit_io(1, (i % 2 == 0) != writes_first ? READ : WRITE, i, 1, &g_outcomes[i]);
	}
	if (same_tick) {
		TAILQ_FOREACH (waiting, &channel_of(1)->submitted, internal.ch_link) {
			waiting->internal.submit_tsc = 1;
		}
	}
	while (next < 20) {
		struct spdk_bdev_io *io = at_module(1, SPDK_BDEV_IO_TYPE_INVALID);

		if (io != NULL) {
			assert_int_equal(io->u.bdev.offset_blocks, next++);
			complete(io, SUCCESS);
		}
		settle_crowd();
	}
	set_limits(0, 0, 0, 0);
}

static void
what_waits_goes_on_in_its_order(void **state)
{
	see_order(false, false);
}

static void
what_came_in_one_tick_goes_on_in_its_order(void **state)
{
	see_order(true, true);
}

static void
new_one_does_not_pass_those_that_wait(void **state)
{
	set_limits(0, 1, 0, 0);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[0]);
	submit_io(1, WRITE, 0, 1, &g_outcomes[1]);
	submit_io(1, READ, 1, 1, &g_outcomes[2]);
	assert_int_equal(count_at_module(1), 1);
	complete_all(1, SUCCESS);
	/* Now all are paid for, and the thread has not seen it. */
	spdk_delay_us(1100000);
	submit_io(1, READ, 2, 1, &g_outcomes[3]);
	submit_io(1, WRITE, 3, 1, &g_outcomes[4]);
	assert_int_equal(count_at_module(1), 0);
	SETTLE_UNTIL(count_at_module(1) == 4);
	assert_int_equal(at_module(1, SPDK_BDEV_IO_TYPE_INVALID)->type, WRITE);
	complete_all(1, SUCCESS);
	set_limits(0, 0, 0, 0);
}

static void
reads_and_writes_wait_for_their_own_limits(void **state)
{
	set_limits(0, 0, 0, 1);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[0]);
	submit_io(1, WRITE, 0, 1, &g_outcomes[1]);
	assert_int_equal(count_at_module(1), 1);
	submit_io(1, READ, 0, CROWD_SECOND, &g_outcomes[2]);
	submit_io(1, READ, 0, CROWD_SECOND, &g_outcomes[3]);
	assert_int_equal(count_at_module(1), 3);
	complete_all(1, SUCCESS);
	set_limits(0, 0, 1, 0);
	settle_crowd();
	complete_all(1, SUCCESS);
	submit_io(1, READ, 0, CROWD_SECOND, &g_outcomes[4]);
	submit_io(1, READ, 0, 1, &g_outcomes[5]);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[6]);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[7]);
	assert_int_equal(count_at_module(1), 3);
	complete_all(1, SUCCESS);
	set_limits(0, 0, 0, 0);
	complete_all(1, SUCCESS);
	assert_int_equal(ended(), 8);
}

static void
what_moves_no_data_does_not_wait(void **state)
{
	set_limits(0, 1, 0, 0);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[0]);
	submit_io(1, WRITE, 0, 1, &g_outcomes[1]);
	submit_io(1, SPDK_BDEV_IO_TYPE_UNMAP, 0, 1, &g_outcomes[2]);
	submit_io(1, SPDK_BDEV_IO_TYPE_FLUSH, 0, 1, &g_outcomes[3]);
	assert_int_equal(count_at_module(1), 3);
	set_limits(0, 0, 0, 0);
	complete_all(1, SUCCESS);
	assert_int_equal(ended(), 4);
}

static void
split_is_counted_once(void **state)
{
	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	set_limits(1000, 0, 0, 0);
	/* 5 ms of I/Os, were each part one. */
	submit_io(1, WRITE, 0, 8, &g_outcomes[0]);
	assert_int_equal(count_at_module(1), 8);
	complete_all(1, SUCCESS);
	assert_outcome(&g_outcomes[0], 1, SUCCESS);
	g_crowd->bdev.max_rw_size = 0;
	set_limits(0, 0, 0, 0);
}

static void
what_waits_when_a_limit_is_lifted_goes_on_at_once(void **state)
{
	set_limits(0, 1, 0, 0);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[0]);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[1]);
	submit_io(1, READ, 0, CROWD_SECOND, &g_outcomes[2]);
	assert_int_equal(count_at_module(1), 1);
	set_limits(0, 0, 0, 0);
	assert_int_equal(count_at_module(1), 3);
	assert_int_equal(channel_of(1)->gates, 0);
	assert_null(channel_of(1)->qos);
	complete_all(1, SUCCESS);
}

static void
channel_that_is_made_later_is_limited_as_well(void **state)
{
	struct opened *opened = &g_users[2].opened;

	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	on(0);
	set_limits(0, 1, 0, 0);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_outcomes[0]);
	on(2);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	/* The rate is one for all. */
	submit_io(2, WRITE, 0, 1, &g_outcomes[1]);
	assert_int_equal(count_at_module(2), 0);
	SETTLE_UNTIL(count_at_module(2) == 1);
	complete_all(1, SUCCESS);
	complete_all(2, SUCCESS);
	set_limits(0, 0, 0, 0);
}

static void
no_poller_is_left_when_nothing_waits(void **state)
{
	int i;

	set_limits(1000, 0, 0, 0);
	g_crowd->holds = false;
	for (i = 0; i < 10; i++) {
		submit_io(1, WRITE, 0, 1, &g_outcomes[i]);
	}
	assert_true(spdk_thread_has_pollers(g_users[1].thread));
	SETTLE_UNTIL(ended() == 10);
	assert_false(spdk_thread_has_pollers(g_users[1].thread));
	g_crowd->holds = true;
	set_limits(0, 0, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		QOS_TEST(limits_are_kept_in_their_units_and_rounded_up),
		QOS_TEST(types_have_the_names_of_the_method),
		QOS_TEST(change_during_a_change_is_refused),
		QOS_TEST(threads_together_are_not_faster_than_the_rate),
		QOS_TEST(what_waits_goes_on_in_its_order),
		QOS_TEST(what_came_in_one_tick_goes_on_in_its_order),
		QOS_TEST(new_one_does_not_pass_those_that_wait),
		QOS_TEST(reads_and_writes_wait_for_their_own_limits),
		QOS_TEST(what_moves_no_data_does_not_wait),
		QOS_TEST(split_is_counted_once),
		QOS_TEST(what_waits_when_a_limit_is_lifted_goes_on_at_once),
		QOS_TEST(channel_that_is_made_later_is_limited_as_well),
		QOS_TEST(no_poller_is_left_when_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
