/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of one thread that wait for a buffer of one size.
 *
 * States, by (queue, is_waiting, is_listed), and who makes each move:
 *
 *   idle      empty      no   no    -> listed    the first entry: iobuf_waiters_settle()
 *   listed    not empty  yes  yes   -> idle      the last entry got a buffer or was aborted: settle
 *                                   -> expecting another thread's put: iobuf_pool_put()
 *   expecting any        yes  no    -> listed    the message came, and entries are left: deliver()
 *                                   -> idle      the message came, and none are: deliver()
 *
 * Invariants
 *  1. Entries get buffers in the order in which they came, whichever channel of the thread they
 *     came by; what is put on this thread goes to them before anything else.
 *  2. While expecting, the message is in the queue of the thread already (it is sent under the lock
 *     of the pool). Messages of a thread are one queue, so it runs before the one that ends the I/O
 *     channel of which this is a part, even when the last channel is closed meanwhile.
 *  3. A callback never runs inside a callback: what callbacks give back is kept in `returned` for
 *     the loop that called them. So the stack does not grow with the number of entries.
 */
#include "runtime/thread/iobuf_internal.h"

/* So often in a row a thread serves itself before threads that wait elsewhere get a buffer. */
#define LOCAL_TURNS_MAX 32

static enum iobuf_size
size_of(const struct iobuf_waiters *waiters)
{
	return waiters - waiters->owner->waiters;
}

void
iobuf_waiters_open(struct iobuf_waiters *waiters, struct iobuf_thread *owner,
		   struct iobuf_pool *pool)
{
	STAILQ_INIT(&waiters->queue);
	STAILQ_INIT(&waiters->returned);
	waiters->owner = owner;
	waiters->pool = pool;
}

void
iobuf_waiters_close(struct iobuf_waiters *waiters)
{
	STAILQ_INIT(&waiters->queue);
	iobuf_waiters_settle(waiters);
}

void
iobuf_waiters_settle(struct iobuf_waiters *waiters)
{
	if (!STAILQ_EMPTY(&waiters->queue)) {
		if (!waiters->is_waiting) {
			iobuf_pool_list(waiters->pool, waiters);
		}
	} else if (waiters->is_waiting && iobuf_pool_unlist(waiters->pool, waiters)) {
		waiters->is_waiting = false;
	}
}

static void *
take_returned(struct iobuf_waiters *waiters)
{
	struct spdk_iobuf_buffer *buffer = STAILQ_FIRST(&waiters->returned);

	if (buffer != NULL) {
		STAILQ_REMOVE_HEAD(&waiters->returned, stailq);
	}
	return buffer;
}

static void
serve(struct iobuf_waiters *waiters, void *buf)
{
	struct spdk_iobuf_entry *entry;
	struct iobuf_user *user;

	if (waiters->is_serving) {
		STAILQ_INSERT_TAIL(&waiters->returned, (struct spdk_iobuf_buffer *)buf, stailq);
		return;
	}
	waiters->is_serving = true;
	for (; buf != NULL; buf = take_returned(waiters)) {
		entry = STAILQ_FIRST(&waiters->queue);
		if (entry == NULL) {
			iobuf_pool_put(waiters->pool, buf);
			continue;
		}
		STAILQ_REMOVE_HEAD(&waiters->queue, stailq);
		if (STAILQ_EMPTY(&waiters->queue)) {
			iobuf_waiters_settle(waiters);
		}
		user = (struct iobuf_user *)(uintptr_t)entry->module;
		user->share[size_of(waiters)].out++;
		entry->cb_fn(entry, buf);
	}
	waiters->is_serving = false;
}

void
iobuf_waiters_put(struct iobuf_waiters *waiters, void *buf)
{
	/* This thread is one of those that wait. */
	if (iobuf_pool_waiting(waiters->pool) > 1 && !waiters->is_serving &&
	    ++waiters->local_turns >= LOCAL_TURNS_MAX) {
		waiters->local_turns = 0;
		iobuf_pool_put(waiters->pool, buf);
		return;
	}
	serve(waiters, buf);
}

/* The message that carries a buffer. */
static void
deliver(void *ctx)
{
	struct iobuf_waiters *waiters = ctx;
	void *buf = waiters->delivered;

	waiters->delivered = NULL;
	serve(waiters, buf);
	if (STAILQ_EMPTY(&waiters->queue)) {
		iobuf_pool_uncount(waiters->pool);
		waiters->is_waiting = false;
	} else {
		/* Behind the other threads: each gets one in turn. */
		iobuf_pool_list(waiters->pool, waiters);
	}
}

bool
iobuf_waiters_send(struct iobuf_waiters *waiters, void *buf)
{
	struct spdk_io_channel *parent = spdk_io_channel_from_ctx(waiters->owner);

	waiters->delivered = buf;
	return spdk_thread_send_msg(spdk_io_channel_get_thread(parent), deliver, waiters) == 0;
}

bool
iobuf_waiters_remove(struct iobuf_waiters *waiters, struct spdk_iobuf_entry *entry)
{
	struct spdk_iobuf_entry *other;

	STAILQ_FOREACH (other, &waiters->queue, stailq) {
		if (other == entry) {
			STAILQ_REMOVE(&waiters->queue, entry, spdk_iobuf_entry, stailq);
			if (STAILQ_EMPTY(&waiters->queue)) {
				iobuf_waiters_settle(waiters);
			}
			return true;
		}
	}
	return false;
}
