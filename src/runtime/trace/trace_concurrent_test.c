/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Readers while others record: what a reader is given is whole, and in order, however fast the ring
 * goes round; and switching tracepoints on and off, and naming owners, while they are in use.
 */
#include "runtime/trace/trace_fixture.h"

#include <stdatomic.h>

#define COUNTED      SPDK_TPOINT_ID(GROUP_A, 1)
#define SECONDS      1
#define PATIENCE_SEC 30

static atomic_bool g_is_over;
static atomic_uint g_ready;

struct result {
	uint64_t recorded;
};

/* Three entries each, all of which can be told from the number of the recording. */
static int
record_numbers(void *arg)
{
	struct result *result = arg;
	char text[32];

	atomic_fetch_add(&g_ready, 1);
	while (!atomic_load_explicit(&g_is_over, memory_order_relaxed)) {
		uint64_t number = ++result->recorded;

		snprintf(text, sizeof(text), "number %" PRIu64, number);
		spdk_trace_record(COUNTED, (uint16_t)number, (uint32_t)number, number, ~number,
				  text, number * 3);
	}
	return 0;
}

static void *
record_on_thread(void *arg)
{
	int rc = spdk_trace_register_user_thread();

	if (rc == 0) {
		record_numbers(arg);
		rc = spdk_trace_unregister_user_thread();
	}
	return (void *)(intptr_t)rc;
}

static void
check_whole(const struct spdk_trace_parser_entry *entry)
{
	uint64_t number = entry->entry->object_id;
	char text[32];

	snprintf(text, sizeof(text), "number %" PRIu64, number);
	assert_int_equal(entry->entry->tpoint_id, COUNTED);
	assert_int_equal(entry->entry->owner_id, (uint16_t)number);
	assert_int_equal(entry->entry->size, (uint32_t)number);
	assert_int_equal(entry->args[0].u.integer, ~number);
	assert_string_equal(entry->args[1].u.string, text);
	assert_int_equal(entry->args[2].u.integer, number * 3);
}

/* Returns how many entries there were. */
static uint64_t
read_once(void)
{
	uint64_t last[SPDK_TRACE_MAX_LCORE] = {0}, count = 0;
	struct spdk_trace_parser_entry entry;
	struct spdk_trace_parser *parser = parse_shm();
	uint64_t last_tsc = 0;

	while (spdk_trace_parser_next_entry(parser, &entry)) {
		check_whole(&entry);
		assert_true(entry.entry->tsc >= last_tsc);
		last_tsc = entry.entry->tsc;
		/* One after the other, without one missing between. */
		if (last[entry.lcore] != 0) {
			assert_int_equal(entry.entry->object_id, last[entry.lcore] + 1);
		}
		last[entry.lcore] = entry.entry->object_id;
		count++;
	}
	spdk_trace_parser_cleanup(parser);
	return count;
}

static void
describe_numbers(void)
{
	struct spdk_trace_tpoint_opts opts = {
		"COUNTED",
		COUNTED,
		.args = {{"not", SPDK_TRACE_ARG_TYPE_INT, 8},
			 {"text", SPDK_TRACE_ARG_TYPE_STR, 32},
			 {"triple", SPDK_TRACE_ARG_TYPE_INT, 8}},
	};

	describe_tpoint(opts);
}

/* Two that record, one on a core and one beside. */
static void
start_recording(struct result *results, pthread_t *thread)
{
	atomic_store(&g_is_over, false);
	atomic_store(&g_ready, 0);
	assert_int_equal(spdk_env_thread_launch_pinned(1, record_numbers, &results[0]), 0);
	assert_int_equal(pthread_create(thread, NULL, record_on_thread, &results[1]), 0);
	while (atomic_load(&g_ready) < 2) {
		sched_yield();
	}
}

static void
stop_recording(pthread_t thread)
{
	void *rc;

	atomic_store(&g_is_over, true);
	spdk_env_thread_wait_all();
	assert_int_equal(pthread_join(thread, &rc), 0);
	assert_null(rc);
}

static void
read_while_recording(uint64_t num_entries)
{
	uint64_t end = spdk_get_ticks() + SECONDS * spdk_get_ticks_hz();
	uint64_t late = end + PATIENCE_SEC * spdk_get_ticks_hz();
	struct result results[2] = {{0}};
	uint64_t count = 0;
	pthread_t thread;

	open_trace(num_entries);
	describe_numbers();
	start_recording(results, &thread);
	/* Whoever is kept from its CPU while it reads is overtaken, and has read nothing. */
	while (spdk_get_ticks() < end || (count == 0 && spdk_get_ticks() < late)) {
		count += read_once();
	}
	stop_recording(thread);
	/* When nobody records any more, nothing is left out. */
	assert_int_equal(read_once(), 2 * (num_entries / 3));
	assert_true(results[0].recorded > num_entries && results[1].recorded > num_entries);
	assert_true(count > 0);
}

static void
a_small_ring_that_goes_round_all_the_time_is_read_whole(void **state)
{
	read_while_recording(64);
}

static void
a_large_ring_is_read_whole(void **state)
{
	read_while_recording(16384);
}

static void
masks_and_owners_change_while_others_record(void **state)
{
	uint64_t end = spdk_get_ticks() + SECONDS * spdk_get_ticks_hz();
	struct result results[2] = {{0}};
	pthread_t thread;
	uint16_t owner;

	open_trace(256);
	describe_numbers();
	start_recording(results, &thread);
	while (spdk_get_ticks() < end) {
		spdk_trace_clear_tpoints(GROUP_A, UINT64_MAX);
		owner = spdk_trace_register_owner(1, "owner");
		spdk_trace_set_tpoints(GROUP_A, UINT64_MAX);
		spdk_trace_owner_set_description(owner, "another");
		spdk_trace_clear();
		spdk_trace_unregister_owner(owner);
	}
	stop_recording(thread);
	assert_true(spdk_get_per_lcore_history(g_trace_file, 1)->next_entry > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(a_small_ring_that_goes_round_all_the_time_is_read_whole),
		TRACE_TEST(a_large_ring_is_read_whole),
		TRACE_TEST(masks_and_owners_change_while_others_record),
	};

	return cmocka_run_group_tests(tests, open_trace_env, close_trace_env);
}
