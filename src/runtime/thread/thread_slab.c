/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of threads. It is type-stable: an address that has held a thread never holds anything else
 * while the object size stays the same, so that a message sent through a stale pointer finds a
 * state word and is refused.
 *
 * Regions of address space are cut into blocks, blocks into objects. Objects are given out walking
 * through a block; a block whose end is reached goes to the back of the line of blocks with room.
 * So an object is not used again before REUSE_DELAY others (or all that the line holds) have been.
 * A block in which nothing lives is emptied: its memory goes back to the kernel and reads as zeros,
 * which is the state word of no thread.
 *
 * The registry lock guards it all.
 */
#include "env/env_internal.h"
#include "runtime/thread/thread_internal.h"

#define BLOCK_SIZE    (64 * 1024)
#define REGION_BLOCKS 256
#define REUSE_DELAY   1024
#define POPULATE_FROM 1024 /* threads */

struct block {
	uint8_t *base;
	uint32_t used;   /* objects living in it */
	uint32_t cursor; /* next object to look at */
	bool is_waiting; /* in line */
	STAILQ_ENTRY(block) line;
	uint64_t taken[]; /* a bit an object */
};

struct region {
	uint8_t *base;
	size_t size;
	SLIST_ENTRY(region) link;
	struct block *block[];
};

static struct {
	size_t object_size;
	size_t block_size;
	uint32_t objects; /* in a block */
	struct block *current;
	STAILQ_HEAD(, block) line;
	size_t room; /* free objects in the line */
	SLIST_HEAD(, region) regions;
	size_t used;
} g_slab = {
	.line = STAILQ_HEAD_INITIALIZER(g_slab.line),
};

static void
release_regions(void)
{
	struct region *region;
	uint32_t i;

	while ((region = SLIST_FIRST(&g_slab.regions)) != NULL) {
		SLIST_REMOVE_HEAD(&g_slab.regions, link);
		for (i = 0; i < REGION_BLOCKS; i++) {
			free(region->block[i]);
		}
		env_region_release(region->base, region->size);
		free(region);
	}
	STAILQ_INIT(&g_slab.line);
	g_slab.current = NULL;
	g_slab.room = 0;
}

static void
set_object_size(size_t size)
{
	release_regions();
	g_slab.object_size = size;
	/* A context larger than a block gets blocks of its own size. */
	g_slab.block_size = size > BLOCK_SIZE / 8 ? SPDK_ALIGN_CEIL(size * 8, 4096) : BLOCK_SIZE;
	g_slab.objects = (uint32_t)(g_slab.block_size / size);
}

static void
add_to_line(struct block *block)
{
	block->cursor = 0;
	block->is_waiting = true;
	STAILQ_INSERT_TAIL(&g_slab.line, block, line);
	g_slab.room += g_slab.objects - block->used;
}

static bool
add_region(void)
{
	size_t words = SPDK_CEIL_DIV(g_slab.objects, 64);
	struct region *region = calloc(1, sizeof(*region) + REGION_BLOCKS * sizeof(struct block *));
	uint32_t i;

	if (region == NULL) {
		return false;
	}
	region->size = g_slab.block_size * REGION_BLOCKS;
	for (i = 0; i < REGION_BLOCKS; i++) {
		region->block[i] = calloc(1, sizeof(struct block) + words * sizeof(uint64_t));
		if (region->block[i] == NULL) {
			goto free_blocks;
		}
	}
	region->base = env_region_reserve(region->size, BLOCK_SIZE);
	if (region->base == NULL) {
		goto free_blocks;
	}
	for (i = 0; i < REGION_BLOCKS; i++) {
		region->block[i]->base = region->base + i * g_slab.block_size;
		add_to_line(region->block[i]);
	}
	SLIST_INSERT_HEAD(&g_slab.regions, region, link);
	return true;

free_blocks:
	for (i = 0; i < REGION_BLOCKS; i++) {
		free(region->block[i]);
	}
	free(region);
	return false;
}

static bool
is_taken(const struct block *block, size_t i)
{
	return (block->taken[i / 64] & (UINT64_C(1) << (i % 64))) != 0;
}

static void *
take_from(struct block *block)
{
	uint32_t i;

	for (i = block->cursor; i < g_slab.objects; i++) {
		if (!is_taken(block, i)) {
			block->taken[i / 64] |= UINT64_C(1) << (i % 64);
			block->cursor = i + 1;
			block->used++;
			return block->base + i * g_slab.object_size;
		}
	}
	return NULL;
}

/* The walk through the current block is over: what has become free behind the cursor waits. */
static void
retire_current(void)
{
	struct block *block = g_slab.current;

	g_slab.current = NULL;
	if (block == NULL) {
		return;
	}
	if (block->used == 0) {
		env_region_discard(block->base, g_slab.block_size);
	}
	if (block->used < g_slab.objects) {
		add_to_line(block);
	}
}

void *
thread_slab_alloc(size_t size)
{
	void *object = NULL;

	if (size != g_slab.object_size) {
		if (g_slab.used != 0) {
			return NULL;
		}
		set_object_size(size);
	}
	while (object == NULL) {
		if (g_slab.current != NULL) {
			object = take_from(g_slab.current);
		}
		if (object == NULL) {
			retire_current();
			if (g_slab.room < REUSE_DELAY + g_slab.objects && !add_region() &&
			    g_slab.room == 0) {
				return NULL;
			}
			g_slab.current = STAILQ_FIRST(&g_slab.line);
			STAILQ_REMOVE_HEAD(&g_slab.line, line);
			g_slab.current->is_waiting = false;
			/* Many threads: one by one, page faults would be most of their price. */
			if (g_slab.current->used == 0 && g_slab.used >= POPULATE_FROM) {
				env_region_populate(g_slab.current->base, g_slab.block_size);
			}
			g_slab.room -= g_slab.objects - g_slab.current->used;
		}
	}
	g_slab.used++;
	return object;
}

static struct block *
block_of(const uint8_t *object)
{
	struct region *region;

	SLIST_FOREACH (region, &g_slab.regions, link) {
		if (object >= region->base && object < region->base + region->size) {
			return region->block[(size_t)(object - region->base) / g_slab.block_size];
		}
	}
	return NULL;
}

bool
thread_slab_holds(const void *address)
{
	const struct block *block = block_of(address);
	size_t offset;

	if (block == NULL) {
		return false;
	}
	offset = (size_t)((const uint8_t *)address - block->base);
	return offset % g_slab.object_size == 0 && offset / g_slab.object_size < g_slab.objects &&
	       is_taken(block, offset / g_slab.object_size);
}

void
thread_slab_free(void *object)
{
	struct block *block = block_of(object);
	size_t i;

	assert(block != NULL);
	i = (size_t)((uint8_t *)object - block->base) / g_slab.object_size;
	assert(is_taken(block, i));
	block->taken[i / 64] &= ~(UINT64_C(1) << (i % 64));
	block->used--;
	g_slab.used--;
	if (block == g_slab.current) {
		return;
	}
	if (block->used == 0) {
		env_region_discard(block->base, g_slab.block_size);
	}
	if (block->is_waiting) {
		g_slab.room++;
	} else {
		add_to_line(block);
	}
}
