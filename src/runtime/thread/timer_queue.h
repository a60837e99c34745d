/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue of deadlines in exact order: earliest first, first-in first-out among equals. A thread
 * orders its timed pollers by one, a run queue orders its threads by one. Nodes are the caller's
 * (embedded); one owner at a time uses a queue, without locks.
 *
 * The cost of insert, remove and take-first does not grow with the number of timers, whatever
 * deadlines are given: they may lie in the past or jump back and forth; only speed, never order,
 * depends on them being near each other.
 */
#ifndef SPINDLE_TIMER_QUEUE_H
#define SPINDLE_TIMER_QUEUE_H

#include "spdk/stdinc.h"

struct timer_wheel;

struct timer_node {
	uint64_t deadline; /* ticks; set by timer_queue_insert() */
	uint64_t order;    /* place among equal deadlines */
	/* Opaque to callers. */
	struct timer_node *child;
	struct timer_node *next;
	union {
		struct timer_node *before; /* in the heap */
		struct timer_node **link;  /* in the wheel */
	};
};

/* All zeros is an empty queue. */
struct timer_queue {
	struct timer_node *first; /* the earliest node, cached */
	uint64_t next_order;
	struct timer_wheel *wheel; /* made when a queue grows large; NULL while it is small */
	uint32_t count;
};

/* Frees what the queue allocated; it must be empty. */
void timer_queue_fini(struct timer_queue *queue);
/* The node must not be queued. Cannot fail: without memory for the wheel it is only slower. */
void timer_queue_insert(struct timer_queue *queue, struct timer_node *node, uint64_t deadline);
void timer_queue_remove(struct timer_queue *queue, struct timer_node *node);
/* All zeros is a node that is not queued. */
bool timer_node_is_queued(const struct timer_node *node);
/* The node after `node` in firing order, for introspection; may be slow. NULL at the end. */
struct timer_node *
timer_queue_after(const struct timer_queue *queue, const struct timer_node *node);

static inline struct timer_node *
timer_queue_first(const struct timer_queue *queue)
{
	return queue->first;
}

#endif
