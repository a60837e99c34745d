/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The allocator behind spdk_malloc(), see heap.h.
 *
 * 1. One lock for everything here and in heap_arena.c and pages.c. Allocating is control path; what
 *    the data path needs comes from pools. The lock is held while mem maps are told of an arena, so
 *    it is taken before theirs. A program's log function may allocate; so what is logged under the
 *    lock, here or below, is held until it is free (base/log_hold.h).
 * 2. A block is in a bin of its node if it is free, in the table of live blocks otherwise.
 * 3. An arena without live blocks goes back to the kernel, but for one of the smallest size, so
 *    that a program that allocates and frees one buffer in turn does not wake the kernel each time.
 */
#include "env/posix/heap.h"

#include "base/log_hold.h"
#include "env/posix/heap_arena.h"
#include "spdk/log.h"

#define TABLE_SIZE_MIN 64

struct heap_node {
	int numa_id;
	struct heap_bins bins;
};

static struct {
	bool is_up;
	bool enforce_numa;
	struct heap_node *nodes;
	size_t node_count;
	/* The table of live blocks, by address. table_size is a power of two. */
	struct heap_block_list *table;
	size_t table_size;
	struct heap_usage usage;
	/* An arena without live blocks that is kept for the next allocation. */
	struct heap_arena *spare;
} heap;

static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;

/* For whatever may log. */
static void
lock_heap(struct log_held *held)
{
	log_hold(held);
	pthread_mutex_lock(&heap_lock);
}

static void
unlock_heap(struct log_held *held)
{
	pthread_mutex_unlock(&heap_lock);
	log_release(held);
}

static struct heap_block_list *
table_slot(struct heap_block_list *table, size_t table_size, uintptr_t start)
{
	/* Multiplying by an odd number and taking high bits spreads the regular addresses. */
	uint64_t hash = (uint64_t)(start / HEAP_GRAIN) * 0x9E3779B97F4A7C15ULL;

	return &table[(hash >> 32) & (table_size - 1)];
}

static struct heap_block *
table_find(uintptr_t start)
{
	struct heap_block *block;

	LIST_FOREACH (block, table_slot(heap.table, heap.table_size, start), link) {
		if (block->start == start) {
			return block;
		}
	}
	return NULL;
}

/* Without memory for a larger table, the lists of the present one grow longer. */
static void
table_grow(void)
{
	size_t size = heap.table_size * 2, i;
	struct heap_block_list *table = calloc(size, sizeof(*table));
	struct heap_block *block;

	if (table == NULL) {
		return;
	}
	for (i = 0; i < heap.table_size; i++) {
		while ((block = LIST_FIRST(&heap.table[i])) != NULL) {
			LIST_REMOVE(block, link);
			LIST_INSERT_HEAD(table_slot(table, size, block->start), block, link);
		}
	}
	free(heap.table);
	heap.table = table;
	heap.table_size = size;
}

static void
table_insert(struct heap_block *block)
{
	if (heap.usage.count >= heap.table_size) {
		table_grow();
	}
	LIST_INSERT_HEAD(table_slot(heap.table, heap.table_size, block->start), block, link);
	heap.usage.count++;
	heap.usage.size += block->size;
}

static void
table_remove(struct heap_block *block)
{
	LIST_REMOVE(block, link);
	heap.usage.count--;
	heap.usage.size -= block->size;
}

static struct heap_node *
node_of(int numa_id)
{
	size_t i;

	for (i = 0; i < heap.node_count; i++) {
		if (heap.nodes[i].numa_id == numa_id) {
			return &heap.nodes[i];
		}
	}
	return NULL;
}

static struct heap_bins *
bins_of(const struct heap_block *block)
{
	return &node_of(block->arena->numa_id)->bins;
}

/* A new free block in the same arena, not linked yet. */
static struct heap_block *
make_block(const struct heap_block *model, uintptr_t start, size_t size)
{
	struct heap_block *block = calloc(1, sizeof(*block));

	if (block != NULL) {
		block->start = start;
		block->size = size;
		block->arena = model->arena;
		block->is_free = true;
		block->is_zero = model->is_zero;
	}
	return block;
}

/* Makes [start, start + size) of a free block live; what is before and behind stays free. */
static int
carve(struct heap_block *block, uintptr_t start, size_t size)
{
	struct heap_block_order *order = &block->arena->blocks;
	struct heap_block *before = NULL, *behind = NULL;
	size_t before_size = start - block->start;
	size_t behind_size = block->size - before_size - size;

	if (before_size > 0 && (before = make_block(block, block->start, before_size)) == NULL) {
		return -ENOMEM;
	}
	if (behind_size > 0 && (behind = make_block(block, start + size, behind_size)) == NULL) {
		free(before);
		return -ENOMEM;
	}
	heap_bins_remove(bins_of(block), block);
	block->start = start;
	block->size = size;
	block->is_free = false;
	if (before != NULL) {
		TAILQ_INSERT_BEFORE(block, before, neighbours);
		heap_bins_insert(bins_of(before), before);
	}
	if (behind != NULL) {
		TAILQ_INSERT_AFTER(order, block, behind, neighbours);
		heap_bins_insert(bins_of(behind), behind);
	}
	if (heap.spare == block->arena) {
		heap.spare = NULL;
	}
	table_insert(block);
	return 0;
}

static struct heap_block *
alloc_on(struct heap_node *node, size_t size, size_t align)
{
	struct heap_block *block = heap_bins_find(&node->bins, size, align);
	struct heap_arena *arena;
	int rc;

	if (block == NULL) {
		struct heap_place place = {
			.align = align, .numa_id = node->numa_id, .is_numa = heap.node_count > 1};

		rc = heap_arena_create(size, &place, &arena);
		if (rc != 0) {
			return NULL;
		}
		block = TAILQ_FIRST(&arena->blocks);
		heap_bins_insert(&node->bins, block);
	}
	rc = carve(block, (block->start + align - 1) & ~(align - 1), size);
	return rc == 0 ? block : NULL;
}

static struct heap_block *
alloc_locked(size_t size, size_t align, int numa_id)
{
	struct heap_node *first;
	struct heap_block *block;
	size_t i;

	first = node_of(numa_id == SPDK_ENV_NUMA_ID_ANY ?
				spdk_env_get_numa_id(spdk_env_get_current_core()) :
				numa_id);
	if (first == NULL) {
		first = &heap.nodes[0];
	}
	block = alloc_on(first, size, align);
	if (block != NULL || (heap.enforce_numa && numa_id != SPDK_ENV_NUMA_ID_ANY)) {
		return block;
	}
	for (i = 0; i < heap.node_count && block == NULL; i++) {
		if (&heap.nodes[i] != first) {
			block = alloc_on(&heap.nodes[i], size, align);
		}
	}
	return block;
}

static void
give_notice(void)
{
	SPDK_NOTICELOG(
		"This machine has huge pages, but not enough of them are free for us (in use "
		"by others, or denied by a limit). Ordinary pages are used.\n");
}

static void
explain_not_up(const char *caller)
{
	SPDK_ERRLOG(
		"%s(): the environment is not up, so there is no memory. Call spdk_env_init() or "
		"spdk_app_start() first; spdk_env_fini() ends it.\n",
		caller);
}

void *
heap_alloc(size_t size, size_t align, int numa_id, bool *out_is_zero, const char *caller)
{
	struct log_held held;
	size_t rounded = (size + HEAP_GRAIN - 1) & ~((size_t)HEAP_GRAIN - 1);
	struct heap_block *block = NULL;
	bool is_up, is_notice_due = false;
	uintptr_t start = 0;

	assert(size > 0 && align >= HEAP_GRAIN && (align & (align - 1)) == 0);
	lock_heap(&held);
	/* Nodes and kinds of pages are tried in turn. */
	held.is_once = true;
	is_up = heap.is_up;
	if (is_up && rounded >= size && align <= SIZE_MAX / 4) {
		block = alloc_locked(rounded, align, numa_id);
		is_notice_due = heap_arena_take_notice();
	}
	if (block != NULL) {
		log_forget_errors(&held);
		*out_is_zero = block->is_zero;
		start = block->start;
	}
	unlock_heap(&held);

	if (is_notice_due) {
		give_notice();
	}
	if (!is_up) {
		explain_not_up(caller);
	} else if (start == 0) {
		SPDK_ERRLOG("%s(): no memory for %zu bytes aligned to %zu on NUMA node %d.\n",
			    caller, size, align, numa_id);
	}
	return (void *)start;
}

/* What lies at an address that no buffer starts at. */
struct heap_mistake {
	bool is_up;
	bool is_in_arena;
	uintptr_t live_start;
	size_t live_size;
};

static void
find_mistake(uintptr_t addr, struct heap_mistake *mistake)
{
	struct heap_arena *arena = heap_arena_find(addr);
	struct heap_block *block;

	*mistake = (struct heap_mistake){.is_up = heap.is_up, .is_in_arena = arena != NULL};
	if (arena == NULL) {
		return;
	}
	TAILQ_FOREACH (block, &arena->blocks, neighbours) {
		if (addr - block->start < block->size && !block->is_free) {
			mistake->live_start = block->start;
			mistake->live_size = block->size;
		}
	}
}

static void
explain_mistake(void *addr, const struct heap_mistake *mistake, const char *caller)
{
	if (!mistake->is_up) {
		explain_not_up(caller);
	} else if (!mistake->is_in_arena) {
		SPDK_ERRLOG(
			"%s(%p): not memory of spdk_malloc() and its like. Memory of malloc() goes "
			"to free().\n",
			caller, addr);
	} else if (mistake->live_size == 0) {
		SPDK_ERRLOG("%s(%p): no buffer is allocated there; it was freed before.\n", caller,
			    addr);
	} else {
		SPDK_ERRLOG("%s(%p): this lies %zu bytes behind the start of the buffer %p of %zu "
			    "bytes. Pass what spdk_malloc() returned.\n",
			    caller, addr, (size_t)((uintptr_t)addr - mistake->live_start),
			    (void *)mistake->live_start, mistake->live_size);
	}
}

/* `block` has just become free, and is in no list. Returns what it has become part of. */
static struct heap_block *
coalesce(struct heap_block *block)
{
	struct heap_block_order *order = &block->arena->blocks;
	struct heap_block *before = TAILQ_PREV(block, heap_block_order, neighbours);
	struct heap_block *behind = TAILQ_NEXT(block, neighbours);

	if (behind != NULL && behind->is_free) {
		heap_bins_remove(bins_of(behind), behind);
		TAILQ_REMOVE(order, behind, neighbours);
		block->size += behind->size;
		free(behind);
	}
	if (before != NULL && before->is_free) {
		heap_bins_remove(bins_of(before), before);
		TAILQ_REMOVE(order, block, neighbours);
		before->size += block->size;
		before->is_zero = false;
		free(block);
		block = before;
	}
	return block;
}

/* All of the arena is the one free block, which is in no bin. */
static void
retire_arena(struct heap_arena *arena, struct heap_block *block)
{
	if (arena->is_kept) {
		heap_bins_insert(bins_of(block), block);
	} else if (heap.spare == NULL && arena->run.size == PAGES_ALIGN) {
		heap_bins_insert(bins_of(block), block);
		heap.spare = arena;
	} else if (heap_arena_destroy(arena, false) != 0) {
		/* A mem map holds on to it; it serves again. */
		heap_bins_insert(bins_of(block), block);
	}
}

static void
free_locked(struct heap_block *block)
{
	struct heap_arena *arena = block->arena;

	table_remove(block);
	block->is_free = true;
	block->is_zero = false;
	block = coalesce(block);
	if (block->size == arena->run.size) {
		retire_arena(arena, block);
	} else {
		heap_bins_insert(bins_of(block), block);
	}
}

int
heap_free(void *addr, const char *caller)
{
	struct log_held held;
	struct heap_block *block;
	struct heap_mistake mistake;

	lock_heap(&held);
	block = heap.is_up ? table_find((uintptr_t)addr) : NULL;
	if (block != NULL) {
		free_locked(block);
	} else {
		find_mistake((uintptr_t)addr, &mistake);
	}
	unlock_heap(&held);

	if (block == NULL) {
		explain_mistake(addr, &mistake, caller);
		return -EINVAL;
	}
	return 0;
}

int
heap_find(void *addr, struct heap_buffer *out_buffer, const char *caller)
{
	struct heap_block *block;
	struct heap_mistake mistake;

	pthread_mutex_lock(&heap_lock);
	block = heap.is_up ? table_find((uintptr_t)addr) : NULL;
	if (block != NULL) {
		out_buffer->size = block->size;
		out_buffer->numa_id = block->arena->numa_id;
	} else {
		find_mistake((uintptr_t)addr, &mistake);
	}
	pthread_mutex_unlock(&heap_lock);

	if (block == NULL) {
		explain_mistake(addr, &mistake, caller);
		return -EINVAL;
	}
	return 0;
}

int
heap_get_file(const void *addr, int *out_fd, uint64_t *out_offset)
{
	struct heap_arena *arena;
	int rc = -EINVAL;

	pthread_mutex_lock(&heap_lock);
	arena = heap_arena_find((uintptr_t)addr);
	if (arena != NULL && arena->run.fd < 0) {
		rc = -ENOTSUP;
	} else if (arena != NULL) {
		*out_fd = arena->run.fd;
		*out_offset = arena->run.offset + ((uintptr_t)addr - (uintptr_t)arena->run.addr);
		rc = 0;
	}
	pthread_mutex_unlock(&heap_lock);
	return rc;
}

void
heap_get_usage(struct heap_usage *usage)
{
	pthread_mutex_lock(&heap_lock);
	*usage = heap.usage;
	pthread_mutex_unlock(&heap_lock);
}

bool
heap_is_up(void)
{
	bool is_up;

	pthread_mutex_lock(&heap_lock);
	is_up = heap.is_up;
	pthread_mutex_unlock(&heap_lock);
	return is_up;
}

static size_t
count_nodes(void)
{
	size_t count = 0;
	int32_t numa_id;

	SPDK_ENV_FOREACH_NUMA_ID(numa_id)
	{
		count++;
	}
	return count;
}

static int
make_nodes(void)
{
	size_t count = count_nodes();
	int32_t numa_id;

	heap.nodes = calloc(count > 0 ? count : 1, sizeof(*heap.nodes));
	heap.table = calloc(TABLE_SIZE_MIN, sizeof(*heap.table));
	if (heap.nodes == NULL || heap.table == NULL) {
		return -ENOMEM;
	}
	heap.table_size = TABLE_SIZE_MIN;
	SPDK_ENV_FOREACH_NUMA_ID(numa_id)
	{
		heap.nodes[heap.node_count++].numa_id = numa_id;
	}
	/* There is always one. */
	heap.node_count = count > 0 ? count : 1;
	return 0;
}

static void
free_nodes(void)
{
	free(heap.nodes);
	free(heap.table);
	memset(&heap, 0, sizeof(heap));
}

static int
init_locked(const struct spdk_env_opts *opts)
{
	struct heap_place place = {.align = PAGES_ALIGN};
	struct heap_arena *arena;
	int rc = make_nodes();

	if (rc != 0) {
		goto free_nodes;
	}
	rc = heap_arena_init(opts);
	if (rc != 0) {
		goto free_nodes;
	}
	place.numa_id = heap.nodes[0].numa_id;
	place.is_numa = heap.node_count > 1;
	rc = heap_arena_set_aside(opts, &place, &arena);
	if (rc != 0) {
		goto fini_arenas;
	}
	if (arena != NULL) {
		heap_bins_insert(&heap.nodes[0].bins, TAILQ_FIRST(&arena->blocks));
	}
	heap.enforce_numa = opts->enforce_numa;
	heap.is_up = true;
	return 0;

fini_arenas:
	heap_arena_fini();
free_nodes:
	free_nodes();
	return rc;
}

int
heap_init(const struct spdk_env_opts *opts)
{
	struct log_held held;
	bool is_notice_due;
	int rc;

	lock_heap(&held);
	assert(!heap.is_up);
	rc = init_locked(opts);
	is_notice_due = heap_arena_take_notice();
	unlock_heap(&held);
	if (is_notice_due && rc == 0) {
		give_notice();
	}
	return rc;
}

void
heap_fini(void)
{
	struct log_held held;

	lock_heap(&held);
	if (heap.is_up) {
		heap_arena_fini();
		free_nodes();
	}
	unlock_heap(&held);
}
