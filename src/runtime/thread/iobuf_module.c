/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who uses iobuf: the modules that registered, and the counts of each.
 *
 * A module is kept until it is unregistered and its last channel is closed. Names are unique among
 * those that are registered.
 */
#include "runtime/thread/iobuf_internal.h"
#include "runtime/thread/thread_internal.h"

#include "spdk/log.h"

struct iobuf_module *
iobuf_module_find(const char *name)
{
	struct iobuf_module *module;

	TAILQ_FOREACH (module, &g_iobuf.modules, link) {
		if (strcmp(module->name, name) == 0) {
			return module;
		}
	}
	return NULL;
}

void
iobuf_module_put(struct iobuf_module *module)
{
	assert(module->refs > 0);
	if (--module->refs == 0) {
		free(module);
	}
}

static void
unlink_module(struct iobuf_module *module)
{
	TAILQ_REMOVE(&g_iobuf.modules, module, link);
	g_iobuf.module_count--;
	iobuf_module_put(module);
}

void
iobuf_module_forget_all(void)
{
	while (!TAILQ_EMPTY(&g_iobuf.modules)) {
		unlink_module(TAILQ_FIRST(&g_iobuf.modules));
	}
}

int
spdk_iobuf_register_module(const char *name)
{
	struct iobuf_module *module;
	size_t size;
	int rc = 0;

	if (name == NULL || name[0] == '\0') {
		SPDK_ERRLOG("spdk_iobuf_register_module(): the module needs a name.\n");
		return -EINVAL;
	}
	pthread_mutex_lock(&g_iobuf.lock);
	if (iobuf_module_find(name) != NULL) {
		SPDK_ERRLOG("spdk_iobuf_register_module(): there is a module '%s' already; use "
			    "another name, or spdk_iobuf_unregister_module() first.\n",
			    name);
		rc = -EEXIST;
		goto unlock;
	}
	size = strlen(name) + 1;
	module = calloc(1, sizeof(*module) + size);
	if (module == NULL) {
		SPDK_ERRLOG("spdk_iobuf_register_module(): no memory for module '%s'.\n", name);
		rc = -ENOMEM;
		goto unlock;
	}
	memcpy(module->name, name, size);
	module->refs = 1;
	TAILQ_INSERT_TAIL(&g_iobuf.modules, module, link);
	g_iobuf.module_count++;
unlock:
	pthread_mutex_unlock(&g_iobuf.lock);
	return rc;
}

int
spdk_iobuf_unregister_module(const char *name)
{
	struct iobuf_module *module = NULL;

	pthread_mutex_lock(&g_iobuf.lock);
	if (name != NULL) {
		module = iobuf_module_find(name);
	}
	if (module != NULL) {
		unlink_module(module);
	}
	pthread_mutex_unlock(&g_iobuf.lock);
	if (module == NULL) {
		SPDK_ERRLOG("spdk_iobuf_unregister_module(): there is no module '%s'.\n",
			    name != NULL ? name : "(null)");
		return -ENOENT;
	}
	return 0;
}

/* One spdk_iobuf_get_stats(). The names are copies: modules may go while it is under way. */
struct gathering {
	spdk_iobuf_get_stats_cb cb_fn;
	void *cb_arg;
	uint32_t count;
	struct spdk_iobuf_module_stats modules[];
};

/* Freed with one free(). The caller holds g_iobuf.lock. */
static struct gathering *
gathering_create(void)
{
	size_t length, size = sizeof(struct gathering);
	struct gathering *gathering;
	struct iobuf_module *module;
	char *name;

	TAILQ_FOREACH (module, &g_iobuf.modules, link) {
		size += sizeof(gathering->modules[0]) + strlen(module->name) + 1;
	}
	gathering = calloc(1, size);
	if (gathering == NULL) {
		return NULL;
	}
	name = (char *)&gathering->modules[g_iobuf.module_count];
	TAILQ_FOREACH (module, &g_iobuf.modules, link) {
		length = strlen(module->name) + 1;
		memcpy(name, module->name, length);
		gathering->modules[gathering->count++].module = name;
		name += length;
	}
	return gathering;
}

static void
add_pool(struct spdk_iobuf_pool_stats *sum, const struct spdk_iobuf_pool_cache *cache)
{
	sum->cache_size += cache->cache_size;
	sum->cache += cache->stats.cache;
	sum->main += cache->stats.main;
	sum->retry += cache->stats.retry;
}

static void
gather_thread(struct spdk_io_channel_iter *i)
{
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);
	struct iobuf_thread *thread = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
	struct spdk_iobuf_module_stats *sum;
	struct iobuf_user *user;
	uint32_t index;

	TAILQ_FOREACH (user, &thread->users, link) {
		for (index = 0; index < gathering->count; index++) {
			sum = &gathering->modules[index];
			if (strcmp(sum->module, user->module->name) == 0) {
				add_pool(&sum->small_pool, &user->channel->cache[0].small);
				add_pool(&sum->large_pool, &user->channel->cache[0].large);
				break;
			}
		}
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
gather_done(struct spdk_io_channel_iter *i, int status)
{
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(i);

	/* -ENODEV: there are no pools, not yet or not any more; there are no channels, and the sums
	 * are 0. */
	(void)status;
	gathering->cb_fn(gathering->modules, gathering->count, gathering->cb_arg);
	free(gathering);
}

int
spdk_iobuf_get_stats(spdk_iobuf_get_stats_cb cb_fn, void *cb_arg)
{
	struct channel_round round = {
		.fn = gather_thread,
		.cpl = gather_done,
		.created_at = __builtin_return_address(0),
	};
	struct gathering *gathering = NULL;
	bool is_there;

	if (cb_fn == NULL || spdk_get_thread() == NULL) {
		SPDK_ERRLOG("spdk_iobuf_get_stats(): %s.\n",
			    spdk_get_thread() ? "the callback is NULL" :
						"not on an SPDK thread; send a message with "
						"spdk_thread_send_msg()");
		return -EINVAL;
	}
	pthread_mutex_lock(&g_iobuf.lock);
	/* Before the first channel there is nothing to visit, and the sums are 0. */
	is_there =
		g_iobuf.state == IOBUF_OPEN || (g_iobuf.state == IOBUF_CLOSED && g_iobuf.is_armed);
	if (is_there) {
		gathering = gathering_create();
	}
	pthread_mutex_unlock(&g_iobuf.lock);
	if (!is_there) {
		SPDK_ERRLOG("spdk_iobuf_get_stats(): there are no buffer pools; call "
			    "spdk_iobuf_initialize() first.\n");
		return -ENODEV;
	}
	if (gathering != NULL) {
		gathering->cb_fn = cb_fn;
		gathering->cb_arg = cb_arg;
		round.ctx = gathering;
		if (thread_for_each_channel(&g_iobuf, &round) == 0) {
			return 0;
		}
		free(gathering);
	}
	SPDK_ERRLOG("spdk_iobuf_get_stats(): no memory for the counts.\n");
	return -ENOMEM;
}
