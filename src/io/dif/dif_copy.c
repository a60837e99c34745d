/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies between blocks without metadata, or with it for an NVMe command with PRACT, and
 * interleaved blocks. The guard is computed while the bytes pass, so that they are read once.
 */
#include "io/dif/dif_internal.h"

/* A controller with PRACT inserts and strips metadata only where it is nothing but this. */
static bool
is_md_on_both_sides(const struct spdk_dif_ctx *ctx)
{
	return (ctx->dif_flags & SPDK_DIF_FLAGS_NVME_PRACT) != 0 &&
	       ctx->md_size > dif_layout(ctx->dif_pi_format)->pi_size;
}

static uint32_t
plain_size(const struct spdk_dif_ctx *ctx)
{
	return is_md_on_both_sides(ctx) ? ctx->block_size : dif_data_size(ctx);
}

static int
check_copy(const struct spdk_dif_ctx *ctx, const struct iovec *iovs, int iovcnt,
	   uint32_t num_blocks)
{
	return dif_iovs_hold(iovs, iovcnt, (uint64_t)num_blocks * plain_size(ctx)) ? 0 : -EINVAL;
}

/* `guard` is that of the bytes before, and becomes that of these as well; NULL to compute none. */
static void
copy(const struct spdk_dif_ctx *ctx, uint64_t *guard, struct dif_cursor *target,
     struct dif_cursor *source, size_t size)
{
	size_t source_size, piece, part;
	const uint8_t *from;
	void *to;

	for (; size > 0; size -= source_size) {
		from = dif_cursor_take(source, size, &source_size);
		for (piece = source_size; piece > 0; piece -= part, from += part) {
			to = dif_cursor_take(target, piece, &part);
			if (guard != NULL) {
				*guard = dif_guard_copy(ctx, *guard, to, from, part);
			} else {
				memcpy(to, from, part);
			}
		}
	}
}

static void
generate_block(struct dif_walk *walk, struct dif_cursor *source, uint32_t block)
{
	const struct spdk_dif_ctx *ctx = walk->ctx;
	const uint32_t fields = dif_fields(ctx);
	uint64_t guard = ctx->guard_seed;
	uint64_t *guarded = (fields & SPDK_DIF_FLAGS_GUARD_CHECK) ? &guard : NULL;
	uint8_t pi[DIF_PI_BYTES_MAX];
	struct dif_walk at_pi;

	copy(ctx, guarded, &walk->data, source, walk->data_size);
	if (is_md_on_both_sides(ctx)) {
		copy(ctx, guarded, &walk->data, source, walk->md_before);
		at_pi = *walk;
		copy(ctx, NULL, &walk->data, source, ctx->md_size - walk->md_before);
	} else {
		guard = dif_guard_take(ctx, guard, &walk->data, walk->md_before);
		at_pi = *walk;
		dif_walk_next(walk);
	}
	if (fields != 0) {
		dif_walk_read(&at_pi, pi);
		dif_pi_fill(ctx, pi, fields, guard, block);
		dif_walk_write(&at_pi, pi);
	}
}

int
spdk_dif_generate_copy(struct iovec *iovs, int iovcnt, struct iovec *bounce_iovs, int bounce_iovcnt,
		       uint32_t num_blocks, const struct spdk_dif_ctx *ctx)
{
	struct spdk_dif_ctx all_fields = *ctx;
	struct dif_cursor source;
	struct dif_walk walk;
	uint32_t block;
	int rc = dif_check_interleaved(ctx, bounce_iovs, bounce_iovcnt, num_blocks);

	if (rc != 0 || check_copy(ctx, iovs, iovcnt, num_blocks) != 0) {
		return -EINVAL;
	}
	/* Which fields a command has checked says nothing about what a controller inserts. */
	if (ctx->dif_flags & SPDK_DIF_FLAGS_NVME_PRACT) {
		all_fields.dif_flags |= DIF_ALL_FIELDS;
	}
	dif_walk_init(&walk, &all_fields, bounce_iovs, NULL);
	dif_cursor_init(&source, iovs);
	for (block = 0; block < num_blocks; block++) {
		generate_block(&walk, &source, block);
	}
	return 0;
}

static int
verify_block(struct dif_walk *walk, struct dif_cursor *target, uint32_t block,
	     struct spdk_dif_error *error)
{
	const struct spdk_dif_ctx *ctx = walk->ctx;
	const uint32_t fields = dif_fields(ctx);
	uint64_t guard = ctx->guard_seed;
	uint64_t *guarded = (fields & SPDK_DIF_FLAGS_GUARD_CHECK) ? &guard : NULL;
	uint8_t pi[DIF_PI_BYTES_MAX];
	struct dif_walk at_pi;

	copy(ctx, guarded, target, &walk->data, walk->data_size);
	if (is_md_on_both_sides(ctx)) {
		copy(ctx, guarded, target, &walk->data, walk->md_before);
		at_pi = *walk;
		copy(ctx, NULL, target, &walk->data, ctx->md_size - walk->md_before);
	} else {
		guard = dif_guard_take(ctx, guard, &walk->data, walk->md_before);
		at_pi = *walk;
		dif_walk_next(walk);
	}
	if (fields == 0) {
		return 0;
	}
	dif_walk_read(&at_pi, pi);
	return dif_pi_check(ctx, pi, guard, block, error);
}

int
spdk_dif_verify_copy(struct iovec *iovs, int iovcnt, struct iovec *bounce_iovs, int bounce_iovcnt,
		     uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
		     struct spdk_dif_error *err_blk)
{
	struct dif_cursor target;
	struct dif_walk walk;
	uint32_t block;
	int rc = dif_check_interleaved(ctx, bounce_iovs, bounce_iovcnt, num_blocks);

	if (rc != 0 || check_copy(ctx, iovs, iovcnt, num_blocks) != 0) {
		return -EINVAL;
	}
	dif_walk_init(&walk, ctx, bounce_iovs, NULL);
	dif_cursor_init(&target, iovs);
	for (block = 0; block < num_blocks; block++) {
		rc = verify_block(&walk, &target, block, err_blk);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}
