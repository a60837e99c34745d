/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where I/Os come from: a cache in each thread, filled from and emptied into one pool in batches.
 * The pool grows by slabs when it is asked, so that a program with few I/Os pays for few.
 *
 * P1  A thread owns RESERVED I/Os at least, and as many as there are ranks in it, whatever the
 *     others use: one that waits has some of its own under way, is served when they end, and needs
 *     no word from elsewhere.
 * P2  Beyond that, all threads together own opts.bdev_io_pool_size at most.
 * P3  A thread has at most opts.bdev_io_cache_size free ones, and at least a batch.
 * P4  An I/O of rank n is taken only if n more are left, and n is higher than the rank of any that
 *     it will wait for. So those of lower ranks never wait for those of higher ones: of all that
 *     wait, the lowest rank is served when what is under way below it ends, and they cannot all
 *     wait for one another. Buffers have the same order: reserve.c.
 */
#include "bdev_internal.h"
#include "io/bdev_wait.h"
#include "spdk/env.h"
#include "spdk/log.h"

#define BATCH    32
#define RESERVED BATCH

/* Both together are what a slab begins with. */
struct slab {
	SLIST_ENTRY(slab) link;
	uint8_t pad[SPDK_CACHE_LINE_SIZE - sizeof(void *)];
};

struct pool {
	struct spdk_spinlock lock;
	size_t io_size;
	uint32_t cache_size;
	/* How many more may be owned in common; below 0 never. */
	uint32_t common;
	struct bdev_io_slist free_ios;
	SLIST_HEAD(, slab) slabs;
};

static struct pool g_pool;

int
bdev_io_pool_init(void)
{
	size_t size = sizeof(struct spdk_bdev_io) + g_bdev_manager.ctx_size;

	memset(&g_pool, 0, sizeof(g_pool));
	spdk_spin_init(&g_pool.lock);
	g_pool.io_size = SPDK_ALIGN_CEIL(size, SPDK_CACHE_LINE_SIZE);
	g_pool.cache_size = spdk_max(g_bdev_manager.opts.bdev_io_cache_size, BATCH);
	g_pool.common = g_bdev_manager.opts.bdev_io_pool_size;
	SLIST_INIT(&g_pool.free_ios);
	SLIST_INIT(&g_pool.slabs);
	return 0;
}

void
bdev_io_pool_fini(void)
{
	struct slab *slab;

	while ((slab = SLIST_FIRST(&g_pool.slabs)) != NULL) {
		SLIST_REMOVE_HEAD(&g_pool.slabs, link);
		spdk_free(slab);
	}
	spdk_spin_destroy(&g_pool.lock);
}

/* Of the machine's memory, not of a limit, is the -ENOMEM that this leads to. */
static void
add_slab(void)
{
	struct spdk_bdev_io *io;
	struct slab *slab;
	uint32_t i;

	slab = spdk_zmalloc(sizeof(*slab) + BATCH * g_pool.io_size, SPDK_CACHE_LINE_SIZE, NULL,
			    SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	if (slab == NULL) {
		return;
	}
	SLIST_INSERT_HEAD(&g_pool.slabs, slab, link);
	for (i = 0; i < BATCH; i++) {
		io = (struct spdk_bdev_io *)((uint8_t *)(slab + 1) + i * g_pool.io_size);
		SLIST_INSERT_HEAD(&g_pool.free_ios, io, internal.free_link);
	}
}

/* How many more the thread may own, by P1 and P2; taken off the common ones. */
static uint32_t
take_allowance(struct bdev_thread *thread)
{
	uint32_t own = thread->owned < thread->reserved ? thread->reserved - thread->owned : 0;
	uint32_t common = 0;

	own = spdk_min(own, BATCH);
	common = spdk_min(BATCH - own, g_pool.common);
	g_pool.common -= common;
	return own + common;
}

/* Gives back what the thread owned in common with others, when it owns `count` fewer. */
static void
return_allowance(struct bdev_thread *thread, uint32_t count)
{
	uint32_t beyond = thread->owned > thread->reserved ? thread->owned - thread->reserved : 0;

	thread->owned -= count;
	g_pool.common += spdk_min(beyond, count);
}

static void
refill(struct bdev_thread *thread)
{
	struct spdk_bdev_io *io;
	uint32_t allowed, i;

	spdk_spin_lock(&g_pool.lock);
	allowed = take_allowance(thread);
	thread->owned += allowed;
	for (i = 0; i < allowed; i++) {
		if (SLIST_EMPTY(&g_pool.free_ios)) {
			add_slab();
		}
		io = SLIST_FIRST(&g_pool.free_ios);
		if (io == NULL) {
			return_allowance(thread, allowed - i);
			break;
		}
		SLIST_REMOVE_HEAD(&g_pool.free_ios, internal.free_link);
		SLIST_INSERT_HEAD(&thread->free_ios, io, internal.free_link);
		thread->free_count++;
	}
	spdk_spin_unlock(&g_pool.lock);
}

static void
give_back(struct bdev_thread *thread, uint32_t count)
{
	struct spdk_bdev_io *io;
	uint32_t i;

	spdk_spin_lock(&g_pool.lock);
	for (i = 0; i < count; i++) {
		io = SLIST_FIRST(&thread->free_ios);
		SLIST_REMOVE_HEAD(&thread->free_ios, internal.free_link);
		SLIST_INSERT_HEAD(&g_pool.free_ios, io, internal.free_link);
	}
	thread->free_count -= count;
	return_allowance(thread, count);
	spdk_spin_unlock(&g_pool.lock);
}

int
bdev_thread_pool_init(struct bdev_thread *thread)
{
	int i;

	thread->owned = thread->free_count = 0;
	thread->reserved = RESERVED;
	SLIST_INIT(&thread->free_ios);
	for (i = 0; i < BDEV_IO_RANKS; i++) {
		TAILQ_INIT(&thread->waiters[i]);
	}
	refill(thread);
	if (thread->owned < RESERVED) {
		give_back(thread, thread->free_count);
		return -ENOMEM;
	}
	return 0;
}

/* Each rank needs one, or else the highest could never be taken. */
static int
reserve_ios(struct bdev_thread *thread, uint32_t count)
{
	uint32_t owned = thread->owned, common;

	spdk_spin_lock(&g_pool.lock);
	/* What was owned in common up to now is not any more. */
	common = spdk_min(owned, count) - spdk_min(owned, thread->reserved);
	g_pool.common += common;
	thread->reserved = count;
	spdk_spin_unlock(&g_pool.lock);
	while (thread->owned < count) {
		owned = thread->owned;
		refill(thread);
		if (thread->owned == owned) {
			return -ENOMEM;
		}
	}
	return 0;
}

int
bdev_thread_fit(struct bdev_thread *thread, uint32_t height)
{
	uint32_t ranks = bdev_io_rank(height) + 1;
	int rc = 0;

	assert(height < BDEV_HEIGHTS);
	if (ranks > thread->reserved) {
		rc = reserve_ios(thread, ranks);
	}
	thread->heights = spdk_max(thread->heights, height + 1);
	if (rc == 0 && thread->has_iobuf) {
		rc = bdev_reserve_fit(thread);
	}
	return rc;
}

void
bdev_thread_pool_fini(struct bdev_thread *thread)
{
	if (thread->free_count != thread->owned) {
		SPDK_ERRLOG("Thread %s gives up block devices with %u I/Os that were not freed by "
			    "spdk_bdev_free_io().\n",
			    spdk_thread_get_name(thread->thread),
			    thread->owned - thread->free_count);
	}
	give_back(thread, thread->free_count);
}

/* ---- One I/O ---- */

uint8_t
bdev_io_rank(uint32_t height)
{
	uint32_t rank = (height + 1) * BDEV_IO_RANKS_OF_DEVICE - 1;

	return (uint8_t)spdk_min(rank, BDEV_IO_RANKS - 1);
}

/* Until there are enough for that rank. */
static bool
refill_for(struct bdev_thread *thread, uint8_t rank)
{
	uint32_t owned;

	do {
		owned = thread->owned;
		refill(thread);
	} while (thread->free_count <= rank && thread->owned > owned);
	return thread->free_count > rank;
}

static inline struct spdk_bdev_io *
take(struct spdk_bdev_channel *ch, uint8_t rank)
{
	struct bdev_thread *thread = ch->thread;
	struct spdk_bdev_io *io;

	/* Those who wait are first. */
	if (spdk_unlikely(thread->free_count <= rank) &&
	    (thread->waiting > 0 || !refill_for(thread, rank))) {
		return NULL;
	}
	io = SLIST_FIRST(&thread->free_ios);
	SLIST_REMOVE_HEAD(&thread->free_ios, internal.free_link);
	thread->free_count--;
	io->internal.ch = ch;
	io->internal.state = BDEV_IO_NEW;
	io->internal.rank = rank;
	return io;
}

static uint8_t
child_rank(const struct spdk_bdev_io *parent)
{
	return parent->internal.rank > 0 ? parent->internal.rank - 1 : 0;
}

struct spdk_bdev_io *
bdev_io_get(struct spdk_bdev_channel *ch)
{
	return take(ch, ch->rank);
}

struct spdk_bdev_io *
bdev_io_get_child(struct spdk_bdev_io *parent)
{
	return take(parent->internal.ch, child_rank(parent));
}

/* ---- Those who wait ---- */

void
bdev_io_wait_for_child(struct spdk_bdev_io *parent, spdk_bdev_io_wait_cb cb_fn)
{
	struct spdk_bdev_io_wait_entry *entry = &parent->internal.waitq_entry;
	struct bdev_thread *thread = parent->internal.ch->thread;

	*entry = (struct spdk_bdev_io_wait_entry){
		.bdev = parent->bdev,
		.cb_fn = cb_fn,
		.cb_arg = parent,
	};
	TAILQ_INSERT_TAIL(&thread->waiters[child_rank(parent)], entry, link);
	thread->waiting++;
}

static void
wake(struct bdev_thread *thread, uint8_t rank, struct spdk_bdev_io_wait_entry *entry)
{
	TAILQ_REMOVE(&thread->waiters[rank], entry, link);
	thread->waiting--;
	entry->cb_fn(entry->cb_arg);
}

void
bdev_io_wake(struct spdk_bdev_io *parent)
{
	struct spdk_bdev_io_wait_entry *entry, *own = &parent->internal.waitq_entry;
	struct bdev_thread *thread = parent->internal.ch->thread;
	uint8_t rank = child_rank(parent);

	TAILQ_FOREACH (entry, &thread->waiters[rank], link) {
		if (entry == own) {
			wake(thread, rank, own);
			return;
		}
	}
}

int
spdk_bdev_queue_io_wait(struct spdk_bdev *bdev, struct spdk_io_channel *io_ch,
			struct spdk_bdev_io_wait_entry *entry)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(io_ch);
	struct bdev_thread *thread = ch->thread;

	if (bdev != entry->bdev) {
		SPDK_ERRLOG("The entry to wait for an I/O of bdev %s names another: set its "
			    "member 'bdev' before spdk_bdev_queue_io_wait().\n",
			    spdk_bdev_get_name(bdev));
		return -EINVAL;
	}
	if (thread->free_count > ch->rank) {
		SPDK_ERRLOG("There is a free I/O for bdev %s: wait for one after a submit function "
			    "returned -ENOMEM only.\n",
			    spdk_bdev_get_name(bdev));
		return -EINVAL;
	}
	if (entry->dep_unblock) {
		TAILQ_INSERT_HEAD(&thread->waiters[ch->rank], entry, link);
	} else {
		TAILQ_INSERT_TAIL(&thread->waiters[ch->rank], entry, link);
	}
	thread->waiting++;
	return 0;
}

/* ---- Those whose module waits ---- */

static void
go_on_below(void *arg)
{
	struct spdk_bdev_io *io = arg;

	io->internal.flags &= ~BDEV_IO_WAITS_BELOW;
	bdev_nomem_awaited(io->internal.ch->target);
	io->internal.below.cb_fn(io);
}

bool
bdev_io_wait_below(struct spdk_bdev_io *io, struct spdk_io_channel *base_ch,
		   spdk_bdev_io_wait_cb cb_fn)
{
	struct spdk_bdev_io_wait_entry *entry = &io->internal.waitq_entry;
	struct spdk_bdev_channel *base = bdev_channel_of(base_ch);

	assert(io->internal.state == BDEV_IO_SUBMITTED && base->thread == io->internal.ch->thread);
	if (base->thread->free_count > base->rank) {
		return false;
	}
	io->internal.below.cb_fn = cb_fn;
	io->internal.below.rank = base->rank;
	io->internal.flags |= BDEV_IO_WAITS_BELOW;
	*entry = (struct spdk_bdev_io_wait_entry){
		.bdev = base->bdev,
		.cb_fn = go_on_below,
		.cb_arg = io,
	};
	TAILQ_INSERT_TAIL(&base->thread->waiters[base->rank], entry, link);
	base->thread->waiting++;
	bdev_nomem_await(io->internal.ch->target);
	return true;
}

void
bdev_io_leave_below(struct spdk_bdev_io *io)
{
	struct bdev_thread *thread = io->internal.ch->thread;

	io->internal.flags &= ~BDEV_IO_WAITS_BELOW;
	bdev_nomem_awaited(io->internal.ch->target);
	TAILQ_REMOVE(&thread->waiters[io->internal.below.rank], &io->internal.waitq_entry, link);
	thread->waiting--;
}

/* ---- When one is free ---- */

/* The first that can be served, of the lowest rank. */
static bool
wake_one(struct bdev_thread *thread)
{
	uint32_t ranks = thread->heights * BDEV_IO_RANKS_OF_DEVICE, rank;

	ranks = spdk_min(ranks, thread->free_count);
	for (rank = 0; rank < ranks; rank++) {
		if (!TAILQ_EMPTY(&thread->waiters[rank])) {
			wake(thread, (uint8_t)rank, TAILQ_FIRST(&thread->waiters[rank]));
			return true;
		}
	}
	return false;
}

static void
wake_waiters(struct bdev_thread *thread)
{
	while (thread->waiting > 0 && wake_one(thread)) {
	}
}

void
spdk_bdev_free_io(struct spdk_bdev_io *io)
{
	struct bdev_thread *thread;

	if (spdk_unlikely(io->internal.state != BDEV_IO_DONE)) {
		SPDK_ERRLOG("spdk_bdev_free_io() of an I/O of bdev %s that %s.\n",
			    io->bdev != NULL ? spdk_bdev_get_name(io->bdev) : "?",
			    io->internal.state == BDEV_IO_FREE ? "is free already" :
								 "has not completed");
		return;
	}
	thread = io->internal.ch->thread;
	if (spdk_unlikely(io->internal.buf != NULL)) {
		bdev_io_put_buf(io);
	}
	io->internal.state = BDEV_IO_FREE;
	SLIST_INSERT_HEAD(&thread->free_ios, io, internal.free_link);
	thread->free_count++;
	if (spdk_unlikely(thread->waiting > 0)) {
		wake_waiters(thread);
	} else if (spdk_unlikely(thread->free_count > g_pool.cache_size + BATCH)) {
		give_back(thread, BATCH);
	}
}
