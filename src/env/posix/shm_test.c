/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of shared memory: seen by others, replaced when their process is gone and not before, and
 * refused, not answered by a signal, when memory is short.
 */
#include "base/small_folder.h"
#include "env/env_internal.h"
#include "spdk/stdinc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SIZE 16384

static char g_folder[] = "/tmp/env_shm.XXXXXX";

static int
make_folder(void **state)
{
	if (mkdtemp(g_folder) == NULL) {
		return -errno;
	}
	env_shm_set_folder(g_folder);
	return 0;
}

static int
remove_folder(void **state)
{
	env_shm_set_folder(NULL);
	return rmdir(g_folder);
}

static bool
is_there(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", g_folder, name);
	return access(path, F_OK) == 0;
}

static void
what_is_written_can_be_read_by_name(void **state)
{
	const char *mapped;
	struct env_shm shm;
	char text[4] = "";
	int fd;

	assert_int_equal(env_shm_create("/one", SIZE, &shm), 0);
	assert_int_equal(env_shm_reserve(&shm, 0, SIZE), 0);
	memcpy((char *)shm.addr + 4096, "abc", 4);
	fd = env_shm_open("/one");
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, text, sizeof(text), 4096), sizeof(text));
	assert_string_equal(text, "abc");
	mapped = env_shm_map(fd, 4096, 4096);
	assert_non_null(mapped);
	assert_string_equal(mapped, "abc");
	env_region_release((void *)(uintptr_t)mapped, 4096);
	close(fd);
	env_shm_close(&shm, true);
	assert_false(is_there("/one"));
}

static void
a_file_that_is_left_stays_and_the_next_of_its_name_begins_anew(void **state)
{
	struct env_shm shm;

	assert_int_equal(env_shm_create("/left", SIZE, &shm), 0);
	((char *)shm.addr)[0] = 7;
	env_shm_close(&shm, false);
	assert_true(is_there("/left"));
	assert_int_equal(env_shm_create("/left", SIZE, &shm), 0);
	assert_int_equal(((char *)shm.addr)[0], 0);
	env_shm_close(&shm, true);
	assert_false(is_there("/left"));
}

static void
a_file_of_a_live_process_is_not_taken(void **state)
{
	struct env_shm shm, second = {.fd = 77};

	assert_int_equal(env_shm_create("/held", SIZE, &shm), 0);
	assert_int_equal(env_shm_create("/held", SIZE, &second), -EBUSY);
	assert_int_equal(second.fd, 77);
	assert_true(is_there("/held"));
	env_shm_close(&shm, true);
}

static bool
goes(int fd)
{
	char first = 1;

	assert_int_equal(pread(fd, &first, 1, 0), 1);
	return first == 0;
}

static void
abandoned_files_are_removed_unless_somebody_wants_them(void **state)
{
	struct env_shm shm[3], other;

	assert_int_equal(env_shm_create("/a_trace.1", SIZE, &shm[0]), 0);
	assert_int_equal(env_shm_create("/a_trace.2", SIZE, &shm[1]), 0);
	assert_int_equal(env_shm_create("/a_trace.3", SIZE, &shm[2]), 0);
	assert_int_equal(env_shm_create("/b_trace.1", SIZE, &other), 0);
	((char *)shm[1].addr)[0] = 1;
	env_shm_close(&shm[0], false);
	env_shm_close(&shm[1], false);
	env_shm_close(&other, false);
	env_shm_remove_dead("/a_trace.", goes);
	assert_false(is_there("/a_trace.1"));
	assert_true(is_there("/a_trace.2"));
	assert_true(is_there("/a_trace.3"));
	assert_true(is_there("/b_trace.1"));
	env_shm_close(&shm[2], true);
	assert_int_equal(env_shm_create("/a_trace.2", SIZE, &shm[1]), 0);
	env_shm_close(&shm[1], true);
	env_shm_remove_dead("/b_trace.", goes);
	assert_false(is_there("/b_trace.1"));
}

static void
names_that_lead_elsewhere_are_refused(void **state)
{
	char long_name[ENV_SHM_PATH_SIZE + 1], path[512];
	struct env_shm shm;

	assert_int_equal(env_shm_create("name", SIZE, &shm), -EINVAL);
	assert_int_equal(env_shm_create("/", SIZE, &shm), -EINVAL);
	assert_int_equal(env_shm_create("/../name", SIZE, &shm), -EINVAL);
	assert_int_equal(env_shm_open("/../name"), -EINVAL);
	assert_int_equal(env_shm_open("/none"), -ENOENT);
	memset(long_name, 'n', sizeof(long_name));
	long_name[0] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(env_shm_create(long_name, SIZE, &shm), -ENAMETOOLONG);
	/* What is no file is neither followed nor removed. */
	snprintf(path, sizeof(path), "%s/link", g_folder);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(env_shm_create("/link", SIZE, &shm), -ELOOP);
	assert_int_equal(env_shm_open("/link"), -ELOOP);
	env_shm_remove_dead("/link", NULL);
	assert_true(is_there("/link"));
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/pipe", g_folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(env_shm_create("/pipe", SIZE, &shm), -EEXIST);
	assert_int_equal(unlink(path), 0);
	env_shm_set_folder("/nowhere");
	assert_int_equal(env_shm_create("/name", SIZE, &shm), -ENOENT);
	env_shm_remove_dead("/name", NULL);
	env_shm_set_folder(g_folder);
}

/* In a process of its own, which has a small tmpfs at its folder. Exit status 77: it may not. */
static int
fill_small_folder(void)
{
	struct env_shm shm;

	if (small_folder_mount(g_folder, "size=64k") != 0) {
		return 77;
	}
	if (env_shm_create("/big", 1 << 20, &shm) != 0 || env_shm_reserve(&shm, 0, 16384) != 0) {
		return 1;
	}
	if (env_shm_reserve(&shm, 16384, 1 << 19) != -ENOSPC) {
		return 2;
	}
	memset(shm.addr, 1, 16384);
	env_shm_close(&shm, true);
	return 0;
}

static void
a_folder_that_is_full_is_an_error_and_no_signal(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(fill_small_folder());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read_by_name),
		cmocka_unit_test(a_file_that_is_left_stays_and_the_next_of_its_name_begins_anew),
		cmocka_unit_test(a_file_of_a_live_process_is_not_taken),
		cmocka_unit_test(abandoned_files_are_removed_unless_somebody_wants_them),
		cmocka_unit_test(names_that_lead_elsewhere_are_refused),
		cmocka_unit_test(a_folder_that_is_full_is_an_error_and_no_signal),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
