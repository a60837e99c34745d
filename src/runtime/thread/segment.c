/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Allocation of message segments, in three steps:
 *
 *   cache   of each OS thread: up to CACHE_MAX free segments, no lock
 *   depot   whole handfuls (magazines) of HANDFUL segments, one lock for every HANDFUL of them; a
 *           stream of messages from one OS thread to another goes round through here
 *   slabs   256 KiB of address space each; a slab that is wholly free goes back to the kernel
 *
 * Invariants
 *  1. A cache names its free segments in an array, and a magazine is one segment that names the
 *     others: free segments are not touched, so their lines stay where they are until a sender
 *     has use for them.
 *  2. A slab is on the list of slabs with room exactly when it has a free segment of its own or one
 *     that was never handed out.
 *
 * Rejected: malloc() of each segment. It frees across threads at five times the price, and does not
 * give memory back after a flood.
 */
#include "runtime/thread/segment.h"
#include "env/env_internal.h"
#include "env/prefetch.h"
#include "spdk/likely.h"
#include "spdk/queue.h"
#include "spdk/util.h"

#define HANDFUL       32
#define CACHE_MAX     (2 * HANDFUL)
#define DEPOT_MIN     4 /* magazines, of 8 KiB each */
#define DEPOT_MAX     64
#define SLAB_SIZE     (256 * 1024)
#define SLAB_SEGMENTS (SLAB_SIZE / SEGMENT_SIZE)
#define SLABS_KEPT    1

/* Lies in the place of the slab's first segment. */
struct slab {
	struct segment *free;
	uint32_t free_count; /* on the list above */
	uint32_t fresh;      /* index of the first that was never handed out */
	TAILQ_ENTRY(slab) link;
};
SPDK_STATIC_ASSERT(sizeof(struct slab) <= SEGMENT_SIZE, "the header takes one segment's place");

/* Lies in one of its segments. */
struct magazine {
	struct magazine *next;
	struct segment *others[HANDFUL - 1];
};
SPDK_STATIC_ASSERT(sizeof(struct magazine) <= SEGMENT_SIZE, "a magazine lies in a segment");

static struct {
	pthread_mutex_t lock;
	struct magazine *magazines;
	uint32_t magazine_count;
	TAILQ_HEAD(, slab) with_room;
	uint32_t slab_count;
	uint32_t empty_count;
	/* Segments that have left the slabs. */
	size_t out;
} g_depot = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.with_room = TAILQ_HEAD_INITIALIZER(g_depot.with_room),
};

struct cache {
	struct segment *free[CACHE_MAX];
	uint32_t count;
	bool has_destructor;
};

static __thread struct cache t_cache;
static pthread_key_t g_cache_key;
static pthread_once_t g_cache_key_once = PTHREAD_ONCE_INIT;

static struct slab *
slab_of(struct segment *segment)
{
	return (struct slab *)((uintptr_t)segment & ~(uintptr_t)(SLAB_SIZE - 1));
}

static bool
slab_is_empty(const struct slab *slab)
{
	return slab->free_count + 1 == slab->fresh;
}

static struct slab *
slab_create(void)
{
	struct slab *slab = env_region_reserve(SLAB_SIZE, SLAB_SIZE);

	if (slab != NULL) {
		slab->free = NULL;
		slab->free_count = 0;
		slab->fresh = 1;
		TAILQ_INSERT_HEAD(&g_depot.with_room, slab, link);
		g_depot.slab_count++;
		g_depot.empty_count++;
	}
	return slab;
}

static struct segment *
slab_get(void)
{
	struct slab *slab = TAILQ_FIRST(&g_depot.with_room);
	struct segment *segment;

	if (slab == NULL) {
		slab = slab_create();
		if (slab == NULL) {
			return NULL;
		}
	}
	if (slab_is_empty(slab)) {
		g_depot.empty_count--;
	}
	if (slab->free != NULL) {
		segment = slab->free;
		slab->free = load_relaxed(&segment->next);
		slab->free_count--;
	} else {
		segment = (struct segment *)slab + slab->fresh++;
	}
	if (slab->free == NULL && slab->fresh == SLAB_SEGMENTS) {
		TAILQ_REMOVE(&g_depot.with_room, slab, link);
	}
	g_depot.out++;
	return segment;
}

static void
slab_put(struct segment *segment)
{
	struct slab *slab = slab_of(segment);

	if (slab->free == NULL && slab->fresh == SLAB_SEGMENTS) {
		TAILQ_INSERT_TAIL(&g_depot.with_room, slab, link);
	}
	store_relaxed(&segment->next, slab->free);
	slab->free = segment;
	slab->free_count++;
	g_depot.out--;
	if (!slab_is_empty(slab)) {
		return;
	}
	if (g_depot.empty_count < SLABS_KEPT) {
		g_depot.empty_count++;
		return;
	}
	TAILQ_REMOVE(&g_depot.with_room, slab, link);
	g_depot.slab_count--;
	env_region_release(slab, SLAB_SIZE);
}

static void
slab_put_all(struct segment *const *segments, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		slab_put(segments[i]);
	}
}

static void
empty_cache(struct cache *cache)
{
	pthread_mutex_lock(&g_depot.lock);
	slab_put_all(cache->free, cache->count);
	pthread_mutex_unlock(&g_depot.lock);
	cache->count = 0;
}

static void
cache_destructor(void *arg)
{
	struct cache *cache = arg;

	cache->has_destructor = false;
	empty_cache(cache);
}

static void
make_cache_key(void)
{
	(void)pthread_key_create(&g_cache_key, cache_destructor);
}

/* An OS thread that ends gives its segments back. */
static void
arm_destructor(struct cache *cache)
{
	(void)pthread_once(&g_cache_key_once, make_cache_key);
	cache->has_destructor = pthread_setspecific(g_cache_key, cache) == 0;
}

static struct magazine *
pop_magazine(void)
{
	struct magazine *magazine = g_depot.magazines;

	g_depot.magazines = magazine->next;
	g_depot.magazine_count--;
	return magazine;
}

static bool
fill_cache(struct cache *cache)
{
	struct magazine *magazine;
	struct segment *segment;

	if (!cache->has_destructor) {
		arm_destructor(cache);
	}
	pthread_mutex_lock(&g_depot.lock);
	if (g_depot.magazines != NULL) {
		magazine = pop_magazine();
		memcpy(cache->free, magazine->others, sizeof(magazine->others));
		cache->free[HANDFUL - 1] = (struct segment *)magazine;
		cache->count = HANDFUL;
	} else {
		while (cache->count < HANDFUL && (segment = slab_get()) != NULL) {
			cache->free[cache->count++] = segment;
		}
	}
	pthread_mutex_unlock(&g_depot.lock);
	return cache->count != 0;
}

static void
pop_to_slabs(void)
{
	struct magazine *magazine = pop_magazine();

	slab_put_all(magazine->others, HANDFUL - 1);
	slab_put((struct segment *)magazine);
}

/* What the depot keeps follows what is in use: after a flood little stays, and pins few slabs. */
static uint32_t
depot_limit(void)
{
	size_t in_use = g_depot.out - (size_t)g_depot.magazine_count * HANDFUL;

	return (uint32_t)spdk_max(DEPOT_MIN, spdk_min(DEPOT_MAX, in_use / HANDFUL / 4));
}

/* The oldest go; what was freed last is still in the caches of this CPU. */
static void
spill_cache(struct cache *cache)
{
	struct magazine *magazine = (struct magazine *)cache->free[HANDFUL - 1];
	uint32_t i;

	memcpy(magazine->others, cache->free, sizeof(magazine->others));
	cache->count -= HANDFUL;
	memmove(cache->free, cache->free + HANDFUL, cache->count * sizeof(cache->free[0]));

	pthread_mutex_lock(&g_depot.lock);
	magazine->next = g_depot.magazines;
	g_depot.magazines = magazine;
	g_depot.magazine_count++;
	/* Two at the most, so that no single message pays for the end of a flood. */
	for (i = 0; i < 2 && g_depot.magazine_count > depot_limit(); i++) {
		pop_to_slabs();
	}
	pthread_mutex_unlock(&g_depot.lock);
}

/*
 * A segment comes from the CPU that has read it last. Its lines are on their way while the one
 * before it is filled.
 */
static void
prefetch_segment(const struct segment *segment)
{
	for (size_t offset = 0; offset < SEGMENT_SIZE; offset += SPDK_CACHE_LINE_SIZE) {
		env_prefetch_to_write((const char *)segment + offset);
	}
}

struct segment *
segment_alloc(void)
{
	struct cache *cache = &t_cache;
	struct segment *segment;

	if (cache->count == 0 && !fill_cache(cache)) {
		return NULL;
	}
	segment = cache->free[--cache->count];
	if (cache->count != 0) {
		prefetch_segment(cache->free[cache->count - 1]);
	}
	/* Nobody else knows of it yet; the claim of its first slot publishes this (M3). */
	memset((void *)segment, 0, sizeof(*segment));
	return segment;
}

void
segment_free(struct segment *segment)
{
	struct cache *cache = &t_cache;

	/* Also of an OS thread that only ever receives. */
	if (spdk_unlikely(!cache->has_destructor)) {
		arm_destructor(cache);
	}
	cache->free[cache->count++] = segment;
	if (cache->count == CACHE_MAX) {
		spill_cache(cache);
	}
}

void
segment_trim(void)
{
	empty_cache(&t_cache);
	pthread_mutex_lock(&g_depot.lock);
	while (g_depot.magazines != NULL) {
		pop_to_slabs();
	}
	pthread_mutex_unlock(&g_depot.lock);
}

size_t
segment_count_in_use(void)
{
	size_t count;

	pthread_mutex_lock(&g_depot.lock);
	count = g_depot.out - (size_t)g_depot.magazine_count * HANDFUL;
	pthread_mutex_unlock(&g_depot.lock);
	return count - t_cache.count;
}
