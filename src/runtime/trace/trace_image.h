/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The copy of a trace file that a parser works with.
 */
#ifndef SPINDLE_TRACE_IMAGE_H
#define SPINDLE_TRACE_IMAGE_H

#include "spdk/trace.h"
#include "spdk/trace_parser.h"

/* What of the ring of one lcore is whole, in the order in which it was written. */
struct trace_ring {
	/* NULL: there is no history of this lcore, or it was not asked for. */
	struct spdk_trace_entry *entries;
	uint64_t num_entries;
	/* The slot of the first one, and how many come after it, some of which may be empty. */
	uint64_t start;
	uint64_t count;
	const char *tname;
};

struct trace_image {
	struct spdk_trace_file *file;
	size_t size;
	struct trace_ring rings[SPDK_TRACE_MAX_LCORE];
};

/*
 * Copies what opts says. In the copy, each section and each history lies within the file, and apart
 * from the others; counts are such that tables can be read by any number that may stand in an entry
 * or tpoint, but for owners, which spdk_get_trace_owner() checks; texts end with a NUL.
 *
 * 0, or -errno, explained, and nothing is left: -EINVAL: it is no such file, or not opts; -ENOMEM;
 * and what opening and reading gives.
 */
int trace_image_open(const struct spdk_trace_parser_opts *opts, struct trace_image *image);
void trace_image_close(struct trace_image *image);

/* The entry that comes `index` after the first one; index < count. */
static inline struct spdk_trace_entry *
trace_ring_entry(const struct trace_ring *ring, uint64_t index)
{
	return &ring->entries[(ring->start + index) % ring->num_entries];
}

#endif
