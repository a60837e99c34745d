/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registration of devices and their end: what is refused, what is filled in, who finds them by
 * which name, and in which order they go.
 */
#include "bdev_fixture.h"
#include "device.h"
#include "spdk/notify.h"

static struct {
	int calls;
	int rc;
} g_end;

static void
note_end(void *arg, int rc)
{
	g_end.calls++;
	g_end.rc = rc;
	if (arg != NULL) {
		trace_add((char)(uintptr_t)arg);
	}
}

static void
reset_end(void)
{
	g_end.calls = 0;
	g_end.rc = 1;
}

/* ---- What is refused ---- */

static void
expect_refusal(struct fake_bdev *fake, const char *message)
{
	assert_int_equal(spdk_bdev_register(&fake->bdev), -EINVAL);
	assert_one_error(message);
	if (fake->bdev.name != NULL) {
		assert_null(spdk_bdev_get_by_name(fake->bdev.name));
	}
}

static void
a_device_without_what_it_needs_is_refused(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev good = fake->bdev;
	struct spdk_bdev_fn_table table = *good.fn_table;

	fake->bdev.name = NULL;
	expect_refusal(fake, "set its member 'name'");
	fake->bdev.name = (char *)"";
	expect_refusal(fake, "set its member 'name'");
	fake->bdev = good;
	fake->bdev.module = NULL;
	expect_refusal(fake, "Bdev d cannot be registered: it has no module");
	fake->bdev = good;
	fake->bdev.fn_table = NULL;
	expect_refusal(fake, "it has no functions");
	fake->bdev.fn_table = &table;
	table.submit_request = NULL;
	expect_refusal(fake, "its fn_table lacks");
	fake->bdev = good;
	fake->bdev.blocklen = 0;
	expect_refusal(fake, "'blocklen'");
	fake->bdev = good;
	fake_free(fake);
}

static void
what_does_not_fit_together_is_refused(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev good = fake->bdev;

	fake->bdev.md_interleave = true;
	fake->bdev.md_len = 512;
	expect_refusal(fake, "no room for data");
	fake->bdev = good;
	fake->bdev.dif_type = SPDK_DIF_TYPE1;
	fake->bdev.md_len = 4;
	expect_refusal(fake, "'md_len' is too small");
	fake->bdev.dif_pi_format = SPDK_DIF_PI_FORMAT_32;
	fake->bdev.md_len = 8;
	expect_refusal(fake, "'md_len' is too small");
	fake->bdev = good;
	fake->bdev.required_alignment = 13;
	expect_refusal(fake, "'required_alignment'");
	fake->bdev = good;
	fake->bdev.split_on_optimal_io_boundary = true;
	expect_refusal(fake, "'optimal_io_boundary'");
	fake->bdev = good;
	fake->bdev.zoned = true;
	expect_refusal(fake, "'zone_size'");
	fake->bdev = good;
	fake_free(fake);
}

static void
only_the_app_thread_registers(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_thread *other = make_thread("other");

	spdk_set_thread(other);
	expect_refusal(fake, "Bdev d cannot be registered on thread other");
	spdk_set_thread(g_bdev_thread);
	end_thread(other);
	spdk_set_thread(g_bdev_thread);
	fake_free(fake);
}

/* ---- What is filled in ---- */

static void
what_is_left_out_is_filled_in(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_iobuf_opts iobuf;

	fake->bdev.blocklen = 520;
	fake->bdev.md_len = 8;
	fake->bdev.md_interleave = true;
	fake_register(fake);
	spdk_iobuf_get_opts(&iobuf, sizeof(iobuf));
	assert_int_equal(fake->bdev.phys_blocklen, 512);
	assert_int_equal(fake->bdev.write_unit_size, 1);
	assert_int_equal(fake->bdev.acwu, 1);
	assert_int_equal(fake->bdev.max_copy, iobuf.large_bufsize / 520);
	assert_false(spdk_uuid_is_null(&fake->bdev.uuid));
	assert_int_equal(fake->bdev.io_type_supported, fake->types);
	fake_delete(fake);

	fake = fake_new("d", 8);
	fake->bdev.phys_blocklen = 4096;
	fake->bdev.write_unit_size = 4;
	fake->bdev.max_copy = 3;
	fake_register(fake);
	assert_int_equal(fake->bdev.phys_blocklen, 4096);
	assert_int_equal(fake->bdev.acwu, 4);
	assert_int_equal(fake->bdev.max_copy, 3);
	fake_delete(fake);
}

/* ---- Names ---- */

static void
a_device_is_found_by_its_name_uuid_and_aliases(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8), *other = fake_new("e", 8);
	char uuid[SPDK_UUID_STRING_LEN];

	fake_register(fake);
	fake_register(other);
	spdk_uuid_fmt_lower(uuid, sizeof(uuid), &fake->bdev.uuid);
	assert_ptr_equal(spdk_bdev_get_by_name("d"), &fake->bdev);
	assert_ptr_equal(spdk_bdev_get_by_name(uuid), &fake->bdev);
	assert_null(spdk_bdev_get_by_name("nobody"));
	assert_null(spdk_bdev_get_by_name(NULL));

	assert_int_equal(spdk_bdev_alias_add(&fake->bdev, "a"), 0);
	assert_int_equal(spdk_bdev_alias_add(&other->bdev, "a"), -EEXIST);
	assert_int_equal(spdk_bdev_alias_add(&other->bdev, "d"), -EEXIST);
	assert_int_equal(spdk_bdev_alias_add(&other->bdev, NULL), -EINVAL);
	assert_one_error("must not be empty");
	assert_ptr_equal(spdk_bdev_get_by_name("a"), &fake->bdev);
	assert_int_equal(spdk_bdev_alias_del(&other->bdev, "a"), -ENOENT);
	assert_int_equal(spdk_bdev_alias_del(&fake->bdev, "d"), -ENOENT);
	assert_int_equal(spdk_bdev_alias_del(&fake->bdev, "a"), 0);
	assert_null(spdk_bdev_get_by_name("a"));
	assert_int_equal(spdk_bdev_alias_add(&other->bdev, "a"), 0);
	assert_string_equal(
		TAILQ_LAST(spdk_bdev_get_aliases(&other->bdev), spdk_bdev_aliases_list)->alias.name,
		"a");
	spdk_bdev_alias_del_all(&other->bdev);
	assert_true(TAILQ_EMPTY(spdk_bdev_get_aliases(&other->bdev)));
	assert_null(spdk_bdev_get_by_name("a"));
	fake_delete(fake);
	assert_null(spdk_bdev_get_by_name("d"));
	assert_null(spdk_bdev_get_by_name(uuid));
	fake_delete(other);
}

static void
a_name_or_uuid_that_is_taken_is_refused(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8), *other = fake_new("d", 8);

	fake_register(fake);
	assert_int_equal(spdk_bdev_register(&other->bdev), -EEXIST);
	assert_one_error("Bdev d cannot be registered: there is one with its name or uuid");
	assert_int_equal(spdk_bdev_register(&fake->bdev), -EEXIST);
	assert_one_error("Bdev d is registered already");
	free(other->bdev.name);
	other->bdev.name = strdup("e");
	other->bdev.uuid = fake->bdev.uuid;
	assert_int_equal(spdk_bdev_register(&other->bdev), -EEXIST);
	assert_one_error("Bdev e cannot be registered");
	assert_null(spdk_bdev_get_by_name("e"));
	/* The name was not kept by the attempt. */
	spdk_uuid_generate(&other->bdev.uuid);
	fake_register(other);
	fake_delete(other);
	fake_delete(fake);
}

static void
thousands_of_devices_are_found(void **state)
{
	enum { COUNT = 3000 };
	struct fake_bdev **fakes = calloc(COUNT, sizeof(struct fake_bdev *));
	char name[16];
	int i;

	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		fakes[i] = fake_new(name, 1);
		fake_register(fakes[i]);
	}
	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		assert_ptr_equal(spdk_bdev_get_by_name(name), &fakes[i]->bdev);
	}
	for (i = 0; i < COUNT; i++) {
		fake_delete(fakes[i]);
	}
	free(fakes);
}

/* ---- The end ---- */

static void
the_end_is_told_once_on_the_thread_that_asked(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_thread *other = make_thread("other");

	fake_register(fake);
	reset_end();
	spdk_set_thread(other);
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	assert_int_equal(g_end.calls, 0);
	settle(g_bdev_thread);
	assert_int_equal(g_end.calls, 0);
	settle(other);
	assert_int_equal(g_end.calls, 1);
	assert_int_equal(g_end.rc, 0);
	assert_true(fake->destructed);
	end_thread(other);
	spdk_set_thread(g_bdev_thread);
	settle_bdev();
	fake_free(fake);
}

static void
unregistering_twice_is_explained(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	fake_register(fake);
	reset_end();
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	assert_int_equal(g_end.calls, 1);
	assert_int_equal(g_end.rc, -EBUSY);
	assert_one_error("is being unregistered, or was, already");
	settle_bdev();
	assert_int_equal(g_end.calls, 2);
	assert_int_equal(g_end.rc, 0);
	fake_free(fake);

	fake = fake_new("d", 8);
	spdk_bdev_unregister(&fake->bdev, NULL, NULL);
	assert_one_error("is not registered");
	fake_free(fake);
}

static void
a_module_unregisters_its_own_by_name(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_module stranger = {.name = "stranger"};

	fake_register(fake);
	reset_end();
	assert_int_equal(spdk_bdev_unregister_by_name("e", fake->bdev.module, note_end, NULL),
			 -ENODEV);
	assert_int_equal(spdk_bdev_unregister_by_name("d", &stranger, note_end, NULL), -ENODEV);
	assert_int_equal(spdk_bdev_unregister_by_name("d", fake->bdev.module, note_end, NULL), 0);
	assert_int_equal(spdk_bdev_unregister_by_name("d", fake->bdev.module, note_end, NULL),
			 -ENODEV);
	assert_int_equal(g_end.calls, 0);
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	assert_int_equal(g_end.rc, 0);
	fake_free(fake);
}

/* What destruct() does and returns. */
static struct {
	struct spdk_bdev *bdev;
	int rc;
	bool says_done;
} g_destruct;

static int
destruct(void *ctx)
{
	trace_add('d');
	spdk_io_device_unregister(ctx, NULL);
	if (g_destruct.says_done) {
		spdk_bdev_destruct_done(g_destruct.bdev, -EIO);
	}
	return g_destruct.rc;
}

static struct fake_bdev *
register_with_destruct(int rc, bool says_done)
{
	static struct spdk_bdev_fn_table table;
	struct fake_bdev *fake = fake_new("d", 8);

	table = *fake->bdev.fn_table;
	table.destruct = destruct;
	fake->bdev.fn_table = &table;
	g_destruct.bdev = &fake->bdev;
	g_destruct.rc = rc;
	g_destruct.says_done = says_done;
	fake_register(fake);
	reset_end();
	trace_clear();
	return fake;
}

static void
a_destruction_may_take_its_time(void **state)
{
	struct fake_bdev *fake = register_with_destruct(1, false);

	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	settle_bdev();
	assert_trace("d");
	assert_int_equal(g_end.calls, 0);
	spdk_bdev_destruct_done(&fake->bdev, -EIO);
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	assert_int_equal(g_end.rc, -EIO);
	spdk_bdev_destruct_done(&fake->bdev, 0);
	assert_one_error("no bdev is being destructed there");
	assert_int_equal(g_end.calls, 1);
	fake_free(fake);
}

static void
a_destruction_may_end_inside_or_fail(void **state)
{
	struct fake_bdev *fake = register_with_destruct(1, true);

	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	assert_int_equal(g_end.rc, -EIO);
	fake_free(fake);

	fake = register_with_destruct(-ENXIO, false);
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	assert_int_equal(g_end.rc, -ENXIO);
	fake_free(fake);

	/* Both at once is one too many. */
	fake = register_with_destruct(0, true);
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	assert_one_error("its destruct() has returned 0: it must return 1 then");
	fake_free(fake);
	trace_clear();
}

static void
wait_for_errors(int count)
{
	while (log_capture_count(SPDK_LOG_ERROR) < count) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	spdk_set_thread(g_bdev_thread);
}

static void
a_device_says_what_it_waits_for(void **state)
{
	uint64_t patience_us = g_bdev_patience_us;
	struct fake_bdev *fake = register_with_destruct(1, false);
	struct opened opened = fake_open(fake);

	g_bdev_patience_us = 1000;
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	wait_for_errors(2);
	assert_true(log_captured("Bdev d is being unregistered, and waits for 1 descriptor(s)",
				 "opened by", "on thread bdev", NULL));
	log_capture_clear();
	spdk_put_io_channel(opened.ch);
	spdk_bdev_close(opened.desc);
	settle_bdev();
	spdk_bdev_destruct_done(&fake->bdev, 0);
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	fake_free(fake);

	fake = register_with_destruct(1, false);
	opened = fake_open(fake);
	spdk_bdev_close(opened.desc);
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	wait_for_errors(1);
	assert_one_error("waits for channels that were got by spdk_bdev_get_io_channel()");
	spdk_put_io_channel(opened.ch);
	settle_bdev();
	spdk_bdev_destruct_done(&fake->bdev, 0);
	settle_bdev();
	fake_free(fake);

	fake = register_with_destruct(1, false);
	spdk_bdev_unregister(&fake->bdev, note_end, NULL);
	wait_for_errors(1);
	assert_one_error("waits for module fake: its destruct() returned 1");
	spdk_bdev_destruct_done(&fake->bdev, 0);
	settle_bdev();
	fake_free(fake);
	g_bdev_patience_us = patience_us;
	trace_clear();
}

/* ---- Those who watch ---- */

static char g_events[512];

static int
note_event(uint64_t id, const struct spdk_notify_event *event, void *ctx)
{
	size_t used = strlen(g_events);

	snprintf(g_events + used, sizeof(g_events) - used, "%s:%s ", event->type, event->ctx);
	return 0;
}

static int
find_last_event(uint64_t id, const struct spdk_notify_event *event, void *ctx)
{
	*(uint64_t *)ctx = id + 1;
	return 0;
}

static void
what_happens_is_notified(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	uint64_t begin = 0;

	(void)spdk_notify_foreach_event(0, UINT64_MAX, find_last_event, &begin);
	fake_register(fake);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 16), 0);
	fake_delete(fake);
	g_events[0] = '\0';
	(void)spdk_notify_foreach_event(begin, UINT64_MAX, note_event, NULL);
	assert_string_equal(g_events, "bdev_register:d bdev_resize:d bdev_unregister:d ");
}

static int
count_bdev(void *ctx, struct spdk_bdev *bdev)
{
	trace_add(bdev->name[0]);
	if (ctx != NULL && bdev->name[0] == *(char *)ctx) {
		return -EINTR;
	}
	return 0;
}

/* Goes while it is visited: the way on from it is still there. */
static int
remove_visited(void *ctx, struct spdk_bdev *bdev)
{
	trace_add(bdev->name[0]);
	if (bdev->name[0] == 'b') {
		spdk_bdev_unregister(bdev, note_end, NULL);
		settle_bdev();
		assert_int_equal(g_end.calls, 0);
	}
	return 0;
}

static void
devices_are_walked_over_in_order(void **state)
{
	const char *names[] = {"c", "a"}, *missing[] = {"a", "x", "b"};
	struct fake_bdev *a = fake_new("a", 8), *b = fake_new("b", 8), *c = fake_new("c", 8);

	fake_register(a);
	fake_register(b);
	fake_register(c);
	assert_int_equal(spdk_for_each_bdev(NULL, count_bdev), 0);
	assert_trace("abc");
	assert_int_equal(spdk_for_each_bdev((void *)(uintptr_t) "b", count_bdev), -EINTR);
	assert_trace("ab");
	assert_int_equal(spdk_for_each_bdev_by_name(NULL, count_bdev, names, 2), 0);
	assert_trace("ca");
	assert_int_equal(spdk_for_each_bdev_by_name(NULL, count_bdev, missing, 3), -ENODEV);
	assert_trace("a");
	assert_int_equal(spdk_bdev_module_claim_bdev(&b->bdev, NULL, b->bdev.module), 0);
	assert_int_equal(spdk_for_each_bdev_leaf(NULL, count_bdev), 0);
	assert_trace("ac");
	assert_ptr_equal(spdk_bdev_first(), &a->bdev);
	assert_ptr_equal(spdk_bdev_next(&a->bdev), &b->bdev);
	assert_null(spdk_bdev_next(&c->bdev));
	assert_ptr_equal(spdk_bdev_first_leaf(), &a->bdev);
	assert_ptr_equal(spdk_bdev_next_leaf(&a->bdev), &c->bdev);
	spdk_bdev_module_release_bdev(&b->bdev);

	reset_end();
	assert_int_equal(spdk_for_each_bdev(NULL, remove_visited), 0);
	assert_trace("abc");
	settle_bdev();
	assert_int_equal(g_end.calls, 1);
	fake_free(b);
	fake_delete(a);
	fake_delete(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(a_device_without_what_it_needs_is_refused),
		BDEV_TEST(what_does_not_fit_together_is_refused),
		BDEV_TEST(only_the_app_thread_registers),
		BDEV_TEST(what_is_left_out_is_filled_in),
		BDEV_TEST(a_device_is_found_by_its_name_uuid_and_aliases),
		BDEV_TEST(a_name_or_uuid_that_is_taken_is_refused),
		BDEV_TEST(thousands_of_devices_are_found),
		BDEV_TEST(the_end_is_told_once_on_the_thread_that_asked),
		BDEV_TEST(unregistering_twice_is_explained),
		BDEV_TEST(a_module_unregisters_its_own_by_name),
		BDEV_TEST(a_destruction_may_take_its_time),
		BDEV_TEST(a_destruction_may_end_inside_or_fail),
		BDEV_TEST(a_device_says_what_it_waits_for),
		BDEV_TEST(what_happens_is_notified),
		BDEV_TEST(devices_are_walked_over_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
