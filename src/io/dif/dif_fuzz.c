/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any blocks, in any pieces, by any sequence of stream calls: the result is that of the whole in
 * one piece, and both find the same thing wrong when a bit is flipped. Interleaved and separate
 * metadata have the same protection information.
 */
#include "spdk/dif.h"
#include "spdk/util.h"

#define BLOCKS_MAX 4
#define DATA_MAX   4096
#define MD_MAX     48
#define BYTES_MAX  (BLOCKS_MAX * (DATA_MAX + MD_MAX))
#define IOVS_MAX   64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a case takes its decisions from; zeros when it is used up. */
struct input {
	const uint8_t *data;
	size_t size;
};

struct blocks {
	struct spdk_dif_ctx ctx;
	uint32_t count;
	uint32_t data_size;
	uint8_t *bytes;
	size_t size;
	struct iovec iovs[IOVS_MAX];
	int iovcnt;
};

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static uint32_t
take(struct input *input, uint32_t limit)
{
	uint32_t value = 0;
	int i;

	for (i = 0; i < 2 && input->size > 0; i++, input->size--) {
		value = value << 8 | *input->data++;
	}
	return value % limit;
}

static bool
make_blocks(struct blocks *blocks, struct input *input)
{
	struct spdk_dif_ctx_init_ext_opts opts = {.size = sizeof(opts)};
	const uint32_t md_size = take(input, MD_MAX + 1);
	const enum spdk_dif_type type = (enum spdk_dif_type)take(input, 4);
	const bool is_head = take(input, 2);
	const uint32_t flags = take(input, 8) * SPDK_DIF_FLAGS_REFTAG_CHECK;
	const uint16_t app_tag = take(input, 3) == 0 ? 0xffff : (uint16_t)take(input, 0x10000);

	opts.dif_pi_format = take(input, 3);
	blocks->data_size = 512 * (1 + take(input, DATA_MAX / 512));
	blocks->count = take(input, BLOCKS_MAX + 1);
	blocks->size = (size_t)blocks->count * (blocks->data_size + md_size);
	return spdk_dif_ctx_init(&blocks->ctx, blocks->data_size + md_size, md_size, true, is_head,
				 type, flags, take(input, 0x10000) * 0x10001U,
				 (uint16_t)take(input, 0x10000), app_tag, 0, take(input, 0x10000),
				 &opts) == 0;
}

static void
cut(struct blocks *blocks, struct input *input)
{
	size_t at, piece;

	blocks->iovcnt = 0;
	for (at = 0; at < blocks->size; at += piece) {
		piece = take(input, 600);
		if (piece > blocks->size - at || blocks->iovcnt == IOVS_MAX - 1) {
			piece = blocks->size - at;
		}
		blocks->iovs[blocks->iovcnt].iov_base = blocks->bytes + at;
		blocks->iovs[blocks->iovcnt++].iov_len = piece;
	}
}

/* The result of the first call that fails; without an error struct it generates. */
static int
stream(struct blocks *blocks, struct input *input, struct spdk_dif_error *error)
{
	const uint32_t total = blocks->count * blocks->data_size;
	uint32_t at, part;
	int rc;

	for (at = 0; at < total; at += part) {
		part = 1 + take(input, DATA_MAX * 2);
		part = spdk_min(part, total - at);
		rc = error == NULL ? spdk_dif_generate_stream(blocks->iovs, blocks->iovcnt, at,
							      part, &blocks->ctx) :
				     spdk_dif_verify_stream(blocks->iovs, blocks->iovcnt, at, part,
							    &blocks->ctx, error);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/* The same blocks with separate metadata. */
static void
check_separate(const struct blocks *blocks)
{
	static uint8_t data[BLOCKS_MAX * DATA_MAX], md[BLOCKS_MAX * MD_MAX];
	struct spdk_dif_ctx ctx = blocks->ctx;
	struct iovec iov = {data, (size_t)blocks->count * blocks->data_size};
	struct iovec md_iov = {md, (size_t)blocks->count * ctx.md_size};
	const uint8_t *block;
	uint32_t i;

	ctx.md_interleave = false;
	ctx.block_size = blocks->data_size;
	ctx.guard_interval -= blocks->data_size;
	for (i = 0; i < blocks->count; i++) {
		block = blocks->bytes + (size_t)i * blocks->ctx.block_size;
		memcpy(data + (size_t)i * ctx.block_size, block, ctx.block_size);
		memcpy(md + (size_t)i * ctx.md_size, block + ctx.block_size, ctx.md_size);
	}
	check(spdk_dix_verify(&iov, 1, &md_iov, blocks->count, &ctx, NULL) == 0);
	check(spdk_dix_generate(&iov, 1, &md_iov, blocks->count, &ctx) == 0);
	for (i = 0; i < blocks->count; i++) {
		block = blocks->bytes + (size_t)i * blocks->ctx.block_size;
		check(memcmp(md + (size_t)i * ctx.md_size, block + ctx.block_size, ctx.md_size) ==
		      0);
	}
}

static void
check_flipped(struct blocks *whole, struct blocks *parts, struct input *input)
{
	const size_t at = take(input, 0x10000) % whole->size;
	const uint8_t bit = (uint8_t)(1U << take(input, 8));
	struct spdk_dif_error expected = {0}, found = {0};
	int rc;

	whole->bytes[at] ^= bit;
	parts->bytes[at] ^= bit;
	rc = spdk_dif_verify(whole->iovs, whole->iovcnt, whole->count, &whole->ctx, &expected);
	check(stream(parts, input, &found) == rc);
	check(memcmp(&found, &expected, sizeof(found)) == 0);
	check(rc == 0 || found.err_offset == at / whole->ctx.block_size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t whole_bytes[BYTES_MAX], part_bytes[BYTES_MAX];
	struct input input = {data, size};
	struct blocks whole = {.bytes = whole_bytes}, parts;
	size_t i;

	if (!make_blocks(&whole, &input) || whole.count == 0) {
		return 0;
	}
	for (i = 0; i < whole.size; i++) {
		whole_bytes[i] = (uint8_t)(size > 0 ? data[i % size] + i / 251 : 0);
	}
	parts = whole;
	parts.bytes = part_bytes;
	memcpy(part_bytes, whole_bytes, whole.size);
	whole.iovs[0] = (struct iovec){whole_bytes, whole.size};
	whole.iovcnt = 1;
	cut(&parts, &input);

	check(spdk_dif_generate(whole.iovs, 1, whole.count, &whole.ctx) == 0);
	check(stream(&parts, &input, NULL) == 0);
	check(memcmp(whole_bytes, part_bytes, whole.size) == 0);
	check(spdk_dif_verify(parts.iovs, parts.iovcnt, parts.count, &parts.ctx, NULL) == 0);
	check_separate(&whole);
	check_flipped(&whole, &parts, &input);
	return 0;
}
