/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two ends of a copy: a file, or a block device of ours. Each takes requests in bytes, and does
 * what whole blocks need.
 *
 * Regular files and block devices of the kernel are read and written by a few OS threads, which may
 * wait as long as the kernel likes. They could be bdevs (aio, uring) instead; but a bdev has whole
 * blocks, a size that stays and no holes, and a file has none of that: its odd end, its growth, its
 * holes and pipes would need this second way all the same. Who wants io_uring names a bdev.
 *
 * E1  A request is its caller's, and nobody touches it, before dd_end_submit() and from done() on.
 * E2  done() runs once, on the thread that submitted; inside dd_end_submit() only with an error.
 * E3  Ends that are ordered do requests in the order in which they come, one after the other. After
 *     one that has failed, they do none: -ECANCELED.
 */
#ifndef SPINDLE_TOOL_DD_END_H
#define SPINDLE_TOOL_DD_END_H

#include "dd_plan.h"

#include "spdk/bdev.h"
#include "spdk/queue.h"

enum dd_op {
	/* result: bytes that were read, fewer than asked for only where the source ends. */
	DD_READ,
	DD_WRITE,
	/* Whole blocks that read as zeros from here on. */
	DD_ZERO,
	/* result: where the next data begins, or else the source ends, not before offset;
	 * result_end: where that data ends, or DD_UNLIMITED. */
	DD_EXTENT,
	/* Makes durable what was written. */
	DD_FLUSH,
	/* The file ends at offset. Block devices and pipes do not change. */
	DD_CUT,
	/* The file ends at offset or later. */
	DD_EXTEND,
	/* Of a pass, not of an end: what was read from both was not the same. */
	DD_COMPARE,
};

struct dd_end;
struct dd_request;
typedef void (*dd_done_fn)(struct dd_request *request);

struct dd_request {
	enum dd_op op;
	uint8_t *bytes;
	uint64_t offset;
	uint64_t size;
	dd_done_fn done;
	void *arg;

	/* 0 or -errno. */
	int rc;
	uint64_t result;
	uint64_t result_end;

	/* The rest is the end's. */
	struct dd_end *end;
	STAILQ_ENTRY(dd_request) link;
	struct spdk_thread *thread;
	struct spdk_bdev_io_wait_entry wait;
	void (*step)(struct dd_request *request);
	struct dd_cover cover;
	/* For partial blocks; kept from one request to the next. */
	uint8_t *bounce;
	uint64_t bounce_size;
};

struct dd_end_functions {
	void (*submit)(struct dd_request *request);
	/* Ends requests that may wait for ever, with -ECANCELED; NULL: there are none. */
	void (*interrupt)(struct dd_end *end);
	void (*close)(struct dd_end *end);
};

struct dd_end {
	const struct dd_end_functions *functions;
	/* For messages: "disk.img", "standard input", "bdev Malloc0". */
	char *name;
	/* What it is, and by what it is told from others and from what it was, for a state file. */
	char *identity;
	char *stamp;
	/* DD_UNLIMITED: nobody knows, or it grows. */
	uint64_t size;
	/* What the target's writes should be multiples of. */
	uint64_t block;
	size_t alignment;
	/* No offsets: what comes next is read or written. */
	bool is_ordered;
	/* A regular file: it can be cut, and grows. */
	bool is_regular;
	bool is_bdev;
	/* Of a file: two with the same numbers are one. */
	uint64_t device;
	uint64_t inode;
};

/* A file, "-" for standard input or output. Prints why not and returns NULL. */
struct dd_end *dd_file_open_source(const char *path, uint64_t skip);
struct dd_end *dd_file_open_target(const char *path, bool is_read);
/* Before the first request: at most so many OS threads. 0 or -errno. */
int dd_file_start(struct dd_end *end, unsigned threads);

/* Called when the device goes away: no request is to be submitted any more. */
typedef void (*dd_removed_fn)(struct dd_end *end, void *arg);
/* On the app thread, where it is used and closed. Prints why not and returns NULL. */
struct dd_end *
dd_bdev_open(const char *name, bool is_target, dd_removed_fn removed_fn, void *removed_arg);

void dd_end_submit(struct dd_end *end, struct dd_request *request);
void dd_end_interrupt(struct dd_end *end);
/* No request is under way. NULL is accepted. */
void dd_end_close(struct dd_end *end);
/* What a request has kept. */
void dd_request_fini(struct dd_request *request);
/* For the ends. */
void dd_request_done(struct dd_request *request, int rc);

#endif
