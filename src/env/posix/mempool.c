/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory pools: a fixed number of elements, in a common stack and in one cache for each core.
 *
 * 1. An element has a number, and pools move numbers. Elements are laid out in chunks of 2 MiB so
 *    that none of them crosses a huge page: number n is slot n % slots of chunk n / slots, where
 *    slots is a power of two, so that some numbers stand for nothing. Pools that fit into one
 *    chunk, and those of elements larger than one, have a single chunk.
 * 2. Address to number is exact: the offset in the chunk times the inverse of the element size (its
 *    odd part, modulo 2^64) is the slot if the address is that of an element, and larger than any
 *    slot if it is not.
 * 3. A cache belongs to the OS thread of its core alone; others only read its length, for the
 *    count. It holds up to half as much again as it was asked for, then gives that much to the
 *    stack at once.
 */
#include "env/posix/mempool.h"

#include "spdk/likely.h"
#include "spdk/log.h"

static bool
find_number(const struct spdk_mempool *mp, const void *element, uint32_t *out_number)
{
	uint64_t offset = (uintptr_t)element - (uintptr_t)mp->elements;
	uint64_t chunk = offset >> mp->chunk_shift;
	uint64_t inner = offset & ((1ULL << mp->chunk_shift) - 1);
	uint64_t slot = (inner >> mp->stride_shift) * mp->stride_inverse;

	if (spdk_unlikely(offset >= mp->size || slot >= mp->chunk_count ||
			  (inner & ((1ULL << mp->stride_shift) - 1)) != 0)) {
		return false;
	}
	*out_number = chunk << mp->slot_shift | slot;
	return true;
}

static struct mempool_cache *
my_cache(struct spdk_mempool *mp)
{
	uint32_t core = spdk_env_get_current_core();

	return core < mp->cache_count ? mp->caches[core] : NULL;
}

/* Only the owner writes it. */
static uint32_t
cache_length(const struct mempool_cache *cache)
{
	return atomic_load_explicit(&cache->length, memory_order_relaxed);
}

static void
set_cache_length(struct mempool_cache *cache, uint32_t length)
{
	atomic_store_explicit(&cache->length, length, memory_order_relaxed);
}

/* Moves `least` numbers and, if there are more, enough to make the cache as full as it should be.
 */
static bool
refill_cache(struct spdk_mempool *mp, struct mempool_cache *cache, uint32_t least)
{
	uint32_t length = cache_length(cache), number, popped, i;
	uint32_t most = least > cache->size - length ? least : cache->size - length;

	popped = mempool_stack_pop(mp->stack, least, most, &number);
	for (i = 0; i < popped; i++) {
		cache->numbers[length + i] = number;
		number = mempool_stack_next(mp->stack, number);
	}
	set_cache_length(cache, length + popped);
	return popped >= least && popped > 0;
}

/* Gives the stack the `count` numbers that were put last. */
static void
drain_cache(struct spdk_mempool *mp, struct mempool_cache *cache, uint32_t count)
{
	uint32_t length = cache_length(cache), i;
	uint32_t *numbers = &cache->numbers[length - count];

	for (i = 0; i + 1 < count; i++) {
		mempool_stack_link(mp->stack, numbers[i], numbers[i + 1]);
	}
	set_cache_length(cache, length - count);
	mempool_stack_push(mp->stack, numbers[0], numbers[count - 1], count);
}

static int
get_from_stack(struct spdk_mempool *mp, void **elements, uint32_t count)
{
	uint32_t number, i;

	if (mempool_stack_pop(mp->stack, count, count, &number) != count) {
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		elements[i] = mempool_element(mp, number);
		number = mempool_stack_next(mp->stack, number);
	}
	return 0;
}

static int
get_from_cache(struct spdk_mempool *mp, struct mempool_cache *cache, void **elements,
	       uint32_t count)
{
	uint32_t length = cache_length(cache), i;

	if (length < count) {
		if (!refill_cache(mp, cache, count - length)) {
			return -ENOMEM;
		}
		length = cache_length(cache);
	}
	for (i = 0; i < count; i++) {
		elements[i] = mempool_element(mp, cache->numbers[--length]);
	}
	set_cache_length(cache, length);
	return 0;
}

int
spdk_mempool_get_bulk(struct spdk_mempool *mp, void **ele_arr, size_t count)
{
	struct mempool_cache *cache = my_cache(mp);

	if (count == 0) {
		return 0;
	}
	if (count > mp->count) {
		return -ENOMEM;
	}
	if (cache != NULL && count <= cache->size) {
		return get_from_cache(mp, cache, ele_arr, count);
	}
	if (cache != NULL && cache_length(cache) > 0) {
		drain_cache(mp, cache, cache_length(cache));
	}
	return get_from_stack(mp, ele_arr, count);
}

void *
spdk_mempool_get(struct spdk_mempool *mp)
{
	void *element;

	return spdk_mempool_get_bulk(mp, &element, 1) == 0 ? element : NULL;
}

static void
explain_foreign(const struct spdk_mempool *mp, const void *element)
{
	SPDK_ERRLOG("%p is no element of the memory pool '%s' and was not put into it.\n", element,
		    mp->name);
}

static void
put_to_cache(struct spdk_mempool *mp, struct mempool_cache *cache, uint32_t number)
{
	uint32_t length = cache_length(cache);

	cache->numbers[length++] = number;
	set_cache_length(cache, length);
	if (length == mempool_cache_space(cache->size)) {
		drain_cache(mp, cache, cache->size);
	}
}

/* All that are elements become one chain, so that the stack is touched once. */
static void
put_to_stack(struct spdk_mempool *mp, void **elements, size_t count)
{
	uint32_t number, first = 0, last = 0, length = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (spdk_unlikely(!find_number(mp, elements[i], &number))) {
			explain_foreign(mp, elements[i]);
			continue;
		}
		if (length++ == 0) {
			last = number;
		} else {
			mempool_stack_link(mp->stack, number, first);
		}
		first = number;
	}
	if (length > 0) {
		mempool_stack_push(mp->stack, first, last, length);
	}
}

void
spdk_mempool_put_bulk(struct spdk_mempool *mp, void **ele_arr, size_t count)
{
	struct mempool_cache *cache = my_cache(mp);
	uint32_t number;
	size_t i;

	if (cache == NULL || count > cache->size) {
		put_to_stack(mp, ele_arr, count);
		return;
	}
	for (i = 0; i < count; i++) {
		if (spdk_unlikely(!find_number(mp, ele_arr[i], &number))) {
			explain_foreign(mp, ele_arr[i]);
			continue;
		}
		put_to_cache(mp, cache, number);
	}
}

void
spdk_mempool_put(struct spdk_mempool *mp, void *ele)
{
	spdk_mempool_put_bulk(mp, &ele, 1);
}

size_t
spdk_mempool_count(const struct spdk_mempool *pool)
{
	size_t count = mempool_stack_count(pool->stack);
	uint32_t core;

	for (core = 0; core < pool->cache_count; core++) {
		if (pool->caches[core] != NULL) {
			count += cache_length(pool->caches[core]);
		}
	}
	/* An element that moves meanwhile may have been counted twice. */
	return count < pool->count ? count : pool->count;
}
