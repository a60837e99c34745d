/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resets: whatever an I/O waits for, a reset ends it; nothing passes while one is under way, on any
 * channel; and all pass again after it, whichever way it ended.
 */
#include "crowd_fixture.h"

static struct outcome g_reset, g_other_reset, g_first, g_second, g_third, g_late;

static int
setup(void **state)
{
	g_reset = g_other_reset = g_first = g_second = g_third = g_late = (struct outcome){0};
	return crowd_setup(state);
}

#define RESET_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

/* The module has the reset now; ends it, and sees that it is told. */
static void
end_reset(int user)
{
	assert_outcome(&g_reset, 0, 0);
	complete(at_module(user, RESET), SUCCESS);
	assert_outcome(&g_reset, 0, 0);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
}

/* Goes on a message at a time until the channels are about to let I/Os pass. */
static void
turn_until_thawing(void)
{
	struct spdk_thread *outer = spdk_get_thread();
	int turns, i;

	for (turns = 0; turns < 1000 && !g_crowd->bdev.internal.reset_is_thawing; turns++) {
		for (i = 0; i < USERS && !g_crowd->bdev.internal.reset_is_thawing; i++) {
			spdk_thread_poll(g_users[i].thread, 1, 0);
		}
	}
	assert_true(g_crowd->bdev.internal.reset_is_thawing);
	spdk_set_thread(outer);
}

static void
assert_all_pass(void)
{
	int i;

	for (i = 0; i < USERS; i++) {
		struct outcome outcome = {0};

		assert_int_equal(channel_of(i)->gates, 0);
		submit_io(i, WRITE, 0, 1, &outcome);
		complete_all(i, SUCCESS);
		settle_crowd();
		assert_outcome(&outcome, 1, SUCCESS);
	}
}

/* ---- What waits ---- */

static void
reset_ends_what_waits_for_memory_of_the_module(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_first);
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 1, 1, &g_second);
	submit_io(1, WRITE, 2, 1, &g_third);
	assert_int_equal(count_at_module(1), 1);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_first, 0, 0);
	assert_outcome(&g_second, 1, ABORTED);
	assert_outcome(&g_third, 1, ABORTED);
	complete(at_module(1, WRITE), ABORTED);
	assert_outcome(&g_first, 1, ABORTED);
	end_reset(0);
	assert_all_pass();
}

static void
reset_ends_what_waits_for_a_buffer(void **state)
{
	take_all_buffers(1);
	submit_unaligned(1, &g_first);
	assert_int_equal(TAILQ_FIRST(&channel_of(1)->submitted)->internal.state, BDEV_IO_BUFFER);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	end_reset(0);
	give_back_buffers(1);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_all_pass();
}

static void
note_status(void *arg, int status)
{
	*(int *)arg = status;
}

static void
reset_ends_what_waits_for_a_rate(void **state)
{
	uint64_t limits[] = {1000, 0, 0, 0};
	struct outcome outcomes[50] = {{0}};
	int i, status = 1, sent, ended = 0;

	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, &status);
	settle_crowd();
	assert_int_equal(status, 0);
	for (i = 0; i < 50; i++) {
		submit_io(2, WRITE, i, 1, &outcomes[i]);
	}
	submit_reset(0, &g_reset);
	SETTLE_UNTIL(at_module(0, RESET) != NULL);
	sent = count_at_module(2);
	for (i = 0; i < 50; i++) {
		ended += outcomes[i].calls;
	}
	assert_in_range(sent, 1, 49);
	assert_int_equal(ended, 50 - sent);
	assert_outcome(&outcomes[49], 1, ABORTED);
	complete_all(2, SUCCESS);
	end_reset(0);
	limits[0] = 0;
	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, &status);
	settle_crowd();
	assert_all_pass();
}

static void
reset_ends_what_waits_for_a_range(void **state)
{
	int status = 1;

	assert_int_equal(
		spdk_bdev_quiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	assert_int_equal(status, 0);
	submit_io(1, READ, 0, 1, &g_first);
	submit_io(2, WRITE, 0, 1, &g_second);
	settle_crowd();
	assert_outcome(&g_first, 0, 0);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_second, 1, ABORTED);
	end_reset(0);
	assert_int_equal(
		spdk_bdev_unquiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	assert_all_pass();
}

static void
reset_lets_a_split_make_no_more_children(void **state)
{
	uint32_t submitted;

	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	submit_io(1, WRITE, 0, 100, &g_first);
	assert_in_range(count_at_module(1), 1, 50);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_first, 0, 0);
	submitted = g_crowd->submitted;
	while (at_module(1, WRITE) != NULL) {
		complete(at_module(1, WRITE), SUCCESS);
	}
	settle_crowd();
	assert_int_equal(g_crowd->submitted, submitted);
	assert_outcome(&g_first, 1, ABORTED);
	end_reset(0);
	g_crowd->bdev.max_rw_size = 0;
	assert_all_pass();
}

static void
reset_does_not_forget_what_waits_for_a_free_io(void **state)
{
	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	/* For the parent; there is none for a child. */
	take_all_ios(1, 1);
	submit_io(1, WRITE, 0, 100, &g_first);
	assert_int_equal(count_at_module(1), 0);
	assert_int_equal(channel_of(1)->thread->waiting, 1);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_int_equal(channel_of(1)->thread->waiting, 0);
	give_back_ios(1);
	end_reset(0);
	g_crowd->bdev.max_rw_size = 0;
	assert_all_pass();
}

static void
note_call(void *arg)
{
	++*(int *)arg;
}

static void
reset_lets_those_who_wait_for_a_free_io_have_one(void **state)
{
	int calls = 0;
	struct spdk_bdev_io_wait_entry entry = {
		.bdev = &g_crowd->bdev,
		.cb_fn = note_call,
		.cb_arg = &calls,
	};

	g_crowd->refusals = 1;
	submit_io(1, WRITE, 0, 1, &g_first);
	take_all_ios(1, 0);
	on(1);
	assert_int_equal(spdk_bdev_queue_io_wait(&g_crowd->bdev, g_users[1].opened.ch, &entry), 0);
	on(0);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_int_equal(calls, 1);
	give_back_ios(1);
	end_reset(0);
	assert_all_pass();
}

/* ---- While it is under way ---- */

static void
nothing_passes_while_a_reset_is_under_way(void **state)
{
	int i;

	submit_reset(1, &g_reset);
	settle_crowd();
	assert_non_null(at_module(1, RESET));
	for (i = 0; i < USERS; i++) {
		struct outcome outcome = {0};

		submit_io(i, WRITE, 0, 1, &outcome);
		assert_outcome(&outcome, 0, 0);
		settle_crowd();
		assert_outcome(&outcome, 1, ABORTED);
	}
	assert_int_equal(g_crowd->submitted, 1);
	end_reset(1);
	assert_all_pass();
}

static void
channel_that_is_made_while_a_reset_is_under_way_is_frozen_as_well(void **state)
{
	struct opened *opened = &g_users[2].opened;

	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	submit_reset(0, &g_reset);
	settle_crowd();
	on(2);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	submit_io(2, WRITE, 0, 1, &g_late);
	settle_crowd();
	assert_outcome(&g_late, 1, ABORTED);
	on(0);
	end_reset(0);
	assert_all_pass();
}

static void
channel_that_is_made_while_others_thaw_is_not_frozen(void **state)
{
	struct opened *opened = &g_users[0].opened;
	struct spdk_io_channel *ch = opened->ch;

	/* The lowest id is the first stop of the round: it is behind it when the channel comes. */
	spdk_put_io_channel(ch);
	settle_crowd();
	submit_reset(1, &g_reset);
	settle_crowd();
	complete(at_module(1, RESET), SUCCESS);
	turn_until_thawing();
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_all_pass();
}

static void
channel_of_the_reset_lives_until_it_is_told(void **state)
{
	struct opened *opened = &g_users[2].opened;

	submit_reset(2, &g_reset);
	on(2);
	spdk_put_io_channel(opened->ch);
	on(0);
	settle_crowd();
	end_reset(2);
	on(2);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	assert_all_pass();
}

/* ---- Several ---- */

static void
resets_that_wait_share_the_result(void **state)
{
	submit_reset(0, &g_reset);
	settle_crowd();
	submit_reset(1, &g_other_reset);
	submit_reset(2, &g_first);
	settle_crowd();
	assert_int_equal(g_crowd->submitted, 1);
	complete(at_module(0, RESET), FAILED);
	settle_crowd();
	assert_outcome(&g_reset, 1, FAILED);
	assert_outcome(&g_other_reset, 1, FAILED);
	assert_outcome(&g_first, 1, FAILED);
	assert_int_equal(g_crowd->submitted, 1);
	assert_all_pass();
}

static void
reset_that_comes_while_others_thaw_is_one_of_its_own(void **state)
{
	submit_reset(0, &g_reset);
	settle_crowd();
	complete(at_module(0, RESET), SUCCESS);
	turn_until_thawing();
	submit_reset(1, &g_other_reset);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_outcome(&g_other_reset, 0, 0);
	submit_io(2, WRITE, 0, 1, &g_late);
	settle_crowd();
	assert_outcome(&g_late, 1, ABORTED);
	complete(at_module(1, RESET), SUCCESS);
	settle_crowd();
	assert_outcome(&g_other_reset, 1, SUCCESS);
	assert_all_pass();
}

static void
reset_of_the_subsystem_is_not_done_by_one_of_the_device(void **state)
{
	struct opened *opened = &g_users[1].opened;

	submit_reset(0, &g_reset);
	on(1);
	assert_int_equal(
		spdk_bdev_nvme_nssr(opened->desc, opened->ch, note_outcome, &g_other_reset), 0);
	on(0);
	settle_crowd();
	end_reset(0);
	assert_outcome(&g_other_reset, 0, 0);
	complete(at_module(1, SPDK_BDEV_IO_TYPE_NVME_NSSR), SUCCESS);
	settle_crowd();
	assert_outcome(&g_other_reset, 1, SUCCESS);
	assert_all_pass();
}

static void
reset_again(struct spdk_bdev_io *io, bool success, void *arg)
{
	note_outcome(io, success, arg);
	submit_reset(0, &g_other_reset);
}

static void
callback_of_a_reset_may_submit_another(void **state)
{
	struct opened *opened = &g_users[0].opened;

	g_crowd->holds = false;
	assert_int_equal(spdk_bdev_reset(opened->desc, opened->ch, reset_again, &g_reset), 0);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_outcome(&g_other_reset, 1, SUCCESS);
	g_crowd->holds = true;
	assert_all_pass();
}

/* ---- Draining ---- */

static void
reset_of_a_device_that_drains_by_itself_is_not_sent(void **state)
{
	g_crowd->bdev.reset_io_drain_timeout = 3600;
	submit_io(1, WRITE, 0, 1, &g_first);
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_reset, 0, 0);
	complete(at_module(1, WRITE), SUCCESS);
	SETTLE_UNTIL(g_reset.calls > 0);
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_int_equal(g_crowd->submitted, 1);
	g_reset.calls = 0;
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_int_equal(g_crowd->submitted, 1);
	assert_all_pass();
}

static void
reset_of_a_device_that_does_not_drain_is_sent(void **state)
{
	uint64_t start = spdk_get_ticks();

	g_crowd->bdev.reset_io_drain_timeout = 1;
	submit_io(1, WRITE, 0, 1, &g_first);
	submit_reset(0, &g_reset);
	SETTLE_UNTIL(at_module(0, RESET) != NULL);
	assert_true(spdk_get_ticks() - start >= spdk_get_ticks_hz());
	complete(at_module(1, WRITE), ABORTED);
	end_reset(0);
	assert_all_pass();
}

static void
reset_that_the_module_has_no_memory_for_is_tried_again(void **state)
{
	g_crowd->refusals = 1;
	submit_reset(0, &g_reset);
	settle_crowd();
	SETTLE_UNTIL(at_module(0, RESET) != NULL);
	end_reset(0);
	assert_all_pass();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RESET_TEST(reset_ends_what_waits_for_memory_of_the_module),
		RESET_TEST(reset_ends_what_waits_for_a_buffer),
		RESET_TEST(reset_ends_what_waits_for_a_rate),
		RESET_TEST(reset_ends_what_waits_for_a_range),
		RESET_TEST(reset_lets_a_split_make_no_more_children),
		RESET_TEST(reset_does_not_forget_what_waits_for_a_free_io),
		RESET_TEST(reset_lets_those_who_wait_for_a_free_io_have_one),
		RESET_TEST(nothing_passes_while_a_reset_is_under_way),
		RESET_TEST(channel_that_is_made_while_a_reset_is_under_way_is_frozen_as_well),
		RESET_TEST(channel_that_is_made_while_others_thaw_is_not_frozen),
		RESET_TEST(channel_of_the_reset_lives_until_it_is_told),
		RESET_TEST(resets_that_wait_share_the_result),
		RESET_TEST(reset_that_comes_while_others_thaw_is_one_of_its_own),
		RESET_TEST(reset_of_the_subsystem_is_not_done_by_one_of_the_device),
		RESET_TEST(callback_of_a_reset_may_submit_another),
		RESET_TEST(reset_of_a_device_that_drains_by_itself_is_not_sent),
		RESET_TEST(reset_of_a_device_that_does_not_drain_is_sent),
		RESET_TEST(reset_that_the_module_has_no_memory_for_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
