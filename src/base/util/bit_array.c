/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bit arrays, searched and counted a word at a time.
 *
 * Invariants:
 *   1. words[] holds word_count(bit_count) words; bit i is bit i % 64 of words[i / 64].
 *   2. Bits of the last word beyond bit_count are 0, so that counting and searching for a 1 need
 *      not look at bit_count.
 */
#include "spdk/bit_array.h"

#include <endian.h>

#define WORD_BITS 64u

struct spdk_bit_array {
	uint32_t bit_count;
	uint64_t words[];
};

static uint32_t
word_count(uint32_t bit_count)
{
	return bit_count / WORD_BITS + (bit_count % WORD_BITS != 0);
}

static uint64_t
bit_mask(uint32_t bit_index)
{
	return UINT64_C(1) << (bit_index % WORD_BITS);
}

/* The bits that lie below bit_index within its word. */
static uint64_t
bits_below(uint32_t bit_index)
{
	return bit_mask(bit_index) - 1;
}

static void
clear_beyond_end(struct spdk_bit_array *ba)
{
	if (ba->bit_count % WORD_BITS != 0) {
		ba->words[ba->bit_count / WORD_BITS] &= bits_below(ba->bit_count);
	}
}

uint32_t
spdk_bit_array_capacity(const struct spdk_bit_array *ba)
{
	return ba->bit_count;
}

struct spdk_bit_array *
spdk_bit_array_create(uint32_t num_bits)
{
	struct spdk_bit_array *ba = NULL;

	(void)spdk_bit_array_resize(&ba, num_bits); /* On failure `ba` stays NULL. */
	return ba;
}

void
spdk_bit_array_free(struct spdk_bit_array **bap)
{
	if (bap != NULL) {
		free(*bap);
		*bap = NULL;
	}
}

int
spdk_bit_array_resize(struct spdk_bit_array **bap, uint32_t num_bits)
{
	uint32_t old_words, new_words;
	struct spdk_bit_array *ba;

	if (bap == NULL || num_bits == UINT32_MAX) {
		return -EINVAL;
	}
	old_words = *bap != NULL ? word_count((*bap)->bit_count) : 0;
	new_words = word_count(num_bits);
	ba = realloc(*bap, sizeof(*ba) + new_words * sizeof(ba->words[0]));
	if (ba == NULL) {
		return -ENOMEM;
	}
	if (new_words > old_words) {
		memset(&ba->words[old_words], 0, (new_words - old_words) * sizeof(ba->words[0]));
	}
	ba->bit_count = num_bits;
	clear_beyond_end(ba);
	*bap = ba;
	return 0;
}

bool
spdk_bit_array_get(const struct spdk_bit_array *ba, uint32_t bit_index)
{
	return bit_index < ba->bit_count &&
	       (ba->words[bit_index / WORD_BITS] & bit_mask(bit_index)) != 0;
}

int
spdk_bit_array_set(struct spdk_bit_array *ba, uint32_t bit_index)
{
	if (bit_index >= ba->bit_count) {
		return -EINVAL;
	}
	ba->words[bit_index / WORD_BITS] |= bit_mask(bit_index);
	return 0;
}

void
spdk_bit_array_clear(struct spdk_bit_array *ba, uint32_t bit_index)
{
	if (bit_index < ba->bit_count) {
		ba->words[bit_index / WORD_BITS] &= ~bit_mask(bit_index);
	}
}

/* The first 1 of the array's words, each flipped by `flip`, at or after `start`. */
static uint32_t
find_first(const struct spdk_bit_array *ba, uint32_t start, uint64_t flip)
{
	uint32_t index, count = word_count(ba->bit_count);
	uint64_t word, bit;

	if (start >= ba->bit_count) {
		return UINT32_MAX;
	}
	index = start / WORD_BITS;
	word = (ba->words[index] ^ flip) & ~bits_below(start);
	while (word == 0) {
		if (++index == count) {
			return UINT32_MAX;
		}
		word = ba->words[index] ^ flip;
	}
	bit = (uint64_t)index * WORD_BITS + (unsigned int)__builtin_ctzll(word);
	/* Flipped bits beyond the end are 1. */
	return bit < ba->bit_count ? (uint32_t)bit : UINT32_MAX;
}

uint32_t
spdk_bit_array_find_first_set(const struct spdk_bit_array *ba, uint32_t start_bit_index)
{
	return find_first(ba, start_bit_index, 0);
}

uint32_t
spdk_bit_array_find_first_clear(const struct spdk_bit_array *ba, uint32_t start_bit_index)
{
	return find_first(ba, start_bit_index, UINT64_MAX);
}

uint32_t
spdk_bit_array_count_set(const struct spdk_bit_array *ba)
{
	uint32_t index, count = word_count(ba->bit_count), set_count = 0;

	for (index = 0; index < count; index++) {
		set_count += (uint32_t)__builtin_popcountll(ba->words[index]);
	}
	return set_count;
}

uint32_t
spdk_bit_array_count_clear(const struct spdk_bit_array *ba)
{
	return ba->bit_count - spdk_bit_array_count_set(ba);
}

void
spdk_bit_array_store_mask(const struct spdk_bit_array *ba, void *mask)
{
	uint8_t *bytes = mask;
	uint32_t index, whole_bytes = ba->bit_count / 8, rest_bits = ba->bit_count % 8;
	uint64_t word;

	for (index = 0; index < ba->bit_count / WORD_BITS; index++) {
		word = htole64(ba->words[index]);
		memcpy(&bytes[(size_t)index * sizeof(word)], &word, sizeof(word));
	}
	if (ba->bit_count % WORD_BITS != 0) {
		word = htole64(ba->words[index]);
		memcpy(&bytes[(size_t)index * sizeof(word)], &word, whole_bytes % sizeof(word));
	}
	if (rest_bits != 0) {
		uint8_t kept = bytes[whole_bytes] & (uint8_t)(0xff << rest_bits);

		word = ba->words[index] >> (whole_bytes % sizeof(word) * 8);
		bytes[whole_bytes] = kept | (uint8_t)word;
	}
}

void
spdk_bit_array_load_mask(struct spdk_bit_array *ba, const void *mask)
{
	const uint8_t *bytes = mask;
	uint32_t index, count = word_count(ba->bit_count);
	size_t left = ba->bit_count / 8 + (ba->bit_count % 8 != 0);
	uint64_t word;

	for (index = 0; index < count; index++) {
		word = 0;
		memcpy(&word, bytes, left < sizeof(word) ? left : sizeof(word));
		ba->words[index] = le64toh(word);
		bytes += sizeof(word);
		left -= sizeof(word);
	}
	clear_beyond_end(ba);
}

void
spdk_bit_array_clear_mask(struct spdk_bit_array *ba)
{
	memset(ba->words, 0, word_count(ba->bit_count) * sizeof(ba->words[0]));
}
