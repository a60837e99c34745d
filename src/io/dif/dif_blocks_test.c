/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole blocks: what is generated, byte for byte, and what verifying finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/dif/dif_fixture.h"
#include "spdk/endian.h"
#include "spdk/util.h"

static struct dif_blocks g_blocks, g_model;

/* Fills in the same blocks twice, and lets the model write into one of them. */
static void
prepare(const struct dif_kind *kind, uint32_t count, uint64_t seed)
{
	fixture_fill(&g_blocks, kind, count, seed);
	fixture_fill(&g_model, kind, count, seed);
	fixture_model(&g_model, kind);
}

static void
assert_as_model(const struct dif_kind *kind)
{
	if (memcmp(g_blocks.bytes, g_model.bytes, sizeof(g_model.bytes)) != 0 ||
	    memcmp(g_blocks.md, g_model.md, sizeof(g_model.md)) != 0) {
		fail_msg("not as the model has it: %s", fixture_kind_name(kind));
	}
}

static void
generated_is_what_the_standards_say(void **state)
{
	static const size_t pieces[] = {1, 3, 8, 100, 511, 512, 520};
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint32_t i;
	size_t k;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		for (k = 0; k < SPDK_COUNTOF(pieces); k++) {
			prepare(&kind, 3, i);
			if (g_blocks.size / pieces[k] < FIXTURE_IOVS_MAX) {
				fixture_pieces(&g_blocks, pieces[k]);
			}
			assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
			assert_as_model(&kind);
			assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
		}
	}
}

static void
every_split_gives_the_same(void **state)
{
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint32_t i;
	size_t at;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		if (kind.format != SPDK_DIF_PI_FORMAT_16 || kind.type != SPDK_DIF_TYPE1) {
			continue;
		}
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		prepare(&kind, 2, i);
		for (at = 0; at <= g_blocks.size; at++) {
			fixture_split(&g_blocks, at);
			memset(fixture_pi(&g_blocks, &kind, 0), 0x77, 8);
			memset(fixture_pi(&g_blocks, &kind, 1), 0x77, 8);
			assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
			assert_as_model(&kind);
			assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
		}
	}
}

/* NVM Command Set Specification, 5.2.1.3: 4 KiB of each of these. */
static void
guards_of_the_specification(void **state)
{
	static const struct {
		uint32_t guard_32;
		uint64_t guard_64;
	} cases[] = {
		{0x98f94189, 0x6482d367eb22b64e}, /* 00h */
		{0x25c1fe13, 0xc0ddba7302eca3ac}, /* FFh */
		{0x9c71fe32, 0x3e729f5f6750449c}, /* 00h, 01h, ... FFh, 00h, ... */
		{0x214941a8, 0x9a2df64b8e9e517e}, /* FFh, FEh, ... 00h, FFh, ... */
	};
	struct dif_kind kind = {.type = SPDK_DIF_TYPE1, .data_size = 4096, .md_size = 16};
	struct spdk_dif_ctx ctx;
	uint32_t i, at, format;

	(void)state;
	for (i = 0; i < SPDK_COUNTOF(cases); i++) {
		for (format = SPDK_DIF_PI_FORMAT_32; format <= SPDK_DIF_PI_FORMAT_64; format++) {
			kind.format = (enum spdk_dif_pi_format)format;
			kind.is_head = true;
			fixture_fill(&g_blocks, &kind, 1, 0);
			fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
			for (at = 0; at < 4096; at++) {
				uint8_t values[] = {0, 0xff, (uint8_t)at, (uint8_t)~at};

				g_blocks.bytes[at] = values[i];
			}
			assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
			if (format == SPDK_DIF_PI_FORMAT_32) {
				assert_int_equal(from_be32(g_blocks.md), cases[i].guard_32);
			} else {
				assert_int_equal(from_be64(g_blocks.md), cases[i].guard_64);
			}
		}
	}
}

static void
empty_elements_are_nothing(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx;
	int i;

	(void)state;
	prepare(&kind, 2, 1);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	fixture_pieces(&g_blocks, 260);
	for (i = 3; i >= 0; i--) {
		g_blocks.iovs[i * 4 + 3] = g_blocks.iovs[i];
		memset(&g_blocks.iovs[i * 4], 0, 3 * sizeof(g_blocks.iovs[0]));
	}
	g_blocks.iovcnt = 16;
	assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
	assert_as_model(&kind);
	assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
}

static void
guard_begins_with_the_seed(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx;
	uint64_t guard;

	(void)state;
	fixture_fill(&g_blocks, &kind, 1, 0);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	ctx.guard_seed = 0x1234;
	assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
	guard = fixture_model_guard(kind.format, g_blocks.bytes, 512, 0x1234);
	assert_int_equal(from_be16(fixture_pi(&g_blocks, &kind, 0)), guard);
	assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
}

/* The error that each byte of a block stands for; 0 where it may be anything. */
static uint8_t
error_of(const struct dif_kind *kind, const uint8_t *pi, const uint8_t *byte)
{
	static const uint8_t guard_sizes[] = {2, 4, 8}, ref_offsets[] = {4, 8, 10};
	const bool is_tail_md = byte >= pi + (kind->format == SPDK_DIF_PI_FORMAT_16 ? 8 : 16);

	if (byte < pi) {
		return SPDK_DIF_GUARD_ERROR;
	}
	if (byte < pi + guard_sizes[kind->format]) {
		return SPDK_DIF_GUARD_ERROR;
	}
	if (byte < pi + guard_sizes[kind->format] + 2) {
		return SPDK_DIF_APPTAG_ERROR;
	}
	if (byte < pi + ref_offsets[kind->format] || is_tail_md || kind->type == SPDK_DIF_TYPE3) {
		return 0;
	}
	return SPDK_DIF_REFTAG_ERROR;
}

static void
check_flipped(const struct dif_kind *kind, const struct spdk_dif_ctx *ctx, uint8_t *byte,
	      uint8_t type)
{
	struct spdk_dif_error error;
	int rc;

	memset(&error, 0x5a, sizeof(error));
	*byte ^= 0x10;
	rc = fixture_verify(&g_blocks, ctx, &error);
	*byte ^= 0x10;
	if (type == 0) {
		assert_int_equal(rc, 0);
		assert_int_equal(error.err_type, 0x5a);
		return;
	}
	if (rc != -EIO || error.err_type != type || error.err_offset != 1) {
		fail_msg("rc %d, type %u instead of %u, block %u: %s", rc, error.err_type, type,
			 error.err_offset, fixture_kind_name(kind));
	}
	assert_int_not_equal(error.expected, error.actual);
}

static void
every_wrong_byte_is_found(void **state)
{
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint8_t *pi, *md, *data;
	uint32_t i, at;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		fixture_fill(&g_blocks, &kind, 3, i);
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
		fixture_pieces(&g_blocks, 97);
		data = g_blocks.bytes + fixture_stride(&kind);
		md = fixture_md(&g_blocks, &kind, 1);
		pi = fixture_pi(&g_blocks, &kind, 1);
		for (at = 0; at < kind.data_size; at += at < 20 ? 1 : 53) {
			check_flipped(&kind, &ctx, data + at, SPDK_DIF_GUARD_ERROR);
		}
		for (at = 0; at < kind.md_size; at++) {
			check_flipped(&kind, &ctx, md + at, error_of(&kind, pi, md + at));
		}
	}
}

static void
error_tells_both_values(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_error error = {0};
	struct spdk_dif_ctx ctx;
	uint64_t guard;
	uint8_t *pi;

	(void)state;
	fixture_fill(&g_blocks, &kind, 2, 0);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
	pi = fixture_pi(&g_blocks, &kind, 1);
	guard = from_be16(pi);
	to_be16(pi, (uint16_t)(guard + 1));
	to_be16(pi + 2, 0x1111);
	to_be32(pi + 4, 0x2222);
	assert_int_equal(fixture_verify(&g_blocks, &ctx, &error), -EIO);
	assert_int_equal(error.err_type, SPDK_DIF_GUARD_ERROR);
	assert_int_equal(error.expected, guard);
	assert_int_equal(error.actual, guard + 1);
	assert_int_equal(error.err_offset, 1);
	ctx.dif_flags &= ~SPDK_DIF_FLAGS_GUARD_CHECK;
	assert_int_equal(fixture_verify(&g_blocks, &ctx, &error), -EIO);
	assert_int_equal(error.err_type, SPDK_DIF_APPTAG_ERROR);
	assert_int_equal(error.expected, FIXTURE_APP_TAG);
	assert_int_equal(error.actual, 0x1111);
	ctx.dif_flags &= ~SPDK_DIF_FLAGS_APPTAG_CHECK;
	assert_int_equal(fixture_verify(&g_blocks, &ctx, &error), -EIO);
	assert_int_equal(error.err_type, SPDK_DIF_REFTAG_ERROR);
	assert_int_equal(error.expected, FIXTURE_REF_TAG + 1);
	assert_int_equal(error.actual, 0x2222);
	ctx.dif_flags &= ~SPDK_DIF_FLAGS_REFTAG_CHECK;
	assert_int_equal(fixture_verify(&g_blocks, &ctx, &error), 0);
}

static void
only_bits_of_the_mask_are_compared(void **state)
{
	struct dif_kind kind = fixture_kind(0);
	struct spdk_dif_error error = {0};
	struct spdk_dif_ctx ctx;

	(void)state;
	fixture_fill(&g_blocks, &kind, 1, 0);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
	assert_int_equal(from_be16(g_blocks.md + 2), FIXTURE_APP_TAG);
	ctx.app_tag = 0x5ac3;
	ctx.apptag_mask = 0x00ff;
	assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
	ctx.apptag_mask = 0x0fff;
	assert_int_equal(fixture_verify(&g_blocks, &ctx, &error), -EIO);
	assert_int_equal(error.expected, 0xac3);
	assert_int_equal(error.actual, 0x5c3);
}

static void
only_fields_with_a_flag_are_written(void **state)
{
	static const uint32_t flags[] = {SPDK_DIF_FLAGS_GUARD_CHECK, SPDK_DIF_FLAGS_APPTAG_CHECK,
					 SPDK_DIF_FLAGS_REFTAG_CHECK};
	static const uint32_t begins[] = {0, 2, 4}, ends[] = {2, 4, 8};
	struct spdk_dif_ctx ctx;
	struct dif_kind kind = fixture_kind(9);
	uint8_t *pi = fixture_pi(&g_blocks, &kind, 0);
	uint8_t *model = fixture_pi(&g_model, &kind, 0);
	uint32_t i, set, at;

	(void)state;
	for (set = 0; set < 8; set++) {
		prepare(&kind, 1, set);
		fixture_ctx(&ctx, &kind, 0);
		memset(pi, 0xee, 8);
		for (i = 0; i < 3; i++) {
			if ((set >> i & 1) == 0) {
				memset(model + begins[i], 0xee, ends[i] - begins[i]);
			} else {
				ctx.dif_flags |= flags[i];
			}
		}
		assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
		assert_as_model(&kind);
		for (i = 0; i < 3; i++) {
			at = begins[i];
			pi[at] ^= 1;
			assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL),
					 (set >> i & 1) ? -EIO : 0);
			pi[at] ^= 1;
		}
	}
}

static void
tags_that_switch_checking_off(void **state)
{
	static const uint8_t guard_sizes[] = {2, 4, 8}, ref_offsets[] = {4, 8, 10};
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint8_t *pi;
	uint32_t i;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		fixture_fill(&g_blocks, &kind, 2, i);
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
		pi = fixture_pi(&g_blocks, &kind, 1);
		pi[0] ^= 1;
		memset(pi + guard_sizes[kind.format], 0xff, 2);
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL),
				 kind.type == SPDK_DIF_TYPE3 ? -EIO : 0);
		/* A reference tag of all ones is one byte short of it. */
		memset(pi + ref_offsets[kind.format] + 1, 0xff,
		       (kind.format == SPDK_DIF_PI_FORMAT_16 ? 8 : 16) - ref_offsets[kind.format] -
			       1);
		pi[ref_offsets[kind.format]] = 0xfe;
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL),
				 kind.type == SPDK_DIF_TYPE3 ? -EIO : 0);
		pi[ref_offsets[kind.format]] = 0xff;
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
		memset(pi + guard_sizes[kind.format], 0xfe, 1);
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), -EIO);
	}
}

static void
initial_tag_of_all_ones_stays_in_every_block(void **state)
{
	static const uint8_t ref_offsets[] = {4, 8, 10}, ends[] = {8, 16, 16};
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint32_t i, at;
	uint8_t *pi;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		fixture_fill(&g_blocks, &kind, 2, i);
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		ctx.init_ref_tag = SPDK_DIF_REFTAG_IGNORE;
		assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
		pi = fixture_pi(&g_blocks, &kind, 1);
		for (at = ref_offsets[kind.format]; at < ends[kind.format]; at++) {
			assert_int_equal(pi[at], 0xff);
		}
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
	}
}

static void
reference_tags_count_as_wide_as_they_are(void **state)
{
	static const uint64_t expected[] = {1, 0x100000001, 0x100000001};
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint64_t tag;
	uint8_t *pi;
	uint32_t format;

	(void)state;
	for (format = 0; format < 3; format++) {
		kind = fixture_kind(format + 9);
		fixture_fill(&g_blocks, &kind, 2, format);
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		ctx.init_ref_tag = 0xfffffffe;
		spdk_dif_ctx_set_data_offset(&ctx, kind.data_size * 2);
		assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
		pi = fixture_pi(&g_blocks, &kind, 1);
		if (format == SPDK_DIF_PI_FORMAT_16) {
			tag = from_be32(pi + 4);
		} else {
			tag = from_be64(pi + 8) & 0xffffffffffff;
		}
		assert_int_equal(tag, expected[format]);
		assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
	}
}

static void
disabled_does_nothing(void **state)
{
	struct dif_kind kind = fixture_kind(9);
	struct spdk_dif_ctx ctx;

	(void)state;
	kind.type = SPDK_DIF_DISABLE;
	fixture_fill(&g_blocks, &kind, 2, 5);
	fixture_fill(&g_model, &kind, 2, 5);
	fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
	assert_int_equal(fixture_generate(&g_blocks, &ctx), 0);
	assert_int_equal(fixture_verify(&g_blocks, &ctx, NULL), 0);
	assert_as_model(&kind);
}

static void
short_buffers_and_the_other_kind_are_refused(void **state)
{
	struct dif_kind inter = fixture_kind(9), separate = fixture_kind(0);
	struct spdk_dif_ctx inter_ctx, separate_ctx;

	(void)state;
	fixture_ctx(&inter_ctx, &inter, FIXTURE_ALL_CHECKS);
	fixture_ctx(&separate_ctx, &separate, FIXTURE_ALL_CHECKS);
	fixture_fill(&g_blocks, &inter, 2, 0);
	fixture_fill(&g_model, &inter, 2, 0);
	assert_int_equal(spdk_dif_generate(g_blocks.iovs, 2, 2, &separate_ctx), -EINVAL);
	assert_int_equal(spdk_dif_verify(g_blocks.iovs, 2, 2, &separate_ctx, NULL), -EINVAL);
	g_blocks.iovs[0].iov_len--;
	assert_int_equal(spdk_dif_generate(g_blocks.iovs, 2, 2, &inter_ctx), -EINVAL);
	assert_int_equal(spdk_dif_verify(g_blocks.iovs, 2, 2, &inter_ctx, NULL), -EINVAL);
	assert_int_equal(spdk_dif_generate(g_blocks.iovs, 2, UINT32_MAX, &inter_ctx), -EINVAL);
	assert_as_model(&inter);
	assert_int_equal(spdk_dif_generate(NULL, 0, 0, &inter_ctx), 0);

	fixture_fill(&g_blocks, &separate, 2, 0);
	fixture_fill(&g_model, &separate, 2, 0);
	assert_int_equal(fixture_generate(&g_blocks, &separate_ctx), 0);
	assert_int_equal(spdk_dix_generate(g_blocks.iovs, 2, &g_blocks.md_iov, 1, &inter_ctx),
			 -EINVAL);
	assert_int_equal(spdk_dix_generate(g_blocks.iovs, 2, NULL, 2, &separate_ctx), -EINVAL);
	g_blocks.md_iov.iov_len--;
	assert_int_equal(fixture_generate(&g_blocks, &separate_ctx), -EINVAL);
	assert_int_equal(fixture_verify(&g_blocks, &separate_ctx, NULL), -EINVAL);
	g_blocks.md_iov.iov_len++;
	g_blocks.iovs[0].iov_len--;
	assert_int_equal(fixture_generate(&g_blocks, &separate_ctx), -EINVAL);
	assert_int_equal(fixture_verify(&g_blocks, &separate_ctx, NULL), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_is_what_the_standards_say),
		cmocka_unit_test(every_split_gives_the_same),
		cmocka_unit_test(guards_of_the_specification),
		cmocka_unit_test(empty_elements_are_nothing),
		cmocka_unit_test(guard_begins_with_the_seed),
		cmocka_unit_test(every_wrong_byte_is_found),
		cmocka_unit_test(error_tells_both_values),
		cmocka_unit_test(only_bits_of_the_mask_are_compared),
		cmocka_unit_test(only_fields_with_a_flag_are_written),
		cmocka_unit_test(tags_that_switch_checking_off),
		cmocka_unit_test(initial_tag_of_all_ones_stays_in_every_block),
		cmocka_unit_test(reference_tags_count_as_wide_as_they_are),
		cmocka_unit_test(disabled_does_nothing),
		cmocka_unit_test(short_buffers_and_the_other_kind_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
