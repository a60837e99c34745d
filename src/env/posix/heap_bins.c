/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bins of free blocks, see heap_bins.h. The search is a good fit, not the best: it looks at no more
 * than BIN_TRIES blocks of each bin, so a crowd of blocks that just fail to fit costs little.
 */
#include "env/posix/heap_bins.h"

#include "env/posix/heap.h"

#define BIN_TRIES 32

static unsigned
power_of(size_t size)
{
	return 63 - __builtin_clzll(size);
}

/* The bin that a block of `size` bytes belongs into. */
static unsigned
bin_of(size_t size)
{
	unsigned power = power_of(size);

	/* HEAP_GRAIN is a multiple of HEAP_BINS_PER_POWER, so the shift is not negative. */
	assert(size >= HEAP_GRAIN);
	return power * HEAP_BINS_PER_POWER + ((size >> (power - 3)) & (HEAP_BINS_PER_POWER - 1));
}

void
heap_bins_insert(struct heap_bins *bins, struct heap_block *block)
{
	unsigned bin = bin_of(block->size);

	assert(block->is_free);
	LIST_INSERT_HEAD(&bins->lists[bin], block, link);
	bins->bitmap[bin / 64] |= 1ULL << (bin % 64);
}

void
heap_bins_remove(struct heap_bins *bins, struct heap_block *block)
{
	unsigned bin = bin_of(block->size);

	LIST_REMOVE(block, link);
	if (LIST_EMPTY(&bins->lists[bin])) {
		bins->bitmap[bin / 64] &= ~(1ULL << (bin % 64));
	}
}

/* The first bin from `bin` on that is not empty, or HEAP_BINS. */
static unsigned
next_bin(const struct heap_bins *bins, unsigned bin)
{
	unsigned word = bin / 64;
	uint64_t bits;

	if (bin >= HEAP_BINS) {
		return HEAP_BINS;
	}
	bits = bins->bitmap[word] & (~0ULL << (bin % 64));
	while (bits == 0) {
		if (++word == HEAP_BINS / 64) {
			return HEAP_BINS;
		}
		bits = bins->bitmap[word];
	}
	return word * 64 + __builtin_ctzll(bits);
}

static bool
is_fitting(const struct heap_block *block, size_t size, size_t align)
{
	uintptr_t start = (block->start + align - 1) & ~(align - 1);
	size_t skipped = start - block->start;

	return skipped <= block->size && block->size - skipped >= size;
}

struct heap_block *
heap_bins_find(struct heap_bins *bins, size_t size, size_t align)
{
	struct heap_block *block;
	unsigned bin, tries;

	for (bin = next_bin(bins, bin_of(size)); bin < HEAP_BINS; bin = next_bin(bins, bin + 1)) {
		tries = 0;
		LIST_FOREACH (block, &bins->lists[bin], link) {
			if (is_fitting(block, size, align)) {
				return block;
			}
			if (++tries == BIN_TRIES) {
				break;
			}
		}
	}
	return NULL;
}
