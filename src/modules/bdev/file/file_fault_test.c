/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What becomes of I/Os when the kernel does less than was asked, or nothing, or too late.
 */
#include "modules/bdev/file/file_fixture.h"

static struct opened
open_new_disk(void)
{
	make_file("a", 2 * MIB);
	create_disk("a", "");
	return open_disk(true);
}

static void
close_new_disk(struct opened *opened)
{
	fake_close(opened);
	delete_disk();
}

static void
arm(enum file_op op, uint32_t skipped, uint32_t count, int64_t answer)
{
	g_kernel.fault = (struct kernel_fault){
		.is_armed = true,
		.op = op,
		.skipped = skipped,
		.count = count,
		.answer = answer,
	};
}

/* ---- A part ---- */

/* Of vectors whose ends are nowhere near the parts. */
static void
move_in_parts(enum file_op op, int64_t part)
{
	struct iovec iovs[3] = {{g_buf, 3 * FILE_BLOCK},
				{g_buf + 3 * FILE_BLOCK, FILE_BLOCK},
				{g_buf + 4 * FILE_BLOCK, 4 * FILE_BLOCK}};
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	fill_pattern(g_buf, 8 * FILE_BLOCK, 7);
	arm(op, 0, 100, part);
	if (op == FILE_OP_WRITE) {
		assert_int_equal(spdk_bdev_writev_blocks(opened.desc, opened.ch, iovs, 3, 5, 8,
							 note_outcome, &outcome),
				 0);
	} else {
		assert_int_equal(pwrite(g_raw, g_buf, 8 * FILE_BLOCK, 5 * FILE_BLOCK),
				 8 * FILE_BLOCK);
		memset(g_buf, 0, 8 * FILE_BLOCK);
		assert_int_equal(spdk_bdev_readv_blocks(opened.desc, opened.ch, iovs, 3, 5, 8,
							note_outcome, &outcome),
				 0);
	}
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_true(g_kernel.ops[op] > 1);
	assert_raw_pattern(5 * FILE_BLOCK, 8 * FILE_BLOCK, 7);
	fill_pattern(g_other, 8 * FILE_BLOCK, 7);
	assert_memory_equal(g_buf, g_other, 8 * FILE_BLOCK);
	/* The vectors are the caller's. */
	assert_ptr_equal(iovs[0].iov_base, g_buf);
	assert_int_equal(iovs[0].iov_len, 3 * FILE_BLOCK);
	close_new_disk(&opened);
}

static void
a_short_read_goes_on(void **state)
{
	move_in_parts(FILE_OP_READ, FILE_BLOCK);
}

static void
a_short_read_goes_on_behind_whole_vectors(void **state)
{
	move_in_parts(FILE_OP_READ, 3 * FILE_BLOCK);
}

static void
a_short_write_goes_on(void **state)
{
	move_in_parts(FILE_OP_WRITE, FILE_BLOCK);
}

/* Direct I/O has to begin at a block. */
static void
a_part_of_a_block_is_done_again(void **state)
{
	move_in_parts(FILE_OP_READ, 2 * FILE_BLOCK + 100);
}

static void
nothing_written_over_and_over_is_an_error(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	arm(FILE_OP_WRITE, 0, UINT32_MAX, 0);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_false(outcome.success);
	assert_int_equal(g_kernel.ops[FILE_OP_WRITE], 1);
	close_new_disk(&opened);
}

/* ---- Errors ---- */

static void
fail_with(int rc)
{
	struct outcome outcome = {.keeps = true};
	struct opened opened = open_new_disk();
	int found = 0;

	arm(FILE_OP_WRITE, 0, 1, rc);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_false(outcome.success);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_AIO_ERROR);
	spdk_bdev_io_get_aio_status(outcome.io, &found);
	assert_int_equal(found, rc);
	spdk_bdev_free_io(outcome.io);
	close_new_disk(&opened);
}

static void
errors_of_the_medium_are_told_as_they_are(void **state)
{
	fail_with(-EIO);
}

static void
a_full_file_system_is_told_as_it_is(void **state)
{
	fail_with(-ENOSPC);
}

static void
what_the_kernel_could_not_do_now_is_done_later(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	fill_pattern(g_buf, FILE_BLOCK, 8);
	arm(FILE_OP_WRITE, 0, 3, -EAGAIN);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 9, 1, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_int_equal(g_kernel.ops[FILE_OP_WRITE], 4);
	assert_raw_pattern(9 * FILE_BLOCK, FILE_BLOCK, 8);
	close_new_disk(&opened);
}

/* Also when it was half done: what moves twice is the same twice. */
static void
an_io_that_is_tried_again_begins_at_its_beginning(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	fill_pattern(g_buf, 4 * FILE_BLOCK, 9);
	assert_int_equal(pwrite(g_raw, g_buf, 4 * FILE_BLOCK, 0), 4 * FILE_BLOCK);
	arm(FILE_OP_READ, 0, 1, FILE_BLOCK);
	g_kernel.fault.then = -EAGAIN;
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_other, 0, 4, note_outcome,
					       &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_int_equal(g_kernel.ops[FILE_OP_READ], 3);
	assert_memory_equal(g_other, g_buf, 4 * FILE_BLOCK);
	close_new_disk(&opened);
}

/* ---- Submission ---- */

static void
refuse_submission(int rc)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	g_kernel.refusals = 5;
	g_kernel.refusal = rc;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_other, 0, 1, note_outcome,
					       &outcome),
			 0);
	wait_for(&outcome, 2);
	assert_true(outcome.success);
	assert_int_equal(g_kernel.refusals, 0);
	close_new_disk(&opened);
}

static void
a_kernel_short_of_memory_is_asked_again(void **state)
{
	refuse_submission(-EAGAIN);
}

static void
a_refusal_while_others_are_under_way_waits_for_them(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome first = {0}, second = {0};

	g_kernel.holds = true;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &first),
		0);
	settle_bdev();
	g_kernel.refusals = UINT32_MAX;
	g_kernel.refusal = -EAGAIN;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_other, 0, 1, note_outcome, &second),
		0);
	settle_bdev();
	assert_int_equal(g_kernel.requests, 1);
	g_kernel.refusals = 0;
	g_kernel.holds = false;
	wait_for(&first, 1);
	wait_for(&second, 1);
	assert_true(second.success);
	close_new_disk(&opened);
}

/* ---- Reset ---- */

static void
a_reset_waits_for_what_is_under_way(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome write = {0}, reset = {0};

	g_kernel.holds = true;
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 8, note_outcome, &write),
		0);
	settle_bdev();
	assert_int_equal(spdk_bdev_reset(opened.desc, opened.ch, note_outcome, &reset), 0);
	settle_bdev();
	assert_int_equal(write.calls, 0);
	assert_int_equal(reset.calls, 0);
	g_kernel.holds = false;
	wait_for(&write, 1);
	wait_for(&reset, 1);
	assert_true(write.success);
	assert_true(reset.success);
	close_new_disk(&opened);
}

static void
a_reset_of_a_device_at_rest_succeeds(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome reset = {0};

	assert_int_equal(spdk_bdev_reset(opened.desc, opened.ch, note_outcome, &reset), 0);
	wait_for(&reset, 1);
	assert_true(reset.success);
	close_new_disk(&opened);
}

static void
a_reset_ends_what_the_kernel_does_not_know_yet(void **state)
{
	enum { COUNT = FILE_QUEUE_DEPTH + 100 };
	struct opened opened = open_new_disk();
	struct outcome outcomes[COUNT] = {{0}}, reset = {0};
	int i, aborted = 0;

	g_kernel.holds = true;
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1,
						       note_outcome, &outcomes[i]),
				 0);
	}
	settle_bdev();
	assert_int_equal(spdk_bdev_reset(opened.desc, opened.ch, note_outcome, &reset), 0);
	settle_bdev();
	g_kernel.holds = false;
	wait_for(&reset, 1);
	assert_true(reset.success);
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(outcomes[i].calls, 1);
		aborted += outcomes[i].status == SPDK_BDEV_IO_STATUS_ABORTED;
	}
	assert_int_equal(aborted, 100);
	assert_int_equal(g_kernel.requests, FILE_QUEUE_DEPTH);
	close_new_disk(&opened);
}

/* ---- Abort ---- */

static void
an_io_that_waits_is_aborted(void **state)
{
	struct outcome outcome = {0}, last = {0}, abort = {0};
	struct opened opened;
	int i;

	if (!g_subject.module->engine->has_cancel) {
		skip();
	}
	opened = open_new_disk();
	g_kernel.holds = true;
	for (i = 0; i <= FILE_QUEUE_DEPTH; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1,
						       note_outcome,
						       i < FILE_QUEUE_DEPTH ? &outcome : &last),
				 0);
	}
	assert_int_equal(spdk_bdev_abort(opened.desc, opened.ch, &last, note_outcome, &abort), 0);
	wait_for(&abort, 1);
	wait_for(&last, 1);
	assert_true(abort.success);
	assert_int_equal(last.status, SPDK_BDEV_IO_STATUS_ABORTED);
	g_kernel.holds = false;
	wait_for(&outcome, FILE_QUEUE_DEPTH);
	assert_true(outcome.success);
	close_new_disk(&opened);
}

static void
abort_in_kernel(bool is_found)
{
	struct outcome read = {.keeps = true}, abort = {0};
	struct opened opened;

	if (!g_subject.module->engine->has_cancel) {
		skip();
	}
	opened = open_new_disk();
	g_kernel.holds = true;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &read), 0);
	settle_bdev();
	assert_int_equal(spdk_bdev_abort(opened.desc, opened.ch, &read, note_outcome, &abort), 0);
	settle_bdev();
	g_kernel.holds = false;
	arm(FILE_OP_CANCEL, 0, 1, is_found ? 0 : -ENOENT);
	wait_for(&abort, 1);
	wait_for(&read, 1);
	assert_int_equal(abort.success, is_found);
	assert_true(read.success);
	assert_int_equal(g_kernel.cancels, 1);
	assert_ptr_equal(g_kernel.cancelled, read.io->driver_ctx);
	spdk_bdev_free_io(read.io);
	close_new_disk(&opened);
}

static void
the_kernel_is_asked_to_abort_what_it_has(void **state)
{
	abort_in_kernel(true);
}

static void
what_is_too_far_to_be_aborted_is_not(void **state)
{
	abort_in_kernel(false);
}

static void
an_io_that_the_kernel_has_cancelled_was_aborted(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	arm(FILE_OP_READ, 0, 1, -ECANCELED);
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_ABORTED);
	close_new_disk(&opened);
}

/* ---- A file that is not what it was ---- */

static void
a_truncated_file_fails_reads_and_says_so_once(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {.keeps = true};
	int i, found = 0;

	assert_int_equal(ftruncate(g_raw, MIB + 100), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf,
						       (uint64_t)(256 - i), 4, note_outcome,
						       &outcome),
				 0);
		wait_for(&outcome, i + 1);
		assert_false(outcome.success);
		spdk_bdev_io_get_aio_status(outcome.io, &found);
		assert_int_equal(found, -EIO);
		spdk_bdev_free_io(outcome.io);
		if (i == 0) {
			assert_logged(SPDK_LOG_ERROR, "has 1048676 bytes, it had 2097152: somebody "
						      "has truncated it");
		}
	}
	assert_not_logged();
	/* What is there still is. */
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 256, note_outcome,
					       &outcome),
			 0);
	wait_for(&outcome, 4);
	assert_true(outcome.success);
	spdk_bdev_free_io(outcome.io);
	close_new_disk(&opened);
}

static void
a_removed_file_serves_as_long_as_the_bdev(void **state)
{
	struct opened opened = open_new_disk();
	struct outcome outcome = {0};

	assert_int_equal(unlink(path_of("a")), 0);
	fill_pattern(g_buf, FILE_BLOCK, 10);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 1, 1, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_pattern(FILE_BLOCK, FILE_BLOCK, 10);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_error(-ENOENT, "was removed; the bdev still has it, until it is deleted");
	close_new_disk(&opened);
}

int
file_run_fault_tests(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(a_short_read_goes_on),
		FILE_TEST(a_short_read_goes_on_behind_whole_vectors),
		FILE_TEST(a_short_write_goes_on),
		FILE_TEST(a_part_of_a_block_is_done_again),
		FILE_TEST(nothing_written_over_and_over_is_an_error),
		FILE_TEST(errors_of_the_medium_are_told_as_they_are),
		FILE_TEST(a_full_file_system_is_told_as_it_is),
		FILE_TEST(what_the_kernel_could_not_do_now_is_done_later),
		FILE_TEST(an_io_that_is_tried_again_begins_at_its_beginning),
		FILE_TEST(a_kernel_short_of_memory_is_asked_again),
		FILE_TEST(a_refusal_while_others_are_under_way_waits_for_them),
		FILE_TEST(a_reset_waits_for_what_is_under_way),
		FILE_TEST(a_reset_of_a_device_at_rest_succeeds),
		FILE_TEST(a_reset_ends_what_the_kernel_does_not_know_yet),
		FILE_TEST(an_io_that_waits_is_aborted),
		FILE_TEST(the_kernel_is_asked_to_abort_what_it_has),
		FILE_TEST(what_is_too_far_to_be_aborted_is_not),
		FILE_TEST(an_io_that_the_kernel_has_cancelled_was_aborted),
		FILE_TEST(a_truncated_file_fails_reads_and_says_so_once),
		FILE_TEST(a_removed_file_serves_as_long_as_the_bdev),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
