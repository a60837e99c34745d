/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going round the channels of a device, and round the I/Os of a channel.
 *
 * The place in a list of I/Os is kept by an I/O that is none, put behind the one that is looked at:
 * so what is called with an I/O may end that one and any other. Whoever walks the list besides
 * knows a placeholder by its type, SPDK_BDEV_IO_TYPE_INVALID, which nothing looks for.
 */
#include "bdev_internal.h"
#include "runtime/io_devices.h"

struct spdk_bdev_channel_iter {
	struct spdk_bdev *bdev;
	struct spdk_io_channel_iter *i;
	spdk_bdev_for_each_channel_msg fn;
	spdk_bdev_for_each_channel_done done;
	void *ctx;
};

/* ---- Channels ---- */

static void
visit_channel(struct spdk_io_channel_iter *i)
{
	struct spdk_bdev_channel_iter *iter = spdk_io_channel_iter_get_ctx(i);

	iter->i = i;
	iter->fn(iter, iter->bdev, spdk_io_channel_iter_get_channel(i), iter->ctx);
}

static void
visited_all(struct spdk_io_channel_iter *i, int status)
{
	struct spdk_bdev_channel_iter iter =
		*(struct spdk_bdev_channel_iter *)spdk_io_channel_iter_get_ctx(i);

	free(spdk_io_channel_iter_get_ctx(i));
	io_devices_round_destroy(i);
	iter.done(iter.bdev, iter.ctx, status);
}

void
spdk_bdev_for_each_channel_continue(struct spdk_bdev_channel_iter *iter, int status)
{
	spdk_for_each_channel_continue(iter->i, status);
}

void
spdk_bdev_for_each_channel(struct spdk_bdev *bdev, spdk_bdev_for_each_channel_msg fn, void *ctx,
			   spdk_bdev_for_each_channel_done done)
{
	struct spdk_bdev_channel_iter *iter = calloc(1, sizeof(*iter));
	struct spdk_io_channel_iter *round = io_devices_round_create();

	if (iter == NULL || round == NULL) {
		free(iter);
		io_devices_round_destroy(round);
		done(bdev, ctx, -ENOMEM);
		return;
	}
	iter->bdev = bdev;
	iter->fn = fn;
	iter->done = done;
	iter->ctx = ctx;
	io_devices_round_begin(round, bdev_io_device(bdev), visit_channel, iter, visited_all);
}

/* ---- I/Os ---- */

int
bdev_channel_for_each_io(struct spdk_bdev_channel *ch, spdk_bdev_io_fn fn, void *ctx)
{
	struct spdk_bdev_io place = {.type = SPDK_BDEV_IO_TYPE_INVALID};
	struct spdk_bdev_io *io = TAILQ_FIRST(&ch->submitted);
	int rc = 0;

	place.bdev = ch->bdev;
	place.internal.ch = ch;
	while (io != NULL && rc == 0) {
		TAILQ_INSERT_AFTER(&ch->submitted, io, &place, internal.ch_link);
		if (io->type != SPDK_BDEV_IO_TYPE_INVALID) {
			rc = fn(ctx, io);
		}
		io = TAILQ_NEXT(&place, internal.ch_link);
		TAILQ_REMOVE(&ch->submitted, &place, internal.ch_link);
	}
	return rc;
}

struct io_round {
	spdk_bdev_io_fn fn;
	spdk_bdev_for_each_io_cb cb;
	void *ctx;
};

static void
visit_ios(struct spdk_bdev_channel_iter *i, struct spdk_bdev *bdev, struct spdk_io_channel *io_ch,
	  void *ctx)
{
	struct io_round *round = ctx;

	spdk_bdev_for_each_channel_continue(
		i, bdev_channel_for_each_io(bdev_channel_of(io_ch), round->fn, round->ctx));
}

static void
visited_ios(struct spdk_bdev *bdev, void *ctx, int status)
{
	struct io_round round = *(struct io_round *)ctx;

	free(ctx);
	round.cb(round.ctx, status);
}

void
spdk_bdev_for_each_bdev_io(struct spdk_bdev *bdev, void *ctx, spdk_bdev_io_fn fn,
			   spdk_bdev_for_each_io_cb cb)
{
	struct io_round *round;

	assert(fn != NULL && cb != NULL);
	round = calloc(1, sizeof(*round));
	if (round == NULL) {
		cb(ctx, -ENOMEM);
		return;
	}
	*round = (struct io_round){.fn = fn, .cb = cb, .ctx = ctx};
	spdk_bdev_for_each_channel(bdev, visit_ios, round, visited_ios);
}
