/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared pool of one size of buffers.
 *
 * A buffer of a pool is in exactly one place:
 *
 *   fresh    number >= pool->fresh    never handed out, its memory untouched
 *   used     in pool->ring            was handed out before (or was reserved and not needed)
 *   cached   in a channel             its list, or its share of fresh ones
 *   carried  in a message             to a thread that waits: waiters->delivered
 *   out      with whoever got it
 *
 * Used buffers are preferred to fresh ones, so that a program touches no more memory than it once
 * needed at the same time.
 *
 * Invariants
 *  1. A fresh buffer only ever leaves; what comes back goes into the ring. So once somebody waits,
 *     which happens only when fresh ones are used up, the ring is the only place to look.
 *  2. No buffer stays in the ring while a thread is listed as waiting: P1 and W1 below.
 *  3. Which thread gets it is decided under the lock, in the order in which they were listed.
 */
#include "runtime/thread/iobuf_internal.h"

#include "env/env_internal.h"
#include "spdk/log.h"

#define ALIGNMENT 4096

int
iobuf_pool_open(struct iobuf_pool *pool, uint64_t count, uint32_t bufsize)
{
	if (count > SIZE_MAX / bufsize) {
		SPDK_ERRLOG("iobuf: %" PRIu64 " %s buffers of %" PRIu32 " bytes are more than can "
			    "be addressed; lower %s_pool_count (spdk_iobuf_set_opts()).\n",
			    count, pool->name, bufsize, pool->name);
		return -ENOMEM;
	}
	pool->count = count;
	pool->bufsize = bufsize;
	pool->size = count * bufsize;
	/* Not zeroed: that would touch it all. */
	pool->base = spdk_malloc(pool->size, ALIGNMENT, NULL, SPDK_ENV_NUMA_ID_ANY,
				 SPDK_MALLOC_DMA | SPDK_MALLOC_SHARE);
	if (pool->base == NULL) {
		/* spdk_malloc() has explained, also that spdk_env_init() is needed. */
		SPDK_ERRLOG("iobuf: no memory for %" PRIu64 " %s buffers of %" PRIu32 " bytes; "
			    "when the environment is up, lower %s_pool_count "
			    "(spdk_iobuf_set_opts()).\n",
			    count, pool->name, bufsize, pool->name);
		return -ENOMEM;
	}
	pool->ring = spdk_ring_create(SPDK_RING_TYPE_MP_MC, count, SPDK_ENV_NUMA_ID_ANY);
	if (pool->ring == NULL) {
		SPDK_ERRLOG("iobuf: no memory for a ring of %" PRIu64 " %s buffers.\n", count,
			    pool->name);
		spdk_free(pool->base);
		pool->base = NULL;
		return -ENOMEM;
	}
	atomic_store_explicit(&pool->fresh, 0, memory_order_relaxed);
	atomic_store_explicit(&pool->waiting, 0, memory_order_relaxed);
	pthread_mutex_init(&pool->lock, NULL);
	TAILQ_INIT(&pool->waiting_threads);
	return 0;
}

void
iobuf_pool_close(struct iobuf_pool *pool)
{
	if (pool->base == NULL) {
		return;
	}
	assert(TAILQ_EMPTY(&pool->waiting_threads));
	pthread_mutex_destroy(&pool->lock);
	spdk_ring_free(pool->ring);
	spdk_free(pool->base);
	pool->ring = NULL;
	pool->base = NULL;
	pool->size = 0;
}

uint32_t
iobuf_pool_take_used(struct iobuf_pool *pool, void **bufs, uint32_t count)
{
	return spdk_ring_dequeue(pool->ring, bufs, count);
}

uint32_t
iobuf_pool_take_fresh(struct iobuf_pool *pool, uint32_t count, uint64_t *out_first)
{
	uint64_t first = atomic_load_explicit(&pool->fresh, memory_order_relaxed);
	uint64_t taken;

	/* Relaxed: a number is all that is handed over, the memory behind it was never written. */
	do {
		taken = spdk_min((uint64_t)count, pool->count - first);
		if (taken == 0) {
			return 0;
		}
	} while (!atomic_compare_exchange_weak_explicit(
		&pool->fresh, &first, first + taken, memory_order_relaxed, memory_order_relaxed));
	*out_first = first;
	return taken;
}

uint64_t
iobuf_pool_free_count(struct iobuf_pool *pool)
{
	return spdk_ring_count(pool->ring) + pool->count -
	       atomic_load_explicit(&pool->fresh, memory_order_relaxed);
}

static void
put_into_ring(struct iobuf_pool *pool, void *buf)
{
	/*
	 * The ring has room for all buffers. It refuses one only while another thread was
	 * interrupted in the middle of taking, which needs the CPU to go on.
	 */
	while (spdk_ring_enqueue(pool->ring, &buf, 1, NULL) != 1) {
		env_yield();
	}
}

/*
 * Sends buffers of the ring to the threads that wait. Sent under the lock: a thread that takes the
 * lock and finds itself not listed knows that its message is in its queue.
 */
static void
match(struct iobuf_pool *pool)
{
	struct iobuf_waiters *waiters;
	void *buf;

	while ((waiters = TAILQ_FIRST(&pool->waiting_threads)) != NULL &&
	       spdk_ring_dequeue(pool->ring, &buf, 1) == 1) {
		TAILQ_REMOVE(&pool->waiting_threads, waiters, link);
		waiters->is_listed = false;
		if (!iobuf_waiters_send(waiters, buf)) {
			/* Its thread left by force, and so did the entries: the next one gets it.
			 */
			iobuf_pool_uncount(pool);
			put_into_ring(pool, buf);
		}
	}
}

void
iobuf_pool_list(struct iobuf_pool *pool, struct iobuf_waiters *waiters)
{
	pthread_mutex_lock(&pool->lock);
	if (!waiters->is_listed) {
		/*
		 * W1: pairs with P1 in iobuf_pool_put(). Both are read-modify-writes of one word:
		 * either this one comes first and the putter sees a waiter, or it comes second and
		 * sees the buffer in the ring. A thread that waits on is counted, and adds 0.
		 */
		atomic_fetch_add_explicit(&pool->waiting, waiters->is_waiting ? 0 : 1,
					  memory_order_acq_rel);
		waiters->is_listed = true;
		TAILQ_INSERT_TAIL(&pool->waiting_threads, waiters, link);
		match(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	waiters->is_waiting = true;
}

bool
iobuf_pool_unlist(struct iobuf_pool *pool, struct iobuf_waiters *waiters)
{
	bool was_listed;

	pthread_mutex_lock(&pool->lock);
	was_listed = waiters->is_listed;
	if (was_listed) {
		TAILQ_REMOVE(&pool->waiting_threads, waiters, link);
		waiters->is_listed = false;
		iobuf_pool_uncount(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return was_listed;
}

void
iobuf_pool_uncount(struct iobuf_pool *pool)
{
	/* Relaxed: who still sees the old number looks under the lock and finds nobody. */
	atomic_fetch_sub_explicit(&pool->waiting, 1, memory_order_relaxed);
}

void
iobuf_pool_put(struct iobuf_pool *pool, void *buf)
{
	put_into_ring(pool, buf);
	/* P1: pairs with W1 in iobuf_pool_list(). */
	if (atomic_fetch_add_explicit(&pool->waiting, 0, memory_order_acq_rel) > 0) {
		pthread_mutex_lock(&pool->lock);
		match(pool);
		pthread_mutex_unlock(&pool->lock);
	}
}
