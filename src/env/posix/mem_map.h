/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What registration and maps need of each other.
 */
#ifndef SPINDLE_POSIX_MEM_MAP_H
#define SPINDLE_POSIX_MEM_MAP_H

#include "env/dma_address.h"
#include "spdk/env.h"

struct spdk_mem_map {
	uint64_t default_translation;
	struct spdk_mem_map_ops ops;
	void *cb_ctx;
	/* Among all maps; belongs to mem_register.c. */
	TAILQ_ENTRY(spdk_mem_map) link;
	struct env_dma_leaf *_Atomic *leaves;
	struct env_dma_leaf *_Atomic last_made;
};

/* spdk_mem_map_alloc() and spdk_mem_map_free() of a map that is told of no memory. */
struct spdk_mem_map *
mem_map_create(uint64_t default_translation, const struct spdk_mem_map_ops *ops, void *cb_ctx);
void mem_map_destroy(struct spdk_mem_map *map);
/* Makes room for the translations of a range. -EINVAL: bad range, explained; -ENOMEM, explained. */
int mem_map_reserve(struct spdk_mem_map *map, uint64_t vaddr, uint64_t size, const char *caller);
/* 0, or -EINVAL, explained with the name of `caller`. */
int mem_map_check_range(uint64_t vaddr, uint64_t size, const char *caller);

/*
 * Adds a map, after it has been told of every region there is; or takes it out, and takes every
 * region back from it. 0 or what the map returned.
 */
int mem_register_add_map(struct spdk_mem_map *map);
void mem_register_remove_map(struct spdk_mem_map *map);
/* How large all regions are together. */
size_t mem_register_total_size(void);
/*
 * Forgets all regions that are left, and tells the maps that are left. Returns how many regions
 * there were, and how large they are together.
 */
size_t mem_register_forget_all(size_t *out_size);

#endif
