/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an OS thread says it is doing: the thread, poller and function that run, the innermost where
 * one is inside another, and nothing when it is over.
 */
#include <signal.h>
#include <sys/eventfd.h>

#include "runtime/activity.h"
#include "runtime/thread/home_fixture.h"

/* What is said now: 'thread poller', and whether it is this function. */
static void
assert_doing(const char *thread, const char *poller, const void *function)
{
	struct activity_names names;

	activity_get_names(&names);
	assert_string_equal(names.thread, thread);
	assert_string_equal(names.poller, poller);
	assert_ptr_equal(atomic_load(&t_activity.function), function);
	assert_int_equal(atomic_load(&t_activity.thread) != NULL, thread[0] != '\0');
	assert_int_equal(atomic_load(&t_activity.poller) != NULL, poller[0] != '\0');
}

#define FUNCTION(name) ((const void *)(uintptr_t)(name))

static uint64_t
count_of_runs(void)
{
	return atomic_load(&t_activity.count);
}

static struct spdk_thread *g_outer, *g_inner;
static struct spdk_poller *g_poller;

static void
look_in_message(void *arg)
{
	assert_doing(spdk_thread_get_name(spdk_get_thread()), "", FUNCTION(look_in_message));
	trace_add('m');
}

static int
look_in_poller(void *arg)
{
	assert_doing(spdk_thread_get_name(spdk_get_thread()), "looking", FUNCTION(look_in_poller));
	trace_add('p');
	return SPDK_POLLER_IDLE;
}

static void
stop_poller(void *arg)
{
	spdk_poller_unregister(&g_poller);
}

static void
count_advances_once_a_run(void **state)
{
	struct spdk_thread *thread = make_homed("counted"), *polled = make_thread("polled");
	uint64_t before;
	int i;

	spindle_run_queue_turn(g_queue);
	before = count_of_runs();
	/* Nobody is run. */
	spindle_run_queue_turn(g_queue);
	assert_int_equal(count_of_runs(), before);
	for (i = 1; i <= 5; i++) {
		send_letter(thread, 'm');
		send_letter(thread, 'm');
		spindle_run_queue_turn(g_queue);
		assert_int_equal(count_of_runs(), before + (uint64_t)i);
	}
	spdk_thread_poll(polled, 0, 0);
	assert_int_equal(count_of_runs(), before + 6);
	end_thread(polled);
	end_homed();
}

static void
message_and_poller_are_named_while_they_run(void **state)
{
	struct spdk_thread *thread = make_homed("homed");

	assert_doing("", "", NULL);
	spdk_thread_send_msg(thread, look_in_message, NULL);
	assert_int_equal(spindle_run_queue_turn(g_queue), 1);
	assert_doing("", "", NULL);
	spdk_set_thread(thread);
	g_poller = spdk_poller_register_named(look_in_poller, NULL, 0, "looking");
	spdk_set_thread(NULL);
	spdk_thread_send_msg(thread, look_in_message, NULL);
	spindle_run_queue_turn(g_queue);
	assert_trace("mmp");
	assert_doing("", "", NULL);
	spdk_thread_send_msg(thread, stop_poller, NULL);
	end_homed();
	assert_doing("", "", NULL);
}

static void
timed_poller_is_named_while_it_runs(void **state)
{
	struct spdk_thread *thread = make_homed("homed");

	spdk_set_thread(thread);
	g_poller = spdk_poller_register_named(look_in_poller, NULL, 1, "looking");
	spdk_set_thread(NULL);
	usleep(1000);
	spindle_run_queue_turn(g_queue);
	assert_trace("p");
	assert_doing("", "", NULL);
	spdk_thread_send_msg(thread, stop_poller, NULL);
	end_homed();
}

/* Not even when the thread that is current, between two runs, is about to go. */
static void
thread_that_is_current_outside_is_not_said_to_run(void **state)
{
	struct spdk_thread *thread = make_homed("homed"), *current = make_thread("current");

	spdk_set_thread(current);
	spdk_thread_send_msg(thread, look_in_message, NULL);
	spindle_run_queue_turn(g_queue);
	assert_doing("", "", NULL);
	spdk_set_thread(NULL);
	end_thread(current);
	assert_trace("m");
	end_homed();
}

static void
polled_thread_is_named_as_one_at_home(void **state)
{
	struct spdk_thread *thread = make_thread("polled");

	spdk_thread_send_msg(thread, look_in_message, NULL);
	spdk_set_thread(thread);
	g_poller = spdk_poller_register_named(look_in_poller, NULL, 0, "looking");
	spdk_set_thread(NULL);
	spdk_thread_poll(thread, 0, 0);
	assert_trace("mp");
	assert_doing("", "", NULL);
	spdk_set_thread(thread);
	spdk_poller_unregister(&g_poller);
	spdk_set_thread(NULL);
	end_thread(thread);
}

/* ---- One inside another ---- */

static void
poll_itself(void *arg)
{
	uint64_t before = count_of_runs();

	assert_doing("outer", "", FUNCTION(poll_itself));
	g_poller = spdk_poller_register_named(look_in_poller, NULL, 0, "looking");
	spdk_thread_send_msg(g_outer, look_in_message, NULL);
	spdk_thread_poll(g_outer, 0, 0);
	assert_doing("outer", "", FUNCTION(poll_itself));
	spdk_poller_unregister(&g_poller);
	/* It is no run of its own: who polls until something comes is as stuck as who does not. */
	assert_int_equal(count_of_runs(), before);
	trace_add('o');
}

static void
message_is_named_again_after_a_poll_inside_it(void **state)
{
	g_outer = make_homed("outer");
	spdk_thread_send_msg(g_outer, poll_itself, NULL);
	spindle_run_queue_turn(g_queue);
	assert_trace("mpo");
	assert_doing("", "", NULL);
	end_homed();
}

static void
look_under_poller(void *arg)
{
	assert_doing("outer", "polling", FUNCTION(look_under_poller));
	trace_add('m');
}

static int
poll_itself_from_poller(void *arg)
{
	/* The active ones are being walked; a timed one runs inside. */
	struct spdk_poller *timed = spdk_poller_register_named(look_in_poller, NULL, 1, "looking");

	usleep(1000);
	spdk_thread_send_msg(g_outer, look_under_poller, NULL);
	spdk_thread_poll(g_outer, 0, 0);
	spdk_poller_unregister(&timed);
	assert_doing("outer", "polling", FUNCTION(poll_itself_from_poller));
	trace_add('o');
	spdk_poller_unregister(&g_poller);
	/* Its name is there until it has returned. */
	assert_doing("outer", "polling", FUNCTION(poll_itself_from_poller));
	return SPDK_POLLER_BUSY;
}

/* The function is behind the pointer: one to a function does not go through void. */
static void
start_polling(void *arg)
{
	g_poller = spdk_poller_register_named(*(spdk_poller_fn *)arg, NULL, 0, "polling");
}

static void
poller_is_named_again_after_a_poll_inside_it(void **state)
{
	spdk_poller_fn fn = poll_itself_from_poller;

	g_outer = make_homed("outer");
	spdk_thread_send_msg(g_outer, start_polling, &fn);
	spindle_run_queue_turn(g_queue);
	assert_trace("mpo");
	assert_doing("", "", NULL);
	end_homed();
}

static int
turn_and_poll_others(void *arg)
{
	struct spdk_thread *polled = make_thread("polled");

	spdk_thread_send_msg(g_inner, look_in_message, NULL);
	spindle_run_queue_turn(g_second);
	assert_doing("outer", "polling", FUNCTION(turn_and_poll_others));
	spdk_thread_send_msg(polled, look_in_message, NULL);
	spdk_thread_poll(polled, 0, 0);
	assert_doing("outer", "polling", FUNCTION(turn_and_poll_others));
	end_thread(polled);
	spdk_poller_unregister(&g_poller);
	trace_add('o');
	return SPDK_POLLER_BUSY;
}

static void
poller_is_named_again_after_runs_of_others_inside_it(void **state)
{
	g_outer = make_homed("outer");
	g_inner = make_thread("inner");
	assert_int_equal(spindle_run_queue_add(g_second, g_inner), 0);
	spindle_run_queue_turn(g_second);
	spdk_set_thread(g_outer);
	g_poller = spdk_poller_register_named(turn_and_poll_others, NULL, 0, "polling");
	spdk_set_thread(NULL);
	spindle_run_queue_turn(g_queue);
	assert_trace("mmo");
	assert_doing("", "", NULL);
	end_homed();
}

/* ---- What else runs ---- */

static int g_event;

static int
look_in_interrupt(void *arg)
{
	uint64_t count;

	assert_doing("homed", "", FUNCTION(look_in_interrupt));
	assert_int_equal(read(g_event, &count, sizeof(count)), sizeof(count));
	trace_add('i');
	return 1;
}

static void
look_in_critical(void *arg)
{
	assert_doing("homed", "", FUNCTION(look_in_critical));
	trace_add('c');
}

static void
interrupt_and_critical_message_are_named(void **state)
{
	struct spdk_thread *thread = make_homed("homed");
	struct spdk_interrupt *interrupt;

	g_event = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	spdk_set_thread(thread);
	interrupt = spdk_interrupt_register(g_event, look_in_interrupt, NULL, "event");
	spdk_set_thread(NULL);
	assert_int_equal(spdk_thread_send_critical_msg(thread, look_in_critical), 0);
	spindle_run_queue_turn(g_queue);
	assert_trace("ci");
	assert_doing("", "", NULL);
	spdk_set_thread(thread);
	spdk_interrupt_unregister(&interrupt);
	spdk_set_thread(NULL);
	end_homed();
	close(g_event);
}

static struct activity_names g_seen;

static void
on_signal(int number)
{
	activity_get_names(&g_seen);
}

static int
raise_in_poller(void *arg)
{
	raise(SIGUSR2);
	spdk_poller_unregister(&g_poller);
	return SPDK_POLLER_BUSY;
}

static void
signal_handler_sees_names_and_long_ones_are_cut(void **state)
{
	struct sigaction action = {.sa_handler = on_signal};
	spdk_poller_fn fn = raise_in_poller;
	char name[100];
	struct spdk_thread *thread;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	thread = make_homed(name);
	assert_int_equal(sigaction(SIGUSR2, &action, NULL), 0);
	spdk_thread_send_msg(thread, start_polling, &fn);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(strlen(g_seen.thread), sizeof(g_seen.thread) - 1);
	assert_memory_equal(g_seen.thread, name, sizeof(g_seen.thread) - 1);
	assert_string_equal(g_seen.poller, "polling");
	end_homed();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(count_advances_once_a_run),
		HOME_TEST(message_and_poller_are_named_while_they_run),
		HOME_TEST(timed_poller_is_named_while_it_runs),
		HOME_TEST(thread_that_is_current_outside_is_not_said_to_run),
		HOME_TEST(polled_thread_is_named_as_one_at_home),
		HOME_TEST(message_is_named_again_after_a_poll_inside_it),
		HOME_TEST(poller_is_named_again_after_a_poll_inside_it),
		HOME_TEST(poller_is_named_again_after_runs_of_others_inside_it),
		HOME_TEST(interrupt_and_critical_message_are_named),
		HOME_TEST(signal_handler_sees_names_and_long_ones_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
