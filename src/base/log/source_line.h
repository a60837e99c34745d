/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds the source line of an address, where debug info and the library that reads it are there.
 */
#ifndef SPINDLE_SOURCE_LINE_H
#define SPINDLE_SOURCE_LINE_H

#include "spdk/stdinc.h"

#define SOURCE_LINE_FILE_SIZE 128

struct source_line {
	/* The last part of the path; terminated, cut if it is longer. */
	char file[SOURCE_LINE_FILE_SIZE];
	int line;
};

/*
 * Finds the line that the instruction at `address` was made of.
 *
 * Thread: any; one at a time, others wait. The first call loads libdw and keeps what it reads.
 * Errors: -ENOENT when there is no debug info for it, -ENOSYS when libdw is not to be had.
 * `*out_line` then stays as it was.
 */
int source_line_find(const void *address, struct source_line *out_line);

/* Gives back the memory and descriptors that earlier calls keep for later ones. */
void source_line_release(void);

#endif /* SPINDLE_SOURCE_LINE_H */
