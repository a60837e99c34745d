/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads, writes and compares with options, metadata and tags, in one buffer and in pieces. */
#include "io/nvme/ctrlr.h"
#include "io/nvme/io_fixture.h"

#define BLOCK  512
#define MD     16
#define BUFFER (512 * 1024)
/* More than MDTS, 128 KiB, three times. */
#define LONG 600

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_data, *g_md, *g_in, *g_md_in;

/* A buffer as pieces of so many bytes, which are told by cb_arg; the result comes first. */
struct pieces {
	struct ctrlr_result result;
	uint8_t *buffer;
	uint32_t piece;
	uint32_t offset;
};

static struct pieces g_pieces;

static void
reset_pieces(void *cb_arg, uint32_t offset)
{
	struct pieces *pieces = cb_arg;

	pieces->offset = offset;
}

static int
next_piece(void *cb_arg, void **address, uint32_t *length)
{
	struct pieces *pieces = cb_arg;

	*address = pieces->buffer + pieces->offset;
	*length = pieces->piece - pieces->offset % pieces->piece;
	pieces->offset += *length;
	return 0;
}

static void
open_with(uint16_t md_size, uint8_t pi_type)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){
		.blocks = 4096, .block_size = BLOCK, .md_size = md_size, .pi_type = pi_type};
	g_data = io_memory(BUFFER);
	g_md = io_memory(BUFFER);
	g_in = io_memory(BUFFER);
	g_md_in = io_memory(BUFFER);
	io_fill(g_data, BUFFER, 1);
	io_fill(g_md, BUFFER, 2);
	memset(&g_result, 0, sizeof(g_result));
	memset(&g_pieces, 0, sizeof(g_pieces));
	io_open(&g_host, &opts, NULL);
	/* Errors are meant. */
	log_capture_start();
}

static void
close_all(void)
{
	log_capture_stop();
	/* Nothing came twice. */
	io_turn(&g_host, 10);
	assert_int_equal(g_result.count, 0);
	assert_int_equal(g_pieces.result.count, 0);
	io_close(&g_host);
	spdk_free(g_data);
	spdk_free(g_md);
	spdk_free(g_in);
	spdk_free(g_md_in);
}

static void
compare(uint32_t blocks, uint32_t sct, uint32_t sc)
{
	assert_int_equal(spdk_nvme_ns_cmd_compare_with_md(g_host.ns, g_host.qpair, g_data, g_md, 7,
							  blocks, ctrlr_done, &g_result, 0, 0, 0),
			 0);
	io_expect(&g_host, &g_result, sct, sc);
}

static void
compare_pieces(uint32_t blocks, uint32_t sct, uint32_t sc)
{
	g_pieces.buffer = g_data;
	g_pieces.piece = 4096;
	assert_int_equal(spdk_nvme_ns_cmd_comparev_with_md(g_host.ns, g_host.qpair, 7, blocks,
							   ctrlr_done, &g_pieces, 0, reset_pieces,
							   next_piece, g_md, 0, 0),
			 0);
	io_expect(&g_host, &g_pieces.result, sct, sc);
}

/* One byte differs; both ways to compare see it. */
static void
expect_difference(uint8_t *byte, uint32_t blocks)
{
	*byte ^= 1;
	compare(blocks, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE);
	compare_pieces(blocks, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE);
	*byte ^= 1;
}

static void
metadata_are_compared_with_their_blocks(void **state)
{
	struct spdk_nvme_ns_cmd_ext_io_opts opts = {.size = sizeof(opts)};

	open_with(MD, 0);
	opts.metadata = g_md;
	assert_int_equal(spdk_nvme_ns_cmd_write_ext(g_host.ns, g_host.qpair, g_data, 7, LONG,
						    ctrlr_done, &g_result, &opts),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_WRITE), 3);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 7 * BLOCK, g_data, LONG * BLOCK);
	assert_memory_equal(fake_ns_metadata(g_host.fake, 1) + 7 * MD, g_md, LONG * MD);

	compare(3, 0, 0);
	compare_pieces(3, 0, 0);
	expect_difference(g_data + 3 * BLOCK - 1, 3);
	expect_difference(g_md + 3 * MD - 1, 3);
	/* In each of the parts of what is split. */
	compare(LONG, 0, 0);
	compare_pieces(LONG, 0, 0);
	for (uint32_t block = 0; block < LONG; block += LONG - 1) {
		expect_difference(g_md + block * MD, LONG);
		expect_difference(g_data + block * BLOCK, LONG);
	}
	close_all();
}

static void
without_a_buffer_for_metadata_nothing_is_compared(void **state)
{
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;

	open_with(MD, 0);
	ns = g_host.ns;
	qpair = g_host.qpair;
	assert_int_equal(spdk_nvme_ns_cmd_compare_with_md(ns, qpair, g_data, NULL, 0, 1, ctrlr_done,
							  &g_result, 0, 0, 0),
			 -EINVAL);
	assert_non_null(strstr(g_log_capture.text, "separate metadata"));
	assert_int_equal(spdk_nvme_ns_cmd_comparev_with_md(ns, qpair, 0, 1, ctrlr_done, &g_pieces,
							   0, reset_pieces, next_piece, NULL, 0, 0),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ns_cmd_comparev_with_md(ns, qpair, 0, 1, ctrlr_done, &g_pieces,
							   0, reset_pieces, NULL, g_md, 0, 0),
			 -EINVAL);
	/* The device takes metadata from multiples of 4. */
	assert_int_equal(spdk_nvme_ns_cmd_compare_with_md(ns, qpair, g_data, g_md + 2, 0, 1,
							  ctrlr_done, &g_result, 0, 0, 0),
			 -EFAULT);
	assert_int_equal(qpair->outstanding, 0);
	close_all();
}

static void
tags_of_a_compare_are_in_its_command(void **state)
{
	const uint32_t flags = SPDK_NVME_IO_FLAGS_PRCHK_APPTAG | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG;
	const struct spdk_nvme_cmd *cmd;

	open_with(8, SPDK_NVME_FMT_NVM_PROTECTION_TYPE1);
	assert_int_equal(spdk_nvme_ns_cmd_compare_with_md(g_host.ns, g_host.qpair, g_data, g_md,
							  0x123, 2, ctrlr_done, &g_result, flags,
							  0xff0f, 0x4321),
			 0);
	g_pieces.buffer = g_data;
	g_pieces.piece = 4096;
	assert_int_equal(spdk_nvme_ns_cmd_comparev_with_md(
				 g_host.ns, g_host.qpair, 0x123, 2, ctrlr_done, &g_pieces, flags,
				 reset_pieces, next_piece, g_md, 0xff0f, 0x4321),
			 0);
	for (uint32_t back = 1; back <= 2; back++) {
		cmd = io_command_before(&g_host, back);
		assert_int_equal(cmd->opc, 0x05);
		assert_int_equal(cmd->cdw10, 0x123);
		assert_int_equal(cmd->cdw11, 0);
		assert_int_equal(cmd->cdw12, 0x0c000001);
		assert_int_equal(cmd->cdw14, 0x123);
		assert_int_equal(cmd->cdw15, 0xff0f4321);
	}
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE);
	io_expect(&g_host, &g_pieces.result, SPDK_NVME_SCT_MEDIA_ERROR,
		  SPDK_NVME_SC_COMPARE_FAILURE);
	close_all();
}

static void
read_pieces(struct spdk_nvme_ns_cmd_ext_io_opts *opts, uint32_t blocks, uint32_t sct, uint32_t sc)
{
	g_pieces.buffer = g_in;
	g_pieces.piece = 4096;
	assert_int_equal(spdk_nvme_ns_cmd_readv_ext(g_host.ns, g_host.qpair, 7, blocks, ctrlr_done,
						    &g_pieces, reset_pieces, next_piece, opts),
			 0);
	io_expect(&g_host, &g_pieces.result, sct, sc);
}

static void
options_carry_metadata_and_tags(void **state)
{
	struct spdk_nvme_ns_cmd_ext_io_opts opts = {.size = sizeof(opts)};

	open_with(8, SPDK_NVME_FMT_NVM_PROTECTION_TYPE1);
	/* The controller makes protection information with our tag. */
	opts.io_flags = SPDK_NVME_IO_FLAGS_PRACT;
	opts.apptag = 0x1234;
	g_pieces.buffer = g_data;
	g_pieces.piece = 8192;
	assert_int_equal(spdk_nvme_ns_cmd_writev_ext(g_host.ns, g_host.qpair, 7, LONG, ctrlr_done,
						     &g_pieces, reset_pieces, next_piece, &opts),
			 0);
	io_expect(&g_host, &g_pieces.result, 0, 0);
	opts.io_flags = SPDK_NVME_IO_FLAGS_PRCHK_APPTAG | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG;
	opts.metadata = g_md_in;
	opts.apptag_mask = UINT16_MAX;
	read_pieces(&opts, LONG, 0, 0);
	assert_memory_equal(g_in, g_data, LONG * BLOCK);
	assert_memory_equal(g_md_in, fake_ns_metadata(g_host.fake, 1) + 7 * 8, LONG * 8);
	/* Big-endian, behind the guard. */
	assert_int_equal(g_md_in[LONG * 8 - 6], 0x12);
	assert_int_equal(g_md_in[LONG * 8 - 5], 0x34);
	/* Another tag is an error only where the mask has a bit that differs. */
	opts.apptag = 0x1235;
	read_pieces(&opts, 1, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_APPLICATION_TAG_CHECK_ERROR);
	opts.apptag_mask = 0xfffe;
	read_pieces(&opts, 1, 0, 0);
	close_all();
}

static void
write_with(struct spdk_nvme_ns_cmd_ext_io_opts *opts)
{
	assert_int_equal(spdk_nvme_ns_cmd_write_ext(g_host.ns, g_host.qpair, g_data, 7, LONG,
						    ctrlr_done, &g_result, opts),
			 0);
	g_pieces.buffer = g_data;
	g_pieces.piece = 4096;
	assert_int_equal(spdk_nvme_ns_cmd_writev_ext(g_host.ns, g_host.qpair, 7, LONG, ctrlr_done,
						     &g_pieces, reset_pieces, next_piece, opts),
			 0);
}

static void
expect_written(uint32_t cdw12_flags, uint32_t cdw13)
{
	const struct spdk_nvme_cmd *cmd;

	/* All parts of both. */
	for (uint32_t back = 1; back <= 6; back++) {
		cmd = io_command_before(&g_host, back);
		assert_int_equal(cmd->opc, SPDK_NVME_OPC_WRITE);
		assert_int_equal(cmd->cdw12 & 0xffff0000, cdw12_flags);
		assert_int_equal(cmd->cdw13, cdw13);
	}
	io_expect(&g_host, &g_result, 0, 0);
	io_expect(&g_host, &g_pieces.result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 7 * BLOCK, g_data, LONG * BLOCK);
	memset(fake_ns_data(g_host.fake, 1), 0, BUFFER);
}

static void
options_of_a_write_are_in_each_part_of_it(void **state)
{
	struct spdk_nvme_ns_cmd_ext_io_opts opts = {
		.size = sizeof(opts),
		.io_flags = SPDK_NVME_IO_FLAGS_FORCE_UNIT_ACCESS |
			    SPDK_NVME_IO_FLAGS_DATA_PLACEMENT_DIRECTIVE,
		.cdw13 = 0xabcd0003,
	};

	open_with(0, 0);
	write_with(&opts);
	expect_written(0x40200000, 0xabcd0003);
	/* None, and those of a caller who was compiled with fewer. */
	write_with(NULL);
	expect_written(0, 0);
	opts.size = SPDK_SIZEOF(&opts, apptag);
	write_with(&opts);
	expect_written(0x40200000, 0);
	opts.size = SPDK_SIZEOF(&opts, memory_domain);
	write_with(&opts);
	expect_written(0, 0);
	read_pieces(NULL, LONG, 0, 0);
	assert_memory_equal(g_in, fake_ns_data(g_host.fake, 1) + 7 * BLOCK, LONG * BLOCK);
	close_all();
}

static void
expect_refused(struct spdk_nvme_ns_cmd_ext_io_opts *opts, int rc)
{
	assert_int_equal(spdk_nvme_ns_cmd_write_ext(g_host.ns, g_host.qpair, g_data, 0, 1,
						    ctrlr_done, &g_result, opts),
			 rc);
	assert_int_equal(spdk_nvme_ns_cmd_writev_ext(g_host.ns, g_host.qpair, 0, 1, ctrlr_done,
						     &g_pieces, reset_pieces, next_piece, opts),
			 rc);
	assert_int_equal(spdk_nvme_ns_cmd_readv_ext(g_host.ns, g_host.qpair, 0, 1, ctrlr_done,
						    &g_pieces, reset_pieces, next_piece, opts),
			 rc);
}

static void
options_that_make_no_command_are_refused(void **state)
{
	const struct spdk_nvme_ns_cmd_ext_io_opts good = {.size = sizeof(good)};
	struct spdk_nvme_ns_cmd_ext_io_opts opts = good;

	open_with(MD, 0);
	/* The namespace has metadata. */
	expect_refused(&opts, -EINVAL);
	expect_refused(NULL, -EINVAL);
	opts.metadata = g_md;
	opts.io_flags = 1 << 8;
	expect_refused(&opts, -EINVAL);
	opts = good;
	opts.size = 0;
	expect_refused(&opts, -EINVAL);
	opts.size = sizeof(opts) + 1;
	expect_refused(&opts, -EINVAL);
	opts = good;
	opts.memory_domain = (void *)&opts;
	expect_refused(&opts, -ENOTSUP);
	opts = good;
	opts.accel_sequence = &opts;
	expect_refused(&opts, -ENOTSUP);
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_are_compared_with_their_blocks),
		cmocka_unit_test(without_a_buffer_for_metadata_nothing_is_compared),
		cmocka_unit_test(tags_of_a_compare_are_in_its_command),
		cmocka_unit_test(options_carry_metadata_and_tags),
		cmocka_unit_test(options_of_a_write_are_in_each_part_of_it),
		cmocka_unit_test(options_that_make_no_command_are_refused),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
