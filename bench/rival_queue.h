/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue under a mutex, for the rivals that only tell the receiver that there is something. */
#ifndef BENCH_RIVAL_QUEUE_H
#define BENCH_RIVAL_QUEUE_H

#include "rival.h"

#include "spdk/util.h"

struct rival_queue {
	pthread_mutex_t lock;
	uint32_t sent, received;
	void *messages[RIVAL_CAPACITY];
};

/* With the lock held. Whether it was empty before. */
static inline bool
rival_queue_put(struct rival_queue *queue, void *message)
{
	queue->messages[queue->sent % RIVAL_CAPACITY] = message;
	return queue->sent++ == queue->received;
}

static inline bool
rival_queue_is_full(const struct rival_queue *queue)
{
	return queue->sent - queue->received == RIVAL_CAPACITY;
}

/* With the lock held: takes all there is, up to `max`. */
static inline uint32_t
rival_queue_take(struct rival_queue *queue, void **messages, uint32_t max)
{
	uint32_t count = spdk_min(queue->sent - queue->received, max), i;

	for (i = 0; i < count; i++) {
		messages[i] = queue->messages[queue->received++ % RIVAL_CAPACITY];
	}
	return count;
}

#endif
