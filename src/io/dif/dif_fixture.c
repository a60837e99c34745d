/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/dif/dif_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/util.h"

struct dif_kind
fixture_kind(uint32_t index)
{
	static const uint32_t pi_sizes[] = {8, 16, 16};
	struct dif_kind kind = {
		.format = (enum spdk_dif_pi_format)(index % 3),
		.type = (enum spdk_dif_type)(SPDK_DIF_TYPE1 + index / 3 % 3),
		.is_interleaved = index / 9 % 2,
		.is_head = index / 18 % 2,
	};

	assert_true(index < FIXTURE_KINDS_COUNT);
	kind.data_size = kind.format == SPDK_DIF_PI_FORMAT_16 ? 512 : 4096;
	kind.md_size = pi_sizes[kind.format] + (index / 36 != 0 ? 21 : 0);
	return kind;
}

const char *
fixture_kind_name(const struct dif_kind *kind)
{
	static char name[96];

	snprintf(name, sizeof(name), "format %d, type %d, %u+%u bytes, %s, at the %s", kind->format,
		 kind->type, kind->data_size, kind->md_size,
		 kind->is_interleaved ? "interleaved" : "separate",
		 kind->is_head ? "head" : "tail");
	return name;
}

void
fixture_ctx(struct spdk_dif_ctx *ctx, const struct dif_kind *kind, uint32_t flags)
{
	struct spdk_dif_ctx_init_ext_opts opts = {.dif_pi_format = kind->format};

	opts.size = SPDK_SIZEOF(&opts, dif_pi_format);
	assert_int_equal(spdk_dif_ctx_init(ctx, fixture_stride(kind), kind->md_size,
					   kind->is_interleaved, kind->is_head, kind->type, flags,
					   FIXTURE_REF_TAG, 0xffff, FIXTURE_APP_TAG, 0,
					   FIXTURE_GUARD_SEED, &opts),
			 0);
}

uint32_t
fixture_stride(const struct dif_kind *kind)
{
	return kind->data_size + (kind->is_interleaved ? kind->md_size : 0);
}

uint8_t *
fixture_md(struct dif_blocks *blocks, const struct dif_kind *kind, uint32_t block)
{
	if (!kind->is_interleaved) {
		return blocks->md + (size_t)block * kind->md_size;
	}
	return blocks->bytes + (size_t)block * fixture_stride(kind) + kind->data_size;
}

uint8_t *
fixture_pi(struct dif_blocks *blocks, const struct dif_kind *kind, uint32_t block)
{
	const uint32_t pi_size = kind->format == SPDK_DIF_PI_FORMAT_16 ? 8 : 16;

	return fixture_md(blocks, kind, block) + (kind->is_head ? 0 : kind->md_size - pi_size);
}

void
fixture_fill(struct dif_blocks *blocks, const struct dif_kind *kind, uint32_t count, uint64_t seed)
{
	uint64_t random = seed * 0x9e3779b97f4a7c15 + 1;
	size_t i;

	blocks->count = count;
	blocks->size = (size_t)count * fixture_stride(kind);
	blocks->md_size = kind->is_interleaved ? 0 : (size_t)count * kind->md_size;
	assert_true(blocks->size <= sizeof(blocks->bytes));
	for (i = 0; i < sizeof(blocks->bytes); i++) {
		blocks->bytes[i] = (uint8_t)(spdk_rand_xorshift64(&random) >> 24);
		blocks->md[i] = (uint8_t)(spdk_rand_xorshift64(&random) >> 24);
	}
	blocks->md_iov = (struct iovec){blocks->md, blocks->md_size};
	fixture_split(blocks, blocks->size);
}

void
fixture_split(struct dif_blocks *blocks, size_t at)
{
	blocks->iovs[0] = (struct iovec){blocks->bytes, at};
	blocks->iovs[1] = (struct iovec){blocks->bytes + at, blocks->size - at};
	blocks->iovcnt = 2;
}

void
fixture_pieces(struct dif_blocks *blocks, size_t piece)
{
	size_t at;

	blocks->iovcnt = 0;
	for (at = 0; at < blocks->size; at += piece) {
		assert_true(blocks->iovcnt < FIXTURE_IOVS_MAX);
		blocks->iovs[blocks->iovcnt].iov_base = blocks->bytes + at;
		blocks->iovs[blocks->iovcnt++].iov_len = spdk_min(piece, blocks->size - at);
	}
}

void
fixture_random_pieces(struct dif_blocks *blocks, size_t longest, uint64_t *random)
{
	size_t at, piece;

	blocks->iovcnt = 0;
	for (at = 0; at < blocks->size; at += piece) {
		piece = spdk_rand_xorshift64(random) % (longest + 1);
		piece = spdk_min(piece, blocks->size - at);
		if (blocks->iovcnt == FIXTURE_IOVS_MAX - 1) {
			piece = blocks->size - at;
		}
		blocks->iovs[blocks->iovcnt].iov_base = blocks->bytes + at;
		blocks->iovs[blocks->iovcnt++].iov_len = piece;
	}
}

/* As the standards define it: highest power first for 16 bits, else reflected and inverted. */
uint64_t
fixture_model_guard(enum spdk_dif_pi_format format, const uint8_t *data, size_t size,
		    uint64_t guard)
{
	const uint64_t mask = format == SPDK_DIF_PI_FORMAT_32 ? UINT32_MAX : UINT64_MAX;
	/* 1edc6f41h and ad93d23594c93659h, lowest power first. */
	const uint64_t polynomial =
		format == SPDK_DIF_PI_FORMAT_32 ? 0x82f63b78 : 0x9a6c9329ac4bc9b5;
	size_t i;

	if (format == SPDK_DIF_PI_FORMAT_16) {
		for (i = 0; i < size * 8; i++) {
			bool bit = (guard >> 15 & 1) != (data[i / 8] >> (7 - i % 8) & 1U);

			guard = (guard << 1 & 0xffff) ^ (bit ? 0x8bb7 : 0);
		}
		return guard;
	}
	guard = ~guard & mask;
	for (i = 0; i < size * 8; i++) {
		bool bit = (guard & 1) != (data[i / 8] >> i % 8 & 1U);

		guard = guard >> 1 ^ (bit ? polynomial : 0);
	}
	return ~guard & mask;
}

static uint8_t *
put(uint8_t *to, uint32_t size, uint64_t value)
{
	for (; size > 0; size--) {
		*to++ = (uint8_t)(value >> (size - 1) * 8);
	}
	return to;
}

void
fixture_model(struct dif_blocks *blocks, const struct dif_kind *kind)
{
	static const uint32_t guard_sizes[] = {2, 4, 8}, storage_sizes[] = {0, 2, 0};
	static const uint32_t ref_sizes[] = {4, 8, 6};
	uint64_t guard, ref_tag;
	uint8_t *data, *md, *pi;
	uint32_t i;

	for (i = 0; i < blocks->count; i++) {
		data = blocks->bytes + (size_t)i * fixture_stride(kind);
		md = fixture_md(blocks, kind, i);
		pi = fixture_pi(blocks, kind, i);
		guard = fixture_model_guard(kind->format, data, kind->data_size,
					    FIXTURE_GUARD_SEED);
		guard = fixture_model_guard(kind->format, md, (size_t)(pi - md), guard);
		ref_tag = FIXTURE_REF_TAG + (kind->type == SPDK_DIF_TYPE3 ? 0 : i);
		pi = put(pi, guard_sizes[kind->format], guard);
		pi = put(pi, 2, FIXTURE_APP_TAG);
		pi = put(pi, storage_sizes[kind->format], 0);
		put(pi, ref_sizes[kind->format], ref_tag);
	}
}

int
fixture_generate(struct dif_blocks *blocks, const struct spdk_dif_ctx *ctx)
{
	return ctx->md_interleave ?
		       spdk_dif_generate(blocks->iovs, blocks->iovcnt, blocks->count, ctx) :
		       spdk_dix_generate(blocks->iovs, blocks->iovcnt, &blocks->md_iov,
					 blocks->count, ctx);
}

int
fixture_verify(struct dif_blocks *blocks, const struct spdk_dif_ctx *ctx,
	       struct spdk_dif_error *error)
{
	return ctx->md_interleave ?
		       spdk_dif_verify(blocks->iovs, blocks->iovcnt, blocks->count, ctx, error) :
		       spdk_dix_verify(blocks->iovs, blocks->iovcnt, &blocks->md_iov, blocks->count,
				       ctx, error);
}
