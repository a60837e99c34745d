/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registered memory: the list of regions, and telling every map of each.
 *
 * 1. `regions` is ordered by address, without overlap. Two that touch stay two: a region is taken
 *    back as it was registered.
 * 2. A map is told of a region once, and it is taken back once; what one map refuses is undone in
 *    those that were told before, in reverse.
 * 3. One lock. It is held while maps are told, so that no map misses a region or hears of one
 *    twice; therefore a notify_cb may not come back here. A program's log function may, so what is
 *    logged under the lock, also by a notify_cb, is held until it is free (base/log_hold.h).
 */
#include "env/posix/mem_map.h"

#include "base/log_hold.h"
#include "spdk/log.h"

#define REGIONS_MIN 16

struct region {
	uintptr_t start;
	size_t size;
};

static pthread_mutex_t register_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(map_list, spdk_mem_map) maps = TAILQ_HEAD_INITIALIZER(maps);
static struct region *regions;
static size_t region_count;
static size_t region_space;

static void
lock_regions(struct log_held *held)
{
	log_hold(held);
	pthread_mutex_lock(&register_lock);
}

static void
unlock_regions(struct log_held *held)
{
	pthread_mutex_unlock(&register_lock);
	log_release(held);
}

static int
notify(struct spdk_mem_map *map, enum spdk_mem_map_notify_action action,
       const struct region *region)
{
	if (map->ops.notify_cb == NULL) {
		return 0;
	}
	return map->ops.notify_cb(map->cb_ctx, map, action, (void *)region->start, region->size);
}

/* Brings a map back to where it was. If it refuses even that, all that is left is to say so. */
static void
undo(struct spdk_mem_map *map, enum spdk_mem_map_notify_action action, const struct region *region)
{
	int rc = notify(map, action, region);

	if (rc != 0) {
		SPDK_ERRLOG("A mem map refused to undo the %s of %p (%zu bytes): %s. What it knows "
			    "about this memory is wrong now.\n",
			    action == SPDK_MEM_MAP_NOTIFY_REGISTER ? "unregistration" :
								     "registration",
			    (void *)region->start, region->size, strerror(-rc));
	}
}

/* Tells all maps, the newest first when memory goes. */
static int
notify_all(enum spdk_mem_map_notify_action action, const struct region *region)
{
	struct spdk_mem_map *map, *told;
	int rc;

	if (action == SPDK_MEM_MAP_NOTIFY_REGISTER) {
		TAILQ_FOREACH (map, &maps, link) {
			rc = notify(map, action, region);
			if (rc != 0) {
				goto undo_register;
			}
		}
		return 0;
	}
	TAILQ_FOREACH_REVERSE (map, &maps, map_list, link) {
		rc = notify(map, action, region);
		if (rc != 0) {
			goto undo_unregister;
		}
	}
	return 0;

undo_register:
	for (told = TAILQ_PREV(map, map_list, link); told != NULL;
	     told = TAILQ_PREV(told, map_list, link)) {
		undo(told, SPDK_MEM_MAP_NOTIFY_UNREGISTER, region);
	}
	return rc;

undo_unregister:
	for (told = TAILQ_NEXT(map, link); told != NULL; told = TAILQ_NEXT(told, link)) {
		undo(told, SPDK_MEM_MAP_NOTIFY_REGISTER, region);
	}
	return rc;
}

/* Index of the first region that ends behind `addr`, or region_count. */
static size_t
find_region(uintptr_t addr)
{
	size_t low = 0, high = region_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (regions[middle].start + regions[middle].size <= addr) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static int
make_space(void)
{
	size_t space = region_space == 0 ? REGIONS_MIN : region_space * 2;
	struct region *larger;

	if (region_count < region_space) {
		return 0;
	}
	larger = realloc(regions, space * sizeof(*regions));
	if (larger == NULL) {
		return -ENOMEM;
	}
	regions = larger;
	region_space = space;
	return 0;
}

int
mem_register_add_map(struct spdk_mem_map *map)
{
	struct log_held held;
	size_t i;
	int rc = 0;

	lock_regions(&held);
	for (i = 0; i < region_count; i++) {
		rc = notify(map, SPDK_MEM_MAP_NOTIFY_REGISTER, &regions[i]);
		if (rc != 0) {
			goto undo_regions;
		}
	}
	TAILQ_INSERT_TAIL(&maps, map, link);
	unlock_regions(&held);
	return 0;

undo_regions:
	while (i-- > 0) {
		undo(map, SPDK_MEM_MAP_NOTIFY_UNREGISTER, &regions[i]);
	}
	unlock_regions(&held);
	return rc;
}

void
mem_register_remove_map(struct spdk_mem_map *map)
{
	struct log_held held;
	size_t i;

	lock_regions(&held);
	TAILQ_REMOVE(&maps, map, link);
	for (i = region_count; i-- > 0;) {
		/* The map goes in any case, so there is nothing to be done about a refusal. */
		(void)notify(map, SPDK_MEM_MAP_NOTIFY_UNREGISTER, &regions[i]);
	}
	unlock_regions(&held);
}

static int
register_locked(const struct region *region)
{
	size_t i = find_region(region->start);
	int rc;

	if (i < region_count && regions[i].start < region->start + region->size) {
		SPDK_ERRLOG(
			"spdk_mem_register(): %p (%zu bytes) overlaps the region %p (%zu bytes), "
			"which is registered already.\n",
			(void *)region->start, region->size, (void *)regions[i].start,
			regions[i].size);
		return -EBUSY;
	}
	rc = make_space();
	if (rc != 0) {
		return rc;
	}
	rc = notify_all(SPDK_MEM_MAP_NOTIFY_REGISTER, region);
	if (rc != 0) {
		SPDK_ERRLOG("spdk_mem_register(): a mem map refused %p (%zu bytes): %s.\n",
			    (void *)region->start, region->size, strerror(-rc));
		return rc;
	}
	memmove(&regions[i + 1], &regions[i], (region_count - i) * sizeof(*regions));
	regions[i] = *region;
	region_count++;
	return 0;
}

int
spdk_mem_register(void *vaddr, size_t len)
{
	struct log_held held;
	struct region region = {.start = (uintptr_t)vaddr, .size = len};
	int rc = mem_map_check_range(region.start, len, __func__);

	if (rc != 0 || len == 0) {
		return rc;
	}
	lock_regions(&held);
	rc = register_locked(&region);
	unlock_regions(&held);
	return rc;
}

/* Whether [start, start + size) is exactly the regions [*out_first, *out_end). */
static int
find_whole(const struct region *range, size_t *out_first, size_t *out_end)
{
	uintptr_t at = range->start, end = range->start + range->size;
	size_t first = find_region(at), i = first;
	const char *why = "is not registered, or not all of it";
	int rc = -EINVAL;

	while (at < end && i < region_count && regions[i].start == at) {
		at += regions[i++].size;
	}
	if (at == end) {
		*out_first = first;
		*out_end = i;
		return 0;
	}
	if (at > end || (i < region_count && regions[i].start < at)) {
		rc = -ERANGE;
		why = "starts or ends within a region; a region goes as it was registered";
	}
	SPDK_ERRLOG("spdk_mem_unregister(): %p (%zu bytes) %s.\n", (void *)range->start,
		    range->size, why);
	return rc;
}

static int
unregister_locked(const struct region *range)
{
	size_t first, end, i;
	int rc = find_whole(range, &first, &end);

	if (rc != 0) {
		return rc;
	}
	for (i = first; i < end; i++) {
		rc = notify_all(SPDK_MEM_MAP_NOTIFY_UNREGISTER, &regions[i]);
		if (rc != 0) {
			goto undo_regions;
		}
	}
	memmove(&regions[first], &regions[end], (region_count - end) * sizeof(*regions));
	region_count -= end - first;
	return 0;

undo_regions:
	SPDK_ERRLOG("spdk_mem_unregister(): a mem map does not let go of %p (%zu bytes): %s.\n",
		    (void *)regions[i].start, regions[i].size, strerror(-rc));
	while (i-- > first) {
		/* It has room for them, and had taken them before. */
		(void)notify_all(SPDK_MEM_MAP_NOTIFY_REGISTER, &regions[i]);
	}
	return rc;
}

int
spdk_mem_unregister(void *vaddr, size_t len)
{
	struct log_held held;
	struct region range = {.start = (uintptr_t)vaddr, .size = len};
	int rc = mem_map_check_range(range.start, len, __func__);

	if (rc != 0 || len == 0) {
		return rc;
	}
	lock_regions(&held);
	rc = unregister_locked(&range);
	unlock_regions(&held);
	return rc;
}

static int
reserve_locked(uintptr_t start, size_t size)
{
	size_t i = find_region(start);
	struct spdk_mem_map *map;
	int rc;

	if (i < region_count && regions[i].start < start + size) {
		SPDK_ERRLOG(
			"spdk_mem_reserve(): %p (%zu bytes) overlaps the region %p (%zu bytes), "
			"which is registered already.\n",
			(void *)start, size, (void *)regions[i].start, regions[i].size);
		return -EBUSY;
	}
	TAILQ_FOREACH (map, &maps, link) {
		rc = mem_map_reserve(map, start, size, "spdk_mem_reserve");
		if (rc != 0) {
			return rc;
		}
	}
	return make_space();
}

int
spdk_mem_reserve(void *vaddr, size_t len)
{
	struct log_held held;
	int rc = mem_map_check_range((uintptr_t)vaddr, len, __func__);

	if (rc != 0 || len == 0) {
		return rc;
	}
	lock_regions(&held);
	rc = reserve_locked((uintptr_t)vaddr, len);
	unlock_regions(&held);
	return rc;
}

size_t
mem_register_total_size(void)
{
	size_t size = 0;

	pthread_mutex_lock(&register_lock);
	for (size_t i = 0; i < region_count; i++) {
		size += regions[i].size;
	}
	pthread_mutex_unlock(&register_lock);
	return size;
}

size_t
mem_register_forget_all(size_t *out_size)
{
	struct log_held held;
	size_t count, size = 0;
	struct spdk_mem_map *map;

	lock_regions(&held);
	count = region_count;
	while (region_count > 0) {
		struct region region = regions[--region_count];

		size += region.size;
		TAILQ_FOREACH_REVERSE (map, &maps, map_list, link) {
			/* The memory goes in any case. */
			(void)notify(map, SPDK_MEM_MAP_NOTIFY_UNREGISTER, &region);
		}
	}
	free(regions);
	regions = NULL;
	region_space = 0;
	unlock_regions(&held);
	*out_size = size;
	return count;
}
