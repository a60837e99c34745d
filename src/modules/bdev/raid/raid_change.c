/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members that come to and leave an array whose device is there.
 *
 * What slots wish is done one slot after the other, each in rounds over all channels:
 *
 *   wish         rounds
 *   DROP, LEAVE  STOPPING  no channel reads from the member any more; those that are made now do
 *                          not either
 *                LEAVING   no channel writes to it any more; what is under way is waited for, and
 *                          channels of the device are put. Writes that were parked for it complete
 *                          (raid1.c). Then the slot is EMPTY
 *   either, of   KEEPING   it stays, and what was parked for it fails: it is the array that goes
 *   the last                offline, by LEAVE, and so needs it until all I/Os have ended
 *   that can be read
 *   JOIN         JOINING   all channels write to it; then it is rebuilt (raid_rebuild.c), which
 *                          ends as the wish SYNC or DROP
 *   SYNC         ENABLING  all channels may read from it
 *
 * Superblocks are written between two rounds, and before the first of JOIN (raid_store.c).
 *
 * H1  By the time that the first channel leaves a member out, nobody reads what is old there.
 * H2  Rounds go on while the device is being unregistered, since I/Os that are parked must end.
 *     Without channels a round is over at once.
 */
#include "raid_internal.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/string.h"

static void
set_use(struct raid_slot *slot, bool can_read, bool can_write)
{
	spdk_spin_lock(&slot->raid->lock);
	slot->can_read = can_read;
	slot->can_write = can_write;
	spdk_spin_unlock(&slot->raid->lock);
}

static struct raid_channel *
channel_of_round(struct spdk_io_channel_iter *i)
{
	return spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));
}

static struct raid_lane *
lane_of_round(struct spdk_io_channel_iter *i)
{
	const struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);

	return &channel_of_round(i)->lanes[slot - slot->raid->slots];
}

static void
begin_round(struct raid_slot *slot, spdk_channel_msg fn, spdk_channel_for_each_cpl cpl)
{
	io_devices_round_begin(slot->raid->round, slot->raid, fn, slot, cpl);
}

static void
begin(struct raid *raid)
{
	raid_get(raid);
	raid->is_changing = true;
}

static void
end(struct raid *raid)
{
	raid->is_changing = false;
	if (raid->has_channels) {
		raid_change_next(raid);
	} else {
		raid_end_device(raid);
	}
	raid_put(raid);
}

/* ---- One leaves ---- */

static void
left(struct spdk_io_channel_iter *i, int status)
{
	struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);
	struct raid *raid = slot->raid;

	SPDK_NOTICELOG("Raid bdev %s goes on without bdev %s, with %u of %u members.\n", raid->name,
		       raid_slot_bdev(slot)->name, raid_count_readable(raid), raid->count);
	raid_slot_expect_none(slot);
	raid_slot_close(slot, 0);
	end(raid);
}

static void
leave(struct spdk_io_channel_iter *i)
{
	struct raid_channel *ch = channel_of_round(i);
	struct raid_lane *lane = lane_of_round(i);

	lane->can_write = false;
	lane->has_failed = false;
	raid1_unpark(ch);
	if (lane->outstanding > 0) {
		lane->round = i;
		return;
	}
	raid_lane_close(lane);
	spdk_for_each_channel_continue(i, 0);
}

static void
begin_leaving(void *slot)
{
	begin_round(slot, leave, left);
}

static void
stopped(struct spdk_io_channel_iter *i, int status)
{
	struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);

	set_use(slot, false, false);
	raid_store_note(slot, RAID_SB_BEHIND, false);
	raid_store(slot->raid, begin_leaving, slot);
}

static void
stop(struct spdk_io_channel_iter *i)
{
	lane_of_round(i)->can_read = false;
	spdk_for_each_channel_continue(i, 0);
}

/* ---- One stays ---- */

static void
kept(struct spdk_io_channel_iter *i, int status)
{
	struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);

	if (slot->wish == RAID_WISH_DROP) {
		slot->wish = RAID_WISH_NONE;
	}
	end(slot->raid);
}

static void
keep(struct spdk_io_channel_iter *i)
{
	const struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);

	raid1_keep(channel_of_round(i), (uint32_t)(slot - slot->raid->slots));
	spdk_for_each_channel_continue(i, 0);
}

/* ---- One comes ---- */

static void
joined(struct spdk_io_channel_iter *i, int status)
{
	struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);
	struct raid *raid = slot->raid;

	if (status == 0 && raid->state == SPDK_BDEV_RAID_STATE_ONLINE) {
		status = raid_rebuild_begin(slot);
	}
	if (status != 0) {
		SPDK_ERRLOG("Raid bdev %s cannot be rebuilt onto bdev %s: %s\n", raid->name,
			    slot->name, spdk_strerror(-status));
		slot->wish = RAID_WISH_LEAVE;
	}
	raid_slot_tell(slot, status);
	end(raid);
}

static void
join(struct spdk_io_channel_iter *i)
{
	int rc = 0;

	/* A channel that is new has it already. */
	if (lane_of_round(i)->base.ch == NULL) {
		rc = raid_lane_open(channel_of_round(i), spdk_io_channel_iter_get_ctx(i));
	}
	spdk_for_each_channel_continue(i, rc);
}

static void
enabled(struct spdk_io_channel_iter *i, int status)
{
	const struct raid_slot *slot = spdk_io_channel_iter_get_ctx(i);
	struct raid *raid = slot->raid;

	SPDK_NOTICELOG("Raid bdev %s has been rebuilt onto bdev %s, and has %u of %u members.\n",
		       raid->name, slot->name, raid_count_readable(raid), raid->count);
	end(raid);
}

static void
enable(struct spdk_io_channel_iter *i)
{
	struct raid_lane *lane = lane_of_round(i);

	lane->can_read = !lane->has_failed;
	spdk_for_each_channel_continue(i, 0);
}

static void
begin_joining(void *slot)
{
	begin_round(slot, join, joined);
}

static void
begin_enabling(void *ctx)
{
	struct raid_slot *slot = ctx;

	set_use(slot, true, true);
	begin_round(slot, enable, enabled);
}

/* ---- What is next ---- */

static void
stored(void *ctx)
{
	struct raid *raid = ctx;

	raid_tell_created(raid, 0, NULL);
	end(raid);
}

static void
keep_last(struct raid_slot *slot)
{
	begin(slot->raid);
	slot->is_awaited = false;
	begin_round(slot, keep, kept);
}

static bool
is_last(const struct raid_slot *slot)
{
	return slot->can_read && raid_count_readable(slot->raid) == 1;
}

static void
let_go(struct raid_slot *slot)
{
	struct raid *raid = slot->raid;

	if (slot->wish == RAID_WISH_DROP && is_last(slot)) {
		SPDK_ERRLOG("Raid bdev %s: bdev %s has failed to write, and is the last member: "
			    "what it could not write fails.\n",
			    raid->name, raid_slot_bdev(slot)->name);
		keep_last(slot);
		return;
	}
	if (slot->wish == RAID_WISH_DROP) {
		SPDK_ERRLOG("Raid bdev %s: bdev %s has failed to write what others have written.\n",
			    raid->name, raid_slot_bdev(slot)->name);
	}
	begin(raid);
	set_use(slot, false, true);
	begin_round(slot, stop, stopped);
}

/* The end of the array closes the slot. */
static void
leave_last(struct raid_slot *slot)
{
	struct raid *raid = slot->raid;

	/* Its failures until now may have been another wish. */
	slot->is_awaited |= raid->level->is_redundant && raid->state == SPDK_BDEV_RAID_STATE_ONLINE;
	raid_go_offline(raid);
	if (slot->is_awaited) {
		keep_last(slot);
	}
}

static void
grant(struct raid_slot *slot)
{
	struct raid *raid = slot->raid;

	switch (slot->wish) {
	case RAID_WISH_LEAVE:
		if (!raid->level->is_redundant || is_last(slot)) {
			leave_last(slot);
		} else {
			let_go(slot);
		}
		break;
	case RAID_WISH_DROP:
		let_go(slot);
		break;
	case RAID_WISH_JOIN:
		if (raid->rebuild == NULL) {
			slot->wish = RAID_WISH_NONE;
			slot->state = RAID_SLOT_MEMBER;
			begin(raid);
			set_use(slot, false, true);
			raid_store(raid, begin_joining, slot);
		}
		break;
	case RAID_WISH_SYNC:
		slot->wish = RAID_WISH_NONE;
		begin(raid);
		raid_store_note(slot, RAID_SB_SYNC, false);
		raid_store(raid, begin_enabling, slot);
		break;
	default:
		break;
	}
}

void
raid_change_next(struct raid *raid)
{
	if (raid->wants_store && !raid->is_changing && raid->has_channels) {
		raid->wants_store = false;
		begin(raid);
		raid_store(raid, stored, raid);
	}
	for (uint32_t i = 0; i < raid->count && !raid->is_changing && raid->has_channels; i++) {
		grant(&raid->slots[i]);
	}
}
