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
	if (raid->name == NULL || raid->round == NULL || init_slots(raid, opts) != 0) {
		raid_put(raid);
		return NULL;
	}
	return raid;
}

static int
open_slots(struct raid *raid, struct bdev_reason *reason)
{
	int rc;

	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];

		if (slot->name == NULL) {
			continue;
		}
		rc = raid_slot_open(slot, slot->name, reason);
		if (rc == -ENODEV) {
			SPDK_NOTICELOG(
				"Raid bdev %s will be made when there is a bdev %s for it.\n",
				raid->name, slot->name);
		} else if (rc != 0) {
			return rc;
		}
	}
	return raid_try_start(raid, reason);
}

int
raid_create(const struct raid_opts *opts, struct bdev_reason *out_reason)
{
	struct raid *raid;
	int rc;

	rc = check(opts, out_reason);
	if (rc != 0) {
		return rc;
	}
	raid = raid_new(opts);
	if (raid == NULL) {
		return -ENOMEM;
	}
	raid_list(raid);
	rc = open_slots(raid, out_reason);
	if (rc != 0) {
		raid_forget(raid);
	}
	return rc;
}
