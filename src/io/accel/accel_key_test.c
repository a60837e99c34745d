/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys: what makes one and what does not, that each refusal says why, and that they are found and
 * gone. A module of the test takes them, so that no build lacks it.
 */
#include "base/failing_malloc.h"

#include "io/accel_fixture.h"

#define KEY_1 "00112233445566778899aabbccddeeff"
#define KEY_2 "ffeeddccbbaa99887766554433221100"

static struct {
	int rc_of_init;
	int readied;
	int unreadied;
	bool is_only_simple;
} g_how;

static int g_device;

static int
create_nothing(void *io_device, void *ctx)
{
	return 0;
}

static void
destroy_nothing(void *io_device, void *ctx)
{
}

static int
start(void)
{
	spdk_io_device_register(&g_device, create_nothing, destroy_nothing, 0, "vault");
	return 0;
}

static void
stopped(void *io_device)
{
	spdk_accel_module_finish();
}

static void
stop(void *ctx)
{
	spdk_io_device_unregister(&g_device, stopped);
}

static bool
supports(enum spdk_accel_opcode opcode)
{
	return opcode == SPDK_ACCEL_OPC_ENCRYPT || opcode == SPDK_ACCEL_OPC_DECRYPT;
}

static struct spdk_io_channel *
get_channel(void)
{
	return spdk_get_io_channel(&g_device);
}

static int
submit(struct spdk_io_channel *ch, struct spdk_accel_task *task)
{
	return -ENOTSUP;
}

static int
ready(struct spdk_accel_crypto_key *key)
{
	if (g_how.rc_of_init == 0) {
		g_how.readied++;
	}
	return g_how.rc_of_init;
}

static void
unready(struct spdk_accel_crypto_key *key)
{
	g_how.unreadied++;
}

static bool
has_tweak_mode(enum spdk_accel_crypto_tweak_mode mode)
{
	return !g_how.is_only_simple || mode == SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA;
}

static bool
has_cipher(enum spdk_accel_cipher cipher, size_t key_size)
{
	return key_size == 16;
}

static struct spdk_accel_module_if g_vault = {
	.name = "vault",
	.priority = 5,
	.module_init = start,
	.module_fini = stop,
	.supports_opcode = supports,
	.get_io_channel = get_channel,
	.submit_tasks = submit,
	.crypto_key_init = ready,
	.crypto_key_deinit = unready,
	.crypto_supports_tweak_mode = has_tweak_mode,
	.crypto_supports_cipher = has_cipher,
};

SPDK_ACCEL_MODULE_REGISTER(vault, &g_vault)

static int
set_up(void **state)
{
	memset(&g_how, 0, sizeof(g_how));
	return accel_set_up(state);
}

static int
tear_down(void **state)
{
	(void)accel_tear_down(state);
	assert_int_equal(g_how.readied, g_how.unreadied);
	return 0;
}

/* NULL for what is left out; the interface wants no const. */
static struct spdk_accel_crypto_key_create_param
param_of(const char *cipher, const char *key, const char *key2, const char *mode, const char *name)
{
	return (struct spdk_accel_crypto_key_create_param){
		(char *)(uintptr_t)cipher, (char *)(uintptr_t)key, (char *)(uintptr_t)key2,
		(char *)(uintptr_t)mode, (char *)(uintptr_t)name};
}

static void
a_key_is_made_of_digits_and_found_by_its_name(void **state)
{
	struct spdk_accel_crypto_key_create_param param;
	struct spdk_accel_crypto_key *key;
	char text[] = KEY_1;

	param = param_of("AES_XTS", text, KEY_2, NULL, "one");
	assert_int_equal(spdk_accel_crypto_key_create(&param), 0);
	param = param_of("AES_CBC", KEY_1, NULL, "INCR_512_UPPER_LBA", "two");
	assert_int_equal(spdk_accel_crypto_key_create(&param), 0);
	memset(text, 'x', sizeof(text) - 1);
	key = spdk_accel_crypto_key_get("one");
	assert_non_null(key);
	assert_int_equal(key->cipher, SPDK_ACCEL_CIPHER_AES_XTS);
	assert_int_equal(key->tweak_mode, SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA);
	assert_int_equal(key->key_size, 16);
	assert_memory_equal(key->key,
			    "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	assert_int_equal(key->key2_size, 16);
	assert_int_equal((uint8_t)key->key2[0], 0xff);
	assert_ptr_equal(key->module_if, &g_vault);
	assert_string_equal(key->param.hex_key, KEY_1);
	key = spdk_accel_crypto_key_get("two");
	assert_int_equal(key->cipher, SPDK_ACCEL_CIPHER_AES_CBC);
	assert_int_equal(key->tweak_mode, SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_UPPER_LBA);
	assert_null(key->key2);
	assert_null(spdk_accel_crypto_key_get("three"));
	assert_null(spdk_accel_crypto_key_get(NULL));
	assert_int_equal(spdk_accel_crypto_key_destroy(key), 0);
	assert_null(spdk_accel_crypto_key_get("two"));
	assert_int_equal(spdk_accel_crypto_key_destroy(key), -ENOENT);
	assert_int_equal(spdk_accel_crypto_key_destroy(NULL), -EINVAL);
	/* The other goes with the framework. */
}

static void
what_makes_no_key_is_refused_and_told(void **state)
{
	char long_key[2 * 200 + 1];
	const struct {
		struct spdk_accel_crypto_key_create_param param;
		int rc;
		const char *words[2];
	} rows[] = {
		{param_of(NULL, KEY_1, KEY_2, NULL, "k"), -EINVAL, {"cipher", "missing"}},
		{param_of("AES_XTS", NULL, KEY_2, NULL, "k"), -EINVAL, {"key", "missing"}},
		{param_of("AES_XTS", KEY_1, KEY_2, NULL, NULL), -EINVAL, {"name", "missing"}},
		{param_of("AES_XTS", KEY_1, KEY_2, NULL, ""), -EINVAL, {"name", "missing"}},
		{param_of("AES_GCM", KEY_1, KEY_2, NULL, "k"), -EINVAL, {"AES_GCM", "AES_XTS"}},
		{param_of("AES_XTS", KEY_1, KEY_2, "LBA", "k"), -EINVAL, {"'LBA'", "SIMPLE_LBA"}},
		{param_of("AES_XTS", "abc", KEY_2, NULL, "k"), -EINVAL, {"even", "key"}},
		{param_of("AES_XTS", "", KEY_2, NULL, "k"), -EINVAL, {"even", "key"}},
		{param_of("AES_XTS", "0x", KEY_2, NULL, "k"), -EINVAL, {"hexadecimal", "key"}},
		{param_of("AES_XTS", long_key, KEY_2, NULL, "k"), -EINVAL, {"at most", "256"}},
		{param_of("AES_XTS", KEY_1, NULL, NULL, "k"), -EINVAL, {"key2", "missing"}},
		{param_of("AES_XTS", KEY_1, "00", NULL, "k"), -EINVAL, {"16 bytes", "one length"}},
		{param_of("AES_XTS", KEY_1, KEY_1, NULL, "k"), -EINVAL, {"the same", "secure"}},
		{param_of("AES_CBC", KEY_1, KEY_2, NULL, "k"), -EINVAL, {"one key", "key2"}},
		{param_of("AES_CBC", "0011", NULL, NULL, "k"), -ENOTSUP, {"vault", "2 bytes"}},
		{param_of("AES_XTS", KEY_1, KEY_2, NULL, "taken"), -EEXIST, {"taken", "already"}},
	};
	struct spdk_accel_crypto_key_create_param taken =
		param_of("AES_XTS", KEY_1, KEY_2, NULL, "taken");

	memset(long_key, 'a', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = '\0';
	assert_int_equal(spdk_accel_crypto_key_create(&taken), 0);
	for (size_t i = 0; i < SPDK_COUNTOF(rows); i++) {
		log_capture_clear();
		assert_int_equal(spdk_accel_crypto_key_create(&rows[i].param), rows[i].rc);
		if (!log_captured(rows[i].words[0], rows[i].words[1], NULL) ||
		    strstr(g_log_capture.text, KEY_1) != NULL) {
			fail_msg("row %zu: %s", i, g_log_capture.text);
		}
		assert_null(spdk_accel_crypto_key_get("k"));
	}
	assert_int_equal(spdk_accel_crypto_key_create(NULL), -EINVAL);
}

static void
what_the_module_refuses_is_no_key(void **state)
{
	struct spdk_accel_crypto_key_create_param param =
		param_of("AES_XTS", KEY_1, KEY_2, "INCR_512_FULL_LBA", "k");

	g_how.is_only_simple = true;
	assert_int_equal(spdk_accel_crypto_key_create(&param), -ENOTSUP);
	assert_true(log_captured("vault", "INCR_512_FULL_LBA", NULL));
	g_how.is_only_simple = false;
	g_how.rc_of_init = -EBUSY;
	assert_int_equal(spdk_accel_crypto_key_create(&param), -EBUSY);
	assert_null(spdk_accel_crypto_key_get("k"));
	/* It had SIMPLE_LBA from the beginning. */
	g_how.rc_of_init = 0;
	g_how.is_only_simple = true;
	param.tweak_mode = NULL;
	assert_int_equal(spdk_accel_crypto_key_create(&param), 0);
}

static void
a_key_is_of_one_module_that_can_do_both(void **state)
{
	struct spdk_accel_crypto_key_create_param param =
		param_of("AES_XTS", KEY_1, KEY_2, NULL, "k");

	if (!spdk_accel_get_module("software")->supports_opcode(SPDK_ACCEL_OPC_DECRYPT)) {
		skip();
	}
	accel_down();
	assert_int_equal(spdk_accel_crypto_key_create(&param), -ENOENT);
	assert_true(log_captured("not started", NULL));
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_DECRYPT, "software"), 0);
	accel_up();
	assert_int_equal(spdk_accel_crypto_key_create(&param), -EINVAL);
	assert_true(log_captured("different modules", NULL));
}

/* An operation and a key that do not go together. */
static void
an_operation_checks_its_key(void **state)
{
	struct spdk_accel_crypto_key_create_param param =
		param_of("AES_XTS", KEY_1, KEY_2, NULL, "k");
	struct spdk_accel_crypto_key *key, stranger;
	uint8_t bytes[1024];
	struct iovec iov = {bytes, 1024}, half = {bytes, 512};
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0};

	assert_int_equal(spdk_accel_crypto_key_create(&param), 0);
	key = spdk_accel_crypto_key_get("k");
	stranger = *key;
	stranger.module_if = spdk_accel_get_module("software");
	assert_int_equal(spdk_accel_submit_encrypt(g_ch, &stranger, &iov, 1, &iov, 1, 0, 512,
						   count_done, &done),
			 -ENOTSUP);
	assert_int_equal(
		spdk_accel_submit_encrypt(g_ch, key, &half, 1, &iov, 1, 0, 512, count_done, &done),
		-EINVAL);
	assert_int_equal(
		spdk_accel_submit_decrypt(g_ch, key, &iov, 1, &iov, 1, 0, 1000, count_done, &done),
		-EINVAL);
	assert_int_equal(
		spdk_accel_submit_decrypt(g_ch, key, &iov, 1, &iov, 1, 0, 0, count_done, &done),
		-EINVAL);
	assert_int_equal(spdk_accel_append_decrypt(&seq, g_ch, &stranger, &iov, 1, NULL, NULL, &iov,
						   1, NULL, NULL, 0, 512, NULL, NULL),
			 -ENOTSUP);
	assert_int_equal(spdk_accel_append_encrypt(&seq, g_ch, key, &half, 1, NULL, NULL, &iov, 1,
						   NULL, NULL, 0, 512, NULL, NULL),
			 -EINVAL);
	assert_null(seq);
	poll_all();
	assert_int_equal(done.count, 0);
}

#ifndef HAS_OWN_ALLOCATOR
static void
count_key(const struct spdk_accel_crypto_key *key, void *arg)
{
	(*(int *)arg)++;
}
#endif

static void
any_allocation_that_fails_makes_no_key(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	struct spdk_accel_crypto_key_create_param param =
		param_of("AES_XTS", KEY_1, KEY_2, "SIMPLE_LBA", "k");
	long live = t_live;
	int rc = -ENOMEM, keys;

	for (long left = 0; rc != 0; left++) {
		t_allocations_left = left;
		rc = spdk_accel_crypto_key_create(&param);
		t_allocations_left = -1;
		keys = 0;
		accel_for_each_key(count_key, &keys);
		assert_int_equal(keys, rc == 0 ? 1 : 0);
		if (rc != 0) {
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(t_live, live);
			assert_int_equal(g_how.readied, 0);
		} else {
			assert_int_equal(left, 8);
		}
	}
	assert_int_equal(spdk_accel_crypto_key_destroy(spdk_accel_crypto_key_get("k")), 0);
	assert_int_equal(t_live, live);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_made_of_digits_and_found_by_its_name),
		TEST(what_makes_no_key_is_refused_and_told),
		TEST(what_the_module_refuses_is_no_key),
		TEST(a_key_is_of_one_module_that_can_do_both),
		TEST(an_operation_checks_its_key),
		TEST(any_allocation_that_fails_makes_no_key),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
