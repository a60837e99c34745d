/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods that lock and unlock the cores of a program, with another process in the way.
 */
#include "app/app/lock_folder_fixture.h"
#include "app/rpc/app_rpc_fixture.h"

#include <sys/prctl.h>
#include <sys/wait.h>

static void
locks_come_and_go(void **state)
{
	expect("framework_enable_cpumask_locks", NULL, "true");
	assert_true(core_lock_is_held(0));
	assert_true(core_lock_is_held(1));
	expect("framework_enable_cpumask_locks", NULL, "true");
	assert_true(core_lock_is_held(1));
	expect("framework_disable_cpumask_locks", NULL, "true");
	assert_false(core_lock_is_held(0));
	assert_false(core_lock_is_held(1));
	expect("framework_disable_cpumask_locks", NULL, "true");
}

/* Another process that has locked core 1. */
static pid_t
start_holder(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int pipe_fds[2], fd;
	char path[128], ready;
	pid_t child;

	snprintf(path, sizeof(path), "%s/spdk_cpu_lock_001", g_lock_folder);
	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || fcntl(fd, F_SETLK, &lock) != 0 || write(pipe_fds[1], "+", 1) != 1) {
			_exit(1);
		}
		pause();
	}
	assert_int_equal(read(pipe_fds[0], &ready, 1), 1);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return child;
}

static void
who_has_locked_a_core_is_named(void **state)
{
	pid_t holder = start_holder();
	char text[64];

	snprintf(text, sizeof(text), "Core 1 is locked by process %d (", holder);
	expect_error("framework_enable_cpumask_locks", NULL, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
		     text, "End that process", NULL);
	assert_false(core_lock_is_held(0));
	assert_false(core_lock_is_held(1));
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	expect("framework_enable_cpumask_locks", NULL, "true");
	assert_true(core_lock_is_held(1));
	expect("framework_disable_cpumask_locks", NULL, "true");
}

static int
start(void **state)
{
	if (make_lock_folder(state) != 0) {
		return -1;
	}
	/* Before the subsystems are up, where the methods may be called as well. */
	app_up("0x3");
	return 0;
}

static int
stop(void **state)
{
	app_down();
	return remove_lock_folder(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_come_and_go),
		cmocka_unit_test(who_has_locked_a_core_is_named),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
