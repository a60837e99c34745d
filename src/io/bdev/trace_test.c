/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a trace shows of I/Os and channels: whose they are, what was asked for, how it ended, and
 * how long it took; and nothing of what is not switched on.
 */
#include "bdev_fixture.h"
#include "env/env_internal.h"
#include "spdk/trace_parser.h"
#include "spdk/util.h"

#define SHM_NAME "/bdev_trace_test"
#define BLOCK    512

#define FOLDER "/tmp/bdev_trace.XXXXXX"

static char g_folder[sizeof(FOLDER)];
static uint8_t g_data[8 * BLOCK] __attribute__((aligned(4096)));

struct traced {
	struct fake_bdev *fake;
	struct opened opened;
	struct spdk_trace_parser *parser;
};

static int
trace_setup(void **state)
{
	int rc = bdev_setup(state);

	if (rc != 0) {
		return rc;
	}
	memcpy(g_folder, FOLDER, sizeof(FOLDER));
	if (mkdtemp(g_folder) == NULL) {
		return -errno;
	}
	env_shm_set_folder(g_folder);
	return spdk_trace_init(SHM_NAME, 1024, 0);
}

static int
trace_teardown(void **state)
{
	char path[64];

	spdk_trace_cleanup();
	snprintf(path, sizeof(path), "%s%s", g_folder, SHM_NAME);
	(void)unlink(path);
	(void)rmdir(g_folder);
	env_shm_set_folder(NULL);
	return bdev_teardown(state);
}

#define TRACED_TEST(name) cmocka_unit_test_setup_teardown(name, trace_setup, trace_teardown)

static void
traced_open(struct traced *traced)
{
	traced->fake = fake_new("traced", 64);
	fake_register(traced->fake);
	traced->opened = fake_open(traced->fake);
}

/* Reads what was recorded from here on. */
static void
traced_read(struct traced *traced)
{
	struct spdk_trace_parser_opts opts = {
		.filename = SHM_NAME,
		.mode = SPDK_TRACE_PARSER_MODE_SHM,
		.lcore = SPDK_TRACE_MAX_LCORE,
	};

	traced->parser = spdk_trace_parser_init(&opts);
	assert_non_null(traced->parser);
}

static void
traced_close(struct traced *traced)
{
	spdk_trace_parser_cleanup(traced->parser);
	fake_close(&traced->opened);
	fake_delete(traced->fake);
}

static struct spdk_trace_parser_entry
next(struct traced *traced, uint16_t tpoint_id)
{
	const struct spdk_trace_file *file = spdk_trace_parser_get_file(traced->parser);
	struct spdk_trace_parser_entry entry;

	assert_true(spdk_trace_parser_next_entry(traced->parser, &entry));
	assert_int_equal(entry.entry->tpoint_id, tpoint_id);
	assert_string_equal(spdk_get_trace_owner(file, entry.entry->owner_id)->description,
			    "traced");
	return entry;
}

static void
assert_no_more(struct traced *traced)
{
	struct spdk_trace_parser_entry entry;

	assert_false(spdk_trace_parser_next_entry(traced->parser, &entry));
}

static void
an_io_is_recorded_from_its_submission_to_its_end(void **state)
{
	struct traced traced;
	struct outcome outcome = {0};
	struct spdk_trace_parser_entry start, done;

	assert_int_equal(spdk_trace_enable_tpoint_group("bdev"), 0);
	traced_open(&traced);
	assert_int_equal(spdk_bdev_write_blocks(traced.opened.desc, traced.opened.ch, g_data, 5, 3,
						note_outcome, &outcome),
			 0);
	settle_bdev();
	traced_read(&traced);

	(void)next(&traced, TRACE_BDEV_IOCH_CREATE);
	start = next(&traced, TRACE_BDEV_IO_START);
	done = next(&traced, TRACE_BDEV_IO_DONE);
	assert_no_more(&traced);
	assert_int_equal(start.entry->size, 3 * BLOCK);
	assert_string_equal(start.args[0].u.string, "write");
	assert_ptr_equal(start.args[1].u.pointer, &outcome);
	assert_int_equal(start.args[2].u.integer, 5);
	assert_int_equal(start.args[3].u.integer, 0);
	assert_int_equal(done.entry->object_id, start.entry->object_id);
	assert_int_equal(done.object_index, start.object_index);
	assert_int_equal(done.object_start, start.entry->tsc);
	assert_ptr_equal(done.args[0].u.pointer, &outcome);
	assert_int_equal(done.args[1].u.integer, SPDK_BDEV_IO_STATUS_SUCCESS);
	traced_close(&traced);
}

static void
failures_and_the_depth_of_the_queue_are_recorded(void **state)
{
	struct traced traced;
	struct outcome outcome = {0};
	struct spdk_trace_parser_entry entry;
	uint64_t i;

	traced_open(&traced);
	assert_int_equal(spdk_trace_enable_tpoint_group("bdev"), 0);
	traced.fake->holds = true;
	for (i = 0; i < 2; i++) {
		assert_int_equal(spdk_bdev_read_blocks(traced.opened.desc, traced.opened.ch, g_data,
						       i, 1, note_outcome, &outcome),
				 0);
	}
	traced.fake->status = SPDK_BDEV_IO_STATUS_FAILED;
	fake_release_all(traced.fake);
	settle_bdev();
	traced_read(&traced);

	for (i = 0; i < 2; i++) {
		entry = next(&traced, TRACE_BDEV_IO_START);
		assert_string_equal(entry.args[0].u.string, "read");
		assert_int_equal(entry.args[2].u.integer, i);
		assert_int_equal(entry.args[3].u.integer, i);
	}
	for (i = 0; i < 2; i++) {
		entry = next(&traced, TRACE_BDEV_IO_DONE);
		assert_int_equal((int)entry.args[1].u.integer, SPDK_BDEV_IO_STATUS_FAILED);
		assert_int_equal(entry.args[2].u.integer, 1 - i);
	}
	assert_no_more(&traced);
	traced_close(&traced);
}

static void
a_reset_has_no_blocks(void **state)
{
	struct traced traced;
	struct outcome outcome = {0};
	struct spdk_trace_parser_entry entry;

	traced_open(&traced);
	/* Of which something may be left in the memory of the next one. */
	assert_int_equal(spdk_bdev_read_blocks(traced.opened.desc, traced.opened.ch, g_data, 3, 2,
					       note_outcome, &outcome),
			 0);
	settle_bdev();
	assert_int_equal(spdk_trace_enable_tpoint_group("bdev"), 0);
	assert_int_equal(
		spdk_bdev_reset(traced.opened.desc, traced.opened.ch, note_outcome, &outcome), 0);
	settle_bdev();
	traced_read(&traced);

	entry = next(&traced, TRACE_BDEV_IO_START);
	assert_string_equal(entry.args[0].u.string, "reset");
	assert_int_equal(entry.entry->size, 0);
	assert_int_equal(entry.args[2].u.integer, 0);
	(void)next(&traced, TRACE_BDEV_IO_DONE);
	assert_no_more(&traced);
	traced_close(&traced);
}

static void
channels_are_recorded_with_their_thread(void **state)
{
	struct traced traced;
	struct spdk_trace_parser_entry entry;
	uint64_t id = spdk_thread_get_id(spdk_get_thread());

	spdk_trace_set_tpoints(TRACE_GROUP_BDEV, 1u << (TRACE_BDEV_IOCH_CREATE % 64) |
							 1u << (TRACE_BDEV_IOCH_DESTROY % 64));
	traced_open(&traced);
	spdk_put_io_channel(traced.opened.ch);
	settle_bdev();
	traced.opened.ch = spdk_bdev_get_io_channel(traced.opened.desc);
	traced_read(&traced);

	entry = next(&traced, TRACE_BDEV_IOCH_CREATE);
	assert_int_equal(entry.args[0].u.integer, id);
	entry = next(&traced, TRACE_BDEV_IOCH_DESTROY);
	assert_int_equal(entry.args[0].u.integer, id);
	(void)next(&traced, TRACE_BDEV_IOCH_CREATE);
	assert_no_more(&traced);
	traced_close(&traced);
}

static void
what_is_off_is_not_recorded(void **state)
{
	struct traced traced;
	struct outcome outcome = {0};

	spdk_trace_set_tpoints(TRACE_GROUP_BDEV, 1u << (TRACE_BDEV_IO_DONE % 64));
	traced_open(&traced);
	assert_int_equal(spdk_bdev_read_blocks(traced.opened.desc, traced.opened.ch, g_data, 0, 1,
					       note_outcome, &outcome),
			 0);
	settle_bdev();
	traced_read(&traced);

	(void)next(&traced, TRACE_BDEV_IO_DONE);
	assert_no_more(&traced);
	traced_close(&traced);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACED_TEST(an_io_is_recorded_from_its_submission_to_its_end),
		TRACED_TEST(failures_and_the_depth_of_the_queue_are_recorded),
		TRACED_TEST(a_reset_has_no_blocks),
		TRACED_TEST(channels_are_recorded_with_their_thread),
		TRACED_TEST(what_is_off_is_not_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
