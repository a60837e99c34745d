/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A channel that is put while I/Os of it are under way: that is said, and it stays for them.
 */
#include "base/log_capture.h"
#include "crowd_fixture.h"
#include "runtime/thread/thread_internal.h"
#include "spdk_internal/thread.h"

#define MANY 300

static struct outcome g_first, g_second;

static int
setup(void **state)
{
	g_first = g_second = (struct outcome){0};
	return crowd_setup(state);
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

static void
put(int user)
{
	on(user);
	spdk_put_io_channel(g_users[user].opened.ch);
	on(0);
}

static void
get(int user)
{
	struct opened *opened = &g_users[user].opened;

	on(user);
	opened->ch = spdk_bdev_get_io_channel(opened->desc);
	assert_non_null(opened->ch);
	on(0);
}

/* How many channels the device has. */
static int
count_channels(void)
{
	int i, count = 0;

	for (i = 0; i < USERS; i++) {
		struct spdk_io_channel *ch = spdk_thread_get_first_io_channel(g_users[i].thread);

		for (; ch != NULL; ch = spdk_thread_get_next_io_channel(ch)) {
			count +=
				spdk_io_channel_get_io_device(ch) == bdev_io_device(&g_crowd->bdev);
		}
	}
	return count;
}

static void
channel_stays_until_its_ios_have_completed(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_first);
	submit_io(1, READ, 1, 1, &g_second);
	put(1);
	settle_crowd();
	assert_true(log_captured("The channel of bdev crowd on thread user1 was put while",
				 "in the callback of the last one", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	assert_int_equal(count_channels(), USERS);
	complete(at_module(1, WRITE), SUCCESS);
	settle_crowd();
	assert_int_equal(count_channels(), USERS);
	complete(at_module(1, READ), SUCCESS);
	settle_crowd();
	assert_outcome(&g_first, 1, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
	assert_int_equal(count_channels(), USERS - 1);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	log_capture_clear();
	get(1);
}

static void
channel_that_is_got_again_meanwhile_is_as_it_was(void **state)
{
	struct spdk_io_channel *before = g_users[1].opened.ch;

	submit_io(1, WRITE, 0, 1, &g_first);
	put(1);
	settle_crowd();
	log_capture_clear();
	get(1);
	assert_ptr_equal(g_users[1].opened.ch, before);
	complete(at_module(1, WRITE), SUCCESS);
	settle_crowd();
	assert_int_equal(count_channels(), USERS);
	submit_io(1, WRITE, 0, 1, &g_second);
	complete_all(1, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
}

/* More than have their turn in one message. */
static void
channel_stays_until_callbacks_have_run(void **state)
{
	static struct outcome outcomes[MANY];
	int i;

	memset(outcomes, 0, sizeof(outcomes));
	g_crowd->holds = false;
	for (i = 0; i < MANY; i++) {
		submit_io(1, WRITE, (uint64_t)i, 1, &outcomes[i]);
	}
	assert_int_equal(outcomes[MANY - 1].calls, 0);
	put(1);
	for (i = 0; i < 20; i++) {
		bool is_there = count_channels() == USERS;

		assert_true(is_there || outcomes[MANY - 1].calls == 1);
		spdk_thread_poll(g_users[1].thread, 1, 0);
	}
	settle_crowd();
	assert_int_equal(outcomes[MANY - 1].calls, 1);
	assert_int_equal(count_channels(), USERS - 1);
	g_crowd->holds = true;
	get(1);
}

static void
reset_reaches_what_is_left_in_a_channel(void **state)
{
	struct outcome reset = {0};

	submit_io(1, WRITE, 0, 1, &g_first);
	g_crowd->refusals = 1;
	submit_io(1, WRITE, 1, 1, &g_second);
	put(1);
	settle_crowd();
	log_capture_clear();
	submit_reset(0, &reset);
	settle_crowd();
	assert_outcome(&g_first, 0, 0);
	assert_outcome(&g_second, 1, ABORTED);
	complete(at_module(1, WRITE), ABORTED);
	complete(at_module(0, RESET), SUCCESS);
	settle_crowd();
	assert_outcome(&reset, 1, SUCCESS);
	assert_int_equal(count_channels(), USERS - 1);
	get(1);
}

static void
note_status(void *arg, int status)
{
	*(int *)arg = status;
}

static void
reset_that_ends_all_of_them_lets_the_channel_go(void **state)
{
	struct outcome reset = {0};
	int status = 1;

	assert_int_equal(
		spdk_bdev_quiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	assert_int_equal(status, 0);
	submit_io(1, WRITE, 0, 1, &g_first);
	put(1);
	settle_crowd();
	log_capture_clear();
	submit_reset(0, &reset);
	settle_crowd();
	assert_outcome(&g_first, 1, ABORTED);
	assert_int_equal(count_channels(), USERS - 1);
	complete(at_module(0, RESET), SUCCESS);
	assert_int_equal(
		spdk_bdev_unquiesce(&g_crowd->bdev, g_crowd->bdev.module, note_status, &status), 0);
	settle_crowd();
	assert_outcome(&reset, 1, SUCCESS);
	get(1);
}

static void
io_of_a_thread_that_must_exit_is_lost_and_nothing_else(void **state)
{
	struct spdk_thread *thread = g_users[2].thread;
	struct spdk_bdev_io *io;

	submit_io(2, WRITE, 0, 1, &g_first);
	submit_io(1, WRITE, 0, 1, &g_second);
	io = at_module(2, WRITE);
	on(2);
	spdk_bdev_close(g_users[2].opened.desc);
	/* As spdk_thread_exit(), which would give it five seconds. */
	thread_begin_exit(thread, spdk_get_ticks());
	on(0);
	spdk_thread_poll(thread, 0, 0);
	assert_true(spdk_thread_is_exited(thread));
	assert_true(
		log_captured("Thread user2 had to exit with 1 I/Os of bdev crowd under way", NULL));
	TAILQ_REMOVE(&g_crowd->held, (struct fake_io *)io->driver_ctx, link);
	spdk_bdev_io_complete(io, SUCCESS);
	assert_outcome(&g_first, 0, 0);
	complete_all(1, SUCCESS);
	assert_outcome(&g_second, 1, SUCCESS);
	log_capture_clear();
	spdk_thread_destroy(thread);
	g_users[2].thread = NULL;
	g_users[2].opened.desc = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHANNEL_TEST(channel_stays_until_its_ios_have_completed),
		CHANNEL_TEST(channel_that_is_got_again_meanwhile_is_as_it_was),
		CHANNEL_TEST(channel_stays_until_callbacks_have_run),
		CHANNEL_TEST(reset_reaches_what_is_left_in_a_channel),
		CHANNEL_TEST(reset_that_ends_all_of_them_lets_the_channel_go),
		CHANNEL_TEST(io_of_a_thread_that_must_exit_is_lost_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
