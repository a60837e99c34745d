/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For schedulers, which decide about threads that other OS threads run.
 */
#ifndef SPINDLE_THREAD_MASK_H
#define SPINDLE_THREAD_MASK_H

#include "spdk/stdinc.h"

/* Any OS thread: whether the cpumask of the thread with this id has the core; false: it is gone. */
bool thread_may_run_on(uint64_t id, uint32_t lcore);
/* Any OS thread: copies the name of the thread with this id, as far as there is room; false: it is
 * gone. */
bool thread_copy_name(uint64_t id, char *name, size_t size);

#endif
