/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared by those who act in the world (world.c) and those who judge it (world_check.c).
 */
#ifndef SPINDLE_WORLD_INTERNAL_H
#define SPINDLE_WORLD_INTERNAL_H

#include "world.h"

#define RECEIVER 0
#define HANDLER  1

#define SENDERS_MAX    3 /* the handler is the first */
#define SENDER_HANDLER 0
#define ACTS_MAX       4
#define NO_RUNNER      0xfe

/* Model threads. */
#define REACTOR_A    0
#define REACTOR_B    1
#define FIRST_SENDER 2
#define POLLER       4

struct world_message {
	char act;
	bool is_accepted;
	bool is_refused;
	bool has_run;
};

/* Part of the state. */
struct world {
	/* By sender and number; what is sent to S is in a place of its own. */
	struct world_message messages[SENDERS_MAX][ACTS_MAX];
	struct world_message handler_messages[ACTS_MAX];
	struct world_message filler;
	uint8_t runner[MODEL_RUNNABLES_MAX]; /* the model thread that runs it, or NO_RUNNER */
	bool is_exiting;
	bool is_forced;
	bool moves;
	bool is_gone; /* R is destroyed */
	/* Asked for, and seen by a run, or turn, that began later. */
	uint8_t notices_asked;
	uint8_t notices_seen;
	uint8_t events_asked;
	uint8_t events_seen;
	uint8_t flags_asked; /* by run_queue_wake() */
	uint8_t flags_seen;
	bool deadline_seen;
	/* Of the home that watches R's descriptor; NULL: none does, R is on its way. */
	struct env_waiter *watcher;
	/* Whether the turn under way has got something done. */
	bool has_progressed[MODEL_THREADS_MAX];
};

extern struct world g_world;
extern const struct scenario *g_scenario;
extern struct run_queue *g_queues[2];
extern struct env_waiter *g_descriptor;

/* What messages to R and S run. */
void world_message_run(void *ctx);
void world_handler_run(void *ctx);
/* May the message that is about to run do so? */
void world_check_message(const struct message *message);
/* Every change of a state word, against the table in mailbox.h. */
void world_check_word(uint32_t runnable, uint64_t before, uint64_t after, uint8_t by);
void world_check_state(void);
void world_check_end(void);

static inline struct mailbox *
world_mailbox(uint32_t runnable)
{
	return &g_model.runnables[runnable].mailbox;
}

#endif
