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

struct raid *
raid_find_uuid(const struct spdk_uuid *uuid)
{
	struct raid *raid;

	TAILQ_FOREACH (raid, &g_raids, link) {
		if (spdk_uuid_compare(&raid->uuid, uuid) == 0) {
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
	free(raid->sb);
	free(raid->name);
	free(raid);
}

static void
forget(struct raid *raid)
{
	raid_cb cb_fn = raid->cb_fn;
	void *cb_arg = raid->cb_arg;

	TAILQ_REMOVE(&g_raids, raid, link);
	raid->is_deleted = true;
	raid_tell_created(raid, -ECANCELED, NULL);
	raid_put(raid);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, 0, NULL);
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

static void
device_ended(void *ctx)
{
	struct raid *raid = ctx;

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
raid_end_device(struct raid *raid)
{
	if (!raid->is_ending) {
		return;
	}
	raid->is_ending = false;
	if (raid->clears_sb) {
		raid_store_clear(raid, device_ended, raid);
	} else {
		device_ended(raid);
	}
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

static void
deleted(void *ctx)
{
	raid_forget(ctx);
}

void
raid_delete(const char *name, bool clears_sb, raid_cb cb_fn, void *cb_arg)
{
	struct raid *raid = raid_find(name);
	struct bdev_reason reason = {""};
	int rc;

	if (raid == NULL || raid->is_deleted) {
		rc = raid == NULL ? bdev_refuse(&reason, -ENODEV,
						"there is no array '%s'; bdev_raid_get_bdevs lists "
						"all",
						name) :
				    bdev_refuse(&reason, -EBUSY, "it is being deleted already");
		cb_fn(cb_arg, rc, &reason);
		return;
	}
	raid->is_deleted = true;
	raid->clears_sb = clears_sb && raid->sb != NULL && raid->sb->sequence != 0;
	raid->cb_fn = cb_fn;
	raid->cb_arg = cb_arg;
	if (raid->state == SPDK_BDEV_RAID_STATE_ONLINE) {
		raid->state = SPDK_BDEV_RAID_STATE_OFFLINE;
		spdk_bdev_unregister(&raid->bdev, NULL, NULL);
	} else if (raid->has_channels && raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING) {
		return; /* Its end sees to it. */
	} else if (raid->clears_sb) {
		raid_store_clear(raid, deleted, raid);
	} else {
		raid_forget(raid);
	}
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
		if (!raid->has_channels && !raid->is_ending && !raid->is_clearing) {
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

struct spdk_bdev_module g_raid_module = {
	.name = "raid",
	.module_init = init,
	.fini_start = fini_start,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
	.examine_config = raid_examine_config,
	.examine_disk = raid_examine_disk,
	.config_json = raid_write_config,
};
SPDK_BDEV_MODULE_REGISTER(raid, &g_raid_module)
