/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A range of data in a buffer of interleaved blocks. A transfer may come in segments, each with a
 * buffer and a context of its own, and a segment may begin within a block: everything is counted
 * from the beginning of that block, also what is not in the buffer.
 */
#include "io/dif/dif_internal.h"

int
dif_range_init(struct dif_range *range, const struct spdk_dif_ctx *ctx, const struct iovec *iovs,
	       int iovcnt, struct dif_bytes data)
{
	const uint64_t missing = ctx->data_offset % dif_data_size(ctx);

	if (!ctx->md_interleave) {
		return -EINVAL;
	}
	range->ctx = ctx;
	range->offset = dif_size_with_md(ctx, missing + data.offset);
	range->end = dif_size_with_md(ctx, missing + data.offset + data.length);
	if (!dif_iovs_hold(iovs, iovcnt, range->end - missing)) {
		return -ERANGE;
	}
	dif_cursor_init(&range->cursor, iovs);
	dif_cursor_skip(&range->cursor, range->offset - missing);
	return 0;
}

uint32_t
dif_range_take(struct dif_range *range, uint32_t border)
{
	const uint32_t in_block = (uint32_t)(range->offset % range->ctx->block_size);
	uint64_t size;

	if (in_block >= border) {
		return 0;
	}
	size = border - in_block;
	if (size > range->end - range->offset) {
		size = range->end - range->offset;
	}
	range->offset += size;
	return (uint32_t)size;
}

void
dif_range_next_block(struct dif_range *range)
{
	const uint32_t block_size = range->ctx->block_size;
	const uint32_t rest = block_size - (uint32_t)(range->offset % block_size);

	assert(rest <= range->end - range->offset);
	dif_cursor_skip(&range->cursor, rest);
	range->offset += rest;
}

/* Adds the places of bytes, as far as there are elements for them; the bytes added. */
static size_t
append(struct iovec *iovs, int iovcnt, int *used, struct dif_cursor *cursor, size_t size)
{
	size_t added = 0, piece;

	for (; added < size && *used < iovcnt; added += piece) {
		iovs[*used].iov_base = dif_cursor_take(cursor, size - added, &piece);
		iovs[*used].iov_len = piece;
		(*used)++;
	}
	return added;
}

int
spdk_dif_set_md_interleave_iovs(struct iovec *iovs, int iovcnt, struct iovec *buf_iovs,
				int buf_iovcnt, uint32_t data_offset, uint32_t data_len,
				uint32_t *mapped_len, const struct spdk_dif_ctx *ctx)
{
	struct dif_range range;
	size_t mapped = 0, added;
	uint32_t piece;
	int used = 0;
	int rc = dif_range_init(&range, ctx, buf_iovs, buf_iovcnt,
				(struct dif_bytes){data_offset, data_len});

	if (rc != 0) {
		return rc;
	}
	while (range.offset < range.end) {
		piece = dif_range_take(&range, dif_data_size(ctx));
		added = append(iovs, iovcnt, &used, &range.cursor, piece);
		mapped += added;
		if (added < piece) {
			break;
		}
		if (piece == 0) {
			dif_range_next_block(&range);
		}
	}
	if (mapped_len != NULL) {
		*mapped_len = (uint32_t)mapped;
	}
	return used;
}
