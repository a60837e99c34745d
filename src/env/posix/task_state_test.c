/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which system calls may be interrupted, and what is made of what the kernel says about a thread.
 */
#include "env/posix/task_state.h"

#include <linux/futex.h>

#include <setjmp.h>

#include <cmocka.h>

#define SLEEPS         "Name:\tx\nState:\tS (sleeping)\nSigBlk:\t0000000400000001\nSigIgn:\t0\n"
#define RUNS           "State:\tR (running)\nSigBlk:\t0000000000000000\n"
#define WAITS_FOR_DISK "State:\tD (disk sleep)\nSigBlk:\t0000000000000000\n"

static struct task_state
in_call(const char *status, long number, const char *args)
{
	struct task_state state;
	char text[256];

	memset(&state, 0xff, sizeof(state));
	snprintf(text, sizeof(text), "%ld %s 0x7ffd0 0x7f0e1", number, args);
	assert_int_equal(task_state_parse(status, text, &state), 0);
	return state;
}

static bool
may_interrupt(long number, const char *args)
{
	return in_call(SLEEPS, number, args).may_be_interrupted;
}

static void
blocked_signals_are_read_as_a_mask(void **state)
{
	assert_int_equal(in_call(SLEEPS, SYS_futex, "0x1 0x80 0x2 0x0 0x0 0x0").blocked_signals,
			 UINT64_C(1) << 34 | 1);
}

static void
what_runs_may_be_interrupted(void **state)
{
	struct task_state task;

	assert_int_equal(task_state_parse(RUNS, "running", &task), 0);
	assert_true(task.may_be_interrupted);
	assert_false(task.is_sleeping);
	assert_string_equal(task.syscall_name, "");
}

static void
without_the_call_only_what_runs_is_interrupted(void **state)
{
	struct task_state task;

	assert_int_equal(task_state_parse(RUNS, NULL, &task), 0);
	assert_true(task.may_be_interrupted);
	assert_int_equal(task_state_parse(SLEEPS, NULL, &task), 0);
	assert_false(task.may_be_interrupted);
	assert_true(task.is_sleeping);
	assert_string_equal(task.syscall_name, "");
}

static void
a_futex_goes_on_only_without_a_timeout(void **state)
{
	char args[64];

	for (int i = 0; i < 2; i++) {
		int flags = i == 0 ? 0 : FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;

		snprintf(args, sizeof(args), "0x7f01 0x%x 0x2 0x0 0x0 0xffffffff",
			 FUTEX_WAIT_BITSET | flags);
		assert_true(may_interrupt(SYS_futex, args));
		snprintf(args, sizeof(args), "0x7f01 0x%x 0x2 0x7fff00 0x0 0xffffffff",
			 FUTEX_WAIT_BITSET | flags);
		assert_false(may_interrupt(SYS_futex, args));
	}
	snprintf(args, sizeof(args), "0x7f01 0x%x 0x2 0x0 0x0 0x0", FUTEX_WAIT_REQUEUE_PI);
	assert_false(may_interrupt(SYS_futex, args));
}

static void
a_socket_goes_on_only_without_a_timeout(void **state)
{
	const struct timeval timeout = {.tv_usec = 1};
	char args[64], all[64];
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	snprintf(args, sizeof(args), "0x%x 0x7f01 0x1 0x0 0x0 0x0", (unsigned)fd);
	snprintf(all, sizeof(all), "0x%x 0x7f01 0x%x 0x%x 0x0 0x0", (unsigned)fd, MSG_WAITALL,
		 MSG_WAITALL);
	assert_true(may_interrupt(SYS_read, args));
	assert_true(may_interrupt(SYS_recvfrom, args));
	assert_true(may_interrupt(SYS_accept4, args));
	assert_false(may_interrupt(SYS_recvfrom, all));
	assert_false(may_interrupt(SYS_recvmsg, all));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
	assert_false(may_interrupt(SYS_read, args));
	assert_false(may_interrupt(SYS_recvfrom, args));
	assert_false(may_interrupt(SYS_recvmsg, args));
	close(fd);
	/* No descriptor at all, so nothing is known about it. */
	assert_false(may_interrupt(SYS_read, "0xfffffff 0x7f01 0x1 0x0 0x0 0x0"));
}

static void
what_fails_after_a_signal_is_left_alone(void **state)
{
	static const long calls[] = {SYS_clock_nanosleep,
				     SYS_epoll_pwait,
				     SYS_ppoll,
				     SYS_pselect6,
				     SYS_semtimedop,
				     SYS_msgrcv,
				     SYS_io_getevents,
				     SYS_write,
				     SYS_rt_sigtimedwait,
				     SYS_sendmsg,
				     99999};
	struct task_state task;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		task = in_call(SLEEPS, calls[i], "0x1 0x0 0x0 0x0 0x0 0x0");
		assert_false(task.may_be_interrupted);
		assert_true(task.is_sleeping);
	}
	assert_string_equal(task.syscall_name, "syscall 99999");
}

static void
no_signal_is_sent_to_what_waits_for_a_disk(void **state)
{
	struct task_state task = in_call(WAITS_FOR_DISK, SYS_wait4, "0x1 0x0 0x0 0x0 0x0 0x0");

	assert_false(task.may_be_interrupted);
	assert_string_equal(task.syscall_name, "wait4");
	assert_int_equal(task_state_parse(WAITS_FOR_DISK, "-1 0x7ffd0 0x7f0e1", &task), 0);
	assert_false(task.may_be_interrupted);
	assert_string_equal(task.syscall_name, "");
	/* The same, stopped by a debugger. */
	assert_int_equal(task_state_parse("State:\tt\nSigBlk:\t0\n", "-1 0x7ffd0 0x7f0e1", &task),
			 0);
	assert_true(task.may_be_interrupted);
}

static void
what_is_not_understood_is_an_error(void **state)
{
	static const char *const statuses[] = {"", "State:\tS\n", "SigBlk:\t0\n",
					       "State:\tS\nSigBlk:\tx\n", " State:\tS\nSigBlk:\t0"};
	static const char *const calls[] = {"", "x", "202", "202 0x1 0x2 0x3 0x4"};
	struct task_state task, untouched;

	memset(&task, 0x5a, sizeof(task));
	untouched = task;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		assert_int_equal(task_state_parse(statuses[i], "running", &task), -EINVAL);
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_int_equal(task_state_parse(SLEEPS, calls[i], &task), -EINVAL);
	}
	assert_int_equal(task_state_parse("State:\tZ (zombie)\nSigBlk:\t0\n", NULL, &task), -ESRCH);
	assert_memory_equal(&task, &untouched, sizeof(task));
}

static void
a_thread_that_is_not_there_is_an_error(void **state)
{
	struct task_state task;

	/* Process 1 is no thread of this one. */
	assert_int_equal(task_state_get(1, &task), getpid() == 1 ? 0 : -ESRCH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocked_signals_are_read_as_a_mask),
		cmocka_unit_test(what_runs_may_be_interrupted),
		cmocka_unit_test(without_the_call_only_what_runs_is_interrupted),
		cmocka_unit_test(a_futex_goes_on_only_without_a_timeout),
		cmocka_unit_test(a_socket_goes_on_only_without_a_timeout),
		cmocka_unit_test(what_fails_after_a_signal_is_left_alone),
		cmocka_unit_test(no_signal_is_sent_to_what_waits_for_a_disk),
		cmocka_unit_test(what_is_not_understood_is_an_error),
		cmocka_unit_test(a_thread_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests_name("task_state", tests, NULL, NULL);
}
