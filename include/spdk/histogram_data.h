/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Histograms of 64-bit numbers, usually of times in ticks, with a relative error that is the same
 * for small and large ones.
 *
 * The numbers are divided into ranges, and each range into 2^granularity buckets. Ranges 0 and 1
 * have one bucket for each number, in each later range a bucket is twice as wide as in the range
 * before. With the usual granularity of 7:
 *
 *     range  buckets of  begins with  ends with
 *         0           1            0        127
 *         1           1          128        255
 *         2           2          256        511
 *         3           4          512       1023
 *        ..          ..           ..         ..
 *        57        2^56         2^63     2^64-1
 *
 * A histogram that is told its smallest and largest number keeps only the ranges they lie in; a
 * number beyond those counts in the first or the last bucket.
 *
 * Names that begin with two underscores are for the functions of this header; they are there for
 * programs that were written with them.
 *
 * Thread: one at a time writes to a histogram.
 */
#ifndef SPDK_HISTOGRAM_DATA_H
#define SPDK_HISTOGRAM_DATA_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SPDK_HISTOGRAM_GRANULARITY_DEFAULT 7

/* Of a histogram `h`: the exponent of its buckets in each range, how many leading zeros a number of
 * range 0 has at least, and how many buckets and ranges there are. */
#define SPDK_HISTOGRAM_GRANULARITY(h)           ((h)->granularity)
#define SPDK_HISTOGRAM_BUCKET_LSB(h)            (64 - SPDK_HISTOGRAM_GRANULARITY(h))
#define SPDK_HISTOGRAM_NUM_BUCKETS_PER_RANGE(h) (UINT64_C(1) << SPDK_HISTOGRAM_GRANULARITY(h))
#define SPDK_HISTOGRAM_BUCKET_MASK(h)           (SPDK_HISTOGRAM_NUM_BUCKETS_PER_RANGE(h) - 1)
#define SPDK_HISTOGRAM_NUM_BUCKET_RANGES(h)     (1 + (h)->max_range - (h)->min_range)
#define SPDK_HISTOGRAM_NUM_BUCKETS(h) \
	(SPDK_HISTOGRAM_NUM_BUCKET_RANGES(h) * SPDK_HISTOGRAM_NUM_BUCKETS_PER_RANGE(h))

/** A histogram; made by spdk_histogram_data_alloc() and its kin. */
struct spdk_histogram_data {
	uint32_t granularity;
	/** The first and the last range that have buckets. */
	uint32_t min_range;
	uint32_t max_range;
	/** Counts, those of `min_range` first. */
	uint64_t *bucket;
};

/** The counter of a bucket, for a range that the histogram has. */
static inline uint64_t *
__spdk_histogram_get_bucket(const struct spdk_histogram_data *h, uint32_t range, uint32_t index)
{
	size_t first = (size_t)(range - h->min_range) << SPDK_HISTOGRAM_GRANULARITY(h);

	return h->bucket + first + index;
}

/** How often a number of this bucket was seen. */
static inline uint64_t
__spdk_histogram_get_count(const struct spdk_histogram_data *h, uint32_t range, uint32_t index)
{
	return *__spdk_histogram_get_bucket(h, range, index);
}

/** Counts one more number of this bucket. */
static inline void
__spdk_histogram_increment(struct spdk_histogram_data *h, uint32_t range, uint32_t index)
{
	++*__spdk_histogram_get_bucket(h, range, index);
}

/** The range of a number, whether the histogram has it or not. */
static inline uint32_t
__spdk_histogram_data_get_bucket_range(struct spdk_histogram_data *h, uint64_t datapoint)
{
	uint64_t above = datapoint >> SPDK_HISTOGRAM_GRANULARITY(h);

	/* As many ranges up as there are bits beyond those that range 0 covers. */
	return above == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(above);
}

/** Which bucket of its range a number belongs to. */
static inline uint32_t
__spdk_histogram_data_get_bucket_index(struct spdk_histogram_data *h, uint64_t datapoint,
				       uint32_t range)
{
	/* Range 1 has buckets as narrow as range 0. */
	uint64_t width_log2 = range > 1 ? range - 1 : 0;

	return (uint32_t)(SPDK_HISTOGRAM_BUCKET_MASK(h) & (datapoint >> width_log2));
}

/**
 * The first number behind a bucket, in spite of its name.
 *
 * Source: for the very last bucket UINT64_MAX, where SPDK wraps to 0.
 */
static inline uint64_t
__spdk_histogram_data_get_bucket_start(const struct spdk_histogram_data *h, uint32_t range,
				       uint32_t index)
{
	uint64_t buckets = (uint64_t)index + 1, end;

	if (range == 0) {
		return buckets;
	}
	/* Below the range lie as many of its buckets as it has itself. */
	end = (SPDK_HISTOGRAM_NUM_BUCKETS_PER_RANGE(h) + buckets) << (range - 1);
	return end == 0 ? UINT64_MAX : end;
}

/** Sets all counts to 0. */
static inline void
spdk_histogram_data_reset(struct spdk_histogram_data *histogram)
{
	memset(histogram->bucket, 0,
	       sizeof(*histogram->bucket) * SPDK_HISTOGRAM_NUM_BUCKETS(histogram));
}

/** Counts one number. */
static inline void
spdk_histogram_data_tally(struct spdk_histogram_data *histogram, uint64_t datapoint)
{
	uint32_t range = __spdk_histogram_data_get_bucket_range(histogram, datapoint);
	uint32_t index = __spdk_histogram_data_get_bucket_index(histogram, datapoint, range);

	if (range > histogram->max_range) {
		range = histogram->max_range;
		index = (uint32_t)SPDK_HISTOGRAM_BUCKET_MASK(histogram);
	} else if (range < histogram->min_range) {
		range = histogram->min_range;
		index = 0;
	}
	__spdk_histogram_increment(histogram, range, index);
}

/**
 * What spdk_histogram_data_iterate() calls with each bucket: numbers from `start` to `end` - 1 were
 * seen `count` times, all numbers `total` times, and `so_far` of them are in this bucket or below.
 */
typedef void (*spdk_histogram_data_fn)(void *ctx, uint64_t start, uint64_t end, uint64_t count,
				       uint64_t total, uint64_t so_far);

/**
 * Goes through all buckets, the one of the smallest numbers first.
 *
 * Shape: the first bucket is said to start with 0, whatever the histogram's smallest number is:
 * what lies below counts there.
 * Callback: once for each bucket, also the empty ones, before this returns.
 */
static inline void
spdk_histogram_data_iterate(const struct spdk_histogram_data *histogram, spdk_histogram_data_fn fn,
			    void *ctx)
{
	uint64_t buckets = SPDK_HISTOGRAM_NUM_BUCKETS(histogram), total = 0, so_far = 0, i;
	uint64_t start = 0, end;
	uint32_t range, index;

	for (i = 0; i < buckets; i++) {
		total += histogram->bucket[i];
	}
	for (i = 0; i < buckets; i++) {
		range = histogram->min_range + (uint32_t)(i >> histogram->granularity);
		index = (uint32_t)(i & SPDK_HISTOGRAM_BUCKET_MASK(histogram));
		end = __spdk_histogram_data_get_bucket_start(histogram, range, index);
		so_far += histogram->bucket[i];
		fn(ctx, start, end, histogram->bucket[i], total, so_far);
		start = end;
	}
}

/**
 * Adds the counts of `src` to those of `dst`.
 *
 * Errors: -EINVAL: their buckets differ.
 */
static inline int
spdk_histogram_data_merge(const struct spdk_histogram_data *dst,
			  const struct spdk_histogram_data *src)
{
	uint64_t buckets = SPDK_HISTOGRAM_NUM_BUCKETS(dst), i;

	if (src->granularity != dst->granularity || src->min_range != dst->min_range ||
	    src->max_range != dst->max_range) {
		return -EINVAL;
	}
	for (i = 0; i < buckets; i++) {
		dst->bucket[i] += src->bucket[i];
	}
	return 0;
}

/** Frees a histogram; NULL is allowed. */
static inline void
spdk_histogram_data_free(struct spdk_histogram_data *h)
{
	if (h != NULL) {
		free(h->bucket);
		free(h);
	}
}

/**
 * Makes a histogram of the numbers from `min_val` to `max_val` - 1, with 2^granularity buckets for
 * each doubling.
 *
 * Owner: the caller, who gives it to spdk_histogram_data_free().
 * Errors: NULL: there are no such numbers, `granularity` is above 31, or there is no memory.
 */
static inline struct spdk_histogram_data *
spdk_histogram_data_alloc_sized_ext(uint32_t granularity, uint64_t min_val, uint64_t max_val)
{
	struct spdk_histogram_data *h;

	if (max_val <= min_val || granularity > 31) {
		return NULL;
	}
	h = (struct spdk_histogram_data *)malloc(sizeof(*h));
	if (h == NULL) {
		return NULL;
	}
	h->granularity = granularity;
	h->min_range = __spdk_histogram_data_get_bucket_range(h, min_val);
	h->max_range = __spdk_histogram_data_get_bucket_range(h, max_val - 1);
	h->bucket = (uint64_t *)calloc(SPDK_HISTOGRAM_NUM_BUCKETS(h), sizeof(*h->bucket));
	if (h->bucket == NULL) {
		spdk_histogram_data_free(h);
		return NULL;
	}
	return h;
}

/** spdk_histogram_data_alloc_sized_ext() for all numbers. */
static inline struct spdk_histogram_data *
spdk_histogram_data_alloc_sized(uint32_t granularity)
{
	return spdk_histogram_data_alloc_sized_ext(granularity, 0, UINT64_MAX);
}

/** spdk_histogram_data_alloc_sized() with the usual granularity. */
static inline struct spdk_histogram_data *
spdk_histogram_data_alloc(void)
{
	return spdk_histogram_data_alloc_sized(SPDK_HISTOGRAM_GRANULARITY_DEFAULT);
}

/** How many numbers lie at or below each of some borders. */
struct spdk_histogram_borders {
	/** The caller's. */
	uint64_t *borders;
	/** Where spdk_histogram_get_borders_count() is. */
	size_t index;
	/** Elements of `border_count`: one more than there are borders. */
	size_t num_borders_count;
	/** For each border the numbers that are not above it; in the last element all numbers. */
	uint64_t border_count[0];
};

/** What spdk_histogram_get_borders_count() calls with each bucket. */
static inline void
__spdk_histogram_get_borders_count_cb(void *_ctx, uint64_t start, uint64_t end, uint64_t count,
				      uint64_t total, uint64_t so_far)
{
	struct spdk_histogram_borders *ctx = (struct spdk_histogram_borders *)_ctx;
	size_t i = ctx->index;

	(void)end;
	(void)count;
	(void)total;
	/* A bucket belongs to the first border that it does not begin above. */
	for (; i + 1 < ctx->num_borders_count && ctx->borders[i] < start; i++) {
		ctx->border_count[i + 1] = ctx->border_count[i];
	}
	ctx->border_count[i] = so_far;
	ctx->index = i;
}

/**
 * Fills the counts of `ctx`.
 *
 * Shape: a bucket counts as a whole for the border within it.
 */
static inline void
spdk_histogram_get_borders_count(struct spdk_histogram_data *h, struct spdk_histogram_borders *ctx)
{
	size_t i;

	ctx->index = 0;
	spdk_histogram_data_iterate(h, __spdk_histogram_get_borders_count_cb, ctx);
	/* Borders above all buckets. */
	for (i = ctx->index + 1; i < ctx->num_borders_count; i++) {
		ctx->border_count[i] = ctx->border_count[i - 1];
	}
}

/**
 * Makes what spdk_histogram_get_borders_count() fills.
 *
 * Owner: the caller, who gives it to spdk_histogram_get_borders_count_free_ctx(), and keeps
 * `borders` until then.
 * Shape: `borders` ascend.
 * Errors: NULL: `num_borders` is 0, or there is no memory.
 */
static inline struct spdk_histogram_borders *
spdk_histogram_get_borders_count_alloc_ctx(uint64_t *borders, size_t num_borders)
{
	struct spdk_histogram_borders *ctx;
	size_t counts = num_borders + 1;

	if (num_borders == 0) {
		return NULL;
	}
	ctx = (struct spdk_histogram_borders *)calloc(
		1, sizeof(*ctx) + counts * sizeof(ctx->border_count[0]));
	if (ctx != NULL) {
		ctx->borders = borders;
		ctx->num_borders_count = counts;
	}
	return ctx;
}

/** Frees it; NULL is allowed. */
static inline void
spdk_histogram_get_borders_count_free_ctx(struct spdk_histogram_borders *ctx)
{
	free(ctx);
}

#ifdef __cplusplus
}
#endif

#endif /* SPDK_HISTOGRAM_DATA_H */
