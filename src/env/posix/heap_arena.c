/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arenas, see heap_arena.h. The more memory there is already, the larger is the next arena, so that
 * the number of arenas, and with it the work of every mem map, grows with the logarithm of the
 * memory.
 */
#include "env/posix/heap_arena.h"

#include "env/posix/vfio_dma.h"
#include "env/posix/vtophys.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define GROWTH_MAX (64 * PAGES_ALIGN)

static TAILQ_HEAD(, heap_arena) arenas = TAILQ_HEAD_INITIALIZER(arenas);
static size_t total_size;
static bool is_notice_due;
static bool was_notice_given;

int
heap_arena_init(const struct spdk_env_opts *opts)
{
	assert(TAILQ_EMPTY(&arenas));
	total_size = 0;
	is_notice_due = false;
	was_notice_given = false;
	return pages_init(opts);
}

void
heap_arena_fini(void)
{
	struct heap_arena *arena;

	while ((arena = TAILQ_FIRST(&arenas)) != NULL) {
		heap_arena_destroy(arena, true);
	}
	pages_fini();
}

bool
heap_arena_take_notice(void)
{
	bool is_due = is_notice_due;

	is_notice_due = false;
	return is_due;
}

struct heap_arena *
heap_arena_find(uintptr_t addr)
{
	struct heap_arena *arena;

	TAILQ_FOREACH (arena, &arenas, link) {
		if (addr - (uintptr_t)arena->run.addr < arena->run.size) {
			return arena;
		}
	}
	return NULL;
}

/* From the one kind of pages only. */
static int
create_of(size_t size, const struct heap_place *place, bool is_huge, struct heap_arena **out_arena)
{
	struct heap_arena *arena = calloc(1, sizeof(*arena));
	struct heap_block *block = calloc(1, sizeof(*block));
	int rc = -ENOMEM;

	if (arena == NULL || block == NULL) {
		goto free_objects;
	}
	rc = pages_take(&arena->run, size, place->align,
			place->is_numa ? place->numa_id : SPDK_ENV_NUMA_ID_ANY, is_huge);
	if (rc != 0) {
		goto free_objects;
	}
	rc = vtophys_register_arena(arena->run.addr, arena->run.size, place->numa_id, is_huge);
	if (rc != 0) {
		goto give_pages;
	}
	arena->numa_id = place->numa_id;
	TAILQ_INIT(&arena->blocks);
	*block = (struct heap_block){.start = (uintptr_t)arena->run.addr,
				     .size = arena->run.size,
				     .arena = arena,
				     .is_free = true,
				     .is_zero = true};
	TAILQ_INSERT_HEAD(&arena->blocks, block, neighbours);
	TAILQ_INSERT_TAIL(&arenas, arena, link);
	total_size += arena->run.size;
	*out_arena = arena;
	return 0;

give_pages:
	pages_give(&arena->run);
free_objects:
	free(block);
	free(arena);
	return rc;
}

static size_t
growth(size_t size, size_t room)
{
	size_t amount = total_size / 4 & ~(PAGES_ALIGN - 1);

	amount = amount < GROWTH_MAX ? amount : GROWTH_MAX;
	/* Not more than may be locked, where devices of vfio need that. */
	room &= ~(PAGES_ALIGN - 1);
	amount = amount < room ? amount : room;
	return amount > size ? amount : size;
}

int
heap_arena_create(size_t size, const struct heap_place *place, struct heap_arena **out_arena)
{
	size_t room = vfio_dma_room(), wanted = growth(size, room);
	int rc;

	if (SPDK_ALIGN_CEIL(size, PAGES_ALIGN) > room) {
		vfio_dma_explain_room(SPDK_ALIGN_CEIL(size, PAGES_ALIGN));
		return -ENOMEM;
	}
	if (pages_want_huge()) {
		rc = create_of(wanted, place, true, out_arena);
		if (rc != 0 && wanted > size) {
			rc = create_of(size, place, true, out_arena);
		}
		if (rc == 0) {
			return 0;
		}
		is_notice_due = !was_notice_given;
		was_notice_given = true;
	}
	rc = create_of(wanted, place, false, out_arena);
	if (rc != 0 && wanted > size) {
		rc = create_of(size, place, false, out_arena);
	}
	return rc;
}

/* Bytes that the machine could give to programs now; SIZE_MAX if it does not tell. */
static size_t
available_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long size_kib;
	size_t size = SIZE_MAX;
	char line[128];

	if (file == NULL) {
		return size;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "MemAvailable: %llu kB", &size_kib) == 1) {
			size = size_kib * 1024;
			break;
		}
	}
	fclose(file);
	return size;
}

static int
set_aside_ordinary(size_t size, const struct heap_place *place, struct heap_arena **out_arena)
{
	size_t available = available_memory();
	int rc = size > available ? -ENOMEM : create_of(size, place, false, out_arena);

	if (rc != 0) {
		SPDK_ERRLOG(
			"mem_size (-s): %zu MiB cannot be set aside: %s; %zu MiB are available. "
			"Ask for less, or leave it out: memory grows as it is needed.\n",
			size >> 20, strerror(-rc), available >> 20);
	}
	return rc;
}

int
heap_arena_set_aside(const struct spdk_env_opts *opts, const struct heap_place *place,
		     struct heap_arena **out_arena)
{
	size_t size = opts->mem_size > 0 ? (size_t)opts->mem_size << 20 : 0;
	int rc;

	*out_arena = NULL;
	if (size == 0 && opts->hugedir == NULL) {
		return 0;
	}
	if (pages_want_huge()) {
		rc = create_of(size > 0 ? size : 1, place, true, out_arena);
		if (rc == 0) {
			(*out_arena)->is_kept = true;
			return 0;
		}
		if (opts->hugedir != NULL) {
			SPDK_ERRLOG("hugedir '%s': %zu MiB of huge pages cannot be had there: %s. "
				    "Reserve more of them, or leave the option out.\n",
				    opts->hugedir, size > 0 ? size >> 20 : 2, strerror(-rc));
			return rc;
		}
		is_notice_due = true;
		was_notice_given = true;
	}
	rc = set_aside_ordinary(size, place, out_arena);
	if (rc == 0) {
		(*out_arena)->is_kept = true;
	}
	return rc;
}

int
heap_arena_destroy(struct heap_arena *arena, bool is_forced)
{
	struct heap_block *block;
	int rc = vtophys_unregister_arena(arena->run.addr, arena->run.size);

	if (rc != 0 && !is_forced) {
		return rc;
	}
	TAILQ_REMOVE(&arenas, arena, link);
	total_size -= arena->run.size;
	while ((block = TAILQ_FIRST(&arena->blocks)) != NULL) {
		TAILQ_REMOVE(&arena->blocks, block, neighbours);
		free(block);
	}
	pages_give(&arena->run);
	free(arena);
	return rc;
}
