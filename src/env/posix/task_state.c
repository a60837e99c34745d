/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading of /proc/self/task/TID.
 *
 * The table of system calls answers two questions: what one is called, and whether it goes on after
 * a signal as if there had been none. Only what is known to do so is taken to; all others are left
 * alone, also those that return early with part of their work done, as write(2) does.
 */
#include "env/posix/task_state.h"
#include "env/posix/sysfs.h"

#include <linux/futex.h>

#define PROC_TEXT_SIZE 4096
#define PROC_PATH_SIZE 64
#define SYSCALL_ARGS   6

struct call {
	long number;
	const char *name;
	/* Whether it goes on after a signal; NULL: never. */
	bool (*goes_on)(const uint64_t args[SYSCALL_ARGS]);
};

static bool
always(const uint64_t args[SYSCALL_ARGS])
{
	return true;
}

/* The kernel does not know how much of a timeout is left, and returns EINTR. */
static bool
futex_goes_on(const uint64_t args[SYSCALL_ARGS])
{
	switch (args[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
		return args[3] == 0;
	default:
		return false;
	}
}

/* Of sockets, only those without SO_RCVTIMEO, for the same reason. */
static bool
read_goes_on(const uint64_t args[SYSCALL_ARGS])
{
	struct timeval timeout;
	socklen_t size = sizeof(timeout);

	if (getsockopt((int)args[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, &size) != 0) {
		return errno == ENOTSOCK;
	}
	return timeout.tv_sec == 0 && timeout.tv_usec == 0;
}

/* What waits for all of its bytes returns those it has. */
static bool
recvfrom_goes_on(const uint64_t args[SYSCALL_ARGS])
{
	return (args[3] & MSG_WAITALL) == 0 && read_goes_on(args);
}

static bool
recvmsg_goes_on(const uint64_t args[SYSCALL_ARGS])
{
	return (args[2] & MSG_WAITALL) == 0 && read_goes_on(args);
}

#define CALL(name, goes_on)                \
	{                                  \
		SYS_##name, #name, goes_on \
	}

static const struct call g_calls[] = {
	CALL(accept, read_goes_on),
	CALL(accept4, read_goes_on),
	CALL(flock, always),
	CALL(futex, futex_goes_on),
	CALL(read, read_goes_on),
	CALL(readv, read_goes_on),
	CALL(recvfrom, recvfrom_goes_on),
	CALL(recvmsg, recvmsg_goes_on),
	CALL(wait4, always),
	CALL(waitid, always),
	CALL(clock_nanosleep, NULL),
	CALL(close, NULL),
	CALL(connect, NULL),
	CALL(epoll_pwait, NULL),
	CALL(fallocate, NULL),
	CALL(fcntl, NULL),
	CALL(fdatasync, NULL),
	CALL(fsync, NULL),
	CALL(io_getevents, NULL),
	CALL(ioctl, NULL),
	CALL(madvise, NULL),
	CALL(mmap, NULL),
	CALL(msgrcv, NULL),
	CALL(msgsnd, NULL),
	CALL(munmap, NULL),
	CALL(nanosleep, NULL),
	CALL(openat, NULL),
	CALL(ppoll, NULL),
	CALL(pread64, NULL),
	CALL(preadv, NULL),
	CALL(pselect6, NULL),
	CALL(pwrite64, NULL),
	CALL(pwritev, NULL),
	CALL(recvmmsg, NULL),
	CALL(restart_syscall, NULL),
	CALL(rt_sigsuspend, NULL),
	CALL(rt_sigtimedwait, NULL),
	CALL(semop, NULL),
	CALL(semtimedop, NULL),
	CALL(sendmmsg, NULL),
	CALL(sendmsg, NULL),
	CALL(sendto, NULL),
	CALL(write, NULL),
	CALL(writev, NULL),
/* Newer machines do without some of the old ones, older systems do not know the new ones. */
#ifdef SYS_epoll_wait
	CALL(epoll_wait, NULL),
#endif
#ifdef SYS_pause
	CALL(pause, NULL),
#endif
#ifdef SYS_poll
	CALL(poll, NULL),
#endif
#ifdef SYS_select
	CALL(select, NULL),
#endif
#ifdef SYS_epoll_pwait2
	CALL(epoll_pwait2, NULL),
#endif
#ifdef SYS_io_pgetevents
	CALL(io_pgetevents, NULL),
#endif
#ifdef SYS_io_uring_enter
	CALL(io_uring_enter, NULL),
#endif
};

static const struct call *
find_call(long number)
{
	for (size_t i = 0; i < sizeof(g_calls) / sizeof(g_calls[0]); i++) {
		if (g_calls[i].number == number) {
			return &g_calls[i];
		}
	}
	return NULL;
}

/* The text after `name` at the start of a line, blanks skipped; NULL if there is none. */
static const char *
find_value(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (text != NULL) {
		if (strncmp(text, name, length) == 0) {
			text += length;
			return text + strspn(text, " \t");
		}
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	return NULL;
}

/* From the state alone: what sleeps may be in any system call, so it is left alone. */
static void
judge_by_letter(char letter, struct task_state *state)
{
	state->is_sleeping = letter != 'R';
	state->may_be_interrupted = letter == 'R';
}

/* `text` begins with a number. */
static int
judge_by_call(char letter, const char *text, struct task_state *state)
{
	const struct call *call;
	uint64_t args[SYSCALL_ARGS];
	long number;
	int count;

	count = sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64,
		       &number, &args[0], &args[1], &args[2], &args[3], &args[4]);
	if (count >= 1 && number == -1) {
		/* It is stopped, or waits for a page, and goes on with either by itself. */
		state->is_sleeping = letter != 'R';
		state->may_be_interrupted = letter != 'D';
		return 0;
	}
	if (count != 6) {
		return -EINVAL;
	}
	call = find_call(number);
	if (call != NULL) {
		snprintf(state->syscall_name, sizeof(state->syscall_name), "%s", call->name);
	} else {
		snprintf(state->syscall_name, sizeof(state->syscall_name), "syscall %ld", number);
	}
	state->is_sleeping = true;
	/* In state D no signal is looked at. */
	state->may_be_interrupted =
		letter != 'D' && call != NULL && call->goes_on != NULL && call->goes_on(args);
	return 0;
}

int
task_state_parse(const char *status, const char *syscall_text, struct task_state *out_state)
{
	const char *letter = find_value(status, "State:"), *blocked = find_value(status, "SigBlk:");
	struct task_state state = {0};
	char *end;
	int rc = 0;

	if (letter == NULL || blocked == NULL) {
		return -EINVAL;
	}
	if (*letter == 'Z' || *letter == 'X') {
		return -ESRCH;
	}
	state.blocked_signals = strtoull(blocked, &end, 16);
	if (end == blocked) {
		return -EINVAL;
	}
	if (syscall_text == NULL) {
		judge_by_letter(*letter, &state);
	} else if (strncmp(syscall_text, "running", strlen("running")) == 0) {
		state.may_be_interrupted = true;
	} else {
		rc = judge_by_call(*letter, syscall_text, &state);
	}
	if (rc == 0) {
		*out_state = state;
	}
	return rc;
}

int
task_state_get(pid_t tid, struct task_state *out_state)
{
	char path[PROC_PATH_SIZE], status[PROC_TEXT_SIZE], syscall_text[PROC_TEXT_SIZE];
	int rc;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	rc = sysfs_read_text(path, status, sizeof(status));
	if (rc < 0) {
		return rc == -ENOENT ? -ESRCH : rc;
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)tid);
	rc = sysfs_read_text(path, syscall_text, sizeof(syscall_text));
	return task_state_parse(status, rc < 0 ? NULL : syscall_text, out_state);
}

bool
env_thread_get_times(const struct env_thread_ref *ref, struct env_thread_times *out_times)
{
	char path[PROC_PATH_SIZE], text[PROC_TEXT_SIZE];
	struct env_thread_times times;
	struct task_state state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", (int)ref->tid);
	if (sysfs_read_text(path, text, sizeof(text)) < 0 ||
	    sscanf(text, "%" SCNu64 " %" SCNu64, &times.run_ns, &times.wait_ns) != 2 ||
	    task_state_get(ref->tid, &state) != 0) {
		return false;
	}
	times.is_ready = !state.is_sleeping;
	*out_times = times;
	return true;
}
