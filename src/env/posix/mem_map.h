/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What registration and maps need of each other.
 */
#ifndef SPINDLE_POSIX_MEM_MAP_H
#define SPINDLE_POSIX_MEM_MAP_H

#include "spdk/env.h"

struct spdk_mem_map {
	uint64_t default_translation;
	struct spdk_mem_map_ops ops;
	void *cb_ctx;
	/* Among all maps; belongs to mem_register.c. */
	TAILQ_ENTRY(spdk_mem_map) link;
	struct mem_map_leaf *_Atomic *leaves;
	struct mem_map_leaf *_Atomic last_made;
};

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
/*
 * Forgets all regions that are left, and tells the maps that are left. Returns how many regions
 * there were, and how large they are together.
 */
size_t mem_register_forget_all(size_t *out_size);

#endif
