/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the posix environment need of each other.
 */
#ifndef SPINDLE_POSIX_INTERNAL_H
#define SPINDLE_POSIX_INTERNAL_H

#include "spdk/env.h"

/*
 * Memory, pools and zones: from memory_init() to memory_fini() they can be had. `opts` is complete
 * (all fields up to sizeof(struct spdk_env_opts) are valid) and is not kept. Called by
 * spdk_env_init() after the NUMA nodes and cores are known; 0 or -errno, explained, and then
 * nothing is left behind. memory_fini() does nothing when memory is not up.
 */
int memory_init(const struct spdk_env_opts *opts);
void memory_fini(void);

#endif
