/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection information of data that comes bit by bit. What a block's guard is so far stays in
 * the context when a call ends within the block (`last_guard`). Metadata of a block belongs to the
 * call that completes its data: it is there then, and not a byte of it before.
 */
#include "io/dif/dif_internal.h"

/* Passes the rest of what a block's guard covers, or what there is of it. */
static void
pass_guarded(struct dif_range *range, uint64_t *guard)
{
	const struct spdk_dif_ctx *ctx = range->ctx;
	uint32_t piece;

	if (range->offset % ctx->block_size == 0) {
		*guard = ctx->guard_seed;
	}
	piece = dif_range_take(range, ctx->guard_interval);
	*guard = dif_guard_take(ctx, *guard, &range->cursor, piece);
}

static uint32_t
block_of(const struct dif_range *range)
{
	return (uint32_t)(range->offset / range->ctx->block_size);
}

int
spdk_dif_generate_stream(struct iovec *iovs, int iovcnt, uint32_t data_offset, uint32_t data_len,
			 struct spdk_dif_ctx *ctx)
{
	const size_t pi_size = dif_layout(ctx->dif_pi_format)->pi_size;
	const uint32_t fields = dif_fields(ctx);
	uint64_t guard = ctx->last_guard;
	uint8_t pi[DIF_PI_BYTES_MAX];
	struct dif_range range;
	int rc = dif_range_init(&range, ctx, iovs, iovcnt,
				(struct dif_bytes){data_offset, data_len});

	if (rc != 0 || fields == 0) {
		return rc;
	}
	while (range.offset < range.end) {
		pass_guarded(&range, &guard);
		if (range.offset == range.end) {
			break;
		}
		dif_cursor_peek(range.cursor, pi, pi_size);
		dif_pi_fill(ctx, pi, fields, guard, block_of(&range));
		dif_cursor_poke(range.cursor, pi, pi_size);
		dif_range_next_block(&range);
		guard = ctx->guard_seed;
	}
	ctx->last_guard = guard;
	return 0;
}

int
spdk_dif_verify_stream(struct iovec *iovs, int iovcnt, uint32_t data_offset, uint32_t data_len,
		       struct spdk_dif_ctx *ctx, struct spdk_dif_error *err_blk)
{
	const size_t pi_size = dif_layout(ctx->dif_pi_format)->pi_size;
	uint64_t guard = ctx->last_guard;
	uint8_t pi[DIF_PI_BYTES_MAX];
	struct dif_range range;
	int rc = dif_range_init(&range, ctx, iovs, iovcnt,
				(struct dif_bytes){data_offset, data_len});

	if (rc != 0 || dif_fields(ctx) == 0) {
		return rc;
	}
	while (range.offset < range.end) {
		pass_guarded(&range, &guard);
		if (range.offset == range.end) {
			break;
		}
		dif_cursor_peek(range.cursor, pi, pi_size);
		rc = dif_pi_check(ctx, pi, guard, block_of(&range), err_blk);
		if (rc != 0) {
			return rc;
		}
		dif_range_next_block(&range);
		guard = ctx->guard_seed;
	}
	ctx->last_guard = guard;
	return 0;
}
