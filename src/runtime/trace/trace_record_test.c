/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recording, as the parser reads it again: arguments of all types over as many entries as they
 * need, rings that have gone round, and who may record at all.
 */
#include "runtime/trace/trace_fixture.h"

#define PLAIN SPDK_TPOINT_ID(GROUP_A, 1)
#define MIXED SPDK_TPOINT_ID(GROUP_A, 2)
#define TEXTS SPDK_TPOINT_ID(GROUP_B, 63)
/* The object of a recording by which the test knows it. */
#define OBJECT(n) (UINT64_C(0x1000) + (n))

static void
expect_end(struct spdk_trace_parser *parser)
{
	struct spdk_trace_parser_entry entry = {.lcore = 77};

	assert_false(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.lcore, 77);
	spdk_trace_parser_cleanup(parser);
}

static void
what_is_recorded_is_read_again(void **state)
{
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;
	uint64_t before = spdk_get_ticks();

	open_trace(64);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	spdk_trace_record(PLAIN, 7, 4096, OBJECT(1));
	spdk_trace_record_tsc(before, PLAIN, 8, 512, OBJECT(2));
	parser = parse_shm();
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.entry->tsc, before);
	assert_int_equal(entry.entry->tpoint_id, PLAIN);
	assert_int_equal(entry.entry->owner_id, 8);
	assert_int_equal(entry.entry->size, 512);
	assert_int_equal(entry.entry->object_id, OBJECT(2));
	assert_int_equal(entry.lcore, 0);
	assert_string_equal(entry.tname, "reactor_0");
	assert_int_equal(entry.object_index, UINT64_MAX);
	assert_int_equal(entry.related_index, UINT64_MAX);
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_in_range(entry.entry->tsc, before, spdk_get_ticks());
	assert_int_equal(entry.entry->owner_id, 7);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 2);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 1), 0);
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, UINT16_MAX), 0);
	expect_end(parser);
}

static void
arguments_of_all_types_come_back_over_several_entries(void **state)
{
	struct spdk_trace_tpoint_opts opts = {
		"MIXED",
		MIXED,
		.args = {{"one", SPDK_TRACE_ARG_TYPE_INT, 1},
			 {"two", SPDK_TRACE_ARG_TYPE_INT, 2},
			 {"four", SPDK_TRACE_ARG_TYPE_INT, 4},
			 {"eight", SPDK_TRACE_ARG_TYPE_INT, 8},
			 {"text", SPDK_TRACE_ARG_TYPE_STR, 30},
			 {"pointer", SPDK_TRACE_ARG_TYPE_PTR, 8},
			 {"null", SPDK_TRACE_ARG_TYPE_STR, 1},
			 {"last", SPDK_TRACE_ARG_TYPE_INT, 4}},
	};
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	open_trace(64);
	describe_tpoint(opts);
	spdk_trace_record(MIXED, 0, 0, 0, 0x1ff, 0x12345, 0x89abcdef, UINT64_C(0x123456789abcdef0),
			  "thirty letters are too many for it", &opts, (const char *)NULL, 5);
	parser = parse_shm();
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.args[0].u.integer, 0xff);
	assert_int_equal(entry.args[1].u.integer, 0x2345);
	assert_int_equal(entry.args[2].u.integer, 0x89abcdef);
	assert_int_equal(entry.args[3].u.integer, UINT64_C(0x123456789abcdef0));
	assert_string_equal(entry.args[4].u.string, "thirty letters are too many f");
	assert_ptr_equal(entry.args[5].u.pointer, &opts);
	assert_string_equal(entry.args[6].u.string, "");
	assert_int_equal(entry.args[7].u.integer, 5);
	/* 58 bytes: 8, and three times up to 22. */
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 4);
	expect_end(parser);
}

static void
the_layout_of_what_is_recorded_is_that_of_the_format(void **state)
{
	struct spdk_trace_tpoint_opts opts = {"TEXTS", TEXTS,
					      .args = {{"text", SPDK_TRACE_ARG_TYPE_STR, 40}}};
	struct spdk_trace_entry_buffer *buffer;
	struct spdk_trace_history *history;
	struct spdk_trace_entry *entry;

	open_trace(4);
	describe_tpoint(opts);
	/* So that it begins in the last slot but one, and goes on in the first one. */
	spdk_trace_record(TEXTS, 0, 0, 0, "");
	spdk_trace_record(TEXTS, 1, 2, 3,
			  "abcdefgh"
			  "0123456789012345678901"
			  "xyz");
	history = spdk_get_per_lcore_history(g_trace_file, 0);
	assert_int_equal(history->lcore, 0);
	assert_int_equal(history->num_entries, 4);
	assert_int_equal(history->num_tpoint_ids, SPDK_TRACE_MAX_TPOINT_ID);
	assert_int_equal(history->next_entry, 6);
	assert_int_equal(((uint64_t *)history->data)[TEXTS], 2);
	entry = spdk_trace_history_get_entry(history, 3);
	assert_int_equal(entry->tpoint_id, TEXTS);
	assert_memory_equal(entry->args, "abcdefgh", 8);
	buffer = (struct spdk_trace_entry_buffer *)spdk_trace_history_get_entry(history, 0);
	assert_int_equal(buffer->tpoint_id, SPDK_TRACE_MAX_TPOINT_ID);
	assert_int_equal(buffer->tsc, entry->tsc);
	assert_memory_equal(buffer->data, "0123456789012345678901", 22);
	buffer = (struct spdk_trace_entry_buffer *)spdk_trace_history_get_entry(history, 1);
	assert_int_equal(buffer->tsc, entry->tsc);
	assert_memory_equal(buffer->data, "xyz\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
}

static void
a_ring_keeps_what_came_last(void **state)
{
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	for (uint64_t i = 0; i < 16 * 5 + 3; i++) {
		spdk_trace_record(PLAIN, 0, 0, OBJECT(i));
	}
	parser = parse_shm();
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 16);
	for (uint64_t i = 16 * 4 + 3; i < 16 * 5 + 3; i++) {
		assert_true(spdk_trace_parser_next_entry(parser, &entry));
		assert_int_equal(entry.entry->object_id, OBJECT(i));
	}
	expect_end(parser);
}

static void
a_recording_that_has_lost_its_first_entry_is_not_read(void **state)
{
	struct spdk_trace_tpoint_opts opts = {"TEXTS", TEXTS,
					      .args = {{"text", SPDK_TRACE_ARG_TYPE_STR, 40}}};
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	open_trace(8);
	describe_tpoint(opts);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	spdk_trace_record(TEXTS, 0, 0, OBJECT(0), "lost");
	for (uint64_t i = 1; i <= 6; i++) {
		spdk_trace_record(PLAIN, 0, 0, OBJECT(i));
	}
	parser = parse_shm();
	for (uint64_t i = 1; i <= 6; i++) {
		assert_true(spdk_trace_parser_next_entry(parser, &entry));
		assert_int_equal(entry.entry->object_id, OBJECT(i));
	}
	/* Its other two are still there. */
	assert_int_equal(spdk_trace_parser_get_entry_count(parser, 0), 8);
	expect_end(parser);
}

static void
what_is_off_is_not_recorded(void **state)
{
	struct spdk_trace_history *history;

	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	spdk_trace_register_description("OTHER", PLAIN + 1, 0, 0, 0, SPDK_TRACE_ARG_TYPE_INT, "");
	spdk_trace_record(PLAIN + 1, 0, 0, 0);
	spdk_trace_clear_tpoints(GROUP_A, 2);
	spdk_trace_record(PLAIN, 0, 0, 0);
	history = spdk_get_per_lcore_history(g_trace_file, 0);
	assert_int_equal(history->next_entry, 0);
}

static void
a_wrong_number_of_arguments_is_explained_once_and_not_recorded(void **state)
{
	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	spdk_trace_record(PLAIN, 0, 0, 0, (uint64_t)1);
	assert_one_error("Tracepoint 1 of group 0 is recorded with 1 arguments, and described "
			 "with 0");
	spdk_trace_record(PLAIN, 0, 0, 0, (uint64_t)1);
	assert_nothing_logged();
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 0)->next_entry, 0);
}

static void
a_tracepoint_larger_than_the_ring_is_explained_and_not_recorded(void **state)
{
	struct spdk_trace_tpoint_opts opts = {"TEXTS", TEXTS,
					      .args = {{"text", SPDK_TRACE_ARG_TYPE_STR, 100}}};

	open_trace(4);
	describe_tpoint(opts);
	assert_one_error("Tracepoint TEXTS cannot be recorded: it takes 6 trace entries, and there "
			 "are 4");
	spdk_trace_record(TEXTS, 0, 0, 0, "text");
	assert_nothing_logged();
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 0)->next_entry, 0);
}

static int
record_plain(void *arg)
{
	spdk_trace_record(PLAIN, 0, 0, (uintptr_t)arg);
	return 0;
}

static void *
record_unregistered(void *arg)
{
	record_plain(arg);
	return NULL;
}

static void *
record_registered(void *arg)
{
	assert_int_equal(pthread_setname_np(pthread_self(), "helper"), 0);
	assert_int_equal(spdk_trace_register_user_thread(), 0);
	record_plain(arg);
	assert_int_equal(spdk_trace_register_user_thread(), -EALREADY);
	assert_one_error("has a history already");
	assert_int_equal(spdk_trace_unregister_user_thread(), 0);
	record_plain(arg);
	assert_int_equal(spdk_trace_unregister_user_thread(), -EINVAL);
	assert_one_error("has no history");
	return NULL;
}

static void
each_core_and_registered_thread_has_a_history_and_nobody_else(void **state)
{
	static const uint16_t lcores[] = {0, 1, 2, 0, 2};
	static const char *const names[] = {"reactor_0", "reactor_1", "helper", "reactor_0",
					    "helper"};
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser;

	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	record_plain((void *)OBJECT(0));
	run_on_core_1(record_plain, (void *)OBJECT(1));
	run_elsewhere(record_unregistered, (void *)OBJECT(99));
	run_elsewhere(record_registered, (void *)OBJECT(2));
	record_plain((void *)OBJECT(3));
	run_elsewhere(record_registered, (void *)OBJECT(4));
	parser = parse_shm();
	for (uint64_t i = 0; i < SPDK_COUNTOF(lcores); i++) {
		assert_true(spdk_trace_parser_next_entry(parser, &entry));
		assert_int_equal(entry.entry->object_id, OBJECT(i));
		assert_int_equal(entry.lcore, lcores[i]);
		assert_string_equal(entry.tname, names[i]);
	}
	expect_end(parser);
}

struct waiting_thread {
	pthread_t thread;
	sem_t go_on;
	sem_t is_done;
	int rc;
};

static void *
register_and_wait(void *arg)
{
	struct waiting_thread *self = arg;

	self->rc = spdk_trace_register_user_thread();
	sem_post(&self->is_done);
	sem_wait(&self->go_on);
	record_plain((void *)OBJECT(9));
	return NULL;
}

static void
registered_threads_are_as_many_as_were_asked_for(void **state)
{
	struct waiting_thread threads[3];

	open_trace(16);
	spdk_trace_register_description("PLAIN", PLAIN, 0, 0, 0, SPDK_TRACE_ARG_TYPE_INT, NULL);
	for (int i = 0; i < 3; i++) {
		sem_init(&threads[i].go_on, 0, 0);
		sem_init(&threads[i].is_done, 0, 0);
		assert_int_equal(
			pthread_create(&threads[i].thread, NULL, register_and_wait, &threads[i]),
			0);
		sem_wait(&threads[i].is_done);
	}
	assert_int_equal(threads[0].rc, 0);
	assert_int_equal(threads[1].rc, 0);
	assert_int_equal(threads[2].rc, -ENOSPC);
	assert_one_error("no history is left for another OS thread; 2 were asked for");
	/* One that registered before anything was switched on records as well. */
	spdk_trace_set_tpoints(GROUP_A, 2);
	for (int i = 0; i < 3; i++) {
		sem_post(&threads[i].go_on);
		assert_int_equal(pthread_join(threads[i].thread, NULL), 0);
		sem_destroy(&threads[i].go_on);
		sem_destroy(&threads[i].is_done);
	}
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 2)->next_entry, 1);
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 3)->next_entry, 1);
	assert_null(spdk_get_per_lcore_history(g_trace_file, 4));
}

static void
a_core_needs_no_registration(void **state)
{
	open_trace(16);
	assert_int_equal(spdk_trace_register_user_thread(), -EINVAL);
	assert_one_error("the caller runs on core 0, which has a history anyway");
	assert_int_equal(spdk_trace_unregister_user_thread(), -EINVAL);
	assert_one_error("the caller runs on core 0");
}

static void *
register_without_tracing(void *arg)
{
	assert_int_equal(spdk_trace_register_user_thread(), -ENODEV);
	assert_one_error("there is no tracing yet");
	assert_int_equal(spdk_trace_init(SHM_NAME, 0, 0), 0);
	assert_int_equal(spdk_trace_register_user_thread(), -ENODEV);
	assert_int_equal(spdk_trace_unregister_user_thread(), -ENODEV);
	assert_nothing_logged();
	return NULL;
}

static void
without_tracing_nobody_is_registered(void **state)
{
	run_elsewhere(register_without_tracing, NULL);
}

static void *
register_twice_over(void *arg)
{
	assert_int_equal(spdk_trace_register_user_thread(), 0);
	spdk_trace_cleanup();
	open_trace(16);
	describe_tpoint((struct spdk_trace_tpoint_opts){"PLAIN", PLAIN});
	/* What it had is gone with the trace; it does not record into what is another's now. */
	record_plain(NULL);
	assert_null(spdk_get_per_lcore_history(g_trace_file, 2));
	assert_int_equal(spdk_trace_register_user_thread(), 0);
	record_plain(NULL);
	assert_int_equal(spdk_get_per_lcore_history(g_trace_file, 2)->next_entry, 1);
	return NULL;
}

static void
a_registration_ends_with_the_trace(void **state)
{
	open_trace(16);
	run_elsewhere(register_twice_over, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(what_is_recorded_is_read_again),
		TRACE_TEST(arguments_of_all_types_come_back_over_several_entries),
		TRACE_TEST(the_layout_of_what_is_recorded_is_that_of_the_format),
		TRACE_TEST(a_ring_keeps_what_came_last),
		TRACE_TEST(a_recording_that_has_lost_its_first_entry_is_not_read),
		TRACE_TEST(what_is_off_is_not_recorded),
		TRACE_TEST(a_wrong_number_of_arguments_is_explained_once_and_not_recorded),
		TRACE_TEST(a_tracepoint_larger_than_the_ring_is_explained_and_not_recorded),
		TRACE_TEST(each_core_and_registered_thread_has_a_history_and_nobody_else),
		TRACE_TEST(registered_threads_are_as_many_as_were_asked_for),
		TRACE_TEST(a_core_needs_no_registration),
		TRACE_TEST(without_tracing_nobody_is_registered),
		TRACE_TEST(a_registration_ends_with_the_trace),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
