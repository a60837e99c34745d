/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling a descriptor's owner of I/Os that take too long. A poller of the descriptor's thread
 * goes round the channels each second; what it finds is told on the I/O's thread, and again each
 * second.
 *
 * M1  A struct bdev_timeout outlives its descriptor while a round is under way. All of it belongs
 *     to the descriptor's thread but `is_stopped`, which is atomic and read before each callback.
 */
#include "bdev_internal.h"
#include "runtime/io_devices.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define PERIOD_US 1000000

struct bdev_timeout {
	struct spdk_bdev_desc *desc;
	uint64_t ticks;
	spdk_bdev_io_timeout_cb cb_fn;
	void *cb_arg;
	struct spdk_poller *poller;
	struct spdk_io_channel_iter *round;
	bool is_in_round;
	bool is_stopped;
};

static bool
is_stopped(const struct bdev_timeout *timeout)
{
	return __atomic_load_n(&timeout->is_stopped, __ATOMIC_ACQUIRE);
}

static void
free_timeout(struct bdev_timeout *timeout)
{
	io_devices_round_destroy(timeout->round);
	free(timeout);
}

struct visit {
	struct bdev_timeout *timeout;
	uint64_t now;
};

static int
look_at(void *ctx, struct spdk_bdev_io *io)
{
	const struct visit *visit = ctx;
	struct bdev_timeout *timeout = visit->timeout;

	/* The list is in order of submission: those behind it are younger. */
	if (is_stopped(timeout) || visit->now < io->internal.submit_tsc + timeout->ticks) {
		return 1;
	}
	/* A part is told of as the whole. */
	if (io->internal.desc == timeout->desc && (io->internal.flags & BDEV_IO_CHILD) == 0) {
		timeout->cb_fn(timeout->cb_arg, io);
	}
	return 0;
}

static void
look_visit(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel *ch = bdev_channel_of(spdk_io_channel_iter_get_channel(i));
	struct visit visit = {
		.timeout = spdk_io_channel_iter_get_ctx(i),
		.now = spdk_get_ticks(),
	};

	(void)bdev_channel_for_each_io(ch, look_at, &visit);
	spdk_for_each_channel_continue(i, 0);
}

static void
looked(struct spdk_io_channel_iter *i, int status)
{
	struct bdev_timeout *timeout = spdk_io_channel_iter_get_ctx(i);

	timeout->is_in_round = false;
	if (is_stopped(timeout)) {
		free_timeout(timeout);
	}
}

static int
look(void *arg)
{
	struct bdev_timeout *timeout = arg;

	if (timeout->is_in_round) {
		return SPDK_POLLER_IDLE;
	}
	timeout->is_in_round = true;
	io_devices_round_begin(timeout->round, bdev_io_device(timeout->desc->bdev), look_visit,
			       timeout, looked);
	return SPDK_POLLER_BUSY;
}

void
bdev_timeout_stop(struct spdk_bdev_desc *desc)
{
	struct bdev_timeout *timeout = desc->timeout;

	if (timeout == NULL) {
		return;
	}
	desc->timeout = NULL;
	spdk_poller_unregister(&timeout->poller);
	__atomic_store_n(&timeout->is_stopped, true, __ATOMIC_RELEASE);
	if (!timeout->is_in_round) {
		free_timeout(timeout);
	}
}

static struct bdev_timeout *
make_timeout(struct spdk_bdev_desc *desc, uint64_t sec, spdk_bdev_io_timeout_cb cb_fn, void *cb_arg)
{
	uint64_t hz = spdk_get_ticks_hz();
	struct bdev_timeout *timeout = calloc(1, sizeof(*timeout));

	if (timeout == NULL) {
		return NULL;
	}
	timeout->desc = desc;
	/* Half of all time is for ever, and can be added to. */
	timeout->ticks = spdk_min(sec, INT64_MAX / hz) * hz;
	timeout->cb_fn = cb_fn;
	timeout->cb_arg = cb_arg;
	timeout->round = io_devices_round_create();
	if (timeout->round != NULL) {
		timeout->poller = SPDK_POLLER_REGISTER(look, timeout, PERIOD_US);
	}
	if (timeout->poller == NULL) {
		free_timeout(timeout);
		return NULL;
	}
	return timeout;
}

int
spdk_bdev_set_timeout(struct spdk_bdev_desc *desc, uint64_t timeout_in_sec,
		      spdk_bdev_io_timeout_cb cb_fn, void *cb_arg)
{
	struct bdev_timeout *timeout = NULL;

	if (desc->thread != spdk_get_thread()) {
		SPDK_ERRLOG(
			"spdk_bdev_set_timeout() of bdev %s: call it on the thread that has opened "
			"the descriptor, %s.\n",
			spdk_bdev_get_name(desc->bdev), spdk_thread_get_name(desc->thread));
		return -EINVAL;
	}
	if (timeout_in_sec > 0) {
		if (cb_fn == NULL) {
			return -EINVAL;
		}
		timeout = make_timeout(desc, timeout_in_sec, cb_fn, cb_arg);
		if (timeout == NULL) {
			return -ENOMEM;
		}
	}
	bdev_timeout_stop(desc);
	desc->timeout = timeout;
	return 0;
}
