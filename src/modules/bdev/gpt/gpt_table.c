/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of a GUID partition table: UEFI specification 2.x, section 5.3.
 *
 * T1  A number of the table is used for a calculation only after it was checked, so that no sum and
 *     no product here overflows: blocks are below the number of those the disk has, entries are at
 *     most GPT_ENTRIES_MAX of GPT_ENTRY_SIZE_MAX bytes.
 * T2  The array of entries and the blocks for partitions are apart, and the array is apart from its
 *     header: a partition that is written to does not spoil the table that it is found by.
 */
#include "gpt_table.h"
#include "spdk/crc32.h"
#include "spdk/endian.h"

#define PRIMARY_BLOCK 1
#define REPLACEMENT   0xfffd

/* ---- MBR ---- */

/* What it says of its size is not looked at: an image may have been put on a larger disk. */
bool
gpt_is_protected(const void *block)
{
	const struct spdk_mbr *mbr = block;

	if (from_le16(&mbr->mbr_signature) != SPDK_MBR_SIGNATURE) {
		return false;
	}
	for (size_t i = 0; i < SPDK_COUNTOF(mbr->partitions); i++) {
		const struct spdk_mbr_partition_entry *entry = &mbr->partitions[i];

		if (entry->os_type == SPDK_MBR_OS_TYPE_GPT_PROTECTIVE &&
		    from_le32(&entry->start_lba) == PRIMARY_BLOCK &&
		    from_le32(&entry->size_lba) != 0) {
			return true;
		}
	}
	return false;
}

/* ---- Header ---- */

static uint32_t
crc_of(const void *bytes, size_t size)
{
	return ~spdk_crc32_ieee_update(bytes, size, ~0u);
}

static uint32_t
header_crc(const struct spdk_gpt_header *header, uint32_t size)
{
	const uint8_t *bytes = (const uint8_t *)header;
	const size_t after = offsetof(struct spdk_gpt_header, reserved);
	const uint32_t zero = 0;
	uint32_t crc = ~0u;

	crc = spdk_crc32_ieee_update(bytes, offsetof(struct spdk_gpt_header, header_crc32), crc);
	crc = spdk_crc32_ieee_update(&zero, sizeof(zero), crc);
	return ~spdk_crc32_ieee_update(bytes + after, size - after, crc);
}

/* Whether it is a header, and as it was written. */
static int
check_integrity(const struct spdk_gpt_header *header, uint32_t block_size,
		struct bdev_reason *reason)
{
	uint32_t size = from_le32(&header->header_size);

	if (memcmp(header->gpt_signature, SPDK_GPT_SIGNATURE, sizeof(header->gpt_signature)) != 0) {
		return bdev_refuse(reason, -EINVAL, "there is no header");
	}
	if (from_le32(&header->revision) != SPDK_GPT_REVISION_1_0) {
		return bdev_refuse(reason, -EINVAL, "its revision is 0x%x, and 1.0 is 0x%x",
				   from_le32(&header->revision), SPDK_GPT_REVISION_1_0);
	}
	if (size < sizeof(*header) || size > block_size) {
		return bdev_refuse(reason, -EINVAL, "its header has %u bytes", size);
	}
	if (header_crc(header, size) != from_le32(&header->header_crc32)) {
		return bdev_refuse(reason, -EINVAL, "the checksum of its header is wrong");
	}
	return 0;
}

/* Whether it is about this disk. */
static int
check_place(const struct spdk_gpt_header *header, uint64_t number, const struct gpt_disk_size *disk,
	    struct bdev_reason *reason)
{
	uint64_t first = from_le64(&header->first_usable_lba);
	uint64_t last = from_le64(&header->last_usable_lba);
	uint64_t my_block = from_le64(&header->my_lba);
	uint64_t other = from_le64(&header->alternate_lba);

	if (my_block != number) {
		return bdev_refuse(reason, -EINVAL, "its header is one for block %" PRIu64,
				   my_block);
	}
	/* Of a disk that has grown the backup is not in the last block, but no disk shrinks. */
	if (number == PRIMARY_BLOCK ? other <= last || other >= disk->blocks :
				      other != PRIMARY_BLOCK) {
		return bdev_refuse(reason, -EINVAL, "its other header is in block %" PRIu64, other);
	}
	if (first > last || last >= disk->blocks || first <= PRIMARY_BLOCK ||
	    (number != PRIMARY_BLOCK && last >= number)) {
		return bdev_refuse(reason, -EINVAL,
				   "partitions may have blocks %" PRIu64 " to %" PRIu64
				   " of %" PRIu64,
				   first, last, disk->blocks);
	}
	return 0;
}

static int
check_array(const struct spdk_gpt_header *header, uint64_t number, const struct gpt_disk_size *disk,
	    struct bdev_reason *reason)
{
	uint32_t count = from_le32(&header->num_partition_entries);
	uint32_t size = from_le32(&header->size_of_partition_entry);
	uint64_t begin = from_le64(&header->partition_entry_lba), blocks;
	uint64_t first = number == PRIMARY_BLOCK ? PRIMARY_BLOCK + 1 :
						   from_le64(&header->last_usable_lba) + 1;
	uint64_t end = number == PRIMARY_BLOCK ? from_le64(&header->first_usable_lba) : number;

	if (count == 0 || count > GPT_ENTRIES_MAX) {
		return bdev_refuse(reason, -EINVAL, "it has %u entries, and 1 to %u are supported",
				   count, GPT_ENTRIES_MAX);
	}
	if (size < sizeof(struct spdk_gpt_partition_entry) || !spdk_u32_is_pow2(size) ||
	    size > GPT_ENTRY_SIZE_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "its entries have %u bytes, and powers of 2 from %zu to %u are "
				   "supported",
				   size, sizeof(struct spdk_gpt_partition_entry),
				   GPT_ENTRY_SIZE_MAX);
	}
	blocks = spdk_divide_round_up((uint64_t)count * size, disk->block_size);
	if (begin < first || begin > end || blocks > end - begin) {
		return bdev_refuse(reason, -EINVAL,
				   "its entries are in %" PRIu64 " blocks from %" PRIu64
				   " on, and between %" PRIu64 " and %" PRIu64 " they belong",
				   blocks, begin, first, end);
	}
	return 0;
}

static void
take_guid(struct spdk_uuid *uuid, const struct spdk_gpt_guid *guid)
{
	to_be32(&uuid->u.raw[0], from_le32(&guid->raw[0]));
	to_be16(&uuid->u.raw[4], from_le16(&guid->raw[4]));
	to_be16(&uuid->u.raw[6], from_le16(&guid->raw[6]));
	memcpy(&uuid->u.raw[8], &guid->raw[8], 8);
}

int
gpt_check_header(const void *block, uint64_t number, const struct gpt_disk_size *disk,
		 struct gpt_table *out_table, struct bdev_reason *out_reason)
{
	const struct spdk_gpt_header *header = block;
	int rc;

	assert(disk->block_size >= GPT_BLOCK_SIZE_MIN && disk->blocks >= GPT_DISK_BLOCKS_MIN);
	rc = check_integrity(header, disk->block_size, out_reason);
	if (rc == 0) {
		rc = check_place(header, number, disk, out_reason);
	}
	if (rc == 0) {
		rc = check_array(header, number, disk, out_reason);
	}
	if (rc != 0) {
		return rc;
	}
	take_guid(&out_table->guid, &header->disk_guid);
	out_table->first_block = from_le64(&header->first_usable_lba);
	out_table->last_block = from_le64(&header->last_usable_lba);
	out_table->entries_block = from_le64(&header->partition_entry_lba);
	out_table->entry_count = from_le32(&header->num_partition_entries);
	out_table->entry_size = from_le32(&header->size_of_partition_entry);
	out_table->entries_crc = from_le32(&header->partition_entry_array_crc32);
	return 0;
}

/* ---- Entries ---- */

static bool
is_high_surrogate(uint16_t unit)
{
	return (unit & 0xfc00) == 0xd800;
}

static bool
is_low_surrogate(uint16_t unit)
{
	return (unit & 0xfc00) == 0xdc00;
}

/* A surrogate without its other half would spoil the text that the name becomes a part of. */
static void
take_name(uint16_t name[GPT_NAME_MAX + 1], const struct spdk_gpt_partition_entry *entry)
{
	const uint8_t *bytes =
		(const uint8_t *)entry + offsetof(struct spdk_gpt_partition_entry, partition_name);
	bool is_second = false;
	uint16_t unit, next;

	memset(name, 0, (GPT_NAME_MAX + 1) * sizeof(*name));
	for (size_t i = 0; i < GPT_NAME_MAX; i++) {
		unit = from_le16(bytes + i * sizeof(unit));
		next = i + 1 < GPT_NAME_MAX ? from_le16(bytes + (i + 1) * sizeof(unit)) : 0;
		if (unit == 0) {
			break;
		}
		if (is_second) {
			is_second = false;
		} else if (is_high_surrogate(unit) && is_low_surrogate(next)) {
			is_second = true;
		} else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
			unit = REPLACEMENT;
		}
		to_le16(&name[i], unit);
	}
}

bool
gpt_get_partition(const struct gpt_table *table, const void *entries, uint32_t i,
		  struct gpt_partition *out_partition)
{
	const struct spdk_gpt_partition_entry *entry =
		(const void *)((const uint8_t *)entries + (size_t)i * table->entry_size);
	struct spdk_uuid type;

	assert(i < table->entry_count);
	take_guid(&type, &entry->part_type_guid);
	if (spdk_uuid_is_null(&type)) {
		return false;
	}
	out_partition->type = type;
	take_guid(&out_partition->guid, &entry->unique_partition_guid);
	out_partition->first_block = from_le64(&entry->starting_lba);
	out_partition->last_block = from_le64(&entry->ending_lba);
	take_name(out_partition->name, entry);
	return true;
}

/* Against those before it. There are so few that each may be compared with each. */
static int
check_overlap(const struct gpt_table *table, const void *entries, uint32_t i,
	      struct bdev_reason *reason)
{
	struct gpt_partition one, other;

	(void)gpt_get_partition(table, entries, i, &one); /* It is used. */
	for (uint32_t j = 0; j < i; j++) {
		if (gpt_get_partition(table, entries, j, &other) &&
		    one.first_block <= other.last_block && other.first_block <= one.last_block) {
			return bdev_refuse(reason, -EINVAL, "its partitions %u and %u overlap",
					   j + 1, i + 1);
		}
	}
	return 0;
}

int
gpt_check_entries(const struct gpt_table *table, const void *entries,
		  struct bdev_reason *out_reason)
{
	struct gpt_partition partition;
	int rc = 0;

	if (crc_of(entries, gpt_entries_size(table)) != table->entries_crc) {
		return bdev_refuse(out_reason, -EINVAL, "the checksum of its entries is wrong");
	}
	for (uint32_t i = 0; i < table->entry_count && rc == 0; i++) {
		if (!gpt_get_partition(table, entries, i, &partition)) {
			continue;
		}
		if (partition.first_block < table->first_block ||
		    partition.first_block > partition.last_block ||
		    partition.last_block > table->last_block) {
			return bdev_refuse(out_reason, -EINVAL,
					   "its partition %u has blocks %" PRIu64 " to %" PRIu64
					   ", of %" PRIu64 " to %" PRIu64,
					   i + 1, partition.first_block, partition.last_block,
					   table->first_block, table->last_block);
		}
		rc = check_overlap(table, entries, i, out_reason);
	}
	return rc;
}
