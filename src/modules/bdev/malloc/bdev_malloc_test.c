/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Malloc devices, by their methods: all types of I/O, with metadata of either place or none, and
 * the order in which they are done.
 */
#include "modules/bdev/geometry.h"
#include "modules/bdev/modules_fixture.h"
#include "spdk/nvme_spec.h"
#include "spindle/thread.h"

#define UUID   "2b6601ba-eada-44fb-9a83-a20eb9eb9e90"
#define BLOCKS 64

static void
a_device_is_what_its_parameters_say(void **state)
{
	struct disk disk;

	expect("bdev_malloc_create",
	       "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 100, \"uuid\": \"" UUID
	       "\", \"optimal_io_boundary\": 16, \"md_size\": 16, \"md_interleave\": true, "
	       "\"dif_type\": 2, \"dif_pi_format\": 1, \"physical_block_size\": 16384, "
	       "\"numa_id\": 0}",
	       "\"M\"");
	disk_open(&disk, UUID);
	assert_string_equal(spdk_bdev_get_product_name(disk.bdev), "Malloc disk");
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 100);
	assert_int_equal(spdk_bdev_get_block_size(disk.bdev), 4112);
	assert_int_equal(spdk_bdev_get_physical_block_size(disk.bdev), 16384);
	assert_int_equal(spdk_bdev_get_optimal_io_boundary(disk.bdev), 16);
	assert_true(disk.bdev->split_on_optimal_io_boundary);
	assert_true(spdk_bdev_is_md_interleaved(disk.bdev));
	assert_int_equal(spdk_bdev_get_dif_type(disk.bdev), SPDK_DIF_TYPE2);
	assert_int_equal(spdk_bdev_get_dif_pi_format(disk.bdev), SPDK_DIF_PI_FORMAT_32);
	assert_int_equal(spdk_bdev_get_numa_id(disk.bdev), 0);
	disk_close(&disk);
	expect_specific("M", "{}");
	check_round_trip("[{\"method\":\"bdev_malloc_create\",\"params\":{\"name\":\"M\","
			 "\"num_blocks\":100,\"block_size\":4096,\"physical_block_size\":16384,"
			 "\"uuid\":\"" UUID "\",\"optimal_io_boundary\":16,\"md_size\":16,"
			 "\"md_interleave\":true,\"dif_type\":2,\"dif_is_head_of_md\":false,"
			 "\"dif_pi_format\":1,\"numa_id\":0}}]");
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	expect_error("bdev_malloc_delete", "{\"name\": \"M\"}", -ENODEV, "'M'");
}

static void
a_name_is_found_where_none_is_given(void **state)
{
	struct disk disk;
	char *saved;

	/* The numbers go on, in one process. */
	expect("bdev_malloc_create",
	       "{\"name\": \"Malloc1\", \"block_size\": 1536, \"num_blocks\": 1}", "\"Malloc1\"");
	expect("bdev_malloc_create", "{\"block_size\": 512, \"num_blocks\": 1}", "\"Malloc0\"");
	expect("bdev_malloc_create", "{\"block_size\": 512, \"num_blocks\": 1}", "\"Malloc2\"");
	disk_open(&disk, "Malloc2");
	assert_int_equal(spdk_bdev_get_numa_id(disk.bdev), SPDK_ENV_NUMA_ID_ANY);
	disk_close(&disk);
	saved = save_config();
	assert_non_null(strstr(saved, "\"numa_id\":-1"));
	/* A block of no power of 2 can be saved, too. */
	check_round_trip(saved);
	free(saved);
}

static void
what_cannot_be_made_is_explained(void **state)
{
	expect_error("bdev_malloc_create",
		     "{\"name\": \"M\", \"block_size\": 520, \"num_blocks\": 1}", -EINVAL,
		     "block_size 520");
	expect_error("bdev_malloc_create",
		     "{\"name\": \"\", \"block_size\": 512, \"num_blocks\": 1}", -EINVAL,
		     "name is empty");
	expect_error("bdev_malloc_create",
		     "{\"block_size\": 512, \"num_blocks\": 1, \"numa_id\": 99}", -EINVAL,
		     "no NUMA node 99");
	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"M\"");
	expect_error("bdev_malloc_create",
		     "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 1}", -EEXIST,
		     "exists");
	assert_true(log_captured("Bdev M cannot be registered", NULL));
	log_capture_clear();
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"N\"");
	expect_error("bdev_malloc_delete", "{\"name\": \"N\"}", -ENODEV, "module malloc has no");
}

static void
more_than_there_is_memory_is_refused(void **state)
{
	/* 4 EiB */
	expect_error("bdev_malloc_create",
		     "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 9007199254740992}",
		     -ENOMEM, "memory");
	log_capture_clear();
}

/* ---- I/O without metadata ---- */

static void
create(const char *more)
{
	char params[256];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": %d%s}", BLOCKS,
		       more);
	expect("bdev_malloc_create", params, "\"M\"");
}

static void
what_is_written_can_be_read(void **state)
{
	uint8_t *written = new_buf(8192), *read = new_buf(8192);
	struct outcome outcome = {.calls = 0};
	struct iovec iovs[] = {
		{read, 100}, {read + 100, 1}, {read + 101, 4096}, {read + 4197, 3995}};
	struct disk disk;

	create("");
	disk_open(&disk, "M");
	/* New memory is zeros. */
	memset(read, 1, 8192);
	do_read(&disk, read, 0, 16);
	assert_memory_equal(read, written, 8192);
	fill(written, 8192, 1);
	do_write(&disk, written, 48, 16);
	expect_status(
		spdk_bdev_readv_blocks(disk.desc, disk.ch, iovs, 4, 48, 16, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(read, written, 8192);
	/* Vectors that are too short. */
	expect_status(
		spdk_bdev_readv_blocks(disk.desc, disk.ch, iovs, 3, 48, 16, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_FAILED);
	memcpy(iovs[0].iov_base, written + 4096, 4096);
	memcpy((uint8_t *)iovs[0].iov_base + 4096, written, 4096);
	expect_status(
		spdk_bdev_writev_blocks(disk.desc, disk.ch, iovs, 4, 8, 16, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	outcome.keeps = true;
	expect_status(
		spdk_bdev_read_blocks(disk.desc, disk.ch, NULL, 16, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(outcome.io->u.bdev.iovs[0].iov_base, written, 4096);
	spdk_bdev_free_io(outcome.io);
	disk_close(&disk);
	free(read);
	free(written);
}

static void
check_zeros(struct disk *disk, uint64_t offset, uint64_t count)
{
	uint8_t *zeros = new_buf(count * 512), *read = new_buf(count * 512);

	memset(read, 1, count * 512);
	do_read(disk, read, offset, count);
	assert_memory_equal(read, zeros, count * 512);
	free(read);
	free(zeros);
}

static void
blocks_can_be_zeroed_and_copied(void **state)
{
	uint8_t *written = new_buf(BLOCKS * 512), *read = new_buf(BLOCKS * 512);
	struct outcome outcome = {.calls = 0};
	struct disk disk;

	create("");
	disk_open(&disk, "M");
	fill(written, BLOCKS * 512, 2);
	do_write(&disk, written, 0, BLOCKS);
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 2, 3, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(
		spdk_bdev_write_zeroes_blocks(disk.desc, disk.ch, 10, 1, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	check_zeros(&disk, 2, 3);
	check_zeros(&disk, 10, 1);
	memset(written + 2 * 512, 0, 3 * 512);
	memset(written + 10 * 512, 0, 512);
	expect_status(spdk_bdev_copy_blocks(disk.desc, disk.ch, 32, 1, 16, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	memcpy(written + 32 * 512, written + 512, 16 * 512);
	do_read(&disk, read, 0, BLOCKS);
	assert_memory_equal(read, written, BLOCKS * 512);
	expect_status(spdk_bdev_flush_blocks(disk.desc, disk.ch, 0, BLOCKS, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_reset(disk.desc, disk.ch, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(read);
	free(written);
}

static void
blocks_can_be_compared(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(4096), *other = new_buf(4096);
	struct iovec compare = {buf, 512}, write = {other, 512}, half = {buf, 2048};
	struct disk disk;

	create("");
	disk_open(&disk, "M");
	fill(buf, 4096, 3);
	fill(other, 4096, 4);
	do_write(&disk, buf, 8, 8);
	expect_status(
		spdk_bdev_compare_blocks(disk.desc, disk.ch, buf, 8, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	buf[500] ^= 1;
	expect_status(
		spdk_bdev_compare_blocks(disk.desc, disk.ch, buf, 8, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	expect_status(spdk_bdev_comparev_blocks(disk.desc, disk.ch, &half, 1, 8, 8, note_outcome,
						&outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_FAILED);
	expect_status(spdk_bdev_comparev_and_writev_blocks(disk.desc, disk.ch, &compare, 1, &write,
							   1, 8, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	buf[500] ^= 1;
	expect_status(spdk_bdev_comparev_and_writev_blocks(disk.desc, disk.ch, &compare, 1, &write,
							   1, 8, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	do_read(&disk, buf, 8, 1);
	assert_memory_equal(buf, other, 512);
	disk_close(&disk);
	free(other);
	free(buf);
}

static void
zero_copy_is_the_disk_itself(void **state)
{
	struct outcome outcome = {.keeps = true};
	uint8_t *read = new_buf(2048);
	struct iovec *iovs = NULL;
	struct disk disk;
	int count = 0;

	create("");
	disk_open(&disk, "M");
	expect_status(spdk_bdev_zcopy_start(disk.desc, disk.ch, NULL, 0, 4, 4, true, note_outcome,
					    &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	spdk_bdev_io_get_iovec(outcome.io, &iovs, &count);
	assert_int_equal(count, 1);
	assert_int_equal(iovs[0].iov_len, 2048);
	fill(iovs[0].iov_base, 2048, 5);
	/* Nothing is in between. */
	do_read(&disk, read, 4, 4);
	assert_memory_equal(read, iovs[0].iov_base, 2048);
	outcome.keeps = false;
	expect_status(spdk_bdev_zcopy_end(outcome.io, true, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(read);
}

static void
a_large_range_is_zeroed_in_steps(void **state)
{
	struct outcome outcome = {.calls = 0};
	struct disk disk;
	uint8_t *buf = new_buf(4096), *zeros = new_buf(4096);

	/* 8 MiB are more than one step. */
	expect("bdev_malloc_create",
	       "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 2048}", "\"M\"");
	disk_open(&disk, "M");
	assert_int_equal(disk.bdev->max_unmap, 256);
	assert_int_equal(disk.bdev->max_write_zeroes, 256);
	fill(buf, 4096, 6);
	do_write(&disk, buf, 0, 1);
	do_write(&disk, buf, 256, 1);
	do_write(&disk, buf, 2047, 1);
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 0, 2048, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	do_read(&disk, buf, 0, 1);
	assert_memory_equal(buf, zeros, 4096);
	do_read(&disk, buf, 256, 1);
	assert_memory_equal(buf, zeros, 4096);
	do_read(&disk, buf, 2047, 1);
	assert_memory_equal(buf, zeros, 4096);
	disk_close(&disk);
	free(zeros);
	free(buf);
}

static void
what_is_submitted_is_done_in_this_order(void **state)
{
	struct outcome outcomes[4] = {{.calls = 0}};
	uint8_t *first = new_buf(4096), *second = new_buf(4096), *read = new_buf(4096),
		*last = new_buf(4096);
	struct disk disk;

	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 64}",
	       "\"M\"");
	disk_open(&disk, "M");
	fill(first, 4096, 1);
	fill(second, 4096, 2);
	assert_int_equal(
		spdk_bdev_write_blocks(disk.desc, disk.ch, first, 7, 1, note_outcome, &outcomes[0]),
		0);
	assert_int_equal(
		spdk_bdev_read_blocks(disk.desc, disk.ch, read, 7, 1, note_outcome, &outcomes[1]),
		0);
	assert_int_equal(spdk_bdev_write_blocks(disk.desc, disk.ch, second, 7, 1, note_outcome,
						&outcomes[2]),
			 0);
	assert_int_equal(
		spdk_bdev_read_blocks(disk.desc, disk.ch, last, 7, 1, note_outcome, &outcomes[3]),
		0);
	for (uint32_t i = 0; i < SPDK_COUNTOF(outcomes); i++) {
		assert_int_equal(outcome_wait(&outcomes[i]), SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	assert_memory_equal(read, first, 4096);
	assert_memory_equal(last, second, 4096);
	disk_close(&disk);
	free(last);
	free(read);
	free(second);
	free(first);
}

#define LARGE_IOS 64 /* of 128 KiB */

struct watched {
	struct outcome outcomes[LARGE_IOS];
	uint32_t done_before_message;
};

static uint32_t
count_done(const struct watched *watched)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < LARGE_IOS; i++) {
		count += watched->outcomes[i].calls;
	}
	return count;
}

static void
note_done(void *arg)
{
	struct watched *watched = arg;

	watched->done_before_message = count_done(watched);
}

static void
a_long_queue_lets_others_have_their_turn(void **state)
{
	struct watched watched = {.done_before_message = UINT32_MAX};
	uint8_t *buf = new_buf(32 * 4096);
	struct disk disk;

	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 64}",
	       "\"M\"");
	disk_open(&disk, "M");
	for (uint32_t i = 0; i < LARGE_IOS; i++) {
		assert_int_equal(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 32, note_outcome,
						       &watched.outcomes[i]),
				 0);
	}
	assert_int_equal(count_done(&watched), 0);
	assert_int_equal(spdk_thread_send_msg(g_app, note_done, &watched), 0);
	settle();
	assert_int_equal(count_done(&watched), LARGE_IOS);
	/* 1 MiB of them had theirs before. */
	assert_int_equal(watched.done_before_message, 8);
	disk_close(&disk);
	free(buf);
}

static void
ignore_message(void *arg)
{
}

static void
where_no_message_can_be_sent_it_is_done_as_well(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(4096);
	struct disk disk;

	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 64}",
	       "\"M\"");
	disk_open(&disk, "M");
	settle();
	spindle_thread_set_message_limit(g_app, 1);
	while (spdk_thread_send_msg(g_app, ignore_message, NULL) == 0) {
		continue;
	}
	log_capture_clear();
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	spindle_thread_set_message_limit(g_app, 0);
	log_capture_clear();
	disk_close(&disk);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(a_device_is_what_its_parameters_say),
		MODULES_TEST(a_name_is_found_where_none_is_given),
		MODULES_TEST(what_cannot_be_made_is_explained),
		MODULES_TEST(more_than_there_is_memory_is_refused),
		MODULES_TEST(what_is_written_can_be_read),
		MODULES_TEST(blocks_can_be_zeroed_and_copied),
		MODULES_TEST(blocks_can_be_compared),
		MODULES_TEST(zero_copy_is_the_disk_itself),
		MODULES_TEST(a_large_range_is_zeroed_in_steps),
		MODULES_TEST(what_is_submitted_is_done_in_this_order),
		MODULES_TEST(a_long_queue_lets_others_have_their_turn),
		MODULES_TEST(where_no_message_can_be_sent_it_is_done_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
