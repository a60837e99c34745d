/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A good disk, changed anywhere in its header and entries, most often with checksums that are right
 * again: what is believed of it lies within the disk, apart from one another and from the table.
 *
 * An input is a byte of flags, then changes: 1 for entries or 0 for the header, two bytes of place,
 * and eight of what is put there.
 */
#include "gpt_image.h"
#include "gpt_table.h"
#include "spdk/crc32.h"
#include "spdk/json.h"

#define BLOCKS        256
#define BLOCK_SIZE    512
#define ENTRIES_SIZE  (GPT_IMAGE_ENTRIES * sizeof(struct spdk_gpt_partition_entry))
#define CHANGE_SIZE   11
#define FLAG_BACKUP   1
#define FLAG_NO_SEAL  2
#define FLAG_RAW_CRCS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static int
discard(void *arg, const void *data, size_t size)
{
	return 0;
}

static void
check_name(const struct gpt_partition *partition)
{
	struct spdk_json_write_ctx *w = spdk_json_write_begin(discard, NULL, 0);

	check(w != NULL);
	(void)spdk_json_write_string_utf16le(w, partition->name); /* The end has its error. */
	check(spdk_json_write_end(w) == 0);
}

static void
check_partitions(const struct gpt_table *table, const void *entries)
{
	static bool is_taken[BLOCKS];
	struct gpt_partition partition;

	memset(is_taken, 0, sizeof(is_taken));
	for (uint32_t i = 0; i < table->entry_count; i++) {
		if (!gpt_get_partition(table, entries, i, &partition)) {
			continue;
		}
		check(partition.first_block >= table->first_block);
		check(partition.last_block <= table->last_block);
		check(partition.first_block <= partition.last_block);
		for (uint64_t b = partition.first_block; b <= partition.last_block; b++) {
			check(!is_taken[b]);
			is_taken[b] = true;
		}
		check_name(&partition);
	}
}

static void
check_table(const struct gpt_image *image, uint64_t number)
{
	const struct gpt_disk_size disk = {image->blocks, image->block_size};
	struct bdev_reason reason = {""};
	struct gpt_table table;
	const void *entries;
	uint64_t end;

	if (gpt_check_header(image->bytes + number * BLOCK_SIZE, number, &disk, &table, &reason) !=
	    0) {
		check(reason.text[0] != '\0');
		return;
	}
	end = table.entries_block + (gpt_entries_size(&table) + BLOCK_SIZE - 1) / BLOCK_SIZE;
	check(table.first_block > 1 && table.first_block <= table.last_block);
	check(table.last_block < BLOCKS);
	check(end <= table.first_block || table.entries_block > table.last_block);
	check(table.entries_block > 1 && end <= BLOCKS);
	entries = image->bytes + table.entries_block * BLOCK_SIZE;
	if (gpt_check_entries(&table, entries, &reason) == 0) {
		check_partitions(&table, entries);
	} else {
		check(reason.text[0] != '\0');
	}
}

static void
change(const struct gpt_image *image, bool is_backup, const uint8_t *data)
{
	uint8_t *header = (uint8_t *)gpt_image_header(image, is_backup);
	uint8_t *entries = (uint8_t *)gpt_image_entry(image, 0);
	size_t place = (size_t)data[1] << 8 | data[2];

	if (data[0] & 1) {
		memcpy(entries + place % (ENTRIES_SIZE - 7), data + 3, 8);
	} else {
		memcpy(header + place % (BLOCK_SIZE - 7), data + 3, 8);
	}
}

/* The array may be of another size, or elsewhere. */
static void
seal_what_it_names(const struct gpt_image *image, bool is_backup)
{
	struct spdk_gpt_header *header = gpt_image_header(image, is_backup);
	uint64_t size = (uint64_t)header->num_partition_entries * header->size_of_partition_entry;
	uint64_t place = header->partition_entry_lba;

	if (place < BLOCKS && size <= (BLOCKS - place) * BLOCK_SIZE) {
		header->partition_entry_array_crc32 =
			~spdk_crc32_ieee_update(image->bytes + place * BLOCK_SIZE, size, ~0u);
	}
	gpt_image_seal_header(image, is_backup);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[BLOCKS * BLOCK_SIZE];
	struct gpt_image image = {bytes, BLOCKS, BLOCK_SIZE};
	const uint64_t one[2] = {40, 49}, two[2] = {50, 60};
	uint8_t flags = size > 0 ? data[0] : 0;
	bool is_backup = flags & FLAG_BACKUP;

	memset(bytes, 0, sizeof(bytes));
	gpt_image_init(&image);
	gpt_image_add(&image, 1, GPT_TYPE, one, "one");
	gpt_image_add(&image, 2, GPT_OLD_TYPE, two, "two");
	gpt_image_seal(&image);
	for (size_t i = 1; i + CHANGE_SIZE <= size; i += CHANGE_SIZE) {
		change(&image, is_backup, data + i);
	}
	if (flags & FLAG_RAW_CRCS) {
		gpt_image_seal_header(&image, is_backup);
	} else if (!(flags & FLAG_NO_SEAL)) {
		gpt_image_seal(&image);
		seal_what_it_names(&image, is_backup);
	}
	(void)gpt_is_protected(bytes);
	check_table(&image, is_backup ? BLOCKS - 1 : 1);
	return 0;
}
