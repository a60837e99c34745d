/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting and waking, with the system call of new kernels and with what older ones have. Times are
 * only bounded from below, or so widely that a busy machine stays within them.
 */
#include "env/env_internal.h"
#include "spdk/env.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include <setjmp.h>

#include <cmocka.h>

#define LONG_MS        10000
#define SHORT_MS       30
#define DEADLINE_TRIES 5
#define LATE_MS_MAX    20

static uint64_t
ms_to_ticks(uint64_t ms)
{
	return spdk_get_ticks_hz() / 1000 * ms;
}

static uint64_t
in_ms(uint64_t ms)
{
	return spdk_get_ticks() + ms_to_ticks(ms);
}

/* Waits at most so long; whether it was shorter. */
static bool
ends_early(struct env_waiter *waiter, uint64_t ms)
{
	uint64_t deadline = in_ms(ms);

	env_waiter_wait(waiter, deadline);
	return spdk_get_ticks() < deadline;
}

static int
setup(void **state)
{
	return env_waiter_create((struct env_waiter **)state);
}

static int
teardown(void **state)
{
	env_waiter_destroy(*state);
	return 0;
}

static void
wake_before_the_wait_ends_it(void **state)
{
	env_waiter_wake(*state);
	assert_true(ends_early(*state, LONG_MS));
}

static void
wakes_are_remembered_not_counted(void **state)
{
	for (int i = 0; i < 3; i++) {
		env_waiter_wake(*state);
	}
	assert_true(ends_early(*state, LONG_MS));
	assert_false(ends_early(*state, SHORT_MS));
	/* Nor does one that was used up keep the next one from being seen. */
	env_waiter_wake(*state);
	assert_true(ends_early(*state, LONG_MS));
}

static void
wait_lasts_until_the_deadline_and_little_longer(void **state)
{
	uint64_t late, least_late = UINT64_MAX;

	for (uint64_t us = 1; us < 5000; us = us * 3 + 1) {
		uint64_t deadline = spdk_get_ticks() + us * spdk_get_ticks_hz() / 1000000;

		env_waiter_wait(*state, deadline);
		assert_true(spdk_get_ticks() >= deadline);
	}
	for (int i = 0; i < DEADLINE_TRIES; i++) {
		uint64_t deadline = in_ms(2);

		env_waiter_wait(*state, deadline);
		late = spdk_get_ticks() - deadline;
		least_late = late < least_late ? late : least_late;
	}
	assert_true(least_late < ms_to_ticks(LATE_MS_MAX));
}

static void
past_deadline_does_not_wait_or_forget(void **state)
{
	uint64_t start = spdk_get_ticks();

	env_waiter_wake(*state);
	env_waiter_wait(*state, 0);
	env_waiter_wait(*state, start);
	assert_true(ends_early(*state, LONG_MS));
}

static void *
wake_later(void *arg)
{
	struct timespec pause = {.tv_nsec = 20000000};

	nanosleep(&pause, NULL);
	env_waiter_wake(arg);
	return NULL;
}

static void
other_thread_wakes_one_that_waits_for_ever(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wake_later, *state), 0);
	env_waiter_wait(*state, ENV_WAIT_FOREVER);
	pthread_join(thread, NULL);
	assert_false(ends_early(*state, SHORT_MS));
}

static struct env_waiter *g_signal_waiter;
static volatile sig_atomic_t g_signal_count;

static void
on_signal(int signal_number)
{
	g_signal_count++;
	if (g_signal_waiter != NULL) {
		env_waiter_wake(g_signal_waiter);
	}
}

static void
start_signals(struct env_waiter *waiter)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct itimerval interval = {{0, 5000}, {0, 5000}};

	g_signal_waiter = waiter;
	g_signal_count = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &interval, NULL);
}

static void
stop_signals(void)
{
	struct itimerval never = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_IGN);
}

static void
signal_handler_may_wake(void **state)
{
	bool is_early;

	start_signals(*state);
	is_early = ends_early(*state, LONG_MS);
	stop_signals();
	assert_true(is_early);
}

static void
signal_alone_does_not_end_the_wait(void **state)
{
	bool is_early;

	start_signals(NULL);
	is_early = ends_early(*state, SHORT_MS * 2);
	stop_signals();
	assert_false(is_early);
	assert_true(g_signal_count > 0);
}

/* Fills the eventfd of the one waiter there is, so that a write to it fails. */
static void
fill_eventfd(void)
{
	const uint64_t full = UINT64_MAX - 1;
	char path[32], target[64];
	ssize_t len;

	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		if (strstr(target, "[eventfd]") != NULL) {
			assert_int_equal(write(fd, &full, sizeof(full)), sizeof(full));
			return;
		}
	}
	fail_msg("the waiter has no eventfd");
}

static void
wake_leaves_errno_alone(void **state)
{
	fill_eventfd();
	errno = ENOTTY;
	env_waiter_wake(*state);
	assert_int_equal(errno, ENOTTY);
	assert_true(ends_early(*state, LONG_MS));
}

static void
waiting_takes_no_cpu_time(void **state)
{
	struct timespec before, after;
	int64_t used_ns;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	assert_false(ends_early(*state, SHORT_MS * 3));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	used_ns = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
	assert_true(used_ns < SHORT_MS * 1000000);
}

static void
ready_descriptor_ends_the_wait_until_it_is_read(void **state)
{
	int pipe_fds[2];
	char byte = 'x';

	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(env_waiter_add_fd(*state, pipe_fds[0], EPOLLIN), 0);
	assert_false(ends_early(*state, SHORT_MS));
	assert_int_equal(write(pipe_fds[1], &byte, 1), 1);
	assert_true(ends_early(*state, LONG_MS));
	assert_true(ends_early(*state, LONG_MS));
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_false(ends_early(*state, SHORT_MS));
	assert_int_equal(write(pipe_fds[1], &byte, 1), 1);
	assert_int_equal(env_waiter_remove_fd(*state, pipe_fds[0]), 0);
	assert_false(ends_early(*state, SHORT_MS));
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void
many_ready_descriptors_do_not_hide_a_wake(void **state)
{
	int pipes[40][2];
	char byte = 'x';

	for (int i = 0; i < 40; i++) {
		assert_int_equal(pipe(pipes[i]), 0);
		assert_int_equal(write(pipes[i][1], &byte, 1), 1);
		assert_int_equal(env_waiter_add_fd(*state, pipes[i][0], EPOLLIN), 0);
	}
	for (int i = 0; i < 10; i++) {
		assert_true(ends_early(*state, LONG_MS));
	}
	env_waiter_wake(*state);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(env_waiter_remove_fd(*state, pipes[i][0]), 0);
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	assert_true(ends_early(*state, LONG_MS));
	assert_false(ends_early(*state, SHORT_MS));
}

static void
wrong_descriptors_are_refused(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_int_equal(env_waiter_add_fd(*state, -1, EPOLLIN), -EBADF);
	assert_int_equal(env_waiter_remove_fd(*state, fd), -ENOENT);
	assert_int_equal(env_waiter_add_fd(*state, fd, EPOLLIN), 0);
	assert_int_equal(env_waiter_add_fd(*state, fd, EPOLLIN), -EEXIST);
	assert_int_equal(env_waiter_remove_fd(*state, fd), 0);
	close(fd);
	env_waiter_destroy(NULL);
}

static void
creation_without_descriptors_fails_and_leaves_none(void **state)
{
	struct env_waiter *waiter = NULL;
	struct rlimit saved, limit;
	int first, next;

	/* Exactly one is free: enough for the epoll instance, not for the eventfd. */
	first = dup(STDIN_FILENO);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	limit = saved;
	limit.rlim_cur = (rlim_t)first + 1;
	close(first);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(env_waiter_create(&waiter), -EMFILE);
	next = dup(STDIN_FILENO);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
	assert_int_equal(next, first);
	close(next);
	assert_null(waiter);
}

/* From here on the kernel of this process does not know epoll_pwait2(). */
static bool
forbid_epoll_pwait2(void)
{
#ifdef SYS_epoll_pwait2
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
	       syscall(SYS_epoll_pwait2, -1, NULL, 0, NULL, NULL, 0) < 0 && errno == ENOSYS;
#else
	return true;
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wake_before_the_wait_ends_it, setup, teardown),
		cmocka_unit_test_setup_teardown(wakes_are_remembered_not_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(wait_lasts_until_the_deadline_and_little_longer,
						setup, teardown),
		cmocka_unit_test_setup_teardown(past_deadline_does_not_wait_or_forget, setup,
						teardown),
		cmocka_unit_test_setup_teardown(other_thread_wakes_one_that_waits_for_ever, setup,
						teardown),
		cmocka_unit_test_setup_teardown(signal_handler_may_wake, setup, teardown),
		cmocka_unit_test_setup_teardown(signal_alone_does_not_end_the_wait, setup,
						teardown),
		cmocka_unit_test_setup_teardown(wake_leaves_errno_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting_takes_no_cpu_time, setup, teardown),
		cmocka_unit_test_setup_teardown(ready_descriptor_ends_the_wait_until_it_is_read,
						setup, teardown),
		cmocka_unit_test_setup_teardown(many_ready_descriptors_do_not_hide_a_wake, setup,
						teardown),
		cmocka_unit_test_setup_teardown(wrong_descriptors_are_refused, setup, teardown),
		cmocka_unit_test(creation_without_descriptors_fails_and_leaves_none),
	};
	int failures;

	failures = cmocka_run_group_tests_name("waiter", tests, NULL, NULL);
	if (!forbid_epoll_pwait2()) {
		print_message("no second run: this process may not filter its system calls\n");
		return failures;
	}
	return failures + cmocka_run_group_tests_name("waiter on an old kernel", tests, NULL, NULL);
}
