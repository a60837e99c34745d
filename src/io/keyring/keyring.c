/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys by name, and the modules that they come from.
 *
 * States of a key
 *   ATTACHED  in g_attached: it is found by its name. The keyring holds one reference.
 *   REMOVED   in g_removed, and of no use: its module has given up what it had. Only references of
 *             others hold it.
 *
 *   add_key() -> ATTACHED -> remove_key(), spdk_keyring_cleanup() -> REMOVED -> the last put: freed
 *   ATTACHED, probed -> the last put of others: freed
 *
 * Invariants
 *
 * K1: Names of attached keys are unique. A removed one may have the name of another.
 *
 * K2: A module hears remove_key() once for each add_key() that returned 0, and is not called for
 * that key any more.
 *
 * K3: All of this is guarded by g_lock, which is recursive since modules call back under it. It is
 * the innermost lock: nothing here takes another.
 */
#include "keyring_internal.h"

#include "spdk/keyring_module.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"

struct spdk_key {
	TAILQ_ENTRY(spdk_key) link;
	char *name;
	struct spdk_keyring_module *module;
	uint32_t references;
	bool is_removed;
	/* A module has added it because it was asked for. */
	bool is_probed;
	size_t ctx_size;
	max_align_t ctx[];
};

TAILQ_HEAD(key_list, spdk_key);
TAILQ_HEAD(module_list, spdk_keyring_module);

static struct key_list g_attached = TAILQ_HEAD_INITIALIZER(g_attached);
static struct key_list g_removed = TAILQ_HEAD_INITIALIZER(g_removed);
static struct module_list g_modules = TAILQ_HEAD_INITIALIZER(g_modules);
static bool g_is_up;
static pthread_mutex_t g_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void
lock(void)
{
	pthread_mutex_lock(&g_lock);
}

static void
unlock(void)
{
	pthread_mutex_unlock(&g_lock);
}

/* The name within the global keyring; NULL: it is in another, or empty. */
static const char *
global_name(const char *name)
{
	const char *colon = strchr(name, ':');

	if (colon != NULL && colon != name) {
		return NULL;
	}
	name = colon != NULL ? colon + 1 : name;
	return name[0] != '\0' ? name : NULL;
}

/* With the lock, from here on. */

static struct spdk_key *
find_key(const char *name)
{
	struct spdk_key *key;

	TAILQ_FOREACH (key, &g_attached, link) {
		if (strcmp(key->name, name) == 0) {
			return key;
		}
	}
	return NULL;
}

static struct spdk_key *
probe_key(const char *name)
{
	struct spdk_keyring_module *module;
	struct spdk_key *key;

	TAILQ_FOREACH (module, &g_modules, tailq) {
		int rc = module->probe_key != NULL ? module->probe_key(name) : -ENOKEY;

		key = rc == 0 ? find_key(name) : NULL;
		if (key != NULL) {
			key->is_probed = true;
			return key;
		}
		if (rc != -ENOKEY) {
			SPDK_ERRLOG("Keyring module '%s' was asked for key '%s', and %s\n",
				    module->name, name,
				    rc == 0 ? "says that it has added it, which it has not" :
					      spdk_strerror(-rc));
		}
	}
	return NULL;
}

static void
free_key(struct spdk_key *key)
{
	free(key->name);
	free(key);
}

static void
put_reference(struct spdk_key *key)
{
	assert(key->references > 0);
	key->references--;
	if (key->references == 0) {
		TAILQ_REMOVE(&g_removed, key, link);
		free_key(key);
	}
}

static void
remove_key(struct spdk_key *key)
{
	TAILQ_REMOVE(&g_attached, key, link);
	TAILQ_INSERT_TAIL(&g_removed, key, link);
	key->is_removed = true;
	if (key->module->remove_key != NULL) {
		key->module->remove_key(key);
	}
	put_reference(key);
}

static struct spdk_key *
create_key(const char *name, struct spdk_keyring_module *module)
{
	size_t ctx_size = module->get_ctx_size != NULL ? module->get_ctx_size() : 0;
	struct spdk_key *key = calloc(1, sizeof(*key) + ctx_size);

	if (key == NULL) {
		return NULL;
	}
	key->name = strdup(name);
	if (key->name == NULL) {
		free(key);
		return NULL;
	}
	key->module = module;
	key->references = 1;
	key->ctx_size = ctx_size;
	return key;
}

static int
add_key(const char *name, struct spdk_keyring_module *module, void *ctx)
{
	struct spdk_key *key;
	int rc;

	if (find_key(name) != NULL) {
		SPDK_ERRLOG("There is a key '%s' already\n", name);
		return -EEXIST;
	}
	key = create_key(name, module);
	if (key == NULL) {
		return -ENOMEM;
	}
	rc = module->add_key != NULL ? module->add_key(key, ctx) : 0;
	if (rc != 0) {
		free_key(key);
		return rc;
	}
	TAILQ_INSERT_TAIL(&g_attached, key, link);
	return 0;
}

/* Constructors only link their modules: what is wrong with them is told here. */
static int
check_modules(void)
{
	struct spdk_keyring_module *module, *other;

	TAILQ_FOREACH (module, &g_modules, tailq) {
		if (module->name == NULL || module->get_key == NULL) {
			SPDK_ERRLOG("Keyring module '%s' has no %s\n",
				    module->name != NULL ? module->name : "",
				    module->name != NULL ? "get_key()" : "name");
			return -EINVAL;
		}
		for (other = TAILQ_NEXT(module, tailq); other != NULL;
		     other = TAILQ_NEXT(other, tailq)) {
			if (other->name != NULL && strcmp(other->name, module->name) == 0) {
				SPDK_ERRLOG("There are two keyring modules '%s'\n", module->name);
				return -EEXIST;
			}
		}
	}
	return 0;
}

/* Ends the modules before `end`, the last first; NULL: all. */
static void
clean_up_modules(struct spdk_keyring_module *end)
{
	struct spdk_keyring_module *module = end != NULL ? TAILQ_PREV(end, module_list, tailq) :
							   TAILQ_LAST(&g_modules, module_list);

	for (; module != NULL; module = TAILQ_PREV(module, module_list, tailq)) {
		if (module->cleanup != NULL) {
			module->cleanup();
		}
	}
}

static int
init_modules(void)
{
	struct spdk_keyring_module *module;
	int rc;

	TAILQ_FOREACH (module, &g_modules, tailq) {
		rc = module->init != NULL ? module->init() : 0;
		if (rc != 0) {
			SPDK_ERRLOG("Keyring module '%s' does not start: %s\n", module->name,
				    spdk_strerror(-rc));
			clean_up_modules(module);
			return rc;
		}
	}
	return 0;
}

/* Without the lock, from here on. */

int
spdk_keyring_init(void)
{
	int rc;

	lock();
	rc = g_is_up ? -EALREADY : check_modules();
	if (rc == 0) {
		rc = init_modules();
		g_is_up = rc == 0;
	}
	unlock();
	return rc;
}

void
spdk_keyring_cleanup(void)
{
	struct spdk_key *key;

	lock();
	while ((key = TAILQ_FIRST(&g_attached)) != NULL) {
		remove_key(key);
	}
	TAILQ_FOREACH (key, &g_removed, link) {
		SPDK_WARNLOG("Key '%s' of module '%s' has %u references that nobody has given back "
			     "by spdk_keyring_put_key()\n",
			     key->name, key->module->name, key->references);
	}
	if (g_is_up) {
		clean_up_modules(NULL);
		g_is_up = false;
	}
	unlock();
}

void
spdk_keyring_register_module(struct spdk_keyring_module *module)
{
	lock();
	TAILQ_INSERT_TAIL(&g_modules, module, tailq);
	unlock();
}

int
spdk_keyring_add_key(const struct spdk_key_opts *opts)
{
	const char *name;
	void *ctx = NULL;
	int rc;

	if (opts == NULL || opts->size < SPDK_SIZEOF(opts, module) || opts->name == NULL ||
	    opts->module == NULL) {
		return -EINVAL;
	}
	if (opts->size >= SPDK_SIZEOF(opts, ctx)) {
		ctx = opts->ctx;
	}
	name = global_name(opts->name);
	if (name == NULL) {
		SPDK_ERRLOG("'%s' names no key of the global keyring, which is the only one: want "
			    "'name', or ':name' for a name with a colon\n",
			    opts->name);
		return -EINVAL;
	}
	lock();
	rc = add_key(name, opts->module, ctx);
	unlock();
	return rc;
}

int
spdk_keyring_remove_key(const char *name, struct spdk_keyring_module *module)
{
	const char *known = name != NULL ? global_name(name) : NULL;
	struct spdk_key *key;
	int rc = 0;

	lock();
	key = known != NULL ? find_key(known) : NULL;
	if (key == NULL) {
		rc = -ENOKEY;
	} else if (key->module != module) {
		SPDK_ERRLOG("Key '%s' is one of module '%s'\n", key->name, key->module->name);
		rc = -EINVAL;
	} else {
		remove_key(key);
	}
	unlock();
	return rc;
}

struct spdk_key *
spdk_keyring_get_key(const char *name)
{
	const char *known = name != NULL ? global_name(name) : NULL;
	struct spdk_key *key;

	if (known == NULL) {
		return NULL;
	}
	lock();
	key = find_key(known);
	if (key == NULL) {
		key = probe_key(known);
	}
	if (key != NULL) {
		key->references++;
	}
	unlock();
	return key;
}

void
spdk_keyring_put_key(struct spdk_key *key)
{
	if (key == NULL) {
		return;
	}
	lock();
	if (key->is_probed && !key->is_removed && key->references == 2) {
		/* Nobody but the keyring would hold it. */
		remove_key(key);
	}
	put_reference(key);
	unlock();
}

struct spdk_key *
spdk_key_dup(struct spdk_key *key)
{
	lock();
	key->references++;
	unlock();
	return key;
}

const char *
spdk_key_get_name(struct spdk_key *key)
{
	return key->name;
}

int
spdk_key_get_key(struct spdk_key *key, void *buf, int len)
{
	int rc;

	if (buf == NULL || len < 0) {
		return -EINVAL;
	}
	lock();
	rc = key->is_removed ? -ENOKEY : key->module->get_key(key, buf, len);
	unlock();
	return rc;
}

void *
spdk_key_get_ctx(struct spdk_key *key)
{
	return key->ctx_size != 0 ? key->ctx : NULL;
}

struct spdk_keyring_module *
spdk_key_get_module(struct spdk_key *key)
{
	return key->module;
}

void
spdk_keyring_for_each_key(struct spdk_keyring *keyring, void *ctx,
			  void (*fn)(void *ctx, struct spdk_key *key), uint32_t flags)
{
	struct spdk_key *key;

	assert(keyring == NULL);
	lock();
	TAILQ_FOREACH (key, &g_attached, link) {
		fn(ctx, key);
	}
	if ((flags & SPDK_KEYRING_FOR_EACH_ALL) != 0) {
		TAILQ_FOREACH (key, &g_removed, link) {
			fn(ctx, key);
		}
	}
	unlock();
}

void
spdk_keyring_write_config(struct spdk_json_write_ctx *w)
{
	struct spdk_keyring_module *module;

	lock();
	TAILQ_FOREACH (module, &g_modules, tailq) {
		if (module->write_config != NULL) {
			module->write_config(w);
		}
	}
	unlock();
}

void
keyring_dump_key(struct spdk_key *key, struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", key->name);
	spdk_json_write_named_string(w, "module", key->module->name);
	spdk_json_write_named_bool(w, "removed", key->is_removed);
	spdk_json_write_named_bool(w, "probed", key->is_probed);
	spdk_json_write_named_uint32(w, "refcnt", key->references);
	if (!key->is_removed && key->module->dump_info != NULL) {
		key->module->dump_info(key, w);
	}
	spdk_json_write_object_end(w);
}
