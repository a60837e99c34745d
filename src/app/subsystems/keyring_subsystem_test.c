/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keyring as a subsystem: keys are added, told and removed by methods, and what was saved leads
 * to the same in another process.
 */
#include "app/rpc/app_rpc_fixture.h"
#include "app/rpc/config_fixture.h"
#include "spdk/keyring.h"
#include "spdk/module/keyring/file.h"

static char g_folder[] = "/tmp/spindle_keyring_XXXXXX";
static char g_path[64];
static char g_text[512];

/* A text with the path of the test's file in the place of %s. */
static const char *
with_path(const char *format)
{
	snprintf(g_text, sizeof(g_text), format, g_path);
	return g_text;
}

static int
setup(void **state)
{
	int fd;

	if (mkdtemp(g_folder) == NULL) {
		return -1;
	}
	snprintf(g_path, sizeof(g_path), "%s/key", g_folder);
	fd = open(g_path, O_WRONLY | O_CREAT, 0600);
	close(fd);
	return fd >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	return unlink(g_path) == 0 ? rmdir(g_folder) : -1;
}

static void
keys_are_added_told_and_removed(void **state)
{
	struct spdk_key *key;

	app_up("0x1");
	app_init();
	expect("keyring_get_keys", NULL, "[]");
	expect("keyring_file_add_key", with_path("{\"name\":\"k\",\"path\":\"%s\"}"), "true");
	expect("keyring_get_keys", NULL,
	       with_path("[{\"name\":\"k\",\"module\":\"keyring_file\",\"removed\":false,"
			 "\"probed\":false,\"refcnt\":1,\"path\":\"%s\"}]"));
	key = spdk_keyring_get_key("k");
	expect("keyring_file_remove_key", "{\"name\":\"k\"}", "true");
	expect("keyring_get_keys", NULL,
	       "[{\"name\":\"k\",\"module\":\"keyring_file\",\"removed\":true,\"probed\":false,"
	       "\"refcnt\":1}]");
	spdk_keyring_put_key(key);
	expect("keyring_get_keys", NULL, "[]");
	app_down();
}

static void
what_is_wrong_is_said(void **state)
{
	app_up("0x1");
	app_init();
	expect_error("keyring_file_remove_key", "{\"name\":\"k\"}", -ENOKEY, "Key 'k'", NULL);
	expect_error("keyring_file_add_key", "{\"name\":\"k\",\"path\":\"key\"}", -EINVAL,
		     "Key 'k'", "path must begin with '/'", NULL);
	expect_error("keyring_file_add_key", with_path("{\"name\":\"a:k\",\"path\":\"%s\"}"),
		     -EINVAL, "only the global keyring", NULL);
	expect_error("keyring_file_add_key", with_path("{\"name\":\"k\",\"path\":\"%s.no\"}"),
		     -ENOENT, "Key file", "No such file", NULL);
	assert_int_equal(chmod(g_path, 0644), 0);
	expect_error("keyring_file_add_key", with_path("{\"name\":\"k\",\"path\":\"%s\"}"), -EPERM,
		     g_path, "with mode 0600", NULL);
	assert_int_equal(chmod(g_path, 0600), 0);
	expect("keyring_file_add_key", with_path("{\"name\":\"k\",\"path\":\"%s\"}"), "true");
	expect_error("keyring_file_add_key", with_path("{\"name\":\"k\",\"path\":\"%s\"}"), -EEXIST,
		     "Key 'k'", "exists", NULL);
	app_down();
}

static void
what_is_saved_leads_to_the_same(void **state)
{
	app_up("0x1");
	app_init();
	expect("keyring_file_add_key", with_path("{\"name\":\":a:b\",\"path\":\"%s\"}"), "true");
	expect("keyring_file_add_key", with_path("{\"name\":\"k\",\"path\":\"%s\"}"), "true");
	snprintf(g_text, sizeof(g_text),
		 "[{\"method\":\"keyring_file_add_key\",\"params\":{\"name\":\":a:b\",\"path\":"
		 "\"%s\"}},{\"method\":\"keyring_file_add_key\",\"params\":{\"name\":\"k\","
		 "\"path\":\"%s\"}}]",
		 g_path, g_path);
	check_round_trip("keyring", "0x1", g_text);
	app_down();
}

static void
it_is_up_before_block_devices_are(void **state)
{
	struct spdk_json_val *subsystem, *need, *end;
	bool is_needed = false;

	app_up("0x1");
	app_init();
	call("framework_get_subsystems", NULL);
	assert_non_null(element_with(g_test.result, "subsystem", "keyring"));
	subsystem = element_with(g_test.result, "subsystem", "bdev");
	need = member(subsystem, "depends_on", SPDK_JSON_VAL_ARRAY_BEGIN);
	end = need + need->len;
	for (need++; need <= end; need++) {
		is_needed = is_needed || spdk_json_strequal(need, "keyring");
	}
	assert_true(is_needed);
	app_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_added_told_and_removed),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(what_is_saved_leads_to_the_same),
		cmocka_unit_test(it_is_up_before_block_devices_are),
	};

	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	return cmocka_run_group_tests(tests, setup, teardown);
}
