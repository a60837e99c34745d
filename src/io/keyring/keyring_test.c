/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keyring with modules of the test: names, references, keys that are removed while they are in
 * use, keys that come when they are asked for, OS threads at the same time, and memory that fails.
 */
#include "base/failing_malloc.h"
#include "base/log_capture.h"
#include "keyring_internal.h"
#include "spdk/keyring_module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NAMES_SIZE 16

struct test_ctx {
	const char *secret;
};

static struct {
	int added, removed;
	int inits, cleanups;
	int init_rc, add_rc, probe_rc;
	bool probe_adds;
	char probed[32];
	void *second_ctx;
	char order[16];
} g_test;

static struct spdk_keyring_module g_module, g_second;

static void
append(char *text, size_t size, const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s", more);
}

static int
test_init(void)
{
	g_test.inits++;
	append(g_test.order, sizeof(g_test.order), "i");
	return 0;
}

static void
test_cleanup(void)
{
	g_test.cleanups++;
	append(g_test.order, sizeof(g_test.order), "c");
}

static int
test_add(struct spdk_key *key, void *ctx)
{
	struct test_ctx *own = spdk_key_get_ctx(key);

	/* It is fresh, and the key knows who it is. */
	assert_null(own->secret);
	assert_ptr_equal(spdk_key_get_module(key), &g_module);
	if (g_test.add_rc != 0) {
		return g_test.add_rc;
	}
	own->secret = ctx;
	g_test.added++;
	return 0;
}

static void
test_remove(struct spdk_key *key)
{
	struct test_ctx *own = spdk_key_get_ctx(key);

	assert_non_null(own->secret);
	own->secret = NULL;
	g_test.removed++;
}

static int
test_get(struct spdk_key *key, void *buf, int len)
{
	const struct test_ctx *own = spdk_key_get_ctx(key);

	assert_non_null(own->secret);
	return snprintf(buf, (size_t)len, "%s", own->secret);
}

static size_t
test_ctx_size(void)
{
	return sizeof(struct test_ctx);
}

static int add_key(const char *name, const char *secret);

static int
test_probe(const char *name)
{
	snprintf(g_test.probed, sizeof(g_test.probed), "%s", name);
	if (g_test.probe_adds) {
		return add_key(name, "probed");
	}
	return g_test.probe_rc;
}

static struct spdk_keyring_module g_module = {
	.name = "test",
	.init = test_init,
	.cleanup = test_cleanup,
	.probe_key = test_probe,
	.add_key = test_add,
	.remove_key = test_remove,
	.get_key = test_get,
	.get_ctx_size = test_ctx_size,
};

static int
second_init(void)
{
	append(g_test.order, sizeof(g_test.order), "I");
	return g_test.init_rc;
}

static void
second_cleanup(void)
{
	append(g_test.order, sizeof(g_test.order), "C");
}

static int
second_add(struct spdk_key *key, void *ctx)
{
	assert_null(spdk_key_get_ctx(key));
	g_test.second_ctx = ctx;
	return 0;
}

/* One without contexts, which hears nothing of the end of its keys. */
static struct spdk_keyring_module g_second = {
	.name = "second",
	.init = second_init,
	.cleanup = second_cleanup,
	.add_key = second_add,
	.get_key = test_get,
};

SPDK_KEYRING_REGISTER_MODULE(test, &g_module)
SPDK_KEYRING_REGISTER_MODULE(second, &g_second)

static int
add_key(const char *name, const char *secret)
{
	struct spdk_key_opts opts = {
		.size = sizeof(opts),
		.name = name,
		.module = &g_module,
		.ctx = (void *)(uintptr_t)secret,
	};

	return spdk_keyring_add_key(&opts);
}

static void
check_key(const char *name, const char *expected)
{
	struct spdk_key *key = spdk_keyring_get_key(name);
	char text[32] = "";

	assert_non_null(key);
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
	spdk_keyring_put_key(key);
}

static int
setup(void **state)
{
	memset(&g_test, 0, sizeof(g_test));
	g_test.probe_rc = -ENOKEY;
	log_capture_start();
	return spdk_keyring_init();
}

static int
teardown(void **state)
{
	spdk_keyring_cleanup();
	log_capture_stop();
	return g_test.added == g_test.removed ? 0 : -1;
}

static void
a_key_is_found_by_its_name(void **state)
{
	assert_int_equal(add_key("a", "secret of a"), 0);
	assert_int_equal(add_key(":b", "secret of b"), 0);
	check_key("a", "secret of a");
	check_key(":a", "secret of a");
	check_key("b", "secret of b");
	assert_null(spdk_keyring_get_key("c"));
	assert_null(spdk_keyring_get_key(NULL));
	assert_null(spdk_keyring_get_key(""));
	spdk_keyring_put_key(NULL);
}

static void
a_colon_is_behind_the_name_of_a_keyring(void **state)
{
	struct spdk_key *key;

	assert_int_equal(add_key(":a:b", "with colon"), 0);
	check_key(":a:b", "with colon");
	key = spdk_keyring_get_key(":a:b");
	assert_string_equal(spdk_key_get_name(key), "a:b");
	spdk_keyring_put_key(key);
	/* There is no keyring `a`. */
	assert_null(spdk_keyring_get_key("a:b"));
	assert_int_equal(add_key("a:c", "x"), -EINVAL);
	assert_one_error("names no key of the global keyring");
	assert_int_equal(add_key(":", "x"), -EINVAL);
	assert_int_equal(add_key("", "x"), -EINVAL);
}

static void
a_name_is_given_once(void **state)
{
	assert_int_equal(add_key("a", "first"), 0);
	assert_int_equal(add_key("a", "second"), -EEXIST);
	assert_one_error("There is a key 'a' already");
	assert_int_equal(g_test.added, 1);
	check_key("a", "first");
}

static void
bad_options_are_refused(void **state)
{
	struct spdk_key_opts opts = {.name = "a", .module = &g_second, .ctx = &opts};

	assert_int_equal(spdk_keyring_add_key(NULL), -EINVAL);
	assert_int_equal(spdk_keyring_add_key(&opts), -EINVAL);
	/* As much of it as a caller knows that has no ctx. */
	opts.size = offsetof(struct spdk_key_opts, ctx);
	assert_int_equal(spdk_keyring_add_key(&opts), 0);
	assert_null(g_test.second_ctx);
	opts.module = NULL;
	opts.name = "b";
	assert_int_equal(spdk_keyring_add_key(&opts), -EINVAL);
	opts.module = &g_second;
	opts.name = NULL;
	assert_int_equal(spdk_keyring_add_key(&opts), -EINVAL);
	assert_int_equal(spdk_keyring_remove_key("a", &g_second), 0);
}

static void
what_a_module_refuses_is_not_there(void **state)
{
	g_test.add_rc = -EACCES;
	assert_int_equal(add_key("a", "x"), -EACCES);
	g_test.add_rc = 0;
	assert_null(spdk_keyring_get_key("a"));
	assert_int_equal(add_key("a", "x"), 0);
}

static void
a_removed_key_is_of_no_use_and_valid(void **state)
{
	struct spdk_key *key, *dup;
	char text[32];

	assert_int_equal(add_key("a", "old"), 0);
	key = spdk_keyring_get_key("a");
	dup = spdk_key_dup(key);
	assert_int_equal(spdk_keyring_remove_key("a", &g_module), 0);
	assert_int_equal(g_test.removed, 1);
	assert_null(spdk_keyring_get_key("a"));
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), -ENOKEY);
	assert_string_equal(spdk_key_get_name(key), "a");
	/* Another may have its name now. */
	assert_int_equal(add_key("a", "new"), 0);
	check_key("a", "new");
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), -ENOKEY);
	spdk_keyring_put_key(key);
	assert_string_equal(spdk_key_get_name(dup), "a");
	spdk_keyring_put_key(dup);
	assert_int_equal(g_test.removed, 1);
}

static void
a_key_is_removed_by_its_module_only(void **state)
{
	assert_int_equal(add_key("a", "x"), 0);
	assert_int_equal(spdk_keyring_remove_key("a", &g_second), -EINVAL);
	assert_one_error("Key 'a' is one of module 'test'");
	check_key("a", "x");
	assert_int_equal(spdk_keyring_remove_key("b", &g_module), -ENOKEY);
	assert_int_equal(spdk_keyring_remove_key(NULL, &g_module), -ENOKEY);
	assert_int_equal(spdk_keyring_remove_key(":a", &g_module), 0);
	assert_int_equal(spdk_keyring_remove_key("a", &g_module), -ENOKEY);
}

static void
a_key_that_was_asked_for_goes_with_the_last_reference(void **state)
{
	struct spdk_key *key, *again;

	g_test.probe_adds = true;
	key = spdk_keyring_get_key(":a");
	assert_non_null(key);
	assert_string_equal(g_test.probed, "a");
	again = spdk_keyring_get_key("a");
	assert_ptr_equal(again, key);
	assert_int_equal(g_test.added, 1);
	spdk_keyring_put_key(again);
	assert_int_equal(g_test.removed, 0);
	spdk_keyring_put_key(key);
	assert_int_equal(g_test.removed, 1);
	/* So does one that is removed before. */
	key = spdk_keyring_get_key("a");
	assert_int_equal(spdk_keyring_remove_key("a", &g_module), 0);
	spdk_keyring_put_key(key);
	assert_int_equal(g_test.removed, 2);
}

static void
a_module_that_lies_or_fails_is_named(void **state)
{
	g_test.probe_rc = 0;
	assert_null(spdk_keyring_get_key("a"));
	assert_one_error("'test' was asked for key 'a', and says that it has added it");
	g_test.probe_rc = -EIO;
	assert_null(spdk_keyring_get_key("a"));
	assert_one_error("'test' was asked for key 'a', and Input/output error");
}

static void
bad_buffers_are_refused(void **state)
{
	struct spdk_key *key;
	char text[4];

	assert_int_equal(add_key("a", "x"), 0);
	key = spdk_keyring_get_key("a");
	assert_int_equal(spdk_key_get_key(key, NULL, 4), -EINVAL);
	assert_int_equal(spdk_key_get_key(key, text, -1), -EINVAL);
	spdk_keyring_put_key(key);
}

static void
count_key(void *ctx, struct spdk_key *key)
{
	append(ctx, NAMES_SIZE, spdk_key_get_name(key));
}

static void
all_keys_are_told_in_the_order_of_their_coming(void **state)
{
	char names[NAMES_SIZE] = "";
	struct spdk_key *key;

	assert_int_equal(add_key("b", "x"), 0);
	assert_int_equal(add_key("a", "x"), 0);
	assert_int_equal(add_key("c", "x"), 0);
	key = spdk_keyring_get_key("a");
	assert_int_equal(spdk_keyring_remove_key("a", &g_module), 0);
	spdk_keyring_for_each_key(NULL, names, count_key, 0);
	assert_string_equal(names, "bc");
	names[0] = '\0';
	spdk_keyring_for_each_key(NULL, names, count_key, SPDK_KEYRING_FOR_EACH_ALL);
	assert_string_equal(names, "bca");
	spdk_keyring_put_key(key);
}

/* The end comes with keys in it, and with a reference that somebody has forgotten. */
static void
at_the_end_all_keys_are_removed(void **state)
{
	struct spdk_key *key;

	assert_int_equal(add_key("a", "x"), 0);
	assert_int_equal(add_key("b", "x"), 0);
	key = spdk_keyring_get_key("b");
	spdk_keyring_cleanup();
	assert_int_equal(g_test.removed, 2);
	assert_int_equal(g_test.cleanups, 1);
	assert_true(log_captured("Key 'b' of module 'test' has 1 references", NULL));
	assert_int_equal(log_capture_count(SPDK_LOG_WARN), 1);
	assert_string_equal(spdk_key_get_name(key), "b");
	spdk_keyring_put_key(key);
	/* Nothing is left to be ended. */
	spdk_keyring_cleanup();
	assert_int_equal(g_test.cleanups, 1);
	assert_int_equal(spdk_keyring_init(), 0);
	assert_int_equal(spdk_keyring_init(), -EALREADY);
	assert_int_equal(g_test.inits, 2);
}

static void
a_module_that_does_not_start_takes_those_before_it_along(void **state)
{
	spdk_keyring_cleanup();
	g_test.order[0] = '\0';
	g_test.init_rc = -ENODEV;
	assert_int_equal(spdk_keyring_init(), -ENODEV);
	assert_one_error("'second' does not start");
	assert_string_equal(g_test.order, "iIc");
	g_test.order[0] = '\0';
	g_test.init_rc = 0;
	assert_int_equal(spdk_keyring_init(), 0);
	spdk_keyring_cleanup();
	assert_string_equal(g_test.order, "iICc");
}

static void
two_modules_of_one_name_are_refused(void **state)
{
	spdk_keyring_cleanup();
	g_second.name = "test";
	assert_int_equal(spdk_keyring_init(), -EEXIST);
	assert_one_error("There are two keyring modules 'test'");
	g_second.name = "second";
	g_second.get_key = NULL;
	assert_int_equal(spdk_keyring_init(), -EINVAL);
	assert_one_error("'second' has no get_key()");
	g_second.get_key = test_get;
}

#define ROUNDS 20000

static bool g_is_over;

static void *
use_keys(void *arg)
{
	char text[32];

	while (!__atomic_load_n(&g_is_over, __ATOMIC_RELAXED)) {
		struct spdk_key *key = spdk_keyring_get_key("shared");
		struct spdk_key *dup;
		int rc;

		if (key == NULL) {
			continue;
		}
		dup = spdk_key_dup(key);
		spdk_keyring_put_key(key);
		rc = spdk_key_get_key(dup, text, sizeof(text));
		if (rc != -ENOKEY && (rc != 6 || strcmp(text, "secret") != 0)) {
			abort();
		}
		spdk_keyring_put_key(dup);
	}
	return NULL;
}

static void
os_threads_use_keys_while_they_come_and_go(void **state)
{
	pthread_t threads[3];

	g_is_over = false;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, use_keys, NULL), 0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(add_key("shared", "secret"), 0);
		assert_int_equal(spdk_keyring_remove_key("shared", &g_module), 0);
	}
	__atomic_store_n(&g_is_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	assert_int_equal(g_test.added, ROUNDS);
	assert_int_equal(g_test.removed, ROUNDS);
}

static void
without_memory_nothing_is_added_or_lost(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	long live = t_live;
	int rc = -ENOMEM, tries = 0;

	for (; rc == -ENOMEM; tries++) {
		t_allocations_left = tries;
		rc = add_key("a", "x");
		t_allocations_left = -1;
		if (rc == -ENOMEM) {
			assert_int_equal(t_live, live);
			assert_null(spdk_keyring_get_key("a"));
		}
	}
	assert_int_equal(rc, 0);
	assert_int_equal(tries, 3);
	assert_int_equal(spdk_keyring_remove_key("a", &g_module), 0);
	assert_int_equal(t_live, live);
#endif
}

#define KEYRING_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KEYRING_TEST(a_key_is_found_by_its_name),
		KEYRING_TEST(a_colon_is_behind_the_name_of_a_keyring),
		KEYRING_TEST(a_name_is_given_once),
		KEYRING_TEST(bad_options_are_refused),
		KEYRING_TEST(what_a_module_refuses_is_not_there),
		KEYRING_TEST(a_removed_key_is_of_no_use_and_valid),
		KEYRING_TEST(a_key_is_removed_by_its_module_only),
		KEYRING_TEST(a_key_that_was_asked_for_goes_with_the_last_reference),
		KEYRING_TEST(a_module_that_lies_or_fails_is_named),
		KEYRING_TEST(bad_buffers_are_refused),
		KEYRING_TEST(all_keys_are_told_in_the_order_of_their_coming),
		KEYRING_TEST(at_the_end_all_keys_are_removed),
		KEYRING_TEST(a_module_that_does_not_start_takes_those_before_it_along),
		KEYRING_TEST(two_modules_of_one_name_are_refused),
		KEYRING_TEST(os_threads_use_keys_while_they_come_and_go),
		KEYRING_TEST(without_memory_nothing_is_added_or_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
