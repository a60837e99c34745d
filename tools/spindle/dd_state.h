/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far a copy is, in a file that another process goes on from.
 *
 * Text, a line for each value, in this order:
 *
 *   spindle-dd 1
 *   source ..., source-stamp ..., target ..., target-stamp ...
 *   skip N, seek N, length N, bs N, done N      bytes
 *   crc32c 0x%08x                               of all bytes before this line
 *
 * Control characters and '%' in strings are written as %XX. A text that differs from what would be
 * written in any byte is none.
 */
#ifndef SPINDLE_TOOL_DD_STATE_H
#define SPINDLE_TOOL_DD_STATE_H

#include "spindle.h"

/* What a state file may have. */
#define DD_STATE_BYTES_MAX 65536

struct dd_state {
	char *source;
	char *source_stamp;
	char *target;
	char *target_stamp;
	uint64_t skip;
	uint64_t seek;
	uint64_t length;
	uint64_t block_size;
	/* From the beginning on, all of it is copied and durable. */
	uint64_t done;
};

void dd_state_write(const struct dd_state *state, struct text *text);
/* 0, or -EINVAL: this is no state, or not all of it; nothing is to be freed then. */
int dd_state_parse(const char *text, size_t size, struct dd_state *out_state);
void dd_state_fini(struct dd_state *state);

/* What keeps a copy from going on from a state of another one, for people; NULL: nothing. */
char *dd_state_difference(const struct dd_state *found, const struct dd_state *wanted);

/* 0, -ENOENT: there is none; -EINVAL: the file is something else; or another -errno. */
int dd_state_load(const char *path, struct dd_state *out_state);
/* Replaces the file as a whole, or not at all. 0 or -errno. */
int dd_state_save(const char *path, const struct dd_state *state);

#endif
