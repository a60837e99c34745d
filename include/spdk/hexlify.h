/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Bytes as hexadecimal text, and back.
 */
#ifndef SPDK_HEXLIFY_H
#define SPDK_HEXLIFY_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Writes `len` bytes as 2 * len lower case digits and a NUL.
 *
 * Owner: the caller, who gives the text to free(3).
 * Errors: NULL: there is no memory, or `bin` is NULL and `len` is not 0.
 */
char *spdk_hexlify(const char *bin, size_t len);

/**
 * Reads digits of either case, two for each byte.
 *
 * Owner: the caller, who gives the bytes to free(3).
 * Shape: strlen(hex) / 2 bytes without a NUL behind them; for an empty text, memory that holds
 * none. Errors: NULL: `hex` is NULL, has an odd length or a character that is no digit, or there is
 * no memory.
 */
char *spdk_unhexlify(const char *hex);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_HEXLIFY_H */
