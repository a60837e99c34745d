/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public face of run queues: threads that live on one instead of being polled.
 */
#include "runtime/thread/thread_internal.h"
#include "spindle/run_queue.h"
#include "spindle/thread.h"

static const struct run_queue_ops g_thread_ops = {
	.run = thread_run_at_home,
	.exited = thread_run_by_home_ended,
};

static struct run_queue *
inner(const struct spindle_run_queue *queue)
{
	return (struct run_queue *)(uintptr_t)queue;
}

int
spindle_run_queue_create(struct spindle_run_queue **out_queue)
{
	struct run_queue *queue;
	int rc = run_queue_create(&g_thread_ops, &queue);

	if (rc == 0) {
		*out_queue = (struct spindle_run_queue *)queue;
	}
	return rc;
}

int
spindle_run_queue_destroy(struct spindle_run_queue *queue)
{
	if (queue != NULL && !run_queue_is_deserted(inner(queue))) {
		SPDK_ERRLOG(
			"spindle_run_queue_destroy(): %u threads live on the run queue: have them "
			"exit or move, and turn it until they have\n",
			inner(queue)->runnable_count);
		return -EBUSY;
	}
	run_queue_release(inner(queue));
	return 0;
}

int
spindle_run_queue_add(struct spindle_run_queue *queue, struct spdk_thread *thread)
{
	uint64_t word = thread_word(thread);

	if (thread->is_homed) {
		SPDK_ERRLOG(
			"spindle_run_queue_add(): thread '%s' lives on a run queue already; have "
			"it call spindle_run_queue_move()\n",
			thread->name);
		return -EINVAL;
	}
	if (mailbox_word_life(word) != MAILBOX_LIVE) {
		return -EIO;
	}
	thread->is_homed = true;
	if (!run_queue_adopt(inner(queue), &thread->runnable)) {
		thread->is_homed = false;
		explain_foreign_poll(thread, MAILBOX_RUNNING);
		return -EBUSY;
	}
	return 0;
}

int
spindle_run_queue_move(struct spindle_run_queue *queue)
{
	struct spdk_thread *thread = t_tls.thread;

	if (!explain_has_thread("spindle_run_queue_move")) {
		return -EINVAL;
	}
	if (!thread->is_homed || load_relaxed(&thread->runner) != &t_tls) {
		SPDK_ERRLOG(
			"spindle_run_queue_move(): thread '%s' is not being run by a run queue\n",
			thread->name);
		return -EINVAL;
	}
	if (load_relaxed(&thread->is_bound)) {
		return -EPERM;
	}
	thread->next_home = inner(queue)->id;
	return 0;
}

void
thread_charge_idle(struct spdk_thread *thread)
{
	uint32_t home = load_relaxed(&thread->resident_home);
	uint64_t share;

	if (home != 0) {
		share = run_queue_idle_share(run_queue_of(home));
		thread->idle_tsc += share - thread->idle_mark;
		thread->idle_mark = share;
	}
}

void
thread_depart(struct spdk_thread *thread)
{
	if (load_relaxed(&thread->resident_home) == 0) {
		return;
	}
	wake_unwatch_all(thread);
	thread_rest_depart(run_queue_of(load_relaxed(&thread->resident_home)), thread);
	LIST_REMOVE(thread, resident_link);
	/* Also when it comes back: the idle time of this home in between is not its. */
	store_relaxed(&thread->resident_home, 0);
}

void
spindle_run_queue_for_each_thread(struct spindle_run_queue *queue, spindle_run_queue_thread_fn fn,
				  void *arg)
{
	struct spdk_thread *thread;

	LIST_FOREACH (thread, &inner(queue)->residents, resident_link) {
		fn(thread, arg);
	}
}

int
spindle_run_queue_move_thread(struct spindle_run_queue *from, struct spdk_thread *thread,
			      struct spindle_run_queue *to)
{
	/* Only `from` itself makes it so, or not so any more. */
	if (load_relaxed(&thread->resident_home) != inner(from)->id) {
		SPDK_ERRLOG("spindle_run_queue_move_thread(): thread '%s' does not live on the run "
			    "queue that it is to leave\n",
			    thread->name);
		return -EINVAL;
	}
	if (load_relaxed(&thread->is_bound)) {
		return -EPERM;
	}
	thread->wished_home = inner(to)->id;
	thread_notify(thread);
	return 0;
}

uint32_t
spindle_run_queue_exit_threads(struct spindle_run_queue *queue, const struct spdk_thread *keep,
			       uint64_t deadline)
{
	struct spdk_thread *thread;

	/* UINT64_MAX is what a thread has that does not exit at all. */
	deadline = spdk_min(deadline, UINT64_MAX - 1);
	/* Nobody leaves the list before the next turn. */
	LIST_FOREACH (thread, &inner(queue)->residents, resident_link) {
		if (thread != keep && thread_life(thread) == MAILBOX_LIVE) {
			thread->is_leftover = true;
			thread_begin_exit(thread, deadline);
		}
	}
	return inner(queue)->runnable_count;
}

uint32_t
spindle_run_queue_turn(struct spindle_run_queue *queue)
{
	return spindle_run_queue_turn_at(queue, spdk_get_ticks());
}

uint32_t
spindle_run_queue_turn_at(struct spindle_run_queue *queue, uint64_t now)
{
	struct run_queue *outer = t_tls.run_queue;
	uint32_t busy;

	t_tls.run_queue = inner(queue);
	busy = run_queue_turn(inner(queue), &now);
	t_tls.run_queue = outer;
	return busy;
}

uint64_t
spindle_run_queue_next_deadline(const struct spindle_run_queue *queue)
{
	return run_queue_next_deadline(inner(queue));
}

bool
spindle_run_queue_park(struct spindle_run_queue *queue, uint64_t deadline)
{
	return run_queue_park(inner(queue), deadline);
}

void
spindle_run_queue_wake(struct spindle_run_queue *queue)
{
	run_queue_wake(inner(queue));
}

void
spindle_run_queue_get_stats(const struct spindle_run_queue *queue,
			    struct spindle_run_queue_stats *stats)
{
	stats->thread_count = inner(queue)->runnable_count;
	stats->busy_tsc = inner(queue)->busy_ticks;
	stats->idle_tsc = inner(queue)->idle_ticks;
	stats->last_tsc = inner(queue)->last_turn;
}

void
spindle_thread_set_message_limit(struct spdk_thread *thread, uint32_t messages)
{
	/* One more than they fill: the first may hold messages that have been run already. */
	store_relaxed(&thread_mailbox(thread)->segments_max,
		      messages != 0 ? messages / SEGMENT_SLOTS + 2 : 0);
}
