/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Error devices, by their methods.
 */
#include "bdev_error.h"
#include "modules/bdev/modules_fixture.h"

#define BLOCKS 8
#define SIZE   (BLOCKS * 512)

static struct disk g_disk;
static uint8_t *g_buf;

static void
open_error(void)
{
	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 64}",
	       "\"M\"");
	expect("bdev_error_create", "{\"base_name\": \"M\"}", "true");
	disk_open(&g_disk, "EE_M");
	g_buf = new_buf(SIZE);
	fill(g_buf, SIZE, 1);
}

static void
close_error(void)
{
	disk_close(&g_disk);
	free(g_buf);
}

/* `what` is the rest of the parameters. */
static void
inject(const char *what)
{
	char params[256];

	(void)snprintf(params, sizeof(params), "{\"name\": \"EE_M\", %s}", what);
	expect("bdev_error_inject_error", params, "true");
}

static void
refuse(const char *what, const char *why)
{
	char params[256];

	(void)snprintf(params, sizeof(params), "{\"name\": \"EE_M\", %s}", what);
	expect_error("bdev_error_inject_error", params, -EINVAL, why);
}

static int
start_read(struct outcome *outcome)
{
	return spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_buf, 0, BLOCKS, note_outcome,
				     outcome);
}

static void
expect_read(enum spdk_bdev_io_status status)
{
	struct outcome outcome = {.calls = 0};

	expect_status(start_read(&outcome), &outcome, status);
}

static void
expect_write(enum spdk_bdev_io_status status)
{
	struct outcome outcome = {.calls = 0};

	expect_status(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, BLOCKS, note_outcome,
					     &outcome),
		      &outcome, status);
}

static void
expect_unmap(enum spdk_bdev_io_status status)
{
	struct outcome outcome = {.calls = 0};

	expect_status(spdk_bdev_unmap_blocks(g_disk.desc, g_disk.ch, 60, 1, note_outcome, &outcome),
		      &outcome, status);
}

static void
expect_flush(enum spdk_bdev_io_status status)
{
	struct outcome outcome = {.calls = 0};

	expect_status(spdk_bdev_flush_blocks(g_disk.desc, g_disk.ch, 0, 1, note_outcome, &outcome),
		      &outcome, status);
}

static void
as_many_fail_as_are_asked_for(void **state)
{
	open_error();
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	inject("\"io_type\": \"read\", \"error_type\": \"failure\", \"num\": 2");
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_read(SPDK_BDEV_IO_STATUS_FAILED);
	expect_read(SPDK_BDEV_IO_STATUS_FAILED);
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	/* One, if no number is given. */
	inject("\"io_type\": \"write\", \"error_type\": \"failure\"");
	expect_write(SPDK_BDEV_IO_STATUS_FAILED);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	/* A number of 0 takes back. */
	inject("\"io_type\": \"unmap\", \"error_type\": \"failure\", \"num\": 100");
	expect_unmap(SPDK_BDEV_IO_STATUS_FAILED);
	inject("\"io_type\": \"unmap\", \"error_type\": \"failure\", \"num\": 0");
	expect_unmap(SPDK_BDEV_IO_STATUS_SUCCESS);
	close_error();
}

static void
all_types_can_fail_and_be_cleared(void **state)
{
	open_error();
	inject("\"io_type\": \"all\", \"error_type\": \"failure\", \"num\": 2");
	expect_read(SPDK_BDEV_IO_STATUS_FAILED);
	expect_write(SPDK_BDEV_IO_STATUS_FAILED);
	expect_unmap(SPDK_BDEV_IO_STATUS_FAILED);
	expect_flush(SPDK_BDEV_IO_STATUS_FAILED);
	inject("\"io_type\": \"clear\", \"error_type\": \"failure\"");
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_unmap(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_flush(SPDK_BDEV_IO_STATUS_SUCCESS);
	close_error();
}

static void
a_status_of_nvme_is_the_one_given(void **state)
{
	struct outcome outcome = {.calls = 0};

	open_error();
	inject("\"io_type\": \"read\", \"error_type\": \"nvme_failure\", \"nvme_sct\": 2, "
	       "\"nvme_sc\": 129");
	expect_status(start_read(&outcome), &outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, 2);
	assert_int_equal(outcome.sc, 129);
	close_error();
}

static void
what_is_read_is_corrupted(void **state)
{
	uint8_t expected[SIZE];

	open_error();
	do_write(&g_disk, g_buf, 0, BLOCKS);
	memcpy(expected, g_buf, SIZE);
	inject("\"io_type\": \"read\", \"error_type\": \"corrupt_data\", \"corrupt_offset\": 700, "
	       "\"corrupt_value\": 129");
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	expected[700] ^= 129;
	assert_memory_equal(g_buf, expected, SIZE);
	/* The disk is as it was. */
	expected[700] ^= 129;
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(g_buf, expected, SIZE);
	close_error();
}

static void
what_is_written_is_corrupted_on_the_disk_only(void **state)
{
	uint8_t expected[SIZE], first[512], second[188];
	struct outcome outcome = {.calls = 0};
	struct iovec iovs[] = {{first, 512}, {second, 188}, {NULL, SIZE - 700}};

	open_error();
	memcpy(expected, g_buf, SIZE);
	memcpy(first, g_buf, 512);
	memcpy(second, g_buf + 512, 188);
	iovs[2].iov_base = g_buf + 700;
	inject("\"io_type\": \"write\", \"error_type\": \"corrupt_data\", \"corrupt_offset\": 700, "
	       "\"corrupt_value\": 1");
	expect_status(spdk_bdev_writev_blocks(g_disk.desc, g_disk.ch, iovs, 3, 0, BLOCKS,
					      note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	/* Not what the caller has. */
	assert_memory_equal(g_buf, expected, SIZE);
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	expected[700] ^= 1;
	assert_memory_equal(g_buf, expected, SIZE);
	close_error();
}

static void
what_has_no_memory_is_tried_again(void **state)
{
	struct outcome outcome = {.calls = 0};

	open_error();
	inject("\"io_type\": \"read\", \"error_type\": \"nomem\", \"num\": 3");
	outcome.keeps = true;
	expect_status(start_read(&outcome), &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome.io->num_retries, 3);
	spdk_bdev_free_io(outcome.io);
	close_error();
}

/* ---- Stuck ---- */

static void
what_is_pending_can_be_resumed(void **state)
{
	struct outcome first = {.calls = 0}, second = {.calls = 0};
	uint8_t *other;

	open_error();
	other = new_buf(SIZE);
	inject("\"io_type\": \"write\", \"error_type\": \"pending\"");
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, BLOCKS,
						note_outcome, &first),
			 0);
	/* Only one was to be. */
	do_write(&g_disk, other, 0, BLOCKS);
	assert_int_equal(first.calls, 0);
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M\"}", "true");
	assert_int_equal(outcome_wait(&first), SPDK_BDEV_IO_STATUS_SUCCESS);
	/* It was written now, not before. */
	do_read(&g_disk, other, 0, BLOCKS);
	assert_memory_equal(other, g_buf, SIZE);
	inject("\"io_type\": \"read\", \"error_type\": \"pending\"");
	assert_int_equal(start_read(&second), 0);
	settle();
	assert_int_equal(second.calls, 0);
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M\"}", "true");
	assert_int_equal(outcome_wait(&second), SPDK_BDEV_IO_STATUS_SUCCESS);
	free(other);
	close_error();
}

static void
what_is_pending_can_be_aborted(void **state)
{
	struct outcome pending = {.calls = 0}, abort_outcome = {.calls = 0};

	open_error();
	inject("\"io_type\": \"read\", \"error_type\": \"pending\"");
	assert_int_equal(start_read(&pending), 0);
	settle();
	expect_status(
		spdk_bdev_abort(g_disk.desc, g_disk.ch, &pending, note_outcome, &abort_outcome),
		&abort_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&pending), SPDK_BDEV_IO_STATUS_ABORTED);
	close_error();
}

struct other {
	struct disk disk;
	struct outcome outcome;
	uint8_t *buf;
};

static void
read_elsewhere(void *arg)
{
	struct other *other = arg;

	disk_open(&other->disk, "EE_M");
	assert_int_equal(spdk_bdev_read_blocks(other->disk.desc, other->disk.ch, other->buf, 0, 1,
					       note_outcome, &other->outcome),
			 0);
}

static void
close_elsewhere(void *arg)
{
	struct other *other = arg;

	disk_close(&other->disk);
}

static void
a_reset_ends_what_is_pending_in_all_threads(void **state)
{
	struct spdk_thread *thread = add_thread("other");
	struct other other = {.buf = new_buf(512)};
	struct outcome pending = {.calls = 0}, reset = {.calls = 0};

	open_error();
	inject("\"io_type\": \"read\", \"error_type\": \"pending\", \"num\": 2");
	assert_int_equal(start_read(&pending), 0);
	run_on(thread, read_elsewhere, &other);
	settle();
	assert_int_equal(pending.calls + other.outcome.calls, 0);
	expect_status(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, &reset), &reset,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&pending), SPDK_BDEV_IO_STATUS_ABORTED);
	assert_int_equal(outcome_wait(&other.outcome), SPDK_BDEV_IO_STATUS_ABORTED);
	run_on(thread, close_elsewhere, &other);
	free(other.buf);
	close_error();
}

/* The base is slow, so that what it has is under way. */
static void
an_error_is_met_from_a_queue_depth_on(void **state)
{
	struct outcome outcomes[4] = {0}, reset = {.calls = 0};
	int i;

	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 64}",
	       "\"N\"");
	expect("bdev_delay_create",
	       "{\"name\": \"M\", \"base_bdev_name\": \"N\", \"avg_read_latency\": 86400000000, "
	       "\"p99_read_latency\": 86400000000, \"avg_write_latency\": 0, "
	       "\"p99_write_latency\": 0}",
	       "\"M\"");
	expect("bdev_error_create", "{\"base_name\": \"M\"}", "true");
	disk_open(&g_disk, "EE_M");
	g_buf = new_buf(SIZE);
	inject("\"io_type\": \"read\", \"error_type\": \"failure\", \"queue_depth\": 2");
	for (i = 0; i < 4; i++) {
		assert_int_equal(start_read(&outcomes[i]), 0);
	}
	settle();
	/* The third finds two before it. */
	assert_int_equal(outcomes[0].calls + outcomes[1].calls + outcomes[3].calls, 0);
	assert_int_equal(outcome_wait(&outcomes[2]), SPDK_BDEV_IO_STATUS_FAILED);
	expect_status(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, &reset), &reset,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&outcomes[0]), SPDK_BDEV_IO_STATUS_SUCCESS);
	/* They are under way no more. */
	inject("\"io_type\": \"write\", \"error_type\": \"failure\", \"queue_depth\": 1");
	expect_write(SPDK_BDEV_IO_STATUS_SUCCESS);
	close_error();
}

static void
what_is_configured_is_saved(void **state)
{
	expect("bdev_error_create", "{\"base_name\": \"M\"}", "true");
	expect("bdev_error_create",
	       "{\"base_name\": \"N\", \"uuid\": \"11111111-2222-3333-4444-555555555555\"}",
	       "true");
	log_capture_clear();
	check_round_trip("[{\"method\":\"bdev_error_create\",\"params\":{\"base_name\":\"M\"}},"
			 "{\"method\":\"bdev_error_create\",\"params\":{\"base_name\":\"N\","
			 "\"uuid\":\"11111111-2222-3333-4444-555555555555\"}}]");
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 2);
	log_capture_clear();
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"N\"");
	settle();
	assert_non_null(spdk_bdev_get_by_name("EE_N"));
	assert_string_equal(spdk_bdev_get_product_name(spdk_bdev_get_by_name("EE_N")),
			    "Error Injection Disk");
	expect_specific("EE_N", "{\"error_disk\":{\"base_bdev\":\"N\"}}");
	expect("bdev_error_delete", "{\"name\": \"EE_N\"}", "true");
	assert_null(spdk_bdev_get_by_name("EE_N"));
	expect_error("bdev_error_delete", "{\"name\": \"EE_N\"}", -ENODEV, "'EE_N'");
}

static void
what_cannot_be_done_is_explained(void **state)
{
	open_error();
	expect_error("bdev_error_inject_error",
		     "{\"name\": \"M\", \"io_type\": \"read\", \"error_type\": \"failure\"}",
		     -ENODEV, "no error bdev 'M'");
	expect_error("bdev_error_resume_pending", "{\"name\": \"M\"}", -ENODEV,
		     "no error bdev 'M'");
	refuse("\"io_type\": \"read\", \"error_type\": \"corrupt_data\"", "corrupt_value is 0");
	refuse("\"io_type\": \"flush\", \"error_type\": \"corrupt_data\", \"corrupt_value\": 1",
	       "flush has no data");
	refuse("\"io_type\": \"read\", \"error_type\": \"nvme_failure\", \"nvme_sct\": 8",
	       "nvme_sct 8");
	refuse("\"io_type\": \"read\", \"error_type\": \"nvme_failure\", \"nvme_sc\": 256",
	       "nvme_sc 256");
	expect_error("bdev_error_inject_error",
		     "{\"name\": \"EE_M\", \"io_type\": \"reads\", \"error_type\": \"failure\"}",
		     -32602, "unmap");
	expect_error("bdev_error_create", "{\"base_name\": \"M\"}", -EEXIST, "'EE_M'");
	/* None of it has armed anything. */
	expect_read(SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_flush(SPDK_BDEV_IO_STATUS_SUCCESS);
	close_error();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(as_many_fail_as_are_asked_for),
		MODULES_TEST(all_types_can_fail_and_be_cleared),
		MODULES_TEST(a_status_of_nvme_is_the_one_given),
		MODULES_TEST(what_is_read_is_corrupted),
		MODULES_TEST(what_is_written_is_corrupted_on_the_disk_only),
		MODULES_TEST(what_has_no_memory_is_tried_again),
		MODULES_TEST(what_is_pending_can_be_resumed),
		MODULES_TEST(what_is_pending_can_be_aborted),
		MODULES_TEST(a_reset_ends_what_is_pending_in_all_threads),
		MODULES_TEST(an_error_is_met_from_a_queue_depth_on),
		MODULES_TEST(what_is_configured_is_saved),
		MODULES_TEST(what_cannot_be_done_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
