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

/** For spindle_thread_set_rest(): the reactor shall not sleep at all. */
#define SPINDLE_REST_NEVER UINT32_MAX
/** For spindle_thread_set_rest(): as if it had not been called. */
#define SPINDLE_REST_USUAL (UINT32_MAX - 1)

/**
 * Says how long the reactor that a thread lives on shall look for work, after the last that it had,
 * before it sleeps: for a thread whose answers must not wait for a wake-up, or one that nobody
 * waits for. The reactor heeds the most eager of its threads; those that have not asked count with
 * what is usual there, which is --spin-us as its bound, and less where looking has been in vain
 * (spindle/reactor.h). What a thread asks for is not adapted: it is the time that the reactor
 * looks, in each gap between work.
 *
 * Looking keeps a CPU busy, and costs the other threads of the reactor nothing. The wish goes where
 * the thread goes, and ends with it. --poll keeps all reactors awake, whatever threads say.
 *
 * Thread: the thread's own; it is heeded from the end of its present run on.
 * Units: microseconds. 0: for this thread's sake it need not look at all. SPINDLE_REST_NEVER,
 * SPINDLE_REST_USUAL.
 * Errors: -EPERM, the wrong thread; explained.
 *
 * Reactors of Spindle do as they are asked. A program with run queues of its own can ask
 * spindle_run_queue_get_rest() before it parks one; where threads are polled by
 * spdk_thread_poll(), this changes nothing.
 */
int spindle_thread_set_rest(struct spdk_thread *thread, uint32_t spin_us);

#ifdef __cplusplus
}
#endif

#endif
