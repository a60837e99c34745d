/* SPDX-License-Identifier: BSD-3-Clause */
/* Rings of bytes; pipe_internal.h has the invariants. */
#include "base/util/pipe_internal.h"

struct spdk_pipe *
spdk_pipe_create(void *buf, uint32_t sz)
{
	struct spdk_pipe *pipe;

	if (buf == NULL && sz != 0) {
		return NULL;
	}
	pipe = calloc(1, sizeof(*pipe));
	if (pipe != NULL) {
		pipe->buffer = buf;
		pipe->size = sz;
	}
	return pipe;
}

void *
spdk_pipe_destroy(struct spdk_pipe *pipe)
{
	void *buffer;

	if (pipe == NULL) {
		return NULL;
	}
	if (pipe->group != NULL) {
		(void)spdk_pipe_group_remove(pipe->group, pipe); /* it is in there */
	}
	buffer = pipe->buffer;
	free(pipe);
	return buffer;
}

/* `offset`, which is below twice the size, brought back into the ring. */
static uint32_t
wrap(const struct spdk_pipe *pipe, uint64_t offset)
{
	return (uint32_t)(offset >= pipe->size ? offset - pipe->size : offset);
}

/* The places from `first` on, of which there are `size`. */
static int
describe(const struct spdk_pipe *pipe, uint32_t first, uint32_t size, struct iovec *iovs)
{
	uint32_t to_end = pipe->size - first;

	/* The size is told as an int. */
	if (size > INT_MAX) {
		size = INT_MAX;
	}
	iovs[0].iov_len = size < to_end ? size : to_end;
	iovs[0].iov_base = size > 0 ? pipe->buffer + first : NULL;
	iovs[1].iov_len = size - iovs[0].iov_len;
	iovs[1].iov_base = iovs[1].iov_len > 0 ? pipe->buffer : NULL;
	return (int)size;
}

int
spdk_pipe_writer_get_buffer(struct spdk_pipe *pipe, uint32_t sz, struct iovec *iovs)
{
	uint32_t free_bytes = pipe->size - pipe->used;

	if (sz > free_bytes) {
		sz = free_bytes;
	}
	if (sz > 0) {
		if (pipe->buffer == NULL) {
			pipe_take_buffer(pipe);
		}
		pipe->is_written_to = true;
	}
	return describe(pipe, wrap(pipe, (uint64_t)pipe->start + pipe->used), sz, iovs);
}

static void
give_buffer_if_empty(struct spdk_pipe *pipe)
{
	if (pipe->used == 0 && pipe->buffer != NULL && pipe->stack != NULL &&
	    !pipe->is_written_to) {
		pipe_give_buffer(pipe);
	}
}

int
spdk_pipe_writer_advance(struct spdk_pipe *pipe, uint32_t count)
{
	if (count > pipe->size - pipe->used) {
		return -EINVAL;
	}
	/* Bytes that nobody was given places for still need a buffer to be in. */
	if (count > 0 && pipe->buffer == NULL) {
		pipe_take_buffer(pipe);
	}
	pipe->used += count;
	pipe->is_written_to = false;
	give_buffer_if_empty(pipe);
	return 0;
}

uint32_t
spdk_pipe_reader_bytes_available(struct spdk_pipe *pipe)
{
	return pipe->used;
}

int
spdk_pipe_reader_get_buffer(struct spdk_pipe *pipe, uint32_t sz, struct iovec *iovs)
{
	return describe(pipe, pipe->start, sz < pipe->used ? sz : pipe->used, iovs);
}

int
spdk_pipe_reader_advance(struct spdk_pipe *pipe, uint32_t count)
{
	if (count > pipe->used) {
		return -EINVAL;
	}
	pipe->start = wrap(pipe, (uint64_t)pipe->start + count);
	pipe->used -= count;
	give_buffer_if_empty(pipe);
	return 0;
}
