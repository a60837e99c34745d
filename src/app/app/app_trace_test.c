/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tracing as options ask for it: the name of the file, what is switched on, what stays at the end,
 * and what is refused.
 */
#include "app/app/lock_folder_fixture.h"
#include "base/log_capture.h"
#include "env/env_internal.h"
#include "runtime/trace.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/trace.h"
#include "spdk/trace_parser.h"
#include "spdk_internal/trace_defs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char g_shm_folder[] = "/tmp/app_trace.XXXXXX";

static struct {
	int starts;
	uint64_t groups;
	uint64_t thread_mask;
	bool is_recording;
	char path[ENV_SHM_PATH_SIZE];
} g_seen;

static int
make_folders(void **state)
{
	if (mkdtemp(g_shm_folder) == NULL) {
		return -errno;
	}
	env_shm_set_folder(g_shm_folder);
	return make_lock_folder(state);
}

/* Succeeds only when nothing was left. */
static int
remove_folders(void **state)
{
	env_shm_set_folder(NULL);
	return rmdir(g_shm_folder) != 0 ? -errno : remove_lock_folder(state);
}

static struct spdk_app_opts
quiet_opts(void)
{
	struct spdk_app_opts opts;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "app_trace_test";
	opts.rpc_addr = NULL;
	opts.log = log_capture_keep;
	log_capture_clear();
	memset(&g_seen, 0, sizeof(g_seen));
	return opts;
}

static int
create_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
destroy_channel(void *io_device, void *ctx)
{
}

static void
start(void *arg)
{
	struct spdk_io_channel *channel;

	g_seen.starts++;
	g_seen.groups = spdk_trace_get_tpoint_group_mask();
	g_seen.thread_mask = spdk_trace_get_tpoint_mask(TRACE_GROUP_THREAD);
	snprintf(g_seen.path, sizeof(g_seen.path), "%s",
		 trace_file_path() != NULL ? trace_file_path() : "");
	if (g_seen.is_recording) {
		spdk_io_device_register(&g_seen, create_channel, destroy_channel, 0, "traced");
		channel = spdk_get_io_channel(&g_seen);
		spdk_put_io_channel(channel);
		spdk_io_device_unregister(&g_seen, NULL);
	}
	spdk_app_stop(0);
}

static void
an_application_has_a_trace_file_that_is_gone_when_nothing_was_traced(void **state)
{
	struct spdk_app_opts opts = quiet_opts();
	char path[ENV_SHM_PATH_SIZE];

	assert_int_equal(spdk_app_start(&opts, start, NULL), 0);
	snprintf(path, sizeof(path), "%s/app_trace_test_trace.pid%d", g_shm_folder, getpid());
	assert_string_equal(g_seen.path, path);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(g_seen.groups, 0);
	spdk_app_fini();
	assert_int_not_equal(access(path, F_OK), 0);
	assert_null(g_trace_file);
	/* -i is in the name, and a path in the name of a program leads nowhere. */
	opts = quiet_opts();
	opts.name = "./a/b";
	opts.shm_id = 3;
	assert_int_equal(spdk_app_start(&opts, start, NULL), 0);
	spdk_app_fini();
	snprintf(path, sizeof(path), "%s/._a_b_trace.3", g_shm_folder);
	assert_string_equal(g_seen.path, path);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 0);
}

static void
what_was_traced_stays_and_can_be_read(void **state)
{
	struct spdk_app_opts opts = quiet_opts();
	struct spdk_trace_parser_opts parser_opts = {
		.filename = g_seen.path,
		.mode = SPDK_TRACE_PARSER_MODE_FILE,
		.lcore = SPDK_TRACE_MAX_LCORE,
	};
	struct spdk_trace_parser *parser;
	struct spdk_trace_parser_entry entry;

	opts.tpoint_group_mask = "thread";
	g_seen.is_recording = true;
	assert_int_equal(spdk_app_start(&opts, start, NULL), 0);
	spdk_app_fini();
	assert_true(log_captured("Traced is 'thread'", g_seen.path, NULL));
	assert_int_equal(g_seen.groups, 1u << TRACE_GROUP_THREAD);
	parser = spdk_trace_parser_init(&parser_opts);
	assert_non_null(parser);
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.entry->tpoint_id, TRACE_THREAD_IOCH_GET);
	assert_int_equal(entry.args[0].u.integer, 1);
	assert_string_equal(entry.tname, "reactor_0");
	assert_true(spdk_trace_parser_next_entry(parser, &entry));
	assert_int_equal(entry.entry->tpoint_id, TRACE_THREAD_IOCH_PUT);
	assert_int_equal(entry.args[0].u.integer, 0);
	spdk_trace_parser_cleanup(parser);
	assert_int_equal(unlink(g_seen.path), 0);
}

static void
one_tracepoint_is_switched_on_by_mask_or_name(void **state)
{
	struct spdk_app_opts opts = quiet_opts();

	opts.tpoint_group_mask = "thread:0x2";
	assert_int_equal(spdk_app_start(&opts, start, NULL), 0);
	spdk_app_fini();
	assert_int_equal(g_seen.thread_mask, 2);
	opts = quiet_opts();
	opts.tpoint_group_mask = "thread:thread_ioch_get";
	assert_int_equal(spdk_app_start(&opts, start, NULL), 0);
	spdk_app_fini();
	assert_int_equal(g_seen.thread_mask, 1);
}

static void
check_refused(const char *mask, uint64_t num_entries, const char *why)
{
	struct spdk_app_opts opts = quiet_opts();

	opts.tpoint_group_mask = mask;
	opts.num_entries = num_entries;
	assert_int_equal(spdk_app_start(&opts, start, NULL), 1);
	assert_int_equal(g_seen.starts, 0);
	assert_true(log_captured(why, NULL));
	/* The reason, and that this is why nothing starts. */
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	assert_int_equal(spdk_env_get_core_count(), 0);
	assert_null(g_trace_file);
	spdk_app_fini();
}

static void
a_wrong_mask_is_refused_with_the_groups_that_there_are(void **state)
{
	check_refused("thraed", 64, "'thraed' is no group of tracepoints. There are: bdev, thread");
	check_refused("thread:NONE", 64, "which has: THREAD_IOCH_GET, THREAD_IOCH_PUT");
	check_refused("thread", 0, "--num-trace-entries");
	check_refused(NULL, 1000, "power of two");
}

static void
setting_up_by_oneself_wants_options_with_a_name(void **state)
{
	struct spdk_app_opts opts = quiet_opts();

	log_capture_start();
	assert_int_equal(spdk_app_setup_trace(NULL), -EINVAL);
	assert_one_error("opts");
	opts.name = NULL;
	assert_int_equal(spdk_app_setup_trace(&opts), -EINVAL);
	assert_one_error("opts.name");
	log_capture_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_application_has_a_trace_file_that_is_gone_when_nothing_was_traced),
		cmocka_unit_test(what_was_traced_stays_and_can_be_read),
		cmocka_unit_test(one_tracepoint_is_switched_on_by_mask_or_name),
		cmocka_unit_test(a_wrong_mask_is_refused_with_the_groups_that_there_are),
		cmocka_unit_test(setting_up_by_oneself_wants_options_with_a_name),
	};

	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
