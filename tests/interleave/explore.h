/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks every state that a scenario can reach, each once, and counts the ways through them.
 */
#ifndef SPINDLE_EXPLORE_H
#define SPINDLE_EXPLORE_H

#include "model.h"

#define EXPLORE_TEXT_SIZE 200

struct explore_subject {
	/* Part of the state beside g_model. */
	void *world;
	size_t world_size;
	/* Holds in every state; and when nobody can take a step, which is allowed to spoil it. */
	void (*check_state)(void);
	void (*check_end)(void);
	char (*thread_name)(uint8_t index);
	/* Look no further once a fault of this kind is found; FAULT_NONE: after the first of any.
	 */
	enum fault wanted;
	bool prints_trace;
	uint64_t states_max;
};

struct explore_result {
	uint64_t states;
	uint64_t steps;
	uint64_t ends;
	long double interleavings; /* complete ones; exact below 2^64 */
	uint32_t deepest;
	uint64_t faults[FAULT_COUNT];
	char texts[FAULT_COUNT][EXPLORE_TEXT_SIZE]; /* of the first fault of each kind */
	bool is_cut_short;
};

/* From the state that g_model and the world are in. */
void explore(const struct explore_subject *subject, struct explore_result *out_result);

#endif
