/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file system that is full, and that cannot make zeroes: a small tmpfs, in a child process, whose
 * mounts nobody else sees.
 */
#include "modules/bdev/file/file_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/small_folder.h"

#define TMPFS_SIZE (1u * MIB)

static bool g_is_mounted;

static int
full_setup(void **state)
{
	int rc = file_setup(state);

	g_is_mounted = rc == 0 && small_folder_mount(path_of(""), "size=1m") == 0;
	return rc;
}

static int
full_teardown(void **state)
{
	if (g_raw >= 0) {
		close(g_raw);
		g_raw = -1;
	}
	if (g_is_mounted) {
		(void)umount(path_of("")); /* Else it goes with the process. */
	}
	return file_teardown(state);
}

static void
a_file_system_becomes_full_and_has_room_again(void **state)
{
	struct outcome outcome = {.keeps = true};
	struct opened opened;
	int found = 0;

	if (!g_is_mounted) {
		skip(); /* Not permitted here. */
	}
	make_file("a", 8 * MIB);
	create_disk("a", g_subject.module->has_options ? ",\"fallocate\":true" : "");
	opened = open_disk(true);
	fill_pattern(g_buf, 2 * TMPFS_SIZE, 20);
	assert_int_equal(spdk_bdev_write(opened.desc, opened.ch, g_buf, 0, 2 * TMPFS_SIZE,
					 note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_false(outcome.success);
	spdk_bdev_io_get_aio_status(outcome.io, &found);
	assert_int_equal(found, -ENOSPC);
	spdk_bdev_free_io(outcome.io);
	assert_int_equal(
		spdk_bdev_unmap(opened.desc, opened.ch, 0, 2 * TMPFS_SIZE, note_outcome, &outcome),
		0);
	wait_for(&outcome, 2);
	assert_true(outcome.success);
	spdk_bdev_free_io(outcome.io);
	assert_int_equal(spdk_bdev_write(opened.desc, opened.ch, g_buf, 7 * MIB, TMPFS_SIZE / 2,
					 note_outcome, &outcome),
			 0);
	wait_for(&outcome, 3);
	assert_true(outcome.success);
	spdk_bdev_free_io(outcome.io);
	assert_raw_pattern(7 * MIB, TMPFS_SIZE / 2, 20);
	fake_close(&opened);
	delete_disk();
}

static void
zeroes_are_holes_where_there_are_no_zeroes(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;

	if (!g_is_mounted) {
		skip();
	}
	make_file("a", MIB);
	memset(g_buf, 0xAA, MIB / 2);
	assert_int_equal(pwrite(g_raw, g_buf, MIB / 2, 0), MIB / 2);
	create_disk("a", g_subject.module->has_options ? ",\"fallocate\":true" : "");
	opened = open_disk(true);
	assert_int_equal(spdk_bdev_write_zeroes(opened.desc, opened.ch, FILE_BLOCK, MIB / 4,
						note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_raw_zeroes(FILE_BLOCK, MIB / 4);
	assert_int_equal(g_kernel.ops[FILE_OP_WRITE], 0);
	fake_close(&opened);
	delete_disk();
}

static int
run_in_child(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_system_becomes_full_and_has_room_again,
						full_setup, full_teardown),
		cmocka_unit_test_setup_teardown(zeroes_are_holes_where_there_are_no_zeroes,
						full_setup, full_teardown),
	};

	return cmocka_run_group_tests_name("full", tests, NULL, NULL);
}

int
file_run_full_tests(void)
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		exit(run_in_child());
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ?
		       WEXITSTATUS(status) :
		       1;
}
