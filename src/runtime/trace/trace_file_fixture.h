/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of the parser: a trace file in memory, as small as one can be, with two lcores, four
 * tracepoints and two owners, for tests to fill and to damage.
 */
#ifndef SPINDLE_TRACE_FILE_FIXTURE_H
#define SPINDLE_TRACE_FILE_FIXTURE_H

#include "spdk/trace.h"

#define SMALL_OWNERS      2
#define SMALL_DESCRIPTION 7
#define SMALL_TPOINTS     4
#define SMALL_LCORES      2
#define SMALL_ENTRIES     8

#define SMALL_HISTORY_SIZE                                                      \
	(sizeof(struct spdk_trace_history) + SMALL_TPOINTS * sizeof(uint64_t) + \
	 SMALL_ENTRIES * sizeof(struct spdk_trace_entry))

struct small_file {
	struct spdk_trace_file start;
	struct spdk_trace_section_main main;
	struct spdk_trace_section_owner owner;
	uint8_t owners[SMALL_OWNERS][sizeof(struct spdk_trace_owner) + SMALL_DESCRIPTION];
	struct spdk_trace_section_tpoint_mask mask;
	uint64_t masks[SPDK_TRACE_MAX_GROUP_ID];
	struct spdk_trace_section_owner_type owner_type;
	struct spdk_trace_owner_type owner_types[SPDK_TRACE_MAX_OWNER_TYPE];
	struct spdk_trace_section_object object;
	struct spdk_trace_object objects[SPDK_TRACE_MAX_OBJECT];
	struct spdk_trace_section_tpoint tpoint;
	struct spdk_trace_tpoint tpoints[SMALL_TPOINTS];
	struct spdk_trace_section_lcore_offsets lcore;
	uint64_t lcores[SMALL_LCORES];
	uint8_t histories[SMALL_LCORES][SMALL_HISTORY_SIZE];
};

static inline struct spdk_trace_history *
small_history(struct small_file *file, uint32_t lcore)
{
	return (struct spdk_trace_history *)file->histories[lcore];
}

static inline struct spdk_trace_entry *
small_entry(struct small_file *file, uint32_t lcore, uint64_t slot)
{
	return spdk_trace_history_get_entry(small_history(file, lcore), slot);
}

static inline void
small_file_place(struct small_file *file)
{
	uint64_t *offsets = file->start.section_offsets;

	file->start.file_size = sizeof(*file);
	file->start.num_sections = SPDK_TRACE_NUM_SECTIONS;
	offsets[SPDK_TRACE_SECTION_MAIN] = offsetof(struct small_file, main);
	offsets[SPDK_TRACE_SECTION_OWNER] = offsetof(struct small_file, owner);
	offsets[SPDK_TRACE_SECTION_TPOINT_MASK] = offsetof(struct small_file, mask);
	offsets[SPDK_TRACE_SECTION_OWNER_TYPE] = offsetof(struct small_file, owner_type);
	offsets[SPDK_TRACE_SECTION_OBJECT] = offsetof(struct small_file, object);
	offsets[SPDK_TRACE_SECTION_TPOINT] = offsetof(struct small_file, tpoint);
	offsets[SPDK_TRACE_SECTION_LCORE_OFFSETS] = offsetof(struct small_file, lcore);
	for (uint32_t i = 0; i < SMALL_LCORES; i++) {
		file->lcores[i] = offsetof(struct small_file, histories) + i * SMALL_HISTORY_SIZE;
	}
}

/* Without entries. */
static inline void
small_file_init(struct small_file *file)
{
	struct spdk_trace_history *history;

	memset(file, 0, sizeof(*file));
	small_file_place(file);
	file->main.tsc_rate = 1000000000;
	file->owner.num_owners = SMALL_OWNERS;
	file->owner.owner_description_size = SMALL_DESCRIPTION;
	file->mask.count = SPDK_TRACE_MAX_GROUP_ID;
	file->owner_type.count = SPDK_TRACE_MAX_OWNER_TYPE;
	file->object.count = SPDK_TRACE_MAX_OBJECT;
	file->tpoint.count = SMALL_TPOINTS;
	file->lcore.count = SMALL_LCORES;
	for (uint32_t i = 0; i < SMALL_LCORES; i++) {
		history = small_history(file, i);
		history->lcore = (int)i;
		snprintf(history->tname, sizeof(history->tname), "core_%u", i % SMALL_LCORES);
		history->num_entries = SMALL_ENTRIES;
		history->num_tpoint_ids = SMALL_TPOINTS;
	}
}

static inline struct spdk_trace_entry *
small_file_record(struct small_file *file, uint32_t lcore, uint64_t tsc, uint16_t tpoint_id)
{
	struct spdk_trace_history *history = small_history(file, lcore);
	struct spdk_trace_entry *entry;

	entry = small_entry(file, lcore, history->next_entry++ % SMALL_ENTRIES);
	memset(entry, 0, sizeof(*entry));
	entry->tsc = tsc;
	entry->tpoint_id = tpoint_id;
	return entry;
}

static inline struct spdk_trace_entry_buffer *
small_file_go_on(struct small_file *file, uint32_t lcore, uint64_t tsc)
{
	return (struct spdk_trace_entry_buffer *)small_file_record(file, lcore, tsc,
								   SPDK_TRACE_MAX_TPOINT_ID);
}

#endif
