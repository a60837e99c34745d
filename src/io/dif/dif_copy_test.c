/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies that insert and strip metadata, and those of an NVMe command with PRACT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/dif/dif_fixture.h"
#include "spdk/util.h"

#define BLOCKS 3

/* The plain side, the interleaved side, and what the latter should be. */
static struct dif_blocks g_plain, g_inter, g_model;

static bool
is_md_on_both_sides(const struct dif_kind *kind, uint32_t flags)
{
	return (flags & SPDK_DIF_FLAGS_NVME_PRACT) != 0 &&
	       kind->md_size > (kind->format == SPDK_DIF_PI_FORMAT_16 ? 8U : 16U);
}

static void
fill_plain(const struct dif_kind *kind, uint32_t flags, uint64_t seed)
{
	fixture_fill(&g_plain, kind, BLOCKS, seed);
	if (!is_md_on_both_sides(kind, flags)) {
		g_plain.size = (size_t)BLOCKS * kind->data_size;
	}
	fixture_split(&g_plain, g_plain.size);
}

/* Fills all sides, and makes the model of what the interleaved one is after a copy. */
static void
prepare(const struct dif_kind *kind, uint32_t flags, uint64_t seed)
{
	const size_t stride = fixture_stride(kind);
	size_t i;

	fill_plain(kind, flags, seed);
	fixture_fill(&g_inter, kind, BLOCKS, seed + 1000);
	fixture_fill(&g_model, kind, BLOCKS, seed + 1000);
	for (i = 0; i < BLOCKS; i++) {
		if (is_md_on_both_sides(kind, flags)) {
			memcpy(g_model.bytes + i * stride, g_plain.bytes + i * stride, stride);
		} else {
			memcpy(g_model.bytes + i * stride, g_plain.bytes + i * kind->data_size,
			       kind->data_size);
		}
	}
	if (kind->type != SPDK_DIF_DISABLE) {
		fixture_model(&g_model, kind);
	}
}

static int
generate_copy(const struct spdk_dif_ctx *ctx)
{
	return spdk_dif_generate_copy(g_plain.iovs, g_plain.iovcnt, g_inter.iovs, g_inter.iovcnt,
				      BLOCKS, ctx);
}

static int
verify_copy(const struct spdk_dif_ctx *ctx, struct spdk_dif_error *error)
{
	return spdk_dif_verify_copy(g_plain.iovs, g_plain.iovcnt, g_inter.iovs, g_inter.iovcnt,
				    BLOCKS, ctx, error);
}

static void
assert_same(const struct dif_blocks *a, const struct dif_blocks *b, const struct dif_kind *kind)
{
	if (memcmp(a->bytes, b->bytes, sizeof(a->bytes)) != 0) {
		fail_msg("bytes differ: %s", fixture_kind_name(kind));
	}
}

/* There and back over buffers in pieces of their own. */
static void
check_round(const struct dif_kind *kind, const struct spdk_dif_ctx *ctx, uint64_t *random)
{
	static struct dif_blocks before;
	const uint32_t seed = (uint32_t)(*random & 0xffff);
	uint32_t i;

	prepare(kind, ctx->dif_flags, seed);
	fixture_random_pieces(&g_plain, 700, random);
	fixture_random_pieces(&g_inter, 300, random);
	before = g_plain;
	assert_int_equal(generate_copy(ctx), 0);
	assert_same(&g_inter, &g_model, kind);
	assert_same(&g_plain, &before, kind);

	memset(g_plain.bytes, 0x33, g_plain.size);
	assert_int_equal(verify_copy(ctx, NULL), 0);
	assert_same(&g_inter, &g_model, kind);
	if (!is_md_on_both_sides(kind, ctx->dif_flags)) {
		assert_same(&g_plain, &before, kind);
		return;
	}
	for (i = 0; i < sizeof(g_plain.bytes); i++) {
		assert_int_equal(g_plain.bytes[i],
				 i < g_plain.size ? g_model.bytes[i] : before.bytes[i]);
	}
}

static void
there_and_back_is_what_it_was(void **state)
{
	uint64_t random = 7;
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint32_t i, round, pract;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		for (round = 0; kind.is_interleaved && round < 4; round++) {
			pract = round % 2 ? SPDK_DIF_FLAGS_NVME_PRACT : 0;
			fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS | pract);
			check_round(&kind, &ctx, &random);
		}
	}
}

static void
every_split_of_both_sides(void **state)
{
	struct dif_kind kind = fixture_kind(45);
	struct spdk_dif_ctx ctx;
	size_t at;

	(void)state;
	assert_true(kind.is_interleaved && kind.md_size == 29 && !kind.is_head);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	for (at = 0; at <= (size_t)BLOCKS * kind.data_size; at++) {
		prepare(&kind, 0, at % 2);
		fixture_split(&g_plain, at);
		fixture_split(&g_inter, g_inter.size - at);
		assert_int_equal(generate_copy(&ctx), 0);
		assert_same(&g_inter, &g_model, &kind);
		fill_plain(&kind, 0, 5);
		fixture_split(&g_plain, at);
		assert_int_equal(verify_copy(&ctx, NULL), 0);
		assert_memory_equal(g_plain.bytes, g_model.bytes, kind.data_size);
		assert_memory_equal(g_plain.bytes + 2 * kind.data_size,
				    g_model.bytes + 2 * fixture_stride(&kind), kind.data_size);
	}
}

static void
a_controller_writes_fields_that_are_not_checked(void **state)
{
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint32_t i;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		if (!kind.is_interleaved) {
			continue;
		}
		fixture_ctx(&ctx, &kind, SPDK_DIF_FLAGS_NVME_PRACT);
		prepare(&kind, SPDK_DIF_FLAGS_NVME_PRACT, i);
		assert_int_equal(generate_copy(&ctx), 0);
		assert_same(&g_inter, &g_model, &kind);
	}
}

static void
fields_without_a_flag_stay(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx;
	uint8_t *pi = fixture_pi(&g_inter, &kind, 1);

	(void)state;
	fixture_ctx(&ctx, &kind, SPDK_DIF_FLAGS_REFTAG_CHECK);
	prepare(&kind, 0, 1);
	memcpy(fixture_pi(&g_model, &kind, 1), pi, 4);
	assert_int_equal(generate_copy(&ctx), 0);
	assert_memory_equal(pi, fixture_pi(&g_model, &kind, 1), 8);
	/* Neither the guard nor the application tag is right, and none is compared. */
	assert_int_equal(verify_copy(&ctx, NULL), 0);
}

static void
wrong_block_is_found_while_copying(void **state)
{
	static const uint8_t types[] = {SPDK_DIF_GUARD_ERROR, SPDK_DIF_GUARD_ERROR,
					SPDK_DIF_APPTAG_ERROR, SPDK_DIF_REFTAG_ERROR};
	uint32_t i, k, pract;
	struct spdk_dif_error error;
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint8_t *places[4];

	(void)state;
	for (i = 0; i < 2; i++) {
		for (pract = 0; pract < 2; pract++) {
			kind = fixture_kind(i == 0 ? 9 : 45);
			assert_true(kind.format == SPDK_DIF_PI_FORMAT_16 && kind.is_interleaved);
			fixture_ctx(&ctx, &kind,
				    FIXTURE_ALL_CHECKS | (pract ? SPDK_DIF_FLAGS_NVME_PRACT : 0));
			prepare(&kind, ctx.dif_flags, 3);
			assert_int_equal(generate_copy(&ctx), 0);
			places[0] = g_inter.bytes + fixture_stride(&kind) * 2 + 100;
			places[1] = fixture_pi(&g_inter, &kind, 2) + 1;
			places[2] = fixture_pi(&g_inter, &kind, 2) + 2;
			places[3] = fixture_pi(&g_inter, &kind, 2) + 7;
			for (k = 0; k < 4; k++) {
				*places[k] ^= 4;
				assert_int_equal(verify_copy(&ctx, &error), -EIO);
				assert_int_equal(error.err_type, types[k]);
				assert_int_equal(error.err_offset, 2);
				*places[k] ^= 4;
			}
			assert_int_equal(verify_copy(&ctx, &error), 0);
		}
	}
}

static void
disabled_copies_data_alone(void **state)
{
	struct dif_kind kind = {
		.type = SPDK_DIF_DISABLE, .data_size = 512, .md_size = 4, .is_interleaved = true};
	struct spdk_dif_ctx ctx;

	(void)state;
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	prepare(&kind, 0, 3);
	assert_int_equal(generate_copy(&ctx), 0);
	assert_same(&g_inter, &g_model, &kind);
	fill_plain(&kind, 0, 9);
	assert_int_equal(verify_copy(&ctx, NULL), 0);
	assert_memory_equal(g_plain.bytes, g_model.bytes, 512);
	assert_memory_equal(g_plain.bytes + 1024, g_model.bytes + 2 * 516, 512);
}

static void
either_side_may_be_too_short(void **state)
{
	struct dif_kind kind = fixture_kind(9), separate = fixture_kind(0);
	struct spdk_dif_ctx ctx;

	(void)state;
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	prepare(&kind, 0, 3);
	fixture_fill(&g_model, &kind, BLOCKS, 1003);
	g_plain.iovs[0].iov_len--;
	assert_int_equal(generate_copy(&ctx), -EINVAL);
	assert_int_equal(verify_copy(&ctx, NULL), -EINVAL);
	g_plain.iovs[0].iov_len++;
	g_inter.iovs[0].iov_len--;
	assert_int_equal(generate_copy(&ctx), -EINVAL);
	assert_int_equal(verify_copy(&ctx, NULL), -EINVAL);
	assert_same(&g_inter, &g_model, &kind);
	fixture_ctx(&ctx, &separate, FIXTURE_ALL_CHECKS);
	assert_int_equal(generate_copy(&ctx), -EINVAL);
	assert_int_equal(verify_copy(&ctx, NULL), -EINVAL);
	/* With PRACT and more metadata than that, both sides need room for it. */
	kind = fixture_kind(45);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS | SPDK_DIF_FLAGS_NVME_PRACT);
	prepare(&kind, 0, 3);
	assert_int_equal(generate_copy(&ctx), -EINVAL);
	assert_int_equal(verify_copy(&ctx, NULL), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back_is_what_it_was),
		cmocka_unit_test(every_split_of_both_sides),
		cmocka_unit_test(a_controller_writes_fields_that_are_not_checked),
		cmocka_unit_test(fields_without_a_flag_stay),
		cmocka_unit_test(wrong_block_is_found_while_copying),
		cmocka_unit_test(disabled_copies_data_alone),
		cmocka_unit_test(either_side_may_be_too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
