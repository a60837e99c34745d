/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The tables of partitions of a disk: GPT and the MBR in front of it, as the UEFI
 * specification 2.x, section 5, lays them down.
 *
 * A disk with a GPT has a protective MBR in block 0, the primary header in block 1, its array of
 * entries from there on, and the backup of both at its end, the header in the last block. All
 * numbers are little endian. `reserved` is 0.
 */
#ifndef SPDK_GPT_SPEC_H
#define SPDK_GPT_SPEC_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma pack(push, 1)

/** What struct spdk_mbr.mbr_signature is. */
#define SPDK_MBR_SIGNATURE 0xAA55

/* Types of a partition in the MBR. */
#define SPDK_MBR_OS_TYPE_GPT_PROTECTIVE       0xEE
#define SPDK_MBR_OS_TYPE_EFI_SYSTEM_PARTITION 0xEF

/** A block by cylinder, head and sector, as the BIOS counts. */
struct spdk_mbr_chs {
	uint8_t head;
	uint16_t sector : 6;
	uint16_t cylinder : 10;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_mbr_chs) == 3, "fixed by the specification");

/** A partition in the MBR. */
struct spdk_mbr_partition_entry {
	uint8_t reserved : 7;
	uint8_t bootable : 1;

	struct spdk_mbr_chs start_chs;

	/** SPDK_MBR_OS_TYPE_ and others; 0: unused. */
	uint8_t os_type;

	struct spdk_mbr_chs end_chs;

	uint32_t start_lba;
	uint32_t size_lba;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_mbr_partition_entry) == 16, "fixed by the specification");

/** What block 0 begins with. */
struct spdk_mbr {
	uint8_t boot_code[440];
	uint32_t disk_signature;
	uint16_t reserved_444;
	/** In front of a GPT one of them covers all of the disk but block 0. */
	struct spdk_mbr_partition_entry partitions[4];
	uint16_t mbr_signature;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_mbr) == 512, "fixed by the specification");

/** What struct spdk_gpt_header.gpt_signature is, without a NUL. */
#define SPDK_GPT_SIGNATURE "EFI PART"

#define SPDK_GPT_REVISION_1_0 0x00010000u

/** The first three numbers of a GUID are little endian here, the rest is in the order it is read.
 */
struct spdk_gpt_guid {
	uint8_t raw[16];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_gpt_guid) == 16, "fixed by the specification");

/** A GUID by its five parts, each a number as it is read: 0x11223344, 0x5566 and so on. */
#define SPDK_GPT_GUID(a, b, c, d, e)                                                            \
	(struct spdk_gpt_guid)                                                                  \
	{                                                                                       \
		{                                                                               \
			(uint8_t)(a), (uint8_t)((uint32_t)(a) >> 8),                            \
				(uint8_t)((uint32_t)(a) >> 16), (uint8_t)((uint32_t)(a) >> 24), \
				(uint8_t)(b), (uint8_t)((uint16_t)(b) >> 8), (uint8_t)(c),      \
				(uint8_t)((uint16_t)(c) >> 8), (uint8_t)((uint16_t)(d) >> 8),   \
				(uint8_t)(d), (uint8_t)((uint64_t)(e) >> 40),                   \
				(uint8_t)((uint64_t)(e) >> 32), (uint8_t)((uint64_t)(e) >> 24), \
				(uint8_t)((uint64_t)(e) >> 16), (uint8_t)((uint64_t)(e) >> 8),  \
				(uint8_t)(e)                                                    \
		}                                                                               \
	}

/* Types of a partition. */
#define SPDK_GPT_PART_TYPE_UNUSED SPDK_GPT_GUID(0x00000000, 0x0000, 0x0000, 0x0000, 0x000000000000)
#define SPDK_GPT_PART_TYPE_EFI_SYSTEM_PARTITION \
	SPDK_GPT_GUID(0xC12A7328, 0xF81F, 0x11D2, 0xBA4B, 0x00A0C93EC93B)
#define SPDK_GPT_PART_TYPE_LEGACY_MBR \
	SPDK_GPT_GUID(0x024DEE41, 0x33E7, 0x11D3, 0x9D69, 0x0008C781F39F)

/** What the block of a header begins with. */
struct spdk_gpt_header {
	char gpt_signature[8];
	uint32_t revision;
	/** Bytes of it that header_crc32 is about. */
	uint32_t header_size;
	/** Counted as 0 while it is computed. */
	uint32_t header_crc32;
	uint32_t reserved;
	uint64_t my_lba;
	/** Of the other header. */
	uint64_t alternate_lba;
	/** Blocks that partitions may have. */
	uint64_t first_usable_lba;
	uint64_t last_usable_lba;
	struct spdk_gpt_guid disk_guid;
	/** The array of entries. */
	uint64_t partition_entry_lba;
	uint32_t num_partition_entries;
	/** Bytes: 128 times a power of 2. */
	uint32_t size_of_partition_entry;
	uint32_t partition_entry_array_crc32;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_gpt_header) == 92, "fixed by the specification");

/** A partition. */
struct spdk_gpt_partition_entry {
	/** SPDK_GPT_PART_TYPE_ and others. */
	struct spdk_gpt_guid part_type_guid;
	struct spdk_gpt_guid unique_partition_guid;
	uint64_t starting_lba;
	/** The last one that is its own. */
	uint64_t ending_lba;
	struct {
		/** The machine does not work without it. */
		uint64_t required : 1;
		uint64_t no_block_io_proto : 1;
		uint64_t legacy_bios_bootable : 1;
		uint64_t reserved_uefi : 45;
		/** Its type tells what these mean. */
		uint64_t guid_specific : 16;
	} attr;
	/** UTF-16; ends with a 0 if there is room for one. */
	uint16_t partition_name[36];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_gpt_partition_entry) == 128, "fixed by the specification");

#pragma pack(pop)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_GPT_SPEC_H */
