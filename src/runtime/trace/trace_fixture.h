/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of tracing: an environment on two cores, trace files in a folder of the test's own, and
 * short names for what every one of them does. A test during which something is logged fails,
 * unless it looks for the words and calls log_capture_clear().
 */
#ifndef SPINDLE_TRACE_FIXTURE_H
#define SPINDLE_TRACE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "env/env_internal.h"
#include "runtime/trace.h"
#include "spdk/env.h"
#include "spdk/trace.h"
#include "spdk/trace_parser.h"
#include "spdk/util.h"

/* Groups that no component has. */
#define GROUP_A 0
#define GROUP_B 19

#define SHM_NAME "/test_trace.1"

static char g_trace_folder[] = "/tmp/trace_test.XXXXXX";

static inline int
open_trace_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_log_set_print_level(SPDK_LOG_ERROR);
	spdk_env_opts_init(&opts);
	opts.name = "trace_test";
	opts.core_mask = "0x3";
	opts.no_pci = true;
	if (mkdtemp(g_trace_folder) == NULL) {
		return -errno;
	}
	env_shm_set_folder(g_trace_folder);
	return spdk_env_init(&opts);
}

/* Succeeds only when no file was left. */
static inline int
close_trace_env(void **state)
{
	spdk_env_fini();
	env_shm_set_folder(NULL);
	return rmdir(g_trace_folder);
}

static inline int
open_trace_log(void **state)
{
	log_capture_start();
	return 0;
}

static inline bool
trace_file_is_there(const char *name)
{
	char path[ENV_SHM_PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s", g_trace_folder, name);
	return access(path, F_OK) == 0;
}

static inline void
remove_trace_file(const char *name)
{
	char path[ENV_SHM_PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s", g_trace_folder, name);
	(void)unlink(path);
}

static inline int
close_trace(void **state)
{
	bool quiet;

	spdk_trace_cleanup();
	remove_trace_file(SHM_NAME);
	quiet = log_captured_nothing();
	log_capture_stop();
	return quiet ? 0 : -EIO;
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, open_trace_log, close_trace)

static inline void
open_trace(uint64_t num_entries)
{
	assert_int_equal(spdk_trace_init(SHM_NAME, num_entries, 2), 0);
}

/* One tpoint, with the arguments that are named in `opts`, switched on. */
static inline void
describe_tpoint(struct spdk_trace_tpoint_opts opts)
{
	spdk_trace_register_description_ext(&opts, 1);
	spdk_trace_set_tpoints(opts.tpoint_id / 64, UINT64_C(1) << (opts.tpoint_id % 64));
}

static inline struct spdk_trace_parser *
parse_shm(void)
{
	struct spdk_trace_parser_opts opts = {
		.filename = SHM_NAME,
		.mode = SPDK_TRACE_PARSER_MODE_SHM,
		.lcore = SPDK_TRACE_MAX_LCORE,
	};
	struct spdk_trace_parser *parser = spdk_trace_parser_init(&opts);

	assert_non_null(parser);
	return parser;
}

/* Runs `fn` on the other core, and waits for its end. */
static inline void
run_on_core_1(int (*fn)(void *arg), void *arg)
{
	assert_int_equal(spdk_env_thread_launch_pinned(1, fn, arg), 0);
	spdk_env_thread_wait_all();
}

/* Runs `fn` on an OS thread that is on no core. */
static inline void
run_elsewhere(void *(*fn)(void *arg), void *arg)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

#endif
