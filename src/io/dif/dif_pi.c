/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection information of one block, as bytes: where each format has its fields, how its guard
 * is computed, and which fields are compared when.
 */
#include "io/dif/dif_internal.h"
#include "spdk/crc16.h"
#include "spdk/crc32.h"
#include "spdk/crc64.h"
#include "spdk/util.h"

#define APP_TAG_BYTES 2

static const struct dif_layout layouts[] = {
	[SPDK_DIF_PI_FORMAT_16] = {.pi_size = 8,
				   .guard_size = 2,
				   .ref_tag_offset = 4,
				   .ref_tag_size = 4,
				   .data_multiple = 512},
	/* The least storage tag that the format may have is 2 bytes long. */
	[SPDK_DIF_PI_FORMAT_32] = {.pi_size = 16,
				   .guard_size = 4,
				   .ref_tag_offset = 8,
				   .ref_tag_size = 8,
				   .data_multiple = 4096},
	[SPDK_DIF_PI_FORMAT_64] = {.pi_size = 16,
				   .guard_size = 8,
				   .ref_tag_offset = 10,
				   .ref_tag_size = 6,
				   .data_multiple = 4096},
};

const struct dif_layout *
dif_layout(uint32_t format)
{
	return format < SPDK_COUNTOF(layouts) ? &layouts[format] : NULL;
}

static uint64_t
all_ones(uint32_t size)
{
	return UINT64_MAX >> (64 - size * 8);
}

static uint64_t
get(const uint8_t *field, uint32_t size)
{
	uint64_t value = 0;
	uint32_t i;

	for (i = 0; i < size; i++) {
		value = value << 8 | field[i];
	}
	return value;
}

static void
set(uint8_t *field, uint32_t size, uint64_t value)
{
	for (; size > 0; size--, value >>= 8) {
		field[size - 1] = (uint8_t)value;
	}
}

uint64_t
dif_guard(const struct spdk_dif_ctx *ctx, uint64_t guard, const void *data, size_t size)
{
	switch (ctx->dif_pi_format) {
	case SPDK_DIF_PI_FORMAT_16:
		return spdk_crc16_t10dif((uint16_t)guard, data, size);
	case SPDK_DIF_PI_FORMAT_32:
		return spdk_crc32c_nvme(data, size, (uint32_t)guard);
	default:
		return spdk_crc64_nvme(data, size, guard);
	}
}

uint64_t
dif_guard_copy(const struct spdk_dif_ctx *ctx, uint64_t guard, void *target, const void *data,
	       size_t size)
{
	/* ISA-L's function that does both at once is slower than this: its checksum is narrower. */
	memcpy(target, data, size);
	return dif_guard(ctx, guard, target, size);
}

uint64_t
dif_guard_take(const struct spdk_dif_ctx *ctx, uint64_t guard, struct dif_cursor *cursor,
	       size_t size)
{
	const void *bytes;
	size_t piece;

	if ((dif_fields(ctx) & SPDK_DIF_FLAGS_GUARD_CHECK) == 0) {
		dif_cursor_skip(cursor, size);
		return guard;
	}
	for (; size > 0; size -= piece) {
		bytes = dif_cursor_take(cursor, size, &piece);
		guard = dif_guard(ctx, guard, bytes, piece);
	}
	return guard;
}

uint64_t
dif_ref_tag(const struct spdk_dif_ctx *ctx, uint64_t first, uint32_t block)
{
	const uint64_t mask = all_ones(layouts[ctx->dif_pi_format].ref_tag_size);

	if (first == SPDK_DIF_REFTAG_IGNORE) {
		return mask;
	}
	if (ctx->dif_type == SPDK_DIF_TYPE3) {
		return first;
	}
	return (first + ctx->ref_tag_offset + block) & mask;
}

uint64_t
dif_pi_ref_tag(const struct spdk_dif_ctx *ctx, const uint8_t *pi)
{
	const struct dif_layout *layout = &layouts[ctx->dif_pi_format];

	return get(pi + layout->ref_tag_offset, layout->ref_tag_size);
}

void
dif_pi_set_ref_tag(const struct spdk_dif_ctx *ctx, uint8_t *pi, uint64_t ref_tag)
{
	const struct dif_layout *layout = &layouts[ctx->dif_pi_format];

	set(pi + layout->ref_tag_offset, layout->ref_tag_size, ref_tag);
}

static uint16_t
app_tag(const struct spdk_dif_ctx *ctx, const uint8_t *pi)
{
	return (uint16_t)get(pi + layouts[ctx->dif_pi_format].guard_size, APP_TAG_BYTES);
}

void
dif_pi_fill(const struct spdk_dif_ctx *ctx, uint8_t *pi, uint32_t fields, uint64_t guard,
	    uint32_t block)
{
	const struct dif_layout *layout = &layouts[ctx->dif_pi_format];
	const uint32_t storage_tag_offset = layout->guard_size + APP_TAG_BYTES;

	if (fields & SPDK_DIF_FLAGS_GUARD_CHECK) {
		set(pi, layout->guard_size, guard);
	}
	if (fields & SPDK_DIF_FLAGS_APPTAG_CHECK) {
		set(pi + layout->guard_size, APP_TAG_BYTES, ctx->app_tag);
	}
	if (fields & SPDK_DIF_FLAGS_REFTAG_CHECK) {
		memset(pi + storage_tag_offset, 0, layout->ref_tag_offset - storage_tag_offset);
		dif_pi_set_ref_tag(ctx, pi, dif_ref_tag(ctx, ctx->init_ref_tag, block));
	}
}

bool
dif_pi_is_ignored(const struct spdk_dif_ctx *ctx, const uint8_t *pi)
{
	if (app_tag(ctx, pi) != SPDK_DIF_APPTAG_IGNORE) {
		return false;
	}
	return ctx->dif_type != SPDK_DIF_TYPE3 ||
	       dif_pi_ref_tag(ctx, pi) == all_ones(layouts[ctx->dif_pi_format].ref_tag_size);
}

static int
differ(struct spdk_dif_error *error, uint8_t type, uint64_t expected, uint64_t actual,
       uint32_t block)
{
	if (error != NULL) {
		*error = (struct spdk_dif_error){.err_type = type,
						 .expected = expected,
						 .actual = actual,
						 .err_offset = block};
	}
	return -EIO;
}

int
dif_pi_check_ref_tag(const struct spdk_dif_ctx *ctx, const uint8_t *pi, uint64_t expected,
		     uint32_t block, struct spdk_dif_error *error)
{
	const uint64_t actual = dif_pi_ref_tag(ctx, pi);

	return actual == expected ? 0 :
				    differ(error, SPDK_DIF_REFTAG_ERROR, expected, actual, block);
}

int
dif_pi_check(const struct spdk_dif_ctx *ctx, const uint8_t *pi, uint64_t guard, uint32_t block,
	     struct spdk_dif_error *error)
{
	const uint32_t fields = dif_fields(ctx);
	const uint64_t actual_guard = get(pi, layouts[ctx->dif_pi_format].guard_size);
	const uint16_t actual_tag = app_tag(ctx, pi) & ctx->apptag_mask;
	const uint16_t expected_tag = ctx->app_tag & ctx->apptag_mask;

	if (dif_pi_is_ignored(ctx, pi)) {
		return 0;
	}
	if ((fields & SPDK_DIF_FLAGS_GUARD_CHECK) && actual_guard != guard) {
		return differ(error, SPDK_DIF_GUARD_ERROR, guard, actual_guard, block);
	}
	if ((fields & SPDK_DIF_FLAGS_APPTAG_CHECK) && actual_tag != expected_tag) {
		return differ(error, SPDK_DIF_APPTAG_ERROR, expected_tag, actual_tag, block);
	}
	/* Those of type 3 are the application's: they may be anything. */
	if ((fields & SPDK_DIF_FLAGS_REFTAG_CHECK) && ctx->dif_type != SPDK_DIF_TYPE3) {
		return dif_pi_check_ref_tag(ctx, pi, dif_ref_tag(ctx, ctx->init_ref_tag, block),
					    block, error);
	}
	return 0;
}
