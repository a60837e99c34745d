/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for buffers, and their subsystem: pools that are made when they are used, by whomever,
 * and options that are saved.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "app/rpc/config_fixture.h"

#define OPTIONS(small, large, small_size, large_size, numa)                          \
	"[{\"method\":\"iobuf_set_options\",\"params\":{\"small_pool_count\":" small \
	",\"large_pool_count\":" large ",\"small_bufsize\":" small_size              \
	",\"large_bufsize\":" large_size ",\"enable_numa\":" numa "}}]"
#define DEFAULT_OPTIONS OPTIONS("8192", "1024", "8192", "135168", "false")

static struct spdk_iobuf_channel g_channel;
static int g_rc;

static void
register_module(void *arg)
{
	g_rc = spdk_iobuf_register_module(arg);
}

static void
unregister_module(void *arg)
{
	g_rc = spdk_iobuf_unregister_module(arg);
}

static void
use_buffers(void *arg)
{
	void *small, *large;

	g_rc = spdk_iobuf_channel_init(&g_channel, arg, 4, 0);
	if (g_rc != 0) {
		return;
	}
	small = spdk_iobuf_get(&g_channel, 4096, NULL, NULL);
	large = spdk_iobuf_get(&g_channel, 100000, NULL, NULL);
	if (small == NULL || large == NULL) {
		g_rc = -ENOMEM;
		return;
	}
	memset(small, 1, 4096);
	spdk_iobuf_put(&g_channel, small, 4096);
	spdk_iobuf_put(&g_channel, large, 100000);
}

static void
close_channel(void *arg)
{
	spdk_iobuf_channel_fini(&g_channel);
}

static void
expect_counts(const char *pool, uint64_t cache, uint64_t main_pool)
{
	struct spdk_json_val *counts;

	call("iobuf_get_stats", NULL);
	counts = member(element_with(g_test.result, "module", "forge"), pool,
			SPDK_JSON_VAL_OBJECT_BEGIN);
	assert_int_equal(member_uint64(counts, "cache"), cache);
	assert_int_equal(member_uint64(counts, "main"), main_pool);
	assert_int_equal(member_uint64(counts, "retry"), 0);
	assert_int_equal(count_members(counts), 3);
}

/* Beside those of the subsystems. */
static void
counts_are_told_for_each_module(void **state)
{
	uint32_t others;

	call("iobuf_get_stats", NULL);
	others = g_test.result->len;
	run_on_app(register_module, (void *)(uintptr_t) "mill");
	run_on_app(register_module, (void *)(uintptr_t) "forge");
	expect_counts("small_pool", 0, 0);
	expect_counts("large_pool", 0, 0);
	(void)element_with(g_test.result, "module", "mill");
	/* The first channel makes the pools. */
	run_on_app(use_buffers, (void *)(uintptr_t) "forge");
	assert_int_equal(g_rc, 0);
	expect_counts("small_pool", 1, 0);
	expect_counts("large_pool", 0, 1);
	run_on_app(close_channel, NULL);
	run_on_app(unregister_module, (void *)(uintptr_t) "mill");
	run_on_app(unregister_module, (void *)(uintptr_t) "forge");
	call("iobuf_get_stats", NULL);
	assert_int_equal(g_test.result->len, others);
	expect_error("iobuf_set_options", "{}", SPDK_JSONRPC_ERROR_INVALID_STATE,
		     "iobuf_set_options", NULL);
}

static void
finished(void *arg)
{
	sem_post(&g_test.ready);
}

static void
initialize(void *arg)
{
	g_rc = spdk_iobuf_initialize();
}

static void
finish(void *arg)
{
	spdk_iobuf_finish(finished, NULL);
}

static void
a_program_may_make_and_end_the_pools_itself(void **state)
{
	run_on_app(register_module, (void *)(uintptr_t) "mill");
	run_on_app(use_buffers, (void *)(uintptr_t) "mill");
	assert_int_equal(g_rc, 0);
	run_on_app(initialize, NULL);
	assert_int_equal(g_rc, 0);
	log_capture_start();
	run_on_app(initialize, NULL);
	assert_int_equal(g_rc, -EALREADY);
	assert_true(log_captured("are there already", NULL));
	log_capture_stop();
	run_on_app(close_channel, NULL);
	run_on_app(finish, NULL);
	app_wait(&g_test.ready);
	run_on_app(initialize, NULL);
	assert_int_equal(g_rc, 0);
	run_on_app(finish, NULL);
	app_wait(&g_test.ready);
	run_on_app(register_module, (void *)(uintptr_t) "mill");
	run_on_app(use_buffers, (void *)(uintptr_t) "mill");
	assert_int_equal(g_rc, 0);
	run_on_app(close_channel, NULL);
}

static struct spdk_poller *g_closer;

static int
close_late(void *arg)
{
	spdk_poller_unregister(&g_closer);
	spdk_iobuf_channel_fini(&g_channel);
	return SPDK_POLLER_BUSY;
}

static void
finish_and_end(void *arg)
{
	/* The end of the subsystems waits for the end that the program has begun. */
	spdk_iobuf_finish(finished, NULL);
	app_end_subsystems(NULL);
	g_closer = SPDK_POLLER_REGISTER(close_late, NULL, 100000);
}

static void
the_end_waits_for_the_programs_own(void **state)
{
	app_up("0x1");
	app_init();
	run_on_app(register_module, (void *)(uintptr_t) "mill");
	run_on_app(use_buffers, (void *)(uintptr_t) "mill");
	assert_int_equal(spdk_thread_send_msg(g_test.app_thread, finish_and_end, NULL), 0);
	app_wait(&g_test.ready);
	assert_int_equal(pthread_join(g_test.os_thread, NULL), 0);
	assert_int_equal(g_test.rc, 0);
	log_capture_start();
	assert_int_equal(spdk_iobuf_get_stats(NULL, NULL), -EINVAL);
	log_capture_stop();
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
}

static void
wrong_options_are_explained(void **state)
{
	char *saved;

	app_up("0x1");
	expect_error("iobuf_set_options", "{\"small_pool_count\": 63}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "small_pool_count is 63", "at least 64",
		     NULL);
	expect_error("iobuf_set_options", "{\"large_pool_count\": 0}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "large_pool_count is 0", "at least 8",
		     NULL);
	expect_error("iobuf_set_options", "{\"small_bufsize\": 1000000}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "small_bufsize is 1000000",
		     "large_bufsize is 135168", NULL);
	expect_error("iobuf_set_options", "{\"small_bufsize\": -1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "small_bufsize", NULL);
	app_init();
	saved = save_config("iobuf");
	assert_string_equal(saved, DEFAULT_OPTIONS);
	free(saved);
	app_down();
}

static void
restore_defaults(void)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	opts.small_pool_count = 8192;
	opts.large_pool_count = 1024;
	opts.small_bufsize = 8192;
	opts.large_bufsize = 135168;
	opts.enable_numa = 0;
	assert_int_equal(spdk_iobuf_set_opts(&opts), 0);
}

static void
what_is_saved_is_loaded_to_the_same(void **state)
{
	char *saved, *again;

	app_up("0x1");
	expect("iobuf_set_options", "{\"small_pool_count\": 100, \"enable_numa\": true}", "true");
	/* What is not given stays. */
	expect("iobuf_set_options", "{\"large_pool_count\": 50, \"large_bufsize\": 200000}",
	       "true");
	app_init();
	saved = save_config("iobuf");
	assert_string_equal(saved, OPTIONS("100", "50", "8192", "200000", "true"));
	app_down();
	restore_defaults();
	app_up("0x1");
	load_config(saved, SPDK_RPC_STARTUP);
	app_init();
	again = save_config("iobuf");
	assert_string_equal(again, saved);
	free(again);
	free(saved);
	run_on_app(register_module, (void *)(uintptr_t) "mill");
	run_on_app(use_buffers, (void *)(uintptr_t) "mill");
	assert_int_equal(g_rc, 0);
	assert_int_equal(g_channel.cache[0].large.bufsize, 200704);
	run_on_app(close_channel, NULL);
	app_down();
	restore_defaults();
}

static void
buffers_start_before_the_scheduler(void **state)
{
	const struct spdk_subsystem *iobuf = NULL, *subsystem;

	app_up("0x1");
	app_init();
	TAILQ_FOREACH (subsystem, subsystem_get_all(), tailq) {
		if (strcmp(subsystem->name, "iobuf") == 0) {
			iobuf = subsystem;
		} else if (strcmp(subsystem->name, "scheduler") == 0) {
			assert_non_null(iobuf);
		}
	}
	assert_non_null(iobuf);
	app_down();
}

int
main(void)
{
	const struct CMUnitTest running[] = {
		cmocka_unit_test(counts_are_told_for_each_module),
		cmocka_unit_test(a_program_may_make_and_end_the_pools_itself),
	};
	const struct CMUnitTest restarting[] = {
		cmocka_unit_test(the_end_waits_for_the_programs_own),
		cmocka_unit_test(wrong_options_are_explained),
		cmocka_unit_test(what_is_saved_is_loaded_to_the_same),
		cmocka_unit_test(buffers_start_before_the_scheduler),
	};

	return cmocka_run_group_tests(running, app_set_up, app_tear_down) +
	       cmocka_run_group_tests(restarting, NULL, NULL);
}
