/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine small enough to be explored wholly: a few threads that are coroutines on one OS thread,
 * memory whose every access is checked, and places to sleep.
 *
 * Words
 *   model thread   stands for one OS thread: a reactor, a sender, a foreign loop
 *   choice point   where a model thread stops and the explorer picks who goes on: before every
 *                  atomic operation, before every plain access to what threads share, before
 *                  sleeping and waking
 *   step           one model thread from one choice point to its next
 *   state          everything that a step can depend on: g_model, g_world and the live stacks
 *
 * Invariants
 *  1. A step is a function of the state and of the choice: nothing outside the state is written by
 *     the source under test, and nothing inside the state depends on how it was reached.
 *  2. Code that runs on no model thread (setting up, judging a final state) meets no choice points.
 */
#ifndef SPINDLE_MODEL_H
#define SPINDLE_MODEL_H

#include <setjmp.h>

#include "runtime/thread/run_queue.h"
#include "spdk/util.h"

#define MODEL_THREADS_MAX   5
#define MODEL_SEGMENTS_MAX  6
#define MODEL_RUNNABLES_MAX 2
#define MODEL_BUFFER_MAX    4
#define MODEL_HEAP_SIZE     1024
#define MODEL_NOBODY        0xff
#define MODEL_STACK_SIZE    (32 * 1024)

enum fault {
	FAULT_NONE,
	FAULT_LOST_WAKE_UP,
	FAULT_DOUBLE_RUN,
	FAULT_REORDER,
	FAULT_USE_AFTER_FREE,
	FAULT_LOST_MESSAGE,
	FAULT_LEAK,
	FAULT_LIVELOCK,
	FAULT_BROKEN_STATE,
	FAULT_COUNT,
};

enum model_state {
	MODEL_UNUSED,
	MODEL_RUNNABLE,
	MODEL_ASLEEP,   /* until its waiter is woken or its deadline comes */
	MODEL_SPINNING, /* until another thread has written something */
	MODEL_FINISHED,
};

/* What the next step of a thread begins with. */
enum model_op {
	MODEL_OP_OTHER,
	MODEL_OP_READ_MODIFY_WRITE, /* or else ordered after all earlier stores, as a system call is
				     */
	MODEL_OP_WEAK_CAS,
};

/* How a step is taken, where there is more than one way. */
enum model_way {
	MODEL_WAY_PLAIN,
	MODEL_WAY_DEADLINE,
	MODEL_WAY_SPURIOUS,
	MODEL_WAY_DRAIN, /* + index: that store of its buffer reaches memory */
};

struct model_buffered_store {
	uint64_t *address;
	uint64_t value;
	uint32_t size;
	bool is_release;
};

struct env_waiter {
	bool is_woken;
	bool is_closed;
};

struct model_thread {
	jmp_buf context;
	char *stack_low; /* the stack above it is live */
	uint64_t stack_hash[2];
	uint8_t state;
	uint8_t next_op;
	uint8_t spurious_left;
	/* Since model_watch(), has another thread written anything? */
	bool is_watching;
	bool has_changed;
	uint8_t buffered_count;
	struct env_waiter *waiter;
	uint64_t deadline;
	struct model_buffered_store buffered[MODEL_BUFFER_MAX];
};

enum model_segment_state {
	MODEL_SEGMENT_NEW,
	MODEL_SEGMENT_USED,
	MODEL_SEGMENT_FREED,
};

/* All of it is part of the state. */
struct model {
	struct segment segments[MODEL_SEGMENTS_MAX] __attribute__((aligned(SEGMENT_SIZE)));
	/* What the source under test has allocated for good: its run queues. */
	char heap[MODEL_HEAP_SIZE] __attribute__((aligned(64)));
	size_t heap_used;
	struct runnable runnables[MODEL_RUNNABLES_MAX];
	uint8_t destroyer[MODEL_RUNNABLES_MAX]; /* MODEL_NOBODY: it is alive */
	uint8_t segment_state[MODEL_SEGMENTS_MAX];
	/* Has been in a state word since it was handed out. */
	bool is_segment_known[MODEL_SEGMENTS_MAX];
	struct env_waiter waiters[4];
	uint32_t waiter_count;
	uint64_t clock;
	struct model_thread threads[MODEL_THREADS_MAX];
};

extern struct model g_model;

/* Not part of the state: how the machine behaves in the scenario at hand. */
struct model_options {
	bool has_store_buffers;
	bool reuses_segments;
	uint8_t spurious_failures; /* of weak compare-and-swap, for each thread */
	/* Told of each change of a thread's word as it reaches memory. */
	void (*word_changed)(uint32_t runnable, uint64_t before, uint64_t after, uint8_t by);
};

extern struct model_options g_model_options;

/* What a step did, for the trace of a fault. */
struct model_trace_step {
	uint8_t thread;
	const char *what;
	const volatile void *address;
	uint64_t value;
};

extern struct model_trace_step g_model_step;

static inline void
model_note(const char *what, const volatile void *address, uint64_t value)
{
	g_model_step.what = what;
	g_model_step.address = address;
	g_model_step.value = value;
}

/* A fault ends the step, and is what model_step() returns. */
void model_fail(enum fault fault, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
const char *model_fault_text(void);
const char *model_fault_name(enum fault fault);

/* Once, before all else: a wild pointer is a fault from then on. */
void model_init(void);

/* Threads. */
void model_thread_start(uint8_t index, void (*main)(uint8_t index));
uint8_t model_self(void);
/* A choice point. `op` is what follows. */
void model_choose(enum model_op op);
/* What a loop that cannot go on does: watch, look, and spin until what it saw may be otherwise. */
void model_watch(void);
bool model_has_changed(void);
void model_spin(void);

/* For the explorer. */
bool model_can_step(uint8_t index, uint8_t way);
enum fault model_step(uint8_t index, uint8_t way);
/* Runs `check` as a step that has no thread, so that it may fail. */
enum fault model_judge(void (*check)(void));
char *model_stack_end(uint8_t index);
void model_stack_clear_dead(uint8_t index);
enum model_way model_current_way(void);

/* Memory. */
void model_reset_accesses(void);
void model_drain(uint8_t index, uint8_t entry);
/* The stores of the running thread that are under way to `memory` will not be seen by anyone. */
void model_forget_stores(const void *memory, size_t size);
bool model_can_drain(const struct model_thread *thread, uint8_t entry);
bool model_memory_is_empty(void);
/* -1: it is in none. */
int model_segment_index(const volatile void *address);
int model_runnable_index(const volatile void *address);
/* Tells the other threads that memory has changed. */
void model_wrote(void);
void model_describe(const volatile void *address, char *out_text, size_t size);

static inline bool
model_is_within(const volatile void *address, const volatile void *start, size_t size)
{
	return (uintptr_t)address >= (uintptr_t)start &&
	       (uintptr_t)address < (uintptr_t)start + size;
}

/* As of now, past all choice points and checks. */
static inline uint64_t
model_peek_word(uint32_t runnable)
{
	return *(volatile uint64_t *)&g_model.runnables[runnable].mailbox.word;
}

#endif
