/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One pass over a range: a copy, or a comparison of what was copied. Belongs to one SPDK thread.
 */
#ifndef SPINDLE_TOOL_DD_PASS_H
#define SPINDLE_TOOL_DD_PASS_H

#include "dd_end.h"

struct dd_slot;

struct dd_pass {
	/* Set by the caller before dd_pass_start(), and unchanged until it is done. */
	struct dd_end *source;
	struct dd_end *target;
	struct dd_plan plan;
	/* Where in the source the copy begins; in the target, that is plan.seek. */
	uint64_t skip;
	/* From the beginning of the copy, in bytes. DD_UNLIMITED: to the end of the source. */
	uint64_t begin;
	uint64_t end;
	/* Only one of so many pieces; 1: all. */
	uint64_t step;
	unsigned depth;
	bool is_compare;
	/* Zeros become holes, and holes are not read. */
	bool is_sparse;
	void (*done)(struct dd_pass *pass, void *arg);
	void *arg;

	/* What came of it. */
	int rc;
	/* With an error: on which end, doing what, and where there. */
	struct dd_end *failed_end;
	enum dd_op failed_op;
	uint64_t failed_offset;
	uint64_t bytes_written;
	uint64_t bytes_zeroed;
	/* The source was at its end before `end`. */
	bool is_short;

	/* The rest is its own. */
	uint64_t next;
	uint64_t next_sequence;
	uint64_t next_write;
	/* Where the first piece began that was given up; DD_UNLIMITED: none was. */
	uint64_t lost;
	/* Known of the source, with is_sparse: from next to hole_end a hole, from there data. */
	uint64_t hole_end;
	uint64_t data_end;
	struct dd_request extent;
	struct dd_slot *slots;
	unsigned busy;
	bool is_looking;
	bool is_filling;
	bool is_stopping;
	bool is_over;
};

/* -ENOMEM: done() is not called. Else it is, once, later. dd_pass_fini() is due in any case. */
int dd_pass_start(struct dd_pass *pass);
/* Begins nothing else. What is under way goes on to its end. */
void dd_pass_stop(struct dd_pass *pass);
/* Up to here, from the beginning of the copy, all is done. */
uint64_t dd_pass_reached(const struct dd_pass *pass);
/* Not while it runs. */
void dd_pass_fini(struct dd_pass *pass);

#endif
