/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os that a module could not take for lack of some resource (SPDK_BDEV_IO_STATUS_NOMEM). They
 * wait in the order in which they came, and all that are submitted meanwhile wait behind them.
 *
 * N1  What waits is tried when enough of the target's I/Os have completed that several can go at
 *     once.
 * N2  With none outstanding no completion will come: a poller tries then. An I/O for which the
 *     module waits for a buffer, or for an I/O of the device below, is none: those that wait here
 *     may have all of these.
 */
#include "bdev_internal.h"

#define RETRY_US 1000
/* How many completions to wait for, when many are outstanding. */
#define RETRY_STEP 8

static int
retry_late(void *arg)
{
	struct bdev_target *target = arg;

	spdk_poller_unregister(&target->nomem_poller);
	bdev_nomem_retry(target);
	return SPDK_POLLER_BUSY;
}

/*
 * For want of memory for a poller. The target is still there: its channels go by messages as well,
 * which come later.
 */
static void
retry_soon(void *arg)
{
	struct bdev_target *target = arg;

	target->retry_is_sent = false;
	bdev_nomem_retry(target);
}

static void
try_later(struct bdev_target *target)
{
	if (target->nomem_poller != NULL || target->retry_is_sent) {
		return;
	}
	target->nomem_poller = SPDK_POLLER_REGISTER(retry_late, target, RETRY_US);
	if (target->nomem_poller == NULL &&
	    spdk_thread_send_msg(target->thread->thread, retry_soon, target) == 0) {
		target->retry_is_sent = true;
	}
}

static void
arm(struct bdev_target *target)
{
	uint64_t outstanding = target->outstanding;

	target->nomem_threshold = (uint32_t)spdk_max(
		outstanding / 2, outstanding > RETRY_STEP ? outstanding - RETRY_STEP : 0);
	if (outstanding == 0) {
		try_later(target);
	}
}

void
bdev_nomem_awaited(struct bdev_target *target)
{
	target->outstanding++;
}

void
bdev_nomem_await(struct bdev_target *target)
{
	target->outstanding--;
	if (!TAILQ_EMPTY(&target->nomem) && target->outstanding == 0) {
		target->nomem_threshold = 0;
		try_later(target);
	}
}

void
bdev_nomem_queue(struct spdk_bdev_io *io)
{
	io->internal.state = BDEV_IO_RETRY;
	TAILQ_INSERT_TAIL(&io->internal.ch->target->nomem, io, internal.link);
}

void
bdev_nomem_refused(struct spdk_bdev_io *io)
{
	struct bdev_target *target = io->internal.ch->target;

	io->internal.ch->outstanding--;
	target->outstanding--;
	io->internal.state = BDEV_IO_RETRY;
	if (io->num_retries > 0) {
		TAILQ_INSERT_HEAD(&target->nomem, io, internal.link);
	} else {
		TAILQ_INSERT_TAIL(&target->nomem, io, internal.link);
	}
	arm(target);
}

void
bdev_nomem_retry(struct bdev_target *target)
{
	struct spdk_bdev_io *io;

	/* Inside: a module that completes others while it takes one. */
	if (target->is_retrying || target->outstanding > target->nomem_threshold) {
		return;
	}
	target->is_retrying = true;
	while ((io = TAILQ_FIRST(&target->nomem)) != NULL) {
		TAILQ_REMOVE(&target->nomem, io, internal.link);
		if (io->num_retries < UINT16_MAX) {
			io->num_retries++;
		}
		bdev_io_give(io);
		if (io->internal.state == BDEV_IO_RETRY) {
			break;
		}
	}
	target->is_retrying = false;
	if (io != NULL) {
		arm(target);
	}
}

void
bdev_nomem_abort(struct spdk_bdev_channel *ch)
{
	struct spdk_bdev_io *io, *next;

	TAILQ_FOREACH_SAFE (io, &ch->target->nomem, internal.link, next) {
		if (io->internal.ch == ch) {
			TAILQ_REMOVE(&ch->target->nomem, io, internal.link);
			bdev_io_end(io, SPDK_BDEV_IO_STATUS_ABORTED);
		}
	}
}
