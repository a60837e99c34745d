/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making, finding, walking and destroying memory pools; mempool.c moves their elements. The lock
 * guards the list of pools only, and is taken before that of the heap.
 */
#include "env/posix/mempool.h"

#include "env/posix/memory.h"
#include "env/posix/pages.h"
#include "env/posix/vtophys.h"
#include "spdk/log.h"

#define CACHE_LINE     64
#define CACHE_SIZE_MAX 512
/* A shift that leaves nothing: all offsets and numbers are in chunk 0. */
#define SINGLE_CHUNK 63

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, spdk_mempool) pools = TAILQ_HEAD_INITIALIZER(pools);

/* The inverse of an odd number modulo 2^64: each step of Newton's doubles the bits that are right.
 */
static uint64_t
invert(uint64_t odd)
{
	uint64_t inverse = odd;
	int i;

	for (i = 0; i < 5; i++) {
		inverse *= 2 - odd * inverse;
	}
	return inverse;
}

/* The shape of the pool and the bytes it needs. False: the numbers do not suffice. */
static bool
lay_out(struct spdk_mempool *mp, size_t count, size_t ele_size)
{
	size_t stride = (ele_size + CACHE_LINE - 1) & ~((size_t)CACHE_LINE - 1), chunks;

	if (count >= MEMPOOL_STACK_MAX / 2 || stride < ele_size || stride > SIZE_MAX / 2 / count) {
		return false;
	}
	mp->count = count;
	mp->stride = stride;
	mp->stride_shift = __builtin_ctzll(stride);
	mp->stride_inverse = invert(stride >> mp->stride_shift);
	mp->size = count * stride;
	mp->chunk_shift = SINGLE_CHUNK;
	mp->slot_shift = SINGLE_CHUNK;
	mp->chunk_count = count;
	if (mp->size > PAGES_ALIGN && stride <= PAGES_ALIGN) {
		mp->chunk_shift = PAGES_ALIGN_SHIFT;
		mp->chunk_count = PAGES_ALIGN / stride;
		mp->slot_shift = 0;
		while ((1U << mp->slot_shift) < mp->chunk_count) {
			mp->slot_shift++;
		}
		chunks = (count - 1) / mp->chunk_count;
		mp->size = chunks * PAGES_ALIGN + (count - chunks * mp->chunk_count) * stride;
	}
	return true;
}

/* The number of the element at `index` in the order of addresses. */
static uint32_t
number_at(const struct spdk_mempool *mp, uint32_t index)
{
	if (mp->chunk_shift == SINGLE_CHUNK) {
		return index;
	}
	return (index / mp->chunk_count) << mp->slot_shift | index % mp->chunk_count;
}

static size_t
element_align(const struct spdk_mempool *mp)
{
	size_t align = CACHE_LINE;

	/* A small pool does not cross a huge page either, where that matters. */
	if (mp->chunk_shift != SINGLE_CHUNK) {
		return PAGES_ALIGN;
	}
	while (vtophys_is_known() && align < mp->size && align < PAGES_ALIGN) {
		align *= 2;
	}
	return align;
}

static void
free_caches(struct spdk_mempool *mp)
{
	uint32_t core;

	for (core = 0; core < mp->cache_count; core++) {
		free(mp->caches[core]);
	}
	free(mp->caches);
}

static struct mempool_cache *
make_cache(uint32_t size)
{
	size_t bytes = offsetof(struct mempool_cache, numbers) +
		       mempool_cache_space(size) * sizeof(uint32_t);
	void *addr;

	/* Whole cache lines, so that cores do not share any. */
	bytes = (bytes + CACHE_LINE - 1) & ~((size_t)CACHE_LINE - 1);
	if (posix_memalign(&addr, CACHE_LINE, bytes) != 0) {
		return NULL;
	}
	memset(addr, 0, bytes);
	((struct mempool_cache *)addr)->size = size;
	return addr;
}

static int
make_caches(struct spdk_mempool *mp, size_t cache_size)
{
	uint32_t cores = spdk_env_get_core_count(), core;

	if (cache_size == SPDK_MEMPOOL_DEFAULT_CACHE_SIZE) {
		cache_size = mp->count / 2 / (cores > 0 ? cores : 1);
	}
	cache_size = cache_size < CACHE_SIZE_MAX ? cache_size : CACHE_SIZE_MAX;
	cache_size = cache_size < mp->count ? cache_size : mp->count;
	if (cache_size == 0 || cores == 0) {
		return 0;
	}
	mp->caches = calloc(spdk_env_get_last_core() + 1, sizeof(mp->caches[0]));
	if (mp->caches == NULL) {
		return -ENOMEM;
	}
	mp->cache_count = spdk_env_get_last_core() + 1;
	SPDK_ENV_FOREACH_CORE (core) {
		mp->caches[core] = make_cache(cache_size);
		if (mp->caches[core] == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

/* All elements, the one at the lowest address on top. */
static void
fill_stack(struct spdk_mempool *mp)
{
	uint32_t index;

	for (index = 0; index + 1 < mp->count; index++) {
		mempool_stack_link(mp->stack, number_at(mp, index), number_at(mp, index + 1));
	}
	mempool_stack_push(mp->stack, number_at(mp, 0), number_at(mp, mp->count - 1), mp->count);
}

static void
destroy(struct spdk_mempool *mp)
{
	mempool_stack_destroy(mp->stack);
	free_caches(mp);
	free(mp);
}

static struct spdk_mempool *
find_pool(const char *name)
{
	struct spdk_mempool *mp;

	TAILQ_FOREACH (mp, &pools, link) {
		if (strcmp(mp->name, name) == 0) {
			return mp;
		}
	}
	return NULL;
}

static bool
insert(struct spdk_mempool *mp, const char *caller)
{
	bool is_new;

	pthread_mutex_lock(&pool_lock);
	is_new = find_pool(mp->name) == NULL;
	if (is_new) {
		TAILQ_INSERT_TAIL(&pools, mp, link);
	}
	pthread_mutex_unlock(&pool_lock);
	if (!is_new) {
		SPDK_ERRLOG("%s(): there is a memory pool '%s' already; free it first, or look "
			    "it up.\n",
			    caller, mp->name);
	}
	return is_new;
}

static bool
are_arguments_valid(const char *name, size_t count, size_t ele_size, const char *caller)
{
	if (!memory_check_up(caller) ||
	    !memory_check_name(name, SPDK_MAX_MEMPOOL_NAME_LEN, caller)) {
		return false;
	}
	if (count == 0 || ele_size == 0) {
		SPDK_ERRLOG(
			"%s(): memory pool '%s' of %zu elements of %zu bytes: both must be more "
			"than 0.\n",
			caller, name, count, ele_size);
		return false;
	}
	return true;
}

static struct spdk_mempool *
create(const char *name, size_t count, size_t ele_size, size_t cache_size, int numa_id)
{
	struct spdk_mempool *mp = calloc(1, sizeof(*mp));

	if (mp == NULL) {
		goto explain;
	}
	memcpy(mp->name, name, strlen(name) + 1);
	if (!lay_out(mp, count, ele_size) || make_caches(mp, cache_size) != 0) {
		goto destroy;
	}
	mp->stack = mempool_stack_create(number_at(mp, mp->count - 1) + 1);
	if (mp->stack == NULL) {
		goto destroy;
	}
	mp->elements =
		memory_alloc(mp->size, element_align(mp), numa_id, false, "spdk_mempool_create");
	if (mp->elements == NULL) {
		goto destroy;
	}
	fill_stack(mp);
	return mp;

destroy:
	destroy(mp);
explain:
	SPDK_ERRLOG("No memory for the pool '%s' of %zu elements of %zu bytes.\n", name, count,
		    ele_size);
	return NULL;
}

struct spdk_mempool *
spdk_mempool_create_ctor(const char *name, size_t count, size_t ele_size, size_t cache_size,
			 int numa_id, spdk_mempool_obj_cb_t *obj_init, void *obj_init_arg)
{
	struct spdk_mempool *mp;

	if (!are_arguments_valid(name, count, ele_size, "spdk_mempool_create")) {
		return NULL;
	}
	mp = create(name, count, ele_size, cache_size, numa_id);
	if (mp == NULL) {
		return NULL;
	}
	if (obj_init != NULL) {
		spdk_mempool_obj_iter(mp, obj_init, obj_init_arg);
	}
	/* Last, because from here on others may find it. */
	if (!insert(mp, "spdk_mempool_create")) {
		memory_free(mp->elements, "spdk_mempool_create");
		destroy(mp);
		return NULL;
	}
	return mp;
}

struct spdk_mempool *
spdk_mempool_create(const char *name, size_t count, size_t ele_size, size_t cache_size, int numa_id)
{
	return spdk_mempool_create_ctor(name, count, ele_size, cache_size, numa_id, NULL, NULL);
}

/* Whether it was there: a pool that was freed already is not looked into. */
static bool
remove_pool(struct spdk_mempool *mp)
{
	struct spdk_mempool *other;

	pthread_mutex_lock(&pool_lock);
	TAILQ_FOREACH (other, &pools, link) {
		if (other == mp) {
			TAILQ_REMOVE(&pools, mp, link);
			break;
		}
	}
	pthread_mutex_unlock(&pool_lock);
	return other != NULL;
}

void
spdk_mempool_free(struct spdk_mempool *mp)
{
	size_t out;

	if (mp == NULL || !memory_check_up(__func__)) {
		return;
	}
	if (!remove_pool(mp)) {
		SPDK_ERRLOG("%s(%p): there is no such memory pool; it was freed before.\n",
			    __func__, (void *)mp);
		return;
	}
	out = mp->count - spdk_mempool_count(mp);
	if (out > 0) {
		SPDK_WARNLOG("The memory pool '%s' is freed while %zu of its %u elements are in "
			     "use.\n",
			     mp->name, out, mp->count);
	}
	memory_free(mp->elements, __func__);
	destroy(mp);
}

char *
spdk_mempool_get_name(struct spdk_mempool *mp)
{
	return mp->name;
}

struct spdk_mempool *
spdk_mempool_lookup(const char *name)
{
	struct spdk_mempool *mp;

	if (!memory_check_up(__func__) ||
	    !memory_check_name(name, SPDK_MAX_MEMPOOL_NAME_LEN, __func__)) {
		return NULL;
	}
	pthread_mutex_lock(&pool_lock);
	mp = find_pool(name);
	pthread_mutex_unlock(&pool_lock);
	return mp;
}

uint32_t
spdk_mempool_obj_iter(struct spdk_mempool *mp, spdk_mempool_obj_cb_t obj_cb, void *obj_cb_arg)
{
	uint32_t index;

	for (index = 0; index < mp->count; index++) {
		obj_cb(mp, obj_cb_arg, mempool_element(mp, number_at(mp, index)), index);
	}
	return mp->count;
}

uint32_t
spdk_mempool_mem_iter(struct spdk_mempool *mp, spdk_mempool_mem_cb_t mem_cb, void *mem_cb_arg)
{
	uint32_t index = 0;
	uint64_t length, phys;
	size_t offset;

	for (offset = 0; offset < mp->size; offset += length) {
		length = mp->size - offset;
		/* Left as it is where the address is not known: the pool is one piece then. */
		phys = spdk_vtophys(mp->elements + offset, &length);
		mem_cb(mp, mem_cb_arg, mp->elements + offset, phys, length, index++);
	}
	return index;
}

size_t
mempool_forget_all(void)
{
	struct spdk_mempool *mp;
	size_t count = 0;

	pthread_mutex_lock(&pool_lock);
	while ((mp = TAILQ_FIRST(&pools)) != NULL) {
		TAILQ_REMOVE(&pools, mp, link);
		destroy(mp);
		count++;
	}
	pthread_mutex_unlock(&pool_lock);
	return count;
}
