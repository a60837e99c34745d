/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: the parser and a selection say so, return their errors, and
 * leak nothing. Skipped where a sanitizer has replaced the allocator.
 */
#include "base/failing_malloc.h"
#include "runtime/trace/trace_fixture.h"

#define SWEEP_MAX 100
#define PLAIN     SPDK_TPOINT_ID(GROUP_A, 1)

#ifndef HAS_OWN_ALLOCATOR

static void
a_parser_that_finds_no_memory_is_none(void **state)
{
	struct spdk_trace_parser_opts opts = {SHM_NAME, SPDK_TRACE_PARSER_MODE_SHM, 0};
	struct spdk_trace_parser *parser = NULL;
	struct spdk_trace_parser_entry entry;
	long live;

	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN, .new_object = 1});
	spdk_trace_record(PLAIN, 0, 0, 7);
	for (long i = 0; i < SWEEP_MAX && parser == NULL; i++) {
		live = t_live;
		t_allocations_left = i;
		parser = spdk_trace_parser_init(&opts);
		t_allocations_left = -1;
		if (parser == NULL) {
			assert_int_equal(t_live, live);
			assert_one_error("no memory");
		}
	}
	assert_true(g_failures > 2);
	assert_non_null(parser);
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.entry->object_id, 7);
	spdk_trace_parser_cleanup(parser);
}

static void
a_selection_that_finds_no_memory_switches_on_nothing(void **state)
{
	open_trace(16);
	t_allocations_left = 0;
	assert_int_equal(trace_select("all"), -ENOMEM);
	t_allocations_left = -1;
	assert_one_error("'all' is not traced: out of memory");
	assert_int_equal(spdk_trace_get_tpoint_group_mask(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(a_parser_that_finds_no_memory_is_none),
		TRACE_TEST(a_selection_that_finds_no_memory_switches_on_nothing),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}

#else

int
main(void)
{
	return 77;
}

#endif
