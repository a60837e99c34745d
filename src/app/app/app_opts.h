/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of spdk_app_start(): whole, checked and our own.
 */
#ifndef SPINDLE_APP_OPTS_H
#define SPINDLE_APP_OPTS_H

#include "spdk/env.h"
#include "spdk/event.h"

#define APP_OPTS_DEFAULT_MASK "0x1"

/* The defaults of a whole struct. */
void app_opts_defaults(struct spdk_app_opts *out_opts);

/*
 * For tests: where RPCs are taken when nothing else is said; NULL: SPDK_DEFAULT_RPC_ADDR. Owner:
 * the caller.
 */
void app_opts_set_default_rpc_addr(const char *address);

/* As much of the caller's struct as both sides know; 0, explained, when opts_size makes no sense.
 */
size_t app_opts_known_size(const struct spdk_app_opts *opts, const char *function);

/*
 * Copies options, with everything they point to but for rpc_log_file and the functions. Fields that
 * the caller does not know have their defaults; an empty string becomes NULL, and reactor_mask has
 * its default when neither it nor lcore_map is set. What belongs to the environment is left for it
 * to check.
 *
 * Owner: the caller, until app_opts_free(). Errors: -EINVAL, explained; -ENOMEM.
 */
int app_opts_copy(const struct spdk_app_opts *user, struct spdk_app_opts **out_opts);
/* Accepts NULL. */
void app_opts_free(struct spdk_app_opts *opts);

/*
 * Whether the cores were asked for by name: by lcore_map, by -m, or by a mask that is not the
 * default. To be asked of the user's own options: a copy no longer tells where a mask came from.
 */
bool app_opts_mask_is_explicit(const struct spdk_app_opts *user);

/* Whether the RPC address was asked for by name: by -r, or by one that is not the default. */
bool app_opts_rpc_addr_is_explicit(const struct spdk_app_opts *user);

/*
 * The part that is for spdk_env_init(). Owner: strings and arrays stay those of `opts`.
 */
void app_opts_to_env(const struct spdk_app_opts *opts, struct spdk_env_opts *out_env_opts);

#endif
