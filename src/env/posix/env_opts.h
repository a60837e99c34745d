/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of spdk_env_init(): whole, checked and our own.
 */
#ifndef SPINDLE_ENV_OPTS_H
#define SPINDLE_ENV_OPTS_H

#include "env/posix/core_list.h"
#include "spdk/env.h"

/*
 * Copies options, with everything they point to. Fields that the caller does not know have their
 * defaults. Owner: the caller, until env_opts_free(). Errors: -EINVAL: opts_size is 0, explained;
 * -ENOMEM.
 */
int env_opts_copy(const struct spdk_env_opts *opts, struct spdk_env_opts **out_opts);
/* Accepts NULL. */
void env_opts_free(struct spdk_env_opts *opts);

/* Checks what is not the business of memory_init() or env_opts_cores(). 0, or -EINVAL, explained.
 */
int env_opts_check(const struct spdk_env_opts *opts);

/* The lcores that the options ask for, and which of them is the main one. 0, or -EINVAL, explained.
 */
int env_opts_cores(const struct spdk_env_opts *opts, struct core_list *out_list,
		   uint32_t *out_main_core);

#endif
