/* SPDX-License-Identifier: BSD-3-Clause */
/* Reference tags changed to those that blocks have on the device below. */
#include "io/dif/dif_internal.h"

/* Those of type 3 are the application's, and do not tell a place. */
static bool
has_nothing_to_remap(const struct spdk_dif_ctx *ctx)
{
	return (dif_fields(ctx) & SPDK_DIF_FLAGS_REFTAG_CHECK) == 0 ||
	       ctx->dif_type == SPDK_DIF_TYPE3;
}

static int
remap_block(const struct spdk_dif_ctx *ctx, const struct dif_cursor *at_pi, uint32_t block,
	    bool is_checked, struct spdk_dif_error *error)
{
	const size_t pi_size = dif_layout(ctx->dif_pi_format)->pi_size;
	uint8_t pi[DIF_PI_BYTES_MAX];
	int rc = 0;

	dif_cursor_peek(*at_pi, pi, pi_size);
	if (dif_pi_is_ignored(ctx, pi)) {
		return 0;
	}
	if (is_checked) {
		rc = dif_pi_check_ref_tag(ctx, pi, dif_ref_tag(ctx, ctx->init_ref_tag, block),
					  block, error);
	}
	if (rc == 0) {
		dif_pi_set_ref_tag(ctx, pi, dif_ref_tag(ctx, ctx->remapped_init_ref_tag, block));
		dif_cursor_poke(*at_pi, pi, pi_size);
	}
	return rc;
}

static int
remap(const struct spdk_dif_ctx *ctx, const struct iovec *iovs, uint32_t num_blocks,
      bool is_checked, struct spdk_dif_error *error)
{
	const uint32_t stride = dif_stride(ctx);
	struct dif_cursor cursor;
	uint32_t block;
	int rc;

	dif_cursor_init(&cursor, iovs);
	for (block = 0; block < num_blocks; block++) {
		dif_cursor_skip(&cursor, ctx->guard_interval);
		rc = remap_block(ctx, &cursor, block, is_checked, error);
		if (rc != 0) {
			return rc;
		}
		dif_cursor_skip(&cursor, stride - ctx->guard_interval);
	}
	return 0;
}

int
spdk_dif_remap_ref_tag(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
		       const struct spdk_dif_ctx *dif_ctx, struct spdk_dif_error *err_blk,
		       bool check_ref_tag)
{
	int rc = dif_check_interleaved(dif_ctx, iovs, iovcnt, num_blocks);

	if (rc != 0 || has_nothing_to_remap(dif_ctx)) {
		return rc;
	}
	return remap(dif_ctx, iovs, num_blocks, check_ref_tag, err_blk);
}

int
spdk_dix_remap_ref_tag(struct iovec *md_iov, uint32_t num_blocks,
		       const struct spdk_dif_ctx *dif_ctx, struct spdk_dif_error *err_blk,
		       bool check_ref_tag)
{
	const uint64_t size = (uint64_t)num_blocks * dif_ctx->md_size;

	if (dif_ctx->md_interleave || !dif_iovs_hold(md_iov, md_iov != NULL, size)) {
		return -EINVAL;
	}
	if (has_nothing_to_remap(dif_ctx)) {
		return 0;
	}
	return remap(dif_ctx, md_iov, num_blocks, check_ref_tag, err_blk);
}
