/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A way into the kernel: a ring of requests, and of answers to them. An engine does as it is told
 * by file_queue.c, which counts, holds back, and knows when: it needs no room for more than the
 * depth, and nobody calls it from two threads at a time. It may, however, be called from one OS
 * thread now and from another later, as spdk_threads move.
 */
#ifndef SPINDLE_FILE_ENGINE_H
#define SPINDLE_FILE_ENGINE_H

#include "modules/bdev/file/file_io.h"

/* Requests of a thread that are in the kernel at most; more wait in the queue. */
#define FILE_QUEUE_DEPTH 512

struct file_answer {
	struct file_io *io;
	/* Bytes, or -errno. */
	int64_t result;
};

struct file_engine {
	/* "libaio" */
	const char *name;
	/* Of a ring, and of an I/O with its struct file_io. */
	size_t ring_size;
	size_t io_size;
	/* It gives ranges back without waiting; else that is done, and waited for, without it. */
	bool has_fallocate;
	bool has_cancel;

	/* Whether rings can be had, with what is wrong, and the cure, in `reason`. */
	int (*probe)(struct bdev_reason *reason);
	/* A ring of FILE_QUEUE_DEPTH; 0 or -errno with a reason. */
	int (*open)(void *ring, struct bdev_reason *reason);
	void (*close)(void *ring);
	/*
	 * A descriptor that becomes readable when there are answers. If it is an eventfd it stays
	 * so until it is read, which nobody needs to do: who waits, waits for the edge.
	 */
	int (*get_fd)(void *ring);
	bool has_eventfd;
	/* Puts a request into the ring, which has room for it. */
	void (*push)(void *ring, const struct file_request *request, struct file_io *io);
	/*
	 * Tells the kernel of what is in the ring. How many requests it took, or -errno when it
	 * took none. One that it will never take counts as taken, and has that for an answer.
	 */
	int (*enter)(void *ring);
	/* Answers that have come, at most `max`. */
	uint32_t (*reap)(void *ring, struct file_answer *answers, uint32_t max);
};

#endif
