/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot: from when its device is opened until it is closed.
 *
 *   state   holds                                         left by
 *   EMPTY   desc is NULL                                  raid_slot_open(): OPEN
 *   OPEN    the device is open, claimed, and like those   raid_slot_close(): EMPTY
 *           of the other slots; no channel has it         the array's start: MEMBER
 *   MEMBER  channels have it, as can_read and can_write   raid_change.c, when none has it any
 *           say                                           more: EMPTY; the array's end: OPEN
 *                                                         or EMPTY
 */
#include "modules/bdev/layered.h"
#include "raid_internal.h"
#include "raid_sb_io.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define KIB 1024u

/* ---- What a device must be like ---- */

/* A device of the array that the new one has to be like; NULL: it is the first. */
static const struct spdk_bdev *
find_model(const struct raid_slot *slot)
{
	const struct raid *raid = slot->raid;

	for (uint32_t i = 0; i < raid->count; i++) {
		if (&raid->slots[i] != slot && raid->slots[i].desc != NULL) {
			return raid_slot_bdev(&raid->slots[i]);
		}
	}
	return NULL;
}

static int
check_like(const struct spdk_bdev *bdev, const struct spdk_bdev *model, struct bdev_reason *reason)
{
	if (bdev->blocklen != model->blocklen) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' has blocks of %u bytes, and bdev '%s' of %u",
				   bdev->name, bdev->blocklen, model->name, model->blocklen);
	}
	if (bdev->md_len != model->md_len || bdev->md_interleave != model->md_interleave) {
		return bdev_refuse(
			reason, -EINVAL,
			"bdev '%s' has %u bytes of %s metadata, and bdev '%s' %u of %s", bdev->name,
			bdev->md_len, bdev->md_interleave ? "interleaved" : "separate", model->name,
			model->md_len, model->md_interleave ? "interleaved" : "separate");
	}
	if (bdev->dif_type != model->dif_type || bdev->dif_pi_format != model->dif_pi_format ||
	    bdev->dif_is_head_of_md != model->dif_is_head_of_md) {
		return bdev_refuse(reason, -EINVAL,
				   "the protection information of bdev '%s' is of another type, "
				   "format or place than that of bdev '%s'",
				   bdev->name, model->name);
	}
	return 0;
}

static int
check_strip(const struct raid *raid, const struct spdk_bdev *bdev, struct bdev_reason *reason)
{
	uint32_t block_size = spdk_bdev_get_data_block_size(bdev);
	uint64_t bytes = (uint64_t)raid->strip_kb * KIB;

	if (bytes % block_size != 0) {
		return bdev_refuse(reason, -EINVAL,
				   "a strip of %u KiB is not a whole number of the %u byte blocks "
				   "of bdev '%s'",
				   raid->strip_kb, block_size, bdev->name);
	}
	if (bytes / block_size % spdk_max(bdev->write_unit_size, 1) != 0) {
		return bdev_refuse(reason, -EINVAL,
				   "a strip of %u KiB is not a whole number of the write units of "
				   "bdev '%s', %u blocks each",
				   raid->strip_kb, bdev->name, bdev->write_unit_size);
	}
	return 0;
}

/* By what the superblocks say of a member that is in sync. */
static int
check_record(const struct raid_slot *slot, const struct spdk_bdev *bdev, struct bdev_reason *reason)
{
	const struct raid *raid = slot->raid;
	const struct raid_sb_slot *record = &raid->sb->slots[slot - raid->slots];
	uint32_t block_size = spdk_bdev_get_data_block_size(bdev);

	if (raid->sb->sequence == 0 || record->state != RAID_SB_SYNC) {
		return 0;
	}
	if (block_size != raid->sb->block_size) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' has blocks of %u bytes, and had blocks of %u",
				   bdev->name, block_size, raid->sb->block_size);
	}
	if (record->data_offset < raid_sb_min_offset(bdev) ||
	    record->data_offset + record->data_blocks > bdev->blockcnt) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' has %" PRIu64 " blocks, and is to hold %" PRIu64
				   " from %" PRIu64 " on",
				   bdev->name, bdev->blockcnt, record->data_blocks,
				   record->data_offset);
	}
	return 0;
}

static int
check(const struct raid_slot *slot, const struct spdk_bdev *bdev, struct bdev_reason *reason)
{
	const struct spdk_bdev *model = find_model(slot);
	const struct raid *raid = slot->raid;
	int rc = 0;

	if (bdev->zoned) {
		return bdev_refuse(reason, -EINVAL, "bdev '%s' has zones", bdev->name);
	}
	if (model != NULL) {
		rc = check_like(bdev, model, reason);
	}
	if (rc == 0 && raid->level->has_strips) {
		rc = check_strip(raid, bdev, reason);
	}
	return rc == 0 && raid->sb != NULL ? check_record(slot, bdev, reason) : rc;
}

/* ---- Events ---- */

static void
removed(struct raid_slot *slot)
{
	struct raid *raid = slot->raid;

	if (slot->state == RAID_SLOT_MEMBER || raid->is_clearing) {
		slot->wish = RAID_WISH_LEAVE;
		raid_change_next(raid);
	} else {
		slot->awaits_uuid = true;
		raid_slot_close(slot, -ENODEV);
		raid_slot_left(raid);
	}
}

static void
base_event(enum spdk_bdev_event_type type, struct spdk_bdev *base, void *ctx)
{
	struct raid_slot *slot = ctx;

	switch (type) {
	case SPDK_BDEV_EVENT_REMOVE:
		removed(slot);
		break;
	case SPDK_BDEV_EVENT_RESIZE:
		raid_follow_sizes(slot->raid);
		break;
	default:
		break;
	}
}

/* ---- Opening and closing ---- */

static int
open_and_claim(struct raid_slot *slot, const char *name, struct bdev_reason *reason)
{
	int rc = spdk_bdev_open_ext(name, true, base_event, slot, &slot->desc);

	if (rc == 0) {
		rc = spdk_bdev_module_claim_bdev_desc(
			slot->desc, SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE, NULL, &g_raid_module);
		if (rc != 0) {
			spdk_bdev_close(slot->desc);
			slot->desc = NULL;
		}
	}
	if (rc == -EPERM) {
		return bdev_refuse(reason, rc, "bdev '%s' is claimed, or written to by others",
				   name);
	}
	return rc;
}

static void
set_strip(struct raid *raid, const struct spdk_bdev *bdev)
{
	raid->strip_blocks = (uint64_t)raid->strip_kb * KIB / spdk_bdev_get_data_block_size(bdev);
	raid->strip_shift = spdk_u32log2((uint32_t)raid->strip_blocks);
}

/* Where data begins never changes for one that has some. */
static uint64_t
choose_offset(const struct raid_slot *slot, const struct spdk_bdev *bdev)
{
	const struct raid_sb_slot *record = &slot->raid->sb->slots[slot - slot->raid->slots];

	return record->state == RAID_SB_SYNC && record->data_offset != 0 ?
		       record->data_offset :
		       raid_sb_data_offset(bdev);
}

int
raid_slot_open(struct raid_slot *slot, const char *name, struct bdev_reason *reason)
{
	struct raid *raid = slot->raid;
	const struct spdk_bdev *bdev;
	char *copy;
	int rc;

	assert(slot->state == RAID_SLOT_EMPTY);
	copy = strdup(name);
	if (copy == NULL) {
		return -ENOMEM;
	}
	rc = open_and_claim(slot, name, reason);
	if (rc != 0) {
		free(copy);
		return rc;
	}
	bdev = raid_slot_bdev(slot);
	rc = check(slot, bdev, reason);
	if (rc != 0) {
		free(copy);
		raid_slot_close(slot, rc);
		return rc;
	}
	if (raid->sb != NULL) {
		slot->data_offset = choose_offset(slot, bdev);
	}
	free(slot->name);
	slot->name = copy;
	slot->opening++;
	slot->is_checked = false;
	slot->uuid = bdev->uuid;
	slot->awaits_uuid = false;
	slot->state = RAID_SLOT_OPEN;
	if (raid->level->has_strips) {
		set_strip(raid, bdev);
	}
	return 0;
}

void
raid_slot_tell(struct raid_slot *slot, int rc)
{
	raid_cb cb_fn = slot->cb_fn;

	slot->cb_fn = NULL;
	if (cb_fn != NULL) {
		cb_fn(slot->cb_arg, rc, NULL);
	}
}

void
raid_slot_close(struct raid_slot *slot, int rc)
{
	struct spdk_bdev_desc *desc = slot->desc;

	raid_rebuild_forget(slot);
	slot->desc = NULL;
	slot->state = RAID_SLOT_EMPTY;
	slot->can_read = false;
	slot->can_write = false;
	slot->data_offset = 0;
	slot->data_blocks = 0;
	slot->wish = RAID_WISH_NONE;
	slot->is_awaited = false;
	spdk_bdev_close(desc);
	raid_slot_tell(slot, rc);
}

void
raid_slot_expect_none(struct raid_slot *slot)
{
	free(slot->name);
	slot->name = NULL;
	slot->awaits_uuid = false;
}

/* ---- Finding ---- */

static bool
waits_for(const struct raid_slot *slot, const struct spdk_bdev *bdev)
{
	const struct raid *raid = slot->raid;

	if (slot->state != RAID_SLOT_EMPTY || raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING ||
	    (raid->sb != NULL && raid->sb->sequence != 0)) {
		return false; /* Or it is not by its name that it is known. */
	}
	return (slot->name != NULL && bdev_is_named(bdev, slot->name)) ||
	       (slot->awaits_uuid && spdk_uuid_compare(&slot->uuid, &bdev->uuid) == 0);
}

struct raid_slot *
raid_slot_find_waiting(const struct spdk_bdev *bdev)
{
	struct raid *raid;

	for (raid = raid_first(); raid != NULL; raid = TAILQ_NEXT(raid, link)) {
		for (uint32_t i = 0; i < raid->count; i++) {
			if (waits_for(&raid->slots[i], bdev)) {
				return &raid->slots[i];
			}
		}
	}
	return NULL;
}

struct raid_slot *
raid_slot_find_open(const char *name)
{
	struct raid *raid;

	for (raid = raid_first(); raid != NULL; raid = TAILQ_NEXT(raid, link)) {
		for (uint32_t i = 0; i < raid->count; i++) {
			struct raid_slot *slot = &raid->slots[i];

			if (slot->desc != NULL && bdev_is_named(raid_slot_bdev(slot), name)) {
				return slot;
			}
		}
	}
	return NULL;
}
