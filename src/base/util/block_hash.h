/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What MD5 and SHA-1 have in common: a state of some 32-bit words, into which blocks of 64 bytes
 * are mixed, the last of them filled up with a single 1 bit, zeros and the length of it all.
 */
#ifndef BASE_UTIL_BLOCK_HASH_H
#define BASE_UTIL_BLOCK_HASH_H

#include "spdk/stdinc.h"

#define BLOCK_HASH_BYTES     64
#define BLOCK_HASH_WORDS_MAX 5

typedef void (*block_hash_mix_fn)(uint32_t *state, const uint8_t *block);

struct block_hash {
	block_hash_mix_fn mix;
	uint32_t state[BLOCK_HASH_WORDS_MAX];
	/* All bytes so far. The last size % BLOCK_HASH_BYTES of them wait in `block`. */
	uint64_t size;
	uint8_t block[BLOCK_HASH_BYTES];
};

void block_hash_update(struct block_hash *hash, const void *data, size_t size);

/* Mixes in the filling; the number of bits stands in the last 8 bytes, in either order. */
void block_hash_finish(struct block_hash *hash, bool is_big_endian);

static inline uint32_t
block_hash_rotate(uint32_t word, unsigned int bits)
{
	return word << bits | word >> (32 - bits);
}

#endif /* BASE_UTIL_BLOCK_HASH_H */
