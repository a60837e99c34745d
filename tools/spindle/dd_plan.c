/* SPDX-License-Identifier: BSD-3-Clause */
/* The arithmetic of a copy: pieces, partial blocks, runs of zeros. */
#include "dd_plan.h"

#include "spdk/string.h"
#include "spdk/util.h"

struct dd_plan
dd_plan_make(uint64_t seek, uint64_t block, uint64_t piece_wanted)
{
	uint64_t blocks = piece_wanted / block + (piece_wanted % block != 0);

	return (struct dd_plan){
		.seek = seek,
		.block = block,
		.piece = spdk_max(blocks, 1) * block,
	};
}

uint64_t
dd_plan_end(const struct dd_plan *plan, uint64_t begin)
{
	uint64_t head = plan->seek % plan->block;
	/* Of the piece, from the block in which the copy begins. */
	uint64_t index = (head + begin) / plan->piece;

	if (index + 1 > UINT64_MAX / plan->piece) {
		return UINT64_MAX;
	}
	return (index + 1) * plan->piece - head;
}

uint64_t
dd_plan_zeros(const struct dd_plan *plan, uint64_t begin, uint64_t size)
{
	if ((plan->seek + begin) % plan->block != 0) {
		return 0;
	}
	return size - size % plan->block;
}

struct dd_cover
dd_cover(uint64_t offset, uint64_t size, uint64_t block)
{
	uint64_t head = offset % block;
	uint64_t over = (offset + size) % block;
	uint64_t tail = over != 0 ? block - over : 0;

	assert(size > 0);
	return (struct dd_cover){
		.offset = offset - head,
		.size = head + size + tail,
		.head = head,
		.tail = tail,
	};
}

uint64_t
dd_run_length(const uint8_t *bytes, uint64_t size, uint64_t offset, uint64_t unit,
	      bool *out_is_zero)
{
	/* A unit that is not all there is no zeros: what else it holds is not known. */
	uint64_t at = (unit - offset % unit) % unit;
	bool is_zero = at == 0 && size >= unit && spdk_mem_all_zero(bytes, unit);

	if (at == 0) {
		at = unit;
	}
	while (at + unit <= size && spdk_mem_all_zero(bytes + at, unit) == is_zero) {
		at += unit;
	}
	*out_is_zero = is_zero;
	/* What is less than a unit goes with the data before it. */
	return !is_zero && at + unit > size ? size : at;
}
