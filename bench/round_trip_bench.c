/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message takes there and back, one at a time: between two cores, against a cache line that
 * goes there and back and against what else carries messages; and on one core.
 *
 * A sample is the p50 of so many trips. Rivals that sleep make fewer.
 */
#include "sides.h"

#define SAMPLES     21
#define TRIPS       20000 /* of a sample */
#define SLOW_TRIPS  500
#define LIMIT_LINE  1.5  /* of the cache line's */
#define LIMIT_ALONE 60.0 /* ns */

static uint64_t g_ticks[TRIPS];

static double
p50_ns(uint32_t count)
{
	bench_sort(g_ticks, count);
	return bench_ns(g_ticks[count / 2]);
}

/* ---- Ours ---- */

static struct {
	struct spdk_thread *peer;
	uint32_t left;
	uint64_t sent;
} g_trip __attribute__((aligned(128)));

static void trip_back(void *arg);

static void
trip_there(void *arg)
{
	spdk_thread_send_msg(g_bench_threads[BENCH_HOME], trip_back, NULL);
}

static void
trip_back(void *arg)
{
	uint64_t now = spdk_get_ticks();

	g_ticks[--g_trip.left] = now - g_trip.sent;
	if (g_trip.left == 0) {
		bench_side_done(p50_ns(TRIPS));
		return;
	}
	g_trip.sent = now;
	spdk_thread_send_msg(g_trip.peer, trip_there, NULL);
}

static void
start_ours(struct bench_side *side)
{
	g_trip.peer = g_bench_threads[side->place];
	g_trip.left = TRIPS;
	g_trip.sent = spdk_get_ticks();
	spdk_thread_send_msg(g_trip.peer, trip_there, NULL);
}

/* ---- The cache line ---- */

static _Atomic uint32_t g_line __attribute__((aligned(128)));

static inline void
wait_for_line(uint32_t value)
{
	while (__atomic_load_n(&g_line, __ATOMIC_ACQUIRE) != value) {
		continue;
	}
}

static void
line_far(void *arg)
{
	uint32_t i;

	for (i = 0; i < TRIPS; i++) {
		wait_for_line(2 * i + 1);
		__atomic_store_n(&g_line, 2 * i + 2, __ATOMIC_RELEASE);
	}
}

/* Blocks both reactors for its time. Each trip takes the time once, as a message's does. */
static void
start_line(struct bench_side *side)
{
	uint64_t sent, now;
	uint32_t i;

	g_line = 0;
	bench_far(line_far, side);
	sent = spdk_get_ticks();
	for (i = 0; i < TRIPS; i++) {
		__atomic_store_n(&g_line, 2 * i + 1, __ATOMIC_RELEASE);
		wait_for_line(2 * i + 2);
		now = spdk_get_ticks();
		g_ticks[i] = now - sent;
		sent = now;
	}
	bench_side_done(p50_ns(TRIPS));
}

/* ---- Rivals, which block the reactors as the line does ---- */

static void
rival_far(void *arg)
{
	struct bench_side *side = arg;

	side->rival->trip_far(&side->pair, side->count);
}

static void
start_rival(struct bench_side *side)
{
	bench_far(rival_far, side);
	side->rival->trip_near(&side->pair, g_ticks, side->count);
	bench_side_done(p50_ns(side->count));
}

static void
start_rival_alone(struct bench_side *side)
{
	side->rival->trip_alone(&side->pair, g_ticks, side->count);
	bench_side_done(p50_ns(side->count));
}

/* One thread reads the time, which is a part of each trip. */
static void
start_clock(struct bench_side *side)
{
	uint64_t sent = spdk_get_ticks(), now;
	uint32_t i;

	for (i = 0; i < TRIPS; i++) {
		now = spdk_get_ticks();
		g_ticks[i] = now - sent;
		sent = now;
	}
	bench_side_done(p50_ns(TRIPS));
}

/* ---- Figures ---- */

enum {
	LINE,
	FAR,
	FAR_RIVALS,
	CLOCK = FAR_RIVALS + 5,
	NEAR,
	NEAR_RIVALS,
	SIDES = NEAR_RIVALS + 2,
};

static struct bench_side g_sides[SIDES] = {
	[LINE] = {.name = "a bare cache line", .start = start_line},
	[FAR] = {.name = "a message", .start = start_ours, .place = BENCH_FAR},
	[FAR_RIVALS] = {.rival = &rival_ring, .start = start_rival, .count = TRIPS},
	{.rival = &rival_ring_senders, .start = start_rival, .count = TRIPS},
	{.rival = &rival_condvar, .start = start_rival, .count = SLOW_TRIPS},
	{.rival = &rival_uv, .start = start_rival, .count = SLOW_TRIPS},
	{.rival = &rival_uring, .start = start_rival, .count = SLOW_TRIPS},
	[CLOCK] = {.name = "nothing but the reading of the time", .start = start_clock},
	[NEAR] = {.name = "a message", .start = start_ours, .place = BENCH_NEAR},
	[NEAR_RIVALS] = {.rival = &rival_ring, .start = start_rival_alone, .count = TRIPS},
	{.rival = &rival_ring_senders, .start = start_rival_alone, .count = TRIPS},
};

static void
report_sides(uint32_t from, uint32_t to)
{
	uint32_t i;

	for (i = from; i < to; i++) {
		bench_side_report(&g_sides[i], "ns");
	}
}

static int
report(void)
{
	int missed = 0;
	uint32_t i;

	bench_question("A message there and back, two cores");
	report_sides(LINE, CLOCK);
	missed += !bench_ratio("ours, to a bare cache line", &g_sides[FAR].spread,
			       &g_sides[LINE].spread, BENCH_AT_MOST, LIMIT_LINE);
	for (i = FAR_RIVALS; i < CLOCK; i++) {
		bench_side_compare(&g_sides[FAR], &g_sides[i]);
	}
	bench_question("A message there and back, same core");
	report_sides(CLOCK, SIDES);
	missed += !bench_limit("ours", &g_sides[NEAR].spread, "ns", BENCH_AT_MOST, LIMIT_ALONE);
	for (i = NEAR_RIVALS; i < SIDES; i++) {
		bench_side_compare(&g_sides[NEAR], &g_sides[i]);
	}
	return missed;
}

int
main(void)
{
	const struct bench_sides sides = {
		.sides = g_sides,
		.count = SIDES,
		.samples = bench_samples(SAMPLES),
		.report = report,
	};

	return bench_sides_main("round_trip_bench", &sides);
}
