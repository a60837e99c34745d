/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The arithmetic of a copy. Pure: nothing here does I/O.
 *
 * P1  A piece begins where the one before it ended. But for the first beginning and the last end,
 *     both lie on whole blocks of the target: no block of it belongs to two pieces, so that a
 *     partial block, which is read, changed and written, is in nobody else's way.
 */
#ifndef SPINDLE_TOOL_DD_PLAN_H
#define SPINDLE_TOOL_DD_PLAN_H

#include "spdk/stdinc.h"

/* Of a source that may be of any length, or a target that grows. */
#define DD_UNLIMITED UINT64_MAX

struct dd_plan {
	/* Where in the target the copy begins, in bytes. */
	uint64_t seek;
	/* What a write to the target must be a multiple of; 1: any. */
	uint64_t block;
	/* Bytes of a piece, a multiple of block. */
	uint64_t piece;
};

struct dd_plan dd_plan_make(uint64_t seek, uint64_t block, uint64_t piece_wanted);
/* The end of the piece that begins at `begin`; both in bytes from the beginning of the copy. */
uint64_t dd_plan_end(const struct dd_plan *plan, uint64_t begin);
/*
 * How much of `size` zeros from `begin` on are whole blocks of the target and may be made zero as
 * such. 0: `begin` is within a block, or they are too few.
 */
uint64_t dd_plan_zeros(const struct dd_plan *plan, uint64_t begin, uint64_t size);

/* The whole blocks that a range touches, and what of them does not belong to it. */
struct dd_cover {
	uint64_t offset;
	uint64_t size;
	/* Bytes before the range in its first block, and behind it in its last. */
	uint64_t head;
	uint64_t tail;
};

/* `size` is not 0. */
struct dd_cover dd_cover(uint64_t offset, uint64_t size, uint64_t block);

/*
 * Length of the run at the beginning of the bytes: zeros that fill units of the target, or what is
 * not such. `offset` is that of the first byte in the target. Not 0, unless `size` is.
 */
uint64_t dd_run_length(const uint8_t *bytes, uint64_t size, uint64_t offset, uint64_t unit,
		       bool *out_is_zero);

#endif
