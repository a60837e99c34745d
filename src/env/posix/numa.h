/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NUMA nodes, beyond what spdk/env.h has.
 */
#ifndef SPINDLE_ENV_NUMA_H
#define SPINDLE_ENV_NUMA_H

#include "spdk/stdinc.h"

/* Looks at the machine again. Where it tells nothing, all of it is node 0. */
void numa_init(void);

/* The node of a CPU; SPDK_ENV_NUMA_ID_ANY when it is on none. */
int32_t numa_of_cpu(uint32_t cpu);

/* The node of a device for which the kernel says `node`, which is negative when it does not know.
 */
int32_t numa_of_device(int64_t node);

#endif
