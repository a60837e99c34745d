/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Random numbers of which few are frequent: Zipf's distribution, as accesses to real storage have.
 */
#ifndef SPDK_ZIPF_H
#define SPDK_ZIPF_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_zipf;

/**
 * Makes a source of numbers from 0 to range - 1, where the share of number k is proportional to
 * 1 / (k + 1)^theta: 0 is the most frequent.
 *
 * Thread: one at a time uses a source.
 * Owner: the caller, who gives it to spdk_zipf_free().
 * Shape: `theta` 0 makes all equally frequent; above 0, the larger the steeper, 1 included. The
 * same arguments give the same numbers.
 * Errors: NULL: `range` is 0, `theta` is negative or not finite, or there is no memory.
 */
struct spdk_zipf *spdk_zipf_create(uint64_t range, double theta, uint32_t seed);

/**
 * Frees a source and sets the caller's pointer to NULL.
 *
 * Shape: `zipfp` and what it points to may be NULL.
 */
void spdk_zipf_free(struct spdk_zipf **zipfp);

/** The next number. */
uint64_t spdk_zipf_generate(struct spdk_zipf *zipf);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_ZIPF_H */
