/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection information by accel, alone and in sequences: each operation does what the function of
 * spdk/dif.h does, with the same context, and an error is where that one finds it.
 */
#include "io/accel_fixture.h"
#include "spdk/dif.h"

#define BLOCKS  4
#define DATA    512
#define MD      8
#define BLOCK   (DATA + MD)
#define REF_TAG 100

static struct spdk_dif_ctx g_ctx, g_separate;
static uint8_t g_data[BLOCKS * DATA], g_blocks[BLOCKS * BLOCK], g_md[BLOCKS * MD];
static uint8_t g_back[BLOCKS * DATA], g_expected[BLOCKS * BLOCK];
static struct iovec g_data_iov[2], g_blocks_iov[2], g_md_iov, g_back_iov;

static int
set_up(void **state)
{
	struct spdk_dif_ctx_init_ext_opts opts = {
		.size = SPDK_SIZEOF(&opts, dif_pi_format),
		.dif_pi_format = SPDK_DIF_PI_FORMAT_16,
	};
	uint32_t flags = SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_APPTAG_CHECK |
			 SPDK_DIF_FLAGS_REFTAG_CHECK;

	(void)accel_set_up(state);
	assert_int_equal(spdk_dif_ctx_init(&g_ctx, BLOCK, MD, true, false, SPDK_DIF_TYPE1, flags,
					   REF_TAG, 0xffff, 0x1234, 0, 0, &opts),
			 0);
	assert_int_equal(spdk_dif_ctx_init(&g_separate, DATA, MD, false, false, SPDK_DIF_TYPE1,
					   flags, REF_TAG, 0xffff, 0x1234, 0, 0, &opts),
			 0);
	fill_bytes(g_data, sizeof(g_data), 1);
	memset(g_md, 0, sizeof(g_md));
	memset(g_back, 0, sizeof(g_back));
	for (int i = 0; i < BLOCKS; i++) {
		memcpy(g_blocks + i * BLOCK, g_data + i * DATA, DATA);
		memset(g_blocks + i * BLOCK + DATA, 0, MD);
	}
	/* In pieces that end within a block. */
	g_data_iov[0] = (struct iovec){g_data, 700};
	g_data_iov[1] = (struct iovec){g_data + 700, sizeof(g_data) - 700};
	g_blocks_iov[0] = (struct iovec){g_blocks, 515};
	g_blocks_iov[1] = (struct iovec){g_blocks + 515, sizeof(g_blocks) - 515};
	g_md_iov = (struct iovec){g_md, sizeof(g_md)};
	g_back_iov = (struct iovec){g_back, sizeof(g_back)};
	memcpy(g_expected, g_blocks, sizeof(g_expected));
	assert_int_equal(spdk_dif_generate(&(struct iovec){g_expected, sizeof(g_expected)}, 1,
					   BLOCKS, &g_ctx),
			 0);
	return 0;
}

static void
interleaved_blocks_are_protected_in_place_and_verified(void **state)
{
	struct spdk_dif_error err = {0};

	expect_status(spdk_accel_submit_dif_generate(g_ch, g_blocks_iov, 2, BLOCKS, &g_ctx,
						     count_done, ended),
		      0);
	assert_memory_equal(g_blocks, g_expected, sizeof(g_blocks));
	expect_status(spdk_accel_submit_dif_verify(g_ch, g_blocks_iov, 2, BLOCKS, &g_ctx, &err,
						   count_done, ended),
		      0);
	g_blocks[2 * BLOCK + 5] ^= 1;
	expect_status(spdk_accel_submit_dif_verify(g_ch, g_blocks_iov, 2, BLOCKS, &g_ctx, &err,
						   count_done, ended),
		      -EIO);
	assert_int_equal(err.err_type, SPDK_DIF_GUARD_ERROR);
	assert_int_equal(err.err_offset, 2);
	/* Nobody must want to know. */
	expect_status(spdk_accel_submit_dif_verify(g_ch, g_blocks_iov, 2, BLOCKS, &g_ctx, NULL,
						   count_done, ended),
		      -EIO);
}

static void
copies_gain_and_lose_protection(void **state)
{
	struct spdk_dif_error err = {0};

	memset(g_blocks, 0, sizeof(g_blocks));
	expect_status(spdk_accel_submit_dif_generate_copy(g_ch, g_blocks_iov, 2, g_data_iov, 2,
							  BLOCKS, &g_ctx, count_done, ended),
		      0);
	assert_memory_equal(g_blocks, g_expected, sizeof(g_blocks));
	expect_status(spdk_accel_submit_dif_verify_copy(g_ch, &g_back_iov, 1, g_blocks_iov, 2,
							BLOCKS, &g_ctx, &err, count_done, ended),
		      0);
	assert_memory_equal(g_back, g_data, sizeof(g_data));
	g_blocks[BLOCK + DATA + 7] ^= 1;
	expect_status(spdk_accel_submit_dif_verify_copy(g_ch, &g_back_iov, 1, g_blocks_iov, 2,
							BLOCKS, &g_ctx, &err, count_done, ended),
		      -EIO);
	assert_int_equal(err.err_type, SPDK_DIF_REFTAG_ERROR);
	assert_int_equal(err.err_offset, 1);
}

static void
separate_metadata_is_written_and_verified(void **state)
{
	struct spdk_dif_error err = {0};

	expect_status(spdk_accel_submit_dix_generate(g_ch, g_data_iov, 2, &g_md_iov, BLOCKS,
						     &g_separate, count_done, ended),
		      0);
	for (int i = 0; i < BLOCKS; i++) {
		assert_memory_equal(g_md + i * MD, g_expected + i * BLOCK + DATA, MD);
	}
	expect_status(spdk_accel_submit_dix_verify(g_ch, g_data_iov, 2, &g_md_iov, BLOCKS,
						   &g_separate, &err, count_done, ended),
		      0);
	g_md[3 * MD + 2] ^= 1;
	expect_status(spdk_accel_submit_dix_verify(g_ch, g_data_iov, 2, &g_md_iov, BLOCKS,
						   &g_separate, &err, count_done, ended),
		      -EIO);
	assert_int_equal(err.err_type, SPDK_DIF_APPTAG_ERROR);
	assert_int_equal(err.err_offset, 3);
}

static int
finish(struct spdk_accel_sequence *seq)
{
	struct done done = {0};

	spdk_accel_sequence_finish(seq, count_done, &done);
	poll_all();
	assert_int_equal(done.count, 1);
	return done.status;
}

/* Everything that can be appended, with an accel buffer in the middle and a copy that goes. */
static void
sequences_protect_verify_and_copy(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_memory_domain *domain;
	struct spdk_dif_error err = {0};
	struct iovec named;
	void *buf, *ctx;

	assert_int_equal(spdk_accel_get_buf(g_ch, sizeof(g_blocks), &buf, &domain, &ctx), 0);
	named = (struct iovec){buf, sizeof(g_blocks)};
	memset(g_blocks, 0, sizeof(g_blocks));
	assert_int_equal(spdk_accel_append_dix_generate(&seq, g_ch, g_data_iov, 2, NULL, NULL,
							&g_md_iov, NULL, NULL, BLOCKS, &g_separate,
							NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dix_verify(&seq, g_ch, g_data_iov, 2, NULL, NULL,
						      &g_md_iov, NULL, NULL, BLOCKS, &g_separate,
						      &err, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dif_generate_copy(&seq, g_ch, &named, 1, domain, ctx,
							     g_data_iov, 2, NULL, NULL, BLOCKS,
							     &g_ctx, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dif_verify(&seq, g_ch, &named, 1, domain, ctx, BLOCKS,
						      &g_ctx, &err, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dif_verify_copy(&seq, g_ch, &g_back_iov, 1, NULL, NULL,
							   &named, 1, domain, ctx, BLOCKS, &g_ctx,
							   &err, NULL, NULL),
			 0);
	assert_int_equal(finish(seq), 0);
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	assert_memory_equal(g_back, g_data, sizeof(g_data));
}

static void
an_error_ends_the_sequence(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_dif_error err = {0};

	assert_int_equal(spdk_accel_append_dif_generate(&seq, g_ch, g_blocks_iov, 2, NULL, NULL,
							BLOCKS, &g_ctx, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_blocks + BLOCK, 1, NULL, NULL,
						(uint8_t)~g_blocks[BLOCK], NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dif_verify_copy(&seq, g_ch, &g_back_iov, 1, NULL, NULL,
							   g_blocks_iov, 2, NULL, NULL, BLOCKS,
							   &g_ctx, &err, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_md, sizeof(g_md), NULL, NULL, 0xee,
						NULL, NULL),
			 0);
	assert_int_equal(finish(seq), -EIO);
	assert_int_equal(err.err_type, SPDK_DIF_GUARD_ERROR);
	assert_int_equal(err.err_offset, 1);
	assert_int_equal(g_md[0], 0);
}

/* Data that is changed where it lies goes back to where it came from. */
static void
blocks_of_a_domain_are_protected_there(void **state)
{
	struct spdk_memory_domain *system = spdk_memory_domain_get_system_domain();
	struct spdk_accel_sequence *seq = NULL;

	assert_int_equal(spdk_accel_append_dif_generate(&seq, g_ch, g_blocks_iov, 2, system, NULL,
							BLOCKS, &g_ctx, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dix_generate(&seq, g_ch, g_data_iov, 2, system, NULL,
							&g_md_iov, system, NULL, BLOCKS,
							&g_separate, NULL, NULL),
			 0);
	assert_int_equal(spdk_accel_append_dix_verify(&seq, g_ch, g_data_iov, 2, system, NULL,
						      &g_md_iov, system, NULL, BLOCKS, &g_separate,
						      NULL, NULL, NULL),
			 0);
	assert_int_equal(finish(seq), 0);
	assert_memory_equal(g_blocks, g_expected, sizeof(g_blocks));
	assert_memory_equal(g_md, g_expected + DATA, MD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, accel_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interleaved_blocks_are_protected_in_place_and_verified),
		TEST(copies_gain_and_lose_protection),
		TEST(separate_metadata_is_written_and_verified),
		TEST(sequences_protect_verify_and_copy),
		TEST(an_error_ends_the_sequence),
		TEST(blocks_of_a_domain_are_protected_there),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
