/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the reactor component share.
 *
 * A reactor is a loop on a core: events, then one turn of its run queue, then rest when neither had
 * anything to do. Everything in struct reactor belongs to the OS thread that runs the loop, but for
 * what is marked as shared.
 *
 *   reactor           init, start, stop, fini; the loop; what is left over at the end
 *   event             functions sent to a core
 *   for_each_reactor  one function on each core in turn
 *   placement         on which reactor a thread lives
 *   rest              when to spin, to yield, and to sleep
 *   gaps              how long to spin, by how long it was for nothing
 *   interrupt_mode    reactors whose threads are driven by descriptors
 *   context_switch    the monitor of context switches
 *   scheduler         rounds of a scheduler module; governor: its hand on the clock of cores
 *   scheduler_history what they moved, and why
 *   stall             the watchdog that reports a reactor which does not turn
 *
 * Layers within the folder: gaps | event, rest, governor, scheduler_history | interrupt_mode,
 * for_each_reactor | placement, context_switch, scheduler, stall | reactor.
 */
#ifndef SPINDLE_REACTOR_INTERNAL_H
#define SPINDLE_REACTOR_INTERNAL_H

#include "env/env_internal.h"
#include "runtime/activity.h"
#include "runtime/reactor/gaps.h"
#include "runtime/reactors.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/scheduler.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spdk_internal/event.h"
#include "spindle/reactor.h"
#include "spindle/run_queue.h"

#include <stdatomic.h>

/* What is kept of a thread in its context. */
struct spdk_lw_thread {
	/* At the last round of the scheduler. */
	struct spdk_thread_stats last_stats;
};

struct reactor_event {
	/* What programs see; first. */
	struct spdk_event event;
	struct reactor_event *next;
	/* Part of something larger that outlives the call; freed as a whole when it is dropped. */
	bool is_kept;
};
SPDK_STATIC_ASSERT(offsetof(struct reactor_event, event) == 0, "an event leads to its envelope");

struct reactor {
	/* What spdk_reactor_get() shows. */
	struct spdk_reactor public;

	/* Shared: pushed by anybody, newest first; taken as a whole by the reactor. */
	_Atomic(struct reactor_event *) events __attribute__((aligned(64)));

	/* Shared: for the watchdog. `turns` stands still while the loop does. */
	_Atomic uint64_t turns __attribute__((aligned(64)));
	_Atomic bool is_asleep;
	/* Shared, rest.c: what the last turn or sleep was. While one turns, that before it. */
	_Atomic uint8_t last_state;

	struct spindle_run_queue *queue;
	struct reactor_event *pending; /* taken and not run yet, oldest first */
	struct reactor_event *pending_last;
	uint64_t event_ticks; /* spent in events */
	uint64_t next_chore;  /* when reactor_do_chores() is due; UINT64_MAX: never */
	uint64_t next_monitor;
	struct rest_state {
		struct gaps gaps;
		uint64_t since;  /* when the gap began; 0: there is none */
		uint64_t looked; /* when the last turn was in vain, or the last sleep ended */
		uint64_t spin;   /* how long this gap is to be spent looking for work */
		uint64_t spun;   /* when it went to sleep in this gap, it had looked for so long */
		bool has_slept;  /* in this gap */
		uint64_t asleep_ticks; /* of all sleeps */
		uint64_t sleeps;
	} rest;
	/* The next turn begins when the last one has ended. */
	bool follows_turn;
	bool is_main;
	bool is_cpu_shared;
	/* Nobody runs its loop, since there was no OS thread for it; the main reactor does what is
	 * left to be done there. */
	bool is_orphan;

	/* Set while the loop runs, under the lock of stall.c. */
	struct activity *activity;
	struct env_thread_ref os_thread;
	struct stall_look {
		uint64_t turns;
		uint64_t count;
		uint64_t since;                /* when it was first seen there; 0: not yet */
		struct env_thread_times times; /* until then; zeros: not told */
		uint64_t next_report;
	} look;
};

/* The reactor whose loop this OS thread runs; NULL elsewhere. */
extern __thread struct reactor *t_reactor;

/* reactor.c */
/* NULL when the core has none. */
struct reactor *reactor_of(uint32_t lcore);
/* Running, and nobody has asked for the end. */
bool reactors_go_on(void);
/* Ends its sleep, or the next one before it begins. Any OS thread. */
void reactor_wake(struct reactor *reactor);
/* Has reactor_do_chores() called at `when`, if not before. The reactor itself. */
void reactor_set_chore(struct reactor *reactor, uint64_t when);

/* event.c */
/* Queues an event at its lcore, which exists. */
void event_send(struct reactor_event *event);
/* A batch of what has come; how many have run. */
uint32_t event_run_batch(struct reactor *reactor);
bool event_is_pending(const struct reactor *reactor);
/* Frees what never ran, when nobody sends any more. */
uint32_t event_drop_all(struct reactor *reactor);
/* Of the calling OS thread. */
void event_free_cache(void);

/* rest.c */
void rest_begin(struct reactor *reactor);
/* After a turn in which nothing was done. */
void rest(struct reactor *reactor);
/* After the first in which something was. */
void rest_end(struct reactor *reactor);

/* After a turn in which something was done. */
static inline void
rest_is_over(struct reactor *reactor)
{
	if (atomic_load_explicit(&reactor->last_state, memory_order_relaxed) != REACTOR_BUSY) {
		rest_end(reactor);
	}
}

/* Sleeps, whatever the options are, unless there is something to do. */
void rest_until(struct reactor *reactor, uint64_t deadline);

/* placement.c */
int placement_thread_op(struct spdk_thread *thread, enum spdk_thread_op op);
bool placement_thread_op_supported(enum spdk_thread_op op);

/* interrupt_mode.c */
/* On the reactor itself. */
void interrupt_mode_apply(struct reactor *reactor, bool in_interrupt);
/* A new thread, which has been placed, is to be in the mode of its reactor. */
void interrupt_mode_greet(struct spdk_thread *thread);

/* context_switch.c. On the reactor itself, when due. Returns when it is due again. */
uint64_t context_switch_look(struct reactor *reactor, uint64_t now);

/* scheduler.c. On the scheduling reactor, when due. Returns when it is due again. */
uint64_t scheduler_look(struct reactor *reactor, uint64_t now);
/* Whether a round has begun and not ended. Any OS thread. */
bool scheduler_is_in_round(void);
/* Frees what was made, and sets the defaults, when nothing runs any more. */
void scheduler_fini(void);

/* scheduler_history.c: what a round tells it, in this order */
void scheduler_history_begin_round(void);
void scheduler_history_bound(uint64_t thread_id, uint32_t lcore);
void scheduler_history_balanced(const struct spdk_scheduler_core_info *cores, uint32_t count);
void scheduler_history_moved(uint64_t thread_id, const char *name);
void scheduler_history_refused(uint64_t thread_id, uint32_t lcore);
void scheduler_history_forget(void);

/* stall.c */
int stall_watch_begin(void);
void stall_watch_end(void);
/* The loop begins and ends; on its OS thread. */
void stall_enter(struct reactor *reactor);
void stall_leave(struct reactor *reactor);

#endif
