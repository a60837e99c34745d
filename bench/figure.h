/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The figures of a benchmark: samples of each side, ratios of pairs with their interval, limits.
 * Each is a line of the table on stdout and, where the environment variable SPINDLE_BENCH_RESULTS
 * names a file, a JSON object on a line of that file, which report.py reads.
 */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

#include "spdk/stdinc.h"

/* What one side of a pair took, sample by sample. */
#define BENCH_SAMPLES_MAX 64

struct bench_spread {
	double values[BENCH_SAMPLES_MAX];
	uint32_t count;
};

/* How a figure stands to its limit. Where a limit may be NAN, that is none. */
enum bench_sense {
	BENCH_AT_MOST,
	BENCH_AT_LEAST,
};

/* How many samples to take: `usual`, or few where SPINDLE_BENCH_QUICK is set. */
uint32_t bench_samples(uint32_t usual);

void bench_spread_add(struct bench_spread *spread, double value);

/* Begins a question: heads the lines that follow, in the table, the JSON and the report. */
void bench_question(const char *title);

/*
 * One side's samples with their unit: prints median and spread, records them. Returns the median.
 * Does not change the samples. The ratios of this question name the spread by this name.
 */
double bench_side(const struct bench_spread *spread, const char *name, const char *unit);

/*
 * Median of ours/other taken pair by pair (sample i with sample i), with its 95 % interval by order
 * statistics (with fewer than six pairs: from end to end); prints and records. `limit` 0: none.
 * Whether the limit is kept by the median.
 */
bool bench_ratio(const char *name, const struct bench_spread *ours,
		 const struct bench_spread *other, enum bench_sense sense, double limit);

/* A single side's median against an absolute limit. */
bool bench_limit(const char *name, const struct bench_spread *spread, const char *unit,
		 enum bench_sense sense, double limit);

/* A single number that was counted or is exact (bytes, how many early). */
bool
bench_value(const char *name, double value, const char *unit, enum bench_sense sense, double limit);

/* Says in table and report what was left out, and why. */
void bench_note(const char *text);

#endif
