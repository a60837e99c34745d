/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a memory pool is laid out, for those who make pools and those who move elements.
 */
#ifndef SPINDLE_POSIX_MEMPOOL_H
#define SPINDLE_POSIX_MEMPOOL_H

#include "env/posix/mempool_stack.h"
#include "spdk/env.h"

#include <stdatomic.h>

struct mempool_cache {
	_Atomic uint32_t length;
	uint32_t size;
	uint32_t numbers[];
};

struct spdk_mempool {
	char *elements;
	size_t stride;
	/* stride is an odd number shifted left by this; and the inverse of that number. */
	unsigned stride_shift;
	uint64_t stride_inverse;
	unsigned chunk_shift;
	/* log2 of the numbers of one chunk, and how many of them stand for an element. */
	unsigned slot_shift;
	uint32_t chunk_count;
	uint32_t count;
	struct mempool_stack *stack;
	/* By core; NULL for cores that are not in use, or when there are no caches at all. */
	struct mempool_cache **caches;
	uint32_t cache_count;
	size_t size;
	char name[SPDK_MAX_MEMPOOL_NAME_LEN];
	TAILQ_ENTRY(spdk_mempool) link;
};

static inline void *
mempool_element(const struct spdk_mempool *mp, uint32_t number)
{
	uint64_t chunk = (uint64_t)number >> mp->slot_shift;
	uint64_t slot = number & ((1ULL << mp->slot_shift) - 1);

	return mp->elements + (chunk << mp->chunk_shift) + slot * mp->stride;
}

/* How many numbers a cache has room for that was asked to hold `size`. */
static inline uint32_t
mempool_cache_space(uint32_t size)
{
	return size + size / 2 + 1;
}

#endif
