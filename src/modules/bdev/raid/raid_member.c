/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members that somebody adds to an array, or takes out of it.
 */
#include "modules/bdev/layered.h"
#include "raid_internal.h"
#include "raid_sb_io.h"

/* The slot that a device was in, else the first that waits for nothing; NULL: none. */
static struct raid_slot *
find_place(struct raid *raid, const struct spdk_bdev *bdev)
{
	struct raid_slot *first = NULL;

	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];

		if (slot->state != RAID_SLOT_EMPTY) {
			continue;
		}
		if (spdk_uuid_compare(&slot->uuid, &bdev->uuid) == 0 ||
		    (slot->name != NULL && bdev_is_named(bdev, slot->name))) {
			return slot;
		}
		if (first == NULL && slot->name == NULL) {
			first = slot;
		}
	}
	return first;
}

/* Why an array that is not configuring cannot take one; 0: it can. */
static int
check_can_rebuild(const struct raid *raid, struct bdev_reason *reason)
{
	if (raid->state == SPDK_BDEV_RAID_STATE_OFFLINE) {
		return bdev_refuse(reason, -ENOTSUP, "raid bdev '%s' is offline: delete it",
				   raid->name);
	}
	if (!raid->level->is_redundant) {
		return bdev_refuse(reason, -ENOTSUP, "%s has no redundancy to rebuild a bdev from",
				   raid->level->name);
	}
	if (raid->rebuild != NULL) {
		return bdev_refuse(reason, -EBUSY,
				   "raid bdev '%s' is being rebuilt: wait for its end, or remove "
				   "the bdev that it is rebuilt onto",
				   raid->name);
	}
	return 0;
}

int
raid_join(struct raid_slot *slot, bool is_new, struct bdev_reason *reason)
{
	struct raid *raid = slot->raid;
	int rc = raid_check_joins(raid, raid_slot_bdev(slot), slot->data_offset, reason);

	if (rc != 0) {
		return rc;
	}
	slot->data_blocks = raid->bdev.blockcnt;
	raid_store_note(slot, RAID_SB_BEHIND, is_new);
	slot->wish = RAID_WISH_JOIN;
	raid_change_next(raid);
	return 0;
}

/* What is to be added, while its superblock is read. */
struct addition {
	raid_cb cb_fn;
	void *cb_arg;
	char *raid_name;
	char *base_name;
};

static void
end_addition(struct addition *addition, int rc, const struct bdev_reason *reason)
{
	if (addition->cb_fn != NULL) {
		addition->cb_fn(addition->cb_arg, rc, reason);
	}
	free(addition->raid_name);
	free(addition->base_name);
	free(addition);
}

static int
find_names(const struct raid_change *change, struct raid **out_raid, struct spdk_bdev **out_bdev,
	   struct bdev_reason *reason)
{
	struct raid *raid = raid_find(change->raid_name);
	struct spdk_bdev *bdev = spdk_bdev_get_by_name(change->base_name);

	if (raid == NULL || raid->is_deleted) {
		return bdev_refuse(reason, -ENODEV, "there is no raid bdev '%s'",
				   change->raid_name);
	}
	if (bdev == NULL) {
		return bdev_refuse(reason, -ENODEV, "there is no bdev '%s'", change->base_name);
	}
	if (raid->state == SPDK_BDEV_RAID_STATE_CONFIGURING && raid->sb != NULL &&
	    raid->sb->sequence != 0) {
		return bdev_refuse(reason, -ENOTSUP,
				   "raid bdev '%s' waits for members that its superblocks name",
				   raid->name);
	}
	*out_raid = raid;
	*out_bdev = bdev;
	return raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING ? check_can_rebuild(raid, reason) :
								 0;
}

/* The slot of one that has a superblock: of its own, if it has left it. NULL: none. */
static struct raid_slot *
find_own_place(struct raid *raid, const struct raid_sb *sb)
{
	struct raid_slot *slot = &raid->slots[sb->self];
	const struct raid_sb *own = raid->sb;

	if (own == NULL || raid->state != SPDK_BDEV_RAID_STATE_ONLINE ||
	    spdk_uuid_compare(&own->uuid, &sb->uuid) != 0 || sb->self >= raid->count ||
	    slot->state != RAID_SLOT_EMPTY ||
	    spdk_uuid_compare(&own->slots[sb->self].member, &sb->slots[sb->self].member) != 0) {
		return NULL;
	}
	return slot;
}

static int
choose_place(struct raid *raid, const struct spdk_bdev *bdev, const struct raid_sb *sb,
	     struct raid_slot **out_slot, struct bdev_reason *reason)
{
	*out_slot = sb != NULL ? find_own_place(raid, sb) : find_place(raid, bdev);
	if (*out_slot != NULL) {
		return 0;
	}
	if (sb == NULL) {
		return bdev_refuse(reason, -EINVAL, "raid bdev '%s' has no empty slot", raid->name);
	}
	return bdev_refuse(reason, -EEXIST,
			   "bdev '%s' is or was a member of raid bdev '%s', its superblock says: "
			   "delete that with clear_sb, or overwrite it",
			   bdev->name, sb->name);
}

/* Into an EMPTY slot; who waits is told by the slot, once it is open. */
static int
add(struct raid_slot *slot, struct addition *addition, bool is_new, struct bdev_reason *reason)
{
	struct raid *raid = slot->raid;
	int rc;

	rc = raid_slot_open(slot, addition->base_name, reason);
	if (rc != 0) {
		return rc;
	}
	slot->is_checked = true;
	if (raid->state == SPDK_BDEV_RAID_STATE_CONFIGURING) {
		rc = raid_try_start(raid, reason);
	} else {
		slot->cb_fn = addition->cb_fn;
		slot->cb_arg = addition->cb_arg;
		rc = raid_join(slot, is_new, reason);
		addition->cb_fn = rc == 0 ? NULL : addition->cb_fn;
	}
	if (rc != 0) {
		slot->cb_fn = NULL;
		raid_slot_expect_none(slot);
		raid_slot_close(slot, rc);
	}
	return rc;
}

static void
add_looked(void *ctx, int rc, const struct raid_sb *sb, const struct bdev_reason *ignored)
{
	struct addition *addition = ctx;
	const struct raid_change change = {addition->raid_name, addition->base_name};
	struct bdev_reason reason = {""};
	struct spdk_bdev *bdev = NULL;
	struct raid_slot *slot = NULL;
	struct raid *raid = NULL;

	if (rc == -ENOENT || rc == -EINVAL) {
		rc = 0;
	}
	if (rc == 0) {
		rc = find_names(&change, &raid, &bdev, &reason);
	}
	if (rc == 0) {
		rc = choose_place(raid, bdev, sb, &slot, &reason);
	}
	if (rc == 0) {
		rc = add(slot, addition, sb == NULL, &reason);
	}
	end_addition(addition, rc, &reason);
}

void
raid_add(const struct raid_change *change, raid_cb cb_fn, void *cb_arg)
{
	struct addition *addition = calloc(1, sizeof(*addition));
	struct bdev_reason reason = {""};
	struct spdk_bdev *bdev;
	struct raid *raid;
	int rc;

	if (addition == NULL) {
		cb_fn(cb_arg, -ENOMEM, NULL);
		return;
	}
	addition->cb_fn = cb_fn;
	addition->cb_arg = cb_arg;
	addition->raid_name = strdup(change->raid_name);
	addition->base_name = strdup(change->base_name);
	rc = addition->raid_name != NULL && addition->base_name != NULL ?
		     find_names(change, &raid, &bdev, &reason) :
		     -ENOMEM;
	if (rc == 0) {
		raid_sb_read(addition->base_name, add_looked, addition);
	} else {
		end_addition(addition, rc, &reason);
	}
}

void
raid_remove(const char *base_name, raid_cb cb_fn, void *cb_arg)
{
	struct raid_slot *slot = raid_slot_find_open(base_name);
	struct bdev_reason reason = {""};
	struct raid *raid;

	if (slot == NULL) {
		(void)bdev_refuse(&reason, -ENODEV, "no raid bdev is made of '%s'", base_name);
		cb_fn(cb_arg, -ENODEV, &reason);
		return;
	}
	if (slot->wish == RAID_WISH_LEAVE || slot->cb_fn != NULL || slot->raid->is_clearing) {
		(void)bdev_refuse(&reason, -EBUSY, "bdev '%s' comes or goes already", base_name);
		cb_fn(cb_arg, -EBUSY, &reason);
		return;
	}
	raid = slot->raid;
	slot->cb_fn = cb_fn;
	slot->cb_arg = cb_arg;
	if (slot->state == RAID_SLOT_MEMBER) {
		slot->wish = RAID_WISH_LEAVE;
		raid_change_next(raid);
	} else {
		raid_slot_expect_none(slot);
		raid_slot_close(slot, 0);
		raid_slot_left(raid);
	}
}
