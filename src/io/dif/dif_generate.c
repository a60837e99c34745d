/* SPDX-License-Identifier: BSD-3-Clause */
/* Protection information written into whole blocks. */
#include "io/dif/dif_internal.h"

static int
generate(struct dif_walk *walk, uint32_t num_blocks)
{
	const struct spdk_dif_ctx *ctx = walk->ctx;
	const uint32_t fields = dif_fields(ctx);
	uint8_t pi[DIF_PI_BYTES_MAX];
	uint64_t guard;
	uint32_t block;

	if (fields == 0) {
		return 0;
	}
	for (block = 0; block < num_blocks; block++) {
		guard = dif_walk_guard(walk);
		dif_walk_read(walk, pi);
		dif_pi_fill(ctx, pi, fields, guard, block);
		dif_walk_write(walk, pi);
		dif_walk_next(walk);
	}
	return 0;
}

int
spdk_dif_generate(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
		  const struct spdk_dif_ctx *ctx)
{
	struct dif_walk walk;
	int rc = dif_check_interleaved(ctx, iovs, iovcnt, num_blocks);

	if (rc != 0) {
		return rc;
	}
	dif_walk_init(&walk, ctx, iovs, NULL);
	return generate(&walk, num_blocks);
}

int
spdk_dix_generate(struct iovec *iovs, int iovcnt, struct iovec *md_iov, uint32_t num_blocks,
		  const struct spdk_dif_ctx *ctx)
{
	struct dif_walk walk;
	int rc = dif_check_separate(ctx, iovs, iovcnt, md_iov, num_blocks);

	if (rc != 0) {
		return rc;
	}
	dif_walk_init(&walk, ctx, iovs, md_iov);
	return generate(&walk, num_blocks);
}
