/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that come: those that an array waits for by name, and those whose superblock says that
 * they are members of one.
 *
 * The first are claimed at once, and used when they turn out to have no superblock, since that
 * would be another array's. The second make their array known, if it is not, and go into the slot
 * that is theirs, if the newest superblock of the array has it so.
 */
#include "raid_internal.h"
#include "raid_sb_io.h"
#include "spdk/log.h"
#include "spdk/string.h"

/* ---- Without a superblock ---- */

struct check {
	struct raid *raid;
	struct raid_slot *slot;
	/* Another device may be there by then. */
	uint64_t opening;
	bool is_examine;
};

static int
judge(const struct raid_slot *slot, int rc, const struct raid_sb *sb, struct bdev_reason *reason)
{
	if (sb != NULL) {
		return bdev_refuse(reason, -EEXIST,
				   "bdev '%s' is a member of raid bdev '%s', its superblock says: "
				   "delete that with clear_sb, or overwrite it",
				   slot->name, sb->name);
	}
	return rc == -ENOENT || rc == -EINVAL ? 0 : rc;
}

static void
log_unused(const struct raid_slot *slot, int rc, const struct bdev_reason *reason)
{
	SPDK_ERRLOG("Raid bdev %s cannot use bdev %s: %s%s%s\n", slot->raid->name, slot->name,
		    spdk_strerror(-rc), reason->text[0] != '\0' ? ": " : "", reason->text);
}

static void
checked(void *ctx, int rc, const struct raid_sb *sb, const struct bdev_reason *ignored)
{
	struct check *check = ctx;
	struct raid *raid = check->raid;
	struct raid_slot *slot = check->slot;
	struct bdev_reason reason = {""};
	bool is_examine = check->is_examine;

	raid->checks--;
	if (slot->state == RAID_SLOT_OPEN && slot->opening == check->opening) {
		rc = judge(slot, rc, sb, &reason);
		slot->is_checked = rc == 0;
		if (rc != 0) {
			raid_check_failed(slot, rc, &reason);
		}
	}
	free(check);
	raid_checked(raid);
	raid_put(raid);
	if (is_examine) {
		spdk_bdev_module_examine_done(&g_raid_module);
	}
}

int
raid_slot_check(struct raid_slot *slot, bool is_examine)
{
	struct check *check = malloc(sizeof(*check));

	if (check == NULL) {
		return -ENOMEM;
	}
	*check = (struct check){slot->raid, slot, slot->opening, is_examine};
	raid_get(slot->raid);
	slot->raid->checks++;
	raid_sb_read(raid_slot_bdev(slot)->name, checked, check);
	return 0;
}

void
raid_check_failed(struct raid_slot *slot, int rc, const struct bdev_reason *reason)
{
	struct raid *raid = slot->raid;

	if (raid->created_fn == NULL) {
		log_unused(slot, rc, reason);
	} else {
		raid->created_rc = rc;
		raid->created_reason = *reason;
	}
	raid_slot_close(slot, rc);
}

void
raid_examine_config(struct spdk_bdev *bdev)
{
	struct raid_slot *slot = raid_slot_find_waiting(bdev);
	struct bdev_reason reason = {""};
	int rc;

	if (slot != NULL) {
		rc = raid_slot_open(slot, bdev->name, &reason);
		if (rc != 0) {
			SPDK_ERRLOG("Raid bdev %s cannot use bdev %s: %s%s%s\n", slot->raid->name,
				    bdev->name, spdk_strerror(-rc),
				    reason.text[0] != '\0' ? ": " : "", reason.text);
		}
	}
	spdk_bdev_module_examine_done(&g_raid_module);
}

/* ---- With a superblock ---- */

/* The array of the superblock, or NULL: it cannot be. */
static struct raid *
make_array(const struct raid_sb *sb)
{
	if (raid_find(sb->name) != NULL || spdk_bdev_get_by_name(sb->name) != NULL) {
		SPDK_ERRLOG("Raid bdev %s is found, and another bdev has its name: delete that, or "
			    "overwrite the superblock.\n",
			    sb->name);
		return NULL;
	}
	return raid_create_from(sb);
}

static bool
is_same_array(const struct raid_sb *a, const struct raid_sb *b)
{
	return a->count == b->count && a->level == b->level && a->strip_kb == b->strip_kb &&
	       a->block_size == b->block_size;
}

/* It is newer than what the array goes by. */
static bool
adopt(struct raid *raid, const struct raid_sb *sb)
{
	if (raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING || !is_same_array(raid->sb, sb)) {
		SPDK_ERRLOG("Raid bdev %s is found with a superblock that is newer than its own, "
			    "and %s: that one is left alone.\n",
			    raid->name,
			    raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING ?
				    "it is in use already" :
				    "different");
		return false;
	}
	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];
		const struct raid_sb_slot *was = &raid->sb->slots[i], *is = &sb->slots[i];

		slot->is_vacant = is->state != RAID_SB_SYNC;
		if (slot->desc != NULL &&
		    (slot->is_vacant || spdk_uuid_compare(&was->member, &is->member) != 0)) {
			SPDK_NOTICELOG("Raid bdev %s does not use bdev %s: it is out of date.\n",
				       raid->name, slot->name);
			raid_slot_expect_none(slot);
			raid_slot_close(slot, 0);
		}
	}
	*raid->sb = *sb;
	return true;
}

static void
take_in(struct raid *raid, const struct raid_sb *sb, const char *name)
{
	struct raid_slot *slot = &raid->slots[sb->self];
	bool is_sync = raid->sb->slots[sb->self].state == RAID_SB_SYNC;
	struct bdev_reason reason = {""};
	int rc;

	if (slot->state != RAID_SLOT_EMPTY ||
	    (raid->state == SPDK_BDEV_RAID_STATE_CONFIGURING) != is_sync) {
		SPDK_NOTICELOG("Raid bdev %s does not use bdev %s: %s.\n", raid->name, name,
			       slot->state != RAID_SLOT_EMPTY ?
				       "its slot is taken" :
				       "it is out of date; add it when the array is online");
		return;
	}
	rc = raid_slot_open(slot, name, &reason);
	if (rc == 0) {
		slot->is_checked = true;
		rc = is_sync ? raid_try_start(raid, &reason) : raid_join(slot, false, &reason);
		if (rc != 0) {
			raid_slot_expect_none(slot);
			raid_slot_close(slot, rc);
		}
	}
	if (rc != 0) {
		SPDK_ERRLOG("Raid bdev %s cannot use bdev %s: %s%s%s\n", raid->name, name,
			    spdk_strerror(-rc), reason.text[0] != '\0' ? ": " : "", reason.text);
	}
}

static void
assemble(const struct raid_sb *sb, const char *name)
{
	struct raid *raid = raid_find_uuid(&sb->uuid);

	if (raid == NULL) {
		raid = make_array(sb);
	}
	if (raid == NULL || raid->sb == NULL || raid->state == SPDK_BDEV_RAID_STATE_OFFLINE) {
		return;
	}
	if (sb->sequence > raid->sb->sequence && !adopt(raid, sb)) {
		return;
	}
	if (!is_same_array(raid->sb, sb) || spdk_uuid_compare(&raid->sb->slots[sb->self].member,
							      &sb->slots[sb->self].member) != 0) {
		SPDK_NOTICELOG("Raid bdev %s does not use bdev %s: another has its slot since.\n",
			       raid->name, name);
		return;
	}
	take_in(raid, sb, name);
}

struct examined {
	/* The layer waits for it. */
	bool is_action;
	char name[];
};

static void examine(const char *name, bool is_action);

/* Members that are there since before the array was known: examinations do not come again. */
static void
examine_others(const struct raid_sb *sb)
{
	char uuid[SPDK_UUID_STRING_LEN];

	for (uint32_t i = 0; i < sb->count; i++) {
		spdk_uuid_fmt_lower(uuid, sizeof(uuid), &sb->slots[i].bdev);
		if (i != sb->self && spdk_bdev_get_by_name(uuid) != NULL) {
			examine(uuid, false);
		}
	}
}

static void
examined(void *ctx, int rc, const struct raid_sb *sb, const struct bdev_reason *reason)
{
	struct examined *examined = ctx;
	bool is_new = sb != NULL && raid_find_uuid(&sb->uuid) == NULL;

	if (sb != NULL) {
		assemble(sb, examined->name);
	}
	if (is_new && raid_find_uuid(&sb->uuid) != NULL) {
		examine_others(sb);
	}
	if (examined->is_action) {
		spdk_bdev_module_examine_done(&g_raid_module);
	}
	free(examined);
}

static void
examine(const char *name, bool is_action)
{
	size_t size = strlen(name) + 1;
	struct examined *ctx = malloc(sizeof(*ctx) + size);

	if (ctx != NULL) {
		ctx->is_action = is_action;
		memcpy(ctx->name, name, size);
		raid_sb_read(name, examined, ctx);
		return;
	}
	SPDK_ERRLOG("There is no memory to look for a superblock on bdev %s.\n", name);
	if (is_action) {
		spdk_bdev_module_examine_done(&g_raid_module);
	}
}

void
raid_examine_disk(struct spdk_bdev *bdev)
{
	struct raid_slot *slot = raid_slot_find_open(bdev->name);

	if (slot == NULL) {
		examine(bdev->name, true);
	} else if (slot->state != RAID_SLOT_OPEN || slot->is_checked ||
		   raid_slot_check(slot, true) != 0) {
		spdk_bdev_module_examine_done(&g_raid_module);
	}
}
