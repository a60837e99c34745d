/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bit arrays: a number of bits, chosen at creation, that can be set, cleared, searched and counted.
 *
 * Thread: none of this locks; one user at a time. Bits beyond the capacity read as 0.
 */
#ifndef SPDK_BIT_ARRAY_H
#define SPDK_BIT_ARRAY_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A bit array. */
struct spdk_bit_array;

/** The number of bits of an array. */
uint32_t spdk_bit_array_capacity(const struct spdk_bit_array *ba);

/**
 * Makes an array with all bits 0.
 *
 * Owner: the caller, until spdk_bit_array_free(). Errors: NULL as spdk_bit_array_resize().
 */
struct spdk_bit_array *spdk_bit_array_create(uint32_t num_bits);

/** Frees an array and sets *bap to NULL. Accepts NULL and a pointer to NULL. */
void spdk_bit_array_free(struct spdk_bit_array **bap);

/**
 * Changes the number of bits; where *bap is NULL, makes an array.
 *
 * Bits that both sizes have keep their values, new ones are 0, those cut off are gone. The array
 * may move: *bap changes.
 *
 * Errors: -EINVAL (bap is NULL, or num_bits is UINT32_MAX, which no index could reach), -ENOMEM;
 * the array is unchanged then.
 */
int spdk_bit_array_resize(struct spdk_bit_array **bap, uint32_t num_bits);

/** The value of a bit; false beyond the capacity. */
bool spdk_bit_array_get(const struct spdk_bit_array *ba, uint32_t bit_index);

/** Sets a bit to 1. Errors: -EINVAL (beyond the capacity). */
int spdk_bit_array_set(struct spdk_bit_array *ba, uint32_t bit_index);

/** Sets a bit to 0; does nothing beyond the capacity. */
void spdk_bit_array_clear(struct spdk_bit_array *ba, uint32_t bit_index);

/** The index of the first 1 at or after start_bit_index; UINT32_MAX when there is none. */
uint32_t spdk_bit_array_find_first_set(const struct spdk_bit_array *ba, uint32_t start_bit_index);

/** The index of the first 0 at or after start_bit_index; UINT32_MAX when the array has none. */
uint32_t spdk_bit_array_find_first_clear(const struct spdk_bit_array *ba, uint32_t start_bit_index);

/** The number of bits that are 1. */
uint32_t spdk_bit_array_count_set(const struct spdk_bit_array *ba);

/** The number of bits that are 0. */
uint32_t spdk_bit_array_count_clear(const struct spdk_bit_array *ba);

/**
 * Copies the bits to memory.
 *
 * Shape: bit i goes to bit i % 8 of byte i / 8, on every machine; as many bytes as hold the
 * capacity. What the last byte has beyond the capacity is left as it was.
 */
void spdk_bit_array_store_mask(const struct spdk_bit_array *ba, void *mask);

/** Sets all bits from memory, laid out as by spdk_bit_array_store_mask(). */
void spdk_bit_array_load_mask(struct spdk_bit_array *ba, const void *mask);

/** Sets all bits to 0. */
void spdk_bit_array_clear_mask(struct spdk_bit_array *ba);

#ifdef __cplusplus
}
#endif

#endif
