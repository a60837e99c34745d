/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection information, in layers: a cursor goes over the bytes of an iovec array; a walk goes
 * over blocks with their metadata, wherever that is; fields are read, written and compared in a
 * copy of a block's protection information. On these stand the functions of spdk/dif.h.
 *
 * Invariants:
 * 1. Public functions check arguments, and that buffers are long enough. Nothing in this header
 *    does: a cursor never has to go past its end.
 * 2. Protection information is handled as a copy of at most DIF_PI_BYTES_MAX bytes, so that none
 *    but the cursor knows that the bytes may be scattered.
 */
#ifndef IO_DIF_DIF_INTERNAL_H
#define IO_DIF_DIF_INTERNAL_H

#include "spdk/dif.h"

#define DIF_PI_BYTES_MAX 16
#define DIF_ALL_FIELDS \
	(SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_APPTAG_CHECK | SPDK_DIF_FLAGS_REFTAG_CHECK)

/* dif_context.c: what follows from the numbers in a context. */

/* Bytes of a block without metadata. */
uint32_t dif_data_size(const struct spdk_dif_ctx *ctx);

/* From a block's metadata to the next one's, in the buffer in which metadata is. */
uint32_t dif_stride(const struct spdk_dif_ctx *ctx);

/* The fields that are written and compared: none without protection information. */
uint32_t dif_fields(const struct spdk_dif_ctx *ctx);

/* Bytes of interleaved blocks for bytes of data; whole blocks bring their metadata. */
uint64_t dif_size_with_md(const struct spdk_dif_ctx *ctx, uint64_t data_size);

/* Whether whole blocks are there; -EINVAL. */
int dif_check_interleaved(const struct spdk_dif_ctx *ctx, const struct iovec *iovs, int iovcnt,
			  uint32_t num_blocks);
int dif_check_separate(const struct spdk_dif_ctx *ctx, const struct iovec *iovs, int iovcnt,
		       const struct iovec *md_iov, uint32_t num_blocks);

/* dif_cursor.c: a place in an iovec array. */
struct dif_cursor {
	const struct iovec *iov;
	/* Within *iov; its length at most, and then the next element is meant. */
	size_t offset;
};

bool dif_iovs_hold(const struct iovec *iovs, int iovcnt, uint64_t size);

void dif_cursor_init(struct dif_cursor *cursor, const struct iovec *iovs);

/* Bytes that are contiguous from here, at least 1 and at most `size`, which is not 0. Goes on. */
void *dif_cursor_take(struct dif_cursor *cursor, size_t size, size_t *out_size);

void dif_cursor_skip(struct dif_cursor *cursor, size_t size);

/* Copies bytes from here, and stays. */
void dif_cursor_peek(struct dif_cursor cursor, void *buffer, size_t size);

/* Copies bytes to here, and stays. */
void dif_cursor_poke(struct dif_cursor cursor, const void *buffer, size_t size);

/* dif_pi.c: guards, and the fields in a copy of a block's protection information. */

/* The guard of bytes that follow those with the guard `guard`. */
uint64_t dif_guard(const struct spdk_dif_ctx *ctx, uint64_t guard, const void *data, size_t size);

/* dif_guard() of what it copies. */
uint64_t dif_guard_copy(const struct spdk_dif_ctx *ctx, uint64_t guard, void *target,
			const void *data, size_t size);

/* dif_guard() from a cursor, which goes on; where guards are not checked, it only goes on. */
uint64_t dif_guard_take(const struct spdk_dif_ctx *ctx, uint64_t guard, struct dif_cursor *cursor,
			size_t size);

/* The reference tag of a block when block 0 of the transfer has `first`. */
uint64_t dif_ref_tag(const struct spdk_dif_ctx *ctx, uint64_t first, uint32_t block);

uint64_t dif_pi_ref_tag(const struct spdk_dif_ctx *ctx, const uint8_t *pi);
void dif_pi_set_ref_tag(const struct spdk_dif_ctx *ctx, uint8_t *pi, uint64_t ref_tag);

/* Writes `fields`, a set of SPDK_DIF_FLAGS_. */
void dif_pi_fill(const struct spdk_dif_ctx *ctx, uint8_t *pi, uint32_t fields, uint64_t guard,
		 uint32_t block);

/* Whether the tags say that the block is not to be checked. */
bool dif_pi_is_ignored(const struct spdk_dif_ctx *ctx, const uint8_t *pi);

/* Compares what the context asks for; -EIO. */
int dif_pi_check(const struct spdk_dif_ctx *ctx, const uint8_t *pi, uint64_t guard, uint32_t block,
		 struct spdk_dif_error *error);

/* Compares the reference tag with `expected`; -EIO. */
int dif_pi_check_ref_tag(const struct spdk_dif_ctx *ctx, const uint8_t *pi, uint64_t expected,
			 uint32_t block, struct spdk_dif_error *error);

/* Where fields are; bytes from the beginning of protection information. */
struct dif_layout {
	uint8_t pi_size;
	uint8_t guard_size;
	/* The application tag follows the guard and has 2 bytes; a storage tag may follow it. */
	uint8_t ref_tag_offset;
	uint8_t ref_tag_size;
	/* Data of a block is a multiple of this. */
	uint16_t data_multiple;
};

/* NULL for an unknown format. */
const struct dif_layout *dif_layout(uint32_t format);

/*
 * dif_walk.c: block after block. For each: what the guard covers is passed, which leads to its
 * protection information; this is read, maybe written, and then the walk goes on to the next.
 */
struct dif_walk {
	const struct spdk_dif_ctx *ctx;
	struct dif_cursor data;
	/* Of separate metadata only. */
	struct dif_cursor md;
	uint32_t data_size;
	/* Bytes of metadata before protection information. */
	uint32_t md_before;
};

/* `md_iov` is NULL where metadata is interleaved. */
void dif_walk_init(struct dif_walk *walk, const struct spdk_dif_ctx *ctx, const struct iovec *iovs,
		   const struct iovec *md_iov);

/* From the beginning of a block to its protection information; the guard of what is between. */
uint64_t dif_walk_guard(struct dif_walk *walk);

/* Metadata of the block whose data has been passed; the data cursor itself where interleaved. */
struct dif_cursor *dif_walk_md(struct dif_walk *walk);

void dif_walk_read(struct dif_walk *walk, uint8_t *pi);
void dif_walk_write(struct dif_walk *walk, const uint8_t *pi);

/* From protection information to the next block. */
void dif_walk_next(struct dif_walk *walk);

/* Of data, without metadata. */
struct dif_bytes {
	uint32_t offset;
	uint32_t length;
};

/*
 * dif_range.c: a range of data in a buffer of interleaved blocks, which may begin and end within
 * blocks. Both ends are counted with metadata, from the beginning of the block in which the buffer
 * begins. They are in a block's data or at its beginning: metadata is never cut.
 */
struct dif_range {
	const struct spdk_dif_ctx *ctx;
	struct dif_cursor cursor;
	uint64_t offset;
	uint64_t end;
};

/* -EINVAL separate metadata; -ERANGE the buffer ends before the range. */
int dif_range_init(struct dif_range *range, const struct spdk_dif_ctx *ctx,
		   const struct iovec *iovs, int iovcnt, struct dif_bytes data);

/*
 * Bytes of this block before `border`, which is in the block, and before the end; 0 at the border
 * or behind it. The caller moves the cursor over them.
 */
uint32_t dif_range_take(struct dif_range *range, uint32_t border);

/* From the border to the next block. */
void dif_range_next_block(struct dif_range *range);

#endif /* IO_DIF_DIF_INTERNAL_H */
