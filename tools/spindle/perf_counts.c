/* SPDX-License-Identifier: BSD-3-Clause */
/* What has happened, by kind, and its percentiles. */
#include "perf_counts.h"

#include <math.h>

const double perf_percentiles[PERF_PERCENTILES] = {50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 99.999};

int
perf_counts_init(struct perf_counts *counts)
{
	counts->histogram = spdk_histogram_data_alloc();
	if (counts->histogram == NULL) {
		return -ENOMEM;
	}
	perf_counts_reset(counts);
	return 0;
}

void
perf_counts_fini(struct perf_counts *counts)
{
	spdk_histogram_data_free(counts->histogram);
	counts->histogram = NULL;
}

void
perf_counts_reset(struct perf_counts *counts)
{
	atomic_store_explicit(&counts->ios, 0, memory_order_relaxed);
	atomic_store_explicit(&counts->bytes, 0, memory_order_relaxed);
	atomic_store_explicit(&counts->ticks, 0, memory_order_relaxed);
	counts->ticks_min = UINT64_MAX;
	counts->ticks_max = 0;
	counts->failed = 0;
	spdk_histogram_data_reset(counts->histogram);
}

void
perf_counts_add(struct perf_counts *counts, const struct perf_counts *other)
{
	perf_counter_add(&counts->ios, perf_counter_get(&other->ios));
	perf_counter_add(&counts->bytes, perf_counter_get(&other->bytes));
	perf_counter_add(&counts->ticks, perf_counter_get(&other->ticks));
	counts->failed += other->failed;
	if (other->ticks_min < counts->ticks_min) {
		counts->ticks_min = other->ticks_min;
	}
	if (other->ticks_max > counts->ticks_max) {
		counts->ticks_max = other->ticks_max;
	}
	/* All have the same buckets. */
	(void)spdk_histogram_data_merge(counts->histogram, other->histogram);
}

bool
perf_bucket_next(const struct spdk_histogram_data *histogram, struct perf_bucket *bucket)
{
	uint64_t index = bucket->index;
	uint32_t range, place;

	if (index == SPDK_HISTOGRAM_NUM_BUCKETS(histogram)) {
		return false;
	}
	range = histogram->min_range + (uint32_t)(index >> histogram->granularity);
	place = (uint32_t)(index & SPDK_HISTOGRAM_BUCKET_MASK(histogram));
	*bucket = (struct perf_bucket){
		.index = index + 1,
		.start = bucket->end,
		.end = __spdk_histogram_data_get_bucket_start(histogram, range, place),
		.count = histogram->bucket[index],
	};
	return true;
}

void
perf_counts_percentiles(const struct perf_counts *counts, uint64_t out_ticks[PERF_PERCENTILES])
{
	struct perf_bucket bucket = {.index = 0};
	double total = (double)perf_counter_get(&counts->ios);
	uint64_t so_far = 0;
	uint32_t found = 0;

	memset(out_ticks, 0, PERF_PERCENTILES * sizeof(*out_ticks));
	while (found < PERF_PERCENTILES && perf_bucket_next(counts->histogram, &bucket)) {
		so_far += bucket.count;
		while (bucket.count > 0 && found < PERF_PERCENTILES &&
		       (double)so_far >= ceil(total * perf_percentiles[found] / 100)) {
			/* No more than what was really seen. */
			out_ticks[found++] = bucket.end - 1 < counts->ticks_max ? bucket.end - 1 :
										  counts->ticks_max;
		}
	}
}
