/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aborts: an I/O is found wherever it is, ends once, and the abort tells truly whether it was
 * ended.
 */
#include "crowd_fixture.h"

static struct outcome g_target, g_other, g_abort, g_third;

static int
setup(void **state)
{
	g_target = g_other = g_abort = g_third = (struct outcome){0};
	return crowd_setup(state);
}

#define ABORT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)
#define ABORT            SPDK_BDEV_IO_TYPE_ABORT

static void
abort_target(void)
{
	assert_int_equal(submit_abort(1, &g_target, &g_abort), 0);
	/* Never inside the call. */
	assert_outcome(&g_abort, 0, 0);
}

/* ---- Arguments ---- */

static void
abort_of_nothing_and_without_a_free_io_is_refused(void **state)
{
	assert_int_equal(submit_abort(1, NULL, &g_abort), -EINVAL);
	take_all_ios(1, 0);
	assert_int_equal(submit_abort(1, &g_target, &g_abort), -ENOMEM);
	give_back_ios(1);
	settle_crowd();
	assert_outcome(&g_abort, 0, 0);
}

static void
abort_for_a_device_that_cannot_is_refused(void **state)
{
	struct fake_bdev *plain = fake_new("plain", 64);
	struct opened opened;

	fake_register(plain);
	opened = fake_open(plain);
	assert_int_equal(spdk_bdev_abort(opened.desc, opened.ch, &g_target, note_outcome, &g_abort),
			 -ENOTSUP);
	fake_close(&opened);
	fake_delete(plain);
	assert_outcome(&g_abort, 0, 0);
}

static void
abort_that_finds_nothing_fails(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_other);
	submit_io(2, WRITE, 0, 1, &g_target);
	abort_target();
	settle_crowd();
	assert_outcome(&g_abort, 1, FAILED);
	assert_int_equal(count_at_module(1), 1);
	assert_int_equal(count_at_module(2), 1);
	complete_all(1, SUCCESS);
	complete_all(2, SUCCESS);
	assert_outcome(&g_target, 1, SUCCESS);
}

/* ---- At the module ---- */

static void
module_is_asked_for_what_it_has(void **state)
{
	struct spdk_bdev_io *target, *abort;

	submit_io(1, WRITE, 0, 1, &g_target);
	submit_io(1, WRITE, 0, 1, &g_other);
	target = at_module(1, WRITE);
	abort_target();
	abort = at_module(1, ABORT);
	assert_non_null(abort);
	assert_ptr_equal(abort->u.abort.bio_to_abort, target);
	assert_int_equal(count_at_module(1), 3);
	complete(target, ABORTED);
	assert_outcome(&g_target, 1, ABORTED);
	settle_crowd();
	assert_outcome(&g_abort, 0, 0);
	complete(abort, SUCCESS);
	settle_crowd();
	assert_outcome(&g_abort, 1, SUCCESS);
	assert_outcome(&g_other, 0, 0);
	complete_all(1, SUCCESS);
}

static void
all_with_the_argument_are_aborted_and_one_that_is_not_fails_it(void **state)
{
	struct spdk_bdev_io *abort;

	submit_io(1, WRITE, 0, 1, &g_target);
	submit_io(1, READ, 0, 1, &g_target);
	submit_io(1, WRITE, 1, 1, &g_target);
	abort_target();
	assert_int_equal(count_at_module(1), 6);
	abort = at_module(1, ABORT);
	complete(abort->u.abort.bio_to_abort, ABORTED);
	complete(abort, SUCCESS);
	complete(at_module(1, ABORT), FAILED);
	abort = at_module(1, ABORT);
	complete(abort->u.abort.bio_to_abort, ABORTED);
	settle_crowd();
	assert_outcome(&g_abort, 0, 0);
	complete(abort, SUCCESS);
	settle_crowd();
	assert_outcome(&g_abort, 1, FAILED);
	assert_int_equal(g_target.calls, 2);
	complete_all(1, SUCCESS);
	assert_int_equal(g_target.calls, 3);
}

static void
abort_waits_for_a_free_io_and_asks_once_for_each(void **state)
{
	struct spdk_bdev_io *first;

	take_all_ios(1, 4);
	submit_io(1, WRITE, 0, 1, &g_target);
	submit_io(1, WRITE, 1, 1, &g_target);
	abort_target();
	/* For the second there is none. */
	assert_int_equal(count_at_module(1), 3);
	first = at_module(1, ABORT);
	give_back_ios(1);
	assert_int_equal(count_at_module(1), 4);
	assert_ptr_equal(first, at_module(1, ABORT));
	complete(first, SUCCESS);
	complete(at_module(1, ABORT), SUCCESS);
	settle_crowd();
	assert_outcome(&g_abort, 1, SUCCESS);
	complete_all(1, ABORTED);
}

static void
take_io(void *arg)
{
	take_all_ios(1, 0);
}

static void
abort_whose_first_answer_comes_while_it_waits_goes_on_waiting(void **state)
{
	struct spdk_bdev_io_wait_entry entry = {
		.bdev = &g_crowd->bdev,
		.cb_fn = take_io,
		.dep_unblock = true,
	};

	take_all_ios(1, 4);
	submit_io(1, WRITE, 0, 1, &g_target);
	submit_io(1, WRITE, 1, 1, &g_target);
	abort_target();
	/* Somebody else is first to get what becomes free. */
	on(1);
	assert_int_equal(spdk_bdev_queue_io_wait(&g_crowd->bdev, g_users[1].opened.ch, &entry), 0);
	on(0);
	complete(at_module(1, ABORT), SUCCESS);
	settle_crowd();
	assert_outcome(&g_abort, 0, 0);
	/* The first is asked about again, since it is still there. */
	give_back_ios(1);
	assert_int_equal(count_at_module(1), 4);
	complete(at_module(1, ABORT), SUCCESS);
	complete(at_module(1, ABORT), SUCCESS);
	settle_crowd();
	assert_outcome(&g_abort, 1, SUCCESS);
	complete_all(1, ABORTED);
	assert_int_equal(g_target.calls, 2);
}

static void
abort_that_the_module_has_no_memory_for_fails(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_target);
	g_crowd->refusals = 1;
	abort_target();
	settle_crowd();
	assert_outcome(&g_abort, 1, FAILED);
	complete_all(1, SUCCESS);
	assert_outcome(&g_target, 1, SUCCESS);
}

static void
abort_goes_before_what_waits_for_memory_of_the_module(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_target);
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 1, 1, &g_other);
	abort_target();
	assert_non_null(at_module(1, ABORT));
	complete(at_module(1, ABORT), SUCCESS);
	complete_all(1, SUCCESS);
	assert_outcome(&g_other, 1, SUCCESS);
}

/* ---- In the library ---- */

static void
assert_aborted_without_the_module(void)
{
	uint32_t submitted = g_crowd->submitted;

	abort_target();
	settle_crowd();
	assert_outcome(&g_target, 1, ABORTED);
	assert_outcome(&g_abort, 1, SUCCESS);
	assert_int_equal(g_crowd->submitted, submitted);
}

static void
abort_finds_what_waits_for_memory_of_the_module(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_other);
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 1, 1, &g_target);
	submit_io(1, WRITE, 2, 1, &g_third);
	assert_aborted_without_the_module();
	complete_all(1, SUCCESS);
	assert_outcome(&g_third, 1, SUCCESS);
}

static void
note_status(void *arg, int status)
{
	*(int *)arg = status;
}

static void
abort_finds_what_a_range_holds(void **state)
{
	int status = 1;

	assert_int_equal(
		spdk_bdev_quiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	submit_io(1, WRITE, 1, 1, &g_target);
	submit_io(1, WRITE, 1, 1, &g_other);
	assert_aborted_without_the_module();
	assert_int_equal(
		spdk_bdev_unquiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	assert_int_equal(count_at_module(1), 1);
	complete_all(1, SUCCESS);
}

static void
abort_finds_what_waits_for_a_rate(void **state)
{
	uint64_t limits[] = {0, 1, 0, 0};
	int status = 1;

	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, &status);
	settle_crowd();
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_other);
	submit_io(1, WRITE, 0, CROWD_SECOND, &g_target);
	submit_io(1, READ, 0, CROWD_SECOND, &g_third);
	assert_int_equal(count_at_module(1), 1);
	assert_aborted_without_the_module();
	SETTLE_UNTIL(count_at_module(1) == 2);
	complete_all(1, SUCCESS);
	assert_outcome(&g_third, 1, SUCCESS);
	limits[1] = 0;
	spdk_bdev_set_qos_rate_limits(&g_crowd->bdev, limits, note_status, &status);
	settle_crowd();
}

static void
abort_finds_what_waits_for_a_buffer(void **state)
{
	take_all_buffers(1);
	submit_unaligned(1, &g_target);
	assert_aborted_without_the_module();
	give_back_buffers(1);
	settle_crowd();
	assert_outcome(&g_target, 1, ABORTED);
}

static void
abort_of_a_split_aborts_its_parts(void **state)
{
	uint32_t submitted;
	int count;

	g_crowd->bdev.max_rw_size = 1;
	channel_of(1)->special |= bdev_split_types(&g_crowd->bdev);
	submit_io(1, WRITE, 0, 100, &g_target);
	count = count_at_module(1);
	abort_target();
	assert_int_equal(count_at_module(1), 2 * count);
	submitted = g_crowd->submitted;
	while (at_module(1, WRITE) != NULL) {
		complete(at_module(1, WRITE), ABORTED);
	}
	while (at_module(1, ABORT) != NULL) {
		complete(at_module(1, ABORT), SUCCESS);
	}
	settle_crowd();
	assert_int_equal(g_crowd->submitted, submitted);
	assert_outcome(&g_target, 1, ABORTED);
	assert_outcome(&g_abort, 1, SUCCESS);
	g_crowd->bdev.max_rw_size = 0;
}

static void
reset_is_not_aborted(void **state)
{
	submit_reset(1, &g_target);
	settle_crowd();
	abort_target();
	settle_crowd();
	assert_outcome(&g_abort, 1, FAILED);
	complete(at_module(1, RESET), SUCCESS);
	settle_crowd();
	assert_outcome(&g_target, 1, SUCCESS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ABORT_TEST(abort_of_nothing_and_without_a_free_io_is_refused),
		ABORT_TEST(abort_for_a_device_that_cannot_is_refused),
		ABORT_TEST(abort_that_finds_nothing_fails),
		ABORT_TEST(module_is_asked_for_what_it_has),
		ABORT_TEST(all_with_the_argument_are_aborted_and_one_that_is_not_fails_it),
		ABORT_TEST(abort_waits_for_a_free_io_and_asks_once_for_each),
		ABORT_TEST(abort_whose_first_answer_comes_while_it_waits_goes_on_waiting),
		ABORT_TEST(abort_that_the_module_has_no_memory_for_fails),
		ABORT_TEST(abort_goes_before_what_waits_for_memory_of_the_module),
		ABORT_TEST(abort_finds_what_waits_for_memory_of_the_module),
		ABORT_TEST(abort_finds_what_a_range_holds),
		ABORT_TEST(abort_finds_what_waits_for_a_rate),
		ABORT_TEST(abort_finds_what_waits_for_a_buffer),
		ABORT_TEST(abort_of_a_split_aborts_its_parts),
		ABORT_TEST(reset_is_not_aborted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
