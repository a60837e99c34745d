/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model: what was written to each block, from when to when, and so what a read may find there.
 * A block is a register that is written at some moment between the submission of a write and its
 * completion.
 *
 * H1  Nobody finds a write that a successful one has followed, which began after it ended and ended
 *     before the reader began.
 * H2  What failed may have been written or not, and is not written later.
 * H3  What was read was there at that moment. Nobody finds later what had ended before the read
 *     began, if it was something else: so what failed is there for good or not at all.
 * H4  Compare-and-write writes at the moment at which it compares.
 */
#ifndef SPINDLE_MODEL_HISTORY_H
#define SPINDLE_MODEL_HISTORY_H

#include "spdk/stdinc.h"

/* One for each event of interest; no two events are at the same time. */
typedef uint64_t moment_t;

#define MOMENT_NEVER UINT64_MAX

enum write_kind {
	WRITE_VALUE,
	WRITE_COPY,     /* of what another block held */
	WRITE_COMPARED, /* where another value was found */
	WRITE_IN_PLACE, /* in the device's own buffer, which no lock keeps anybody from */
	WRITE_SEEN,     /* by a read */
};

enum write_end {
	WRITE_DONE,
	WRITE_FAILED,     /* perhaps written */
	WRITE_NOT_STARTED /* not written for sure */
};

struct history;

struct history *history_create(uint64_t blocks);
void history_destroy(struct history *history);

moment_t history_now(void);
moment_t history_tick(void);

/* To be ended by history_end() with the same key, which is not 0. */
struct history_write {
	uint64_t key;
	enum write_kind kind;
	uint64_t value;
	/* WRITE_COPY: the block; WRITE_COMPARED: the value. */
	uint64_t source;
};

void history_begin(struct history *history, uint64_t block, const struct history_write *write);
void history_end(struct history *history, uint64_t block, uint64_t key, enum write_end end);

/* Whether somebody who began at `begin` and ends now may find `value`. */
bool history_allows(struct history *history, uint64_t block, uint64_t value, moment_t begin);
/* Whether he may find anything else. */
bool history_allows_other(struct history *history, uint64_t block, uint64_t value, moment_t begin);
/*
 * Somebody has. NULL, or why that cannot be after all: H4. It is not kept for H3 where who has
 * found it has written something else in the same moment.
 */
const char *
history_see(struct history *history, uint64_t block, uint64_t value, moment_t begin, bool is_kept);

/* A value that is likely to be there. */
uint64_t history_guess(struct history *history, uint64_t block);

/* For the report. */
void history_print(struct history *history, uint64_t block);

#endif
