/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a partition table is believed: each field with a value that must not be.
 */
#include "gpt_image.h"
#include "gpt_table.h"
#include "spdk/crc32.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BLOCKS     256
#define BLOCK_SIZE 512
#define ARRAY      32 /* blocks */
#define FIRST      (2 + ARRAY)
#define LAST       (BLOCKS - 2 - ARRAY)

static uint8_t g_bytes[BLOCKS * BLOCK_SIZE];
static const struct gpt_disk_size g_disk = {BLOCKS, BLOCK_SIZE};
static struct gpt_image g_image = {g_bytes, BLOCKS, BLOCK_SIZE};

static int
set_up(void **state)
{
	const uint64_t one[2] = {40, 49}, two[2] = {50, 50}, four[2] = {FIRST, 39};

	memset(g_bytes, 0, sizeof(g_bytes));
	gpt_image_init(&g_image);
	gpt_image_add(&g_image, 1, GPT_TYPE, one, "one");
	gpt_image_add(&g_image, 2, LINUX_TYPE, two, "two");
	gpt_image_add(&g_image, 4, GPT_OLD_TYPE, four, "");
	gpt_image_seal(&g_image);
	return 0;
}

static int
check_header(bool is_backup, struct gpt_table *out_table, struct bdev_reason *out_reason)
{
	return gpt_check_header(gpt_image_header(&g_image, is_backup), is_backup ? BLOCKS - 1 : 1,
				&g_disk, out_table, out_reason);
}

static const void *
entries_of(const struct gpt_table *table)
{
	return g_bytes + table->entries_block * BLOCK_SIZE;
}

static void
both_tables_are_read(void **state)
{
	struct bdev_reason reason = {""};
	struct gpt_partition partition;
	struct gpt_table table;
	char text[SPDK_UUID_STRING_LEN];

	for (int is_backup = 0; is_backup < 2; is_backup++) {
		assert_int_equal(check_header(is_backup, &table, &reason), 0);
		spdk_uuid_fmt_lower(text, sizeof(text), &table.guid);
		assert_string_equal(text, "68680d47-26ac-49ac-8885-6b5eb35b63b2");
		assert_int_equal(table.entries_block, is_backup ? LAST + 1 : 2);
		assert_int_equal(gpt_entries_size(&table), ARRAY * BLOCK_SIZE);
		assert_int_equal(gpt_check_entries(&table, entries_of(&table), &reason), 0);
		assert_true(gpt_get_partition(&table, entries_of(&table), 0, &partition));
		spdk_uuid_fmt_lower(text, sizeof(text), &partition.type);
		assert_string_equal(text, "6527994e-2c5a-4eec-9613-8f5944074e8b");
		spdk_uuid_fmt_lower(text, sizeof(text), &partition.guid);
		assert_string_equal(text, "6f89f330-603b-4116-ac73-2ca8eae53001");
		assert_int_equal(partition.first_block, 40);
		assert_int_equal(partition.last_block, 49);
		assert_memory_equal(partition.name, u"one", 8);
		assert_false(gpt_get_partition(&table, entries_of(&table), 2, &partition));
		assert_true(gpt_get_partition(&table, entries_of(&table), 3, &partition));
		assert_int_equal(partition.name[0], 0);
	}
	assert_string_equal(reason.text, "");
}

static void
only_a_protective_mbr_announces_a_table(void **state)
{
	struct spdk_mbr *mbr = (void *)g_bytes;

	assert_true(gpt_is_protected(mbr));
	mbr->partitions[3] = mbr->partitions[0];
	memset(&mbr->partitions[0], 0, sizeof(mbr->partitions[0]));
	assert_true(gpt_is_protected(mbr));
	mbr->partitions[3].size_lba = 0xffffffff;
	assert_true(gpt_is_protected(mbr));
	mbr->partitions[3].size_lba = 0;
	assert_false(gpt_is_protected(mbr));
	mbr->partitions[3].size_lba = 1;
	mbr->partitions[3].start_lba = 2;
	assert_false(gpt_is_protected(mbr));
	mbr->partitions[3].start_lba = 1;
	mbr->partitions[3].os_type = SPDK_MBR_OS_TYPE_EFI_SYSTEM_PARTITION;
	assert_false(gpt_is_protected(mbr));
	mbr->partitions[3].os_type = SPDK_MBR_OS_TYPE_GPT_PROTECTIVE;
	assert_true(gpt_is_protected(mbr));
	mbr->mbr_signature = 0x55aa;
	assert_false(gpt_is_protected(mbr));
}

/* A field of a header, what it must not be, and a part of what is said then. */
struct bad_field {
	bool is_backup;
	size_t offset, size;
	uint64_t value;
	const char *part;
};

#define FIELD(member) \
	offsetof(struct spdk_gpt_header, member), sizeof(((struct spdk_gpt_header *)0)->member)

static const struct bad_field g_bad_fields[] = {
	{false, FIELD(gpt_signature), 0, "no header"},
	{false, FIELD(revision), 0x20000, "revision is 0x20000"},
	{false, FIELD(header_size), 91, "has 91 bytes"},
	{false, FIELD(header_size), 513, "has 513 bytes"},
	{false, FIELD(header_size), UINT32_MAX, "has 4294967295 bytes"},
	{false, FIELD(my_lba), 2, "one for block 2"},
	{true, FIELD(my_lba), 1, "one for block 1"},
	{false, FIELD(alternate_lba), BLOCKS, "other header is in block 256"},
	{false, FIELD(alternate_lba), LAST, "other header is in block 222"},
	{false, FIELD(alternate_lba), UINT64_MAX, "other header is in block"},
	{true, FIELD(alternate_lba), 2, "other header is in block 2"},
	{false, FIELD(first_usable_lba), 1, "blocks 1 to 222 of 256"},
	{false, FIELD(first_usable_lba), LAST + 1, "blocks 223 to 222"},
	{false, FIELD(first_usable_lba), UINT64_MAX, "blocks 18446744073709551615 to 222"},
	{false, FIELD(last_usable_lba), UINT64_MAX, "other header"},
	{true, FIELD(last_usable_lba), BLOCKS, "blocks 34 to 256 of 256"},
	{true, FIELD(last_usable_lba), BLOCKS - 1, "blocks 34 to 255 of 256"},
	{false, FIELD(last_usable_lba), 0, "blocks 34 to 0"},
	{false, FIELD(num_partition_entries), 0, "has 0 entries"},
	{false, FIELD(num_partition_entries), 1025, "has 1025 entries"},
	{false, FIELD(num_partition_entries), UINT32_MAX, "has 4294967295 entries"},
	{false, FIELD(num_partition_entries), 129, "in 33 blocks from 2 on"},
	{true, FIELD(num_partition_entries), 129, "in 33 blocks from 223 on"},
	{false, FIELD(size_of_partition_entry), 64, "have 64 bytes"},
	{false, FIELD(size_of_partition_entry), 192, "have 192 bytes"},
	{false, FIELD(size_of_partition_entry), 1024, "have 1024 bytes"},
	{false, FIELD(size_of_partition_entry), 0, "have 0 bytes"},
	{false, FIELD(size_of_partition_entry), 256, "in 64 blocks"},
	{false, FIELD(partition_entry_lba), 1, "from 1 on"},
	{false, FIELD(partition_entry_lba), 3, "from 3 on"},
	{false, FIELD(partition_entry_lba), FIRST, "from 34 on"},
	{false, FIELD(partition_entry_lba), UINT64_MAX, "between 2 and 34"},
	{true, FIELD(partition_entry_lba), LAST, "between 223 and 255"},
	{true, FIELD(partition_entry_lba), 2, "between 223 and 255"},
	{true, FIELD(partition_entry_lba), UINT64_MAX - 1, "between 223 and 255"},
};

static void
a_header_is_believed_only_if_all_of_it_is_right(void **state)
{
	for (size_t i = 0; i < SPDK_COUNTOF(g_bad_fields); i++) {
		const struct bad_field *bad = &g_bad_fields[i];
		struct bdev_reason reason = {""};
		struct gpt_table table;
		uint8_t *header;

		(void)set_up(state);
		header = (uint8_t *)gpt_image_header(&g_image, bad->is_backup);
		memcpy(header + bad->offset, &bad->value, bad->size);
		gpt_image_seal_header(&g_image, bad->is_backup);
		assert_int_equal(check_header(bad->is_backup, &table, &reason), -EINVAL);
		if (strstr(reason.text, bad->part) == NULL) {
			fail_msg("field %zu: \"%s\" is not in \"%s\"", i, bad->part, reason.text);
		}
		assert_int_equal(check_header(!bad->is_backup, &table, &reason), 0);
	}
}

static void
a_header_may_be_longer_and_its_checksum_covers_that(void **state)
{
	struct spdk_gpt_header *header = gpt_image_header(&g_image, false);
	struct bdev_reason reason = {""};
	struct gpt_table table;

	header->header_size = BLOCK_SIZE;
	((uint8_t *)header)[BLOCK_SIZE - 1] = 1;
	gpt_image_seal_header(&g_image, false);
	assert_int_equal(check_header(false, &table, &reason), 0);
	((uint8_t *)header)[BLOCK_SIZE - 1] = 2;
	assert_int_equal(check_header(false, &table, &reason), -EINVAL);
	assert_non_null(strstr(reason.text, "checksum"));
}

/* The disk has grown: the table is still that of its old end, and the backup is there, too. */
static void
a_disk_may_have_grown(void **state)
{
	const struct gpt_disk_size larger = {BLOCKS * 2, BLOCK_SIZE};
	struct gpt_table table;

	assert_int_equal(
		gpt_check_header(gpt_image_header(&g_image, false), 1, &larger, &table, NULL), 0);
	assert_int_equal(table.last_block, LAST);
}

static void
expect_bad_entries(const char *part)
{
	struct bdev_reason reason = {""};
	struct gpt_table table;

	gpt_image_seal(&g_image);
	assert_int_equal(check_header(false, &table, &reason), 0);
	assert_int_equal(gpt_check_entries(&table, entries_of(&table), &reason), -EINVAL);
	assert_non_null(strstr(reason.text, part));
	(void)set_up(NULL);
}

static void
entries_are_believed_only_if_all_of_them_are_right(void **state)
{
	struct spdk_gpt_partition_entry *entries = gpt_image_entry(&g_image, 0);
	struct bdev_reason reason = {""};
	struct gpt_table table;

	entries[0].starting_lba = FIRST - 1;
	expect_bad_entries("partition 1 has blocks 33 to 49");
	entries[3].ending_lba = LAST + 1;
	expect_bad_entries("partition 4 has blocks 34 to 223");
	entries[3].ending_lba = UINT64_MAX;
	expect_bad_entries("partition 4");
	entries[0].starting_lba = 50;
	expect_bad_entries("partition 1 has blocks 50 to 49");
	/* Also one of a type that is not ours. */
	entries[1].starting_lba = 49;
	expect_bad_entries("partitions 1 and 2 overlap");
	entries[3].ending_lba = 40;
	expect_bad_entries("partitions 1 and 4 overlap");
	entries[3].ending_lba = 60;
	expect_bad_entries("partitions 1 and 4 overlap");
	entries[3].starting_lba = entries[3].ending_lba = 45;
	expect_bad_entries("partitions 1 and 4 overlap");
	/* What is not used is nobody's. */
	entries[2].ending_lba = UINT64_MAX;
	gpt_image_seal(&g_image);
	assert_int_equal(check_header(false, &table, &reason), 0);
	assert_int_equal(gpt_check_entries(&table, entries_of(&table), &reason), 0);
	entries[127].partition_name[35] = 1;
	assert_int_equal(gpt_check_entries(&table, entries_of(&table), &reason), -EINVAL);
	assert_non_null(strstr(reason.text, "checksum of its entries"));
}

static void
a_name_is_utf16_whatever_the_disk_has(void **state)
{
	struct spdk_gpt_partition_entry *entry = gpt_image_entry(&g_image, 0);
	const uint16_t found[] = {'a', 0xd83d, 0xde00, 0xd83d, 'b', 0xde00, 0xd800, 0xd83d, 0xde00};
	const uint16_t name[] = {'a',    0xd83d, 0xde00, 0xfffd, 'b',
				 0xfffd, 0xfffd, 0xd83d, 0xde00, 0};
	struct gpt_partition partition;
	struct gpt_table table;

	assert_int_equal(check_header(false, &table, NULL), 0);
	memcpy(entry->partition_name, found, sizeof(found));
	assert_true(gpt_get_partition(&table, entry, 0, &partition));
	assert_memory_equal(partition.name, name, sizeof(name));
	/* All of its room is used, and half a letter is at the end. */
	for (size_t i = 0; i < GPT_NAME_MAX; i++) {
		entry->partition_name[i] = 0xd83d;
	}
	assert_true(gpt_get_partition(&table, entry, 0, &partition));
	assert_int_equal(partition.name[GPT_NAME_MAX - 1], 0xfffd);
	assert_int_equal(partition.name[GPT_NAME_MAX], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_tables_are_read, set_up),
		cmocka_unit_test_setup(only_a_protective_mbr_announces_a_table, set_up),
		cmocka_unit_test_setup(a_header_is_believed_only_if_all_of_it_is_right, set_up),
		cmocka_unit_test_setup(a_header_may_be_longer_and_its_checksum_covers_that, set_up),
		cmocka_unit_test_setup(a_disk_may_have_grown, set_up),
		cmocka_unit_test_setup(entries_are_believed_only_if_all_of_them_are_right, set_up),
		cmocka_unit_test_setup(a_name_is_utf16_whatever_the_disk_has, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
