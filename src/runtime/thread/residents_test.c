/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the owner of a run queue does with the threads that live there: sees them, moves them, and
 * ends those that are left when it is about to end itself.
 */
#include "runtime/thread/home_fixture.h"
#include "spindle/thread.h"

static void
turn_both(void)
{
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_second);
}

/* ---- Who lives there ---- */

static void
add_name(struct spdk_thread *thread, void *arg)
{
	assert_null(spdk_get_thread());
	assert_ptr_equal(arg, g_trace);
	trace_add(spdk_thread_get_name(thread)[0]);
}

#define assert_residents(queue, names)                                         \
	do {                                                                   \
		spindle_run_queue_for_each_thread((queue), add_name, g_trace); \
		assert_trace(names);                                           \
	} while (0)

static void
each_thread_is_seen_where_it_lives_and_nowhere_else(void **state)
{
	struct spdk_thread *a, *b;

	assert_residents(g_queue, "");
	a = make_homed("a");
	b = make_homed("b");
	(void)make_thread("polled");
	/* Not before it has run there. */
	assert_residents(g_queue, "");
	spindle_run_queue_turn(g_queue);
	(void)make_homed("c");
	assert_residents(g_queue, "ba");
	spindle_run_queue_turn(g_queue);
	assert_residents(g_queue, "cba");

	assert_int_equal(spindle_run_queue_move_thread(g_queue, a, g_second), 0);
	assert_residents(g_queue, "cba");
	spindle_run_queue_turn(g_queue);
	/* On its way: with nobody. */
	assert_residents(g_queue, "cb");
	assert_residents(g_second, "");
	spindle_run_queue_turn(g_second);
	assert_residents(g_second, "a");

	spdk_thread_send_msg(b, leave, NULL);
	spindle_run_queue_turn(g_queue);
	assert_residents(g_queue, "c");
	assert_int_equal(spindle_run_queue_move_thread(g_second, a, g_queue), 0);
	spindle_run_queue_turn(g_second);
	spindle_run_queue_turn(g_queue);
	assert_residents(g_queue, "ac");
	assert_residents(g_second, "");
	end_thread(spdk_thread_get_by_id(3));
	end_homed();
	assert_residents(g_queue, "");
}

static void
thread_left_at_the_end_of_the_library_is_seen_no_more(void **state)
{
	(void)make_homed("left");
	spindle_run_queue_turn(g_queue);
	assert_residents(g_queue, "l");
	spdk_thread_lib_fini();
	log_capture_clear();
	assert_residents(g_queue, "");
}

/* ---- Moving one ---- */

static void
move_away(struct spdk_thread *thread, void *arg)
{
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, arg), 0);
}

static void
all_of_them_may_be_moved_while_they_are_seen(void **state)
{
	int i;

	for (i = 0; i < 10; i++) {
		(void)make_homed("resident");
	}
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_for_each_thread(g_queue, move_away, g_second);
	/* An idle thread is brought to a run by that. */
	assert_false(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
	turn_both();
	assert_int_equal(count_of(g_queue), 0);
	assert_int_equal(count_of(g_second), 10);
	end_homed();
}

static void
thread_that_lives_elsewhere_is_not_moved(void **state)
{
	struct spdk_thread *thread = make_homed("settled"), *polled = make_thread("polled");

	/* Not yet, either. */
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), -EINVAL);
	log_capture_clear();
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_move_thread(g_second, thread, g_queue), -EINVAL);
	assert_true(log_captured("spindle_run_queue_move_thread()", "'settled'", NULL));
	log_capture_clear();
	assert_int_equal(spindle_run_queue_move_thread(g_queue, polled, g_second), -EINVAL);
	assert_true(log_captured("'polled'", NULL));
	log_capture_clear();
	turn_both();
	assert_residents(g_queue, "s");
	/* Nor twice: it has gone. */
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), 0);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), -EINVAL);
	log_capture_clear();
	end_thread(polled);
	end_homed();
}

static void
bound_thread_is_not_moved(void **state)
{
	struct spdk_thread *thread = make_homed("bound");

	spindle_run_queue_turn(g_queue);
	spdk_thread_bind(thread, true);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), -EPERM);
	turn_both();
	assert_residents(g_queue, "b");
	spdk_thread_bind(thread, false);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), 0);
	turn_both();
	assert_residents(g_second, "b");
	end_homed();
}

static void
move_where_it_lives_is_none(void **state)
{
	struct spdk_thread *thread = make_homed("here");

	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_queue), 0);
	turn_both();
	assert_residents(g_queue, "h");
	/* The last word counts. */
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), 0);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_queue), 0);
	turn_both();
	assert_residents(g_queue, "h");
	turn_both();
	assert_residents(g_queue, "h");
	end_homed();
}

static void
stay(void *arg)
{
	assert_int_equal(spindle_run_queue_move(g_queue), 0);
}

static void
thread_itself_has_the_last_word_on_its_move(void **state)
{
	struct spdk_thread *thread = make_homed("own");

	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), 0);
	spdk_thread_send_msg(thread, stay, NULL);
	turn_both();
	turn_both();
	assert_residents(g_queue, "o");
	/* Nor is it held to a move that it has made. */
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), 0);
	turn_both();
	assert_residents(g_second, "o");
	spdk_thread_send_msg(thread, stay, NULL);
	turn_both();
	turn_both();
	turn_both();
	assert_residents(g_queue, "o");
	end_homed();
}

static void
exiting_thread_exits_wherever_it_is_moved(void **state)
{
	struct spdk_thread *thread = make_homed("exiting");

	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, NULL, UINT64_MAX), 1);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, thread, g_second), 0);
	turn_both();
	assert_int_equal(spdk_thread_get_count(), 0);
	assert_int_equal(count_of(g_queue) + count_of(g_second), 0);
}

/* ---- Moving under load ---- */

#define SENDERS  3
#define MESSAGES 100000 /* of all senders */
#define EACH     ((MESSAGES + SENDERS - 1) / SENDERS)

struct sender {
	uint64_t received;
};

static struct sender g_senders[SENDERS];
static struct spdk_thread *g_wanderer;
static _Atomic bool g_is_done;
static uint64_t g_total, g_disorder;
static _Atomic uint64_t g_moves;

static void
receive(void *arg)
{
	struct sender *sender = &g_senders[(uintptr_t)arg >> 32];

	g_disorder += sender->received != ((uintptr_t)arg & UINT32_MAX);
	sender->received++;
	if (++g_total == SENDERS * EACH) {
		leave(NULL);
	}
}

static void *
send_all(void *arg)
{
	uintptr_t index = (uintptr_t)arg, i;

	for (i = 0; i < EACH; i++) {
		spdk_thread_send_msg(g_wanderer, receive, (void *)(index << 32 | i));
		if (i % 64 == 0) {
			/* So that the home sleeps now and then. */
			usleep(20);
		}
	}
	return NULL;
}

static void
move_to_other(struct spdk_thread *thread, void *arg)
{
	struct spindle_run_queue *queue = arg;

	if (spindle_run_queue_move_thread(queue, thread, queue == g_queue ? g_second : g_queue) ==
	    0) {
		g_moves++;
	}
}

static void *
turn_and_move(void *arg)
{
	struct spindle_run_queue *queue = arg;
	uint32_t turns = 0;

	while (!g_is_done) {
		if (spindle_run_queue_turn(queue) == 0) {
			spindle_run_queue_park(queue, spdk_get_ticks() + ticks_of_ms(10));
		}
		if (++turns % 4 == 0) {
			spindle_run_queue_for_each_thread(queue, move_to_other, queue);
		}
		if (spdk_thread_get_count() == 0) {
			g_is_done = true;
		}
	}
	return NULL;
}

static void
messages_keep_their_order_while_the_homes_move_the_thread(void **state)
{
	pthread_t senders[SENDERS], reactor;
	uintptr_t i;

	memset(g_senders, 0, sizeof(g_senders));
	g_total = g_disorder = 0;
	g_moves = 0;
	g_is_done = false;
	g_wanderer = make_homed("wanderer");
	assert_int_equal(pthread_create(&reactor, NULL, turn_and_move, g_second), 0);
	for (i = 0; i < SENDERS; i++) {
		assert_int_equal(pthread_create(&senders[i], NULL, send_all, (void *)i), 0);
	}
	/* A message that is lost hangs here. */
	turn_and_move(g_queue);
	pthread_join(reactor, NULL);
	for (i = 0; i < SENDERS; i++) {
		pthread_join(senders[i], NULL);
		assert_int_equal(g_senders[i].received, EACH);
	}
	assert_int_equal(g_disorder, 0);
	assert_int_equal(g_total, SENDERS * EACH);
	assert_in_range(g_moves, 100, UINT64_MAX);
	assert_int_equal(count_of(g_queue) + count_of(g_second), 0);
}

/* ---- Ending them ---- */

struct holder {
	struct spdk_poller *poller;
	struct spdk_io_channel *channel;
};

static int g_device;

static int
idle_poll(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static int
make_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
free_channel(void *io_device, void *ctx)
{
	trace_add('c');
}

static void
hold_poller(void *arg)
{
	struct holder *holder = arg;

	holder->poller = spdk_poller_register_named(idle_poll, NULL, 1000000, "held_poller");
}

static void
hold_channel(void *arg)
{
	struct holder *holder = arg;

	holder->channel = spdk_get_io_channel(&g_device);
	assert_non_null(holder->channel);
}

static void
let_go(void *arg)
{
	struct holder *holder = arg;

	spdk_poller_unregister(&holder->poller);
	if (holder->channel != NULL) {
		spdk_put_io_channel(holder->channel);
	}
}

static void
register_device(struct spdk_thread *thread)
{
	spdk_set_thread(thread);
	spdk_io_device_register(&g_device, make_channel, free_channel, 0, "held_device");
	spdk_set_thread(NULL);
}

static void
unregister_device(struct spdk_thread *thread)
{
	spdk_set_thread(thread);
	spdk_io_device_unregister(&g_device, NULL);
	spdk_set_thread(NULL);
}

/* Sleeps and turns until so many live on the first queue, or `until`. False: not in time. */
static bool
turn_until(uint32_t count, uint64_t until)
{
	for (;;) {
		spindle_run_queue_turn(g_queue);
		if (count_of(g_queue) == count) {
			return true;
		}
		if (spdk_get_ticks() >= until) {
			return false;
		}
		spindle_run_queue_park(g_queue, until);
	}
}

static uint64_t
in_ms(uint64_t ms)
{
	return spdk_get_ticks() + ticks_of_ms(ms);
}

static void
threads_that_hold_nothing_end_at_once_and_one_is_kept(void **state)
{
	struct spdk_thread *kept = make_homed("kept");

	(void)make_homed("first");
	(void)make_homed("second");
	spindle_run_queue_turn(g_queue);
	send_letter(kept, 'k');
	send_letter(spdk_thread_get_by_id(2), 'f');
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, kept, in_ms(60000)), 3);
	/* What was sent before runs. */
	spindle_run_queue_turn(g_queue);
	assert_trace("kf");
	assert_residents(g_queue, "k");
	assert_int_equal(spdk_thread_get_count(), 1);
	send_letter(kept, 'k');
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, kept, 0), 1);
	spindle_run_queue_turn(g_queue);
	assert_trace("k");
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, NULL, 0), 1);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, NULL, 0), 0);
	assert_int_equal(spdk_thread_get_count(), 0);
}

static void
thread_that_lets_go_in_time_is_not_named(void **state)
{
	struct spdk_thread *kept = make_homed("kept"), *thread = make_homed("in_time");
	struct holder holder = {0};
	uint64_t deadline;

	spindle_run_queue_turn(g_queue);
	register_device(kept);
	spdk_thread_send_msg(thread, hold_poller, &holder);
	spdk_thread_send_msg(thread, hold_channel, &holder);
	spindle_run_queue_turn(g_queue);
	deadline = in_ms(60000);
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, kept, deadline), 2);
	assert_false(turn_until(1, in_ms(50)));
	spdk_thread_send_msg(thread, let_go, &holder);
	assert_true(turn_until(1, deadline));
	assert_trace("c");
	assert_true(log_captured_nothing());
	unregister_device(kept);
	end_homed();
}

static void
thread_that_holds_on_is_named_and_ended_at_the_deadline(void **state)
{
	struct spdk_thread *kept = make_homed("kept"), *polling = make_homed("polling"),
			   *channelled = make_homed("channelled");
	struct holder holders[2] = {0};
	uint64_t deadline;

	spindle_run_queue_turn(g_queue);
	register_device(kept);
	spdk_thread_send_msg(polling, hold_poller, &holders[0]);
	spdk_thread_send_msg(channelled, hold_channel, &holders[1]);
	spindle_run_queue_turn(g_queue);
	deadline = in_ms(100);
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, kept, deadline), 3);
	/* Asked again, it has no more time than before. */
	spindle_run_queue_exit_threads(g_queue, kept, in_ms(60000));
	assert_true(turn_until(1, in_ms(5000)));
	assert_in_range(spdk_get_ticks(), deadline, deadline + ticks_of_ms(2000));
	assert_trace("c");
	assert_true(log_captured("Thread 'polling'", "left over when its reactor stopped",
				 "'held_poller'", "hold_poller", "Thread 'channelled'",
				 "held_device", "hold_channel", "created at make_homed", NULL));
	assert_null(strstr(g_log_capture.text, "5 s"));
	assert_null(strstr(g_log_capture.text, "'kept'"));
	log_capture_clear();
	unregister_device(kept);
	end_homed();
}

static void
thread_that_exits_by_itself_keeps_its_five_seconds(void **state)
{
	struct spdk_thread *thread = make_homed("by_itself");
	struct holder holder = {0};

	spdk_thread_send_msg(thread, hold_poller, &holder);
	spdk_thread_send_msg(thread, leave, NULL);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_exit_threads(g_queue, NULL, 0), 1);
	assert_false(turn_until(0, in_ms(50)));
	assert_true(log_captured_nothing());
	spdk_thread_send_msg(thread, let_go, &holder);
	assert_true(turn_until(0, in_ms(5000)));
}

static void
deadline_that_never_comes_is_a_patient_one(void **state)
{
	struct spdk_thread *thread = make_homed("patient");
	struct holder holder = {0};

	spdk_thread_send_msg(thread, hold_poller, &holder);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_exit_threads(g_queue, NULL, SPINDLE_PARK_FOREVER);
	assert_false(turn_until(0, in_ms(50)));
	spdk_thread_send_msg(thread, let_go, &holder);
	assert_true(turn_until(0, in_ms(5000)));
}

static struct spdk_io_channel_iter *g_pending;

static void
hold_step(struct spdk_io_channel_iter *i)
{
	g_pending = i;
}

static void
round_done(struct spdk_io_channel_iter *i, int status)
{
	trace_add('d');
}

static void
begin_round(void *arg)
{
	spdk_for_each_channel(&g_device, hold_step, NULL, round_done);
}

static void
end_round(void *arg)
{
	spdk_for_each_channel_continue(g_pending, 0);
}

static struct spdk_thread *
make_rounding(struct spdk_thread *kept, struct holder *holder)
{
	struct spdk_thread *thread = make_homed("rounding");

	spindle_run_queue_turn(g_queue);
	register_device(kept);
	spdk_thread_send_msg(kept, hold_channel, holder);
	spindle_run_queue_turn(g_queue);
	g_pending = NULL;
	spdk_thread_send_msg(thread, begin_round, NULL);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_queue);
	assert_non_null(g_pending);
	return thread;
}

static void
drop_device(struct spdk_thread *kept, struct holder *holder)
{
	spdk_thread_send_msg(kept, let_go, holder);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_queue);
	assert_trace("c");
	unregister_device(kept);
}

static void
round_in_flight_has_more_time_and_is_waited_for(void **state)
{
	struct spdk_thread *kept = make_homed("kept");
	struct holder holder = {0};

	(void)make_rounding(kept, &holder);
	spindle_run_queue_exit_threads(g_queue, kept, in_ms(10));
	assert_false(turn_until(1, in_ms(100)));
	assert_true(log_captured_nothing());
	spdk_thread_send_msg(kept, end_round, NULL);
	assert_true(turn_until(1, in_ms(2000)));
	assert_trace("d");
	assert_true(log_captured_nothing());
	drop_device(kept, &holder);
	end_homed();
}

/* One that exits by itself waits beside it, for its five seconds, and is told so. */
static void
round_that_never_ends_has_three_seconds_more(void **state)
{
	struct spdk_thread *kept = make_homed("kept"), *by_itself = make_homed("by_itself");
	struct holder holder = {0}, other = {0};
	uint64_t start, deadline;

	(void)make_rounding(kept, &holder);
	start = spdk_get_ticks();
	spdk_thread_send_msg(by_itself, hold_poller, &other);
	spdk_thread_send_msg(by_itself, leave, NULL);
	spindle_run_queue_turn(g_queue);
	deadline = in_ms(10);
	spindle_run_queue_exit_threads(g_queue, kept, deadline);
	assert_true(turn_until(2, in_ms(8000)));
	assert_in_range(spdk_get_ticks(), deadline + ticks_of_ms(3000),
			deadline + ticks_of_ms(4500));
	assert_true(log_captured("Thread 'rounding'", "left over when its reactor stopped",
				 "1 spdk_for_each", NULL));
	log_capture_clear();
	assert_true(turn_until(1, in_ms(8000)));
	assert_in_range(spdk_get_ticks(), start + ticks_of_ms(5000), start + ticks_of_ms(6500));
	assert_true(log_captured("Thread 'by_itself'", "within 5 s of spdk_thread_exit()", NULL));
	assert_null(strstr(g_log_capture.text, "left over"));
	log_capture_clear();
	spdk_thread_send_msg(kept, end_round, NULL);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_queue);
	log_capture_clear();
	drop_device(kept, &holder);
	end_homed();
}

/* ---- Time ---- */

/* Each is moved by its home several times, and both homes have others that stay. */
static void
times_of_threads_that_were_moved_add_up_to_those_of_the_queues(void **state)
{
	struct spindle_run_queue_stats first, second;
	struct spdk_thread *threads[4];
	uint64_t busy = 0, idle = 0;
	uintptr_t i;

	for (i = 0; i < 4; i++) {
		threads[i] = make_homed("counted");
	}
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_move_thread(g_queue, threads[3], g_second), 0);
	turn_both();
	for (i = 0; i < 20; i++) {
		spdk_thread_send_msg(threads[i % 4], spend_a_millisecond, NULL);
		turn_both();
		usleep(500);
		assert_int_equal(spindle_run_queue_move_thread(i % 2 == 0 ? g_queue : g_second,
							       threads[1],
							       i % 2 == 0 ? g_second : g_queue),
				 0);
		turn_both();
		turn_both();
	}
	for (i = 0; i < 4; i++) {
		spdk_thread_send_msg(threads[i], note_stats, (void *)i);
	}
	spindle_run_queue_get_stats(g_queue, &first);
	spindle_run_queue_get_stats(g_second, &second);
	turn_both();
	for (i = 0; i < 4; i++) {
		busy += g_stats[i].busy_tsc;
		idle += g_stats[i].idle_tsc;
		assert_true(g_stats[i].idle_tsc >= ticks_of_ms(1));
	}
	assert_in_range(busy, ticks_of_ms(20), first.busy_tsc + second.busy_tsc);
	assert_in_range(first.busy_tsc + second.busy_tsc - busy, 0, ticks_of_ms(1));
	/* What is lost in divisions, and while nobody lived at the second. */
	assert_in_range(first.idle_tsc + second.idle_tsc - idle, 0, ticks_of_ms(1));
	end_homed();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(each_thread_is_seen_where_it_lives_and_nowhere_else),
		HOME_TEST(thread_left_at_the_end_of_the_library_is_seen_no_more),
		HOME_TEST(all_of_them_may_be_moved_while_they_are_seen),
		HOME_TEST(thread_that_lives_elsewhere_is_not_moved),
		HOME_TEST(bound_thread_is_not_moved),
		HOME_TEST(move_where_it_lives_is_none),
		HOME_TEST(thread_itself_has_the_last_word_on_its_move),
		HOME_TEST(exiting_thread_exits_wherever_it_is_moved),
		HOME_TEST(messages_keep_their_order_while_the_homes_move_the_thread),
		HOME_TEST(threads_that_hold_nothing_end_at_once_and_one_is_kept),
		HOME_TEST(thread_that_lets_go_in_time_is_not_named),
		HOME_TEST(thread_that_holds_on_is_named_and_ended_at_the_deadline),
		HOME_TEST(thread_that_exits_by_itself_keeps_its_five_seconds),
		HOME_TEST(deadline_that_never_comes_is_a_patient_one),
		HOME_TEST(round_in_flight_has_more_time_and_is_waited_for),
		HOME_TEST(round_that_never_ends_has_three_seconds_more),
		HOME_TEST(times_of_threads_that_were_moved_add_up_to_those_of_the_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
