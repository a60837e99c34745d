/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For those who let people choose a scheduler: what there is, and options that no scheduler has by
 * itself.
 */
#ifndef SPINDLE_SCHEDULERS_H
#define SPINDLE_SCHEDULERS_H

#include "spdk/cpuset.h"
#include "spdk/scheduler.h"
#include "spdk/stdinc.h"

/*
 * Held while a scheduler's functions run, by those who call several of them or look at what they
 * change. It can be taken again by who has it.
 *
 * Thread: any.
 */
void scheduler_lock(void);
void scheduler_unlock(void);

/* Those that are registered, in that order; NULL gives the first, and is behind the last. */
struct spdk_scheduler *scheduler_after(const struct spdk_scheduler *scheduler);
/* NULL: there is none of that name. */
struct spdk_scheduler *scheduler_find(const char *name);

struct scheduler_options {
	/* The scheduling core, which has a reactor. */
	uint32_t lcore;
	/* Cores to which no thread is moved and from which none is, as schedulers are told. */
	struct spdk_cpuset isolated;
};

/*
 * Sets both, once from the start of the reactors to their end.
 *
 * Thread: a reactor. Errors: -EALREADY: it was done before; -EINVAL,
 * explained: the core has no reactor.
 */
int scheduler_set_options(const struct scheduler_options *options);
/* What holds; true: it was set by scheduler_set_options(). */
bool scheduler_get_options(struct scheduler_options *out_options);

#endif
