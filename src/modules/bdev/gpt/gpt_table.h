/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A GUID partition table, as it was read from a disk: whether it can be believed, and what is in
 * it.
 *
 * Nothing here is trusted before it was checked. A disk is asked in this order:
 *
 *   block 0       gpt_is_protected(): is there a table at all?
 *   block 1       gpt_check_header(): which array of entries belongs to it?
 *   the array     gpt_check_entries(), then gpt_get_partition() of each
 *   last block    gpt_check_header() and the rest again, if the first table is not good
 */
#ifndef SPINDLE_BDEV_GPT_TABLE_H
#define SPINDLE_BDEV_GPT_TABLE_H

#include "modules/bdev/answer.h"
#include "spdk/gpt_spec.h"
#include "spdk/util.h"
#include "spdk/uuid.h"

/* More are refused: sgdisk makes 128 of 128 bytes, and what is read is as much as these. */
#define GPT_ENTRIES_MAX    1024
#define GPT_ENTRY_SIZE_MAX 512

/* Smaller ones cannot have a table: MBR, a block to use, and two headers with an array each. */
#define GPT_DISK_BLOCKS_MIN 6
/* An MBR has to fit. Without metadata. */
#define GPT_BLOCK_SIZE_MIN 512

/* Units of UTF-16. */
#define GPT_NAME_MAX SPDK_COUNTOF_MEMBER(struct spdk_gpt_partition_entry, partition_name)

struct gpt_disk_size {
	uint64_t blocks;
	/* Without metadata. */
	uint32_t block_size;
};

/* What a good header says. */
struct gpt_table {
	struct spdk_uuid guid;
	/* The blocks for partitions, both inclusive. */
	uint64_t first_block, last_block;
	/* The array of entries. */
	uint64_t entries_block;
	uint32_t entry_count;
	uint32_t entry_size;
	uint32_t entries_crc;
};

struct gpt_partition {
	struct spdk_uuid type;
	struct spdk_uuid guid;
	/* Both inclusive. */
	uint64_t first_block, last_block;
	/* UTF-16, low bytes first, with a 0 at the end. What is not UTF-16 there is U+FFFD here. */
	uint16_t name[GPT_NAME_MAX + 1];
};

/* Whether block 0 says that there is a GPT: it is an MBR with a protective partition. */
bool gpt_is_protected(const void *block);

/*
 * What the header in block `number` says: 1, or the last one.
 *
 * Errors: -EINVAL, and the reason says what is wrong with it.
 */
int gpt_check_header(const void *block, uint64_t number, const struct gpt_disk_size *disk,
		     struct gpt_table *out_table, struct bdev_reason *out_reason);

/* Bytes of the array of entries. */
static inline size_t
gpt_entries_size(const struct gpt_table *table)
{
	return (size_t)table->entry_count * table->entry_size;
}

/*
 * Whether all entries are good: those that are used lie within the usable blocks, and no two share
 * one.
 *
 * Errors: -EINVAL with a reason.
 */
int gpt_check_entries(const struct gpt_table *table, const void *entries,
		      struct bdev_reason *out_reason);

/* False: entry `i` is not used. */
bool gpt_get_partition(const struct gpt_table *table, const void *entries, uint32_t i,
		       struct gpt_partition *out_partition);

#endif
