/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mem maps: from virtual addresses, by pages of 2 MiB, to 64 bits.
 *
 * 1. A table of two levels covers 48 bits of address: 2^14 leaves of 2^13 pages (16 GiB) each. A
 *    lookup is two loads and takes no lock. Leaves are made when first needed and live as long as
 *    the map.
 * 2. The layout is that of env/dma_address.h, whose lookups are inline. Entries hold the
 *    translation XOR the default one, so that memory of zeros is a leaf of defaults. Leaves and the
 *    table of them are regions: what is not used of them costs no memory, and no time.
 * 3. M1: an entry is stored with release and loaded with acquire, so a translation may be a pointer
 *    to something made just before. M2: so are pointers to leaves.
 * 4. Leaves stand in a list besides, for the end of the map. Nobody makes one at that time.
 */
#include "env/posix/mem_map.h"

#include "env/env_internal.h"
#include "env/posix/pages.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define ADDRESS_BITS ENV_DMA_ADDRESS_BITS
#define LEAF_BITS    ENV_DMA_LEAF_BITS
#define LEAF_PAGES   ENV_DMA_LEAF_PAGES
#define TABLE_SIZE   ((ENV_DMA_PAGES >> LEAF_BITS) * sizeof(struct env_dma_leaf *))

SPDK_STATIC_ASSERT(PAGES_ALIGN_SHIFT == ENV_DMA_PAGE_SHIFT, "lookups are inline elsewhere");

static size_t
leaf_size(void)
{
	return SPDK_ALIGN_CEIL(sizeof(struct env_dma_leaf), (size_t)sysconf(_SC_PAGESIZE));
}

int
mem_map_check_range(uint64_t vaddr, uint64_t size, const char *caller)
{
	if (vaddr % PAGES_ALIGN != 0 || size % PAGES_ALIGN != 0) {
		SPDK_ERRLOG("%s(): the range at 0x%" PRIx64 " of 0x%" PRIx64
			    " bytes must start and end at multiples of 2 MiB.\n",
			    caller, vaddr, size);
		return -EINVAL;
	}
	if (size > (1ULL << ADDRESS_BITS) || vaddr > (1ULL << ADDRESS_BITS) - size) {
		SPDK_ERRLOG("%s(): the range at 0x%" PRIx64 " of 0x%" PRIx64
			    " bytes does not lie within the %d bits of user addresses.\n",
			    caller, vaddr, size, ADDRESS_BITS);
		return -EINVAL;
	}
	return 0;
}

static struct env_dma_leaf *
find_leaf(const struct spdk_mem_map *map, uint64_t page)
{
	/* M2: pairs with make_leaf(). */
	return atomic_load_explicit(&map->leaves[page >> LEAF_BITS], memory_order_acquire);
}

static struct env_dma_leaf *
make_leaf(struct spdk_mem_map *map, uint64_t page)
{
	struct env_dma_leaf *leaf = find_leaf(map, page), *present = NULL;

	if (leaf != NULL) {
		return leaf;
	}
	leaf = env_region_reserve(leaf_size(), 1);
	if (leaf == NULL) {
		return NULL;
	}
	/* M2: pairs with find_leaf(). */
	if (!atomic_compare_exchange_strong_explicit(&map->leaves[page >> LEAF_BITS], &present,
						     leaf, memory_order_acq_rel,
						     memory_order_acquire)) {
		env_region_release(leaf, leaf_size());
		return present;
	}
	leaf->made_before = atomic_load_explicit(&map->last_made, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&map->last_made, &leaf->made_before, leaf,
						      memory_order_release, memory_order_relaxed)) {
	}
	return leaf;
}

int
mem_map_reserve(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size, const char *caller)
{
	uint64_t first = vaddr >> PAGES_ALIGN_SHIFT, end = (vaddr + size) >> PAGES_ALIGN_SHIFT;
	uint64_t page;
	int rc = mem_map_check_range(vaddr, size, caller);

	if (rc != 0) {
		return rc;
	}
	for (page = first; page < end; page = (page | (LEAF_PAGES - 1)) + 1) {
		if (make_leaf(map, page) == NULL) {
			SPDK_ERRLOG("%s(): no memory for a table of translations.\n", caller);
			return -ENOMEM;
		}
	}
	return 0;
}

static void
fill(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size, uint64_t translation)
{
	uint64_t page = vaddr >> PAGES_ALIGN_SHIFT, end = (vaddr + size) >> PAGES_ALIGN_SHIFT;
	struct env_dma_leaf *leaf;

	for (; page < end; page++) {
		leaf = find_leaf(map, page);
		if (leaf != NULL) {
			/* M1: pairs with load(). */
			atomic_store_explicit(&leaf->entries[page & (LEAF_PAGES - 1)],
					      translation ^ map->default_translation,
					      memory_order_release);
		}
	}
}

int
spdk_mem_map_set_translation(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size,
			     uint64_t translation)
{
	int rc = mem_map_reserve(map, vaddr, size, __func__);

	if (rc == 0) {
		fill(map, vaddr, size, translation);
	}
	return rc;
}

int
spdk_mem_map_clear_translation(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size)
{
	int rc = mem_map_check_range(vaddr, size, __func__);

	if (rc == 0) {
		fill(map, vaddr, size, map->default_translation);
	}
	return rc;
}

static uint64_t
load(const struct spdk_mem_map *map, uint64_t page)
{
	struct env_dma_leaf *leaf;

	if (page >= 1ULL << (ADDRESS_BITS - PAGES_ALIGN_SHIFT)) {
		return map->default_translation;
	}
	leaf = find_leaf(map, page);
	if (leaf == NULL) {
		return map->default_translation;
	}
	/* M1: pairs with fill(). */
	return atomic_load_explicit(&leaf->entries[page & (LEAF_PAGES - 1)], memory_order_acquire) ^
	       map->default_translation;
}

uint64_t
spdk_mem_map_translate(const struct spdk_mem_map *map, uint64_t vaddr, uint64_t *size)
{
	uint64_t page = vaddr >> PAGES_ALIGN_SHIFT;
	uint64_t first = load(map, page), previous = first, next;
	uint64_t length = PAGES_ALIGN - (vaddr & (PAGES_ALIGN - 1));

	if (size == NULL || first == map->default_translation) {
		return first;
	}
	while (length < *size && map->ops.are_contiguous != NULL) {
		next = load(map, ++page);
		if (next == map->default_translation || !map->ops.are_contiguous(previous, next)) {
			break;
		}
		previous = next;
		length += PAGES_ALIGN;
	}
	*size = length < *size ? length : *size;
	return first;
}

void
mem_map_destroy(struct spdk_mem_map *map)
{
	struct env_dma_leaf *leaf, *next;

	/* 4: whoever made a leaf has returned before the map ends. */
	for (leaf = atomic_load_explicit(&map->last_made, memory_order_acquire); leaf != NULL;
	     leaf = next) {
		next = leaf->made_before;
		env_region_release(leaf, leaf_size());
	}
	env_region_release(map->leaves, TABLE_SIZE);
	free(map);
}

struct spdk_mem_map *
mem_map_create(uint64_t default_translation, const struct spdk_mem_map_ops *ops, void *cb_ctx)
{
	struct spdk_mem_map *map = calloc(1, sizeof(*map));

	if (map == NULL) {
		goto explain;
	}
	map->leaves = env_region_reserve(TABLE_SIZE, 1);
	if (map->leaves == NULL) {
		goto free_map;
	}
	map->default_translation = default_translation;
	map->cb_ctx = cb_ctx;
	if (ops != NULL) {
		map->ops = *ops;
	}
	return map;

free_map:
	free(map);
explain:
	SPDK_ERRLOG("No mem map: %s.\n", strerror(ENOMEM));
	return NULL;
}

struct spdk_mem_map *
spdk_mem_map_alloc(uint64_t default_translation, const struct spdk_mem_map_ops *ops, void *cb_ctx)
{
	struct spdk_mem_map *map = mem_map_create(default_translation, ops, cb_ctx);
	int rc;

	if (map == NULL) {
		return NULL;
	}
	rc = mem_register_add_map(map);
	if (rc == 0) {
		return map;
	}
	mem_map_destroy(map);
	SPDK_ERRLOG("No mem map: %s%s.\n", strerror(-rc),
		    rc == -ENOMEM ?
			    "" :
			    ", returned by its notify_cb for memory that is registered already");
	return NULL;
}

void
spdk_mem_map_free(struct spdk_mem_map **pmap)
{
	struct spdk_mem_map *map;

	if (pmap == NULL || *pmap == NULL) {
		return;
	}
	map = *pmap;
	*pmap = NULL;
	mem_register_remove_map(map);
	mem_map_destroy(map);
}
