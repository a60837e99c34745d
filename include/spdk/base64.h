/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Base64 text (RFC 4648), in its standard alphabet and in the one for URLs and file names.
 */
#ifndef SPDK_BASE64_H
#define SPDK_BASE64_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Characters of the text that `raw_len` bytes become, padding included.
 *
 * Shape: the terminating NUL is not counted.
 */
static inline size_t
spdk_base64_get_encoded_strlen(size_t raw_len)
{
	/* Each started group of three bytes makes four characters. */
	return 4 * (raw_len / 3 + (raw_len % 3 != 0));
}

/**
 * Bytes that `encoded_strlen` characters of text can stand for at most.
 *
 * Shape: the terminating NUL is not counted in. Padding is counted as if it were data, so the text
 * may decode to one or two bytes less.
 */
static inline size_t
spdk_base64_get_decoded_len(size_t encoded_strlen)
{
	/* What is left of a group: two characters hold one whole byte, three hold two. One alone is
	 * no valid text, and is counted as one byte. */
	return 3 * (encoded_strlen / 4) + (encoded_strlen % 4 + 1) / 2;
}

/**
 * Writes `src_len` bytes as text in the standard alphabet, padded with '=', and a NUL.
 *
 * Shape: `dst` has room for spdk_base64_get_encoded_strlen(src_len) + 1 characters and does not
 * overlap `src`.
 * Errors: -EINVAL: an argument is NULL, or src_len is 0.
 */
int spdk_base64_encode(char *dst, const void *src, size_t src_len);

/** spdk_base64_encode() with '-' and '_' in the places of '+' and '/'. */
int spdk_base64_urlsafe_encode(char *dst, const void *src, size_t src_len);

/**
 * Reads text in the standard alphabet.
 *
 * Shape: `src` ends with a NUL. Padding may be there or be left out, but not be incomplete. `dst`
 * has room for spdk_base64_get_decoded_len(strlen(src)) bytes; NULL: the text is checked and its
 * exact length given, nothing else. `dst_len` may be NULL.
 * Errors: -EINVAL: `src` is NULL, empty, or no such text (blanks and line ends are not allowed).
 * `dst` and `*dst_len` are then as they were.
 * Source: bits of the last character that belong to no byte are not looked at, which RFC 4648
 * leaves open.
 */
int spdk_base64_decode(void *dst, size_t *dst_len, const char *src);

/** spdk_base64_decode() with '-' and '_' in the places of '+' and '/'. */
int spdk_base64_urlsafe_decode(void *dst, size_t *dst_len, const char *src);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_BASE64_H */
