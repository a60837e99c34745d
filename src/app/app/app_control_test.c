/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What cannot be had yet is refused when it is asked for by name: the option and the cure are
 * named, the start gives 1, and the program's function is not called.
 */
#include "app/app/app_internal.h"
#include "app/app/lock_folder_fixture.h"
#include "base/log_capture.h"
#include "spdk/env.h"
#include "spdk/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int g_started;

static void
start(void *arg)
{
	g_started++;
	spdk_app_stop(0);
}

static struct spdk_app_opts
quiet_opts(void)
{
	struct spdk_app_opts opts;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_control_test";
	opts.log = log_capture_keep;
	g_started = 0;
	log_capture_clear();
	return opts;
}

static void
check_refused(struct spdk_app_opts *opts, const char *option, const char *cure)
{
	assert_int_equal(spdk_app_start(opts, start, NULL), 1);
	assert_int_equal(g_started, 0);
	assert_true(log_captured(option, cure, "this version of Spindle has no", NULL));
	/* The reason, and that this is why nothing starts. */
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	/* Nothing was brought up, or it is down again. */
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_false(core_lock_is_held(0));
	spdk_app_fini();
}

static void
a_configuration_is_refused(void **state)
{
	struct spdk_app_opts opts = quiet_opts();
	char json[] = "{\"subsystems\": []}";

	opts.json_config_file = "/dev/null";
	check_refused(&opts, "-c, --json", "Leave the option out");
	opts = quiet_opts();
	opts.json_data = json;
	opts.json_data_size = sizeof(json);
	check_refused(&opts, "opts.json_data", "call the API");
}

static void
waiting_for_an_rpc_is_refused(void **state)
{
	struct spdk_app_opts opts = quiet_opts();

	opts.delay_subsystem_init = true;
	check_refused(&opts, "--wait-for-rpc", "Leave the option out");
}

static void
an_rpc_address_is_refused_unless_it_is_the_default(void **state)
{
	struct spdk_app_opts opts = quiet_opts();

	opts.rpc_addr = "/tmp/other.sock";
	check_refused(&opts, "-r, opts.rpc_addr", "set opts.rpc_addr to NULL");
	opts = quiet_opts();
	assert_string_equal(opts.rpc_addr, SPDK_DEFAULT_RPC_ADDR);
	assert_int_equal(spdk_app_start(&opts, start, NULL), 0);
	spdk_app_fini();
	assert_int_equal(g_started, 1);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

static void
trace_points_are_refused(void **state)
{
	struct spdk_app_opts opts = quiet_opts();

	opts.tpoint_group_mask = "thread";
	check_refused(&opts, "-e, opts.tpoint_group_mask", "Leave the option out");
	log_capture_start();
	assert_int_equal(spdk_app_setup_trace(&opts), -ENOTSUP);
	assert_one_error("-e, opts.tpoint_group_mask");
	assert_int_equal(spdk_app_setup_trace(NULL), -EINVAL);
	assert_one_error("opts is NULL");
	opts.tpoint_group_mask = NULL;
	assert_int_equal(spdk_app_setup_trace(&opts), 0);
	assert_nothing_logged();
	log_capture_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_is_refused),
		cmocka_unit_test(waiting_for_an_rpc_is_refused),
		cmocka_unit_test(an_rpc_address_is_refused_unless_it_is_the_default),
		cmocka_unit_test(trace_points_are_refused),
	};

	return cmocka_run_group_tests(tests, make_lock_folder, remove_lock_folder);
}
