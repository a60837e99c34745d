/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: reactors from start to end, in the process of the test.
 */
#ifndef SPINDLE_REACTOR_FIXTURE_H
#define SPINDLE_REACTOR_FIXTURE_H

#include "runtime/reactors.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/scheduler.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"
#include "spindle/reactor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static inline void
reactors_up(const char *mask)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.core_mask = mask;
	assert_int_equal(spdk_env_init(&opts), 0);
	assert_int_equal(spdk_reactors_init(0), 0);
}

static inline void
reactors_down(void)
{
	spdk_reactors_fini();
	spdk_env_fini();
}

/* A thread that may run on the cores of a mask only; NULL: on all. */
static inline struct spdk_thread *
thread_on(const char *name, const char *mask)
{
	struct spdk_cpuset cpumask;
	struct spdk_thread *thread;

	if (mask != NULL) {
		assert_int_equal(spdk_cpuset_parse(&cpumask, mask), 0);
	}
	thread = spdk_thread_create(name, mask != NULL ? &cpumask : NULL);
	assert_non_null(thread);
	return thread;
}

/* Starts with `fn` on the app thread, which lives on core 0, and returns when they have stopped. */
static inline void
reactors_go(spdk_msg_fn fn, void *arg)
{
	struct spdk_thread *app_thread = thread_on("app_thread", "0x1");

	assert_int_equal(spdk_thread_send_msg(app_thread, fn, arg), 0);
	assert_int_equal(reactors_run(), 0);
}

static inline void
reactors_run_once(const char *mask, spdk_msg_fn fn, void *arg)
{
	reactors_up(mask);
	reactors_go(fn, arg);
	reactors_down();
}

static inline void
exit_current(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static inline void
set_rest(bool never_rest, uint32_t spin_us)
{
	struct spindle_rest_opts opts = {
		.size = sizeof(opts),
		.never_rest = never_rest,
		.spin_us = spin_us,
	};

	spindle_reactors_set_rest(&opts);
}

#endif
