/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where an OS thread sleeps: an epoll instance with an eventfd in it.
 *
 * Invariants:
 *  1. The eventfd is watched edge-triggered and never read: each write is a new edge, and taking
 *     the event off the epoll instance is what forgets it. That spares the sleeper one system call
 *     for each wake. Its counter would take centuries to fill.
 *  2. Other descriptors are watched as their owner asked, level-triggered by default: they stay
 *     ready until their owner has dealt with them.
 *  3. env_waiter_wake() touches nothing but the number of the eventfd, which never changes, so
 *     signal handlers may call it.
 */
#include "env/env_internal.h"
#include "env/posix/ticks.h"
#include "spdk/env.h"

#include <stdatomic.h>

#define NS_PER_SEC UINT64_C(1000000000)
/* How many events one call takes off. More that are ready make the next call return at once. */
#define WAIT_EVENTS_MAX 16

struct env_waiter {
	int epoll_fd;
	int wake_fd;
};

/* The kernel's own layout for this call, whatever time_t is. */
struct wait_timeout {
	int64_t tv_sec;
	int64_t tv_nsec;
};

#ifdef SYS_epoll_pwait2
/* Kernels before 5.11 do not know epoll_pwait2(). Found out once, by whoever comes first; orders
 * nothing. */
static atomic_bool g_is_old_kernel;
#endif

int
env_waiter_create(struct env_waiter **out_waiter)
{
	struct env_waiter *waiter;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int rc;

	waiter = calloc(1, sizeof(*waiter));
	if (waiter == NULL) {
		return -ENOMEM;
	}
	waiter->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (waiter->epoll_fd < 0) {
		rc = -errno;
		goto free_waiter;
	}
	waiter->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (waiter->wake_fd < 0) {
		rc = -errno;
		goto close_epoll;
	}
	event.data.fd = waiter->wake_fd;
	if (epoll_ctl(waiter->epoll_fd, EPOLL_CTL_ADD, waiter->wake_fd, &event) != 0) {
		rc = -errno;
		goto close_wake;
	}
	*out_waiter = waiter;
	return 0;

close_wake:
	close(waiter->wake_fd);
close_epoll:
	close(waiter->epoll_fd);
free_waiter:
	free(waiter);
	return rc;
}

void
env_waiter_destroy(struct env_waiter *waiter)
{
	if (waiter == NULL) {
		return;
	}
	close(waiter->epoll_fd);
	close(waiter->wake_fd);
	free(waiter);
}

/* The nanoseconds of epoll_pwait2() with ppoll(), which every kernel has. */
static int
wait_by_ppoll(int epoll_fd, struct epoll_event *events, const struct wait_timeout *timeout)
{
	struct pollfd poll_fd = {.fd = epoll_fd, .events = POLLIN};
	struct timespec poll_timeout;
	int rc;

	if (timeout != NULL) {
		poll_timeout.tv_sec = timeout->tv_sec;
		poll_timeout.tv_nsec = timeout->tv_nsec;
	}
	rc = ppoll(&poll_fd, 1, timeout != NULL ? &poll_timeout : NULL, NULL);
	if (rc <= 0) {
		return rc;
	}
	return epoll_wait(epoll_fd, events, WAIT_EVENTS_MAX, 0);
}

/* How many events there were, 0 after the timeout, -1 and errno. */
static int
wait_once(int epoll_fd, const struct wait_timeout *timeout)
{
	struct epoll_event events[WAIT_EVENTS_MAX];
#ifdef SYS_epoll_pwait2
	int rc;

	if (!atomic_load_explicit(&g_is_old_kernel, memory_order_relaxed)) {
		rc = syscall(SYS_epoll_pwait2, epoll_fd, events, WAIT_EVENTS_MAX, timeout, NULL, 0);
		/* Old sandboxes answer EPERM for what they do not know. */
		if (rc >= 0 || (errno != ENOSYS && errno != EPERM)) {
			return rc;
		}
		atomic_store_explicit(&g_is_old_kernel, true, memory_order_relaxed);
	}
#endif
	return wait_by_ppoll(epoll_fd, events, timeout);
}

void
env_waiter_wait(struct env_waiter *waiter, uint64_t deadline)
{
	struct wait_timeout timeout;
	uint64_t now, ns;
	int rc;

	/*
	 * Round again after a signal, and when the kernel's clock was done before the tick counter:
	 * the two agree to some parts per million only.
	 */
	do {
		if (deadline == ENV_WAIT_FOREVER) {
			rc = wait_once(waiter->epoll_fd, NULL);
			continue;
		}
		now = spdk_get_ticks();
		if (now >= deadline) {
			return;
		}
		ns = ticks_to_ns(deadline - now);
		timeout.tv_sec = ns / NS_PER_SEC;
		timeout.tv_nsec = ns % NS_PER_SEC;
		rc = wait_once(waiter->epoll_fd, &timeout);
	} while (rc == 0 || (rc < 0 && errno == EINTR));
}

void
env_waiter_wake(struct env_waiter *waiter)
{
	uint64_t one = 1;
	int saved_errno = errno;
	ssize_t written;

	/* It cannot fail: the descriptor is open, and the counter is never full. */
	written = write(waiter->wake_fd, &one, sizeof(one));
	(void)written;
	errno = saved_errno;
}

int
env_waiter_add_fd(struct env_waiter *waiter, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(waiter->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int
env_waiter_remove_fd(struct env_waiter *waiter, int fd)
{
	return epoll_ctl(waiter->epoll_fd, EPOLL_CTL_DEL, fd, NULL) == 0 ? 0 : -errno;
}
