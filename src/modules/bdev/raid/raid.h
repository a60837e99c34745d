/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Raid: a device made of several others, its members, each of which has its slot.
 */
#ifndef SPINDLE_BDEV_RAID_H
#define SPINDLE_BDEV_RAID_H

#include "modules/bdev/answer.h"
#include "spdk/bdev_module.h"
#include "spdk/module/bdev/raid.h"

/* Slots of an array. */
#define RAID_SLOTS_MAX 255

struct raid;

struct raid_opts {
	const char *name;
	enum spdk_bdev_raid_level level;
	/* In KiB; 0: none, which is what levels without strips have. */
	uint32_t strip_kb;
	/* Of the members, in the order of their slots; empty: that slot stays empty. */
	char *const *base_names;
	size_t count;
	/* All zeros: a new one is made. */
	struct spdk_uuid uuid;
	/* It is found again by what is written on its members. */
	bool has_superblock;
};

/* How something has ended: 0, or an error and a reason, which may be NULL. */
typedef void (*raid_cb)(void *cb_arg, int rc, const struct bdev_reason *reason);

extern struct spdk_bdev_module g_raid_module;

/*
 * All of these are the app thread's, and call `cb_fn` once, now or later.
 *
 * An array is there from now on; its device, as soon as all members are. 0 when all that are there
 * have been looked at.
 *
 * Errors: -EINVAL, with a reason; -EEXIST, the name is another's, or a member is another's by its
 *   superblock; -EPERM, somebody else has claimed a member; -ENOMEM. Nothing is left behind then.
 */
void raid_create(const struct raid_opts *opts, raid_cb cb_fn, void *cb_arg);

/*
 * 0 when the array is gone. `clears_sb`: its superblocks as well, as far as members are there.
 *
 * Errors: -ENODEV, there is none of that name; -EBUSY, it is going already.
 */
void raid_delete(const char *name, bool clears_sb, raid_cb cb_fn, void *cb_arg);

struct raid_change {
	const char *raid_name;
	const char *base_name;
};

/*
 * Puts a device into an empty slot: the one that it was in before, else the first. If the array is
 * online, the device is filled by a rebuild, which has begun then.
 *
 * Errors: -ENODEV, there is no such array or device; -EINVAL; -EEXIST, it is another's by its
 *   superblock; -EPERM, somebody else has claimed the device; -EBUSY, a rebuild is under way;
 *   -ENOTSUP, the array is offline, or has no redundancy; -ENOMEM.
 */
void raid_add(const struct raid_change *change, raid_cb cb_fn, void *cb_arg);

/*
 * Takes a member out of its array; 0 when it is free. One that cannot do without goes offline.
 *
 * Errors: -ENODEV, it is in no array; -EBUSY, it is leaving already.
 */
void raid_remove(const char *base_name, raid_cb cb_fn, void *cb_arg);

/* How members that come to an array that is online are filled, from the next one on. */
struct raid_rebuild_opts {
	/* Of what is copied at a time, in KiB. */
	uint32_t window_kb;
	/* In MiB a second; 0: no limit. */
	uint32_t bandwidth_mb_sec;
};

bool raid_rebuild_has_default_opts(void);
void raid_rebuild_get_opts(struct raid_rebuild_opts *out_opts);
/* Errors: -EINVAL, with a reason. */
int raid_rebuild_set_opts(const struct raid_rebuild_opts *opts, struct bdev_reason *out_reason);

/* All in `state`, as the elements of the open array; SPDK_BDEV_RAID_STATE_MAX: all. */
void raid_write_list(enum spdk_bdev_raid_state state, struct spdk_json_write_ctx *w);

#endif
