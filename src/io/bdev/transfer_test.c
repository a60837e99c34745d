/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data in a memory domain that the device does not know, and that moves in its own time: where it
 * goes, and that I/Os can be ended, reset and fail while it is on its way.
 */
#include "base/log_capture.h"
#include "crowd_fixture.h"
#include "spdk/dma.h"

#define COUNT 8
#define SIZE  ((size_t)COUNT * CROWD_BLOCK)
/* What the addresses of the domain are away from where the data is. */
#define DISTANCE ((uintptr_t)1 << 62)

/* A move that is under way, until end_move(). */
static struct {
	spdk_memory_domain_data_cpl_cb cb_fn;
	void *cb_arg;
	struct spdk_thread *thread;
} g_move;

static struct spdk_memory_domain *g_domain;
static int g_pulls, g_pushes, g_rc;
static uint8_t g_far[SIZE];
/* In two vectors, that do not end with a block. */
static struct iovec g_iovs[2];
static struct outcome g_first, g_abort, g_reset;

static int
move(struct iovec *src, uint32_t src_count, struct iovec *dst, uint32_t dst_count,
     spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	if (g_rc != 0) {
		return g_rc;
	}
	(void)spdk_iovcpy(src, src_count, dst, dst_count);
	assert_null(g_move.cb_fn);
	g_move.cb_fn = cb_fn;
	g_move.cb_arg = cb_arg;
	g_move.thread = spdk_get_thread();
	return 0;
}

static void
bring_near(struct iovec *near, const struct iovec *far, uint32_t count)
{
	uint32_t i;

	assert_in_range(count, 1, 4);
	for (i = 0; i < count; i++) {
		near[i].iov_base = (void *)((uintptr_t)far[i].iov_base - DISTANCE);
		near[i].iov_len = far[i].iov_len;
	}
}

static int
pull(struct spdk_memory_domain *domain, void *ctx, struct iovec *src, uint32_t src_count,
     struct iovec *dst, uint32_t dst_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	struct iovec near[4];

	assert_ptr_equal(ctx, &g_far);
	g_pulls++;
	bring_near(near, src, src_count);
	return move(near, src_count, dst, dst_count, cb_fn, cb_arg);
}

static int
push(struct spdk_memory_domain *domain, void *ctx, struct iovec *dst, uint32_t dst_count,
     struct iovec *src, uint32_t src_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	struct iovec near[4];

	assert_ptr_equal(ctx, &g_far);
	g_pushes++;
	bring_near(near, dst, dst_count);
	return move(src, src_count, near, dst_count, cb_fn, cb_arg);
}

static void
end_move(int status)
{
	spdk_memory_domain_data_cpl_cb cb_fn = g_move.cb_fn;

	assert_non_null(cb_fn);
	g_move.cb_fn = NULL;
	spdk_set_thread(g_move.thread);
	cb_fn(g_move.cb_arg, status);
	on(0);
	settle_crowd();
}

static int
setup(void **state)
{
	struct spdk_accel_opts accel = {0};
	int rc;

	/* Of the few buffers that there are it keeps none. */
	spdk_accel_get_opts(&accel, sizeof(accel));
	accel.small_cache_size = accel.large_cache_size = 0;
	if (spdk_accel_set_opts(&accel) != 0) {
		return -EIO;
	}
	rc = crowd_setup(state);
	g_first = g_abort = g_reset = (struct outcome){0};
	g_pulls = g_pushes = g_rc = 0;
	g_move.cb_fn = NULL;
	fill_pattern(g_far, SIZE, 9);
	g_iovs[0] = (struct iovec){(void *)((uintptr_t)g_far + DISTANCE), 700};
	g_iovs[1] = (struct iovec){(void *)((uintptr_t)g_far + DISTANCE + 700), SIZE - 700};
	if (rc != 0 ||
	    spdk_memory_domain_create(&g_domain, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "far") != 0) {
		return -EIO;
	}
	spdk_memory_domain_set_pull(g_domain, pull);
	spdk_memory_domain_set_push(g_domain, push);
	return 0;
}

static int
teardown(void **state)
{
	spdk_memory_domain_destroy(g_domain);
	return crowd_teardown(state);
}

#define TRANSFER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Of all of g_far, from block 0, by user 1. */
static void
submit(enum spdk_bdev_io_type type, uint64_t count)
{
	struct opened *opened = &g_users[1].opened;
	struct spdk_bdev_ext_io_opts opts = {
		.size = sizeof(opts),
		.memory_domain = g_domain,
		.memory_domain_ctx = &g_far,
	};
	int rc;

	on(1);
	if (type == READ) {
		rc = spdk_bdev_readv_blocks_ext(opened->desc, opened->ch, g_iovs, 2, 0, count,
						note_outcome, &g_first, &opts);
	} else {
		rc = spdk_bdev_writev_blocks_ext(opened->desc, opened->ch, g_iovs, 2, 0, count,
						 note_outcome, &g_first, &opts);
	}
	on(0);
	assert_int_equal(rc, 0);
}

static enum bdev_io_state
state_of_first(void)
{
	const struct spdk_bdev_io *io = TAILQ_FIRST(&channel_of(1)->submitted);

	assert_non_null(io);
	return (enum bdev_io_state)io->internal.state;
}

/* As the device does when it does not hold. */
static void
carry_out(void)
{
	on(1);
	fake_release_all(g_crowd);
	on(0);
	settle_crowd();
}

/* None is lost, and the next I/O has one. */
static void
assert_buffers_are_back(void)
{
	take_all_buffers(1);
	give_back_buffers(1);
}

/* ---- There and back ---- */

static void
write_has_come_from_its_domain_before_the_device_has_it(void **state)
{
	submit(WRITE, COUNT);
	settle_crowd();
	assert_int_equal(state_of_first(), BDEV_IO_PULLING);
	assert_int_equal(count_at_module(1), 0);
	end_move(0);
	assert_int_equal(count_at_module(1), 1);
	assert_null(at_module(1, WRITE)->u.bdev.memory_domain);
	carry_out();
	assert_outcome(&g_first, 1, SUCCESS);
	assert_memory_equal(g_crowd->data, g_far, SIZE);
	assert_int_equal(g_pulls, 1);
	assert_int_equal(g_pushes, 0);
}

static void
read_has_come_to_its_domain_before_the_callback(void **state)
{
	fill_pattern(g_crowd->data, SIZE, 4);
	submit(READ, COUNT);
	carry_out();
	assert_int_equal(state_of_first(), BDEV_IO_PUSHING);
	assert_outcome(&g_first, 0, 0);
	end_move(0);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_memory_equal(g_far, g_crowd->data, SIZE);
	assert_int_equal(g_pulls, 0);
	assert_int_equal(g_pushes, 1);
}

static void
parts_of_a_split_are_of_what_was_moved_at_once(void **state)
{
	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	submit(WRITE, COUNT);
	end_move(0);
	assert_int_equal(count_at_module(1), COUNT);
	carry_out();
	assert_outcome(&g_first, 1, SUCCESS);
	assert_memory_equal(g_crowd->data, g_far, SIZE);
	fill_pattern(g_crowd->data, SIZE, 4);
	g_first.calls = 0;
	submit(READ, COUNT);
	carry_out();
	end_move(0);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_memory_equal(g_far, g_crowd->data, SIZE);
	assert_int_equal(g_pulls + g_pushes, 2);
	g_crowd->bdev.max_rw_size = 0;
}

/* ---- Aborted ---- */

static void
abort_ends_a_write_when_its_data_has_stopped_moving(void **state)
{
	submit(WRITE, COUNT);
	assert_int_equal(submit_abort(1, &g_first, &g_abort), 0);
	settle_crowd();
	assert_outcome(&g_abort, 1, SUCCESS);
	assert_outcome(&g_first, 0, 0);
	end_move(0);
	assert_outcome(&g_first, 1, ABORTED);
	assert_int_equal(g_crowd->submitted, 0);
	assert_buffers_are_back();
}

static void
abort_does_not_stop_what_was_read(void **state)
{
	fill_pattern(g_crowd->data, SIZE, 4);
	submit(READ, COUNT);
	carry_out();
	assert_int_equal(submit_abort(1, &g_first, &g_abort), 0);
	settle_crowd();
	assert_outcome(&g_abort, 1, FAILED);
	end_move(0);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_memory_equal(g_far, g_crowd->data, SIZE);
	assert_buffers_are_back();
}

static void
abort_ends_what_waits_for_a_place_to_move_to(void **state)
{
	take_all_buffers(1);
	g_iovs[1].iov_len += 64 * 1024 - SIZE;
	submit(WRITE, 64 * 1024 / CROWD_BLOCK);
	assert_int_equal(state_of_first(), BDEV_IO_BUFFER);
	assert_int_equal(submit_abort(1, &g_first, &g_abort), 0);
	settle_crowd();
	assert_outcome(&g_abort, 1, SUCCESS);
	assert_outcome(&g_first, 1, ABORTED);
	give_back_buffers(1);
	settle_crowd();
	assert_int_equal(g_pulls, 0);
	assert_int_equal(g_crowd->submitted, 0);
	assert_buffers_are_back();
}

/* ---- Reset ---- */

static void
reset_waits_for_data_on_its_way_to_the_device(void **state)
{
	submit(WRITE, COUNT);
	submit_reset(0, &g_reset);
	settle_crowd();
	complete(at_module(0, RESET), SUCCESS);
	settle_crowd();
	assert_outcome(&g_reset, 0, 0);
	end_move(0);
	assert_outcome(&g_first, 1, ABORTED);
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_int_equal(g_crowd->submitted, 1);
}

/* The device has nothing to do any more, so it needs no reset. */
static void
reset_that_drains_waits_for_data_on_its_way_back(void **state)
{
	g_crowd->bdev.reset_io_drain_timeout = 3600;
	submit(READ, COUNT);
	carry_out();
	submit_reset(0, &g_reset);
	settle_crowd();
	assert_outcome(&g_reset, 0, 0);
	end_move(0);
	assert_outcome(&g_first, 1, SUCCESS);
	assert_outcome(&g_reset, 1, SUCCESS);
	assert_int_equal(g_crowd->submitted, 1);
}

/* ---- What fails ---- */

static void
write_fails_with_its_data(void **state)
{
	submit(WRITE, COUNT);
	end_move(-EIO);
	assert_outcome(&g_first, 1, FAILED);
	assert_true(
		log_captured("write of bdev crowd: an operation on its data before it is written "
			     "failed: Input/output error",
			     NULL));
	g_first.calls = 0;
	g_rc = -EACCES;
	submit(WRITE, COUNT);
	settle_crowd();
	assert_outcome(&g_first, 1, FAILED);
	assert_int_equal(g_crowd->submitted, 0);
	assert_buffers_are_back();
	log_capture_clear();
}

static void
read_fails_with_its_data(void **state)
{
	submit(READ, COUNT);
	carry_out();
	end_move(-EIO);
	assert_outcome(&g_first, 1, FAILED);
	assert_true(log_captured("read of bdev crowd: an operation on what was read failed: "
				 "Input/output error",
				 NULL));
	log_capture_clear();
	assert_buffers_are_back();
}

static void
data_of_a_read_that_failed_goes_nowhere(void **state)
{
	submit(READ, COUNT);
	complete(at_module(1, READ), FAILED);
	settle_crowd();
	assert_outcome(&g_first, 1, FAILED);
	assert_int_equal(g_pushes, 0);
	assert_buffers_are_back();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRANSFER_TEST(write_has_come_from_its_domain_before_the_device_has_it),
		TRANSFER_TEST(read_has_come_to_its_domain_before_the_callback),
		TRANSFER_TEST(parts_of_a_split_are_of_what_was_moved_at_once),
		TRANSFER_TEST(abort_ends_a_write_when_its_data_has_stopped_moving),
		TRANSFER_TEST(abort_does_not_stop_what_was_read),
		TRANSFER_TEST(abort_ends_what_waits_for_a_place_to_move_to),
		TRANSFER_TEST(reset_waits_for_data_on_its_way_to_the_device),
		TRANSFER_TEST(reset_that_drains_waits_for_data_on_its_way_back),
		TRANSFER_TEST(write_fails_with_its_data),
		TRANSFER_TEST(read_fails_with_its_data),
		TRANSFER_TEST(data_of_a_read_that_failed_goes_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
