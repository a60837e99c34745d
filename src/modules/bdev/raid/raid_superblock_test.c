/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arrays whose members say what they belong to: they are found again, and nothing old is believed.
 */
#include "raid_fixture.h"
#include "raid_superblock.h"

#define SB          ", \"superblock\": true"
#define SB_4K       ", \"superblock\": true, \"strip_size_kb\": 4"
#define DATA_OFFSET 2048u /* 1 MiB */
#define DATA_BLOCKS (MEMBER_BLOCKS - DATA_OFFSET)

/* Members P0, P1... that can go and come, on M0, M1... which keep what is written. */
static void
show(uint32_t i)
{
	char params[64];

	(void)snprintf(params, sizeof(params), "{\"name\": \"P%u\", \"base_bdev_name\": \"M%u\"}",
		       i, i);
	expect("bdev_passthru_create", params, NULL);
	settle();
}

static void
hide(uint32_t i)
{
	char params[64];

	(void)snprintf(params, sizeof(params), "{\"name\": \"P%u\"}", i);
	expect("bdev_passthru_delete", params, "true");
	settle();
}

static void
make(const char *level, uint32_t count, const char *more)
{
	static const char *const names[] = {"\"P0\"", "\"P0\", \"P1\"", "\"P0\", \"P1\", \"P2\""};
	char params[256];

	make_members(count);
	for (uint32_t i = 0; i < count; i++) {
		show(i);
	}
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"R\", \"raid_level\": \"%s\", \"base_bdevs\": [%s]%s}", level,
		       names[count - 1], more);
	expect("bdev_raid_create", params, "true");
	settle();
}

static void
write_pattern(uint8_t *buf, uint64_t blocks, uint32_t seed)
{
	struct disk disk;

	fill(buf, blocks * BLOCK, seed);
	disk_open(&disk, "R");
	do_write(&disk, buf, 0, blocks);
	disk_close(&disk);
}

static void
expect_none(void)
{
	expect("bdev_raid_get_bdevs", "{\"category\": \"all\"}", "[]");
}

static void
check_found_again(const char *level, const char *more, uint64_t blocks)
{
	uint8_t *buf = new_buf(blocks * BLOCK);
	struct spdk_uuid uuid;

	make(level, 3, more);
	assert_int_equal(spdk_bdev_get_num_blocks(spdk_bdev_get_by_name("R")), blocks);
	expect_part("bdev_raid_get_bdevs", "{\"category\": \"online\"}",
		    "\"is_configured\":true,\"data_offset\":2048,\"data_size\":2048}");
	uuid = *spdk_bdev_get_uuid(spdk_bdev_get_by_name("R"));
	write_pattern(buf, blocks, 7);
	delete_raid();
	for (uint32_t i = 0; i < 3; i++) {
		hide(i);
	}
	/* In another order. */
	show(2);
	expect_raid("configuring", 1, 3);
	show(0);
	hide(2);
	expect_raid("configuring", 1, 3);
	show(1);
	show(2);
	expect_raid("online", 3, 3);
	expect_blocks("R", buf, 0, blocks);
	assert_int_equal(spdk_uuid_compare(&uuid, spdk_bdev_get_uuid(spdk_bdev_get_by_name("R"))),
			 0);
	delete_raid();
	for (uint32_t i = 0; i < 3; i++) {
		hide(i);
		delete_member((const char *[]){"M0", "M1", "M2"}[i]);
	}
	log_capture_clear();
	free(buf);
}

static void
arrays_are_found_again(void **state)
{
	check_found_again("raid0", SB_4K, 3 * DATA_BLOCKS);
	check_found_again("concat", SB_4K, 3 * DATA_BLOCKS);
	check_found_again("raid1", SB, DATA_BLOCKS);
}

static void
one_that_was_left_out_is_not_believed(void **state)
{
	uint8_t *buf = new_buf(DATA_BLOCKS * BLOCK);

	make("raid1", 3, SB);
	write_pattern(buf, DATA_BLOCKS, 1);
	hide(0);
	write_pattern(buf, DATA_BLOCKS, 2);
	delete_raid();
	hide(1);
	hide(2);
	log_capture_clear();
	/* By what it says itself, all are in sync; the next one knows better. */
	show(0);
	expect_raid("configuring", 1, 3);
	show(1);
	assert_true(log_captured("Raid bdev R does not use bdev P0: it is out of date.", NULL));
	log_capture_clear();
	expect_raid("configuring", 1, 2);
	show(2);
	expect_raid("online", 2, 2);
	expect_blocks("R", buf, 0, DATA_BLOCKS);
	free(buf);
}

/* The array is found by the old one, and the others are there already. */
static void
members_that_are_there_are_asked(void **state)
{
	uint8_t *buf = new_buf(DATA_BLOCKS * BLOCK);

	make("raid1", 2, SB);
	hide(0);
	write_pattern(buf, DATA_BLOCKS, 2);
	delete_raid();
	show(0);
	log_capture_clear();
	expect_raid("online", 1, 1);
	expect_blocks("R", buf, 0, DATA_BLOCKS);
	free(buf);
}

static void
one_that_comes_back_is_rebuilt(void **state)
{
	uint8_t *buf = new_buf(DATA_BLOCKS * BLOCK);

	make("raid1", 2, SB);
	hide(0);
	write_pattern(buf, DATA_BLOCKS, 3);
	show(0);
	log_capture_clear();
	expect_raid("online", 2, 2);
	/* The same by hand. */
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"P1\"}", "true");
	write_pattern(buf, DATA_BLOCKS, 4);
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"P1\"}", "true");
	settle();
	log_capture_clear();
	expect_raid("online", 2, 2);
	expect_blocks("M0", buf, DATA_OFFSET, DATA_BLOCKS);
	expect_blocks("M1", buf, DATA_OFFSET, DATA_BLOCKS);
	/* And both are believed the next time. */
	delete_raid();
	hide(0);
	hide(1);
	show(0);
	show(1);
	expect_raid("online", 2, 2);
	free(buf);
}

static void
one_that_was_replaced_is_refused(void **state)
{
	make("raid1", 2, SB);
	hide(0);
	make_member("S", MEMBER_BLOCKS);
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"S\"}", "true");
	settle();
	log_capture_clear();
	expect_raid("online", 2, 2);
	show(0);
	assert_one_notice("Raid bdev R does not use bdev P0: another has its slot since.");
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"S\"}", "true");
	log_capture_clear();
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"P0\"}",
		     -EEXIST, "bdev 'P0' is or was a member of raid bdev 'R'");
	expect_raid("online", 1, 1);
}

/* A write that a member has failed ends after the others say so. */
static void
a_failure_is_written_down(void **state)
{
	uint8_t *buf = new_buf(DATA_BLOCKS * BLOCK);

	make_members(2);
	expect("bdev_error_create", "{\"base_name\": \"M0\"}", "true");
	show(1);
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [\"EE_M0\", \"P1\"]" SB
	       "}",
	       "true");
	expect("bdev_error_inject_error",
	       "{\"name\": \"EE_M0\", \"io_type\": \"write\", \"error_type\": \"failure\"}",
	       "true");
	write_pattern(buf, DATA_BLOCKS, 3);
	log_capture_clear();
	/* Nobody has said good-bye: both are read anew. */
	delete_raid();
	hide(1);
	expect("bdev_error_delete", "{\"name\": \"EE_M0\"}", "true");
	expect("bdev_error_create", "{\"base_name\": \"M0\"}", "true");
	settle();
	show(1);
	log_capture_clear();
	expect_raid("online", 1, 1);
	expect_blocks("R", buf, 0, DATA_BLOCKS);
	free(buf);
}

static void
members_of_others_are_refused(void **state)
{
	make("raid1", 2, SB);
	delete_raid();
	expect_error("bdev_raid_create",
		     "{\"name\": \"X\", \"raid_level\": \"1\", \"base_bdevs\": [\"P0\", \"P1\"]}",
		     -EEXIST, "is a member of raid bdev 'R'");
	expect_none();
	expect_error("bdev_raid_create",
		     "{\"name\": \"X\", \"raid_level\": \"0\", \"base_bdevs\": [\"P0\"]" SB_4K "}",
		     -EEXIST, "delete that with clear_sb");
	/* One that is waited for as well. */
	hide(1);
	expect("bdev_raid_create",
	       "{\"name\": \"X\", \"raid_level\": \"1\", \"base_bdevs\": [\"P1\", \"later\"]}",
	       "true");
	log_capture_clear();
	show(1);
	assert_true(log_captured("Raid bdev X cannot use bdev P1:", NULL));
	log_capture_clear();
	expect_raid("configuring", 0, 2);
}

static void
superblocks_are_cleared(void **state)
{
	make("raid1", 2, SB);
	expect("bdev_raid_delete", "{\"name\": \"R\", \"clear_sb\": true}", "true");
	hide(0);
	hide(1);
	show(0);
	show(1);
	expect_none();
	/* Also of one that is not online. */
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [\"P0\", \"P1\"]" SB "}",
	       "true");
	delete_raid();
	hide(0);
	hide(1);
	show(0);
	expect_raid("configuring", 1, 2);
	expect("bdev_raid_delete", "{\"name\": \"R\", \"clear_sb\": true}", "true");
	hide(0);
	show(0);
	expect_none();
}

static void
a_name_that_is_taken_is_explained(void **state)
{
	make("raid1", 2, SB);
	delete_raid();
	hide(0);
	hide(1);
	make_member("R", 8);
	show(0);
	assert_true(log_captured("Raid bdev R is found, and another bdev has its name", NULL));
	log_capture_clear();
	expect_none();
}

static void
metadata_is_left_alone(void **state)
{
	uint8_t *buf = new_buf(2048 * 520);
	struct disk disk;

	for (uint32_t i = 0; i < 2; i++) {
		char params[256];

		(void)snprintf(params, sizeof(params),
			       "{\"name\": \"M%u\", \"block_size\": 512, \"num_blocks\": 4096, "
			       "\"md_size\": 8, \"md_interleave\": true, \"dif_type\": 1}",
			       i);
		expect("bdev_malloc_create", params, NULL);
		show(i);
	}
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [\"P0\", \"P1\"]" SB "}",
	       "true");
	disk_open(&disk, "R");
	assert_int_equal(spdk_bdev_get_md_size(disk.bdev), 8);
	/* Read as it is, and written again. */
	do_read(&disk, buf, 0, 2048);
	do_write(&disk, buf, 0, 2048);
	disk_close(&disk);
	delete_raid();
	hide(0);
	hide(1);
	show(0);
	show(1);
	expect_raid("online", 2, 2);
	/* A rebuild takes it along. */
	hide(0);
	show(0);
	log_capture_clear();
	expect_raid("online", 2, 2);
	free(buf);
}

static void
arrays_that_are_found_are_not_saved(void **state)
{
	char *saved;

	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [\"P0\", \"P1\"]" SB "}",
	       "true");
	log_capture_clear();
	saved = save_config();
	assert_non_null(strstr(saved, "\"superblock\":true"));
	free(saved);
	make_members(2);
	show(0);
	show(1);
	saved = save_config();
	assert_null(strstr(saved, "bdev_raid_create"));
	free(saved);
	expect_raid("online", 2, 2);
}

/* ---- What a superblock says ---- */

static struct raid_sb g_sb, g_out;
static uint8_t g_bytes[RAID_SB_SIZE_MAX];

static size_t
encode_sample(uint32_t count)
{
	memset(&g_sb, 0, sizeof(g_sb));
	g_sb.level = SPDK_BDEV_RAID_LEVEL_RAID0;
	g_sb.strip_kb = 64;
	g_sb.block_size = 4096;
	g_sb.sequence = UINT64_C(0x123456789abc);
	g_sb.count = count;
	g_sb.self = count - 1;
	(void)snprintf(g_sb.name, sizeof(g_sb.name), "an array");
	spdk_uuid_generate(&g_sb.uuid);
	for (uint32_t i = 0; i < count; i++) {
		spdk_uuid_generate(&g_sb.slots[i].member);
		spdk_uuid_generate(&g_sb.slots[i].bdev);
		g_sb.slots[i].data_offset = 256 + i;
		g_sb.slots[i].data_blocks = 1000 + i;
		g_sb.slots[i].state = (enum raid_sb_state)(i % 3);
	}
	return raid_sb_encode(&g_sb, g_bytes);
}

static void
what_is_encoded_is_decoded(void **state)
{
	struct bdev_reason reason = {""};

	for (uint32_t count = 1; count <= RAID_SLOTS_MAX; count += 127) {
		size_t size = encode_sample(count);

		assert_int_equal(size, 128 + 64 * count);
		assert_int_equal(raid_sb_decode(g_bytes, sizeof(g_bytes), &g_out, &reason), 0);
		assert_memory_equal(&g_out, &g_sb, sizeof(g_sb));
		assert_int_equal(raid_sb_decode(g_bytes, size - 1, &g_out, &reason), -EINVAL);
	}
}

static void
any_changed_bit_is_found(void **state)
{
	struct bdev_reason reason = {""};
	size_t size = encode_sample(3);

	for (size_t bit = 0; bit < size * 8; bit++) {
		g_bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(raid_sb_decode(g_bytes, sizeof(g_bytes), &g_out, &reason),
				 bit < 64 ? -ENOENT : -EINVAL);
		g_bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(raid_sb_decode(g_bytes, sizeof(g_bytes), &g_out, &reason), 0);
}

/* Of those whose checksum is right. */
static void
expect_invalid(const char *part)
{
	struct bdev_reason reason = {""};

	(void)raid_sb_encode(&g_sb, g_bytes);
	assert_int_equal(raid_sb_decode(g_bytes, sizeof(g_bytes), &g_out, &reason), -EINVAL);
	if (strstr(reason.text, part) == NULL) {
		fail_msg("\"%s\" is not in \"%s\"", part, reason.text);
	}
	(void)encode_sample(2);
}

static void
what_cannot_be_is_refused(void **state)
{
	(void)encode_sample(2);
	g_sb.level = SPDK_BDEV_RAID_LEVEL_RAID5F;
	expect_invalid("no level 95");
	g_sb.self = 2;
	expect_invalid("slot 2 is none of 2");
	g_sb.strip_kb = 3;
	expect_invalid("a strip of 3 KiB");
	g_sb.strip_kb = 0;
	expect_invalid("a strip of 0 KiB");
	g_sb.level = SPDK_BDEV_RAID_LEVEL_RAID1;
	expect_invalid("a strip of 64 KiB");
	g_sb.block_size = 0;
	expect_invalid("a block of 0 bytes");
	g_sb.name[0] = '\0';
	expect_invalid("name is empty");
	g_sb.slots[1].state = (enum raid_sb_state)3;
	expect_invalid("the state 3");
	g_sb.slots[1].data_blocks = UINT64_MAX;
	expect_invalid("more blocks");
	g_sb.sequence = 0;
	expect_invalid("sequence number is 0");
	g_sb.count = 0;
	expect_invalid("0 slots");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(any_changed_bit_is_found),
		cmocka_unit_test(what_cannot_be_is_refused),
		RAID_TEST(arrays_are_found_again),
		RAID_TEST(one_that_was_left_out_is_not_believed),
		RAID_TEST(members_that_are_there_are_asked),
		RAID_TEST(one_that_comes_back_is_rebuilt),
		RAID_TEST(one_that_was_replaced_is_refused),
		RAID_TEST(a_failure_is_written_down),
		RAID_TEST(members_of_others_are_refused),
		RAID_TEST(superblocks_are_cleared),
		RAID_TEST(a_name_that_is_taken_is_explained),
		RAID_TEST(metadata_is_left_alone),
		RAID_TEST(arrays_that_are_found_are_not_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
