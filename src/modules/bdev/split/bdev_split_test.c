/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of a device, by their methods.
 */
#include "bdev_split.h"
#include "modules/bdev/modules_fixture.h"

#define MALLOC_M "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 16384}" /* 8 MiB */
#define UUID     "2b6601ba-eada-44fb-9a83-a20eb9eb9e90"

static bool
is_there(const char *name)
{
	return spdk_bdev_get_by_name(name) != NULL;
}

static void
create_base(void)
{
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
}

static void
a_device_becomes_equal_parts(void **state)
{
	struct disk disk;

	create_base();
	expect("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 3}",
	       "[\"Mp0\",\"Mp1\",\"Mp2\"]");
	disk_open(&disk, "Mp2");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 16384 / 3);
	assert_string_equal(spdk_bdev_get_product_name(disk.bdev), "Split Disk");
	disk_close(&disk);
	expect_specific("Mp1", "{\"split\":{\"base_bdev\":\"M\",\"offset_blocks\":5461}}");
	expect("bdev_split_delete", "{\"base_bdev\": \"M\"}", "true");
	assert_false(is_there("Mp0"));
	assert_false(is_there("Mp2"));
	assert_true(is_there("M"));
	/* It is free again. */
	expect("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 1}", "[\"Mp0\"]");
}

static void
parts_may_have_a_size(void **state)
{
	struct disk disk;

	create_base();
	expect("bdev_split_create",
	       "{\"base_bdev\": \"M\", \"split_count\": 2, \"split_size_mb\": 3}",
	       "[\"Mp0\",\"Mp1\"]");
	disk_open(&disk, "Mp1");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 6144);
	disk_close(&disk);
	expect("bdev_split_delete", "{\"base_bdev\": \"M\"}", "true");
	/* As many as there is room for. */
	expect("bdev_split_create",
	       "{\"base_bdev\": \"M\", \"split_count\": 3, \"split_size_mb\": 4}",
	       "[\"Mp0\",\"Mp1\"]");
	assert_true(log_captured("Bdev M has room for 2 of the 3 parts of 4 MiB.", NULL));
	log_capture_clear();
}

static void
each_part_has_its_own_blocks(void **state)
{
	uint8_t *buf = new_buf(4096), *read = new_buf(4096);
	struct outcome outcome = {.keeps = true};
	struct disk parts[2], base;

	create_base();
	disk_open(&base, "M");
	fill(buf, 4096, 7);
	do_write(&base, buf, 8192, 8);
	disk_close(&base);
	expect("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 2}", NULL);
	disk_open(&parts[0], "Mp0");
	disk_open(&parts[1], "Mp1");
	do_read(&parts[1], read, 0, 8);
	assert_memory_equal(read, buf, 4096);
	fill(buf, 4096, 8);
	do_write(&parts[0], buf, 8184, 8);
	do_read(&parts[1], buf, 0, 8);
	assert_memory_equal(read, buf, 4096);
	/* Its end is the end. */
	assert_int_equal(spdk_bdev_read_blocks(parts[0].desc, parts[0].ch, buf, 8185, 8,
					       note_outcome, &outcome),
			 -EINVAL);
	expect_status(spdk_bdev_read_blocks(parts[1].desc, parts[1].ch, NULL, 0, 8, note_outcome,
					    &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(outcome.io->u.bdev.iovs[0].iov_base, buf, 4096);
	spdk_bdev_free_io(outcome.io);
	outcome.keeps = false;
	expect_status(
		spdk_bdev_unmap_blocks(parts[1].desc, parts[1].ch, 0, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	memset(read, 0, 4096);
	do_read(&parts[1], buf, 0, 8);
	assert_memory_equal(read, buf, 4096);
	expect_status(spdk_bdev_reset(parts[1].desc, parts[1].ch, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&parts[1]);
	disk_close(&parts[0]);
	free(read);
	free(buf);
}

static void
the_base_may_come_later(void **state)
{
	struct disk disk;

	expect("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 2}", "[]");
	assert_one_notice("Bdev M will be split when it is there.");
	create_base();
	settle();
	assert_true(is_there("Mp1"));
	/* And go, and come again. */
	disk_open(&disk, "Mp1");
	spdk_bdev_unregister(spdk_bdev_get_by_name("M"), NULL, NULL);
	settle();
	assert_int_equal(disk.events[SPDK_BDEV_EVENT_REMOVE], 1);
	assert_false(is_there("Mp0"));
	disk_close(&disk);
	assert_false(is_there("M"));
	create_base();
	settle();
	assert_true(is_there("Mp1"));
	/* A split that is deleted does not come again. */
	expect("bdev_split_delete", "{\"base_bdev\": \"M\"}", "true");
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	create_base();
	settle();
	assert_false(is_there("Mp1"));
	/* Nor one that has waited. */
	expect("bdev_split_create", "{\"base_bdev\": \"N\", \"split_count\": 2}", "[]");
	log_capture_clear();
	expect("bdev_split_delete", "{\"base_bdev\": \"N\"}", "true");
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 8}",
	       "\"N\"");
	settle();
	assert_false(is_there("Np0"));
}

static void
splits_are_saved(void **state)
{
	struct spdk_uuid uuid;

	expect("bdev_null_create",
	       "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 8192, \"uuid\": \"" UUID
	       "\"}",
	       "\"N\"");
	expect("bdev_split_create",
	       "{\"base_bdev\": \"N\", \"split_count\": 2, \"split_size_mb\": 1}", NULL);
	expect("bdev_split_create", "{\"base_bdev\": \"later\", \"split_count\": 4}", "[]");
	spdk_uuid_copy(&uuid, spdk_bdev_get_uuid(spdk_bdev_get_by_name("Np1")));
	log_capture_clear();
	check_round_trip(
		"[{\"method\":\"bdev_split_create\",\"params\":{\"base_bdev\":\"N\","
		"\"split_count\":2,\"split_size_mb\":1}},"
		"{\"method\":\"bdev_split_create\",\"params\":{\"base_bdev\":\"later\","
		"\"split_count\":4,\"split_size_mb\":0}},"
		"{\"method\":\"bdev_null_create\",\"params\":{\"name\":\"N\",\"num_blocks\":8192,"
		"\"block_size\":512,\"physical_block_size\":512,\"md_size\":0,\"dif_type\":0,"
		"\"dif_is_head_of_md\":false,\"dif_pi_format\":0,\"uuid\":\"" UUID "\"}}]");
	log_capture_clear();
	assert_int_equal(spdk_uuid_compare(&uuid, spdk_bdev_get_uuid(spdk_bdev_get_by_name("Np1"))),
			 0);
}

static void
what_cannot_be_split_is_explained(void **state)
{
	expect_error("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 0}", -EINVAL,
		     "split_count is 0");
	expect_error("bdev_split_create", "{\"base_bdev\": \"\", \"split_count\": 1}", -EINVAL,
		     "empty");
	expect_error("bdev_split_delete", "{\"base_bdev\": \"M\"}", -ENODEV, "'M' is not split");
	create_base();
	expect_error("bdev_split_create",
		     "{\"base_bdev\": \"M\", \"split_count\": 1, \"split_size_mb\": 9}", -EINVAL,
		     "too few");
	expect_error("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 20000}", -EINVAL,
		     "too few");
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 1536, \"num_blocks\": 8192}",
	       "\"N\"");
	expect_error("bdev_split_create",
		     "{\"base_bdev\": \"N\", \"split_count\": 1, \"split_size_mb\": 1}", -EINVAL,
		     "1536");
	expect("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 1}", "[\"Mp0\"]");
	expect_error("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 1}", -EEXIST,
		     "split already");
	expect_error("bdev_split_create", "{\"base_bdev\": \"Mp0\", \"split_count\": 0}", -EINVAL,
		     "split_count");
	/* What failed is not remembered. */
	expect("bdev_split_create", "{\"base_bdev\": \"N\", \"split_count\": 1}", "[\"Np0\"]");
}

static void
a_failure_in_the_middle_leaves_no_parts(void **state)
{
	create_base();
	expect("bdev_null_create", "{\"name\": \"Mp2\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"Mp2\"");
	expect_error("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 4}", -EEXIST,
		     "exists");
	settle();
	log_capture_clear();
	assert_false(is_there("Mp0"));
	assert_false(is_there("Mp1"));
	/* And the base is free for others. */
	expect("bdev_passthru_create", "{\"name\": \"P\", \"base_bdev_name\": \"M\"}", "\"P\"");
	expect_error("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 1}", -EPERM,
		     "claimed");
	log_capture_clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(a_device_becomes_equal_parts),
		MODULES_TEST(parts_may_have_a_size),
		MODULES_TEST(each_part_has_its_own_blocks),
		MODULES_TEST(the_base_may_come_later),
		MODULES_TEST(splits_are_saved),
		MODULES_TEST(what_cannot_be_split_is_explained),
		MODULES_TEST(a_failure_in_the_middle_leaves_no_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
