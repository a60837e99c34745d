/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long threads want their home to look for work before it sleeps.
 *
 * Invariant: on the list of a home are exactly those of its residents that have asked, and
 * asked_spin_us is the longest of theirs. Both are touched only by the OS thread that turns the
 * home, when one of them asks, comes or goes; a sleep costs the same however many have asked.
 */
#include "runtime/thread/thread_internal.h"
#include "spdk/util.h"
#include "spindle/run_queue.h"
#include "spindle/thread.h"

static void
sum_up(struct run_queue *queue)
{
	struct spdk_thread *thread;

	queue->asked_spin_us = 0;
	LIST_FOREACH (thread, &queue->asking, asking_link) {
		queue->asked_spin_us = spdk_max(queue->asked_spin_us, thread->spin_us);
	}
}

void
thread_rest_arrive(struct run_queue *queue, struct spdk_thread *thread)
{
	if (thread->has_spin_us) {
		LIST_INSERT_HEAD(&queue->asking, thread, asking_link);
		queue->asking_count++;
		sum_up(queue);
	}
}

void
thread_rest_depart(struct run_queue *queue, struct spdk_thread *thread)
{
	if (thread->has_spin_us) {
		LIST_REMOVE(thread, asking_link);
		queue->asking_count--;
		sum_up(queue);
	}
}

int
spindle_thread_set_rest(struct spdk_thread *thread, uint32_t spin_us)
{
	uint32_t home = load_relaxed(&thread->resident_home);

	if (!explain_owner("spindle_thread_set_rest", "thread", thread->name, thread->created_at,
			   thread)) {
		return -EPERM;
	}
	if (home != 0) {
		thread_rest_depart(run_queue_of(home), thread);
	}
	thread->has_spin_us = spin_us != SPINDLE_REST_USUAL;
	thread->spin_us = spin_us;
	if (home != 0) {
		thread_rest_arrive(run_queue_of(home), thread);
	}
	return 0;
}

void
spindle_run_queue_get_rest(const struct spindle_run_queue *queue,
			   struct spindle_run_queue_rest *out_rest)
{
	const struct run_queue *inner = (const struct run_queue *)(const void *)queue;

	out_rest->spin_us = inner->asked_spin_us;
	out_rest->is_usual =
		inner->asking_count == 0 || inner->asking_count < inner->runnable_count;
}
