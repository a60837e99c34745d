/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What Spindle adds to spdk/thread.h.
 */

#ifndef SPINDLE_THREAD_H
#define SPINDLE_THREAD_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Limits the messages that wait for a thread (any); by default there is no limit. Over it,
 * spdk_thread_send_msg() returns -ENOMEM and the message is not taken, which its callers must then
 * check.
 *
 * Units: messages; as many are taken at least, and at most 30 more. 0: no limit.
 */
void spindle_thread_set_message_limit(struct spdk_thread *thread, uint32_t messages);

/**
 * Tells when an active poller has something to do: while `fd` has one of `events`. A reactor keeps
 * calling the poller as long as it is awake anyway, but does not stay awake for it: it sleeps, and
 * is woken by the descriptor. Without this, an active poller keeps its reactor from resting.
 *
 * The poller must take away what makes the descriptor ready (read it, reap the completions behind
 * it), or the reactor will not rest. It must not rely on being called at any other time: work that
 * does not show on the descriptor, such as a retry, needs a timed poller or a message.
 *
 * Thread: the poller's own.
 * Owner: the caller keeps `fd`, and may close it; a duplicate is watched until the poller is
 * unregistered, or given another descriptor, or -1 for none.
 * Shape: events are those of epoll(7): EPOLLIN, EPOLLOUT, EPOLLET... While the poller is paused, or
 * driven by what it gave to spdk_poller_register_interrupt(), the descriptor is not watched. Where
 * spdk_thread_poll() is called by the program, this changes nothing.
 * Errors: -EPERM, the descriptor cannot be waited for (a regular file), or the wrong thread;
 * -EINVAL, the poller has a period; -EBADF; -EMFILE and -ENOMEM. The poller then keeps what it had.
 */
int spindle_poller_set_wake_fd(struct spdk_poller *poller, int fd, uint32_t events);

#ifdef __cplusplus
}
#endif

#endif
