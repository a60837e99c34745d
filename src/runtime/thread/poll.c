/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running a thread: one pass over its critical message, a batch of messages, its active pollers and
 * its due timers. Whether a run queue or spdk_thread_poll() asks for it makes no difference to the
 * pass; only how the run begins and ends differs.
 */
#include "runtime/thread/thread_internal.h"

#define POLL_BATCH 8
/* What a thread that is left over is given beyond its deadline when something is in flight. */
#define LEFTOVER_MORE_SEC 3

int
thread_run_rest(struct spdk_thread *thread, uint32_t max_msgs, uint64_t now)
{
	int poller_rc, rc = 0;

	if (thread_run_messages(thread, max_msgs) != 0) {
		rc = 1;
	}
	thread_run_post_pollers(thread);
	if (thread->active_count != 0) {
		poller_rc = thread_run_active_pollers(thread);
		rc = spdk_max(rc, poller_rc);
	}
	if (timer_queue_first(&thread->timers) != NULL) {
		poller_rc = thread_run_timed_pollers(thread, now);
		rc = spdk_max(rc, poller_rc);
	}
	return rc;
}

static int
run_pass(struct spdk_thread *thread, uint32_t max_msgs, uint64_t now)
{
	int rest, rc = 0;

	if (thread_run_critical(thread)) {
		rc = 1;
	}
	if (spdk_unlikely(thread->interrupts != NULL)) {
		bool was_in_pass = thread->is_in_pass;

		thread->is_in_pass = true;
		rest = thread_interrupts_run(thread);
		rc = spdk_max(rc, rest);
		thread->is_in_pass = was_in_pass;
	}
	rest = thread_run_rest(thread, max_msgs, now);
	return spdk_max(rc, rest);
}

uint64_t
thread_next_deadline(const struct spdk_thread *thread)
{
	struct timer_node *first = timer_queue_first(&thread->timers);
	uint64_t deadline = first != NULL ? first->deadline : UINT64_MAX;

	return spdk_min(deadline, thread->exit_deadline);
}

bool
thread_has_work(const struct spdk_thread *thread)
{
	if (spdk_unlikely(thread->interrupts != NULL) && thread->is_homed &&
	    !thread->is_group_watched) {
		/* Nobody is told of its descriptors, so these are asked in each turn. */
		return true;
	}
	return thread->active_count != 0 && thread_has_awake_pollers(thread);
}

static bool
is_watched(const struct spdk_thread *thread)
{
	return thread->active_watched != 0 || thread->is_group_watched;
}

/* Something that will call back, if it is given time. */
static bool
is_in_flight(const struct spdk_thread *thread)
{
	return thread->for_each_count != 0 || thread->unregister_count != 0;
}

static bool
is_held(const struct spdk_thread *thread)
{
	return thread->poller_count != 0 || is_in_flight(thread) || thread_has_channels(thread);
}

/* What was accepted runs, also now; nothing new is accepted, so there is an end. */
static void
exit_by_force(struct spdk_thread *thread)
{
	struct mailbox *mailbox = thread_mailbox(thread);

	explain_holders(
		thread,
		thread->is_leftover ?
			"was left over when its reactor stopped, and is ended: it should "
			"have let go of what it holds and called spdk_thread_exit() before" :
			"did not finish within 5 s of spdk_thread_exit() and is ended");
	mailbox_refuse(mailbox);
	do {
		(void)thread_run_critical(thread);
		if (thread_run_messages(thread, POLL_BATCH) == 0) {
			/* The sender of the next one is between its claim and its store. */
			env_yield();
		}
	} while (mailbox_has_claims(mailbox));
	/* Not before: what has come back now was counted, too. */
	thread->for_each_count = 0;
	thread->unregister_count = 0;
	thread_free_channels(thread);
	thread_free_pollers(thread);
}

/* Whether nothing is left that must run in the thread before it can be closed. */
static bool
may_exit(struct spdk_thread *thread, uint64_t now)
{
	if (spdk_likely(thread->exit_deadline == UINT64_MAX) || thread->is_walking) {
		return false;
	}
	if (now >= thread->exit_deadline && thread->is_leftover && !thread->has_more_time &&
	    is_in_flight(thread)) {
		thread->has_more_time = true;
		thread->exit_deadline += LEFTOVER_MORE_SEC * spdk_get_ticks_hz();
	}
	if (now >= thread->exit_deadline &&
	    (is_held(thread) || mailbox_has_claims(thread_mailbox(thread)))) {
		exit_by_force(thread);
	}
	return !is_held(thread);
}

/* Where a polled round began. The caller's `now` may lie anywhere; what is charged may not. */
static uint64_t
round_start(const struct spdk_thread *thread, uint64_t now, uint64_t end)
{
	return spdk_min(spdk_max(now, load_relaxed(&thread->last_tsc)), end);
}

static void
charge(struct spdk_thread *thread, int rc, uint64_t start, uint64_t end)
{
	if (rc > 0) {
		thread->busy_tsc += end - start;
	}
	store_relaxed(&thread->last_tsc, end);
}

static void
arrive(struct run_queue *queue, struct spdk_thread *thread)
{
	store_relaxed(&thread->resident_home, queue->id);
	LIST_INSERT_HEAD(&queue->residents, thread, resident_link);
	wake_watch_all(thread);
	thread_rest_arrive(queue, thread);
}

void
thread_run_at_home(struct run_queue *queue, struct runnable *runnable, uint64_t now,
		   struct run_outcome *out_outcome)
{
	struct spdk_thread *thread = thread_of(runnable);
	struct spdk_thread *outer = t_tls.thread;
	uint64_t share = run_queue_idle_share(queue);
	struct activity_outer outer_activity;
	uint32_t messages = t_tls.message_count;
	bool may_close;
	int rc;

	store_relaxed(&thread->has_run, true);
	if (spdk_likely(load_relaxed(&thread->resident_home) == queue->id)) {
		thread->idle_tsc += share - thread->idle_mark;
	} else {
		arrive(queue, thread);
	}
	thread->idle_mark = share;
	thread->next_home = queue->id;
	if (spdk_unlikely(thread->wished_home != 0)) {
		thread->next_home = thread->wished_home;
		thread->wished_home = 0;
	}
	t_tls.thread = thread;
	store_relaxed(&thread->runner, &t_tls);
	outer_activity = activity_begin(thread);

	rc = run_pass(thread, RUN_BATCH, now);
	out_outcome->messages = t_tls.message_count - messages;
	out_outcome->now = spdk_get_ticks();
	charge(thread, rc, now, out_outcome->now);
	out_outcome->busy = rc > 0;
	out_outcome->home = thread->next_home;
	may_close = may_exit(thread, out_outcome->now);

	activity_end(outer_activity);
	store_relaxed(&thread->runner, NULL);
	if (may_close && mailbox_close(thread_mailbox(thread))) {
		out_outcome->exited = true;
		thread_depart(thread);
	} else if (thread->next_home != queue->id) {
		thread_depart(thread);
	} else {
		out_outcome->deadline = thread_next_deadline(thread);
		out_outcome->again = thread_has_work(thread);
		out_outcome->watch = is_watched(thread);
	}
	t_tls.thread = outer;
}

/* A poll of the thread that this OS thread is running, from one of its own functions. */
static int
poll_nested(struct spdk_thread *thread, uint32_t max_msgs, uint64_t now)
{
	struct spdk_thread *outer = t_tls.thread;
	int rc;

	t_tls.thread = thread;
	rc = run_pass(thread, max_msgs, now);
	thread->nested_polls++;
	t_tls.thread = outer;
	return rc;
}

bool
thread_poll_begin(struct spdk_thread *thread)
{
	struct mailbox *mailbox = thread_mailbox(thread);
	enum mailbox_run was;

	if (spdk_unlikely(mailbox_word_home(thread_word(thread)) != 0)) {
		explain_foreign_poll(thread, MAILBOX_IDLE);
		return false;
	}
	if (spdk_unlikely(!mailbox_begin(mailbox, true, &was))) {
		if (was == MAILBOX_RUNNING || was == MAILBOX_NOTIFIED) {
			explain_foreign_poll(thread, was);
		}
		return false;
	}
	store_relaxed(&thread->has_run, true);
	store_relaxed(&thread->runner, &t_tls);
	return true;
}

void
thread_poll_end(struct spdk_thread *thread, int rc, uint64_t start)
{
	struct mailbox *mailbox = thread_mailbox(thread);
	bool has_fd = thread->interrupts != NULL;
	uint64_t end = spdk_get_ticks();
	bool may_close, again;

	start = round_start(thread, start, end);
	charge(thread, rc, start, end);
	if (rc == 0) {
		thread->idle_tsc += end - start;
	}
	may_close = may_exit(thread, end);
	if (spdk_unlikely(has_fd)) {
		thread_interrupts_rearm(thread);
	}
	again = has_fd && thread_has_work(thread);
	store_relaxed(&thread->runner, NULL);
	/* From the close or end on, another OS thread may run it, and so destroy it. */
	if (may_close && mailbox_close(mailbox)) {
		return;
	}
	if (mailbox_end(mailbox, again, 0) == MAILBOX_WAKING) {
		thread_interrupts_signal(thread);
		mailbox_woken(mailbox);
	}
}

int
spdk_thread_poll(struct spdk_thread *thread, uint32_t max_msgs, uint64_t now)
{
	struct spdk_thread *outer = t_tls.thread;
	struct activity_outer outer_activity;
	int rc;

	max_msgs = max_msgs != 0 ? spdk_min(max_msgs, POLL_BATCH) : POLL_BATCH;
	if (now == 0) {
		now = spdk_get_ticks();
	}
	if (load_relaxed(&thread->runner) == &t_tls) {
		return poll_nested(thread, max_msgs, now);
	}
	if (!thread_poll_begin(thread)) {
		return 0;
	}
	t_tls.thread = thread;
	outer_activity = activity_begin(thread);
	rc = run_pass(thread, max_msgs, now);
	activity_end(outer_activity);
	thread_poll_end(thread, rc, now);
	t_tls.thread = outer;
	return rc;
}
