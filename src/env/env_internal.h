/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the runtime needs of the machine beyond spdk/env.h: a place to wait and be woken, address
 * space whose contents can be dropped, memory that other processes see, the one OS thread of the
 * watchdog, and what can be found out about other OS threads. Together with env.h this is the whole
 * seam between Spindle and the machine; a simulator replaces both.
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
/*
 * Any OS thread, and signal handlers: one write(2), errno preserved. Whoever may still call it
 * keeps the waiter from being destroyed.
 */
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
 * Files of shared memory, by a name that begins with '/' and has no other: memory that other
 * processes can see, and that is still there when this one has crashed.
 *
 * Invariants:
 *  1. Who has made a file holds a lock on it as long as it lives. One that is not locked belongs to
 *     nobody, and is removed under its lock.
 *  2. A file takes no memory until it is reserved or touched. Only what is reserved may be touched:
 *     where memory is short, reserving fails, and touching ends the process.
 */
#define ENV_SHM_PATH_SIZE 256

struct env_shm {
	void *addr;
	size_t size;
	int fd;
	char path[ENV_SHM_PATH_SIZE];
};

/*
 * Makes a file of `size` bytes, a multiple of the page size, and maps it. One of that name whose
 * process is gone is replaced. 0 or -errno: -EBUSY: a live process has it; -ENAMETOOLONG; and what
 * the kernel gives (-ENOENT, -EACCES, -ENOMEM...).
 */
int env_shm_create(const char *name, size_t size, struct env_shm *out_shm);
/* 0, and that part of it may be touched; or -errno (-ENOSPC). A second time does no harm. */
int env_shm_reserve(const struct env_shm *shm, size_t offset, size_t size);
/* Unmaps it, and removes the file or leaves it to others. */
void env_shm_close(struct env_shm *shm, bool remove_file);
/* A descriptor for reading, or -errno. */
int env_shm_open(const char *name);
/* Part of a file, for reading, from an offset that is a multiple of the page size; NULL when the
 * kernel refuses. For env_region_release(). */
const void *env_shm_map(int fd, size_t offset, size_t size);
/*
 * Removes files whose names begin with `prefix`, whose processes are gone, and that the caller's
 * function, which may read them, lets go.
 */
void env_shm_remove_dead(const char *prefix, bool (*may_go)(int fd));
/* Another folder than that of the machine, for tests; NULL: that one again. */
void env_shm_set_folder(const char *folder);

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

/* Names an OS thread of this process to others, until it ends. */
struct env_thread_ref {
	pid_t tid;
};

/* For the calling OS thread. */
void env_thread_ref_self(struct env_thread_ref *out_ref);

struct env_thread_times {
	/* Since it began: on a CPU, and ready to run while others ran. A wait counts when it has
	 * ended. */
	uint64_t run_ns;
	uint64_t wait_ns;
	/* At this moment it runs, or would. */
	bool is_ready;
};

/* False: the kernel does not tell. */
bool env_thread_get_times(const struct env_thread_ref *ref, struct env_thread_times *out_times);

#define ENV_BACKTRACE_FRAMES_MAX        48
#define ENV_BACKTRACE_SYSCALL_NAME_SIZE 24

struct env_backtrace {
	/*
	 * Innermost first: the interrupted instruction itself, for symbolize_exactly(), then return
	 * addresses, for symbolize().
	 */
	void *frames[ENV_BACKTRACE_FRAMES_MAX];
	/* 0 for a thread that had better not be interrupted; then is_sleeping is true. */
	uint32_t frame_count;
	/* It waited in the kernel. */
	bool is_sleeping;
	/* For what, if that is known ("clock_nanosleep", "syscall 451"), or empty. */
	char syscall_name[ENV_BACKTRACE_SYSCALL_NAME_SIZE];
};

/*
 * Where another OS thread is, for reports about one that hangs. It is interrupted by a real-time
 * signal that the program does not use, which takes it some tens of us; but not in a system call
 * that would fail or return too little because of it (sleeping, polling, sending): the program must
 * not notice. What sleeps until further notice, as in a mutex, is interrupted, and sleeps on.
 *
 * Any OS thread may call, one is served at a time; it allocates, and waits up to 200 ms for the
 * thread to take signals, and as long for its answer. The caller sees to it that the thread does
 * not end meanwhile; one that has ended is no danger, but its number may have gone to another.
 *
 * 0, or with `out` as it was: -ETIMEDOUT (the thread blocks signals or does not get to run), -ESRCH
 * (there is no such thread, or no /proc), -EBUSY (the program handles all real-time signals, or
 * several threads have begun an answer and do not get to its end), -EAGAIN (too many signals are
 * pending for this user).
 */
int env_backtrace_of(const struct env_thread_ref *ref, struct env_backtrace *out_backtrace);

struct env_backtrace_request {
	struct env_thread_ref thread;
	/*
	 * Runs on that thread, in the handler, before its frames are taken: what a signal handler
	 * may do, and shortly, as it is waited for however long it takes. It has run if there are
	 * frames, may have run after -ETIMEDOUT, and never runs after the call has returned.
	 */
	void (*note)(void *arg);
	void *arg;
};

/* The same, with a note. */
int env_backtrace_with_note(const struct env_backtrace_request *request,
			    struct env_backtrace *out_backtrace);

/*
 * Whether an lcore of this process has no CPU to itself: another one may run on one of its CPUs, or
 * it is not pinned. Such a one should yield before it looks again.
 */
bool env_core_is_shared(uint32_t core);
/* The CPU that an lcore of this process is pinned to; UINT32_MAX: it has more than one, or none. */
uint32_t env_core_only_cpu(uint32_t core);

/* What the calling OS thread has used: getrusage(2). */
void env_get_rusage(struct rusage *out_usage);

/* Of a CPU since the machine runs, in ticks of the kernel (_SC_CLK_TCK). */
struct env_cpu_times {
	uint64_t user;
	uint64_t system;
	uint64_t irq;
};

/* For the CPU that the caller is on. Errors: -errno; -ENOENT: it is not told. */
int env_get_cpu_times(struct env_cpu_times *out_times);

/* The CPU time of the calling OS thread, in ns; a system call. */
uint64_t env_get_cpu_time_ns(void);

/*
 * Lets other OS threads have the CPU before the caller goes on; for loops that wait for one of them
 * after they have spun for a while with spdk_pause().
 */
void env_yield(void);
/* Sleeps about so long, for those who wait for a device that nothing would wake them for. */
void env_sleep_us(uint32_t us);

#endif
