/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statistics: each I/O of a caller is counted once, by its type and its end, in its channel, and is
 * not lost when the channel goes; resets take away what they say and nothing else.
 */
#include "crowd_fixture.h"

#include "spdk/json.h"
#include "spdk/string.h"

static struct outcome g_outcome;
static struct spdk_bdev_io_stat *g_sum;
static int g_answers;

static int
setup(void **state)
{
	int rc = crowd_setup(state);

	g_outcome = (struct outcome){0};
	g_sum = bdev_io_stat_create();
	return g_sum != NULL ? rc : -ENOMEM;
}

static int
teardown(void **state)
{
	bdev_io_stat_destroy(g_sum);
	return crowd_teardown(state);
}

#define STAT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define NONE            SPDK_BDEV_RESET_STAT_NONE

static void
do_io(int user, enum spdk_bdev_io_type type, uint64_t blocks, enum spdk_bdev_io_status status)
{
	submit_io(user, type, 0, blocks, &g_outcome);
	complete_all(user, status);
}

static void
note_answer(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat, void *arg, int rc)
{
	assert_ptr_equal(bdev, &g_crowd->bdev);
	assert_ptr_equal(stat, arg);
	assert_int_equal(rc, 0);
	g_answers++;
}

/* What the device has counted, in g_sum. */
static void
ask(enum spdk_bdev_reset_stat_mode mode)
{
	int answers = g_answers;

	spdk_bdev_get_device_stat(&g_crowd->bdev, g_sum, mode, note_answer, g_sum);
	assert_int_equal(g_answers, answers);
	settle_crowd();
	assert_int_equal(g_answers, answers + 1);
}

static void
each_type_is_counted_with_its_bytes_and_latency(void **state)
{
	struct spdk_bdev_io_stat stat;

	g_crowd->types |= 1u << SPDK_BDEV_IO_TYPE_COPY;
	channel_of(1)->emulated &= ~(1u << SPDK_BDEV_IO_TYPE_COPY);
	do_io(1, READ, 1, SUCCESS);
	do_io(1, READ, 2, SUCCESS);
	do_io(1, WRITE, 4, SUCCESS);
	do_io(1, SPDK_BDEV_IO_TYPE_UNMAP, 8, SUCCESS);
	do_io(1, SPDK_BDEV_IO_TYPE_COPY, 16, SUCCESS);
	do_io(1, SPDK_BDEV_IO_TYPE_FLUSH, 32, SUCCESS);
	spdk_bdev_get_io_stat(&g_crowd->bdev, g_users[1].opened.ch, &stat, NONE);
	assert_int_equal(stat.num_read_ops, 2);
	assert_int_equal(stat.bytes_read, 3 * CROWD_BLOCK);
	assert_int_equal(stat.num_write_ops, 1);
	assert_int_equal(stat.bytes_written, 4 * CROWD_BLOCK);
	assert_int_equal(stat.num_unmap_ops, 1);
	assert_int_equal(stat.bytes_unmapped, 8 * CROWD_BLOCK);
	assert_int_equal(stat.num_copy_ops, 1);
	assert_int_equal(stat.bytes_copied, 16 * CROWD_BLOCK);
	assert_int_equal(stat.ticks_rate, spdk_get_ticks_hz());
	assert_in_range(stat.min_read_latency_ticks, 1, stat.max_read_latency_ticks);
	assert_int_equal(stat.read_latency_ticks,
			 stat.min_read_latency_ticks + stat.max_read_latency_ticks);
	assert_int_equal(stat.write_latency_ticks, stat.max_write_latency_ticks);
	assert_int_equal(stat.unmap_latency_ticks, stat.min_unmap_latency_ticks);
	assert_true(stat.copy_latency_ticks > 0);
}

static void
split_is_counted_once(void **state)
{
	struct spdk_bdev_io_stat stat;

	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	do_io(1, WRITE, 20, SUCCESS);
	do_io(1, WRITE, 20, FAILED);
	g_crowd->bdev.max_rw_size = 0;
	spdk_bdev_get_io_stat(&g_crowd->bdev, g_users[1].opened.ch, &stat, NONE);
	assert_int_equal(stat.num_write_ops, 1);
	assert_int_equal(stat.bytes_written, 20 * CROWD_BLOCK);
	ask(NONE);
	assert_int_equal(g_sum->io_error->error_status[-FAILED - 1], 1);
}

static void
device_has_the_sum_of_its_channels_and_of_those_that_are_gone(void **state)
{
	struct opened *opened = &g_users[2].opened;

	do_io(0, READ, 1, SUCCESS);
	do_io(1, READ, 2, SUCCESS);
	do_io(2, READ, 4, SUCCESS);
	on(2);
	spdk_put_io_channel(opened->ch);
	settle_crowd();
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	on(0);
	ask(NONE);
	assert_int_equal(g_sum->num_read_ops, 3);
	assert_int_equal(g_sum->bytes_read, 7 * CROWD_BLOCK);
	/* Asked again it is the same, not more. */
	ask(NONE);
	assert_int_equal(g_sum->num_read_ops, 3);
	ask(SPDK_BDEV_RESET_STAT_ALL);
	assert_int_equal(g_sum->num_read_ops, 3);
	ask(NONE);
	assert_int_equal(g_sum->num_read_ops, 0);
	assert_int_equal(g_sum->min_read_latency_ticks, UINT64_MAX);
}

static void
errors_are_counted_by_status_and_nothing_else_of_them(void **state)
{
	do_io(0, READ, 1, FAILED);
	do_io(1, WRITE, 1, FAILED);
	do_io(2, WRITE, 1, ABORTED);
	do_io(2, WRITE, 1, SPDK_BDEV_IO_STATUS_AIO_ERROR);
	ask(NONE);
	assert_int_equal(g_sum->num_read_ops + g_sum->num_write_ops, 0);
	assert_int_equal(g_sum->io_error->error_status[-FAILED - 1], 2);
	assert_int_equal(g_sum->io_error->error_status[-ABORTED - 1], 1);
	assert_int_equal(g_sum->io_error->error_status[-SPDK_BDEV_IO_STATUS_AIO_ERROR - 1], 1);
	assert_int_equal(g_sum->io_error->error_status[-NOMEM - 1], 0);
}

static void
place_for_errors_that_is_not_ours_is_not_touched(void **state)
{
	struct spdk_bdev_io_stat stat;

	/* On somebody's stack, and never set. */
	memset(&stat, 0xa5, sizeof(stat));
	do_io(0, READ, 1, FAILED);
	spdk_bdev_get_device_stat(&g_crowd->bdev, &stat, NONE, note_answer, &stat);
	settle_crowd();
	assert_int_equal(stat.num_read_ops, 0);
	spdk_bdev_reset_io_stat(&stat, SPDK_BDEV_RESET_STAT_ALL);
	spdk_bdev_add_io_stat(&stat, g_sum);
}

static void
each_reset_takes_away_what_it_says(void **state)
{
	do_io(0, READ, 1, SUCCESS);
	do_io(0, READ, 1, FAILED);
	ask(SPDK_BDEV_RESET_STAT_ERROR);
	assert_int_equal(g_sum->io_error->error_status[-FAILED - 1], 1);
	ask(SPDK_BDEV_RESET_STAT_MAXMIN);
	assert_int_equal(g_sum->io_error->error_status[-FAILED - 1], 0);
	assert_true(g_sum->max_read_latency_ticks > 0);
	ask(NONE);
	assert_int_equal(g_sum->max_read_latency_ticks, 0);
	assert_int_equal(g_sum->min_read_latency_ticks, UINT64_MAX);
	assert_int_equal(g_sum->num_read_ops, 1);
	assert_true(g_sum->read_latency_ticks > 0);
	bdev_reset_device_stat(&g_crowd->bdev, SPDK_BDEV_RESET_STAT_ALL, note_answer, NULL);
	settle_crowd();
	ask(NONE);
	assert_int_equal(g_sum->num_read_ops, 0);
}

static void
channel_is_reset_alone(void **state)
{
	struct spdk_bdev_io_stat stat;

	do_io(0, READ, 1, SUCCESS);
	do_io(1, READ, 1, SUCCESS);
	spdk_bdev_get_io_stat(&g_crowd->bdev, g_users[1].opened.ch, &stat,
			      SPDK_BDEV_RESET_STAT_ALL);
	assert_int_equal(stat.num_read_ops, 1);
	spdk_bdev_get_io_stat(&g_crowd->bdev, g_users[1].opened.ch, &stat, NONE);
	assert_int_equal(stat.num_read_ops, 0);
	ask(NONE);
	assert_int_equal(g_sum->num_read_ops, 1);
}

static void
sums_have_the_extremes_of_both(void **state)
{
	struct spdk_bdev_io_stat a = {.min_write_latency_ticks = 5, .max_write_latency_ticks = 6};
	struct spdk_bdev_io_stat b = {.min_write_latency_ticks = 3,
				      .max_write_latency_ticks = 9,
				      .num_write_ops = 1,
				      .write_latency_ticks = 12};

	spdk_bdev_add_io_stat(&a, &b);
	assert_int_equal(a.min_write_latency_ticks, 3);
	b.min_write_latency_ticks = 4;
	spdk_bdev_add_io_stat(&a, &b);
	assert_int_equal(a.min_write_latency_ticks, 3);
	assert_int_equal(a.max_write_latency_ticks, 9);
	assert_int_equal(a.num_write_ops, 2);
	assert_int_equal(a.write_latency_ticks, 24);
}

static int
append(void *cb_ctx, const void *data, size_t size)
{
	char *text = cb_ctx;
	size_t length = strlen(text);

	assert_true(length + size < 4096);
	memcpy(text + length, data, size);
	text[length + size] = '\0';
	return 0;
}

static void
dump_shows_all_in_order(void **state)
{
	static char text[4096];
	struct spdk_json_write_ctx *w;

	g_sum->bytes_read = 1;
	g_sum->num_copy_ops = 8;
	g_sum->max_unmap_latency_ticks = 9;
	g_sum->io_error->error_status[-NOMEM - 1] = 4;
	g_sum->io_error->error_status[-SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED - 1] = 6;
	text[0] = '\0';
	w = spdk_json_write_begin(append, text, 0);
	spdk_json_write_object_begin(w);
	spdk_bdev_dump_io_stat_json(g_sum, w);
	spdk_json_write_object_end(w);
	spdk_json_write_end(w);
	assert_string_equal(text, "{\"bytes_read\":1,\"num_read_ops\":0,"
				  "\"bytes_written\":0,\"num_write_ops\":0,"
				  "\"bytes_unmapped\":0,\"num_unmap_ops\":0,"
				  "\"bytes_copied\":0,\"num_copy_ops\":8,"
				  "\"read_latency_ticks\":0,\"max_read_latency_ticks\":0,"
				  "\"min_read_latency_ticks\":0,"
				  "\"write_latency_ticks\":0,\"max_write_latency_ticks\":0,"
				  "\"min_write_latency_ticks\":0,"
				  "\"unmap_latency_ticks\":0,\"max_unmap_latency_ticks\":9,"
				  "\"min_unmap_latency_ticks\":0,"
				  "\"copy_latency_ticks\":0,\"max_copy_latency_ticks\":0,"
				  "\"min_copy_latency_ticks\":0,"
				  "\"io_error\":{\"nomem\":4,\"first_fused_failed\":6}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STAT_TEST(each_type_is_counted_with_its_bytes_and_latency),
		STAT_TEST(split_is_counted_once),
		STAT_TEST(device_has_the_sum_of_its_channels_and_of_those_that_are_gone),
		STAT_TEST(errors_are_counted_by_status_and_nothing_else_of_them),
		STAT_TEST(place_for_errors_that_is_not_ours_is_not_touched),
		STAT_TEST(each_reset_takes_away_what_it_says),
		STAT_TEST(channel_is_reset_alone),
		STAT_TEST(sums_have_the_extremes_of_both),
		STAT_TEST(dump_shows_all_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
