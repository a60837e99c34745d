/* SPDX-License-Identifier: BSD-3-Clause */
#include "runtime/reactor/reactor_fixture.h"
#include "spdk/log.h"

#include <stdatomic.h>

#define EVENTS  10000
#define SENDERS 3

static uint32_t g_seen[SENDERS];
static uint32_t g_total;
static bool g_in_order;
static bool g_had_thread;
static bool g_on_wrong_core;

static void
take(void *arg1, void *arg2)
{
	uint32_t sender = (uint32_t)(uintptr_t)arg1, number = (uint32_t)(uintptr_t)arg2;

	g_in_order &= g_seen[sender]++ == number;
	g_had_thread |= spdk_get_thread() != NULL;
	g_on_wrong_core |= spdk_env_get_current_core() != 1;
	if (++g_total == SENDERS * EVENTS) {
		spdk_reactors_stop(NULL);
	}
}

static void
send_all(void *arg1, void *arg2)
{
	uint32_t i;

	for (i = 0; i < EVENTS; i++) {
		spdk_event_call(spdk_event_allocate(1, take, arg1, (void *)(uintptr_t)i));
	}
}

static void *
send_from_os_thread(void *arg)
{
	send_all((void *)(uintptr_t)2, NULL);
	return NULL;
}

static void
send_from_everywhere(void *arg)
{
	pthread_t *os_thread = arg;

	assert_int_equal(pthread_create(os_thread, NULL, send_from_os_thread, NULL), 0);
	/* From its own reactor, and from another. */
	spdk_event_call(spdk_event_allocate(1, send_all, (void *)(uintptr_t)1, NULL));
	send_all((void *)(uintptr_t)0, NULL);
}

static void
events_of_each_sender_run_once_and_in_order_without_a_thread(void **state)
{
	pthread_t os_thread;

	memset(g_seen, 0, sizeof(g_seen));
	g_total = 0;
	g_in_order = true;
	reactors_run_once("0x3", send_from_everywhere, &os_thread);
	pthread_join(os_thread, NULL);
	assert_int_equal(g_total, SENDERS * EVENTS);
	assert_true(g_in_order);
	assert_false(g_had_thread);
	assert_false(g_on_wrong_core);
}

static void
stop_by_event(void *arg1, void *arg2)
{
	spdk_reactors_stop(NULL);
}

static void
set_a_thread(void *arg1, void *arg2)
{
	spdk_set_thread(spdk_thread_get_app_thread());
}

static void
check_no_thread(void *arg1, void *arg2)
{
	g_had_thread = spdk_get_thread() != NULL;
	spdk_reactors_stop(NULL);
}

static void
send_set_and_check(void *arg)
{
	spdk_event_call(spdk_event_allocate(0, set_a_thread, NULL, NULL));
	spdk_event_call(spdk_event_allocate(0, check_no_thread, NULL, NULL));
}

static void
a_thread_that_an_event_sets_is_not_there_in_the_next(void **state)
{
	g_had_thread = true;
	reactors_run_once("0x1", send_set_and_check, NULL);
	assert_false(g_had_thread);
}

static uint32_t g_events_run;
static struct spdk_poller *g_poller;

static void
call_again(void *arg1, void *arg2)
{
	g_events_run++;
	spdk_event_call(spdk_event_allocate(0, call_again, NULL, NULL));
}

static int
stop_by_poller(void *arg)
{
	spdk_poller_unregister(&g_poller);
	spdk_reactors_stop(NULL);
	return SPDK_POLLER_BUSY;
}

static void
start_endless_events(void *arg)
{
	uint32_t i;

	/* More than a batch. */
	for (i = 0; i < 100; i++) {
		call_again(NULL, NULL);
	}
	g_poller = SPDK_POLLER_REGISTER(stop_by_poller, NULL, 10000);
}

static void
events_that_call_events_do_not_keep_threads_from_running(void **state)
{
	g_events_run = 0;
	reactors_run_once("0x1", start_endless_events, NULL);
	assert_true(g_events_run > 200);
}

static void
nothing(void *arg1, void *arg2)
{
}

static void
an_event_to_a_core_without_a_reactor_is_refused(void **state)
{
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	assert_null(spdk_event_allocate(0, nothing, NULL, NULL));
	reactors_up("0x1");
	assert_null(spdk_event_allocate(1, nothing, NULL, NULL));
	assert_null(spdk_event_allocate(0, NULL, NULL, NULL));
	spdk_event_call(NULL);
	spdk_log_set_print_level(SPDK_LOG_NOTICE);
	/* Called before the start, it runs after it. */
	spdk_event_call(spdk_event_allocate(0, stop_by_event, NULL, NULL));
	assert_int_equal(reactors_run(), 0);
	reactors_down();
}

static uint32_t g_visited[8];
static uint32_t g_visits;
static uint32_t g_completed_on;
static _Atomic bool g_was_on_origin; /* core 2's */

static void
visit(void *arg1, void *arg2)
{
	assert_ptr_equal(arg1, &g_visits);
	assert_ptr_equal(arg2, g_visited);
	g_visited[g_visits++] = spdk_env_get_current_core();
	if (spdk_env_get_current_core() == 2) {
		g_was_on_origin = true;
	}
}

static void
complete(void *arg1, void *arg2)
{
	g_completed_on = spdk_env_get_current_core();
	spdk_reactors_stop(NULL);
}

static void
visit_all(void *arg1, void *arg2)
{
	spdk_for_each_reactor(visit, &g_visits, g_visited, complete);
	/* Not at once. */
	assert_false(g_was_on_origin);
}

static void
visit_all_from_core_2(void *arg)
{
	spdk_event_call(spdk_event_allocate(2, visit_all, NULL, NULL));
}

static void
for_each_reactor_goes_up_and_comes_back(void **state)
{
	static const uint32_t expected[] = {0, 1, 2, 5};

	g_visits = 0;
	g_was_on_origin = false;
	reactors_run_once("[0-2,5]", visit_all_from_core_2, NULL);
	assert_int_equal(g_visits, 4);
	assert_memory_equal(g_visited, expected, sizeof(expected));
	assert_int_equal(g_completed_on, 2);
}

static uint32_t g_rounds;

static void
visit_again(void *arg1, void *arg2)
{
	if (++g_rounds == 50) {
		spdk_reactors_stop(NULL);
	}
	spdk_for_each_reactor(nothing, NULL, NULL, visit_again);
}

static void
visit_for_ever(void *arg)
{
	visit_again(NULL, NULL);
}

static void
reactors_stop_while_for_each_goes_on_for_ever(void **state)
{
	g_rounds = 0;
	reactors_run_once("0x7", visit_for_ever, NULL);
	assert_true(g_rounds >= 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_each_sender_run_once_and_in_order_without_a_thread),
		cmocka_unit_test(a_thread_that_an_event_sets_is_not_there_in_the_next),
		cmocka_unit_test(events_that_call_events_do_not_keep_threads_from_running),
		cmocka_unit_test(an_event_to_a_core_without_a_reactor_is_refused),
		cmocka_unit_test(for_each_reactor_goes_up_and_comes_back),
		cmocka_unit_test(reactors_stop_while_for_each_goes_on_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
