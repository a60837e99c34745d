/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations on a device under test, each of which ends once.
 *
 *   state      what it is                                       left by
 *   SUBMITTED  the library has it                               the callback
 *   WAITING    for an I/O: spdk_bdev_queue_io_wait()            the callback of that: SUBMITTED
 *   HOLDING    zero copy has begun                              operation_step(): SUBMITTED
 *   DONE       its callback has run; it stays until the run ends, so that a second one is noticed
 */
#ifndef SPINDLE_MODEL_OPERATION_H
#define SPINDLE_MODEL_OPERATION_H

#include "far.h"
#include "scatter.h"
#include "spdk/bdev.h"
#include "subject.h"

/* Of one I/O. */
#define DATA_MAX (64 * 1024)
#define LANES    48

enum operation_type {
	OPERATION_READ,
	OPERATION_WRITE,
	OPERATION_ZEROES,
	OPERATION_UNMAP,
	OPERATION_COPY,
	OPERATION_COMPARE,
	OPERATION_COMPARE_AND_WRITE,
	OPERATION_ZCOPY,
	OPERATION_FLUSH,
	OPERATION_RESET,
	OPERATION_ABORT,
	OPERATION_TYPES,
};

enum operation_state {
	OPERATION_SUBMITTED,
	OPERATION_WAITING,
	OPERATION_HOLDING,
	OPERATION_DONE,
};

/* Memory for one operation at a time. */
struct lane {
	struct operation *operation;
	/* Block after block. */
	uint8_t *image;
	uint8_t *other_image;
	struct scatter data;
	struct far far;
	/* What compare-and-write writes. */
	struct scatter fused;
	uint8_t *md;
};

struct operation {
	uint64_t id;
	enum operation_type type;
	enum operation_state state;
	struct subject *subject;
	uint32_t thread;
	uint64_t offset;
	uint64_t count;
	/* Of a copy. */
	uint64_t source;
	/* Which of several functions submits it. */
	uint32_t way;
	bool library_buffer;
	/* Of its data, with way 1. */
	enum place place;
	struct operation *to_abort;

	moment_t begin;
	uint64_t key;
	bool is_inside_submit;
	bool abort_asked;
	struct lane *lane;
	struct spdk_bdev_io_wait_entry wait;
	/* Zero copy that has begun, and what it ends with. */
	struct spdk_bdev_io *zcopy;
	bool commits;
};

void operations_open(uint64_t count);
/* None is left. */
void operations_close(void);

/* A random one on a random device and thread. False: none could be begun. */
bool operation_start(void);
/* Goes on with one that holds a buffer, if there is one. */
void operation_step(void);
/* Whether there is none; goes on with those that hold one until then. */
bool operations_are_over(void *arg);
/* Reads these blocks, on a random thread; for the last look at a device. */
void operation_read(struct subject *subject, uint64_t offset, uint64_t count);
/* For the report. */
void operations_print(void);

/* ---- operation_end.c ---- */

void operation_done(struct spdk_bdev_io *io, bool success, void *arg);

/* ---- operation_call.c ---- */

/* What the function of the library returns. */
int operation_call(struct operation *operation);
bool operation_is_supported(const struct operation *operation);

/* ---- operation.c, for the other two ---- */

/* The model's side of what writes: beginning, and end, in all blocks. */
void operation_begin_writing(struct operation *operation);
void operation_end_writing(struct operation *operation, enum write_end end);
uint64_t operation_value(const struct operation *operation, uint64_t index);
size_t operation_size(const struct operation *operation);
bool operation_has_md(const struct operation *operation);
/* Nothing that was submitted before this reset is under way. */
void operations_check_reset(const struct operation *reset);
/* Gives the lane back. */
void operation_finish(struct operation *operation);

#endif
