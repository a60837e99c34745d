/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be set of a scheduler, to be seen, kept and set again. With scheduler_lock().
 */
#ifndef SPINDLE_APP_RPC_SCHEDULER_STATE_H
#define SPINDLE_APP_RPC_SCHEDULER_STATE_H

#include "spdk/json.h"
#include "spdk/scheduler.h"
#include "spdk/stdinc.h"

/* JSON that is kept as text, with its values. */
struct json_object {
	/* NULL: there is none. */
	char *text;
	/* Its strings lie in a second copy. */
	char *decoded;
	struct spdk_json_val *values;
};

struct scheduler_state {
	/* NULL: none is set. */
	struct spdk_scheduler *scheduler;
	uint64_t period_us;
	/* The options of the scheduler; without values, it has none. */
	struct json_object options;
};

/* Takes `text`, on the heap, an object. Errors: -ENOMEM, and it is freed. */
int json_object_parse(char *text, struct json_object *out_object);
void json_object_free(struct json_object *object);

/*
 * Writes an object, by a function that writes its members, to the heap.
 *
 * Errors: NULL: no memory.
 */
char *
json_object_write(void (*write)(struct spdk_json_write_ctx *w, const void *arg), const void *arg);

/* Errors: -ENOMEM. */
int scheduler_state_take(struct scheduler_state *out_state);
/* As far as the scheduler lets it. */
void scheduler_state_restore(const struct scheduler_state *state);
void scheduler_state_free(struct scheduler_state *state);

#endif
