/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Allocations that fail. Where a sanitizer has the allocator, none does, and none is counted.
 */
#ifndef SPINDLE_MODEL_MEMORY_H
#define SPINDLE_MODEL_MEMORY_H

#include "spdk/stdinc.h"

/* One allocation fails, after `count` that do not. */
void memory_fail_after(uint32_t count);
void memory_fail_no_more(void);
/* What the test itself allocates between these never fails. */
void memory_pause(void);
void memory_resume(void);
/* How many have failed. */
long memory_failures(void);
/* What is allocated and not freed. */
long memory_live(void);

#endif
