/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Model threads: coroutines whose stacks lie at fixed addresses, so that a copy of the live part is
 * all there is to saving and restoring one. They are entered by a context made once, and switched
 * by _setjmp and _longjmp, which make no system call.
 *
 * The part of a stack below the live one is kept zero, so that what dead calls left there does not
 * make equal states look different.
 */
#include <signal.h>
#include <ucontext.h>

#include "model.h"

/* Calls between two choice points go no deeper than this; more would cost precision, not truth. */
#define DEAD_STACK_SIZE 2048

struct model_trace_step g_model_step;

static char g_stacks[MODEL_THREADS_MAX][MODEL_STACK_SIZE] __attribute__((aligned(64)));
static void (*g_mains[MODEL_THREADS_MAX])(uint8_t index);
static ucontext_t g_entries[MODEL_THREADS_MAX];
static jmp_buf g_explorer;
static uint8_t g_self = MODEL_NOBODY;
static uint8_t g_way;
static enum fault g_fault;
static char g_fault_text[200];

char *
model_stack_end(uint8_t index)
{
	return g_stacks[index] + MODEL_STACK_SIZE;
}

uint8_t
model_self(void)
{
	return g_self;
}

enum model_way
model_current_way(void)
{
	return g_way;
}

void
model_stack_clear_dead(uint8_t index)
{
	char *low = g_model.threads[index].stack_low;

	memset(low - DEAD_STACK_SIZE, 0, DEAD_STACK_SIZE);
}

/* Below the frame of its caller, so that all of that frame counts as live. */
static char *__attribute__((noinline)) below_caller(void)
{
	return __builtin_frame_address(0);
}

static void __attribute__((noinline)) return_to_explorer(void)
{
	struct model_thread *thread = &g_model.threads[g_self];

	thread->stack_low = below_caller();
	if (_setjmp(thread->context) == 0) {
		_longjmp(g_explorer, 1);
	}
}

void
model_choose(enum model_op op)
{
	if (g_self != MODEL_NOBODY) {
		g_model.threads[g_self].next_op = op;
		return_to_explorer();
	}
}

static void
enter(void)
{
	uint8_t index = g_self;

	return_to_explorer();
	g_mains[index](index);
	/* Nothing of its stack matters any more, nor does what its registers held. */
	memset(&g_model.threads[index].context, 0, sizeof(jmp_buf));
	g_model.threads[index].state = MODEL_FINISHED;
	g_model.threads[index].stack_low = model_stack_end(index);
	_longjmp(g_explorer, 1);
}

void
model_thread_start(uint8_t index, void (*main)(uint8_t index))
{
	struct model_thread *thread = &g_model.threads[index];

	memset(thread, 0, sizeof(*thread));
	memset(g_stacks[index], 0, MODEL_STACK_SIZE);
	thread->state = MODEL_RUNNABLE;
	thread->spurious_left = g_model_options.spurious_failures;
	g_mains[index] = main;
	getcontext(&g_entries[index]);
	g_entries[index].uc_stack.ss_sp = g_stacks[index];
	g_entries[index].uc_stack.ss_size = MODEL_STACK_SIZE;
	g_entries[index].uc_link = NULL;
	makecontext(&g_entries[index], enter, 0);
	g_self = index;
	if (_setjmp(g_explorer) == 0) {
		setcontext(&g_entries[index]);
	}
	model_stack_clear_dead(g_self);
	g_self = MODEL_NOBODY;
}

void
model_watch(void)
{
	struct model_thread *thread = &g_model.threads[g_self];

	thread->is_watching = true;
	thread->has_changed = false;
}

bool
model_has_changed(void)
{
	return g_model.threads[g_self].has_changed;
}

void
model_spin(void)
{
	struct model_thread *thread = &g_model.threads[g_self];

	if (!thread->has_changed) {
		thread->state = MODEL_SPINNING;
		model_choose(MODEL_OP_OTHER);
		thread->state = MODEL_RUNNABLE;
	}
	thread->is_watching = false;
	thread->has_changed = false;
}

void
model_wrote(void)
{
	uint8_t i;

	for (i = 0; i < MODEL_THREADS_MAX; i++) {
		if (i != g_self && g_model.threads[i].is_watching) {
			g_model.threads[i].has_changed = true;
		}
	}
}

bool
model_can_step(uint8_t index, uint8_t way)
{
	const struct model_thread *thread = &g_model.threads[index];

	if (way >= MODEL_WAY_DRAIN) {
		return model_can_drain(thread, way - MODEL_WAY_DRAIN);
	}
	switch (thread->state) {
	case MODEL_RUNNABLE:
		if (way == MODEL_WAY_SPURIOUS) {
			return thread->next_op == MODEL_OP_WEAK_CAS && thread->spurious_left > 0 &&
			       thread->buffered_count == 0;
		}
		/* What empties the buffer waits until that is done: draining is a step of its own.
		 */
		return way == MODEL_WAY_PLAIN &&
		       (thread->next_op == MODEL_OP_OTHER || thread->buffered_count == 0);
	case MODEL_ASLEEP:
		return thread->buffered_count == 0 &&
		       ((way == MODEL_WAY_PLAIN && thread->waiter->is_woken) ||
			(way == MODEL_WAY_DEADLINE && thread->deadline != ENV_WAIT_FOREVER));
	case MODEL_SPINNING:
		return way == MODEL_WAY_PLAIN && thread->has_changed;
	default:
		return false;
	}
}

enum fault
model_step(uint8_t index, uint8_t way)
{
	g_fault = FAULT_NONE;
	g_self = index;
	g_way = way;
	memset(&g_model_step, 0, sizeof(g_model_step));
	g_model_step.what = "goes on";
	model_reset_accesses();
	if (_setjmp(g_explorer) == 0) {
		if (way >= MODEL_WAY_DRAIN) {
			model_drain(index, way - MODEL_WAY_DRAIN);
		} else {
			_longjmp(g_model.threads[index].context, 1);
		}
	}
	g_model_step.thread = g_self;
	if (g_fault == FAULT_NONE && way < MODEL_WAY_DRAIN) {
		model_stack_clear_dead(g_self);
	}
	g_self = MODEL_NOBODY;
	return g_fault;
}

/* A pointer from freed memory or from past the end of something leads anywhere. */
static void
catch_wild_pointer(int signal)
{
	model_fail(FAULT_USE_AFTER_FREE, "a wild pointer is followed: signal %d", signal);
}

void
model_init(void)
{
	static char stack[64 * 1024];
	const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof(stack)};
	/* Left by a jump, so it must not be blocked meanwhile. */
	const struct sigaction action = {
		.sa_handler = catch_wild_pointer,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};

	sigaltstack(&alternative, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

enum fault
model_judge(void (*check)(void))
{
	g_fault = FAULT_NONE;
	model_reset_accesses();
	if (_setjmp(g_explorer) == 0) {
		check();
	}
	return g_fault;
}

void
model_fail(enum fault fault, const char *format, ...)
{
	va_list arguments;

	g_fault = fault;
	va_start(arguments, format);
	vsnprintf(g_fault_text, sizeof(g_fault_text), format, arguments);
	va_end(arguments);
	_longjmp(g_explorer, 1);
}

const char *
model_fault_text(void)
{
	return g_fault_text;
}

const char *
model_fault_name(enum fault fault)
{
	static const char *const names[FAULT_COUNT] = {
		[FAULT_NONE] = "none",
		[FAULT_LOST_WAKE_UP] = "lost wake-up",
		[FAULT_DOUBLE_RUN] = "double run",
		[FAULT_REORDER] = "reorder",
		[FAULT_USE_AFTER_FREE] = "use after free",
		[FAULT_LOST_MESSAGE] = "lost message",
		[FAULT_LEAK] = "leak",
		[FAULT_LIVELOCK] = "livelock",
		[FAULT_BROKEN_STATE] = "broken state",
	};

	return names[fault];
}
