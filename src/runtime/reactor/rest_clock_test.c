/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wall clock may be set at any time, and nothing but stamps may follow it. The functions of
 * libc by which a program comes to a clock are stood in for here: those that count by the wall
 * clock, or wait by it, are counted, and it leaps by an hour with each reading. The rest goes on to
 * libc.
 */
#include "base/log_capture.h"
#include "env/env_internal.h"
#include "runtime/reactor/beside_fixture.h"

#include <dlfcn.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>

/* No machine runs for so long without a restart, and no wall clock shows less. */
#define UPTIME_MAX_SEC INT64_C(1000000000)

static _Atomic bool g_is_counting;
/* By the wall clock. */
static _Atomic uint32_t g_readings;
static _Atomic uint32_t g_waits;
/* By any. */
static _Atomic uint32_t g_cond_waits;
static _Atomic uint32_t g_alarms;

int
clock_gettime(clockid_t clock, struct timespec *time)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, time);

	if (g_is_counting &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)) {
		time->tv_sec += g_readings++ % 2 != 0 ? 3600 : -3600;
	}
	return rc;
}

time_t
time(time_t *out_time)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out_time != NULL) {
		*out_time = now.tv_sec;
	}
	return now.tv_sec;
}

static void
count_wait(const struct timespec *end)
{
	g_waits += g_is_counting && end->tv_sec > UPTIME_MAX_SEC;
}

int
pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *end)
{
	int (*next)(pthread_cond_t * cond, pthread_mutex_t * mutex, const struct timespec *end);

	*(void **)&next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	count_wait(end);
	g_cond_waits++;
	return next(cond, mutex, end);
}

int
timerfd_create(clockid_t clock, int flags)
{
	g_alarms++;
	g_waits += g_is_counting && clock != CLOCK_MONOTONIC;
	return (int)syscall(SYS_timerfd_create, clock, flags);
}

/* ---- What keeps time ---- */

#define CALLS     50
#define PERIOD_US 3000

static struct spdk_poller *g_poller;
static uint32_t g_calls;
static uint32_t g_early_count;
static uint64_t g_first;
static uint64_t g_last;
static uint64_t g_late[CALLS];
static _Atomic uint32_t g_rounds;

static int
call_on_time(void *arg)
{
	uint64_t period = PERIOD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	uint64_t now = spdk_get_ticks();

	/* A turn that is held up between its beginning and here makes the next call seem early. */
	g_early_count += now - g_first < (g_calls + 1) * period;
	g_late[g_calls++] = now - g_last - spdk_min(period, now - g_last);
	g_last = now;
	if (g_calls == CALLS) {
		spdk_poller_unregister(&g_poller);
		sem_post(&g_beside.done);
	}
	return SPDK_POLLER_BUSY;
}

static void
start_calls(void *arg)
{
	g_calls = g_early_count = 0;
	g_first = g_last = spdk_get_ticks();
	g_poller = SPDK_POLLER_REGISTER(call_on_time, NULL, PERIOD_US);
}

static int
compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static int
no_init(void)
{
	return 0;
}

static void
no_deinit(void)
{
}

static void
note_round(struct spdk_scheduler_core_info *cores, uint32_t count)
{
	g_rounds++;
}

static struct spdk_scheduler g_scheduler = {
	.name = "clocked",
	.init = no_init,
	.deinit = no_deinit,
	.balance = note_round,
};

SPDK_SCHEDULER_REGISTER(g_scheduler);

static void
start_rounds(void *arg)
{
	(void)spdk_scheduler_set("clocked");
	spdk_scheduler_set_period(2000);
}

static void
end_rounds(void *arg)
{
	spdk_scheduler_set_period(0);
	(void)spdk_scheduler_set(NULL);
}

/* Whether an alarm set for 5 ms from now goes off, and not before. */
static void
check_alarm(void)
{
	uint64_t deadline = spdk_get_ticks() + 5 * spdk_get_ticks_hz() / 1000;
	struct pollfd alarm = {.fd = env_alarm_create(), .events = POLLIN};

	assert_true(alarm.fd >= 0);
	env_alarm_set(alarm.fd, deadline);
	assert_int_equal(poll(&alarm, 1, 10000), 1);
	assert_true(spdk_get_ticks() >= deadline);
	close(alarm.fd);
}

static void
nothing_follows_the_wall_clock(void **state)
{
	struct spdk_thread *thread = thread_on("timed", "0x2");
	uint64_t period = PERIOD_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;
	struct timespec now;

	g_rounds = g_waits = g_readings = g_alarms = g_cond_waits = 0;
	g_is_counting = true;
	beside_run(g_beside.app_thread, start_rounds, NULL);
	assert_int_equal(spdk_thread_send_msg(thread, start_calls, NULL), 0);
	beside_wait();
	check_alarm();
	/* One wait of the watchdog has begun by then. */
	while (g_cond_waits == 0) {
		usleep(10000);
	}
	beside_run(g_beside.app_thread, end_rounds, NULL);
	assert_int_equal(g_readings, 0);
	assert_int_equal(g_waits, 0);
	assert_int_equal(g_early_count, 0);
	qsort(g_late, CALLS, sizeof(g_late[0]), compare);
	assert_in_range(g_late[CALLS / 2], 0, 2 * period);
	assert_true(g_rounds > 5);
	assert_int_equal(g_alarms, 1);
	/* What is stood in for is what is called. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	assert_int_equal(g_readings, 1);
	g_is_counting = false;
	beside_run(thread, exit_current, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_follows_the_wall_clock, beside_up,
						beside_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
