/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arenas: runs of pages that the heap cuts into blocks. Every arena is registered with the mem maps
 * as one region for as long as it lives.
 */
#ifndef SPINDLE_POSIX_HEAP_ARENA_H
#define SPINDLE_POSIX_HEAP_ARENA_H

#include "env/posix/heap_bins.h"
#include "env/posix/pages.h"

TAILQ_HEAD(heap_block_order, heap_block);

struct heap_arena {
	struct pages_run run;
	/* The node whose bins hold its free blocks. */
	int numa_id;
	/* Set aside at the start: never given back before the end. */
	bool is_kept;
	/* All of it, in the order of addresses. */
	struct heap_block_order blocks;
	TAILQ_ENTRY(heap_arena) link;
};

/* Where an arena shall lie. */
struct heap_place {
	/* A power of two; less than PAGES_ALIGN has no effect. */
	size_t align;
	int numa_id;
	/* Whether the machine has more than one node, so that the kernel must be told. */
	bool is_numa;
};

/* The heap calls all of these under its lock, and while it holds messages. */

/* 0 or -errno, explained: see pages_init(). */
int heap_arena_init(const struct spdk_env_opts *opts);
void heap_arena_fini(void);
/*
 * A new arena with one free block of `size` bytes at least; from huge pages if there are any.
 * -errno, explained where there is a cure.
 */
int heap_arena_create(size_t size, const struct heap_place *place, struct heap_arena **out_arena);
/*
 * What opts->mem_size and opts->hugedir ask for at the start. *out_arena is NULL when they ask for
 * nothing. 0 or -errno, explained.
 */
int heap_arena_set_aside(const struct spdk_env_opts *opts, const struct heap_place *place,
			 struct heap_arena **out_arena);
/*
 * Gives the arena back with all its blocks. -errno: a mem map does not let it go; then the arena is
 * as it was, unless is_forced.
 */
int heap_arena_destroy(struct heap_arena *arena, bool is_forced);
/* The arena that addr lies in, or NULL. */
struct heap_arena *heap_arena_find(uintptr_t addr);
/* True once after huge pages were expected and could not be had. */
bool heap_arena_take_notice(void);

#endif
