/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arrays, by their methods: how they come, what is on their members, how they go.
 */
#include "raid_fixture.h"

#define UUID     "2b6601ba-eada-44fb-9a83-a20eb9eb9e90"
#define STRIP_4K ", \"strip_size_kb\": 4"
#define STRIP    8u /* blocks */

/* A pattern of all blocks of an array of `count` members, on the heap. */
static uint8_t *
write_all(uint32_t count)
{
	size_t size = (size_t)count * MEMBER_BLOCKS * BLOCK;
	uint8_t *buf = new_buf(size);
	struct disk disk;

	fill(buf, size, 3);
	disk_open(&disk, "R");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), size / BLOCK);
	do_write(&disk, buf, 0, size / BLOCK);
	disk_close(&disk);
	return buf;
}

static void
strips_are_on_members_in_turn(void **state)
{
	static const char *const names[] = {"M0", "M1", "M2"};
	uint8_t *buf, *read;
	struct disk disk;

	make_members(3);
	make_raid("raid0", 3, STRIP_4K);
	buf = write_all(3);
	for (uint32_t s = 0; s < 3 * MEMBER_BLOCKS / STRIP; s += 97) {
		expect_blocks(names[s % 3], buf + (size_t)s * STRIP * BLOCK,
			      (uint64_t)s / 3 * STRIP, STRIP);
	}
	/* Any range, across strips, is read as it was written. */
	read = new_buf(64 * BLOCK);
	disk_open(&disk, "R");
	assert_string_equal(spdk_bdev_get_product_name(disk.bdev), "Raid Volume");
	for (uint64_t offset = 1; offset < 100; offset += 7) {
		do_read(&disk, read, offset, 1 + offset % 61);
		assert_memory_equal(read, buf + offset * BLOCK, (1 + offset % 61) * BLOCK);
	}
	disk_close(&disk);
	free(read);
	free(buf);
}

static void
members_follow_one_another(void **state)
{
	uint8_t *buf = new_buf(16 * BLOCK);
	struct disk disk;

	make_member("M0", 100); /* 96 in whole strips */
	make_member("M1", 64);
	make_member("M2", 200);
	make_raid("concat", 3, STRIP_4K);
	fill(buf, 16 * BLOCK, 5);
	disk_open(&disk, "R");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 96 + 64 + 200);
	/* Across the first end, and the last blocks. */
	do_write(&disk, buf, 88, 16);
	do_write(&disk, buf, 344, 16);
	disk_close(&disk);
	expect_blocks("M0", buf, 88, 8);
	expect_blocks("M1", buf + 8 * BLOCK, 0, 8);
	expect_blocks("M2", buf, 184, 16);
	free(buf);
}

static void
mirrors_hold_the_same(void **state)
{
	uint8_t *buf = new_buf(64 * BLOCK);
	struct disk disk;

	make_member("M0", 128);
	make_member("M1", 100);
	make_raid("raid1", 2, "");
	fill(buf, 64 * BLOCK, 6);
	disk_open(&disk, "R");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 100);
	do_write(&disk, buf, 36, 64);
	do_read(&disk, buf, 36, 64);
	disk_close(&disk);
	expect_blocks("M0", buf, 36, 64);
	expect_blocks("M1", buf, 36, 64);
	free(buf);
}

/* What has blocks and no data: over the ends of strips, and all of the device. */
static void
check_ranges(const char *level, const char *more)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf, *read;
	struct disk disk;

	make_raid(level, 2, more);
	buf = write_all(2);
	disk_open(&disk, "R");
	read = new_buf(2 * MEMBER_BLOCKS * BLOCK);
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 5, 43, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	memset(buf + 5 * BLOCK, 0, 43 * BLOCK);
	expect_status(
		spdk_bdev_write_zeroes_blocks(disk.desc, disk.ch, 4090, 11, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	memset(buf + 4090 * BLOCK, 0, 11 * BLOCK);
	expect_status(spdk_bdev_flush_blocks(disk.desc, disk.ch, 0, 2 * MEMBER_BLOCKS, note_outcome,
					     &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_reset(disk.desc, disk.ch, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	do_read(&disk, read, 0, 2 * MEMBER_BLOCKS);
	assert_memory_equal(read, buf, 2 * MEMBER_BLOCKS * BLOCK);
	disk_close(&disk);
	delete_raid();
	free(read);
	free(buf);
}

static void
ranges_reach_all_members(void **state)
{
	make_members(2);
	check_ranges("raid0", STRIP_4K);
	check_ranges("concat", STRIP_4K);
}

static void
a_read_may_come_without_memory(void **state)
{
	static const char *const levels[] = {"raid0", "concat", "raid1"};
	struct outcome outcome = {.keeps = true};
	uint8_t *buf = new_buf(8 * BLOCK);
	struct disk disk;

	make_members(2);
	fill(buf, 8 * BLOCK, 9);
	for (size_t i = 0; i < SPDK_COUNTOF(levels); i++) {
		make_raid(levels[i], 2, i < 2 ? STRIP_4K : "");
		disk_open(&disk, "R");
		do_write(&disk, buf, 24, 8);
		expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, NULL, 24, 8, note_outcome,
						    &outcome),
			      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
		assert_memory_equal(outcome.io->u.bdev.iovs[0].iov_base, buf, 8 * BLOCK);
		spdk_bdev_free_io(outcome.io);
		disk_close(&disk);
		delete_raid();
	}
	free(buf);
}

static void
members_may_come_later(void **state)
{
	static const char *const levels[] = {"raid0", "concat", "raid1"};

	for (size_t i = 0; i < SPDK_COUNTOF(levels); i++) {
		make_member("M1", MEMBER_BLOCKS);
		make_raid(levels[i], 3, i < 2 ? STRIP_4K : "");
		assert_true(log_captured("Raid bdev R will be made when there is a bdev M2 for it.",
					 NULL));
		log_capture_clear();
		expect_raid("configuring", 1, 3);
		make_member("M0", MEMBER_BLOCKS);
		/* One may go and come again. */
		delete_member("M1");
		expect_raid("configuring", 1, 3);
		make_member("M1", MEMBER_BLOCKS);
		assert_false(is_there("R"));
		make_member("M2", MEMBER_BLOCKS);
		assert_true(is_there("R"));
		expect_raid("online", 3, 3);
		delete_raid();
		expect("bdev_raid_get_bdevs", "{\"category\": \"all\"}", "[]");
		for (char name[] = "M0"; name[1] < '3'; name[1]++) {
			delete_member(name);
		}
	}
}

static void
members_may_change_before_it_is_online(void **state)
{
	make_members(2);
	make_raid("raid0", 3, STRIP_4K);
	log_capture_clear();
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"M0\"}", "true");
	expect_raid("configuring", 1, 3);
	/* It is free, and comes back to where it was although there is another place. */
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"M1\"}", "true");
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"M1\"}", "true");
	expect_part("bdev_raid_get_bdevs", "{\"category\": \"all\"}",
		    "\"base_bdevs_list\":[{\"name\":null,");
	/* A place that waits for another is not taken. */
	make_member("X", MEMBER_BLOCKS);
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"X\"}", "true");
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"M0\"}",
		     -EINVAL, "no empty slot");
	/* One that was there is known by its UUID, whatever its name. */
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"X\"}", "true");
	expect("bdev_malloc_create",
	       "{\"name\": \"Y\", \"block_size\": 512, \"num_blocks\": 512, \"uuid\": \"" UUID
	       "\"}",
	       NULL);
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"Y\"}", "true");
	delete_member("Y");
	expect_raid("configuring", 1, 3);
	expect("bdev_malloc_create",
	       "{\"name\": \"Z\", \"block_size\": 512, \"num_blocks\": 512, \"uuid\": \"" UUID
	       "\"}",
	       NULL);
	settle();
	expect_raid("configuring", 2, 3);
	make_member("M2", MEMBER_BLOCKS);
	expect_raid("online", 3, 3);
}

static void
without_redundancy_one_lost_is_all_lost(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(BLOCK);
	struct disk disk;

	make_members(2);
	make_raid("raid0", 2, STRIP_4K);
	disk_open(&disk, "R");
	spdk_bdev_unregister(spdk_bdev_get_by_name("M0"), NULL, NULL);
	settle();
	assert_true(log_captured("Raid bdev R goes offline: too few members are left.", NULL));
	log_capture_clear();
	assert_int_equal(disk.events[SPDK_BDEV_EVENT_REMOVE], 1);
	expect_raid("offline", 2, 2);
	/* Who has it open ends what is under way. */
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 8, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	assert_false(is_there("R"));
	assert_false(is_there("M0"));
	/* The rest is kept for those who want to look, and goes with the last. */
	expect_raid("offline", 1, 1);
	delete_member("M1");
	expect("bdev_raid_get_bdevs", "{\"category\": \"all\"}", "[]");
	free(buf);
}

static void
one_that_is_offline_can_be_deleted(void **state)
{
	make_members(2);
	make_raid("concat", 2, STRIP_4K);
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"M1\"}", "true");
	log_capture_clear();
	expect_raid("offline", 1, 1);
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"M1\"}",
		     -ENOTSUP, "offline");
	delete_raid();
	/* All is free for another. */
	make_raid("raid1", 2, "");
	delete_raid();
	expect_error("bdev_raid_delete", "{\"name\": \"R\"}", -ENODEV,
		     "No such device: there is no array 'R'");
}

static void
it_grows_with_its_members(void **state)
{
	struct disk disk;

	expect("bdev_null_create", "{\"name\": \"M0\", \"block_size\": 512, \"num_blocks\": 4096}",
	       NULL);
	expect("bdev_null_create", "{\"name\": \"M1\", \"block_size\": 512, \"num_blocks\": 4096}",
	       NULL);
	make_raid("raid0", 2, STRIP_4K);
	disk_open(&disk, "R");
	expect("bdev_null_resize", "{\"name\": \"M0\", \"new_size\": 4}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 8192);
	expect("bdev_null_resize", "{\"name\": \"M1\", \"new_size\": 3}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 2 * 3 * 2048);
	assert_int_equal(disk.events[SPDK_BDEV_EVENT_RESIZE], 1);
	disk_close(&disk);
	delete_raid();
	/* In the middle, it would move what follows. */
	make_raid("concat", 2, STRIP_4K);
	expect("bdev_null_resize", "{\"name\": \"M0\", \"new_size\": 5}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(spdk_bdev_get_by_name("R")), 7 * 2048);
	expect("bdev_null_resize", "{\"name\": \"M1\", \"new_size\": 5}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(spdk_bdev_get_by_name("R")), 9 * 2048);
}

static void
what_does_not_fit_is_refused(void **state)
{
	make_members(2);
	expect("bdev_malloc_create",
	       "{\"name\": \"K4\", \"block_size\": 4096, \"num_blocks\": 512}", NULL);
	expect("bdev_malloc_create",
	       "{\"name\": \"D\", \"block_size\": 512, \"num_blocks\": 512, \"md_size\": 8}", NULL);
#define RAID(level, names, more) \
	"{\"name\": \"R\", \"raid_level\": \"" level "\", \"base_bdevs\": [" names "]" more "}"
	expect_error("bdev_raid_create", RAID("raid1", "\"M0\", \"K4\"", ""), -EINVAL,
		     "bdev 'K4' has blocks of 4096 bytes, and bdev 'M0' of 512");
	expect_error("bdev_raid_create", RAID("raid1", "\"M0\", \"D\"", ""), -EINVAL,
		     "bdev 'D' has 8 bytes of separate metadata, and bdev 'M0' 0");
	expect_error("bdev_raid_create", RAID("raid0", "\"K4\"", ", \"strip_size_kb\": 2"), -EINVAL,
		     "a strip of 2 KiB is not a whole number of the 4096 byte blocks");
	expect_error("bdev_raid_create", RAID("raid0", "\"M0\"", ", \"strip_size_kb\": 12"),
		     -EINVAL, "power of 2, and it is 12");
	expect_error("bdev_raid_create", RAID("concat", "\"M0\"", ""), -EINVAL, "power of 2");
	expect_error("bdev_raid_create", RAID("raid0", "\"M0\"", ", \"strip_size_kb\": 4096"),
		     -EINVAL, "too small");
	expect_error("bdev_raid_create", RAID("1", "\"M0\", \"M1\"", STRIP_4K), -EINVAL,
		     "raid1 has no strips");
	expect_error("bdev_raid_create", RAID("1", "\"M0\"", ""), -EINVAL,
		     "there are 1 base_bdevs, and raid1 has 2 at least");
	expect_error("bdev_raid_create", RAID("5f", "\"M0\", \"M1\"", STRIP_4K), -EINVAL,
		     "raid0, raid1 and concat are");
	expect_error("bdev_raid_create", RAID("0", "\"M0\", \"M0\"", STRIP_4K), -EINVAL,
		     "'M0' is twice");
	expect_error("bdev_raid_create", RAID("0", "\"R\"", STRIP_4K), -EINVAL, "its own base");
	expect_error("bdev_raid_create", RAID("1", "\"\", \"\"", ""), -EINVAL, "has a name");
	expect_error("bdev_raid_create",
		     "{\"name\": \"M1\", \"raid_level\": \"1\", \"base_bdevs\": [\"M0\", \"K4\"]}",
		     -EEXIST, "another bdev has the name 'M1'");
	/* Nothing is left of them, and members are one array's only. */
	make_raid("raid1", 2, "");
	expect_error("bdev_raid_create", RAID("1", "\"M0\", \"M1\"", ""), -EEXIST, "there already");
	expect_error("bdev_raid_create",
		     "{\"name\": \"S\", \"raid_level\": \"1\", \"base_bdevs\": [\"K4\", \"M0\"]}",
		     -EPERM, "'M0' is claimed");
	log_capture_clear();
	expect_error("bdev_raid_remove_base_bdev", "{\"name\": \"K4\"}", -ENODEV,
		     "no raid bdev is made of 'K4'");
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"S\", \"base_bdev\": \"K4\"}",
		     -ENODEV, "no raid bdev 'S'");
}

static void
one_that_comes_and_does_not_fit_is_explained(void **state)
{
	make_member("M0", MEMBER_BLOCKS);
	make_raid("raid1", 2, "");
	log_capture_clear();
	expect("bdev_null_create", "{\"name\": \"M1\", \"block_size\": 4096, \"num_blocks\": 512}",
	       NULL);
	settle();
	assert_true(log_captured("Raid bdev R cannot use bdev M1:", NULL));
	log_capture_clear();
	expect_raid("configuring", 1, 2);
}

static void
arrays_are_saved(void **state)
{
	expect("bdev_raid_create",
	       "{\"name\": \"A\", \"raid_level\": \"0\", \"base_bdevs\": [\"N\", \"later\"], "
	       "\"strip_size_kb\": 64, \"uuid\": \"" UUID "\"}",
	       "true");
	expect("bdev_raid_create",
	       "{\"name\": \"B\", \"raid_level\": \"1\", \"base_bdevs\": [\"A\", \"\"], "
	       "\"uuid\": \"" UUID "\"}",
	       "true");
	log_capture_clear();
	check_round_trip(
		"[{\"method\":\"bdev_raid_create\",\"params\":{\"name\":\"A\",\"uuid\":\"" UUID
		"\",\"strip_size_kb\":64,\"raid_level\":\"raid0\","
		"\"superblock\":false,\"base_bdevs\":[\"N\",\"later\"]}},"
		"{\"method\":\"bdev_raid_create\",\"params\":{\"name\":\"B\",\"uuid\":\"" UUID
		"\",\"raid_level\":\"raid1\",\"superblock\":false,"
		"\"base_bdevs\":[\"A\",\"\"]}}]");
	log_capture_clear();
}

static void
what_it_is_made_of_is_told(void **state)
{
	expect("bdev_null_create",
	       "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 4100, \"uuid\": \"" UUID
	       "\"}",
	       NULL);
	expect("bdev_raid_create",
	       "{\"name\": \"A\", \"raid_level\": \"concat\", \"base_bdevs\": [\"N\"], "
	       "\"strip_size_kb\": 4}",
	       "true");
	expect_part("bdev_raid_get_bdevs", "{\"category\": \"online\"}",
		    "\"strip_size_kb\":4,\"state\":\"online\",\"raid_level\":\"concat\","
		    "\"superblock\":false,\"num_base_bdevs\":1,\"num_base_bdevs_discovered\":1,"
		    "\"num_base_bdevs_operational\":1,\"base_bdevs_list\":[{\"name\":\"N\","
		    "\"uuid\":\"" UUID "\",\"is_configured\":true,\"data_offset\":0,"
		    "\"data_size\":4096}]}]");
	expect("bdev_raid_get_bdevs", "{\"category\": \"configuring\"}", "[]");
}

/* Arrays are made of arrays, and all of it goes from below. */
static void
arrays_lie_on_arrays(void **state)
{
	uint8_t *buf = new_buf(16 * BLOCK);
	struct disk disk;

	make_members(4);
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"0\", \"base_bdevs\": [\"A\", \"B\"]" STRIP_4K
	       "}",
	       "true");
	expect("bdev_raid_create",
	       "{\"name\": \"A\", \"raid_level\": \"1\", \"base_bdevs\": [\"M0\", \"M1\"]}",
	       "true");
	expect("bdev_raid_create",
	       "{\"name\": \"B\", \"raid_level\": \"1\", \"base_bdevs\": [\"M2\", \"M3\"]}",
	       "true");
	settle();
	log_capture_clear();
	fill(buf, 16 * BLOCK, 2);
	disk_open(&disk, "R");
	do_write(&disk, buf, 0, 16);
	expect_blocks("M1", buf, 0, 8);
	expect_blocks("M3", buf + 8 * BLOCK, 0, 8);
	disk_close(&disk);
	delete_member("M0");
	assert_true(is_there("R"));
	delete_member("M1");
	log_capture_clear();
	assert_false(is_there("R"));
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RAID_TEST(strips_are_on_members_in_turn),
		RAID_TEST(members_follow_one_another),
		RAID_TEST(mirrors_hold_the_same),
		RAID_TEST(ranges_reach_all_members),
		RAID_TEST(a_read_may_come_without_memory),
		RAID_TEST(members_may_come_later),
		RAID_TEST(members_may_change_before_it_is_online),
		RAID_TEST(without_redundancy_one_lost_is_all_lost),
		RAID_TEST(one_that_is_offline_can_be_deleted),
		RAID_TEST(it_grows_with_its_members),
		RAID_TEST(what_does_not_fit_is_refused),
		RAID_TEST(one_that_comes_and_does_not_fit_is_explained),
		RAID_TEST(arrays_are_saved),
		RAID_TEST(what_it_is_made_of_is_told),
		RAID_TEST(arrays_lie_on_arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
