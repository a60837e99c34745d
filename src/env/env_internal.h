/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the runtime needs of the machine beyond spdk/env.h: a place to wait and be woken, address
 * space whose contents can be dropped, and the one OS thread of the watchdog. Together with env.h
 * this is the whole seam between Spindle and the machine; a simulator replaces both.
 *
 * Everything here works before spdk_env_init() and after spdk_env_fini().
 */
#ifndef SPINDLE_ENV_INTERNAL_H
#define SPINDLE_ENV_INTERNAL_H

#include "spdk/stdinc.h"

#include <sys/resource.h>

#define ENV_WAIT_FOREVER UINT64_MAX

/*
 * A waiter is where one OS thread sleeps. It holds an epoll instance with an eventfd in it; further
 * descriptors may be added, so that readiness of a device or socket ends the sleep as well.
 */
struct env_waiter;

/* 0 or -errno (-EMFILE, -ENOMEM). */
int env_waiter_create(struct env_waiter **out_waiter);
/* Accepts NULL. */
void env_waiter_destroy(struct env_waiter *waiter);
/*
 * Sleeps until a wake, a ready descriptor, or spdk_get_ticks() >= deadline. A wake that came before
 * the call ends it at once (wakes are remembered, not counted). Never returns early on EINTR
 * without cause being looked at again: the caller loops anyway. Returns at once when the deadline
 * has passed. Only the owning OS thread calls this.
 */
void env_waiter_wait(struct env_waiter *waiter, uint64_t deadline);
/* Any OS thread, and signal handlers: one write(2), errno preserved. */
void env_waiter_wake(struct env_waiter *waiter);
/* Level-triggered: while `fd` has one of `events` (EPOLL*), env_waiter_wait() does not sleep. */
int env_waiter_add_fd(struct env_waiter *waiter, int fd, uint32_t events);
int env_waiter_remove_fd(struct env_waiter *waiter, int fd);

/*
 * Descriptors that a foreign loop can sleep on. An event is readable from env_event_signal() until
 * it is read (any OS thread, signal handlers; errno preserved); an alarm from its deadline, in
 * ticks, until it is read or set anew (UINT64_MAX: never). Both are read like an eventfd, never
 * block, and are closed by close(). Creation returns the descriptor or -errno.
 */
int env_event_create(void);
void env_event_signal(int event_fd);
int env_alarm_create(void);
void env_alarm_set(int alarm_fd, uint64_t deadline);

/*
 * Address space that is read and written like memory, costs none until it is touched, and can be
 * emptied again. `size` and `align` are multiples of the page size. Reads of untouched or discarded
 * pages give zeros. NULL when the kernel refuses.
 */
void *env_region_reserve(size_t size, size_t align);
/* All of it is about to be used: the kernel may provide it in one go. Only advice. */
void env_region_populate(void *addr, size_t size);
/* The contents become zeros and the memory goes back to the kernel; the addresses stay valid. */
void env_region_discard(void *addr, size_t size);
void env_region_release(void *addr, size_t size);

/*
 * Watchdog: one OS thread for the process, asleep but once in ENV_WATCH_PERIOD_MS (two of them
 * within two seconds), which calls each check. It is started by the first env_watch_add() and gone
 * after the last env_watch_remove(). Signals are blocked on it. Checks must not call
 * env_watch_add/remove.
 */
#define ENV_WATCH_PERIOD_MS 900

struct env_watch {
	/* Runs on the watchdog's OS thread. */
	void (*check)(void *arg, uint64_t now);
	void *arg;
	struct env_watch *next;
};

/* The caller keeps `watch` until env_watch_remove() has returned. 0 or -errno (no OS thread to be
 * had). */
int env_watch_add(struct env_watch *watch);
/* When it returns, the check is not running and will not run again. */
void env_watch_remove(struct env_watch *watch);

/*
 * Where another OS thread of this process is, for a watchdog that finds it stuck.
 */
#define ENV_BACKTRACE_MAX 32

struct env_thread_ref {
	pthread_t handle;
	int tid;
};

struct env_backtrace {
	/* The innermost is an instruction, the others are return addresses. */
	void *frames[ENV_BACKTRACE_MAX];
	uint32_t count;
	/* Instead of frames: it sleeps in this system call, which a signal would end; NULL: it does
	 * not. */
	const char *syscall_name;
};

void env_thread_ref_self(struct env_thread_ref *out_ref);
/*
 * Asks the OS thread by a signal, whose handler also calls `note` (NULL: nothing; signal-safe). The
 * OS thread must not end meanwhile: the caller sees to that. Nothing is asked of one that sleeps in
 * a system call which the kernel does not take up again after a signal.
 *
 * 0; -ETIMEDOUT, it does not answer (it may block all
 * signals); -ENOTSUP, the program uses all signals itself. One OS thread at a time.
 */
int env_backtrace_of(const struct env_thread_ref *ref, void (*note)(void *arg), void *arg,
		     struct env_backtrace *out_backtrace);

/*
 * Whether an lcore of this process has no CPU to itself: another one may run on one of its CPUs, or
 * it is not pinned. Such a one should yield before it looks again.
 */
bool env_core_is_shared(uint32_t core);

/* What the calling OS thread has used: getrusage(2). */
void env_get_rusage(struct rusage *out_usage);

/*
 * Lets other OS threads have the CPU before the caller goes on; for loops that wait for one of them
 * after they have spun for a while with spdk_pause().
 */
void env_yield(void);

#endif
