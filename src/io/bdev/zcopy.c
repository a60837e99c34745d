/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zero copy: a buffer that stands for blocks of the device, from zcopy_start() to zcopy_end() of
 * the same I/O. A device that has none of its own gets one of the library's, read before and
 * written back after. It is the user's for as long as he likes, and others may be waiting for what
 * he does with it: so one that finds no buffer does not wait for that, but gets memory of its own.
 */
#include "bdev_internal.h"
#include "submit.h"

int
spdk_bdev_zcopy_start(struct spdk_bdev_desc *desc, struct spdk_io_channel *io_ch, struct iovec *iov,
		      int iovcnt, uint64_t offset_blocks, uint64_t num_blocks, bool populate,
		      spdk_bdev_io_completion_cb cb, void *cb_arg)
{
	const struct bdev_blocks blocks = {offset_blocks, num_blocks};
	struct spdk_bdev_io *io;
	int rc;

	rc = bdev_submit_check(desc, &blocks, true);
	if (rc != 0) {
		return rc;
	}
	if (!bdev_submit_takes(desc, SPDK_BDEV_IO_TYPE_ZCOPY)) {
		return -ENOTSUP;
	}
	io = bdev_io_get(bdev_channel_of(io_ch));
	if (io == NULL) {
		return -ENOMEM;
	}
	io->type = SPDK_BDEV_IO_TYPE_ZCOPY;
	bdev_io_init(io, desc, cb, cb_arg);
	io->u.bdev = (struct spdk_bdev_io_block_params){
		.iovs = iov,
		.iovcnt = iovcnt,
		.offset_blocks = offset_blocks,
		.num_blocks = num_blocks,
		.dif_check_flags = desc->bdev->dif_check_flags,
		.zcopy = {.populate = populate, .start = 1},
	};
	bdev_io_submit(io);
	return 0;
}

int
spdk_bdev_zcopy_end(struct spdk_bdev_io *io, bool commit, spdk_bdev_io_completion_cb cb,
		    void *cb_arg)
{
	if (io->type != SPDK_BDEV_IO_TYPE_ZCOPY || io->internal.state != BDEV_IO_DONE ||
	    !io->u.bdev.zcopy.start || io->internal.status != SPDK_BDEV_IO_STATUS_SUCCESS) {
		return -EINVAL;
	}
	io->u.bdev.zcopy.commit = commit;
	io->u.bdev.zcopy.start = 0;
	io->num_retries = 0;
	io->internal.cb = cb;
	io->internal.caller_ctx = cb_arg;
	/* Of an abort that came too late for the beginning. */
	io->internal.flags &= ~BDEV_IO_ABORTING;
	io->internal.status = SPDK_BDEV_IO_STATUS_PENDING;
	io->internal.state = BDEV_IO_NEW;
	bdev_io_submit(io);
	return 0;
}

/* ---- By the library's own buffer ---- */

static void
moved(struct spdk_bdev_io *child, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;

	if (!success) {
		spdk_bdev_io_set_base_io_status(io, child);
		io->internal.status = child->internal.status;
	}
	spdk_bdev_free_io(child);
	bdev_io_split_done(io);
}

/* Reads or writes the I/O's buffer. */
static void
move(void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct spdk_bdev_io *child;

	if ((io->internal.flags & BDEV_IO_ABORTING) != 0) {
		io->internal.status = SPDK_BDEV_IO_STATUS_ABORTED;
		bdev_io_split_done(io);
		return;
	}
	child = bdev_io_get_child(io);
	if (child == NULL) {
		bdev_io_wait_for_child(io, move);
		return;
	}
	child->type = io->u.bdev.zcopy.start ? SPDK_BDEV_IO_TYPE_READ : SPDK_BDEV_IO_TYPE_WRITE;
	bdev_io_init(child, io->internal.desc, moved, io);
	child->internal.flags |= BDEV_IO_CHILD;
	child->u.bdev = io->u.bdev;
	bdev_io_submit(child);
}

void
bdev_zcopy_emulate(struct spdk_bdev_io *io)
{
	if (!io->u.bdev.zcopy.start) {
		if (io->u.bdev.zcopy.commit) {
			move(io);
		} else {
			bdev_io_end(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		}
		return;
	}
	if (io->u.bdev.iovcnt > 0) {
		io->u.bdev.iovs[0].iov_base = NULL; /* It is there to be filled. */
	}
	if (!bdev_io_get_kept(io)) {
		bdev_io_end(io, SPDK_BDEV_IO_STATUS_FAILED);
	} else if (io->u.bdev.zcopy.populate) {
		move(io);
	} else {
		bdev_io_end(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	}
}
