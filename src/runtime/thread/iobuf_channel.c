/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels of iobuf: getting and putting buffers.
 *
 * Invariants
 *  1. All of a channel belongs to its thread. That is checked at every call, because a mistake
 *     would corrupt lists; a buffer that is put on another thread still gets back into the pool.
 *  2. cache_count counts the list and the share of fresh buffers together, and never exceeds
 *     cache_size, which is what the channel reserved.
 *  3. While an entry of a channel waits, the cache of the channel is empty, since what is put
 *     goes to entries first: the next request of the channel cannot overtake.
 */
#include "runtime/thread/iobuf_internal.h"

#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/util.h"

/* The shared pool is visited for so many buffers at a time, if the cache may hold them. */
#define BATCH_MAX 32

static struct iobuf_user *
user_of(const struct spdk_iobuf_channel *ch)
{
	return (struct iobuf_user *)(uintptr_t)ch->module;
}

static const char *
current_thread_name(void)
{
	struct spdk_thread *thread = spdk_get_thread();

	return thread != NULL ? spdk_thread_get_name(thread) : "none";
}

static void __attribute__((cold, noinline))
explain_owner(const char *function, const struct spdk_iobuf_channel *ch)
{
	const struct iobuf_user *user = user_of(ch);

	if (user == NULL) {
		SPDK_ERRLOG("%s(): iobuf channel %p is not open; call spdk_iobuf_channel_init() "
			    "first.\n",
			    function, (const void *)ch);
		return;
	}
	if (user->owner == NULL) {
		SPDK_ERRLOG("%s(): iobuf channel %p of module '%s' was left open by a thread that "
			    "has exited; call spdk_iobuf_channel_fini() before.\n",
			    function, (const void *)ch, user->module->name);
		return;
	}
	SPDK_ERRLOG("%s(): iobuf channel %p of module '%s' belongs to thread '%s' and was used on "
		    "thread '%s'; send a message with spdk_thread_send_msg(), or open a channel on "
		    "each thread.\n",
		    function, (const void *)ch, user->module->name,
		    spdk_thread_get_name(user->thread), current_thread_name());
}

static inline bool
is_owner(const struct spdk_iobuf_channel *ch)
{
	const struct iobuf_user *user = user_of(ch);

	return spdk_likely(user != NULL && user->thread == spdk_get_thread());
}

static inline enum iobuf_size
size_for(const struct spdk_iobuf_channel *ch, uint64_t len)
{
	if (len <= ch->cache[0].small.bufsize) {
		return IOBUF_SMALL;
	}
	return len <= ch->cache[0].large.bufsize ? IOBUF_LARGE : IOBUF_SIZE_COUNT;
}

static void __attribute__((cold, noinline))
explain_len(const char *function, const struct spdk_iobuf_channel *ch, uint64_t len)
{
	SPDK_ERRLOG("%s(): module '%s' asked for %" PRIu64 " bytes, and a large buffer has %" PRIu32
		    "; split the request, or raise large_bufsize (spdk_iobuf_set_opts()).\n",
		    function, user_of(ch)->module->name, len, ch->cache[0].large.bufsize);
}

static inline void
cache_push(struct spdk_iobuf_pool_cache *cache, void *buf)
{
	STAILQ_INSERT_HEAD(&cache->cache, (struct spdk_iobuf_buffer *)buf, stailq);
	cache->cache_count++;
}

static inline void *
cache_pop(struct spdk_iobuf_pool_cache *cache)
{
	struct spdk_iobuf_buffer *buffer = STAILQ_FIRST(&cache->cache);

	if (spdk_likely(buffer != NULL)) {
		STAILQ_REMOVE_HEAD(&cache->cache, stailq);
		cache->cache_count--;
	}
	return buffer;
}

static void *
share_pop(struct spdk_iobuf_pool_cache *cache, struct iobuf_share *share)
{
	if (share->fresh_count == 0) {
		return NULL;
	}
	share->fresh_count--;
	cache->cache_count--;
	return iobuf_pool_at(iobuf_waiters_of(cache)->pool, share->fresh_first++);
}

/* A buffer of the shared pool, and some more for the cache. */
static void *
take_shared(struct spdk_iobuf_pool_cache *cache, struct iobuf_share *share)
{
	struct iobuf_pool *pool = iobuf_waiters_of(cache)->pool;
	uint32_t i, taken, count = spdk_max(1, spdk_min(cache->cache_size, BATCH_MAX));
	void *bufs[BATCH_MAX];

	if (iobuf_pool_waiting(pool) > 0) {
		/* Others came first, here or on another thread. */
		return NULL;
	}
	taken = iobuf_pool_take_used(pool, bufs, count);
	if (taken > 0) {
		for (i = 1; i < taken; i++) {
			cache_push(cache, bufs[i]);
		}
		return bufs[0];
	}
	taken = iobuf_pool_take_fresh(pool, count, &share->fresh_first);
	share->fresh_count += taken;
	cache->cache_count += taken;
	return share_pop(cache, share);
}

static void *__attribute__((noinline))
get_slow(struct spdk_iobuf_channel *ch, enum iobuf_size size, struct spdk_iobuf_entry *entry,
	 spdk_iobuf_get_cb cb_fn)
{
	struct spdk_iobuf_pool_cache *cache = iobuf_cache_of(ch, size);
	struct iobuf_share *share = &user_of(ch)->share[size];
	void *buf;

	buf = share_pop(cache, share);
	if (buf != NULL) {
		cache->stats.cache++;
		share->out++;
		return buf;
	}
	buf = take_shared(cache, share);
	if (buf != NULL) {
		cache->stats.main++;
		share->out++;
		return buf;
	}
	if (entry == NULL) {
		return NULL;
	}
	if (cb_fn == NULL) {
		SPDK_ERRLOG("spdk_iobuf_get(): module '%s' gave an entry and no function to call "
			    "when a buffer is free; the entry will not wait.\n",
			    user_of(ch)->module->name);
		return NULL;
	}
	cache->stats.retry++;
	entry->cb_fn = cb_fn;
	entry->module = ch->module;
	STAILQ_INSERT_TAIL(cache->queue, entry, stailq);
	iobuf_waiters_settle(iobuf_waiters_of(cache));
	return NULL;
}

void *
spdk_iobuf_get(struct spdk_iobuf_channel *ch, uint64_t len, struct spdk_iobuf_entry *entry,
	       spdk_iobuf_get_cb cb_fn)
{
	struct spdk_iobuf_pool_cache *cache;
	enum iobuf_size size;
	void *buf;

	if (!is_owner(ch)) {
		explain_owner(__func__, ch);
		return NULL;
	}
	size = size_for(ch, len);
	if (spdk_unlikely(size == IOBUF_SIZE_COUNT)) {
		explain_len(__func__, ch, len);
		return NULL;
	}
	cache = iobuf_cache_of(ch, size);
	buf = cache_pop(cache);
	if (spdk_unlikely(buf == NULL)) {
		return get_slow(ch, size, entry, cb_fn);
	}
	cache->stats.cache++;
	user_of(ch)->share[size].out++;
	return buf;
}

static void __attribute__((cold, noinline))
explain_stranger(const struct spdk_iobuf_channel *ch, const void *buf, uint64_t len)
{
	SPDK_ERRLOG("spdk_iobuf_put(): module '%s' gave back %p with length %" PRIu64 ", and it is "
		    "no buffer of that size; give the length that spdk_iobuf_get() was called "
		    "with, and the pointer that it returned.\n",
		    user_of(ch)->module->name, buf, len);
}

/* Nothing of the channel may be touched here, but the buffer need not be lost. */
static void __attribute__((cold, noinline)) put_elsewhere(struct spdk_iobuf_channel *ch, void *buf)
{
	struct iobuf_user *user = user_of(ch);
	struct iobuf_pool *pool;
	int size;

	explain_owner("spdk_iobuf_put", ch);
	if (user == NULL) {
		return;
	}
	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		pool = &g_iobuf.pools[size];
		if (iobuf_pool_has(pool, buf)) {
			/* Relaxed: a counter for the report of spdk_iobuf_finish(). */
			atomic_fetch_sub_explicit(&user->module->out[size], 1,
						  memory_order_relaxed);
			iobuf_pool_put(pool, buf);
			return;
		}
	}
}

void
spdk_iobuf_put(struct spdk_iobuf_channel *ch, void *buf, uint64_t len)
{
	struct spdk_iobuf_pool_cache *cache;
	struct iobuf_pool *pool;
	enum iobuf_size size;

	if (!is_owner(ch)) {
		put_elsewhere(ch, buf);
		return;
	}
	size = size_for(ch, len);
	if (spdk_unlikely(size == IOBUF_SIZE_COUNT)) {
		explain_stranger(ch, buf, len);
		return;
	}
	cache = iobuf_cache_of(ch, size);
	pool = iobuf_waiters_of(cache)->pool;
	if (spdk_unlikely(!iobuf_pool_has(pool, buf))) {
		explain_stranger(ch, buf, len);
		return;
	}
	user_of(ch)->share[size].out--;
	if (spdk_unlikely(!STAILQ_EMPTY(cache->queue))) {
		iobuf_waiters_put(iobuf_waiters_of(cache), buf);
	} else if (spdk_likely(cache->cache_count < cache->cache_size &&
			       iobuf_pool_waiting(pool) == 0)) {
		cache_push(cache, buf);
	} else {
		iobuf_pool_put(pool, buf);
	}
}

void
spdk_iobuf_entry_abort(struct spdk_iobuf_channel *ch, struct spdk_iobuf_entry *entry, uint64_t len)
{
	enum iobuf_size size;

	if (!is_owner(ch)) {
		explain_owner(__func__, ch);
		return;
	}
	size = size_for(ch, len);
	if (size == IOBUF_SIZE_COUNT ||
	    !iobuf_waiters_remove(iobuf_waiters_of(iobuf_cache_of(ch, size)), entry)) {
		SPDK_ERRLOG("spdk_iobuf_entry_abort(): entry %p of module '%s' does not wait for "
			    "a buffer of %" PRIu64 " bytes; give the length that spdk_iobuf_get() "
			    "was called with, and abort only before the callback.\n",
			    (void *)entry, user_of(ch)->module->name, len);
	}
}

int
spdk_iobuf_for_each_entry(struct spdk_iobuf_channel *ch, spdk_iobuf_for_each_entry_fn cb_fn,
			  void *cb_ctx)
{
	struct spdk_iobuf_entry *entry, *next;
	int size, rc;

	if (!is_owner(ch)) {
		explain_owner(__func__, ch);
		return -EINVAL;
	}
	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		STAILQ_FOREACH_SAFE (entry, iobuf_cache_of(ch, size)->queue, stailq, next) {
			if (entry->module != ch->module) {
				continue;
			}
			rc = cb_fn(ch, entry, cb_ctx);
			if (rc != 0) {
				return rc;
			}
		}
	}
	return 0;
}

static int
fill(struct spdk_iobuf_channel *ch, enum iobuf_size size, uint32_t cache_size)
{
	struct spdk_iobuf_pool_cache *cache = iobuf_cache_of(ch, size);
	struct iobuf_user *user = user_of(ch);
	struct iobuf_pool *pool = &g_iobuf.pools[size];
	void *buf;

	cache->pool = pool->ring;
	cache->bufsize = pool->bufsize;
	cache->queue = &user->owner->waiters[size].queue;
	cache->cache_size = cache_size;
	cache->stats.cache_size = cache_size;
	STAILQ_INIT(&cache->cache);
	while (cache->cache_count < cache_size && iobuf_pool_take_used(pool, &buf, 1) == 1) {
		cache_push(cache, buf);
	}
	user->share[size].fresh_count = iobuf_pool_take_fresh(pool, cache_size - cache->cache_count,
							      &user->share[size].fresh_first);
	cache->cache_count += user->share[size].fresh_count;
	if (cache->cache_count == cache_size) {
		return 0;
	}
	SPDK_ERRLOG("spdk_iobuf_channel_init(): module '%s' wants to keep %" PRIu32 " %s buffers "
		    "on thread '%s', and the pool of %" PRIu64 " has only %" PRIu32 " left; raise "
		    "%s_pool_count to %" PRIu64 " at least (spdk_iobuf_set_opts(), or "
		    "iobuf_set_options in the configuration), or lower the cache size.\n",
		    user->module->name, cache_size, pool->name, current_thread_name(), pool->count,
		    cache->cache_count, pool->name, pool->count + cache_size - cache->cache_count);
	return -ENOMEM;
}

static void
drain(struct spdk_iobuf_channel *ch, enum iobuf_size size)
{
	struct spdk_iobuf_pool_cache *cache = iobuf_cache_of(ch, size);
	struct iobuf_share *share = &user_of(ch)->share[size];
	struct iobuf_pool *pool = &g_iobuf.pools[size];
	void *buf;

	if (cache->queue == NULL) {
		/* spdk_iobuf_channel_init() did not come this far. */
		return;
	}
	while ((buf = cache_pop(cache)) != NULL || (buf = share_pop(cache, share)) != NULL) {
		iobuf_pool_put(pool, buf);
	}
}

/* 0, or -errno, explained. */
static int
hold_module(const char *name, struct iobuf_module **out_module)
{
	struct iobuf_module *module;
	int rc = 0;

	pthread_mutex_lock(&g_iobuf.lock);
	if (g_iobuf.state == IOBUF_CLOSED && g_iobuf.is_armed) {
		rc = iobuf_open();
	} else if (g_iobuf.state != IOBUF_OPEN) {
		SPDK_ERRLOG("spdk_iobuf_channel_init(): no channel for module '%s', because the "
			    "buffer pools %s; call spdk_iobuf_initialize() first.\n",
			    name,
			    g_iobuf.state == IOBUF_CLOSED ? "are not there" : "are being closed");
		rc = -ENODEV;
	}
	if (rc != 0) {
		goto unlock;
	}
	module = iobuf_module_find(name);
	if (module == NULL) {
		SPDK_ERRLOG("spdk_iobuf_channel_init(): there is no module '%s'; call "
			    "spdk_iobuf_register_module() first.\n",
			    name);
		rc = -ENODEV;
		goto unlock;
	}
	module->refs++;
	*out_module = module;
unlock:
	pthread_mutex_unlock(&g_iobuf.lock);
	return rc;
}

static void
release_module(struct iobuf_module *module)
{
	pthread_mutex_lock(&g_iobuf.lock);
	iobuf_module_put(module);
	pthread_mutex_unlock(&g_iobuf.lock);
}

static void
free_user(struct spdk_iobuf_channel *ch)
{
	struct iobuf_user *user = user_of(ch);
	int size;

	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		/* Relaxed: a counter for the report of spdk_iobuf_finish(). */
		atomic_fetch_add_explicit(&user->module->out[size], user->share[size].out,
					  memory_order_relaxed);
	}
	release_module(user->module);
	free(user);
	memset(ch, 0, sizeof(*ch));
}

void
iobuf_user_orphan(struct iobuf_user *user)
{
	int size;

	TAILQ_REMOVE(&user->owner->users, user, link);
	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		/* The channel itself may be gone, and with it the list of its cache. */
		user->share[size].out = 0;
	}
	user->owner = NULL;
	user->thread = NULL;
}

/* Gives back all that a channel has, also a half-built one. */
static void
release_channel(struct spdk_iobuf_channel *ch)
{
	struct iobuf_user *user = user_of(ch);
	struct spdk_io_channel *parent = ch->parent;
	int size;

	for (size = 0; size < IOBUF_SIZE_COUNT; size++) {
		drain(ch, size);
	}
	TAILQ_REMOVE(&user->owner->users, user, link);
	free_user(ch);
	spdk_put_io_channel(parent);
}

int
spdk_iobuf_channel_init(struct spdk_iobuf_channel *ch, const char *name, uint32_t small_cache_size,
			uint32_t large_cache_size)
{
	struct iobuf_module *module;
	struct iobuf_user *user;
	int rc;

	if (ch == NULL || name == NULL || spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_iobuf_channel_init(): %s.\n",
			    spdk_get_thread() ? "the channel or the module's name is NULL" :
						"not on an SPDK thread; send a message with "
						"spdk_thread_send_msg()");
		return -EINVAL;
	}
	rc = hold_module(name, &module);
	if (rc != 0) {
		return rc;
	}
	user = calloc(1, sizeof(*user));
	if (user == NULL) {
		SPDK_ERRLOG("spdk_iobuf_channel_init(): no memory for module '%s'.\n", name);
		rc = -ENOMEM;
		goto drop_module;
	}
	memset(ch, 0, sizeof(*ch));
	ch->parent = spdk_get_io_channel(&g_iobuf);
	if (ch->parent == NULL) {
		/* It has explained. */
		rc = -ENOMEM;
		goto free_memory;
	}
	user->owner = spdk_io_channel_get_ctx(ch->parent);
	user->thread = spdk_get_thread();
	user->channel = ch;
	user->module = module;
	TAILQ_INSERT_TAIL(&user->owner->users, user, link);
	ch->module = user;
	rc = fill(ch, IOBUF_SMALL, small_cache_size);
	if (rc == 0) {
		rc = fill(ch, IOBUF_LARGE, large_cache_size);
	}
	if (rc != 0) {
		release_channel(ch);
	}
	return rc;

free_memory:
	free(user);
drop_module:
	release_module(module);
	return rc;
}

/* Takes the entries of a channel that is being closed out of the queue; returns how many. */
static uint32_t
drop_entries(struct spdk_iobuf_channel *ch, enum iobuf_size size)
{
	struct spdk_iobuf_pool_cache *cache = iobuf_cache_of(ch, size);
	struct spdk_iobuf_entry *entry, *next;
	uint32_t count = 0;

	STAILQ_FOREACH_SAFE (entry, cache->queue, stailq, next) {
		if (entry->module == ch->module) {
			(void)iobuf_waiters_remove(iobuf_waiters_of(cache), entry);
			count++;
		}
	}
	return count;
}

void
spdk_iobuf_channel_fini(struct spdk_iobuf_channel *ch)
{
	struct iobuf_user *user = user_of(ch);
	uint32_t small, large;

	if (user != NULL && user->owner == NULL) {
		/* The thread left by force, and its channels are closed behind it. */
		free_user(ch);
		return;
	}
	if (!is_owner(ch)) {
		explain_owner(__func__, ch);
		return;
	}
	small = drop_entries(ch, IOBUF_SMALL);
	large = drop_entries(ch, IOBUF_LARGE);
	if (small + large > 0) {
		SPDK_ERRLOG(
			"spdk_iobuf_channel_fini(): %" PRIu32 " requests of module '%s' still "
			"waited for a buffer on thread '%s'; their callbacks will not run. Abort "
			"them first: spdk_iobuf_for_each_entry(), spdk_iobuf_entry_abort().\n",
			small + large, user->module->name, current_thread_name());
	}
	release_channel(ch);
}
