/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Keys, by name: where they come from is the business of modules (spdk/keyring_module.h).
 *
 * Thread: any OS thread; a lock guards the keyring.
 */
#ifndef SPDK_KEYRING_H
#define SPDK_KEYRING_H

#include "spdk/stdinc.h"

#include "spdk/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A reference to a key. The key may be removed meanwhile; then it is of no use, but valid. */
struct spdk_key;

/**
 * A reference to the key of a name. If it is not there, modules are asked for it.
 *
 * Owner: the caller, until spdk_keyring_put_key().
 * Shape: "name", or "keyring:name" for one of a keyring; ":name" for a name with a colon in it.
 *   There is one keyring, the global one, whose name is empty: other keyrings have no keys.
 * Errors: NULL: there is none, or name is NULL.
 */
struct spdk_key *spdk_keyring_get_key(const char *name);

/** Gives a reference back. NULL does nothing. */
void spdk_keyring_put_key(struct spdk_key *key);

/** The name of a key. Owner: the key. */
const char *spdk_key_get_name(struct spdk_key *key);

/**
 * The key itself. How many bytes were written to buf.
 *
 * Owner: the caller, who should erase it after use.
 * Errors: -ENOKEY: it has been removed; -ENOBUFS: buf is too small; -EINVAL: buf is NULL or len
 *   is below 0; others as the module gave them.
 */
int spdk_key_get_key(struct spdk_key *key, void *buf, int len);

/**
 * Another reference to the same key.
 *
 * Owner: the caller, until spdk_keyring_put_key().
 */
struct spdk_key *spdk_key_dup(struct spdk_key *key);

/**
 * Brings the keyring and its modules up. Applications need not: it is a subsystem.
 *
 * Errors: what a module's init returned: then those before it are down again. -EALREADY: it is
 *   up.
 */
int spdk_keyring_init(void);

/**
 * Takes it down. Keys that are left are removed; references that are left are reported, and are
 * valid until they are put.
 */
void spdk_keyring_cleanup(void);

/** One keyring of several. There is only the global one. */
struct spdk_keyring;

/** Keys that have been removed and are still referred to count as well. */
#define SPDK_KEYRING_FOR_EACH_ALL 0x1

/**
 * Calls fn for each key, in the order in which they were added.
 *
 * Shape: keyring is NULL.
 * Callback: from within the call, under the lock of the keyring: fn may ask keys, but neither add
 *   nor remove them.
 */
void spdk_keyring_for_each_key(struct spdk_keyring *keyring, void *ctx,
			       void (*fn)(void *ctx, struct spdk_key *key), uint32_t flags);

/** Writes, as elements of the open array, what brings the modules' keys back. */
void spdk_keyring_write_config(struct spdk_json_write_ctx *w);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_KEYRING_H */
