/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * For modules of the keyring: where keys come from.
 *
 * Thread: any OS thread. The functions of a module are called under the lock of the keyring,
 *   which may be taken again: they may add, remove and get keys.
 */
#ifndef SPDK_KEYRING_MODULE_H
#define SPDK_KEYRING_MODULE_H

#include "spdk/stdinc.h"

#include "spdk/json.h"
#include "spdk/keyring.h"
#include "spdk/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_keyring_module;

/** A key to be added. */
struct spdk_key_opts {
	/** sizeof(struct spdk_key_opts) as the caller was compiled; fields beyond are 0. */
	size_t size;
	/** Copied. As in spdk_keyring_get_key(). */
	const char *name;
	/** Whose key it is. */
	struct spdk_keyring_module *module;
	/** For add_key(). */
	void *ctx;
};

/**
 * Adds a key.
 *
 * Errors: -EEXIST: there is one of that name; -EINVAL: the name is empty, or names a keyring that
 *   is not there; -ENOMEM; others as add_key() gave them: then there is no key.
 */
int spdk_keyring_add_key(const struct spdk_key_opts *opts);

/**
 * Removes a key. References to it stay valid.
 *
 * Errors: -ENOKEY: there is none of that name; -EINVAL: it is another module's.
 */
int spdk_keyring_remove_key(const char *name, struct spdk_keyring_module *module);

/** A source of keys. */
struct spdk_keyring_module {
	/** What JSON-RPC calls it. */
	const char *name;
	/** Called by spdk_keyring_init(). May be NULL. 0 or -errno. */
	int (*init)(void);
	/** Called by spdk_keyring_cleanup(), after its keys have been removed. May be NULL. */
	void (*cleanup)(void);
	/** Writes what brings its keys back, as elements of the open array. May be NULL. */
	void (*write_config)(struct spdk_json_write_ctx *w);
	/**
	 * Asked for a key that is not there: adds it and returns 0, or returns -ENOKEY. A key
	 * that came in this way goes with the last reference. May be NULL.
	 */
	int (*probe_key)(const char *name);
	/** A key of its own is being added: fills in its context. 0 or -errno. */
	int (*add_key)(struct spdk_key *key, void *ctx);
	/**
	 * A key of its own is being removed: what its context holds is given back. The last that
	 * the module hears of it.
	 */
	void (*remove_key)(struct spdk_key *key);
	/** The key itself, as spdk_key_get_key() has it. */
	int (*get_key)(struct spdk_key *key, void *buf, int len);
	/** Bytes of context of each key. May be NULL: none. */
	size_t (*get_ctx_size)(void);
	/** Writes about a key, as members of the open object: never the key itself. May be NULL. */
	void (*dump_info)(struct spdk_key *key, struct spdk_json_write_ctx *w);
	TAILQ_ENTRY(spdk_keyring_module) tailq;
};

/**
 * Registers a module. By SPDK_KEYRING_REGISTER_MODULE(), before main.
 *
 * Owner: module is kept; it must stay.
 */
void spdk_keyring_register_module(struct spdk_keyring_module *module);

/** Registers a module in a source file. `name` makes it unique there. */
#define SPDK_KEYRING_REGISTER_MODULE(name, module)                                   \
	static void __attribute__((constructor)) _spdk_keyring_register_##name(void) \
	{                                                                            \
		spdk_keyring_register_module(module);                                \
	}

/**
 * The context of a key, aligned for any type, zeroed when it was added. NULL: the module has
 * none.
 */
void *spdk_key_get_ctx(struct spdk_key *key);

/** Whose key it is. */
struct spdk_keyring_module *spdk_key_get_module(struct spdk_key *key);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_KEYRING_MODULE_H */
