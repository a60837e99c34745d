/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages from the kernel, in runs: a range of addresses, aligned to PAGES_ALIGN at least, that lies
 * in one piece of one file. All huge pages are in one file and all ordinary ones in another; the
 * file only grows, and what is given back becomes a hole in it.
 */
#ifndef SPINDLE_POSIX_PAGES_H
#define SPINDLE_POSIX_PAGES_H

#include "spdk/env.h"

/* The granularity of mem maps, the size of the usual huge page, and of runs. */
#define PAGES_ALIGN_SHIFT 21
#define PAGES_ALIGN       ((size_t)1 << PAGES_ALIGN_SHIFT)

struct pages_run {
	void *addr;
	/* A multiple of PAGES_ALIGN. */
	size_t size;
	/* -1: anonymous memory, in no file. The file belongs to pages.c. */
	int fd;
	uint64_t offset;
	/* The node that was asked for, or SPDK_ENV_NUMA_ID_ANY. */
	int numa_id;
	bool is_huge;
	TAILQ_ENTRY(pages_run) link;
};

/* Not thread-safe: the heap calls all of these under its lock. */

/* 0; or -errno, explained: an option that was given by name cannot be honoured. */
int pages_init(const struct spdk_env_opts *opts);
/* All runs have been given back. */
void pages_fini(void);
/* Whether an attempt at huge pages makes sense at all. */
bool pages_want_huge(void);
/*
 * Fills run->addr and so on. size is not 0; align is a power of two. Huge pages are all there when
 * it returns: no later access ends in SIGBUS. Ordinary pages come when they are touched, unless the
 * kernel counts them strictly; then they are there as well.
 * -ENOMEM and the like, not explained: the caller tries another way.
 */
int pages_take(struct pages_run *run, size_t size, size_t align, int numa_id, bool is_huge);
void pages_give(struct pages_run *run);

#endif
