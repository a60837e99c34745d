/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Parity: the exclusive or of buffers.
 */
#ifndef SPDK_XOR_H
#define SPDK_XOR_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes each byte of `dest` the exclusive or of those at its place in the sources.
 *
 * Shape: at least two sources of `len` bytes at any address. `dest` may be one of them, but overlap
 * none in another way.
 * Errors: -EINVAL: fewer than two sources, or `dest` or `sources` is NULL.
 */
int spdk_xor_gen(void *dest, void **sources, uint32_t n, uint32_t len);

/**
 * The alignment of buffers with which spdk_xor_gen() is fastest; none is needed.
 *
 * Units: bytes, a power of two.
 */
size_t spdk_xor_get_optimal_alignment(void);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_XOR_H */
