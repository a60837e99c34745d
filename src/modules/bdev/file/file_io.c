/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/file/file_io.h"

#include "modules/bdev/file/file_bdev.h"
#include "spdk/likely.h"
#include "spdk/util.h"

static const struct file *
file_of(const struct file_io *io)
{
	return &io->channel->device->file;
}

static struct spdk_bdev_io *
bdev_io_of(const struct file_io *io)
{
	return SPDK_CONTAINEROF((const void *)io, struct spdk_bdev_io, driver_ctx);
}

static enum file_op
op_of(const struct spdk_bdev_io *bdev_io)
{
	switch (bdev_io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		return FILE_OP_READ;
	case SPDK_BDEV_IO_TYPE_WRITE:
		return FILE_OP_WRITE;
	case SPDK_BDEV_IO_TYPE_FLUSH:
		return FILE_OP_SYNC;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		return FILE_OP_PUNCH;
	case SPDK_BDEV_IO_TYPE_WRITE_ZEROES:
		return FILE_OP_ZERO;
	default:
		/* ABORT, or something that is never pushed. */
		return FILE_OP_CANCEL;
	}
}

void
file_io_init(struct file_io *io, struct file_channel *channel)
{
	io->channel = channel;
	io->done = 0;
	io->op = (uint8_t)op_of(bdev_io_of(io));
	io->is_in_backlog = false;
}

/* The vectors that are left when `done` bytes are. */
static void
skip_done(const struct spdk_bdev_io_block_params *params, uint64_t done,
	  struct file_request *request)
{
	struct iovec *iov = params->iovs, *end = params->iovs + params->iovcnt;

	while (done >= iov->iov_len) {
		done -= iov->iov_len;
		iov++;
		assert(iov < end);
	}
	if (done > 0) {
		request->single.iov_base = (uint8_t *)iov->iov_base + done;
		request->single.iov_len = iov->iov_len - done;
		request->iovcnt = 1;
		return;
	}
	request->iovs = iov;
	request->iovcnt = (int)(end - iov);
	request->single = *iov;
}

void
file_io_request(const struct file_io *io, struct file_request *request)
{
	const struct spdk_bdev_io *bdev_io = bdev_io_of(io);
	const struct spdk_bdev_io_block_params *params = &bdev_io->u.bdev;
	const struct file *file = file_of(io);

	request->op = io->op;
	request->fd = file->fd;
	request->is_nowait = io->channel->device->is_nowait;
	if (spdk_unlikely(io->op == FILE_OP_CANCEL)) {
		request->target = (struct file_io *)bdev_io->u.abort.bio_to_abort->driver_ctx;
		return;
	}
	request->offset = params->offset_blocks * file->block_size + io->done;
	request->length = params->num_blocks * file->block_size - io->done;
	if (io->op != FILE_OP_READ && io->op != FILE_OP_WRITE) {
		return;
	}
	if (spdk_unlikely(io->done > 0)) {
		skip_done(params, io->done, request);
		return;
	}
	request->iovs = params->iovs;
	request->iovcnt = params->iovcnt;
	request->single = params->iovs[0];
}

/* A part was moved. */
static int
judge_part(struct file_io *io, uint64_t total)
{
	const struct file *file = file_of(io);
	uint64_t offset = bdev_io_of(io)->u.bdev.offset_blocks * file->block_size;

	if (io->op == FILE_OP_READ && file_end(file) < offset + total) {
		return -ENODATA;
	}
	/* Direct I/O goes on at a block only; what is moved twice is the same twice. */
	if (file->is_direct) {
		io->done -= io->done % file->block_size;
	}
	return FILE_IO_GOES_ON;
}

static int
judge_data(struct file_io *io, uint64_t moved)
{
	uint64_t total = bdev_io_of(io)->u.bdev.num_blocks * file_of(io)->block_size;
	uint64_t before = io->done;
	int rc;

	io->done += moved;
	if (spdk_likely(io->done == total)) {
		return 0;
	}
	if (io->done > total) {
		return -EIO;
	}
	rc = judge_part(io, total);
	/* Whoever gets nowhere would go on for ever. */
	return rc == FILE_IO_GOES_ON && io->done == before ? -EIO : rc;
}

int
file_io_judge(struct file_io *io, int64_t answer)
{
	if (spdk_unlikely(answer < 0)) {
		if (answer == -EOPNOTSUPP && io->op == FILE_OP_ZERO && file_of(io)->can_punch) {
			/* tmpfs, for one: a hole is zeroes as well. */
			io->op = FILE_OP_PUNCH;
			return FILE_IO_GOES_ON;
		}
		return (int)answer;
	}
	if (io->op == FILE_OP_READ || io->op == FILE_OP_WRITE) {
		return judge_data(io, (uint64_t)answer);
	}
	return 0;
}
