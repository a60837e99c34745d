/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the dynamic scheduler costs threads that are placed well, and what it gains for those that
 * are not: the work that busy threads of two reactors do with it and with the static one, in turn.
 *
 * Two CPUs may be two halves of one core, so that two plain OS threads do not do twice the work of
 * one either: that is measured, too, and what the scheduler gains stands beside it.
 */
#include "bench.h"
#include "figure.h"
#include "spdk/event.h"
#include "spdk/log.h"
#include "spdk/scheduler.h"

#include <pthread.h>
#include <sched.h>

#define SAMPLES      22
#define WORKERS      4
#define PERIOD_US    10000
#define RUN_US       400000
#define BARE_US      100000
#define LOOK_US      2000
#define STEPS        20000 /* of a piece of work, some 20 us */
#define LIMIT_EVEN   0.97
#define LIMIT_UNEVEN 1.5

struct worker {
	uint64_t done;
	uint8_t pad[56];
	struct spdk_thread *thread;
	struct spdk_poller *poller;
};

enum run_kind {
	EVEN_STATIC,
	EVEN_DYNAMIC,
	UNEVEN_STATIC,
	UNEVEN_DYNAMIC,
	RUN_KINDS,
};

static struct worker g_workers[WORKERS];
static bool g_stops;
static struct {
	struct bench_spread work[RUN_KINDS];
	struct bench_spread one, two;
	uint32_t kind;
	uint32_t sample, samples;
	uint64_t start;
	struct spdk_poller *poller;
	int missed;
} g_run;

static uint64_t
work_once(uint64_t seed)
{
	for (uint32_t i = 0; i < STEPS; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
	}
	return seed;
}

static volatile uint64_t g_sink;

static int
work(void *arg)
{
	struct worker *worker = arg;

	if (__atomic_load_n(&g_stops, __ATOMIC_ACQUIRE)) {
		spdk_poller_unregister(&worker->poller);
		spdk_thread_exit(spdk_get_thread());
		return SPDK_POLLER_IDLE;
	}
	g_sink = work_once(worker->done | 1);
	__atomic_store_n(&worker->done, worker->done + 1, __ATOMIC_RELAXED);
	return SPDK_POLLER_BUSY;
}

/* It was made for one core, and may run on both from now on. */
static void
begin_work(void *arg)
{
	struct worker *worker = arg;
	struct spdk_cpuset both;

	spdk_cpuset_zero(&both);
	spdk_cpuset_set_cpu(&both, 0, true);
	spdk_cpuset_set_cpu(&both, 1, true);
	spdk_thread_set_cpumask(&both);
	worker->poller = SPDK_POLLER_REGISTER(work, worker, 0);
}

static void *
do_bare(void *arg)
{
	uint64_t *done = arg, end = spdk_get_ticks() + BARE_US * spdk_get_ticks_hz() / 1000000;

	while (spdk_get_ticks() < end) {
		g_sink = work_once(*done | 1);
		(*done)++;
	}
	return NULL;
}

/* What the other CPU adds to this one, without us: its reactor rests meanwhile. */
static void
measure_bare(void)
{
	uint64_t alone = 0, first = 0, second = 0;
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t other;

	do_bare(&alone);
	CPU_ZERO(&other);
	CPU_SET(1, &other);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(other), &other);
	if (pthread_create(&thread, &attr, do_bare, &second) != 0) {
		fprintf(stderr, "no OS thread on CPU 1\n");
		exit(1);
	}
	do_bare(&first);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	bench_spread_add(&g_run.one, (double)alone * 1e6 / BARE_US);
	bench_spread_add(&g_run.two, (double)(first + second) * 1e6 / BARE_US);
}

static void
report(void)
{
	bench_question("Busy threads, as many on each of two reactors");
	bench_side(&g_run.work[EVEN_STATIC], "static", "pieces/s");
	bench_side(&g_run.work[EVEN_DYNAMIC], "dynamic", "pieces/s");
	g_run.missed += !bench_ratio("dynamic, to static", &g_run.work[EVEN_DYNAMIC],
				     &g_run.work[EVEN_STATIC], BENCH_AT_LEAST, LIMIT_EVEN);
	bench_question("Busy threads, all of which begin on one of two reactors");
	bench_side(&g_run.work[UNEVEN_STATIC], "static", "pieces/s");
	bench_side(&g_run.work[UNEVEN_DYNAMIC], "dynamic", "pieces/s");
	bench_side(&g_run.one, "one plain OS thread", "pieces/s");
	bench_side(&g_run.two, "two plain OS threads", "pieces/s");
	bench_ratio("two OS threads, to one", &g_run.two, &g_run.one, BENCH_AT_LEAST, 0);
	g_run.missed += !bench_ratio("dynamic, to static", &g_run.work[UNEVEN_DYNAMIC],
				     &g_run.work[UNEVEN_STATIC], BENCH_AT_LEAST, LIMIT_UNEVEN);
	spdk_app_stop(g_run.missed);
}

static bool
is_even(void)
{
	return g_run.kind == EVEN_STATIC || g_run.kind == EVEN_DYNAMIC;
}

static bool
is_dynamic(void)
{
	return g_run.kind == EVEN_DYNAMIC || g_run.kind == UNEVEN_DYNAMIC;
}

static void
begin_run(void)
{
	uint32_t i;

	if (spdk_scheduler_set(is_dynamic() ? "dynamic" : "static") != 0) {
		exit(1);
	}
	spdk_scheduler_set_period(PERIOD_US);
	__atomic_store_n(&g_stops, false, __ATOMIC_RELEASE);
	g_run.start = spdk_get_ticks();
	for (i = 0; i < WORKERS; i++) {
		g_workers[i].done = 0;
		g_workers[i].thread = bench_thread_create("worker", is_even() ? i % 2 : 0);
		spdk_thread_send_msg(g_workers[i].thread, begin_work, &g_workers[i]);
	}
}

static void
end_run(uint64_t ticks)
{
	uint64_t done = 0;

	for (uint32_t i = 0; i < WORKERS; i++) {
		done += __atomic_load_n(&g_workers[i].done, __ATOMIC_RELAXED);
	}
	bench_spread_add(&g_run.work[g_run.kind], (double)done / bench_seconds(ticks));
	__atomic_store_n(&g_stops, true, __ATOMIC_RELEASE);
}

static int
look(void *arg)
{
	uint64_t ticks = spdk_get_ticks() - g_run.start;

	if (!__atomic_load_n(&g_stops, __ATOMIC_ACQUIRE)) {
		if (bench_seconds(ticks) >= RUN_US / 1e6) {
			end_run(ticks);
		}
		return SPDK_POLLER_BUSY;
	}
	/* All but this one are gone: the next. */
	if (spdk_thread_get_count() > 1) {
		return SPDK_POLLER_BUSY;
	}
	if (++g_run.kind < RUN_KINDS) {
		begin_run();
		return SPDK_POLLER_BUSY;
	}
	g_run.kind = EVEN_STATIC;
	if (g_run.sample++ < g_run.samples) {
		measure_bare();
		begin_run();
	} else {
		spdk_poller_unregister(&g_run.poller);
		report();
	}
	return SPDK_POLLER_BUSY;
}

static void
start(void *arg)
{
	g_run.samples = bench_samples(SAMPLES) - 1;
	measure_bare();
	begin_run();
	g_run.poller = SPDK_POLLER_REGISTER(look, NULL, LOOK_US);
}

int
main(void)
{
	return bench_app_main("scheduler_bench", start);
}
