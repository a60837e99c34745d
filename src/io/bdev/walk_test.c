/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going round: each channel and each I/O is visited once, on its thread, whatever the visitor does
 * to it and to the others.
 */
#include "crowd_fixture.h"

static struct outcome g_outcomes[16];
static int g_visits, g_ends, g_status;
static struct spdk_bdev_channel_iter *g_step;

static int
setup(void **state)
{
	memset(g_outcomes, 0, sizeof(g_outcomes));
	g_visits = g_ends = 0;
	return crowd_setup(state);
}

#define WALK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

/* ---- Channels ---- */

static void
visit_channel(struct spdk_bdev_channel_iter *i, struct spdk_bdev *bdev, struct spdk_io_channel *ch,
	      void *ctx)
{
	assert_ptr_equal(bdev, &g_crowd->bdev);
	assert_ptr_equal(ctx, &g_visits);
	assert_ptr_equal(spdk_io_channel_get_thread(ch), spdk_get_thread());
	assert_ptr_equal(ch, g_users[g_visits].opened.ch);
	g_visits++;
	if (g_visits == 2) {
		g_step = i;
		return;
	}
	spdk_bdev_for_each_channel_continue(i, 0);
}

static void
channels_visited(struct spdk_bdev *bdev, void *ctx, int status)
{
	assert_ptr_equal(bdev, &g_crowd->bdev);
	assert_ptr_equal(ctx, &g_visits);
	assert_ptr_equal(spdk_get_thread(), g_users[1].thread);
	g_status = status;
	g_ends++;
}

static void
channels_are_visited_one_after_the_other(void **state)
{
	on(1);
	spdk_bdev_for_each_channel(&g_crowd->bdev, visit_channel, &g_visits, channels_visited);
	assert_int_equal(g_visits, 0);
	on(0);
	settle_crowd();
	assert_int_equal(g_visits, 2);
	on(1);
	spdk_bdev_for_each_channel_continue(g_step, 0);
	on(0);
	settle_crowd();
	assert_int_equal(g_visits, 3);
	assert_int_equal(g_ends, 1);
	assert_int_equal(g_status, 0);
}

static void
status_ends_the_round_over_channels(void **state)
{
	on(1);
	spdk_bdev_for_each_channel(&g_crowd->bdev, visit_channel, &g_visits, channels_visited);
	settle_crowd();
	spdk_bdev_for_each_channel_continue(g_step, -EPERM);
	on(0);
	settle_crowd();
	assert_int_equal(g_visits, 2);
	assert_int_equal(g_ends, 1);
	assert_int_equal(g_status, -EPERM);
}

/* ---- I/Os ---- */

static int
count_io(void *ctx, struct spdk_bdev_io *io)
{
	assert_ptr_equal(ctx, &g_visits);
	assert_ptr_equal(spdk_bdev_io_get_thread(io), spdk_get_thread());
	assert_int_equal(io->type, WRITE);
	return ++g_visits == 7 ? -EINTR : 0;
}

static void
ios_visited(void *ctx, int rc)
{
	assert_ptr_equal(ctx, &g_visits);
	assert_ptr_equal(spdk_get_thread(), g_users[0].thread);
	g_status = rc;
	g_ends++;
}

static void
submit_on_each(int count)
{
	int i, user;

	for (user = 0; user < USERS; user++) {
		for (i = 0; i < count; i++) {
			submit_io(user, WRITE, i, 1, &g_outcomes[user * count + i]);
		}
	}
}

static void
complete_each(void)
{
	int user;

	for (user = 0; user < USERS; user++) {
		complete_all(user, SUCCESS);
	}
}

static void
ios_of_all_channels_are_visited(void **state)
{
	submit_on_each(2);
	spdk_bdev_for_each_bdev_io(&g_crowd->bdev, &g_visits, count_io, ios_visited);
	assert_int_equal(g_visits, 0);
	settle_crowd();
	assert_int_equal(g_visits, 6);
	assert_int_equal(g_ends, 1);
	assert_int_equal(g_status, 0);
	submit_io(2, WRITE, 0, 1, &g_outcomes[6]);
	submit_io(2, WRITE, 0, 1, &g_outcomes[7]);
	g_visits = 0;
	spdk_bdev_for_each_bdev_io(&g_crowd->bdev, &g_visits, count_io, ios_visited);
	settle_crowd();
	assert_int_equal(g_visits, 7);
	assert_int_equal(g_status, -EINTR);
	complete_each();
}

static int
end_neighbours(void *ctx, struct spdk_bdev_io *io)
{
	struct spdk_bdev_io *next = TAILQ_NEXT(io, internal.ch_link);

	g_visits++;
	/* Not the walk's own place. */
	while (next != NULL && next->type == SPDK_BDEV_IO_TYPE_INVALID) {
		next = TAILQ_NEXT(next, internal.ch_link);
	}
	if (next != NULL) {
		complete(next, SUCCESS);
	}
	complete(io, SUCCESS);
	return 0;
}

static void
visitor_may_end_the_io_and_the_next_one(void **state)
{
	int i;

	for (i = 0; i < 5; i++) {
		submit_io(1, WRITE, i, 1, &g_outcomes[i]);
	}
	spdk_bdev_for_each_bdev_io(&g_crowd->bdev, &g_visits, end_neighbours, ios_visited);
	settle_crowd();
	assert_int_equal(g_visits, 3);
	for (i = 0; i < 5; i++) {
		assert_outcome(&g_outcomes[i], 1, SUCCESS);
	}
	assert_true(TAILQ_EMPTY(&channel_of(1)->submitted));
}

static int
walk_again(void *ctx, struct spdk_bdev_io *io)
{
	assert_int_equal(io->type, WRITE);
	return bdev_channel_for_each_io(channel_of(1), count_io, &g_visits);
}

static void
walk_in_a_walk_does_not_see_its_place(void **state)
{
	submit_io(1, WRITE, 0, 1, &g_outcomes[0]);
	submit_io(1, WRITE, 0, 1, &g_outcomes[1]);
	on(1);
	assert_int_equal(bdev_channel_for_each_io(channel_of(1), walk_again, NULL), 0);
	on(0);
	assert_int_equal(g_visits, 4);
	complete_each();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WALK_TEST(channels_are_visited_one_after_the_other),
		WALK_TEST(status_ends_the_round_over_channels),
		WALK_TEST(ios_of_all_channels_are_visited),
		WALK_TEST(visitor_may_end_the_io_and_the_next_one),
		WALK_TEST(walk_in_a_walk_does_not_see_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
