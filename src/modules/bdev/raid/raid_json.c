/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arrays, as methods tell of them and as they are saved.
 */
#include "raid_internal.h"
#include "spdk/json.h"

static const char *
state_name(enum spdk_bdev_raid_state state)
{
	switch (state) {
	case SPDK_BDEV_RAID_STATE_ONLINE:
		return "online";
	case SPDK_BDEV_RAID_STATE_CONFIGURING:
		return "configuring";
	default:
		return "offline";
	}
}

static uint32_t
count_open(const struct raid *raid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < raid->count; i++) {
		count += raid->slots[i].desc != NULL;
	}
	return count;
}

/* Those that it works with; before it does, those that it needs for that. */
static uint32_t
count_operational(const struct raid *raid)
{
	uint32_t count = 0;

	switch (raid->state) {
	case SPDK_BDEV_RAID_STATE_ONLINE:
		return raid_count_readable(raid);
	case SPDK_BDEV_RAID_STATE_CONFIGURING:
		for (uint32_t i = 0; i < raid->count; i++) {
			count += !raid->slots[i].is_vacant;
		}
		return count;
	default:
		return count_open(raid);
	}
}

static void
write_slot(const struct raid_slot *slot, struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_begin(w);
	if (slot->name != NULL) {
		spdk_json_write_named_string(w, "name", slot->name);
	} else {
		spdk_json_write_named_null(w, "name");
	}
	spdk_json_write_named_uuid(w, "uuid", &slot->uuid);
	spdk_json_write_named_bool(w, "is_configured", slot->desc != NULL);
	spdk_json_write_named_uint64(w, "data_offset", slot->data_offset);
	spdk_json_write_named_uint64(w, "data_size", slot->data_blocks);
	spdk_json_write_object_end(w);
}

void
raid_write_info(const struct raid *raid, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_uuid(w, "uuid", &raid->uuid);
	spdk_json_write_named_uint32(w, "strip_size_kb", raid->strip_kb);
	spdk_json_write_named_string(w, "state", state_name(raid->state));
	spdk_json_write_named_string(w, "raid_level", raid->level->name);
	spdk_json_write_named_bool(w, "superblock", raid->sb != NULL);
	spdk_json_write_named_uint32(w, "num_base_bdevs", raid->count);
	spdk_json_write_named_uint32(w, "num_base_bdevs_discovered", count_open(raid));
	spdk_json_write_named_uint32(w, "num_base_bdevs_operational", count_operational(raid));
	raid_rebuild_write_info(raid, w);
	spdk_json_write_named_array_begin(w, "base_bdevs_list");
	for (uint32_t i = 0; i < raid->count; i++) {
		write_slot(&raid->slots[i], w);
	}
	spdk_json_write_array_end(w);
}

int
raid_dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_object_begin(w, "raid");
	raid_write_info(ctx, w);
	spdk_json_write_object_end(w);
	return 0;
}

void
raid_write_list(enum spdk_bdev_raid_state state, struct spdk_json_write_ctx *w)
{
	struct raid *raid;

	for (raid = raid_first(); raid != NULL; raid = TAILQ_NEXT(raid, link)) {
		if (state != SPDK_BDEV_RAID_STATE_MAX && raid->state != state) {
			continue;
		}
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "name", raid->name);
		raid_write_info(raid, w);
		spdk_json_write_object_end(w);
	}
}

/* What a member holds that has left, or is not rebuilt yet, is of no use the next time. */
static bool
is_saved(const struct raid_slot *slot)
{
	bool is_online = slot->raid->state == SPDK_BDEV_RAID_STATE_ONLINE;

	return slot->name != NULL && (!is_online || slot->can_read);
}

static void
write_create(const struct raid *raid, struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_raid_create");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", raid->name);
	spdk_json_write_named_uuid(w, "uuid", &raid->uuid);
	if (raid->level->has_strips) {
		spdk_json_write_named_uint32(w, "strip_size_kb", raid->strip_kb);
	}
	spdk_json_write_named_string(w, "raid_level", raid->level->name);
	spdk_json_write_named_bool(w, "superblock", raid->sb != NULL);
	spdk_json_write_named_array_begin(w, "base_bdevs");
	for (uint32_t i = 0; i < raid->count; i++) {
		/* What a member that left still holds is old, so its slot is empty next time, too.
		 */
		const char *name = is_saved(&raid->slots[i]) ? raid->slots[i].name : "";

		spdk_json_write_string(w, name);
	}
	spdk_json_write_array_end(w);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/*
 * One that is offline has lost what it was made of; one that waits for nothing will find nothing;
 * and one whose superblocks are written is found.
 */
static bool
is_worth_saving(const struct raid *raid)
{
	bool has_name = false;

	for (uint32_t i = 0; i < raid->count; i++) {
		has_name |= is_saved(&raid->slots[i]);
	}
	return has_name && raid->state != SPDK_BDEV_RAID_STATE_OFFLINE &&
	       (raid->sb == NULL || raid->sb->sequence == 0);
}

static void
write_options(struct spdk_json_write_ctx *w)
{
	struct raid_rebuild_opts opts;

	raid_rebuild_get_opts(&opts);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_raid_set_options");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_uint32(w, "process_window_size_kb", opts.window_kb);
	spdk_json_write_named_uint32(w, "process_max_bandwidth_mb_sec", opts.bandwidth_mb_sec);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

int
raid_write_config(struct spdk_json_write_ctx *w)
{
	struct raid *raid;

	if (!raid_rebuild_has_default_opts()) {
		write_options(w);
	}
	for (raid = raid_first(); raid != NULL; raid = TAILQ_NEXT(raid, link)) {
		if (is_worth_saving(raid)) {
			write_create(raid, w);
		}
	}
	return 0;
}
