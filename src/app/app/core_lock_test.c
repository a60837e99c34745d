/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks on cores: other processes see them, nobody else's is broken, and no file in the way keeps
 * an application from starting.
 */
#include "app/app/core_lock.h"
#include "base/log_capture.h"
#include "spdk/env.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include <cmocka.h>

#define PATH_SIZE  256
#define NOBODY     65534
#define RACE_TURNS 500
#define HOLDER     "core_holder"

static char g_folder[] = "/tmp/core_lock_test.XXXXXX";

static const char *
path_of(uint32_t core)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/spdk_cpu_lock_%03u", g_folder, core);
	return path;
}

static bool
is_there(uint32_t core)
{
	struct stat status;

	return lstat(path_of(core), &status) == 0;
}

/* Who has locked the file of a core, as another process sees it; 0: nobody. */
static pid_t
seen_holder(uint32_t core)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int pipe_fds[2], fd;
	pid_t child, seen = -1;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0) {
		fd = open(path_of(core), O_RDWR);
		if (fd >= 0 && fcntl(fd, F_GETLK, &lock) != 0) {
			_exit(1);
		}
		seen = fd < 0 || lock.l_type == F_UNLCK ? 0 : lock.l_pid;
		_exit(write(pipe_fds[1], &seen, sizeof(seen)) != sizeof(seen));
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &seen, sizeof(seen)), sizeof(seen));
	close(pipe_fds[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return seen;
}

/* A process that locks a core in the way the reference does, until it is killed. */
static pid_t
start_holder(uint32_t core)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int pipe_fds[2], fd;
	char ready = 0;
	pid_t child;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_NAME, HOLDER);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = open(path_of(core), O_RDWR | O_CREAT, 0600);
		if (fd < 0 || fcntl(fd, F_SETLK, &lock) != 0 || write(pipe_fds[1], "+", 1) != 1) {
			_exit(1);
		}
		while (true) {
			pause();
		}
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &ready, 1), 1);
	close(pipe_fds[0]);
	return child;
}

static void
kill_holder(pid_t holder)
{
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
}

static void
in_child(bool (*run)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		_exit(run() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool
has_logged(const char *part)
{
	if (strstr(g_log_capture.text, part) == NULL) {
		fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, g_log_capture.text);
		return false;
	}
	return true;
}

static int
open_lock_files(void)
{
	struct dirent *entry;
	char path[PATH_SIZE], target[PATH_SIZE];
	DIR *dir = opendir("/proc/self/fd");
	ssize_t len;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/fd/%.16s", entry->d_name);
		len = readlink(path, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		count += strstr(target, "spdk_cpu_lock_") != NULL;
	}
	closedir(dir);
	return count;
}

static int
init_env(const char *mask)
{
	struct spdk_env_opts opts;

	opts.opts_size = sizeof(opts);
	spdk_env_opts_init(&opts);
	opts.core_mask = mask;
	opts.no_pci = true;
	return spdk_env_init(&opts);
}

static int
start_env(void **state)
{
	if (mkdtemp(g_folder) == NULL || chmod(g_folder, 01777) != 0) {
		return -1;
	}
	core_locks_set_folder(g_folder);
	return init_env("0x7");
}

static int
stop_env(void **state)
{
	spdk_env_fini();
	core_locks_set_folder(NULL);
	return rmdir(g_folder);
}

static int
start_log(void **state)
{
	log_capture_start();
	return 0;
}

static int
clean(void **state)
{
	core_locks_drop();
	log_capture_stop();
	for (uint32_t core = 0; core < 3; core++) {
		(void)unlink(path_of(core));
	}
	return 0;
}

static void
cores_are_locked_for_others_to_see(void **state)
{
	assert_int_equal(core_locks_take(true), 0);
	for (uint32_t core = 0; core < 3; core++) {
		assert_true(core_lock_is_held(core));
		assert_int_equal(seen_holder(core), getpid());
	}
	assert_false(core_lock_is_held(3));
	assert_false(core_lock_is_held(UINT32_MAX));
	assert_false(is_there(3));
	core_locks_drop();
	for (uint32_t core = 0; core < 3; core++) {
		assert_false(core_lock_is_held(core));
		assert_false(is_there(core));
	}
	assert_int_equal(open_lock_files(), 0);
	assert_nothing_logged();
}

/* In a child, since its parent must not open the file. */
static bool
file_has_parents_pid(void)
{
	int fd = open(path_of(1), O_RDONLY);
	char bytes[64];
	int pid;

	if (fd < 0 || read(fd, bytes, sizeof(bytes)) != sizeof(pid)) {
		return false;
	}
	memcpy(&pid, bytes, sizeof(pid));
	return pid == getppid();
}

static void
the_file_has_the_pid_as_the_reference_reads_it(void **state)
{
	FILE *file = fopen(path_of(1), "w");

	assert_non_null(file);
	fprintf(file, "a longer text that somebody left here");
	fclose(file);
	assert_int_equal(core_locks_take(true), 0);
	in_child(file_has_parents_pid);
}

static void
an_explicit_core_that_is_locked_names_the_holder(void **state)
{
	pid_t holder = start_holder(1);
	char text[64];

	assert_int_equal(core_locks_take(true), -EBUSY);
	snprintf(text, sizeof(text), "Core 1 is locked by process %d (" HOLDER ")", holder);
	assert_true(has_logged(text));
	assert_true(has_logged("-m"));
	assert_one_error("--disable-cpumask-locks");
	/* Nothing is left of those that were free, and the holder's is as it was. */
	assert_false(core_lock_is_held(0));
	assert_false(is_there(0));
	assert_false(is_there(2));
	assert_int_equal(seen_holder(1), holder);
	kill_holder(holder);
}

static void
a_default_core_that_is_locked_is_done_without(void **state)
{
	pid_t holder = start_holder(1);
	char text[64];

	assert_int_equal(core_locks_take(false), 0);
	snprintf(text, sizeof(text), "Core 1 is locked by process %d (" HOLDER ")", holder);
	assert_one_notice(text);
	assert_true(core_lock_is_held(0));
	assert_false(core_lock_is_held(1));
	assert_true(core_lock_is_held(2));
	core_locks_drop();
	assert_true(is_there(1));
	assert_int_equal(seen_holder(1), holder);
	kill_holder(holder);
}

static void
what_a_killed_process_left_is_taken_over(void **state)
{
	kill_holder(start_holder(1));
	assert_true(is_there(1));
	assert_int_equal(core_locks_take(true), 0);
	assert_int_equal(seen_holder(1), getpid());
	core_locks_drop();
	assert_false(is_there(1));
	assert_nothing_logged();
}

static void
taking_twice_keeps_what_is_held(void **state)
{
	pid_t holder = start_holder(2);

	assert_int_equal(core_locks_take(false), 0);
	log_capture_start();
	assert_int_equal(open_lock_files(), 2);
	assert_int_equal(core_locks_take(true), -EBUSY);
	assert_one_error("Core 2");
	assert_int_equal(open_lock_files(), 2);
	assert_int_equal(seen_holder(0), getpid());
	assert_int_equal(seen_holder(1), getpid());
	kill_holder(holder);
	assert_int_equal(core_locks_take(true), 0);
	assert_int_equal(open_lock_files(), 3);
	for (uint32_t core = 0; core < 3; core++) {
		assert_int_equal(seen_holder(core), getpid());
	}
}

static void
links_are_not_followed(void **state)
{
	char target[PATH_SIZE];
	struct stat status;
	FILE *file;

	snprintf(target, sizeof(target), "%s/target", g_folder);
	file = fopen(target, "w");
	assert_non_null(file);
	fprintf(file, "precious");
	fclose(file);
	assert_int_equal(symlink(target, path_of(0)), 0);
	assert_int_equal(core_locks_take(true), 0);
	assert_one_notice("it is a symbolic link, which is not followed");
	assert_false(core_lock_is_held(0));
	assert_true(core_lock_is_held(1));
	core_locks_drop();
	assert_true(is_there(0));
	assert_int_equal(stat(target, &status), 0);
	assert_int_equal(status.st_size, strlen("precious"));
	assert_int_equal(unlink(target), 0);
}

static void
what_is_no_file_is_left_alone(void **state)
{
	assert_int_equal(mkfifo(path_of(0), 0600), 0);
	assert_int_equal(core_locks_take(true), 0);
	assert_one_notice("it is no regular file");
	assert_false(core_lock_is_held(0));
	core_locks_drop();
	assert_true(is_there(0));
}

static bool
nobody_finds_it_locked(void)
{
	if (setuid(NOBODY) != 0 || core_locks_take(true) != -EBUSY || !has_logged(HOLDER)) {
		return false;
	}
	log_capture_start();
	if (core_locks_take(false) != 0 || !has_logged(HOLDER) || core_lock_is_held(1)) {
		return false;
	}
	core_locks_drop();
	return log_capture_count(SPDK_LOG_NOTICE) == 1;
}

static bool
nobody_goes_on(void)
{
	if (setuid(NOBODY) != 0 || core_locks_take(true) != 0 ||
	    !has_logged("it belongs to another user")) {
		return false;
	}
	if (!core_lock_is_held(0) || core_lock_is_held(1)) {
		return false;
	}
	core_locks_drop();
	return log_capture_count(SPDK_LOG_NOTICE) == 1 && log_capture_count(SPDK_LOG_ERROR) == 0;
}

static void
another_users_file_is_an_obstacle_only_while_it_is_locked(void **state)
{
	pid_t holder;

	if (getuid() != 0) {
		skip();
	}
	holder = start_holder(1);
	in_child(nobody_finds_it_locked);
	kill_holder(holder);
	assert_true(is_there(1));
	in_child(nobody_goes_on);
}

static bool
childs_view(void)
{
	if (core_lock_is_held(0) || core_locks_take(true) != -EBUSY) {
		return false;
	}
	core_locks_drop();
	return is_there(0) && is_there(1) && is_there(2);
}

static void
a_forked_child_has_none_of_the_locks(void **state)
{
	assert_int_equal(core_locks_take(true), 0);
	in_child(childs_view);
	for (uint32_t core = 0; core < 3; core++) {
		assert_int_equal(seen_holder(core), getpid());
	}
}

static void
a_file_that_took_the_place_of_ours_stays(void **state)
{
	pid_t holder;

	assert_int_equal(core_locks_take(true), 0);
	assert_int_equal(unlink(path_of(1)), 0);
	holder = start_holder(1);
	core_locks_drop();
	assert_true(is_there(1));
	assert_int_equal(seen_holder(1), holder);
	kill_holder(holder);
}

/* Takes and drops as fast as it can; false when it was not alone while it had the lock. */
static bool
race(_Atomic int *holders_count)
{
	int turns = 0;

	while (turns < RACE_TURNS) {
		if (core_locks_take(true) != 0) {
			/* Who has it is known, or else it is to be had. */
			if (!has_logged("is locked by process ")) {
				return false;
			}
			log_capture_start();
			continue;
		}
		if (atomic_fetch_add(holders_count, 1) != 0) {
			return false;
		}
		turns++;
		/* Long enough for another one that is mistaken to come in. */
		usleep(50);
		atomic_fetch_sub(holders_count, 1);
		core_locks_drop();
	}
	return true;
}

static void
there_is_never_more_than_one_holder(void **state)
{
	_Atomic int *holders_count;
	pid_t children[3];
	int status;

	holders_count = mmap(NULL, sizeof(*holders_count), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(holders_count != MAP_FAILED);
	/* One core, so that a lock that means nothing is not made up for by the next one. */
	spdk_env_fini();
	assert_int_equal(init_env("0x1"), 0);
	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			_exit(race(holders_count) ? 0 : 1);
		}
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	munmap(holders_count, sizeof(*holders_count));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cores_are_locked_for_others_to_see, start_log,
						clean),
		cmocka_unit_test_setup_teardown(the_file_has_the_pid_as_the_reference_reads_it,
						start_log, clean),
		cmocka_unit_test_setup_teardown(an_explicit_core_that_is_locked_names_the_holder,
						start_log, clean),
		cmocka_unit_test_setup_teardown(a_default_core_that_is_locked_is_done_without,
						start_log, clean),
		cmocka_unit_test_setup_teardown(what_a_killed_process_left_is_taken_over, start_log,
						clean),
		cmocka_unit_test_setup_teardown(taking_twice_keeps_what_is_held, start_log, clean),
		cmocka_unit_test_setup_teardown(links_are_not_followed, start_log, clean),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_left_alone, start_log, clean),
		cmocka_unit_test_setup_teardown(
			another_users_file_is_an_obstacle_only_while_it_is_locked, start_log,
			clean),
		cmocka_unit_test_setup_teardown(a_forked_child_has_none_of_the_locks, start_log,
						clean),
		cmocka_unit_test_setup_teardown(a_file_that_took_the_place_of_ours_stays, start_log,
						clean),
		cmocka_unit_test_setup_teardown(there_is_never_more_than_one_holder, start_log,
						clean),
	};

	return cmocka_run_group_tests(tests, start_env, stop_env);
}
