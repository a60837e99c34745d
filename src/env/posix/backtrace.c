/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The call stack of another OS thread, which tells it itself, in a signal handler.
 *
 *   state      the slot belongs to                 left by
 *   FREE       nobody                              the caller: ASKED
 *   ASKED      the OS thread that is asked         its handler: ANSWERING; the caller, when it has
 *                                                  waited long enough: FREE
 *   ANSWERING  the handler                         the handler: ANSWERED
 *   ANSWERED   the caller                          the caller: FREE
 *
 * So a handler that comes late finds nothing to do, and one that has begun is waited for: it never
 * writes to what is gone.
 *
 * The signal is one of the real-time signals that the program has left alone. Its handler stays for
 * good once it was needed: a signal that is still pending when its disposition is put back would
 * end the process.
 *
 * A signal ends some system calls early, whatever SA_RESTART says. Somebody who sleeps in one of
 * those is left alone: its name says as much as a backtrace. (Between that look and the signal it
 * may fall asleep; then it wakes early, as it might for any signal.)
 */
#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>

#define ANSWER_MS     200
#define LOOK_NS       100000
#define HANDLER_DEPTH 4 /* frames of the handler itself, more than there are */

enum slot_state {
	FREE,
	ASKED,
	ANSWERING,
	ANSWERED,
};

static struct {
	_Atomic enum slot_state state;
	_Atomic int tid; /* who is asked */
	void (*note)(void *arg);
	void *arg;
	void *frames[ENV_BACKTRACE_MAX + HANDLER_DEPTH];
	int count;
	void *pc;
} g_slot;

static int g_signal; /* 0: none taken yet */

/* Those of signal(7) that are not taken up again after a handler. */
static const struct {
	long number;
	const char *name;
} g_not_restarted[] = {
#ifdef SYS_poll
	{SYS_poll, "poll"},
#endif
#ifdef SYS_select
	{SYS_select, "select"},
#endif
#ifdef SYS_epoll_wait
	{SYS_epoll_wait, "epoll_wait"},
#endif
#ifdef SYS_pause
	{SYS_pause, "pause"},
#endif
#ifdef SYS_epoll_pwait2
	{SYS_epoll_pwait2, "epoll_pwait2"},
#endif
	{SYS_ppoll, "ppoll"},
	{SYS_pselect6, "pselect6"},
	{SYS_epoll_pwait, "epoll_pwait"},
	{SYS_nanosleep, "nanosleep"},
	{SYS_clock_nanosleep, "clock_nanosleep"},
	{SYS_rt_sigtimedwait, "rt_sigtimedwait"},
	{SYS_rt_sigsuspend, "rt_sigsuspend"},
	{SYS_semop, "semop"},
	{SYS_semtimedop, "semtimedop"},
	{SYS_msgrcv, "msgrcv"},
	{SYS_msgsnd, "msgsnd"},
	{SYS_io_getevents, "io_getevents"},
};

void
env_thread_ref_self(struct env_thread_ref *out_ref)
{
	out_ref->handle = pthread_self();
	out_ref->tid = spdk_get_tid();
}

static void *
interrupted_at(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (void *)context->uc_mcontext.pc;
#else
	return NULL;
#endif
}

static void
answer(int number, siginfo_t *info, void *context)
{
	enum slot_state asked = ASKED;
	int saved_errno = errno;

	if (atomic_load_explicit(&g_slot.tid, memory_order_acquire) == spdk_get_tid() &&
	    atomic_compare_exchange_strong(&g_slot.state, &asked, ANSWERING)) {
		g_slot.count = backtrace(g_slot.frames, ENV_BACKTRACE_MAX + HANDLER_DEPTH);
		g_slot.pc = interrupted_at(context);
		if (g_slot.note != NULL) {
			g_slot.note(g_slot.arg);
		}
		atomic_store_explicit(&g_slot.state, ANSWERED, memory_order_release);
	}
	errno = saved_errno;
}

/* 0, or -ENOTSUP. */
static int
take_signal(void)
{
	struct sigaction action = {.sa_sigaction = answer,
				   .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
	struct sigaction now;
	void *frame[1];
	int number;

	if (g_signal != 0) {
		return 0;
	}
	/* The first call loads a library and allocates, which a handler must not. */
	(void)backtrace(frame, 1);
	sigemptyset(&action.sa_mask);
	for (number = SIGRTMAX - 1; number > SIGRTMIN; number--) {
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL &&
		    sigaction(number, &action, NULL) == 0) {
			g_signal = number;
			return 0;
		}
	}
	return -ENOTSUP;
}

static bool
read_task_file(int tid, const char *file, char *out, size_t size)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/%s", tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return false;
	}
	length = read(fd, out, size - 1);
	close(fd);
	if (length <= 0) {
		return false;
	}
	out[length] = '\0';
	return true;
}

/* The name of the system call that must not be disturbed; NULL: a signal does no harm. */
static const char *
find_sleep(int tid)
{
	char text[512];
	long number;
	size_t i;

	if (!read_task_file(tid, "syscall", text, sizeof(text))) {
		/* Not every kernel tells. 'S' after the name in brackets: it sleeps. */
		if (read_task_file(tid, "stat", text, sizeof(text)) && strrchr(text, ')') != NULL &&
		    strncmp(strrchr(text, ')'), ") R", 3) == 0) {
			return NULL;
		}
		return "an unknown system call";
	}
	if (sscanf(text, "%ld", &number) != 1) {
		return NULL; /* "running" */
	}
	for (i = 0; i < SPDK_COUNTOF(g_not_restarted); i++) {
		if (g_not_restarted[i].number == number) {
			return g_not_restarted[i].name;
		}
	}
	return NULL;
}

/* 0 when the handler has answered, or -ETIMEDOUT and it never will. */
static int
wait_for_answer(void)
{
	const struct timespec nap = {.tv_nsec = LOOK_NS};
	enum slot_state asked = ASKED;
	uint64_t end = spdk_get_ticks() + ANSWER_MS * spdk_get_ticks_hz() / 1000;

	while (atomic_load_explicit(&g_slot.state, memory_order_acquire) != ANSWERED) {
		if (spdk_get_ticks() >= end &&
		    atomic_compare_exchange_strong(&g_slot.state, &asked, FREE)) {
			return -ETIMEDOUT;
		}
		asked = ASKED;
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* From where the signal came; the frames before are the handler's. */
static int
first_frame(void)
{
	int i;

	for (i = 0; i < g_slot.count; i++) {
		if (g_slot.frames[i] == g_slot.pc) {
			return i;
		}
	}
	return 0;
}

static void
copy_frames(struct env_backtrace *out_backtrace)
{
	int i;

	for (i = first_frame(); i < g_slot.count && out_backtrace->count < ENV_BACKTRACE_MAX; i++) {
		out_backtrace->frames[out_backtrace->count++] = g_slot.frames[i];
	}
}

int
env_backtrace_of(const struct env_thread_ref *ref, void (*note)(void *arg), void *arg,
		 struct env_backtrace *out_backtrace)
{
	struct env_backtrace backtrace = {.count = 0};
	int rc;

	backtrace.syscall_name = find_sleep(ref->tid);
	if (backtrace.syscall_name != NULL) {
		*out_backtrace = backtrace;
		return 0;
	}
	rc = take_signal();
	if (rc != 0) {
		return rc;
	}
	g_slot.note = note;
	g_slot.arg = arg;
	atomic_store_explicit(&g_slot.tid, ref->tid, memory_order_release);
	atomic_store_explicit(&g_slot.state, ASKED, memory_order_release);
	rc = -pthread_kill(ref->handle, g_signal);
	if (rc != 0) {
		atomic_store_explicit(&g_slot.state, FREE, memory_order_release);
		return rc;
	}
	rc = wait_for_answer();
	if (rc != 0) {
		return rc;
	}
	copy_frames(&backtrace);
	atomic_store_explicit(&g_slot.state, FREE, memory_order_release);
	*out_backtrace = backtrace;
	return 0;
}
