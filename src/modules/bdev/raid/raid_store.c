/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The superblocks of an array: what they say, and writing them to all members, one after the other.
 *
 * S1  One is written at a time: by a change (raid_change.c), or at the end, when there is none.
 * S2  They say that a member is behind before anything is done without it, and that it is in sync
 *     only after it is. So what was cut off in between is at worst rebuilt once more.
 * S3  A member that fails to take one has failed a write, and is dropped as such.
 */
#include "raid_internal.h"
#include "raid_sb_io.h"
#include "spdk/log.h"
#include "spdk/string.h"

static void store_next(struct raid *raid);

static struct raid_sb_slot *
record_of(const struct raid_slot *slot)
{
	return &slot->raid->sb->slots[slot - slot->raid->slots];
}

void
raid_store_note(const struct raid_slot *slot, enum raid_sb_state state, bool is_new)
{
	struct raid_sb_slot *record;

	if (slot->raid->sb == NULL) {
		return;
	}
	record = record_of(slot);
	record->state = state;
	if (is_new) {
		spdk_uuid_generate(&record->member);
	}
}

/* Sizes and places, as they are now. */
static void
update_records(const struct raid *raid)
{
	for (uint32_t i = 0; i < raid->count; i++) {
		const struct raid_slot *slot = &raid->slots[i];

		if (slot->desc != NULL) {
			record_of(slot)->bdev = slot->uuid;
			record_of(slot)->data_offset = slot->data_offset;
			record_of(slot)->data_blocks = slot->data_blocks;
			raid->sb->block_size = spdk_bdev_get_data_block_size(raid_slot_bdev(slot));
		}
	}
}

static void
stored_one(void *arg, int rc)
{
	struct raid *raid = arg;
	struct raid_slot *slot = &raid->slots[raid->sb->self];

	if (rc != 0) {
		SPDK_ERRLOG("Raid bdev %s: the superblock of bdev %s cannot be written: %s\n",
			    raid->name, slot->name, spdk_strerror(-rc));
	}
	if (rc != 0 && slot->wish == RAID_WISH_NONE && raid->level->is_redundant) {
		slot->wish = RAID_WISH_DROP;
	}
	raid->sb->self++;
	store_next(raid);
}

static void
store_next(struct raid *raid)
{
	struct raid_sb *sb = raid->sb;

	while (sb->self < raid->count) {
		struct raid_slot *slot = &raid->slots[sb->self];

		if (raid->is_clearing ? slot->desc != NULL : slot->can_write) {
			raid_sb_write(slot->desc, raid->is_clearing ? NULL : sb, stored_one, raid);
			return;
		}
		sb->self++;
	}
	raid->is_clearing = false;
	raid->stored_fn(raid->stored_arg);
}

void
raid_store(struct raid *raid, void (*cb_fn)(void *cb_arg), void *cb_arg)
{
	if (raid->sb == NULL) {
		cb_fn(cb_arg);
		return;
	}
	raid->stored_fn = cb_fn;
	raid->stored_arg = cb_arg;
	raid->sb->sequence++;
	raid->sb->self = 0;
	update_records(raid);
	store_next(raid);
}

void
raid_store_clear(struct raid *raid, void (*cb_fn)(void *cb_arg), void *cb_arg)
{
	raid->stored_fn = cb_fn;
	raid->stored_arg = cb_arg;
	raid->is_clearing = true;
	raid->sb->self = 0;
	store_next(raid);
}

int
raid_store_init(struct raid *raid)
{
	raid->sb = calloc(1, sizeof(*raid->sb));
	if (raid->sb == NULL) {
		return -ENOMEM;
	}
	raid->sb->uuid = raid->uuid;
	(void)snprintf(raid->sb->name, sizeof(raid->sb->name), "%s", raid->name);
	raid->sb->level = raid->level->level;
	raid->sb->strip_kb = raid->strip_kb;
	raid->sb->count = raid->count;
	for (uint32_t i = 0; i < raid->count; i++) {
		raid_store_note(&raid->slots[i],
				raid->slots[i].is_vacant ? RAID_SB_EMPTY : RAID_SB_SYNC, true);
	}
	return 0;
}
