/* SPDX-License-Identifier: BSD-3-Clause */
/* Results as both reports need them: counts of one or more workers, and what follows from them. */
#ifndef SPINDLE_TOOL_PERF_RESULT_H
#define SPINDLE_TOOL_PERF_RESULT_H

#include "perf.h"

struct perf_sum {
	/* By kind, and all of them together in the last one. */
	struct perf_counts counts[PERF_KINDS + 1];
	/* From the first beginning to the last end. */
	uint64_t start_ticks;
	uint64_t end_ticks;
};

struct perf_figures {
	uint64_t ios;
	uint64_t bytes;
	uint64_t failed;
	double seconds;
	double iops;
	double bytes_per_second;
	double average_us;
	double min_us;
	double max_us;
	double percentile_us[PERF_PERCENTILES];
};

/* Ends the program when there is no memory. */
void perf_sum_init(struct perf_sum *sum);
void perf_sum_fini(struct perf_sum *sum);
void perf_sum_add(struct perf_sum *sum, const struct perf_worker *worker);
/* Of a kind, or of all with PERF_KINDS. Without I/Os all is 0 but for what failed. */
void perf_sum_figures(const struct perf_sum *sum, uint32_t kind, struct perf_figures *figures);

const char *perf_kind_name(enum perf_kind kind);

#endif
