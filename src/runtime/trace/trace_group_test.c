/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups by name: found in the order of their numbers, whatever the order of linking; those that
 * cannot be are explained and left out. And what switches groups on, by name and by mask.
 */
#include "runtime/trace/trace_fixture.h"
#include "spdk_internal/trace_defs.h"

#define FIRST  SPDK_TPOINT_ID(GROUP_A, 0)
#define SECOND SPDK_TPOINT_ID(GROUP_A, 63)

static int g_calls_of_a;
static int g_calls_of_others;

SPDK_TRACE_REGISTER_FN(register_b, "group_b", GROUP_B)
SPDK_TRACE_REGISTER_FN(register_a, "group_a", GROUP_A)
SPDK_TRACE_REGISTER_FN(register_same_number, "other_name", GROUP_A)
SPDK_TRACE_REGISTER_FN(register_same_name, "group_b", 7)
SPDK_TRACE_REGISTER_FN(register_far, "far", SPDK_TRACE_MAX_GROUP_ID)
SPDK_TRACE_REGISTER_FN(register_all, "all", 4)
SPDK_TRACE_REGISTER_FN(register_nameless, NULL, 5)
SPDK_TRACE_REGISTER_FN(register_comma, "a,b", 6)

static void
register_a(void)
{
	g_calls_of_a++;
	spdk_trace_register_description("FIRST", FIRST, 0, 0, 0, 0, NULL);
	spdk_trace_register_description("Second", SECOND, 0, 0, 0, 0, NULL);
}

static void
register_b(void)
{
}

static void
count_wrong_call(void)
{
	g_calls_of_others++;
}

static void
register_same_number(void)
{
	count_wrong_call();
}

static void
register_same_name(void)
{
	count_wrong_call();
}

static void
register_far(void)
{
	count_wrong_call();
}

static void
register_all(void)
{
	count_wrong_call();
}

static void
register_nameless(void)
{
	count_wrong_call();
}

static void
register_comma(void)
{
	count_wrong_call();
}

/* The first test, because they are looked at once. */
static void
groups_that_cannot_be_are_explained_and_left_out(void **state)
{
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();

	assert_string_equal(group->name, "group_a");
	group = spdk_trace_get_next_register_fn(group);
	assert_string_equal(group->name, "bdev");
	group = spdk_trace_get_next_register_fn(group);
	assert_string_equal(group->name, "thread");
	group = spdk_trace_get_next_register_fn(group);
	assert_string_equal(group->name, "group_b");
	assert_null(spdk_trace_get_next_register_fn(group));
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 6);
	assert_true(
		log_captured("'other_name', number 0, is left out: another group has its number",
			     "'group_b', number 7, is left out: another group has its name",
			     "'far', number 20, is left out", "'all', number 4",
			     "'(null)', number 5", "'a,b', number 6", NULL));
	log_capture_clear();
	assert_int_equal(g_calls_of_a, 0);
	open_trace(16);
	assert_int_equal(g_calls_of_a, 1);
	assert_int_equal(g_calls_of_others, 0);
}

static void
groups_are_found_by_name(void **state)
{
	uint8_t group_id = 77;

	assert_int_equal(trace_group_find("group_b", &group_id), 0);
	assert_int_equal(group_id, GROUP_B);
	assert_int_equal(trace_group_find("all", &group_id), -EINVAL);
	assert_one_error(
		"'all' is no group of tracepoints. There are: group_a, bdev, thread, group_b.");
	assert_int_equal(trace_group_find(NULL, &group_id), -EINVAL);
	assert_one_error("'(null)' is no group");
	assert_int_equal(group_id, GROUP_B);
	assert_int_equal(spdk_trace_create_tpoint_group_mask("group_b"), 1u << GROUP_B);
	assert_int_equal(spdk_trace_create_tpoint_group_mask("all"), 0xfffff);
	assert_int_equal(spdk_trace_create_tpoint_group_mask("none"), 0);
	assert_one_error(
		"'none' is no group of tracepoints. There are: group_a, bdev, thread, group_b.");
	assert_int_equal(spdk_trace_create_tpoint_group_mask(NULL), 0);
	assert_one_error("'(null)' is no group");
}

static void
tracepoints_are_found_by_name(void **state)
{
	open_trace(16);
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, "first"), 1);
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, "SECOND"), UINT64_C(1) << 63);
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, "sec"), 0);
	assert_one_error("'sec' is no tracepoint of group 0, which has: FIRST, Second");
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_B, "FIRST"), 0);
	assert_one_error("'FIRST' is no tracepoint of group 19, which has: none");
	assert_int_equal(spdk_trace_create_tpoint_mask(SPDK_TRACE_MAX_GROUP_ID, "FIRST"), 0);
	assert_one_error("no group 20");
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, NULL), 0);
	assert_one_error("no name");
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, ""), 0);
	assert_one_error("'' is no tracepoint");
	assert_string_equal(trace_tpoint_name(GROUP_A, 63), "Second");
	assert_null(trace_tpoint_name(GROUP_A, 62));
	assert_null(trace_tpoint_name(GROUP_A, 64));
	assert_null(trace_tpoint_name(SPDK_TRACE_MAX_GROUP_ID, 0));
	spdk_trace_cleanup();
	assert_null(trace_tpoint_name(GROUP_A, 63));
}

static void
a_group_that_comes_later_is_registered_at_once(void **state)
{
	static struct spdk_trace_register_fn late = {
		.name = "late", .tgroup_id = 7, .reg_fn = register_a};

	open_trace(16);
	g_calls_of_a = 0;
	spdk_trace_cleanup();
	open_trace(16);
	assert_int_equal(g_calls_of_a, 1);
	spdk_trace_add_register_fn(&late);
	assert_int_equal(g_calls_of_a, 2);
	/* It describes what another has described. */
	assert_true(log_captured("Tracepoint 'FIRST', 0 of group 0, is left out: another one has "
				 "its id",
				 NULL));
	log_capture_clear();
	assert_int_equal(spdk_trace_create_tpoint_group_mask("late"), 1u << 7);
	late.reg_fn = register_b;
}

static void
masks_of_tracepoints_are_set_and_cleared(void **state)
{
	open_trace(16);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), 0);
	spdk_trace_set_tpoints(GROUP_A, 0x5);
	spdk_trace_set_tpoints(GROUP_A, 0x9);
	spdk_trace_set_tpoints(GROUP_B, 0);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), 0xd);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 1u << GROUP_A);
	assert_true(spdk_trace_tpoint_enabled(SPDK_TPOINT_ID(GROUP_A, 3)));
	assert_false(spdk_trace_tpoint_enabled(SPDK_TPOINT_ID(GROUP_A, 1)));
	assert_int_equal(spdk_trace_get_tpoint_mask_section(g_trace_file)->tpoint_mask[GROUP_A],
			 0xd);
	spdk_trace_clear_tpoints(GROUP_A, 0x4);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), 0x9);
	assert_int_equal(spdk_trace_get_tpoint_mask_section(g_trace_file)->tpoint_mask[GROUP_A],
			 0x9);
	spdk_trace_set_tpoints(SPDK_TRACE_MAX_GROUP_ID, 1);
	assert_one_error("spdk_trace_set_tpoints(): 20 is no group of tracepoints");
	spdk_trace_clear_tpoints(SPDK_TRACE_MAX_GROUP_ID, 1);
	assert_one_error("spdk_trace_clear_tpoints(): 20 is no group");
	assert_int_equal(spdk_trace_get_tpoint_mask(SPDK_TRACE_MAX_GROUP_ID), 0);
}

static void
groups_are_set_and_cleared(void **state)
{
	open_trace(16);
	assert_int_equal(spdk_trace_enable_tpoint_group("group_b"), 0);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 1u << GROUP_B);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_B), UINT64_MAX);
	assert_int_equal(spdk_trace_enable_tpoint_group("all"), 0);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0xfffff);
	assert_int_equal(spdk_trace_disable_tpoint_group("group_b"), 0);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0x7ffff);
	assert_int_equal(spdk_trace_disable_tpoint_group("all"), 0);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0);
	spdk_trace_set_tpoint_group_mask(UINT64_C(1) << 40 | 3);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 3);
	spdk_trace_clear_tpoint_group_mask(1);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 2);
	assert_int_equal(spdk_trace_enable_tpoint_group("none"), -EINVAL);
	assert_one_error("There are: group_a");
	assert_int_equal(spdk_trace_disable_tpoint_group(NULL), -EINVAL);
	assert_one_error("There are: group_a");
	spdk_trace_cleanup();
	assert_int_equal(spdk_trace_enable_tpoint_group("all"), -ENODEV);
	assert_one_error("there is no tracing yet");
	spdk_trace_set_tpoint_group_mask(1);
	assert_one_error("there is no tracing yet");
	spdk_trace_clear_tpoint_group_mask(1);
	assert_one_error("there is no tracing yet");
}

static void
the_help_text_lists_the_groups(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	spdk_trace_mask_usage(file, "-e");
	fclose(file);
	assert_non_null(strstr(text, " -e <group>[:<tracepoints>]"));
	assert_non_null(strstr(text, "all, group_a, "));
	assert_non_null(strstr(text, ", thread, group_b"));
	free(text);
}

static void
a_selection_switches_on_what_it_names(void **state)
{
	open_trace(16);
	assert_int_equal(trace_select("group_a:0x8000000000000001,thread"), 0);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), UINT64_C(0x8000000000000001));
	assert_int_equal(spdk_trace_get_tpoint_mask(TRACE_GROUP_THREAD), UINT64_MAX);
	spdk_trace_clear_tpoint_group_mask(UINT64_MAX);
	assert_int_equal(trace_select("group_a:second+FIRST,group_b:1f,group_a:4"), 0);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), UINT64_C(0x8000000000000005));
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_B), 0x1f);
	spdk_trace_clear_tpoint_group_mask(UINT64_MAX);
	assert_int_equal(trace_select("0x80001"), 0);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 1u << GROUP_A | 1u << GROUP_B);
	spdk_trace_clear_tpoint_group_mask(UINT64_MAX);
	assert_int_equal(trace_select("0X1:2"), 0);
	assert_int_equal(spdk_trace_get_tpoint_mask(GROUP_A), 2);
	assert_int_equal(trace_select("all"), 0);
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0xfffff);
}

static void
a_wrong_selection_switches_on_nothing(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{"", "'' is no group of tracepoints"},
		{"group_a,", "'' is no group of tracepoints"},
		{"group_a,grup", "'grup' is no group of tracepoints. There are: group_a"},
		{"group_a:", "'' is no tracepoint of group 0"},
		{"group_a:0x0", "'0x0' is no tracepoint of group 0"},
		{"group_a:0x1g", "'0x1g' is no tracepoint of group 0"},
		{"group_a:0x10000000000000000", "is no tracepoint of group 0"},
		{"group_a:FIRST+", "'' is no tracepoint of group 0"},
		{"group_a:FIRST+third", "'third' is no tracepoint of group 0, which has: FIRST"},
		{"group_a:FIRST:Second", "'FIRST:Second' is no tracepoint"},
		{"0x0", "'0x0' is no mask of groups"},
		{"0x100000",
		 "'0x100000' is no mask of groups of tracepoints, which has bits 0 to 19"},
		{"0x", "'0x' is no mask of groups"},
		{"1", "'1' is no group of tracepoints"},
		{"all:0x1", "tracepoints can be given for one group only; 'all' is several"},
		{"0x3:0x1", "'0x3' is several"},
	};

	open_trace(16);
	for (size_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		assert_int_equal(trace_select(cases[i].text), -EINVAL);
		assert_one_error(cases[i].error);
		assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0);
	}
	spdk_trace_cleanup();
	assert_int_equal(trace_select("all"), -ENODEV);
	assert_one_error("'all' cannot be traced: there are no trace entries");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(groups_that_cannot_be_are_explained_and_left_out),
		TRACE_TEST(groups_are_found_by_name),
		TRACE_TEST(tracepoints_are_found_by_name),
		TRACE_TEST(masks_of_tracepoints_are_set_and_cleared),
		TRACE_TEST(groups_are_set_and_cleared),
		TRACE_TEST(the_help_text_lists_the_groups),
		TRACE_TEST(a_selection_switches_on_what_it_names),
		TRACE_TEST(a_wrong_selection_switches_on_nothing),
		TRACE_TEST(a_group_that_comes_later_is_registered_at_once),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
