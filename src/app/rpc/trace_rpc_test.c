/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for tracing: groups and tracepoints are switched, and told as the reference tells them.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "spdk/trace.h"

#define GROUP 19

SPDK_TRACE_REGISTER_FN(bakery_trace, "bakery", GROUP)

static void
bakery_trace(void)
{
	spdk_trace_register_description("BAKE", SPDK_TPOINT_ID(GROUP, 0), OWNER_TYPE_NONE,
					OBJECT_NONE, 0, SPDK_TRACE_ARG_TYPE_INT, NULL);
	spdk_trace_register_description("SELL", SPDK_TPOINT_ID(GROUP, 2), OWNER_TYPE_NONE,
					OBJECT_NONE, 0, SPDK_TRACE_ARG_TYPE_INT, NULL);
}

static int g_rc;
static char g_name[64];

static void
begin_tracing(void *arg)
{
	g_rc = spdk_trace_init(g_name, 1024, 0);
}

static void
end_tracing(void *arg)
{
	spdk_trace_cleanup();
}

static struct spdk_json_val *
bakery(void)
{
	return member(g_test.result, "bakery", SPDK_JSON_VAL_OBJECT_BEGIN);
}

static void
check_tpoint(uint32_t index, const char *name, uint32_t id, bool is_enabled)
{
	struct spdk_json_val *tpoint = member(bakery(), "tpoints", SPDK_JSON_VAL_ARRAY_BEGIN) + 1;

	for (; index > 0; index--) {
		tpoint += spdk_json_val_len(tpoint);
	}
	assert_int_equal(count_members(tpoint), 3);
	assert_true(member_is(tpoint, "name", name));
	assert_int_equal(member_uint64(tpoint, "id"), id);
	(void)member(tpoint, "enabled", is_enabled ? SPDK_JSON_VAL_TRUE : SPDK_JSON_VAL_FALSE);
}

static void
groups_and_their_tpoints_are_told(void **state)
{
	call("trace_get_tpoint_group_mask", NULL);
	assert_true(member_is(g_test.result, "tpoint_group_mask", "0x0"));
	assert_int_equal(count_members(bakery()), 4);
	(void)member(bakery(), "enabled", SPDK_JSON_VAL_FALSE);
	assert_true(member_is(bakery(), "mask", "0x80000"));
	assert_true(member_is(bakery(), "tpoint_mask", "0x0"));
	assert_int_equal(
		spdk_json_array_count(member(bakery(), "tpoints", SPDK_JSON_VAL_ARRAY_BEGIN)), 2);
	check_tpoint(0, "BAKE", 0, false);
	check_tpoint(1, "SELL", 2, false);
}

static void
tpoints_are_switched_by_mask(void **state)
{
	expect("trace_set_tpoint_mask", "{\"name\": \"bakery\", \"tpoint_mask\": 4}", "true");
	call("trace_get_tpoint_group_mask", NULL);
	assert_true(member_is(g_test.result, "tpoint_group_mask", "0x80000"));
	(void)member(bakery(), "enabled", SPDK_JSON_VAL_TRUE);
	assert_true(member_is(bakery(), "tpoint_mask", "0x4"));
	check_tpoint(0, "BAKE", 0, false);
	check_tpoint(1, "SELL", 2, true);
	/* Those that record go on. */
	expect("trace_set_tpoint_mask", "{\"name\": \"bakery\", \"tpoint_mask\": 1}", "true");
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP), 5);
	expect("trace_clear_tpoint_mask", "{\"name\": \"bakery\", \"tpoint_mask\": 4}", "true");
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP), 1);
	expect("trace_clear_tpoint_mask", "{\"name\": \"bakery\", \"tpoint_mask\": 1}", "true");
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0);
}

static void
groups_are_switched_by_name(void **state)
{
	expect("trace_enable_tpoint_group", "{\"name\": \"bakery\"}", "true");
	call("trace_get_info", NULL);
	assert_true(member_is(g_test.result, "tpoint_group_mask", "0x80000"));
	assert_int_equal(count_members(bakery()), 2);
	assert_true(member_is(bakery(), "mask", "0x80000"));
	assert_true(member_is(bakery(), "tpoint_mask", "0xffffffffffffffff"));
	expect("trace_disable_tpoint_group", "{\"name\": \"bakery\"}", "true");
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP), 0);
	expect("trace_enable_tpoint_group", "{\"name\": \"all\"}", "true");
	assert_int_not_equal(spdk_trace_get_tpoint_mask(GROUP), 0);
	expect("trace_disable_tpoint_group", "{\"name\": \"all\"}", "true");
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0);
}

static void
the_trace_file_is_told(void **state)
{
	struct spdk_json_val *path;

	call("trace_get_info", NULL);
	path = member(g_test.result, "tpoint_shm_path", SPDK_JSON_VAL_STRING);
	/* Empty on a machine without shared memory. */
	assert_true(path->len == 0 || strstr(g_test.text, g_name) != NULL);
}

static void
what_was_recorded_is_passed_over(void **state)
{
	uint64_t before = spdk_get_ticks();

	expect("trace_clear", NULL, "true");
	assert_true(spdk_trace_get_main_section(g_trace_file)->clear_tsc >= before);
}

static void
unknown_groups_are_answered_with_those_there_are(void **state)
{
	log_capture_start();
	expect_error("trace_enable_tpoint_group", "{\"name\": \"butcher\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'butcher'", "all, ", "bakery", NULL);
	expect_error("trace_disable_tpoint_group", "{\"name\": \"\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "bakery", NULL);
	expect_error("trace_set_tpoint_mask", "{\"name\": \"all\", \"tpoint_mask\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'all'", "bakery", NULL);
	expect_error("trace_clear_tpoint_mask", "{\"name\": \"butcher\", \"tpoint_mask\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'butcher'", "bakery", NULL);
	expect_error("trace_set_tpoint_mask", "{\"name\": \"bakery\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "tpoint_mask", NULL);
	expect_error("trace_set_tpoint_mask", "{\"name\": \"bakery\", \"tpoint_mask\": \"0x1\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "tpoint_mask", NULL);
	/* The one who asked is told, and nobody else. */
	assert_true(log_captured_nothing());
	log_capture_stop();
}

static void
without_tracing_nothing_can_be_switched(void **state)
{
	run_on_app(end_tracing, NULL);
	expect_error("trace_enable_tpoint_group", "{\"name\": \"all\"}",
		     SPDK_JSONRPC_ERROR_INVALID_STATE, "does not trace", "--num-trace-entries",
		     NULL);
	expect_error("trace_set_tpoint_mask", "{\"name\": \"bakery\", \"tpoint_mask\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_STATE, "does not trace", NULL);
	expect_error("trace_clear", NULL, SPDK_JSONRPC_ERROR_INVALID_STATE, "does not trace", NULL);
	call("trace_get_info", NULL);
	assert_true(member_is(g_test.result, "tpoint_shm_path", ""));
	assert_true(member_is(bakery(), "tpoint_mask", "0x0"));
	call("trace_get_tpoint_group_mask", NULL);
	assert_int_equal(
		spdk_json_array_count(member(bakery(), "tpoints", SPDK_JSON_VAL_ARRAY_BEGIN)), 0);
}

static int
start(void **state)
{
	snprintf(g_name, sizeof(g_name), "/trace_rpc_test.pid%d", getpid());
	app_up("0x1");
	app_init();
	run_on_app(begin_tracing, NULL);
	return g_rc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_and_their_tpoints_are_told),
		cmocka_unit_test(tpoints_are_switched_by_mask),
		cmocka_unit_test(groups_are_switched_by_name),
		cmocka_unit_test(the_trace_file_is_told),
		cmocka_unit_test(what_was_recorded_is_passed_over),
		cmocka_unit_test(unknown_groups_are_answered_with_those_there_are),
		/* The last: it ends tracing. */
		cmocka_unit_test(without_tracing_nothing_can_be_switched),
	};

	return cmocka_run_group_tests(tests, start, app_tear_down);
}
