/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of iobuf share. The picture is at the top of iobuf.c.
 */
#ifndef SPINDLE_IOBUF_INTERNAL_H
#define SPINDLE_IOBUF_INTERNAL_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#include <stdatomic.h>

enum iobuf_size {
	IOBUF_SMALL,
	IOBUF_LARGE,
	IOBUF_SIZE_COUNT,
};

enum iobuf_state {
	IOBUF_CLOSED,
	IOBUF_OPEN,
	IOBUF_CLOSING, /* spdk_iobuf_finish() waits for the last channel */
};

/* The waiting entries of one thread, for one size. A part of struct iobuf_thread. */
struct iobuf_waiters {
	/* First, so that the queue that a channel points to leads here. */
	spdk_iobuf_entry_stailq_t queue;
	struct iobuf_pool *pool;
	struct iobuf_thread *owner;

	/* The thread's own. */
	spdk_iobuf_buffer_stailq_t returned; /* while is_serving: what callbacks gave back */
	uint32_t local_turns;
	bool is_serving;
	bool is_waiting; /* counted in pool->waiting */

	/* pool->lock. */
	bool is_listed;
	TAILQ_ENTRY(iobuf_waiters) link;

	/* By the message that carries a buffer here. */
	void *delivered;
};
SPDK_STATIC_ASSERT(offsetof(struct iobuf_waiters, queue) == 0, "a queue leads to its waiters");

TAILQ_HEAD(iobuf_waiters_list, iobuf_waiters);

/* All buffers of one size. */
struct iobuf_pool {
	/* Constant while the pool is open. */
	const char *name;
	char *base;
	uint64_t count;
	uint64_t size; /* of all buffers together, bytes */
	uint32_t bufsize;
	struct spdk_ring *ring;

	/* Buffers from this number on were never handed out; their memory is untouched. */
	_Atomic uint64_t fresh __attribute__((aligned(64)));

	/* Threads with is_waiting. Changed under `lock`, read by whoever puts. */
	_Atomic uint32_t waiting __attribute__((aligned(64)));
	/* Taken only when a pool runs dry. Innermost but for sending a message. */
	pthread_mutex_t lock;
	struct iobuf_waiters_list waiting_threads;
};

/* Someone who registered. */
struct iobuf_module {
	TAILQ_ENTRY(iobuf_module) link;
	uint32_t refs; /* channels, and 1 for being registered; g_iobuf.lock */
	/* Handed out and not given back, of channels that are closed. */
	_Atomic int64_t out[IOBUF_SIZE_COUNT];
	char name[];
};

/* What a channel has of one size and the public struct has no field for. */
struct iobuf_share {
	/* Untouched buffers that belong to the cache; counted in its cache_count. */
	uint64_t fresh_first;
	uint32_t fresh_count;
	/* Handed out less given back. Negative when buffers of another channel come back here. */
	int64_t out;
};

/* One channel. The 'module' pointer of struct spdk_iobuf_channel and of its entries leads here. */
struct iobuf_user {
	struct spdk_thread *thread; /* NULL: it left by force, and the channel is still open */
	struct iobuf_share share[IOBUF_SIZE_COUNT];
	struct spdk_iobuf_channel *channel;
	struct iobuf_thread *owner; /* NULL: the same */
	struct iobuf_module *module;
	TAILQ_ENTRY(iobuf_user) link;
};

/* The context of the I/O channel that each thread has to g_iobuf. */
struct iobuf_thread {
	struct iobuf_waiters waiters[IOBUF_SIZE_COUNT];
	TAILQ_HEAD(, iobuf_user) users;
};

struct iobuf {
	/* Guards `state`, `opts` and the modules. Outermost. */
	pthread_mutex_t lock;
	enum iobuf_state state;
	bool is_armed;
	bool is_initialized; /* the pools were asked for by the program itself */
	struct spdk_iobuf_opts opts;
	TAILQ_HEAD(, iobuf_module) modules;
	uint32_t module_count;
	spdk_iobuf_finish_cb finish_cb;
	void *finish_arg;
	spdk_iobuf_finish_cb disarm_cb; /* after that; NULL: nobody waits */
	void *disarm_arg;
	struct iobuf_pool pools[IOBUF_SIZE_COUNT];
};
extern struct iobuf g_iobuf;

static inline struct iobuf_waiters *
iobuf_waiters_of(const struct spdk_iobuf_pool_cache *cache)
{
	return SPDK_CONTAINEROF(cache->queue, struct iobuf_waiters, queue);
}

static inline struct spdk_iobuf_pool_cache *
iobuf_cache_of(struct spdk_iobuf_channel *ch, enum iobuf_size size)
{
	return size == IOBUF_SMALL ? &ch->cache[0].small : &ch->cache[0].large;
}

/* iobuf.c: makes the pools. The caller holds g_iobuf.lock. 0, or -ENOMEM, explained. */
int iobuf_open(void);

/* iobuf_pool.c */
/* 0 or -ENOMEM, explained. */
int iobuf_pool_open(struct iobuf_pool *pool, uint64_t count, uint32_t bufsize);
void iobuf_pool_close(struct iobuf_pool *pool);
/* Up to `count` buffers that were in use before; returns how many. */
uint32_t iobuf_pool_take_used(struct iobuf_pool *pool, void **bufs, uint32_t count);
/* Up to `count` untouched buffers, all in a row from *out_first; returns how many. */
uint32_t iobuf_pool_take_fresh(struct iobuf_pool *pool, uint32_t count, uint64_t *out_first);
/* Gives a buffer back, to a thread that waits if there is one. Any OS thread. */
void iobuf_pool_put(struct iobuf_pool *pool, void *buf);
/* The thread of `waiters` wants a buffer: one will be sent, see iobuf_waiters_send(). */
void iobuf_pool_list(struct iobuf_pool *pool, struct iobuf_waiters *waiters);
/* Takes that back, and true; false: a buffer is on its way. */
bool iobuf_pool_unlist(struct iobuf_pool *pool, struct iobuf_waiters *waiters);
/* One thread less with is_waiting. */
void iobuf_pool_uncount(struct iobuf_pool *pool);
/* How many are in the pool; exact only while nobody takes or puts. */
uint64_t iobuf_pool_free_count(struct iobuf_pool *pool);

static inline void *
iobuf_pool_at(const struct iobuf_pool *pool, uint64_t index)
{
	return pool->base + index * pool->bufsize;
}

static inline bool
iobuf_pool_has(const struct iobuf_pool *pool, const void *buf)
{
	return (uintptr_t)buf - (uintptr_t)pool->base < pool->size;
}

static inline uint32_t
iobuf_pool_waiting(struct iobuf_pool *pool)
{
	/* Relaxed: who must not miss a waiter looks again in iobuf_pool_put(). */
	return atomic_load_explicit(&pool->waiting, memory_order_relaxed);
}

/* iobuf_wait.c: all on the thread of the waiters, but for iobuf_waiters_send(). */
void iobuf_waiters_open(struct iobuf_waiters *waiters, struct iobuf_thread *owner,
			struct iobuf_pool *pool);
/* For a thread that leaves by force, entries and all. */
void iobuf_waiters_close(struct iobuf_waiters *waiters);
/* To be called when the queue became empty or got its first entry. */
void iobuf_waiters_settle(struct iobuf_waiters *waiters);
/* Gives `buf` to the oldest entry; the queue is not empty. */
void iobuf_waiters_put(struct iobuf_waiters *waiters, void *buf);
/* Whether `entry` was in the queue; it is not any more. */
bool iobuf_waiters_remove(struct iobuf_waiters *waiters, struct spdk_iobuf_entry *entry);
/* Sends a buffer to the thread of the waiters; false: it has exited. Any OS thread. */
bool iobuf_waiters_send(struct iobuf_waiters *waiters, void *buf);

/* iobuf_channel.c: the thread leaves by force and the channel is still open. */
void iobuf_user_orphan(struct iobuf_user *user);

/* iobuf_module.c: the caller holds g_iobuf.lock. */
struct iobuf_module *iobuf_module_find(const char *name);
void iobuf_module_put(struct iobuf_module *module);
void iobuf_module_forget_all(void);

#endif
