/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: whichever one fails, what was asked for is refused with -ENOMEM
 * and leaves nothing behind, or is done; and the end of what is there needs no memory.
 */
#include "base/failing_malloc.h"
#include "bdev_fixture.h"
#include "device.h"

#define SWEEP_MAX 300

#ifndef HAS_OWN_ALLOCATOR

static struct spdk_bdev_module g_module = {.name = "claims"};
static int g_calls;

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
count(void *arg)
{
	g_calls++;
}

static void
note_opened(struct spdk_bdev_desc *desc, int rc, void *arg)
{
	g_calls++;
	assert_true(rc == 0 || rc == -ENOMEM);
	*(struct spdk_bdev_desc **)arg = desc;
}

static void
expect_ok_or_no_memory(int rc)
{
	if (rc != 0) {
		assert_int_equal(rc, -ENOMEM);
		assert_true(g_failures > 0);
	}
}

static void
open_and_claim(void)
{
	struct spdk_bdev_desc *desc = NULL;
	int rc = spdk_bdev_open_ext("d", false, ignore_event, NULL, &desc);

	expect_ok_or_no_memory(rc);
	if (rc != 0) {
		assert_null(desc);
		return;
	}
	rc = spdk_bdev_module_claim_bdev_desc(desc, SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE, NULL,
					      &g_module);
	expect_ok_or_no_memory(rc);
	assert_int_equal(desc->write, rc == 0);
	spdk_bdev_close(desc);
}

static void
open_later(void)
{
	struct spdk_bdev_open_async_opts opts = {.size = sizeof(opts), .timeout_ms = 1000000};
	struct spdk_bdev_desc *desc = NULL;
	int rc;

	g_calls = 0;
	rc = spdk_bdev_open_async("d", false, ignore_event, NULL, &opts, note_opened, &desc);
	expect_ok_or_no_memory(rc);
	settle_bdev();
	assert_int_equal(g_calls, rc == 0);
	if (desc != NULL) {
		spdk_bdev_close(desc);
	}
}

static void
push_media_event(struct spdk_bdev *bdev)
{
	struct spdk_bdev_media_event event = {.offset = 1, .num_blocks = 1};
	struct spdk_bdev_desc *desc;
	int rc;

	if (spdk_bdev_open_ext("d", true, ignore_event, NULL, &desc) != 0) {
		return;
	}
	rc = spdk_bdev_push_media_events(bdev, &event, 1);
	assert_true(rc == 1 || rc == -ENOMEM);
	spdk_bdev_close(desc);
}

static void
use(struct spdk_bdev *bdev)
{
	int rc;

	expect_ok_or_no_memory(spdk_bdev_alias_add(bdev, "alias"));
	open_and_claim();
	open_later();
	push_media_event(bdev);
	g_calls = 0;
	rc = spdk_bdev_wait_for_examine(count, NULL);
	expect_ok_or_no_memory(rc);
	settle_bdev();
	assert_int_equal(g_calls, rc == 0);
}

static void
note_end(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	g_calls++;
}

/* The device is the same one again, so that what it is made of is not part of the sweep. */
static void
live_once(struct fake_bdev *fake)
{
	int rc;

	memset(&fake->bdev.uuid, 0, sizeof(fake->bdev.uuid));
	fake->destructed = false;
	rc = spdk_bdev_register(&fake->bdev);
	expect_ok_or_no_memory(rc);
	settle_bdev();
	if (rc != 0) {
		assert_null(spdk_bdev_get_by_name("d"));
		assert_null(spdk_bdev_first());
		return;
	}
	use(&fake->bdev);
	g_calls = 0;
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	settle_bdev();
	assert_int_equal(g_calls, 1);
}

static int
destruct(void *ctx)
{
	return 0;
}

static void
a_device_lives_with_any_allocation_failing(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_fn_table table = *fake->bdev.fn_table;
	long allocation, live;

	table.destruct = destruct;
	fake->bdev.fn_table = &table;
	fake->bdev.media_events = true;
	live_once(fake); /* What is made once is there from now on. */
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = allocation;
		live_once(fake);
		t_allocations_left = -1;
		log_capture_clear();
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 10, SWEEP_MAX - 1);
	fake_free(fake);
}

static int g_init_rc;

static void
note_up(void *arg, int rc)
{
	g_init_rc = rc;
	g_calls++;
}

static void
the_layer_starts_or_says_that_there_is_no_memory(void **state)
{
	long allocation, live = 0;

	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		g_calls = 0;
		spdk_bdev_finish(count, NULL);
		settle_bdev();
		assert_int_equal(g_calls, 1);
		/*
		 * What modules had made before another failed goes at the end. What the first
		 * messages have made, to name places in the program, is there from then on.
		 */
		if (allocation <= 3) {
			live = t_live;
		}
		assert_int_equal(t_live, live);
		g_failures = 0;
		t_allocations_left = allocation;
		spdk_bdev_initialize(note_up, NULL);
		settle_bdev();
		t_allocations_left = -1;
		log_capture_clear();
		assert_int_equal(g_calls, 2);
		assert_true(g_init_rc == 0 || g_init_rc == -ENOMEM);
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 3, SWEEP_MAX - 1);
}

#endif /* HAS_OWN_ALLOCATOR */

int
main(void)
{
#ifdef HAS_OWN_ALLOCATOR
	return 77;
#else
	const struct CMUnitTest tests[] = {
		BDEV_TEST(a_device_lives_with_any_allocation_failing),
		BDEV_TEST(the_layer_starts_or_says_that_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
