/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame of the benchmarks of messages: an application with default options on two reactors,
 * whose sides are measured in turn, so that what the machine does meanwhile meets all of them.
 */
#ifndef BENCH_SIDES_H
#define BENCH_SIDES_H

#include "bench.h"
#include "rival.h"

enum bench_place {
	BENCH_HOME, /* the app thread, on reactor 0; sides begin there */
	BENCH_NEAR, /* another thread there */
	BENCH_FAR,  /* one on reactor 1 */
};

extern struct spdk_thread *g_bench_threads[BENCH_FAR + 1];

struct bench_side {
	const char *name; /* NULL: the rival's */
	/* Begins a sample on the app thread, at whose end side_done() is called there. */
	void (*start)(struct bench_side *side);
	const struct rival *rival; /* NULL: ours, or a bare limit */
	enum bench_place place;
	uint32_t window;
	uint32_t count;
	struct rival_pair pair;
	struct bench_spread spread;
};

struct bench_sides {
	struct bench_side *sides;
	uint32_t count;
	uint32_t samples;
	/* Gives out the figures. How many missed their limits. */
	int (*report)(void);
};

/* Runs the application. What main() returns. */
int bench_sides_main(const char *program, const struct bench_sides *sides);

void bench_side_done(double value);

/* Runs the rival's far side on the other reactor. `fn` gets `side`. */
void bench_far(spdk_msg_fn fn, struct bench_side *side);

/* A side's figure, and ours to it. A side that is not there is not mentioned. */
void bench_side_report(const struct bench_side *side, const char *unit);
void bench_side_compare(const struct bench_side *ours, const struct bench_side *other);

#endif
