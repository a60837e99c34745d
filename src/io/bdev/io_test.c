/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way of an I/O: every one completes once, later, with its data and status; what a module
 * refuses is tried again in order; nobody who waits for a free I/O is forgotten.
 */
#include "bdev_fixture.h"

#define BLOCK 512

static uint8_t g_buf[64 * 1024] __attribute__((aligned(4096)));
static uint8_t g_other[64 * 1024] __attribute__((aligned(4096)));

/* ---- Order and number of callbacks ---- */

static void
a_completion_inside_the_submission_is_told_later(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {0};

	fake_register(fake);
	opened = fake_open(fake);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	assert_int_equal(fake->submitted, 1);
	assert_int_equal(outcome.calls, 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	fake_close(&opened);
	fake_delete(fake);
}

static void
a_completion_by_the_device_is_told_at_once(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {0};

	fake_register(fake);
	fake->holds = true;
	opened = fake_open(fake);
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	settle_bdev();
	assert_int_equal(outcome.calls, 0);
	fake_release(fake);
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	fake_close(&opened);
	fake_delete(fake);
}

struct chain {
	struct opened opened;
	uint32_t left;
	uint32_t depth;
	uint32_t depth_max;
};

static void
submit_next(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct chain *chain = arg;

	assert_true(success);
	spdk_bdev_free_io(io);
	chain->depth++;
	chain->depth_max = spdk_max(chain->depth_max, chain->depth);
	if (chain->left > 0) {
		chain->left--;
		assert_int_equal(spdk_bdev_read_blocks(chain->opened.desc, chain->opened.ch, g_buf,
						       0, 1, submit_next, chain),
				 0);
	}
	chain->depth--;
}

static void
callbacks_that_submit_do_not_nest(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct chain chain = {.left = 10000};

	fake_register(fake);
	chain.opened = fake_open(fake);
	assert_int_equal(spdk_bdev_read_blocks(chain.opened.desc, chain.opened.ch, g_buf, 0, 1,
					       submit_next, &chain),
			 0);
	settle_bdev();
	assert_int_equal(chain.left, 0);
	assert_int_equal(chain.depth_max, 1);
	assert_int_equal(fake->submitted, 10001);
	fake_close(&chain.opened);
	fake_delete(fake);
}

/* ---- Data ---- */

static void
what_was_written_is_read(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {0};
	struct iovec iovs[3] = {{g_other, 100}, {g_other + 100, 924}, {g_other + 1024, 1024}};

	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(g_buf, 4 * BLOCK, 1);
	memset(g_other, 0, 4 * BLOCK);
	assert_int_equal(spdk_bdev_write(opened.desc, opened.ch, g_buf, 7 * BLOCK, 4 * BLOCK,
					 note_outcome, &outcome),
			 0);
	assert_int_equal(spdk_bdev_readv(opened.desc, opened.ch, iovs, 3, 7 * BLOCK, 4 * BLOCK,
					 note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 2);
	assert_memory_equal(g_buf, g_other, 4 * BLOCK);
	fake_close(&opened);
	fake_delete(fake);
}

static void
a_read_without_a_buffer_brings_one(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {.keeps = true};
	struct iovec *iovs;
	int iovcnt;

	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(fake->data, 4 * BLOCK, 9);
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, NULL, 0, 4, note_outcome, &outcome),
		0);
	settle_bdev();
	assert_true(outcome.success);
	spdk_bdev_io_get_iovec(outcome.io, &iovs, &iovcnt);
	assert_int_equal(iovcnt, 1);
	assert_int_equal(iovs[0].iov_len, 4 * BLOCK);
	assert_memory_equal(iovs[0].iov_base, fake->data, 4 * BLOCK);
	spdk_bdev_free_io(outcome.io);
	fake_close(&opened);
	fake_delete(fake);
}

/* ---- Errors ---- */

static void
what_cannot_be_is_refused_before_anything_happens(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct spdk_bdev_desc *reader;
	struct outcome outcome = {0};

	fake_register(fake);
	opened = fake_open(fake);
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 127, 2, note_outcome,
					       &outcome),
			 -EINVAL);
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, UINT64_MAX, 2,
					       note_outcome, &outcome),
			 -EINVAL);
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, 2, UINT64_MAX,
					       note_outcome, &outcome),
			 -EINVAL);
	assert_int_equal(
		spdk_bdev_read(opened.desc, opened.ch, g_buf, 100, 512, note_outcome, &outcome),
		-EINVAL);
	assert_int_equal(
		spdk_bdev_write(opened.desc, opened.ch, g_buf, 512, 100, note_outcome, &outcome),
		-EINVAL);
	assert_int_equal(spdk_bdev_read_blocks_with_md(opened.desc, opened.ch, g_buf, g_other, 0, 1,
						       note_outcome, &outcome),
			 -EINVAL);
	assert_int_equal(
		spdk_bdev_unmap_blocks(opened.desc, opened.ch, 0, 0, note_outcome, &outcome),
		-EINVAL);
	assert_int_equal(spdk_bdev_seek_data(opened.desc, opened.ch, 128, note_outcome, &outcome),
			 -EINVAL);
	assert_int_equal(spdk_bdev_open_ext("fake0", false, NULL, NULL, &reader), -EINVAL);
	log_capture_clear();
	fake_close(&opened);
	fake_delete(fake);
	assert_int_equal(outcome.calls, 0);
}

static void
a_device_that_knows_no_holes_is_full_of_data(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome data = {.keeps = true}, hole = {.keeps = true};

	fake_register(fake);
	opened = fake_open(fake);
	assert_int_equal(spdk_bdev_seek_data(opened.desc, opened.ch, 7, note_outcome, &data), 0);
	assert_int_equal(spdk_bdev_seek_hole(opened.desc, opened.ch, 7, note_outcome, &hole), 0);
	assert_int_equal(data.calls, 0);
	settle_bdev();
	assert_true(data.success);
	assert_true(hole.success);
	assert_int_equal(spdk_bdev_io_get_seek_offset(data.io), 7);
	assert_true(spdk_bdev_io_get_seek_offset(hole.io) == UINT64_MAX);
	spdk_bdev_free_io(data.io);
	spdk_bdev_free_io(hole.io);
	fake_close(&opened);
	fake_delete(fake);
}

static void
a_status_reaches_the_callback(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {0};

	fake_register(fake);
	opened = fake_open(fake);
	fake->status = SPDK_BDEV_IO_STATUS_MISCOMPARE;
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_false(outcome.success);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	fake_close(&opened);
	fake_delete(fake);
}

static void
a_second_completion_and_a_second_free_are_explained(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {.keeps = true};

	fake_register(fake);
	opened = fake_open(fake);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	settle_bdev();
	spdk_bdev_io_complete(outcome.io, SPDK_BDEV_IO_STATUS_FAILED);
	assert_one_error("completes write of bdev fake0 a second time");
	assert_int_equal(outcome.calls, 1);
	spdk_bdev_free_io(outcome.io);
	spdk_bdev_free_io(outcome.io);
	assert_one_error("is free already");
	fake_close(&opened);
	fake_delete(fake);
}

/* ---- No memory ---- */

static void
what_the_module_refuses_is_tried_again_in_order(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcomes[4] = {{0}};
	uint32_t i;

	fake_register(fake);
	opened = fake_open(fake);
	fake->holds = true;
	assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome,
						&outcomes[0]),
			 0);
	fake->refusals = 1;
	for (i = 1; i < 4; i++) {
		fill_pattern(g_buf + i * BLOCK, BLOCK, i);
		assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf + i * BLOCK,
							5, 1, note_outcome, &outcomes[i]),
				 0);
	}
	/* One was refused, and those after it did not overtake it. */
	assert_int_equal(fake->submitted, 2);
	fake_release(fake);
	assert_int_equal(fake->submitted, 5);
	fake_release_all(fake);
	for (i = 0; i < 4; i++) {
		assert_int_equal(outcomes[i].calls, 1);
		assert_true(outcomes[i].success);
	}
	assert_memory_equal(fake->data + 5 * BLOCK, g_buf + 3 * BLOCK, BLOCK);
	fake_close(&opened);
	fake_delete(fake);
}

static void
a_refusal_with_nothing_outstanding_is_tried_again_after_a_while(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {0};

	fake_register(fake);
	opened = fake_open(fake);
	fake->refusals = 3;
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, g_buf, 0, 1, note_outcome, &outcome),
		0);
	while (outcome.calls == 0) {
		settle_bdev();
	}
	assert_true(outcome.success);
	assert_int_equal(fake->submitted, 4);
	fake_close(&opened);
	fake_delete(fake);
}

/* ---- Free I/Os ---- */

struct waiter {
	struct spdk_bdev_io_wait_entry entry;
	struct opened *opened;
	struct outcome *outcome;
	int calls;
};

static void
submit_at_last(void *arg)
{
	struct waiter *waiter = arg;

	waiter->calls++;
	assert_int_equal(spdk_bdev_read_blocks(waiter->opened->desc, waiter->opened->ch, g_buf, 0,
					       1, note_outcome, waiter->outcome),
			 0);
}

/* Takes all the I/Os there are; returns how many. */
static uint32_t
use_up(struct fake_bdev *fake, struct opened *opened, struct outcome *outcome)
{
	uint32_t count = 0;

	fake->holds = true;
	while (spdk_bdev_read_blocks(opened->desc, opened->ch, g_buf, 0, 1, note_outcome,
				     outcome) == 0) {
		count++;
	}
	return count;
}

static void
who_waits_for_an_io_gets_it_when_one_is_free(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct outcome outcome = {0};
	struct waiter waiters[2] = {{.calls = 0}};
	uint32_t count, i;

	fake_register(fake);
	opened = fake_open(fake);
	count = use_up(fake, &opened, &outcome);
	assert_true(count >= g_bdev_manager.opts.bdev_io_pool_size);
	for (i = 0; i < 2; i++) {
		waiters[i] = (struct waiter){
			{.bdev = &fake->bdev, .cb_fn = submit_at_last, .cb_arg = &waiters[i]},
			&opened,
			&outcome};
		assert_int_equal(spdk_bdev_queue_io_wait(&fake->bdev, opened.ch, &waiters[i].entry),
				 0);
	}
	fake_release(fake);
	assert_int_equal(waiters[0].calls, 1);
	assert_int_equal(waiters[1].calls, 0);
	fake_release_all(fake);
	assert_int_equal(waiters[1].calls, 1);
	assert_int_equal(outcome.calls, count + 2);
	fake_close(&opened);
	fake_delete(fake);
}

static void
waiting_while_there_are_ios_is_refused(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", 128);
	struct opened opened;
	struct waiter waiter = {.calls = 0};

	fake_register(fake);
	opened = fake_open(fake);
	waiter.entry =
		(struct spdk_bdev_io_wait_entry){.bdev = &fake->bdev, .cb_fn = submit_at_last};
	assert_int_equal(spdk_bdev_queue_io_wait(&fake->bdev, opened.ch, &waiter.entry), -EINVAL);
	assert_one_error("returned -ENOMEM only");
	fake_close(&opened);
	fake_delete(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(a_completion_inside_the_submission_is_told_later),
		BDEV_TEST(a_completion_by_the_device_is_told_at_once),
		BDEV_TEST(callbacks_that_submit_do_not_nest),
		BDEV_TEST(what_was_written_is_read),
		BDEV_TEST(a_read_without_a_buffer_brings_one),
		BDEV_TEST(what_cannot_be_is_refused_before_anything_happens),
		BDEV_TEST(a_device_that_knows_no_holes_is_full_of_data),
		BDEV_TEST(a_status_reaches_the_callback),
		BDEV_TEST(a_second_completion_and_a_second_free_are_explained),
		BDEV_TEST(what_the_module_refuses_is_tried_again_in_order),
		BDEV_TEST(a_refusal_with_nothing_outstanding_is_tried_again_after_a_while),
		BDEV_TEST(who_waits_for_an_io_gets_it_when_one_is_free),
		BDEV_TEST(waiting_while_there_are_ios_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
