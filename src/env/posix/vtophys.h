/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mem maps of the environment itself: physical addresses and NUMA nodes.
 */
#ifndef SPINDLE_POSIX_VTOPHYS_H
#define SPINDLE_POSIX_VTOPHYS_H

#include "spdk/env.h"

/* 0 or -errno, explained: iova_mode cannot be honoured. */
int vtophys_init(const struct spdk_env_opts *opts);
void vtophys_fini(void);
/* Whether the environment is up; if not, explained with the name of `caller`. */
bool vtophys_is_up(const char *caller);
/* Whether spdk_vtophys() knows addresses of memory in huge pages. */
bool vtophys_is_known(void);
/* spdk_mem_register() and spdk_mem_unregister() for memory of which we know the node. */
int vtophys_register_arena(void *addr, size_t size, int numa_id, bool is_huge);
int vtophys_unregister_arena(void *addr, size_t size);

#endif
