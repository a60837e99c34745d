/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever limits a device has and however the caller's data lies, what is written is read, the
 * device is never asked for more than it can do (the fixture checks), and an error ends it all with
 * its status.
 */
#include "bdev_fixture.h"

#define BLOCK     512
#define BLOCKS    1024
#define ROUNDS    300
#define VECTORS   96
#define DATA_SIZE (512 * BLOCK)

static uint8_t g_data[2][DATA_SIZE + 8192] __attribute__((aligned(4096)));
static uint8_t g_model[BLOCKS * BLOCK];
static uint64_t g_random;

static uint32_t
random_below(uint32_t limit)
{
	g_random = g_random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(g_random >> 33) % limit;
}

static bool
one_in(uint32_t n)
{
	return random_below(n) == 0;
}

static void
choose_limits(struct spdk_bdev *bdev)
{
	bdev->max_rw_size = one_in(2) ? 1 + random_below(64) : 0;
	if (one_in(2)) {
		bdev->max_num_segments = 1 + random_below(8);
		bdev->max_segment_size = BLOCK * (1 + random_below(8));
	}
	if (one_in(2)) {
		bdev->optimal_io_boundary = 1 + random_below(32);
		bdev->split_on_optimal_io_boundary = true;
	}
	bdev->required_alignment = one_in(2) ? random_below(10) : 0;
}

/* Vectors of odd sizes and places over `size` bytes of g_data[which]. */
static int
choose_vectors(struct iovec *iovs, uint32_t which, size_t size)
{
	uint8_t *place = g_data[which] + (one_in(2) ? random_below(16) : 0);
	size_t part;
	int count = 0;

	while (size > 0) {
		part = 1 + random_below(one_in(4) ? 40 : 16384);
		part = count == VECTORS - 1 ? size : spdk_min(size, part);
		iovs[count++] = (struct iovec){place, part};
		place += part;
		size -= part;
	}
	return count;
}

static void
gather(uint8_t *to, const struct iovec *iovs, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		memcpy(to, iovs[i].iov_base, iovs[i].iov_len);
		to += iovs[i].iov_len;
	}
}

static void
write_and_read(struct opened *opened)
{
	static uint8_t seen[DATA_SIZE];
	struct iovec iovs[2][VECTORS];
	struct outcome outcome = {0};
	uint64_t count = 1 + random_below(DATA_SIZE / BLOCK);
	uint64_t first = random_below((uint32_t)(BLOCKS - count + 1));
	int iovcnt;

	iovcnt = choose_vectors(iovs[0], 0, count * BLOCK);
	fill_pattern(g_data[0], sizeof(g_data[0]), random_below(1000));
	gather(g_model + first * BLOCK, iovs[0], iovcnt);
	assert_int_equal(spdk_bdev_writev_blocks(opened->desc, opened->ch, iovs[0], iovcnt, first,
						 count, note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);

	count = 1 + random_below(DATA_SIZE / BLOCK);
	first = random_below((uint32_t)(BLOCKS - count + 1));
	iovcnt = choose_vectors(iovs[1], 1, count * BLOCK);
	assert_int_equal(spdk_bdev_readv_blocks(opened->desc, opened->ch, iovs[1], iovcnt, first,
						count, note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 2);
	assert_true(outcome.success);
	gather(seen, iovs[1], iovcnt);
	assert_memory_equal(seen, g_model + first * BLOCK, count * BLOCK);
}

static void
data_survives_every_way_of_splitting(void **state)
{
	struct fake_bdev *fake;
	struct opened opened;
	uint32_t seed, i;

	for (seed = 1; seed <= ROUNDS; seed++) {
		g_random = seed;
		memset(g_model, 0, sizeof(g_model));
		fake = fake_new("fake0", BLOCKS);
		choose_limits(&fake->bdev);
		fake_register(fake);
		opened = fake_open(fake);
		for (i = 0; i < 4; i++) {
			write_and_read(&opened);
		}
		assert_memory_equal(fake->data, g_model, sizeof(g_model));
		fake_close(&opened);
		fake_delete(fake);
	}
}

/* ---- Children ---- */

static struct fake_bdev *
new_small_steps(void)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);

	fake->bdev.max_rw_size = 4;
	fake->bdev.max_unmap = 8;
	fake->bdev.max_unmap_segments = 2;
	fake_register(fake);
	return fake;
}

static void
some_children_at_a_time_and_one_callback(void **state)
{
	struct fake_bdev *fake = new_small_steps();
	struct opened opened = fake_open(fake);
	struct outcome outcome = {0};

	fake->holds = true;
	assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_data[0], 0, 64,
						note_outcome, &outcome),
			 0);
	assert_in_range(fake->submitted, 1, 15);
	while (!TAILQ_EMPTY(&fake->held)) {
		assert_int_equal(outcome.calls, 0);
		fake_release(fake);
	}
	assert_int_equal(fake->submitted, 16);
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	fake_close(&opened);
	fake_delete(fake);
}

static void
the_first_error_ends_it(void **state)
{
	struct fake_bdev *fake = new_small_steps();
	struct opened opened = fake_open(fake);
	struct outcome outcome = {0};
	uint32_t submitted;

	fake->holds = true;
	assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_data[0], 0, 64,
						note_outcome, &outcome),
			 0);
	submitted = fake->submitted;
	fake->status = SPDK_BDEV_IO_STATUS_MISCOMPARE;
	fake_release(fake);
	fake->status = SPDK_BDEV_IO_STATUS_SUCCESS;
	fake_release_all(fake);
	assert_int_equal(fake->submitted, submitted);
	assert_int_equal(outcome.calls, 1);
	assert_false(outcome.success);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	fake_close(&opened);
	fake_delete(fake);
}

static void
an_unmap_is_split_by_what_one_command_takes(void **state)
{
	struct fake_bdev *fake = new_small_steps();
	struct opened opened = fake_open(fake);
	struct outcome outcome = {0};

	memset(fake->data, 0xAA, BLOCKS * BLOCK);
	assert_int_equal(
		spdk_bdev_unmap_blocks(opened.desc, opened.ch, 8, 33, note_outcome, &outcome), 0);
	settle_bdev();
	assert_int_equal(fake->submitted, 3);
	assert_true(outcome.success);
	assert_int_equal(fake->data[8 * BLOCK - 1], 0xAA);
	assert_int_equal(fake->data[8 * BLOCK], 0);
	assert_int_equal(fake->data[41 * BLOCK - 1], 0);
	assert_int_equal(fake->data[41 * BLOCK], 0xAA);
	fake_close(&opened);
	fake_delete(fake);
}

static void
children_that_find_no_io_wait_for_one(void **state)
{
	struct fake_bdev *fake = new_small_steps();
	struct opened opened = fake_open(fake);
	struct outcome others = {0}, outcome = {0};

	fake->holds = true;
	/* Or else there would be one left for a child. */
	bdev_channel_of(opened.ch)->rank = 0;
	while (g_bdev_thread != NULL) {
		struct bdev_thread *thread = bdev_channel_of(opened.ch)->thread;

		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_data[1], 0, 1,
						       note_outcome, &others),
				 0);
		if (thread->free_count == 1 &&
		    thread->owned >= g_bdev_manager.opts.bdev_io_pool_size) {
			break;
		}
	}
	/* The last one is the parent. */
	assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_data[0], 0, 64,
						note_outcome, &outcome),
			 0);
	fake_release_all(fake);
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	fake_close(&opened);
	fake_delete(fake);
}

/* More of them than one buffer holds. */
static void
vectors_that_are_cut_where_none_may_begin_fit_into_buffers(void **state)
{
	struct fake_bdev *fake = fake_new("fake0", BLOCKS);
	struct outcome outcome = {0};
	struct opened opened;

	fake->bdev.required_alignment = 12;
	fake->bdev.max_segment_size = 4096 + BLOCK;
	fake_register(fake);
	opened = fake_open(fake);
	fill_pattern(g_data[0], DATA_SIZE, 3);
	assert_int_equal(spdk_bdev_write_blocks(opened.desc, opened.ch, g_data[0], 0, 512,
						note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	assert_memory_equal(fake->data, g_data[0], DATA_SIZE);
	fake_close(&opened);
	fake_delete(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(data_survives_every_way_of_splitting),
		BDEV_TEST(some_children_at_a_time_and_one_callback),
		BDEV_TEST(the_first_error_ends_it),
		BDEV_TEST(an_unmap_is_split_by_what_one_command_takes),
		BDEV_TEST(children_that_find_no_io_wait_for_one),
		BDEV_TEST(vectors_that_are_cut_where_none_may_begin_fit_into_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
