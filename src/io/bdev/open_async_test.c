/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening devices that are there, come in time, come too late, or not at all.
 */
#include "bdev_fixture.h"
#include "device.h"

static struct {
	int calls;
	int rc;
	struct spdk_bdev_desc *desc;
	struct spdk_thread *thread;
} g_opened;

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
note_opened(struct spdk_bdev_desc *desc, int rc, void *arg)
{
	g_opened.calls++;
	g_opened.rc = rc;
	g_opened.desc = desc;
	g_opened.thread = spdk_get_thread();
}

static void
open_later(const char *name, uint64_t timeout_ms)
{
	struct spdk_bdev_open_async_opts opts = {
		.size = sizeof(opts),
		.timeout_ms = timeout_ms,
	};

	memset(&g_opened, 0, sizeof(g_opened));
	assert_int_equal(
		spdk_bdev_open_async(name, true, ignore_event, NULL, &opts, note_opened, NULL), 0);
	assert_int_equal(g_opened.calls, 0);
}

static void
expect_opened(int rc)
{
	settle_bdev();
	assert_int_equal(g_opened.calls, 1);
	assert_int_equal(g_opened.rc, rc);
	assert_int_equal(g_opened.desc != NULL, rc == 0);
}

static void
what_is_there_is_opened_at_once(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	fake_register(fake);
	open_later("d", 0);
	expect_opened(0);
	spdk_bdev_close(g_opened.desc);
	open_later("d", 1000000);
	expect_opened(0);
	spdk_bdev_close(g_opened.desc);
	open_later("nobody", 0);
	expect_opened(-ENODEV);
	/* What cannot be opened for another reason is not waited for. */
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, NULL, fake->bdev.module), 0);
	open_later("d", 1000000);
	expect_opened(-EPERM);
	assert_one_error("Bdev d cannot be opened for writing");
	spdk_bdev_module_release_bdev(&fake->bdev);
	fake_delete(fake);
}

static void
what_comes_in_time_is_opened(void **state)
{
	struct fake_bdev *other = fake_new("other", 8), *fake = fake_new("d", 8);
	char uuid[SPDK_UUID_STRING_LEN];

	open_later("d", 1000000);
	fake_register(other);
	assert_int_equal(g_opened.calls, 0);
	fake_register(fake);
	expect_opened(0);
	assert_ptr_equal(spdk_bdev_desc_get_bdev(g_opened.desc), &fake->bdev);
	spdk_bdev_close(g_opened.desc);
	/* By an alias, and by its uuid. */
	open_later("alias", 1000000);
	settle_bdev();
	assert_int_equal(g_opened.calls, 0);
	assert_int_equal(spdk_bdev_alias_add(&fake->bdev, "alias"), 0);
	expect_opened(0);
	spdk_bdev_close(g_opened.desc);
	fake_delete(fake);
	fake = fake_new("d", 8);
	spdk_uuid_generate(&fake->bdev.uuid);
	spdk_uuid_fmt_lower(uuid, sizeof(uuid), &fake->bdev.uuid);
	open_later(uuid, 1000000);
	fake_register(fake);
	expect_opened(0);
	spdk_bdev_close(g_opened.desc);
	fake_delete(fake);
	fake_delete(other);
}

static void
what_comes_and_goes_is_waited_for_still(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_thread *other = make_thread("other");

	spdk_set_thread(other);
	open_later("d", 1000000);
	spdk_set_thread(g_bdev_thread);
	fake_register(fake);
	fake_delete(fake);
	settle(other);
	assert_int_equal(g_opened.calls, 0);
	fake = fake_new("d", 8);
	fake_register(fake);
	settle(other);
	assert_int_equal(g_opened.calls, 1);
	assert_ptr_equal(g_opened.thread, other);
	spdk_set_thread(other);
	spdk_bdev_close(g_opened.desc);
	end_thread(other);
	spdk_set_thread(g_bdev_thread);
	fake_delete(fake);
}

static void
what_does_not_come_in_time_is_given_up(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	open_later("d", 1);
	while (g_opened.calls == 0) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	spdk_set_thread(g_bdev_thread);
	assert_int_equal(g_opened.rc, -ETIMEDOUT);
	fake_register(fake);
	settle_bdev();
	assert_int_equal(g_opened.calls, 1);
	fake_delete(fake);
}

static void
ignore(void *arg)
{
}

static void
the_end_of_the_layer_ends_the_wait(void **state)
{
	open_later("d", 1000000);
	spdk_bdev_finish(ignore, NULL);
	expect_opened(-ESHUTDOWN);
}

static void
what_cannot_be_asked_is_refused(void **state)
{
	struct spdk_bdev_open_async_opts opts = {};

	assert_int_equal(spdk_bdev_open_async("d", true, NULL, NULL, NULL, note_opened, NULL),
			 -EINVAL);
	assert_one_error("without a callback for events");
	assert_int_equal(spdk_bdev_open_async("d", true, ignore_event, NULL, NULL, NULL, NULL),
			 -EINVAL);
	assert_one_error("without a callback that is given the descriptor");
	assert_int_equal(
		spdk_bdev_open_async("d", true, ignore_event, NULL, &opts, note_opened, NULL),
		-EINVAL);
	assert_one_error("the opts have size 0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(what_is_there_is_opened_at_once),
		BDEV_TEST(what_comes_in_time_is_opened),
		BDEV_TEST(what_comes_and_goes_is_waited_for_still),
		BDEV_TEST(what_does_not_come_in_time_is_given_up),
		BDEV_TEST(the_end_of_the_layer_ends_the_wait),
		BDEV_TEST(what_cannot_be_asked_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
