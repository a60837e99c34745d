/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The monitor of context switches. It reports once a second, so these tests take some.
 */
#include "base/log_capture.h"
#include "runtime/reactor/reactor_fixture.h"

/* By then a reactor has said what it has to say every second. */
#define REPORT_SEC 20

static struct spdk_poller *g_poller;
static struct spdk_poller *g_end_poller;
static bool g_was_enabled;
static uint64_t g_last_rusage;
static uint64_t g_start;

/* Each call is at least one voluntary switch: the reactor slept before it. */
static int
wake_up(void *arg)
{
	return SPDK_POLLER_IDLE;
}

static void
stop(void)
{
	g_was_enabled = spdk_framework_context_switch_monitor_enabled();
	g_last_rusage = spdk_reactor_get(0)->last_rusage;
	spdk_poller_unregister(&g_poller);
	spdk_poller_unregister(&g_end_poller);
	spdk_framework_enable_context_switch_monitor(false);
	spdk_reactors_stop(NULL);
}

static int
stop_at_last(void *arg)
{
	stop();
	return SPDK_POLLER_BUSY;
}

static int
stop_when_reported(void *arg)
{
	if (log_capture_has("Reactor 0:") ||
	    spdk_get_ticks() - g_start > REPORT_SEC * spdk_get_ticks_hz()) {
		stop();
	}
	return SPDK_POLLER_IDLE;
}

static void
watch(void)
{
	g_poller = SPDK_POLLER_REGISTER(wake_up, NULL, 20000);
	g_end_poller = SPDK_POLLER_REGISTER(stop_when_reported, NULL, 50000);
}

static struct spdk_poller *g_enable_poller;
static uint32_t g_enable_calls;

/* The second time in the middle of a second, which goes on. */
static int
enable(void *arg)
{
	spdk_framework_enable_context_switch_monitor(true);
	if (++g_enable_calls == 2) {
		spdk_poller_unregister(&g_enable_poller);
	}
	return SPDK_POLLER_BUSY;
}

static void
enable_and_watch(void *arg)
{
	g_enable_calls = 0;
	g_enable_poller = SPDK_POLLER_REGISTER(enable, NULL, 150000);
	watch();
}

static void
enable_disable_and_watch(void *arg)
{
	spdk_framework_enable_context_switch_monitor(true);
	spdk_framework_enable_context_switch_monitor(false);
	g_poller = SPDK_POLLER_REGISTER(wake_up, NULL, 20000);
	g_end_poller = SPDK_POLLER_REGISTER(stop_at_last, NULL, 1200000);
}

static void
just_watch(void *arg)
{
	watch();
}

static int
setup(void **state)
{
	g_last_rusage = 0;
	g_start = spdk_get_ticks();
	assert_int_equal(spdk_log_set_flag("reactor"), 0);
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	return spdk_log_clear_flag("reactor");
}

static void
check_reported(void)
{
	uint64_t seconds = (spdk_get_ticks() - g_start) / spdk_get_ticks_hz();
	unsigned long voluntary = 0;
	const char *line;

	assert_true(log_captured("Reactor 0:", "in the last second", NULL));
	line = strstr(g_log_capture.text, "Reactor 0:");
	assert_int_equal(sscanf(line, "Reactor 0: %lu voluntary", &voluntary), 1);
	/* Some 50 of the poller, fewer on a machine that is late. */
	assert_in_range(voluntary, 5, 1000);
	/* Not more than one each second. */
	while ((line = strstr(line, "Reactor 0:")) != NULL) {
		assert_true(seconds-- > 0);
		line++;
	}
	assert_true(g_was_enabled);
	assert_true(g_last_rusage != 0);
}

static void
each_second_a_reactor_says_how_often_it_was_switched(void **state)
{
	reactors_run_once("0x3", enable_and_watch, NULL);
	check_reported();
	assert_false(spdk_framework_context_switch_monitor_enabled());
}

static void
it_may_be_switched_on_before_the_start(void **state)
{
	spdk_framework_enable_context_switch_monitor(true);
	assert_true(spdk_framework_context_switch_monitor_enabled());
	reactors_run_once("0x1", just_watch, NULL);
	check_reported();
}

static void
switched_off_again_it_says_nothing(void **state)
{
	reactors_run_once("0x1", enable_disable_and_watch, NULL);
	assert_null(strstr(g_log_capture.text, "in the last second"));
	assert_false(g_was_enabled);
	assert_int_equal(g_last_rusage, 0);
}

#define MONITOR_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MONITOR_TEST(each_second_a_reactor_says_how_often_it_was_switched),
		MONITOR_TEST(it_may_be_switched_on_before_the_start),
		MONITOR_TEST(switched_off_again_it_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
