/* SPDX-License-Identifier: BSD-3-Clause */
/* Block after block with its metadata, wherever that is. */
#include "io/dif/dif_internal.h"

void
dif_walk_init(struct dif_walk *walk, const struct spdk_dif_ctx *ctx, const struct iovec *iovs,
	      const struct iovec *md_iov)
{
	walk->ctx = ctx;
	walk->data_size = dif_data_size(ctx);
	walk->md_before = ctx->guard_interval - (ctx->md_interleave ? walk->data_size : 0);
	dif_cursor_init(&walk->data, iovs);
	dif_cursor_init(&walk->md, md_iov);
}

struct dif_cursor *
dif_walk_md(struct dif_walk *walk)
{
	return walk->ctx->md_interleave ? &walk->data : &walk->md;
}

uint64_t
dif_walk_guard(struct dif_walk *walk)
{
	const struct spdk_dif_ctx *ctx = walk->ctx;
	uint64_t guard;

	guard = dif_guard_take(ctx, ctx->guard_seed, &walk->data, walk->data_size);
	return dif_guard_take(ctx, guard, dif_walk_md(walk), walk->md_before);
}

void
dif_walk_read(struct dif_walk *walk, uint8_t *pi)
{
	dif_cursor_peek(*dif_walk_md(walk), pi, dif_layout(walk->ctx->dif_pi_format)->pi_size);
}

void
dif_walk_write(struct dif_walk *walk, const uint8_t *pi)
{
	dif_cursor_poke(*dif_walk_md(walk), pi, dif_layout(walk->ctx->dif_pi_format)->pi_size);
}

void
dif_walk_next(struct dif_walk *walk)
{
	dif_cursor_skip(dif_walk_md(walk), walk->ctx->md_size - walk->md_before);
}
