/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mirrors whose members fail or leave: what was written is read, always.
 */
#include "raid_fixture.h"

#define COUNT 8u

static struct disk g_disk;
static uint8_t *g_buf, *g_read;

/* R on EE_M0, EE_M1..., open. */
static void
open_mirror(uint32_t count)
{
	static const char *const names[] = {"\"EE_M0\"", "\"EE_M0\", \"EE_M1\"",
					    "\"EE_M0\", \"EE_M1\", \"EE_M2\""};
	char params[256];

	make_members(count);
	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(params, sizeof(params), "{\"base_name\": \"M%u\"}", i);
		expect("bdev_error_create", params, "true");
	}
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [%s]}",
		       names[count - 1]);
	expect("bdev_raid_create", params, "true");
	disk_open(&g_disk, "R");
	g_buf = new_buf(COUNT * BLOCK);
	g_read = new_buf(COUNT * BLOCK);
	fill(g_buf, COUNT * BLOCK, 1);
	do_write(&g_disk, g_buf, 0, COUNT);
}

static void
close_mirror(void)
{
	disk_close(&g_disk);
	free(g_buf);
	free(g_read);
}

static void
inject(const char *name, const char *type, const char *error, uint32_t count)
{
	char params[256];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"%s\", \"io_type\": \"%s\", \"error_type\": \"%s\", "
		       "\"num\": %u}",
		       name, type, error, count);
	expect("bdev_error_inject_error", params, "true");
}

static void
expect_write(enum spdk_bdev_io_status status)
{
	struct outcome outcome = {.calls = 0};

	expect_status(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, COUNT, note_outcome,
					     &outcome),
		      &outcome, status);
}

static void
expect_read(void)
{
	memset(g_read, 0, COUNT * BLOCK);
	do_read(&g_disk, g_read, 0, COUNT);
	assert_memory_equal(g_read, g_buf, COUNT * BLOCK);
}

static void
a_read_that_fails_is_done_by_another(void **state)
{
	struct outcome outcome = {.calls = 0};

	open_mirror(3);
	inject("EE_M0", "read", "failure", 1000);
	inject("EE_M1", "read", "failure", 1000);
	for (int i = 0; i < 4; i++) {
		expect_read();
	}
	/* None is given up for that, and what all fail fails. */
	expect_raid("online", 3, 3);
	inject("EE_M2", "read", "failure", 1);
	expect_status(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_read, 0, COUNT, note_outcome,
					    &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_FAILED);
	expect_read();
	close_mirror();
}

static void
reads_go_where_fewest_are_under_way(void **state)
{
	struct outcome outcomes[4] = {{.calls = 0}};

	open_mirror(2);
	/* What gets stuck stays under way, so the others go round it. */
	inject("EE_M0", "read", "pending", 1);
	inject("EE_M1", "read", "pending", 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_read, 0,
						       i == 0 ? COUNT : 1, note_outcome,
						       &outcomes[i]),
				 0);
	}
	settle();
	assert_int_equal(outcomes[0].calls + outcomes[1].calls, 0);
	/* M0 has 8 blocks under way, M1 has 1. */
	inject("EE_M0", "read", "failure", 1);
	expect_read();
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M0\"}", NULL);
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M1\"}", NULL);
	(void)outcome_wait(&outcomes[0]);
	(void)outcome_wait(&outcomes[1]);
	close_mirror();
}

static void
one_that_fails_to_write_is_given_up(void **state)
{
	open_mirror(3);
	fill(g_buf, COUNT * BLOCK, 2);
	inject("EE_M1", "write", "failure", 1);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_true(log_captured("bdev EE_M1 has failed to write what others have written.", NULL));
	assert_true(log_captured("goes on without bdev EE_M1, with 2 of 3 members.", NULL));
	log_capture_clear();
	expect_raid("online", 2, 2);
	/* It is not read, nor written. */
	inject("EE_M0", "read", "failure", 1000);
	for (int i = 0; i < 4; i++) {
		expect_read();
	}
	fill(g_buf, COUNT * BLOCK, 3);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_blocks("M2", g_buf, 0, COUNT);
	expect_blocks("M0", g_buf, 0, COUNT);
	/* It is nobody's now. */
	expect("bdev_passthru_create", "{\"name\": \"P\", \"base_bdev_name\": \"EE_M1\"}", "\"P\"");
	close_mirror();
}

static void
any_type_that_writes_counts(void **state)
{
	struct outcome outcome = {.calls = 0};

	open_mirror(3);
	inject("EE_M0", "unmap", "failure", 1);
	expect_status(
		spdk_bdev_unmap_blocks(g_disk.desc, g_disk.ch, 0, COUNT, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	memset(g_buf, 0, COUNT * BLOCK);
	expect_read();
	inject("EE_M1", "flush", "failure", 1);
	expect_status(
		spdk_bdev_flush_blocks(g_disk.desc, g_disk.ch, 0, COUNT, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	log_capture_clear();
	expect_raid("online", 1, 1);
	expect_read();
	close_mirror();
}

static void
the_last_is_never_given_up(void **state)
{
	open_mirror(2);
	inject("EE_M0", "write", "failure", 1);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	log_capture_clear();
	inject("EE_M1", "write", "failure", 1);
	expect_write(SPDK_BDEV_IO_STATUS_FAILED);
	expect_raid("online", 1, 1);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_read();
	close_mirror();
}

static void
a_write_that_all_fail_fails(void **state)
{
	open_mirror(2);
	inject("EE_M0", "write", "failure", 1);
	inject("EE_M1", "write", "failure", 1);
	expect_write(SPDK_BDEV_IO_STATUS_FAILED);
	expect_raid("online", 2, 2);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_read();
	close_mirror();
}

/* Two writes at the same time: each is done by the member that fails the other. */
static void
crossed_failures_leave_one_whole_member(void **state)
{
	struct outcome outcomes[2] = {{.calls = 0}};
	uint8_t *one = new_buf(BLOCK), *two = new_buf(BLOCK);
	bool is_done[2];

	open_mirror(2);
	fill(one, BLOCK, 11);
	fill(two, BLOCK, 12);
	inject("EE_M0", "write", "failure", 1);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, one, 0, 1, note_outcome,
						&outcomes[0]),
			 0);
	inject("EE_M1", "write", "failure", 1);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, two, 1, 1, note_outcome,
						&outcomes[1]),
			 0);
	for (int i = 0; i < 2; i++) {
		is_done[i] = outcome_wait(&outcomes[i]) == SPDK_BDEV_IO_STATUS_SUCCESS;
	}
	log_capture_clear();
	expect_raid("online", 1, 1);
	/* What is said to be written is there. */
	assert_true(is_done[0] != is_done[1]);
	do_read(&g_disk, g_read, 0, 2);
	assert_memory_equal(g_read + (is_done[0] ? 0 : BLOCK), is_done[0] ? one : two, BLOCK);
	close_mirror();
	free(one);
	free(two);
}

/*
 * The same of two threads, neither of which knows of the other's. EE_M1 has failed `one`, of the
 * other thread, and EE_M0 `two`; no word of either is heard yet.
 */
struct crossed {
	struct spdk_thread *other;
	struct spdk_io_channel *ch;
	struct outcome one;
	struct outcome two;
};

static void
cross_failures(struct crossed *crossed)
{
	crossed->other = add_thread("other");
	open_mirror(2);
	spdk_set_thread(crossed->other);
	crossed->ch = spdk_bdev_get_io_channel(g_disk.desc);
	inject("EE_M1", "write", "failure", 1);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, crossed->ch, g_buf, 0, 1, note_outcome,
						&crossed->one),
			 0);
	while (spdk_thread_poll(crossed->other, 0, 0) > 0) {
	}
	spdk_set_thread(g_app);
	inject("EE_M0", "write", "failure", 1);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 1, 1, note_outcome,
						&crossed->two),
			 0);
}

static void
close_crossed(struct crossed *crossed)
{
	log_capture_clear();
	spdk_set_thread(crossed->other);
	spdk_put_io_channel(crossed->ch);
	spdk_set_thread(g_app);
	settle();
	close_mirror();
}

static void
crossed_failures_of_threads_leave_one_whole_member(void **state)
{
	struct crossed crossed = {.other = NULL};

	cross_failures(&crossed);
	assert_int_equal(outcome_wait(&crossed.one), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&crossed.two), SPDK_BDEV_IO_STATUS_FAILED);
	assert_true(log_captured("bdev EE_M0 has failed to write, and is the last member", NULL));
	log_capture_clear();
	expect_raid("online", 1, 1);
	/* It works as before. */
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	inject("EE_M0", "write", "failure", 1);
	expect_write(SPDK_BDEV_IO_STATUS_FAILED);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_read();
	close_crossed(&crossed);
}

/* Between the failure of the last member and the word that it stays, none can be read. */
static void
reads_wait_until_it_is_known_who_stays(void **state)
{
	struct crossed crossed = {.other = NULL};
	struct outcome reads[32] = {{.calls = 0}};
	size_t count = 0;

	cross_failures(&crossed);
	while (crossed.two.calls == 0 && count < SPDK_COUNTOF(reads)) {
		assert_int_equal(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_read, 2, 1,
						       note_outcome, &reads[count++]),
				 0);
		(void)spdk_thread_poll(g_app, 1, 0);
		(void)spdk_thread_poll(crossed.other, 1, 0);
	}
	spdk_set_thread(g_app);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(outcome_wait(&reads[i]), SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	assert_int_equal(outcome_wait(&crossed.two), SPDK_BDEV_IO_STATUS_FAILED);
	close_crossed(&crossed);
}

/* The array goes, and cannot before the write has ended that waits for the member to go. */
static void
the_last_lets_go_of_writes_when_it_leaves(void **state)
{
	struct crossed crossed = {.other = NULL};

	cross_failures(&crossed);
	spdk_bdev_unregister(spdk_bdev_get_by_name("M0"), NULL, NULL);
	assert_int_equal(outcome_wait(&crossed.one), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&crossed.two), SPDK_BDEV_IO_STATUS_FAILED);
	close_crossed(&crossed);
	assert_false(is_there("R"));
	assert_false(is_there("M0"));
}

/* A write that is done elsewhere only does not end while somebody may read from the one that has
 * failed it. */
static void
nobody_reads_from_one_that_has_failed(void **state)
{
	struct spdk_thread *other = add_thread("other");
	struct outcome write = {.calls = 0};
	struct spdk_io_channel *ch;

	open_mirror(2);
	spdk_set_thread(other);
	ch = spdk_bdev_get_io_channel(g_disk.desc);
	spdk_set_thread(g_app);
	inject("EE_M0", "write", "failure", 1);
	fill(g_buf, COUNT * BLOCK, 8);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, COUNT,
						note_outcome, &write),
			 0);
	/* The other thread has not heard of it yet. */
	while (spdk_thread_poll(g_app, 0, 0) > 0) {
	}
	spdk_set_thread(g_app);
	assert_int_equal(write.calls, 0);
	assert_int_equal(outcome_wait(&write), SPDK_BDEV_IO_STATUS_SUCCESS);
	log_capture_clear();
	spdk_set_thread(other);
	spdk_put_io_channel(ch);
	spdk_set_thread(g_app);
	settle();
	close_mirror();
}

static void
a_member_that_is_removed_is_waited_for(void **state)
{
	struct outcome write = {.calls = 0}, read = {.calls = 0};

	open_mirror(2);
	inject("EE_M1", "write", "pending", 1);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, COUNT,
						note_outcome, &write),
			 0);
	settle();
	assert_int_equal(write.calls, 0);
	spdk_bdev_unregister(spdk_bdev_get_by_name("M1"), NULL, NULL);
	settle();
	/* The device stays until what it has under way has ended. */
	assert_true(is_there("EE_M1"));
	/* Nothing is read from it meanwhile. */
	inject("EE_M0", "read", "failure", 1);
	expect_status(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_read, 0, COUNT, note_outcome,
					    &read),
		      &read, SPDK_BDEV_IO_STATUS_FAILED);
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M1\"}", NULL);
	assert_int_equal(outcome_wait(&write), SPDK_BDEV_IO_STATUS_SUCCESS);
	settle();
	assert_true(log_captured("goes on without bdev EE_M1, with 1 of 2 members.", NULL));
	log_capture_clear();
	assert_false(is_there("EE_M1"));
	expect_raid("online", 1, 1);
	expect_read();
	close_mirror();
}

static void
members_are_removed_by_name(void **state)
{
	open_mirror(2);
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"EE_M0\"}", "true");
	log_capture_clear();
	expect_raid("online", 1, 1);
	fill(g_buf, COUNT * BLOCK, 4);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_read();
	expect_error("bdev_raid_remove_base_bdev", "{\"name\": \"EE_M0\"}", -ENODEV, "EE_M0");
	close_mirror();
	/* Without the last, there is nothing left. */
	expect("bdev_raid_remove_base_bdev", "{\"name\": \"EE_M1\"}", "true");
	log_capture_clear();
	assert_false(is_there("R"));
	expect("bdev_raid_get_bdevs", "{\"category\": \"all\"}", "[]");
}

static void
a_reset_ends_what_is_stuck(void **state)
{
	struct outcome write = {.calls = 0}, reset = {.calls = 0};

	open_mirror(2);
	inject("EE_M1", "write", "pending", 1);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, COUNT,
						note_outcome, &write),
			 0);
	expect_status(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, &reset), &reset,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(write.calls, 1);
	assert_int_not_equal(write.status, SPDK_BDEV_IO_STATUS_SUCCESS);
	settle();
	log_capture_clear();
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_read();
	close_mirror();
}

static void
a_mirror_begins_with_empty_slots(void **state)
{
	uint8_t *buf = new_buf(BLOCK);
	struct disk disk;

	make_member("M0", MEMBER_BLOCKS);
	expect("bdev_raid_create",
	       "{\"name\": \"R\", \"raid_level\": \"1\", \"base_bdevs\": [\"\", \"M0\"]}", "true");
	expect_raid("online", 1, 1);
	disk_open(&disk, "R");
	do_write(&disk, buf, 0, 1);
	do_read(&disk, buf, 0, 1);
	disk_close(&disk);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RAID_TEST(a_read_that_fails_is_done_by_another),
		RAID_TEST(reads_go_where_fewest_are_under_way),
		RAID_TEST(one_that_fails_to_write_is_given_up),
		RAID_TEST(any_type_that_writes_counts),
		RAID_TEST(the_last_is_never_given_up),
		RAID_TEST(a_write_that_all_fail_fails),
		RAID_TEST(crossed_failures_leave_one_whole_member),
		RAID_TEST(crossed_failures_of_threads_leave_one_whole_member),
		RAID_TEST(reads_wait_until_it_is_known_who_stays),
		RAID_TEST(the_last_lets_go_of_writes_when_it_leaves),
		RAID_TEST(nobody_reads_from_one_that_has_failed),
		RAID_TEST(a_member_that_is_removed_is_waited_for),
		RAID_TEST(members_are_removed_by_name),
		RAID_TEST(a_reset_ends_what_is_stuck),
		RAID_TEST(a_mirror_begins_with_empty_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
