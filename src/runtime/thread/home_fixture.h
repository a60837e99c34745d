/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of threads that live on run queues: two of these around each test, both turned by the
 * OS thread of the test itself.
 */
#ifndef SPINDLE_HOME_FIXTURE_H
#define SPINDLE_HOME_FIXTURE_H

#include "runtime/thread/thread_fixture.h"
#include "spindle/run_queue.h"

static struct spindle_run_queue *g_queue, *g_second;

static inline int
open_queues(void **state)
{
	int rc = open_library(state);

	if (rc == 0) {
		assert_int_equal(spindle_run_queue_create(&g_queue), 0);
		assert_int_equal(spindle_run_queue_create(&g_second), 0);
	}
	trace_clear();
	return rc;
}

static inline int
close_queues(void **state)
{
	int rc = close_library(state);

	if (rc == 0) {
		rc = spindle_run_queue_destroy(g_queue);
	}
	return rc == 0 ? spindle_run_queue_destroy(g_second) : rc;
}

#define HOME_TEST(name) cmocka_unit_test_setup_teardown(name, open_queues, close_queues)

/* Messages name who creates a thread: that is this one, however it is compiled. */
static __attribute__((noinline, unused)) struct spdk_thread *
make_homed(const char *name)
{
	struct spdk_thread *thread = make_thread(name);

	assert_int_equal(spindle_run_queue_add(g_queue, thread), 0);
	return thread;
}

static inline void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static inline void
end_homed(void)
{
	uint64_t id;

	for (id = 1; id < 100; id++) {
		struct spdk_thread *thread = spdk_thread_get_by_id(id);

		if (thread != NULL) {
			spdk_thread_send_msg(thread, leave, NULL);
		}
	}
	while (spdk_thread_get_count() != 0) {
		spindle_run_queue_turn(g_queue);
		spindle_run_queue_turn(g_second);
	}
}

static inline uint32_t
count_of(const struct spindle_run_queue *queue)
{
	struct spindle_run_queue_stats stats;

	spindle_run_queue_get_stats(queue, &stats);
	return stats.thread_count;
}

/* Messages for tests of times. */
static inline void
spend_a_millisecond(void *arg)
{
	uint64_t end = spdk_get_ticks() + ticks_of_ms(1);

	while (spdk_get_ticks() < end) {
	}
}

static struct spdk_thread_stats g_stats[8];

/* `arg` is the place in g_stats. */
static inline void
note_stats(void *arg)
{
	assert_int_equal(spdk_thread_get_stats(&g_stats[(uintptr_t)arg]), 0);
}

#endif
