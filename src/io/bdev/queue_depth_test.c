/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queue depths: what all modules' channels have is summed, and time in which there was something is
 * added up; a sampler ends with its device, whoever its thread is, and whatever it is just doing.
 */
#include "crowd_fixture.h"

#define PERIOD_US 1000

static struct outcome g_outcome;
static uint64_t g_depth;
static int g_calls;

static int
setup(void **state)
{
	g_outcome = (struct outcome){0};
	g_calls = 0;
	return crowd_setup(state);
}

#define DEPTH_TEST(name) cmocka_unit_test_setup_teardown(name, setup, crowd_teardown)

static uint64_t
depth(void)
{
	return spdk_bdev_get_qd(&g_crowd->bdev);
}

static void
set_period(uint64_t period_us)
{
	spdk_bdev_set_qd_sampling_period(&g_crowd->bdev, period_us);
}

static void
submit_five(void)
{
	submit_io(0, READ, 0, 1, &g_outcome);
	submit_io(1, READ, 0, 1, &g_outcome);
	submit_io(1, READ, 0, 1, &g_outcome);
	submit_io(2, READ, 0, 1, &g_outcome);
	submit_io(2, WRITE, 0, 1, &g_outcome);
}

static void
complete_five(void)
{
	int i;

	for (i = 0; i < USERS; i++) {
		complete_all(i, SUCCESS);
	}
}

static void
note_depth(struct spdk_bdev *bdev, uint64_t current_qd, void *arg, int rc)
{
	assert_ptr_equal(bdev, &g_crowd->bdev);
	assert_ptr_equal(arg, &g_calls);
	assert_int_equal(rc, 0);
	g_depth = current_qd;
	g_calls++;
}

static void
depth_of_now_is_that_of_all_channels(void **state)
{
	submit_five();
	spdk_bdev_get_current_qd(&g_crowd->bdev, note_depth, &g_calls);
	assert_int_equal(g_calls, 0);
	settle_crowd();
	assert_int_equal(g_calls, 1);
	assert_int_equal(g_depth, 5);
	complete_five();
	spdk_bdev_get_current_qd(&g_crowd->bdev, note_depth, &g_calls);
	settle_crowd();
	assert_int_equal(g_depth, 0);
}

static void
nothing_is_known_without_a_sampler(void **state)
{
	set_period(0);
	assert_true(depth() == UINT64_MAX);
	assert_int_equal(spdk_bdev_get_qd_sampling_period(&g_crowd->bdev), 0);
	assert_int_equal(spdk_bdev_get_io_time(&g_crowd->bdev), 0);
	assert_int_equal(spdk_bdev_get_weighted_io_time(&g_crowd->bdev), 0);
}

static void
sampler_sees_depth_and_adds_up_time(void **state)
{
	uint64_t busy_us;

	set_period(PERIOD_US);
	assert_true(depth() == UINT64_MAX);
	assert_int_equal(spdk_bdev_get_qd_sampling_period(&g_crowd->bdev), PERIOD_US);
	SETTLE_UNTIL(depth() == 0);
	assert_int_equal(spdk_bdev_get_io_time(&g_crowd->bdev), 0);
	submit_five();
	SETTLE_UNTIL(spdk_bdev_get_io_time(&g_crowd->bdev) >= 3 * PERIOD_US);
	assert_int_equal(depth(), 5);
	busy_us = spdk_bdev_get_io_time(&g_crowd->bdev);
	assert_int_equal(busy_us % PERIOD_US, 0);
	assert_int_equal(spdk_bdev_get_weighted_io_time(&g_crowd->bdev), 5 * busy_us);
	complete_five();
	SETTLE_UNTIL(depth() == 0);
	set_period(0);
	assert_true(depth() == UINT64_MAX);
	/* What was seen stays. */
	assert_true(spdk_bdev_get_io_time(&g_crowd->bdev) >= busy_us);
}

static void
period_is_changed_by_another_thread(void **state)
{
	set_period(3600 * 1000000ull);
	on(2);
	set_period(PERIOD_US);
	on(0);
	assert_int_equal(spdk_bdev_get_qd_sampling_period(&g_crowd->bdev), PERIOD_US);
	SETTLE_UNTIL(depth() == 0);
	assert_false(spdk_thread_has_pollers(g_users[0].thread));
	assert_true(spdk_thread_has_pollers(g_users[2].thread));
	set_period(0);
	settle_crowd();
	assert_false(spdk_thread_has_pollers(g_users[2].thread));
}

static void
sampler_may_be_replaced_while_it_goes_round(void **state)
{
	int rounds;

	/* Each time at another step of the round. */
	for (rounds = 0; rounds < 50; rounds++) {
		int steps = rounds % 7;

		on(1);
		set_period(1);
		on(0);
		for (; steps > 0; steps--) {
			spdk_thread_poll(g_users[steps % USERS].thread, 1, 0);
			on(0);
		}
		set_period(rounds % 2);
	}
	set_period(0);
	settle_crowd();
	assert_false(spdk_thread_has_pollers(g_users[0].thread));
	assert_false(spdk_thread_has_pollers(g_users[1].thread));
}

static void
sampler_may_be_dismissed_when_its_round_is_all_but_over(void **state)
{
	on(1);
	set_period(1);
	while (spdk_thread_poll(g_users[1].thread, 1, 0) == 0) {
	}
	/* Threads 0 and 1 are visited; with thread 2, the end is a message to thread 1. */
	spdk_thread_poll(g_users[0].thread, 1, 0);
	spdk_thread_poll(g_users[1].thread, 1, 0);
	spdk_thread_poll(g_users[2].thread, 1, 0);
	on(0);
	set_period(0);
	settle_crowd();
	assert_true(depth() == UINT64_MAX);
	assert_false(spdk_thread_has_pollers(g_users[1].thread));
}

static void
device_may_go_while_it_is_sampled_by_another_thread(void **state)
{
	struct fake_bdev *fake = fake_new("short", 64);
	char *name = fake->bdev.name;

	fake_register(fake);
	on(2);
	spdk_bdev_set_qd_sampling_period(&fake->bdev, 1);
	spdk_thread_poll(g_users[2].thread, 1, 0);
	on(0);
	/* Its polls of thread 0 alone bring the device to its end. */
	spdk_bdev_unregister(&fake->bdev, NULL, NULL);
	while (!fake->destructed) {
		settle_crowd();
	}
	memset(&fake->bdev, 0xa5, sizeof(fake->bdev));
	settle_crowd();
	assert_false(spdk_thread_has_pollers(g_users[2].thread));
	free(name);
	free(fake->data);
	free(fake->md);
	free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DEPTH_TEST(depth_of_now_is_that_of_all_channels),
		DEPTH_TEST(nothing_is_known_without_a_sampler),
		DEPTH_TEST(sampler_sees_depth_and_adds_up_time),
		DEPTH_TEST(period_is_changed_by_another_thread),
		DEPTH_TEST(sampler_may_be_replaced_while_it_goes_round),
		DEPTH_TEST(sampler_may_be_dismissed_when_its_round_is_all_but_over),
		DEPTH_TEST(device_may_go_while_it_is_sampled_by_another_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
