/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os go on although iobuf has no buffer for them: whoever has those, and however high the stack
 * of devices is whose levels all need one.
 */
#include "base/failing_malloc.h"
#include "base/log_capture.h"
#include "upper_fixture.h"

#define BLOCK  UPPER_BLOCK
#define BLOCKS UPPER_BLOCKS
/* Large ones, of which there are the fewest. */
#define BUFFERS 8
#define COUNT   64
#define SIZE    ((size_t)COUNT * BLOCK)
/* With a frame of 150 bytes for each they would need more than a stack has. */
#define MANY 60000

static uint8_t g_data[SIZE + 4096] __attribute__((aligned(4096)));

/* ---- Somebody else has all buffers ---- */

static struct spdk_iobuf_channel g_other;
static void *g_bufs[BUFFERS];

static void
take_all(void)
{
	int i;

	assert_int_equal(spdk_iobuf_register_module("other"), 0);
	assert_int_equal(spdk_iobuf_channel_init(&g_other, "other", 0, 0), 0);
	for (i = 0; i < BUFFERS; i++) {
		g_bufs[i] = spdk_iobuf_get(&g_other, SIZE, NULL, NULL);
		assert_non_null(g_bufs[i]);
	}
}

static void
give_back_all(void)
{
	int i;

	for (i = 0; i < BUFFERS; i++) {
		spdk_iobuf_put(&g_other, g_bufs[i], SIZE);
	}
	spdk_iobuf_channel_fini(&g_other);
	assert_int_equal(spdk_iobuf_unregister_module("other"), 0);
}

/* The least that there may be, and none of them kept. */
static int
setup(void **state)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.large_pool_count = BUFFERS;
	if (spdk_iobuf_set_opts(&opts) != 0 || bdev_setup(state) != 0) {
		return -EIO;
	}
	g_bdev_manager.opts.iobuf_small_cache_size = 0;
	g_bdev_manager.opts.iobuf_large_cache_size = 0;
	return 0;
}

static struct spdk_bdev_opts g_opts;

/* And as few I/Os. */
static int
setup_few(void **state)
{
	struct spdk_bdev_opts opts;

	spdk_bdev_get_opts(&g_opts, sizeof(g_opts));
	opts = g_opts;
	opts.bdev_io_pool_size = opts.bdev_io_cache_size = 1;
	return spdk_bdev_set_opts(&opts) == 0 ? setup(state) : -EIO;
}

static int
teardown_few(void **state)
{
	int rc = bdev_teardown(state);

	return spdk_bdev_set_opts(&g_opts) == 0 ? rc : -EIO;
}

#define RESERVE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, bdev_teardown)

static void
submit_unaligned(struct opened *opened, struct outcome *outcome)
{
	assert_int_equal(spdk_bdev_write_blocks(opened->desc, opened->ch, g_data + 8, 0, COUNT,
						note_outcome, outcome),
			 0);
}

/* ---- The tests ---- */

static void
io_goes_on_although_somebody_keeps_all_buffers(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcomes[20] = {{0}};
	struct opened opened;
	int i;

	fake->bdev.required_alignment = 12;
	fake->holds = true;
	fake_register(fake);
	opened = fake_open(fake);
	take_all();
	for (i = 0; i < 20; i++) {
		fill_pattern(g_data + 8, SIZE, (uint32_t)i);
		submit_unaligned(&opened, &outcomes[i]);
	}
	fill_pattern(g_data + 8, SIZE, 77);
	/* One at a time, in their order. */
	for (i = 0; i < 20; i++) {
		assert_int_equal(fake->submitted, i + 1);
		fake_release(fake);
		settle_bdev();
		assert_int_equal(outcomes[i].calls, 1);
		assert_true(outcomes[i].success);
	}
	assert_memory_equal(fake->data, g_data + 8, SIZE);
	give_back_all();
	fake_close(&opened);
	fake_delete(fake);
}

static void
what_waits_has_whichever_buffer_is_free_first(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcomes[3] = {{0}};
	struct opened opened;

	fake->bdev.required_alignment = 12;
	fake->holds = true;
	fake_register(fake);
	opened = fake_open(fake);
	take_all();
	submit_unaligned(&opened, &outcomes[0]);
	submit_unaligned(&opened, &outcomes[1]);
	submit_unaligned(&opened, &outcomes[2]);
	assert_int_equal(fake->submitted, 1);
	spdk_iobuf_put(&g_other, g_bufs[0], SIZE);
	assert_int_equal(fake->submitted, 2);
	fake_release(fake);
	assert_int_equal(fake->submitted, 3);
	fake_release_all(fake);
	settle_bdev();
	assert_int_equal(outcomes[0].calls + outcomes[1].calls + outcomes[2].calls, 3);
	g_bufs[0] = spdk_iobuf_get(&g_other, SIZE, NULL, NULL);
	assert_non_null(g_bufs[0]);
	give_back_all();
	fake_close(&opened);
	fake_delete(fake);
}

static void
devices_on_one_another_do_not_wait_for_each_others_buffers(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcomes[3 * BUFFERS] = {{0}};
	struct upper *first, *second;
	struct opened opened;
	int i;

	fake_register(fake);
	first = upper_new("fake0", 1);
	second = upper_new("upper1", 2);
	opened = open_name("upper2");
	assert_non_null(opened.ch);
	for (i = 0; i < 3 * BUFFERS; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, NULL, 0, COUNT,
						       note_outcome, &outcomes[i]),
				 0);
	}
	settle_bdev();
	for (i = 0; i < 3 * BUFFERS; i++) {
		assert_int_equal(outcomes[i].calls, 1);
		assert_true(outcomes[i].success);
	}
	close_opened(&opened);
	upper_delete(second);
	upper_delete(first);
	fake_delete(fake);
}

/* With no buffer but those of the reserve, and hardly more I/Os than one needs. */
static void
stack_may_be_as_high_as_there_are_ranks(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct upper *uppers[BDEV_HEIGHTS];
	struct outcome outcome = {0};
	struct opened opened, too_high;
	char name[32] = "fake0";
	int i;

	fake_register(fake);
	for (i = 0; i < BDEV_HEIGHTS; i++) {
		uppers[i] = upper_new(name, i);
		(void)snprintf(name, sizeof(name), "upper%d", i);
	}
	too_high = open_name(name);
	assert_null(too_high.ch);
	assert_true(log_captured("lies on 42 others", NULL));
	log_capture_clear();
	close_opened(&too_high);

	opened = open_name(uppers[BDEV_HEIGHTS - 2]->bdev.name);
	assert_non_null(opened.ch);
	take_all();
	fill_pattern(fake->data, SIZE, 5);
	assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_data, 0, COUNT,
					       note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	assert_memory_equal(g_data, fake->data, SIZE);
	give_back_all();
	close_opened(&opened);
	for (i = BDEV_HEIGHTS - 1; i >= 0; i--) {
		upper_delete(uppers[i]);
	}
	fake_delete(fake);
}

/* Each of them has one and waits for its lock; then each needs another. */
static void
ios_that_all_need_a_part_have_one_left(void **state)
{
	static uint8_t zeroes[BLOCK];
	struct iovec compare = {zeroes, BLOCK}, with = {zeroes, BLOCK};
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcomes[64] = {{0}};
	struct opened opened;
	int i, count, rc = 0;

	fake->bdev.acwu = 1;
	fake_register(fake);
	opened = fake_open(fake);
	for (count = 0; count < 64; count++) {
		rc = spdk_bdev_comparev_and_writev_blocks(opened.desc, opened.ch, &compare, 1,
							  &with, 1, (uint64_t)count, 1,
							  note_outcome, &outcomes[count]);
		if (rc != 0) {
			break;
		}
	}
	assert_int_equal(rc, -ENOMEM);
	assert_in_range(count, 20, 40);
	settle_bdev();
	for (i = 0; i < count; i++) {
		assert_int_equal(outcomes[i].calls, 1);
		assert_true(outcomes[i].success);
	}
	fake_close(&opened);
	fake_delete(fake);
}

static void
many_that_wait_do_not_need_a_stack_for_each(void **state)
{
	static struct outcome outcomes[MANY];
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	int i;

	memset(outcomes, 0, sizeof(outcomes));
	fake->bdev.required_alignment = 12;
	fake->holds = true;
	fake_register(fake);
	opened = fake_open(fake);
	take_all();
	for (i = 0; i < MANY; i++) {
		/* The fewest blocks that do not fit into a small buffer. */
		assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_data + 8, 0, 17,
							note_outcome, &outcomes[i]),
				 0);
	}
	fake->holds = false;
	fake_release(fake);
	settle_bdev();
	for (i = 0; i < MANY; i++) {
		assert_int_equal(outcomes[i].calls, 1);
	}
	give_back_all();
	fake_close(&opened);
	fake_delete(fake);
}

static void
zero_copy_does_not_wait_for_a_buffer_nor_keep_the_last_one(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcomes[2 * BUFFERS] = {{0}}, unaligned = {0};
	struct opened opened;
	int i;

	fake->bdev.required_alignment = 12;
	fake_register(fake);
	opened = fake_open(fake);
	for (i = 0; i < 2 * BUFFERS; i++) {
		outcomes[i].keeps = true;
		assert_int_equal(spdk_bdev_zcopy_start(opened.desc, opened.ch, NULL, 0, 64, COUNT,
						       true, note_outcome, &outcomes[i]),
				 0);
	}
	settle_bdev();
	for (i = 0; i < 2 * BUFFERS; i++) {
		assert_int_equal(outcomes[i].calls, 1);
		assert_true(outcomes[i].success);
	}
	submit_unaligned(&opened, &unaligned);
	settle_bdev();
	assert_int_equal(unaligned.calls, 1);
	assert_true(unaligned.success);
	for (i = 0; i < 2 * BUFFERS; i++) {
		outcomes[i].keeps = false;
		assert_int_equal(
			spdk_bdev_zcopy_end(outcomes[i].io, true, note_outcome, &outcomes[i]), 0);
	}
	settle_bdev();
	for (i = 0; i < 2 * BUFFERS; i++) {
		assert_int_equal(outcomes[i].calls, 2);
		assert_true(outcomes[i].success);
	}
	fake_close(&opened);
	fake_delete(fake);
}

/* Its lock waits for those that have a zero copy of the blocks, and they for the lock. */
static void
compare_and_write_passes_zero_copies_that_have_all_buffers(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcomes[BUFFERS + 1] = {{0}}, fused = {0};
	struct iovec compare = {g_data, 32 * BLOCK}, with = {g_data + 32 * BLOCK, 32 * BLOCK};
	struct opened opened;
	int i;

	fake->bdev.acwu = 32;
	fake_register(fake);
	opened = fake_open(fake);
	memset(g_data, 0, sizeof(g_data));
	for (i = 0; i <= BUFFERS; i++) {
		outcomes[i].keeps = true;
		assert_int_equal(spdk_bdev_zcopy_start(opened.desc, opened.ch, NULL, 0, 0, 32,
						       false, note_outcome, &outcomes[i]),
				 0);
	}
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened.desc, opened.ch, &compare, 1,
							      &with, 1, 0, 32, note_outcome,
							      &fused),
			 0);
	settle_bdev();
	assert_int_equal(fused.calls, 1);
	assert_true(fused.success);
	for (i = 0; i <= BUFFERS; i++) {
		outcomes[i].keeps = false;
		assert_int_equal(
			spdk_bdev_zcopy_end(outcomes[i].io, false, note_outcome, &outcomes[i]), 0);
	}
	settle_bdev();
	assert_int_equal(outcomes[BUFFERS].calls, 2);
	fake_close(&opened);
	fake_delete(fake);
}

#ifndef HAS_OWN_ALLOCATOR
static void
io_fails_where_there_is_no_memory_for_the_reserve(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};
	long allowed;

	fake->bdev.required_alignment = 12;
	fake_register(fake);
	for (allowed = 0; !outcome.success; allowed++) {
		opened = fake_open(fake);
		outcome = (struct outcome){0};
		t_allocations_left = allowed;
		submit_unaligned(&opened, &outcome);
		t_allocations_left = -1;
		settle_bdev();
		assert_int_equal(outcome.calls, 1);
		assert_int_equal(outcome.status, outcome.success ? SPDK_BDEV_IO_STATUS_SUCCESS :
								   SPDK_BDEV_IO_STATUS_FAILED);
		fake_close(&opened);
		assert_in_range(allowed, 0, 100);
	}
	assert_true(allowed > 2);
	log_capture_clear();
	fake_delete(fake);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RESERVE_TEST(io_goes_on_although_somebody_keeps_all_buffers),
		RESERVE_TEST(what_waits_has_whichever_buffer_is_free_first),
		RESERVE_TEST(devices_on_one_another_do_not_wait_for_each_others_buffers),
		cmocka_unit_test_setup_teardown(stack_may_be_as_high_as_there_are_ranks, setup_few,
						teardown_few),
		cmocka_unit_test_setup_teardown(ios_that_all_need_a_part_have_one_left, setup_few,
						teardown_few),
		RESERVE_TEST(many_that_wait_do_not_need_a_stack_for_each),
		RESERVE_TEST(zero_copy_does_not_wait_for_a_buffer_nor_keep_the_last_one),
		RESERVE_TEST(compare_and_write_passes_zero_copies_that_have_all_buffers),
#ifndef HAS_OWN_ALLOCATOR
		RESERVE_TEST(io_fails_where_there_is_no_memory_for_the_reserve),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
