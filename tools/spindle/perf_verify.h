/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing blocks that say what they are, and reading them back.
 *
 * A stamp fills a block: seed, number of the block, generation, and words that follow from these
 * three, so that a block that was lost, left old, mixed up with another or spoilt in any byte is
 * told from the right one.
 *
 * A pass writes each place of a pattern once, waits until nothing is under way, and reads all of
 * it. The next pass has the next generation. So no two I/Os that are under way overlap, and what
 * was written first has had all the others after it when it is read.
 *
 *     WRITING --places or budget used up, or time over; nothing under way--> READING
 *     READING --all that was written is read; nothing under way--> WRITING, or the end
 *
 * One that only reads stays in READING, and takes each generation for right.
 */
#ifndef SPINDLE_TOOL_PERF_VERIFY_H
#define SPINDLE_TOOL_PERF_VERIFY_H

#include "perf_pattern.h"

struct perf_stamp {
	uint64_t seed;
	uint64_t block;
	uint64_t generation;
};

/* What a stamp begins with, and so the smallest block for one. */
#define PERF_STAMP_HEADER (3 * sizeof(uint64_t))

void perf_stamp_fill(void *data, size_t size, const struct perf_stamp *stamp);
/* Where the first byte is that differs; `size`: none does. */
size_t perf_stamp_compare(const void *data, size_t size, const struct perf_stamp *stamp);
/* What the block says its generation is. */
uint64_t perf_stamp_generation(const void *data);
/* How a block differs, for people: what was expected, and what was found. */
void perf_stamp_explain(const void *data, size_t size, const struct perf_stamp *stamp, char *text,
			size_t text_size);

struct perf_verify {
	const struct perf_pattern *pattern;
	uint64_t seed;
	uint32_t block_size;
	bool only_reads;
	bool is_reading;
	uint64_t generation;
	/* I/Os that may still be begun: writes, or reads of one that only reads. */
	uint64_t left;
	/* I/Os that were begun in this phase. */
	uint64_t begun;
	/* I/Os that this pass has written, or will have. */
	uint64_t written;
	/* Blocks that were read and were right. */
	uint64_t blocks_right;
	/* Generations that were found. */
	uint64_t generation_min;
	uint64_t generation_max;
};

/* `pattern` is one with passes and one size, and outlives it. `left` 0: one pass. */
void
perf_verify_init(struct perf_verify *verify, const struct perf_pattern *pattern, uint64_t left);
/* What comes next in this phase; false: nothing. */
bool perf_verify_next(struct perf_verify *verify, struct perf_step *step);
/* Nothing is under way: goes to the next phase, if this one is over; false: it is the end. */
bool perf_verify_turn(struct perf_verify *verify);
/* No more passes; what was written is read. */
void perf_verify_stop(struct perf_verify *verify);
/* Stamps the data of a write. */
void
perf_verify_stamp(const struct perf_verify *verify, const struct perf_step *step, uint8_t *data);
/* Looks at what was read; true: all is right. Else the first block that is not, and how. */
bool perf_verify_check(struct perf_verify *verify, const struct perf_step *step,
		       const uint8_t *data, char *text, size_t text_size);
/* I/Os of the last pass that were written and not begun to be read. */
uint64_t perf_verify_unread(const struct perf_verify *verify);

#endif
