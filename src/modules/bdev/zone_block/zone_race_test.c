/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of the system that append to the same zones, while those are reset: each append is
 * written where it was told, once, and each I/O ends.
 */
#include "modules/bdev/modules_fixture.h"
#include "spdk/bdev_zone.h"
#include "spdk/nvme_spec.h"

#include <stdatomic.h>

#define WRITERS  2
#define ZONES    4
#define SIZE     256
#define CAPACITY 200
#define BLOCK    512
#define DEPTH    4
#define APPENDS  2000

struct writer {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	uint8_t *buf;
	/* Its blocks bear this and a number. */
	uint32_t id;
	uint32_t submitted, busy;
	/* Goes on until nothing fits any more. */
	bool fills;
	uint32_t refused;
	pthread_t os_thread;
};

struct one {
	struct writer *writer;
	uint8_t *buf;
	uint64_t zone;
};

static struct disk g_disk;
/* The stamp that was told to be in a block; written by whoever has appended it, once. */
static uint64_t g_stamps[ZONES * SIZE];
static bool g_keeps_stamps;
static _Atomic uint32_t g_writers_done;

/* The way out of a test is on its own thread only. */
static void
require(bool condition)
{
	if (!condition) {
		fprintf(stderr, "a writer has met what must not be\n");
		abort();
	}
}

static bool
is_expected(struct spdk_bdev_io *io)
{
	uint32_t cdw0;
	int sct, sc;

	spdk_bdev_io_get_nvme_status(io, &cdw0, &sct, &sc);
	return (sct == SPDK_NVME_SCT_COMMAND_SPECIFIC &&
		(sc == SPDK_NVME_SC_ZONE_IS_FULL || sc == SPDK_NVME_SC_ZONED_BOUNDARY_ERROR)) ||
	       (sct == SPDK_NVME_SCT_GENERIC && sc == SPDK_NVME_SC_COMMAND_INTERRUPTED);
}

static void
appended(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct one *one = arg;
	struct writer *writer = one->writer;
	uint64_t block, stamp;

	if (success) {
		block = spdk_bdev_io_get_append_location(io);
		memcpy(&stamp, one->buf, sizeof(stamp));
		require(block - block % SIZE == one->zone * SIZE);
		require(block % SIZE < CAPACITY);
		if (g_keeps_stamps) {
			require(g_stamps[block] == 0);
			g_stamps[block] = stamp;
		}
	} else {
		require(is_expected(io));
		writer->refused++;
	}
	spdk_bdev_free_io(io);
	writer->busy--;
}

static void
submit(struct writer *writer, struct one *one)
{
	uint64_t stamp = (uint64_t)writer->id << 32 | ++writer->submitted;

	one->zone = writer->submitted % ZONES;
	memcpy(one->buf, &stamp, sizeof(stamp));
	require(spdk_bdev_zone_append(writer->desc, writer->ch, one->buf, one->zone * SIZE, 1,
				      appended, one) == 0);
	writer->busy++;
}

/* All of its appends, DEPTH at a time. */
static void
append_all(struct writer *writer, struct spdk_thread *thread)
{
	struct one ones[DEPTH];

	while (writer->fills ? writer->refused < ZONES * DEPTH : writer->submitted < APPENDS) {
		for (size_t i = 0; i < DEPTH; i++) {
			ones[i] = (struct one){writer, writer->buf + i * BLOCK, 0};
			submit(writer, &ones[i]);
		}
		while (writer->busy > 0) {
			spdk_thread_poll(thread, 0, 0);
			spdk_set_thread(thread);
		}
	}
}

static void *
run_writer(void *arg)
{
	struct writer *writer = arg;
	struct spdk_thread *thread = spdk_thread_create("writer", NULL);

	spdk_set_thread(thread);
	writer->ch = spdk_bdev_get_io_channel(writer->desc);
	require(writer->ch != NULL);
	append_all(writer, thread);
	spdk_put_io_channel(writer->ch);
	spdk_thread_exit(thread);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	spdk_thread_destroy(thread);
	atomic_fetch_add(&g_writers_done, 1);
	return NULL;
}

static void
note_reset(struct spdk_bdev_io *io, bool success, void *arg)
{
	require(success);
	spdk_bdev_free_io(io);
	*(bool *)arg = true;
}

static bool
is_true(const void *arg)
{
	return *(const bool *)arg;
}

static void
reset_zone(uint64_t zone)
{
	bool is_done = false;

	assert_int_equal(spdk_bdev_zone_management(g_disk.desc, g_disk.ch, zone * SIZE,
						   SPDK_BDEV_ZONE_RESET, note_reset, &is_done),
			 0);
	wait_until(is_true, &is_done);
}

static void
run_writers(bool fill_up)
{
	struct writer writers[WRITERS];
	uint64_t resets = 0;

	g_keeps_stamps = fill_up;
	atomic_store(&g_writers_done, 0);
	for (uint32_t i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.desc = g_disk.desc,
					     .buf = new_buf(DEPTH * BLOCK),
					     .id = i + 1,
					     .fills = fill_up};
		assert_int_equal(
			pthread_create(&writers[i].os_thread, NULL, run_writer, &writers[i]), 0);
	}
	while (atomic_load(&g_writers_done) < WRITERS) {
		if (fill_up) {
			settle();
			sched_yield();
		} else {
			reset_zone(resets++ % ZONES);
		}
	}
	for (size_t i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(writers[i].os_thread, NULL), 0);
		free(writers[i].buf);
	}
}

static void
appends_of_many_threads_are_each_in_their_place(void **state)
{
	uint8_t *buf = new_buf(SIZE * BLOCK);
	uint64_t stamp;

	expect("bdev_malloc_create", "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 1024}",
	       "\"M\"");
	expect("bdev_zone_block_create",
	       "{\"name\": \"Z\", \"base_bdev\": \"M\", \"zone_capacity\": 200, "
	       "\"optimal_open_zones\": 1}",
	       "\"Z\"");
	disk_open(&g_disk, "Z");
	run_writers(false);
	for (uint64_t zone = 0; zone < ZONES; zone++) {
		reset_zone(zone);
	}
	run_writers(true);
	for (uint64_t zone = 0; zone < ZONES; zone++) {
		do_read(&g_disk, buf, zone * SIZE, CAPACITY);
		for (size_t i = 0; i < CAPACITY; i++) {
			memcpy(&stamp, buf + i * BLOCK, sizeof(stamp));
			assert_true(stamp != 0 && stamp == g_stamps[zone * SIZE + i]);
		}
	}
	disk_close(&g_disk);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(appends_of_many_threads_are_each_in_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
