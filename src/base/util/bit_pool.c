/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bit pools: a bit array in which a 1 is an allocated bit, with what makes allocation quick.
 *
 * Invariants:
 *   1. lowest_free is the index of the lowest 0 of the array, or UINT32_MAX when there is none.
 *   2. free_count is the number of 0s.
 */
#include "spdk/bit_pool.h"
#include "spdk/bit_array.h"
#include "spdk/log.h"

struct spdk_bit_pool {
	struct spdk_bit_array *array;
	uint32_t lowest_free;
	uint32_t free_count;
};

static void
look_at_array(struct spdk_bit_pool *pool)
{
	pool->lowest_free = spdk_bit_array_find_first_clear(pool->array, 0);
	pool->free_count = spdk_bit_array_count_clear(pool->array);
}

uint32_t
spdk_bit_pool_capacity(const struct spdk_bit_pool *pool)
{
	return spdk_bit_array_capacity(pool->array);
}

struct spdk_bit_pool *
spdk_bit_pool_create(uint32_t num_bits)
{
	struct spdk_bit_pool *pool = NULL;

	(void)spdk_bit_pool_resize(&pool, num_bits); /* On failure `pool` stays NULL. */
	return pool;
}

struct spdk_bit_pool *
spdk_bit_pool_create_from_array(struct spdk_bit_array *array)
{
	struct spdk_bit_pool *pool;

	if (array == NULL) {
		return NULL;
	}
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL) {
		return NULL;
	}
	pool->array = array;
	look_at_array(pool);
	return pool;
}

void
spdk_bit_pool_free(struct spdk_bit_pool **pool)
{
	if (pool == NULL || *pool == NULL) {
		return;
	}
	spdk_bit_array_free(&(*pool)->array);
	free(*pool);
	*pool = NULL;
}

int
spdk_bit_pool_resize(struct spdk_bit_pool **pool, uint32_t num_bits)
{
	struct spdk_bit_array *array = NULL;
	int rc;

	if (pool == NULL) {
		return -EINVAL;
	}
	if (*pool != NULL) {
		rc = spdk_bit_array_resize(&(*pool)->array, num_bits);
		if (rc == 0) {
			look_at_array(*pool);
		}
		return rc;
	}
	rc = spdk_bit_array_resize(&array, num_bits);
	if (rc != 0) {
		return rc;
	}
	*pool = spdk_bit_pool_create_from_array(array);
	if (*pool == NULL) {
		spdk_bit_array_free(&array);
		return -ENOMEM;
	}
	return 0;
}

bool
spdk_bit_pool_is_allocated(const struct spdk_bit_pool *pool, uint32_t bit_index)
{
	return spdk_bit_array_get(pool->array, bit_index);
}

/* The bit is free. */
static void
take(struct spdk_bit_pool *pool, uint32_t bit_index)
{
	(void)spdk_bit_array_set(pool->array, bit_index); /* It is within the capacity. */
	pool->free_count--;
	if (bit_index == pool->lowest_free) {
		pool->lowest_free = spdk_bit_array_find_first_clear(pool->array, bit_index + 1);
	}
}

uint32_t
spdk_bit_pool_allocate_bit(struct spdk_bit_pool *pool)
{
	uint32_t bit_index = pool->lowest_free;

	if (bit_index != UINT32_MAX) {
		take(pool, bit_index);
	}
	return bit_index;
}

int
spdk_bit_pool_set_bit_allocated(struct spdk_bit_pool *pool, uint32_t bit_index)
{
	if (bit_index >= spdk_bit_array_capacity(pool->array)) {
		return -EINVAL;
	}
	if (spdk_bit_array_get(pool->array, bit_index)) {
		return -EBUSY;
	}
	take(pool, bit_index);
	return 0;
}

void
spdk_bit_pool_free_bit(struct spdk_bit_pool *pool, uint32_t bit_index)
{
	if (!spdk_bit_array_get(pool->array, bit_index)) {
		SPDK_ERRLOG("bit %" PRIu32 " of bit pool %p (%" PRIu32 " bits) is not allocated: "
			    "it was freed twice, or never allocated from this pool\n",
			    bit_index, (void *)pool, spdk_bit_array_capacity(pool->array));
		return;
	}
	spdk_bit_array_clear(pool->array, bit_index);
	pool->free_count++;
	if (bit_index < pool->lowest_free) {
		pool->lowest_free = bit_index;
	}
}

uint32_t
spdk_bit_pool_count_allocated(const struct spdk_bit_pool *pool)
{
	return spdk_bit_array_capacity(pool->array) - pool->free_count;
}

uint32_t
spdk_bit_pool_count_free(const struct spdk_bit_pool *pool)
{
	return pool->free_count;
}

void
spdk_bit_pool_store_mask(const struct spdk_bit_pool *pool, void *mask)
{
	spdk_bit_array_store_mask(pool->array, mask);
}

void
spdk_bit_pool_load_mask(struct spdk_bit_pool *pool, const void *mask)
{
	spdk_bit_array_load_mask(pool->array, mask);
	look_at_array(pool);
}

void
spdk_bit_pool_free_all_bits(struct spdk_bit_pool *pool)
{
	spdk_bit_array_clear_mask(pool->array);
	look_at_array(pool);
}
