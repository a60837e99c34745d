/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Three programs of two threads:
 *   counting  each makes a number of stores of its own; with n steps each, there are (2n choose n)
 *             interleavings and (n + 1) squared states
 *   dekker    each stores to one word and loads the other's: that both load 0 is what store buffers
 *             are for
 *   passing   one stores data, then a flag: whether the other can see the flag and not the data
 *             depends on the order of the second store
 */
#include "litmus.h"
#include "explore.h"

#define STORES 5

struct litmus_world {
	uint32_t loaded[2];
	enum model_order flag_order;
};

static struct litmus_world g_litmus;
/* Over all ends: not part of the state. */
static uint32_t g_outcomes;

static uint32_t *
word(uint32_t index)
{
	/* Apart from each other, where nothing else lies. */
	return (uint32_t *)(void *)(g_model.heap + 64 * index);
}

static void
count_main(uint8_t self)
{
	uint32_t i;

	for (i = 1; i <= STORES; i++) {
		model_store(word(self), sizeof(uint32_t), i, MODEL_RELEASE);
	}
}

static void
dekker_main(uint8_t self)
{
	model_store(word(self), sizeof(uint32_t), 1, MODEL_RELEASE);
	g_litmus.loaded[self] =
		(uint32_t)model_load(word(1 - self), sizeof(uint32_t), MODEL_ACQUIRE);
}

static void
dekker_swap_main(uint8_t self)
{
	(void)model_exchange(word(self), sizeof(uint32_t), 1);
	g_litmus.loaded[self] =
		(uint32_t)model_load(word(1 - self), sizeof(uint32_t), MODEL_ACQUIRE);
}

static void
passing_main(uint8_t self)
{
	if (self == 0) {
		model_store(word(0), sizeof(uint32_t), 1, MODEL_RELAXED);
		model_store(word(1), sizeof(uint32_t), 1, g_litmus.flag_order);
		return;
	}
	g_litmus.loaded[0] = (uint32_t)model_load(word(1), sizeof(uint32_t), MODEL_ACQUIRE);
	g_litmus.loaded[1] = (uint32_t)model_load(word(0), sizeof(uint32_t), MODEL_ACQUIRE);
}

static void
check_nothing(void)
{
}

static void
note_outcome(void)
{
	g_outcomes |= 1u << (g_litmus.loaded[0] * 2 + g_litmus.loaded[1]);
}

static char
thread_name(uint8_t index)
{
	return "01"[index & 1];
}

static void
run(void (*main)(uint8_t index), bool has_buffers, struct explore_result *out_result)
{
	const struct explore_subject subject = {
		.world = &g_litmus,
		.world_size = sizeof(g_litmus),
		.check_state = check_nothing,
		.check_end = note_outcome,
		.thread_name = thread_name,
		.states_max = 10000,
	};
	uint8_t i;

	memset(&g_model, 0, sizeof(g_model));
	memset(g_model.destroyer, MODEL_NOBODY, sizeof(g_model.destroyer));
	memset(g_litmus.loaded, 0, sizeof(g_litmus.loaded));
	g_model_options = (struct model_options){.has_store_buffers = has_buffers};
	g_outcomes = 0;
	for (i = 0; i < 2; i++) {
		model_thread_start(i, main);
	}
	explore(&subject, out_result);
}

static int
expect(const char *what, bool is_so)
{
	if (!is_so) {
		printf("litmus: %s: not so\n", what);
	}
	return !is_so;
}

int
litmus_run(void)
{
	/* Each has one step before its first store. */
	const uint64_t steps = STORES + 1;
	struct explore_result result;
	int wrong = 0;

	run(count_main, false, &result);
	wrong += expect("two threads of 6 steps have 49 states",
			result.states == (steps + 1) * (steps + 1));
	wrong += expect("two threads of 6 steps have 924 interleavings",
			result.interleavings == 924.0L && result.ends == 1);
	run(dekker_main, false, &result);
	wrong += expect("without buffers, one store is seen", (g_outcomes & 1) == 0);
	run(dekker_main, true, &result);
	wrong += expect("with buffers, neither may be seen", (g_outcomes & 1) != 0);
	run(dekker_swap_main, true, &result);
	wrong += expect("with read-modify-writes, one is seen", (g_outcomes & 1) == 0);
	g_litmus.flag_order = MODEL_RELEASE;
	run(passing_main, true, &result);
	wrong += expect("a released flag comes after its data", (g_outcomes & 4) == 0);
	g_litmus.flag_order = MODEL_RELAXED;
	run(passing_main, true, &result);
	wrong += expect("a relaxed flag may come before", (g_outcomes & 4) != 0);
	memset(&g_model, 0, sizeof(g_model));
	return wrong;
}
