/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a thread has of an array: a lane for each slot.
 *
 * A channel that is made while a member comes or goes takes what raid->lock guards, and is seen by
 * each round that begins after that was changed.
 */
#include "io/bdev_wait.h"
#include "raid_internal.h"

int
raid_lane_open(struct raid_channel *ch, const struct raid_slot *slot)
{
	struct raid_lane *lane = &ch->lanes[slot - slot->raid->slots];
	const struct spdk_bdev *bdev = raid_slot_bdev(slot);
	int rc;

	lane->base.ch = spdk_bdev_get_io_channel(slot->desc);
	if (lane->base.ch == NULL) {
		return -ENOMEM;
	}
	rc = bdev_lies_on(&ch->raid->bdev, lane->base.ch);
	if (rc != 0) {
		raid_lane_close(lane);
		return rc;
	}
	lane->base.desc = slot->desc;
	lane->base.dif_check_flags = bdev->dif_check_flags;
	lane->bdev = bdev;
	lane->data_offset = slot->data_offset;
	lane->can_write = true;
	return 0;
}

void
raid_lane_close(struct raid_lane *lane)
{
	if (lane->base.ch != NULL) {
		spdk_put_io_channel(lane->base.ch);
	}
	memset(lane, 0, sizeof(*lane));
}

void
raid_lane_put(struct raid_lane *lane)
{
	struct spdk_io_channel_iter *round = lane->round;

	assert(lane->outstanding > 0);
	if (--lane->outstanding == 0 && round != NULL) {
		raid_lane_close(lane);
		spdk_for_each_channel_continue(round, 0);
	}
}

int
raid_channel_create(void *io_device, void *ctx)
{
	struct raid *raid = io_device;
	struct raid_channel *ch = ctx;
	bool can_read, can_write;
	int rc = 0;

	ch->raid = raid;
	ch->count = raid->count;
	TAILQ_INIT(&ch->parked);
	TAILQ_INIT(&ch->waiting_reads);
	for (uint32_t i = 0; i < ch->count && rc == 0; i++) {
		spdk_spin_lock(&raid->lock);
		can_read = raid->slots[i].can_read;
		can_write = raid->slots[i].can_write;
		spdk_spin_unlock(&raid->lock);
		if (can_write) {
			rc = raid_lane_open(ch, &raid->slots[i]);
			ch->lanes[i].can_read = can_read;
		}
	}
	if (rc != 0) {
		raid_channel_destroy(io_device, ctx);
	}
	return rc;
}

void
raid_channel_destroy(void *io_device, void *ctx)
{
	struct raid_channel *ch = ctx;

	for (uint32_t i = 0; i < ch->count; i++) {
		raid_lane_close(&ch->lanes[i]);
	}
}
