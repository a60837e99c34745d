/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks on cores: two applications that want the same core to themselves are told of each other.
 *
 * A core is locked by a record lock on a file, /var/tmp/spdk_cpu_lock_NNN, at the place and in the
 * way that SPDK has it, so applications of both kinds see each other.
 */
#ifndef SPINDLE_APP_CORE_LOCK_H
#define SPINDLE_APP_CORE_LOCK_H

#include "spdk/stdinc.h"

/*
 * Locks each core of the environment that this process has not locked yet.
 *
 * A core that another process has locked is an error when the cores were asked for by name, and
 * those that this call has locked are unlocked again; otherwise it is left unlocked, with a NOTICE.
 * So is, in either case, a core whose file cannot be used and that nobody has locked.
 *
 * Thread: one at a time, after spdk_env_init(). Errors: -EBUSY, explained; only with
 * `is_explicit`.
 */
int core_locks_take(bool is_explicit);

/* Room for the sentence of core_locks_claim(). */
#define CORE_LOCK_HOLDER_SIZE 192

/*
 * As core_locks_take() of cores that were asked for by name, for who tells it to somebody else than
 * the log: after -EBUSY, out_holder is "Core 3 is locked by process 12 (name)".
 */
int core_locks_claim(char *out_holder, size_t size);

/*
 * Unlocks all that this process has locked, and removes their files. A child that was forked
 * meanwhile has no locks, and only closes its descriptors here.
 */
void core_locks_drop(void);

/* Whether this process has locked the core. */
bool core_lock_is_held(uint32_t core);

/* For tests: where the files are; NULL: /var/tmp. While no core is locked. */
void core_locks_set_folder(const char *folder);

#endif
