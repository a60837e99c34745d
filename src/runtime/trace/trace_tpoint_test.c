/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptions of tracepoints: what is in the file then, and what is left out or cut, and why.
 */
#include "runtime/trace/trace_fixture.h"

#define TPOINT SPDK_TPOINT_ID(GROUP_A, 5)

static const struct spdk_trace_tpoint *
tpoint(uint16_t tpoint_id)
{
	return &spdk_trace_get_tpoint_section(g_trace_file)->tpoint[tpoint_id];
}

static void
a_description_is_in_the_file(void **state)
{
	struct spdk_trace_tpoint_opts opts[] = {
		{"TPOINT",
		 TPOINT,
		 2,
		 3,
		 1,
		 {{"number", SPDK_TRACE_ARG_TYPE_INT, 4}, {"text", SPDK_TRACE_ARG_TYPE_STR, 255}}},
		{"NEXT", TPOINT + 1},
	};

	open_trace(256);
	spdk_trace_register_description_ext(opts, 2);
	assert_string_equal(tpoint(TPOINT)->name, "TPOINT");
	assert_int_equal(tpoint(TPOINT)->tpoint_id, TPOINT);
	assert_int_equal(tpoint(TPOINT)->owner_type, 2);
	assert_int_equal(tpoint(TPOINT)->object_type, 3);
	assert_int_equal(tpoint(TPOINT)->new_object, 1);
	assert_int_equal(tpoint(TPOINT)->num_args, 2);
	assert_string_equal(tpoint(TPOINT)->args[0].name, "number");
	assert_int_equal(tpoint(TPOINT)->args[0].size, 4);
	assert_string_equal(tpoint(TPOINT)->args[1].name, "text");
	assert_int_equal(tpoint(TPOINT)->args[1].type, SPDK_TRACE_ARG_TYPE_STR);
	assert_string_equal(tpoint(TPOINT + 1)->name, "NEXT");
	assert_int_equal(tpoint(TPOINT + 1)->num_args, 0);
	spdk_trace_register_object(3, 'o');
	assert_int_equal(spdk_trace_get_object_section(g_trace_file)->object[3].type, 3);
	assert_int_equal(spdk_trace_get_object_section(g_trace_file)->object[3].id_prefix, 'o');
}

static void
the_short_form_has_one_argument_of_eight_bytes_or_none(void **state)
{
	open_trace(16);
	spdk_trace_register_description("ONE", TPOINT, 2, 3, 1, SPDK_TRACE_ARG_TYPE_PTR, "ctx");
	assert_int_equal(tpoint(TPOINT)->num_args, 1);
	assert_string_equal(tpoint(TPOINT)->args[0].name, "ctx");
	assert_int_equal(tpoint(TPOINT)->args[0].type, SPDK_TRACE_ARG_TYPE_PTR);
	assert_int_equal(tpoint(TPOINT)->args[0].size, 8);
	spdk_trace_register_description("NONE", TPOINT + 1, 0, 0, 0, 0, "");
	assert_int_equal(tpoint(TPOINT + 1)->num_args, 0);
	spdk_trace_register_description("NULL", TPOINT + 2, 0, 0, 0, 0, NULL);
	assert_int_equal(tpoint(TPOINT + 2)->num_args, 0);
}

static void
names_that_are_too_long_are_cut_with_a_warning(void **state)
{
	open_trace(16);
	spdk_trace_register_description("A_NAME_OF_23_LETTERS_IS_", TPOINT, 0, 0, 0, 0, NULL);
	assert_string_equal(tpoint(TPOINT)->name, "A_NAME_OF_23_LETTERS_IS");
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_true(log_captured("'A_NAME_OF_23_LETTERS_IS_': its name is longer than 23", NULL));
	log_capture_clear();
	spdk_trace_register_description("B", TPOINT + 1, 0, 0, 0, 0, "argument_of_14");
	assert_string_equal(tpoint(TPOINT + 1)->args[0].name, "argument_of_1");
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	log_capture_clear();
	/* It is found by what it was called, and by what became of that. */
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, "A_NAME_OF_23_LETTERS_IS_"),
			 1 << 5);
	assert_int_equal(spdk_trace_create_tpoint_mask(GROUP_A, "A_NAME_OF_23_LETTERS_IS"), 1 << 5);
}

static void
refuse(struct spdk_trace_tpoint_opts opts, const char *why)
{
	spdk_trace_register_description_ext(&opts, 1);
	assert_one_error(why);
}

static void
descriptions_that_cannot_be_are_explained_and_left_out(void **state)
{
	struct spdk_trace_tpoint_opts good = {"TPOINT", TPOINT, 1, 2, 0};

	open_trace(16);
	spdk_trace_register_description_ext(&good, 1);
	refuse((struct spdk_trace_tpoint_opts){"OTHER", TPOINT}, "another one has its id");
	refuse((struct spdk_trace_tpoint_opts){"tpoint", TPOINT + 1},
	       "another one of its group has its name");
	refuse((struct spdk_trace_tpoint_opts){"FAR", SPDK_TRACE_MAX_TPOINT_ID},
	       "'FAR', 0 of group 20, is left out: its id is beyond");
	refuse((struct spdk_trace_tpoint_opts){"", TPOINT + 1}, "it has no name");
	refuse((struct spdk_trace_tpoint_opts){NULL, TPOINT + 1}, "'(null)', 6 of group 0");
	for (uint8_t type = 0; type <= 3; type++) {
		struct spdk_trace_tpoint_opts opts = {"BAD", TPOINT + 1};

		opts.args[0].name = "bad";
		opts.args[0].type = type;
		opts.args[0].size = type < 2 ? 3 : 0;
		refuse(opts, "an argument has a type that there is not, or a size");
	}
	assert_string_equal(tpoint(TPOINT)->name, "TPOINT");
	assert_string_equal(tpoint(TPOINT + 1)->name, "");
	/* The name may be one of another group. */
	good.tpoint_id = SPDK_TPOINT_ID(GROUP_B, 5);
	spdk_trace_register_description_ext(&good, 1);
	assert_nothing_logged();
}

static void
relations_are_in_the_file(void **state)
{
	open_trace(16);
	spdk_trace_register_description("ONE", TPOINT, 2, 3, 1, SPDK_TRACE_ARG_TYPE_PTR, "ctx");
	for (uint8_t i = 0; i < SPDK_TRACE_MAX_RELATIONS; i++) {
		spdk_trace_tpoint_register_relation(TPOINT, i + 1, 0);
		assert_int_equal(tpoint(TPOINT)->related_objects[i].object_type, i + 1);
	}
	spdk_trace_tpoint_register_relation(TPOINT, 99, 0);
	assert_one_error("Tracepoint 5 of group 0 has no relation of its argument 0 to objects of "
			 "type 99: it has as many relations as there can be");
	spdk_trace_tpoint_register_relation(TPOINT, 1, 1);
	assert_one_error("it has no such argument");
	spdk_trace_tpoint_register_relation(TPOINT, OBJECT_NONE, 0);
	assert_one_error("OBJECT_NONE is no type of objects");
	spdk_trace_tpoint_register_relation(TPOINT + 1, 1, 0);
	assert_one_error("it is not registered");
	spdk_trace_tpoint_register_relation(SPDK_TRACE_MAX_TPOINT_ID, 1, 0);
	assert_one_error("it is not registered");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(a_description_is_in_the_file),
		TRACE_TEST(the_short_form_has_one_argument_of_eight_bytes_or_none),
		TRACE_TEST(names_that_are_too_long_are_cut_with_a_warning),
		TRACE_TEST(descriptions_that_cannot_be_are_explained_and_left_out),
		TRACE_TEST(relations_are_in_the_file),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
