/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arrays.
 *
 *   state        holds                                  left by
 *   CONFIGURING  no bdev is registered; slots are       raid_try_start(), when all slots are OPEN
 *                EMPTY or OPEN                          that must be: ONLINE
 *   ONLINE       the bdev is registered, slots are      raid_go_offline(), raid_delete(), or who
 *                MEMBER or EMPTY (raid_change.c)        unregisters the bdev: OFFLINE
 *   OFFLINE      while has_channels, the bdev is on     raid_end_device() ends the bdev; then the
 *                its way; then slots are OPEN or EMPTY  array, with its last slot or if deleted
 *
 * An array that was online and lost too many members does not come back by itself: who knows what
 * those hold that do. raid_delete() ends an array in any state.
 *
 * A1  A struct raid is freed when it is in no list, has no bdev, and nothing changes its members.
 */
#include "modules/bdev/layered.h"
#include "raid_internal.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/string.h"

static TAILQ_HEAD(, raid) g_raids = TAILQ_HEAD_INITIALIZER(g_raids);
/* The layer ends: nothing waits for anything any more. */
static bool g_is_finishing;

/* ---- All of them ---- */

struct raid *
raid_first(void)
{
	return TAILQ_FIRST(&g_raids);
}

void
raid_list(struct raid *raid)
{
	TAILQ_INSERT_TAIL(&g_raids, raid, link);
}

struct raid *
raid_find(const char *name)
{
	struct raid *raid;

	TAILQ_FOREACH (raid, &g_raids, link) {
		if (strcmp(raid->name, name) == 0) {
			return raid;
		}
	}
	return NULL;
}

uint32_t
raid_count_readable(const struct raid *raid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < raid->count; i++) {
		count += raid->slots[i].can_read;
	}
	return count;
}

/* ---- The end ---- */

void
raid_get(struct raid *raid)
{
	raid->refs++;
}

void
raid_put(struct raid *raid)
{
	if (--raid->refs > 0) {
		return;
	}
	for (uint32_t i = 0; i < raid->count; i++) {
		free(raid->slots[i].name);
	}
	io_devices_round_destroy(raid->round);
	spdk_spin_destroy(&raid->lock);
	free(raid->name);
	free(raid);
}

static void
forget(struct raid *raid)
{
	spdk_bdev_unregister_cb cb_fn = raid->cb_fn;
	void *cb_arg = raid->cb_arg;

	TAILQ_REMOVE(&g_raids, raid, link);
	raid_put(raid);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, 0);
	}
}

static void
close_slots(struct raid *raid, bool is_all)
{
	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];

		if (slot->desc == NULL) {
			continue;
		}
		if (is_all || slot->wish != RAID_WISH_NONE) {
			raid_slot_close(slot, 0);
		} else {
			slot->state = RAID_SLOT_OPEN;
			slot->can_read = false;
			slot->can_write = false;
		}
	}
}

void
raid_forget(struct raid *raid)
{
	close_slots(raid, true);
	forget(raid);
}

void
raid_slot_left(struct raid *raid)
{
	if (raid->state != SPDK_BDEV_RAID_STATE_OFFLINE || raid->has_channels) {
		return;
	}
	for (uint32_t i = 0; i < raid->count; i++) {
		if (raid->slots[i].desc != NULL) {
			return;
		}
	}
	forget(raid);
}

void
raid_end_device(struct raid *raid)
{
	if (!raid->is_ending) {
		return;
	}
	raid->is_ending = false;
	close_slots(raid, raid->is_deleted || g_is_finishing);
	spdk_bdev_destruct_done(&raid->bdev, 0);
	if (raid->is_deleted) {
		forget(raid);
	} else {
		raid_slot_left(raid);
	}
	raid_put(raid);
}

void
raid_go_offline(struct raid *raid)
{
	if (raid->state == SPDK_BDEV_RAID_STATE_ONLINE) {
		SPDK_ERRLOG("Raid bdev %s goes offline: too few members are left.\n", raid->name);
		raid->state = SPDK_BDEV_RAID_STATE_OFFLINE;
		spdk_bdev_unregister(&raid->bdev, NULL, NULL);
	}
}

void
raid_delete(const char *name, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct raid *raid = raid_find(name);

	if (raid == NULL || raid->is_deleted) {
		cb_fn(cb_arg, raid == NULL ? -ENODEV : -EBUSY);
		return;
	}
	raid->is_deleted = true;
	raid->cb_fn = cb_fn;
	raid->cb_arg = cb_arg;
	if (raid->state == SPDK_BDEV_RAID_STATE_ONLINE) {
		raid->state = SPDK_BDEV_RAID_STATE_OFFLINE;
		spdk_bdev_unregister(&raid->bdev, NULL, NULL);
	} else if (!raid->has_channels || raid->state == SPDK_BDEV_RAID_STATE_CONFIGURING) {
		raid_forget(raid);
	}
}

/* ---- Members, from outside ---- */

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

static int
join(struct raid_slot *slot, struct bdev_reason *reason)
{
	struct raid *raid = slot->raid;
	int rc = raid_check_joins(raid, raid_slot_bdev(slot), slot->data_offset, reason);

	if (rc != 0) {
		return rc;
	}
	slot->data_blocks = raid->bdev.blockcnt;
	slot->wish = RAID_WISH_JOIN;
	raid_change_next(raid);
	return 0;
}

/* Into an EMPTY slot. */
static int
add(struct raid_slot *slot, const struct raid_change *change, struct bdev_reason *reason,
    spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct raid *raid = slot->raid;
	int rc;

	rc = raid_slot_open(slot, change->base_name, reason);
	if (rc != 0) {
		return rc;
	}
	if (raid->state == SPDK_BDEV_RAID_STATE_CONFIGURING) {
		rc = raid_try_start(raid, reason);
		if (rc == 0) {
			cb_fn(cb_arg, 0);
			return 0;
		}
	} else {
		slot->cb_fn = cb_fn;
		slot->cb_arg = cb_arg;
		rc = join(slot, reason);
	}
	if (rc != 0) {
		slot->cb_fn = NULL;
		raid_slot_expect_none(slot);
		raid_slot_close(slot, rc);
	}
	return rc;
}

int
raid_add(const struct raid_change *change, struct bdev_reason *out_reason,
	 spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct raid *raid = raid_find(change->raid_name);
	struct spdk_bdev *bdev = spdk_bdev_get_by_name(change->base_name);
	struct raid_slot *slot;
	int rc = 0;

	if (raid == NULL || bdev == NULL) {
		return bdev_refuse(out_reason, -ENODEV, "there is no %s '%s'",
				   raid == NULL ? "raid bdev" : "bdev",
				   raid == NULL ? change->raid_name : change->base_name);
	}
	if (raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING) {
		rc = check_can_rebuild(raid, out_reason);
	}
	if (rc != 0) {
		return rc;
	}
	slot = find_place(raid, bdev);
	if (slot == NULL) {
		return bdev_refuse(out_reason, -EINVAL, "raid bdev '%s' has no empty slot",
				   raid->name);
	}
	return add(slot, change, out_reason, cb_fn, cb_arg);
}

int
raid_remove(const char *base_name, spdk_bdev_unregister_cb cb_fn, void *cb_arg)
{
	struct raid_slot *slot = raid_slot_find_open(base_name);
	struct raid *raid;

	if (slot == NULL) {
		return -ENODEV;
	}
	if (slot->wish == RAID_WISH_LEAVE || slot->cb_fn != NULL) {
		return -EBUSY;
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
	return 0;
}

/* ---- The module ---- */

static int
init(void)
{
	g_is_finishing = false;
	return 0;
}

static void
fini_start(void)
{
	struct raid *raid, *next;

	g_is_finishing = true;
	TAILQ_FOREACH_SAFE (raid, &g_raids, link, next) {
		if (!raid->has_channels && !raid->is_ending) {
			raid_forget(raid);
		}
	}
}

static void
fini(void)
{
	while (!TAILQ_EMPTY(&g_raids)) {
		forget(TAILQ_FIRST(&g_raids));
	}
}

static int
get_ctx_size(void)
{
	return sizeof(struct raid_io);
}

static void
examine(struct spdk_bdev *bdev)
{
	struct raid_slot *slot = raid_slot_find_waiting(bdev);
	struct bdev_reason reason = {""};
	int rc;

	if (slot != NULL) {
		rc = raid_slot_open(slot, bdev->name, &reason);
		if (rc == 0) {
			rc = raid_try_start(slot->raid, &reason);
		}
		if (rc != 0) {
			SPDK_ERRLOG("Raid bdev %s cannot use bdev %s: %s%s%s\n", slot->raid->name,
				    bdev->name, spdk_strerror(-rc),
				    reason.text[0] != '\0' ? ": " : "", reason.text);
		}
	}
	spdk_bdev_module_examine_done(&g_raid_module);
}

struct spdk_bdev_module g_raid_module = {
	.name = "raid",
	.module_init = init,
	.fini_start = fini_start,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
	.examine_config = examine,
	.config_json = raid_write_config,
};
SPDK_BDEV_MODULE_REGISTER(raid, &g_raid_module)
