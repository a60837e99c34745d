/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rounds over threads and over the channels of a device: where they go, in which order, what ends
 * them, and what they hold meanwhile.
 */
#include "runtime/io_devices.h"
#include "runtime/thread/thread_fixture.h"
#include "spindle/run_queue.h"
#include "spindle/thread.h"

#define THREADS 4

static struct spdk_thread *g_threads[THREADS];
static int g_device;
static int g_destroyed;

static int
make_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
free_channel(void *io_device, void *ctx)
{
	g_destroyed++;
}

static int
open_threads(void **state)
{
	static const char *const names[THREADS] = {"a", "b", "c", "d"};
	int i, rc = open_library(state);

	for (i = 0; rc == 0 && i < THREADS; i++) {
		g_threads[i] = make_thread(names[i]);
	}
	g_destroyed = 0;
	trace_clear();
	return rc;
}

static int
close_threads(void **state)
{
	int i;

	spdk_set_thread(NULL);
	for (i = THREADS - 1; i >= 0; i--) {
		if (g_threads[i] != NULL) {
			end_thread(g_threads[i]);
		}
	}
	return close_library(state);
}

#define ROUND_TEST(name) cmocka_unit_test_setup_teardown(name, open_threads, close_threads)

static void
settle_all(void)
{
	int i, quiet = 0;

	while (quiet < THREADS) {
		quiet = 0;
		for (i = 0; i < THREADS; i++) {
			if (g_threads[i] == NULL || spdk_thread_poll(g_threads[i], 0, 0) == 0) {
				quiet++;
			}
		}
	}
}

/* ---- Threads ---- */

static void
visit_thread(void *arg)
{
	assert_ptr_equal(arg, &g_device);
	trace_add(*spdk_thread_get_name(spdk_get_thread()));
}

static void
threads_done(void *arg)
{
	assert_ptr_equal(arg, &g_device);
	assert_ptr_equal(spdk_get_thread(), g_threads[1]);
	trace_add('.');
}

static void
start_threads(void)
{
	spdk_set_thread(g_threads[1]);
	spdk_for_each_thread(visit_thread, &g_device, threads_done);
	assert_trace("");
	spdk_set_thread(NULL);
}

static void
every_thread_is_visited_in_order_of_creation(void **state)
{
	int i;

	start_threads();
	/* One after the other, whoever is polled first. */
	for (i = THREADS - 1; i >= 0; i--) {
		settle(g_threads[i]);
	}
	assert_trace("a");
	settle_all();
	assert_trace("bcd.");
}

static void
round_over_threads_leaves_out_those_that_are_leaving(void **state)
{
	spdk_set_thread(g_threads[2]);
	spdk_thread_exit(g_threads[2]);
	spdk_set_thread(NULL);
	start_threads();
	settle_all();
	assert_trace("abd.");
	assert_true(spdk_thread_is_exited(g_threads[2]));
	spdk_thread_destroy(g_threads[2]);
	g_threads[2] = NULL;
	start_threads();
	settle_all();
	assert_trace("abd.");
}

static void
round_over_threads_survives_the_next_one_going(void **state)
{
	start_threads();
	end_thread(g_threads[3]);
	g_threads[3] = NULL;
	spdk_thread_poll(g_threads[0], 0, 0);
	assert_trace("a");
	end_thread(g_threads[2]);
	g_threads[2] = NULL;
	settle_all();
	assert_trace("b.");
}

static void
round_over_threads_needs_no_completion_but_a_thread(void **state)
{
	spdk_set_thread(g_threads[0]);
	spdk_for_each_thread(visit_thread, &g_device, NULL);
	spdk_set_thread(NULL);
	settle_all();
	assert_trace("abcd");
	spdk_for_each_thread(visit_thread, &g_device, NULL);
	assert_true(log_captured("spdk_for_each_thread()", NULL));
	log_capture_clear();
}

static void
thread_outlives_the_round_that_it_began(void **state)
{
	start_threads();
	spdk_set_thread(g_threads[1]);
	spdk_thread_exit(g_threads[1]);
	spdk_set_thread(NULL);
	settle(g_threads[1]);
	assert_false(spdk_thread_is_exited(g_threads[1]));
	settle_all();
	assert_trace("acd.");
	assert_true(spdk_thread_is_exited(g_threads[1]));
	spdk_thread_destroy(g_threads[1]);
	g_threads[1] = NULL;
}

static void
full_queue_is_not_passed_over(void **state)
{
	int i;

	spindle_thread_set_message_limit(g_threads[2], 1);
	for (i = 0; i < 100; i++) {
		(void)spdk_thread_send_msg(g_threads[2], add_letter, (void *)(uintptr_t)'m');
	}
	start_threads();
	settle_all();
	assert_non_null(strchr(g_trace, 'c'));
	assert_non_null(strchr(g_trace, '.'));
}

/* ---- Channels ---- */

static struct spdk_io_channel *g_channels[THREADS];

static void
get_channel(int i)
{
	spdk_set_thread(g_threads[i]);
	g_channels[i] = spdk_get_io_channel(&g_device);
	assert_non_null(g_channels[i]);
	spdk_set_thread(NULL);
}

static void
put_channel(int i)
{
	spdk_set_thread(g_threads[i]);
	spdk_put_io_channel(g_channels[i]);
	g_channels[i] = NULL;
	spdk_set_thread(NULL);
}

static int
open_channels(void **state)
{
	int i, rc = open_threads(state);

	if (rc == 0) {
		spdk_set_thread(g_threads[0]);
		spdk_io_device_register(&g_device, make_channel, free_channel, 0, "device");
		/* Not in order of their threads. */
		for (i = THREADS - 1; i >= 0; i--) {
			get_channel(i);
		}
	}
	return rc;
}

static int
close_channels(void **state)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		if (g_threads[i] != NULL && g_channels[i] != NULL) {
			put_channel(i);
		}
	}
	spdk_set_thread(g_threads[0]);
	spdk_io_device_unregister(&g_device, NULL);
	spdk_set_thread(NULL);
	settle_all();
	return close_threads(state);
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup_teardown(name, open_channels, close_channels)

static int g_stop_status;
static char g_stop_at;
static int g_final_status;
static struct spdk_io_channel_iter *g_pending;
static char g_hold_at;

static void
visit_channel(struct spdk_io_channel_iter *i)
{
	char letter = *spdk_thread_get_name(spdk_get_thread());
	struct spdk_io_channel *channel = spdk_io_channel_iter_get_channel(i);

	assert_ptr_equal(spdk_io_channel_iter_get_io_device(i), &g_device);
	assert_ptr_equal(spdk_io_channel_iter_get_ctx(i), &g_stop_at);
	assert_ptr_equal(spdk_io_channel_get_thread(channel), spdk_get_thread());
	trace_add(letter);
	if (letter == g_hold_at) {
		g_pending = i;
		return;
	}
	spdk_for_each_channel_continue(i, letter == g_stop_at ? g_stop_status : 0);
}

static void
channels_done(struct spdk_io_channel_iter *i, int status)
{
	assert_ptr_equal(spdk_get_thread(), g_threads[1]);
	assert_null(spdk_io_channel_iter_get_channel(i));
	assert_ptr_equal(spdk_io_channel_iter_get_ctx(i), &g_stop_at);
	assert_ptr_equal(spdk_io_channel_iter_get_io_device(i), &g_device);
	g_final_status = status;
	trace_add('.');
}

static void
start_channels(char stop_at, int status, char hold_at)
{
	g_stop_at = stop_at;
	g_stop_status = status;
	g_hold_at = hold_at;
	g_final_status = 12345;
	spdk_set_thread(g_threads[1]);
	spdk_for_each_channel(&g_device, visit_channel, &g_stop_at, channels_done);
	assert_trace("");
	spdk_set_thread(NULL);
}

static void
continue_pending(char letter)
{
	spdk_set_thread(g_threads[letter - 'a']);
	spdk_for_each_channel_continue(g_pending, 0);
	spdk_set_thread(NULL);
}

static void
channels_are_visited_in_order_of_their_threads(void **state)
{
	int i;

	start_channels(0, 0, 0);
	for (i = THREADS - 1; i >= 0; i--) {
		settle(g_threads[i]);
	}
	assert_trace("a");
	settle_all();
	assert_trace("bcd.");
	assert_int_equal(g_final_status, 0);
}

static void
status_other_than_zero_ends_the_round_over_channels(void **state)
{
	start_channels('b', -EPERM, 0);
	settle_all();
	assert_trace("ab.");
	assert_int_equal(g_final_status, -EPERM);
	start_channels('d', 7, 0);
	settle_all();
	assert_trace("abcd.");
	assert_int_equal(g_final_status, 7);
}

static void
channels_that_are_gone_are_left_out(void **state)
{
	put_channel(2);
	/* On its way out, and gone. */
	start_channels(0, 0, 0);
	settle_all();
	assert_trace("abd.");
	start_channels(0, 0, 'a');
	settle_all();
	assert_trace("a");
	put_channel(1);
	put_channel(3);
	settle_all();
	end_thread(g_threads[3]);
	g_threads[3] = NULL;
	continue_pending('a');
	settle_all();
	assert_trace(".");
	assert_int_equal(g_final_status, 0);
}

static void
round_stops_for_a_channel_whose_message_is_on_its_way_when_it_goes(void **state)
{
	start_channels(0, 0, 'a');
	settle_all();
	continue_pending('a');
	/* The step for b has been sent. */
	put_channel(1);
	get_channel(1);
	put_channel(1);
	settle_all();
	assert_trace("acd.");
	assert_int_equal(g_destroyed, 1);
}

static void
channel_that_is_got_again_before_it_goes_has_its_turn(void **state)
{
	start_channels(0, 0, 'a');
	settle_all();
	continue_pending('a');
	put_channel(1);
	/* The step for b, and not yet what destroys the channel. */
	spdk_thread_poll(g_threads[1], 1, 0);
	assert_trace("a");
	get_channel(1);
	settle_all();
	assert_trace("bcd.");
	assert_int_equal(g_destroyed, 0);
}

/* The step is over only when it says so, and by then its channel may be gone. */
static void
step_may_go_on_after_its_channel_has_gone(void **state)
{
	start_channels(0, 0, 'b');
	settle_all();
	assert_trace("ab");
	put_channel(1);
	settle_all();
	assert_int_equal(g_destroyed, 1);
	continue_pending('b');
	settle_all();
	assert_trace("cd.");
}

static void
step_is_ended_on_its_own_thread_only(void **state)
{
	start_channels(0, 0, 'b');
	settle_all();
	assert_trace("ab");
	spdk_set_thread(g_threads[2]);
	spdk_for_each_channel_continue(g_pending, 0);
	assert_true(
		log_captured("spdk_for_each_channel_continue()", "'device'", "'b'", "'c'", NULL));
	log_capture_clear();
	settle_all();
	assert_trace("");
	continue_pending('b');
	settle_all();
	assert_trace("cd.");
}

static int g_rounds;

/* Begins the round again, from the thread that has begun it, until there were three. */
static void
round_again(struct spdk_io_channel_iter *i, int status)
{
	trace_add('.');
	if (++g_rounds < 3) {
		io_devices_round_begin(i, &g_device, visit_channel, &g_stop_at, round_again);
	} else {
		io_devices_round_destroy(i);
	}
}

static void
round_that_is_kept_may_begin_again_where_it_ends(void **state)
{
	struct spdk_io_channel_iter *round = io_devices_round_create();

	assert_non_null(round);
	g_rounds = 0;
	g_stop_at = 'c';
	g_stop_status = -EPERM;
	g_hold_at = 0;
	spdk_set_thread(g_threads[2]);
	io_devices_round_begin(round, &g_device, visit_channel, &g_stop_at, round_again);
	spdk_set_thread(NULL);
	settle_all();
	assert_trace("abc.abc.abc.");
}

static void
unknown_device_completes_by_message_with_enodev(void **state)
{
	int unknown;

	g_final_status = 0;
	spdk_set_thread(g_threads[1]);
	spdk_for_each_channel(&unknown, visit_channel, &g_stop_at, NULL);
	settle_all();
	assert_trace("");
	spdk_set_thread(g_threads[0]);
	spdk_io_device_unregister(&g_device, NULL);
	start_channels(0, 0, 0);
	settle_all();
	assert_trace(".");
	assert_int_equal(g_final_status, -ENODEV);
	/* For the tear-down. */
	spdk_set_thread(g_threads[0]);
	spdk_io_device_register(&g_device, make_channel, free_channel, 0, "device");
	spdk_set_thread(NULL);
	spdk_for_each_channel(&g_device, visit_channel, NULL, NULL);
	assert_true(log_captured("spdk_for_each_channel()", NULL));
	log_capture_clear();
}

static void
unregistered(void *io_device)
{
	assert_ptr_equal(spdk_get_thread(), g_threads[3]);
	trace_add('u');
}

static void
device_is_unregistered_when_the_rounds_over_it_have_ended(void **state)
{
	struct spdk_io_channel_iter *first;
	int i;

	start_channels(0, 0, 'b');
	settle_all();
	assert_trace("ab");
	first = g_pending;
	start_channels(0, 0, 'a');
	settle_all();
	assert_trace("a");

	spdk_set_thread(g_threads[3]);
	spdk_io_device_unregister(&g_device, unregistered);
	spdk_io_device_unregister(&g_device, unregistered);
	assert_true(log_captured("being unregistered already", NULL));
	log_capture_clear();
	for (i = 0; i < THREADS; i++) {
		put_channel(i);
	}
	settle_all();
	assert_trace("");
	assert_int_equal(g_destroyed, THREADS);
	continue_pending('a');
	settle_all();
	assert_trace(".");
	g_pending = first;
	continue_pending('b');
	settle_all();
	assert_trace(".u");

	spdk_set_thread(g_threads[0]);
	spdk_io_device_register(&g_device, make_channel, free_channel, 0, "device");
}

static void
full_queue_does_not_keep_a_channel_from_its_turn(void **state)
{
	int i;

	for (i = 1; i <= 2; i++) {
		spindle_thread_set_message_limit(g_threads[i], 1);
		while (spdk_thread_send_msg(g_threads[i], add_letter, (void *)(uintptr_t)'m') ==
		       0) {
		}
	}
	g_hold_at = g_stop_at = 0;
	spdk_set_thread(g_threads[1]);
	spdk_for_each_channel(&g_device, visit_channel, &g_stop_at, channels_done);
	settle_all();
	assert_non_null(strchr(g_trace, 'b'));
	assert_non_null(strchr(g_trace, 'c'));
	assert_non_null(strchr(g_trace, '.'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROUND_TEST(every_thread_is_visited_in_order_of_creation),
		ROUND_TEST(round_over_threads_leaves_out_those_that_are_leaving),
		ROUND_TEST(round_over_threads_survives_the_next_one_going),
		ROUND_TEST(round_over_threads_needs_no_completion_but_a_thread),
		ROUND_TEST(thread_outlives_the_round_that_it_began),
		ROUND_TEST(full_queue_is_not_passed_over),
		CHANNEL_TEST(channels_are_visited_in_order_of_their_threads),
		CHANNEL_TEST(status_other_than_zero_ends_the_round_over_channels),
		CHANNEL_TEST(channels_that_are_gone_are_left_out),
		CHANNEL_TEST(round_stops_for_a_channel_whose_message_is_on_its_way_when_it_goes),
		CHANNEL_TEST(channel_that_is_got_again_before_it_goes_has_its_turn),
		CHANNEL_TEST(step_may_go_on_after_its_channel_has_gone),
		CHANNEL_TEST(step_is_ended_on_its_own_thread_only),
		CHANNEL_TEST(round_that_is_kept_may_begin_again_where_it_ends),
		CHANNEL_TEST(unknown_device_completes_by_message_with_enodev),
		CHANNEL_TEST(device_is_unregistered_when_the_rounds_over_it_have_ended),
		CHANNEL_TEST(full_queue_does_not_keep_a_channel_from_its_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
