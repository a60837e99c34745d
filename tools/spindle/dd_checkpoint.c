/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes durable what was copied, then writes down how far that is. In this order, each step when
 * the one before it has ended, so that the file never tells of more than is there:
 *
 *   extend   a hole at the end is a part of the file only if its size says so
 *   flush    what had been written when it began
 *   save     on a thread of its own, since it waits for the disk as well
 *
 * They take no more than a part of the time: the next is due when COST_SHARE times as long has
 * passed as the last one took.
 */
#include "dd_checkpoint.h"
#include "dd_workers.h"

#include "spdk/env.h"
#include "spdk/util.h"

#define COST_SHARE 20
#define PERIOD_MS  200

static void extend(struct dd_checkpoint *checkpoint);

static void
finish(struct dd_checkpoint *checkpoint)
{
	uint64_t now = spdk_get_ticks();
	uint64_t period = PERIOD_MS * spdk_get_ticks_hz() / 1000;

	checkpoint->is_running = false;
	checkpoint->due_ticks =
		now + spdk_max(period, (now - checkpoint->begin_ticks) * COST_SHARE);
	if (!checkpoint->is_awaited) {
		return;
	}
	checkpoint->is_awaited = false;
	if (checkpoint->rc == 0 && checkpoint->state.done != checkpoint->reached) {
		extend(checkpoint);
		checkpoint->is_awaited = true;
		return;
	}
	checkpoint->done(checkpoint->arg);
}

static void
saved(struct dd_request *request)
{
	struct dd_checkpoint *checkpoint = request->arg;

	checkpoint->rc = request->rc;
	checkpoint->is_file = request->rc != 0;
	finish(checkpoint);
}

/* On the thread of the saver; nobody changes the state meanwhile. */
static void
run_save(struct dd_request *request)
{
	struct dd_checkpoint *checkpoint = request->arg;

	request->rc = dd_state_save(checkpoint->path, &checkpoint->state);
}

static void
flushed(struct dd_request *request)
{
	struct dd_checkpoint *checkpoint = request->arg;

	checkpoint->rc = request->rc;
	if (request->rc != 0) {
		finish(checkpoint);
		return;
	}
	checkpoint->state.done = request->size;
	if (checkpoint->path == NULL) {
		finish(checkpoint);
		return;
	}
	request->done = saved;
	dd_workers_submit(checkpoint->saver, request);
}

static void
extended(struct dd_request *request)
{
	struct dd_checkpoint *checkpoint = request->arg;

	if (request->rc != 0 || !checkpoint->is_flushed) {
		flushed(request);
		return;
	}
	request->op = DD_FLUSH;
	request->done = flushed;
	dd_end_submit(checkpoint->target, request);
}

static void
extend(struct dd_checkpoint *checkpoint)
{
	struct dd_request *request = &checkpoint->request;

	checkpoint->is_running = true;
	checkpoint->begin_ticks = spdk_get_ticks();
	request->op = DD_EXTEND;
	request->offset = checkpoint->state.seek + checkpoint->reached;
	/* Not of this request, but what will be done when it has ended well. */
	request->size = checkpoint->reached;
	request->done = extended;
	request->arg = checkpoint;
	dd_end_submit(checkpoint->target, request);
}

void
dd_checkpoint_maybe(struct dd_checkpoint *checkpoint, uint64_t reached)
{
	/* Once it has failed, what is written down stays as it is. */
	if (checkpoint->path == NULL || checkpoint->is_running || checkpoint->rc != 0 ||
	    reached == checkpoint->state.done || spdk_get_ticks() < checkpoint->due_ticks) {
		return;
	}
	checkpoint->reached = reached;
	extend(checkpoint);
}

void
dd_checkpoint_last(struct dd_checkpoint *checkpoint, uint64_t reached)
{
	bool is_running = checkpoint->is_running;

	checkpoint->is_awaited = true;
	checkpoint->reached = reached;
	if (!is_running) {
		extend(checkpoint);
	}
}

int
dd_checkpoint_init(struct dd_checkpoint *checkpoint)
{
	if (checkpoint->path == NULL) {
		return 0;
	}
	checkpoint->saver = dd_workers_create(1, run_save);
	return checkpoint->saver != NULL ? 0 : -ENOMEM;
}

void
dd_checkpoint_fini(struct dd_checkpoint *checkpoint)
{
	dd_workers_destroy(checkpoint->saver);
	checkpoint->saver = NULL;
}
