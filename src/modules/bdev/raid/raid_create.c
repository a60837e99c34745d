/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How an array begins: what is asked for is checked, then its slots are opened.
 */
#include "raid_internal.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/string.h"

static const struct raid_level *
find_level(enum spdk_bdev_raid_level number)
{
	static const struct raid_level *const levels[] = {&g_raid0, &g_raid1, &g_concat};

	for (size_t i = 0; i < SPDK_COUNTOF(levels); i++) {
		if (levels[i]->level == number) {
			return levels[i];
		}
	}
	return NULL;
}

static int
check_level(const struct raid_opts *opts, struct bdev_reason *reason)
{
	const struct raid_level *level = find_level(opts->level);

	if (level == NULL) {
		return bdev_refuse(reason, -EINVAL,
				   "this raid_level is not there: raid0, raid1 and concat are");
	}
	if (opts->count < level->slots_min || opts->count > RAID_SLOTS_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "there are %zu base_bdevs, and %s has %u at least and %u at "
				   "most",
				   opts->count, level->name, level->slots_min, RAID_SLOTS_MAX);
	}
	if (!level->has_strips && opts->strip_kb != 0) {
		return bdev_refuse(reason, -EINVAL, "%s has no strips: leave strip_size_kb out",
				   level->name);
	}
	if (level->has_strips && (opts->strip_kb == 0 || !spdk_u32_is_pow2(opts->strip_kb))) {
		return bdev_refuse(reason, -EINVAL,
				   "%s needs a strip_size_kb that is a power of 2, and it is %u",
				   level->name, opts->strip_kb);
	}
	return 0;
}

static int
check_base_names(const struct raid_opts *opts, struct bdev_reason *reason)
{
	bool has_name = false;

	for (size_t i = 0; i < opts->count; i++) {
		const char *name = opts->base_names[i];

		if (strcmp(name, opts->name) == 0) {
			return bdev_refuse(reason, -EINVAL, "'%s' cannot be its own base bdev",
					   name);
		}
		has_name |= name[0] != '\0';
		for (size_t k = 0; k < i && name[0] != '\0'; k++) {
			if (strcmp(name, opts->base_names[k]) == 0) {
				return bdev_refuse(reason, -EINVAL,
						   "'%s' is twice among base_bdevs", name);
			}
		}
	}
	return has_name ? 0 : bdev_refuse(reason, -EINVAL, "none of base_bdevs has a name");
}

static int
check(const struct raid_opts *opts, struct bdev_reason *reason)
{
	int rc;

	if (opts->name[0] == '\0') {
		return bdev_refuse(reason, -EINVAL, "the name is empty");
	}
	if (opts->has_superblock && strlen(opts->name) >= RAID_SB_NAME_SIZE) {
		return bdev_refuse(reason, -EINVAL,
				   "a superblock has room for a name of %u bytes, and '%s' has %zu",
				   RAID_SB_NAME_SIZE - 1, opts->name, strlen(opts->name));
	}
	rc = check_level(opts, reason);
	if (rc == 0) {
		rc = check_base_names(opts, reason);
	}
	if (rc != 0) {
		return rc;
	}
	if (raid_find(opts->name) != NULL) {
		return bdev_refuse(reason, -EEXIST, "raid bdev '%s' is there already", opts->name);
	}
	if (spdk_bdev_get_by_name(opts->name) != NULL) {
		return bdev_refuse(reason, -EEXIST, "another bdev has the name '%s'", opts->name);
	}
	return 0;
}

static int
init_slots(struct raid *raid, const struct raid_opts *opts)
{
	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];

		slot->raid = raid;
		if (opts->base_names[i][0] == '\0') {
			slot->is_vacant = raid->level->is_redundant;
			continue;
		}
		slot->name = strdup(opts->base_names[i]);
		if (slot->name == NULL) {
			return -ENOMEM;
		}
	}
	return 0;
}

/* NULL: no memory. */
static struct raid *
raid_new(const struct raid_opts *opts)
{
	struct raid *raid = calloc(1, sizeof(*raid) + opts->count * sizeof(struct raid_slot));

	if (raid == NULL) {
		return NULL;
	}
	spdk_spin_init(&raid->lock);
	raid->refs = 1;
	raid->level = find_level(opts->level);
	raid->state = SPDK_BDEV_RAID_STATE_CONFIGURING;
	raid->strip_kb = opts->strip_kb;
	raid->count = (uint32_t)opts->count;
	raid->uuid = opts->uuid;
	if (spdk_uuid_is_null(&raid->uuid)) {
		spdk_uuid_generate(&raid->uuid);
	}
	raid->name = strdup(opts->name);
	raid->round = io_devices_round_create();
	if (raid->name == NULL || raid->round == NULL || init_slots(raid, opts) != 0 ||
	    (opts->has_superblock && raid_store_init(raid) != 0)) {
		raid_put(raid);
		return NULL;
	}
	return raid;
}

/* ---- Its members ---- */

static int
open_slot(struct raid_slot *slot, struct bdev_reason *reason)
{
	int rc = raid_slot_open(slot, slot->name, reason);

	if (rc == -ENODEV) {
		SPDK_NOTICELOG("Raid bdev %s will be made when there is a bdev %s for it.\n",
			       slot->raid->name, slot->name);
		return 0;
	}
	return rc != 0 ? rc : raid_slot_check(slot, false);
}

static int
open_slots(struct raid *raid, struct bdev_reason *reason)
{
	int rc = 0;

	for (uint32_t i = 0; i < raid->count && rc == 0; i++) {
		if (raid->slots[i].name != NULL) {
			rc = open_slot(&raid->slots[i], reason);
		}
	}
	return rc;
}

void
raid_tell_created(struct raid *raid, int rc, const struct bdev_reason *reason)
{
	raid_cb cb_fn = raid->created_fn;

	raid->created_fn = NULL;
	if (cb_fn != NULL) {
		cb_fn(raid->created_arg, rc, reason);
	}
}

static void
begin(struct raid *raid)
{
	struct bdev_reason reason = raid->created_reason;
	int rc = raid->created_rc;

	if (rc == 0) {
		rc = raid_try_start(raid, &reason);
	}
	if (rc != 0) {
		raid_tell_created(raid, rc, &reason);
		raid_forget(raid);
	} else if (raid->sb == NULL || (!raid->wants_store && !raid->is_changing)) {
		raid_tell_created(raid, 0, NULL);
	}
}

void
raid_checked(struct raid *raid)
{
	struct bdev_reason reason = {""};
	int rc;

	if (raid->checks > 0 || raid->is_deleted) {
		return;
	}
	if (raid->created_fn != NULL) {
		begin(raid);
		return;
	}
	rc = raid_try_start(raid, &reason);
	if (rc != 0) {
		SPDK_ERRLOG("Raid bdev %s cannot be made: %s%s%s\n", raid->name, spdk_strerror(-rc),
			    reason.text[0] != '\0' ? ": " : "", reason.text);
	}
}

void
raid_create(const struct raid_opts *opts, raid_cb cb_fn, void *cb_arg)
{
	struct bdev_reason reason = {""};
	struct raid *raid;
	int rc;

	rc = check(opts, &reason);
	if (rc != 0) {
		cb_fn(cb_arg, rc, &reason);
		return;
	}
	raid = raid_new(opts);
	if (raid == NULL) {
		cb_fn(cb_arg, -ENOMEM, NULL);
		return;
	}
	raid_list(raid);
	raid->created_fn = cb_fn;
	raid->created_arg = cb_arg;
	raid->checks++; /* Until all are open. */
	rc = open_slots(raid, &raid->created_reason);
	raid->created_rc = rc != 0 ? rc : raid->created_rc;
	raid->checks--;
	raid_checked(raid);
}

struct raid *
raid_create_from(const struct raid_sb *sb)
{
	static char none[] = "";
	char *names[RAID_SLOTS_MAX];
	const struct raid_opts opts = {
		.name = sb->name,
		.level = sb->level,
		.strip_kb = sb->strip_kb,
		.base_names = names,
		.count = sb->count,
		.uuid = sb->uuid,
		.has_superblock = true,
	};
	struct raid *raid;

	for (uint32_t i = 0; i < sb->count; i++) {
		names[i] = none;
	}
	raid = raid_new(&opts);
	if (raid == NULL) {
		SPDK_ERRLOG("There is no memory for raid bdev %s.\n", sb->name);
		return NULL;
	}
	*raid->sb = *sb;
	for (uint32_t i = 0; i < raid->count; i++) {
		raid->slots[i].is_vacant = sb->slots[i].state != RAID_SB_SYNC;
	}
	raid_list(raid);
	return raid;
}
