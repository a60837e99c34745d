/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which methods there are: what can be registered, what is found by which name, and what may be
 * called in which state.
 */
#include "control/rpc_fixture.h"

static void
nothing(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	spdk_jsonrpc_send_bool_response(request, true);
}

static void
other(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	spdk_jsonrpc_send_bool_response(request, false);
}

SPDK_RPC_REGISTER("volume_grow", nothing, SPDK_RPC_RUNTIME)
SPDK_RPC_REGISTER_ALIAS_DEPRECATED(volume_grow, grow_volume)

static void
with_table(struct spdk_jsonrpc_request *request, void *params)
{
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("volume_options", with_table, SPDK_RPC_STARTUP, NULL, "Options")
SPDK_RPC_REGISTER("volume_list", other, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME)

static int
start(void **state)
{
	log_capture_start();
	return 0;
}

static int
stop(void **state)
{
	spdk_rpc_set_allowlist(NULL);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	log_capture_stop();
	return 0;
}

static void
what_is_registered_before_main_is_found(void **state)
{
	assert_true(spdk_rpc_verify_methods());
	assert_string_equal(rpc_find("volume_grow")->name, "volume_grow");
	assert_string_equal(rpc_find("volume_options")->summary, "Options");
	assert_null(rpc_find("volume_gro"));
	assert_null(rpc_find("volume_growl"));
	assert_null(rpc_find(""));
	/* The library's own are there as well. */
	assert_non_null(rpc_find("rpc_get_methods"));
	assert_nothing_logged();
}

static void
an_old_name_leads_to_its_method_and_warns_once(void **state)
{
	const struct spdk_json_val *name = parse_json("\"grow_volume\"");
	const char *called;
	uint32_t mask = 0;

	/* Who only asks about it has not used it. */
	assert_ptr_equal(rpc_find("grow_volume"), rpc_find("volume_grow"));
	assert_nothing_logged();
	assert_ptr_equal(rpc_find_value(name, &called), rpc_find("volume_grow"));
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_true(log_captured("'grow_volume' is an old name", "call 'volume_grow'", NULL));
	assert_int_equal(spdk_rpc_get_method_state_mask("grow_volume", &mask), 0);
	assert_int_equal(mask, SPDK_RPC_RUNTIME);
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
}

static void
a_method_is_allowed_in_its_states(void **state)
{
	const uint32_t both = SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME;
	uint32_t mask = 77;

	assert_int_equal(spdk_rpc_is_method_allowed("volume_grow", SPDK_RPC_RUNTIME), 0);
	assert_int_equal(spdk_rpc_is_method_allowed("volume_grow", SPDK_RPC_STARTUP), -EPERM);
	/* In all that are asked for. */
	assert_int_equal(spdk_rpc_is_method_allowed("volume_grow", both), -EPERM);
	assert_int_equal(spdk_rpc_is_method_allowed("volume_list", both), 0);
	assert_int_equal(spdk_rpc_is_method_allowed("nonsense", both), -ENOENT);
	assert_int_equal(spdk_rpc_is_method_allowed(NULL, both), -ENOENT);
	assert_int_equal(spdk_rpc_get_method_state_mask("nonsense", &mask), -ENOENT);
	assert_int_equal(spdk_rpc_get_method_state_mask("volume_list", NULL), -ENOENT);
	assert_int_equal(mask, 77);
	assert_int_equal(spdk_rpc_get_method_state_mask("volume_list", &mask), 0);
	assert_int_equal(mask, both);
}

static void
the_state_is_that_of_the_start_until_it_is_set(void **state)
{
	assert_int_equal(spdk_rpc_get_state(), SPDK_RPC_STARTUP);
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	assert_int_equal(spdk_rpc_get_state(), SPDK_RPC_RUNTIME);
}

static void
methods_come_in_the_order_of_their_names(void **state)
{
	const struct spindle_rpc_method *method = rpc_first(), *next;
	int count = 1, aliases = 0;

	while ((next = rpc_next(method)) != NULL) {
		assert_true(strcmp(method->name, next->name) < 0);
		aliases += next->alias_of != NULL;
		method = next;
		count++;
	}
	assert_true(count >= 7);
	assert_true(aliases >= 1);
}

static void
the_name_that_was_meant_is_found(void **state)
{
	assert_string_equal(rpc_find_near("volume_gow"), "volume_grow");
	assert_string_equal(rpc_find_near("volumegrow"), "volume_grow");
	assert_string_equal(rpc_find_near("volume_listt"), "volume_list");
	assert_string_equal(rpc_find_near("rpc_get_method"), "rpc_get_methods");
	assert_string_equal(rpc_find_near("volume_grow"), "volume_grow");
	/* Nothing like any of them, too short, too long. */
	assert_null(rpc_find_near("make_tea_for_everybody"));
	assert_null(rpc_find_near("x"));
	assert_null(rpc_find_near(""));
	assert_null(
		rpc_find_near("volume_grow_volume_grow_volume_grow_volume_grow_volume_grow_grow"));
}

static void
an_allow_list_leaves_what_it_names(void **state)
{
	char name[] = "volume_grow";
	const char *names[] = {name, "rpc_get_methods", NULL};
	const char *none[] = {NULL};

	assert_true(rpc_is_on_allowlist("volume_list"));
	spdk_rpc_set_allowlist(names);
	/* A copy holds. */
	name[0] = 'x';
	assert_true(rpc_is_on_allowlist("volume_grow"));
	assert_true(rpc_is_on_allowlist("rpc_get_methods"));
	assert_false(rpc_is_on_allowlist("volume_list"));
	assert_false(rpc_is_on_allowlist("volume_gro"));
	spdk_rpc_set_allowlist(none);
	assert_false(rpc_is_on_allowlist("volume_grow"));
	spdk_rpc_set_allowlist(NULL);
	assert_true(rpc_is_on_allowlist("volume_list"));
	assert_nothing_logged();
}

static void
a_stranger_on_the_allow_list_is_named(void **state)
{
	const char *names[] = {"volume_gro", "make_tea_for_everybody", NULL};

	spdk_rpc_set_allowlist(names);
	assert_true(log_captured("there is no method 'volume_gro'; there is 'volume_grow'\n",
				 "there is no method 'make_tea_for_everybody'\n", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 2);
}

static bool
registered_twice(void)
{
	static struct spindle_rpc_method method = {.name = "again", .fn = with_table};
	const struct spindle_rpc_method *each;
	int count = 0;

	for (int i = 0; i < 3; i++) {
		spdk_rpc_register_method("volume_grow", nothing, SPDK_RPC_RUNTIME);
		spdk_rpc_register_alias_deprecated("volume_grow", "grow_volume");
		spindle_rpc_add_method(&method);
	}
	check(spdk_rpc_verify_methods());
	for (each = rpc_first(); each != NULL; each = rpc_next(each)) {
		count += strcmp(each->name, "again") == 0 ||
			 strcmp(each->name, "volume_grow") == 0 ||
			 strcmp(each->name, "grow_volume") == 0;
	}
	check(count == 3);
	check(log_captured_nothing());
	return true;
}

static void
the_very_same_again_changes_nothing(void **state)
{
	run_apart(registered_twice);
}

static bool
same_name_other_function(void)
{
	spdk_rpc_register_method("volume_grow", other, SPDK_RPC_RUNTIME);
	check(!spdk_rpc_verify_methods());
	check(log_captured("Two methods of JSON-RPC are registered as 'volume_grow'", "must differ",
			   NULL));
	check(log_capture_count(SPDK_LOG_ERROR) == 1);
	/* The first one is it. */
	check(rpc_find("volume_grow")->plain_fn == nothing);
	return true;
}

static bool
same_name_other_state(void)
{
	spdk_rpc_register_method("volume_grow", nothing, SPDK_RPC_STARTUP);
	check(!spdk_rpc_verify_methods());
	check(log_captured("registered as 'volume_grow'", NULL));
	return true;
}

static bool
same_name_with_table(void)
{
	static struct spindle_rpc_method method = {.name = "volume_options", .fn = with_table};

	spindle_rpc_add_method(&method);
	check(!spdk_rpc_verify_methods());
	check(log_captured("registered as 'volume_options'", NULL));
	return true;
}

static bool
alias_named_as_method(void)
{
	spdk_rpc_register_alias_deprecated("volume_grow", "volume_list");
	check(!spdk_rpc_verify_methods());
	check(log_captured("registered as 'volume_list'", NULL));
	return true;
}

static bool
alias_of_two(void)
{
	spdk_rpc_register_alias_deprecated("volume_list", "grow_volume");
	check(!spdk_rpc_verify_methods());
	check(log_captured("registered as 'grow_volume'", NULL));
	return true;
}

static void
two_of_one_name_are_named(void **state)
{
	run_apart(same_name_other_function);
	run_apart(same_name_other_state);
	run_apart(same_name_with_table);
	run_apart(alias_named_as_method);
	run_apart(alias_of_two);
}

static bool
alias_of_nothing(void)
{
	spdk_rpc_register_alias_deprecated("stranger", "old_stranger");
	check(!spdk_rpc_verify_methods());
	check(log_captured("SPDK_RPC_REGISTER_ALIAS_DEPRECATED(stranger, old_stranger)",
			   "there is no method 'stranger'", NULL));
	check(rpc_find("old_stranger") == NULL);
	return true;
}

static bool
alias_of_alias(void)
{
	spdk_rpc_register_alias_deprecated("grow_volume", "old_grow_volume");
	check(!spdk_rpc_verify_methods());
	check(log_captured("'grow_volume' is an alias itself",
			   "Name the method 'volume_grow' in its place", NULL));
	check(rpc_find("old_grow_volume") == NULL);
	return true;
}

static bool
alias_of_itself(void)
{
	spdk_rpc_register_alias_deprecated("ouroboros", "ouroboros");
	check(!spdk_rpc_verify_methods());
	check(log_captured("'ouroboros' is an alias itself", NULL));
	check(rpc_find("ouroboros") == NULL);
	return true;
}

static void
an_old_name_must_lead_to_a_method(void **state)
{
	run_apart(alias_of_nothing);
	run_apart(alias_of_alias);
	run_apart(alias_of_itself);
}

static bool
without_what_it_takes(void)
{
	spdk_rpc_register_method("no_function", NULL, SPDK_RPC_RUNTIME);
	check(log_captured("\"no_function\"): its function is NULL", NULL));
	spdk_rpc_register_method(NULL, nothing, SPDK_RPC_RUNTIME);
	spdk_rpc_register_method("", nothing, SPDK_RPC_RUNTIME);
	spdk_rpc_register_alias_deprecated("volume_grow", NULL);
	spdk_rpc_register_alias_deprecated(NULL, "alias");
	check(log_capture_count(SPDK_LOG_ERROR) == 5);
	check(spdk_rpc_verify_methods());
	check(rpc_find("no_function") == NULL && rpc_find("alias") == NULL);
	return true;
}

static void
one_without_name_or_function_is_explained_and_left_out(void **state)
{
	run_apart(without_what_it_takes);
}

static bool
registered_later(void)
{
	check(rpc_find("newcomer") == NULL);
	spdk_rpc_register_method("newcomer", nothing, SPDK_RPC_RUNTIME);
	check(rpc_find("newcomer") != NULL);
	check(spdk_rpc_verify_methods() && log_captured_nothing());
	return true;
}

static void
one_that_comes_later_is_found_as_well(void **state)
{
	run_apart(registered_later);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_registered_before_main_is_found, start,
						stop),
		cmocka_unit_test_setup_teardown(an_old_name_leads_to_its_method_and_warns_once,
						start, stop),
		cmocka_unit_test_setup_teardown(a_method_is_allowed_in_its_states, start, stop),
		cmocka_unit_test_setup_teardown(the_state_is_that_of_the_start_until_it_is_set,
						start, stop),
		cmocka_unit_test_setup_teardown(methods_come_in_the_order_of_their_names, start,
						stop),
		cmocka_unit_test_setup_teardown(the_name_that_was_meant_is_found, start, stop),
		cmocka_unit_test_setup_teardown(an_allow_list_leaves_what_it_names, start, stop),
		cmocka_unit_test_setup_teardown(a_stranger_on_the_allow_list_is_named, start, stop),
		cmocka_unit_test(the_very_same_again_changes_nothing),
		cmocka_unit_test(two_of_one_name_are_named),
		cmocka_unit_test(an_old_name_must_lead_to_a_method),
		cmocka_unit_test(one_without_name_or_function_is_explained_and_left_out),
		cmocka_unit_test(one_that_comes_later_is_found_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
