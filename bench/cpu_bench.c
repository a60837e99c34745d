/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of a CPU waiting takes: an application with one poller of 100 ms, and a reactor that is
 * sent messages at a rate, each against an OS thread that waits in epoll_wait() for a timer or an
 * eventfd and does the same. CPU time is the kernel's count of the OS thread (of the whole process
 * for the idle application).
 *
 * One OS thread on CPU 0 drives it all and is the sender of both sides, paced by a timer; both
 * receivers run on CPU 1, and the one whose turn it is not sleeps.
 */
#include "bench.h"

#include "spdk/event.h"
#include "spdk/log.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#define SAMPLES        21
#define TICK_MS        100
#define IDLE_MS        (5 * TICK_MS)
#define LIMIT_IDLE     0.3 /* % of a core */
#define LIMIT_AT_1000  1.3
#define SLEEP_ABOVE_US 200 /* the sender waits for less than that without sleeping */

/* ---- The receivers ---- */

static struct {
	struct spdk_thread *thread; /* on the second reactor */
	struct spdk_poller *poller;
	clockid_t clock; /* of the reactor's OS thread */
	_Atomic uint64_t received;
	_Atomic uint64_t ticks;
	_Atomic bool is_ready;
} g_app;

static struct {
	int event_fd, timer_fd, epoll_fd;
	pthread_t os_thread;
	clockid_t clock;
	_Atomic uint64_t received;
	_Atomic uint64_t ticks;
	_Atomic bool is_over;
} g_bare;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
received(void *arg)
{
	g_app.received++;
}

static int
tick(void *arg)
{
	g_app.ticks++;
	return SPDK_POLLER_BUSY;
}

static void
app_ready(void *arg)
{
	if (pthread_getcpuclockid(pthread_self(), &g_app.clock) != 0) {
		die("pthread_getcpuclockid");
	}
	g_app.poller = SPDK_POLLER_REGISTER(tick, NULL, TICK_MS * 1000);
	g_app.is_ready = true;
}

static void
app_leave(void *arg)
{
	spdk_poller_unregister(&g_app.poller);
	spdk_thread_exit(spdk_get_thread());
}

static void *
bare_loop(void *arg)
{
	struct epoll_event events[2];
	uint64_t value;
	int i, count;

	while (!g_bare.is_over) {
		count = epoll_wait(g_bare.epoll_fd, events, 2, -1);
		for (i = 0; i < count; i++) {
			if (read(events[i].data.fd, &value, sizeof(value)) != sizeof(value)) {
				continue;
			}
			if (events[i].data.fd == g_bare.event_fd) {
				g_bare.received += value;
			} else {
				g_bare.ticks += value;
			}
		}
	}
	return NULL;
}

static void
watch(int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || epoll_ctl(g_bare.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		die("epoll_ctl");
	}
}

static void
pin(pthread_t os_thread, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (pthread_setaffinity_np(os_thread, sizeof(cpus), &cpus) != 0) {
		fprintf(stderr, "CPU %d is not there\n", cpu);
		exit(1);
	}
}

static void
bare_open(void)
{
	g_bare.epoll_fd = epoll_create1(0);
	g_bare.event_fd = eventfd(0, EFD_NONBLOCK);
	g_bare.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	watch(g_bare.event_fd);
	watch(g_bare.timer_fd);
	if (pthread_create(&g_bare.os_thread, NULL, bare_loop, NULL) != 0 ||
	    pthread_getcpuclockid(g_bare.os_thread, &g_bare.clock) != 0) {
		die("pthread_create");
	}
	pin(g_bare.os_thread, 1);
}

static void
bare_wake(void)
{
	uint64_t one = 1;

	if (write(g_bare.event_fd, &one, sizeof(one)) != sizeof(one)) {
		die("write");
	}
}

static void
bare_tick(bool is_on)
{
	struct itimerspec timer = {{0, is_on ? TICK_MS * 1000000 : 0},
				   {0, is_on ? TICK_MS * 1000000 : 0}};

	(void)timerfd_settime(g_bare.timer_fd, 0, &timer, NULL);
}

static void
bare_close(void)
{
	g_bare.is_over = true;
	bare_wake();
	pthread_join(g_bare.os_thread, NULL);
	close(g_bare.timer_fd);
	close(g_bare.event_fd);
	close(g_bare.epoll_fd);
}

/* ---- The driver ---- */

static uint64_t
read_clock(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) != 0) {
		die("clock_gettime");
	}
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void
wait_until(uint64_t ns)
{
	struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	if (ns > read_clock(CLOCK_MONOTONIC) + SLEEP_ABOVE_US * 1000) {
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	}
	while (read_clock(CLOCK_MONOTONIC) < ns) {
	}
}

static void
app_send(void)
{
	spdk_thread_send_msg(g_app.thread, received, NULL);
}

/* In percent of a core, from the first message until the last has been received. */
static double
cpu_at_rate(void (*send_one)(void), clockid_t clock, _Atomic uint64_t *count, uint32_t rate,
	    uint32_t messages)
{
	uint64_t start, cpu, wanted = *count + messages, next;
	uint32_t i;

	/* Whoever it is has gone to sleep before. */
	usleep(2000);
	cpu = read_clock(clock);
	start = next = read_clock(CLOCK_MONOTONIC);
	for (i = 0; i < messages; i++) {
		wait_until(next);
		send_one();
		next += 1000000000 / rate;
	}
	while (*count != wanted) {
		usleep(100);
	}
	wait_until(next);
	return 100.0 * (double)(read_clock(clock) - cpu) /
	       (double)(read_clock(CLOCK_MONOTONIC) - start);
}

static int
measure_rate(uint32_t rate, uint32_t messages, double limit)
{
	struct bench_spread ours = {.count = 0}, bare = {.count = 0};
	uint32_t samples = bench_samples(SAMPLES), i;
	char title[64];

	for (i = 0; i < samples; i++) {
		bench_spread_add(
			&ours, cpu_at_rate(app_send, g_app.clock, &g_app.received, rate, messages));
		bench_spread_add(&bare, cpu_at_rate(bare_wake, g_bare.clock, &g_bare.received, rate,
						    messages));
	}
	snprintf(title, sizeof(title), "CPU of a receiver of %u messages a second", rate);
	bench_question(strdup(title));
	bench_side(&ours, "reactor", "% of core");
	bench_side(&bare, "eventfd and epoll", "% of core");
	return !bench_ratio("reactor to eventfd", &ours, &bare, BENCH_AT_MOST, limit);
}

/* The poller of the application ticks all the time. */
static double
cpu_idle(clockid_t clock, _Atomic uint64_t *ticks)
{
	uint64_t before = *ticks, start = read_clock(CLOCK_MONOTONIC), cpu = read_clock(clock);
	double percent;

	usleep(IDLE_MS * 1000);
	percent = 100.0 * (double)(read_clock(clock) - cpu) /
		  (double)(read_clock(CLOCK_MONOTONIC) - start);
	if (*ticks - before < IDLE_MS / TICK_MS - 1) {
		fprintf(stderr, "%" PRIu64 " ticks in %d ms\n", *ticks - before, IDLE_MS);
		exit(1);
	}
	return percent;
}

static int
measure_idle(void)
{
	struct bench_spread ours = {.count = 0}, bare = {.count = 0};
	uint32_t samples = bench_samples(SAMPLES), i;
	int missed = 0;

	for (i = 0; i < samples; i++) {
		bench_spread_add(&ours, cpu_idle(CLOCK_PROCESS_CPUTIME_ID, &g_app.ticks));
		bare_tick(true);
		bench_spread_add(&bare, cpu_idle(g_bare.clock, &g_bare.ticks));
		bare_tick(false);
	}
	bench_question("CPU of an idle application with a poller of 100 ms");
	bench_side(&ours, "application, all its OS threads", "% of core");
	bench_side(&bare, "timerfd and epoll", "% of core");
	missed += !bench_limit("application", &ours, "% of core", BENCH_AT_MOST, LIMIT_IDLE);
	(void)bench_ratio("application to timerfd", &ours, &bare, BENCH_AT_MOST, 0);
	return missed;
}

static void
stop_app(void *arg)
{
	spdk_app_stop((int)(intptr_t)arg);
}

static void *
drive(void *arg)
{
	intptr_t missed = 0;

	pin(pthread_self(), 0);
	while (!g_app.is_ready) {
		usleep(1000);
	}
	bare_open();
	missed += measure_idle();
	missed += measure_rate(1000, 200, LIMIT_AT_1000);
	missed += measure_rate(100000, 10000, 0);
	bare_close();
	spdk_thread_send_msg(g_app.thread, app_leave, NULL);
	spdk_thread_send_msg(spdk_thread_get_app_thread(), stop_app, (void *)missed);
	return NULL;
}

static pthread_t g_driver;

static void
start(void *arg)
{
	g_app.thread = bench_thread_create("receiver", 1);
	spdk_thread_send_msg(g_app.thread, app_ready, NULL);
	if (pthread_create(&g_driver, NULL, drive, NULL) != 0) {
		die("pthread_create");
	}
}

int
main(void)
{
	int status = bench_app_main("cpu_bench", start);

	pthread_join(g_driver, NULL);
	return status;
}
