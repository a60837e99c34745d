/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MD5 digest, in the words of RFC 1321.
 *
 * It is written here because a library for it would be loaded by every program at its start; see
 * docs/dependencies.md.
 */
#include "spdk/md5.h"

#include "base/util/block_hash.h"
#include "spdk/endian.h"

#define STEPS 64

/* The integer part of 2^32 times |sin(i + 1)|. */
static const uint32_t sines[STEPS] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
	0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
	0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
	0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
	0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
	0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
	0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
	0xeb86d391,
};

/* How far each step rotates: four numbers in turn, others in each of the four rounds. */
static const uint8_t rotations[4][4] = {
	{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/* The function of a step, and which word of the block goes in. */
static uint32_t
step_term(const uint32_t v[4], int step, int *out_word)
{
	switch (step / 16) {
	case 0:
		*out_word = step;
		return (v[1] & v[2]) | (~v[1] & v[3]);
	case 1:
		*out_word = 5 * step + 1;
		return (v[1] & v[3]) | (v[2] & ~v[3]);
	case 2:
		*out_word = 3 * step + 5;
		return v[1] ^ v[2] ^ v[3];
	default:
		*out_word = 7 * step;
		return v[2] ^ (v[1] | ~v[3]);
	}
}

static void
mix(uint32_t *state, const uint8_t *block)
{
	uint32_t v[4], sum;
	int step, word;

	memcpy(v, state, sizeof(v));
	for (step = 0; step < STEPS; step++) {
		sum = v[0] + step_term(v, step, &word) + sines[step];
		sum += from_le32(block + 4 * (size_t)(word % 16));
		v[0] = v[3];
		v[3] = v[2];
		v[2] = v[1];
		v[1] += block_hash_rotate(sum, rotations[step / 16][step % 4]);
	}
	for (step = 0; step < 4; step++) {
		state[step] += v[step];
	}
}

int
spdk_md5init(struct spdk_md5ctx *md5ctx)
{
	static const uint32_t state[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	struct block_hash *hash;

	if (md5ctx == NULL) {
		return -EINVAL;
	}
	hash = calloc(1, sizeof(*hash));
	if (hash == NULL) {
		return -ENOMEM;
	}
	hash->mix = mix;
	memcpy(hash->state, state, sizeof(state));
	md5ctx->md5ctx = hash;
	return 0;
}

int
spdk_md5update(struct spdk_md5ctx *md5ctx, const void *data, size_t len)
{
	if (md5ctx == NULL || md5ctx->md5ctx == NULL || (data == NULL && len != 0)) {
		return -EINVAL;
	}
	block_hash_update(md5ctx->md5ctx, data, len);
	return 0;
}

int
spdk_md5final(void *md5, struct spdk_md5ctx *md5ctx)
{
	struct block_hash *hash;
	uint8_t *digest = md5;
	size_t i;

	if (md5ctx == NULL || md5ctx->md5ctx == NULL) {
		return -EINVAL;
	}
	hash = md5ctx->md5ctx;
	md5ctx->md5ctx = NULL;
	if (digest != NULL) {
		block_hash_finish(hash, false);
		for (i = 0; i < SPDK_MD5DIGEST_LEN / sizeof(uint32_t); i++) {
			to_le32(digest + i * sizeof(uint32_t), hash->state[i]);
		}
	}
	free(hash);
	return digest != NULL ? 0 : -EINVAL;
}
