/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of accel and its modules: a thread that the test polls, small pools of buffers, the
 * framework and a channel to it; operations that remember how they ended; and a memory domain
 * whose data lies elsewhere.
 */
#ifndef SPINDLE_ACCEL_FIXTURE_H
#define SPINDLE_ACCEL_FIXTURE_H

#include "base/log_capture.h"
#include "io/accel.h"
#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The least that there may be. */
#define ACCEL_SMALL_COUNT 64
#define ACCEL_LARGE_COUNT 8
#define ACCEL_LARGE_SIZE  (132 * 1024)

static struct spdk_thread *g_thread;
static struct spdk_io_channel *g_ch;
static bool g_is_down;

/* An operation, a step of a sequence, or a sequence. */
struct done {
	int count;
	int status;
	int turn; /* of all that were counted since accel_set_up(), from 1 */
};

static int g_turns;

static inline void
count_done(void *arg, int status)
{
	struct done *done = arg;

	done->count++;
	done->status = status;
	done->turn = ++g_turns;
}

static inline void
count_step(void *arg)
{
	count_done(arg, 0);
}

/* Until the thread has nothing to do. */
static inline void
poll_all(void)
{
	while (spdk_thread_poll(g_thread, 0, 0) > 0) {
	}
}

/* The operation has not ended yet, ends once when the thread is polled, and so. */
static inline void
expect_done(const struct done *done, int status)
{
	assert_int_equal(done->count, 0);
	poll_all();
	assert_int_equal(done->count, 1);
	assert_int_equal(done->status, status);
}

/* The same of one that was submitted; `call` is what submits it. */
#define expect_status(call, expected_status)         \
	do {                                         \
		struct done one_ = {0};              \
		struct done *ended = &one_;          \
		assert_int_equal(call, 0);           \
		expect_done(ended, expected_status); \
	} while (0)

static inline void
accel_is_down(void *arg)
{
	assert_false(g_is_down);
	g_is_down = true;
}

static inline void
iobuf_is_down(void *arg)
{
	*(bool *)arg = true;
}

static inline int
accel_start_environment(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.core_mask = "0x1";
	opts.no_pci = true;
	opts.mem_size = 8;
	return spdk_env_init(&opts);
}

static inline int
accel_stop_environment(void **state)
{
	spdk_env_fini();
	return 0;
}

static inline void
accel_open_thread(void)
{
	struct spdk_iobuf_opts opts;

	assert_int_equal(spdk_thread_lib_init(NULL, 0), 0);
	g_thread = spdk_thread_create("accel_test", NULL);
	assert_non_null(g_thread);
	spdk_set_thread(g_thread);
	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.small_pool_count = ACCEL_SMALL_COUNT;
	opts.large_pool_count = ACCEL_LARGE_COUNT;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
	assert_int_equal(spdk_iobuf_initialize(), 0);
}

static inline void
accel_close_thread(void)
{
	bool is_down = false;

	spdk_iobuf_finish(iobuf_is_down, &is_down);
	poll_all();
	assert_true(is_down);
	(void)spdk_thread_exit(g_thread);
	while (!spdk_thread_is_exited(g_thread)) {
		(void)spdk_thread_poll(g_thread, 0, 0);
	}
	spdk_set_thread(NULL);
	spdk_thread_destroy(g_thread);
	spdk_thread_lib_fini();
}

static inline void
accel_small_opts(void)
{
	struct spdk_accel_opts opts;

	spdk_accel_get_opts(&opts, sizeof(opts));
	opts.small_cache_size = 0;
	opts.large_cache_size = 0;
	opts.task_count = 64;
	opts.sequence_count = 8;
	opts.buf_count = 8;
	assert_int_equal(spdk_accel_set_opts(&opts), 0);
}

static inline void
accel_up(void)
{
	g_turns = 0;
	assert_int_equal(spdk_accel_initialize(), 0);
	g_ch = spdk_accel_get_io_channel();
	assert_non_null(g_ch);
}

static inline void
accel_down(void)
{
	if (g_ch != NULL) {
		spdk_put_io_channel(g_ch);
		g_ch = NULL;
	}
	g_is_down = false;
	spdk_accel_finish(accel_is_down, NULL);
	poll_all();
	assert_true(g_is_down);
}

static inline int
accel_set_up(void **state)
{
	accel_open_thread();
	log_capture_start();
	accel_small_opts();
	accel_up();
	return 0;
}

static inline int
accel_tear_down(void **state)
{
	accel_down();
	log_capture_stop();
	accel_close_thread();
	return 0;
}

static inline uint64_t
executed(enum spdk_accel_opcode opcode)
{
	struct spdk_accel_opcode_stats stats;

	spdk_accel_get_opcode_stats(g_ch, opcode, &stats, sizeof(stats));
	return stats.executed;
}

/* Bytes that differ from each other, and from those of other seeds. */
static inline void
fill_bytes(void *bytes, size_t size, uint64_t seed)
{
	uint8_t *byte = bytes;

	seed = seed * 2654435761 + 1;
	for (size_t i = 0; i < size; i++) {
		byte[i] = (uint8_t)spdk_rand_xorshift64(&seed);
	}
}

#endif
