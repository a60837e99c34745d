/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices with zones, by their methods and by what a user of zones does. Zones are as far apart as
 * 64 blocks, and 48 can be written.
 */
#include "modules/bdev/modules_fixture.h"
#include "spdk/bdev_zone.h"
#include "spdk/nvme_spec.h"

#define SIZE     64
#define CAPACITY 48
#define ZONES    16
#define BLOCK    512

#define MALLOC_M "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 1100}"
#define ZONE_Z                                                            \
	"{\"name\": \"Z\", \"base_bdev\": \"M\", \"zone_capacity\": 48, " \
	"\"optimal_open_zones\": 4}"

#define COMMAND SPDK_NVME_SCT_COMMAND_SPECIFIC
#define GENERIC SPDK_NVME_SCT_GENERIC

static struct disk g_disk;
static uint8_t *g_buf;

static void
open_z(void)
{
	disk_open(&g_disk, "Z");
	g_buf = new_buf(2 * SIZE * BLOCK);
	fill(g_buf, 2 * SIZE * BLOCK, 1);
}

static void
create(void)
{
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect("bdev_zone_block_create", ZONE_Z, "\"Z\"");
	open_z();
}

static void
destroy(void)
{
	disk_close(&g_disk);
	free(g_buf);
}

/* How one has ended: 0, or an error of NVMe. */
static void
expect_end(int rc, struct outcome *outcome, int sct, int sc)
{
	assert_int_equal(rc, 0);
	(void)outcome_wait(outcome);
	assert_int_equal(outcome->sct, sct);
	assert_int_equal(outcome->sc, sc);
	assert_int_equal(outcome->status,
			 sc == 0 ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_NVME_ERROR);
}

static void
expect_manage(uint64_t block, enum spdk_bdev_zone_action action, int sct, int sc)
{
	struct outcome outcome = {.calls = 0};
	int rc = spdk_bdev_zone_management(g_disk.desc, g_disk.ch, block, action, note_outcome,
					   &outcome);

	expect_end(rc, &outcome, sct, sc);
}

static void
manage(uint64_t zone, enum spdk_bdev_zone_action action)
{
	expect_manage(zone * SIZE, action, 0, 0);
}

static void
expect_write(uint64_t block, uint64_t count, int sct, int sc)
{
	struct outcome outcome = {.calls = 0};
	int rc = spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, block, count, note_outcome,
					&outcome);

	expect_end(rc, &outcome, sct, sc);
}

static void
expect_append(uint64_t block, uint64_t count, int sct, int sc)
{
	struct outcome outcome = {.calls = 0};
	int rc = spdk_bdev_zone_append(g_disk.desc, g_disk.ch, g_buf, block, count, note_outcome,
				       &outcome);

	expect_end(rc, &outcome, sct, sc);
}

static uint64_t
append(uint64_t zone, uint64_t count)
{
	struct outcome outcome = {.keeps = true};
	uint64_t location;
	int rc = spdk_bdev_zone_append(g_disk.desc, g_disk.ch, g_buf, zone * SIZE, count,
				       note_outcome, &outcome);

	expect_end(rc, &outcome, 0, 0);
	location = spdk_bdev_io_get_append_location(outcome.io);
	spdk_bdev_free_io(outcome.io);
	return location;
}

static void
get_info(uint64_t zone, size_t count, struct spdk_bdev_zone_info *info)
{
	struct outcome outcome = {.calls = 0};
	int rc = spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, zone * SIZE, count, info,
					 note_outcome, &outcome);

	expect_end(rc, &outcome, 0, 0);
}

static void
expect_zone(uint64_t zone, enum spdk_bdev_zone_state state, uint64_t written)
{
	struct spdk_bdev_zone_info info;

	get_info(zone, 1, &info);
	assert_int_equal(info.zone_id, zone * SIZE);
	assert_int_equal(info.state, state);
	assert_int_equal(info.write_pointer, zone * SIZE + written);
	assert_int_equal(info.capacity, CAPACITY);
	assert_int_equal(info.type, SPDK_BDEV_ZONE_TYPE_SEQWR);
}

static void
a_device_gets_zones(void **state)
{
	struct spdk_bdev_zone_info info[ZONES];

	create();
	assert_true(spdk_bdev_is_zoned(g_disk.bdev));
	assert_int_equal(spdk_bdev_get_zone_size(g_disk.bdev), SIZE);
	/* 1100 blocks have room for 17. */
	assert_int_equal(spdk_bdev_get_num_zones(g_disk.bdev), ZONES);
	assert_int_equal(spdk_bdev_get_num_blocks(g_disk.bdev), ZONES * SIZE);
	assert_int_equal(spdk_bdev_get_optimal_open_zones(g_disk.bdev), 4);
	assert_int_equal(spdk_bdev_get_max_open_zones(g_disk.bdev), 0);
	expect_specific("Z", "{\"zone_block\":{\"name\":\"Z\",\"base_bdev\":\"M\","
			     "\"zone_capacity\":48,\"optimal_open_zones\":4}}");
	get_info(0, ZONES, info);
	for (size_t i = 0; i < ZONES; i++) {
		assert_int_equal(info[i].zone_id, i * SIZE);
		assert_int_equal(info[i].state, SPDK_BDEV_ZONE_STATE_FULL);
		assert_int_equal(info[i].write_pointer, i * SIZE + CAPACITY);
	}
	destroy();
}

static void
zones_that_are_not_there_are_not_told_of(void **state)
{
	struct spdk_bdev_zone_info info[2];
	struct outcome outcome = {.calls = 0};

	create();
	expect_end(spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, (ZONES - 1) * SIZE, 2, info,
					   note_outcome, &outcome),
		   &outcome, GENERIC, SPDK_NVME_SC_LBA_OUT_OF_RANGE);
	expect_end(
		spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, 1, 1, info, note_outcome, &outcome),
		&outcome, GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	destroy();
}

static void
a_zone_is_written_in_order(void **state)
{
	uint8_t *read = new_buf(CAPACITY * BLOCK);

	create();
	expect_write(SIZE, 1, COMMAND, SPDK_NVME_SC_ZONE_IS_FULL);
	manage(1, SPDK_BDEV_ZONE_RESET);
	expect_zone(1, SPDK_BDEV_ZONE_STATE_EMPTY, 0);
	expect_write(SIZE + 1, 1, COMMAND, SPDK_NVME_SC_ZONE_INVALID_WRITE);
	expect_write(SIZE, 8, 0, 0);
	expect_zone(1, SPDK_BDEV_ZONE_STATE_IMP_OPEN, 8);
	expect_write(SIZE, 8, COMMAND, SPDK_NVME_SC_ZONE_INVALID_WRITE);
	expect_write(SIZE + 8, CAPACITY - 7, COMMAND, SPDK_NVME_SC_ZONED_BOUNDARY_ERROR);
	expect_write(SIZE + 8, SIZE, COMMAND, SPDK_NVME_SC_ZONED_BOUNDARY_ERROR);
	expect_write(SIZE + 8, CAPACITY - 8, 0, 0);
	expect_zone(1, SPDK_BDEV_ZONE_STATE_FULL, CAPACITY);
	/* What lies between two zones cannot be written. */
	expect_write(SIZE + CAPACITY, 1, COMMAND, SPDK_NVME_SC_ZONED_BOUNDARY_ERROR);
	/* Its neighbours are as they were. */
	expect_zone(0, SPDK_BDEV_ZONE_STATE_FULL, CAPACITY);
	expect_zone(2, SPDK_BDEV_ZONE_STATE_FULL, CAPACITY);
	do_read(&g_disk, read, SIZE, 8);
	assert_memory_equal(read, g_buf, 8 * BLOCK);
	do_read(&g_disk, read, SIZE + 8, CAPACITY - 8);
	assert_memory_equal(read, g_buf, (CAPACITY - 8) * BLOCK);
	free(read);
	destroy();
}

static void
an_append_goes_where_the_write_pointer_is(void **state)
{
	uint8_t *read = new_buf(8 * BLOCK);
	struct iovec iovs[2] = {{NULL, BLOCK}, {NULL, BLOCK}};
	struct outcome outcome = {.keeps = true};

	create();
	expect_append(2 * SIZE, 1, COMMAND, SPDK_NVME_SC_ZONE_IS_FULL);
	manage(2, SPDK_BDEV_ZONE_RESET);
	assert_int_equal(append(2, 3), 2 * SIZE);
	assert_int_equal(append(2, 5), 2 * SIZE + 3);
	expect_zone(2, SPDK_BDEV_ZONE_STATE_IMP_OPEN, 8);
	do_read(&g_disk, read, 2 * SIZE + 3, 5);
	assert_memory_equal(read, g_buf, 5 * BLOCK);
	expect_append(2 * SIZE + 1, 1, GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	expect_append(2 * SIZE, CAPACITY - 7, COMMAND, SPDK_NVME_SC_ZONED_BOUNDARY_ERROR);
	/* From two places. */
	iovs[0].iov_base = g_buf + 9 * BLOCK;
	iovs[1].iov_base = g_buf + 4 * BLOCK;
	expect_end(spdk_bdev_zone_appendv(g_disk.desc, g_disk.ch, iovs, 2, 2 * SIZE, 2,
					  note_outcome, &outcome),
		   &outcome, 0, 0);
	assert_int_equal(spdk_bdev_io_get_append_location(outcome.io), 2 * SIZE + 8);
	spdk_bdev_free_io(outcome.io);
	do_read(&g_disk, read, 2 * SIZE + 8, 2);
	assert_memory_equal(read, g_buf + 9 * BLOCK, BLOCK);
	assert_memory_equal(read + BLOCK, g_buf + 4 * BLOCK, BLOCK);
	assert_int_equal(append(2, CAPACITY - 10), 2 * SIZE + 10);
	expect_zone(2, SPDK_BDEV_ZONE_STATE_FULL, CAPACITY);
	free(read);
	destroy();
}

static void
zones_are_opened_closed_and_finished(void **state)
{
	const uint64_t last = (ZONES - 1) * SIZE;

	create();
	expect_manage(last, SPDK_BDEV_ZONE_OPEN, COMMAND,
		      SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION);
	manage(ZONES - 1, SPDK_BDEV_ZONE_RESET);
	manage(ZONES - 1, SPDK_BDEV_ZONE_OPEN);
	expect_zone(ZONES - 1, SPDK_BDEV_ZONE_STATE_EXP_OPEN, 0);
	manage(ZONES - 1, SPDK_BDEV_ZONE_CLOSE);
	expect_zone(ZONES - 1, SPDK_BDEV_ZONE_STATE_CLOSED, 0);
	expect_write(last, 1, 0, 0);
	expect_zone(ZONES - 1, SPDK_BDEV_ZONE_STATE_IMP_OPEN, 1);
	manage(ZONES - 1, SPDK_BDEV_ZONE_FINISH);
	expect_zone(ZONES - 1, SPDK_BDEV_ZONE_STATE_FULL, CAPACITY);
	expect_manage(last, SPDK_BDEV_ZONE_CLOSE, COMMAND,
		      SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION);
	expect_manage(last, SPDK_BDEV_ZONE_OFFLINE, COMMAND,
		      SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION);
	expect_manage(last, (enum spdk_bdev_zone_action)99, GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	expect_manage(last + 1, SPDK_BDEV_ZONE_RESET, GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	destroy();
}

static void
a_read_is_of_one_zone(void **state)
{
	struct outcome outcome = {.calls = 0};

	create();
	expect_end(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_buf, SIZE - 1, 2, note_outcome,
					 &outcome),
		   &outcome, COMMAND, SPDK_NVME_SC_ZONED_BOUNDARY_ERROR);
	do_read(&g_disk, g_buf, SIZE, SIZE);
	/* Of no blocks, also behind the last. */
	do_read(&g_disk, g_buf, ZONES * SIZE, 0);
	expect_write(ZONES * SIZE, 0, 0, 0);
	destroy();
}

static void
what_was_there_before_is_read_until_it_is_reset(void **state)
{
	uint8_t *read = new_buf(SIZE * BLOCK), *zeros = new_buf(SIZE * BLOCK);
	struct disk base;

	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	disk_open(&base, "M");
	fill(read, SIZE * BLOCK, 9);
	do_write(&base, read, 0, SIZE);
	disk_close(&base);
	expect("bdev_zone_block_create", ZONE_Z, "\"Z\"");
	disk_open(&g_disk, "Z");
	g_buf = new_buf(SIZE * BLOCK);
	do_read(&g_disk, g_buf, 0, SIZE);
	assert_memory_equal(g_buf, read, SIZE * BLOCK);
	/* The base is told that it is not needed any more. */
	manage(0, SPDK_BDEV_ZONE_RESET);
	do_read(&g_disk, g_buf, 0, SIZE);
	assert_memory_equal(g_buf, zeros, SIZE * BLOCK);
	free(zeros);
	free(read);
	destroy();
}

static void
types_that_write_anywhere_are_not_there(void **state)
{
	struct outcome outcome = {.calls = 0};

	create();
	assert_true(spdk_bdev_io_type_supported(g_disk.bdev, SPDK_BDEV_IO_TYPE_ZONE_APPEND));
	assert_true(spdk_bdev_io_type_supported(g_disk.bdev, SPDK_BDEV_IO_TYPE_FLUSH));
	assert_false(spdk_bdev_io_type_supported(g_disk.bdev, SPDK_BDEV_IO_TYPE_UNMAP));
	assert_false(spdk_bdev_io_type_supported(g_disk.bdev, SPDK_BDEV_IO_TYPE_NVME_ADMIN));
	/* What is made of writes obeys their rules. */
	expect_end(
		spdk_bdev_write_zeroes_blocks(g_disk.desc, g_disk.ch, 0, 1, note_outcome, &outcome),
		&outcome, COMMAND, SPDK_NVME_SC_ZONE_IS_FULL);
	expect_end(spdk_bdev_flush_blocks(g_disk.desc, g_disk.ch, 0, 1, note_outcome, &outcome),
		   &outcome, 0, 0);
	destroy();
}

static void
a_reference_tag_cannot_be_appended(void **state)
{
	expect("bdev_malloc_create",
	       "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 1100, \"md_size\": 8, "
	       "\"md_interleave\": true, \"dif_type\": 1}",
	       "\"M\"");
	expect("bdev_zone_block_create", ZONE_Z, "\"Z\"");
	disk_open(&g_disk, "Z");
	assert_false(spdk_bdev_io_type_supported(g_disk.bdev, SPDK_BDEV_IO_TYPE_ZONE_APPEND));
	disk_close(&g_disk);
}

/* ---- Its life ---- */

static void
zones_are_saved_without_their_states(void **state)
{
	expect("bdev_malloc_create",
	       "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 1100, \"uuid\": "
	       "\"2b6601ba-eada-44fb-9a83-a20eb9eb9e90\"}",
	       "\"M\"");
	expect("bdev_zone_block_create", ZONE_Z, "\"Z\"");
	disk_open(&g_disk, "Z");
	manage(0, SPDK_BDEV_ZONE_RESET);
	disk_close(&g_disk);
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	check_round_trip("[{\"method\":\"bdev_zone_block_create\",\"params\":{\"name\":\"Z\","
			 "\"base_bdev\":\"M\",\"zone_capacity\":48,\"optimal_open_zones\":4}}]");
	assert_one_notice("Bdev Z will be made when there is a bdev M for it.");
}

static void
zones_come_and_go_with_the_base(void **state)
{
	create();
	manage(0, SPDK_BDEV_ZONE_RESET);
	spdk_bdev_unregister(spdk_bdev_get_by_name("M"), NULL, NULL);
	settle();
	assert_int_equal(g_disk.events[SPDK_BDEV_EVENT_REMOVE], 1);
	destroy();
	assert_null(spdk_bdev_get_by_name("Z"));
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	open_z();
	expect_zone(0, SPDK_BDEV_ZONE_STATE_FULL, CAPACITY);
	destroy();
	expect("bdev_zone_block_delete", "{\"name\": \"Z\"}", "true");
	assert_null(spdk_bdev_get_by_name("Z"));
	expect_error("bdev_zone_block_delete", "{\"name\": \"Z\"}", -ENODEV, "no bdev 'Z'");
	/* The base is free. */
	expect("bdev_split_create", "{\"base_bdev\": \"M\", \"split_count\": 1}", "[\"Mp0\"]");
}

static void
what_cannot_have_zones_is_explained(void **state)
{
	const char *format = "{\"name\": \"%s\", \"base_bdev\": \"%s\", \"zone_capacity\": %s, "
			     "\"optimal_open_zones\": %s}";
	static const char *const bad[][5] = {
		{"Y", "M", "0", "1", "zone_capacity is 0"},
		{"Y", "M", "1099511627776", "1", "zone_capacity is 1099511627776"},
		{"Y", "M", "48", "0", "optimal_open_zones is 0"},
		{"Y", "M", "48", "4294967296", "optimal_open_zones is 4294967296"},
		{"Y", "M", "1025", "1", "1 zones of 2048 need more"},
		{"Y", "M", "64", "18", "18 zones of 64 need more"},
		{"", "M", "64", "1", "empty"},
		{"Y", "Z", "16", "1", "'Z' has zones already"},
	};
	char params[256];

	create();
	for (size_t i = 0; i < SPDK_COUNTOF(bad); i++) {
		/* One that has a base to itself, but for the last. */
		const char *base = strcmp(bad[i][1], "Z") == 0 ? "Z" : "N";

		if (i == 0) {
			expect("bdev_null_create",
			       "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1100}",
			       "\"N\"");
		}
		(void)snprintf(params, sizeof(params), format, bad[i][0], base, bad[i][2],
			       bad[i][3]);
		expect_error("bdev_zone_block_create", params, -EINVAL, bad[i][4]);
	}
	expect_error("bdev_zone_block_create",
		     "{\"name\": \"Y\", \"base_bdev\": \"M\", \"zone_capacity\": 48, "
		     "\"optimal_open_zones\": 1}",
		     -EPERM, "claimed");
	expect_error("bdev_zone_block_create", ZONE_Z, -EEXIST, "configured already");
	expect("bdev_null_create",
	       "{\"name\": \"L\", \"block_size\": 512, \"num_blocks\": 16777217}", "\"L\"");
	expect_error("bdev_zone_block_create",
		     "{\"name\": \"Y\", \"base_bdev\": \"L\", \"zone_capacity\": 1, "
		     "\"optimal_open_zones\": 1}",
		     -EINVAL, "16777217 zones");
	log_capture_clear();
	destroy();
}

static void
its_size_stays_when_the_base_grows(void **state)
{
	struct disk disk;

	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 4096}",
	       "\"N\"");
	expect("bdev_zone_block_create",
	       "{\"name\": \"Z\", \"base_bdev\": \"N\", \"zone_capacity\": 64, "
	       "\"optimal_open_zones\": 1}",
	       "\"Z\"");
	disk_open(&disk, "Z");
	expect("bdev_null_resize", "{\"name\": \"N\", \"new_size\": 4}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 4096);
	assert_true(log_captured("Bdev N has 8192 blocks now", "keeps 4096", NULL));
	log_capture_clear();
	disk_close(&disk);
}

/* ---- Resets and I/Os under way ---- */

static void
inject(const char *io_type, const char *error_type, uint32_t count)
{
	char params[256];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"EE_M\", \"io_type\": \"%s\", \"error_type\": \"%s\", "
		       "\"num\": %u}",
		       io_type, error_type, count);
	expect("bdev_error_inject_error", params, "true");
}

static void
create_on_error(void)
{
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect("bdev_error_create", "{\"base_name\": \"M\"}", NULL);
	expect("bdev_zone_block_create",
	       "{\"name\": \"Z\", \"base_bdev\": \"EE_M\", \"zone_capacity\": 48, "
	       "\"optimal_open_zones\": 4}",
	       "\"Z\"");
	disk_open(&g_disk, "Z");
	g_buf = new_buf(SIZE * BLOCK);
	manage(0, SPDK_BDEV_ZONE_RESET);
}

struct other {
	struct disk disk;
	struct outcome outcome;
};

static void
open_other(void *arg)
{
	disk_open(&((struct other *)arg)->disk, "Z");
}

static void
write_stuck(void *arg)
{
	struct other *other = arg;

	assert_int_equal(spdk_bdev_write_blocks(other->disk.desc, other->disk.ch, g_buf, 0, 4,
						note_outcome, &other->outcome),
			 0);
}

static void
close_other(void *arg)
{
	disk_close(&((struct other *)arg)->disk);
}

/* A write of another thread is stuck; the reset waits for it, and goes on where it came from. */
static void
a_reset_of_a_zone_waits_for_writes_of_all_threads(void **state)
{
	struct spdk_thread *thread = add_thread("other");
	struct outcome outcome = {.calls = 0};
	struct other other = {.outcome = {.calls = 0}};

	create_on_error();
	run_on(thread, open_other, &other);
	inject("write", "pending", 1);
	run_on(thread, write_stuck, &other);
	settle();
	expect_zone(0, SPDK_BDEV_ZONE_STATE_IMP_OPEN, 4);
	assert_int_equal(spdk_bdev_zone_management(g_disk.desc, g_disk.ch, 0, SPDK_BDEV_ZONE_RESET,
						   note_outcome, &outcome),
			 0);
	settle();
	assert_int_equal(outcome.calls, 0);
	expect_write(4, 1, GENERIC, SPDK_NVME_SC_COMMAND_INTERRUPTED);
	expect_manage(0, SPDK_BDEV_ZONE_RESET, GENERIC, SPDK_NVME_SC_COMMAND_INTERRUPTED);
	expect("bdev_error_resume_pending", "{\"name\": \"EE_M\"}", NULL);
	settle();
	expect_end(0, &outcome, 0, 0);
	assert_int_equal(other.outcome.calls, 1);
	expect_zone(0, SPDK_BDEV_ZONE_STATE_EMPTY, 0);
	expect_write(0, 1, 0, 0);
	run_on(thread, close_other, &other);
	destroy();
}

struct resets {
	struct outcome zone, device;
	uint32_t zone_calls_before;
};

static void
note_device_reset(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct resets *resets = arg;

	resets->zone_calls_before = resets->zone.calls;
	note_outcome(io, success, &resets->device);
}

/* The device is reset while the reset of a zone waits: both end, that of the device at last. */
static void
a_reset_of_the_device_comes_after_those_of_zones(void **state)
{
	struct spdk_thread *thread = add_thread("other");
	struct resets resets = {.zone_calls_before = 0};
	struct other other = {.outcome = {.calls = 0}};

	create_on_error();
	run_on(thread, open_other, &other);
	inject("write", "pending", 1);
	run_on(thread, write_stuck, &other);
	settle();
	assert_int_equal(spdk_bdev_zone_management(g_disk.desc, g_disk.ch, 0, SPDK_BDEV_ZONE_RESET,
						   note_outcome, &resets.zone),
			 0);
	assert_int_equal(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_device_reset, &resets), 0);
	settle();
	assert_int_equal(other.outcome.calls, 1);
	assert_int_equal(resets.zone_calls_before, 1);
	expect_end(0, &resets.device, 0, 0);
	/* There is nothing left that stands in the way of the next. */
	manage(0, SPDK_BDEV_ZONE_RESET);
	expect_zone(0, SPDK_BDEV_ZONE_STATE_EMPTY, 0);
	expect_status(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, &resets.device),
		      &resets.device, SPDK_BDEV_IO_STATUS_SUCCESS);
	run_on(thread, close_other, &other);
	destroy();
}

static void
a_write_that_fails_has_taken_its_blocks(void **state)
{
	struct outcome outcome = {.calls = 0};

	create_on_error();
	inject("write", "failure", 1);
	expect_status(
		spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, g_buf, 0, 4, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_FAILED);
	expect_zone(0, SPDK_BDEV_ZONE_STATE_IMP_OPEN, 4);
	expect_write(4, 4, 0, 0);
	/* And does not keep a reset waiting. */
	manage(0, SPDK_BDEV_ZONE_RESET);
	destroy();
}

static void
a_reset_that_fails_changes_nothing(void **state)
{
	struct outcome outcome = {.calls = 0};

	create_on_error();
	expect_write(0, 4, 0, 0);
	inject("unmap", "failure", 1);
	expect_status(spdk_bdev_zone_management(g_disk.desc, g_disk.ch, 0, SPDK_BDEV_ZONE_RESET,
						note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_FAILED);
	expect_zone(0, SPDK_BDEV_ZONE_STATE_IMP_OPEN, 4);
	expect_write(4, 4, 0, 0);
	manage(0, SPDK_BDEV_ZONE_RESET);
	destroy();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(a_device_gets_zones),
		MODULES_TEST(zones_that_are_not_there_are_not_told_of),
		MODULES_TEST(a_zone_is_written_in_order),
		MODULES_TEST(an_append_goes_where_the_write_pointer_is),
		MODULES_TEST(zones_are_opened_closed_and_finished),
		MODULES_TEST(a_read_is_of_one_zone),
		MODULES_TEST(what_was_there_before_is_read_until_it_is_reset),
		MODULES_TEST(types_that_write_anywhere_are_not_there),
		MODULES_TEST(a_reference_tag_cannot_be_appended),
		MODULES_TEST(zones_are_saved_without_their_states),
		MODULES_TEST(zones_come_and_go_with_the_base),
		MODULES_TEST(what_cannot_have_zones_is_explained),
		MODULES_TEST(its_size_stays_when_the_base_grows),
		MODULES_TEST(a_reset_of_a_zone_waits_for_writes_of_all_threads),
		MODULES_TEST(a_reset_of_the_device_comes_after_those_of_zones),
		MODULES_TEST(a_write_that_fails_has_taken_its_blocks),
		MODULES_TEST(a_reset_that_fails_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
