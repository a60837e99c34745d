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
};

extern struct spdk_bdev_module g_raid_module;

/*
 * All of these: the app thread's.
 *
 * An array is there from now on; its device, as soon as all members are.
 *
 * Errors: -EINVAL, with a reason; -EEXIST, the name is another's; -EPERM, somebody else has claimed
 *   a member; -ENOMEM. Nothing is left behind then.
 */
int raid_create(const struct raid_opts *opts, struct bdev_reason *out_reason);

/* `cb_fn` once with 0, when the array is gone, or with -ENODEV: there is none of that name. */
void raid_delete(const char *name, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/*
 * Puts a device into an empty slot: the one that it was in before, else the first. If the array is
 * online, the device is filled by a rebuild.
 *
 * Callback: `cb_fn` once with 0, when it is in the slot, and its rebuild has begun, or with the
 *   error that kept it from that.
 * Errors, `cb_fn` is not called then: -ENODEV, there is no such array or device; -EINVAL with a
 *   reason; -EPERM, somebody else has claimed the device; -EBUSY, a rebuild is under way; -ENOTSUP,
 *   the array is offline, or has no redundancy; -ENOMEM.
 */
struct raid_change {
	const char *raid_name;
	const char *base_name;
};
int raid_add(const struct raid_change *change, struct bdev_reason *out_reason,
	     spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/*
 * Takes a member out of its array. One that cannot do without goes offline.
 *
 * Callback: `cb_fn` once with 0, when it is free.
 * Errors, `cb_fn` is not called then: -ENODEV, it is in no array; -EBUSY, it is leaving already.
 */
int raid_remove(const char *base_name, spdk_bdev_unregister_cb cb_fn, void *cb_arg);

/* How members that come to an array that is online are filled, from the next one on. */
struct raid_rebuild_opts {
	/* Of what is copied at a time, in KiB. */
	uint32_t window_kb;
	/* In MiB a second; 0: no limit. */
	uint32_t bandwidth_mb_sec;
};

void raid_rebuild_get_opts(struct raid_rebuild_opts *out_opts);
/* Errors: -EINVAL, with a reason. */
int raid_rebuild_set_opts(const struct raid_rebuild_opts *opts, struct bdev_reason *out_reason);

/* All in `state`, as the elements of the open array; SPDK_BDEV_RAID_STATE_MAX: all. */
void raid_write_list(enum spdk_bdev_raid_state state, struct spdk_json_write_ctx *w);

#endif
