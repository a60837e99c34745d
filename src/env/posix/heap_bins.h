/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Free blocks of one NUMA node, sorted by size into bins: eight bins for each power of two, with a
 * bitmap of those that are not empty. A block in a higher bin is larger than every one in a lower.
 */
#ifndef SPINDLE_POSIX_HEAP_BINS_H
#define SPINDLE_POSIX_HEAP_BINS_H

#include "spdk/env.h"

#define HEAP_BINS_PER_POWER 8
#define HEAP_BINS           (64 * HEAP_BINS_PER_POWER)

struct heap_arena;

/*
 * A piece of an arena, free or live. Blocks of an arena are linked in the order of their addresses
 * without gaps, and no two neighbours are both free.
 */
struct heap_block {
	uintptr_t start;
	size_t size;
	struct heap_arena *arena;
	TAILQ_ENTRY(heap_block) neighbours;
	/* In its bin while it is free, in the table of live blocks otherwise. */
	LIST_ENTRY(heap_block) link;
	bool is_free;
	/* Nobody has written to it since the kernel gave it. */
	bool is_zero;
};

LIST_HEAD(heap_block_list, heap_block);

struct heap_bins {
	uint64_t bitmap[HEAP_BINS / 64];
	struct heap_block_list lists[HEAP_BINS];
};

void heap_bins_insert(struct heap_bins *bins, struct heap_block *block);
void heap_bins_remove(struct heap_bins *bins, struct heap_block *block);
/* A free block that holds `size` bytes at a multiple of `align`; it stays in its bin. Or NULL. */
struct heap_block *heap_bins_find(struct heap_bins *bins, size_t size, size_t align);

#endif
