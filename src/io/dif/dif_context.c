/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The context: where protection information is in blocks, and what follows from that for sizes.
 * Sizes of whole buffers are of 64 bits here, whatever the interface has: none of them wraps.
 */
#include "io/dif/dif_internal.h"
#include "spdk/util.h"

uint32_t
spdk_dif_pi_format_get_size(enum spdk_dif_pi_format dif_pi_format)
{
	const struct dif_layout *layout = dif_layout((uint32_t)dif_pi_format);

	return layout != NULL ? layout->pi_size : 0;
}

/* Only the sizes are set, and what they mean. */
static int
check_geometry(const struct spdk_dif_ctx *ctx, const struct dif_layout *layout)
{
	if (ctx->md_size == 0 || (ctx->md_interleave && ctx->block_size <= ctx->md_size)) {
		return -EINVAL;
	}
	if (ctx->dif_type == SPDK_DIF_DISABLE) {
		return dif_data_size(ctx) > 0 ? 0 : -EINVAL;
	}
	if (ctx->md_size < layout->pi_size || dif_data_size(ctx) == 0) {
		return -EINVAL;
	}
	return dif_data_size(ctx) % layout->data_multiple == 0 ? 0 : -EINVAL;
}

int
spdk_dif_ctx_init(struct spdk_dif_ctx *ctx, uint32_t block_size, uint32_t md_size,
		  bool md_interleave, bool dif_loc, enum spdk_dif_type dif_type, uint32_t dif_flags,
		  uint32_t init_ref_tag, uint16_t apptag_mask, uint16_t app_tag,
		  uint32_t data_offset, uint64_t guard_seed,
		  struct spdk_dif_ctx_init_ext_opts *opts)
{
	const uint32_t format =
		opts == NULL ? SPDK_DIF_PI_FORMAT_16 :
			       SPDK_GET_FIELD(opts, dif_pi_format, (uint32_t)SPDK_DIF_PI_FORMAT_16);
	const struct dif_layout *layout = dif_layout(format);
	struct spdk_dif_ctx made = {
		.block_size = block_size,
		.md_size = md_size,
		.md_interleave = md_interleave,
		.dif_type = (uint8_t)dif_type,
		.dif_pi_format = (uint8_t)format,
		.dif_flags = dif_flags,
		.init_ref_tag = init_ref_tag,
		.app_tag = app_tag,
		.apptag_mask = apptag_mask,
		.last_guard = guard_seed,
		.guard_seed = guard_seed,
	};
	int rc;

	if ((uint32_t)dif_type > SPDK_DIF_TYPE3 || layout == NULL) {
		return -EINVAL;
	}
	rc = check_geometry(&made, layout);
	if (rc != 0) {
		return rc;
	}
	made.guard_interval = md_interleave ? dif_data_size(&made) : 0;
	/* Metadata may be too short for it where there is none. */
	if (!dif_loc && md_size > layout->pi_size) {
		made.guard_interval += md_size - layout->pi_size;
	}
	spdk_dif_ctx_set_data_offset(&made, data_offset);
	*ctx = made;
	return 0;
}

void
spdk_dif_ctx_set_data_offset(struct spdk_dif_ctx *ctx, uint32_t data_offset)
{
	ctx->data_offset = data_offset;
	ctx->ref_tag_offset = data_offset / dif_data_size(ctx);
}

void
spdk_dif_ctx_set_remapped_init_ref_tag(struct spdk_dif_ctx *ctx, uint32_t remapped_init_ref_tag)
{
	ctx->remapped_init_ref_tag = remapped_init_ref_tag;
}

uint32_t
dif_data_size(const struct spdk_dif_ctx *ctx)
{
	return ctx->md_interleave ? ctx->block_size - ctx->md_size : ctx->block_size;
}

uint32_t
dif_stride(const struct spdk_dif_ctx *ctx)
{
	return ctx->md_interleave ? ctx->block_size : ctx->md_size;
}

uint32_t
dif_fields(const struct spdk_dif_ctx *ctx)
{
	return ctx->dif_type == SPDK_DIF_DISABLE ? 0 : ctx->dif_flags & DIF_ALL_FIELDS;
}

uint64_t
dif_size_with_md(const struct spdk_dif_ctx *ctx, uint64_t data_size)
{
	return ctx->md_interleave ? data_size + data_size / dif_data_size(ctx) * ctx->md_size :
				    data_size;
}

int
dif_check_interleaved(const struct spdk_dif_ctx *ctx, const struct iovec *iovs, int iovcnt,
		      uint32_t num_blocks)
{
	if (!ctx->md_interleave ||
	    !dif_iovs_hold(iovs, iovcnt, (uint64_t)num_blocks * ctx->block_size)) {
		return -EINVAL;
	}
	return 0;
}

int
dif_check_separate(const struct spdk_dif_ctx *ctx, const struct iovec *iovs, int iovcnt,
		   const struct iovec *md_iov, uint32_t num_blocks)
{
	if (ctx->md_interleave ||
	    !dif_iovs_hold(iovs, iovcnt, (uint64_t)num_blocks * ctx->block_size) ||
	    !dif_iovs_hold(md_iov, md_iov != NULL, (uint64_t)num_blocks * ctx->md_size)) {
		return -EINVAL;
	}
	return 0;
}

void
spdk_dif_get_range_with_md(uint32_t data_offset, uint32_t data_len, uint32_t *buf_offset,
			   uint32_t *buf_len, const struct spdk_dif_ctx *ctx)
{
	const uint32_t in_block = data_offset % dif_data_size(ctx);

	if (buf_offset != NULL) {
		*buf_offset = (uint32_t)dif_size_with_md(ctx, data_offset);
	}
	if (buf_len != NULL) {
		*buf_len =
			(uint32_t)(dif_size_with_md(ctx, (uint64_t)in_block + data_len) - in_block);
	}
}

uint32_t
spdk_dif_get_length_with_md(uint32_t data_len, const struct spdk_dif_ctx *ctx)
{
	return (uint32_t)dif_size_with_md(ctx, data_len);
}
