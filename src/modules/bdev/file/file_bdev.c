/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The I/O of bdevs on files; file_bdev_control.c makes and ends them.
 *
 * B1  An I/O that began is counted in its channel until it is completed, so that a reset can wait.
 * B2  What the kernel did is told as it is: -errno becomes the status, with two exceptions. A
 *     shortage is NOMEM, which the library tries again; a cancelled request was aborted.
 */
#include "modules/bdev/file/file_bdev_internal.h"
#include "modules/bdev/file/file_queue.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/thread.h"

/* ---- Completion ---- */

static void
explain_truncation(struct file_bdev *device)
{
	if (__atomic_exchange_n(&device->is_truncation_told, true, __ATOMIC_RELAXED)) {
		return;
	}
	SPDK_ERRLOG("Bdev %s: %s has %" PRIu64 " bytes, it had %" PRIu64 ": somebody has truncated "
		    "it. Reads beyond its end fail. Give it its size back, or have its users "
		    "close it and call %s_rescan.\n",
		    device->bdev.name, device->file.path, file_end(&device->file),
		    device->bdev.blockcnt * device->file.block_size, device->module->methods);
}

static void
complete(struct spdk_bdev_io *bdev_io, int rc)
{
	switch (rc) {
	case 0:
		spdk_bdev_io_complete(bdev_io, SPDK_BDEV_IO_STATUS_SUCCESS);
		break;
	case -EAGAIN:
	case -ENOMEM:
	case -EINTR:
		spdk_bdev_io_complete(bdev_io, SPDK_BDEV_IO_STATUS_NOMEM);
		break;
	case -ECANCELED:
		spdk_bdev_io_complete(bdev_io, SPDK_BDEV_IO_STATUS_ABORTED);
		break;
	default:
		spdk_bdev_io_complete_aio_status(bdev_io, rc);
		break;
	}
}

static void
finish(struct file_io *io, int rc)
{
	struct spdk_bdev_io *bdev_io = file_io_bdev_io(io);
	struct file_channel *channel = io->channel;
	struct spdk_io_channel_iter *reset;

	if (spdk_unlikely(rc == -ENODATA)) {
		explain_truncation(channel->device);
		rc = -EIO;
	}
	channel->in_flight--;
	if (spdk_unlikely(io->op == FILE_OP_CANCEL)) {
		/* The other one was too far already; it comes back as if nobody had asked. */
		spdk_bdev_io_complete(bdev_io, rc == 0 ? SPDK_BDEV_IO_STATUS_SUCCESS :
							 SPDK_BDEV_IO_STATUS_FAILED);
	} else {
		complete(bdev_io, rc);
	}
	if (spdk_unlikely(channel->reset != NULL && channel->in_flight == 0)) {
		reset = channel->reset;
		channel->reset = NULL;
		spdk_for_each_channel_continue(reset, 0);
	}
}

void
file_bdev_io_answered(struct file_io *io, int64_t answer)
{
	int rc = file_io_judge(io, answer);

	if (spdk_likely(rc != FILE_IO_GOES_ON)) {
		finish(io, rc);
	} else {
		file_queue_resubmit(io->channel->queue, io);
	}
}

/* ---- Reset ---- */

static void
reset_channel(struct spdk_io_channel_iter *i)
{
	struct file_channel *channel = spdk_io_channel_get_ctx(spdk_io_channel_iter_get_channel(i));

	file_queue_take_back_all(channel->queue, channel);
	if (channel->in_flight == 0) {
		spdk_for_each_channel_continue(i, 0);
	} else {
		channel->reset = i;
	}
}

static void
reset_done(struct spdk_io_channel_iter *i, int status)
{
	spdk_bdev_io_complete(spdk_io_channel_iter_get_ctx(i), status == 0 ?
								       SPDK_BDEV_IO_STATUS_SUCCESS :
								       SPDK_BDEV_IO_STATUS_FAILED);
}

/* ---- Submission ---- */

static void
start(struct file_channel *channel, struct file_io *io)
{
	channel->in_flight++;
	file_queue_submit(channel->queue, io);
}

static void
start_read(struct spdk_io_channel *ch, struct spdk_bdev_io *bdev_io, bool success)
{
	if (success) {
		start(spdk_io_channel_get_ctx(ch), (struct file_io *)bdev_io->driver_ctx);
	} else {
		spdk_bdev_io_complete(bdev_io, SPDK_BDEV_IO_STATUS_FAILED);
	}
}

static bool
has_buffer(const struct spdk_bdev_io *bdev_io)
{
	return bdev_io->u.bdev.iovs != NULL && bdev_io->u.bdev.iovs[0].iov_base != NULL;
}

/* Ranges, for an engine that would have to wait for them: so they are waited for here. */
static void
change_range(struct file_channel *channel, struct spdk_bdev_io *bdev_io)
{
	const struct file *file = &channel->device->file;
	uint64_t offset = bdev_io->u.bdev.offset_blocks * file->block_size;
	uint64_t length = bdev_io->u.bdev.num_blocks * file->block_size;

	complete(bdev_io, bdev_io->type == SPDK_BDEV_IO_TYPE_UNMAP ?
				  file_punch(file, offset, length) :
				  file_zero(file, offset, length));
}

static void
abort_io(struct file_channel *channel, struct file_io *io)
{
	struct spdk_bdev_io *target = file_io_bdev_io(io)->u.abort.bio_to_abort;
	struct file_io *target_io = (struct file_io *)target->driver_ctx;

	if (target_io->is_in_backlog) {
		file_queue_take_back(channel->queue, target_io);
		spdk_bdev_io_complete(file_io_bdev_io(io), SPDK_BDEV_IO_STATUS_SUCCESS);
	} else {
		start(channel, io);
	}
}

/* What is rare. */
static void
submit_other(struct file_channel *channel, struct spdk_bdev_io *bdev_io)
{
	struct file_io *io = (struct file_io *)bdev_io->driver_ctx;

	if (!file_bdev_supports(channel->device, bdev_io->type)) {
		spdk_bdev_io_complete(bdev_io, SPDK_BDEV_IO_STATUS_FAILED);
		return;
	}
	switch (bdev_io->type) {
	case SPDK_BDEV_IO_TYPE_RESET:
		spdk_for_each_channel(channel->device, reset_channel, bdev_io, reset_done);
		break;
	case SPDK_BDEV_IO_TYPE_ABORT:
		abort_io(channel, io);
		break;
	case SPDK_BDEV_IO_TYPE_UNMAP:
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		if (!channel->device->module->engine->has_fallocate) {
			change_range(channel, bdev_io);
			break;
		}
		/* fall through */
	default:
		start(channel, io);
		break;
	}
}

void
file_bdev_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *bdev_io)
{
	struct file_channel *channel = spdk_io_channel_get_ctx(ch);
	struct file_io *io = (struct file_io *)bdev_io->driver_ctx;

	file_io_init(io, channel);
	if (spdk_likely(bdev_io->type == SPDK_BDEV_IO_TYPE_READ)) {
		if (spdk_likely(has_buffer(bdev_io))) {
			start(channel, io);
		} else {
			spdk_bdev_io_get_buf(bdev_io, start_read,
					     bdev_io->u.bdev.num_blocks * bdev_io->bdev->blocklen);
		}
	} else if (bdev_io->type == SPDK_BDEV_IO_TYPE_WRITE && !channel->device->file.is_readonly) {
		start(channel, io);
	} else {
		submit_other(channel, bdev_io);
	}
}
