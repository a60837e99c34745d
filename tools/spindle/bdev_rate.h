/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates of block devices, from what was counted at two times. Pure. */
#ifndef SPINDLE_TOOL_BDEV_RATE_H
#define SPINDLE_TOOL_BDEV_RATE_H

#include "spindle.h"

enum bdev_counter {
	BDEV_READS,
	BDEV_WRITES,
	BDEV_UNMAPS,
	BDEV_COPIES,
	BDEV_BYTES_READ,
	BDEV_BYTES_WRITTEN,
	BDEV_READ_TICKS,
	BDEV_WRITE_TICKS,
	BDEV_ERRORS,
	BDEV_IO_TIME_US,
	BDEV_COUNTERS,
};

struct bdev_counts {
	char *name;
	uint64_t of[BDEV_COUNTERS];
	/* While the depth of its queue is sampled. */
	bool has_queue;
	uint64_t queue_depth;
};

struct bdev_sample {
	uint64_t ticks;
	uint64_t tick_rate;
	struct bdev_counts *bdevs;
	size_t count;
};

/* 0, or -EINVAL: this is no result of bdev_get_iostat; nothing is to be freed then. */
int bdev_sample_read(const struct spdk_json_val *result, struct bdev_sample *out_sample);
void bdev_sample_fini(struct bdev_sample *sample);
/* The device of this name, or NULL. */
const struct bdev_counts *bdev_sample_find(const struct bdev_sample *sample, const char *name);
/* Seconds from one to the other; 0: they are not of the same application, or the same moment. */
double bdev_sample_seconds(const struct bdev_sample *before, const struct bdev_sample *now);

struct bdev_rates {
	double reads_per_s;
	double writes_per_s;
	/* Unmaps and copies. */
	double others_per_s;
	double read_bytes_per_s;
	double write_bytes_per_s;
	/* The mean; 0 when there were none. */
	double read_latency_us;
	double write_latency_us;
	/* Negative: nobody samples it. */
	double queue_depth;
	double utilization;
	uint64_t errors;
};

/*
 * `before` is NULL for a device that was not there: all that it has counted is new. So is what one
 * has counted whose counters have been reset, which shows by any of them being smaller; what was
 * counted before the reset is lost.
 */
struct bdev_rates
bdev_rates_between(const struct bdev_counts *before, const struct bdev_counts *now, double seconds,
		   uint64_t tick_rate);

#endif
