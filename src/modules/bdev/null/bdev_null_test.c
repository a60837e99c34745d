/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Null devices, by their methods.
 */
#include "modules/bdev/geometry.h"
#include "modules/bdev/modules_fixture.h"
#include "spdk/nvme_spec.h"

#define UUID "2b6601ba-eada-44fb-9a83-a20eb9eb9e90"

static void
a_device_is_what_its_parameters_say(void **state)
{
	struct disk disk;

	expect("bdev_null_create",
	       "{\"name\": \"Null0\", \"block_size\": 4096, \"num_blocks\": 16384, "
	       "\"uuid\": \"" UUID
	       "\", \"md_size\": 8, \"dif_type\": 1, \"dif_is_head_of_md\": true, "
	       "\"physical_block_size\": 8192, \"preferred_write_granularity\": 64, "
	       "\"preferred_write_alignment\": 32, \"optimal_write_size\": 4, "
	       "\"preferred_unmap_granularity\": 16, \"preferred_unmap_alignment\": 8}",
	       "\"Null0\"");
	disk_open(&disk, UUID);
	assert_string_equal(spdk_bdev_get_product_name(disk.bdev), "Null disk");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 16384);
	assert_int_equal(spdk_bdev_get_block_size(disk.bdev), 4104);
	assert_int_equal(spdk_bdev_get_data_block_size(disk.bdev), 4096);
	assert_int_equal(spdk_bdev_get_physical_block_size(disk.bdev), 8192);
	assert_true(spdk_bdev_is_md_interleaved(disk.bdev));
	assert_int_equal(spdk_bdev_get_dif_type(disk.bdev), SPDK_DIF_TYPE1);
	assert_true(spdk_bdev_is_dif_head_of_md(disk.bdev));
	assert_int_equal(spdk_bdev_get_preferred_write_granularity(disk.bdev), 64);
	assert_int_equal(spdk_bdev_get_preferred_write_alignment(disk.bdev), 32);
	assert_int_equal(spdk_bdev_get_optimal_write_size(disk.bdev), 4);
	assert_int_equal(spdk_bdev_get_preferred_unmap_granularity(disk.bdev), 16);
	assert_int_equal(spdk_bdev_get_preferred_unmap_alignment(disk.bdev), 8);
	disk_close(&disk);
	check_round_trip(
		"[{\"method\":\"bdev_null_create\",\"params\":{\"name\":\"Null0\","
		"\"num_blocks\":16384,\"block_size\":4096,\"physical_block_size\":8192,"
		"\"md_size\":8,\"dif_type\":1,\"dif_is_head_of_md\":true,\"dif_pi_format\":0,"
		"\"uuid\":\"" UUID "\",\"preferred_write_granularity\":64,"
		"\"preferred_write_alignment\":32,\"optimal_write_size\":4,"
		"\"preferred_unmap_granularity\":16,\"preferred_unmap_alignment\":8}}]");
	expect("bdev_null_delete", "{\"name\": \"Null0\"}", "true");
	expect_error("bdev_null_delete", "{\"name\": \"Null0\"}", -ENODEV, "'Null0'");
}

static void
what_cannot_be_made_is_explained(void **state)
{
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 4104, "
		     "\"num_blocks\": 1, \"md_size\": 8}",
		     -EINVAL, "4096; md_size comes on top");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 100, \"num_blocks\": 1}", -EINVAL,
		     "block_size 100");
	expect_error("bdev_null_create", "{\"name\": \"N\", \"block_size\": 0, \"num_blocks\": 1}",
		     -EINVAL, "block_size 0");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 0}", -EINVAL,
		     "num_blocks is 0");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 36028797018963968}",
		     -EINVAL, "num_blocks is 36028797018963968");
	expect_error("bdev_null_create", "{\"name\": \"\", \"block_size\": 512, \"num_blocks\": 1}",
		     -EINVAL, "name is empty");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, "
		     "\"num_blocks\": 1, \"physical_block_size\": 1000}",
		     -EINVAL, "physical_block_size 1000");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, "
		     "\"num_blocks\": 1, \"md_size\": 9}",
		     -EINVAL, "md_size 9");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, "
		     "\"num_blocks\": 1, \"dif_type\": 1}",
		     -EINVAL, "md_size of 8 bytes");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1, "
		     "\"md_size\": 8, \"dif_type\": 4}",
		     -EINVAL, "dif_type 4");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1, "
		     "\"md_size\": 16, \"dif_type\": 1, \"dif_pi_format\": 3}",
		     -EINVAL, "dif_pi_format 3");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1, "
		     "\"md_size\": 16, \"dif_type\": 1, \"dif_pi_format\": 2}",
		     -EINVAL, "does not go with");
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"N\"");
	expect_error("bdev_null_create",
		     "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1}", -EEXIST,
		     "File exists");
	assert_true(log_captured("Bdev N cannot be registered", NULL));
	log_capture_clear();
}

static void
all_succeeds_and_nothing_is_kept(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(4096), *before = new_buf(4096);
	struct disk disk;

	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 64}",
	       "\"N\"");
	disk_open(&disk, "N");
	fill(buf, 4096, 1);
	do_write(&disk, buf, 0, 8);
	fill(buf, 4096, 2);
	memcpy(before, buf, 4096);
	do_read(&disk, buf, 0, 8);
	assert_memory_equal(buf, before, 4096);
	/* One who wants a buffer gets one. */
	outcome.keeps = true;
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, NULL, 0, 8, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_non_null(outcome.io->u.bdev.iovs[0].iov_base);
	spdk_bdev_free_io(outcome.io);
	outcome.keeps = false;
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 0, 64, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(
		spdk_bdev_write_zeroes_blocks(disk.desc, disk.ch, 0, 64, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_flush_blocks(disk.desc, disk.ch, 0, 64, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_reset(disk.desc, disk.ch, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(before);
	free(buf);
}

static void
protection_information_is_made_and_checked(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(4 * 520);
	struct disk disk;

	expect("bdev_null_create",
	       "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 64, "
	       "\"md_size\": 8, \"dif_type\": 1}",
	       "\"N\"");
	disk_open(&disk, "N");
	fill(buf, 4 * 520, 3);
	do_read(&disk, buf, 10, 4);
	/* What was read there may be written there, and nowhere else. */
	do_write(&disk, buf, 10, 4);
	expect_status(
		spdk_bdev_write_blocks(disk.desc, disk.ch, buf, 11, 4, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_MEDIA_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_REFERENCE_TAG_CHECK_ERROR);
	buf[3 * 520] ^= 1;
	expect_status(
		spdk_bdev_write_blocks(disk.desc, disk.ch, buf, 10, 4, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_MEDIA_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_GUARD_CHECK_ERROR);
	disk_close(&disk);
	free(buf);
}

static void
a_device_can_grow(void **state)
{
	struct disk disk;

	expect("bdev_null_create",
	       "{\"name\": \"N\", \"block_size\": 4096, \"num_blocks\": 256, "
	       "\"md_size\": 16}",
	       "\"N\"");
	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 8}",
	       "\"M\"");
	disk_open(&disk, "N");
	expect("bdev_null_resize", "{\"name\": \"N\", \"new_size\": 3}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 768);
	assert_int_equal(disk.events[SPDK_BDEV_EVENT_RESIZE], 1);
	expect_error("bdev_null_resize", "{\"name\": \"N\", \"new_size\": 2}", -EINVAL,
		     "can only grow");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 768);
	disk_close(&disk);
	expect_error("bdev_null_resize", "{\"name\": \"N\", \"new_size\": 0}", -EINVAL, "0 MiB");
	expect_error("bdev_null_resize", "{\"name\": \"N\", \"new_size\": 18446744073709551615}",
		     -EINVAL, "18446744073709551615 MiB");
	expect_error("bdev_null_resize", "{\"name\": \"X\", \"new_size\": 1}", -ENODEV,
		     "No such device");
	expect_error("bdev_null_resize", "{\"name\": \"M\", \"new_size\": 1}", -EINVAL,
		     "of the module null but of malloc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(a_device_is_what_its_parameters_say),
		MODULES_TEST(what_cannot_be_made_is_explained),
		MODULES_TEST(all_succeeds_and_nothing_is_kept),
		MODULES_TEST(protection_information_is_made_and_checked),
		MODULES_TEST(a_device_can_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
