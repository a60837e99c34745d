/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which tpoints are switched on.
 *
 * Invariant: spindle_trace_masks is what counts, and is read without a lock wherever there is a
 * tpoint; the section of masks in the file, which others may read, follows it.
 *
 * A mask orders nothing: whoever records looks for his history by himself.
 */
#include "runtime/trace/trace_internal.h"

uint64_t spindle_trace_masks[SPDK_TRACE_MAX_GROUP_ID];

#define ALL_GROUPS ((UINT64_C(1) << SPDK_TRACE_MAX_GROUP_ID) - 1)

static uint64_t
get(uint32_t group_id)
{
	return __atomic_load_n(&spindle_trace_masks[group_id], __ATOMIC_RELAXED);
}

static void
set(uint32_t group_id, uint64_t mask)
{
	struct spdk_trace_section_tpoint_mask *section =
		spdk_trace_get_tpoint_mask_section(g_trace_file);

	__atomic_store_n(&spindle_trace_masks[group_id], mask, __ATOMIC_RELAXED);
	__atomic_store_n(&section->tpoint_mask[group_id], mask, __ATOMIC_RELAXED);
}

void
trace_masks_close(void)
{
	for (uint32_t group_id = 0; group_id < SPDK_TRACE_MAX_GROUP_ID; group_id++) {
		set(group_id, 0);
	}
}

static bool
check(uint32_t group_id, const char *function)
{
	if (!trace_expect_on(function)) {
		return false;
	}
	if (group_id >= SPDK_TRACE_MAX_GROUP_ID) {
		SPDK_ERRLOG("%s(): %u is no group of tracepoints; they end at %u\n", function,
			    group_id, SPDK_TRACE_MAX_GROUP_ID - 1);
		return false;
	}
	return true;
}

uint64_t
spdk_trace_get_tpoint_mask(uint32_t group_id)
{
	return group_id < SPDK_TRACE_MAX_GROUP_ID ? get(group_id) : 0;
}

void
spdk_trace_set_tpoints(uint32_t group_id, uint64_t tpoint_mask)
{
	if (!check(group_id, "spdk_trace_set_tpoints") || tpoint_mask == 0) {
		return;
	}
	trace_lock();
	trace_histories_open();
	set(group_id, get(group_id) | tpoint_mask);
	trace_unlock();
}

void
spdk_trace_clear_tpoints(uint32_t group_id, uint64_t tpoint_mask)
{
	if (!check(group_id, "spdk_trace_clear_tpoints")) {
		return;
	}
	trace_lock();
	set(group_id, get(group_id) & ~tpoint_mask);
	trace_unlock();
}

uint64_t
spdk_trace_get_tpoint_group_mask(void)
{
	uint64_t groups = 0;

	for (uint32_t group_id = 0; group_id < SPDK_TRACE_MAX_GROUP_ID; group_id++) {
		if (get(group_id) != 0) {
			groups |= UINT64_C(1) << group_id;
		}
	}
	return groups;
}

static void
set_groups(uint64_t groups, uint64_t mask)
{
	for (uint32_t group_id = 0; group_id < SPDK_TRACE_MAX_GROUP_ID; group_id++) {
		if (groups >> group_id & 1) {
			set(group_id, mask);
		}
	}
}

void
spdk_trace_set_tpoint_group_mask(uint64_t tpoint_group_mask)
{
	if (!trace_expect_on("spdk_trace_set_tpoint_group_mask") ||
	    (tpoint_group_mask & ALL_GROUPS) == 0) {
		return;
	}
	trace_lock();
	trace_histories_open();
	set_groups(tpoint_group_mask, UINT64_MAX);
	trace_unlock();
}

void
spdk_trace_clear_tpoint_group_mask(uint64_t tpoint_group_mask)
{
	if (!trace_expect_on("spdk_trace_clear_tpoint_group_mask")) {
		return;
	}
	trace_lock();
	set_groups(tpoint_group_mask, 0);
	trace_unlock();
}
