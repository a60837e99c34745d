/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sequences, carried out one task after the other.
 *
 *   step      what is done in it                         leads to
 *   BUILDING  the caller appends                         finish(): NEXT
 *   NEXT      elided copies are passed over; whose turn  no task: END; a driver: DRIVER; MEMORY
 *   DRIVER    the driver does what it can                all: END; else MEMORY, for its first task
 *   MEMORY    accel buffers and bounce buffers get some  MOVE_IN
 *   MOVE_IN   data comes from memory domains             WORK
 *   WORK      the module does the task                   MOVE_OUT
 *   MOVE_OUT  data goes to memory domains                DONE
 *   DONE      the task is taken out                      NEXT
 *   END       callbacks, and the sequence is freed
 *
 * Whatever fails leads to END. A step that must wait sets is_waiting, and accel_sequence_resume()
 * goes on from the step that is set by then. Which may be within the function that was waited for,
 * or within spdk_accel_sequence_finish(): so only one run() of a sequence is at work, and no
 * callback of the caller's runs until finish() has returned.
 *
 * Callbacks of tasks come in order, and not before the data that the caller may then give away is
 * used: those of a task that is done, and of the elided ones before it, when the next task that is
 * not elided is done.
 */
#include "io/accel/accel_internal.h"

/* The task that is not done and not elided, from one on. */
static struct spdk_accel_task *
first_to_do(struct spdk_accel_task *task)
{
	while (task != NULL && (task->reserved[0] & ACCEL_TASK_ELIDED)) {
		task = TAILQ_NEXT(task, seq_link);
	}
	return task;
}

struct spdk_accel_task *
spdk_accel_sequence_first_task(struct spdk_accel_sequence *seq)
{
	return first_to_do(TAILQ_FIRST(&seq->tasks));
}

struct spdk_accel_task *
spdk_accel_sequence_next_task(struct spdk_accel_task *task)
{
	return first_to_do(TAILQ_NEXT(task, seq_link));
}

/* ---- Tasks that end ---- */

static void
retire(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	TAILQ_REMOVE(&seq->tasks, task, seq_link);
	TAILQ_INSERT_TAIL(&seq->done, task, seq_link);
	accel_bounce_release(task);
	accel_task_unuse_bufs(task);
}

static void
call_back_done(struct spdk_accel_sequence *seq)
{
	struct spdk_accel_task *task;

	while ((task = TAILQ_FIRST(&seq->done)) != NULL) {
		spdk_accel_step_cb cb_fn = task->step_cb_fn;
		void *cb_arg = task->cb_arg;

		TAILQ_REMOVE(&seq->done, task, seq_link);
		accel_task_put(task);
		if (cb_fn != NULL) {
			cb_fn(cb_arg);
		}
	}
}

/* The elided tasks right before one end with it. */
static void
retire_with_elided(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	struct spdk_accel_task *first = task, *prev, *next;

	while ((prev = TAILQ_PREV(first, accel_task_list, seq_link)) != NULL &&
	       (prev->reserved[0] & ACCEL_TASK_ELIDED)) {
		first = prev;
	}
	for (; first != task; first = next) {
		next = TAILQ_NEXT(first, seq_link);
		retire(seq, first);
	}
	retire(seq, task);
	if (!seq->is_finishing) {
		call_back_done(seq);
	}
}

static void
fail(struct spdk_accel_sequence *seq, int status)
{
	if (seq->status == 0) {
		seq->status = status;
	}
	seq->step = ACCEL_SEQUENCE_END;
}

void
accel_sequence_task_done(struct spdk_accel_task *task, int status)
{
	struct spdk_accel_sequence *seq = task->seq;

	if (seq->step == ACCEL_SEQUENCE_DRIVER) {
		/* The driver goes on, and tells when it does not. */
		if (spdk_unlikely(status != 0) && seq->status == 0) {
			seq->status = status;
		}
		retire_with_elided(seq, task);
		return;
	}
	seq->step = ACCEL_SEQUENCE_MOVE_OUT;
	accel_sequence_resume(seq, status);
}

/* ---- Steps. The first task is the one that is at work from MEMORY to DONE ---- */

static void
choose_next(struct spdk_accel_sequence *seq)
{
	struct spdk_accel_task *task = spdk_accel_sequence_first_task(seq);

	seq->moves = 0;
	if (task == NULL || seq->status != 0) {
		seq->step = ACCEL_SEQUENCE_END;
	} else if (seq->ch->driver_ch != NULL && !seq->is_past_driver) {
		seq->step = ACCEL_SEQUENCE_DRIVER;
	} else {
		seq->step = ACCEL_SEQUENCE_MEMORY;
	}
	seq->is_past_driver = false;
}

static void
ask_driver(struct spdk_accel_sequence *seq)
{
	int rc;

	seq->is_waiting = true;
	rc = g_accel.driver->execute_sequence(seq->ch->driver_ch, seq);
	if (rc != 0) {
		seq->is_waiting = false;
		fail(seq, rc);
	}
}

static void
get_memory(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	int rc = -EAGAIN;

	/* Set before, as the buffer may come from within. */
	seq->is_waiting = true;
	if (accel_task_back_bufs(seq, task)) {
		rc = accel_bounce_prepare(seq, task);
	}
	if (rc == -EAGAIN) {
		return;
	}
	seq->is_waiting = false;
	if (rc != 0) {
		fail(seq, rc);
	} else {
		seq->step = ACCEL_SEQUENCE_MOVE_IN;
	}
}

/* Begins the first of `moves` that is there, or goes to `next`. */
static void
move_or(struct spdk_accel_sequence *seq, struct spdk_accel_task *task, uint8_t moves,
	enum accel_sequence_step next)
{
	uint8_t wanted = seq->moves & moves;
	int rc;

	if (spdk_likely(wanted == 0)) {
		seq->step = next;
		return;
	}
	seq->is_waiting = true;
	rc = accel_bounce_move(seq, task, wanted & -wanted);
	if (rc != 0) {
		seq->is_waiting = false;
		fail(seq, rc);
	}
}

static void
work(struct spdk_accel_sequence *seq, struct spdk_accel_task *task)
{
	const struct accel_lane *lane = &seq->ch->lanes[task->op_code];
	int rc;

	if (spdk_unlikely(seq->moves & (ACCEL_MOVE_PULL | ACCEL_MOVE_PUSH))) {
		move_or(seq, task, ACCEL_MOVE_PULL | ACCEL_MOVE_PUSH, ACCEL_SEQUENCE_WORK);
		if (seq->step == ACCEL_SEQUENCE_WORK) {
			accel_stats_count(seq->ch, task, 0);
			seq->step = ACCEL_SEQUENCE_MOVE_OUT;
		}
		return;
	}
	seq->is_waiting = true;
	rc = lane->submit(lane->ch, task);
	if (spdk_unlikely(rc != 0)) {
		seq->is_waiting = false;
		accel_stats_count(seq->ch, task, rc);
		fail(seq, rc);
	}
}

/* What is left has not been done. */
static void
retire_all(struct spdk_accel_sequence *seq)
{
	struct spdk_accel_task *task;

	while ((task = TAILQ_FIRST(&seq->tasks)) != NULL) {
		retire(seq, task);
	}
	call_back_done(seq);
}

static void
end(struct spdk_accel_sequence *seq)
{
	spdk_accel_completion_cb cb_fn = seq->cb_fn;
	void *cb_arg = seq->cb_arg;
	int status = seq->status;

	retire_all(seq);
	seq->ch->stats.sequence_executed++;
	if (spdk_unlikely(status != 0)) {
		seq->ch->stats.sequence_failed++;
	}
	accel_pool_put(&seq->ch->sequences, seq);
	cb_fn(cb_arg, status);
}

static void
take_step(struct spdk_accel_sequence *seq)
{
	struct spdk_accel_task *task = spdk_accel_sequence_first_task(seq);

	switch (seq->step) {
	case ACCEL_SEQUENCE_NEXT:
		choose_next(seq);
		break;
	case ACCEL_SEQUENCE_DRIVER:
		ask_driver(seq);
		break;
	case ACCEL_SEQUENCE_MEMORY:
		get_memory(seq, task);
		break;
	case ACCEL_SEQUENCE_MOVE_IN:
		move_or(seq, task, ACCEL_MOVE_IN_S | ACCEL_MOVE_IN_D, ACCEL_SEQUENCE_WORK);
		break;
	case ACCEL_SEQUENCE_WORK:
		work(seq, task);
		break;
	case ACCEL_SEQUENCE_MOVE_OUT:
		move_or(seq, task, ACCEL_MOVE_OUT_S | ACCEL_MOVE_OUT_D, ACCEL_SEQUENCE_DONE);
		break;
	default:
		retire_with_elided(seq, task);
		seq->step = ACCEL_SEQUENCE_NEXT;
		break;
	}
}

static void
run(struct spdk_accel_sequence *seq)
{
	if (seq->is_running) {
		return;
	}
	seq->is_running = true;
	while (!seq->is_waiting && seq->step != ACCEL_SEQUENCE_END) {
		take_step(seq);
	}
	seq->is_running = false;
	if (!seq->is_waiting && !seq->is_finishing) {
		end(seq);
	}
}

void
accel_sequence_resume(struct spdk_accel_sequence *seq, int status)
{
	seq->is_waiting = false;
	if (spdk_unlikely(status != 0)) {
		fail(seq, status);
	}
	run(seq);
}

static void
end_later(void *arg)
{
	end(arg);
}

/* ---- What callers and drivers do with a sequence ---- */

void
spdk_accel_sequence_finish(struct spdk_accel_sequence *seq, spdk_accel_completion_cb cb_fn,
			   void *cb_arg)
{
	assert(seq->step == ACCEL_SEQUENCE_BUILDING);
	seq->cb_fn = cb_fn;
	seq->cb_arg = cb_arg;
	if (seq->has_copy) {
		accel_elide_copies(seq);
	}
	seq->step = ACCEL_SEQUENCE_NEXT;
	seq->is_finishing = true;
	run(seq);
	seq->is_finishing = false;
	if (seq->step == ACCEL_SEQUENCE_END) {
		spdk_thread_send_msg(spdk_get_thread(), end_later, seq);
	}
}

void
spdk_accel_sequence_continue(struct spdk_accel_sequence *seq)
{
	assert(seq->step == ACCEL_SEQUENCE_DRIVER);
	seq->step = ACCEL_SEQUENCE_NEXT;
	/* If anything is left, then what the driver could not do. */
	seq->is_past_driver = true;
	accel_sequence_resume(seq, 0);
}

void
spdk_accel_sequence_reverse(struct spdk_accel_sequence *seq)
{
	struct accel_task_list tasks = TAILQ_HEAD_INITIALIZER(tasks);
	struct spdk_accel_task *task;

	while ((task = TAILQ_FIRST(&seq->tasks)) != NULL) {
		TAILQ_REMOVE(&seq->tasks, task, seq_link);
		TAILQ_INSERT_HEAD(&tasks, task, seq_link);
	}
	TAILQ_SWAP(&tasks, &seq->tasks, spdk_accel_task, seq_link);
}

void
spdk_accel_sequence_abort(struct spdk_accel_sequence *seq)
{
	if (seq == NULL) {
		return;
	}
	assert(seq->step == ACCEL_SEQUENCE_BUILDING);
	retire_all(seq);
	accel_pool_put(&seq->ch->sequences, seq);
}
