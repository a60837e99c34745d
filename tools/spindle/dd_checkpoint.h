/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes durable what was copied, then writes down how far that is. Belongs to one SPDK thread.
 */
#ifndef SPINDLE_TOOL_DD_CHECKPOINT_H
#define SPINDLE_TOOL_DD_CHECKPOINT_H

#include "dd_end.h"
#include "dd_state.h"

struct dd_workers;

typedef void (*dd_checkpoint_fn)(void *arg);

struct dd_checkpoint {
	/* Set by the caller. No path: nothing is written down. */
	struct dd_end *target;
	const char *path;
	bool is_flushed;
	struct dd_state state;
	dd_checkpoint_fn done;
	void *arg;

	/* The last one's result, and what failed: the target, or, if is_file, the state file. */
	int rc;
	bool is_file;

	/* The rest is its own. */
	struct dd_workers *saver;
	struct dd_request request;
	uint64_t reached;
	uint64_t begin_ticks;
	uint64_t due_ticks;
	bool is_running;
	bool is_awaited;
};

/* 0 or -ENOMEM. dd_checkpoint_fini() is due in any case. */
int dd_checkpoint_init(struct dd_checkpoint *checkpoint);
void dd_checkpoint_fini(struct dd_checkpoint *checkpoint);

/* Begins one now and then while a copy goes on, if the last one is over. Its done() is not called.
 */
void dd_checkpoint_maybe(struct dd_checkpoint *checkpoint, uint64_t reached);
/* Does one at the end, after that which runs. done() is called once, later. */
void dd_checkpoint_last(struct dd_checkpoint *checkpoint, uint64_t reached);

#endif
