/* SPDX-License-Identifier: BSD-3-Clause */
/* Data that comes in parts: each way to cut it must give what the whole gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/dif/dif_fixture.h"
#include "spdk/crc32.h"
#include "spdk/util.h"

#define BLOCKS 4

static struct dif_blocks g_blocks, g_model;

/* Interleaved ones only. */
static bool
next_kind(uint32_t *index, struct dif_kind *kind)
{
	while (*index < FIXTURE_KINDS_COUNT) {
		*kind = fixture_kind((*index)++);
		if (kind->is_interleaved) {
			return true;
		}
	}
	return false;
}

static void
prepare(const struct dif_kind *kind, uint64_t seed)
{
	fixture_fill(&g_blocks, kind, BLOCKS, seed);
	fixture_fill(&g_model, kind, BLOCKS, seed);
	fixture_model(&g_model, kind);
}

static void
assert_as_model(const struct dif_kind *kind)
{
	if (memcmp(g_blocks.bytes, g_model.bytes, sizeof(g_model.bytes)) != 0) {
		fail_msg("not as the model has it: %s", fixture_kind_name(kind));
	}
}

static void
cut_at_every_byte(void **state)
{
	struct dif_kind kind = fixture_kind(45);
	uint32_t cut, total = BLOCKS * kind.data_size;
	struct spdk_dif_ctx ctx;
	int iovcnt;

	(void)state;
	assert_true(kind.is_interleaved && kind.md_size == 29 && !kind.is_head);
	for (cut = 0; cut <= total; cut++) {
		prepare(&kind, cut % 3);
		fixture_pieces(&g_blocks, 111);
		iovcnt = g_blocks.iovcnt;
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		assert_int_equal(spdk_dif_generate_stream(g_blocks.iovs, iovcnt, 0, cut, &ctx), 0);
		assert_int_equal(
			spdk_dif_generate_stream(g_blocks.iovs, iovcnt, cut, total - cut, &ctx), 0);
		assert_as_model(&kind);
		assert_int_equal(ctx.last_guard, FIXTURE_GUARD_SEED);
		assert_int_equal(spdk_dif_verify_stream(g_blocks.iovs, iovcnt, 0, cut, &ctx, NULL),
				 0);
		assert_int_equal(
			spdk_dif_verify_stream(g_blocks.iovs, iovcnt, cut, total - cut, &ctx, NULL),
			0);
	}
}

/* What a call may touch: metadata of blocks that are complete. */
static void
nothing_is_written_ahead(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx;

	(void)state;
	prepare(&kind, 1);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	g_blocks.iovs[0].iov_len = 520 + 511;
	assert_int_equal(spdk_dif_generate_stream(g_blocks.iovs, 1, 0, 512 + 511, &ctx), 0);
	fixture_fill(&g_model, &kind, BLOCKS, 1);
	g_model.count = 1;
	fixture_model(&g_model, &kind);
	assert_as_model(&kind);
	/* The byte that completes the block needs room for its metadata. */
	assert_int_equal(spdk_dif_generate_stream(g_blocks.iovs, 1, 512 + 511, 1, &ctx), -ERANGE);
	g_blocks.iovs[0].iov_len = 1039;
	assert_int_equal(spdk_dif_generate_stream(g_blocks.iovs, 1, 512 + 511, 1, &ctx), -ERANGE);
	assert_as_model(&kind);
	g_blocks.iovs[0].iov_len = 1040;
	assert_int_equal(spdk_dif_generate_stream(g_blocks.iovs, 1, 512 + 511, 1, &ctx), 0);
	g_model.count = 2;
	fixture_model(&g_model, &kind);
	assert_as_model(&kind);
}

/*
 * Segments: each has a buffer that begins where the one before ended, maybe within a block, and is
 * filled by several reads. Reads go through the elements that a socket would be given.
 */
struct segment {
	uint32_t begin;
	uint32_t size;
	struct iovec buffer;
};

static struct segment
make_segment(const struct spdk_dif_ctx *ctx, uint32_t begin, uint32_t size)
{
	uint32_t offset, length;
	struct segment segment = {.begin = begin, .size = size};

	spdk_dif_get_range_with_md(begin, size, &offset, &length, ctx);
	segment.buffer = (struct iovec){g_blocks.bytes + offset, length};
	return segment;
}

static void
receive(const struct segment *segment, struct spdk_dif_ctx *ctx, const uint8_t *data,
	uint64_t *random)
{
	struct iovec buffer[2], iovs[2 * BLOCKS + 2];
	uint32_t done, size, mapped, at;
	int count, i;

	at = segment->buffer.iov_len == 0 ? 0 : *random % segment->buffer.iov_len;
	buffer[0] = (struct iovec){segment->buffer.iov_base, at};
	buffer[1] = (struct iovec){(uint8_t *)segment->buffer.iov_base + at,
				   segment->buffer.iov_len - at};
	for (done = 0; done < segment->size; done += size) {
		size = 1 + (uint32_t)(spdk_rand_xorshift64(random) % (segment->size - done));
		count = spdk_dif_set_md_interleave_iovs(iovs, SPDK_COUNTOF(iovs), buffer, 2, done,
							size, &mapped, ctx);
		assert_true(count > 0);
		assert_int_equal(mapped, size);
		for (i = 0; i < count; i++) {
			memcpy(iovs[i].iov_base, data, iovs[i].iov_len);
			data += iovs[i].iov_len;
		}
		assert_int_equal(spdk_dif_generate_stream(buffer, 2, done, size, ctx), 0);
	}
}

static void
receive_all(const struct dif_kind *kind, uint64_t *random)
{
	static uint8_t data[FIXTURE_BYTES_MAX];
	const uint32_t total = BLOCKS * kind->data_size;
	uint32_t i, done, size;
	struct spdk_dif_ctx ctx;
	struct segment segment;

	prepare(kind, *random);
	for (i = 0; i < BLOCKS; i++) {
		memcpy(data + (size_t)i * kind->data_size,
		       g_model.bytes + (size_t)i * fixture_stride(kind), kind->data_size);
		memset(g_blocks.bytes + (size_t)i * fixture_stride(kind), 0xdd, kind->data_size);
	}
	fixture_ctx(&ctx, kind, FIXTURE_ALL_CHECKS);
	for (done = 0; done < total; done += size) {
		size = 1 + (uint32_t)(spdk_rand_xorshift64(random) % (total - done));
		spdk_dif_ctx_set_data_offset(&ctx, done);
		segment = make_segment(&ctx, done, size);
		receive(&segment, &ctx, data + done, random);
	}
	assert_as_model(kind);
}

static void
segments_through_sockets_give_the_whole(void **state)
{
	uint64_t random = 11;
	struct dif_kind kind;
	uint32_t index = 0, round;

	(void)state;
	while (next_kind(&index, &kind)) {
		for (round = 0; round < 20; round++) {
			receive_all(&kind, &random);
		}
	}
}

/* Sends all of it by random segments and parts; the result of the first that fails. */
static int
send_all(const struct dif_kind *kind, struct spdk_dif_error *error, uint32_t *out_first_block,
	 uint64_t *random)
{
	const uint32_t total = BLOCKS * kind->data_size;
	uint32_t done, size, part, sent;
	struct spdk_dif_ctx ctx;
	struct segment segment;
	int rc;

	fixture_ctx(&ctx, kind, FIXTURE_ALL_CHECKS);
	for (done = 0; done < total; done += size) {
		size = 1 + (uint32_t)(spdk_rand_xorshift64(random) % (total - done));
		spdk_dif_ctx_set_data_offset(&ctx, done);
		segment = make_segment(&ctx, done, size);
		*out_first_block = done / kind->data_size;
		for (sent = 0; sent < size; sent += part) {
			part = 1 + (uint32_t)(spdk_rand_xorshift64(random) % (size - sent));
			rc = spdk_dif_verify_stream(&segment.buffer, 1, sent, part, &ctx, error);
			if (rc != 0) {
				return rc;
			}
		}
	}
	return 0;
}

static void
wrong_block_is_found_whatever_the_parts(void **state)
{
	uint64_t random = 13;
	uint32_t index = 0, round, first;
	struct spdk_dif_error error;
	struct dif_kind kind;
	uint8_t *byte;

	(void)state;
	while (next_kind(&index, &kind)) {
		prepare(&kind, index);
		fixture_model(&g_blocks, &kind);
		for (round = 0; round < 10; round++) {
			assert_int_equal(send_all(&kind, &error, &first, &random), 0);
			byte = g_blocks.bytes + 2 * fixture_stride(&kind) +
			       spdk_rand_xorshift64(&random) % kind.data_size;
			*byte ^= 0x40;
			assert_int_equal(send_all(&kind, &error, &first, &random), -EIO);
			*byte ^= 0x40;
			assert_int_equal(error.err_type, SPDK_DIF_GUARD_ERROR);
			assert_int_equal(error.err_offset, 2 - first);
		}
	}
}

/* What was left within a block, an iSCSI command aborted say, is no part of the next transfer. */
static void
transfer_begun_again_begins_with_the_seed(void **state)
{
	uint32_t index = 0, part;
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;

	(void)state;
	while (next_kind(&index, &kind)) {
		prepare(&kind, index);
		part = kind.data_size + kind.data_size / 3;
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		assert_int_equal(
			spdk_dif_generate_stream(g_blocks.iovs, g_blocks.iovcnt, 0, part, &ctx), 0);
		assert_int_not_equal(ctx.last_guard, ctx.guard_seed);
		assert_int_equal(spdk_dif_generate_stream(g_blocks.iovs, g_blocks.iovcnt, 0,
							  BLOCKS * kind.data_size, &ctx),
				 0);
		assert_as_model(&kind);
		assert_int_equal(
			spdk_dif_verify_stream(g_blocks.iovs, g_blocks.iovcnt, 0, part, &ctx, NULL),
			0);
		assert_int_not_equal(ctx.last_guard, ctx.guard_seed);
		assert_int_equal(spdk_dif_verify_stream(g_blocks.iovs, g_blocks.iovcnt, 0,
							BLOCKS * kind.data_size, &ctx, NULL),
				 0);
	}
}

static void
failed_verification_can_be_repeated(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx, before;

	(void)state;
	prepare(&kind, 1);
	fixture_model(&g_blocks, &kind);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	assert_int_equal(spdk_dif_verify_stream(g_blocks.iovs, 1, 0, 700, &ctx, NULL), 0);
	before = ctx;
	g_blocks.bytes[900] ^= 1;
	assert_int_equal(spdk_dif_verify_stream(g_blocks.iovs, 1, 700, 400, &ctx, NULL), -EIO);
	assert_memory_equal(&ctx, &before, sizeof(ctx));
	g_blocks.bytes[900] ^= 1;
	assert_int_equal(spdk_dif_verify_stream(g_blocks.iovs, 1, 700, 400, &ctx, NULL), 0);
}

static void
elements_leave_metadata_out(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct iovec iovs[4];
	struct spdk_dif_ctx ctx;
	uint32_t mapped = 0;
	uint8_t *bytes;

	(void)state;
	prepare(&kind, 1);
	bytes = g_blocks.bytes;
	fixture_ctx(&ctx, &kind, 0);
	fixture_split(&g_blocks, 700);
	assert_int_equal(
		spdk_dif_set_md_interleave_iovs(iovs, 4, g_blocks.iovs, 2, 500, 600, &mapped, &ctx),
		4);
	assert_int_equal(mapped, 600);
	assert_ptr_equal(iovs[0].iov_base, bytes + 500);
	assert_int_equal(iovs[0].iov_len, 12);
	assert_ptr_equal(iovs[1].iov_base, bytes + 520);
	assert_int_equal(iovs[1].iov_len, 180);
	assert_ptr_equal(iovs[2].iov_base, bytes + 700);
	assert_int_equal(iovs[2].iov_len, 332);
	assert_ptr_equal(iovs[3].iov_base, bytes + 1040);
	assert_int_equal(iovs[3].iov_len, 76);
	/* What does not fit is not mapped. */
	assert_int_equal(
		spdk_dif_set_md_interleave_iovs(iovs, 2, g_blocks.iovs, 2, 500, 600, &mapped, &ctx),
		2);
	assert_int_equal(mapped, 192);
	assert_int_equal(
		spdk_dif_set_md_interleave_iovs(iovs, 2, g_blocks.iovs, 2, 500, 0, &mapped, &ctx),
		0);
	assert_int_equal(mapped, 0);
	assert_int_equal(
		spdk_dif_set_md_interleave_iovs(iovs, 4, g_blocks.iovs, 2, 2047, 1, NULL, &ctx), 1);
	assert_int_equal(
		spdk_dif_set_md_interleave_iovs(iovs, 4, g_blocks.iovs, 2, 2047, 2, &mapped, &ctx),
		-ERANGE);
}

static void
empty_elements_of_the_buffer_are_left_out(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct iovec buffer[5] = {
		{NULL, 0}, {NULL, 0}, {g_blocks.bytes, 300}, {NULL, 0}, {NULL, 0}};
	struct spdk_dif_ctx ctx;
	struct iovec iovs[2];
	uint32_t mapped = 0;

	(void)state;
	fixture_ctx(&ctx, &kind, 0);
	assert_int_equal(spdk_dif_set_md_interleave_iovs(iovs, 2, buffer, 5, 0, 300, &mapped, &ctx),
			 1);
	assert_int_equal(mapped, 300);
	assert_ptr_equal(iovs[0].iov_base, g_blocks.bytes);
	assert_int_equal(iovs[0].iov_len, 300);
}

static void
checksum_is_of_data_alone(void **state)
{
	uint32_t index = 0, i, begin, size, whole, expected, sum, total;
	static uint8_t data[FIXTURE_BYTES_MAX];
	uint64_t random = 17;
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;

	(void)state;
	while (next_kind(&index, &kind)) {
		prepare(&kind, index);
		total = BLOCKS * kind.data_size;
		for (i = 0; i < BLOCKS; i++) {
			memcpy(data + (size_t)i * kind.data_size,
			       g_blocks.bytes + (size_t)i * fixture_stride(&kind), kind.data_size);
		}
		fixture_ctx(&ctx, &kind, 0);
		fixture_random_pieces(&g_blocks, 300, &random);
		expected = spdk_crc32c_update(data, total, ~0U);
		whole = ~0U;
		assert_int_equal(spdk_dif_update_crc32c(g_blocks.iovs, g_blocks.iovcnt, BLOCKS,
							&whole, &ctx),
				 0);
		assert_int_equal(whole, expected);
		for (sum = ~0U, begin = 0; begin < total; begin += size) {
			size = 1 + (uint32_t)(spdk_rand_xorshift64(&random) % (total - begin));
			assert_int_equal(spdk_dif_update_crc32c_stream(g_blocks.iovs,
								       g_blocks.iovcnt, begin, size,
								       &sum, &ctx),
					 0);
		}
		assert_int_equal(sum, expected);
		/* A buffer that begins within a block. */
		spdk_dif_ctx_set_data_offset(&ctx, kind.data_size + 100);
		g_blocks.iovs[0].iov_base = g_blocks.bytes + fixture_stride(&kind) + 100;
		g_blocks.iovs[0].iov_len = g_blocks.size - fixture_stride(&kind) - 100;
		expected = spdk_crc32c_update(data + kind.data_size + 107, total / 2, ~0U);
		sum = ~0U;
		assert_int_equal(
			spdk_dif_update_crc32c_stream(g_blocks.iovs, 1, 7, total / 2, &sum, &ctx),
			0);
		assert_int_equal(sum, expected);
	}
}

static void
what_is_not_interleaved_or_too_short_is_refused(void **state)
{
	struct dif_kind kind = fixture_kind(0), inter = fixture_kind(9);
	uint32_t crc = 5, mapped = 6;
	struct spdk_dif_ctx ctx;
	struct iovec *iovs = g_blocks.iovs;

	(void)state;
	fixture_fill(&g_blocks, &kind, BLOCKS, 1);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	assert_int_equal(spdk_dif_generate_stream(iovs, 1, 0, 512, &ctx), -EINVAL);
	assert_int_equal(spdk_dif_verify_stream(iovs, 1, 0, 512, &ctx, NULL), -EINVAL);
	assert_int_equal(spdk_dif_update_crc32c_stream(iovs, 1, 0, 512, &crc, &ctx), -EINVAL);
	assert_int_equal(spdk_dif_update_crc32c(iovs, 1, 1, &crc, &ctx), -EINVAL);
	assert_int_equal(
		spdk_dif_set_md_interleave_iovs(iovs + 1, 1, iovs, 1, 0, 512, &mapped, &ctx),
		-EINVAL);
	fixture_ctx(&ctx, &inter, FIXTURE_ALL_CHECKS);
	assert_int_equal(spdk_dif_verify_stream(iovs, 1, UINT32_MAX, UINT32_MAX, &ctx, NULL),
			 -ERANGE);
	assert_int_equal(spdk_dif_update_crc32c_stream(iovs, 1, 0, 2048, &crc, &ctx), -ERANGE);
	assert_int_equal(spdk_dif_update_crc32c(iovs, 1, BLOCKS, &crc, &ctx), -EINVAL);
	assert_int_equal(crc, 5);
	assert_int_equal(mapped, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(nothing_is_written_ahead),
		cmocka_unit_test(segments_through_sockets_give_the_whole),
		cmocka_unit_test(wrong_block_is_found_whatever_the_parts),
		cmocka_unit_test(transfer_begun_again_begins_with_the_seed),
		cmocka_unit_test(failed_verification_can_be_repeated),
		cmocka_unit_test(elements_leave_metadata_out),
		cmocka_unit_test(empty_elements_of_the_buffer_are_left_out),
		cmocka_unit_test(checksum_is_of_data_alone),
		cmocka_unit_test(what_is_not_interleaved_or_too_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
