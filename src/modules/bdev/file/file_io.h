/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An I/O of a bdev as requests to the kernel: the first one, more when the kernel has done only a
 * part, and what an answer means. It neither sends nor completes anything: file_queue.c and
 * file_bdev.c do.
 *
 * I1  Vectors of the caller are never changed, and never copied. A vector of which a part is done
 *     is a request of its own; the whole ones behind it are the next.
 * I2  On its way a request is named by its struct file_io, which is part of the spdk_bdev_io.
 */
#ifndef SPINDLE_BDEV_FILE_IO_H
#define SPINDLE_BDEV_FILE_IO_H

#include "modules/bdev/file/file.h"
#include "spdk/bdev_module.h"

struct file_channel;

enum file_op {
	FILE_OP_READ,
	FILE_OP_WRITE,
	/* What was written is on the medium: fdatasync(2). */
	FILE_OP_SYNC,
	FILE_OP_PUNCH,
	FILE_OP_ZERO,
	/* Ends another one early, if that is possible. */
	FILE_OP_CANCEL,
};

/* The begin of spdk_bdev_io.driver_ctx; behind it is what the engine needs. */
struct file_io {
	/* In the queue's backlog. */
	TAILQ_ENTRY(file_io) link;
	struct file_channel *channel;
	/* Bytes that are read or written. */
	uint64_t done;
	uint8_t op;
	bool is_in_backlog;
};

struct file_request {
	enum file_op op;
	int fd;
	/* The kernel shall answer -EAGAIN where it would have to wait. */
	bool is_nowait;
	int iovcnt;
	/* The caller's, which last as long as the I/O, unless iovcnt is 1. */
	struct iovec *iovs;
	struct iovec single;
	uint64_t offset;
	uint64_t length;
	/* FILE_OP_CANCEL */
	struct file_io *target;
};

/* There is more to do; anything else is a result: 0 or -errno. */
#define FILE_IO_GOES_ON 1

/* Its first step; the type is one of those that a request can carry out. */
void file_io_init(struct file_io *io, struct file_channel *channel);
/* What to ask the kernel next. */
void file_io_request(const struct file_io *io, struct file_request *request);
/*
 * What the kernel's answer means. -ENODATA: the file ends before the blocks that were to be read.
 */
int file_io_judge(struct file_io *io, int64_t answer);

static inline struct spdk_bdev_io *
file_io_bdev_io(struct file_io *io)
{
	return spdk_bdev_io_from_ctx(io);
}

#endif
