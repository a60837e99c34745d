/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of threads: the library opened and closed around each test, and short names for what
 * every one of them does. A test during which something is logged fails, unless it looks for the
 * words and calls log_capture_clear().
 */
#ifndef SPINDLE_THREAD_FIXTURE_H
#define SPINDLE_THREAD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/env.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spdk/util.h"

static inline int
open_library(void **state)
{
	log_capture_start();
	return spdk_thread_lib_init(NULL, 0);
}

static inline int
close_library(void **state)
{
	bool quiet;

	spdk_set_thread(NULL);
	spdk_thread_lib_fini();
	quiet = log_captured_nothing();
	spdk_log_close();
	return quiet ? 0 : -1;
}

#define LIBRARY_TEST(name) cmocka_unit_test_setup_teardown(name, open_library, close_library)

/* Messages name who creates a thread: that is the caller, however this is compiled. */
static inline __attribute__((always_inline)) struct spdk_thread *
make_thread(const char *name)
{
	struct spdk_thread *thread = spdk_thread_create(name, NULL);

	assert_non_null(thread);
	return thread;
}

/* Polls until a round finds nothing. Not for threads with a poller that is always busy. */
static inline void
settle(struct spdk_thread *thread)
{
	while (spdk_thread_poll(thread, 0, 0) > 0) {
	}
}

/* Exits the thread, polls it until it has, destroys it. */
static inline void
end_thread(struct spdk_thread *thread)
{
	struct spdk_thread *outer = spdk_get_thread();

	spdk_set_thread(thread);
	spdk_thread_exit(thread);
	spdk_set_thread(outer == thread ? NULL : outer);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	spdk_thread_destroy(thread);
}

static inline uint64_t
ticks_of_ms(uint64_t ms)
{
	return spdk_get_ticks_hz() * ms / 1000;
}

/* What ran, in order: callbacks append a letter each. */
static char g_trace[1024];

static inline void
trace_clear(void)
{
	g_trace[0] = '\0';
}

static inline void
trace_add(char letter)
{
	size_t length = strlen(g_trace);

	assert_true(length < sizeof(g_trace) - 1);
	g_trace[length] = letter;
	g_trace[length + 1] = '\0';
}

/* A message that leaves its letter. */
static inline void
add_letter(void *arg)
{
	trace_add((char)(uintptr_t)arg);
}

static inline void
send_letter(struct spdk_thread *thread, char letter)
{
	assert_int_equal(spdk_thread_send_msg(thread, add_letter, (void *)(uintptr_t)letter), 0);
}

#define assert_trace(expected)                          \
	do {                                            \
		assert_string_equal(g_trace, expected); \
		trace_clear();                          \
	} while (0)

#endif
