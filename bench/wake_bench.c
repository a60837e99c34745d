/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What it takes to wake a reactor that rests: a message there and back, when the other reactor has
 * gone to sleep, against an eventfd and epoll_wait() there and back between two OS threads on the
 * same cores. And whether a reactor that has work in every spin time never goes to sleep.
 *
 * The reactors are those of an application with default options. The bare side runs inside of a
 * poller of the first, while the second sleeps.
 */
#include "bench.h"

#include "spdk/event.h"
#include "spdk/log.h"
#include "spindle/reactor.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#define SAMPLES    21
#define TRIPS      25   /* of a sample, whose median counts */
#define PAUSE_US   1000 /* before each: longer than any spin */
#define LIMIT      1.1
#define FEED_TRIPS 10000

static struct spdk_thread *g_home, *g_far;
static struct bench_spread g_ours, g_bare;
static int g_missed;

static double
median_us(uint64_t *ticks)
{
	bench_sort(ticks, TRIPS);
	return bench_ns(ticks[TRIPS / 2]) / 1e3;
}

/* ---- The bare side ---- */

struct end {
	int event_fd;
	int epoll_fd;
};

static struct end g_ends[BENCH_REACTORS];
static pthread_t g_echo;

static void
end_open(struct end *end)
{
	struct epoll_event event = {.events = EPOLLIN};

	end->event_fd = eventfd(0, EFD_NONBLOCK);
	end->epoll_fd = epoll_create1(0);
	if (end->event_fd < 0 || end->epoll_fd < 0 ||
	    epoll_ctl(end->epoll_fd, EPOLL_CTL_ADD, end->event_fd, &event) != 0) {
		perror("eventfd and epoll");
		exit(1);
	}
}

static uint64_t
end_wait(struct end *end)
{
	struct epoll_event event;
	uint64_t value = 0;

	while (read(end->event_fd, &value, sizeof(value)) != sizeof(value)) {
		(void)epoll_wait(end->epoll_fd, &event, 1, -1);
	}
	return value;
}

static void
end_wake(struct end *end, uint64_t value)
{
	if (write(end->event_fd, &value, sizeof(value)) != sizeof(value)) {
		perror("write to an eventfd");
		exit(1);
	}
}

#define END_OF_ECHO 2

static void *
echo(void *arg)
{
	while (end_wait(&g_ends[1]) != END_OF_ECHO) {
		end_wake(&g_ends[0], 1);
	}
	return NULL;
}

static void
echo_start(void)
{
	cpu_set_t cpus;

	end_open(&g_ends[0]);
	end_open(&g_ends[1]);
	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	if (pthread_create(&g_echo, NULL, echo, NULL) != 0 ||
	    pthread_setaffinity_np(g_echo, sizeof(cpus), &cpus) != 0) {
		fprintf(stderr, "no OS thread on CPU 1\n");
		exit(1);
	}
}

static double
bare_us(void)
{
	uint64_t ticks[TRIPS], start;
	uint32_t i;

	for (i = 0; i < TRIPS; i++) {
		usleep(PAUSE_US);
		start = spdk_get_ticks();
		end_wake(&g_ends[1], 1);
		(void)end_wait(&g_ends[0]);
		ticks[i] = spdk_get_ticks() - start;
	}
	return median_us(ticks);
}

/* ---- Sleeps of the other reactor ---- */

static long g_sleeps;

static void
count_sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	g_sleeps = usage.ru_nvcsw;
}

/* ---- Fed in every spin time ---- */

static struct {
	struct spdk_poller *poller;
	uint64_t period, last;
	uint64_t late_after;
	uint32_t sent, late;
	long sleeps;
} g_feed;

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
fed(void *arg)
{
	long sleeps = g_sleeps - g_feed.sleeps;

	bench_question("A reactor that is fed in half of its spin time");
	bench_note("Pauses of the sender, which the machine makes, may end in a sleep");
	(void)bench_value("messages", FEED_TRIPS, "", BENCH_AT_LEAST, FEED_TRIPS);
	(void)bench_value("pauses longer than the spin time", g_feed.late, "", BENCH_AT_MOST, NAN);
	g_missed += !bench_value("sleeps beyond those", (double)spdk_max(sleeps - g_feed.late, 0),
				 "", BENCH_AT_MOST, 0);
	end_wake(&g_ends[1], END_OF_ECHO);
	pthread_join(g_echo, NULL);
	spdk_thread_send_msg(g_far, exit_thread, NULL);
	spdk_app_stop(g_missed);
}

static void
feed_first(void *arg)
{
	count_sleeps();
	g_feed.sleeps = g_sleeps;
}

static void
feed_one(void *arg)
{
}

static void
feed_last(void *arg)
{
	count_sleeps();
	spdk_thread_send_msg(g_home, fed, NULL);
}

static int
feed(void *arg)
{
	uint64_t now = spdk_get_ticks();

	if (now - g_feed.last < g_feed.period) {
		return SPDK_POLLER_IDLE;
	}
	g_feed.late += now - g_feed.last > g_feed.late_after;
	g_feed.last = now;
	if (++g_feed.sent < FEED_TRIPS) {
		spdk_thread_send_msg(g_far, feed_one, NULL);
		return SPDK_POLLER_BUSY;
	}
	spdk_poller_unregister(&g_feed.poller);
	spdk_thread_send_msg(g_far, feed_last, NULL);
	return SPDK_POLLER_BUSY;
}

static void
start_feed(void)
{
	struct spindle_rest_opts rest = {.size = sizeof(rest)};

	spindle_reactors_get_rest(&rest);
	g_feed.period = rest.spin_us * spdk_get_ticks_hz() / 1000000 / 2;
	/* What is sent takes some microseconds to be seen. */
	g_feed.late_after = g_feed.period * 8 / 5;
	g_feed.last = spdk_get_ticks();
	spdk_thread_send_msg(g_far, feed_first, NULL);
	g_feed.poller = SPDK_POLLER_REGISTER(feed, NULL, 0);
}

/* ---- Asleep ---- */

static struct {
	struct spdk_poller *poller;
	uint64_t sent;
	uint64_t ticks[TRIPS];
	uint32_t trips;
	long sleeps; /* before the first trip */
} g_trip;

static void
report(void)
{
	uint32_t trips = bench_samples(SAMPLES) * TRIPS - 1; /* but for the first */

	spdk_poller_unregister(&g_trip.poller);
	bench_question("A reactor that sleeps: there and back");
	bench_side(&g_ours, "a message, there and back", "us");
	bench_side(&g_bare, "eventfd and epoll, there and back", "us");
	g_missed += !bench_ratio("message to eventfd", &g_ours, &g_bare, BENCH_AT_MOST, LIMIT);
	/* Else the reactor was awake, and the figure is of something else. A few it may be. */
	g_missed += !bench_value("sleeps for each trip", (double)(g_sleeps - g_trip.sleeps) / trips,
				 "", BENCH_AT_LEAST, 0.9);
	start_feed();
}

static void
trip_back(void *arg)
{
	g_trip.ticks[g_trip.trips++] = spdk_get_ticks() - g_trip.sent;
	if (g_trip.trips < TRIPS) {
		return;
	}
	g_trip.trips = 0;
	bench_spread_add(&g_ours, median_us(g_trip.ticks));
	bench_spread_add(&g_bare, bare_us());
	if (g_ours.count == bench_samples(SAMPLES)) {
		report();
	}
}

static void
trip_there(void *arg)
{
	spdk_thread_send_msg(g_home, trip_back, NULL);
	count_sleeps();
	if (g_trip.sleeps == 0) {
		g_trip.sleeps = g_sleeps;
	}
}

static int
begin_trip(void *arg)
{
	g_trip.sent = spdk_get_ticks();
	spdk_thread_send_msg(g_far, trip_there, NULL);
	return SPDK_POLLER_BUSY;
}

static void
start(void *arg)
{
	echo_start();
	g_home = spdk_get_thread();
	g_far = bench_thread_create("far", 1);
	g_trip.poller = SPDK_POLLER_REGISTER(begin_trip, NULL, PAUSE_US);
}

int
main(void)
{
	return bench_app_main("wake_bench", start);
}
