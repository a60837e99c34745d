/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os of an array, and their parts.
 *
 * O1  The parts have the array's I/O as their argument. Which slot one was for, its device tells.
 * O2  A lane counts each part from before it is submitted until it is done, while it waits for a
 *     free I/O as well: so a member is let go of only when nothing of it is under way.
 * O3  ctx->pending counts parts that are not done; 1 more stands for the loop that submits them,
 *     which may have to wait in its middle. Whoever brings it to 0 ends the I/O.
 */
#include "raid_internal.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/string.h"

void
raid_io_note_failure(struct raid_io *ctx, uint32_t slot)
{
	if (ctx->failures == 0) {
		memset(ctx->failed, 0, sizeof(ctx->failed));
	}
	ctx->failures++;
	ctx->failed[slot / 64] |= UINT64_C(1) << slot % 64;
}

int
raid_io_submit_part(struct raid_io *ctx, uint32_t slot, const struct bdev_place *part,
		    spdk_bdev_io_completion_cb cb)
{
	const struct raid_lane *lane = &ctx->ch->lanes[slot];
	struct bdev_place at = {lane->data_offset + part->offset, part->count};

	return bdev_submit_at(&lane->base, raid_io_of(ctx), &at, cb);
}

int
raid_io_wait(struct raid_io *ctx, spdk_bdev_io_wait_cb fn)
{
	const struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];

	ctx->wait = (struct spdk_bdev_io_wait_entry){
		.bdev = spdk_bdev_desc_get_bdev(lane->base.desc),
		.cb_fn = fn,
		.cb_arg = ctx,
	};
	return spdk_bdev_queue_io_wait(ctx->wait.bdev, lane->base.ch, &ctx->wait);
}

/* ---- One part ---- */

static void
only_done(struct spdk_bdev_io *part, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct raid_io *ctx = raid_io_ctx(io);
	struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];

	bdev_forward_done(part, success, io);
	raid_lane_put(lane);
}

static void
fail_only(struct raid_io *ctx, int rc)
{
	struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];

	SPDK_DEBUGLOG(bdev_raid, "bdev %s refuses a part of an I/O: %s\n", lane->bdev->name,
		      spdk_strerror(-rc));
	spdk_bdev_io_complete(raid_io_of(ctx), SPDK_BDEV_IO_STATUS_FAILED);
	raid_lane_put(lane);
}

static void
submit_only_again(void *arg)
{
	struct raid_io *ctx = arg;

	raid_lane_put(&ctx->ch->lanes[ctx->slot]);
	ctx->ch->raid->level->submit(ctx);
}

void
raid_io_submit_only(struct raid_io *ctx, const struct bdev_place *part)
{
	int rc;

	raid_lane_get(&ctx->ch->lanes[ctx->slot]);
	rc = raid_io_submit_part(ctx, ctx->slot, part, only_done);
	if (spdk_unlikely(rc == -ENOMEM)) {
		rc = raid_io_wait(ctx, submit_only_again);
	}
	if (spdk_unlikely(rc != 0)) {
		fail_only(ctx, rc);
	}
}

/* ---- A part for each slot ---- */

static void
put_pending(struct raid_io *ctx)
{
	const struct raid_level *level = ctx->ch->raid->level;

	if (--ctx->pending > 0) {
		return;
	}
	if (level->finish != NULL) {
		level->finish(ctx);
	} else {
		spdk_bdev_io_complete(raid_io_of(ctx), ctx->status);
	}
}

static uint32_t
slot_of(const struct raid_channel *ch, const struct spdk_bdev *bdev)
{
	uint32_t slot = 0;

	while (ch->lanes[slot].bdev != bdev) {
		slot++;
		assert(slot < ch->count);
	}
	return slot;
}

static void
note_status(struct raid_io *ctx, struct spdk_bdev_io *part)
{
	ctx->status = (int8_t)spdk_bdev_io_set_base_io_status(raid_io_of(ctx), part);
	ctx->was_aborted |= ctx->status == SPDK_BDEV_IO_STATUS_ABORTED;
}

static void
part_done(struct spdk_bdev_io *part, bool success, void *arg)
{
	struct raid_io *ctx = raid_io_ctx(arg);
	uint32_t slot = slot_of(ctx->ch, part->bdev);
	struct raid_lane *lane = &ctx->ch->lanes[slot];

	if (spdk_unlikely(!success)) {
		note_status(ctx, part);
		raid_io_note_failure(ctx, slot);
	} else if (lane->can_read) {
		ctx->successes++;
	}
	spdk_bdev_free_io(part);
	put_pending(ctx);
	raid_lane_put(lane);
}

/* True: the slot has nothing to do for the I/O, or does no I/Os any more. */
static bool
skip(struct raid_io *ctx, struct bdev_place *out_part)
{
	const struct raid_channel *ch = ctx->ch;
	const struct raid_lane *lane = &ch->lanes[ctx->slot];
	const struct spdk_bdev_io *io = raid_io_of(ctx);
	struct bdev_place range = {0, 0};

	if (spdk_unlikely(!lane->can_write)) {
		return true;
	}
	if (io->type == SPDK_BDEV_IO_TYPE_RESET) {
		*out_part = range;
		return false;
	}
	range.offset = io->u.bdev.offset_blocks;
	range.count = io->u.bdev.num_blocks;
	return !ch->raid->level->find_part(ch->raid, ctx->slot, &range, out_part);
}

static void
refuse_part(struct raid_io *ctx, int rc)
{
	struct raid_lane *lane = &ctx->ch->lanes[ctx->slot];

	SPDK_DEBUGLOG(bdev_raid, "bdev %s refuses a part of an I/O: %s\n", lane->bdev->name,
		      spdk_strerror(-rc));
	ctx->status = SPDK_BDEV_IO_STATUS_FAILED;
	raid_io_note_failure(ctx, ctx->slot);
	ctx->pending--; /* The loop has one still. */
	raid_lane_put(lane);
}

static void submit_rest(struct raid_io *ctx);

static void
submit_rest_again(void *arg)
{
	struct raid_io *ctx = arg;

	/* The slot may have gone meanwhile, so it is looked at anew. */
	ctx->pending--;
	raid_lane_put(&ctx->ch->lanes[ctx->slot]);
	submit_rest(ctx);
}

static void
submit_rest(struct raid_io *ctx)
{
	struct bdev_place part;
	int rc;

	for (; ctx->slot < ctx->ch->count; ctx->slot++) {
		if (skip(ctx, &part)) {
			continue;
		}
		ctx->pending++;
		raid_lane_get(&ctx->ch->lanes[ctx->slot]);
		rc = raid_io_submit_part(ctx, ctx->slot, &part, part_done);
		if (spdk_unlikely(rc == -ENOMEM)) {
			rc = raid_io_wait(ctx, submit_rest_again);
			if (rc == 0) {
				return;
			}
		}
		if (spdk_unlikely(rc != 0)) {
			refuse_part(ctx, rc);
		}
	}
	put_pending(ctx);
}

void
raid_io_submit_each(struct raid_io *ctx)
{
	ctx->slot = 0;
	ctx->pending = 1;
	submit_rest(ctx);
}

/* ---- Any I/O ---- */

static void
submit_with_buf(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io, bool success)
{
	struct raid_channel *ch = spdk_io_channel_get_ctx(io_ch);

	if (success) {
		ch->raid->level->submit(raid_io_ctx(io));
	} else {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

void
raid_submit_request(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct raid_io *ctx = raid_io_ctx(io);

	ctx->ch = spdk_io_channel_get_ctx(io_ch);
	ctx->status = SPDK_BDEV_IO_STATUS_SUCCESS;
	ctx->was_aborted = false;
	ctx->successes = 0;
	ctx->failures = 0;
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		if (spdk_unlikely(io->u.bdev.iovs[0].iov_base == NULL)) {
			spdk_bdev_io_get_buf(io, submit_with_buf,
					     io->u.bdev.num_blocks * io->bdev->blocklen);
			return;
		}
		ctx->ch->raid->level->submit(ctx);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
		ctx->ch->raid->level->submit(ctx);
		break;
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
	case SPDK_BDEV_IO_TYPE_RESET:
		raid_io_submit_each(ctx);
		break;
	default:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_FAILED);
		break;
	}
}

SPDK_LOG_REGISTER_COMPONENT(bdev_raid)
