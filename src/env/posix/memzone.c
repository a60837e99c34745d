/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory zones: named memory of this process. The list is short and rarely looked at, so it is a
 * list under a lock. The lock is taken before that of the heap.
 */
#include "env/posix/memory.h"
#include "env/posix/pages.h"
#include "env/posix/vtophys.h"
#include "spdk/log.h"

/* Of spdk_memzone_free(): the interface knows one value for all that can go wrong. */
#define FREE_FAILED (-1)

struct memzone {
	char name[SPDK_MAX_MEMZONE_NAME_LEN];
	void *addr;
	size_t size;
	int numa_id;
	TAILQ_ENTRY(memzone) link;
};

static pthread_mutex_t zone_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, memzone) zones = TAILQ_HEAD_INITIALIZER(zones);

static struct memzone *
find_zone(const char *name)
{
	struct memzone *zone;

	TAILQ_FOREACH (zone, &zones, link) {
		if (strcmp(zone->name, name) == 0) {
			return zone;
		}
	}
	return NULL;
}

/* A block of this alignment does not cross a page of 2 MiB unless it must. */
static size_t
contiguous_align(size_t size)
{
	size_t align = 64;

	while (align < size && align < PAGES_ALIGN) {
		align *= 2;
	}
	return align;
}

/* Where physical addresses are known, whether [addr, addr + size) lies in one piece. */
static bool
is_contiguous(void *addr, size_t size)
{
	uint64_t length = size;

	return spdk_vtophys(addr, &length) == SPDK_VTOPHYS_ERROR || length >= size;
}

static bool
fill_zone(struct memzone *zone, size_t align, bool needs_contiguous, const char *caller)
{
	size_t natural_align = needs_contiguous ? contiguous_align(zone->size) : 0;

	if ((align & (align - 1)) == 0 && align < natural_align) {
		align = natural_align;
	}
	zone->addr = memory_alloc(zone->size, align, zone->numa_id, true, caller);
	if (zone->addr == NULL) {
		return false;
	}
	if (needs_contiguous && !is_contiguous(zone->addr, zone->size)) {
		SPDK_ERRLOG(
			"%s(): zone '%s': no %zu bytes lie together in physical memory. Ask for up "
			"to 2 MiB, or give SPDK_MEMZONE_NO_IOVA_CONTIG.\n",
			caller, zone->name, zone->size);
		memory_free(zone->addr, caller);
		return false;
	}
	return true;
}

/* `wanted` has all but the name and the address; what is taken of it is copied. */
static void *
reserve(const char *name, const struct memzone *wanted, unsigned flags, size_t align,
	const char *caller)
{
	bool needs_contiguous = (flags & SPDK_MEMZONE_NO_IOVA_CONTIG) == 0 && vtophys_is_known();
	struct memzone *zone;
	void *addr = NULL;

	if (!memory_check_up(caller) ||
	    !memory_check_name(name, SPDK_MAX_MEMZONE_NAME_LEN, caller)) {
		return NULL;
	}
	zone = calloc(1, sizeof(*zone));
	if (zone == NULL) {
		SPDK_ERRLOG("%s(): zone '%s': no memory.\n", caller, name);
		return NULL;
	}
	*zone = *wanted;
	memcpy(zone->name, name, strlen(name) + 1);
	pthread_mutex_lock(&zone_lock);
	if (find_zone(name) != NULL) {
		SPDK_ERRLOG("%s(): there is a zone '%s' already; free it first, or look it up.\n",
			    caller, name);
	} else if (fill_zone(zone, align, needs_contiguous, caller)) {
		TAILQ_INSERT_TAIL(&zones, zone, link);
		addr = zone->addr;
	}
	pthread_mutex_unlock(&zone_lock);
	if (addr == NULL) {
		free(zone);
	}
	return addr;
}

void *
spdk_memzone_reserve(const char *name, size_t len, int numa_id, unsigned flags)
{
	struct memzone wanted = {.size = len, .numa_id = numa_id};

	return reserve(name, &wanted, flags, 0, __func__);
}

void *
spdk_memzone_reserve_aligned(const char *name, size_t len, int numa_id, unsigned flags,
			     unsigned align)
{
	struct memzone wanted = {.size = len, .numa_id = numa_id};

	return reserve(name, &wanted, flags, align, __func__);
}

void *
spdk_memzone_lookup(const char *name)
{
	struct memzone *zone;
	void *addr = NULL;

	if (!memory_check_up(__func__) ||
	    !memory_check_name(name, SPDK_MAX_MEMZONE_NAME_LEN, __func__)) {
		return NULL;
	}
	pthread_mutex_lock(&zone_lock);
	zone = find_zone(name);
	if (zone != NULL) {
		addr = zone->addr;
	}
	pthread_mutex_unlock(&zone_lock);
	return addr;
}

int
spdk_memzone_free(const char *name)
{
	struct memzone *zone;

	if (!memory_check_up(__func__) ||
	    !memory_check_name(name, SPDK_MAX_MEMZONE_NAME_LEN, __func__)) {
		return FREE_FAILED;
	}
	pthread_mutex_lock(&zone_lock);
	zone = find_zone(name);
	if (zone != NULL) {
		TAILQ_REMOVE(&zones, zone, link);
	}
	pthread_mutex_unlock(&zone_lock);
	if (zone == NULL) {
		SPDK_ERRLOG("%s(): there is no zone '%s'.\n", __func__, name);
		return FREE_FAILED;
	}
	memory_free(zone->addr, __func__);
	free(zone);
	return 0;
}

void
spdk_memzone_dump(FILE *f)
{
	struct memzone *zone;

	pthread_mutex_lock(&zone_lock);
	TAILQ_FOREACH (zone, &zones, link) {
		fprintf(f, "zone '%s': %p, %zu bytes, NUMA node %d\n", zone->name, zone->addr,
			zone->size, zone->numa_id);
	}
	pthread_mutex_unlock(&zone_lock);
}

size_t
memzone_forget_all(void)
{
	struct memzone *zone;
	size_t count = 0;

	pthread_mutex_lock(&zone_lock);
	while ((zone = TAILQ_FIRST(&zones)) != NULL) {
		TAILQ_REMOVE(&zones, zone, link);
		free(zone);
		count++;
	}
	pthread_mutex_unlock(&zone_lock);
	return count;
}
