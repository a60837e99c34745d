/* SPDX-License-Identifier: BSD-3-Clause */
#include "sides.h"

#include "spdk/event.h"

/* Both cores are busy before each side, so that none suffers from the sleep of another. */
#define SPIN_US 1000

struct spdk_thread *g_bench_threads[BENCH_FAR + 1];

static struct {
	struct bench_sides of;
	uint32_t sample;
	uint32_t side;
} g_run;

static bool
is_there(const struct bench_side *side)
{
	return side->rival == NULL || side->pair.back != NULL;
}

/* ---- Rivals ---- */

static bool
was_said(uint32_t side)
{
	uint32_t i;

	for (i = 0; i < side; i++) {
		if (g_run.of.sides[i].rival == g_run.of.sides[side].rival) {
			return true;
		}
	}
	return false;
}

static void
open_rival(uint32_t index)
{
	struct bench_side *side = &g_run.of.sides[index];
	const struct rival *rival = side->rival;
	const char *why = NULL;
	char text[128];

	side->name = side->name != NULL ? side->name : rival->name;
	if (rival->package != NULL) {
		why = rival->package;
	} else {
		side->pair.there = rival->open();
		why = side->pair.there == NULL ? spdk_strerror(errno) : NULL;
	}
	if (why == NULL) {
		side->pair.back = rival->open();
		why = side->pair.back == NULL ? spdk_strerror(errno) : NULL;
	}
	if (why != NULL && !was_said(index)) {
		snprintf(text, sizeof(text), "not compared, %s: %s%s", rival->name, why,
			 rival->package != NULL ? " is not installed" : "");
		bench_note(text);
	}
}

static void
close_rival(struct bench_side *side)
{
	if (side->pair.there != NULL) {
		side->rival->close(side->pair.there);
	}
	if (side->pair.back != NULL) {
		side->rival->close(side->pair.back);
	}
}

/* ---- The sequence ---- */

static void
exit_thread(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
finish(void)
{
	int missed = g_run.of.report();
	uint32_t i;

	for (i = 0; i < g_run.of.count; i++) {
		close_rival(&g_run.of.sides[i]);
	}
	spdk_thread_send_msg(g_bench_threads[BENCH_NEAR], exit_thread, NULL);
	spdk_thread_send_msg(g_bench_threads[BENCH_FAR], exit_thread, NULL);
	spdk_app_stop(missed);
}

static void
spin(void *arg)
{
	uint64_t end = spdk_get_ticks() + SPIN_US * spdk_get_ticks_hz() / SPDK_SEC_TO_USEC;

	while (spdk_get_ticks() < end) {
		continue;
	}
}

static void
run_next(void *arg)
{
	struct bench_side *side = &g_run.of.sides[g_run.side];

	if (is_there(side)) {
		bench_far(spin, side);
		spin(NULL);
		side->start(side);
	} else {
		bench_side_done(0);
	}
}

void
bench_side_done(double value)
{
	struct bench_side *side = &g_run.of.sides[g_run.side];

	if (is_there(side)) {
		bench_spread_add(&side->spread, value);
	}
	if (++g_run.side == g_run.of.count) {
		g_run.side = 0;
		g_run.sample++;
	}
	if (g_run.sample == g_run.of.samples) {
		finish();
		return;
	}
	/* From a message, so that a side begins where the last one has ended for good. */
	spdk_thread_send_msg(g_bench_threads[BENCH_HOME], run_next, NULL);
}

static void
start(void *arg)
{
	uint32_t i;

	g_bench_threads[BENCH_HOME] = spdk_get_thread();
	g_bench_threads[BENCH_NEAR] = bench_thread_create("near", 0);
	g_bench_threads[BENCH_FAR] = bench_thread_create("far", 1);
	for (i = 0; i < g_run.of.count; i++) {
		if (g_run.of.sides[i].rival != NULL) {
			open_rival(i);
		}
	}
	run_next(NULL);
}

int
bench_sides_main(const char *program, const struct bench_sides *sides)
{
	g_run.of = *sides;
	return bench_app_main(program, start);
}

/* ---- What sides use ---- */

void
bench_far(spdk_msg_fn fn, struct bench_side *side)
{
	spdk_thread_send_msg(g_bench_threads[BENCH_FAR], fn, side);
}

void
bench_side_report(const struct bench_side *side, const char *unit)
{
	if (is_there(side)) {
		bench_side(&side->spread, side->name, unit);
	}
}

void
bench_side_compare(const struct bench_side *ours, const struct bench_side *other)
{
	char name[128];

	if (is_there(other)) {
		snprintf(name, sizeof(name), "ours, to %s", other->name);
		bench_ratio(name, &ours->spread, &other->spread, BENCH_AT_MOST, 0);
	}
}
