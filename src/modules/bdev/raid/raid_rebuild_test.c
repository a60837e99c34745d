/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members that come to an array that is online: they are filled, whatever is written meanwhile.
 */
#include "raid_fixture.h"

#define WINDOW_BLOCKS 64u /* 32 KiB */
#define ADD_SPARE     "{\"raid_bdev\": \"R\", \"base_bdev\": \"S\"}"
#define STATES        "{\"category\": \"all\"}"

static struct disk g_disk;
/* What R holds. */
static uint8_t *g_buf;

/* R with an empty slot, M0 in the other, and M1 that was once there; a window is small. */
static void
open_degraded(void)
{
	make_members(2);
	make_raid("raid1", 2, "");
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"M1\"}", "true");
	expect("bdev_raid_set_options", "{\"process_window_size_kb\": 32}", "true");
	log_capture_clear();
	g_buf = new_buf((size_t)MEMBER_BLOCKS * BLOCK);
	fill(g_buf, (size_t)MEMBER_BLOCKS * BLOCK, 5);
	disk_open(&g_disk, "R");
	do_write(&g_disk, g_buf, 0, MEMBER_BLOCKS);
}

static void
close_degraded(void)
{
	expect("bdev_raid_set_options",
	       "{\"process_window_size_kb\": 1024, \"process_max_bandwidth_mb_sec\": 0}", "true");
	disk_close(&g_disk);
	free(g_buf);
}

static bool
is_rebuilt(const void *arg)
{
	return strstr(g_log_capture.text, "Raid bdev R has been rebuilt onto bdev ") != NULL;
}

static void
await_rebuild(void)
{
	wait_until(is_rebuilt, NULL);
	settle();
	log_capture_clear();
	expect_raid("online", 2, 2);
}

/* S, below which EE_S is an error device. */
static void
make_spare(void)
{
	make_member("X", MEMBER_BLOCKS);
	expect("bdev_error_create", "{\"base_name\": \"X\"}", "true");
	expect("bdev_passthru_create", "{\"name\": \"S\", \"base_bdev_name\": \"EE_X\"}", "\"S\"");
}

static void
inject(const char *name, const char *type, const char *error)
{
	char params[128];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"%s\", \"io_type\": \"%s\", \"error_type\": \"%s\"}", name,
		       type, error);
	expect("bdev_error_inject_error", params, "true");
}

static void
a_new_member_is_filled(void **state)
{
	open_degraded();
	make_spare();
	expect("bdev_raid_add_base_bdev", ADD_SPARE, "true");
	expect_part("bdev_raid_get_bdevs", STATES,
		    "\"process\":{\"type\":\"rebuild\",\"target\":\"S\",\"progress\":{");
	expect_raid("online", 2, 1);
	await_rebuild();
	expect_blocks("S", g_buf, 0, MEMBER_BLOCKS);
	/* It alone has it all. */
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"M0\"}", "true");
	log_capture_clear();
	expect_raid("online", 1, 1);
	do_write(&g_disk, g_buf, 0, 1);
	close_degraded();
}

static void
one_that_has_left_is_filled_anew(void **state)
{
	open_degraded();
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"M1\"}", "true");
	await_rebuild();
	expect_blocks("M1", g_buf, 0, MEMBER_BLOCKS);
	close_degraded();
}

struct writer {
	struct spdk_io_channel *ch;
	uint64_t next;
	uint64_t done;
	struct outcome outcome;
};

static void write_next(struct writer *writer);

static void
wrote(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct writer *writer = arg;

	assert_true(success);
	spdk_bdev_free_io(io);
	writer->done++;
	write_next(writer);
}

/* Blocks all over the device, three at a time, each once. */
static void
write_next(struct writer *writer)
{
	uint64_t block = writer->next * 37 % MEMBER_BLOCKS;

	if (writer->next == MEMBER_BLOCKS) {
		return;
	}
	writer->next++;
	fill(g_buf + block * BLOCK, BLOCK, (uint32_t)block + 77);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, writer->ch, g_buf + block * BLOCK,
						block, 1, wrote, writer),
			 0);
}

static bool
has_written_all(const void *arg)
{
	return ((const struct writer *)arg)->done == MEMBER_BLOCKS;
}

static void
what_is_written_meanwhile_is_on_both(void **state)
{
	struct spdk_thread *other = add_thread("other");
	struct writer writer = {.next = 0};

	open_degraded();
	make_spare();
	spdk_set_thread(other);
	writer.ch = spdk_bdev_get_io_channel(g_disk.desc);
	for (int i = 0; i < 3; i++) {
		write_next(&writer);
	}
	spdk_set_thread(g_app);
	expect("bdev_raid_add_base_bdev", ADD_SPARE, "true");
	wait_until(has_written_all, &writer);
	await_rebuild();
	spdk_set_thread(other);
	spdk_put_io_channel(writer.ch);
	spdk_set_thread(g_app);
	settle();
	expect_blocks("S", g_buf, 0, MEMBER_BLOCKS);
	expect_blocks("M0", g_buf, 0, MEMBER_BLOCKS);
	close_degraded();
}

/* S gets stuck in its first window, so that the rebuild is under way. */
static void
begin_and_get_stuck(void)
{
	make_spare();
	inject("EE_X", "write", "pending");
	expect("bdev_raid_add_base_bdev", ADD_SPARE, "true");
	settle();
	log_capture_clear();
}

static void
resume(void)
{
	expect("bdev_error_resume_pending", "{\"name\": \"EE_X\"}", NULL);
}

static void
a_new_member_is_not_read_before_it_is_filled(void **state)
{
	uint8_t *read = new_buf(BLOCK);

	open_degraded();
	begin_and_get_stuck();
	inject("EE_X", "read", "pending");
	for (uint64_t i = WINDOW_BLOCKS; i < WINDOW_BLOCKS + 4; i++) {
		do_read(&g_disk, read, i, 1);
		assert_memory_equal(read, g_buf + i * BLOCK, BLOCK);
	}
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"M1\"}",
		     -EBUSY, "is being rebuilt");
	resume();
	await_rebuild();
	free(read);
	close_degraded();
}

static void
a_window_is_held_up_while_it_is_copied(void **state)
{
	struct outcome write = {.calls = 0};

	open_degraded();
	begin_and_get_stuck();
	fill(g_buf, BLOCK, 99);
	assert_int_equal(
		spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, 1, note_outcome, &write),
		0);
	settle();
	assert_int_equal(write.calls, 0);
	resume();
	assert_int_equal(outcome_wait(&write), SPDK_BDEV_IO_STATUS_SUCCESS);
	await_rebuild();
	expect_blocks("S", g_buf, 0, MEMBER_BLOCKS);
	close_degraded();
}

static void
the_new_member_may_leave_again(void **state)
{
	open_degraded();
	begin_and_get_stuck();
	spdk_bdev_unregister(spdk_bdev_get_by_name("X"), NULL, NULL);
	settle();
	resume();
	settle();
	assert_true(log_captured("Raid bdev R: its rebuild ends at block 0 of 4096:", NULL));
	log_capture_clear();
	assert_false(is_there("S"));
	expect_raid("online", 1, 1);
	/* Another may come. */
	make_member("S2", MEMBER_BLOCKS);
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"S2\"}", "true");
	await_rebuild();
	expect_blocks("S2", g_buf, 0, MEMBER_BLOCKS);
	close_degraded();
}

static void
a_failure_to_fill_it_is_its_end(void **state)
{
	open_degraded();
	make_spare();
	inject("EE_X", "write", "failure");
	expect("bdev_raid_add_base_bdev", ADD_SPARE, "true");
	settle();
	assert_true(log_captured("Raid bdev R: its rebuild ends at block 0 of 4096:", NULL));
	log_capture_clear();
	expect_raid("online", 1, 1);
	close_degraded();
}

static void
a_write_that_it_fails_is_its_end(void **state)
{
	struct outcome write = {.calls = 0};

	open_degraded();
	begin_and_get_stuck();
	inject("EE_X", "write", "failure");
	fill(g_buf + 2048 * BLOCK, BLOCK, 98);
	expect_status(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf + 2048 * BLOCK, 2048, 1,
					     note_outcome, &write),
		      &write, SPDK_BDEV_IO_STATUS_SUCCESS);
	resume();
	settle();
	log_capture_clear();
	expect_raid("online", 1, 1);
	expect_blocks("M0", g_buf, 0, MEMBER_BLOCKS);
	close_degraded();
}

/* A window is read from another member, when one fails. */
static void
any_member_may_be_copied_from(void **state)
{
	make_members(2);
	expect("bdev_error_create", "{\"base_name\": \"M0\"}", "true");
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", "
	       "\"base_bdevs\": [\"EE_M0\", \"M1\", \"\"]}",
	       "true");
	g_buf = new_buf((size_t)MEMBER_BLOCKS * BLOCK);
	fill(g_buf, (size_t)MEMBER_BLOCKS * BLOCK, 6);
	disk_open(&g_disk, "R");
	do_write(&g_disk, g_buf, 0, MEMBER_BLOCKS);
	make_member("S", MEMBER_BLOCKS);
	expect("bdev_error_inject_error",
	       "{\"name\": \"EE_M0\", \"io_type\": \"read\", \"error_type\": \"failure\", "
	       "\"num\": 4294967295}",
	       "true");
	expect("bdev_raid_add_base_bdev", ADD_SPARE, "true");
	wait_until(is_rebuilt, NULL);
	settle();
	log_capture_clear();
	expect_raid("online", 3, 3);
	expect_blocks("S", g_buf, 0, MEMBER_BLOCKS);
	close_degraded();
}

static void
an_array_may_be_deleted_while_it_is_rebuilt(void **state)
{
	open_degraded();
	begin_and_get_stuck();
	resume();
	close_degraded();
	delete_raid();
	log_capture_clear();
	expect("bdev_raid_get_bdevs", STATES, "[]");
	/* Also while it pauses, for as long as a test may wait. */
	expect("bdev_null_create",
	       "{\"name\": \"N0\", \"block_size\": 512, \"num_blocks\": 131072}", NULL);
	expect("bdev_null_create",
	       "{\"name\": \"N1\", \"block_size\": 512, \"num_blocks\": 131072}", NULL);
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [\"N0\", \"\"]}", "true");
	expect("bdev_raid_set_options",
	       "{\"process_window_size_kb\": 32768, \"process_max_bandwidth_mb_sec\": 1}", "true");
	expect("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"N1\"}", "true");
	settle();
	delete_raid();
	log_capture_clear();
	expect("bdev_raid_set_options",
	       "{\"process_window_size_kb\": 1024, \"process_max_bandwidth_mb_sec\": 0}", "true");
}

/* 2 MiB at 20 MiB a second take a tenth of one, less what the last window need not wait for. */
static void
the_bandwidth_has_a_limit(void **state)
{
	uint64_t begin, ticks;

	open_degraded();
	make_spare();
	expect("bdev_raid_set_options", "{\"process_max_bandwidth_mb_sec\": 20}", "true");
	begin = spdk_get_ticks();
	expect("bdev_raid_add_base_bdev", ADD_SPARE, "true");
	await_rebuild();
	ticks = spdk_get_ticks() - begin;
	assert_true(ticks >= spdk_get_ticks_hz() / 11);
	close_degraded();
}

static void
what_cannot_be_filled_is_refused(void **state)
{
	open_degraded();
	make_member("small", MEMBER_BLOCKS - 1);
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"small\"}",
		     -EINVAL, "bdev 'small' has room for 4095 blocks, and raid bdev 'R' has 4096");
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 4096, \"num_blocks\": 4096}",
	       NULL);
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"R\", \"base_bdev\": \"N\"}",
		     -EINVAL, "blocks of 4096 bytes");
	expect_error("bdev_raid_set_options", "{\"process_window_size_kb\": 0}", -EINVAL,
		     "process_window_size_kb is 0");
	make_member("A", 512);
	expect("bdev_raid_create",
	       "{\"name\": \"C\", \"raid_level\": \"0\", \"base_bdevs\": [\"A\"], "
	       "\"strip_size_kb\": 4}",
	       "true");
	expect_error("bdev_raid_add_base_bdev", "{\"raid_bdev\": \"C\", \"base_bdev\": \"M1\"}",
		     -ENOTSUP, "raid0 has no redundancy");
	expect_raid("online", 1, 1);
	close_degraded();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RAID_TEST(a_new_member_is_filled),
		RAID_TEST(one_that_has_left_is_filled_anew),
		RAID_TEST(what_is_written_meanwhile_is_on_both),
		RAID_TEST(a_new_member_is_not_read_before_it_is_filled),
		RAID_TEST(a_window_is_held_up_while_it_is_copied),
		RAID_TEST(the_new_member_may_leave_again),
		RAID_TEST(a_failure_to_fill_it_is_its_end),
		RAID_TEST(a_write_that_it_fails_is_its_end),
		RAID_TEST(any_member_may_be_copied_from),
		RAID_TEST(an_array_may_be_deleted_while_it_is_rebuilt),
		RAID_TEST(the_bandwidth_has_a_limit),
		RAID_TEST(what_cannot_be_filled_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
