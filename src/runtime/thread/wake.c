/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors that end the sleep of the run queue that a thread lives on: those that the
 * application has given to active pollers, and the one behind which the thread's interrupts are.
 *
 * Invariants
 *  1. A descriptor is with the waiter of a home exactly while its thread is a resident there and,
 *     for a poller's, while the poller is among those that are called there: a paused one would not
 *     take away what makes the descriptor ready, and nobody would sleep any more.
 *  2. What could not be given to the waiter is not marked as watched, and so is asked in every
 *     turn: the home does not rest, but nothing is missed.
 *  3. A poller's descriptor is our own duplicate. Two pollers can have the same, and it is open for
 *     as long as the waiter knows it, whatever the application does with its own.
 *
 * The waiter only tells that something is ready, not what: a home visits all of its watched threads
 * in each turn, see run_queue.h.
 */
#include "env/env_internal.h"
#include "runtime/thread/thread_internal.h"
#include "spdk/string.h"
#include "spindle/thread.h"

#include <fcntl.h>

static struct env_waiter *
waiter_of(const struct spdk_thread *thread)
{
	return run_queue_of(load_relaxed(&thread->resident_home))->waiter;
}

static void
warn_unwatched(const struct spdk_thread *thread, const char *what, const char *name, int rc)
{
	SPDK_WARNLOG("Thread '%s': the reactor cannot wait for the descriptor of %s '%s': %s. It "
		     "is asked over and over instead, and the reactor does not rest.\n",
		     thread->name, what, name, spdk_strerror(-rc));
}

void
wake_watch_poller(struct spdk_poller *poller)
{
	struct spdk_thread *thread = poller->thread;
	int rc;

	if (load_relaxed(&thread->resident_home) == 0 || poller->wake_fd < 0 ||
	    poller->is_watched || poller_is_driven_elsewhere(poller)) {
		return;
	}
	rc = env_waiter_add_fd(waiter_of(thread), poller->wake_fd, poller->wake_events);
	if (rc != 0) {
		warn_unwatched(thread, "poller", poller->name, rc);
		return;
	}
	poller->is_watched = true;
	thread->active_watched++;
}

void
wake_unwatch_poller(struct spdk_poller *poller)
{
	if (poller->is_watched) {
		(void)env_waiter_remove_fd(waiter_of(poller->thread), poller->wake_fd);
		poller->is_watched = false;
		poller->thread->active_watched--;
	}
}

void
wake_close_poller(struct spdk_poller *poller)
{
	wake_unwatch_poller(poller);
	if (poller->wake_fd >= 0) {
		close(poller->wake_fd);
		poller->wake_fd = -1;
	}
}

void
wake_watch_group(struct spdk_thread *thread)
{
	int rc;

	if (load_relaxed(&thread->resident_home) == 0 || thread->interrupts == NULL ||
	    thread->is_group_watched) {
		return;
	}
	rc = env_waiter_add_fd(waiter_of(thread), thread_interrupts_get_fd(thread), EPOLLIN);
	if (rc != 0) {
		warn_unwatched(thread, "the interrupts of", thread->name, rc);
		return;
	}
	thread->is_group_watched = true;
}

void
wake_unwatch_group(struct spdk_thread *thread)
{
	if (thread->is_group_watched) {
		(void)env_waiter_remove_fd(waiter_of(thread), thread_interrupts_get_fd(thread));
		thread->is_group_watched = false;
	}
}

void
wake_watch_all(struct spdk_thread *thread)
{
	uint32_t i;

	wake_watch_group(thread);
	for (i = 0; i < thread->active_count; i++) {
		if (thread->active[i] != NULL) {
			wake_watch_poller(thread->active[i]);
		}
	}
}

void
wake_unwatch_all(struct spdk_thread *thread)
{
	uint32_t i;

	wake_unwatch_group(thread);
	for (i = 0; i < thread->active_count && thread->active_watched != 0; i++) {
		if (thread->active[i] != NULL) {
			wake_unwatch_poller(thread->active[i]);
		}
	}
}

static bool
is_active(const struct spdk_poller *poller)
{
	return poller->flags.state == POLLER_WAITING || poller->flags.state == POLLER_PAUSING;
}

/* A duplicate that any epoll instance takes; a regular file is refused by all. */
static int
duplicate(int fd, uint32_t events, int *out_fd)
{
	int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct env_waiter *waiter;
	int rc;

	if (own_fd < 0) {
		return -errno;
	}
	rc = env_waiter_create(&waiter);
	if (rc == 0) {
		rc = env_waiter_add_fd(waiter, own_fd, events);
		env_waiter_destroy(waiter);
	}
	if (rc != 0) {
		close(own_fd);
		return rc;
	}
	*out_fd = own_fd;
	return 0;
}

static void
explain_refused_fd(const struct spdk_poller *poller, int fd, int rc)
{
	SPDK_ERRLOG("spindle_poller_set_wake_fd(): descriptor %d of poller '%s' cannot be waited "
		    "for: %s. %s\n",
		    fd, poller->name, spdk_strerror(-rc),
		    rc == -EPERM ?
			    "A regular file or directory is always ready: give the descriptor that "
			    "tells of its completions, such as an eventfd, or none" :
			    "The poller keeps what it had");
}

int
spindle_poller_set_wake_fd(struct spdk_poller *poller, int fd, uint32_t events)
{
	int rc, own_fd = -1;

	if (!explain_owner("spindle_poller_set_wake_fd", "poller", poller->name, poller->created_at,
			   poller->thread)) {
		return -EPERM;
	}
	if (poller->period_ticks != 0) {
		SPDK_ERRLOG("spindle_poller_set_wake_fd(): poller '%s' has a period, which tells "
			    "when to run it; register it with period 0\n",
			    poller->name);
		return -EINVAL;
	}
	if (fd != -1) {
		rc = duplicate(fd, events, &own_fd);
		if (rc != 0) {
			explain_refused_fd(poller, fd, rc);
			return rc;
		}
	}
	wake_close_poller(poller);
	poller->wake_fd = own_fd;
	poller->wake_events = events;
	if (is_active(poller)) {
		wake_watch_poller(poller);
	}
	thread_tell_home(poller->thread);
	return 0;
}
