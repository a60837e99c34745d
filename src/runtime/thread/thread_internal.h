/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the thread library share.
 *
 * Who owns what. A lightweight thread belongs to the OS thread that runs it (its mailbox says
 * RUNNING); everything below is that OS thread's unless a comment says otherwise. Two locks exist,
 * both for rare things, and neither is held while code of the application runs:
 *
 *   registry lock  threads by id, names for messages about them       thread_registry.c
 *   device lock    io_devices and which threads hold channels         io_device.c
 *
 * Order: the registry lock is innermost.
 *
 * Layers within the folder, bottom first:
 *   segment  mailbox  inbox  pace  timer_queue  run_queue | cpumask  thread_slab  thread_registry
 *   explain | wake  thread_rest | message  poller  interrupt  io_channel  io_device  for_each
 *   poll  thread  home
 */
#ifndef SPINDLE_THREAD_INTERNAL_H
#define SPINDLE_THREAD_INTERNAL_H

#include "runtime/activity.h"
#include "runtime/thread/run_queue.h"
#include "spdk/env.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"
#include "spdk/thread.h"
#include "spdk/tree.h"
#include "spdk_internal/thread.h"

struct io_device;
struct thread_interrupts;
struct post_poller;

struct spdk_thread {
	struct runnable runnable; /* two cache lines; the first is the senders' */

	/* Read and written in every run. */
	struct spdk_poller **active; /* newest last; holes where one was unregistered */
	uint32_t active_count;
	uint32_t active_capacity;
	struct timer_queue timers;
	_Atomic uint64_t last_tsc; /* others may ask when it last ran */
	uint64_t busy_tsc;
	uint64_t idle_tsc;
	/* run_queue_idle_share() of its home up to which idle_tsc is charged */
	uint64_t idle_mark;
	/* On whose list of residents it is, 0: none. That home's; others may ask. */
	_Atomic uint32_t resident_home;
	uint32_t lock_count;   /* spinlocks held */
	uint32_t nested_polls; /* of the thread from one of its own functions, so far */
	uint32_t next_home;    /* where the present run is to end */
	uint32_t poller_count; /* registered, paused ones too */
	uint32_t paused_count;
	uint32_t active_holes;
	uint32_t active_kind_count; /* registered pollers without a period, paused ones too */
	uint32_t active_watched;    /* of those in `active`: a descriptor tells when to run them */
	/* Asynchronous operations that must call back here before the thread can exit. */
	uint32_t for_each_count;
	uint32_t unregister_count;
	uint32_t create_depth; /* create_cbs of channels on the stack */
	_Atomic bool has_run;
	_Atomic bool is_bound;
	bool is_homed;   /* lives on a run queue, which destroys it when it has exited */
	bool is_walking; /* the active pollers */
	bool is_in_pass; /* looking at its descriptors, with the rest of the pass to come */
	bool in_interrupt;
	bool is_group_watched; /* the descriptor of `interrupts` is with the waiter of its home */
	bool is_leftover;      /* exits because its run queue ends, not by itself */
	bool has_more_time;    /* and has been given it, for what is in flight */
	/* Which OS thread runs it: the address of its tls_runner; NULL: none. Read by others. */
	_Atomic(const void *) runner;
	uint64_t exit_deadline;
	struct post_poller *post_poller;
	struct thread_interrupts *interrupts;
	TAILQ_HEAD(, spdk_poller) paused;
	RB_HEAD(thread_channel_tree, spdk_io_channel) channels;

	/* Constant, but for the cpumask, from creation to destruction. */
	uint64_t id;
	char *name; /* short_name, or allocated */
	char short_name[16];
	struct cpumask *cpumask; /* interned; NULL: all CPUs */
	const void *created_at;

	/* Registry lock. */
	RB_ENTRY(spdk_thread) by_id;
	TAILQ_ENTRY(spdk_thread) unpolled_link; /* until its first run */
	uint64_t last_look; /* last_tsc at the watchdog's last look; unpolled: had messages */
	bool is_unpolled;
	bool is_reported;

	/* The home's. */
	uint32_t wished_home; /* where to move at the end of the next run; 0: nowhere */
	LIST_ENTRY(spdk_thread) resident_link;

	/* thread_rest.c: how long its home is to look for work, if it has said. */
	LIST_ENTRY(spdk_thread) asking_link;
	uint32_t spin_us;
	bool has_spin_us;

	uint8_t ctx[] __attribute__((aligned(64)));
};
SPDK_STATIC_ASSERT(offsetof(struct spdk_thread, runnable.mailbox) == 0, "mailbox comes first");
SPDK_STATIC_ASSERT(sizeof(struct runnable) == 128, "the runner's fields start a cache line");
SPDK_STATIC_ASSERT(sizeof(struct spdk_thread) <= 512, "a thread is small");

enum poller_state {
	POLLER_WAITING,
	POLLER_PAUSING, /* paused at its next visit */
	POLLER_PAUSED,
	POLLER_UNREGISTERED, /* inside its own function; freed when that returns */
};

/* Compared as a whole: without holes. */
struct poller_flags {
	uint16_t state;
	bool is_running;       /* its function is on the stack */
	bool has_interrupt_cb; /* driven by its own descriptor in interrupt mode */
};
SPDK_STATIC_ASSERT(sizeof(struct poller_flags) == 4, "one comparison");

struct spdk_poller {
	struct timer_node timer;
	/* What each call reads and writes lies together, as far as `period_ticks`. */
	struct poller_flags flags;
	uint32_t index; /* in thread->active */
	spdk_poller_fn fn;
	void *arg;
	uint64_t run_count;
	uint64_t busy_count;
	uint64_t period_ticks; /* 0: active */
	struct spdk_thread *thread;
	int wake_fd;     /* our own duplicate; -1: none */
	bool is_watched; /* wake_fd is with the waiter of the thread's home */
	uint32_t wake_events;
	TAILQ_ENTRY(spdk_poller) paused_link;
	spdk_poller_set_interrupt_mode_cb interrupt_cb;
	void *interrupt_arg;
	uint64_t id;
	const void *created_at;
	char name[];
};

/* thread.c: the library */
struct thread_lib {
	bool is_open;
	uint64_t last_id; /* registry lock */
	size_t ctx_size;
	spdk_new_thread_fn new_thread_fn;
	spdk_thread_op_fn op_fn;
	spdk_thread_op_supported_fn op_supported_fn;
	_Atomic uint32_t thread_count;
	struct spdk_thread *_Atomic app_thread;
};
extern struct thread_lib g_thread_lib;

/* What this OS thread is doing. */
struct thread_tls {
	struct spdk_thread *thread;  /* spdk_get_thread() */
	struct run_queue *run_queue; /* being turned */
	/* Whose messages are run, and before which they end: see thread_run_messages(). */
	struct mailbox *batch_of;
	uint64_t batch_end;
	uint32_t message_count; /* run so far */
};
extern __thread struct thread_tls t_tls;

static inline struct mailbox *
thread_mailbox(const struct spdk_thread *thread)
{
	/* The API sends through pointers to const: the queue is not part of what they promise. */
	return &((struct spdk_thread *)(uintptr_t)thread)->runnable.mailbox;
}

static inline struct spdk_thread *
thread_of(struct runnable *runnable)
{
	return SPDK_CONTAINEROF(runnable, struct spdk_thread, runnable);
}

static inline uint64_t
thread_word(const struct spdk_thread *thread)
{
	return load_acquire(&thread_mailbox(thread)->word);
}

static inline enum mailbox_life
thread_life(const struct spdk_thread *thread)
{
	return mailbox_word_life(thread_word(thread));
}

/* cpumask.c: cpumasks shared by all threads that have the same. */
struct cpumask {
	struct spdk_cpuset set;
	uint32_t refs;
	LIST_ENTRY(cpumask) link;
};
/* NULL with *out_error 0 for a set that names no restriction. */
int cpumask_get(const struct spdk_cpuset *set, struct cpumask **out_mask);
void cpumask_put(struct cpumask *mask);
struct spdk_cpuset *cpumask_all(void);

/* thread_slab.c: type-stable memory of threads. */
void *thread_slab_alloc(size_t size);
void thread_slab_free(void *object);
/* Whether an object that is in use begins at this address. */
bool thread_slab_holds(const void *address);

/* thread_registry.c */
void thread_registry_lock(void);
void thread_registry_unlock(void);
void thread_registry_add(struct spdk_thread *thread);
void thread_registry_remove(struct spdk_thread *thread);
/* The one with the smallest id >= `id`; NULL: none. The caller holds the lock. */
struct spdk_thread *thread_registry_from(uint64_t id);
/* By address only, for pointers that may be stale. The caller holds the lock. */
bool thread_registry_has(const struct spdk_thread *thread);
int thread_registry_open(void);
void thread_registry_close(void);

/* explain.c: messages that name the object, its maker and the cure. */
#define EXPLAIN_PLACE_SIZE 256
/* 'function+0x12 (file.c:34)' of a return address. Returns `out`. */
const char *explain_place(const void *address, char *out, size_t size);
/* The same of a function's own address. */
const char *explain_function(const void *function, char *out, size_t size);
/*
 * True when `owner` is the current thread. Else one ERROR: function `what` on `object` (`name`,
 * made at `created_at`) was called from the wrong thread.
 */
bool explain_owner(const char *what, const char *object, const char *name, const void *created_at,
		   const struct spdk_thread *owner);
/* True when there is a current thread. Else one ERROR: `what` needs one. */
bool explain_has_thread(const char *what);
void explain_refused_send(const char *what, const struct spdk_thread *thread, const void *fn);
void explain_foreign_poll(const struct spdk_thread *thread, enum mailbox_run run);
/* What keeps a thread from exiting, a line each. */
void explain_holders(struct spdk_thread *thread, const char *why);

/* message.c */
void thread_hand_over(struct spdk_thread *thread, const struct mailbox_handoff *handoff);
/*
 * For the library's own messages, which no limit keeps from being sent. False, and nothing said,
 * when the thread has exited.
 */
bool thread_try_send(struct spdk_thread *thread, spdk_msg_fn fn, void *ctx);
/* Has the thread visited once more, so that changes made from outside are seen by its home. */
void thread_notify(struct spdk_thread *thread);
/* The same, but for what the thread does itself: its home looks at the end of the run anyway. */
void thread_tell_home(struct spdk_thread *thread);
uint32_t thread_run_messages(struct spdk_thread *thread, uint32_t max);
bool thread_run_critical(struct spdk_thread *thread);

/* wake.c: descriptors that end the sleep of a home */
/* As a poller is linked to and unlinked from the active ones. */
void wake_watch_poller(struct spdk_poller *poller);
void wake_unwatch_poller(struct spdk_poller *poller);
/* For a poller that is being freed. */
void wake_close_poller(struct spdk_poller *poller);
void wake_watch_group(struct spdk_thread *thread);
void wake_unwatch_group(struct spdk_thread *thread);
/* As a thread comes to its home, and leaves it. */
void wake_watch_all(struct spdk_thread *thread);
void wake_unwatch_all(struct spdk_thread *thread);

/* thread_rest.c: as a thread comes to its home, and leaves it */
void thread_rest_arrive(struct run_queue *queue, struct spdk_thread *thread);
void thread_rest_depart(struct run_queue *queue, struct spdk_thread *thread);

/* poller.c */
int thread_run_active_pollers(struct spdk_thread *thread);
int thread_run_timed_pollers(struct spdk_thread *thread, uint64_t now);
void thread_run_post_pollers(struct spdk_thread *thread);
/* Unregisters what is left, for a thread that leaves by force or is destroyed. */
void thread_free_pollers(struct spdk_thread *thread);
/*
 * Whether an active poller is to be run: one that is neither paused, nor driven by a descriptor,
 * nor to be run when a descriptor says so.
 */
bool thread_has_awake_pollers(const struct spdk_thread *thread);
void thread_pollers_set_interrupt(struct spdk_thread *thread, bool interrupt);
/* In interrupt mode a poller with a callback is driven by a descriptor of its own. */
bool poller_is_driven_elsewhere(const struct spdk_poller *poller);

/* poll.c */
/* A run outside of a run queue; false: it is being run, or must not be at this moment. */
bool thread_poll_begin(struct spdk_thread *thread);
void thread_poll_end(struct spdk_thread *thread, int rc, uint64_t start);
/* What is left of a pass after the descriptors have been looked at. */
int thread_run_rest(struct spdk_thread *thread, uint32_t max_msgs, uint64_t now);
void thread_run_at_home(struct run_queue *queue, struct runnable *runnable, uint64_t now,
			struct run_outcome *out_outcome);
uint64_t thread_next_deadline(const struct spdk_thread *thread);
bool thread_has_work(const struct spdk_thread *thread);

/* home.c */
/* Its part of the idle time of its home, up to now. */
void thread_charge_idle(struct spdk_thread *thread);
/* Of a thread that exits or is destroyed while it lives somewhere; else nothing. */
void thread_depart(struct spdk_thread *thread);

/* thread.c */
#define THREAD_EXIT_SEC 5 /* for asynchronous work, after spdk_thread_exit() */
void thread_free(struct spdk_thread *thread);
/* EXITING from now on. For who runs the thread, or its home between two runs. */
void thread_begin_exit(struct spdk_thread *thread, uint64_t deadline);
/* 0, or -ENOTSUP with one ERROR: nobody reschedules threads here. */
int thread_can_reschedule(void);
int thread_reschedule(struct spdk_thread *thread);
void thread_run_by_home_ended(struct run_queue *queue, struct runnable *runnable);

/* io_channel.c, io_device.c, for_each.c */
bool thread_has_channels(const struct spdk_thread *thread);
/* Destroys what is left, in the context of the thread. */
void thread_free_channels(struct spdk_thread *thread);
void thread_explain_channels(struct spdk_thread *thread);
void io_device_lib_close(void);

/* for_each.c */
struct channel_round {
	spdk_channel_msg fn;
	spdk_channel_for_each_cpl cpl;
	void *ctx;
	const void *created_at;
};
/* spdk_for_each_channel() for those who can go on without: 0; -ENOMEM, and nothing is called. */
int thread_for_each_channel(void *io_device, const struct channel_round *round);

/* interrupt.c */
int thread_interrupts_get_fd(const struct spdk_thread *thread);
int thread_interrupts_open(struct spdk_thread *thread);
void thread_interrupts_close(struct spdk_thread *thread);
void thread_interrupts_signal(struct spdk_thread *thread);
/* Runs the handlers of ready descriptors: the greatest of what they returned, and 0. */
int thread_interrupts_run(struct spdk_thread *thread);
/* At the end of a run: makes the descriptor ready at the next deadline. */
void thread_interrupts_rearm(struct spdk_thread *thread);

#endif
