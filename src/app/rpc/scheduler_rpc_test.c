/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the scheduler and the governor, and the configuration that the subsystem saves.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "app/rpc/config_fixture.h"
#include "spdk/scheduler.h"

static int
set_no_options(const struct spdk_json_val *opts)
{
	return -ENOTTY;
}

static void
balance_nothing(struct spdk_scheduler_core_info *core_info, uint32_t count)
{
}

static void
write_foreign_option(struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_uint32(w, "colour", 7);
}

static int
fail_to_start(void)
{
	return -ENXIO;
}

static struct spdk_scheduler g_plain = {.name = "plain", .balance = balance_nothing};
static struct spdk_scheduler g_picky = {.name = "picky",
					.balance = balance_nothing,
					.set_opts = set_no_options,
					.get_opts = write_foreign_option};
static struct spdk_scheduler g_broken = {
	.name = "broken", .balance = balance_nothing, .init = fail_to_start};

SPDK_SCHEDULER_REGISTER(g_plain)
SPDK_SCHEDULER_REGISTER(g_picky)
SPDK_SCHEDULER_REGISTER(g_broken)

#define STATE(text, core, mask) \
	"{" text ",\"scheduling_core\":" core ",\"isolated_core_mask\":\"" mask "\"}"
#define DYNAMIC_STATE(period, load, limit, busy)                                     \
	"{\"scheduler_name\":\"dynamic\",\"scheduler_period\":" period               \
	",\"scheduling_core\":0,\"isolated_core_mask\":\"0x0\",\"load_limit\":" load \
	",\"core_limit\":" limit ",\"core_busy\":" busy "}"

static void
the_scheduler_is_told(void **state)
{
	expect("framework_get_scheduler", NULL,
	       STATE("\"scheduler_name\":\"static\",\"scheduler_period\":0", "0", "0x0"));
}

static void
a_scheduler_is_set_with_its_options(void **state)
{
	expect("framework_set_scheduler", "{\"name\": \"dynamic\"}", "true");
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("1000000", "20", "80", "95"));
	expect("framework_set_scheduler",
	       "{\"name\": \"dynamic\", \"period\": 5000, \"core_limit\": 70}", "true");
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("5000", "20", "70", "95"));
	/* What is not given stays. */
	expect("framework_set_scheduler", "{\"name\": \"dynamic\", \"load_limit\": 0}", "true");
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("5000", "0", "70", "95"));
	expect("framework_set_scheduler", "{\"name\": \"static\", \"period\": 0}", "true");
	expect("framework_set_scheduler", "{\"name\": \"static\"}", "true");
	expect("framework_get_scheduler", NULL,
	       STATE("\"scheduler_name\":\"static\",\"scheduler_period\":1000000", "0", "0x0"));
	expect("framework_set_scheduler", "{\"name\": \"plain\", \"period\": 0}", "true");
	expect("framework_get_scheduler", NULL,
	       STATE("\"scheduler_name\":\"plain\",\"scheduler_period\":0", "0", "0x0"));
}

static void
a_change_that_is_refused_leaves_all_of_before(void **state)
{
	expect("framework_set_scheduler",
	       "{\"name\": \"dynamic\", \"period\": 7000, \"core_busy\": 90}", "true");
	expect_error("framework_set_scheduler", "{\"name\": \"lottery\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "no scheduler 'lottery'", "dynamic",
		     "static", "plain", NULL);
	expect_error("framework_set_scheduler", "{\"name\": \"static\", \"core_limit\": 101}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "core_limit is 101", "0 to 100", NULL);
	/* The largest number of its type is no sign for one that was left out. */
	expect_error("framework_set_scheduler", "{\"name\": \"dynamic\", \"core_busy\": 255}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "core_busy is 255", "0 to 100", NULL);
	expect_error("framework_set_scheduler", "{\"name\": \"plain\", \"core_limit\": 50}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'plain' has no options",
		     "{\"core_limit\":50}", NULL);
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("7000", "20", "80", "90"));
	log_capture_start();
	expect_error("framework_set_scheduler", "{\"name\": \"picky\", \"load_limit\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'picky'", "{\"load_limit\":1}",
		     "Inappropriate ioctl", NULL);
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("7000", "20", "80", "90"));
	expect_error("framework_set_scheduler", "{\"name\": \"broken\", \"period\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'broken'", "No such device", NULL);
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("7000", "20", "80", "90"));
	expect_error("framework_set_scheduler", "{\"name\": \"static\", \"load_limit\": 1}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'static'", "load_limit", NULL);
	assert_true(log_captured("load_limit", NULL));
	expect("framework_get_scheduler", NULL, DYNAMIC_STATE("7000", "20", "80", "90"));
	log_capture_stop();
	expect_error("framework_set_scheduler", NULL, SPDK_JSONRPC_ERROR_INVALID_PARAMS, "name",
		     NULL);
	expect("framework_set_scheduler", "{\"name\": \"static\", \"period\": 0}", "true");
}

static struct spdk_thread *g_moved;

static void
make_moved(void *arg)
{
	struct spdk_cpuset cpumask;

	(void)spdk_cpuset_parse(&cpumask, "0x1");
	g_moved = spdk_thread_create("moved", &cpumask);
}

static void
may_run_anywhere(void *arg)
{
	struct spdk_cpuset cpumask;

	(void)spdk_cpuset_parse(&cpumask, "0x3");
	(void)spdk_thread_set_cpumask(&cpumask);
}

static void
read_core(void *arg)
{
	*(uint32_t *)arg = spdk_env_get_current_core();
}

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static void
a_mapping_keeps_its_thread_on_a_core(void **state)
{
	char params[128], text[256];
	uint32_t core = 0;
	int tries;

	run_on_app(make_moved, NULL);
	assert_non_null(g_moved);
	snprintf(params, sizeof(params),
		 "{\"name\": \"static\", \"period\": 1000, \"mappings\": \"99999:0,%" PRIu64
		 ":1\"}",
		 spdk_thread_get_id(g_moved));
	log_capture_start();
	expect("framework_set_scheduler", params, "true");
	snprintf(text, sizeof(text), "\"mappings\":\"99999:0,%" PRIu64 ":1\"",
		 spdk_thread_get_id(g_moved));
	call("framework_get_scheduler", NULL);
	assert_non_null(strstr(g_test.text, text));
	/* Its cpumask is stronger, and that is told, once: after some periods there is no more. */
	for (tries = 0; tries < 5000 && log_capture_count(SPDK_LOG_WARN) == 0; tries++) {
		usleep(1000);
	}
	usleep(20000);
	run_on(g_moved, read_core, &core);
	assert_int_equal(core, 0);
	assert_true(log_captured("mappings", "its cpumask does not have core 1",
				 "thread_set_cpumask", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	log_capture_stop();
	run_on(g_moved, may_run_anywhere, NULL);
	for (tries = 0; tries < 1000 && core != 1; tries++) {
		usleep(1000);
		run_on(g_moved, read_core, &core);
	}
	assert_int_equal(core, 1);
	expect("framework_set_scheduler", "{\"name\": \"static\", \"mappings\": \"\"}", "true");
	call("framework_get_scheduler", NULL);
	assert_null(strstr(g_test.text, "mappings"));
	expect("framework_set_scheduler", "{\"name\": \"static\", \"period\": 0}", "true");
	(void)spdk_thread_send_msg(g_moved, leave, NULL);
}

static void
wrong_mappings_are_explained(void **state)
{
	static const char *const wrong[] = {
		"1",    "1:",       ":1",      "1:0,", "a:1",          "1:-1",
		"1:0 ", "1:0,,2:0", "1:0,1:1", "1:77", "1:4294967296", "99999999999999999999:0"};
	char params[128];
	size_t i;

	expect("framework_set_scheduler", "{\"name\": \"static\", \"mappings\": \"5:1\"}", "true");
	for (i = 0; i < SPDK_COUNTOF(wrong); i++) {
		snprintf(params, sizeof(params), "{\"name\": \"static\", \"mappings\": \"%s\"}",
			 wrong[i]);
		log_capture_start();
		expect_error("framework_set_scheduler", params, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			     "'static'", wrong[i], NULL);
		assert_true(log_captured("mappings: ", NULL));
		log_capture_stop();
		call("framework_get_scheduler", NULL);
		assert_non_null(strstr(g_test.text, "\"mappings\":\"5:1\""));
	}
	expect("framework_set_scheduler",
	       "{\"name\": \"static\", \"period\": 0, \"mappings\": \"\"}", "true");
}

static uint32_t
list_frequencies(uint32_t lcore, uint32_t *freqs, uint32_t count)
{
	freqs[0] = 3000 + lcore;
	freqs[1] = 1000;
	return 2;
}

static uint32_t
current_frequency(uint32_t lcore)
{
	return 1000;
}

static int
write_about(struct spdk_json_write_ctx *w)
{
	return spdk_json_write_named_string(w, "env", "test bench");
}

static int
init_governor(void)
{
	return 0;
}

static void
deinit_governor(void)
{
}

static struct spdk_governor g_governor = {
	.name = "steam",
	.get_core_avail_freqs = list_frequencies,
	.get_core_curr_freq = current_frequency,
	.dump_info_json = write_about,
	.init = init_governor,
	.deinit = deinit_governor,
};

SPDK_GOVERNOR_REGISTER(g_governor)

static void
set_governor(void *arg)
{
	(void)spdk_governor_set(arg);
}

static void
the_governor_is_told(void **state)
{
	expect("framework_get_governor", NULL, "{}");
	run_on_app(set_governor, (void *)(uintptr_t) "steam");
	expect("framework_get_governor", NULL,
	       "{\"governor_name\":\"steam\",\"module_specific\":{\"env\":\"test bench\"},"
	       "\"cores\":[{\"lcore_id\":0,\"available_frequencies\":[3000,1000],"
	       "\"current_frequency\":1000},{\"lcore_id\":1,\"available_frequencies\":[3001,1000],"
	       "\"current_frequency\":1000}]}");
	call("framework_get_scheduler", NULL);
	assert_true(member_is(g_test.result, "governor_name", "steam"));
	run_on_app(set_governor, NULL);
}

static int
start(void **state)
{
	app_up("0x3");
	app_init();
	return 0;
}

static void
wrong_options_are_named(void **state)
{
	expect_error("scheduler_set_options", "{\"scheduling_core\": 5}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "scheduling_core 5", "0x7", NULL);
	expect_error("scheduler_set_options", "{\"isolated_core_mask\": \"0x18\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "isolated_core_mask", "0x7", NULL);
	expect_error("scheduler_set_options", "{\"isolated_core_mask\": \"some\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'some' is no mask", NULL);
	expect_error("scheduler_set_options", "{\"isolated_core_mask\": \"0x3\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "has core 0", "scheduling core", NULL);
}

static void
options_are_set_once(void **state)
{
	/* What was refused does not count. */
	expect("scheduler_set_options", "{\"scheduling_core\": 1, \"isolated_core_mask\": \"0x4\"}",
	       "true");
	expect("framework_get_scheduler", NULL, STATE("\"scheduler_period\":0", "1", "0x4"));
	expect_error("scheduler_set_options", "{\"scheduling_core\": 0}",
		     SPDK_JSONRPC_ERROR_INVALID_STATE, "once", NULL);
	app_init();
	expect_error("scheduler_set_options", "{\"scheduling_core\": 0}",
		     SPDK_JSONRPC_ERROR_INVALID_STATE, "scheduler_set_options", NULL);
	expect("framework_set_scheduler", "{\"name\": \"dynamic\", \"period\": 1000}", "true");
	usleep(20000);
	expect("framework_set_scheduler", "{\"name\": \"static\", \"period\": 0}", "true");
}

/* As in a configuration, whose first pass comes before the subsystems. */
static void
a_scheduler_that_is_set_early_stays(void **state)
{
	expect("framework_set_scheduler", "{\"name\": \"dynamic\", \"period\": 5000}", "true");
	app_init();
	assert_string_equal(spdk_scheduler_get()->name, "dynamic");
	assert_int_equal(spdk_scheduler_get_period(), 5000);
}

static int
start_early(void **state)
{
	app_up("0x7");
	return 0;
}

static void
what_is_saved_is_loaded_to_the_same(void **state)
{
	char *saved;

	app_up("0x7");
	app_init();
	saved = save_config("scheduler");
	assert_string_equal(saved, "[{\"method\":\"framework_set_scheduler\",\"params\":{"
				   "\"name\":\"static\",\"period\":0}}]");
	free(saved);
	app_down();

	app_up("0x7");
	expect("scheduler_set_options", "{\"scheduling_core\": 2, \"isolated_core_mask\": \"[1]\"}",
	       "true");
	app_init();
	expect("framework_set_scheduler",
	       "{\"name\": \"dynamic\", \"period\": 250000, \"core_limit\": 60}", "true");
	check_round_trip("scheduler", "0x7",
			 "[{\"method\":\"scheduler_set_options\",\"params\":{"
			 "\"scheduling_core\":2,\"isolated_core_mask\":\"0x2\"}},"
			 "{\"method\":\"framework_set_scheduler\",\"params\":{"
			 "\"name\":\"dynamic\",\"period\":250000,\"load_limit\":20,"
			 "\"core_limit\":60,\"core_busy\":95}}]");
	expect("framework_set_scheduler",
	       "{\"name\": \"static\", \"period\": 10, \"mappings\": \"8:1\"}", "true");
	check_round_trip("scheduler", "0x7",
			 "[{\"method\":\"scheduler_set_options\",\"params\":{"
			 "\"scheduling_core\":2,\"isolated_core_mask\":\"0x2\"}},"
			 "{\"method\":\"framework_set_scheduler\",\"params\":{"
			 "\"name\":\"static\",\"period\":10,\"mappings\":\"8:1\"}}]");
	/* An option that the method does not know would not be loaded again. */
	expect("framework_set_scheduler", "{\"name\": \"picky\"}", "true");
	saved = save_config("scheduler");
	assert_null(strstr(saved, "colour"));
	free(saved);
	app_down();
}

int
main(void)
{
	const struct CMUnitTest running[] = {
		cmocka_unit_test(the_scheduler_is_told),
		cmocka_unit_test(a_scheduler_is_set_with_its_options),
		cmocka_unit_test(a_change_that_is_refused_leaves_all_of_before),
		cmocka_unit_test(a_mapping_keeps_its_thread_on_a_core),
		cmocka_unit_test(wrong_mappings_are_explained),
		cmocka_unit_test(the_governor_is_told),
	};
	const struct CMUnitTest early[] = {
		cmocka_unit_test(wrong_options_are_named),
		cmocka_unit_test(options_are_set_once),
	};
	const struct CMUnitTest set_early[] = {
		cmocka_unit_test(a_scheduler_that_is_set_early_stays),
	};
	const struct CMUnitTest restarting[] = {
		cmocka_unit_test(what_is_saved_is_loaded_to_the_same),
	};

	return cmocka_run_group_tests(running, start, app_tear_down) +
	       cmocka_run_group_tests(early, start_early, app_tear_down) +
	       cmocka_run_group_tests(set_early, start_early, app_tear_down) +
	       cmocka_run_group_tests(restarting, NULL, NULL);
}
