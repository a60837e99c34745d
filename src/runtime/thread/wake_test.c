/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pollers with a descriptor that wakes their run queue: it sleeps beside them and is woken,
 * wherever they are, and is not when they are paused.
 */
#include "runtime/thread/wake_fixture.h"

/* ---- Sleeping and waking ---- */

static void
queue_sleeps_beside_a_poller_until_its_descriptor_is_ready(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source source;
	int i;

	open_source(&source);
	run_on(g_queue, thread, watch_source, &source);
	for (i = 1; i <= 3; i++) {
		assert_true(sleeps(g_queue));
		fire(&source);
		assert_true(is_woken(g_queue));
		assert_int_equal(spindle_run_queue_turn(g_queue), 1);
		assert_int_equal(source.received, i);
		assert_ptr_equal(source.caller, thread);
	}
	assert_true(sleeps(g_queue));
	/* Ready before the sleep begins is as good. */
	fire(&source);
	fire(&source);
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(source.received, 5);
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
write_by_another_os_thread_ends_the_sleep(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source source;
	pthread_t pthread;

	open_source(&source);
	run_on(g_queue, thread, watch_source, &source);
	assert_int_equal(pthread_create(&pthread, NULL, fire_later, &source), 0);
	while (source.received == 0) {
		/* A wake-up that is lost hangs here. */
		assert_true(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
		spindle_run_queue_turn(g_queue);
	}
	pthread_join(pthread, NULL);
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
poller_is_called_in_each_turn_while_the_queue_is_awake(void **state)
{
	struct spdk_thread *thread = make_homed("watching"), *busy = make_homed("busy");
	struct source source;
	int i;

	open_source(&source);
	run_on(g_queue, thread, watch_source, &source);
	source.calls = 0;
	for (i = 1; i <= 10; i++) {
		send_letter(busy, 'b');
		spindle_run_queue_turn(g_queue);
		assert_int_equal(source.calls, i);
	}
	/* Idle calls are no work. */
	assert_int_equal(spindle_run_queue_turn(g_queue), 0);
	assert_true(sleeps(g_queue));
	assert_int_equal(source.calls, 11);
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
poller_without_descriptor_beside_one_keeps_the_queue_awake(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source watched, plain;

	open_source(&watched);
	open_source(&plain);
	run_on(g_queue, thread, watch_source, &watched);
	run_on(g_queue, thread, register_source, &plain);
	assert_true(stays_awake(g_queue));
	run_on(g_queue, thread, unregister_source, &plain);
	assert_true(sleeps(g_queue));
	run_on(g_queue, thread, unregister_source, &watched);
	end_homed();
	close_source(&watched);
	close_source(&plain);
}

/* More than one call of the kernel tells of. */
static void
many_ready_descriptors_are_all_served(void **state)
{
	struct source sources[40];
	uint64_t received = 0;
	uint32_t i;

	for (i = 0; i < SPDK_COUNTOF(sources); i++) {
		open_source(&sources[i]);
		run_on(g_queue, make_homed("one of many"), watch_source, &sources[i]);
	}
	assert_true(sleeps(g_queue));
	for (i = 0; i < SPDK_COUNTOF(sources); i++) {
		fire(&sources[i]);
	}
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	for (i = 0; i < SPDK_COUNTOF(sources); i++) {
		received += sources[i].received;
	}
	assert_int_equal(received, SPDK_COUNTOF(sources));
	assert_true(sleeps(g_queue));
	for (i = 0; i < SPDK_COUNTOF(sources); i++) {
		run_on(g_queue, sources[i].caller, unregister_source, &sources[i]);
		close_source(&sources[i]);
	}
	end_homed();
}

static int
count_only(void *arg)
{
	struct source *source = arg;

	source->calls++;
	return SPDK_POLLER_IDLE;
}

static void
watch_edges(void *arg)
{
	struct source *source = arg;

	source->poller = spdk_poller_register(count_only, source, 0);
	assert_int_equal(spindle_poller_set_wake_fd(source->poller, source->fd, EPOLLIN | EPOLLET),
			 0);
}

static void
events_are_those_that_were_asked_for(void **state)
{
	struct spdk_thread *thread = make_homed("edges");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, watch_edges, &source);
	assert_true(sleeps(g_queue));
	fire(&source);
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	/* Still ready, but no news; and so after a move, when that has been told there. */
	assert_true(sleeps(g_queue));
	run_on(g_queue, thread, move_to_second, NULL);
	spindle_run_queue_turn(g_second);
	assert_true(is_woken(g_second));
	spindle_run_queue_turn(g_second);
	assert_true(sleeps(g_second));
	run_on(g_second, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

/* ---- Pausing, and taking the descriptor away ---- */

static void
resume_source(void *arg)
{
	spdk_poller_resume(((struct source *)arg)->poller);
}

static void
paused_poller_is_not_woken_for_and_a_resumed_one_is(void **state)
{
	struct spdk_thread *thread = make_homed("pausing");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, watch_source, &source);
	run_on(g_queue, thread, pause_source, &source);
	fire(&source);
	assert_true(sleeps(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(source.received, 0);
	run_on(g_queue, thread, resume_source, &source);
	assert_int_equal(source.received, 1);
	assert_true(sleeps(g_queue));
	fire(&source);
	assert_true(is_woken(g_queue));
	spindle_run_queue_turn(g_queue);
	assert_int_equal(source.received, 2);
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
descriptor_given_to_a_paused_poller_counts_from_its_resume_on(void **state)
{
	struct spdk_thread *thread = make_homed("pausing");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, register_source, &source);
	run_on(g_queue, thread, pause_source, &source);
	run_on(g_queue, thread, give_descriptor, &source);
	fire(&source);
	assert_true(sleeps(g_queue));
	run_on(g_queue, thread, resume_source, &source);
	assert_int_equal(source.received, 1);
	assert_true(sleeps(g_queue));
	fire(&source);
	assert_true(is_woken(g_queue));
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
poller_without_its_descriptor_keeps_the_queue_awake_again(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source source;

	open_source(&source);
	run_on(g_queue, thread, watch_source, &source);
	assert_true(sleeps(g_queue));
	run_on(g_queue, thread, take_descriptor_away, &source);
	assert_true(stays_awake(g_queue));
	run_on(g_queue, thread, give_descriptor, &source);
	assert_true(sleeps(g_queue));
	/* Start-up code does so, between turns: the home would sleep on. */
	spdk_set_thread(thread);
	take_descriptor_away(&source);
	spdk_set_thread(NULL);
	assert_false(spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER));
	spindle_run_queue_turn(g_queue);
	assert_true(stays_awake(g_queue));
	spdk_set_thread(thread);
	give_descriptor(&source);
	spdk_set_thread(NULL);
	spindle_run_queue_turn(g_queue);
	assert_true(sleeps(g_queue));
	fire(&source);
	assert_true(is_woken(g_queue));
	run_on(g_queue, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

static void
another_descriptor_takes_the_place_of_the_first(void **state)
{
	struct spdk_thread *thread = make_homed("watching");
	struct source first, second;

	open_source(&first);
	open_source(&second);
	run_on(g_queue, thread, watch_source, &first);
	second.poller = first.poller;
	run_on(g_queue, thread, give_descriptor, &second);
	second.poller = NULL;
	fire(&first);
	assert_true(sleeps(g_queue));
	fire(&second);
	assert_true(is_woken(g_queue));
	run_on(g_queue, thread, unregister_source, &first);
	end_homed();
	close_source(&first);
	close_source(&second);
}

/* ---- Coming and going ---- */

static void
descriptor_wakes_the_queue_that_its_thread_has_moved_to(void **state)
{
	struct spdk_thread *thread = make_thread("moving");
	struct source source;

	open_source(&source);
	/* Before it has any home: then spdk_thread_poll() calls the poller as ever. */
	spdk_set_thread(thread);
	watch_source(&source);
	spdk_set_thread(NULL);
	spdk_thread_poll(thread, 0, 0);
	assert_int_equal(source.calls, 1);
	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	spindle_run_queue_turn(g_queue);
	assert_true(sleeps(g_queue));

	run_on(g_queue, thread, move_to_second, NULL);
	fire(&source);
	/* In between it is nobody's; the next turn there calls the poller anyway. */
	assert_true(sleeps(g_queue));
	spindle_run_queue_turn(g_second);
	assert_int_equal(source.received, 1);
	assert_true(sleeps(g_second));
	fire(&source);
	assert_true(sleeps(g_queue));
	assert_true(is_woken(g_second));
	spindle_run_queue_turn(g_second);
	assert_int_equal(source.received, 2);
	run_on(g_second, thread, unregister_source, &source);
	end_homed();
	close_source(&source);
}

/* ---- Several OS threads ---- */

#define ROUNDS 500

static struct source g_shared;
static _Atomic uint64_t g_answered;
static _Atomic bool g_is_over;

/* Moves each time it finds something, so that the next event wakes the other home. */
static int
answer_and_move(void *arg)
{
	static bool is_at_second;
	uint64_t count;

	if (read(g_shared.fd, &count, sizeof(count)) < 0) {
		return SPDK_POLLER_IDLE;
	}
	assert_int_equal(spindle_run_queue_move(is_at_second ? g_queue : g_second), 0);
	is_at_second = !is_at_second;
	g_answered += count;
	return SPDK_POLLER_BUSY;
}

static void
watch_and_move(void *arg)
{
	g_shared.poller = spdk_poller_register(answer_and_move, NULL, 0);
	assert_int_equal(spindle_poller_set_wake_fd(g_shared.poller, g_shared.fd, EPOLLIN), 0);
}

static void *
turn_second(void *arg)
{
	while (!g_is_over) {
		spindle_run_queue_turn(g_second);
		spindle_run_queue_park(g_second, SPINDLE_PARK_FOREVER);
	}
	return NULL;
}

static void *
fire_and_await(void *arg)
{
	uint64_t i;

	for (i = 0; i < ROUNDS; i++) {
		fire(&g_shared);
		while (g_answered == i) {
			usleep(i % 5 * 10);
		}
	}
	g_is_over = true;
	spindle_run_queue_wake(g_queue);
	spindle_run_queue_wake(g_second);
	return NULL;
}

static void
event_finds_a_poller_that_moves_between_reactors(void **state)
{
	struct spdk_thread *thread = make_homed("wandering");
	pthread_t reactor, writer;

	open_source(&g_shared);
	g_answered = 0;
	g_is_over = false;
	run_on(g_queue, thread, watch_and_move, NULL);
	assert_int_equal(pthread_create(&reactor, NULL, turn_second, NULL), 0);
	assert_int_equal(pthread_create(&writer, NULL, fire_and_await, NULL), 0);
	while (!g_is_over) {
		/* An event that wakes nobody, or the home before, hangs here. */
		spindle_run_queue_turn(g_queue);
		spindle_run_queue_park(g_queue, SPINDLE_PARK_FOREVER);
	}
	pthread_join(writer, NULL);
	pthread_join(reactor, NULL);
	assert_int_equal(g_answered, ROUNDS);
	spdk_thread_send_msg(thread, unregister_source, &g_shared);
	end_homed();
	close_source(&g_shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOME_TEST(queue_sleeps_beside_a_poller_until_its_descriptor_is_ready),
		HOME_TEST(write_by_another_os_thread_ends_the_sleep),
		HOME_TEST(poller_is_called_in_each_turn_while_the_queue_is_awake),
		HOME_TEST(poller_without_descriptor_beside_one_keeps_the_queue_awake),
		HOME_TEST(many_ready_descriptors_are_all_served),
		HOME_TEST(events_are_those_that_were_asked_for),
		HOME_TEST(paused_poller_is_not_woken_for_and_a_resumed_one_is),
		HOME_TEST(descriptor_given_to_a_paused_poller_counts_from_its_resume_on),
		HOME_TEST(poller_without_its_descriptor_keeps_the_queue_awake_again),
		HOME_TEST(another_descriptor_takes_the_place_of_the_first),
		HOME_TEST(descriptor_wakes_the_queue_that_its_thread_has_moved_to),
		HOME_TEST(event_finds_a_poller_that_moves_between_reactors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
