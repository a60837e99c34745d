/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that are made to exit after the five seconds that they have: what they began comes to an
 * end all the same, and what others still hold of it does no harm. All of them wait together.
 */
#include "runtime/thread/thread_fixture.h"
#include "spindle/run_queue.h"

/* The keeper outlives the others, and holds what they wait for. */
static struct spdk_thread *g_keeper, *g_stuck, *g_behind, *g_homed, *g_homed_behind;
static struct spindle_run_queue *g_queue, *g_resting_queue;
static int g_rounded, g_unregistered, g_stacked, g_lower, g_late[2];
static struct spdk_io_channel *g_kept, *g_visited;
static struct spdk_io_channel_iter *g_pending;

static int
make_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
free_channel(void *io_device, void *ctx)
{
	if (io_device == &g_lower) {
		trace_add('l');
	}
}

static int
make_stacked(void *io_device, void *ctx)
{
	*(struct spdk_io_channel **)ctx = spdk_get_io_channel(&g_lower);
	return 0;
}

static void
free_stacked(void *io_device, void *ctx)
{
	trace_add('s');
	assert_ptr_equal(spdk_get_thread(), g_stuck);
	spdk_put_io_channel(*(struct spdk_io_channel **)ctx);
}

static int
idle_poll(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static void
hold_step(struct spdk_io_channel_iter *i)
{
	g_pending = i;
}

static void
never_called(void *arg)
{
	fail_msg("called back, although the thread has exited");
}

static void
round_never_ends(struct spdk_io_channel_iter *i, int status)
{
	never_called(i);
}

static void
late_unregister_done(void *io_device)
{
	trace_add('U');
}

static void
rounded_unregister_done(void *io_device)
{
	trace_add('R');
}

static void
begin_everything(void *arg)
{
	struct spdk_poller *paused;

	spdk_for_each_channel(&g_rounded, hold_step, NULL, round_never_ends);
	spdk_io_device_unregister(&g_unregistered, never_called);
	assert_non_null(spdk_get_io_channel(&g_stacked));
	assert_non_null(spdk_poller_register_named(idle_poll, NULL, 0, "held_active"));
	assert_non_null(spdk_poller_register_named(idle_poll, NULL, 3600000000, "held_timed"));
	paused = spdk_poller_register_named(idle_poll, NULL, 0, "held_paused");
	spdk_poller_pause(paused);
	spdk_thread_exit(spdk_get_thread());
}

static void
try_everything(void *arg)
{
	trace_add('t');
	/* Too late for anything, and nothing of it may keep the thread. */
	assert_null(spdk_poller_register(idle_poll, NULL, 0));
	assert_null(spdk_get_io_channel(&g_rounded));
	spdk_for_each_thread(add_letter, (void *)(uintptr_t)'v', never_called);
	spdk_for_each_channel(&g_lower, hold_step, NULL, round_never_ends);
	assert_int_equal(spdk_thread_send_msg(spdk_get_thread(), never_called, NULL), -EIO);
	spdk_thread_destroy(spdk_get_thread());
	assert_false(spdk_thread_is_exited(spdk_get_thread()));
}

static void
exit_soon(void *arg)
{
	assert_non_null(spdk_poller_register_named(idle_poll, NULL, 3600000000, "held_at_home"));
	spdk_thread_exit(spdk_get_thread());
}

static void
set_up_devices(void)
{
	spdk_set_thread(g_keeper);
	spdk_io_device_register(&g_rounded, make_channel, free_channel, 0, "rounded");
	spdk_io_device_register(&g_unregistered, make_channel, free_channel, 0, "unregistered");
	spdk_io_device_register(&g_lower, make_channel, free_channel, 0, "lower");
	spdk_io_device_register(&g_stacked, make_stacked, free_stacked, sizeof(void *), "stacked");
	g_kept = spdk_get_io_channel(&g_unregistered);
	g_visited = spdk_get_io_channel(&g_rounded);
	spdk_set_thread(NULL);
}

/* Not polled while it waits: what it is owed is then behind more messages than a round takes. */
static void
prepare_behind(struct spdk_thread *thread, void *device)
{
	int i;

	spdk_set_thread(thread);
	spdk_io_device_register(device, make_channel, free_channel, 0, "late");
	assert_non_null(spdk_poller_register_named(idle_poll, NULL, 0, "held_behind"));
	spdk_thread_exit(thread);
	for (i = 0; i < 40; i++) {
		send_letter(thread, 'm');
	}
	spdk_io_device_unregister(device, late_unregister_done);
	spdk_thread_send_msg(thread, try_everything, NULL);
	spdk_set_thread(NULL);
}

static void
wait_for_the_end(void)
{
	uint64_t limit = spdk_get_ticks() + 6 * spdk_get_ticks_hz();

	while (!spdk_thread_is_exited(g_stuck) || spdk_thread_get_count() == 5) {
		spdk_thread_poll(g_stuck, 0, 0);
		spdk_thread_poll(g_keeper, 0, 0);
		spindle_run_queue_turn(g_queue);
		/* The deadline of the one that lives there ends the sleep. */
		spindle_run_queue_park(g_queue, spdk_get_ticks() + ticks_of_ms(20));
		assert_true(spdk_get_ticks() < limit);
	}
}

static void
threads_that_are_made_to_exit_leave_nothing_behind(void **state)
{
	g_keeper = make_thread("keeper");
	g_stuck = make_thread("stuck");
	g_behind = make_thread("behind");
	g_homed = make_thread("homed");
	g_homed_behind = make_thread("homed_behind");
	assert_int_equal(spindle_run_queue_create(&g_queue), 0);
	assert_int_equal(spindle_run_queue_add(g_queue, g_homed), 0);
	assert_int_equal(spindle_run_queue_create(&g_resting_queue), 0);
	assert_int_equal(spindle_run_queue_add(g_resting_queue, g_homed_behind), 0);
	trace_clear();
	set_up_devices();
	prepare_behind(g_behind, &g_late[0]);
	prepare_behind(g_homed_behind, &g_late[1]);
	spdk_thread_send_msg(g_homed, exit_soon, NULL);
	spdk_thread_send_msg(g_stuck, begin_everything, NULL);
	wait_for_the_end();
	assert_true(log_captured("'stuck'", "'held_active'", "'held_timed'", "'held_paused'",
				 "'stacked'", "'lower'", "1 spdk_for_each_thread() or",
				 "1 spdk_io_device_unregister()", "'homed'", "'held_at_home'",
				 NULL));
	/* Upper channel first. */
	assert_trace("sl");
	spdk_thread_destroy(g_stuck);

	/* In one round it runs what it has accepted, and is gone. */
	log_capture_clear();
	spdk_thread_poll(g_behind, 0, 0);
	assert_true(spdk_thread_is_exited(g_behind));
	assert_int_equal(strspn(g_trace, "m"), 40);
	assert_string_equal(g_trace + 40, "Ut");
	trace_clear();
	assert_true(log_captured("'behind'", "'held_behind'", NULL));
	spdk_thread_destroy(g_behind);
	log_capture_clear();
	spindle_run_queue_turn(g_resting_queue);
	assert_true(log_captured("'homed_behind'", "'held_behind'", NULL));
	assert_int_equal(strspn(g_trace, "m"), 40);
	assert_string_equal(g_trace + 40, "Ut");
	trace_clear();
	assert_int_equal(spdk_thread_get_count(), 1);
	assert_int_equal(spindle_run_queue_destroy(g_queue), 0);
	assert_int_equal(spindle_run_queue_destroy(g_resting_queue), 0);

	/* What the others waited for comes now. */
	log_capture_clear();
	assert_non_null(g_pending);
	spdk_set_thread(g_keeper);
	spdk_for_each_channel_continue(g_pending, 0);
	spdk_put_io_channel(g_kept);
	spdk_put_io_channel(g_visited);
	settle(g_keeper);
	assert_trace("vv");
	spdk_io_device_unregister(&g_rounded, rounded_unregister_done);
	settle(g_keeper);
	assert_trace("R");
	spdk_io_device_unregister(&g_lower, NULL);
	spdk_io_device_unregister(&g_stacked, NULL);
	end_thread(g_keeper);
	assert_true(log_captured_nothing());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIBRARY_TEST(threads_that_are_made_to_exit_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
