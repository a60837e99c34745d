/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Run queues: they visit a thread only when there is a reason, sleep when there is none, keep what
 * a thread has when it moves, and count the time of all.
 */
#include <signal.h>

#include "runtime/thread/home_fixture.h"

static int
count_poll(void *arg)
{
	++*(int *)arg;
	return SPDK_POLLER_BUSY;
}

static int
idle_count_poll(void *arg)
{
	++*(int *)arg;
	return SPDK_POLLER_IDLE;
}

/* ---- Who is visited ---- */

static void
only_threads_with_a_reason_are_visited(void **state)
{
	struct spdk_thread *idle = make_homed("idle"), *busy = make_homed("busy");
	uint64_t last;
	int i;

	spindle_run_queue_turn(g_queue);
	assert_int_equal(count_of(g_queue), 2);
	last = spdk_thread_get_last_tsc(idle);
	for (i = 0; i < 10; i++) {
		send_letter(busy, 'b');
		assert_int_equal(spindle_run_queue_turn(g_queue), 1);
	}
	assert_trace("bbbbbbbbbb");
	assert_int_equal(spdk_thread_get_last_tsc(idle), last);
	assert_int_equal(spindle_run_queue_turn(g_queue), 0);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	send_letter(idle, 'i');
	spindle_run_queue_turn(g_queue);
	assert_true(spdk_thread_get_last_tsc(idle) > last);
	end_homed();
}

static int g_polls;
static struct spdk_poller *g_poller;

static void
start_active(void *arg)
{
	g_polls = 0;
	g_poller = spdk_poller_register(arg != NULL ? count_poll : idle_count_poll, &g_polls, 0);
}

static void
stop_poller(void *arg)
{
	spdk_poller_unregister(&g_poller);
}

static void
pause_poller(void *arg)
{
	spdk_poller_pause(g_poller);
}

static void
active_poller_has_its_thread_visited_each_turn(void **state)
{
	struct spdk_thread *thread = make_homed("polling");
	int i;

	spdk_thread_send_msg(thread, start_active, NULL);
	for (i = 0; i < 10; i++) {
		spindle_run_queue_turn(g_queue);
		assert_int_equal(g_polls, i + 1);
		assert_int_equal(spindle_run_queue_next_deadline(g_queue), 0);
		assert_false(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
	}
	spdk_thread_send_msg(thread, pause_poller, NULL);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(g_polls, 10);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	spdk_thread_send_msg(thread, stop_poller, NULL);
	end_homed();
}

static void
start_timed(void *arg)
{
	g_polls = 0;
	g_poller = spdk_poller_register(count_poll, &g_polls, (uint64_t)(uintptr_t)arg);
}

static void
timer_ends_the_sleep_and_runs_when_due(void **state)
{
	struct spdk_thread *thread = make_homed("timed");
	uint64_t due;

	spdk_thread_send_msg(thread, start_timed, (void *)(uintptr_t)20000);
	spindle_run_queue_turn(g_queue);
	due = spindle_run_queue_next_deadline(g_queue);
	assert_in_range(due, spdk_get_ticks(), spdk_get_ticks() + ticks_of_ms(20));
	assert_int_equal(spindle_run_queue_turn(g_queue), 0);
	assert_int_equal(g_polls, 0);
	while (g_polls == 0) {
		assert_true(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
		spindle_run_queue_turn(g_queue);
	}
	assert_true(spdk_get_ticks() >= due);
	/* Armed again, and let go of. */
	assert_true(spindle_run_queue_next_deadline(g_queue) > due);
	spdk_thread_send_msg(thread, stop_poller, NULL);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	end_homed();
}

static void
a_turn_begins_when_it_is_told(void **state)
{
	struct spdk_thread *thread = make_homed("timed");
	uint64_t due;

	spdk_thread_send_msg(thread, start_timed, (void *)(uintptr_t)60000000);
	spindle_run_queue_turn(g_queue);
	due = spindle_run_queue_next_deadline(g_queue);
	assert_int_equal(spindle_run_queue_turn_at(g_queue, due - 1), 0);
	assert_int_equal(g_polls, 0);
	assert_int_equal(spindle_run_queue_turn_at(g_queue, due), 1);
	assert_int_equal(g_polls, 1);
	spdk_thread_send_msg(thread, stop_poller, NULL);
	spindle_run_queue_turn(g_queue);
	end_homed();
}

static void
park_ends_at_the_given_deadline(void **state)
{
	uint64_t deadline = spdk_get_ticks() + ticks_of_ms(10);

	while (spdk_get_ticks() < deadline) {
		(void)spindle_run_queue_park(g_queue, deadline);
	}
	assert_true(spdk_get_ticks() < deadline + ticks_of_ms(5000));
}

/* ---- Coming and going ---- */

static void
thread_brings_its_pollers_and_messages_along(void **state)
{
	struct spdk_thread *thread = make_thread("before");
	int active = 0, timed = 0;
	struct spdk_poller *first, *second;

	spdk_set_thread(thread);
	first = spdk_poller_register(count_poll, &active, 0);
	second = spdk_poller_register(count_poll, &timed, 1);
	spdk_set_thread(NULL);
	send_letter(thread, 'a');
	spdk_thread_poll(thread, 0, 0);
	send_letter(thread, 'b');
	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	send_letter(thread, 'c');
	active = timed = 0;
	usleep(100);
	spindle_run_queue_turn(g_queue);
	assert_trace("abc");
	assert_int_equal(active, 1);
	assert_int_equal(timed, 1);
	usleep(100);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(active, 2);
	assert_int_equal(timed, 2);

	spdk_set_thread(thread);
	spdk_poller_unregister(&first);
	spdk_poller_unregister(&second);
	spdk_set_thread(NULL);
	end_homed();
}

static void
register_from_outside_is_seen_at_home(void **state)
{
	struct spdk_thread *thread = make_homed("outside");
	int polls = 0;
	struct spdk_poller *poller;

	spindle_run_queue_turn(g_queue);
	/* Start-up code does so, while nobody turns the queue. */
	spdk_set_thread(thread);
	poller = spdk_poller_register(count_poll, &polls, 0);
	spdk_set_thread(NULL);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(polls, 1);
	spdk_set_thread(thread);
	spdk_poller_unregister(&poller);
	poller = spdk_poller_register(count_poll, &polls, 1);
	spdk_set_thread(NULL);
	spindle_run_queue_turn(g_queue);
	usleep(100);
	spindle_run_queue_turn(g_queue);
	assert_in_range(polls, 2, 3);
	spdk_set_thread(thread);
	spdk_poller_unregister(&poller);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	spdk_thread_exit(thread);
	spdk_set_thread(NULL);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spdk_thread_get_count(), 0);
}

static void
move_to_second(void *arg)
{
	trace_add('v');
	assert_int_equal(spindle_run_queue_move(g_second), 0);
}

static void
moving_thread_keeps_messages_and_timers(void **state)
{
	struct spdk_thread *thread = make_homed("moving");
	int i;

	spdk_thread_send_msg(thread, start_timed, (void *)(uintptr_t)1000);
	spindle_run_queue_turn(g_queue);
	send_letter(thread, 'a');
	spdk_thread_send_msg(thread, move_to_second, NULL);
	for (i = 0; i < 40; i++) {
		send_letter(thread, 'm');
	}
	spindle_run_queue_turn(g_queue);
	/* A message that came with the move waits for the new home. */
	assert_int_equal(strlen(g_trace), 32);
	send_letter(thread, 'z');
	spindle_run_queue_turn(g_queue);
	assert_int_equal(strlen(g_trace), 32);
	assert_int_equal(count_of(g_queue), 0);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	spindle_run_queue_turn(g_second);
	assert_int_equal(count_of(g_second), 1);
	assert_int_equal(strlen(g_trace), 43);
	assert_int_equal(g_trace[42], 'z');
	g_polls = 0;
	while (g_polls == 0) {
		spindle_run_queue_park(g_second, SPINDLE_PARK_FOREVER);
		spindle_run_queue_turn(g_second);
	}
	spdk_thread_send_msg(thread, stop_poller, NULL);
	end_homed();
}

static void
move_where_it_lives(void *arg)
{
	assert_int_equal(spindle_run_queue_move(g_second), 0);
	assert_int_equal(spindle_run_queue_move(g_queue), 0);
	trace_add('w');
}

static void
try_to_move(void *arg)
{
	trace_add(spindle_run_queue_move(g_second) == -EPERM ? 'P' : '?');
}

static void
move_is_refused_where_it_cannot_be(void **state)
{
	struct spdk_thread *thread = make_homed("fixed"), *polled = make_thread("polled");

	assert_int_equal(spindle_run_queue_move(g_second), -EINVAL);
	log_capture_clear();
	spdk_set_thread(polled);
	assert_int_equal(spindle_run_queue_move(g_second), -EINVAL);
	assert_true(log_captured("'polled'", NULL));
	log_capture_clear();
	spdk_set_thread(NULL);
	end_thread(polled);

	spdk_thread_bind(thread, true);
	spdk_thread_send_msg(thread, try_to_move, NULL);
	spindle_run_queue_turn(g_queue);
	assert_trace("P");
	spdk_thread_bind(thread, false);
	spdk_thread_send_msg(thread, move_where_it_lives, NULL);
	spindle_run_queue_turn(g_queue);
	assert_trace("w");
	assert_int_equal(count_of(g_queue), 1);
	end_homed();
}

static void
add_to_queue(void *arg)
{
	trace_add(spindle_run_queue_add(g_queue, arg) == -EBUSY ? 'B' : '?');
}

static void
thread_is_added_once_and_by_nobody_while_it_is_polled(void **state)
{
	struct spdk_thread *thread = make_thread("added");

	spdk_thread_send_msg(thread, add_to_queue, thread);
	spdk_thread_poll(thread, 0, 0);
	assert_trace("B");
	log_capture_clear();
	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	assert_int_equal(spindle_run_queue_add(g_queue, thread), -EINVAL);
	assert_true(log_captured("'added'", "lives on a run queue", NULL));
	log_capture_clear();
	assert_int_equal(spindle_run_queue_add(g_second, thread), -EINVAL);
	log_capture_clear();
	/* And is not polled any more. */
	send_letter(thread, 'm');
	assert_int_equal(spdk_thread_poll(thread, 0, 0), 0);
	assert_trace("");
	log_capture_clear();
	end_homed();
}

static void
exited_thread_is_destroyed_by_its_home(void **state)
{
	struct spdk_thread *first = make_homed("first"), *second = make_homed("second");

	spdk_thread_send_msg(second, leave, NULL);
	send_letter(second, 's');
	spindle_run_queue_turn(g_queue);
	assert_trace("s");
	assert_int_equal(spdk_thread_get_count(), 1);
	assert_int_equal(count_of(g_queue), 1);
	assert_int_equal(spdk_thread_send_msg(second, leave, NULL), -EIO);
	log_capture_clear();
	/* The app thread may be asked to the end. */
	spdk_thread_send_msg(first, leave, NULL);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spdk_thread_get_count(), 0);
	assert_true(spdk_thread_is_exited(first));
}

static void
inhabited_queue_is_not_destroyed(void **state)
{
	struct spdk_thread *thread = make_homed("inhabitant");

	assert_int_equal(spindle_run_queue_destroy(g_queue), -EBUSY);
	log_capture_clear();
	spindle_run_queue_turn(g_queue);
	assert_int_equal(spindle_run_queue_destroy(g_queue), -EBUSY);
	assert_true(log_captured("spindle_run_queue_destroy()", "1 thread", NULL));
	log_capture_clear();
	spdk_thread_send_msg(thread, leave, NULL);
	end_homed();
	assert_int_equal(spindle_run_queue_destroy(g_queue), 0);
	assert_int_equal(spindle_run_queue_destroy(NULL), 0);
	/* Made anew it knows nothing of the one before. */
	assert_int_equal(spindle_run_queue_create(&g_queue), 0);
	assert_int_equal(count_of(g_queue), 0);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
}

static void
thread_left_at_the_end_of_the_library_leaves_its_queue(void **state)
{
	int i;

	for (i = 0; i < 4; i++) {
		(void)make_homed("left");
	}
	spindle_run_queue_turn(g_queue);
	/* One in the inbox, one with a timer, one on its way from the start. */
	spdk_thread_send_msg(spdk_thread_get_by_id(1), leave, NULL);
	spdk_thread_send_msg(spdk_thread_get_by_id(2), start_timed, (void *)(uintptr_t)1000);
	spindle_run_queue_turn(g_queue);
	spdk_thread_send_msg(spdk_thread_get_by_id(3), start_active, NULL);
	spindle_run_queue_turn(g_queue);
	(void)make_homed("never run");
	send_letter(spdk_thread_get_by_id(4), 'x');
	spdk_thread_lib_fini();
	assert_true(log_captured("4 threads are left", NULL));
	log_capture_clear();
	usleep(1100);
	assert_int_equal(spindle_run_queue_turn(g_queue), 0);
	assert_int_equal(count_of(g_queue), 0);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	assert_trace("");
}

static void
turn_again(void *arg)
{
	trace_add('(');
	spindle_run_queue_turn(g_queue);
	trace_add(')');
}

static void
turn_inside_a_turn_runs_what_is_left_of_it(void **state)
{
	struct spdk_thread *threads[4];
	int i;

	for (i = 0; i < 4; i++) {
		threads[i] = make_homed("nested");
	}
	spindle_run_queue_turn(g_queue);
	spdk_thread_send_msg(threads[0], turn_again, NULL);
	send_letter(threads[1], 'b');
	send_letter(threads[2], 'c');
	send_letter(threads[3], 'd');
	spindle_run_queue_turn(g_queue);
	assert_trace("(bcd)");
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), UINT64_MAX);
	end_homed();
}

/* ---- Waking ---- */

static _Atomic bool g_stop;
static int g_received;

static void
add_one(void *arg)
{
	g_received++;
}

static void *
ping(void *arg)
{
	int i;

	for (i = 0; i < 200; i++) {
		usleep((useconds_t)(i % 7) * 50);
		spdk_thread_send_msg(arg, add_one, NULL);
	}
	return NULL;
}

static void
os_thread_wakes_a_parked_queue(void **state)
{
	struct spdk_thread *thread = make_homed("woken");
	pthread_t pthread;

	g_received = 0;
	assert_int_equal(pthread_create(&pthread, NULL, ping, thread), 0);
	while (g_received < 200) {
		/* A wake-up that is lost hangs here. */
		spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER);
		spindle_run_queue_turn(g_queue);
	}
	pthread_join(pthread, NULL);
	end_homed();
}

static void *
wake_later(void *arg)
{
	usleep(20000);
	g_stop = true;
	spindle_run_queue_wake(arg);
	return NULL;
}

static void
wake_ends_a_park_and_the_next_one(void **state)
{
	pthread_t pthread;

	g_stop = false;
	assert_int_equal(pthread_create(&pthread, NULL, wake_later, g_queue), 0);
	while (!g_stop) {
		spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER);
		spindle_run_queue_turn(g_queue);
	}
	pthread_join(pthread, NULL);

	spindle_run_queue_wake(g_queue);
	assert_false(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
	/* It may end another one, when a turn came between, but not for ever. */
	spindle_run_queue_turn(g_queue);
	(void)spindle_run_queue_park(g_queue, spdk_get_ticks() + ticks_of_ms(1));
	assert_true(spindle_run_queue_park(g_queue, spdk_get_ticks() + ticks_of_ms(1)));
}

static struct spdk_thread *g_signalled;

static void
note_critical(void *ctx)
{
	g_stop = true;
}

static void
on_signal(int number)
{
	(void)spdk_thread_send_critical_msg(g_signalled, note_critical);
}

static void *
kill_later(void *arg)
{
	usleep(20000);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static void
signal_handler_wakes_the_queue_that_it_interrupts(void **state)
{
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t self = pthread_self(), pthread;

	g_signalled = make_homed("signalled");
	spindle_run_queue_turn(g_queue);
	g_stop = false;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(pthread_create(&pthread, NULL, kill_later, &self), 0);
	while (!g_stop) {
		spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER);
		spindle_run_queue_turn(g_queue);
	}
	pthread_join(pthread, NULL);
	end_homed();
}

/* ---- Time ---- */

static uint64_t
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * SPDK_SEC_TO_USEC + (uint64_t)now.tv_nsec / 1000;
}

static void
queue_with_nothing_to_do_uses_no_cpu(void **state)
{
	uint64_t end = spdk_get_ticks() + ticks_of_ms(500), before;
	int i;

	for (i = 0; i < 50; i++) {
		(void)make_homed("resting");
	}
	spindle_run_queue_turn(g_queue);
	spdk_thread_send_msg(spdk_thread_get_by_id(7), start_timed, (void *)(uintptr_t)50000);
	before = cpu_us();
	while (spdk_get_ticks() < end) {
		spindle_run_queue_turn(g_queue);
		spindle_run_queue_park(g_queue, end);
	}
	/* Ten timers in half a second. */
	assert_in_range(g_polls, 5, 11);
	assert_true(cpu_us() - before < 50000);
	spdk_thread_send_msg(spdk_thread_get_by_id(7), stop_poller, NULL);
	end_homed();
}

static void
times_of_threads_add_up_to_those_of_their_queue(void **state)
{
	struct spindle_run_queue_stats before, after;
	struct spdk_thread *threads[4];
	uint64_t busy = 0, idle = 0;
	uintptr_t i;

	for (i = 0; i < 4; i++) {
		threads[i] = make_homed("counted");
	}
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_get_stats(g_queue, &before);
	for (i = 0; i < 40; i++) {
		spdk_thread_send_msg(threads[i % 3], spend_a_millisecond, NULL);
		spindle_run_queue_turn(g_queue);
		usleep(500);
		spindle_run_queue_turn(g_queue);
	}
	spindle_run_queue_get_stats(g_queue, &after);
	for (i = 0; i < 4; i++) {
		spdk_thread_send_msg(threads[i], note_stats, (void *)i);
	}
	spindle_run_queue_turn(g_queue);
	for (i = 0; i < 4; i++) {
		busy += g_stats[i].busy_tsc;
		idle += g_stats[i].idle_tsc;
	}
	assert_int_equal(g_stats[3].busy_tsc, 0);
	assert_in_range(after.busy_tsc - before.busy_tsc, ticks_of_ms(40), busy);
	assert_true(after.idle_tsc - before.idle_tsc >= ticks_of_ms(20));
	/* Nothing but what is lost in dividing by four. */
	assert_in_range(busy, after.busy_tsc - before.busy_tsc, after.busy_tsc);
	assert_in_range(idle, after.idle_tsc - before.idle_tsc - 1000, after.idle_tsc);
	end_homed();
}

static void
move_to_first(void *arg)
{
	assert_int_equal(spindle_run_queue_move(g_queue), 0);
}

static void
thread_is_charged_from_its_arrival_on(void **state)
{
	struct spdk_thread *old = make_homed("old"), *late;

	spindle_run_queue_turn(g_queue);
	usleep(50000);
	spindle_run_queue_turn(g_queue);
	late = make_homed("late");
	spindle_run_queue_turn(g_queue);
	spdk_thread_send_msg(late, note_stats, (void *)(uintptr_t)0);
	spdk_thread_send_msg(old, note_stats, (void *)(uintptr_t)1);
	spindle_run_queue_turn(g_queue);
	assert_true(g_stats[1].idle_tsc >= ticks_of_ms(50));
	assert_true(g_stats[0].idle_tsc < ticks_of_ms(25));

	/* Nor for what the queue did before that it moves to. */
	spindle_run_queue_turn(g_second);
	(void)spindle_run_queue_add(g_second, make_thread("other"));
	spindle_run_queue_turn(g_second);
	usleep(50000);
	spindle_run_queue_turn(g_second);
	spindle_run_queue_turn(g_queue);
	spdk_thread_send_msg(late, note_stats, (void *)(uintptr_t)0);
	spdk_thread_send_msg(late, move_to_second, NULL);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_second);
	spdk_thread_send_msg(late, note_stats, (void *)(uintptr_t)1);
	spindle_run_queue_turn(g_second);
	assert_true(g_stats[1].idle_tsc - g_stats[0].idle_tsc < ticks_of_ms(25));

	/* Nor, when it comes back, for what the first one did without it. */
	spindle_run_queue_turn(g_queue);
	usleep(50000);
	spindle_run_queue_turn(g_queue);
	spdk_thread_send_msg(late, move_to_first, NULL);
	spindle_run_queue_turn(g_second);
	spdk_thread_send_msg(late, note_stats, (void *)(uintptr_t)0);
	spindle_run_queue_turn(g_queue);
	/* Of the 50 ms it has got its share of the second one, but no more. */
	assert_true(g_stats[0].idle_tsc - g_stats[1].idle_tsc < ticks_of_ms(45));
	end_homed();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(only_threads_with_a_reason_are_visited),
		HOME_TEST(active_poller_has_its_thread_visited_each_turn),
		HOME_TEST(timer_ends_the_sleep_and_runs_when_due),
		HOME_TEST(a_turn_begins_when_it_is_told),
		HOME_TEST(park_ends_at_the_given_deadline),
		HOME_TEST(thread_brings_its_pollers_and_messages_along),
		HOME_TEST(register_from_outside_is_seen_at_home),
		HOME_TEST(moving_thread_keeps_messages_and_timers),
		HOME_TEST(move_is_refused_where_it_cannot_be),
		HOME_TEST(thread_is_added_once_and_by_nobody_while_it_is_polled),
		HOME_TEST(exited_thread_is_destroyed_by_its_home),
		HOME_TEST(inhabited_queue_is_not_destroyed),
		HOME_TEST(thread_left_at_the_end_of_the_library_leaves_its_queue),
		HOME_TEST(turn_inside_a_turn_runs_what_is_left_of_it),
		HOME_TEST(os_thread_wakes_a_parked_queue),
		HOME_TEST(wake_ends_a_park_and_the_next_one),
		HOME_TEST(signal_handler_wakes_the_queue_that_it_interrupts),
		HOME_TEST(queue_with_nothing_to_do_uses_no_cpu),
		HOME_TEST(times_of_threads_add_up_to_those_of_their_queue),
		HOME_TEST(thread_is_charged_from_its_arrival_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
