/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that their home keeps between two visits: what reaches them while nobody sleeps. That
 * nothing is lost when it goes to sleep is shown for every interleaving in tests/interleave/.
 */
#include "runtime/thread/home_fixture.h"

#define MANY 40 /* more than a home keeps */

static uint32_t g_ran;

static void
count_run(void *arg)
{
	g_ran++;
}

static void
count_critical(void *arg)
{
	g_ran++;
}

/* One that has just done something, so that it is kept. */
static struct spdk_thread *
make_kept(const char *name)
{
	struct spdk_thread *thread = make_homed(name);

	g_ran = 0;
	spdk_thread_send_msg(thread, count_run, NULL);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(g_ran, 1);
	g_ran = 0;
	return thread;
}

static void *
send_from_outside(void *arg)
{
	spdk_thread_send_msg(arg, count_run, NULL);
	return NULL;
}

static void *
notify_from_outside(void *arg)
{
	assert_int_equal(spdk_thread_send_critical_msg(arg, count_critical), 0);
	return NULL;
}

static void
call_on_another_os_thread(void *(*fn)(void *), void *arg)
{
	pthread_t pthread;

	assert_int_equal(pthread_create(&pthread, NULL, fn, arg), 0);
	pthread_join(pthread, NULL);
}

static void
message_is_run_in_the_next_turn(void **state)
{
	struct spdk_thread *thread = make_kept("kept");

	call_on_another_os_thread(send_from_outside, thread);
	assert_int_equal(spindle_run_queue_turn(g_queue), 1);
	assert_int_equal(g_ran, 1);
	end_homed();
}

static void
notice_is_seen_in_the_next_turn(void **state)
{
	struct spdk_thread *thread = make_kept("kept");

	call_on_another_os_thread(notify_from_outside, thread);
	assert_int_equal(spindle_run_queue_turn(g_queue), 1);
	assert_int_equal(g_ran, 1);
	end_homed();
}

static void
be_notified_and_turn(void *arg)
{
	call_on_another_os_thread(notify_from_outside, spdk_get_thread());
	spindle_run_queue_turn(g_queue);
}

/* The turn within takes what asks the home to look, and the thread is on no list then. */
static void
notice_during_a_turn_inside_a_visit_is_seen(void **state)
{
	struct spdk_thread *thread = make_kept("kept");

	spdk_thread_send_msg(thread, be_notified_and_turn, NULL);
	spindle_run_queue_turn(g_queue);
	spindle_run_queue_turn(g_queue);
	assert_int_equal(g_ran, 1);
	end_homed();
}

static int
count_poll(void *arg)
{
	g_ran++;
	return SPDK_POLLER_BUSY;
}

static void
register_timer(void *arg)
{
	*(struct spdk_poller **)arg = spdk_poller_register(count_poll, NULL, 1000);
}

static void
unregister_timer(void *arg)
{
	spdk_poller_unregister(arg);
}

static void
timer_runs_when_due(void **state)
{
	struct spdk_thread *thread = make_kept("kept");
	uint64_t end = spdk_get_ticks() + spdk_get_ticks_hz();
	struct spdk_poller *poller = NULL;

	spdk_thread_send_msg(thread, register_timer, &poller);
	/* It never sleeps, so that the run does not end. */
	while (g_ran < 3 && spdk_get_ticks() < end) {
		spindle_run_queue_turn(g_queue);
	}
	assert_int_equal(g_ran, 3);
	spdk_thread_send_msg(thread, unregister_timer, &poller);
	spindle_run_queue_turn(g_queue);
	assert_null(poller);
	end_homed();
}

static void
more_than_are_kept_take_their_turns(void **state)
{
	struct spdk_thread *threads[MANY];
	int round, i;

	for (i = 0; i < MANY; i++) {
		threads[i] = make_kept("one of many");
	}
	for (round = 1; round <= 200; round++) {
		/* Another one each time, and all at the end of ten rounds. */
		for (i = 0; i < MANY; i++) {
			if (round % 10 == 0 || i == round % MANY) {
				spdk_thread_send_msg(threads[i], count_run, NULL);
			}
		}
		g_ran = 0;
		spindle_run_queue_turn(g_queue);
		assert_int_equal(g_ran, round % 10 == 0 ? MANY : 1);
	}
	/* And none keeps the home from sleeping. */
	assert_true(spindle_run_queue_park(g_queue, spdk_get_ticks() + ticks_of_ms(1)));
	end_homed();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(message_is_run_in_the_next_turn),
		HOME_TEST(notice_is_seen_in_the_next_turn),
		HOME_TEST(notice_during_a_turn_inside_a_visit_is_seen),
		HOME_TEST(timer_runs_when_due),
		HOME_TEST(more_than_are_kept_take_their_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
