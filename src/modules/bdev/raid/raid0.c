/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raid0: strips on each slot in turn. Strip s of the array is strip s / n of slot s % n.
 *
 * Reads and writes come within one strip, since the array has its strips as boundary. Of a longer
 * range, what is in one slot is contiguous there: all strips of it, but for the ends.
 */
#include "raid_internal.h"

static uint64_t
measure(struct raid *raid)
{
	uint64_t blocks = UINT64_MAX;

	for (uint32_t i = 0; i < raid->count; i++) {
		const struct raid_slot *slot = &raid->slots[i];
		uint64_t size = raid_slot_bdev(slot)->blockcnt;

		blocks = spdk_min(blocks, size - spdk_min(size, slot->data_offset));
	}
	blocks -= blocks % raid->strip_blocks;
	for (uint32_t i = 0; i < raid->count; i++) {
		raid->slots[i].data_blocks = blocks;
	}
	raid->boundary = raid->count > 1 ? raid->strip_blocks : 0;
	return blocks * raid->count;
}

static void
submit(struct raid_io *ctx)
{
	const struct raid *raid = ctx->ch->raid;
	const struct spdk_bdev_io_block_params *params = &raid_io_of(ctx)->u.bdev;
	uint64_t strip = params->offset_blocks >> raid->strip_shift;
	uint64_t rest = params->offset_blocks & (raid->strip_blocks - 1);
	struct bdev_place part = {
		.offset = (strip / raid->count << raid->strip_shift) + rest,
		.count = params->num_blocks,
	};

	ctx->slot = (uint32_t)(strip % raid->count);
	raid_io_submit_only(ctx, &part);
}

static bool
find_part(const struct raid *raid, uint32_t slot, const struct bdev_place *range,
	  struct bdev_place *out_part)
{
	uint64_t begin = range->offset, last = range->offset + range->count - 1;
	uint64_t first_strip = begin >> raid->strip_shift, last_strip = last >> raid->strip_shift;
	uint64_t count = raid->count, mask = raid->strip_blocks - 1;
	/* The first and the last strip of the range that are in the slot. */
	uint64_t first = first_strip + (slot + count - first_strip % count) % count;
	uint64_t back = (last_strip % count + count - slot) % count;
	uint64_t end, row;

	if (first > last_strip) {
		return false;
	}
	row = first / count;
	out_part->offset = (row << raid->strip_shift) + (first == first_strip ? begin & mask : 0);
	row = (last_strip - back) / count;
	end = (row << raid->strip_shift) + (back == 0 ? (last & mask) + 1 : raid->strip_blocks);
	out_part->count = end - out_part->offset;
	return true;
}

const struct raid_level g_raid0 = {
	.level = SPDK_BDEV_RAID_LEVEL_RAID0,
	.name = "raid0",
	.slots_min = 1,
	.has_strips = true,
	.measure = measure,
	.submit = submit,
	.find_part = find_part,
};
