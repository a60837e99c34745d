/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How high devices are: as their channels show, when these are made one within the other, when a
 * module has its channel already, and when it comes to lie on another device later.
 */
#include "base/log_capture.h"
#include "io/bdev_wait.h"
#include "upper_fixture.h"

/* fake0, and upper0 to upper(n - 1), each on the one before. */
#define TOWER_MAX BDEV_HEIGHTS

static struct fake_bdev *g_fake;
static struct upper *g_tower[TOWER_MAX];
static uint32_t g_count;

static int
setup(void **state)
{
	int rc = bdev_setup(state);

	g_count = 0;
	if (rc == 0) {
		g_fake = fake_new("fake0", UPPER_BLOCKS);
		fake_register(g_fake);
	}
	return rc;
}

static int
teardown(void **state)
{
	while (g_count > 0) {
		upper_delete(g_tower[--g_count]);
	}
	fake_delete(g_fake);
	return bdev_teardown(state);
}

#define HEIGHT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
build_on(const char *base, uint32_t count)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s", base);
	for (uint32_t i = 0; i < count; i++) {
		g_tower[g_count] = upper_new(name, (int)g_count);
		(void)snprintf(name, sizeof(name), "%s", g_tower[g_count]->bdev.name);
		g_count++;
	}
}

static void
expect_height(const struct opened *opened, uint32_t height)
{
	const struct spdk_bdev_channel *ch = bdev_channel_of(opened->ch);

	assert_int_equal(ch->target->height, height);
	assert_int_equal(ch->rank, bdev_io_rank(height));
	assert_true(ch->thread->heights > height);
	assert_true(ch->thread->reserved > ch->rank);
}

static void
each_is_one_higher_than_the_one_below(void **state)
{
	struct opened fake, upper;

	build_on("fake0", 3);
	upper = open_name("upper2");
	fake = open_name("fake0");
	expect_height(&upper, 3);
	expect_height(&fake, 0);
	close_opened(&fake);
	close_opened(&upper);
}

/* The module's channel goes some messages after that of the device. */
static void
channel_that_comes_again_at_once_is_as_high(void **state)
{
	struct opened opened;

	build_on("fake0", 2);
	opened = open_name("upper1");
	for (int messages = 0; messages < 8; messages++) {
		spdk_put_io_channel(opened.ch);
		for (int i = 0; i < messages; i++) {
			(void)spdk_thread_poll(g_bdev_thread, 1, 0);
		}
		opened.ch = spdk_bdev_get_io_channel(opened.desc);
		expect_height(&opened, 2);
	}
	close_opened(&opened);
}

static void
device_that_comes_to_lie_on_a_higher_one_becomes_higher(void **state)
{
	struct opened lower, upper, tall, other, again;

	build_on("fake0", 3); /* upper2 is 3 high */
	build_on("fake0", 2); /* upper3 is 1, upper4 is 2 */
	tall = open_name("upper2");
	upper = open_name("upper4");
	lower = open_name("upper3");
	other = open_name("fake0");
	expect_height(&lower, 1);
	assert_int_equal(bdev_lies_on(&g_tower[3]->bdev, tall.ch), 0);
	expect_height(&lower, 4);
	expect_height(&upper, 5);
	expect_height(&other, 0);
	/* Once more changes nothing, and neither does one that is lower. */
	assert_int_equal(bdev_lies_on(&g_tower[3]->bdev, tall.ch), 0);
	assert_int_equal(bdev_lies_on(&g_tower[3]->bdev, other.ch), 0);
	expect_height(&lower, 4);
	/* And so it stays, although its module sees nothing of it. */
	close_opened(&upper);
	close_opened(&lower);
	again = open_name("upper3");
	expect_height(&again, 4);
	close_opened(&again);
	close_opened(&other);
	close_opened(&tall);
}

/* A module that has a channel for itself, before anybody has one of its device. */
static void
module_with_a_channel_of_its_own_says_how_high_it_is(void **state)
{
	struct spdk_io_channel *own;
	struct opened base, opened;

	build_on("fake0", 2);
	base = open_name("upper0");
	own = spdk_get_io_channel(g_tower[1]);
	assert_int_equal(bdev_lies_on(&g_tower[1]->bdev, base.ch), 0);
	opened = open_name("upper1");
	expect_height(&opened, 2);
	close_opened(&opened);
	spdk_put_io_channel(own);
	close_opened(&base);
}

static void
nothing_becomes_too_high(void **state)
{
	struct opened lower, upper, tall;

	build_on("fake0", BDEV_HEIGHTS - 3); /* 39 */
	build_on("fake0", 3);
	tall = open_name(g_tower[BDEV_HEIGHTS - 4]->bdev.name);
	expect_height(&tall, BDEV_HEIGHTS - 3);
	lower = open_name(g_tower[BDEV_HEIGHTS - 3]->bdev.name);
	upper = open_name(g_tower[BDEV_HEIGHTS - 1]->bdev.name);
	/* What lies on it would be 42 high. */
	assert_int_equal(bdev_lies_on(&g_tower[BDEV_HEIGHTS - 3]->bdev, tall.ch), -ENOTSUP);
	assert_true(log_captured("lies on 42 others", NULL));
	log_capture_clear();
	expect_height(&lower, 1);
	expect_height(&upper, 3);
	assert_int_equal(bdev_lies_on(&g_tower[BDEV_HEIGHTS - 2]->bdev, tall.ch), 0);
	expect_height(&upper, BDEV_HEIGHTS - 1);
	close_opened(&lower);
	close_opened(&upper);
	close_opened(&tall);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HEIGHT_TEST(each_is_one_higher_than_the_one_below),
		HEIGHT_TEST(channel_that_comes_again_at_once_is_as_high),
		HEIGHT_TEST(device_that_comes_to_lie_on_a_higher_one_becomes_higher),
		HEIGHT_TEST(module_with_a_channel_of_its_own_says_how_high_it_is),
		HEIGHT_TEST(nothing_becomes_too_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
