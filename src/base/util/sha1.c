/* SPDX-License-Identifier: BSD-3-Clause */
/* The SHA-1 digest, in the words of FIPS 180-4, 6.1. */
#include "base/util/sha1.h"

#include "spdk/endian.h"

#define ROUNDS 80

/* The function and the constant of a round, which change every 20 rounds. */
static uint32_t
round_term(const uint32_t v[5], int round)
{
	switch (round / 20) {
	case 0:
		return ((v[1] & v[2]) ^ (~v[1] & v[3])) + 0x5a827999;
	case 1:
		return (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1;
	case 2:
		return ((v[1] & v[2]) ^ (v[1] & v[3]) ^ (v[2] & v[3])) + 0x8f1bbcdc;
	default:
		return (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
	}
}

static void
mix(uint32_t *state, const uint8_t *block)
{
	uint32_t schedule[ROUNDS], v[5], next;
	int t;

	for (t = 0; t < 16; t++) {
		schedule[t] = from_be32(block + 4 * (size_t)t);
	}
	for (; t < ROUNDS; t++) {
		schedule[t] = block_hash_rotate(
			schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
	}
	memcpy(v, state, sizeof(v));
	for (t = 0; t < ROUNDS; t++) {
		next = block_hash_rotate(v[0], 5) + round_term(v, t) + v[4] + schedule[t];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = block_hash_rotate(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (t = 0; t < 5; t++) {
		state[t] += v[t];
	}
}

void
sha1_init(struct block_hash *hash)
{
	static const uint32_t state[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
					 0xc3d2e1f0};

	hash->mix = mix;
	hash->size = 0;
	memcpy(hash->state, state, sizeof(state));
}

void
sha1_finish(struct block_hash *hash, uint8_t digest[SHA1_BYTES])
{
	size_t i;

	block_hash_finish(hash, true);
	for (i = 0; i < SHA1_BYTES / sizeof(uint32_t); i++) {
		to_be32(digest + i * sizeof(uint32_t), hash->state[i]);
	}
}
