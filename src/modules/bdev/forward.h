/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os that a device hands on to the one below it, as they are.
 */
#ifndef SPINDLE_MODULES_BDEV_FORWARD_H
#define SPINDLE_MODULES_BDEV_FORWARD_H

#include "spdk/bdev_module.h"

/* The device below, as a channel of the one above sees it. */
struct bdev_base {
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	/* As the device below has them. */
	uint32_t dif_check_flags;
};

/* Blocks from `offset` on. */
struct bdev_place {
	uint64_t offset;
	uint64_t count;
};

/* Submits something to the base for `io`, which is the argument of `cb`; 0 or an error. */
typedef int (*bdev_submit_fn)(const struct bdev_base *base, struct spdk_bdev_io *io,
			      spdk_bdev_io_completion_cb cb);

/* What a module's context of an I/O begins with. */
struct bdev_forward {
	/* All that most I/Os touch is in one cache line. */
	const struct bdev_base *base;
	spdk_bdev_io_completion_cb cb;
	/* NULL: the I/O as it is. */
	bdev_submit_fn submit;
	/* A ZCOPY of the base that stands from start to end. */
	struct spdk_bdev_io *zcopy;
};

/*
 * Hands `io` on, when there is an I/O for it.
 *
 * Thread: that of `io`.
 * Callback: `cb` once, later or now, with the base's I/O, whether it succeeded, and `io`. The
 *   base's I/O is NULL where the base has refused. It ends in bdev_forward_done().
 */
void
bdev_forward(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb);

/* bdev_forward() of another I/O for this one: what `submit` submits. */
void bdev_forward_as(const struct bdev_base *base, struct spdk_bdev_io *io, bdev_submit_fn submit,
		     spdk_bdev_io_completion_cb cb);

/*
 * Submits what `io` asks for to other blocks of the base: `at->count` of a read or a write is that
 * of `io`; types that have no blocks do not look at it.
 *
 * Callback: `cb` once with `io` as its argument, later.
 * Errors: as the functions of spdk/bdev/io.h; -ENOMEM is the caller's to wait for.
 */
int bdev_submit_at(const struct bdev_base *base, struct spdk_bdev_io *io,
		   const struct bdev_place *at, spdk_bdev_io_completion_cb cb);

/* Completes `io` as that of the base, takes its results and frees it. A completion callback. */
void bdev_forward_done(struct spdk_bdev_io *base_io, bool success, void *io);

#endif
