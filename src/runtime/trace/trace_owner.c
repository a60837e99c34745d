/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Owners: who records, and what they are called.
 *
 * Invariants, all under the lock:
 *  1. Id 0 is nobody's. Ids from `fresh` on have not been given out yet; of those below, the ones
 *     that are free stand in a queue, so that the one that has been free for longest is the next.
 *  2. Fresh ids are used before free ones: entries of an owner that is gone keep their description
 *     for as long as there is room.
 *  3. Memory is reserved for the ids below `reserved`.
 */
#include "runtime/trace/trace_internal.h"
#include "spdk/util.h"

/* Owners that get their memory together: 64 KiB of them. */
#define RESERVE_OWNERS 512

static struct {
	uint32_t fresh;
	uint32_t reserved;
	/* Counts those that were put into `free_ids` and taken from it. */
	uint32_t free_put;
	uint32_t free_taken;
	uint16_t free_ids[TRACE_OWNERS];
	uint64_t used[TRACE_OWNERS / 64];
	/* That no more can be had. */
	bool is_explained;
} g_owners;

static bool
is_used(uint16_t id)
{
	return id < TRACE_OWNERS && g_owners.used[id / 64] >> (id % 64) & 1;
}

static bool
reserve(uint32_t id)
{
	struct spdk_trace_section_owner *section = spdk_trace_get_owner_section(g_trace_file);

	if (id < g_owners.reserved) {
		return true;
	}
	if (trace_memory_reserve(section->data + g_owners.reserved * TRACE_OWNER_SIZE,
				 RESERVE_OWNERS * TRACE_OWNER_SIZE) != 0) {
		return false;
	}
	g_owners.reserved += RESERVE_OWNERS;
	return true;
}

/* 0: there is none. */
static uint16_t
take_id(void)
{
	uint32_t fresh = spdk_max(g_owners.fresh, 1);

	if (fresh < TRACE_OWNERS && reserve(fresh)) {
		g_owners.fresh = fresh + 1;
		return (uint16_t)fresh;
	}
	if (g_owners.free_taken == g_owners.free_put) {
		return OWNER_ID_NONE;
	}
	return g_owners.free_ids[g_owners.free_taken++ % TRACE_OWNERS];
}

static void
describe(struct spdk_trace_owner *owner, const char *description)
{
	snprintf(owner->description, TRACE_DESCRIPTION_SIZE, "%s",
		 description != NULL ? description : "");
}

static void
explain_none(void)
{
	/* Without the first room for them, no id is fresh, not even that of nobody. */
	uint32_t given = spdk_max(g_owners.fresh, 1) - 1;

	if (!g_owners.is_explained) {
		g_owners.is_explained = true;
		SPDK_ERRLOG("No more owners can be named in traces: %u are, and %s. Those that "
			    "come now are traced as 0.\n",
			    given - (g_owners.free_put - g_owners.free_taken),
			    g_owners.fresh < TRACE_OWNERS ? "/dev/shm is full" :
							    "that is all there is room for");
	}
}

uint16_t
spdk_trace_register_owner(uint8_t owner_type, const char *description)
{
	struct spdk_trace_owner *owner;
	uint16_t id;

	if (!trace_is_on()) {
		return OWNER_ID_NONE;
	}
	trace_lock();
	id = take_id();
	if (id == OWNER_ID_NONE) {
		explain_none();
	} else {
		g_owners.used[id / 64] |= UINT64_C(1) << (id % 64);
		owner = spdk_get_trace_owner(g_trace_file, id);
		owner->type = owner_type;
		owner->tsc = spdk_get_ticks();
		describe(owner, description);
	}
	trace_unlock();
	return id;
}

/* The owner, and the lock is held; or NULL, explained but for 0, and it is not. */
static struct spdk_trace_owner *
find_and_lock(uint16_t id, const char *function)
{
	if (id == OWNER_ID_NONE || !trace_is_on()) {
		return NULL;
	}
	trace_lock();
	if (!is_used(id)) {
		trace_unlock();
		SPDK_ERRLOG("%s(): no owner with the id %u is registered\n", function, id);
		return NULL;
	}
	return spdk_get_trace_owner(g_trace_file, id);
}

void
spdk_trace_owner_set_description(uint16_t owner_id, const char *description)
{
	struct spdk_trace_owner *owner =
		find_and_lock(owner_id, "spdk_trace_owner_set_description");

	if (owner != NULL) {
		describe(owner, description);
		trace_unlock();
	}
}

void
spdk_trace_owner_append_description(uint16_t owner_id, const char *description)
{
	struct spdk_trace_owner *owner =
		find_and_lock(owner_id, "spdk_trace_owner_append_description");
	size_t length;

	if (owner == NULL) {
		return;
	}
	length = strnlen(owner->description, TRACE_DESCRIPTION_SIZE - 1);
	snprintf(owner->description + length, TRACE_DESCRIPTION_SIZE - length, " %s",
		 description != NULL ? description : "");
	trace_unlock();
}

void
spdk_trace_unregister_owner(uint16_t owner_id)
{
	if (find_and_lock(owner_id, "spdk_trace_unregister_owner") == NULL) {
		return;
	}
	g_owners.used[owner_id / 64] &= ~(UINT64_C(1) << (owner_id % 64));
	g_owners.free_ids[g_owners.free_put++ % TRACE_OWNERS] = owner_id;
	g_owners.is_explained = false;
	trace_unlock();
}

void
trace_owners_close(void)
{
	/* Of the ids that were never given out, nothing has been written. */
	memset(g_owners.used, 0,
	       spdk_divide_round_up(g_owners.fresh, 64) * sizeof(g_owners.used[0]));
	g_owners.fresh = 0;
	g_owners.reserved = 0;
	g_owners.free_put = 0;
	g_owners.free_taken = 0;
	g_owners.is_explained = false;
}
