/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run queue is a home of threads: what one reactor turns. It visits a thread only when the thread
 * has been made READY (a message, a notice, an active poller, an exit under way) or its deadline
 * has come; an idle thread is on no list and costs nothing. Between the two are watched threads:
 * what they wait for shows on a descriptor that the waiter has, so they are visited in every turn,
 * as if they were READY, and still do not keep the home from sleeping.
 *
 * A run is more than one visit. What a thread has just done it often does again at once, and to end
 * a run and begin the next costs more than a message: two atomic operations on a word whose cache
 * line a sender had, and a way through the inbox. So a home keeps threads RUNNING between two
 * visits, on its ready list: those that have work in every turn, and KEPT_IDLE_MAX others, whose
 * queues it looks at in every turn without writing anything. It ends their runs before it sleeps.
 *
 * One OS thread at a time owns a run queue and calls everything but run_queue_wake(). What running
 * a thread means is the caller's `run` function, so that this file, mailbox.c and inbox.c together
 * are the whole concurrent core, and can be tested as such.
 *
 * Invariants
 *  1. A READY thread is in exactly one place: with whoever made it READY, in the inbox of its home,
 *     or on the ready list of its home. A kept thread is on the ready list; one that is being
 *     visited is on none.
 *  2. The deadline of a thread is in the queue of the home that ran it last, and nowhere else.
 *  3. A watched thread is IDLE or on its way here like any other; the list of the watched is
 *     beside that, and who leaves the home leaves it.
 *  4. No thread is kept while the home sleeps, except those that do not let it sleep.
 *  5. A notice to a thread that is RUNNING also goes to the inbox of its home, which then looks at
 *     the words of all that it keeps.
 *  6. Run queues are never freed, but used again: a late wake-up may reach one that has been
 *     released, and then is merely one wake-up too many.
 */
#ifndef SPINDLE_RUN_QUEUE_INTERNAL_H
#define SPINDLE_RUN_QUEUE_INTERNAL_H

#include "env/env_internal.h"
#include "runtime/thread/inbox.h"
#include "runtime/thread/pace.h"
#include "runtime/thread/timer_queue.h"
#include "spdk/queue.h"

struct run_queue;
struct spdk_thread;

/* What a run queue knows of a thread. All zeros, but for the mailbox, when the thread is new. */
struct runnable {
	struct mailbox mailbox;
	/* Owned by the home that runs it. */
	struct timer_node deadline;
	struct pace pace;
	uint8_t vain_looks;  /* since the last visit; stays at its maximum */
	bool is_counted : 1; /* its home has run it, and has it in runnable_count */
	bool is_watched : 1; /* on its home's list of the watched */
	bool is_kept : 1;
	bool has_work : 1; /* kept, and to be visited in every turn */
	bool is_due : 1;   /* kept, and to be visited in the next turn */
};

/* What a run has come to. */
struct run_outcome {
	uint64_t deadline; /* of its earliest timer; UINT64_MAX: none */
	uint64_t now;      /* ticks at the end of the run */
	uint32_t home;     /* where it is to live from now on */
	bool again;        /* it has work at once, such as an active poller */
	bool watch; /* a descriptor of the waiter tells when it has work, and does not tell who */
	bool busy;  /* it did something */
	uint32_t messages; /* run in this visit */
	bool exited;       /* mailbox_close() has succeeded */
};

/* At home a visit costs more than a message: take as many as keep the others' turn near. */
#define RUN_BATCH 32

struct run_queue_ops {
	/* Runs it once: takes its messages, runs its timers. */
	void (*run)(struct run_queue *queue, struct runnable *runnable, uint64_t now,
		    struct run_outcome *out_outcome);
	/* It has exited and is on no list any more; the callee may free it. */
	void (*exited)(struct run_queue *queue, struct runnable *runnable);
};

struct run_queue {
	/* Written by senders. */
	struct inbox inbox;
	struct env_waiter *waiter;
	uint32_t id;

	/* The owner's. */
	struct mailbox *ready __attribute__((aligned(64)));
	struct mailbox *ready_last;
	uint32_t ready_count;
	uint32_t kept_idle_count; /* of those, kept ones that need no visit */
	uint32_t busy_visits;
	uint32_t asks;           /* turns in which it was asked to look at words */
	uint32_t runnable_count; /* threads that live here and have run here at least once */
	struct timer_queue timers;
	struct mailbox *watched;
	const struct run_queue_ops *ops;
	/* For the `run` function: the threads that live here. */
	LIST_HEAD(, spdk_thread) residents;
	/* The same: those of them that have said how long to look for work, and the longest. */
	LIST_HEAD(, spdk_thread) asking;
	uint32_t asking_count;
	uint32_t asked_spin_us;
	uint64_t busy_ticks;
	uint64_t idle_ticks;
	/* Idle time divided by the threads living here, summed up: see run_queue_idle_share(). */
	uint64_t idle_share;
	uint64_t last_turn;
	uint64_t pace_ticks; /* PACE_WAIT_NS */
	bool in_use;
};

/* Any OS thread. -EMFILE and -ENOMEM from the waiter, -ENOSPC: MAILBOX_HOME_MAX are in use. */
int run_queue_create(const struct run_queue_ops *ops, struct run_queue **out_queue);
/* Nothing lives there any more; accepts NULL. */
void run_queue_release(struct run_queue *queue);

/* The one whose number is `id`, as in the state word of a thread that lives there. */
struct run_queue *run_queue_of(uint32_t id);

/* Nothing lives there, and nothing is on its way there. */
bool run_queue_is_deserted(const struct run_queue *queue);

/* Makes `queue` the home of a thread that has none. False: somebody is running it. */
bool run_queue_adopt(struct run_queue *queue, struct runnable *runnable);

/*
 * While nobody turns or sends: takes a thread, which may be READY, off its home, for good.
 */
void run_queue_evict(uint32_t home, struct runnable *runnable);

/*
 * For whoever got the handoff: puts the thread into its home's hands. `local` is the run queue that
 * this OS thread owns, NULL where there is none or in a signal handler: a thread that lives there
 * goes onto the ready list without an atomic operation.
 */
void run_queue_hand_over(uint32_t home, struct runnable *runnable, struct run_queue *local);

/*
 * Any OS thread, signal handlers, for whoever was told MAILBOX_ASK_HOME: has the home look at the
 * words of the threads that it keeps.
 */
void run_queue_ask(uint32_t home);

/*
 * One turn: takes what has come in and what is due at `now`, and runs each READY thread once.
 * Returns how many of them were busy. *now is advanced to the end of the turn.
 */
uint32_t run_queue_turn(struct run_queue *queue, uint64_t *now);

/* Ticks when the next timer is due: 0 when there are threads to run at once, UINT64_MAX: never. */
uint64_t run_queue_next_deadline(const struct run_queue *queue);

/*
 * Sleeps until something comes in, or `deadline`, or the next timer. True when it slept, that is,
 * when there was nothing to do at the moment of going to sleep.
 */
bool run_queue_park(struct run_queue *queue, uint64_t deadline);

/* Any OS thread, signal handlers: ends a park, also one that is about to begin. */
void run_queue_wake(struct run_queue *queue);

/* Idle ticks that have fallen to each thread living here, since the run queue was made. */
uint64_t run_queue_idle_share(const struct run_queue *queue);

#endif
