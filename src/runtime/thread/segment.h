/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments hold the messages of a mailbox, fifteen each. They are allocated by senders and freed by
 * the receiver, so they travel between OS threads all the time: each OS thread keeps a few, and
 * whole handfuls pass through a shared depot.
 */
#ifndef SPINDLE_SEGMENT_H
#define SPINDLE_SEGMENT_H

#include "runtime/thread/atomic_ops.h"
#include "spdk/assert.h"
#include "spdk/stdinc.h"

/* Fewer are given by the interleaving test, which so gets to the end of one sooner. */
#ifndef SEGMENT_SLOTS
#define SEGMENT_SLOTS 15
#endif
#define SEGMENT_SIZE 256

typedef void (*message_fn)(void *ctx);

struct message_slot {
	_Atomic(message_fn) fn; /* NULL until the sender that claimed the slot has written it */
	void *ctx;
};

struct segment {
	struct message_slot slot[SEGMENT_SLOTS];
	struct segment *_Atomic next;
} __attribute__((aligned(SEGMENT_SIZE)));
SPDK_STATIC_ASSERT(sizeof(struct segment) == SEGMENT_SIZE, "the state word packs its address");

/*
 * Aligned to SEGMENT_SIZE, all slots and the link NULL; NULL when memory is exhausted. Any OS
 * thread.
 */
struct segment *segment_alloc(void);
void segment_free(struct segment *segment);
/* Gives the segments kept by this OS thread and by the depot back to the system. */
void segment_trim(void);
/* Segments handed out and not yet freed; exact only while nobody sends. For tests. */
size_t segment_count_in_use(void);

#endif
