/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registered interrupts of threads that live on run queues: the home sleeps, and the descriptor
 * wakes it. At first without, then in interrupt mode.
 */
#include "runtime/thread/wake_fixture.h"

static void
register_interrupt(void *arg)
{
	struct source *source = arg;

	source->interrupt = spdk_interrupt_register(source->fd, source_poll, source, "event");
	assert_non_null(source->interrupt);
}

static void
unregister_interrupt(void *arg)
{
	struct source *source = arg;

	spdk_interrupt_unregister(&source->interrupt);
}

static void
check_event_wakes(struct spindle_run_queue *queue, struct spdk_thread *thread,
		  struct source *source)
{
	uint64_t before = source->received;

	assert_true(sleeps(queue));
	fire(source);
	assert_true(is_woken(queue));
	assert_int_equal(spindle_run_queue_turn(queue), 1);
	assert_int_equal(source->received, before + 1);
	assert_ptr_equal(source->caller, thread);
	assert_null(spdk_get_thread());
	assert_true(sleeps(queue));
}

static void
queue_sleeps_until_a_registered_descriptor_is_ready(void **state)
{
	struct spdk_thread *thread = make_homed("waiting");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, register_interrupt, &source);
	check_event_wakes(g_queue, thread, &source);
	/* Messages need no descriptor where there is a home. */
	send_letter(thread, 'm');
	assert_int_equal(spindle_run_queue_turn(g_queue), 1);
	assert_trace("m");
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, unregister_interrupt, &source);
	fire(&source);
	assert_true(sleeps(g_queue));
	assert_int_equal(source.received, 2);
	end_homed();
	close_source(&source);
}

static void
write_by_another_os_thread_ends_the_sleep(void **state)
{
	struct spdk_thread *thread = make_homed("waiting");
	struct source source;
	pthread_t pthread;

	open_source(&source);
	run_on(g_queue, thread, register_interrupt, &source);
	assert_int_equal(pthread_create(&pthread, NULL, fire_later, &source), 0);
	while (source.received == 0) {
		/* A wake-up that is lost hangs here. */
		assert_true(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
		spindle_run_queue_turn(g_queue);
	}
	pthread_join(pthread, NULL);
	run_on(g_queue, thread, unregister_interrupt, &source);
	end_homed();
	close_source(&source);
}

static void
interrupt_registered_from_outside_is_served(void **state)
{
	struct spdk_thread *thread = make_homed("started");
	struct source source;

	open_source(&source);
	spindle_run_queue_turn(g_queue);
	/* Start-up code does so, between turns. */
	spdk_set_thread(thread);
	register_interrupt(&source);
	spdk_set_thread(NULL);
	spindle_run_queue_turn(g_queue);
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, unregister_interrupt, &source);
	end_homed();
	close_source(&source);
}

static void
interrupts_go_where_their_thread_goes(void **state)
{
	struct spdk_thread *thread = make_thread("moving");
	struct source source;

	open_source(&source);
	spdk_set_thread(thread);
	register_interrupt(&source);
	spdk_set_thread(NULL);
	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	spindle_run_queue_turn(g_queue);
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, move_to_second, NULL);
	spindle_run_queue_turn(g_second);
	check_event_wakes(g_second, thread, &source);
	fire(&source);
	assert_true(sleeps(g_queue));
	assert_true(is_woken(g_second));
	run_on(g_second, thread, unregister_interrupt, &source);
	end_homed();
	close_source(&source);
}

static void
thread_whose_group_is_refused_at_arrival_is_asked_in_each_turn(void **state)
{
	struct spdk_thread *thread = make_thread("robbed");
	struct source source;
	int i, group_fd, kept_fd;

	open_source(&source);
	spdk_set_thread(thread);
	register_interrupt(&source);
	spdk_set_thread(NULL);
	/* A program that closes what is not its own, for a while. */
	group_fd = spdk_thread_get_interrupt_fd(thread);
	kept_fd = dup(group_fd);
	close(group_fd);
	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	spindle_run_queue_turn(g_queue);
	assert_true(log_captured("'robbed'", "the interrupts of", "does not rest", NULL));
	log_capture_clear();
	assert_int_equal(dup2(kept_fd, group_fd), group_fd);
	close(kept_fd);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(spindle_run_queue_next_deadline(g_queue), 0);
		fire(&source);
		spindle_run_queue_turn(g_queue);
		assert_int_equal(source.received, i);
	}
	run_on(g_queue, thread, move_to_second, NULL);
	spindle_run_queue_turn(g_second);
	check_event_wakes(g_second, thread, &source);
	run_on(g_second, thread, unregister_interrupt, &source);
	end_homed();
	close_source(&source);
}

static int g_polls;

static int
count_poll(void *arg)
{
	g_polls++;
	return SPDK_POLLER_IDLE;
}

static void
start_timed(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register(count_poll, NULL, 20000);
}

static void
stop_poller(void *arg)
{
	struct source *source = arg;

	spdk_poller_unregister(&source->poller);
}

static void
timer_is_no_less_in_time_beside_an_interrupt(void **state)
{
	struct spdk_thread *thread = make_homed("timed");
	struct source source;
	uint64_t due;

	open_source(&source);
	run_on(g_queue, thread, register_interrupt, &source);
	run_on(g_queue, thread, start_timed, &source);
	g_polls = 0;
	due = spindle_run_queue_next_deadline(g_queue);
	assert_in_range(due, 1, UINT64_MAX - 1);
	while (g_polls == 0) {
		assert_true(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
		spindle_run_queue_turn(g_queue);
	}
	assert_true(spdk_get_ticks() >= due);
	run_on(g_queue, thread, stop_poller, &source);
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, unregister_interrupt, &source);
	end_homed();
	close_source(&source);
}

/* ---- Interrupt mode ---- */

static void
enable_mode(void **state)
{
	assert_int_equal(spdk_interrupt_mode_enable(), 0);
	assert_true(spdk_interrupt_mode_is_enabled());
}

static void
note_mode(struct spdk_poller *poller, void *arg, bool interrupt)
{
	trace_add(interrupt ? 'i' : 'p');
}

/* As modules do it: an active poller, and a descriptor that stands for it in interrupt mode. */
static void
start_driven(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register(count_poll, NULL, 0);
	spdk_poller_register_interrupt(source->poller, note_mode, source);
	register_interrupt(source);
}

static void
stop_driven(void *arg)
{
	unregister_interrupt(arg);
	stop_poller(arg);
}

static void
leave_mode(void *arg)
{
	spdk_thread_set_interrupt_mode(false);
}

static void
enter_mode(void *arg)
{
	spdk_thread_set_interrupt_mode(true);
}

static void
poller_with_an_interrupt_lets_its_home_sleep_in_interrupt_mode(void **state)
{
	struct spdk_thread *thread = make_homed("driven");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, start_driven, &source);
	assert_trace("i");
	g_polls = 0;
	check_event_wakes(g_queue, thread, &source);
	assert_int_equal(g_polls, 0);
	run_on(g_queue, thread, leave_mode, NULL);
	assert_trace("p");
	assert_true(g_polls > 0);
	assert_int_equal(spindle_run_queue_next_deadline(g_queue), 0);
	run_on(g_queue, thread, enter_mode, NULL);
	assert_trace("i");
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, stop_driven, &source);
	end_homed();
	close_source(&source);
}

static void
start_both(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register(source_poll, source, 0);
	assert_int_equal(spindle_poller_set_wake_fd(source->poller, source->fd, EPOLLIN), 0);
}

static void
drive_elsewhere(void *arg)
{
	struct source *source = arg;

	spdk_poller_register_interrupt(source->poller, note_mode, source);
}

static void
wake_descriptor_rests_while_an_interrupt_drives_the_poller(void **state)
{
	struct spdk_thread *thread = make_homed("both");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, start_both, &source);
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, drive_elsewhere, &source);
	assert_trace("i");
	/* The poller is not called, so its descriptor would stay ready for ever. */
	fire(&source);
	assert_true(sleeps(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(source.received, 1);
	run_on(g_queue, thread, leave_mode, NULL);
	assert_trace("p");
	assert_int_equal(source.received, 2);
	check_event_wakes(g_queue, thread, &source);
	run_on(g_queue, thread, enter_mode, NULL);
	assert_trace("i");
	fire(&source);
	assert_true(sleeps(g_queue));
	run_on(g_queue, thread, stop_poller, &source);
	end_homed();
	close_source(&source);
}

#define EITHER_WAY                                                                         \
	HOME_TEST(queue_sleeps_until_a_registered_descriptor_is_ready),                    \
		HOME_TEST(write_by_another_os_thread_ends_the_sleep),                      \
		HOME_TEST(interrupt_registered_from_outside_is_served),                    \
		HOME_TEST(interrupts_go_where_their_thread_goes),                          \
		HOME_TEST(thread_whose_group_is_refused_at_arrival_is_asked_in_each_turn), \
		HOME_TEST(timer_is_no_less_in_time_beside_an_interrupt)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EITHER_WAY,
		cmocka_unit_test(enable_mode),
		EITHER_WAY,
		HOME_TEST(poller_with_an_interrupt_lets_its_home_sleep_in_interrupt_mode),
		HOME_TEST(wake_descriptor_rests_while_an_interrupt_drives_the_poller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
