/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a module refused for lack of memory is tried again also where all that it has waits for
 * buffers, or for I/Os below, and so may be waiting for what it refused.
 */
#include "crowd_fixture.h"
#include "io/bdev_wait.h"

static struct outcome g_refused, g_waiting;

static int
setup(void **state)
{
	g_refused = g_waiting = (struct outcome){0};
	return crowd_setup(state);
}

#define NOMEM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

/* Without memory: when the module looks at it, it asks for a buffer. */
static void
submit_read_without_buffer(void)
{
	struct opened *opened = &g_users[1].opened;

	on(1);
	assert_int_equal(spdk_bdev_read_blocks(opened->desc, opened->ch, NULL, 0, 64, note_outcome,
					       &g_waiting),
			 0);
	on(0);
}

static void
expect_both_to_end(void)
{
	assert_non_null(channel_of(1)->target->nomem_poller);
	SETTLE_UNTIL(at_module(1, WRITE) != NULL);
	complete(at_module(1, WRITE), SUCCESS);
	settle_crowd();
	assert_outcome(&g_refused, 1, SUCCESS);
	assert_outcome(&g_waiting, 0, 0);
	give_back_buffers(1);
	settle_crowd();
	assert_outcome(&g_waiting, 1, SUCCESS);
	assert_int_equal(channel_of(1)->outstanding, 0);
	assert_int_equal(channel_of(1)->target->outstanding, 0);
}

static void
refused_while_others_wait_for_buffers(void **state)
{
	take_all_buffers(1);
	g_crowd->holds = false;
	submit_read_without_buffer();
	g_crowd->holds = true;
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 0, 1, &g_refused);
	expect_both_to_end();
}

static void
others_wait_for_buffers_after_it_was_refused(void **state)
{
	take_all_buffers(1);
	submit_read_without_buffer();
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 0, 1, &g_refused);
	assert_null(channel_of(1)->target->nomem_poller);
	on(1);
	fake_release(g_crowd);
	on(0);
	expect_both_to_end();
}

static void
note_woken(void *io)
{
	spdk_bdev_io_complete(io, SUCCESS);
}

/* What it waits for may be what those have that were refused. */
static void
others_wait_for_the_device_below_after_it_was_refused(void **state)
{
	struct spdk_bdev_io *io;

	submit_io(1, READ, 0, 1, &g_waiting);
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 0, 1, &g_refused);
	assert_null(channel_of(1)->target->nomem_poller);
	io = at_module(1, READ);
	TAILQ_REMOVE(&g_crowd->held, (struct fake_io *)io->driver_ctx, link);
	take_all_ios(1, 0);
	on(1);
	assert_true(bdev_io_wait_below(io, g_users[1].opened.ch, note_woken));
	on(0);
	assert_non_null(channel_of(1)->target->nomem_poller);
	SETTLE_UNTIL(at_module(1, WRITE) != NULL);
	assert_outcome(&g_waiting, 0, 0);
	give_back_ios(1);
	settle_crowd();
	assert_outcome(&g_waiting, 1, SUCCESS);
	complete(at_module(1, WRITE), SUCCESS);
	settle_crowd();
	assert_outcome(&g_refused, 1, SUCCESS);
	assert_int_equal(channel_of(1)->target->outstanding, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NOMEM_TEST(refused_while_others_wait_for_buffers),
		NOMEM_TEST(others_wait_for_buffers_after_it_was_refused),
		NOMEM_TEST(others_wait_for_the_device_below_after_it_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
