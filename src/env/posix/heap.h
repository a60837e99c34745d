/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The allocator behind spdk_malloc(). Everything it knows about its memory lies outside of that
 * memory, so neither a device nor an overrun can damage it.
 */
#ifndef SPINDLE_POSIX_HEAP_H
#define SPINDLE_POSIX_HEAP_H

#include "spdk/env.h"

/* All buffers start and end at multiples of this. */
#define HEAP_GRAIN 64

struct heap_usage {
	size_t count;
	size_t size;
};

/* What is known about a live buffer. */
struct heap_buffer {
	size_t size;
	int numa_id;
};

/* 0 or -errno, explained. */
int heap_init(const struct spdk_env_opts *opts);
/* Releases everything, also what is allocated. */
void heap_fini(void);
bool heap_is_up(void);
/* Live buffers. */
void heap_get_usage(struct heap_usage *usage);

/*
 * A buffer of `size` bytes (rounded up to HEAP_GRAIN), or NULL. align is a power of two, at least
 * HEAP_GRAIN. *out_is_zero: nobody has ever written to it. NULL when there is no memory, which is
 * explained with the name of `caller`.
 */
void *heap_alloc(size_t size, size_t align, int numa_id, bool *out_is_zero, const char *caller);
/* 0, or -EINVAL: no live buffer starts there; then it is explained with the name of `caller`. */
int heap_free(void *addr, const char *caller);
/* As heap_free(). */
int heap_find(void *addr, struct heap_buffer *out_buffer, const char *caller);
/* 0; -EINVAL: no memory of this heap; -ENOTSUP: in no file. */
int heap_get_file(const void *addr, int *out_fd, uint64_t *out_offset);

#endif
