/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has happened, by kind: how many I/Os and bytes, and how long they took.
 *
 * One thread counts. Another may look at the three sums at any time, which is why they are atomic;
 * they are never added to by two, so nothing is locked.
 */
#ifndef SPINDLE_TOOL_PERF_COUNTS_H
#define SPINDLE_TOOL_PERF_COUNTS_H

#include "spdk/stdinc.h"

#include "spdk/histogram_data.h"

#include <stdatomic.h>

enum perf_kind {
	PERF_READ,
	PERF_WRITE,
	/* What moves no data of the program's. */
	PERF_OTHER,
	PERF_KINDS,
};

struct perf_counts {
	_Atomic uint64_t ios;
	_Atomic uint64_t bytes;
	/* The sum of all latencies. */
	_Atomic uint64_t ticks;
	uint64_t ticks_min;
	uint64_t ticks_max;
	/* These are not among `ios`. */
	uint64_t failed;
	struct spdk_histogram_data *histogram;
};

/* 0 or -ENOMEM. */
int perf_counts_init(struct perf_counts *counts);
void perf_counts_fini(struct perf_counts *counts);
void perf_counts_reset(struct perf_counts *counts);
/* Adds what others have counted. */
void perf_counts_add(struct perf_counts *counts, const struct perf_counts *other);

/* A bucket of a histogram: numbers from `start` to `end` - 1. Begin with zeros. */
struct perf_bucket {
	/* Of the next one. */
	uint64_t index;
	uint64_t start;
	uint64_t end;
	uint64_t count;
};

/* Goes to the next bucket; false: there is none. */
bool perf_bucket_next(const struct spdk_histogram_data *histogram, struct perf_bucket *bucket);

/* The percentiles that are told of, in percent. */
#define PERF_PERCENTILES 9
extern const double perf_percentiles[PERF_PERCENTILES];

/*
 * For each percentile the latency, in ticks, that so many percent do not exceed; all 0 when nothing
 * was counted. Accurate to the width of a bucket of the histogram, 1/128, and upwards.
 */
void
perf_counts_percentiles(const struct perf_counts *counts, uint64_t out_ticks[PERF_PERCENTILES]);

static inline void
perf_counter_add(_Atomic uint64_t *counter, uint64_t more)
{
	/* Not atomic as a whole: the thread that counts is the only one. */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

static inline uint64_t
perf_counter_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* An I/O that took `ticks`. */
static inline void
perf_counts_tally(struct perf_counts *counts, uint64_t ticks, uint64_t bytes)
{
	perf_counter_add(&counts->ios, 1);
	perf_counter_add(&counts->bytes, bytes);
	perf_counter_add(&counts->ticks, ticks);
	if (ticks < counts->ticks_min) {
		counts->ticks_min = ticks;
	}
	if (ticks > counts->ticks_max) {
		counts->ticks_max = ticks;
	}
	spdk_histogram_data_tally(counts->histogram, ticks);
}

#endif
