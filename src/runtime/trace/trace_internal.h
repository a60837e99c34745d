/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of tracing share.
 *
 *   trace         start and end; where everything lies in the file
 *   trace_memory  the file, or memory of the process instead of it
 *   trace_record  recording, and who has a history
 *   trace_mask    which tpoints are switched on
 *   trace_group   groups by name       trace_tpoint  tpoints, types of owners and objects
 *   trace_owner   owners               trace_select  the text of the option -e
 *   trace_parser  reading: trace_image the copy of a file, checked; trace_objects what began when
 *
 * One lock, trace_lock(), guards all but recording. It is not held while a register function runs.
 */
#ifndef SPINDLE_TRACE_INTERNAL_H
#define SPINDLE_TRACE_INTERNAL_H

#include "runtime/trace.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/trace.h"

#include <stdatomic.h>

#define TRACE_OWNERS           16384
#define TRACE_DESCRIPTION_SIZE 119
#define TRACE_OWNER_SIZE       (sizeof(struct spdk_trace_owner) + TRACE_DESCRIPTION_SIZE)
/* Of a history; it is a limit for what can be asked for by mistake. */
#define TRACE_ENTRIES_MAX (UINT64_C(1) << 30)
/* Bytes of the arguments in an entry, and in each that follows. */
#define TRACE_ENTRY_ARGS_SIZE  sizeof(((struct spdk_trace_entry *)NULL)->args)
#define TRACE_BUFFER_ARGS_SIZE sizeof(((struct spdk_trace_entry_buffer *)NULL)->data)
#define TRACE_ARGS_SIZE_MAX    (SPDK_TRACE_MAX_ARGS_COUNT * UINT8_MAX)

/*
 * How a history is written and read at the same time. Its one writer
 *   W1  sets `writing` to the number of entries that it is about to overwrite,
 *   W2  writes them,
 *   W3  moves next_entry on past them,
 *   W4  sets `writing` to 0.
 * A reader
 *   R1  reads next_entry (a),
 *   R2  copies the ring,
 *   R3  reads `writing` (w),
 *   R4  reads next_entry (b),
 * each step before the next. What it has copied of entries below a is whole, but for those whose
 * slots are those of b to b + w: if R2 saw any of W2 for entries from b on, R3 comes after that W1.
 * It finds W1's w; or W4's 0, and then R4 comes after W3, and b is past them.
 *
 * The format has no field for `writing`. It lies in the gap that the compiler leaves after the
 * name, which is 0 in files from elsewhere.
 */
#define TRACE_WRITING_OFFSET (offsetof(struct spdk_trace_history, num_entries) - sizeof(uint32_t))
static_assert(TRACE_WRITING_OFFSET ==
		      offsetof(struct spdk_trace_history, tname) + SPDK_TRACE_THREAD_NAME_LEN,
	      "the gap is there");

static inline uint32_t *
trace_history_writing(struct spdk_trace_history *history)
{
	return (uint32_t *)((char *)history + TRACE_WRITING_OFFSET);
}

/* What recording has to know of a tpoint. */
struct trace_point {
	uint8_t num_args;
	/* Entries that a recording takes besides the first. */
	uint8_t more_entries;
	uint16_t args_size;
	/* Its only argument is a number or pointer of eight bytes. */
	bool is_one_word;
	/* What is wrong with it has been said. */
	atomic_bool is_explained;
	struct {
		uint8_t type;
		uint8_t size;
	} args[SPDK_TRACE_MAX_ARGS_COUNT];
} __attribute__((aligned(32)));

/* No call has as many: the tpoint is not recorded at all. */
#define TRACE_ARGS_IMPOSSIBLE UINT8_MAX

/* trace.c */
void trace_lock(void);
void trace_unlock(void);
/* Explained, with the name of the function, unless tracing is off on purpose. */
bool trace_expect_on(const char *function);
/* Entries in each history. */
uint64_t trace_num_entries(void);
/* OS threads besides lcores have the numbers from `*out_first` on. */
uint32_t trace_user_count(uint32_t *out_first);
/* Where the history of an lcore or OS thread is, or will be. NULL: it has none. */
struct spdk_trace_history *trace_history_place(uint32_t lcore);

/* trace_memory.c */
struct trace_memory_request {
	const char *shm_name;
	size_t size;
	/* The parts, each from `start` to `end`, that may be touched without asking again. */
	struct {
		size_t start;
		size_t end;
	} parts[3];
};

/* Memory for a trace file, all zeros. 0 or -ENOMEM, explained. */
int trace_memory_open(const struct trace_memory_request *request);
void trace_memory_close(bool has_entries);
void *trace_memory_start(void);
/* Before any other part is touched. 0 or -errno. */
int trace_memory_reserve(const void *start, size_t size);

/* trace_record.c; with the lock. Whoever is to have a history and has none gets it; what is missing
 * is explained. */
void trace_histories_open(void);
bool trace_histories_have_entries(void);
/* Nobody has a history any more. */
void trace_histories_close(void);

/* trace_tpoint.c */
extern struct trace_point g_trace_points[SPDK_TRACE_MAX_TPOINT_ID];
void trace_tpoints_close(void);

/* trace_owner.c */
void trace_owners_close(void);

/* trace_mask.c */
void trace_masks_close(void);

/* trace_group.c */
#define TRACE_LIST_SIZE 512
/* Calls the register functions of all groups. */
void trace_groups_register(void);
/* The names of all groups, with commas between them; "none" where there are none. */
const char *trace_group_list(char list[TRACE_LIST_SIZE]);
/* Appends a name to a list; false: there is no room, which the list then shows. */
bool trace_list_append(char list[TRACE_LIST_SIZE], const char *name);

#endif
