/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the accel framework, and its subsystem: what is told of modules, operations and keys,
 * what is refused with which words, and that what is saved is loaded to the same.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "app/rpc/config_fixture.h"
#include "io/accel.h"

#define OPTIONS(small, large, tasks, sequences, bufs)                                            \
	"{\"method\":\"accel_set_options\",\"params\":{\"small_cache_size\":" small              \
	",\"large_cache_size\":" large ",\"task_count\":" tasks ",\"sequence_count\":" sequences \
	",\"buf_count\":" bufs "}}"
#define DEFAULT_OPTIONS OPTIONS("128", "16", "2048", "2048", "2048")

#define KEY_1 "00112233445566778899aabbccddeeff"
#define KEY_2 "ffeeddccbbaa99887766554433221100"

static bool
has_crypto(void)
{
	return spdk_accel_get_module("software")->supports_opcode(SPDK_ACCEL_OPC_ENCRYPT);
}

/* A module that can only copy, and does not do even that. */
static int
start_module(void)
{
	return 0;
}

static bool
supports_copy(enum spdk_accel_opcode opcode)
{
	return opcode == SPDK_ACCEL_OPC_COPY;
}

static struct spdk_io_channel *
get_no_channel(void)
{
	return NULL;
}

static struct spdk_accel_module_if g_copier = {
	.name = "copier",
	.priority = -2,
	.module_init = start_module,
	.supports_opcode = supports_copy,
	.get_io_channel = get_no_channel,
};
static struct spdk_accel_driver g_pilot = {.name = "pilot"};
static struct spdk_accel_driver g_steersman = {.name = "steersman"};

SPDK_ACCEL_MODULE_REGISTER(copier, &g_copier)
SPDK_ACCEL_DRIVER_REGISTER(pilot, &g_pilot)
SPDK_ACCEL_DRIVER_REGISTER(steersman, &g_steersman)

/* ---- While it runs ---- */

static void
modules_and_assignments_are_told(void **state)
{
	struct spdk_json_val *module, *ops;
	uint32_t count;

	call("accel_get_module_info", NULL);
	module = element_with(g_test.result, "module", "copier");
	ops = member(module, "supported ops", SPDK_JSON_VAL_ARRAY_BEGIN);
	assert_int_equal(ops->len, 1);
	assert_true(spdk_json_strequal(&ops[1], "copy"));
	module = element_with(g_test.result, "module", "software");
	ops = member(module, "supported ops", SPDK_JSON_VAL_ARRAY_BEGIN);
	count = ops->len;
	assert_in_range(count, SPDK_ACCEL_OPC_LAST - 4, SPDK_ACCEL_OPC_LAST);
	call("accel_get_opc_assignments", NULL);
	assert_true(member_is(g_test.result, "copy", "software"));
	assert_true(member_is(g_test.result, "dix_verify", "software"));
	assert_int_equal(count_members(g_test.result), count);
	expect_error("accel_assign_opc", "{\"opname\": \"copy\", \"module\": \"software\"}",
		     SPDK_JSONRPC_ERROR_INVALID_STATE, "accel_assign_opc", NULL);
}

static struct spdk_io_channel *g_ch;
static uint8_t g_bytes[2][512];

static void
copied(void *arg, int status)
{
	spdk_put_io_channel(g_ch);
	sem_post(&g_test.ready);
}

static void
copy(void *arg)
{
	g_ch = spdk_accel_get_io_channel();
	(void)spdk_accel_submit_copy(g_ch, g_bytes[0], g_bytes[1], 512, copied, NULL);
}

static void
counts_are_told(void **state)
{
	expect("accel_get_stats", NULL,
	       "{\"sequence_executed\":0,\"sequence_failed\":0,\"operations\":[],\"retry\":{"
	       "\"task\":0,\"sequence\":0,\"iobuf\":0,\"bufdesc\":0}}");
	run_on_app(copy, NULL);
	app_wait(&g_test.ready);
	expect("accel_get_stats", NULL,
	       "{\"sequence_executed\":0,\"sequence_failed\":0,\"operations\":[{\"opcode\":"
	       "\"copy\",\"module_name\":\"software\",\"executed\":1,\"failed\":0,"
	       "\"num_bytes\":512}],\"retry\":{\"task\":0,\"sequence\":0,\"iobuf\":0,"
	       "\"bufdesc\":0}}");
}

static void
keys_are_made_told_and_wiped(void **state)
{
	if (!has_crypto()) {
		skip();
	}
	expect("accel_crypto_keys_get", NULL, "[]");
	expect("accel_crypto_key_create",
	       "{\"cipher\": \"AES_XTS\", \"key\": \"" KEY_1 "\", \"key2\": \"" KEY_2
	       "\", \"name\": \"x\"}",
	       "true");
	expect("accel_crypto_key_create",
	       "{\"cipher\": \"AES_CBC\", \"key\": \"" KEY_1
	       "\", \"tweak_mode\": \"JOIN_NEG_LBA_WITH_LBA\", \"name\": \"c\"}",
	       "true");
	expect("accel_crypto_keys_get", NULL,
	       "[{\"name\":\"x\",\"cipher\":\"AES_XTS\",\"key\":\"" KEY_1 "\",\"key2\":\"" KEY_2
	       "\",\"tweak_mode\":\"SIMPLE_LBA\"},{\"name\":\"c\",\"cipher\":\"AES_CBC\","
	       "\"key\":\"" KEY_1 "\",\"tweak_mode\":\"JOIN_NEG_LBA_WITH_LBA\"}]");
	expect("accel_crypto_key_destroy", "{\"key_name\": \"x\"}", "true");
	call("accel_crypto_keys_get", "{\"key_name\": \"c\"}");
	assert_int_equal(g_test.result->len + 2, spdk_json_val_len(g_test.result));
	assert_non_null(element_with(g_test.result, "name", "c"));
	expect_error("accel_crypto_keys_get", "{\"key_name\": \"x\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "no key 'x'", NULL);
	expect_error("accel_crypto_key_destroy", "{\"key_name\": \"x\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "no key 'x'", NULL);
	expect("accel_crypto_key_destroy", "{\"key_name\": \"c\"}", "true");
}

static void
what_makes_no_key_is_explained(void **state)
{
	if (!has_crypto()) {
		expect_error("accel_crypto_key_create",
			     "{\"cipher\": \"AES_CBC\", \"key\": \"" KEY_1 "\", \"name\": \"x\"}",
			     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "OpenSSL", NULL);
		return;
	}
	expect_error("accel_crypto_key_create",
		     "{\"cipher\": \"AES_XTS\", \"key\": \"" KEY_1 "\", \"name\": \"x\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "key2", NULL);
	expect_error("accel_crypto_key_create",
		     "{\"cipher\": \"AES_CBC\", \"key\": \"0011\", \"name\": \"x\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "software", "2 bytes", NULL);
	expect_error("accel_crypto_key_create",
		     "{\"cipher\": \"DES\", \"key\": \"0011\", \"name\": \"x\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "AES_XTS", NULL);
	expect("accel_crypto_keys_get", NULL, "[]");
}

/* ---- From start to end ---- */

static void
what_cannot_be_set_is_explained(void **state)
{
	char *saved;

	app_up("0x1");
	expect_error("accel_assign_opc", "{\"opname\": \"cpy\", \"module\": \"software\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'cpy'", "copy, fill", NULL);
	expect_error("accel_assign_opc", "{\"opname\": \"fill\", \"module\": \"copier\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "copier", "'fill'", NULL);
	expect_error("accel_set_driver", "{\"name\": \"autopilot\"}",
		     SPDK_JSONRPC_ERROR_INVALID_PARAMS, "'autopilot'", "pilot, steersman", NULL);
	expect_error("accel_set_options", "{\"buf_count\": 0}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "buf_count is 0", NULL);
	expect("accel_set_driver", "{\"name\": \"pilot\"}", "true");
	expect("accel_set_driver", NULL, "true");
	app_init();
	saved = save_config("accel");
	assert_string_equal(saved, "[" DEFAULT_OPTIONS "]");
	free(saved);
	app_down();
}

static void
a_module_that_is_not_there_yet_is_warned_of(void **state)
{
	app_up("0x1");
	log_capture_start();
	expect("accel_assign_opc", "{\"opname\": \"copy\", \"module\": \"dsa\"}", "true");
	assert_true(log_captured("no module 'dsa': there are copier, software", NULL));
	log_capture_clear();
	expect("accel_assign_opc", "{\"opname\": \"copy\", \"module\": \"software\"}", "true");
	assert_true(log_captured_nothing());
	log_capture_stop();
	app_init();
	app_down();
}

static void
restore_defaults(void)
{
	struct spdk_accel_opts opts = {.opts_size = sizeof(opts),
				       .small_cache_size = 128,
				       .large_cache_size = 16,
				       .task_count = 2048,
				       .sequence_count = 2048,
				       .buf_count = 2048};

	assert_int_equal(spdk_accel_set_opts(&opts), 0);
}

static void
what_is_saved_is_loaded_to_the_same(void **state)
{
	char *saved, *again;

	app_up("0x1");
	expect("accel_set_options", "{\"task_count\": 100, \"small_cache_size\": 1}", "true");
	/* What is not given stays. */
	expect("accel_set_options", "{\"buf_count\": 50, \"large_cache_size\": 2}", "true");
	expect("accel_assign_opc", "{\"opname\": \"copy\", \"module\": \"copier\"}", "true");
	expect("accel_set_driver", "{\"name\": \"steersman\"}", "true");
	app_init();
	if (has_crypto()) {
		expect("accel_crypto_key_create",
		       "{\"cipher\": \"AES_XTS\", \"key\": \"" KEY_1 "\", \"key2\": \"" KEY_2
		       "\", \"name\": \"x\"}",
		       "true");
	}
	saved = save_config("accel");
	assert_non_null(strstr(saved, OPTIONS("1", "2", "100", "2048", "50")));
	assert_non_null(strstr(saved, "{\"method\":\"accel_assign_opc\",\"params\":{\"opname\":"
				      "\"copy\",\"module\":\"copier\"}}"));
	assert_non_null(strstr(saved, "{\"method\":\"accel_set_driver\",\"params\":{\"name\":"
				      "\"steersman\"}}"));
	app_down();
	restore_defaults();
	app_up("0x1");
	load_config(saved, SPDK_RPC_STARTUP);
	app_init();
	load_config(saved, SPDK_RPC_RUNTIME);
	again = save_config("accel");
	assert_string_equal(again, saved);
	call("accel_get_opc_assignments", NULL);
	assert_true(member_is(g_test.result, "copy", "copier"));
	if (has_crypto()) {
		call("accel_crypto_keys_get", "{\"key_name\": \"x\"}");
		assert_true(member_is(element_with(g_test.result, "name", "x"), "key2", KEY_2));
	}
	free(again);
	free(saved);
	app_down();
	restore_defaults();
}

int
main(void)
{
	const struct CMUnitTest running[] = {
		cmocka_unit_test(modules_and_assignments_are_told),
		cmocka_unit_test(counts_are_told),
		cmocka_unit_test(keys_are_made_told_and_wiped),
		cmocka_unit_test(what_makes_no_key_is_explained),
	};
	const struct CMUnitTest restarting[] = {
		cmocka_unit_test(what_cannot_be_set_is_explained),
		cmocka_unit_test(a_module_that_is_not_there_yet_is_warned_of),
		cmocka_unit_test(what_is_saved_is_loaded_to_the_same),
	};
	int failed;

	failed = cmocka_run_group_tests(running, app_set_up, app_tear_down);
	return failed + cmocka_run_group_tests(restarting, NULL, NULL);
}
