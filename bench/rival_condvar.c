/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue under a mutex with a condition variable: what one writes without any library. The sender
 * signals only when the queue was empty; the receiver takes all there is.
 */
#include "rival_loops.h"
#include "rival_queue.h"

struct rival_way {
	struct rival_queue queue;
	pthread_cond_t is_filled;
};

static struct rival_way *
condvar_open(void)
{
	struct rival_way *way = calloc(1, sizeof(*way));

	if (way != NULL) {
		pthread_mutex_init(&way->queue.lock, NULL);
		pthread_cond_init(&way->is_filled, NULL);
	}
	return way;
}

static void
condvar_close(struct rival_way *way)
{
	pthread_cond_destroy(&way->is_filled);
	pthread_mutex_destroy(&way->queue.lock);
	free(way);
}

RIVAL_INLINE uint32_t
condvar_send(struct rival_way *way, void **messages, uint32_t count)
{
	bool is_full, was_empty = false;

	pthread_mutex_lock(&way->queue.lock);
	is_full = rival_queue_is_full(&way->queue);
	if (!is_full) {
		was_empty = rival_queue_put(&way->queue, messages[0]);
	}
	pthread_mutex_unlock(&way->queue.lock);
	if (was_empty) {
		pthread_cond_signal(&way->is_filled);
	}
	return !is_full;
}

RIVAL_INLINE uint32_t
condvar_receive(struct rival_way *way, void **messages, uint32_t max)
{
	uint32_t count;

	pthread_mutex_lock(&way->queue.lock);
	while (way->queue.sent == way->queue.received) {
		pthread_cond_wait(&way->is_filled, &way->queue.lock);
	}
	count = rival_queue_take(&way->queue, messages, max);
	pthread_mutex_unlock(&way->queue.lock);
	return count;
}

RIVAL_LOOPS(condvar, condvar_send, condvar_receive, 1, RIVAL_CAPACITY)

const struct rival rival_condvar = {
	.name = "mutex and condition variable",
	.open = condvar_open,
	.close = condvar_close,
	RIVAL_MEMBERS(condvar),
};
