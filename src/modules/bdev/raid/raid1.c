/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raid1: the same on each slot.
 *
 * M1  What is read has been written to the member that it is read from. So a write that one member
 *     has done and another has not is parked: it completes when no channel reads from the latter
 *     any more (raid_change.c), and not before.
 * M2  A member that fails a write is told to go (has_failed) only if another has done the write.
 *     When all have failed it, the write fails, and they stay.
 * M3  The last member that can be read never goes for a failure: writes that it has failed, fail.
 * M4  A write that was aborted (a reset) says nothing about the member. It ends as aborted; until
 *     it is written anew, what is read there may be from before or after, by each member.
 * M5  A read that fails is tried on each other member. It does not make a member go.
 * M6  A read that finds only members that have failed a write waits until they have gone, or stay.
 */
#include "raid_internal.h"
#include "spdk/likely.h"
#include "spdk/log.h"

static uint64_t
measure(struct raid *raid)
{
	uint64_t blocks = UINT64_MAX;

	for (uint32_t i = 0; i < raid->count; i++) {
		const struct raid_slot *slot = &raid->slots[i];

		if (slot->desc != NULL) {
			uint64_t size = raid_slot_bdev(slot)->blockcnt;

			blocks = spdk_min(blocks, size - spdk_min(size, slot->data_offset));
		}
	}
	for (uint32_t i = 0; i < raid->count; i++) {
		if (raid->slots[i].desc != NULL) {
			raid->slots[i].data_blocks = blocks;
		}
	}
	raid->boundary = 0;
	return blocks;
}

/* ---- Reading ---- */

static void read_anywhere(struct raid_io *ctx);

/* The one with the fewest blocks under way, of those that have not failed it; -1: none. */
static int
choose_lane(const struct raid_io *ctx)
{
	const struct raid_channel *ch = ctx->ch;
	uint64_t fewest = UINT64_MAX;
	int best = -1;

	for (uint32_t i = 0; i < ch->count; i++) {
		const struct raid_lane *lane = &ch->lanes[i];

		if (lane->can_read && lane->reading < fewest && !raid_io_has_failed(ctx, i)) {
			fewest = lane->reading;
			best = (int)i;
		}
	}
	return best;
}

/* Whether there is one that may yet be read again: it has failed a write, and may stay. */
static bool
may_be_read_later(const struct raid_io *ctx)
{
	const struct raid_channel *ch = ctx->ch;

	for (uint32_t i = 0; i < ch->count; i++) {
		if (ch->lanes[i].has_failed && !raid_io_has_failed(ctx, i)) {
			return true;
		}
	}
	return false;
}

static void
fail_read(struct raid_io *ctx)
{
	spdk_bdev_io_complete(raid_io_of(ctx),
			      ctx->failures > 0 ? ctx->status : SPDK_BDEV_IO_STATUS_FAILED);
}

static void
read_done(struct spdk_bdev_io *part, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct raid_io *ctx = raid_io_ctx(io);
	struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];

	lane->reading -= io->u.bdev.num_blocks;
	if (spdk_likely(success)) {
		spdk_bdev_free_io(part);
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		raid_lane_put(lane);
		return;
	}
	ctx->status = (int8_t)spdk_bdev_io_set_base_io_status(io, part);
	spdk_bdev_free_io(part);
	if (ctx->status == SPDK_BDEV_IO_STATUS_ABORTED) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_ABORTED);
	} else {
		raid_io_note_failure(ctx, ctx->slot);
		read_anywhere(ctx);
	}
	raid_lane_put(lane);
}

static void
read_again(void *arg)
{
	struct raid_io *ctx = arg;
	struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];

	lane->reading -= raid_io_of(ctx)->u.bdev.num_blocks;
	raid_lane_put(lane);
	read_anywhere(ctx);
}

static bool
try_read(struct raid_io *ctx)
{
	struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];
	const struct spdk_bdev_io_block_params *params = &raid_io_of(ctx)->u.bdev;
	struct bdev_place part = {params->offset_blocks, params->num_blocks};
	int rc;

	raid_lane_get(lane);
	lane->reading += part.count;
	rc = raid_io_submit_part(ctx, ctx->slot, &part, read_done);
	if (spdk_unlikely(rc == -ENOMEM)) {
		rc = raid_io_wait(ctx, read_again);
	}
	if (spdk_likely(rc == 0)) {
		return true;
	}
	ctx->status = SPDK_BDEV_IO_STATUS_FAILED;
	raid_io_note_failure(ctx, ctx->slot);
	lane->reading -= part.count;
	raid_lane_put(lane);
	return false;
}

static void
read_anywhere(struct raid_io *ctx)
{
	int slot;

	do {
		slot = choose_lane(ctx);
		if (spdk_unlikely(slot < 0 && may_be_read_later(ctx))) {
			TAILQ_INSERT_TAIL(&ctx->ch->waiting_reads, ctx, parked);
			return;
		}
		if (spdk_unlikely(slot < 0)) {
			fail_read(ctx);
			return;
		}
		ctx->slot = (uint32_t)slot;
	} while (!try_read(ctx));
}

static void
submit(struct raid_io *ctx)
{
	if (raid_io_of(ctx)->type == SPDK_BDEV_IO_TYPE_READ) {
		read_anywhere(ctx);
	} else {
		raid_io_submit_each(ctx);
	}
}

static bool
find_part(const struct raid *raid, uint32_t slot, const struct bdev_place *range,
	  struct bdev_place *out_part)
{
	*out_part = *range;
	return true;
}

/* ---- Writing ---- */

/* Whether a member that failed it may be read still, on some channel. */
static bool
must_wait(const struct raid_io *ctx)
{
	const struct raid_channel *ch = ctx->ch;

	for (uint32_t i = 0; i < ch->count; i++) {
		if (ch->lanes[i].has_failed && raid_io_has_failed(ctx, i)) {
			return true;
		}
	}
	return false;
}

/* On the app thread; the slot stays until all that it has parked is done, by M1. */
static void
wish_drop(void *arg)
{
	struct raid_slot *slot = arg;

	if (slot->state != RAID_SLOT_MEMBER) {
		return;
	}
	if (slot->wish == RAID_WISH_LEAVE) {
		slot->is_awaited = true;
	} else {
		slot->wish = RAID_WISH_DROP;
	}
	raid_change_next(slot->raid);
}

/* -ENOMEM: one could not be told to go, so it stays, and is read. */
static int
mark_failed(struct raid_io *ctx)
{
	struct raid_channel *ch = ctx->ch;
	int rc = 0;

	for (uint32_t i = 0; i < ch->count && rc == 0; i++) {
		struct raid_lane *lane = &ch->lanes[i];

		if (!lane->can_write || lane->has_failed || !raid_io_has_failed(ctx, i)) {
			continue;
		}
		rc = spdk_thread_send_msg(spdk_thread_get_app_thread(), wish_drop,
					  &ch->raid->slots[i]);
		if (rc == 0) {
			lane->has_failed = true;
			lane->can_read = false;
		}
	}
	return rc;
}

static void
finish(struct raid_io *ctx)
{
	struct spdk_bdev_io *io = raid_io_of(ctx);

	if (spdk_likely(ctx->failures == 0 && ctx->successes > 0)) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	} else if (ctx->was_aborted) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_ABORTED);
	} else if (ctx->successes == 0 || io->type == SPDK_BDEV_IO_TYPE_RESET) {
		spdk_bdev_io_complete(io, ctx->status != SPDK_BDEV_IO_STATUS_SUCCESS ?
						  ctx->status :
						  SPDK_BDEV_IO_STATUS_FAILED);
	} else if (mark_failed(ctx) != 0) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	} else {
		ctx->status = SPDK_BDEV_IO_STATUS_SUCCESS;
		TAILQ_INSERT_TAIL(&ctx->ch->parked, ctx, parked);
		raid1_unpark(ctx->ch);
	}
}

void
raid1_unpark(struct raid_channel *ch)
{
	struct raid_io_tailq reads = TAILQ_HEAD_INITIALIZER(reads);
	struct raid_io *ctx, *next;

	TAILQ_FOREACH_SAFE (ctx, &ch->parked, parked, next) {
		if (!must_wait(ctx)) {
			TAILQ_REMOVE(&ch->parked, ctx, parked);
			spdk_bdev_io_complete(raid_io_of(ctx), ctx->status);
		}
	}
	TAILQ_CONCAT(&reads, &ch->waiting_reads, parked);
	while ((ctx = TAILQ_FIRST(&reads)) != NULL) {
		TAILQ_REMOVE(&reads, ctx, parked);
		read_anywhere(ctx);
	}
}

/* By M3: those that it has failed are done elsewhere only on members that are gone, or go. */
void
raid1_keep(struct raid_channel *ch, uint32_t slot)
{
	struct raid_io *ctx;

	TAILQ_FOREACH (ctx, &ch->parked, parked) {
		if (raid_io_has_failed(ctx, slot)) {
			ctx->status = SPDK_BDEV_IO_STATUS_FAILED;
		}
	}
	ch->lanes[slot].has_failed = false;
	ch->lanes[slot].can_read = true;
	raid1_unpark(ch);
}

const struct raid_level g_raid1 = {
	.level = SPDK_BDEV_RAID_LEVEL_RAID1,
	.name = "raid1",
	.slots_min = 2,
	.is_redundant = true,
	.measure = measure,
	.submit = submit,
	.find_part = find_part,
	.finish = finish,
};
