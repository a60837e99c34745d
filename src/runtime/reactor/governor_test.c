/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"

/* Starts and ends of each, as they come. */
static char g_trace[32];

static void
trace(const char *what)
{
	size_t used = strlen(g_trace);

	snprintf(g_trace + used, sizeof(g_trace) - used, "%s", what);
}

static int
slow_init(void)
{
	trace("S");
	return 0;
}

static void
slow_deinit(void)
{
	trace("s");
}

static int
fast_init(void)
{
	trace("F");
	return 0;
}

static void
fast_deinit(void)
{
	trace("f");
}

static int
broken_init(void)
{
	trace("B");
	return -ENODEV;
}

static struct spdk_governor g_slow = {.name = "slow", .init = slow_init, .deinit = slow_deinit};
static struct spdk_governor g_fast = {.name = "fast", .init = fast_init, .deinit = fast_deinit};
static struct spdk_governor g_broken = {
	.name = "broken",
	.init = broken_init,
	.deinit = slow_deinit,
};
SPDK_GOVERNOR_REGISTER(g_slow)
SPDK_GOVERNOR_REGISTER(g_fast)
SPDK_GOVERNOR_REGISTER(g_broken)

#define assert_trace(expected)                          \
	do {                                            \
		assert_string_equal(g_trace, expected); \
		g_trace[0] = '\0';                      \
	} while (0)

static int
setup(void **state)
{
	g_trace[0] = '\0';
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return spdk_governor_set(NULL);
}

static void
a_governor_ends_before_the_next_begins(void **state)
{
	assert_null(spdk_governor_get());
	assert_int_equal(spdk_governor_set(NULL), 0);
	assert_int_equal(spdk_governor_set("slow"), 0);
	assert_ptr_equal(spdk_governor_get(), &g_slow);
	assert_int_equal(spdk_governor_set("fast"), 0);
	assert_ptr_equal(spdk_governor_get(), &g_fast);
	assert_int_equal(spdk_governor_set(NULL), 0);
	assert_null(spdk_governor_get());
	assert_trace("SsFf");
	assert_nothing_logged();
}

static void
one_that_cannot_be_had_is_explained_and_leaves_none(void **state)
{
	assert_int_equal(spdk_governor_set("slow"), 0);
	assert_int_equal(spdk_governor_set("nonesuch"), -EINVAL);
	assert_null(spdk_governor_get());
	assert_trace("Ss");
	assert_true(log_captured("'nonesuch'", "slow, fast, broken", NULL));
	assert_one_error("spdk_governor_set()");
	assert_int_equal(spdk_governor_set("fast"), 0);
	assert_int_equal(spdk_governor_set("broken"), -ENODEV);
	assert_null(spdk_governor_get());
	assert_trace("FfB");
	assert_one_error("'broken' failed to start: No such device");
}

static void
set_and_stop(void *arg)
{
	assert_int_equal(spdk_governor_set("slow"), 0);
	spdk_reactors_stop(NULL);
}

static void
a_governor_ends_with_the_reactors(void **state)
{
	reactors_run_once("0x1", set_and_stop, NULL);
	assert_null(spdk_governor_get());
	assert_trace("Ss");
}

#define GOVERNOR_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GOVERNOR_TEST(a_governor_ends_before_the_next_begins),
		GOVERNOR_TEST(one_that_cannot_be_had_is_explained_and_leaves_none),
		GOVERNOR_TEST(a_governor_ends_with_the_reactors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
