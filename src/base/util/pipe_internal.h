/* SPDX-License-Identifier: BSD-3-Clause */
/* A pipe, and what it asks of the group that it is in. */
#ifndef BASE_UTIL_PIPE_INTERNAL_H
#define BASE_UTIL_PIPE_INTERNAL_H

#include "spdk/pipe.h"
#include "spdk/queue.h"

struct pipe_stack;

/*
 * 1. `used` bytes begin at `start` and go on at the front of the buffer behind its end.
 * 2. `start` < `size`, or both are 0.
 * 3. `buffer` is NULL only when `size` is 0, or while the pipe is empty and in a group, which then
 *    keeps a buffer of `size` bytes for it.
 */
struct spdk_pipe {
	uint8_t *buffer;
	uint32_t size;
	uint32_t start;
	uint32_t used;
	/* The writer was given places that it has not reported back about: the buffer is not to be
	 * given up. */
	bool is_written_to;
	struct spdk_pipe_group *group;
	/* The group's buffers of this size; NULL outside of a group, and when they are too small.
	 */
	struct pipe_stack *stack;
	TAILQ_ENTRY(spdk_pipe) link;
};

/* For a pipe with a stack: an empty one loses its buffer, one without is given one. */
void pipe_give_buffer(struct spdk_pipe *pipe);
void pipe_take_buffer(struct spdk_pipe *pipe);

#endif /* BASE_UTIL_PIPE_INTERNAL_H */
