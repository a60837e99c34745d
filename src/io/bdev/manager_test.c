/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The start and the end of the layer: modules in their order, those that take their time, those
 * that fail or never report, and what becomes of devices that are still there.
 */
#include "bdev_fixture.h"
#include "device.h"
#include "io/examine_fixture.h"

#define NEVER (UINT64_C(3600) * 1000 * 1000)
/* More than any other module's. */
#define X_CTX_SIZE 5000

static bool g_async, g_async_fini, g_init_fails;
static int g_init_rc;
static bool g_is_up, g_is_down;

#define MODULE(letter, upper)                    \
	static int letter##_init(void)           \
	{                                        \
		trace_add(#letter[0]);           \
		return 0;                        \
	}                                        \
	static void letter##_fini_start(void)    \
	{                                        \
		trace_add('(');                  \
		trace_add(#letter[0]);           \
	}                                        \
	static void letter##_init_complete(void) \
	{                                        \
		trace_add('!');                  \
		trace_add(#letter[0]);           \
	}                                        \
	static void letter##_fini(void)          \
	{                                        \
		trace_add(#upper[0]);            \
	}

MODULE(a, A)
MODULE(b, B)

static void ignore_examine(struct spdk_bdev *bdev);
static struct spdk_bdev_module g_x;

static struct spdk_bdev_module g_a = {
	.name = "a",
	.module_init = a_init,
	.init_complete = a_init_complete,
	.fini_start = a_fini_start,
	.module_fini = a_fini,
};
SPDK_BDEV_MODULE_REGISTER(a, &g_a)

static struct spdk_bdev_module g_b = {
	.name = "b",
	.module_init = b_init,
	.init_complete = b_init_complete,
	.fini_start = b_fini_start,
	.module_fini = b_fini,
};
SPDK_BDEV_MODULE_REGISTER(b, &g_b)

/* Examines, and so is first; takes its time, or fails, as the test says. */
static int
x_init(void)
{
	trace_add('x');
	if (!g_async) {
		spdk_bdev_module_init_done(&g_x);
	}
	return g_init_fails ? -EIO : 0;
}

static void
x_fini_start(void)
{
	trace_add('(');
	trace_add('x');
	if (!g_async_fini) {
		spdk_bdev_module_fini_start_done();
	}
}

static void
x_fini(void)
{
	trace_add('X');
	if (!g_async_fini) {
		spdk_bdev_module_fini_done();
	}
}

static int
x_ctx_size(void)
{
	return X_CTX_SIZE;
}

static struct spdk_bdev_module g_x = {
	.name = "x",
	.module_init = x_init,
	.fini_start = x_fini_start,
	.module_fini = x_fini,
	.get_ctx_size = x_ctx_size,
	.examine_config = ignore_examine,
	.async_init = true,
	.async_fini = true,
	.async_fini_start = true,
};
SPDK_BDEV_MODULE_REGISTER(x, &g_x)

static void
ignore_examine(struct spdk_bdev *bdev)
{
	spdk_bdev_module_examine_done(&g_x);
}

static void
note_up(void *arg, int rc)
{
	g_init_rc = rc;
	g_is_up = true;
}

static void
note_down(void *arg)
{
	g_is_down = true;
}

static int
open_without_layer(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_int_equal(open_library(state), 0);
	g_bdev_thread = make_thread("app");
	spdk_set_thread(g_bdev_thread);
	assert_int_equal(spdk_iobuf_initialize(), 0);
	assert_int_equal(spdk_accel_initialize(), 0);
	settle_bdev();
	trace_clear();
	let_modules_read(false);
	g_async = g_async_fini = g_init_fails = false;
	g_is_up = g_is_down = false;
	g_bdev_patience_us = NEVER;
	return 0;
}

static int
close_without_layer(void **state)
{
	int rc;

	spdk_accel_finish(note_down, NULL);
	settle_bdev();
	spdk_iobuf_finish(note_down, NULL);
	settle_bdev();
	end_thread(g_bdev_thread);
	rc = close_library(state);
	spdk_env_fini();
	return rc;
}

#define MANAGER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_without_layer, close_without_layer)

static void
bring_up(void)
{
	g_is_up = false;
	spdk_bdev_initialize(note_up, NULL);
	settle_bdev();
	assert_true(g_is_up);
	assert_int_equal(g_init_rc, 0);
}

static void
bring_down(void)
{
	g_is_down = false;
	spdk_bdev_finish(note_down, NULL);
	settle_bdev();
	assert_true(g_is_down);
}

/* Waits for a poller with a deadline that has passed. */
static void
wait_for_error(const char *part)
{
	while (log_capture_count(SPDK_LOG_ERROR) == 0) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	spdk_set_thread(g_bdev_thread);
	assert_one_error(part);
}

static void
modules_start_in_order_and_end_in_reverse(void **state)
{
	bring_up();
	assert_trace("xab!a!b");
	assert_int_equal(g_bdev_manager.ctx_size, X_CTX_SIZE);
	bring_down();
	assert_trace("(b(a(xBAX");
	/* And once more. */
	bring_up();
	assert_trace("xab!a!b");
	bring_down();
	assert_trace("(b(a(xBAX");
}

static void
a_module_may_take_its_time(void **state)
{
	g_async = g_async_fini = true;
	spdk_bdev_initialize(note_up, NULL);
	settle_bdev();
	assert_trace("xab");
	assert_false(g_is_up);
	spdk_bdev_module_init_done(&g_x);
	assert_false(g_is_up);
	settle_bdev();
	assert_true(g_is_up);
	assert_trace("!a!b");

	spdk_bdev_finish(note_down, NULL);
	settle_bdev();
	assert_trace("(b(a(x");
	spdk_bdev_module_fini_start_done();
	settle_bdev();
	assert_trace("BAX");
	assert_false(g_is_down);
	spdk_bdev_module_fini_done();
	settle_bdev();
	assert_true(g_is_down);
}

static void
a_failure_is_told_and_only_what_is_up_ends(void **state)
{
	g_init_fails = true;
	spdk_bdev_initialize(note_up, NULL);
	assert_true(g_is_up);
	assert_int_equal(g_init_rc, -EIO);
	assert_one_error("Module x could not be initialised: Input/output error.");
	assert_trace("x");
	bring_down();
	assert_trace("");
	g_init_fails = false;
	bring_up();
	bring_down();
	trace_clear();
}

static void
a_module_that_never_reports_is_named_and_may_be_given_up(void **state)
{
	g_async = g_async_fini = true;
	g_bdev_patience_us = 1000;
	spdk_bdev_initialize(note_up, NULL);
	wait_for_error("wait for the initialisation of module x");
	spdk_bdev_finish(note_down, NULL);
	wait_for_error("wait for the end of module x");
	g_bdev_patience_us = NEVER;
	spdk_bdev_module_fini_start_done();
	settle_bdev();
	spdk_bdev_module_fini_done();
	settle_bdev();
	assert_true(g_is_down);
	assert_false(g_is_up);
	/* What was never reported does not keep the next start from its end. */
	g_async = g_async_fini = false;
	bring_up();
	bring_down();
	trace_clear();
}

static void
reports_that_nobody_waits_for_are_explained(void **state)
{
	bring_up();
	spdk_bdev_module_init_done(&g_x);
	assert_one_error(
		"Module x has called spdk_bdev_module_init_done(), and its initialisation");
	spdk_bdev_module_init_done(&g_a);
	assert_one_error("Module a has called spdk_bdev_module_init_done(), which only those do "
			 "that set async_init");
	spdk_bdev_module_examine_done(&g_x);
	assert_one_error("Module x has called spdk_bdev_module_examine_done() more often");
	spdk_bdev_module_fini_done();
	assert_one_error("spdk_bdev_module_fini_done() was called, and no module's step waits");
	spdk_bdev_initialize(note_up, NULL);
	assert_int_equal(g_init_rc, -EALREADY);
	assert_one_error("block devices are up already");
	bring_down();
	/* Once more is no mistake: there is nothing to do. */
	g_is_down = false;
	spdk_bdev_finish(note_down, NULL);
	assert_true(g_is_down);
	trace_clear();
}

/* ---- Devices that are left ---- */

/* What the one on top has of the other. */
static struct {
	struct fake_bdev *base;
	struct spdk_bdev_desc *desc;
} g_claimer;

static void
close_base(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	trace_add('r');
	spdk_bdev_close(*(struct spdk_bdev_desc **)ctx);
}

static int
top_destruct(void *ctx)
{
	trace_add('T');
	spdk_bdev_module_release_bdev(&g_claimer.base->bdev);
	spdk_bdev_close(g_claimer.desc);
	return 0;
}

static int
base_destruct(void *ctx)
{
	trace_add('Z');
	return 0;
}

static struct spdk_bdev_fn_table g_top_table, g_base_table;

static void
free_fake(struct fake_bdev *fake)
{
	free(fake->bdev.name);
	free(fake->data);
	free(fake->md);
	free(fake);
}

static void
what_is_on_top_goes_before_what_it_stands_on(void **state)
{
	struct fake_bdev *top, *base;

	bring_up();
	trace_clear();
	/* The base is the younger one. */
	top = fake_new("top", 8);
	base = fake_new("base", 8);
	g_top_table = g_base_table = *top->bdev.fn_table;
	g_top_table.destruct = top_destruct;
	g_base_table.destruct = base_destruct;
	top->bdev.fn_table = &g_top_table;
	base->bdev.fn_table = &g_base_table;
	assert_int_equal(spdk_bdev_register(&top->bdev), 0);
	assert_int_equal(spdk_bdev_register(&base->bdev), 0);
	g_claimer.base = base;
	assert_int_equal(
		spdk_bdev_open_ext("base", false, close_base, &g_claimer.desc, &g_claimer.desc), 0);
	assert_int_equal(spdk_bdev_module_claim_bdev(&base->bdev, g_claimer.desc, &g_a), 0);
	bring_down();
	assert_trace("(b(a(xTZBAX");
	free_fake(top);
	free_fake(base);
}

static void
a_claim_that_nobody_needs_does_not_keep_a_device(void **state)
{
	struct fake_bdev *base;

	bring_up();
	base = fake_new("base", 8);
	g_base_table = *base->bdev.fn_table;
	g_base_table.destruct = base_destruct;
	base->bdev.fn_table = &g_base_table;
	assert_int_equal(spdk_bdev_register(&base->bdev), 0);
	assert_int_equal(spdk_bdev_module_claim_bdev(&base->bdev, NULL, &g_b), 0);
	trace_clear();
	bring_down();
	assert_one_error("Bdev base is claimed by module b (exclusive_write), and there is no bdev "
			 "left that was built on it");
	assert_trace("(b(a(xZBAX");
	free_fake(base);
}

static void
stay_open(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	trace_add('r');
}

static void
the_end_waits_for_descriptors_and_says_whose(void **state)
{
	struct spdk_bdev_desc *desc;
	struct fake_bdev *fake;

	bring_up();
	fake = fake_new("kept", 8);
	g_base_table = *fake->bdev.fn_table;
	g_base_table.destruct = base_destruct;
	fake->bdev.fn_table = &g_base_table;
	assert_int_equal(spdk_bdev_register(&fake->bdev), 0);
	assert_int_equal(spdk_bdev_open_ext("kept", true, stay_open, NULL, &desc), 0);
	trace_clear();
	g_bdev_patience_us = 1000;
	spdk_bdev_finish(note_down, NULL);
	while (log_capture_count(SPDK_LOG_ERROR) < 2) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	spdk_set_thread(g_bdev_thread);
	assert_true(log_captured("Bdev kept is being unregistered, and waits for 1 descriptor(s)",
				 "opened by", "on thread app", NULL));
	log_capture_clear();
	assert_false(g_is_down);
	assert_trace("(b(a(xr");
	spdk_bdev_close(desc);
	settle_bdev();
	assert_true(g_is_down);
	assert_trace("ZBAX");
	free_fake(fake);
}

static void
options_are_taken_as_far_as_the_caller_knows_them(void **state)
{
	struct spdk_bdev_opts opts = {}, before, old = {};

	spdk_bdev_get_opts(&before, sizeof(before));
	assert_int_equal(before.bdev_io_pool_size, 65535);
	assert_int_equal(before.bdev_io_cache_size, 256);
	assert_true(before.bdev_auto_examine);
	assert_int_equal(before.iobuf_small_cache_size, 128);
	assert_int_equal(before.iobuf_large_cache_size, 16);
	assert_int_equal(before.opts_size, sizeof(before));

	assert_int_equal(spdk_bdev_set_opts(&opts), -1);
	assert_one_error("their opts_size is 0");
	opts = before;
	opts.bdev_io_pool_size = 10;
	opts.bdev_io_cache_size = 11;
	assert_int_equal(spdk_bdev_set_opts(&opts), -1);
	assert_one_error("bdev_io_pool_size 10 is less than bdev_io_cache_size 11");

	/* Compiled when there were no caches of iobuf. */
	old = before;
	old.opts_size = offsetof(struct spdk_bdev_opts, iobuf_small_cache_size);
	old.bdev_io_pool_size = 1000;
	old.iobuf_small_cache_size = 77;
	assert_int_equal(spdk_bdev_set_opts(&old), 0);
	memset(&opts, 0x5a, sizeof(opts));
	spdk_bdev_get_opts(&opts, old.opts_size);
	assert_int_equal(opts.bdev_io_pool_size, 1000);
	assert_int_equal(opts.iobuf_small_cache_size, 0x5a5a5a5a);
	spdk_bdev_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.iobuf_small_cache_size, 128);
	assert_int_equal(spdk_bdev_set_opts(&before), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MANAGER_TEST(modules_start_in_order_and_end_in_reverse),
		MANAGER_TEST(a_module_may_take_its_time),
		MANAGER_TEST(a_failure_is_told_and_only_what_is_up_ends),
		MANAGER_TEST(a_module_that_never_reports_is_named_and_may_be_given_up),
		MANAGER_TEST(reports_that_nobody_waits_for_are_explained),
		MANAGER_TEST(what_is_on_top_goes_before_what_it_stands_on),
		MANAGER_TEST(a_claim_that_nobody_needs_does_not_keep_a_device),
		MANAGER_TEST(the_end_waits_for_descriptors_and_says_whose),
		MANAGER_TEST(options_are_taken_as_far_as_the_caller_knows_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
