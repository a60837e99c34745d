/* SPDX-License-Identifier: BSD-3-Clause */
#include "gpt_image.h"
#include "spdk/crc32.h"
#include "spdk/util.h"

#define ENTRY_SIZE sizeof(struct spdk_gpt_partition_entry)
#define ARRAY_SIZE (GPT_IMAGE_ENTRIES * ENTRY_SIZE)

static uint8_t *
block_of(const struct gpt_image *image, uint64_t number)
{
	return image->bytes + number * image->block_size;
}

static uint64_t
array_blocks(const struct gpt_image *image)
{
	return spdk_divide_round_up(ARRAY_SIZE, image->block_size);
}

struct spdk_gpt_header *
gpt_image_header(const struct gpt_image *image, bool is_backup)
{
	return (void *)block_of(image, is_backup ? image->blocks - 1 : 1);
}

struct spdk_gpt_partition_entry *
gpt_image_entry(const struct gpt_image *image, uint32_t i)
{
	return (struct spdk_gpt_partition_entry *)(void *)block_of(image, 2) + i;
}

static void
init_header(const struct gpt_image *image, bool is_backup)
{
	struct spdk_gpt_header *header = gpt_image_header(image, is_backup);
	uint64_t last = image->blocks - 1, array = array_blocks(image);

	memcpy(header->gpt_signature, SPDK_GPT_SIGNATURE, sizeof(header->gpt_signature));
	header->revision = SPDK_GPT_REVISION_1_0;
	header->header_size = sizeof(*header);
	header->my_lba = is_backup ? last : 1;
	header->alternate_lba = is_backup ? 1 : last;
	header->first_usable_lba = 2 + array;
	header->last_usable_lba = last - 1 - array;
	header->disk_guid = SPDK_GPT_GUID(0x68680d47, 0x26ac, 0x49ac, 0x8885, 0x6b5eb35b63b2);
	header->partition_entry_lba = is_backup ? last - array : 2;
	header->num_partition_entries = GPT_IMAGE_ENTRIES;
	header->size_of_partition_entry = ENTRY_SIZE;
}

void
gpt_image_init(struct gpt_image *image)
{
	struct spdk_mbr *mbr = (void *)image->bytes;

	mbr->mbr_signature = SPDK_MBR_SIGNATURE;
	mbr->partitions[0].start_chs.sector = 2;
	mbr->partitions[0].os_type = SPDK_MBR_OS_TYPE_GPT_PROTECTIVE;
	mbr->partitions[0].start_lba = 1;
	mbr->partitions[0].size_lba = (uint32_t)(image->blocks - 1);
	init_header(image, false);
	init_header(image, true);
}

void
gpt_image_add(const struct gpt_image *image, uint32_t i, struct spdk_gpt_guid type,
	      const uint64_t blocks[2], const char *name)
{
	struct spdk_gpt_partition_entry *entry = gpt_image_entry(image, i - 1);

	memset(entry, 0, sizeof(*entry));
	entry->part_type_guid = type;
	entry->unique_partition_guid =
		SPDK_GPT_GUID(0x6f89f330, 0x603b, 0x4116, 0xac73, 0x2ca8eae53000 + i);
	entry->starting_lba = blocks[0];
	entry->ending_lba = blocks[1];
	for (size_t j = 0; name[j] != '\0'; j++) {
		entry->partition_name[j] = (uint8_t)name[j];
	}
}

void
gpt_image_seal_header(const struct gpt_image *image, bool is_backup)
{
	struct spdk_gpt_header *header = gpt_image_header(image, is_backup);
	uint32_t size = spdk_min(header->header_size, image->block_size);

	header->header_crc32 = 0;
	header->header_crc32 = ~spdk_crc32_ieee_update(header, size, ~0u);
}

void
gpt_image_seal(const struct gpt_image *image)
{
	uint8_t *array = block_of(image, 2);
	uint32_t crc = ~spdk_crc32_ieee_update(array, ARRAY_SIZE, ~0u);

	memcpy(block_of(image, image->blocks - 1 - array_blocks(image)), array, ARRAY_SIZE);
	gpt_image_header(image, false)->partition_entry_array_crc32 = crc;
	gpt_image_header(image, true)->partition_entry_array_crc32 = crc;
	gpt_image_seal_header(image, false);
	gpt_image_seal_header(image, true);
}
