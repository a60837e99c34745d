/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Pipes: rings of bytes between a side that writes (a socket, say) and a side that reads (its
 * parser) in portions of other sizes. Both sides work in place, in the memory of the ring.
 *
 * Thread: one at a time uses a pipe, both its sides, and its group.
 */
#ifndef SPDK_PIPE_H
#define SPDK_PIPE_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_pipe;
struct spdk_pipe_group;

/**
 * Makes a pipe of `sz` bytes, all of which it can hold at once.
 *
 * Owner: the pipe has `buf` until spdk_pipe_destroy() returns it.
 * Errors: NULL: `buf` is NULL while `sz` is not 0, or there is no memory.
 */
struct spdk_pipe *spdk_pipe_create(void *buf, uint32_t sz);

/**
 * Ends a pipe; what was not read is lost. Takes it out of its group.
 *
 * Owner: the caller gets a buffer of `sz` bytes to free. In a group buffers move among pipes, so it
 * may be another one than that given to spdk_pipe_create(); as many come back as went in.
 * Shape: NULL is allowed, and returned.
 */
void *spdk_pipe_destroy(struct spdk_pipe *pipe);

/**
 * Gives the free places of the pipe, in their order.
 *
 * Shape: `iovs` has two elements, of which the second is empty unless the places lie around the end
 * of the ring. Without spdk_pipe_writer_advance() in between, the same places are given again.
 * Returns their size together: at most `sz`, less where the pipe is fuller, 0 where it is full.
 */
int spdk_pipe_writer_get_buffer(struct spdk_pipe *pipe, uint32_t sz, struct iovec *iovs);

/**
 * Says that the first `count` free places have been written to, and may be read.
 *
 * Shape: `count` need not be what spdk_pipe_writer_get_buffer() gave, whose places count no more.
 * Errors: -EINVAL: there are not that many free places; nothing has changed.
 */
int spdk_pipe_writer_advance(struct spdk_pipe *pipe, uint32_t count);

/** Bytes that were written and not yet read. */
uint32_t spdk_pipe_reader_bytes_available(struct spdk_pipe *pipe);

/**
 * Gives the bytes that are there to be read, in their order.
 *
 * Shape: as spdk_pipe_writer_get_buffer(): two elements, at most `sz`, the same again without
 * spdk_pipe_reader_advance(). Returns their size together, 0 where the pipe is empty.
 */
int spdk_pipe_reader_get_buffer(struct spdk_pipe *pipe, uint32_t sz, struct iovec *iovs);

/**
 * Says that the first `count` bytes have been read; their places become free.
 *
 * Errors: -EINVAL: there are not that many bytes; nothing has changed.
 */
int spdk_pipe_reader_advance(struct spdk_pipe *pipe, uint32_t count);

/**
 * Makes a group: its pipes share their buffers, so that few of them, warm in the caches, serve many
 * pipes that are mostly empty. A pipe that is read empty gives its buffer up; one that is written
 * to takes the buffer of its size that was given up last.
 *
 * Owner: the caller, who gives it to spdk_pipe_group_destroy().
 * Errors: NULL: there is no memory.
 */
struct spdk_pipe_group *spdk_pipe_group_create(void);

/**
 * Ends a group.
 *
 * Shape: NULL is allowed. Pipes that are still in it are reported as an error, and taken out.
 */
void spdk_pipe_group_destroy(struct spdk_pipe_group *group);

/**
 * Puts a pipe into a group; when it is empty its buffer is shared at once.
 *
 * Shape: buffers smaller than a pointer are never shared.
 * Errors: -EINVAL: an argument is NULL; -EBUSY: it is in a group already; -ENOMEM.
 */
int spdk_pipe_group_add(struct spdk_pipe_group *group, struct spdk_pipe *pipe);

/**
 * Takes a pipe out of its group, with its bytes and a buffer of its own.
 *
 * Errors: -EINVAL: an argument is NULL, or it is not in this group.
 */
int spdk_pipe_group_remove(struct spdk_pipe_group *group, struct spdk_pipe *pipe);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_PIPE_H */
