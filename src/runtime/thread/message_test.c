/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages: their order, their batches, and the one that a signal handler may send.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "runtime/thread/segment.h"
#include "runtime/thread/thread_fixture.h"
#include "spindle/run_queue.h"

static void
messages_run_in_order_in_batches_of_eight(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);
	char letter;

	trace_clear();
	for (letter = 'a'; letter <= 't'; letter++) {
		send_letter(thread, letter);
	}
	assert_int_equal(spdk_thread_poll(thread, 0, 0), 1);
	assert_trace("abcdefgh");
	assert_int_equal(spdk_thread_poll(thread, 3, 0), 1);
	assert_trace("ijk");
	/* More than eight are not to be had. */
	assert_int_equal(spdk_thread_poll(thread, 100, 0), 1);
	assert_trace("lmnopqrs");
	assert_int_equal(spdk_thread_poll(thread, 100, 0), 1);
	assert_trace("t");
	assert_int_equal(spdk_thread_poll(thread, 0, 0), 0);
	assert_trace("");
	end_thread(thread);
}

static void
send_to_self(void *arg)
{
	trace_add('s');
	send_letter(spdk_get_thread(), 'x');
	/* Never inside the call. */
	trace_add('e');
}

static void
message_to_oneself_runs_in_a_later_batch(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);

	trace_clear();
	spdk_thread_send_msg(thread, send_to_self, NULL);
	send_letter(thread, 'b');
	spdk_thread_poll(thread, 0, 0);
	assert_trace("seb");
	spdk_thread_poll(thread, 0, 0);
	assert_trace("x");

	/* Also where the batch ends with a segment, and the next message begins another. */
	for (int i = 0; i < 40; i++) {
		spdk_thread_send_msg(thread, send_to_self, NULL);
		spdk_thread_poll(thread, 0, 0);
		assert_trace("se");
		spdk_thread_poll(thread, 0, 0);
		assert_trace("x");
	}
	end_thread(thread);
}

static struct spdk_thread *g_inner;

static void
note_current(void *arg)
{
	assert_ptr_equal(spdk_get_thread(), arg);
	trace_add('i');
}

static void
poll_inner(void *arg)
{
	assert_ptr_equal(spdk_get_thread(), arg);
	spdk_thread_send_msg(g_inner, note_current, g_inner);
	spdk_thread_poll(g_inner, 0, 0);
	assert_ptr_equal(spdk_get_thread(), arg);
	trace_add('o');
}

static void
poll_of_another_thread_inside_restores_the_current_one(void **state)
{
	struct spdk_thread *outer = make_thread("outer");

	g_inner = make_thread("inner");
	trace_clear();
	spdk_thread_send_msg(outer, poll_inner, outer);
	spdk_thread_poll(outer, 0, 0);
	assert_trace("io");
	assert_null(spdk_get_thread());
	/* And outside of any, what spdk_set_thread() chose. */
	spdk_set_thread(g_inner);
	spdk_thread_send_msg(outer, note_current, outer);
	spdk_thread_poll(outer, 0, 0);
	assert_ptr_equal(spdk_get_thread(), g_inner);
	end_thread(g_inner);
	end_thread(outer);
}

static void
poll_self(void *arg)
{
	trace_add('(');
	spdk_thread_poll(spdk_get_thread(), 0, 0);
	assert_non_null(spdk_get_thread());
	trace_add(')');
}

static void
poll_of_the_thread_itself_goes_on_with_its_messages(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);
	int i;

	trace_clear();
	send_letter(thread, 'a');
	spdk_thread_send_msg(thread, poll_self, NULL);
	send_letter(thread, 'b');
	spdk_thread_send_msg(thread, poll_self, NULL);
	send_letter(thread, 'c');
	spdk_thread_poll(thread, 0, 0);
	assert_trace("a(b(c))");
	/* Each has run once, and the next one is found. */
	send_letter(thread, 'd');
	spdk_thread_poll(thread, 0, 0);
	assert_trace("d");
	/* The inner poll passes the end of what the outer one has seen, over several segments. */
	spdk_thread_send_msg(thread, poll_self, NULL);
	for (i = 0; i < 60; i++) {
		send_letter(thread, 'm');
	}
	while (spdk_thread_poll(thread, 0, 0) > 0) {
	}
	assert_int_equal(strlen(g_trace), 62);
	end_thread(thread);
}

static void
send_to_self_around_a_poll(void *arg)
{
	send_letter(spdk_get_thread(), 'a');
	spdk_thread_poll(spdk_get_thread(), 0, 0);
	trace_add(')');
	send_letter(spdk_get_thread(), 'b');
}

/* The inner poll has gone beyond the end of what the outer batch was to run. */
static void
message_to_oneself_after_an_inner_poll_runs_in_a_later_batch(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);
	int i;

	for (i = 0; i < 40; i++) {
		trace_clear();
		spdk_thread_send_msg(thread, send_to_self_around_a_poll, NULL);
		spdk_thread_poll(thread, 0, 0);
		assert_trace("a)");
		spdk_thread_poll(thread, 0, 0);
		assert_trace("b");
	}
	end_thread(thread);
}

static void
exit_self(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
message_to_an_exiting_thread_runs(void **state)
{
	struct spdk_thread *keeper = make_thread("keeper"), *thread = make_thread("leaving");

	trace_clear();
	spdk_thread_send_msg(thread, exit_self, NULL);
	spdk_thread_send_msg(thread, send_to_self, NULL);
	spdk_thread_poll(thread, 1, 0);
	assert_false(spdk_thread_is_running(thread));
	assert_false(spdk_thread_is_exited(thread));
	send_letter(thread, 'm');
	settle(thread);
	assert_true(spdk_thread_is_exited(thread));
	assert_trace("semx");
	assert_int_equal(spdk_thread_send_msg(thread, add_letter, NULL), -EIO);
	assert_int_equal(spdk_thread_send_critical_msg(thread, add_letter), -EIO);
	assert_true(log_captured("'leaving'", "-EIO", NULL));
	log_capture_clear();
	spdk_thread_destroy(thread);
	end_thread(keeper);
}

static void
message_to_nobody_or_of_nothing_is_refused(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);

	assert_int_equal(spdk_thread_send_msg(NULL, add_letter, NULL), -EINVAL);
	assert_true(log_captured("NULL thread", "message_to_nobody", NULL));
	log_capture_clear();
	assert_int_equal(spdk_thread_send_msg(thread, NULL, NULL), -EINVAL);
	assert_true(log_captured("NULL function", NULL));
	log_capture_clear();
	assert_int_equal(spdk_thread_send_critical_msg(NULL, add_letter), -EINVAL);
	assert_int_equal(spdk_thread_send_critical_msg(thread, NULL), -EINVAL);
	assert_int_equal(spdk_thread_exec_msg(NULL, add_letter, NULL), -EINVAL);
	assert_int_equal(spdk_thread_exec_msg(thread, NULL, NULL), -EINVAL);
	log_capture_clear();
	end_thread(thread);
}

static void
exec_msg_runs_at_once_on_the_current_thread_only(void **state)
{
	struct spdk_thread *thread = make_thread(NULL);

	trace_clear();
	assert_int_equal(spdk_thread_exec_msg(thread, add_letter, (void *)(uintptr_t)'a'), 0);
	assert_trace("");
	spdk_thread_poll(thread, 0, 0);
	assert_trace("a");
	spdk_set_thread(thread);
	assert_int_equal(spdk_thread_exec_msg(thread, add_letter, (void *)(uintptr_t)'b'), 0);
	assert_trace("b");
	spdk_set_thread(NULL);
	end_thread(thread);
}

static void *
receive_and_end(void *arg)
{
	struct spdk_thread *thread = arg;

	spdk_set_thread(thread);
	spdk_thread_exit(thread);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	spdk_set_thread(NULL);
	return NULL;
}

static void
an_os_thread_that_only_receives_loses_no_memory_when_it_ends(void **state)
{
	size_t before = segment_count_in_use();
	struct spdk_thread *thread = make_thread(NULL);
	pthread_t os_thread;

	trace_clear();
	send_letter(thread, 'a');
	assert_int_equal(segment_count_in_use(), before + 1);
	assert_int_equal(pthread_create(&os_thread, NULL, receive_and_end, thread), 0);
	pthread_join(os_thread, NULL);
	spdk_thread_destroy(thread);
	assert_trace("a");
	assert_int_equal(segment_count_in_use(), before);
}

/* ---- The critical message ---- */

static struct spdk_thread *g_target;
static _Atomic int g_critical_runs;
static _Atomic int g_critical_rc;

static void
run_critical(void *ctx)
{
	assert_null(ctx);
	assert_ptr_equal(spdk_get_thread(), g_target);
	g_critical_runs++;
	if (strlen(g_trace) < 100) {
		trace_add('!');
	}
}

static void
on_signal(int number)
{
	int saved_errno = errno;

	errno = 1234;
	g_critical_rc = spdk_thread_send_critical_msg(g_target, run_critical);
	if (errno != 1234) {
		abort();
	}
	errno = saved_errno;
}

static void
install_handler(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	g_critical_runs = 0;
	g_critical_rc = 0;
	trace_clear();
}

static void
critical_message_comes_first_and_alone(void **state)
{
	g_target = make_thread(NULL);
	install_handler();
	send_letter(g_target, 'a');
	assert_int_equal(spdk_thread_send_critical_msg(g_target, run_critical), 0);
	/* While the thread is READY, and there is room for one only. */
	assert_int_equal(spdk_thread_send_critical_msg(g_target, run_critical), -EBUSY);
	raise(SIGUSR1);
	assert_int_equal(g_critical_rc, -EBUSY);
	assert_int_equal(spdk_thread_poll(g_target, 0, 0), 1);
	assert_trace("!a");
	assert_int_equal(spdk_thread_poll(g_target, 0, 0), 0);
	raise(SIGUSR1);
	assert_int_equal(g_critical_rc, 0);
	assert_int_equal(spdk_thread_poll(g_target, 0, 0), 1);
	assert_trace("!");
	end_thread(g_target);
}

static void
raise_inside(void *arg)
{
	raise(SIGUSR1);
	trace_add('r');
}

static void
send_critical_again(void *ctx)
{
	trace_add('c');
	if (strlen(g_trace) < 3) {
		/* The place is free once the function runs. */
		assert_int_equal(spdk_thread_send_critical_msg(g_target, send_critical_again), 0);
	}
}

static void
critical_message_during_a_run_is_for_the_next_one(void **state)
{
	g_target = make_thread(NULL);
	install_handler();
	spdk_thread_send_msg(g_target, raise_inside, NULL);
	send_letter(g_target, 'b');
	spdk_thread_poll(g_target, 0, 0);
	assert_int_equal(g_critical_rc, 0);
	assert_trace("rb");
	spdk_thread_poll(g_target, 0, 0);
	assert_trace("!");

	spdk_thread_send_critical_msg(g_target, send_critical_again);
	spdk_thread_poll(g_target, 0, 0);
	spdk_thread_poll(g_target, 0, 0);
	spdk_thread_poll(g_target, 0, 0);
	spdk_thread_poll(g_target, 0, 0);
	assert_trace("ccc");
	end_thread(g_target);
}

static void
exit_inside(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
	raise(SIGUSR1);
}

static void
critical_message_that_was_accepted_runs_before_the_exit(void **state)
{
	g_target = make_thread(NULL);
	install_handler();
	spdk_thread_send_msg(g_target, exit_inside, NULL);
	settle(g_target);
	assert_int_equal(g_critical_rc, 0);
	assert_true(spdk_thread_is_exited(g_target));
	assert_trace("!");
	spdk_thread_destroy(g_target);
}

static void
raise_at_home(void *arg)
{
	raise(SIGUSR1);
}

/* The handler interrupts the OS thread that turns the run queue, inside a turn and between two. */
static void
critical_message_reaches_a_thread_on_a_run_queue(void **state)
{
	struct spindle_run_queue *queue;
	struct spdk_thread *other;

	assert_int_equal(spindle_run_queue_create(&queue), 0);
	g_target = make_thread("target");
	other = make_thread("other");
	assert_int_equal(spindle_run_queue_add(queue, g_target), 0);
	assert_int_equal(spindle_run_queue_add(queue, other), 0);
	spindle_run_queue_turn(queue);
	install_handler();

	raise(SIGUSR1);
	spindle_run_queue_turn(queue);
	assert_trace("!");
	spdk_thread_send_msg(other, raise_at_home, NULL);
	spindle_run_queue_turn(queue);
	spindle_run_queue_turn(queue);
	assert_trace("!");
	spdk_thread_send_msg(g_target, raise_at_home, NULL);
	spindle_run_queue_turn(queue);
	spindle_run_queue_turn(queue);
	assert_trace("!");
	assert_int_equal(spindle_run_queue_next_deadline(queue), UINT64_MAX);

	spdk_thread_send_msg(g_target, exit_self, NULL);
	spdk_thread_send_msg(other, exit_self, NULL);
	while (spdk_thread_get_count() != 0) {
		spindle_run_queue_turn(queue);
	}
	assert_int_equal(spindle_run_queue_destroy(queue), 0);
}

static int g_received;

static void
count_received(void *arg)
{
	g_received++;
}

/* A timer's signal falls between any two instructions of sending, polling and turning. */
static void
signals_at_any_moment_lose_nothing(void **state)
{
	struct itimerval often = {{.tv_usec = 50}, {.tv_usec = 50}}, never = {{0}};
	struct sigaction action = {.sa_handler = on_signal};
	struct spindle_run_queue *queue;
	uint64_t end = spdk_get_ticks() + ticks_of_ms(300);
	struct spdk_thread *other;
	int sent = 0;

	assert_int_equal(spindle_run_queue_create(&queue), 0);
	g_target = make_thread("target");
	other = make_thread("other");
	assert_int_equal(spindle_run_queue_add(queue, g_target), 0);
	assert_int_equal(spindle_run_queue_add(queue, other), 0);
	g_critical_runs = 0;
	g_received = 0;
	memset(g_trace, 'x', 100);
	g_trace[100] = '\0';
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	while (spdk_get_ticks() < end) {
		for (int i = 0; i < 20; i++) {
			spdk_thread_send_msg(i % 2 ? other : g_target, count_received, NULL);
			sent++;
		}
		spindle_run_queue_turn(queue);
		spindle_run_queue_park(queue, spdk_get_ticks() + ticks_of_ms(1));
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	while (spindle_run_queue_turn(queue) != 0) {
	}
	assert_int_equal(g_received, sent);
	assert_true(g_critical_runs > 10);
	/* The place is free: none was swallowed on its way to the home. */
	assert_int_equal(spdk_thread_send_critical_msg(g_target, run_critical), 0);
	spdk_thread_send_msg(g_target, exit_self, NULL);
	spdk_thread_send_msg(other, exit_self, NULL);
	while (spdk_thread_get_count() != 0) {
		spindle_run_queue_turn(queue);
	}
	assert_int_equal(spindle_run_queue_destroy(queue), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIBRARY_TEST(messages_run_in_order_in_batches_of_eight),
		LIBRARY_TEST(message_to_oneself_runs_in_a_later_batch),
		LIBRARY_TEST(poll_of_another_thread_inside_restores_the_current_one),
		LIBRARY_TEST(poll_of_the_thread_itself_goes_on_with_its_messages),
		LIBRARY_TEST(message_to_oneself_after_an_inner_poll_runs_in_a_later_batch),
		LIBRARY_TEST(message_to_an_exiting_thread_runs),
		LIBRARY_TEST(message_to_nobody_or_of_nothing_is_refused),
		LIBRARY_TEST(exec_msg_runs_at_once_on_the_current_thread_only),
		LIBRARY_TEST(an_os_thread_that_only_receives_loses_no_memory_when_it_ends),
		LIBRARY_TEST(critical_message_comes_first_and_alone),
		LIBRARY_TEST(critical_message_during_a_run_is_for_the_next_one),
		LIBRARY_TEST(critical_message_that_was_accepted_runs_before_the_exit),
		LIBRARY_TEST(critical_message_reaches_a_thread_on_a_run_queue),
		LIBRARY_TEST(signals_at_any_moment_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
