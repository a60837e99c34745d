/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is written at the beginning of each member of an array that has superblocks: what the array
 * is, which of its slots this member has, and what holds for the others.
 *
 * All numbers are little-endian; what is not named is 0.
 *
 *     0  magic, "SPNDRAID"                    48  name of the array, up to a 0, 64 bytes
 *     8  version, 32 bits                    112  KiB of a strip, 32 bits; 0: none
 *    12  size of it all, 32 bits             116  bytes of data of a block, 32 bits
 *    16  CRC-32C of it all, with 0 here      120  number of slots, 32 bits
 *    20  level, 32 bits                      124  slot of this member, 32 bits
 *    24  sequence number, 64 bits            128  the slots, 64 bytes each:
 *    32  UUID of the array                         0  UUID of who is or was in it
 *                                                 16  UUID of the bdev that it was
 *                                                 32  blocks before data, 64 bits
 *                                                 40  blocks of data, 64 bits
 *                                                 48  state, 32 bits
 *
 * P1  The one with the highest sequence number tells what holds: who has an older one is in sync
 *     if, and only if, that one says so of the UUID in its slot. The first that is written has 1.
 * P2  What is decoded is hostile: each number is checked before it is used.
 */
#ifndef SPINDLE_BDEV_RAID_SUPERBLOCK_H
#define SPINDLE_BDEV_RAID_SUPERBLOCK_H

#include "modules/bdev/answer.h"
#include "raid.h"
#include "spdk/uuid.h"

#define RAID_SB_VERSION   1u
#define RAID_SB_NAME_SIZE 64u
#define RAID_SB_HEADER    128u
#define RAID_SB_SLOT      64u
#define RAID_SB_SIZE_MAX  (RAID_SB_HEADER + RAID_SLOTS_MAX * RAID_SB_SLOT)

enum raid_sb_state {
	/* Nobody has been here. */
	RAID_SB_EMPTY = 0,
	/* Has all that the array holds. */
	RAID_SB_SYNC = 1,
	/* Has left, failed, or is not filled yet. */
	RAID_SB_BEHIND = 2,
};

struct raid_sb_slot {
	struct spdk_uuid member;
	struct spdk_uuid bdev;
	uint64_t data_offset;
	uint64_t data_blocks;
	enum raid_sb_state state;
};

struct raid_sb {
	struct spdk_uuid uuid;
	char name[RAID_SB_NAME_SIZE];
	enum spdk_bdev_raid_level level;
	uint32_t strip_kb;
	uint32_t block_size;
	uint64_t sequence;
	uint32_t count;
	/* The slot of who has this. */
	uint32_t self;
	struct raid_sb_slot slots[RAID_SLOTS_MAX];
};

/* Writes at most RAID_SB_SIZE_MAX bytes; returns how many. */
size_t raid_sb_encode(const struct raid_sb *sb, uint8_t *buf);

/* Errors: -ENOENT, there is none; -EINVAL, with a reason: there is one, and it is of no use. */
int raid_sb_decode(const uint8_t *buf, size_t size, struct raid_sb *out_sb,
		   struct bdev_reason *out_reason);

#endif
