/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delay devices. Only that something takes as long as it must can be told on a busy machine: what
 * must not happen yet has a latency of a day.
 */
#include "bdev_delay.h"
#include "modules/bdev/modules_fixture.h"
#include "spdk_internal/thread.h"

#define DAY "86400000000"

static void
create(const char *avg_read, const char *p99_read, const char *avg_write, const char *p99_write)
{
	char params[256];

	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 64}",
	       "\"M\"");
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"D\", \"base_bdev_name\": \"M\", \"avg_read_latency\": %s, "
		       "\"p99_read_latency\": %s, \"avg_write_latency\": %s, "
		       "\"p99_write_latency\": %s}",
		       avg_read, p99_read, avg_write, p99_write);
	expect("bdev_delay_create", params, "\"D\"");
}

static void
update(const char *type, const char *latency_us)
{
	char params[128];

	(void)snprintf(params, sizeof(params),
		       "{\"delay_bdev_name\": \"D\", \"latency_type\": \"%s\", \"latency_us\": %s}",
		       type, latency_us);
	expect("bdev_delay_update_latency", params, "true");
}

static void
reset(struct disk *disk)
{
	struct outcome outcome = {.calls = 0};

	expect_status(spdk_bdev_reset(disk->desc, disk->ch, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
}

static uint64_t
us_since(uint64_t ticks)
{
	return (spdk_get_ticks() - ticks) * 1000000 / spdk_get_ticks_hz();
}

static void
reads_and_writes_take_their_time(void **state)
{
	uint8_t *buf = new_buf(512), *read = new_buf(512);
	struct disk disk;
	uint64_t begin;

	create("3000", "3000", "7000", "7000");
	disk_open(&disk, "D");
	fill(buf, 512, 1);
	begin = spdk_get_ticks();
	do_write(&disk, buf, 0, 1);
	assert_true(us_since(begin) >= 7000);
	begin = spdk_get_ticks();
	do_read(&disk, read, 0, 1);
	assert_true(us_since(begin) >= 3000);
	assert_memory_equal(read, buf, 512);
	disk_close(&disk);
	free(read);
	free(buf);
}

static void
other_types_do_not(void **state)
{
	struct outcome outcome = {.calls = 0};
	struct disk disk;

	create(DAY, DAY, DAY, DAY);
	disk_open(&disk, "D");
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 0, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_flush_blocks(disk.desc, disk.ch, 0, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
}

#define MANY 1000

static void
some_take_longer_than_most(void **state)
{
	static struct outcome outcomes[MANY];
	uint8_t *buf = new_buf(512);
	int late = 0, i;
	struct disk disk;

	create("0", DAY, "0", "0");
	disk_open(&disk, "D");
	memset(outcomes, 0, sizeof(outcomes));
	for (i = 0; i < MANY; i++) {
		assert_int_equal(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome,
						       &outcomes[i]),
				 0);
	}
	settle();
	for (i = 0; i < MANY; i++) {
		late += outcomes[i].calls == 0;
	}
	/* One of 100, by random numbers that are always the same. */
	assert_in_range(late, MANY / 100 / 3, MANY / 100 * 3);
	reset(&disk);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(outcomes[i].calls, 1);
	}
	disk_close(&disk);
	free(buf);
}

static void
a_new_latency_is_for_new_ios(void **state)
{
	struct outcome old = {.calls = 0}, late = {.calls = 0};
	uint8_t *buf = new_buf(512);
	struct disk disk;

	create(DAY, DAY, "0", "0");
	disk_open(&disk, "D");
	assert_int_equal(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &old),
			 0);
	settle();
	update("avg_read", "200");
	update("p99_read", "200");
	/* It overtakes the one before it. */
	do_read(&disk, buf, 0, 1);
	assert_int_equal(old.calls, 0);
	update("avg_write", DAY);
	update("p99_write", DAY);
	assert_int_equal(spdk_bdev_write_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &late),
			 0);
	do_read(&disk, buf, 0, 1);
	assert_int_equal(late.calls, 0);
	expect_specific("D", "{\"delay\":{\"name\":\"D\",\"base_bdev_name\":\"M\","
			     "\"avg_read_latency\":200,\"p99_read_latency\":200,"
			     "\"avg_write_latency\":" DAY ",\"p99_write_latency\":" DAY "}}");
	reset(&disk);
	assert_int_equal(outcome_wait(&old), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&late), SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(buf);
}

static void
what_waits_can_be_aborted(void **state)
{
	struct outcome outcome = {.calls = 0}, waiting = {.calls = 0};
	uint8_t *buf = new_buf(512);
	struct disk disk;

	create(DAY, DAY, "0", "0");
	disk_open(&disk, "D");
	assert_int_equal(
		spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &waiting), 0);
	settle();
	expect_status(spdk_bdev_abort(disk.desc, disk.ch, &waiting, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&waiting), SPDK_BDEV_IO_STATUS_ABORTED);
	disk_close(&disk);
	free(buf);
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

	disk_open(&other->disk, "D");
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
a_reset_ends_what_waits_in_all_threads(void **state)
{
	struct spdk_thread *thread = add_thread("other");
	struct other other = {.buf = new_buf(512)};
	struct disk disk;

	create(DAY, DAY, "0", "0");
	disk_open(&disk, "D");
	run_on(thread, read_elsewhere, &other);
	settle();
	assert_int_equal(other.outcome.calls, 0);
	reset(&disk);
	assert_int_equal(outcome_wait(&other.outcome), SPDK_BDEV_IO_STATUS_SUCCESS);
	run_on(thread, close_elsewhere, &other);
	disk_close(&disk);
	free(other.buf);
}

static bool
has_paused_poller(void)
{
	struct spdk_poller *poller;

	for (poller = spdk_thread_get_first_paused_poller(g_app); poller != NULL;
	     poller = spdk_thread_get_next_paused_poller(poller)) {
		if (strcmp(spdk_poller_get_name(poller), "bdev_delay") == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_paused(const void *arg)
{
	return has_paused_poller();
}

static void
a_channel_without_ios_lets_its_reactor_rest(void **state)
{
	uint8_t *buf = new_buf(512);
	struct outcome outcome = {.calls = 0};
	struct disk disk;

	create("500", "500", DAY, DAY);
	disk_open(&disk, "D");
	wait_until(is_paused, NULL);
	do_read(&disk, buf, 0, 1);
	wait_until(is_paused, NULL);
	assert_int_equal(
		spdk_bdev_write_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &outcome), 0);
	settle();
	do_read(&disk, buf, 0, 1);
	assert_false(has_paused_poller());
	reset(&disk);
	wait_until(is_paused, NULL);
	disk_close(&disk);
	free(buf);
}

static void
what_is_configured_is_saved(void **state)
{
	expect("bdev_delay_create",
	       "{\"name\": \"D\", \"base_bdev_name\": \"M\", \"avg_read_latency\": 15, "
	       "\"p99_read_latency\": 50, \"avg_write_latency\": 40, \"p99_write_latency\": 110, "
	       "\"uuid\": \"11111111-2222-3333-4444-555555555555\"}",
	       "\"D\"");
	/* Also while there is no base. */
	update("p99_write", "120");
	log_capture_clear();
	check_round_trip("[{\"method\":\"bdev_delay_create\",\"params\":{\"base_bdev_name\":\"M\","
			 "\"name\":\"D\",\"uuid\":\"11111111-2222-3333-4444-555555555555\","
			 "\"avg_read_latency\":15,\"p99_read_latency\":50,\"avg_write_latency\":40,"
			 "\"p99_write_latency\":120}}]");
	log_capture_clear();
	expect("bdev_delay_delete", "{\"name\": \"D\"}", "true");
	expect_error("bdev_delay_delete", "{\"name\": \"D\"}", -ENODEV, "'D'");
}

static void
what_cannot_be_done_is_explained(void **state)
{
	expect_error("bdev_delay_create",
		     "{\"name\": \"D\", \"base_bdev_name\": \"M\", \"avg_read_latency\": 1, "
		     "\"p99_read_latency\": 86400000001, \"avg_write_latency\": 1, "
		     "\"p99_write_latency\": 1}",
		     -EINVAL, "latency of 86400000001 us");
	expect_error("bdev_delay_update_latency",
		     "{\"delay_bdev_name\": \"D\", \"latency_type\": \"avg_read\", "
		     "\"latency_us\": 1}",
		     -ENODEV, "no delay bdev 'D'");
	create("0", "0", "0", "0");
	expect_error("bdev_delay_update_latency",
		     "{\"delay_bdev_name\": \"D\", \"latency_type\": \"avg_read\", "
		     "\"latency_us\": 18446744073709551615}",
		     -EINVAL, "more than a day");
	expect_error("bdev_delay_update_latency",
		     "{\"delay_bdev_name\": \"D\", \"latency_type\": \"avg\", \"latency_us\": 1}",
		     -32602, "p99_read");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(reads_and_writes_take_their_time),
		MODULES_TEST(other_types_do_not),
		MODULES_TEST(some_take_longer_than_most),
		MODULES_TEST(a_new_latency_is_for_new_ios),
		MODULES_TEST(what_waits_can_be_aborted),
		MODULES_TEST(a_reset_ends_what_waits_in_all_threads),
		MODULES_TEST(a_channel_without_ios_lets_its_reactor_rest),
		MODULES_TEST(what_is_configured_is_saved),
		MODULES_TEST(what_cannot_be_done_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
