/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys that are in files: which files are keys, and what is read of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/keyring.h"
#include "spdk/module/keyring/file.h"

#include <sys/stat.h>

static char g_folder[] = "/tmp/spindle_keyring_XXXXXX";
static char g_path[64];

/* Writes the file of the test. */
static void
write_file(const char *bytes, size_t size, mode_t mode)
{
	int fd = open(g_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
setup(void **state)
{
	log_capture_start();
	write_file("secret\n", 7, 0600);
	return spdk_keyring_init();
}

static int
teardown(void **state)
{
	spdk_keyring_cleanup();
	log_capture_stop();
	return unlink(g_path);
}

static int
setup_all(void **state)
{
	if (mkdtemp(g_folder) == NULL) {
		return -1;
	}
	snprintf(g_path, sizeof(g_path), "%s/key", g_folder);
	return 0;
}

static int
teardown_all(void **state)
{
	return rmdir(g_folder);
}

static void
a_key_is_all_of_its_file(void **state)
{
	struct spdk_key *key;
	char text[16];

	assert_int_equal(spdk_keyring_file_add_key("k", g_path), 0);
	key = spdk_keyring_get_key("k");
	assert_non_null(key);
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), 7);
	assert_memory_equal(text, "secret\n", 7);
	/* Exactly enough, and one byte less. */
	assert_int_equal(spdk_key_get_key(key, text, 7), 7);
	assert_int_equal(spdk_key_get_key(key, text, 6), -ENOBUFS);
	assert_one_error("cannot be read");
	/* It is read anew each time. */
	write_file("\0\1", 2, 0400);
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), 2);
	assert_memory_equal(text, "\0\1", 2);
	spdk_keyring_put_key(key);
}

static void
a_file_that_others_may_use_is_no_key(void **state)
{
	static const mode_t bad[] = {0700, 0640, 0620, 0610, 0604, 0602, 0601};
	struct spdk_key *key;
	char text[16];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(chmod(g_path, bad[i]), 0);
		assert_int_equal(spdk_keyring_file_add_key("k", g_path), -EPERM);
		assert_one_error("chmod 0600");
		assert_null(spdk_keyring_get_key("k"));
	}
	/* Nor is one that has become so since. */
	assert_int_equal(chmod(g_path, 0600), 0);
	assert_int_equal(spdk_keyring_file_add_key("k", g_path), 0);
	key = spdk_keyring_get_key("k");
	assert_int_equal(chmod(g_path, 0644), 0);
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), -EPERM);
	assert_one_error("mode 0644");
	spdk_keyring_put_key(key);
}

/* As root, there is always another user; else, root's files are those of another. */
static void
a_file_of_another_user_is_no_key(void **state)
{
	if (geteuid() == 0) {
		assert_int_equal(chown(g_path, 12345, (gid_t)-1), 0);
		assert_int_equal(spdk_keyring_file_add_key("k", g_path), -EPERM);
	} else {
		assert_int_equal(spdk_keyring_file_add_key("k", "/etc/passwd"), -EPERM);
	}
	assert_one_error("chown it");
}

static void
what_is_no_ordinary_file_is_no_key(void **state)
{
	char fifo[80];

	assert_int_equal(spdk_keyring_file_add_key("k", g_folder), -EPERM);
	assert_one_error("is not an ordinary file");
	/* Opening it would wait for a writer. */
	snprintf(fifo, sizeof(fifo), "%s/fifo", g_folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(spdk_keyring_file_add_key("k", fifo), -EPERM);
	assert_one_error("is not an ordinary file");
	assert_int_equal(unlink(fifo), 0);
}

static void
a_file_that_is_not_there_is_no_key(void **state)
{
	char missing[80];

	snprintf(missing, sizeof(missing), "%s/missing", g_folder);
	assert_int_equal(spdk_keyring_file_add_key("k", missing), -ENOENT);
	assert_one_error("cannot be opened: No such file");
	assert_int_equal(spdk_keyring_file_add_key("k", "key"), -EINVAL);
	assert_one_error("must begin with '/'");
	assert_int_equal(spdk_keyring_file_add_key("k", ""), -EINVAL);
	assert_int_equal(spdk_keyring_file_add_key(NULL, g_path), -EINVAL);
	assert_int_equal(spdk_keyring_file_add_key("k", NULL), -EINVAL);
}

static void
a_key_has_an_end(void **state)
{
	static char bytes[4097];

	write_file(bytes, 4096, 0600);
	assert_int_equal(spdk_keyring_file_add_key("k", g_path), 0);
	write_file(bytes, 4097, 0600);
	assert_int_equal(spdk_keyring_file_add_key("l", g_path), -EPERM);
	assert_one_error("has 4097 bytes, and a key has at most 4096");
}

static void
removing_a_key_leaves_its_file(void **state)
{
	struct spdk_key *key;
	char text[16];

	assert_int_equal(spdk_keyring_file_add_key("k", g_path), 0);
	assert_int_equal(spdk_keyring_file_add_key("k", g_path), -EEXIST);
	assert_one_error("There is a key 'k' already");
	key = spdk_keyring_get_key("k");
	assert_int_equal(spdk_keyring_file_remove_key("k"), 0);
	assert_int_equal(spdk_key_get_key(key, text, sizeof(text)), -ENOKEY);
	spdk_keyring_put_key(key);
	assert_int_equal(spdk_keyring_file_remove_key("k"), -ENOKEY);
	assert_int_equal(access(g_path, R_OK), 0);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(a_key_is_all_of_its_file),
		FILE_TEST(a_file_that_others_may_use_is_no_key),
		FILE_TEST(a_file_of_another_user_is_no_key),
		FILE_TEST(what_is_no_ordinary_file_is_no_key),
		FILE_TEST(a_file_that_is_not_there_is_no_key),
		FILE_TEST(a_key_has_an_end),
		FILE_TEST(removing_a_key_leaves_its_file),
	};

	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
