/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is read, written, given back and made zeroes is so in the file.
 */
#include "modules/bdev/file/file_fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "spindle/thread.h"

static void
what_is_written_is_in_the_file(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	make_file("a", 8 * MIB);
	create_disk("a", "");
	opened = open_disk(true);
	fill_pattern(g_buf, MIB, 1);
	assert_int_equal(spdk_bdev_write(opened.desc, opened.ch, g_buf, 7 * MIB, MIB, note_outcome,
					 &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_pattern(7 * MIB, MIB, 1);
	assert_raw_zeroes(0, 7 * MIB);
	assert_int_equal(spdk_bdev_read(opened.desc, opened.ch, g_other, 7 * MIB, MIB, note_outcome,
					&outcome),
			 0);
	wait_for(&outcome, 2);
	assert_true(outcome.success);
	assert_memory_equal(g_other, g_buf, MIB);
	fake_close(&opened);
	delete_disk();
}

static void
vectors_of_any_length_and_place_are_moved(void **state)
{
	struct iovec iovs[7];
	struct outcome outcome = {0};
	size_t lengths[7] = {1, 4095, 13, 8000, 4096, 3, 8368}, done = 0;
	struct opened opened;
	int i;

	make_file("a", MIB);
	create_disk("a", "");
	opened = open_disk(true);
	fill_pattern(g_buf, MIB, 2);
	for (i = 0; i < 7; i++) {
		iovs[i] = (struct iovec){g_buf + done, lengths[i]};
		done += lengths[i];
	}
	assert_int_equal(done, 6 * FILE_BLOCK);
	assert_int_equal(spdk_bdev_writev(opened.desc, opened.ch, iovs, 7, FILE_BLOCK, done,
					  note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_pattern(FILE_BLOCK, done, 2);
	for (i = 0; i < 7; i++) {
		iovs[i].iov_base = g_other + ((uint8_t *)iovs[i].iov_base - g_buf) + 1;
	}
	assert_int_equal(spdk_bdev_readv(opened.desc, opened.ch, iovs, 7, FILE_BLOCK, done,
					 note_outcome, &outcome),
			 0);
	wait_for(&outcome, 2);
	assert_true(outcome.success);
	assert_memory_equal(g_other + 1, g_buf, done);
	fake_close(&opened);
	delete_disk();
}

/* The kernel takes 1,024 at a time. */
static void
more_vectors_than_the_kernel_takes_are_moved(void **state)
{
	enum { COUNT = 2100 };
	struct iovec *iovs = calloc(COUNT, sizeof(*iovs));
	struct outcome outcome = {0};
	struct opened opened;
	int i;

	assert_non_null(iovs);
	make_file("a", 4 * MIB);
	create_disk("a", ",\"block_size\":512");
	opened = open_disk(true);
	fill_pattern(g_buf, COUNT * 512, 3);
	for (i = 0; i < COUNT; i++) {
		iovs[i] = (struct iovec){g_buf + (size_t)i * 512, 512};
	}
	assert_int_equal(spdk_bdev_writev_blocks(opened.desc, opened.ch, iovs, COUNT, 100, COUNT,
						 note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_pattern(100 * 512, COUNT * 512, 3);
	fake_close(&opened);
	delete_disk();
	free(iovs);
}

static void
a_read_without_a_buffer_brings_one(void **state)
{
	struct outcome outcome = {.keeps = true};
	struct opened opened;

	make_file("a", MIB);
	fill_pattern(g_buf, 2 * FILE_BLOCK, 4);
	assert_int_equal(pwrite(g_raw, g_buf, 2 * FILE_BLOCK, FILE_BLOCK), 2 * FILE_BLOCK);
	create_disk("a", "");
	opened = open_disk(true);
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, NULL, 1, 2, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_memory_equal(outcome.io->u.bdev.iovs[0].iov_base, g_buf, 2 * FILE_BLOCK);
	spdk_bdev_free_io(outcome.io);
	fake_close(&opened);
	delete_disk();
}

static void
a_flush_goes_to_the_medium(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	make_file("a", MIB);
	create_disk("a", "");
	opened = open_disk(true);
	assert_true(spdk_bdev_has_write_cache(&disk()->bdev));
	assert_int_equal(
		spdk_bdev_flush_blocks(opened.desc, opened.ch, 0, 256, note_outcome, &outcome), 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_int_equal(g_kernel.syncs, 1);
	fake_close(&opened);
	delete_disk();
}

static uint64_t
bytes_on_medium(void)
{
	struct stat info;

	assert_int_equal(fstat(g_raw, &info), 0);
	return (uint64_t)info.st_blocks * 512;
}

static const char *
with_fallocate(void)
{
	return g_subject.module->has_options ? ",\"fallocate\":true" : "";
}

static void
unmapped_blocks_are_given_back(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;
	uint64_t before;

	make_file("a", 2 * MIB);
	memset(g_buf, 0xAB, 2 * MIB);
	assert_int_equal(pwrite(g_raw, g_buf, 2 * MIB, 0), 2 * MIB);
	assert_int_equal(fsync(g_raw), 0);
	before = bytes_on_medium();
	create_disk("a", with_fallocate());
	opened = open_disk(true);
	assert_true(spdk_bdev_io_type_supported(&disk()->bdev, SPDK_BDEV_IO_TYPE_UNMAP));
	assert_int_equal(
		spdk_bdev_unmap(opened.desc, opened.ch, MIB, MIB / 2, note_outcome, &outcome), 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_zeroes(MIB, MIB / 2);
	assert_true(bytes_on_medium() <= before - MIB / 2);
	assert_int_equal(
		spdk_bdev_read(opened.desc, opened.ch, g_other, 0, 2 * MIB, note_outcome, &outcome),
		0);
	wait_for(&outcome, 2);
	memset(g_buf + MIB, 0, MIB / 2);
	assert_memory_equal(g_other, g_buf, 2 * MIB);
	fake_close(&opened);
	delete_disk();
}

static void
write_zeroes(bool is_by_holes)
{
	struct outcome outcome = {0};
	struct opened opened;

	make_file("a", 2 * MIB);
	memset(g_buf, 0xCD, 2 * MIB);
	assert_int_equal(pwrite(g_raw, g_buf, 2 * MIB, 0), 2 * MIB);
	create_disk("a", with_fallocate());
	opened = open_disk(true);
	if (is_by_holes) {
		g_kernel.fault = (struct kernel_fault){
			.is_armed = true, .op = FILE_OP_ZERO, .count = 1, .answer = -EOPNOTSUPP};
	}
	assert_int_equal(spdk_bdev_write_zeroes(opened.desc, opened.ch, FILE_BLOCK, MIB,
						note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_zeroes(FILE_BLOCK, MIB);
	memset(g_buf + FILE_BLOCK, 0, MIB);
	assert_int_equal(pread(g_raw, g_other, 2 * MIB, 0), 2 * MIB);
	assert_memory_equal(g_other, g_buf, 2 * MIB);
	assert_int_equal(g_kernel.ops[FILE_OP_WRITE], 0);
	if (is_by_holes) {
		assert_int_equal(g_kernel.ops[FILE_OP_PUNCH], 1);
	}
	fake_close(&opened);
	delete_disk();
}

/* And keep their room, where the file system can do that. */
static void
zeroes_need_no_data(void **state)
{
	uint64_t before;
	int rc;

	write_zeroes(false);
	before = bytes_on_medium();
	assert_int_equal(pwrite(g_raw, g_buf, 2 * MIB, 0), 2 * MIB);
	rc = fallocate(g_raw, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, FILE_BLOCK, MIB);
	if (rc == 0) {
		assert_true(before >= bytes_on_medium());
	}
}

/* As tmpfs, which cannot make zeroes but holes. */
static void
zeroes_become_holes_where_the_file_has_no_zeroes(void **state)
{
	if (!g_subject.module->engine->has_fallocate) {
		skip(); /* The kernel is asked directly: a_file_in_tmpfs... has it. */
	}
	write_zeroes(true);
}

/* Without fallocate it is as a device that has neither; zeroes are written by the library. */
static void
without_fallocate_there_is_no_unmap(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	if (!g_subject.module->has_options) {
		skip();
	}
	make_file("a", MIB);
	memset(g_buf, 0xEF, MIB);
	assert_int_equal(pwrite(g_raw, g_buf, MIB, 0), MIB);
	create_disk("a", "");
	opened = open_disk(true);
	assert_false(spdk_bdev_io_type_supported(&disk()->bdev, SPDK_BDEV_IO_TYPE_UNMAP));
	assert_int_equal(spdk_bdev_unmap(opened.desc, opened.ch, 0, MIB, note_outcome, &outcome),
			 -ENOTSUP);
	assert_int_equal(
		spdk_bdev_write_zeroes(opened.desc, opened.ch, 0, MIB, note_outcome, &outcome), 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_zeroes(0, MIB);
	fake_close(&opened);
	delete_disk();
}

static void
a_deep_queue_is_carried_out_once_each(void **state)
{
	enum { COUNT = 3000, BLOCKS = 1024 };
	struct outcome outcome = {0};
	struct opened opened;
	uint32_t i;

	make_file("a", BLOCKS * FILE_BLOCK);
	create_disk("a", "");
	opened = open_disk(true);
	fill_pattern(g_buf, BLOCKS * FILE_BLOCK, 5);
	for (i = 0; i < COUNT; i++) {
		uint64_t block = (i * 37) % BLOCKS;

		assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch,
							g_buf + block * FILE_BLOCK, block, 1,
							note_outcome, &outcome),
				 0);
	}
	wait_for(&outcome, COUNT);
	assert_int_equal(g_kernel.requests, COUNT);
	assert_in_range(g_kernel.in_kernel_max, FILE_QUEUE_DEPTH / 2, FILE_QUEUE_DEPTH);
	assert_raw_pattern(0, BLOCKS * FILE_BLOCK, 5);
	fake_close(&opened);
	delete_disk();
}

static void
what_is_submitted_in_a_turn_is_one_call_of_the_kernel(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;
	int i;

	make_file("a", MIB);
	create_disk("a", "");
	opened = open_disk(true);
	for (i = 0; i < 200; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, (uint64_t)i,
						       1, note_outcome, &outcome),
				 0);
	}
	assert_int_equal(g_kernel.calls, 0);
	g_kernel.holds = true;
	assert_true(spdk_thread_poll(g_bdev_thread, 0, 0) > 0);
	assert_int_equal(g_kernel.calls, 1);
	assert_int_equal(spdk_thread_poll(g_bdev_thread, 0, 0), 0);
	spdk_set_thread(g_bdev_thread);
	g_kernel.holds = false;
	wait_for(&outcome, 200);
	assert_int_equal(g_kernel.calls, 1);
	assert_int_equal(g_kernel.last_batch, 200);
	/* One alone waits for no other. */
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	spdk_thread_poll(g_bdev_thread, 0, 0);
	spdk_set_thread(g_bdev_thread);
	assert_int_equal(g_kernel.calls, 2);
	wait_for(&outcome, 201);
	fake_close(&opened);
	delete_disk();
}

static void
do_nothing(void *arg)
{
}

/* The message that would send it cannot be sent itself. */
static void
with_no_message_to_be_had_it_is_sent_at_once(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	make_file("a", MIB);
	create_disk("a", "");
	opened = open_disk(true);
	spindle_thread_set_message_limit(g_bdev_thread, 1);
	while (spdk_thread_send_msg(g_bdev_thread, do_nothing, NULL) == 0) {
	}
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	assert_int_equal(g_kernel.calls, 1);
	spindle_thread_set_message_limit(g_bdev_thread, 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	fake_close(&opened);
	delete_disk();
}

static void
two_devices_share_a_ring(void **state)
{
	struct outcome outcome = {0};
	struct opened first, second;
	uint32_t set_ups;

	make_file("b", MIB);
	make_file("a", MIB);
	create_disk("a", "");
	call_verb("create", "{\"name\":\"second\",\"filename\":\"%s\"}", path_of("b"));
	assert_result("\"second\"");
	set_ups = g_kernel.set_ups;
	first = open_bdev("disk", true);
	second = open_bdev("second", true);
	assert_int_equal(g_kernel.set_ups, set_ups + 1);
	fill_pattern(g_buf, FILE_BLOCK, 6);
	assert_int_equal(
		spdk_bdev_write_blocks(first.desc, first.ch, g_buf, 3, 1, note_outcome, &outcome),
		0);
	assert_int_equal(spdk_bdev_read_blocks(second.desc, second.ch, g_other, 9, 1, note_outcome,
					       &outcome),
			 0);
	wait_for(&outcome, 2);
	assert_int_equal(g_kernel.calls, 1);
	assert_raw_pattern(3 * FILE_BLOCK, FILE_BLOCK, 6);
	fake_close(&first);
	fake_close(&second);
	call_verb("delete", "{\"name\":\"second\"}");
	assert_result("true");
	delete_disk();
}

static bool
is_too_large(void)
{
	struct rlimit limit, before;
	struct outcome outcome = {0};
	struct opened opened;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = MIB;
	(void)signal(SIGXFSZ, SIG_IGN);
	opened = open_disk(true);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(spdk_bdev_write(opened.desc, opened.ch, g_buf, MIB - FILE_BLOCK,
					 2 * FILE_BLOCK, note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	fake_close(&opened);
	return !outcome.success && outcome.status == SPDK_BDEV_IO_STATUS_AIO_ERROR;
}

static void
a_write_that_the_system_forbids_fails(void **state)
{
	make_file("a", 2 * MIB);
	create_disk("a", "");
	assert_true(is_too_large());
	delete_disk();
}

int
file_run_data_tests(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(what_is_written_is_in_the_file),
		FILE_TEST(vectors_of_any_length_and_place_are_moved),
		FILE_TEST(more_vectors_than_the_kernel_takes_are_moved),
		FILE_TEST(a_read_without_a_buffer_brings_one),
		FILE_TEST(a_flush_goes_to_the_medium),
		FILE_TEST(unmapped_blocks_are_given_back),
		FILE_TEST(zeroes_need_no_data),
		FILE_TEST(zeroes_become_holes_where_the_file_has_no_zeroes),
		FILE_TEST(without_fallocate_there_is_no_unmap),
		FILE_TEST(a_deep_queue_is_carried_out_once_each),
		FILE_TEST(what_is_submitted_in_a_turn_is_one_call_of_the_kernel),
		FILE_TEST(with_no_message_to_be_had_it_is_sent_at_once),
		FILE_TEST(two_devices_share_a_ring),
		FILE_TEST(a_write_that_the_system_forbids_fails),
	};

	return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}
