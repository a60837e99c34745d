/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locked ranges: what touches one waits, what does not passes, and a lock is granted when nothing
 * that touches it is under way in any channel; those that overlap come one after the other.
 */
#include "crowd_fixture.h"

/* Who locks: what its callbacks saw. */
struct locker {
	int locked;
	int unlocked;
	int status;
	/* Which letter comes to g_trace. */
	char name;
};

static struct locker g_a = {.name = 'a'}, g_b = {.name = 'b'}, g_c = {.name = 'c'};
static struct outcome g_first, g_second, g_third, g_fourth;

static int
setup(void **state)
{
	g_a = (struct locker){.name = 'a'};
	g_b = (struct locker){.name = 'b'};
	g_c = (struct locker){.name = 'c'};
	g_first = g_second = g_third = g_fourth = (struct outcome){0};
	trace_clear();
	return crowd_setup(state);
}

#define RANGE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)
#define MODULE           (g_crowd->bdev.module)

static void
note_locked(void *ctx, int status)
{
	struct locker *locker = ctx;

	locker->locked++;
	locker->status = status;
	trace_add(locker->name);
}

static void
note_unlocked(void *ctx, int status)
{
	struct locker *locker = ctx;

	locker->unlocked++;
	locker->status = status;
}

static void
lock(int user, uint64_t offset, uint64_t length, struct locker *locker)
{
	on(user);
	assert_int_equal(bdev_range_lock(channel_of(user), offset, length, note_locked, locker), 0);
	/* Never inside the call. */
	assert_int_equal(locker->locked, 0);
	on(0);
}

static void
unlock(int user, uint64_t offset, uint64_t length, struct locker *locker)
{
	on(user);
	assert_int_equal(bdev_range_unlock(channel_of(user), offset, length, note_unlocked, locker),
			 0);
	on(0);
}

static void
quiesce(uint64_t offset, uint64_t length, struct locker *locker)
{
	assert_int_equal(spdk_bdev_quiesce_range(&g_crowd->bdev, MODULE, offset, length,
						 note_locked, locker),
			 0);
}

static void
unquiesce(uint64_t offset, uint64_t length, struct locker *locker)
{
	assert_int_equal(spdk_bdev_unquiesce_range(&g_crowd->bdev, MODULE, offset, length,
						   note_unlocked, locker),
			 0);
}

/* ---- What waits ---- */

static void
what_touches_a_lock_waits_until_it_is_unlocked(void **state)
{
	lock(0, 100, 10, &g_a);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	submit_io(1, WRITE, 109, 1, &g_first);
	submit_io(2, SPDK_BDEV_IO_TYPE_UNMAP, 90, 11, &g_second);
	/* Beside it. */
	submit_io(1, WRITE, 110, 1, &g_third);
	submit_io(2, WRITE, 99, 1, &g_fourth);
	settle_crowd();
	assert_int_equal(count_at_module(1), 1);
	assert_int_equal(count_at_module(2), 1);
	unlock(0, 100, 10, &g_a);
	settle_crowd();
	assert_int_equal(g_a.unlocked, 1);
	assert_int_equal(count_at_module(1), 2);
	assert_int_equal(count_at_module(2), 2);
	complete_all(1, SUCCESS);
	complete_all(2, SUCCESS);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
	assert_int_equal(channel_of(1)->gates, 0);
}

static void
reads_wait_for_what_is_quiesced_only(void **state)
{
	lock(0, 100, 10, &g_a);
	quiesce(200, 10, &g_b);
	settle_crowd();
	submit_io(1, READ, 100, 1, &g_first);
	assert_int_equal(count_at_module(1), 1);
	submit_io(1, READ, 200, 1, &g_second);
	submit_io(1, SPDK_BDEV_IO_TYPE_FLUSH, 0, CROWD_BLOCKS, &g_third);
	assert_int_equal(count_at_module(1), 1);
	unlock(0, 100, 10, &g_a);
	unquiesce(200, 10, &g_b);
	settle_crowd();
	assert_int_equal(count_at_module(1), 3);
	complete_all(1, SUCCESS);
}

static void
copy_waits_for_where_it_goes_and_for_a_quiesced_source(void **state)
{
	g_crowd->types |= 1u << SPDK_BDEV_IO_TYPE_COPY;
	channel_of(1)->emulated &= ~(1u << SPDK_BDEV_IO_TYPE_COPY);
	lock(0, 100, 10, &g_a);
	quiesce(1200, 10, &g_b);
	lock(0, 1300, 10, &g_c);
	settle_crowd();
	submit_io(1, SPDK_BDEV_IO_TYPE_COPY, 100, 1, &g_first);
	submit_io(1, SPDK_BDEV_IO_TYPE_COPY, 200, 1, &g_second);
	/* It reads what is locked against writes. */
	submit_io(1, SPDK_BDEV_IO_TYPE_COPY, 300, 1, &g_third);
	assert_int_equal(count_at_module(1), 1);
	unlock(0, 100, 10, &g_a);
	unquiesce(1200, 10, &g_b);
	unlock(0, 1300, 10, &g_c);
	settle_crowd();
	assert_int_equal(count_at_module(1), 3);
	complete_all(1, SUCCESS);
}

static void
note_nothing(void *ctx, int status)
{
	assert_int_equal(status, 0);
}

static void
those_who_lock_pass_their_lock(void **state)
{
	on(1);
	assert_int_equal(bdev_range_lock(channel_of(1), 0, 10, note_nothing, &g_first), 0);
	on(0);
	settle_crowd();
	/* By the callback's argument. */
	submit_io(1, WRITE, 0, 1, &g_first);
	submit_io(1, WRITE, 0, 1, &g_second);
	assert_int_equal(count_at_module(1), 1);
	complete_all(1, SUCCESS);
	assert_outcome(&g_first, 1, SUCCESS);
	on(1);
	assert_int_equal(bdev_range_unlock(channel_of(1), 0, 10, note_nothing, &g_first), 0);
	on(0);
	settle_crowd();
	complete_all(1, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
}

static void
what_waits_goes_on_in_its_order(void **state)
{
	struct spdk_bdev_io *io;
	uint64_t i;

	quiesce(0, 50, &g_a);
	quiesce(50, 50, &g_b);
	settle_crowd();
	for (i = 0; i < 10; i++) {
		submit_io(1, WRITE, i % 2 * 50 + i, 1, &g_first);
	}
	unquiesce(0, 50, &g_a);
	settle_crowd();
	assert_int_equal(count_at_module(1), 5);
	for (i = 0; i < 10; i += 2) {
		io = at_module(1, WRITE);
		assert_int_equal(io->u.bdev.offset_blocks, i);
		complete(io, SUCCESS);
	}
	unquiesce(50, 50, &g_b);
	settle_crowd();
	for (i = 1; i < 10; i += 2) {
		io = at_module(1, WRITE);
		assert_int_equal(io->u.bdev.offset_blocks, 50 + i);
		complete(io, SUCCESS);
	}
}

/* ---- What a lock waits for ---- */

static void
lock_waits_for_what_is_under_way_in_each_channel(void **state)
{
	submit_io(0, WRITE, 100, 1, &g_first);
	submit_io(2, WRITE, 105, 20, &g_second);
	submit_io(1, WRITE, 50, 1, &g_third);
	lock(1, 100, 10, &g_a);
	settle_crowd();
	assert_int_equal(g_a.locked, 0);
	/* All channels hold already, the one that drains last as well. */
	submit_io(2, WRITE, 100, 1, &g_fourth);
	assert_int_equal(count_at_module(2), 1);
	complete(at_module(2, WRITE), SUCCESS);
	settle_crowd();
	assert_int_equal(g_a.locked, 0);
	complete(at_module(0, WRITE), FAILED);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	assert_int_equal(g_a.status, 0);
	assert_int_equal(count_at_module(1), 1);
	unlock(1, 100, 10, &g_a);
	settle_crowd();
	complete_all(1, SUCCESS);
	complete_all(2, SUCCESS);
	assert_outcome(&g_fourth, 1, SUCCESS);
}

static void
lock_waits_for_all_parts_of_a_split(void **state)
{
	g_crowd->bdev.max_rw_size = 1;
	channel_of(2)->special |= bdev_split_types(&g_crowd->bdev);
	submit_io(2, WRITE, 0, 20, &g_first);
	lock(1, 0, 1, &g_a);
	settle_crowd();
	complete(at_module(2, WRITE), SUCCESS); /* The only part in the range. */
	settle_crowd();
	assert_int_equal(g_a.locked, 0);
	complete_all(2, SUCCESS);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_int_equal(g_a.locked, 1);
	unlock(1, 0, 1, &g_a);
	settle_crowd();
	g_crowd->bdev.max_rw_size = 0;
}

static void
two_locks_wait_for_the_same_io(void **state)
{
	submit_io(2, WRITE, 0, 100, &g_first);
	lock(0, 0, 10, &g_a);
	lock(1, 50, 10, &g_b);
	settle_crowd();
	assert_int_equal(channel_of(2)->locks, 2);
	complete(at_module(2, WRITE), SUCCESS);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	assert_int_equal(g_b.locked, 1);
	assert_int_equal(channel_of(2)->locks, 0);
	unlock(0, 0, 10, &g_a);
	unlock(1, 50, 10, &g_b);
	settle_crowd();
}

static void
note_status(void *arg, int status)
{
	*(int *)arg = status;
}

static void
what_waits_for_a_rate_is_held_and_not_waited_for(void **state)
{
	uint64_t limits[] = {0, 1, 0, 0};
	int status = 1;

	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, &status);
	settle_crowd();
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_first);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_second);
	assert_int_equal(count_at_module(1), 1);
	complete_all(1, SUCCESS);
	lock(0, 0, 10, &g_a);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	SETTLE_UNTIL(!TAILQ_EMPTY(&channel_of(1)->held));
	assert_int_equal(count_at_module(1), 0);
	unlock(0, 0, 10, &g_a);
	settle_crowd();
	complete_all(1, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
	limits[1] = 0;
	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, &status);
	settle_crowd();
}

static void
reset_lets_a_lock_be_granted(void **state)
{
	submit_io(2, WRITE, 0, 100, &g_first);
	lock(0, 0, 10, &g_a);
	settle_crowd();
	submit_io(2, WRITE, 0, 100, &g_second);
	submit_reset(1, &g_third);
	settle_crowd();
	assert_outcome(&g_second, 1, ABORTED);
	complete(at_module(2, WRITE), ABORTED);
	complete(at_module(1, RESET), SUCCESS);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	unlock(0, 0, 10, &g_a);
	settle_crowd();
}

/* ---- Several locks ---- */

static void
locks_that_overlap_come_in_order_and_others_do_not_wait(void **state)
{
	lock(0, 0, 10, &g_a);
	settle_crowd();
	lock(1, 5, 10, &g_b);
	lock(2, 14, 10, &g_c); /* It overlaps what waits only, and comes after it all the same. */
	settle_crowd();
	assert_trace("a");
	unlock(0, 0, 10, &g_a);
	settle_crowd();
	assert_trace("b");
	g_a.locked = 0;
	lock(0, 100, 10, &g_a);
	settle_crowd();
	assert_trace("a");
	unlock(1, 5, 10, &g_b);
	settle_crowd();
	assert_trace("c");
	unlock(2, 14, 10, &g_c);
	unlock(0, 100, 10, &g_a);
	settle_crowd();
	assert_true(TAILQ_EMPTY(&g_crowd->bdev.internal.locked_ranges));
	assert_true(TAILQ_EMPTY(&g_crowd->bdev.internal.pending_locked_ranges));
}

static void
compare_and_write_that_waits_for_a_quiesce_does_not_stop_it(void **state)
{
	struct opened *opened = &g_users[1].opened;
	struct iovec iov = {g_bytes, CROWD_BLOCK};

	/* It is behind the gates, and its lock waits, when the quiesce wants to know what is under
	 * way. */
	submit_io(2, WRITE, 0, 10, &g_first);
	quiesce(0, 10, &g_a);
	on(1);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened->desc, opened->ch, &iov, 1,
							      &iov, 1, 0, 1, note_outcome,
							      &g_second),
			 0);
	on(0);
	settle_crowd();
	complete(at_module(2, WRITE), SUCCESS);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	assert_int_equal(count_at_module(1), 0);
	unquiesce(0, 10, &g_a);
	g_crowd->holds = false;
	settle_crowd();
	assert_int_equal(g_second.calls, 1);
	g_crowd->holds = true;
}

/* ---- Channels that come ---- */

static void
channel_that_is_made_later_knows_what_is_locked(void **state)
{
	struct opened *opened = &g_users[2].opened;

	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	on(0);
	submit_io(1, WRITE, 0, 1, &g_first);
	lock(0, 0, 10, &g_a);
	settle_crowd();
	/* While the lock waits. */
	on(2);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	submit_io(2, WRITE, 0, 1, &g_second);
	on(0);
	settle_crowd();
	assert_int_equal(count_at_module(2), 0);
	complete_all(1, SUCCESS);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	unlock(0, 0, 10, &g_a);
	settle_crowd();
	complete_all(2, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
	assert_int_equal(channel_of(2)->gates, 0);
}

static void
channel_that_is_made_while_a_lock_begins_knows_it_once(void **state)
{
	struct opened *opened = &g_users[2].opened;

	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	lock(0, 0, 10, &g_a);
	/* The round has not come here. */
	on(2);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	assert_int_equal(channel_of(2)->gates, BDEV_GATE_RANGE);
	unlock(0, 0, 10, &g_a);
	settle_crowd();
	assert_int_equal(channel_of(2)->gates, 0);
}

static void
channel_that_is_put_takes_nothing_with_it(void **state)
{
	struct opened *opened = &g_users[2].opened;

	lock(0, 0, 10, &g_a);
	settle_crowd();
	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	unlock(0, 0, 10, &g_a);
	settle_crowd();
	assert_int_equal(channel_of(2)->gates, 0);
}

/* ---- Modules ---- */

static void
only_the_module_of_the_device_may_quiesce(void **state)
{
	struct spdk_bdev_module other = {.name = "other"};

	assert_int_equal(spdk_bdev_quiesce(&g_crowd->bdev, &other, note_locked, &g_a), -EINVAL);
	assert_true(log_captured("other", "crowd", "fake", NULL));
	log_capture_clear();
	assert_int_equal(spdk_bdev_unquiesce(&g_crowd->bdev, &other, note_locked, &g_a), -EINVAL);
	log_capture_clear();
	assert_int_equal(spdk_bdev_quiesce_range(&g_crowd->bdev, MODULE, CROWD_BLOCKS - 1, 2,
						 note_locked, &g_a),
			 -EINVAL);
	assert_int_equal(spdk_bdev_quiesce_range(&g_crowd->bdev, MODULE, 0, 0, note_locked, &g_a),
			 -EINVAL);
	settle_crowd();
	assert_int_equal(g_a.locked, 0);
}

static void
a_device_that_grows_is_unquiesced_by_what_was_all_of_it(void **state)
{
	quiesce(0, CROWD_BLOCKS, &g_a);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&g_crowd->bdev, 2 * CROWD_BLOCKS), 0);
	submit_io(1, READ, 0, 1, &g_first);
	assert_int_equal(count_at_module(1), 0);
	unquiesce(0, CROWD_BLOCKS, &g_a);
	settle_crowd();
	assert_int_equal(count_at_module(1), 1);
	complete_all(1, SUCCESS);
}

static void
unquiesce_needs_the_very_range_and_that_it_is_granted(void **state)
{
	submit_io(1, WRITE, 5, 1, &g_first);
	quiesce(0, 10, &g_a);
	settle_crowd();
	assert_int_equal(
		spdk_bdev_unquiesce_range(&g_crowd->bdev, MODULE, 0, 10, note_unlocked, &g_a),
		-EBUSY);
	assert_true(log_captured("wait for the callback", NULL));
	log_capture_clear();
	complete_all(1, SUCCESS);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	assert_int_equal(
		spdk_bdev_unquiesce_range(&g_crowd->bdev, MODULE, 0, 9, note_unlocked, &g_a),
		-EINVAL);
	assert_true(log_captured("9 blocks", "crowd", NULL));
	log_capture_clear();
	unquiesce(0, 10, &g_a);
	settle_crowd();
	assert_int_equal(
		spdk_bdev_unquiesce_range(&g_crowd->bdev, MODULE, 0, 10, note_unlocked, &g_a),
		-EINVAL);
	log_capture_clear();
}

static void
device_that_grows_while_it_is_quiesced_is_quiesced_as_a_whole(void **state)
{
	assert_int_equal(spdk_bdev_quiesce(&g_crowd->bdev, MODULE, NULL, NULL), 0);
	settle_crowd();
	g_crowd->bdev.blockcnt += 10;
	submit_io(1, WRITE, CROWD_BLOCKS, 10, &g_first);
	assert_int_equal(count_at_module(1), 0);
	assert_int_equal(spdk_bdev_unquiesce(&g_crowd->bdev, MODULE, NULL, NULL), 0);
	settle_crowd();
	assert_int_equal(count_at_module(1), 1);
	complete(at_module(1, WRITE), FAILED);
	g_crowd->bdev.blockcnt -= 10;
	/* All blocks by their number are the whole as well. */
	quiesce(0, CROWD_BLOCKS, &g_a);
	settle_crowd();
	assert_int_equal(spdk_bdev_unquiesce(&g_crowd->bdev, MODULE, NULL, NULL), 0);
	settle_crowd();
}

static void
device_may_go_while_it_is_quiesced(void **state)
{
	assert_int_equal(spdk_bdev_quiesce(&g_crowd->bdev, MODULE, note_locked, &g_a), 0);
	settle_crowd();
	assert_int_equal(g_a.locked, 1);
	/* The fixture's end unregisters it. */
}

static void
close_users(void)
{
	for (int i = 0; i < USERS; i++) {
		on(i);
		spdk_put_io_channel(g_users[i].opened.ch);
		spdk_bdev_close(g_users[i].opened.desc);
		g_users[i].opened = (struct opened){0};
	}
	on(0);
}

/* For the fixture's end. */
static void
replace_device(void)
{
	g_crowd = fake_new("another", CROWD_BLOCKS);
	fake_register(g_crowd);
}

static void
who_waits_to_quiesce_is_told_that_the_device_has_gone(void **state)
{
	quiesce(0, 10, &g_a);
	settle_crowd();
	quiesce(5, 10, &g_b);
	settle_crowd();
	assert_int_equal(g_b.locked, 0);
	close_users();
	settle_crowd();
	fake_delete(g_crowd);
	settle_crowd();
	assert_int_equal(g_b.locked, 1);
	assert_int_equal(g_b.status, -ENODEV);
	replace_device();
}

static void
device_waits_for_a_quiesce_that_begins(void **state)
{
	quiesce(0, 10, &g_a);
	settle_crowd();
	on(1);
	quiesce(5, 10, &g_b);
	on(0);
	unquiesce(0, 10, &g_a);
	/* Its thread has not heard yet that it may. */
	close_users();
	spdk_bdev_unregister(&g_crowd->bdev, NULL, NULL);
	assert_int_equal(g_crowd->bdev.internal.status, SPDK_BDEV_STATUS_UNREGISTERING);
	assert_int_equal(g_b.locked, 0);
	settle_crowd();
	assert_int_equal(g_a.unlocked, 1);
	assert_int_equal(g_b.locked, 1);
	assert_int_equal(g_b.status, 0);
	assert_int_equal(g_crowd->bdev.internal.status, SPDK_BDEV_STATUS_REMOVING);
	/* It is held up for ever, and that is no matter. */
	assert_int_equal(
		spdk_bdev_unquiesce_range(&g_crowd->bdev, MODULE, 5, 10, note_unlocked, &g_b),
		-ENODEV);
	assert_int_equal(spdk_bdev_quiesce(&g_crowd->bdev, MODULE, note_locked, &g_c), -ENODEV);
	fake_free(g_crowd);
	replace_device();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RANGE_TEST(what_touches_a_lock_waits_until_it_is_unlocked),
		RANGE_TEST(reads_wait_for_what_is_quiesced_only),
		RANGE_TEST(copy_waits_for_where_it_goes_and_for_a_quiesced_source),
		RANGE_TEST(those_who_lock_pass_their_lock),
		RANGE_TEST(what_waits_goes_on_in_its_order),
		RANGE_TEST(lock_waits_for_what_is_under_way_in_each_channel),
		RANGE_TEST(lock_waits_for_all_parts_of_a_split),
		RANGE_TEST(two_locks_wait_for_the_same_io),
		RANGE_TEST(what_waits_for_a_rate_is_held_and_not_waited_for),
		RANGE_TEST(reset_lets_a_lock_be_granted),
		RANGE_TEST(locks_that_overlap_come_in_order_and_others_do_not_wait),
		RANGE_TEST(compare_and_write_that_waits_for_a_quiesce_does_not_stop_it),
		RANGE_TEST(channel_that_is_made_later_knows_what_is_locked),
		RANGE_TEST(channel_that_is_made_while_a_lock_begins_knows_it_once),
		RANGE_TEST(channel_that_is_put_takes_nothing_with_it),
		RANGE_TEST(only_the_module_of_the_device_may_quiesce),
		RANGE_TEST(a_device_that_grows_is_unquiesced_by_what_was_all_of_it),
		RANGE_TEST(unquiesce_needs_the_very_range_and_that_it_is_granted),
		RANGE_TEST(device_that_grows_while_it_is_quiesced_is_quiesced_as_a_whole),
		RANGE_TEST(device_may_go_while_it_is_quiesced),
		RANGE_TEST(who_waits_to_quiesce_is_told_that_the_device_has_gone),
		RANGE_TEST(device_waits_for_a_quiesce_that_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
