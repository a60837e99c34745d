/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The I/Os of one thread on their way through an engine, whichever device they are for.
 *
 * Q1  in_flight counts what was pushed and not reaped, and is FILE_QUEUE_DEPTH at most; what is
 *     more waits in `backlog`, in order. So neither of the engine's rings ever overflows.
 * Q2  The kernel is told of I/Os once in a turn of the thread, of all that were submitted: at the
 *     end of the poller, or, where they were submitted outside of it, by a message to the thread,
 *     which runs when the turn is over and before the reactor may rest.
 * Q3  The poller rests on the ring's descriptor: it has nothing to do unless there is an answer.
 *     What cannot be sent now, with no answer to wait for, has a timer (`retry`).
 * Q4  A request to cancel another one goes into the ring before any I/O that is submitted after
 *     it. So it cannot hit one that has been given the memory of that other, which is complete.
 * Q5  A queue has nothing in it when it is destroyed: its channels have gone before. The message
 *     of Q2 comes before that, as messages to oneself keep their order.
 */
#ifndef SPINDLE_FILE_QUEUE_H
#define SPINDLE_FILE_QUEUE_H

#include "modules/bdev/file/file_engine.h"

struct file_queue {
	const struct file_engine *engine;
	uint32_t in_flight;
	/* Pushed, and the kernel does not know yet. */
	uint32_t unsent;
	bool is_in_turn;
	bool is_kick_sent;
	bool is_error_told;
	TAILQ_HEAD(, file_io) backlog;
	struct spdk_thread *thread;
	struct spdk_poller *poller;
	struct spdk_poller *retry;
	struct spdk_interrupt *interrupt;
	uint8_t ring[] __attribute__((aligned(16)));
};

/* Bytes of one. */
size_t file_queue_size(const struct file_engine *engine);
/* 0 or -errno, which it explains. */
int file_queue_init(struct file_queue *queue, const struct file_engine *engine);
void file_queue_fini(struct file_queue *queue);

/* Sends it at the end of this turn; file_bdev_io_answered() is called, later. */
void file_queue_submit(struct file_queue *queue, struct file_io *io);
/* The rest of one that was answered before: ahead of what waits. */
void file_queue_resubmit(struct file_queue *queue, struct file_io *io);
/* Takes back what waits in the backlog; file_bdev_io_answered() is called with -ECANCELED. */
void file_queue_take_back(struct file_queue *queue, struct file_io *io);
/* All that wait of a channel. */
void file_queue_take_back_all(struct file_queue *queue, const struct file_channel *channel);

#endif
