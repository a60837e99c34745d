/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A process that is stopped (SIGSTOP, or the machine is suspended) and goes on (SIGCONT): timers
 * that are late run once and in order, none is early, and nobody is blamed for a stall.
 */
#include "base/log_capture.h"
#include "env/env_internal.h"
#include "runtime/reactor/beside_fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static void
sleep_ms(uint32_t ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&time, &time) != 0) {
	}
}

/* Another process, which stops this one for a time. */
struct stopper {
	pid_t pid;
	int go;
};

static void
stop_parent(pid_t parent, int go, uint32_t after_ms, uint32_t for_ms)
{
	char byte;

	if (read(go, &byte, 1) != 1) {
		_exit(1);
	}
	sleep_ms(after_ms);
	(void)kill(parent, SIGSTOP);
	sleep_ms(for_ms);
	(void)kill(parent, SIGCONT);
	_exit(0);
}

/* It is made first, since that may take long, and waits for start_stopper(). */
static struct stopper
make_stopper(uint32_t after_ms, uint32_t for_ms)
{
	pid_t parent = getpid(), child;
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0) {
		stop_parent(parent, pipe_fds[0], after_ms, for_ms);
	}
	assert_true(child > 0);
	close(pipe_fds[0]);
	return (struct stopper){.pid = child, .go = pipe_fds[1]};
}

static void
start_stopper(const struct stopper *stopper)
{
	assert_int_equal(write(stopper->go, "g", 1), 1);
	close(stopper->go);
}

static void
wait_for(const struct stopper *stopper)
{
	int status;

	while (waitpid(stopper->pid, &status, 0) < 0) {
		assert_int_equal(errno, EINTR);
	}
	assert_int_equal(status, 0);
}

static uint64_t
ticks_of_ms(uint64_t ms)
{
	return ms * spdk_get_ticks_hz() / 1000;
}

/* ---- Timers ---- */

#define STOP_AFTER_MS 100
#define STOP_FOR_MS   1200
#define CATCH_UP_MS   20000
#define CALLS_MAX     1000

/* The first is due over and over, the others while nothing runs, and not in this order. */
static const uint32_t g_periods_ms[] = {20, 1100, 700, 900};
#define TIMERS SPDK_COUNTOF(g_periods_ms)

static struct timer {
	struct spdk_poller *poller;
	uint32_t period_ms;
	uint64_t first;
	uint64_t last;
	uint32_t calls;
} g_timers[TIMERS];

static uint32_t g_order[CALLS_MAX];
static uint32_t g_order_count;
static uint32_t g_early_count;
static uint64_t g_gap_max; /* of the first */

static int
call_timer(void *arg)
{
	struct timer *timer = arg;
	uint64_t now = spdk_get_ticks();

	/* A turn that is held up between its beginning and here makes the next call seem early. */
	g_early_count +=
		now - timer->first < (timer->calls + UINT64_C(1)) * ticks_of_ms(timer->period_ms);
	if (timer == g_timers) {
		g_gap_max = spdk_max(g_gap_max, now - timer->last);
	} else if (g_order_count < CALLS_MAX) {
		g_order[g_order_count++] = timer->period_ms;
	}
	timer->last = now;
	timer->calls++;
	return SPDK_POLLER_BUSY;
}

static void
start_timers(void *arg)
{
	uint32_t i;

	for (i = 0; i < TIMERS; i++) {
		g_timers[i] = (struct timer){.period_ms = g_periods_ms[i]};
		g_timers[i].first = g_timers[i].last = spdk_get_ticks();
		g_timers[i].poller = SPDK_POLLER_REGISTER(call_timer, &g_timers[i],
							  UINT64_C(1000) * g_periods_ms[i]);
	}
}

static void
end_timers(void *arg)
{
	uint32_t i;

	for (i = 0; i < TIMERS; i++) {
		spdk_poller_unregister(&g_timers[i].poller);
	}
}

/* It was stopped indeed, and has caught up. */
static void
look_whether_caught_up(void *arg)
{
	*(bool *)arg = g_gap_max >= ticks_of_ms(STOP_FOR_MS - 20) && g_order_count >= 3;
}

static bool
catches_up(struct spdk_thread *thread)
{
	uint64_t deadline = spdk_get_ticks() + ticks_of_ms(CATCH_UP_MS);
	bool has_caught_up = false;

	while (!has_caught_up && spdk_get_ticks() < deadline) {
		sleep_ms(20);
		beside_run(thread, look_whether_caught_up, &has_caught_up);
	}
	return has_caught_up;
}

static void
late_timers_run_once_and_in_order(void **state)
{
	struct spdk_thread *thread = thread_on("timed", "0x2");
	struct stopper stopper = make_stopper(STOP_AFTER_MS, STOP_FOR_MS);
	uint64_t start;

	g_order_count = g_early_count = 0;
	g_gap_max = 0;
	start = spdk_get_ticks();
	beside_run(thread, start_timers, NULL);
	start_stopper(&stopper);
	wait_for(&stopper);
	assert_true(catches_up(thread));
	beside_run(thread, end_timers, NULL);
	assert_int_equal(g_early_count, 0);
	assert_true(g_timers[0].calls > 2);
	assert_true(ticks_of_ms(g_timers[0].calls * UINT64_C(20)) <
		    spdk_get_ticks() - start - ticks_of_ms(STOP_FOR_MS - 20));
	/* Where it took longer than until one is due again, that follows. */
	assert_int_equal(g_order[0], 700);
	assert_int_equal(g_order[1], 900);
	assert_int_equal(g_order[2], 1100);
	beside_run(thread, exit_current, NULL);
}

/* ---- The watchdog ---- */

static _Atomic uint64_t g_looks;

static void
note_look(void *arg, uint64_t now)
{
	g_looks++;
}

/* Does not end, nor come to another function, before it is told. */
static void
work_until_told(void *arg)
{
	_Atomic bool *is_over = arg;

	while (!*is_over) {
		spdk_pause();
	}
}

static void
a_stopped_process_is_not_taken_for_a_stall(void **state)
{
	struct env_watch watch = {.check = note_look};
	struct spdk_thread *thread = thread_on("worker", "0x2");
	_Atomic bool is_over = false;
	struct stopper stopper = make_stopper(400, 3000);
	uint64_t looks;

	assert_int_equal(env_watch_add(&watch), 0);
	looks = g_looks;
	while (g_looks == looks) {
		sleep_ms(1);
	}
	/* The next look is in 900 ms, finds it at work, and is the last before the stop. */
	sleep_ms(700);
	log_capture_start();
	assert_int_equal(spdk_thread_send_msg(thread, work_until_told, (void *)&is_over), 0);
	start_stopper(&stopper);
	wait_for(&stopper);
	sleep_ms(200);
	is_over = true;
	beside_run(thread, exit_current, NULL);
	log_capture_stop();
	env_watch_remove(&watch);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

#define STOP_TEST(fn) cmocka_unit_test_setup_teardown(fn, beside_up, beside_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STOP_TEST(late_timers_run_once_and_in_order),
		STOP_TEST(a_stopped_process_is_not_taken_for_a_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
