/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Run queues: what a reactor turns.
 *
 * A program that brings its own reactor can call spdk_thread_poll() on each of its threads, over
 * and over; the cost of a turn then grows with the number of threads. Or it gives each of its OS
 * threads a run queue and lets threads live there: a run queue visits a thread only when it has a
 * message, a due timer, an active poller, or is exiting, and it can sleep until one of its threads
 * has. Such a reactor calls spindle_run_queue_turn() in a loop, and spindle_run_queue_park() after
 * a turn that returned 0.
 *
 * Thread: create and the functions marked (any) may be called from anywhere; all others belong to
 * the one OS thread that turns the run queue.
 */

#ifndef SPINDLE_RUN_QUEUE_H
#define SPINDLE_RUN_QUEUE_H

#include "spdk/stdinc.h"
#include "spdk/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spindle_run_queue;

#define SPINDLE_PARK_FOREVER UINT64_MAX

/**
 * Makes a run queue with no threads.
 *
 * Owner: the caller, until spindle_run_queue_destroy().
 * Errors: -EMFILE, -ENFILE or -ENOMEM for the descriptors that it sleeps on; -ENOSPC, 4095 are in
 * use.
 */
int spindle_run_queue_create(struct spindle_run_queue **out_queue);

/**
 * Frees a run queue; NULL is accepted.
 *
 * Errors: -EBUSY, and nothing is done, while threads live there.
 */
int spindle_run_queue_destroy(struct spindle_run_queue *queue);

/**
 * Makes `queue` the home of a thread (any): it runs there from now on, is not to be polled by
 * spdk_thread_poll() any more, and is destroyed there once it has exited. To be called from the
 * SPDK_THREAD_OP_NEW operation, or on a thread that nobody is polling.
 *
 * Errors: -EINVAL, it lives on a run queue already (see spindle_run_queue_move()); -EBUSY, it is
 * being polled at this moment; -EIO, it is exiting or has exited.
 */
int spindle_run_queue_add(struct spindle_run_queue *queue, struct spdk_thread *thread);

/**
 * Moves the current thread, when its present run ends, to another run queue. To be called from the
 * SPDK_THREAD_OP_RESCHED operation, or from any message or poller of the thread. Messages that
 * arrive meanwhile keep their order. A bound thread stays.
 *
 * Errors: -EINVAL, there is no current thread or it lives on no run queue; -EPERM, it is bound.
 */
int spindle_run_queue_move(struct spindle_run_queue *queue);

/**
 * One turn: runs each thread that is ready, once. Returns how many of them found work.
 */
uint32_t spindle_run_queue_turn(struct spindle_run_queue *queue);

/**
 * The same, for who knows the time: reading the clock is a good part of what a short turn costs.
 *
 * Units: `now` in ticks; not before the end of the turn before, which is last_tsc of
 * spindle_run_queue_get_stats(), and the time to give when nothing has been done since. Then what
 * has passed between the turns is charged to the first thread that finds work.
 */
uint32_t spindle_run_queue_turn_at(struct spindle_run_queue *queue, uint64_t now);

/**
 * When the next turn is due.
 *
 * Units: ticks of spdk_get_ticks(). 0: at once; UINT64_MAX: when a message comes.
 */
uint64_t spindle_run_queue_next_deadline(const struct spindle_run_queue *queue);

/**
 * Sleeps until a thread becomes ready, a timer is due, spindle_run_queue_wake() is called, or
 * `deadline` has come. Returns at once, with false, when a thread is ready already.
 *
 * Units: ticks of spdk_get_ticks(), absolute.
 */
bool spindle_run_queue_park(struct spindle_run_queue *queue, uint64_t deadline);

typedef void (*spindle_run_queue_thread_fn)(struct spdk_thread *thread, void *arg);

/**
 * Calls a function for each thread that lives on the run queue and has run there, newest first.
 * Between turns; there is no current thread meanwhile. The function may call
 * spindle_run_queue_move_thread() for the thread it is given: nobody leaves before the next turn.
 */
void spindle_run_queue_for_each_thread(struct spindle_run_queue *queue,
				       spindle_run_queue_thread_fn fn, void *arg);

/**
 * Moves a thread that lives on `from`, between turns, to another run queue: when its next run ends,
 * which this call brings about. As with spindle_run_queue_move(), nothing is lost or reordered.
 *
 * Errors: -EINVAL, it does not live on `from` or has not run there yet; -EPERM, it is bound.
 */
int spindle_run_queue_move_thread(struct spindle_run_queue *from, struct spdk_thread *thread,
				  struct spindle_run_queue *to);

/**
 * For a reactor that is about to end: has each thread that lives there, but for `keep` (NULL:
 * none), exit as if it had called spdk_thread_exit(). Until `deadline` it may let go of its pollers
 * and channels; then what it holds is named in the log and taken from it. Where something is in
 * flight, such as a spdk_for_each_channel() that it began, it has 3 seconds more. One that had
 * called spdk_thread_exit() itself keeps the time that gave it. Turn the run queue until they are
 * gone; threads that come later need another call. Between turns.
 *
 * Units: ticks of spdk_get_ticks(), absolute.
 * Returns how many threads live there.
 */
uint32_t spindle_run_queue_exit_threads(struct spindle_run_queue *queue,
					const struct spdk_thread *keep, uint64_t deadline);

/**
 * Ends a park, or the next one before it begins (any; signal handlers too).
 */
void spindle_run_queue_wake(struct spindle_run_queue *queue);

struct spindle_run_queue_stats {
	/** Threads that live there. */
	uint32_t thread_count;
	/** Ticks spent in runs of threads that found work, and all the rest. */
	uint64_t busy_tsc;
	uint64_t idle_tsc;
	/** When the last turn ended; 0: there was none. */
	uint64_t last_tsc;
};

/** What the run queue has done since it was made. */
void spindle_run_queue_get_stats(const struct spindle_run_queue *queue,
				 struct spindle_run_queue_stats *stats);

struct spindle_run_queue_rest {
	/** The longest that a thread living there has asked for; SPINDLE_REST_NEVER. 0: none has.
	 */
	uint32_t spin_us;
	/** What is usual counts as well: some thread has not asked, or none lives there. */
	bool is_usual;
};

/**
 * For how long the threads that live there want it to be turned in vain before it is parked: see
 * spindle_thread_set_rest(). Nothing heeds that but who turns the run queue; reactors do.
 */
void spindle_run_queue_get_rest(const struct spindle_run_queue *queue,
				struct spindle_run_queue_rest *out_rest);

#ifdef __cplusplus
}
#endif

#endif
