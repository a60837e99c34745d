/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What another OS thread of this process is doing, as /proc tells: whether it waits in the kernel,
 * for what, and whether a signal would do it harm.
 */
#ifndef SPINDLE_ENV_TASK_STATE_H
#define SPINDLE_ENV_TASK_STATE_H

#include "env/env_internal.h"

struct task_state {
	/*
	 * A signal whose handler has SA_RESTART is soon handled, and leaves no other trace. At the
	 * moment of the look, that is: it may have begun to sleep since.
	 */
	bool may_be_interrupted;
	/* It waits in the kernel. */
	bool is_sleeping;
	/* In which system call, if it is in one and the kernel tells, or empty. */
	char syscall_name[ENV_BACKTRACE_SYSCALL_NAME_SIZE];
	/* Bit N - 1 for signal N. */
	uint64_t blocked_signals;
};

/*
 * 0, or -errno: -ESRCH (there is no such thread, or no /proc), -EINVAL (what the kernel tells is
 * not understood).
 */
int task_state_get(pid_t tid, struct task_state *out_state);

/*
 * The same from the texts of /proc/PID/task/TID/status and syscall; the latter is NULL where the
 * kernel does not tell.
 */
int task_state_parse(const char *status, const char *syscall_text, struct task_state *out_state);

#endif
