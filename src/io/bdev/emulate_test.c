/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the library makes of reads and writes for a device that knows no more.
 */
#include "bdev_fixture.h"

#define BLOCK  512
#define BLOCKS 8192

static uint8_t g_data[2][1024 * BLOCK] __attribute__((aligned(4096)));

static void
zeroes_are_written(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};
	uint64_t i;

	fake_register(fake);
	opened = fake_open(fake);
	memset(fake->data, 0xAA, (size_t)BLOCKS * BLOCK);
	assert_int_equal(spdk_bdev_write_zeroes_blocks(opened.desc, opened.ch, 3, BLOCKS - 7,
						       note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	for (i = 0; i < (uint64_t)BLOCKS * BLOCK; i++) {
		bool inside = i >= 3 * BLOCK && i < (uint64_t)(BLOCKS - 4) * BLOCK;

		assert_int_equal(fake->data[i], inside ? 0 : 0xAA);
	}
	fake_close(&opened);
	fake_delete(fake);
}

static void
blocks_are_copied(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};

	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(fake->data, 2000 * BLOCK, 3);
	assert_int_equal(spdk_bdev_copy_blocks(opened.desc, opened.ch, 4000, 10, 1990, note_outcome,
					       &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	assert_memory_equal(fake->data + 4000 * BLOCK, fake->data + 10 * BLOCK, 1990 * BLOCK);
	assert_int_equal(fake->data[5990 * BLOCK], 0);
	assert_int_equal(spdk_bdev_copy_blocks(opened.desc, opened.ch, 0, BLOCKS - 1, 2,
					       note_outcome, &outcome),
			 -EINVAL);
	fake_close(&opened);
	fake_delete(fake);
}

static void
a_comparison_finds_the_last_byte(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};
	struct iovec iovs[2] = {{g_data[0], 777}, {g_data[0] + 777, sizeof(g_data[0]) - 777}};

	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(g_data[0], sizeof(g_data[0]), 4);
	memcpy(fake->data + 5 * BLOCK, g_data[0], sizeof(g_data[0]));
	assert_int_equal(spdk_bdev_comparev_blocks(opened.desc, opened.ch, iovs, 2, 5, 1024,
						   note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	g_data[0][sizeof(g_data[0]) - 1] ^= 1;
	assert_int_equal(spdk_bdev_compare_blocks(opened.desc, opened.ch, g_data[0], 5, 1024,
						  note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 2);
	assert_false(outcome.success);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	fake_close(&opened);
	fake_delete(fake);
}

static void
compare_and_write_writes_only_what_is_equal(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};
	struct iovec compare = {g_data[0], 4 * BLOCK}, with = {g_data[1], 4 * BLOCK};

	fake->bdev.acwu = 8;
	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(g_data[0], 4 * BLOCK, 5);
	fill_pattern(g_data[1], 4 * BLOCK, 6);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened.desc, opened.ch, &compare, 1,
							      &with, 1, 9, 4, note_outcome,
							      &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	assert_int_equal(fake->data[9 * BLOCK], 0);
	memcpy(fake->data + 9 * BLOCK, g_data[0], 4 * BLOCK);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened.desc, opened.ch, &compare, 1,
							      &with, 1, 9, 4, note_outcome,
							      &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 2);
	assert_true(outcome.success);
	assert_memory_equal(fake->data + 9 * BLOCK, g_data[1], 4 * BLOCK);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(opened.desc, opened.ch, &compare, 1,
							      &with, 1, 9, 9, note_outcome,
							      &outcome),
			 -EINVAL);
	fake_close(&opened);
	fake_delete(fake);
}

static void
of_two_that_compare_and_write_the_same_one_wins(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcomes[2] = {{0}};
	struct iovec compare = {g_data[0], BLOCK},
		     with[2] = {{g_data[1], BLOCK}, {g_data[1] + BLOCK, BLOCK}};
	int i;

	fake->bdev.acwu = 1;
	fake_register(fake);
	opened = fake_open(fake);
	memset(g_data[0], 0, BLOCK);
	fill_pattern(g_data[1], 2 * BLOCK, 7);
	fake->holds = true;
	for (i = 0; i < 2; i++) {
		assert_int_equal(spdk_bdev_comparev_and_writev_blocks(
					 opened.desc, opened.ch, &compare, 1, &with[i], 1, 9, 1,
					 note_outcome, &outcomes[i]),
				 0);
	}
	do {
		settle_bdev();
		if (!TAILQ_EMPTY(&fake->held)) {
			fake_release(fake);
		}
	} while (outcomes[0].calls + outcomes[1].calls < 2);
	assert_true(outcomes[0].success);
	assert_int_equal(outcomes[1].status, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	assert_memory_equal(fake->data + 9 * BLOCK, g_data[1], BLOCK);
	fake_close(&opened);
	fake_delete(fake);
}

static void
zero_copy_reads_before_and_writes_after(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {.keeps = true};
	struct iovec *iovs;
	int iovcnt;

	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(fake->data + 2 * BLOCK, 4 * BLOCK, 8);
	assert_int_equal(spdk_bdev_zcopy_start(opened.desc, opened.ch, NULL, 0, 2, 4, true,
					       note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	spdk_bdev_io_get_iovec(outcome.io, &iovs, &iovcnt);
	assert_int_equal(iovs[0].iov_len, 4 * BLOCK);
	assert_memory_equal(iovs[0].iov_base, fake->data + 2 * BLOCK, 4 * BLOCK);
	memset(iovs[0].iov_base, 0x55, BLOCK);
	outcome.keeps = false;
	assert_int_equal(spdk_bdev_zcopy_end(outcome.io, true, note_outcome, &outcome), 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 2);
	assert_int_equal(fake->data[2 * BLOCK], 0x55);
	fake_close(&opened);
	fake_delete(fake);
}

static void
an_error_half_way_is_the_status(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};

	fake_register(fake);
	opened = fake_open(fake);
	fake->holds = true;
	assert_int_equal(spdk_bdev_copy_blocks(opened.desc, opened.ch, 4000, 0, 2000, note_outcome,
					       &outcome),
			 0);
	fake_release(fake);
	fake->status = SPDK_BDEV_IO_STATUS_FAILED;
	fake_release_all(fake);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_FAILED);
	assert_int_equal(fake->submitted, 2);
	fake_close(&opened);
	fake_delete(fake);
}

/* And badly aligned, for a device that would have done it itself. */
static void
comparison_that_is_larger_than_a_buffer_is_made_of_reads(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct opened opened;
	struct outcome outcome = {0};
	uint8_t *data = g_data[0] + 8;

	fake->types |= 1u << SPDK_BDEV_IO_TYPE_COMPARE;
	fake->bdev.required_alignment = 12;
	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(data, 1000 * BLOCK, 4);
	memcpy(fake->data + 5 * BLOCK, data, 1000 * BLOCK);
	assert_int_equal(spdk_bdev_compare_blocks(opened.desc, opened.ch, data, 5, 1000,
						  note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_SUCCESS);
	data[1000 * BLOCK - 1] ^= 1;
	assert_int_equal(spdk_bdev_compare_blocks(opened.desc, opened.ch, data, 5, 1000,
						  note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	fake_close(&opened);
	fake_delete(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(zeroes_are_written),
		BDEV_TEST(blocks_are_copied),
		BDEV_TEST(a_comparison_finds_the_last_byte),
		BDEV_TEST(compare_and_write_writes_only_what_is_equal),
		BDEV_TEST(of_two_that_compare_and_write_the_same_one_wins),
		BDEV_TEST(zero_copy_reads_before_and_writes_after),
		BDEV_TEST(an_error_half_way_is_the_status),
		BDEV_TEST(comparison_that_is_larger_than_a_buffer_is_made_of_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
