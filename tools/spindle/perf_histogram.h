/* SPDX-License-Identifier: BSD-3-Clause */
/* Latencies as bars: bins that become wider by a constant factor, about six for each decade. */
#ifndef SPINDLE_TOOL_PERF_HISTOGRAM_H
#define SPINDLE_TOOL_PERF_HISTOGRAM_H

#include "spdk/stdinc.h"

#include "spdk/histogram_data.h"

/* From 1 ns to 10,000 s. */
#define PERF_BINS_MAX 79

/* Times from `from_ns` on and below `to_ns`. */
struct perf_bin {
	double from_ns;
	double to_ns;
	uint64_t count;
};

struct perf_bins {
	/* No empty ones at both ends. */
	struct perf_bin of[PERF_BINS_MAX];
	uint32_t count;
	uint64_t total;
};

/* Sorts what a histogram of ticks has counted into bins. */
void perf_bins_fill(struct perf_bins *bins, const struct spdk_histogram_data *histogram,
		    uint64_t ticks_hz);
/* Draws a line for each bin, at most `columns` wide, of block elements or of ASCII. */
void perf_bins_draw(const struct perf_bins *bins, FILE *file, uint32_t columns, bool is_utf8);

#endif
