/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All chance of a run comes from one number, so that the number is enough to see it again.
 */
#ifndef SPINDLE_MODEL_RANDOM_H
#define SPINDLE_MODEL_RANDOM_H

#include "spdk/stdinc.h"

extern uint64_t g_random_state;

static inline void
random_seed(uint64_t seed)
{
	g_random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* splitmix64: each state is used once, and one multiplication apart from its neighbours. */
static inline uint64_t
random_next(void)
{
	uint64_t word = g_random_state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
	return word ^ (word >> 31);
}

/* 0..limit - 1; limit is not 0. */
static inline uint64_t
random_below(uint64_t limit)
{
	return random_next() % limit;
}

/* Both are among the results. */
static inline uint64_t
random_between(uint64_t first, uint64_t last)
{
	return first + random_below(last - first + 1);
}

static inline bool
random_permille(uint32_t permille)
{
	return random_below(1000) < permille;
}

/* Small ones mostly: 1..max, each half as likely as what is half as large. */
static inline uint64_t
random_size(uint64_t max)
{
	uint64_t limit = max >> random_below(8);

	return random_between(1, limit > 0 ? limit : 1);
}

#define random_pick(array) ((array)[random_below(sizeof(array) / sizeof((array)[0]))])

#endif
