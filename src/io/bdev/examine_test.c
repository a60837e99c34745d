/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Examination: whom a new device is shown, in which order, with which claims, and who waits for it.
 */
#include "bdev_fixture.h"
#include "device.h"

/* Two modules that do with a device what the test says. */
struct examiner {
	struct spdk_bdev_module *module;
	char letter;
	enum spdk_bdev_claim_type claims;
	int claim_rc;
	struct spdk_bdev_desc *desc;
	/* examine_disk() does not report before the test does. */
	bool takes_its_time;
	/* examine_config() unregisters the device. */
	bool removes;
};

static struct examiner g_first, g_second;

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static int
nothing(void)
{
	return 0;
}

static void
config(struct examiner *examiner, struct spdk_bdev *bdev)
{
	trace_add(examiner->letter);
	if (examiner->claims == SPDK_BDEV_CLAIM_EXCL_WRITE) {
		examiner->claim_rc = spdk_bdev_module_claim_bdev(bdev, NULL, examiner->module);
	} else if (examiner->claims != SPDK_BDEV_CLAIM_NONE) {
		assert_int_equal(
			spdk_bdev_open_ext(bdev->name, false, ignore_event, NULL, &examiner->desc),
			0);
		examiner->claim_rc = spdk_bdev_module_claim_bdev_desc(
			examiner->desc, examiner->claims, NULL, examiner->module);
	}
	if (examiner->removes) {
		spdk_bdev_unregister(bdev, NULL, NULL);
	}
	spdk_bdev_module_examine_done(examiner->module);
}

static void
disk(struct examiner *examiner, struct spdk_bdev *bdev)
{
	trace_add((char)toupper(examiner->letter));
	assert_false(spdk_spin_held(&g_bdev_manager.lock));
	if (!examiner->takes_its_time) {
		spdk_bdev_module_examine_done(examiner->module);
	}
}

static void
first_config(struct spdk_bdev *bdev)
{
	config(&g_first, bdev);
}

static void
first_disk(struct spdk_bdev *bdev)
{
	disk(&g_first, bdev);
}

static void
second_config(struct spdk_bdev *bdev)
{
	config(&g_second, bdev);
}

static void
second_disk(struct spdk_bdev *bdev)
{
	disk(&g_second, bdev);
}

/* The one that registers last is the first. */
static struct spdk_bdev_module g_second_module = {
	.name = "second",
	.module_init = nothing,
	.examine_config = second_config,
	.examine_disk = second_disk,
};
SPDK_BDEV_MODULE_REGISTER(second, &g_second_module)

static struct spdk_bdev_module g_first_module = {
	.name = "first",
	.module_init = nothing,
	.examine_config = first_config,
	.examine_disk = first_disk,
};
SPDK_BDEV_MODULE_REGISTER(first, &g_first_module)

static int
set_auto_examine(bool is_auto)
{
	struct spdk_bdev_opts opts;

	spdk_bdev_get_opts(&opts, sizeof(opts));
	opts.bdev_auto_examine = is_auto;
	return spdk_bdev_set_opts(&opts);
}

static int
set_up(void **state)
{
	trace_clear();
	g_first = (struct examiner){.module = &g_first_module, .letter = 'a'};
	g_second = (struct examiner){.module = &g_second_module, .letter = 'b'};
	assert_int_equal(set_auto_examine(true), 0);
	return bdev_setup(state);
}

#define EXAMINE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, bdev_teardown)

static void
nobody_claims_and_all_look(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	fake_register(fake);
	assert_trace("abAB");
	fake_delete(fake);
}

static void
who_claims_looks_alone(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	g_second.claims = SPDK_BDEV_CLAIM_EXCL_WRITE;
	fake_register(fake);
	assert_trace("abB");
	spdk_bdev_module_release_bdev(&fake->bdev);
	fake_delete(fake);
}

static void
all_look_who_share_a_claim(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	g_first.claims = g_second.claims = SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE;
	fake_register(fake);
	assert_int_equal(g_first.claim_rc, 0);
	assert_int_equal(g_second.claim_rc, 0);
	assert_trace("abAB");
	spdk_bdev_close(g_first.desc);
	spdk_bdev_close(g_second.desc);
	fake_delete(fake);
}

static void
the_first_gets_what_both_want(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	g_first.claims = SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE;
	g_second.claims = SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE;
	fake_register(fake);
	assert_int_equal(g_first.claim_rc, 0);
	assert_int_equal(g_second.claim_rc, -EPERM);
	assert_one_error("Module second cannot claim bdev d: it is claimed by module first");
	assert_trace("abA");
	spdk_bdev_close(g_first.desc);
	spdk_bdev_close(g_second.desc);
	fake_delete(fake);
}

static void
a_device_that_goes_meanwhile_is_shown_no_more(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	g_first.removes = true;
	fake_register(fake);
	assert_trace("a");
	assert_true(fake->destructed);
	fake_free(fake);
}

static void
note(void *arg)
{
	trace_add('!');
}

static void
who_waits_is_told_when_all_have_reported(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	assert_int_equal(spdk_bdev_wait_for_examine(NULL, NULL), -EINVAL);
	assert_one_error("there is no callback");
	assert_int_equal(spdk_bdev_wait_for_examine(note, NULL), 0);
	assert_trace("");
	settle_bdev();
	assert_trace("!");
	g_first.takes_its_time = g_second.takes_its_time = true;
	fake_register(fake);
	assert_trace("abAB");
	assert_int_equal(spdk_bdev_wait_for_examine(note, NULL), 0);
	assert_int_equal(spdk_bdev_wait_for_examine(note, NULL), 0);
	settle_bdev();
	spdk_bdev_module_examine_done(&g_first_module);
	settle_bdev();
	assert_trace("");
	spdk_bdev_module_examine_done(&g_second_module);
	settle_bdev();
	assert_trace("!!");
	spdk_bdev_module_examine_done(&g_second_module);
	assert_one_error("Module second has called spdk_bdev_module_examine_done() more often");
	fake_delete(fake);
}

static void
the_end_waits_for_examinations(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	uint64_t patience_us = g_bdev_patience_us;

	g_first.takes_its_time = true;
	fake_register(fake);
	g_bdev_patience_us = 1000;
	spdk_bdev_finish(note, NULL);
	while (log_capture_count(SPDK_LOG_ERROR) == 0) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	spdk_set_thread(g_bdev_thread);
	assert_one_error("Block devices wait for 1 examination(s) of module first");
	assert_trace("abAB");
	assert_false(fake->destructed);
	spdk_bdev_module_examine_done(&g_first_module);
	settle_bdev();
	assert_trace("!");
	assert_true(fake->destructed);
	g_bdev_patience_us = patience_us;
	fake_free(fake);
}

static void
devices_are_examined_by_hand(void **state)
{
	struct fake_bdev *early = fake_new("early", 8), *late = fake_new("late", 8);

	assert_int_equal(spdk_bdev_examine("early"), -EINVAL);
	assert_one_error("Bdev early is examined by itself");
	assert_int_equal(set_auto_examine(false), 0);
	fake_register(early);
	assert_trace("");
	assert_int_equal(spdk_bdev_alias_add(&early->bdev, "alias"), 0);
	assert_int_equal(spdk_bdev_examine("alias"), 0);
	assert_trace("abAB");
	assert_int_equal(spdk_bdev_examine("alias"), -EEXIST);
	assert_one_error("The examination of bdev alias was asked for before");
	assert_int_equal(spdk_bdev_examine("early"), -EEXIST);
	assert_one_error("The examination of bdev early was asked for before");
	assert_int_equal(spdk_bdev_examine("late"), 0);
	assert_trace("");
	fake_register(late);
	assert_trace("abAB");
	fake_delete(late);
	fake_delete(early);
}

static void
only_the_app_thread_examines(void **state)
{
	struct spdk_thread *other = make_thread("other");

	assert_int_equal(set_auto_examine(false), 0);
	spdk_set_thread(other);
	assert_int_equal(spdk_bdev_examine("d"), -EINVAL);
	assert_one_error("Bdev d is examined on the app thread only");
	end_thread(other);
	spdk_set_thread(g_bdev_thread);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EXAMINE_TEST(nobody_claims_and_all_look),
		EXAMINE_TEST(who_claims_looks_alone),
		EXAMINE_TEST(all_look_who_share_a_claim),
		EXAMINE_TEST(the_first_gets_what_both_want),
		EXAMINE_TEST(a_device_that_goes_meanwhile_is_shown_no_more),
		EXAMINE_TEST(who_waits_is_told_when_all_have_reported),
		EXAMINE_TEST(the_end_waits_for_examinations),
		EXAMINE_TEST(devices_are_examined_by_hand),
		EXAMINE_TEST(only_the_app_thread_examines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
