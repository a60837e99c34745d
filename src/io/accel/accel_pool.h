/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fixed number of items of one size, of one thread. What was given back last is given out next.
 * Memory of items that were never given out has not been touched, so that a large pool costs what
 * is used of it; it is zeros.
 */
#ifndef SPINDLE_ACCEL_POOL_H
#define SPINDLE_ACCEL_POOL_H

#include "spdk/likely.h"
#include "spdk/stdinc.h"
#include "spdk/util.h"

struct accel_pool_item {
	struct accel_pool_item *next;
};

struct accel_pool {
	struct accel_pool_item *free;
	char *items;
	size_t stride;
	uint32_t fresh; /* items from this one on were never given out */
	uint32_t count;
	void *memory;
};

/* The items are aligned to cache lines. 0 or -ENOMEM. */
static inline int
accel_pool_init(struct accel_pool *pool, uint32_t count, size_t item_size)
{
	size_t stride = SPDK_ALIGN_CEIL(item_size, SPDK_CACHE_LINE_SIZE);

	/* One more, to align the first of them within. */
	pool->memory = calloc((size_t)count + 1, stride);
	if (pool->memory == NULL) {
		return -ENOMEM;
	}
	pool->items = (char *)SPDK_ALIGN_CEIL((uintptr_t)pool->memory, SPDK_CACHE_LINE_SIZE);
	pool->stride = stride;
	pool->count = count;
	pool->fresh = 0;
	pool->free = NULL;
	return 0;
}

static inline void
accel_pool_fini(struct accel_pool *pool)
{
	free(pool->memory);
	pool->memory = NULL;
}

/* NULL: all are in use. */
static inline void *
accel_pool_get(struct accel_pool *pool)
{
	struct accel_pool_item *item = pool->free;

	if (spdk_likely(item != NULL)) {
		pool->free = item->next;
		return item;
	}
	if (pool->fresh < pool->count) {
		return pool->items + pool->stride * pool->fresh++;
	}
	return NULL;
}

static inline void
accel_pool_put(struct accel_pool *pool, void *address)
{
	struct accel_pool_item *item = (struct accel_pool_item *)address;

	item->next = pool->free;
	pool->free = item;
}

/* The number of an item, from 0 on. */
static inline uint32_t
accel_pool_index(const struct accel_pool *pool, const void *item)
{
	return (uint32_t)(((const char *)item - pool->items) / pool->stride);
}

#endif
