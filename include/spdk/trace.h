/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Tracepoints: places in a program that, when they are switched on, leave a time stamp and a few
 * numbers in a ring of memory. The rings lie in a file of shared memory, which other processes read
 * while the program runs, and which stays when it crashes.
 *
 * A *tpoint* (tracepoint) has a number: its *group* (0 to 19) times 64 and its place in the group.
 * An *owner* is who records, such as a connection; an *object* is what it is about, such as a
 * request. Each lcore, and each registered OS thread besides, has a *history*: its ring.
 *
 * Thread: recording, on any OS thread that has a history; what others record is dropped. All other
 * functions, on any OS thread, but for spdk_trace_init() and spdk_trace_cleanup(), which must not
 * run against anything else here.
 *
 * Without spdk_trace_init(), or after one with 0 entries, nothing is recorded, and what registers
 * something does nothing.
 */
#ifndef SPDK_TRACE_H
#define SPDK_TRACE_H

#include "spdk/assert.h"
#include "spdk/likely.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Between the name of a program and its number in the name of its trace file. */
#define SPDK_TRACE_SHM_NAME_BASE "_trace."
/** Entries of a history, where nobody says otherwise. */
#define SPDK_DEFAULT_NUM_TRACE_ENTRIES (32 * 1024)

/*
 * The trace file. Its layout is the interface: programs read it without this library. It begins
 * with struct spdk_trace_file, which says where each section is; the section of lcore offsets says
 * where each history is. Numbers are in the order of the machine that wrote it.
 */

/** The first, and mostly only, entry of a recording. */
struct spdk_trace_entry {
	/** Ticks. 0: there is no entry here. */
	uint64_t tsc;
	uint16_t tpoint_id;
	uint16_t owner_id;
	uint32_t size;
	uint64_t object_id;
	/** The first eight bytes of the arguments, one after the other without gaps. */
	uint8_t args[8];
};

/** What follows where the arguments have more than eight bytes; as many as are needed. */
struct spdk_trace_entry_buffer {
	/** That of the first entry. */
	uint64_t tsc;
	/** SPDK_TRACE_MAX_TPOINT_ID, which is no tpoint. */
	uint16_t tpoint_id;
	uint8_t data[22];
};

SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_entry_buffer) == sizeof(struct spdk_trace_entry),
		   "all entries of a history have one size");

/** One more than the highest number of an owner type. */
#define SPDK_TRACE_MAX_OWNER_TYPE (UCHAR_MAX + 1)

struct spdk_trace_owner_type {
	uint8_t type;
	/** The letter before the numbers of its owners when they are printed. */
	char id_prefix;
};

struct spdk_trace_owner {
	/** Ticks, when it was registered: older entries belong to one that had its id before. */
	uint64_t tsc;
	uint8_t type;
	/** As long as the section of owners says, with a NUL at its end. */
	char description[];
} __attribute__((packed));

/** One more than the highest number of an object type. */
#define SPDK_TRACE_MAX_OBJECT (UCHAR_MAX + 1)

struct spdk_trace_object {
	uint8_t type;
	char id_prefix;
};

#define SPDK_TRACE_THREAD_NAME_LEN    16
#define SPDK_TRACE_MAX_GROUP_ID       20
#define SPDK_TRACE_MAX_TPOINT_ID      (SPDK_TRACE_MAX_GROUP_ID * 64)
#define SPDK_TPOINT_ID(group, tpoint) (((group)*64) + (tpoint))

/** Kinds of arguments: a number, an address, a text. */
#define SPDK_TRACE_ARG_TYPE_INT 0
#define SPDK_TRACE_ARG_TYPE_PTR 1
#define SPDK_TRACE_ARG_TYPE_STR 2

#define SPDK_TRACE_MAX_ARGS_COUNT 8
#define SPDK_TRACE_MAX_RELATIONS  16

struct spdk_trace_argument {
	char name[14];
	/** SPDK_TRACE_ARG_TYPE_*. */
	uint8_t type;
	/** Bytes in the entry. */
	uint8_t size;
};

struct spdk_trace_tpoint {
	/** Empty: no tpoint of this id is registered. */
	char name[24];
	uint16_t tpoint_id;
	uint8_t owner_type;
	uint8_t object_type;
	/** Not 0: it is where an object begins. */
	uint8_t new_object;
	uint8_t num_args;
	struct spdk_trace_argument args[SPDK_TRACE_MAX_ARGS_COUNT];
	/** Arguments that are ids of other objects; the first without object_type ends them. */
	struct {
		uint8_t object_type;
		uint8_t arg_index;
	} related_objects[SPDK_TRACE_MAX_RELATIONS];
};

/** The ring of one lcore, or of one OS thread besides. */
struct spdk_trace_history {
	/** The lcore; for an OS thread besides, a number above those of all lcores. */
	int lcore;

	/** The name of the OS thread. */
	char tname[SPDK_TRACE_THREAD_NAME_LEN];

	/** How many entries the ring has; a power of two. */
	uint64_t num_entries;

	/** How many tpoints are counted. */
	uint64_t num_tpoint_ids;

	/** How many entries have been written so far; the next one goes to this % num_entries. */
	uint64_t next_entry;

	/**
	 * How often each tpoint was recorded, uint64_t[num_tpoint_ids]; then the ring, struct
	 * spdk_trace_entry[num_entries].
	 */
	uint8_t data[0];
};

/** Lcores, and OS threads besides, that can have a history. */
#define SPDK_TRACE_MAX_LCORE 1024

enum spdk_trace_section_type {
	SPDK_TRACE_SECTION_MAIN = 0,
	SPDK_TRACE_SECTION_OWNER = 1,
	SPDK_TRACE_SECTION_TPOINT_MASK = 2,
	SPDK_TRACE_SECTION_OWNER_TYPE = 3,
	SPDK_TRACE_SECTION_OBJECT = 4,
	SPDK_TRACE_SECTION_TPOINT = 5,
	SPDK_TRACE_SECTION_LCORE_OFFSETS = 6,
	SPDK_TRACE_NUM_SECTIONS,
};

struct spdk_trace_section_main {
	/** Ticks in a second. */
	uint64_t tsc_rate;
	/** Entries from before this count for nothing; see spdk_trace_clear(). */
	uint64_t clear_tsc;
	uint8_t reserved[496];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_main) == 512, "part of the file format");

struct spdk_trace_section_owner {
	uint16_t num_owners;
	/** Bytes of each description, with its NUL. */
	uint16_t owner_description_size;
	uint8_t reserved[124];
	/** struct spdk_trace_owner, each with its description, num_owners times. */
	uint8_t data[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_owner) == 128, "part of the file format");

struct spdk_trace_section_tpoint_mask {
	uint16_t count;
	uint8_t reserved[126];
	/** For each group, a bit for each of its tpoints that is switched on. */
	uint64_t tpoint_mask[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_tpoint_mask) == 128, "part of the file format");

struct spdk_trace_section_owner_type {
	uint16_t count;
	uint8_t reserved[126];
	struct spdk_trace_owner_type owner_type[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_owner_type) == 128, "part of the file format");

struct spdk_trace_section_object {
	uint16_t count;
	uint8_t reserved[126];
	struct spdk_trace_object object[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_object) == 128, "part of the file format");

struct spdk_trace_section_tpoint {
	uint16_t count;
	uint8_t reserved[126];
	/** By tpoint id. */
	struct spdk_trace_tpoint tpoint[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_tpoint) == 128, "part of the file format");

struct spdk_trace_section_lcore_offsets {
	uint16_t count;
	uint8_t reserved[126];
	/** Where the history of each lcore begins, from the start of the file; 0: it has none. */
	uint64_t lcore_offsets[0];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_trace_section_lcore_offsets) == 128,
		   "part of the file format");

/** The start of the file. */
struct spdk_trace_file {
	uint64_t file_size;
	uint16_t num_sections;
	uint8_t reserved[6];
	/** From the start of the file; 0: there is no such section. */
	uint64_t section_offsets[SPDK_TRACE_NUM_SECTIONS];
};

/** The trace file of this process, or NULL while there is no tracing. Not to be written to. */
extern struct spdk_trace_file *g_trace_file;

/**
 * The tpoints of each group that are switched on, for the macros below: with one load, a tpoint
 * that is off is passed. The section of masks in the file follows it. Not to be written to.
 */
extern uint64_t spindle_trace_masks[SPDK_TRACE_MAX_GROUP_ID];

/*
 * These read a trace file. They believe what it says: one that was not made by this process belongs
 * to spdk_trace_parser_init() first.
 */

/** The entry in slot `offset` of the ring, which must be below num_entries. */
static inline struct spdk_trace_entry *
spdk_trace_history_get_entry(struct spdk_trace_history *history, uint64_t offset)
{
	uint64_t *counts = (uint64_t *)history->data;

	return (struct spdk_trace_entry *)(counts + history->num_tpoint_ids) + offset;
}

/** Bytes of a history. */
static inline uint64_t
spdk_get_trace_history_size(uint64_t num_entries, uint64_t num_tpoint_ids)
{
	return sizeof(struct spdk_trace_history) + sizeof(uint64_t) * num_tpoint_ids +
	       sizeof(struct spdk_trace_entry) * num_entries;
}

/** Where a section begins; NULL: the file has none of this type. */
static inline void *
spdk_trace_get_section(const struct spdk_trace_file *f, enum spdk_trace_section_type type)
{
	bool is_there = (uint32_t)type < f->num_sections && f->section_offsets[type] != 0;

	return is_there ? (char *)f + f->section_offsets[type] : NULL;
}

#define spdk_trace_get_main_section(f) \
	((struct spdk_trace_section_main *)spdk_trace_get_section((f), SPDK_TRACE_SECTION_MAIN))

#define spdk_trace_get_tpoint_mask_section(f)                             \
	((struct spdk_trace_section_tpoint_mask *)spdk_trace_get_section( \
		(f), SPDK_TRACE_SECTION_TPOINT_MASK))

#define spdk_trace_get_owner_type_section(f)                             \
	((struct spdk_trace_section_owner_type *)spdk_trace_get_section( \
		(f), SPDK_TRACE_SECTION_OWNER_TYPE))

#define spdk_trace_get_object_section(f) \
	((struct spdk_trace_section_object *)spdk_trace_get_section((f), SPDK_TRACE_SECTION_OBJECT))

#define spdk_trace_get_tpoint_section(f) \
	((struct spdk_trace_section_tpoint *)spdk_trace_get_section((f), SPDK_TRACE_SECTION_TPOINT))

#define spdk_trace_get_lcore_offsets_section(f)                             \
	((struct spdk_trace_section_lcore_offsets *)spdk_trace_get_section( \
		(f), SPDK_TRACE_SECTION_LCORE_OFFSETS))

#define spdk_trace_get_owner_section(f) \
	((struct spdk_trace_section_owner *)spdk_trace_get_section((f), SPDK_TRACE_SECTION_OWNER))

/** Ticks in a second. */
static inline uint64_t
spdk_trace_get_tsc_rate(const struct spdk_trace_file *trace_file)
{
	return spdk_trace_get_main_section(trace_file)->tsc_rate;
}

/** Bytes of the whole file. */
static inline uint64_t
spdk_get_trace_file_size(struct spdk_trace_file *trace_file)
{
	return trace_file->file_size;
}

/** Bytes of all sections together, without the start of the file and without histories. */
static inline uint64_t
spdk_trace_file_get_sections_size(const struct spdk_trace_file *f)
{
	struct spdk_trace_section_owner *owners = spdk_trace_get_owner_section(f);
	struct spdk_trace_section_tpoint_mask *masks = spdk_trace_get_tpoint_mask_section(f);
	struct spdk_trace_section_owner_type *types = spdk_trace_get_owner_type_section(f);
	struct spdk_trace_section_object *objects = spdk_trace_get_object_section(f);
	struct spdk_trace_section_tpoint *tpoints = spdk_trace_get_tpoint_section(f);
	struct spdk_trace_section_lcore_offsets *lcores = spdk_trace_get_lcore_offsets_section(f);
	uint64_t owner_size = sizeof(struct spdk_trace_owner) + owners->owner_description_size;

	return sizeof(struct spdk_trace_section_main) + sizeof(*owners) +
	       owners->num_owners * owner_size + sizeof(*masks) + masks->count * sizeof(uint64_t) +
	       sizeof(*types) + types->count * sizeof(struct spdk_trace_owner_type) +
	       sizeof(*objects) + objects->count * sizeof(struct spdk_trace_object) +
	       sizeof(*tpoints) + tpoints->count * sizeof(struct spdk_trace_tpoint) +
	       sizeof(*lcores) + lcores->count * sizeof(uint64_t);
}

/** The history of an lcore, or NULL. */
static inline struct spdk_trace_history *
spdk_get_per_lcore_history(struct spdk_trace_file *trace_file, unsigned lcore)
{
	struct spdk_trace_section_lcore_offsets *lcores =
		spdk_trace_get_lcore_offsets_section(trace_file);

	if (lcores == NULL || lcore >= lcores->count || lcores->lcore_offsets[lcore] == 0) {
		return NULL;
	}
	return (struct spdk_trace_history *)((char *)trace_file + lcores->lcore_offsets[lcore]);
}

/** An owner, registered or not; NULL: the file has no room for one of this id. */
static inline struct spdk_trace_owner *
spdk_get_trace_owner(const struct spdk_trace_file *trace_file, uint16_t owner_id)
{
	struct spdk_trace_section_owner *owners = spdk_trace_get_owner_section(trace_file);
	uint64_t owner_size;

	if (owners == NULL || owner_id >= owners->num_owners) {
		return NULL;
	}
	owner_size = sizeof(struct spdk_trace_owner) + owners->owner_description_size;
	return (struct spdk_trace_owner *)(owners->data + owner_id * owner_size);
}

/* What the macros below call for a tpoint that is on. Not to be called by itself. */
void _spdk_trace_record(uint64_t tsc, uint16_t tpoint_id, uint16_t owner_id, uint32_t size,
			uint64_t object_id, int num_args, ...);

/** Whether a tpoint is switched on: one load and a branch. */
#define spdk_trace_tpoint_enabled(tpoint_id)                                                  \
	spdk_unlikely(                                                                        \
		(__atomic_load_n(&spindle_trace_masks[(tpoint_id) >> 6], __ATOMIC_RELAXED) >> \
		 ((tpoint_id)&0x3F)) &                                                        \
		1)

#define _spdk_trace_record_tsc(tsc, tpoint_id, owner_id, size, object_id, num_args, ...)        \
	do {                                                                                    \
		assert((tpoint_id) < SPDK_TRACE_MAX_TPOINT_ID);                                 \
		if (spdk_trace_tpoint_enabled(tpoint_id)) {                                     \
			_spdk_trace_record(tsc, tpoint_id, owner_id, size, object_id, num_args, \
					   ##__VA_ARGS__);                                      \
		}                                                                               \
	} while (0)

/* The formatter would make them too wide. */
/* clang-format off */
/**
 * How many arguments there are, 1 to 8; and 0, but where the compiler holds to a standard without
 * GNU's extensions (-std=c11), which counts 1 for none.
 */
#define spdk_trace_num_args(...) _spdk_trace_num_args(, ##__VA_ARGS__)
#define _spdk_trace_num_args(...) __spdk_trace_num_args(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define __spdk_trace_num_args(v, a1, a2, a3, a4, a5, a6, a7, a8, count, ...) count
/* clang-format on */

/**
 * Records a tpoint with a time of the caller's, in ticks; 0: now.
 *
 * Shape: what follows object_id are the arguments of the tpoint, as many and of the types as it was
 *   registered with: numbers of eight bytes and addresses as uint64_t or a pointer, smaller numbers
 *   as int or uint32_t, texts as const char *, of which one byte less than the size is kept.
 *   owner_id is 0 or from spdk_trace_register_owner(); size and object_id are the caller's.
 * Errors: a wrong number of arguments is recorded not at all, and explained once for each tpoint.
 */
#define spdk_trace_record_tsc(tsc, tpoint_id, owner_id, size, object_id, ...)                      \
	_spdk_trace_record_tsc(tsc, tpoint_id, owner_id, size, object_id,                          \
			       __spdk_trace_num_args(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0), \
			       ##__VA_ARGS__)

/** The same, now. */
#define spdk_trace_record(tpoint_id, owner_id, size, object_id, ...) \
	spdk_trace_record_tsc(0, tpoint_id, owner_id, size, object_id, ##__VA_ARGS__)

/** The tpoints of a group that are switched on; 0 for a group that cannot be. */
uint64_t spdk_trace_get_tpoint_mask(uint32_t group_id);

/**
 * Switches on these tpoints of a group, besides those that are on.
 *
 * The first one to be switched on gives each history its memory.
 * Errors: explained: no such group; no tracing; no memory for the history of an lcore, which then
 *   records nothing.
 */
void spdk_trace_set_tpoints(uint32_t group_id, uint64_t tpoint_mask);

/** Switches off these tpoints of a group. */
void spdk_trace_clear_tpoints(uint32_t group_id, uint64_t tpoint_mask);

/** The groups of which at least one tpoint is switched on. */
uint64_t spdk_trace_get_tpoint_group_mask(void);

/** Switches on all tpoints of these groups; bits from SPDK_TRACE_MAX_GROUP_ID on say nothing. */
void spdk_trace_set_tpoint_group_mask(uint64_t tpoint_group_mask);

/** Switches off all tpoints of these groups. */
void spdk_trace_clear_tpoint_group_mask(uint64_t tpoint_group_mask);

/**
 * Makes the trace file, with a history for each lcore, and calls the register functions.
 *
 * Where there can be no file (no /dev/shm, it is full or not writable, a live process has one of
 * this name), a NOTICE says so, and memory of the process is used, which others cannot see. A file
 * takes memory only as it is used. Files whose processes are gone and that have no entries are
 * removed, where they have the same name up to SPDK_TRACE_SHM_NAME_BASE.
 *
 * Thread: after spdk_env_init(), on whose lcores it depends.
 * Shape: shm_name begins with '/' and has no other; num_entries is a power of two, for each
 * history, or 0: no tracing, and nothing is done; num_threads is how many OS threads besides lcores
 * may have a history at the same time. Errors: explained: -EINVAL: arguments; -EALREADY: there is a
 * trace file; -ENOMEM.
 */
int spdk_trace_init(const char *shm_name, uint64_t num_entries, uint32_t num_threads);

/**
 * Gives the calling OS thread, which is on no lcore, a history, until it is taken back.
 *
 * Errors: explained: -EINVAL: it is on an lcore; -EALREADY: it has one; -ENOSPC: num_threads have
 *   one; -ENOMEM: there is no memory for it; -ENODEV: no tracing.
 */
int spdk_trace_register_user_thread(void);

/**
 * Takes back the history of the calling OS thread. What it recorded stays until another gets it.
 *
 * Errors: explained: -EINVAL: it is on an lcore, or has none; -ENODEV: no tracing.
 */
int spdk_trace_unregister_user_thread(void);

/**
 * Ends tracing: nothing may be recorded any more. The file is removed when it has no entries, and
 * stays for whoever wants to read it when it has.
 */
void spdk_trace_cleanup(void);

/** Has readers pass over all that was recorded before this call. */
void spdk_trace_clear(void);

#define OWNER_ID_NONE   0
#define OWNER_TYPE_NONE 0
#define OBJECT_NONE     0

/** Names a type of owners: id_prefix is the letter before their numbers. */
void spdk_trace_register_owner_type(uint8_t type, char id_prefix);

/**
 * Registers somebody who records.
 *
 * Owner: the caller, until spdk_trace_unregister_owner(). Of the ids that were given back, the one
 *   that has been free for longest is used, and not before all others.
 * Shape: a description that is too long (118 bytes) is cut. NULL is an empty one.
 * Errors: 0: there is no tracing, or, explained once, no id or no memory is left. 0 may be used
 *   like an id everywhere.
 */
uint16_t spdk_trace_register_owner(uint8_t owner_type, const char *description);

/** Gives an owner another description. Nothing is done for 0. */
void spdk_trace_owner_set_description(uint16_t owner_id, const char *description);

/** Appends a space and `description` to that of an owner. Nothing is done for 0. */
void spdk_trace_owner_append_description(uint16_t owner_id, const char *description);

/** Gives back an id. Nothing is done for 0; an id that nobody has is explained. */
void spdk_trace_unregister_owner(uint16_t owner_id);

/** Names a type of objects: id_prefix is the letter before their numbers. */
void spdk_trace_register_object(uint8_t type, char id_prefix);

/**
 * Describes a tpoint with one argument of eight bytes; arg1_name NULL or "": with none.
 *
 * Shape: new_object not 0: it is where an object begins. Names that are too long (23 bytes, 13 for
 *   an argument) are cut, and that is explained.
 * Errors: explained: an id out of range or described before, a name that is missing or that another
 *   of its group has, a type that there is not. The tpoint is then as before.
 */
void spdk_trace_register_description(const char *name, uint16_t tpoint_id, uint8_t owner_type,
				     uint8_t object_type, uint8_t new_object, uint8_t arg1_type,
				     const char *arg1_name);

struct spdk_trace_tpoint_opts {
	const char *name;
	uint16_t tpoint_id;
	uint8_t owner_type;
	uint8_t object_type;
	uint8_t new_object;
	/** Those before the first without a name. */
	struct {
		const char *name;
		/** SPDK_TRACE_ARG_TYPE_*. */
		uint8_t type;
		/** Bytes: 1, 2, 4 or 8 for a number, 8 for an address, 1 to 255 for a text. */
		uint8_t size;
	} args[SPDK_TRACE_MAX_ARGS_COUNT];
};

/** The same for `num_opts` tpoints, with up to SPDK_TRACE_MAX_ARGS_COUNT arguments each. */
void
spdk_trace_register_description_ext(const struct spdk_trace_tpoint_opts *opts, size_t num_opts);

/** The register functions in the order of their groups; NULL: no more. */
struct spdk_trace_register_fn *spdk_trace_get_first_register_fn(void);
struct spdk_trace_register_fn *
spdk_trace_get_next_register_fn(struct spdk_trace_register_fn *register_fn);

/**
 * Says that an argument of a tpoint is the id of an object of this type, so that a reader can tell
 * what belongs together.
 *
 * Errors: explained: the tpoint has no such argument, or SPDK_TRACE_MAX_RELATIONS already.
 */
void
spdk_trace_tpoint_register_relation(uint16_t tpoint_id, uint8_t object_type, uint8_t arg_index);

/**
 * Switches on all tpoints of a group, by name; "all": of all groups.
 *
 * Errors: explained, with the groups that there are: -EINVAL: there is none of that name; -ENODEV:
 *   no tracing.
 */
int spdk_trace_enable_tpoint_group(const char *group_name);

/** The reverse, with the same errors. */
int spdk_trace_disable_tpoint_group(const char *group_name);

/** Prints the option `tmask_arg` ("-e") for a help text, with the groups that there are. */
void spdk_trace_mask_usage(FILE *f, const char *tmask_arg);

/** The bit of a group, by name; "all": all bits; 0, explained: there is none of that name. */
uint64_t spdk_trace_create_tpoint_group_mask(const char *group_name);

/**
 * The bit of a tpoint in its group, by name, in upper or lower case; 0, explained: there is none.
 * Tpoints have names from spdk_trace_init() on.
 */
uint64_t spdk_trace_create_tpoint_mask(uint32_t group_id, const char *tpoint_name);

/** What names a group and describes its tpoints; see SPDK_TRACE_REGISTER_FN(). */
struct spdk_trace_register_fn {
	const char *name;
	uint8_t tgroup_id;
	void (*reg_fn)(void);
	/** Belongs to the library. */
	struct spdk_trace_register_fn *next;
};

/**
 * Adds a register function, which spdk_trace_init() will call; at once, if that has been called.
 *
 * Owner: the caller, as long as the process lives.
 * Errors: explained when they are next looked at, and left out: a name or group that another has, a
 *   group that cannot be, a name that is missing or "all".
 */
void spdk_trace_add_register_fn(struct spdk_trace_register_fn *reg_fn);

/** Before main(): adds `fn`, which describes the tpoints of a group by the calls above. */
#define SPDK_TRACE_REGISTER_FN(fn, name_str, _tgroup_id)     \
	static void fn(void);                                \
	struct spdk_trace_register_fn reg_##fn = {           \
		.name = name_str,                            \
		.tgroup_id = _tgroup_id,                     \
		.reg_fn = fn,                                \
		.next = NULL,                                \
	};                                                   \
	__attribute__((constructor)) static void _##fn(void) \
	{                                                    \
		spdk_trace_add_register_fn(&reg_##fn);       \
	}

#ifdef __cplusplus
}
#endif

#endif
