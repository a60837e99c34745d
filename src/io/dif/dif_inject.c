/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks made wrong, by one bit for each field that is named: which one is a matter of chance, but
 * never one that checking would not see while there is another.
 */
#include "io/dif/dif_internal.h"
#include "spdk/env.h"
#include "spdk/util.h"

#define INJECT_ALL \
	(SPDK_DIF_REFTAG_ERROR | SPDK_DIF_APPTAG_ERROR | SPDK_DIF_GUARD_ERROR | SPDK_DIF_DATA_ERROR)

/* Bits from here on, of which one is flipped; `size` in bytes. */
struct field {
	uint32_t offset;
	uint32_t size;
};

static bool
is_in(const struct field *field, uint32_t bit)
{
	return bit / 8 >= field->offset && bit / 8 < field->offset + field->size;
}

static void
flip(uint8_t *bytes, uint32_t bit)
{
	bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* Whether checking sees this bit flipped. */
static bool
is_seen(const struct spdk_dif_ctx *ctx, const uint8_t *pi, uint32_t bit)
{
	const struct dif_layout *layout = dif_layout(ctx->dif_pi_format);
	const struct field app_tag = {layout->guard_size, 2};
	uint8_t flipped[DIF_PI_BYTES_MAX];

	if (is_in(&app_tag, bit) &&
	    (ctx->apptag_mask & 0x8000U >> (bit - app_tag.offset * 8)) == 0) {
		return false;
	}
	memcpy(flipped, pi, layout->pi_size);
	flip(flipped, bit);
	return !dif_pi_is_ignored(ctx, flipped);
}

/* `at_pi` is at a block's protection information. */
static void
flip_in_pi(const struct spdk_dif_ctx *ctx, const struct dif_cursor *at_pi,
	   const struct field *field, uint64_t chance)
{
	const size_t pi_size = dif_layout(ctx->dif_pi_format)->pi_size;
	const uint32_t bits = field->size * 8;
	const uint32_t first = field->offset * 8;
	uint32_t wanted = (uint32_t)(chance % bits);
	uint8_t pi[DIF_PI_BYTES_MAX];
	uint32_t i;

	dif_cursor_peek(*at_pi, pi, pi_size);
	for (i = 0; i < bits && !is_seen(ctx, pi, first + wanted); i++) {
		wanted = (wanted + 1) % bits;
	}
	flip(pi, first + wanted);
	dif_cursor_poke(*at_pi, pi, pi_size);
}

static void
flip_in_data(const struct spdk_dif_ctx *ctx, struct dif_cursor *at_block, uint64_t chance)
{
	const uint64_t bit = chance % ((uint64_t)dif_data_size(ctx) * 8);
	uint8_t byte;

	dif_cursor_skip(at_block, bit / 8);
	dif_cursor_peek(*at_block, &byte, 1);
	flip(&byte, bit % 8);
	dif_cursor_poke(*at_block, &byte, 1);
}

struct payload {
	const struct iovec *iovs;
	/* NULL where metadata is interleaved. */
	const struct iovec *md_iov;
	uint32_t num_blocks;
};

static int
inject(const struct spdk_dif_ctx *ctx, const struct payload *payload, uint32_t flags,
       uint32_t *out_block)
{
	const struct dif_layout *layout = dif_layout(ctx->dif_pi_format);
	const struct field fields[] = {
		{layout->ref_tag_offset, layout->ref_tag_size},
		{layout->guard_size, 2},
		{0, layout->guard_size},
	};
	const uint32_t kinds[] = {SPDK_DIF_REFTAG_ERROR, SPDK_DIF_APPTAG_ERROR,
				  SPDK_DIF_GUARD_ERROR, SPDK_DIF_DATA_ERROR};
	struct dif_cursor cursor;
	/* Any place will do, and another each time. */
	uint64_t state = spdk_get_ticks() | 1;
	uint32_t i, block;

	if (payload->num_blocks == 0 || (flags & ~INJECT_ALL) != 0) {
		return -EINVAL;
	}
	if (ctx->dif_type == SPDK_DIF_DISABLE && (flags & ~SPDK_DIF_DATA_ERROR) != 0) {
		return -EINVAL;
	}
	for (i = 0; i < SPDK_COUNTOF(kinds); i++) {
		if ((flags & kinds[i]) == 0) {
			continue;
		}
		block = (uint32_t)(spdk_rand_xorshift64(&state) % payload->num_blocks);
		if (kinds[i] == SPDK_DIF_DATA_ERROR) {
			dif_cursor_init(&cursor, payload->iovs);
			dif_cursor_skip(&cursor, (size_t)block * ctx->block_size);
			flip_in_data(ctx, &cursor, spdk_rand_xorshift64(&state));
		} else {
			dif_cursor_init(&cursor,
					payload->md_iov != NULL ? payload->md_iov : payload->iovs);
			dif_cursor_skip(&cursor,
					(size_t)block * dif_stride(ctx) + ctx->guard_interval);
			flip_in_pi(ctx, &cursor, &fields[i], spdk_rand_xorshift64(&state));
		}
		*out_block = block;
	}
	return 0;
}

int
spdk_dif_inject_error(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
		      const struct spdk_dif_ctx *ctx, uint32_t inject_flags,
		      uint32_t *inject_offset)
{
	const struct payload payload = {.iovs = iovs, .num_blocks = num_blocks};
	int rc = dif_check_interleaved(ctx, iovs, iovcnt, num_blocks);

	return rc != 0 ? rc : inject(ctx, &payload, inject_flags, inject_offset);
}

int
spdk_dix_inject_error(struct iovec *iovs, int iovcnt, struct iovec *md_iov, uint32_t num_blocks,
		      const struct spdk_dif_ctx *ctx, uint32_t inject_flags,
		      uint32_t *inject_offset)
{
	const struct payload payload = {iovs, md_iov, num_blocks};
	int rc = dif_check_separate(ctx, iovs, iovcnt, md_iov, num_blocks);

	return rc != 0 ? rc : inject(ctx, &payload, inject_flags, inject_offset);
}
