/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Owners: their ids, which are used again as late as can be, and their descriptions.
 */
#include "runtime/trace/trace_fixture.h"

#define OWNERS_MAX 16383

static const char *
description_of(uint16_t id)
{
	return spdk_get_trace_owner(g_trace_file, id)->description;
}

static void
owners_are_described_in_the_file(void **state)
{
	uint64_t before = spdk_get_ticks();
	struct spdk_trace_owner *owner;
	uint16_t first, second;

	open_trace(16);
	spdk_trace_register_owner_type(9, 'q');
	assert_int_equal(spdk_trace_get_owner_type_section(g_trace_file)->owner_type[9].type, 9);
	assert_int_equal(spdk_trace_get_owner_type_section(g_trace_file)->owner_type[9].id_prefix,
			 'q');
	first = spdk_trace_register_owner(9, "one");
	second = spdk_trace_register_owner(9, NULL);
	assert_int_equal(first, 1);
	assert_int_equal(second, 2);
	owner = spdk_get_trace_owner(g_trace_file, first);
	assert_int_equal(owner->type, 9);
	assert_in_range(owner->tsc, before, spdk_get_ticks());
	assert_string_equal(description_of(first), "one");
	assert_string_equal(description_of(second), "");
	spdk_trace_owner_set_description(second, "two");
	spdk_trace_owner_append_description(second, "more");
	spdk_trace_owner_append_description(second, NULL);
	assert_string_equal(description_of(second), "two more ");
	assert_string_equal(description_of(first), "one");
	assert_null(spdk_get_trace_owner(g_trace_file, OWNERS_MAX + 1));
}

static void
descriptions_that_are_too_long_are_cut(void **state)
{
	char text[200];
	uint16_t id, next;

	open_trace(16);
	memset(text, 'd', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	id = spdk_trace_register_owner(1, text);
	next = spdk_trace_register_owner(1, "next");
	assert_int_equal(strlen(description_of(id)), 118);
	spdk_trace_owner_append_description(id, text);
	assert_int_equal(strlen(description_of(id)), 118);
	spdk_trace_owner_set_description(id, "short");
	spdk_trace_owner_append_description(id, text);
	assert_int_equal(strlen(description_of(id)), 118);
	assert_string_equal(description_of(next), "next");
}

static void
ids_are_used_again_in_the_order_in_which_they_came_back(void **state)
{
	uint16_t id;

	open_trace(16);
	for (uint32_t i = 1; i <= OWNERS_MAX; i++) {
		id = spdk_trace_register_owner(1, "owner");
		assert_int_equal(id, i);
		if (i == 100) {
			/* Not before all others have been used. */
			spdk_trace_unregister_owner(50);
		}
	}
	spdk_trace_unregister_owner(300);
	spdk_trace_unregister_owner(OWNERS_MAX);
	spdk_trace_unregister_owner(7);
	assert_int_equal(spdk_trace_register_owner(1, "fifty"), 50);
	assert_string_equal(description_of(50), "fifty");
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 300);
	assert_int_equal(spdk_trace_register_owner(1, "owner"), OWNERS_MAX);
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 7);
	assert_nothing_logged();
	assert_int_equal(spdk_trace_register_owner(1, "owner"), OWNER_ID_NONE);
	assert_one_error("No more owners can be named in traces: 16383 are");
	assert_int_equal(spdk_trace_register_owner(1, "owner"), OWNER_ID_NONE);
	assert_nothing_logged();
	spdk_trace_unregister_owner(2);
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 2);
}

static void
nobody_is_not_an_owner_and_an_id_that_nobody_has_is_explained(void **state)
{
	open_trace(16);
	spdk_trace_unregister_owner(OWNER_ID_NONE);
	spdk_trace_owner_set_description(OWNER_ID_NONE, "nobody");
	spdk_trace_owner_append_description(OWNER_ID_NONE, "nobody");
	assert_nothing_logged();
	spdk_trace_unregister_owner(5);
	assert_one_error("spdk_trace_unregister_owner(): no owner with the id 5 is registered");
	spdk_trace_owner_set_description(UINT16_MAX, "nobody");
	assert_one_error("spdk_trace_owner_set_description(): no owner with the id 65535");
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 1);
	spdk_trace_unregister_owner(1);
	spdk_trace_owner_append_description(1, "gone");
	assert_one_error("spdk_trace_owner_append_description(): no owner with the id 1");
	assert_string_equal(description_of(1), "owner");
}

static void
a_trace_begins_without_owners(void **state)
{
	open_trace(16);
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 1);
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 2);
	spdk_trace_cleanup();
	/* Whoever was an owner may give back what he has. */
	spdk_trace_unregister_owner(2);
	assert_nothing_logged();
	open_trace(16);
	assert_int_equal(spdk_trace_register_owner(1, "owner"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(owners_are_described_in_the_file),
		TRACE_TEST(descriptions_that_are_too_long_are_cut),
		TRACE_TEST(ids_are_used_again_in_the_order_in_which_they_came_back),
		TRACE_TEST(nobody_is_not_an_owner_and_an_id_that_nobody_has_is_explained),
		TRACE_TEST(a_trace_begins_without_owners),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
