/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the linker gives the source under test in place of the libraries below it: segments from a
 * small pool, places to sleep, memory for run queues, and an assertion that is a fault.
 */
#include "model.h"
#include "spdk/env.h"

struct segment *
segment_alloc(void)
{
	uint32_t i;

	for (i = 0; i < MODEL_SEGMENTS_MAX; i++) {
		uint8_t state = g_model.segment_state[i];

		if (state == MODEL_SEGMENT_NEW ||
		    (state == MODEL_SEGMENT_FREED && g_model_options.reuses_segments)) {
			g_model.segment_state[i] = MODEL_SEGMENT_USED;
			memset(&g_model.segments[i], 0, sizeof(struct segment));
			return &g_model.segments[i];
		}
	}
	fprintf(stderr, "interleave: MODEL_SEGMENTS_MAX is too small\n");
	exit(2);
}

void
segment_free(struct segment *segment)
{
	int index = model_segment_index(segment);

	if (index < 0 || g_model.segment_state[index] != MODEL_SEGMENT_USED) {
		model_fail(FAULT_USE_AFTER_FREE, "what is no segment, or was freed, is freed");
	}
	/* Nobody can have kept the address of one that was never in a state word. */
	g_model.segment_state[index] =
		g_model.is_segment_known[index] ? MODEL_SEGMENT_FREED : MODEL_SEGMENT_NEW;
	g_model.is_segment_known[index] = false;
	memset(segment, 0, sizeof(*segment));
	/* The next to have it gets it from this OS thread, later or by a lock, and clears it. */
	if (model_self() != MODEL_NOBODY) {
		model_forget_stores(segment, sizeof(*segment));
	}
}

bool
model_memory_is_empty(void)
{
	return memchr(g_model.segment_state, MODEL_SEGMENT_USED, MODEL_SEGMENTS_MAX) == NULL;
}

uint64_t
spdk_get_ticks_hz(void)
{
	return SPDK_SEC_TO_NSEC;
}

int
env_waiter_create(struct env_waiter **out_waiter)
{
	*out_waiter = &g_model.waiters[g_model.waiter_count++];
	return 0;
}

void
env_waiter_wait(struct env_waiter *waiter, uint64_t deadline)
{
	struct model_thread *thread = &g_model.threads[model_self()];

	thread->state = MODEL_ASLEEP;
	thread->waiter = waiter;
	thread->deadline = deadline;
	model_choose(MODEL_OP_READ_MODIFY_WRITE);
	if (model_current_way() == MODEL_WAY_DEADLINE) {
		g_model.clock = spdk_max(g_model.clock, deadline);
	} else {
		waiter->is_woken = false;
	}
	model_note(model_current_way() == MODEL_WAY_DEADLINE ? "wakes at its deadline" : "is woken",
		   waiter, 0);
	thread->state = MODEL_RUNNABLE;
	thread->waiter = NULL;
	thread->deadline = 0;
}

void
env_waiter_wake(struct env_waiter *waiter)
{
	model_choose(MODEL_OP_READ_MODIFY_WRITE);
	if (waiter->is_closed) {
		model_fail(FAULT_USE_AFTER_FREE, "a descriptor is written to after it was closed");
	}
	model_note("wakes", waiter, 0);
	waiter->is_woken = true;
	model_wrote();
}

/* The linker gives these what the source under test asks of the C library. */
void *__wrap_aligned_alloc(size_t align, size_t size);
void __wrap___assert_fail(const char *expression, const char *file, unsigned int line,
			  const char *function);

void *
__wrap_aligned_alloc(size_t align, size_t size)
{
	char *memory = g_model.heap + g_model.heap_used;

	if (g_model.heap_used + size > sizeof(g_model.heap)) {
		return NULL;
	}
	g_model.heap_used += SPDK_ALIGN_CEIL(size, align);
	return memory;
}

void
__wrap___assert_fail(const char *expression, const char *file, unsigned int line,
		     const char *function)
{
	model_fail(FAULT_BROKEN_STATE, "assertion '%s' of %s()", expression, function);
}
