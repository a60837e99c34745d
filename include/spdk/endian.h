/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Numbers in memory with a given order of bytes, at any address.
 */
#ifndef SPDK_ENDIAN_H
#define SPDK_ENDIAN_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The swap for one order is the identity for the other; a constant condition leaves one of them. */
#define _SPDK_IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/** The 16-bit number whose bytes lie at `ptr`, the most significant one first. */
static inline uint16_t
from_be16(const void *ptr)
{
	uint16_t in_memory;

	memcpy(&in_memory, ptr, sizeof(in_memory));
	return !_SPDK_IS_BIG_ENDIAN ? __builtin_bswap16(in_memory) : in_memory;
}

/** Writes the bytes of `in` to `out`, the most significant one first. */
static inline void
to_be16(void *out, uint16_t in)
{
	uint16_t in_memory = !_SPDK_IS_BIG_ENDIAN ? __builtin_bswap16(in) : in;

	memcpy(out, &in_memory, sizeof(in_memory));
}

/** The 32-bit number whose bytes lie at `ptr`, the most significant one first. */
static inline uint32_t
from_be32(const void *ptr)
{
	uint32_t in_memory;

	memcpy(&in_memory, ptr, sizeof(in_memory));
	return !_SPDK_IS_BIG_ENDIAN ? __builtin_bswap32(in_memory) : in_memory;
}

/** Writes the bytes of `in` to `out`, the most significant one first. */
static inline void
to_be32(void *out, uint32_t in)
{
	uint32_t in_memory = !_SPDK_IS_BIG_ENDIAN ? __builtin_bswap32(in) : in;

	memcpy(out, &in_memory, sizeof(in_memory));
}

/** The 64-bit number whose bytes lie at `ptr`, the most significant one first. */
static inline uint64_t
from_be64(const void *ptr)
{
	uint64_t in_memory;

	memcpy(&in_memory, ptr, sizeof(in_memory));
	return !_SPDK_IS_BIG_ENDIAN ? __builtin_bswap64(in_memory) : in_memory;
}

/** Writes the bytes of `in` to `out`, the most significant one first. */
static inline void
to_be64(void *out, uint64_t in)
{
	uint64_t in_memory = !_SPDK_IS_BIG_ENDIAN ? __builtin_bswap64(in) : in;

	memcpy(out, &in_memory, sizeof(in_memory));
}

/** The 16-bit number whose bytes lie at `ptr`, the least significant one first. */
static inline uint16_t
from_le16(const void *ptr)
{
	uint16_t in_memory;

	memcpy(&in_memory, ptr, sizeof(in_memory));
	return _SPDK_IS_BIG_ENDIAN ? __builtin_bswap16(in_memory) : in_memory;
}

/** Writes the bytes of `in` to `out`, the least significant one first. */
static inline void
to_le16(void *out, uint16_t in)
{
	uint16_t in_memory = _SPDK_IS_BIG_ENDIAN ? __builtin_bswap16(in) : in;

	memcpy(out, &in_memory, sizeof(in_memory));
}

/** The 32-bit number whose bytes lie at `ptr`, the least significant one first. */
static inline uint32_t
from_le32(const void *ptr)
{
	uint32_t in_memory;

	memcpy(&in_memory, ptr, sizeof(in_memory));
	return _SPDK_IS_BIG_ENDIAN ? __builtin_bswap32(in_memory) : in_memory;
}

/** Writes the bytes of `in` to `out`, the least significant one first. */
static inline void
to_le32(void *out, uint32_t in)
{
	uint32_t in_memory = _SPDK_IS_BIG_ENDIAN ? __builtin_bswap32(in) : in;

	memcpy(out, &in_memory, sizeof(in_memory));
}

/** The 64-bit number whose bytes lie at `ptr`, the least significant one first. */
static inline uint64_t
from_le64(const void *ptr)
{
	uint64_t in_memory;

	memcpy(&in_memory, ptr, sizeof(in_memory));
	return _SPDK_IS_BIG_ENDIAN ? __builtin_bswap64(in_memory) : in_memory;
}

/** Writes the bytes of `in` to `out`, the least significant one first. */
static inline void
to_le64(void *out, uint64_t in)
{
	uint64_t in_memory = _SPDK_IS_BIG_ENDIAN ? __builtin_bswap64(in) : in;

	memcpy(out, &in_memory, sizeof(in_memory));
}

#ifdef __cplusplus
}
#endif

#endif /* SPDK_ENDIAN_H */
