/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Claims: exclusive between processes, gone with the process, and not to be led astray by what
 * others put into the folder.
 */
#include "env/posix/pci_internal.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "env/posix/fake_sysfs.h"

#define LOCK_NAME "spdk_pci_lock_0012:34:15.6"

static struct spdk_pci_device g_device = {
	.addr = {.domain = 0x12, .bus = 0x34, .dev = 0x15, .func = 6},
	.internal = {.claim_fd = -1},
};

static int
setup(void **state)
{
	fake_sysfs_setup(state);
	pci_claim_set_dir(g_fake_sysfs);
	log_capture_start();
	return 0;
}

static int
teardown(void **state)
{
	log_capture_stop();
	pci_claim_set_dir(NULL);
	return fake_sysfs_teardown(state);
}

/* What a child that tries to claim the device gets; it ends right after. */
static int
claim_in_child(void)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		g_device.internal.claim_fd = -1;
		_exit(-spdk_pci_device_claim(&g_device));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void
claim_excludes_other_processes(void **state)
{
	struct stat status;

	assert_int_equal(spdk_pci_device_claim(&g_device), 0);
	assert_int_equal(lstat(fake_sysfs_path(LOCK_NAME), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(claim_in_child(), -EACCES);
	/* The attempt has not taken the lock away from us. */
	assert_int_equal(claim_in_child(), -EACCES);
	spdk_pci_device_unclaim(&g_device);
	assert_int_equal(lstat(fake_sysfs_path(LOCK_NAME), &status), -1);
	assert_int_equal(claim_in_child(), 0);
	/* The child has ended without a word; its file means nothing now. */
	assert_int_equal(lstat(fake_sysfs_path(LOCK_NAME), &status), 0);
	assert_int_equal(spdk_pci_device_claim(&g_device), 0);
	spdk_pci_device_unclaim(&g_device);
	spdk_pci_device_unclaim(&g_device);
	assert_nothing_logged();
}

static void
second_claim_in_the_process_is_refused(void **state)
{
	assert_int_equal(spdk_pci_device_claim(&g_device), 0);
	assert_int_equal(spdk_pci_device_claim(&g_device), -EACCES);
	assert_one_error("0012:34:15.6 is claimed by this process already");
	assert_int_equal(claim_in_child(), -EACCES);
	spdk_pci_device_unclaim(&g_device);
}

static void
holder_is_named(void **state)
{
	int ready[2], done[2];
	char byte = 0, text[64];
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(done[1]);
		byte = spdk_pci_device_claim(&g_device) == 0;
		_exit(write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	assert_int_equal(spdk_pci_device_claim(&g_device), -EACCES);
	snprintf(text, sizeof(text), "claimed by process %d (", child);
	assert_one_error(text);
	close(done[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ready[0]);
	close(ready[1]);
	close(done[0]);
}

static void
symbolic_link_is_not_followed(void **state)
{
	struct stat status;

	fake_sysfs_link(LOCK_NAME, "victim");
	assert_int_equal(spdk_pci_device_claim(&g_device), -ELOOP);
	assert_one_error("symbolic link");
	fake_sysfs_write("victim", "precious");
	assert_int_equal(spdk_pci_device_claim(&g_device), -ELOOP);
	assert_one_error("symbolic link");
	assert_int_equal(stat(fake_sysfs_path("victim"), &status), 0);
	assert_int_equal(status.st_size, 8);
	assert_int_equal(g_device.internal.claim_fd, -1);
}

static void
what_is_no_file_is_explained(void **state)
{
	assert_int_equal(mkdir(fake_sysfs_path(LOCK_NAME), 0700), 0);
	assert_int_equal(spdk_pci_device_claim(&g_device), -EISDIR);
	assert_one_error(LOCK_NAME);
	pci_claim_set_dir("/nonexistent");
	assert_int_equal(spdk_pci_device_claim(&g_device), -ENOENT);
	assert_one_error("/nonexistent");
}

/* By a user without rights, who is told that text. */
static void
expect_refused_to_nobody(const char *text)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		if (setresuid(65534, 65534, 65534) != 0) {
			_exit(1);
		}
		_exit(spdk_pci_device_claim(&g_device) == -EACCES &&
				      strstr(g_log_capture.text, text) != NULL ?
			      0 :
			      2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
file_of_another_user_is_explained(void **state)
{
	if (geteuid() != 0) {
		skip();
	}
	fake_sysfs_write(LOCK_NAME, "");
	assert_int_equal(chmod(fake_sysfs_path(LOCK_NAME), 0600), 0);
	assert_int_equal(chmod(g_fake_sysfs, 01777), 0);
	expect_refused_to_nobody("Another user made it");
}

static void
folder_of_another_user_is_explained(void **state)
{
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(chmod(g_fake_sysfs, 0755), 0);
	expect_refused_to_nobody("may not make files in that folder");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(claim_excludes_other_processes, setup, teardown),
		cmocka_unit_test_setup_teardown(second_claim_in_the_process_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(holder_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(symbolic_link_is_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_explained, setup, teardown),
		cmocka_unit_test_setup_teardown(file_of_another_user_is_explained, setup, teardown),
		cmocka_unit_test_setup_teardown(folder_of_another_user_is_explained, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("pci_claim", tests, NULL, NULL);
}
