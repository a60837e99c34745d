/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When reactors sleep, what that costs, and what wakes them. CPU time is that of the OS thread of
 * core 1, which counts the same on a machine that is busy with other things.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "base/log_capture.h"
#include "env/env_internal.h"
#include "runtime/reactor/reactor_fixture.h"
#include "spindle/reactor.h"
#include "spindle/thread.h"

#include <signal.h>
#include <stdatomic.h>

#define MEASURE_US 300000
/* Of that, a reactor that sleeps uses this at most, also when it is instrumented. */
#define ASLEEP_US 40000
/* One that does not comes to this, sooner or later, whoever else is on its CPU. */
#define AWAKE_US  60000
#define LOOKS_MAX 30

static uint64_t g_used_us;
static uint64_t g_begin_us;
static uint64_t g_enough_us;
static uint32_t g_looks;
static uint64_t g_calls;
static struct spdk_thread *g_subject;
static struct spdk_poller *g_subject_poller;
static struct spdk_poller *g_poller;
static int g_event_fd;

static uint64_t
cpu_us(void)
{
	struct rusage usage;

	env_get_rusage(&usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SPDK_SEC_TO_USEC +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void
let_go(void *arg)
{
	spdk_poller_unregister(&g_subject_poller);
	spdk_thread_exit(spdk_get_thread());
}

static int send_end(void *arg);

static void
look_again(void *arg)
{
	g_poller = SPDK_POLLER_REGISTER(send_end, NULL, MEASURE_US);
}

static void
end_measure(void *arg1, void *arg2)
{
	g_used_us = cpu_us() - g_begin_us;
	if (g_used_us < g_enough_us && ++g_looks < LOOKS_MAX) {
		assert_int_equal(
			spdk_thread_send_msg(spdk_thread_get_app_thread(), look_again, NULL), 0);
		return;
	}
	if (g_subject != NULL) {
		assert_int_equal(spdk_thread_send_msg(g_subject, let_go, NULL), 0);
	}
	spdk_reactors_stop(NULL);
}

static int
send_end(void *arg)
{
	spdk_poller_unregister(&g_poller);
	spdk_event_call(spdk_event_allocate(1, end_measure, NULL, NULL));
	return SPDK_POLLER_BUSY;
}

static void
begin_measure(void *arg1, void *arg2)
{
	g_begin_us = cpu_us();
}

static int
send_begin(void *arg)
{
	spdk_poller_unregister(&g_poller);
	spdk_event_call(spdk_event_allocate(1, begin_measure, NULL, NULL));
	look_again(NULL);
	return SPDK_POLLER_BUSY;
}

/* `arg`, unless it is NULL, is what a thread on core 1 does first. */
static void
start_measure(void *arg)
{
	g_subject = NULL;
	if (arg != NULL) {
		g_subject = thread_on("subject", "0x2");
		assert_int_equal(spdk_thread_send_msg(g_subject, (spdk_msg_fn)arg, NULL), 0);
	}
	g_poller = SPDK_POLLER_REGISTER(send_begin, NULL, 50000);
}

static uint64_t
measure(spdk_msg_fn fn)
{
	g_calls = 0;
	g_looks = 0;
	reactors_run_once("0x3", start_measure, fn);
	return g_used_us;
}

static void
assert_sleeps(spdk_msg_fn fn)
{
	g_enough_us = 0;
	assert_in_range(measure(fn), 0, ASLEEP_US);
}

static void
assert_stays_awake(spdk_msg_fn fn)
{
	g_enough_us = AWAKE_US;
	assert_in_range(measure(fn), AWAKE_US, UINT64_MAX);
}

static int
defaults(void **state)
{
	set_rest(false, 50);
	return 0;
}

/* ---- What it costs ---- */

static int
find_nothing(void *arg)
{
	g_calls++;
	return SPDK_POLLER_IDLE;
}

static void
just_live(void *arg)
{
}

static void
look_for_ever(void *arg)
{
	g_subject_poller = SPDK_POLLER_REGISTER(find_nothing, NULL, 0);
}

static void
look_when_told(void *arg)
{
	look_for_ever(NULL);
	assert_int_equal(spindle_poller_set_wake_fd(g_subject_poller, g_event_fd, EPOLLIN), 0);
}

static void
look_each_millisecond(void *arg)
{
	g_subject_poller = SPDK_POLLER_REGISTER(find_nothing, NULL, 1000);
}

static void
a_reactor_with_nothing_to_do_sleeps(void **state)
{
	assert_sleeps(NULL);
	assert_sleeps(just_live);
}

static void
an_active_poller_keeps_its_reactor_awake(void **state)
{
	assert_stays_awake(look_for_ever);
	assert_true(g_calls > 1000);
}

static void
an_active_poller_with_a_wake_up_source_does_not(void **state)
{
	g_event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(g_event_fd >= 0);
	assert_sleeps(look_when_told);
	close(g_event_fd);
}

static void
a_reactor_that_never_rests_stays_awake(void **state)
{
	set_rest(true, 50);
	assert_stays_awake(NULL);
}

static void
a_poller_that_finds_nothing_is_no_reason_to_look_for_work(void **state)
{
	/* A quarter of the time between its calls. */
	set_rest(false, 250);
	assert_sleeps(look_each_millisecond);
	assert_true(g_calls > 30);
}

static void
a_reactor_that_is_to_look_for_longer_than_it_is_idle_stays_awake(void **state)
{
	set_rest(false, 10000000);
	assert_stays_awake(look_each_millisecond);
}

/* ---- Time ---- */

#define CALLS     40
#define PERIOD_US 5000

static uint64_t g_registered;
static uint64_t g_called[CALLS];

static int
note_call(void *arg)
{
	g_called[g_calls++] = spdk_get_ticks();
	if (g_calls == CALLS) {
		let_go(NULL);
		spdk_reactors_stop(NULL);
	}
	return SPDK_POLLER_BUSY;
}

static void
call_on_time(void *arg)
{
	g_registered = spdk_get_ticks();
	g_subject_poller = SPDK_POLLER_REGISTER(note_call, NULL, PERIOD_US);
}

static void
start_timed(void *arg)
{
	assert_int_equal(spdk_thread_send_msg(thread_on("timed", "0x2"), call_on_time, NULL), 0);
}

static int
compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void
a_timer_is_never_early_and_seldom_late(void **state)
{
	uint64_t period = PERIOD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	uint64_t late[CALLS], before;
	uint32_t i;

	g_calls = 0;
	reactors_run_once("0x3", start_timed, NULL);
	for (i = 0, before = g_registered; i < CALLS; before = g_called[i++]) {
		assert_true(g_called[i] >= g_registered + (i + 1) * period);
		late[i] = g_called[i] - before > period ? g_called[i] - before - period : 0;
	}
	qsort(late, CALLS, sizeof(late[0]), compare);
	assert_in_range(late[CALLS / 2], 0, 2 * period);
}

/* ---- What wakes it ---- */

enum {
	BY_EVENT,
	BY_MESSAGE,
	BY_OS_THREAD_EVENT,
	BY_OS_THREAD_MESSAGE,
	BY_SIGNAL,
	WAYS,
};
#define WAKES 50

/* How many have come in each way; whoever sends waits for that. */
static _Atomic uint32_t g_woken[WAYS];
static struct spdk_thread *g_sleeper;
static pthread_t g_sleeper_os_thread;

static void
woken(uint32_t way)
{
	g_woken[way]++;
}

static void
woken_by_event(void *arg1, void *arg2)
{
	g_sleeper_os_thread = pthread_self();
	woken((uint32_t)(uintptr_t)arg1);
}

static void
woken_by_message(void *arg)
{
	woken((uint32_t)(uintptr_t)arg);
}

static void
woken_by_signal(void *arg)
{
	woken(BY_SIGNAL);
}

static void
on_signal(int number)
{
	(void)spdk_thread_send_critical_msg(g_sleeper, woken_by_signal);
}

static void
wake(uint32_t way)
{
	void *arg = (void *)(uintptr_t)way;

	switch (way) {
	case BY_EVENT:
	case BY_OS_THREAD_EVENT:
		spdk_event_call(spdk_event_allocate(1, woken_by_event, arg, NULL));
		break;
	case BY_MESSAGE:
	case BY_OS_THREAD_MESSAGE:
		assert_int_equal(spdk_thread_send_msg(g_sleeper, woken_by_message, arg), 0);
		break;
	default:
		/* The handler runs on the OS thread that sleeps, or on one that has no reactor. */
		pthread_kill(g_woken[BY_SIGNAL] % 2 != 0 ? g_sleeper_os_thread : pthread_self(),
			     SIGUSR1);
		break;
	}
}

/* It is asleep before each, for anything from not at all to long. */
static void
wake_many_times(uint32_t way)
{
	uint32_t i;

	for (i = 0; i < WAKES; i++) {
		usleep(i % 10 * 100);
		wake(way);
		while (g_woken[way] != i + 1) {
			usleep(20);
		}
	}
}

static void *
wake_from_os_thread(void *arg)
{
	wake_many_times(BY_OS_THREAD_EVENT);
	wake_many_times(BY_OS_THREAD_MESSAGE);
	wake_many_times(BY_SIGNAL);
	return NULL;
}

static void
wake_sleeper(void *arg)
{
	pthread_t os_thread;

	g_sleeper = thread_on("sleeper", "0x2");
	wake_many_times(BY_EVENT);
	wake_many_times(BY_MESSAGE);
	assert_int_equal(pthread_create(&os_thread, NULL, wake_from_os_thread, NULL), 0);
	pthread_join(os_thread, NULL);
	g_subject = g_sleeper;
	g_enough_us = 0;
	spdk_event_call(spdk_event_allocate(1, end_measure, NULL, NULL));
}

static void
whoever_has_something_for_a_reactor_wakes_it(void **state)
{
	struct sigaction action = {.sa_handler = on_signal}, before;

	set_rest(false, 0);
	memset((void *)g_woken, 0, sizeof(g_woken));
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	reactors_run_once("0x3", wake_sleeper, NULL);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	assert_int_equal(g_woken[BY_SIGNAL], WAKES);
}

#define BOUNCES 5000

static struct spdk_thread *g_players[2];
static uint32_t g_bounces;

/* So that both sleep all the time and are woken by each other. */
static void
bounce(void *arg)
{
	if (++g_bounces == BOUNCES) {
		assert_int_equal(spdk_thread_send_msg(g_players[1], exit_current, NULL), 0);
		spdk_reactors_stop(NULL);
		return;
	}
	assert_int_equal(spdk_thread_send_msg(g_players[g_bounces % 2], bounce, NULL), 0);
}

static void
start_game(void *arg)
{
	g_players[0] = spdk_get_thread();
	g_players[1] = thread_on("player", "0x2");
	bounce(NULL);
}

static void
no_wake_up_is_lost_between_two_that_sleep(void **state)
{
	set_rest(false, 0);
	g_bounces = 0;
	reactors_run_once("0x3", start_game, NULL);
	assert_int_equal(g_bounces, BOUNCES);
}

/* ---- Options ---- */

static void
options_of_another_size_are_taken_as_far_as_they_go(void **state)
{
	struct {
		struct spindle_rest_opts opts;
		uint32_t beyond;
	} large = {.opts = {.size = sizeof(large), .spin_us = 70}, .beyond = 7};
	struct spindle_rest_opts opts = {.size = offsetof(struct spindle_rest_opts, spin_us)};

	spindle_reactors_set_rest(&large.opts);
	opts.never_rest = true;
	opts.spin_us = 90;
	spindle_reactors_set_rest(&opts);
	large.opts.never_rest = false;
	large.opts.spin_us = 0;
	spindle_reactors_get_rest(&large.opts);
	assert_true(large.opts.never_rest);
	assert_int_equal(large.opts.spin_us, 70);
	assert_int_equal(large.opts.size, sizeof(large));
	assert_int_equal(large.beyond, 7);
	opts.never_rest = false;
	spindle_reactors_get_rest(&opts);
	assert_true(opts.never_rest);
	assert_int_equal(opts.spin_us, 90);
}

static void
options_without_a_size_are_explained_and_change_nothing(void **state)
{
	struct spindle_rest_opts opts = {.size = 0, .never_rest = true, .spin_us = 1};

	log_capture_start();
	spindle_reactors_set_rest(&opts);
	assert_one_error("spindle_reactors_set_rest(): set opts.size");
	spindle_reactors_set_rest(NULL);
	assert_one_error("spindle_reactors_set_rest()");
	spindle_reactors_get_rest(NULL);
	assert_one_error("spindle_reactors_get_rest()");
	spindle_reactors_get_rest(&opts);
	assert_one_error("spindle_reactors_get_rest()");
	assert_int_equal(opts.spin_us, 1);
	opts.size = sizeof(opts);
	spindle_reactors_get_rest(&opts);
	assert_false(opts.never_rest);
	assert_int_equal(opts.spin_us, 50);
	log_capture_stop();
}

#define REST_TEST(fn) cmocka_unit_test_setup(fn, defaults)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REST_TEST(a_reactor_with_nothing_to_do_sleeps),
		REST_TEST(an_active_poller_keeps_its_reactor_awake),
		REST_TEST(an_active_poller_with_a_wake_up_source_does_not),
		REST_TEST(a_reactor_that_never_rests_stays_awake),
		REST_TEST(a_poller_that_finds_nothing_is_no_reason_to_look_for_work),
		REST_TEST(a_reactor_that_is_to_look_for_longer_than_it_is_idle_stays_awake),
		REST_TEST(a_timer_is_never_early_and_seldom_late),
		REST_TEST(whoever_has_something_for_a_reactor_wakes_it),
		REST_TEST(no_wake_up_is_lost_between_two_that_sleep),
		REST_TEST(options_of_another_size_are_taken_as_far_as_they_go),
		REST_TEST(options_without_a_size_are_explained_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
