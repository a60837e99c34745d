/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Reads trace files: the entries of all lcores in the order of time, with their arguments, and with
 * what is known of the objects that they are about.
 *
 * What a file says is checked, not believed: one that is damaged, cut off or made to do harm is
 * refused, or gives nonsense, but nothing outside of it is ever read.
 *
 * Thread: one at a time for each parser; they do not know of each other.
 */
#ifndef SPDK_TRACE_PARSER_H
#define SPDK_TRACE_PARSER_H

#include "spdk/stdinc.h"
#include "spdk/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_trace_parser;

enum spdk_trace_parser_mode {
	/** `filename` is a path. */
	SPDK_TRACE_PARSER_MODE_FILE,
	/** `filename` is a name in shared memory, such as "/app_trace.pid123". */
	SPDK_TRACE_PARSER_MODE_SHM,
};

struct spdk_trace_parser_opts {
	const char *filename;
	/** enum spdk_trace_parser_mode. */
	int mode;
	/** The lcore whose entries are wanted; SPDK_TRACE_MAX_LCORE: those of all. */
	uint16_t lcore;
};

/**
 * Takes a copy of a trace file, which may be in use, and sorts its entries by time. Those that are
 * from before spdk_trace_clear(), and those that are overwritten while they are read, are left out.
 *
 * Owner: the caller, until spdk_trace_parser_cleanup().
 * Errors: NULL, explained: there is no such file, it is no trace file or a damaged one, it has no
 *   history of that lcore, or there is no memory.
 */
struct spdk_trace_parser *spdk_trace_parser_init(const struct spdk_trace_parser_opts *opts);

/** Frees a parser and all it has given; NULL is accepted. */
void spdk_trace_parser_cleanup(struct spdk_trace_parser *parser);

/** The parser's copy of the file. Texts in it end with a NUL. */
const struct spdk_trace_file *spdk_trace_parser_get_file(const struct spdk_trace_parser *parser);

/**
 * The latest of the times of the first entries of each lcore: from there on, there are entries of
 * all of them. 0: there are none.
 *
 * Units: ticks.
 */
uint64_t spdk_trace_parser_get_tsc_offset(const struct spdk_trace_parser *parser);

struct spdk_trace_parser_entry {
	/** In the parser's copy of the file. */
	struct spdk_trace_entry *entry;
	/** Counts the objects of its type, from 0; UINT64_MAX: it is about none, or not a known
	 * one. */
	uint64_t object_index;
	/** Ticks, when that object began; UINT64_MAX likewise. */
	uint64_t object_start;
	uint16_t lcore;
	/** The name of the OS thread, in the parser's copy of the file. */
	const char *tname;
	/** The object that one of the arguments names, counted likewise; UINT64_MAX: none. */
	uint64_t related_index;
	/** Its type; OBJECT_NONE: none. */
	uint8_t related_type;
	/** As many as the tpoint has. */
	struct {
		/** It is the id of the related object. */
		bool is_related;
		union {
			uint64_t integer;
			void *pointer;
			char string[UINT8_MAX + 1];
		} u;
	} args[SPDK_TRACE_MAX_ARGS_COUNT];
};

/** Writes the next entry to `entry`. False: there are no more, and it is as it was. */
bool spdk_trace_parser_next_entry(struct spdk_trace_parser *parser,
				  struct spdk_trace_parser_entry *entry);

/**
 * How many entries of an lcore are in the file, and have not been overwritten; those of arguments
 * count as well, and those from before spdk_trace_clear(). 0 for one that was not asked for.
 */
uint64_t spdk_trace_parser_get_entry_count(const struct spdk_trace_parser *parser, uint16_t lcore);

#ifdef __cplusplus
}
#endif

#endif
