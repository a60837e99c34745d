/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raid_superblock.h has the layout.
 */
#include "raid_superblock.h"
#include "spdk/crc32.h"
#include "spdk/endian.h"

enum {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_SIZE = 12,
	AT_CRC = 16,
	AT_LEVEL = 20,
	AT_SEQUENCE = 24,
	AT_UUID = 32,
	AT_NAME = 48,
	AT_STRIP = 112,
	AT_BLOCK_SIZE = 116,
	AT_COUNT = 120,
	AT_SELF = 124,
	AT_SLOT_MEMBER = 0,
	AT_SLOT_BDEV = 16,
	AT_SLOT_OFFSET = 32,
	AT_SLOT_BLOCKS = 40,
	AT_SLOT_STATE = 48,
};

#define BLOCK_SIZE_MAX (1u << 20)

static const char g_magic[8] = {'S', 'P', 'N', 'D', 'R', 'A', 'I', 'D'};

/* The register after bytes whose checksum is 0 in place. */
static uint32_t
checksum(const uint8_t *buf, size_t size)
{
	static const uint8_t zeros[sizeof(uint32_t)];
	uint32_t crc = spdk_crc32c_update(buf, AT_CRC, UINT32_MAX);

	crc = spdk_crc32c_update(zeros, sizeof(zeros), crc);
	return ~spdk_crc32c_update(buf + AT_LEVEL, size - AT_LEVEL, crc);
}

static void
encode_slot(const struct raid_sb_slot *slot, uint8_t *at)
{
	memcpy(at + AT_SLOT_MEMBER, &slot->member, sizeof(slot->member));
	memcpy(at + AT_SLOT_BDEV, &slot->bdev, sizeof(slot->bdev));
	to_le64(at + AT_SLOT_OFFSET, slot->data_offset);
	to_le64(at + AT_SLOT_BLOCKS, slot->data_blocks);
	to_le32(at + AT_SLOT_STATE, (uint32_t)slot->state);
}

size_t
raid_sb_encode(const struct raid_sb *sb, uint8_t *buf)
{
	size_t size = RAID_SB_HEADER + sb->count * RAID_SB_SLOT;

	memset(buf, 0, size);
	memcpy(buf + AT_MAGIC, g_magic, sizeof(g_magic));
	to_le32(buf + AT_VERSION, RAID_SB_VERSION);
	to_le32(buf + AT_SIZE, (uint32_t)size);
	to_le32(buf + AT_LEVEL, (uint32_t)sb->level);
	to_le64(buf + AT_SEQUENCE, sb->sequence);
	memcpy(buf + AT_UUID, &sb->uuid, sizeof(sb->uuid));
	memcpy(buf + AT_NAME, sb->name, strnlen(sb->name, RAID_SB_NAME_SIZE - 1));
	to_le32(buf + AT_STRIP, sb->strip_kb);
	to_le32(buf + AT_BLOCK_SIZE, sb->block_size);
	to_le32(buf + AT_COUNT, sb->count);
	to_le32(buf + AT_SELF, sb->self);
	for (uint32_t i = 0; i < sb->count; i++) {
		encode_slot(&sb->slots[i], buf + RAID_SB_HEADER + i * RAID_SB_SLOT);
	}
	to_le32(buf + AT_CRC, checksum(buf, size));
	return size;
}

/* ---- Decoding ---- */

static int
check_frame(const uint8_t *buf, size_t size, struct bdev_reason *reason)
{
	uint32_t own_size;

	if (size < RAID_SB_HEADER || memcmp(buf + AT_MAGIC, g_magic, sizeof(g_magic)) != 0) {
		return -ENOENT;
	}
	if (from_le32(buf + AT_VERSION) != RAID_SB_VERSION) {
		return bdev_refuse(reason, -EINVAL, "version %u of superblocks is unknown",
				   from_le32(buf + AT_VERSION));
	}
	own_size = from_le32(buf + AT_SIZE);
	if (own_size < RAID_SB_HEADER || own_size > size || own_size > RAID_SB_SIZE_MAX) {
		return bdev_refuse(reason, -EINVAL, "it cannot have %u bytes", own_size);
	}
	if (from_le32(buf + AT_CRC) != checksum(buf, own_size)) {
		return bdev_refuse(reason, -EINVAL, "its checksum is wrong");
	}
	return 0;
}

static bool
is_known_level(uint32_t level)
{
	return level == SPDK_BDEV_RAID_LEVEL_RAID0 || level == SPDK_BDEV_RAID_LEVEL_RAID1 ||
	       level == SPDK_BDEV_RAID_LEVEL_CONCAT;
}

static int
check_numbers(const uint8_t *buf, struct bdev_reason *reason)
{
	uint32_t count = from_le32(buf + AT_COUNT), strip = from_le32(buf + AT_STRIP);
	uint32_t block_size = from_le32(buf + AT_BLOCK_SIZE), level = from_le32(buf + AT_LEVEL);

	if (!is_known_level(level)) {
		return bdev_refuse(reason, -EINVAL, "there is no level %u", level);
	}
	if (count == 0 || count > RAID_SLOTS_MAX ||
	    from_le32(buf + AT_SIZE) != RAID_SB_HEADER + count * RAID_SB_SLOT) {
		return bdev_refuse(reason, -EINVAL, "it cannot have %u slots", count);
	}
	if (from_le64(buf + AT_SEQUENCE) == 0) {
		return bdev_refuse(reason, -EINVAL, "its sequence number is 0");
	}
	if (from_le32(buf + AT_SELF) >= count) {
		return bdev_refuse(reason, -EINVAL, "slot %u is none of %u",
				   from_le32(buf + AT_SELF), count);
	}
	if ((strip & (strip - 1)) != 0 || (strip == 0) != (level == SPDK_BDEV_RAID_LEVEL_RAID1) ||
	    block_size == 0 || block_size > BLOCK_SIZE_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "a strip of %u KiB or a block of %u bytes cannot be", strip,
				   block_size);
	}
	if (buf[AT_NAME] == '\0' || memchr(buf + AT_NAME, '\0', RAID_SB_NAME_SIZE) == NULL) {
		return bdev_refuse(reason, -EINVAL, "its name is empty, or has no end");
	}
	return 0;
}

static int
decode_slot(const uint8_t *at, struct raid_sb_slot *slot, struct bdev_reason *reason)
{
	uint32_t state = from_le32(at + AT_SLOT_STATE);

	memcpy(&slot->member, at + AT_SLOT_MEMBER, sizeof(slot->member));
	memcpy(&slot->bdev, at + AT_SLOT_BDEV, sizeof(slot->bdev));
	slot->data_offset = from_le64(at + AT_SLOT_OFFSET);
	slot->data_blocks = from_le64(at + AT_SLOT_BLOCKS);
	slot->state = (enum raid_sb_state)state;
	if (state > RAID_SB_BEHIND) {
		return bdev_refuse(reason, -EINVAL, "a slot cannot have the state %u", state);
	}
	if (slot->data_offset > INT64_MAX || slot->data_blocks > INT64_MAX) {
		return bdev_refuse(reason, -EINVAL, "a slot has more blocks than there can be");
	}
	return 0;
}

int
raid_sb_decode(const uint8_t *buf, size_t size, struct raid_sb *out_sb,
	       struct bdev_reason *out_reason)
{
	int rc;

	rc = check_frame(buf, size, out_reason);
	if (rc == 0) {
		rc = check_numbers(buf, out_reason);
	}
	if (rc != 0) {
		return rc;
	}
	memset(out_sb, 0, sizeof(*out_sb));
	memcpy(&out_sb->uuid, buf + AT_UUID, sizeof(out_sb->uuid));
	memcpy(out_sb->name, buf + AT_NAME, RAID_SB_NAME_SIZE);
	out_sb->level = (enum spdk_bdev_raid_level)from_le32(buf + AT_LEVEL);
	out_sb->strip_kb = from_le32(buf + AT_STRIP);
	out_sb->block_size = from_le32(buf + AT_BLOCK_SIZE);
	out_sb->sequence = from_le64(buf + AT_SEQUENCE);
	out_sb->count = from_le32(buf + AT_COUNT);
	out_sb->self = from_le32(buf + AT_SELF);
	for (uint32_t i = 0; i < out_sb->count && rc == 0; i++) {
		rc = decode_slot(buf + RAID_SB_HEADER + i * RAID_SB_SLOT, &out_sb->slots[i],
				 out_reason);
	}
	return rc;
}
