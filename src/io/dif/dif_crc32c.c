/* SPDX-License-Identifier: BSD-3-Clause */
/* The checksum of iSCSI's data digest: of data, without the metadata between. */
#include "io/dif/dif_internal.h"
#include "spdk/crc32.h"

static uint32_t
update(struct dif_cursor *cursor, uint32_t size, uint32_t crc)
{
	const void *bytes;
	size_t piece;

	for (; size > 0; size -= (uint32_t)piece) {
		bytes = dif_cursor_take(cursor, size, &piece);
		crc = spdk_crc32c_update(bytes, piece, crc);
	}
	return crc;
}

int
spdk_dif_update_crc32c(struct iovec *iovs, int iovcnt, uint32_t num_blocks, uint32_t *crc32c,
		       const struct spdk_dif_ctx *ctx)
{
	struct dif_cursor cursor;
	uint32_t crc = *crc32c;
	uint32_t block;
	int rc = dif_check_interleaved(ctx, iovs, iovcnt, num_blocks);

	if (rc != 0) {
		return rc;
	}
	dif_cursor_init(&cursor, iovs);
	for (block = 0; block < num_blocks; block++) {
		crc = update(&cursor, dif_data_size(ctx), crc);
		dif_cursor_skip(&cursor, ctx->md_size);
	}
	*crc32c = crc;
	return 0;
}

int
spdk_dif_update_crc32c_stream(struct iovec *iovs, int iovcnt, uint32_t data_offset,
			      uint32_t data_len, uint32_t *crc32c, const struct spdk_dif_ctx *ctx)
{
	const uint32_t data_size = dif_data_size(ctx);
	struct dif_range range;
	uint32_t crc = *crc32c;
	uint32_t piece;
	int rc = dif_range_init(&range, ctx, iovs, iovcnt,
				(struct dif_bytes){data_offset, data_len});

	if (rc != 0) {
		return rc;
	}
	while (range.offset < range.end) {
		piece = dif_range_take(&range, data_size);
		if (piece > 0) {
			crc = update(&range.cursor, piece, crc);
		} else {
			dif_range_next_block(&range);
		}
	}
	*crc32c = crc;
	return 0;
}
