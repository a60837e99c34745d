/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which blocks a worker does what to: operations, sizes and places, one after the other.
 *
 *   sequential  from the first block on, and again from there
 *   uniform     each place as likely as any other, whatever came before
 *   zipf        the first places more often (spdk/zipf.h)
 *   each once   in an order that looks random, each place once, and again
 *
 * A place is a multiple of the size of the I/O from the first block on. With more sizes than one,
 * sequential goes on behind the last I/O instead, and only sequential and uniform are there.
 *
 * The same seed gives the same I/Os. Nothing is allocated once a pattern was made.
 */
#ifndef SPINDLE_TOOL_PERF_PATTERN_H
#define SPINDLE_TOOL_PERF_PATTERN_H

#include "spdk/stdinc.h"

#include "spdk/zipf.h"

enum perf_op {
	PERF_OP_READ,
	PERF_OP_WRITE,
	PERF_OP_FLUSH,
	PERF_OP_UNMAP,
	PERF_OP_WRITE_ZEROES,
	PERF_OP_COPY,
	PERF_OP_RESET,
};

/* "read": as in a sentence. */
const char *perf_op_name(enum perf_op op);

#define PERF_SIZES_MAX 16

/* Sizes of I/Os in bytes, and how many of 100 have each. */
struct perf_sizes {
	uint32_t count;
	struct {
		uint64_t bytes;
		uint32_t percent;
	} of[PERF_SIZES_MAX];
};

/*
 * Reads "4k", or "4k/70,64k/30"; ':' may stand for ','. Where no percentage stands, what the others
 * leave is shared. 0 or -EINVAL: another form, a size of 0, or percentages that do not add up to
 * 100.
 */
int perf_sizes_parse(const char *text, struct perf_sizes *out_sizes);
/* The other way round; of one size just that. */
void perf_sizes_print(const struct perf_sizes *sizes, char *text, size_t size);
uint64_t perf_sizes_max(const struct perf_sizes *sizes);

enum perf_order {
	PERF_SEQUENTIAL,
	PERF_UNIFORM,
	PERF_ZIPF,
	PERF_EACH_ONCE,
};

struct perf_pattern {
	uint64_t random;
	/* Of 65536: those that are reads. */
	uint32_t read_share;
	enum perf_op op;
	enum perf_order order;
	uint32_t sizes_count;
	struct {
		uint64_t blocks;
		/* How many fit into the range. */
		uint64_t places;
		/* Of 65536: those that have this size or one before it. */
		uint32_t share;
	} sizes[PERF_SIZES_MAX];
	uint64_t first_block;
	uint64_t num_blocks;
	/* Sequential: the next block of the range. Each once: the next place. */
	uint64_t cursor;
	uint64_t stride;
	struct spdk_zipf *zipf;
};

struct perf_pattern_opts {
	enum perf_op op;
	/* Of reads and writes; -1: `op` only. */
	int32_t read_percent;
	enum perf_order order;
	const struct perf_sizes *sizes;
	uint32_t block_size;
	uint64_t first_block;
	uint64_t num_blocks;
	double zipf_theta;
	uint64_t seed;
};

/*
 * Sizes are multiples of the block size, and the largest fits into the range at least once.
 * 0 or -ENOMEM.
 */
int perf_pattern_init(struct perf_pattern *pattern, const struct perf_pattern_opts *opts);
void perf_pattern_fini(struct perf_pattern *pattern);

/* What comes next. Blocks are those of the device. */
struct perf_step {
	enum perf_op op;
	uint64_t block;
	uint64_t blocks;
};
void perf_pattern_next(struct perf_pattern *pattern, struct perf_step *step);

/* The block of place number `index` of a pass, for orders that have passes, and one size. */
uint64_t perf_pattern_place(const struct perf_pattern *pattern, uint64_t index);

/* 64 random bits. */
static inline uint64_t
perf_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

#endif
