/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One function on each reactor, in ascending order of cores, one at a time; then the completion
 * where it was called. One event travels along.
 */
#include "runtime/reactor/reactor_internal.h"

struct for_each {
	struct reactor_event event; /* first: dropping it frees the whole */
	uint32_t origin;
	spdk_event_fn fn;
	void *arg1;
	void *arg2;
	spdk_event_fn cpl;
};
SPDK_STATIC_ASSERT(offsetof(struct for_each, event) == 0, "dropping the event frees the whole");

static void
complete(void *arg1, void *arg2)
{
	struct for_each *op = arg1;
	struct for_each done = *op;

	free(op);
	done.cpl(done.arg1, done.arg2);
}

static void
step(void *arg1, void *arg2)
{
	struct for_each *op = arg1;
	uint32_t next = spdk_env_get_next_core(op->event.event.lcore);

	op->fn(op->arg1, op->arg2);
	if (next == UINT32_MAX) {
		op->event.event.fn = complete;
		next = op->origin;
	}
	op->event.event.lcore = next;
	event_send(&op->event);
}

int
reactors_for_each(const struct reactors_round *round)
{
	uint32_t origin = spdk_env_get_current_core();
	struct for_each *op;

	op = calloc(1, sizeof(*op));
	if (op == NULL) {
		return -ENOMEM;
	}
	op->event.event.lcore = spdk_env_get_first_core();
	op->event.event.fn = step;
	op->event.event.arg1 = op;
	op->event.is_kept = true;
	/* From an OS thread that is no reactor, the main core stands in. */
	op->origin = reactor_of(origin) != NULL ? origin : spdk_env_get_main_core();
	op->fn = round->fn;
	op->arg1 = round->arg1;
	op->arg2 = round->arg2;
	op->cpl = round->done_fn;
	event_send(&op->event);
	return 0;
}

void
spdk_for_each_reactor(spdk_event_fn fn, void *arg1, void *arg2, spdk_event_fn cpl)
{
	struct reactors_round round = {.fn = fn, .arg1 = arg1, .arg2 = arg2, .done_fn = cpl};

	if (fn == NULL || cpl == NULL || reactor_of(spdk_env_get_first_core()) == NULL) {
		SPDK_ERRLOG("spdk_for_each_reactor(): %s; nothing is called\n",
			    fn == NULL || cpl == NULL ?
				    "the function and the completion must not be NULL" :
				    "there are no reactors before spdk_app_start() or "
				    "spdk_reactors_init()");
		return;
	}
	if (reactors_for_each(&round) != 0) {
		SPDK_ERRLOG("Out of memory for spdk_for_each_reactor(). Its callers rely on the "
			    "completion, and on what it says, so the process ends here.\n");
		abort();
	}
}
