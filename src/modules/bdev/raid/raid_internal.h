/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the raid module share.
 *
 *   raid.c         arrays: which there are, and how they end
 *   raid_create.c  and begin
 *   raid_bdev.c    the bdev of an array
 *   raid_slot.c    a slot and the device in it, as long as that is open
 *   raid_change.c  members that come and go while I/Os are under way
 *   raid_rebuild.c what an array holds, copied to a new member
 *   raid_member.c  members that somebody adds or removes
 *   raid_store.c   superblocks, and writing them to all members
 *   raid_examine.c devices that come, with a superblock or without
 *   raid_superblock.c raid_sb_io.c
 *                  what a superblock says, and that of one device
 *   raid_channel.c what each thread has of an array
 *   raid_io.c      I/Os, and the parts that they are made of
 *   raid0.c raid1.c concat.c
 *                  where blocks are, and what a failure means
 *   raid_json.c raid_rpc.c
 *
 * Who owns what: struct raid and struct raid_slot are the app thread's, except for what is said at
 * the field. A struct raid_channel, its lanes and the I/Os on it are their thread's.
 */
#ifndef SPINDLE_BDEV_RAID_INTERNAL_H
#define SPINDLE_BDEV_RAID_INTERNAL_H

#include "modules/bdev/forward.h"
#include "raid.h"
#include "raid_superblock.h"

struct raid_channel;
struct raid_io;

/* ---- Levels ---- */

struct raid_level {
	enum spdk_bdev_raid_level level;
	const char *name;
	/* Slots of an array, at least. */
	uint32_t slots_min;
	bool has_strips;
	/* Whether it works as long as one member does. */
	bool is_redundant;
	/*
	 * Sets data_blocks of the slots whose device is there, and `boundary`; the blocks of the
	 * array, 0: the members are too small. Also when members have grown.
	 */
	uint64_t (*measure)(struct raid *raid);
	/* READ and WRITE, with a buffer, between two boundaries. */
	void (*submit)(struct raid_io *ctx);
	/* The part of a range that is in a slot, in blocks of data; false: none. */
	bool (*find_part)(const struct raid *raid, uint32_t slot, const struct bdev_place *range,
			  struct bdev_place *out_part);
	/* Ends an I/O that went to more than one member; NULL: with ctx->status. */
	void (*finish)(struct raid_io *ctx);
};

extern const struct raid_level g_raid0, g_raid1, g_concat;

/* ---- Slots ---- */

enum raid_slot_state {
	/* No device. It may wait for one. */
	RAID_SLOT_EMPTY,
	/* A device is open and claimed, and the array does not use it. */
	RAID_SLOT_OPEN,
	/* Channels have it: the array is online. */
	RAID_SLOT_MEMBER,
};

/* What is to become of a device in a slot. */
enum raid_wish {
	RAID_WISH_NONE,
	/* It has failed: it is to go, if there is another. */
	RAID_WISH_DROP,
	/* It is to go, whatever that means to the array. */
	RAID_WISH_LEAVE,
	/* It is OPEN, and is to be written to, and rebuilt. */
	RAID_WISH_JOIN,
	/* It has all that the array holds, and is to be read. */
	RAID_WISH_SYNC,
};

struct raid_slot {
	struct raid *raid;
	enum raid_slot_state state;
	/* Of the device, or of the one that is waited for; NULL: it waits for none by name. */
	char *name;
	/* Of the device that is or was here. */
	struct spdk_uuid uuid;
	/* Counts the devices that were here. */
	uint64_t opening;
	/* OPEN: it is known to have no superblock but this array's. */
	bool is_checked;
	/* It was in use until it went away: that UUID is waited for. */
	bool awaits_uuid;
	/* The array does without it from its beginning on. */
	bool is_vacant;
	struct spdk_bdev_desc *desc;
	/* Of the device, blocks before data and of data. */
	uint64_t data_offset;
	uint64_t data_blocks;
	/* concat: of the array, the first one here. Fixed once the array is online. */
	uint64_t start;
	/* What a new channel may do with it; written by the app thread under raid->lock. */
	bool can_read;
	bool can_write;
	enum raid_wish wish;
	/* I/Os are parked until it goes, and it wishes to LEAVE: if it cannot, they must end. */
	bool is_awaited;
	/* Who is told when it is EMPTY, or a member; NULL: nobody. */
	raid_cb cb_fn;
	void *cb_arg;
};

/* ---- Arrays ---- */

struct raid {
	struct spdk_bdev bdev;
	char *name;
	struct spdk_uuid uuid;
	const struct raid_level *level;
	enum spdk_bdev_raid_state state;
	uint32_t strip_kb;
	/* In blocks, a power of 2; its log2. */
	uint64_t strip_blocks;
	uint32_t strip_shift;
	/* Blocks at whose multiples reads and writes are split; 0: anywhere will do. */
	uint64_t boundary;
	/* Types of I/Os that all members took when it went online, as bits. */
	uint32_t io_types;

	/* Guards what new channels look at, and nothing else: see struct raid_slot. */
	struct spdk_spinlock lock;
	/* Where members come and go is one round after the other; is_changing: one is under way. */
	struct spdk_io_channel_iter *round;
	bool is_changing;
	/* That of the member that comes; or NULL. */
	struct raid_rebuild *rebuild;

	/* NULL: it has none. With sequence 0 none was written yet. */
	struct raid_sb *sb;
	/* raid_store.c: who waits for it, and whether zeros are being written. */
	void (*stored_fn)(void *cb_arg);
	void *stored_arg;
	bool is_clearing;
	/* A change that is no slot's: superblocks are out of date. */
	bool wants_store;

	/* raid_create.c: looks at members that are not over; who waits for its beginning, and what
	   is wrong with a member. */
	uint32_t checks;
	raid_cb created_fn;
	void *created_arg;
	int created_rc;
	struct bdev_reason created_reason;

	/* It is an I/O device, from before its bdev is registered until that is gone. */
	bool has_channels;
	/* The bdev is gone when the channels are. */
	bool is_ending;
	bool is_deleted;
	bool clears_sb;
	raid_cb cb_fn;
	void *cb_arg;
	/* By the list, the bdev, and a change under way. */
	uint32_t refs;
	TAILQ_ENTRY(raid) link;
	uint32_t count;
	struct raid_slot slots[];
};

/* raid.c */
void raid_list(struct raid *raid);
/* Closes all slots: there is no bdev. */
void raid_forget(struct raid *raid);
struct raid *raid_find(const char *name);
struct raid *raid_find_uuid(const struct spdk_uuid *uuid);
/* raid_create.c */
/* In the list, without members. NULL: no memory. */
struct raid *raid_create_from(const struct raid_sb *sb);
/* A look at a member is over: if it was the last, the array begins. */
void raid_checked(struct raid *raid);
/* Tells who waits for its beginning. */
void raid_tell_created(struct raid *raid, int rc, const struct bdev_reason *reason);

/* raid_member.c */
/*
 * Its device is OPEN, and is to be filled; `is_new`: it was not here before. Errors: -EINVAL, with
 * a reason.
 */
int raid_join(struct raid_slot *slot, bool is_new, struct bdev_reason *reason);

/* raid_examine.c */
/* Whether there is a superblock on what was opened; then raid_checked(). Errors: -ENOMEM. */
int raid_slot_check(struct raid_slot *slot, bool is_examine);
/* It cannot be used, and is closed. */
void raid_check_failed(struct raid_slot *slot, int rc, const struct bdev_reason *reason);
void raid_examine_config(struct spdk_bdev *bdev);
void raid_examine_disk(struct spdk_bdev *bdev);

/* raid_store.c */
/* What the next superblocks say of a slot; `is_new`: of another device than before. */
void raid_store_note(const struct raid_slot *slot, enum raid_sb_state state, bool is_new);
/* Writes them, if it has any, then calls `cb_fn`, now or later. */
void raid_store(struct raid *raid, void (*cb_fn)(void *cb_arg), void *cb_arg);
/* The same with zeros, to whatever is open. */
void raid_store_clear(struct raid *raid, void (*cb_fn)(void *cb_arg), void *cb_arg);
/* Errors: -ENOMEM. */
int raid_store_init(struct raid *raid);
struct raid *raid_first(void);
void raid_get(struct raid *raid);
void raid_put(struct raid *raid);

/* raid_bdev.c */
/* Goes online, if all members are there that it needs. */
int raid_try_start(struct raid *raid, struct bdev_reason *reason);
/* Its device is on its way out from now on. */
void raid_go_offline(struct raid *raid);
/* Without channels, and with no change under way: the bdev is gone from now on. */
void raid_end_device(struct raid *raid);
/* A slot has been closed: what is not online and has no members left is forgotten. */
void raid_slot_left(struct raid *raid);
void raid_follow_sizes(struct raid *raid);
/* Whether a device can join an array that is online: as large, and with the same types of I/Os. */
int raid_check_joins(const struct raid *raid, struct spdk_bdev *base, uint64_t data_offset,
		     struct bdev_reason *reason);
/* Members that could be read from now. */
uint32_t raid_count_readable(const struct raid *raid);

/* raid_slot.c */
/*
 * Opens and claims a device for an EMPTY slot. -ENODEV: there is none. Otherwise as raid_create().
 */
int raid_slot_open(struct raid_slot *slot, const char *name, struct bdev_reason *reason);
/* Of one that channels do not have. Tells who waits for it `rc`. */
void raid_slot_close(struct raid_slot *slot, int rc);
void raid_slot_tell(struct raid_slot *slot, int rc);
/* The EMPTY one that waits for such a device, of any array; NULL: none. */
struct raid_slot *raid_slot_find_waiting(const struct spdk_bdev *bdev);
/* The one that has the device open; NULL: none. */
struct raid_slot *raid_slot_find_open(const char *name);
/* Forgets for which device it waits. */
void raid_slot_expect_none(struct raid_slot *slot);

static inline struct spdk_bdev *
raid_slot_bdev(const struct raid_slot *slot)
{
	return slot->desc != NULL ? spdk_bdev_desc_get_bdev(slot->desc) : NULL;
}

/* raid_change.c */
/* Takes up what slots wish, one after the other. */
void raid_change_next(struct raid *raid);

/* raid_rebuild.c */
/* Of a member that all channels write to. Its end is a wish of the slot. Errors: -ENOMEM. */
int raid_rebuild_begin(struct raid_slot *slot);
/* The slot is about to be EMPTY. */
void raid_rebuild_forget(const struct raid_slot *slot);
/* It looks whether it is to go on, now. */
void raid_rebuild_wake(const struct raid *raid);
/* A member of the open object, if there is one. */
void raid_rebuild_write_info(const struct raid *raid, struct spdk_json_write_ctx *w);

/* ---- Channels ---- */

/* A slot, as a channel sees it. */
struct raid_lane {
	struct bdev_base base;
	const struct spdk_bdev *bdev;
	uint64_t data_offset;
	/* Blocks of reads under way. */
	uint64_t reading;
	/* Parts of I/Os under way, and those that wait for an I/O to be free. */
	uint32_t outstanding;
	bool can_read;
	bool can_write;
	/* It has failed a write that another has done, which is parked. */
	bool has_failed;
	/* The round that waits for `outstanding` to be 0; or NULL. */
	struct spdk_io_channel_iter *round;
};

TAILQ_HEAD(raid_io_tailq, raid_io);

struct raid_channel {
	struct raid *raid;
	/* I/Os that are done, and wait until those who have failed them are not read any more. */
	struct raid_io_tailq parked;
	/* Reads for which no member can be read, until it is known who stays. */
	struct raid_io_tailq waiting_reads;
	uint32_t count;
	struct raid_lane lanes[];
};

/* raid_channel.c */
int raid_channel_create(void *io_device, void *ctx);
void raid_channel_destroy(void *io_device, void *ctx);
/* That of the slot. Errors: -ENOMEM. -ENOTSUP, explained: too many devices lie on one another. */
int raid_lane_open(struct raid_channel *ch, const struct raid_slot *slot);
void raid_lane_close(struct raid_lane *lane);

static inline void
raid_lane_get(struct raid_lane *lane)
{
	lane->outstanding++;
}

/* Its round goes on, when it was the last. */
void raid_lane_put(struct raid_lane *lane);

/* ---- I/Os ---- */

#define RAID_SLOT_WORDS ((RAID_SLOTS_MAX + 64) / 64)

/* In driver_ctx. */
struct raid_io {
	struct raid_channel *ch;
	/* The slot of the part that is submitted, or waits for a free I/O. */
	uint32_t slot;
	/* Parts that are not done, and 1 while parts are still being submitted. */
	uint32_t pending;
	/* enum spdk_bdev_io_status of those that failed; else SUCCESS */
	int8_t status;
	bool was_aborted;
	/* Parts that succeeded on members that can be read. */
	uint32_t successes;
	/* And the slots that failed, as bits, which are valid when there are any. */
	uint32_t failures;
	uint64_t failed[RAID_SLOT_WORDS];
	struct spdk_bdev_io_wait_entry wait;
	TAILQ_ENTRY(raid_io) parked;
};

/* raid_io.c */
void raid_submit_request(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io);

static inline struct spdk_bdev_io *
raid_io_of(struct raid_io *ctx)
{
	return spdk_bdev_io_from_ctx(ctx);
}

static inline struct raid_io *
raid_io_ctx(struct spdk_bdev_io *io)
{
	return (struct raid_io *)io->driver_ctx;
}

static inline bool
raid_io_has_failed(const struct raid_io *ctx, uint32_t slot)
{
	return ctx->failures > 0 && (ctx->failed[slot / 64] >> slot % 64 & 1) != 0;
}

void raid_io_note_failure(struct raid_io *ctx, uint32_t slot);

/*
 * Submits what the I/O asks for to blocks of data in a slot. Errors: as bdev_submit_at().
 */
int raid_io_submit_part(struct raid_io *ctx, uint32_t slot, const struct bdev_place *part,
			spdk_bdev_io_completion_cb cb);
/* Calls `fn` with it when there may be a free I/O for ctx->slot, or fails. */
int raid_io_wait(struct raid_io *ctx, spdk_bdev_io_wait_cb fn);
/* One part that is all of the I/O, in ctx->slot. */
void raid_io_submit_only(struct raid_io *ctx, const struct bdev_place *part);
/* To all slots, each its part. */
void raid_io_submit_each(struct raid_io *ctx);

/* raid1.c */
/* A lane that has failed is gone, or stays: what waits for that goes on. */
void raid1_unpark(struct raid_channel *ch);
void raid1_keep(struct raid_channel *ch, uint32_t slot);

/* ---- raid_json.c ---- */

/* As members of the open object. */
void raid_write_info(const struct raid *raid, struct spdk_json_write_ctx *w);
int raid_dump_info(void *ctx, struct spdk_json_write_ctx *w);
int raid_write_config(struct spdk_json_write_ctx *w);

#endif
