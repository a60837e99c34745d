/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes and counts, as people write them and as they like to read them. */
#ifndef SPINDLE_TOOL_SIZE_H
#define SPINDLE_TOOL_SIZE_H

#include "spdk/stdinc.h"

/*
 * Reads a size: decimal digits, then one of k, M, G and T in either case for 2^10 to 2^40, which B
 * or iB may follow, or B alone for bytes. `out_has_unit`, unless NULL, tells whether there were
 * letters: callers may give a bare number a unit of their own.
 *
 * Errors: -EINVAL: anything else. -ERANGE: 2^64 or more. The outputs are then as they were.
 */
int size_parse(const char *text, uint64_t *out_size, bool *out_has_unit);

/* A text of three digits or so; `.text` may be used where the call is, as an argument of printf. */
struct size_text {
	char text[24];
};

/* Bytes: "512 B", "4 KiB", "1.50 GiB". */
struct size_text size_text(uint64_t bytes);
/* Bytes in a second, decimal as for disks and networks: "999 B/s", "52.1 MB/s". */
struct size_text rate_text(double bytes_per_second);
/* A number of things: "812", "12.3k", "1.25M". */
struct size_text count_text(double count);

#endif
