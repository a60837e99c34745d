/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the owners of named memory and spdk_malloc() need of each other.
 */
#ifndef SPINDLE_POSIX_MEMORY_H
#define SPINDLE_POSIX_MEMORY_H

#include "spdk/env.h"

/*
 * spdk_malloc() without a choice of flags; every message names `caller`. is_zeroed: the contents
 * are zero. NULL, explained.
 */
void *memory_alloc(size_t size, size_t align, int numa_id, bool is_zeroed, const char *caller);
void memory_free(void *addr, const char *caller);
/* Whether there is memory to be had; if not, explained. */
bool memory_check_up(const char *caller);
/* Whether `name` may name something: neither empty nor `space` characters or longer. Explained. */
bool memory_check_name(const char *name, size_t space, const char *caller);

/* Forget all pools and zones, whose memory goes with the heap. Return how many there were. */
size_t mempool_forget_all(void);
size_t memzone_forget_all(void);

#endif
