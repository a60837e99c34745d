/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * concat: one slot after the other, each in whole strips.
 *
 * N1  Where a slot begins never changes once the array is online: of members that grow, only the
 *     last makes the array larger.
 * N2  Reads and writes come within one slot: the array's boundary divides where each begins. It is
 *     the largest that does, so that members of one size cost no more splits than their ends.
 */
#include "raid_internal.h"

/* A boundary has 32 bits. */
#define BOUNDARY_MAX ((uint64_t)1 << 31)

static uint64_t
common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint64_t
whole_strips(const struct raid_slot *slot)
{
	uint64_t size = raid_slot_bdev(slot)->blockcnt;
	uint64_t blocks = size - spdk_min(size, slot->data_offset);

	return blocks - blocks % slot->raid->strip_blocks;
}

/* What a superblock says holds, however the member has grown meanwhile. */
static uint64_t
blocks_of(const struct raid_slot *slot, bool is_last)
{
	const struct raid *raid = slot->raid;
	uint64_t blocks = whole_strips(slot), recorded;

	if (is_last || raid->sb == NULL || raid->sb->sequence == 0) {
		return blocks;
	}
	recorded = raid->sb->slots[slot - raid->slots].data_blocks;
	return spdk_min(blocks, recorded - recorded % raid->strip_blocks);
}

/* By N1, when it is online already. */
static void
place_slots(struct raid *raid)
{
	uint64_t start = 0;

	raid->boundary = 0;
	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];

		slot->start = start;
		slot->data_blocks = blocks_of(slot, i + 1 == raid->count);
		start += slot->data_blocks;
		raid->boundary = common_divisor(raid->boundary, slot->start);
	}
	if (raid->boundary != 0) {
		raid->boundary = common_divisor(raid->boundary, BOUNDARY_MAX);
	}
}

static uint64_t
measure(struct raid *raid)
{
	struct raid_slot *last = &raid->slots[raid->count - 1];
	bool has_empty = false;

	if (raid->state != SPDK_BDEV_RAID_STATE_ONLINE) {
		place_slots(raid);
	} else {
		last->data_blocks = whole_strips(last);
	}
	for (uint32_t i = 0; i < raid->count; i++) {
		has_empty |= raid->slots[i].data_blocks == 0;
	}
	return has_empty ? 0 : last->start + last->data_blocks;
}

static void
submit(struct raid_io *ctx)
{
	const struct raid *raid = ctx->ch->raid;
	const struct spdk_bdev_io_block_params *params = &raid_io_of(ctx)->u.bdev;
	uint32_t slot = raid->count - 1;
	struct bdev_place part;

	while (raid->slots[slot].start > params->offset_blocks) {
		slot--; /* The first begins at 0. */
	}
	part.offset = params->offset_blocks - raid->slots[slot].start;
	part.count = params->num_blocks;
	ctx->slot = slot;
	raid_io_submit_only(ctx, &part);
}

static bool
find_part(const struct raid *raid, uint32_t slot, const struct bdev_place *range,
	  struct bdev_place *out_part)
{
	uint64_t start = raid->slots[slot].start, end = range->offset + range->count;
	uint64_t begin = spdk_max(start, range->offset);

	if (slot + 1 < raid->count) {
		end = spdk_min(end, raid->slots[slot + 1].start);
	}
	if (begin >= end) {
		return false;
	}
	out_part->offset = begin - start;
	out_part->count = end - begin;
	return true;
}

const struct raid_level g_concat = {
	.level = SPDK_BDEV_RAID_LEVEL_CONCAT,
	.name = "concat",
	.slots_min = 1,
	.has_strips = true,
	.measure = measure,
	.submit = submit,
	.find_part = find_part,
};
