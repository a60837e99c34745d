/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a disk with a partition table, as sfdisk makes it.
 */
#ifndef SPINDLE_BDEV_GPT_IMAGE_H
#define SPINDLE_BDEV_GPT_IMAGE_H

#include "spdk/gpt_spec.h"
#include "spdk/stdinc.h"

#define GPT_IMAGE_ENTRIES 128

#define GPT_TYPE     SPDK_GPT_GUID(0x6527994e, 0x2c5a, 0x4eec, 0x9613, 0x8f5944074e8b)
#define GPT_OLD_TYPE SPDK_GPT_GUID(0x7c5222bd, 0x8f5d, 0x4087, 0x9c00, 0xbf9843c7b58c)
#define LINUX_TYPE   SPDK_GPT_GUID(0x0fc63daf, 0x8483, 0x4772, 0x8e79, 0x3d69d8477de4)

struct gpt_image {
	/* Of blocks * block_size zeros to begin with. */
	uint8_t *bytes;
	uint64_t blocks;
	uint32_t block_size;
};

/* Both tables without a partition; gpt_image_seal() follows. */
void gpt_image_init(struct gpt_image *image);

/* In block 1, or in the last one. */
struct spdk_gpt_header *gpt_image_header(const struct gpt_image *image, bool is_backup);

/* An entry of the first array. */
struct spdk_gpt_partition_entry *gpt_image_entry(const struct gpt_image *image, uint32_t i);

/* Fills in one: its number is `i`, and so is the last byte of its GUID; the name is ASCII. */
void gpt_image_add(const struct gpt_image *image, uint32_t i, struct spdk_gpt_guid type,
		   const uint64_t blocks[2], const char *name);

/* Makes the checksum of a header right. */
void gpt_image_seal_header(const struct gpt_image *image, bool is_backup);

/* Copies the first array to the second, and makes all checksums right. */
void gpt_image_seal(const struct gpt_image *image);

#endif
