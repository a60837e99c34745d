/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timeouts: a descriptor's owner is told of its own I/Os that take too long, on their thread, and
 * of no others; and not any more once that is not wanted.
 */
#include "crowd_fixture.h"

static struct outcome g_mine, g_later, g_others;
static int g_calls;
static struct spdk_thread *g_told_on;
static bool g_completes;

static int
setup(void **state)
{
	g_mine = g_later = g_others = (struct outcome){0};
	g_calls = 0;
	g_completes = false;
	return crowd_setup(state);
}

#define TIMEOUT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

static void
note_timeout(void *arg, struct spdk_bdev_io *io)
{
	assert_ptr_equal(arg, &g_mine);
	assert_ptr_equal(spdk_bdev_io_get_cb_arg(io), &g_mine);
	assert_ptr_equal(spdk_get_thread(), spdk_bdev_io_get_thread(io));
	g_told_on = spdk_get_thread();
	g_calls++;
	if (g_completes) {
		complete_all(1, ABORTED);
	}
}

/* As if the I/O had been submitted so long ago. */
static void
make_older(int user, uint64_t sec)
{
	struct spdk_bdev_io *io;

	TAILQ_FOREACH (io, &channel_of(user)->submitted, internal.ch_link) {
		io->internal.submit_tsc -= sec * spdk_get_ticks_hz();
	}
}

/* With the descriptor and the channel of another thread, as a program may. */
static void
submit_on_other_thread(void)
{
	on(1);
	assert_int_equal(spdk_bdev_read_blocks(g_users[0].opened.desc, g_users[1].opened.ch,
					       g_bytes, 0, 1, note_outcome, &g_mine),
			 0);
	on(0);
}

static int
set_timeout(uint64_t sec)
{
	return spdk_bdev_set_timeout(g_users[0].opened.desc, sec, note_timeout, &g_mine);
}

static void
own_io_that_takes_too_long_is_told_of_on_its_thread(void **state)
{
	assert_int_equal(set_timeout(100), 0);
	submit_io(1, READ, 0, 1, &g_others);
	submit_on_other_thread();
	make_older(1, 101);
	submit_on_other_thread();
	SETTLE_UNTIL(g_calls > 0);
	assert_int_equal(g_calls, 1);
	assert_ptr_equal(g_told_on, g_users[1].thread);
	/* Again, as long as it lasts. */
	SETTLE_UNTIL(g_calls > 1);
	assert_int_equal(g_calls, 2);
	assert_int_equal(set_timeout(0), 0);
	complete_all(1, SUCCESS);
}

static void
callback_may_end_all_ios(void **state)
{
	assert_int_equal(set_timeout(100), 0);
	submit_on_other_thread();
	submit_on_other_thread();
	submit_on_other_thread();
	make_older(1, 101);
	g_completes = true;
	SETTLE_UNTIL(g_calls > 0);
	assert_int_equal(g_mine.calls, 3);
	assert_int_equal(set_timeout(0), 0);
}

static void
parts_of_a_split_are_not_told_of(void **state)
{
	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	assert_int_equal(set_timeout(100), 0);
	on(1);
	assert_int_equal(spdk_bdev_write_blocks(g_users[0].opened.desc, g_users[1].opened.ch,
						g_bytes, 0, 4, note_outcome, &g_mine),
			 0);
	on(0);
	make_older(1, 101);
	SETTLE_UNTIL(g_calls > 0);
	assert_int_equal(g_calls, 1);
	assert_int_equal(set_timeout(0), 0);
	complete_all(1, SUCCESS);
	g_crowd->bdev.max_rw_size = 0;
}

static void
nothing_is_told_when_it_is_stopped_in_the_middle_of_a_round(void **state)
{
	assert_int_equal(set_timeout(100), 0);
	submit_on_other_thread();
	make_older(1, 101);
	/* Until the round has begun, but has not come to thread 1. */
	while (spdk_thread_poll(g_users[0].thread, 0, 0) == 0) {
	}
	on(0);
	assert_int_equal(set_timeout(0), 0);
	settle_crowd();
	assert_int_equal(g_calls, 0);
	assert_false(spdk_thread_has_pollers(g_users[0].thread));
	complete_all(1, SUCCESS);
}

static void
timeout_of_for_ever_is_no_time_at_all_past(void **state)
{
	assert_int_equal(set_timeout(UINT64_MAX), 0);
	submit_on_other_thread();
	make_older(1, 1000);
	while (spdk_thread_poll(g_users[0].thread, 0, 0) == 0) {
	}
	on(0);
	settle_crowd();
	assert_int_equal(g_calls, 0);
	complete_all(1, SUCCESS);
	/* The descriptor is closed with it. */
}

static void
misuse_is_refused(void **state)
{
	assert_int_equal(spdk_bdev_set_timeout(g_users[0].opened.desc, 1, NULL, NULL), -EINVAL);
	on(1);
	assert_int_equal(set_timeout(1), -EINVAL);
	assert_true(log_captured("spdk_bdev_set_timeout()", "crowd", "bdev", NULL));
	log_capture_clear();
	on(0);
	assert_false(spdk_thread_has_pollers(g_users[0].thread));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TIMEOUT_TEST(own_io_that_takes_too_long_is_told_of_on_its_thread),
		TIMEOUT_TEST(callback_may_end_all_ios),
		TIMEOUT_TEST(parts_of_a_split_are_not_told_of),
		TIMEOUT_TEST(nothing_is_told_when_it_is_stopped_in_the_middle_of_a_round),
		TIMEOUT_TEST(timeout_of_for_ever_is_no_time_at_all_past),
		TIMEOUT_TEST(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
