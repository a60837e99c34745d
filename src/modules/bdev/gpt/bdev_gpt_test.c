/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions of disks that have a table, and disks that have none.
 *
 * A table is written to a device M, and found when a passthru device P is put on it.
 */
#include "gpt_image.h"
#include "modules/bdev/modules_fixture.h"

#define BLOCKS     256
#define BLOCK_SIZE 512
#define MALLOC_M   "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 256}"
#define PASSTHRU_P "{\"name\": \"P\", \"base_bdev_name\": \"M\"}"
#define DELETE_P   "{\"name\": \"P\"}"

static struct gpt_image g_image;

static bool
is_there(const char *name)
{
	return spdk_bdev_get_by_name(name) != NULL;
}

static int
set_up(void **state)
{
	const uint64_t one[2] = {40, 55}, two[2] = {56, 63}, three[2] = {64, 71},
		       four[2] = {34, 39};

	g_image = (struct gpt_image){new_buf(BLOCKS * BLOCK_SIZE), BLOCKS, BLOCK_SIZE};
	gpt_image_init(&g_image);
	gpt_image_add(&g_image, 1, GPT_TYPE, one, "first");
	gpt_image_add(&g_image, 2, LINUX_TYPE, two, "other");
	gpt_image_add(&g_image, 3, GPT_OLD_TYPE, three, "old");
	gpt_image_add(&g_image, 128, GPT_TYPE, four, "last");
	gpt_image_seal(&g_image);
	if (modules_set_up(state) != 0) {
		return -1;
	}
	let_modules_read_devices();
	return 0;
}

static int
tear_down(void **state)
{
	int rc = modules_tear_down(state);

	free(g_image.bytes);
	return rc;
}

/* All of the image on a device, which has as many blocks. */
static void
write_image(const char *name)
{
	struct disk disk;

	disk_open(&disk, name);
	do_write(&disk, g_image.bytes, 0, BLOCKS);
	disk_close(&disk);
}

static void
write_image_to_m(void)
{
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	write_image("M");
}

static void
look(void)
{
	expect("bdev_passthru_create", PASSTHRU_P, "\"P\"");
	settle();
}

/* Nothing else was logged. */
static void
expect_one_line(const char *line)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s\n", line);
	assert_string_equal(g_log_capture.text, text);
	log_capture_clear();
}

static void
expect_partition(const char *name, uint64_t blocks, const char *guid)
{
	struct spdk_bdev *bdev = spdk_bdev_get_by_name(name);
	char text[SPDK_UUID_STRING_LEN];

	assert_non_null(bdev);
	assert_int_equal(spdk_bdev_get_num_blocks(bdev), blocks);
	assert_string_equal(spdk_bdev_get_product_name(bdev), "GPT Disk");
	spdk_uuid_fmt_lower(text, sizeof(text), spdk_bdev_get_uuid(bdev));
	assert_string_equal(text, guid);
	/* It is a second name. */
	assert_ptr_equal(spdk_bdev_get_by_name(guid), bdev);
}

static void
partitions_of_our_types_are_devices(void **state)
{
	write_image_to_m();
	look();
	expect_partition("Pp1", 16, "6f89f330-603b-4116-ac73-2ca8eae53001");
	/* Of the older type the last block was never a part. */
	expect_partition("Pp3", 7, "6f89f330-603b-4116-ac73-2ca8eae53003");
	expect_partition("Pp128", 6, "6f89f330-603b-4116-ac73-2ca8eae53080");
	assert_false(is_there("Pp2"));
	assert_false(is_there("Pp4"));
	expect_specific("Pp1",
			"{\"gpt\":{\"base_bdev\":\"P\",\"offset_blocks\":40,"
			"\"partition_type_guid\":\"6527994e-2c5a-4eec-9613-8f5944074e8b\","
			"\"unique_partition_guid\":\"6f89f330-603b-4116-ac73-2ca8eae53001\","
			"\"partition_name\":\"first\","
			"\"partition_table_guid\":\"68680d47-26ac-49ac-8885-6b5eb35b63b2\"}}");
	expect_error("bdev_split_create", "{\"base_bdev\": \"P\", \"split_count\": 1}", -EPERM,
		     "claimed");
	log_capture_clear();
}

static void
a_partition_has_its_own_blocks(void **state)
{
	uint8_t *buf = new_buf(8 * BLOCK_SIZE), *read = new_buf(8 * BLOCK_SIZE);
	struct outcome outcome = {.keeps = true};
	struct disk part, base;

	write_image_to_m();
	look();
	disk_open(&part, "Pp1");
	fill(buf, 8 * BLOCK_SIZE, 3);
	do_write(&part, buf, 8, 8);
	assert_int_equal(
		spdk_bdev_write_blocks(part.desc, part.ch, buf, 9, 8, note_outcome, &outcome),
		-EINVAL);
	/* A read that brings no memory. */
	expect_status(spdk_bdev_read_blocks(part.desc, part.ch, NULL, 8, 8, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(outcome.io->u.bdev.iovs[0].iov_base, buf, 8 * BLOCK_SIZE);
	spdk_bdev_free_io(outcome.io);
	disk_close(&part);
	expect("bdev_passthru_delete", DELETE_P, "true");
	disk_open(&base, "M");
	do_read(&base, read, 48, 8);
	assert_memory_equal(read, buf, 8 * BLOCK_SIZE);
	disk_close(&base);
	free(read);
	free(buf);
}

static void
partitions_go_and_come_with_their_device(void **state)
{
	struct disk part;

	write_image_to_m();
	look();
	disk_open(&part, "Pp1");
	spdk_bdev_unregister(spdk_bdev_get_by_name("P"), NULL, NULL);
	settle();
	assert_int_equal(part.events[SPDK_BDEV_EVENT_REMOVE], 1);
	assert_false(is_there("Pp3"));
	assert_true(is_there("P")); /* until the last is closed */
	disk_close(&part);
	assert_false(is_there("P"));
	expect("bdev_passthru_delete", DELETE_P, "true");
	look();
	expect_partition("Pp1", 16, "6f89f330-603b-4116-ac73-2ca8eae53001");
}

static void
nothing_is_saved_of_partitions(void **state)
{
	char *saved;

	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 256}",
	       "\"N\"");
	saved = save_config();
	write_image_to_m();
	look();
	expect("bdev_passthru_delete", DELETE_P, "true");
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	assert_null(strstr(saved, "gpt"));
	free(saved);
}

static void
the_backup_is_used_when_the_first_table_is_not_good(void **state)
{
	gpt_image_header(&g_image, false)->header_crc32++;
	write_image_to_m();
	look();
	expect_one_line(
		"Bdev P: its partition table is not good (the checksum of its header is wrong): "
		"the backup at its end is used. Partitioning tools can repair it.");
	expect_partition("Pp1", 16, "6f89f330-603b-4116-ac73-2ca8eae53001");
	expect("bdev_passthru_delete", DELETE_P, "true");
	/* Or its entries. */
	gpt_image_seal(&g_image);
	gpt_image_entry(&g_image, 0)->ending_lba++;
	write_image("M");
	look();
	assert_true(log_captured("the checksum of its entries is wrong", NULL));
	log_capture_clear();
	expect_partition("Pp1", 16, "6f89f330-603b-4116-ac73-2ca8eae53001");
}

static void
a_disk_without_a_good_table_is_left_alone(void **state)
{
	gpt_image_header(&g_image, false)->header_crc32++;
	gpt_image_header(&g_image, true)->my_lba = 7;
	gpt_image_seal_header(&g_image, true);
	write_image_to_m();
	look();
	expect_one_line("Bdev P: its partition table is not used: the checksum of its header is "
			"wrong; and of its backup: its header is one for block 7.");
	assert_false(is_there("Pp1"));
	expect("bdev_passthru_delete", DELETE_P, "true");
	/* Nobody has said that there is one. */
	gpt_image_seal(&g_image);
	g_image.bytes[510] = 0;
	write_image("M");
	look();
	assert_false(is_there("Pp1"));
	/* And it is free. */
	expect("bdev_split_create", "{\"base_bdev\": \"P\", \"split_count\": 1}", "[\"Pp0\"]");
}

static void
a_table_without_our_partitions_claims_nothing(void **state)
{
	const uint64_t one[2] = {40, 55};

	for (uint32_t i = 1; i <= 128; i++) {
		gpt_image_add(&g_image, i, SPDK_GPT_PART_TYPE_UNUSED, one, "");
	}
	gpt_image_add(&g_image, 2, SPDK_GPT_PART_TYPE_EFI_SYSTEM_PARTITION, one, "");
	/* Of one block nothing is left. */
	gpt_image_add(&g_image, 3, GPT_OLD_TYPE, (const uint64_t[]){56, 56}, "");
	gpt_image_seal(&g_image);
	write_image_to_m();
	look();
	assert_false(is_there("Pp2"));
	assert_false(is_there("Pp3"));
	expect("bdev_split_create", "{\"base_bdev\": \"P\", \"split_count\": 1}", "[\"Pp0\"]");
}

/* Of two that are the same the second is left out, and the rest is there. */
static void
a_partition_that_cannot_be_is_explained(void **state)
{
	gpt_image_entry(&g_image, 2)->unique_partition_guid =
		gpt_image_entry(&g_image, 0)->unique_partition_guid;
	gpt_image_seal(&g_image);
	write_image_to_m();
	look();
	assert_true(log_captured("Partition 3 of bdev P cannot be a bdev: File exists", NULL));
	log_capture_clear();
	assert_true(is_there("Pp1"));
	assert_false(is_there("Pp3"));
	assert_true(is_there("Pp128"));
}

static void
a_table_is_found_on_blocks_with_metadata(void **state)
{
	uint8_t *with_md = new_buf(BLOCKS * (BLOCK_SIZE + 8));
	struct disk disk;

	for (size_t i = 0; i < BLOCKS; i++) {
		memcpy(with_md + i * (BLOCK_SIZE + 8), g_image.bytes + i * BLOCK_SIZE, BLOCK_SIZE);
	}
	expect("bdev_malloc_create",
	       "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 256, \"md_size\": 8,"
	       "\"md_interleave\": true}",
	       "\"M\"");
	disk_open(&disk, "M");
	do_write(&disk, with_md, 0, BLOCKS);
	disk_close(&disk);
	look();
	expect_partition("Pp128", 6, "6f89f330-603b-4116-ac73-2ca8eae53080");
	free(with_md);
}

static void
a_table_is_found_on_large_blocks(void **state)
{
	const uint64_t one[2] = {6, 9};
	struct disk disk;

	free(g_image.bytes);
	g_image = (struct gpt_image){new_buf(64 * 4096), 64, 4096};
	gpt_image_init(&g_image);
	gpt_image_add(&g_image, 1, GPT_TYPE, one, "first");
	gpt_image_seal(&g_image);
	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 64}",
	       "\"M\"");
	disk_open(&disk, "M");
	do_write(&disk, g_image.bytes, 0, 64);
	disk_close(&disk);
	look();
	expect_partition("Pp1", 4, "6f89f330-603b-4116-ac73-2ca8eae53001");
}

/* ---- Devices in trouble ---- */

/* Reads of EE_M end as it is said from now on, and P is made on it. */
static void
look_in_trouble(const char *error_type, uint32_t count)
{
	char params[256];

	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect("bdev_error_create", "{\"base_name\": \"M\"}", NULL);
	write_image("EE_M");
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"EE_M\", \"io_type\": \"read\", \"error_type\": \"%s\","
		       "\"num\": %u}",
		       error_type, count);
	expect("bdev_error_inject_error", params, "true");
	expect("bdev_passthru_create", "{\"name\": \"P\", \"base_bdev_name\": \"EE_M\"}", "\"P\"");
	settle();
}

static void
a_disk_that_cannot_be_read_has_no_partitions(void **state)
{
	look_in_trouble("failure", 1);
	expect_one_line("Bdev P was not searched for partitions: 2 blocks from 0 on cannot be "
			"read.");
	assert_false(is_there("Pp1"));
}

static void
a_disk_may_go_while_it_is_searched(void **state)
{
	look_in_trouble("pending", 1);
	assert_false(is_there("Pp1"));
	spdk_bdev_unregister(spdk_bdev_get_by_name("P"), NULL, NULL);
	settle();
	assert_true(is_there("P")); /* The search has it open. */
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M\"}", NULL);
	settle();
	assert_false(is_there("P"));
	assert_false(is_there("Pp1"));
}

#define GPT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GPT_TEST(partitions_of_our_types_are_devices),
		GPT_TEST(a_partition_has_its_own_blocks),
		GPT_TEST(partitions_go_and_come_with_their_device),
		GPT_TEST(nothing_is_saved_of_partitions),
		GPT_TEST(the_backup_is_used_when_the_first_table_is_not_good),
		GPT_TEST(a_disk_without_a_good_table_is_left_alone),
		GPT_TEST(a_table_without_our_partitions_claims_nothing),
		GPT_TEST(a_partition_that_cannot_be_is_explained),
		GPT_TEST(a_table_is_found_on_blocks_with_metadata),
		GPT_TEST(a_table_is_found_on_large_blocks),
		GPT_TEST(a_disk_that_cannot_be_read_has_no_partitions),
		GPT_TEST(a_disk_may_go_while_it_is_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
