/* SPDX-License-Identifier: BSD-3-Clause */
/* Protection information of whole blocks compared with what it should be. */
#include "io/dif/dif_internal.h"

static int
verify(struct dif_walk *walk, uint32_t num_blocks, struct spdk_dif_error *error)
{
	uint8_t pi[DIF_PI_BYTES_MAX];
	uint64_t guard;
	uint32_t block;
	int rc;

	if (dif_fields(walk->ctx) == 0) {
		return 0;
	}
	for (block = 0; block < num_blocks; block++) {
		guard = dif_walk_guard(walk);
		dif_walk_read(walk, pi);
		rc = dif_pi_check(walk->ctx, pi, guard, block, error);
		if (rc != 0) {
			return rc;
		}
		dif_walk_next(walk);
	}
	return 0;
}

int
spdk_dif_verify(struct iovec *iovs, int iovcnt, uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
		struct spdk_dif_error *err_blk)
{
	struct dif_walk walk;
	int rc = dif_check_interleaved(ctx, iovs, iovcnt, num_blocks);

	if (rc != 0) {
		return rc;
	}
	dif_walk_init(&walk, ctx, iovs, NULL);
	return verify(&walk, num_blocks, err_blk);
}

int
spdk_dix_verify(struct iovec *iovs, int iovcnt, struct iovec *md_iov, uint32_t num_blocks,
		const struct spdk_dif_ctx *ctx, struct spdk_dif_error *err_blk)
{
	struct dif_walk walk;
	int rc = dif_check_separate(ctx, iovs, iovcnt, md_iov, num_blocks);

	if (rc != 0) {
		return rc;
	}
	dif_walk_init(&walk, ctx, iovs, md_iov);
	return verify(&walk, num_blocks, err_blk);
}
