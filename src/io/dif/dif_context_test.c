/* SPDX-License-Identifier: BSD-3-Clause */
/* Contexts: which blocks there can be, where protection information is in them, and sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/dif/dif_fixture.h"
#include "spdk/util.h"

struct shape {
	uint32_t block_size;
	uint32_t md_size;
	bool is_interleaved;
	int type;
	uint32_t format;
	int rc;
};

static void
only_blocks_of_the_format_are_accepted(void **state)
{
	static const struct shape shapes[] = {
		{520, 8, true, 1, 0, 0},          {512, 8, false, 1, 0, 0},
		{4104, 8, true, 2, 0, 0},         {4096, 64, false, 3, 0, 0},
		{4112, 16, true, 1, 1, 0},        {4096, 16, false, 1, 2, 0},
		{8320, 128, true, 3, 2, 0},       {520, 8, true, 0, 0, 0},
		{516, 4, true, 0, 0, 0},          {512, 1, false, 0, 2, 0},
		{520, 8, true, 4, 0, -EINVAL},    {520, 8, true, -1, 0, -EINVAL},
		{520, 8, true, 1, 3, -EINVAL},    {520, 8, true, 1, 256, -EINVAL},
		{512, 0, true, 1, 0, -EINVAL},    {512, 0, false, 0, 0, -EINVAL},
		{519, 7, true, 1, 0, -EINVAL},    {4096, 8, false, 1, 1, -EINVAL},
		{4111, 15, true, 1, 2, -EINVAL},  {8, 8, true, 1, 0, -EINVAL},
		{7, 8, true, 1, 0, -EINVAL},      {0, 8, false, 1, 0, -EINVAL},
		{0, 8, false, 0, 0, -EINVAL},     {8, 8, true, 0, 0, -EINVAL},
		{521, 8, true, 1, 0, -EINVAL},    {4100, 128, true, 1, 0, -EINVAL},
		{528, 16, true, 1, 1, -EINVAL},   {512, 16, false, 1, 2, -EINVAL},
		{4100, 16, false, 1, 1, -EINVAL},
	};
	struct spdk_dif_ctx_init_ext_opts opts = {.size = sizeof(opts)};
	struct spdk_dif_ctx ctx, before;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < SPDK_COUNTOF(shapes); i++) {
		memset(&ctx, 0x5a, sizeof(ctx));
		before = ctx;
		opts.dif_pi_format = shapes[i].format;
		rc = spdk_dif_ctx_init(&ctx, shapes[i].block_size, shapes[i].md_size,
				       shapes[i].is_interleaved, false,
				       (enum spdk_dif_type)shapes[i].type, 0, 0, 0, 0, 0, 0, &opts);
		if (rc != shapes[i].rc) {
			fail_msg("shape %zu: %d instead of %d", i, rc, shapes[i].rc);
		}
		assert_int_equal(memcmp(&ctx, &before, sizeof(ctx)) == 0, rc != 0);
	}
}

static void
place_of_protection_information(void **state)
{
	struct dif_blocks *blocks = test_malloc(sizeof(*blocks));
	struct spdk_dif_ctx ctx;
	struct dif_kind kind;
	uint8_t *pi, *begin;
	uint32_t i;

	(void)state;
	for (i = 0; i < FIXTURE_KINDS_COUNT; i++) {
		kind = fixture_kind(i);
		fixture_ctx(&ctx, &kind, FIXTURE_ALL_CHECKS);
		pi = fixture_pi(blocks, &kind, 0);
		begin = kind.is_interleaved ? blocks->bytes : blocks->md;
		assert_int_equal(ctx.guard_interval, pi - begin);
	}
	test_free(blocks);
}

static void
format_is_16_where_none_is_given(void **state)
{
	struct spdk_dif_ctx_init_ext_opts opts = {.size = sizeof(opts.size), .dif_pi_format = 9};
	struct spdk_dif_ctx ctx;

	(void)state;
	assert_int_equal(spdk_dif_ctx_init(&ctx, 520, 8, true, true, SPDK_DIF_TYPE2, 7, 8, 9, 10,
					   1100, 11, NULL),
			 0);
	assert_int_equal(ctx.dif_pi_format, SPDK_DIF_PI_FORMAT_16);
	assert_int_equal(ctx.dif_type, SPDK_DIF_TYPE2);
	assert_int_equal(ctx.dif_flags, 7);
	assert_int_equal(ctx.init_ref_tag, 8);
	assert_int_equal(ctx.apptag_mask, 9);
	assert_int_equal(ctx.app_tag, 10);
	assert_int_equal(ctx.data_offset, 1100);
	assert_int_equal(ctx.ref_tag_offset, 2);
	assert_int_equal(ctx.guard_seed, 11);
	assert_int_equal(ctx.last_guard, 11);
	/* What lies beyond the size of the options is not read. */
	assert_int_equal(spdk_dif_ctx_init(&ctx, 520, 8, true, true, SPDK_DIF_TYPE2, 7, 8, 9, 10, 0,
					   0, &opts),
			 0);
	assert_int_equal(ctx.dif_pi_format, SPDK_DIF_PI_FORMAT_16);
	spdk_dif_ctx_set_data_offset(&ctx, 5 * 512 - 1);
	assert_int_equal(ctx.data_offset, 5 * 512 - 1);
	assert_int_equal(ctx.ref_tag_offset, 4);
	spdk_dif_ctx_set_remapped_init_ref_tag(&ctx, 77);
	assert_int_equal(ctx.remapped_init_ref_tag, 77);
}

static void
sizes_with_metadata(void **state)
{
	struct spdk_dif_ctx inter, separate;
	uint32_t offset, length;

	(void)state;
	assert_int_equal(spdk_dif_ctx_init(&inter, 520, 8, true, true, SPDK_DIF_TYPE1, 0, 0, 0, 0,
					   0, 0, NULL),
			 0);
	assert_int_equal(spdk_dif_ctx_init(&separate, 512, 8, false, true, SPDK_DIF_TYPE1, 0, 0, 0,
					   0, 0, 0, NULL),
			 0);
	assert_int_equal(spdk_dif_get_length_with_md(0, &inter), 0);
	assert_int_equal(spdk_dif_get_length_with_md(511, &inter), 511);
	assert_int_equal(spdk_dif_get_length_with_md(512, &inter), 520);
	assert_int_equal(spdk_dif_get_length_with_md(1030, &inter), 1046);
	assert_int_equal(spdk_dif_get_length_with_md(1030, &separate), 1030);
	spdk_dif_get_range_with_md(1000, 500, &offset, &length, &inter);
	assert_int_equal(offset, 1008);
	assert_int_equal(length, 508);
	spdk_dif_get_range_with_md(1000, 24, &offset, &length, &inter);
	assert_int_equal(length, 32);
	spdk_dif_get_range_with_md(1000, 23, NULL, &length, &inter);
	assert_int_equal(length, 23);
	spdk_dif_get_range_with_md(1024, 1024, &offset, NULL, &inter);
	assert_int_equal(offset, 1040);
	spdk_dif_get_range_with_md(1000, 500, &offset, &length, &separate);
	assert_int_equal(offset, 1000);
	assert_int_equal(length, 500);
	assert_int_equal(spdk_dif_pi_format_get_size(SPDK_DIF_PI_FORMAT_16), 8);
	assert_int_equal(spdk_dif_pi_format_get_size(SPDK_DIF_PI_FORMAT_32), 16);
	assert_int_equal(spdk_dif_pi_format_get_size(SPDK_DIF_PI_FORMAT_64), 16);
	assert_int_equal(spdk_dif_pi_format_get_size((enum spdk_dif_pi_format)3), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_blocks_of_the_format_are_accepted),
		cmocka_unit_test(place_of_protection_information),
		cmocka_unit_test(format_is_16_where_none_is_given),
		cmocka_unit_test(sizes_with_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
