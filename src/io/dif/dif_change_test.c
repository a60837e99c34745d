/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks changed on purpose: errors that must be found again, and remapped reference tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/dif/dif_fixture.h"
#include "spdk/util.h"

#define BLOCKS 4

static struct dif_blocks g_blocks, g_before;

static int
inject(const struct spdk_dif_ctx *ctx, uint32_t flags, uint32_t *block)
{
	return ctx->md_interleave ?
		       spdk_dif_inject_error(g_blocks.iovs, g_blocks.iovcnt, g_blocks.count, ctx,
					     flags, block) :
		       spdk_dix_inject_error(g_blocks.iovs, g_blocks.iovcnt, &g_blocks.md_iov,
					     g_blocks.count, ctx, flags, block);
}

static int
remap(const struct spdk_dif_ctx *ctx, struct spdk_dif_error *error, bool is_checked)
{
	return ctx->md_interleave ? spdk_dif_remap_ref_tag(g_blocks.iovs, g_blocks.iovcnt,
							   g_blocks.count, ctx, error, is_checked) :
				    spdk_dix_remap_ref_tag(&g_blocks.md_iov, g_blocks.count, ctx,
							   error, is_checked);
}

static void
prepare(const struct dif_kind *kind, uint64_t seed)
{
	fixture_fill(&g_blocks, kind, BLOCKS, seed);
	fixture_model(&g_blocks, kind);
	g_before = g_blocks;
	fixture_pieces(&g_blocks, 113);
}

static uint32_t
bits_changed(void)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < sizeof(g_blocks.bytes); i++) {
		bits += (uint32_t)__builtin_popcount(g_blocks.bytes[i] ^ g_before.bytes[i]);
		bits += (uint32_t)__builtin_popcount(g_blocks.md[i] ^ g_before.md[i]);
	}
	return bits;
}

/* The block that was hit. */
static uint32_t
check_injected(const struct dif_kind *kind, uint8_t injected, uint8_t found)
{
	struct spdk_dif_error error;
	struct spdk_dif_ctx ctx;
	uint32_t block;

	prepare(kind, injected);
	fixture_ctx(&ctx, kind, FIXTURE_ALL_CHECKS);
	assert_int_equal(inject(&ctx, injected, &block), 0);
	assert_int_equal(bits_changed(), 1);
	if (kind->type != SPDK_DIF_TYPE3 || injected != SPDK_DIF_REFTAG_ERROR) {
		assert_int_equal(fixture_verify(&g_blocks, &ctx, &error), -EIO);
		assert_int_equal(error.err_type, found);
		assert_int_equal(error.err_offset, block);
	}
	assert_true(block < BLOCKS);
	return block;
}

static void
injected_error_is_found_where_it_is(void **state)
{
	static const uint8_t injected[] = {SPDK_DIF_REFTAG_ERROR, SPDK_DIF_APPTAG_ERROR,
					   SPDK_DIF_GUARD_ERROR, SPDK_DIF_DATA_ERROR};
	static const uint8_t found[] = {SPDK_DIF_REFTAG_ERROR, SPDK_DIF_APPTAG_ERROR,
					SPDK_DIF_GUARD_ERROR, SPDK_DIF_GUARD_ERROR};
	uint32_t i, k, round, blocks_hit = 0;
	struct dif_kind kind;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT * SPDK_COUNTOF(injected); i++) {
		kind = fixture_kind(i / SPDK_COUNTOF(injected));
		k = i % SPDK_COUNTOF(injected);
		for (round = 0; round < 4; round++) {
			blocks_hit |= 1U << check_injected(&kind, injected[k], found[k]);
		}
	}
	/* A thousand times chance, and one of 4 blocks never hit: not in this universe. */
	assert_int_equal(blocks_hit, 0xf);
}

static void
several_errors_are_one_bit_each(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	uint32_t block = 77;
	struct spdk_dif_ctx ctx;

	(void)state;
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	prepare(&kind, 1);
	assert_int_equal(inject(&ctx, 0, &block), 0);
	assert_int_equal(block, 77);
	assert_int_equal(bits_changed(), 0);
	assert_int_equal(inject(&ctx, 0xf, &block), 0);
	assert_true(block < BLOCKS);
	assert_int_equal(bits_changed(), 4);
}

static void
injected_tag_is_one_that_is_compared(void **state)
{
	struct dif_kind kind = fixture_kind(0);
	struct spdk_dif_ctx ctx;
	uint32_t round, block;

	(void)state;
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	for (round = 0; round < 200; round++) {
		ctx.app_tag = FIXTURE_APP_TAG;
		ctx.apptag_mask = (uint16_t)(1U << round % 16);
		prepare(&kind, round);
		assert_int_equal(inject(&ctx, SPDK_DIF_APPTAG_ERROR, &block), 0);
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), -EIO);
		/* One bit away from a tag that would switch checking off. */
		ctx.app_tag = (uint16_t) ~(1U << round % 16);
		ctx.apptag_mask = 0xffff;
		assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
		assert_int_equal(inject(&ctx, SPDK_DIF_APPTAG_ERROR, &block), 0);
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), -EIO);
	}
}

static void
what_cannot_be_injected_is_refused(void **state)
{
	struct dif_kind kind = fixture_kind(9), separate = fixture_kind(0);
	struct spdk_dif_ctx ctx, other;
	uint32_t block = 77;

	(void)state;
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	fixture_ctx(&other, &separate, FIXTURE_ALL_CHECKS);
	prepare(&kind, 1);
	assert_int_equal(inject(&ctx, 0x10, &block), -EINVAL);
	assert_int_equal(spdk_dif_inject_error(g_blocks.iovs, 1, BLOCKS, &ctx, 1, &block), -EINVAL);
	assert_int_equal(spdk_dif_inject_error(g_blocks.iovs, 1, 0, &ctx, 1, &block), -EINVAL);
	assert_int_equal(
		spdk_dif_inject_error(g_blocks.iovs, g_blocks.iovcnt, BLOCKS, &other, 1, &block),
		-EINVAL);
	assert_int_equal(spdk_dix_inject_error(g_blocks.iovs, g_blocks.iovcnt, NULL, BLOCKS, &other,
					       1, &block),
			 -EINVAL);
	kind.type = SPDK_DIF_DISABLE;
	fixture_ctx(&ctx, &kind, 0);
	assert_int_equal(inject(&ctx, SPDK_DIF_GUARD_ERROR, &block), -EINVAL);
	assert_int_equal(bits_changed(), 0);
	assert_int_equal(block, 77);
	assert_int_equal(inject(&ctx, SPDK_DIF_DATA_ERROR, &block), 0);
	assert_int_equal(bits_changed(), 1);
}

static void
remapped_blocks_are_those_of_the_other_place(void **state)
{
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint32_t i, is_checked;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		for (is_checked = 0; is_checked < 2; is_checked++) {
			prepare(&kind, i);
			fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
			spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, 0xabcdef);
			assert_int_equal(remap(&ctx, NULL, is_checked), 0);
			ctx.init_ref_tag = 0xabcdef;
			assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
			assert_int_equal(bits_changed() == 0, kind.type == SPDK_DIF_TYPE3);
			/* And back: nothing else has been touched. */
			spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, FIXTURE_REF_TAG);
			assert_int_equal(remap(&ctx, NULL, true), 0);
			assert_int_equal(bits_changed(), 0);
		}
	}
}

static void
remapping_counts_from_the_offset(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx;

	(void)state;
	prepare(&kind, 1);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	ctx.init_ref_tag = FIXTURE_REF_TAG - 5;
	spdk_dif_ctx_set_data_offset(&ctx, 5 * 512);
	spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, 100);
	assert_int_equal(remap(&ctx, NULL, true), 0);
	ctx.init_ref_tag = 105;
	spdk_dif_ctx_set_data_offset(&ctx, 0);
	assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
}

static void
wrong_tag_ends_remapping(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_error error = {0};
	struct spdk_dif_ctx ctx;
	uint8_t *pi = fixture_pi(&g_blocks, &kind, 2);

	(void)state;
	prepare(&kind, 1);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, 0);
	pi[7] ^= 1;
	assert_int_equal(remap(&ctx, &error, true), -EIO);
	assert_int_equal(error.err_type, SPDK_DIF_REFTAG_ERROR);
	assert_int_equal(error.err_offset, 2);
	assert_int_equal(error.expected, FIXTURE_REF_TAG + 2);
	assert_int_equal(error.actual, (FIXTURE_REF_TAG + 2) ^ 1);
	/* The two before it are done, it is not, nor are those behind. */
	assert_int_equal(fixture_pi(&g_blocks, &kind, 1)[7], 1);
	assert_int_equal(pi[7], ((FIXTURE_REF_TAG + 2) & 0xff) ^ 1);
	assert_memory_equal(fixture_pi(&g_blocks, &kind, 3), fixture_pi(&g_before, &kind, 3), 8);
	/* Unchecked, it is given its new tag like any other. */
	assert_int_equal(remap(&ctx, &error, false), 0);
	assert_int_equal(pi[7], 2);
	assert_int_equal(pi[4], 0);
}

static void
what_is_not_checked_is_not_remapped(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	uint8_t *pi = fixture_pi(&g_blocks, &kind, 2);
	struct spdk_dif_ctx ctx;
	uint8_t ignored[8];

	(void)state;
	prepare(&kind, 1);
	fixture_ctx(&ctx, &kind, SPDK_DIF_FLAGS_GUARD_CHECK);
	assert_int_equal(remap(&ctx, NULL, true), 0);
	assert_int_equal(bits_changed(), 0);
	fixture_ctx(&ctx, &kind, SPDK_DIF_FLAGS_REFTAG_CHECK);
	memset(pi + 2, 0xff, 2);
	memset(pi + 4, 0x66, 4);
	memcpy(ignored, pi, 8);
	assert_int_equal(remap(&ctx, NULL, true), 0);
	assert_memory_equal(pi, ignored, 8);
	assert_int_equal(fixture_pi(&g_blocks, &kind, 3)[7], 3);
}

static void
remapping_needs_all_metadata(void **state)
{
	struct dif_kind kind = fixture_kind(9), separate = fixture_kind(0);
	struct spdk_dif_ctx ctx, other;

	(void)state;
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	fixture_ctx(&other, &separate, FIXTURE_ALL_CHECKS);
	prepare(&kind, 1);
	assert_int_equal(spdk_dif_remap_ref_tag(g_blocks.iovs, 1, BLOCKS, &ctx, NULL, false),
			 -EINVAL);
	assert_int_equal(spdk_dix_remap_ref_tag(&g_blocks.iovs[0], 1, &ctx, NULL, false), -EINVAL);
	assert_int_equal(spdk_dif_remap_ref_tag(g_blocks.iovs, 5, 1, &other, NULL, false), -EINVAL);
	prepare(&separate, 1);
	assert_int_equal(spdk_dix_remap_ref_tag(NULL, 1, &other, NULL, false), -EINVAL);
	g_blocks.md_iov.iov_len--;
	assert_int_equal(remap(&other, NULL, false), -EINVAL);
	assert_int_equal(bits_changed(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(injected_error_is_found_where_it_is),
		cmocka_unit_test(several_errors_are_one_bit_each),
		cmocka_unit_test(injected_tag_is_one_that_is_compared),
		cmocka_unit_test(what_cannot_be_injected_is_refused),
		cmocka_unit_test(remapped_blocks_are_those_of_the_other_place),
		cmocka_unit_test(remapping_counts_from_the_offset),
		cmocka_unit_test(wrong_tag_ends_remapping),
		cmocka_unit_test(what_is_not_checked_is_not_remapped),
		cmocka_unit_test(remapping_needs_all_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
