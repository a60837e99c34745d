/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a reset has completed, so has all that was submitted before: whatever it waits for then, on
 * whichever thread. And what waits for an I/O of a device below can be ended.
 */
#include "base/log_capture.h"
#include "crowd_fixture.h"
#include "device.h"
#include "io/bdev_wait.h"

/* So many that their callbacks take more messages than the rest of a reset. */
#define MANY 4000

/* Outcomes that must be there when the reset's is. */
static struct outcome *g_before;
static int g_count;
static struct outcome g_reset, g_first, g_second;

static int
setup(void **state)
{
	g_reset = g_first = g_second = (struct outcome){0};
	g_before = NULL;
	g_count = 0;
	return crowd_setup(state);
}

#define SETTLE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

static void
note_reset(struct spdk_bdev_io *io, bool success, void *arg)
{
	int i;

	for (i = 0; i < g_count; i++) {
		assert_int_equal(g_before[i].calls, 1);
	}
	note_outcome(io, success, arg);
}

static void
reset_after(struct outcome *outcomes, int count)
{
	struct opened *opened = &g_users[0].opened;

	g_before = outcomes;
	g_count = count;
	assert_int_equal(spdk_bdev_reset(opened->desc, opened->ch, note_reset, &g_reset), 0);
}

static void
reset_and_complete(struct outcome *outcomes, int count)
{
	reset_after(outcomes, count);
	settle_crowd();
	complete(at_module(0, RESET), SUCCESS);
	settle_crowd();
}

static void
limit_size(int user, uint32_t blocks)
{
	g_crowd->bdev.max_rw_size = blocks;
	channel_of(user)->special |= bdev_split_types(&g_crowd->bdev);
}

static void
compare_and_write(int user, uint64_t offset, struct outcome *outcome)
{
	static struct iovec compare = {g_bytes, CROWD_BLOCK}, with = {g_bytes, CROWD_BLOCK};
	struct opened *opened = &g_users[user].opened;

	g_crowd->bdev.acwu = 1;
	on(user);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened->desc, opened->ch, &compare, 1,
							      &with, 1, offset, 1, note_outcome,
							      outcome),
			 0);
	on(0);
}

/* ---- What is at its last step ---- */

static void
reset_waits_for_what_the_module_gives_back_late(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_first);
	reset_and_complete(&g_first, 1);
	assert_outcome(&g_reset, 0, 0);
	complete(at_module(1, WRITE), ABORTED);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
}

/* A module that forgets what it has had is not waited for in silence. */
static void
reset_says_what_it_waits_for(void **state)
{
	uint64_t patience_us = g_bdev_patience_us;

	g_bdev_patience_us = 1000;
	submit_io(1, WRITE, 0, 1, &g_first);
	reset_and_complete(&g_first, 1);
	SETTLE_UNTIL(log_capture_count(SPDK_LOG_ERROR) > 0);
	assert_true(log_captured("A reset of bdev crowd waits for I/Os", "module fake",
				 "spdk_bdev_io_complete()", NULL));
	log_capture_clear();
	/* Once. */
	usleep(3000);
	settle_crowd();
	assert_outcome(&g_reset, 0, 0);
	complete(at_module(1, WRITE), ABORTED);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
	/* One that is done in time has nothing to say. */
	g_reset = (struct outcome){0};
	reset_and_complete(NULL, 0);
	assert_outcome(&g_reset, 1, SUCCESS);
	usleep(3000);
	settle_crowd();
	g_bdev_patience_us = patience_us;
}

static void
reset_waits_for_the_parts_of_a_split(void **state)
{
	limit_size(1, 1);
	submit_io(1, WRITE, 0, 100, &g_first);
	reset_and_complete(&g_first, 1);
	while (at_module(1, WRITE) != NULL) {
		assert_outcome(&g_reset, 0, 0);
		complete(at_module(1, WRITE), SUCCESS);
		settle_crowd();
	}
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
	g_crowd->bdev.max_rw_size = 0;
}

static void
reset_that_drains_waits_as_well(void **state)
{
	g_crowd->bdev.reset_io_drain_timeout = 3600;
	compare_and_write(1, 0, &g_first);
	settle_crowd();
	assert_non_null(at_module(1, READ));
	reset_after(&g_first, 1);
	settle_crowd();
	complete(at_module(1, READ), SUCCESS);
	SETTLE_UNTIL(g_reset.calls > 0);
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
}

static void
reset_that_fails_waits_for_nothing(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_first);
	submit_reset(0, &g_reset);
	settle_crowd();
	complete(at_module(0, RESET), FAILED);
	settle_crowd();
	assert_outcome(&g_reset, 1, FAILED);
	assert_outcome(&g_first, 0, 0);
	complete(at_module(1, WRITE), SUCCESS);
	settle_crowd();
	assert_outcome(&g_first, 1, SUCCESS);
}

static void
turn(int messages)
{
	int i, turns;

	for (turns = 0; turns < messages; turns++) {
		for (i = 0; i < USERS; i++) {
			spdk_thread_poll(g_users[i].thread, 1, 0);
		}
	}
	on(0);
}

static void
callbacks_run_before_that_of_the_reset(void **state)
{
	static struct outcome outcomes[MANY];
	int i;

	memset(outcomes, 0, sizeof(outcomes));
	g_crowd->refusals = 1;
	for (i = 0; i < MANY; i++) {
		submit_io(1, WRITE, (uint64_t)i, 1, &outcomes[i]);
	}
	reset_after(outcomes, MANY);
	for (i = 0; i < 100 && at_module(0, RESET) == NULL; i++) {
		turn(1);
	}
	complete(at_module(0, RESET), SUCCESS);
	turn(200);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
}

static void
reset_ends_a_comparison_that_waits_for_a_buffer(void **state)
{
	struct opened *opened = &g_users[1].opened;

	take_all_buffers(1);
	on(1);
	assert_int_equal(spdk_bdev_compare_blocks(opened->desc, opened->ch, g_bytes, 0, 64,
						  note_outcome, &g_first),
			 0);
	on(0);
	assert_int_equal(count_at_module(1), 0);
	reset_and_complete(&g_first, 1);
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
	give_back_buffers(1);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
}

static void
note_status(void *arg, int status)
{
	*(int *)arg = status;
}

/* It has passed the gate before it was told of the range, so its own waits behind that. */
static void
reset_ends_a_lock_that_waits_behind_what_is_quiesced(void **state)
{
	int status = 1;

	assert_int_equal(
		spdk_bdev_quiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	compare_and_write(2, 0, &g_first);
	settle_crowd();
	assert_int_equal(status, 0);
	assert_outcome(&g_first, 0, 0);
	reset_and_complete(&g_first, 1);
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_int_equal(
		spdk_bdev_unquiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	assert_true(TAILQ_EMPTY(&g_crowd->bdev.internal.locked_ranges));
	assert_true(TAILQ_EMPTY(&g_crowd->bdev.internal.pending_locked_ranges));
}

/* The third waits for the second, which waits for the first. */
static void
abort_of_a_lock_lets_those_behind_it_go_on(void **state)
{
	struct outcome third = {0}, abort = {0};
	struct iovec compare = {g_bytes, 2 * CROWD_BLOCK}, with = {g_bytes, 2 * CROWD_BLOCK};
	struct opened *opened = &g_users[1].opened;

	compare_and_write(0, 0, &g_first);
	g_crowd->bdev.acwu = 2;
	on(1);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened->desc, opened->ch, &compare, 1,
							      &with, 1, 0, 2, note_outcome,
							      &g_second),
			 0);
	compare_and_write(2, 1, &third);
	settle_crowd();
	assert_null(at_module(1, READ));
	assert_null(at_module(2, READ));
	assert_int_equal(submit_abort(1, &g_second, &abort), 0);
	settle_crowd();
	assert_outcome(&g_second, 1, ABORTED);
	assert_outcome(&abort, 1, SUCCESS);
	assert_non_null(at_module(2, READ));
	complete_all(2, SUCCESS);
	assert_int_equal(third.calls, 1);
	complete_all(0, SUCCESS);
	assert_int_equal(g_first.calls, 1);
	assert_true(TAILQ_EMPTY(&g_crowd->bdev.internal.locked_ranges));
}

/* ---- The end of a zero copy ---- */

/* A device that has buffers of its own, which must come back to it. */
static void
begin_zcopy(void)
{
	struct opened *opened = &g_users[1].opened;

	g_crowd->types |= 1u << SPDK_BDEV_IO_TYPE_ZCOPY;
	channel_of(1)->emulated = 0;
	channel_of(1)->special = 0;
	g_first.keeps = true;
	on(1);
	assert_int_equal(spdk_bdev_zcopy_start(opened->desc, opened->ch, NULL, 0, 0, 1, false,
					       note_outcome, &g_first),
			 0);
	on(0);
	complete(at_module(1, SPDK_BDEV_IO_TYPE_ZCOPY), SUCCESS);
	settle_crowd();
	assert_outcome(&g_first, 1, SUCCESS);
	g_first.keeps = false;
}

static void
end_zcopy(void)
{
	on(1);
	assert_int_equal(spdk_bdev_zcopy_end(g_first.io, true, note_outcome, &g_first), 0);
	on(0);
}

static void
end_of_a_zero_copy_arrives_whatever_is_reset(void **state)
{
	begin_zcopy();
	submit_reset(0, &g_reset);
	settle_crowd();
	end_zcopy();
	assert_non_null(at_module(1, SPDK_BDEV_IO_TYPE_ZCOPY));
	complete(at_module(0, RESET), SUCCESS);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_outcome(&g_first, 1, SUCCESS); /* That of the beginning. */
	complete(at_module(1, SPDK_BDEV_IO_TYPE_ZCOPY), SUCCESS);
	settle_crowd();
	assert_outcome(&g_first, 2, SUCCESS);
}

static void
end_of_a_zero_copy_that_is_held_is_not_ended(void **state)
{
	struct outcome abort = {0};
	int status = 1;

	begin_zcopy();
	assert_int_equal(
		spdk_bdev_quiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	end_zcopy();
	submit_reset(0, &g_reset);
	assert_int_equal(submit_abort(1, &g_first, &abort), 0);
	settle_crowd();
	complete(at_module(0, RESET), SUCCESS);
	settle_crowd();
	assert_outcome(&abort, 1, FAILED);
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_int_equal(
		spdk_bdev_unquiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	complete(at_module(1, SPDK_BDEV_IO_TYPE_ZCOPY), SUCCESS);
	settle_crowd();
	assert_outcome(&g_first, 2, SUCCESS);
}

/* ---- A module that waits for an I/O of a device below ---- */

static int g_woken;

static void
note_woken(void *io)
{
	g_woken++;
	spdk_bdev_io_complete(io, SUCCESS);
}

/* The device below may as well be the same. */
static void
wait_below(int user)
{
	struct spdk_bdev_io *io = at_module(user, WRITE);

	TAILQ_REMOVE(&g_crowd->held, (struct fake_io *)io->driver_ctx, link);
	g_woken = 0;
	/* One is left, which is not enough for the device below. */
	take_all_ios(user, 1);
	channel_of(user)->rank = bdev_io_rank(0);
	on(user);
	assert_true(bdev_io_wait_below(io, g_users[user].opened.ch, note_woken));
	on(0);
	channel_of(user)->rank = 0;
}

static void
what_waits_for_the_device_below_goes_on_when_there_is_an_io(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_first);
	wait_below(1);
	settle_crowd();
	assert_int_equal(g_woken, 0);
	give_back_ios(1);
	settle_crowd();
	assert_int_equal(g_woken, 1);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_int_equal(channel_of(1)->outstanding, 0);
}

/* Whose submission failed for lack of the machine's memory: nobody would wake it. */
static void
what_could_have_an_io_does_not_wait_for_one(void **state)
{
	struct spdk_bdev_io *io;

	submit_io(1, WRITE, 0, 1, &g_first);
	io = at_module(1, WRITE);
	on(1);
	assert_false(bdev_io_wait_below(io, g_users[1].opened.ch, note_woken));
	fake_release_all(g_crowd);
	on(0);
	settle_crowd();
	assert_outcome(&g_first, 1, SUCCESS);
}

static void
reset_ends_what_waits_for_the_device_below(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_first);
	wait_below(1);
	reset_and_complete(&g_first, 1);
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_int_equal(channel_of(1)->thread->waiting, 0);
	assert_int_equal(channel_of(1)->outstanding, 0);
	assert_int_equal(channel_of(1)->target->outstanding, 0);
	give_back_ios(1);
	settle_crowd();
	assert_int_equal(g_woken, 0);
}

static void
abort_ends_what_waits_for_the_device_below(void **state)
{
	struct outcome abort = {0};

	submit_io(1, WRITE, 0, 1, &g_first);
	wait_below(1);
	assert_int_equal(submit_abort(1, &g_first, &abort), 0);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&abort, 1, SUCCESS);
	assert_int_equal(channel_of(1)->thread->waiting, 0);
	give_back_ios(1);
	settle_crowd();
	assert_int_equal(g_woken, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SETTLE_TEST(reset_waits_for_what_the_module_gives_back_late),
		SETTLE_TEST(reset_waits_for_the_parts_of_a_split),
		SETTLE_TEST(reset_says_what_it_waits_for),
		SETTLE_TEST(reset_that_drains_waits_as_well),
		SETTLE_TEST(reset_that_fails_waits_for_nothing),
		SETTLE_TEST(callbacks_run_before_that_of_the_reset),
		SETTLE_TEST(reset_ends_a_comparison_that_waits_for_a_buffer),
		SETTLE_TEST(reset_ends_a_lock_that_waits_behind_what_is_quiesced),
		SETTLE_TEST(abort_of_a_lock_lets_those_behind_it_go_on),
		SETTLE_TEST(end_of_a_zero_copy_arrives_whatever_is_reset),
		SETTLE_TEST(end_of_a_zero_copy_that_is_held_is_not_ended),
		SETTLE_TEST(what_waits_for_the_device_below_goes_on_when_there_is_an_io),
		SETTLE_TEST(what_could_have_an_io_does_not_wait_for_one),
		SETTLE_TEST(reset_ends_what_waits_for_the_device_below),
		SETTLE_TEST(abort_ends_what_waits_for_the_device_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
