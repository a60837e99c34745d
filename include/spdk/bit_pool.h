/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bit pools: numbers from 0 up to a capacity, handed out and taken back; the lowest free one first.
 *
 * Thread: none of this locks; one user at a time.
 */
#ifndef SPDK_BIT_POOL_H
#define SPDK_BIT_POOL_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_bit_array;

/** A bit pool. */
struct spdk_bit_pool;

/** The number of bits of a pool, free and allocated. */
uint32_t spdk_bit_pool_capacity(const struct spdk_bit_pool *pool);

/**
 * Makes a pool with all bits free.
 *
 * Owner: the caller, until spdk_bit_pool_free(). Errors: NULL as spdk_bit_pool_resize().
 */
struct spdk_bit_pool *spdk_bit_pool_create(uint32_t num_bits);

/**
 * Makes a pool of an array, in which a 1 stands for an allocated bit.
 *
 * Owner: the array belongs to the pool on success, and stays the caller's when NULL is returned
 * (array is NULL, or no memory).
 */
struct spdk_bit_pool *spdk_bit_pool_create_from_array(struct spdk_bit_array *array);

/** Frees a pool and sets *pool to NULL. Accepts NULL and a pointer to NULL. */
void spdk_bit_pool_free(struct spdk_bit_pool **pool);

/**
 * Changes the number of bits; where *pool is NULL, makes a pool.
 *
 * New bits are free; bits that are cut off are forgotten, allocated or not.
 *
 * Errors: -EINVAL (pool is NULL, or num_bits is UINT32_MAX), -ENOMEM; the pool is unchanged then.
 */
int spdk_bit_pool_resize(struct spdk_bit_pool **pool, uint32_t num_bits);

/** Whether a bit is allocated; false beyond the capacity. */
bool spdk_bit_pool_is_allocated(const struct spdk_bit_pool *pool, uint32_t bit_index);

/** Allocates the lowest free bit. UINT32_MAX when none is free. */
uint32_t spdk_bit_pool_allocate_bit(struct spdk_bit_pool *pool);

/** Allocates a given bit. Errors: -EBUSY (already allocated), -EINVAL (beyond the capacity). */
int spdk_bit_pool_set_bit_allocated(struct spdk_bit_pool *pool, uint32_t bit_index);

/**
 * Frees a bit.
 *
 * Errors: a bit that is not allocated is an error in the log, and the pool stays as it is (the
 * reference asserts in debug builds and corrupts the pool otherwise).
 */
void spdk_bit_pool_free_bit(struct spdk_bit_pool *pool, uint32_t bit_index);

/** The number of allocated bits. */
uint32_t spdk_bit_pool_count_allocated(const struct spdk_bit_pool *pool);

/** The number of free bits. */
uint32_t spdk_bit_pool_count_free(const struct spdk_bit_pool *pool);

/** Copies the state of all bits, 1 for allocated, to memory; see spdk_bit_array_store_mask(). */
void spdk_bit_pool_store_mask(const struct spdk_bit_pool *pool, void *mask);

/** Sets the state of all bits from memory; see spdk_bit_array_load_mask(). */
void spdk_bit_pool_load_mask(struct spdk_bit_pool *pool, const void *mask);

/** Frees all bits. */
void spdk_bit_pool_free_all_bits(struct spdk_bit_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
