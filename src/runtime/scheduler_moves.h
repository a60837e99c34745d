/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the scheduler has moved, and why: the last moves, whatever the module; and of the last
 * round, the moves that the module thought of and did not make, at most one of each thread.
 *
 * A module that says nothing is taken at its word: it chose so.
 */
#ifndef SPINDLE_SCHEDULER_MOVES_H
#define SPINDLE_SCHEDULER_MOVES_H

#include "spdk/stdinc.h"

#define SCHEDULER_MOVES_MAX    64
#define SCHEDULER_STAYS_MAX    64
#define SCHEDULER_NAME_MAX     64
#define SCHEDULER_SENTENCE_MAX 192

struct scheduler_reason {
	/* A word for programs, which lives on, and a sentence for people, which is copied. */
	const char *word;
	const char *sentence;
};

/*
 * For balance() of a module: why it moves a thread, whose lcore it sets, or why not.
 *
 * Thread: whoever called balance(). The reasons of SCHEDULER_MOVES_MAX moves and of
 * SCHEDULER_STAYS_MAX threads that stay are kept in a round, the first of each.
 */
void scheduler_explain_move(uint64_t thread_id, const struct scheduler_reason *reason);
void
scheduler_explain_stay(uint64_t thread_id, uint32_t lcore, const struct scheduler_reason *reason);
/* Whether bound threads live on the core; schedulers are not told of these. As balance(). */
bool scheduler_has_bound(uint32_t lcore);

struct scheduler_move {
	uint64_t tick;
	uint64_t thread_id;
	/* In percent of a core, in the period before. */
	uint32_t thread_load;
	uint32_t from;
	uint32_t from_load;
	uint32_t to;
	uint32_t to_load;
	char thread_name[SCHEDULER_NAME_MAX];
	char scheduler[SCHEDULER_NAME_MAX];
	char word[SCHEDULER_NAME_MAX];
	char sentence[SCHEDULER_SENTENCE_MAX];
};

struct scheduler_stay {
	uint64_t thread_id;
	uint32_t lcore;
	char thread_name[SCHEDULER_NAME_MAX];
	char word[SCHEDULER_NAME_MAX];
	char sentence[SCHEDULER_SENTENCE_MAX];
};

struct scheduler_moves {
	uint64_t moves_total; /* since the reactors were started */
	uint32_t moves_count;
	uint32_t stays_count;
	struct scheduler_move moves[SCHEDULER_MOVES_MAX]; /* the newest first */
	struct scheduler_stay stays[SCHEDULER_STAYS_MAX];
};

/* Any OS thread. Threads that are gone are left out of those that stay. */
void scheduler_copy_moves(struct scheduler_moves *out_moves);

#endif
