/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairing heaps of timer nodes, in exact order: a heap is its root, which fires first, or NULL.
 * Only timer_queue.c uses them; they are here for the reader's sake, and inline for the caller's.
 *
 * A node fires before its children, which are a list from `child` over `next`. `before` is the left
 * sibling, the parent for a first child, and the node itself for the root.
 */
#ifndef SPINDLE_TIMER_HEAP_H
#define SPINDLE_TIMER_HEAP_H

#include "runtime/thread/timer_queue.h"

static inline bool
timer_fires_before(const struct timer_node *a, const struct timer_node *b)
{
	return a->deadline < b->deadline || (a->deadline == b->deadline && a->order < b->order);
}

/* Joins two heaps; the result's `before` and `next` are the caller's to set. */
static inline struct timer_node *
timer_heap_meld(struct timer_node *a, struct timer_node *b)
{
	struct timer_node *parent = timer_fires_before(a, b) ? a : b;
	struct timer_node *child = parent == a ? b : a;

	child->before = parent;
	child->next = parent->child;
	if (child->next != NULL) {
		child->next->before = child;
	}
	parent->child = child;
	return parent;
}

/* Joins a list of siblings: neighbours in pairs, then the pairs from the last to the first. */
static inline struct timer_node *
timer_heap_meld_siblings(struct timer_node *list)
{
	struct timer_node *pairs = NULL, *root, *pair, *next;

	if (list == NULL || list->next == NULL) {
		return list;
	}
	while (list != NULL) {
		pair = list;
		next = list->next;
		list = NULL;
		if (next != NULL) {
			list = next->next;
			pair = timer_heap_meld(pair, next);
		}
		pair->next = pairs;
		pairs = pair;
	}
	root = pairs;
	pairs = pairs->next;
	while (pairs != NULL) {
		next = pairs->next;
		root = timer_heap_meld(root, pairs);
		pairs = next;
	}
	return root;
}

static inline void
timer_heap_set_root(struct timer_node **heap, struct timer_node *root)
{
	if (root != NULL) {
		root->before = root;
		root->next = NULL;
	}
	*heap = root;
}

static inline void
timer_heap_insert(struct timer_node **heap, struct timer_node *node)
{
	node->child = NULL;
	timer_heap_set_root(heap, *heap == NULL ? node : timer_heap_meld(*heap, node));
}

static inline void
timer_heap_remove(struct timer_node **heap, struct timer_node *node)
{
	struct timer_node *orphans = timer_heap_meld_siblings(node->child);

	if (node == *heap) {
		timer_heap_set_root(heap, orphans);
		return;
	}
	if (node->before->child == node) {
		node->before->child = node->next;
	} else {
		node->before->next = node->next;
	}
	if (node->next != NULL) {
		node->next->before = node->before;
	}
	if (orphans != NULL) {
		/* The root fires before every other node, so it stays. */
		(void)timer_heap_meld(*heap, orphans);
	}
}

/* Makes a heap of at least one node, in order of firing: each has the next one as its only child.
 */
static inline void
timer_heap_make(struct timer_node **heap, struct timer_node **sorted, unsigned int count)
{
	unsigned int index;

	for (index = 0; index < count; index++) {
		sorted[index]->child = index + 1 < count ? sorted[index + 1] : NULL;
		sorted[index]->before = sorted[index == 0 ? 0 : index - 1];
		sorted[index]->next = NULL;
	}
	*heap = sorted[0];
}

/* The next node of a walk from the root, parents before children, perhaps without those of `node`.
 */
static inline struct timer_node *
timer_heap_walk(struct timer_node *node, bool skip_children)
{
	if (!skip_children && node->child != NULL) {
		return node->child;
	}
	while (node->next == NULL) {
		while (node->before->child != node) {
			if (node->before == node) {
				return NULL; /* the root */
			}
			node = node->before;
		}
		node = node->before;
	}
	return node->next;
}

#endif
