/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking at the pollers of a thread, for statistics and messages. The lists change with every run:
 * only who runs the thread may walk them.
 */
#include "runtime/thread/thread_internal.h"
#include "runtime/thread_look.h"

static struct spdk_poller *
first_active_from(struct spdk_thread *thread, uint32_t index)
{
	for (; index < thread->active_count; index++) {
		if (thread->active[index] != NULL) {
			return thread->active[index];
		}
	}
	return NULL;
}

static struct spdk_poller *
poller_of_timer(struct timer_node *node)
{
	return node != NULL ? SPDK_CONTAINEROF(node, struct spdk_poller, timer) : NULL;
}

struct spdk_poller *
spdk_thread_get_first_active_poller(struct spdk_thread *thread)
{
	return first_active_from(thread, 0);
}

struct spdk_poller *
spdk_thread_get_next_active_poller(struct spdk_poller *prev)
{
	return first_active_from(prev->thread, prev->index + 1);
}

struct spdk_poller *
spdk_thread_get_first_timed_poller(struct spdk_thread *thread)
{
	return poller_of_timer(timer_queue_first(&thread->timers));
}

struct spdk_poller *
spdk_thread_get_next_timed_poller(struct spdk_poller *prev)
{
	return poller_of_timer(timer_queue_after(&prev->thread->timers, &prev->timer));
}

struct spdk_poller *
spdk_thread_get_first_paused_poller(struct spdk_thread *thread)
{
	return TAILQ_FIRST(&thread->paused);
}

struct spdk_poller *
spdk_thread_get_next_paused_poller(struct spdk_poller *prev)
{
	return TAILQ_NEXT(prev, paused_link);
}

const char *
spdk_poller_get_name(struct spdk_poller *poller)
{
	return poller->name;
}

uint64_t
spdk_poller_get_id(struct spdk_poller *poller)
{
	return poller->id;
}

const char *
spdk_poller_get_state_str(struct spdk_poller *poller)
{
	static const char *const names[] = {
		[POLLER_WAITING] = "waiting",
		[POLLER_PAUSING] = "pausing",
		[POLLER_PAUSED] = "paused",
		[POLLER_UNREGISTERED] = "unregistered",
	};

	if (poller->flags.is_running && poller->flags.state == POLLER_WAITING) {
		return "running";
	}
	return names[poller->flags.state];
}

uint64_t
spdk_poller_get_period_ticks(struct spdk_poller *poller)
{
	return poller->period_ticks;
}

void
spdk_poller_get_stats(struct spdk_poller *poller, struct spdk_poller_stats *stats)
{
	stats->run_count = poller->run_count;
	stats->busy_count = poller->busy_count;
}

void
thread_count_pollers(const struct spdk_thread *thread, struct thread_poller_counts *out_counts)
{
	out_counts->active = thread->active_count - thread->active_holes;
	out_counts->timed = thread->timers.count;
	out_counts->paused = thread->paused_count;
}

bool
thread_is_in_interrupt(const struct spdk_thread *thread)
{
	return thread->in_interrupt;
}

int
spdk_thread_has_active_pollers(struct spdk_thread *thread)
{
	return thread->active_count != thread->active_holes;
}

bool
spdk_thread_has_pollers(struct spdk_thread *thread)
{
	return thread->poller_count != 0;
}

uint64_t
spdk_thread_next_poller_expiration(struct spdk_thread *thread)
{
	struct timer_node *first = timer_queue_first(&thread->timers);

	return first != NULL ? first->deadline : 0;
}
