/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes through the whole driver: what arrives is what was meant, and how it is cut. */
#include "io/nvme/io.h"
#include "io/nvme/io_fixture.h"

#include "spdk/nvme_zns.h"
#include "spdk/util.h"

#define BLOCK  512
#define PAGE   4096
#define BUFFER (1024 * 1024)

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_out, *g_in;

static void
open_with(const struct fake_opts *opts)
{
	g_out = io_memory(BUFFER);
	g_in = io_memory(BUFFER);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, opts, NULL);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_out);
	spdk_free(g_in);
}

static void
write_out(uint64_t lba, uint32_t blocks)
{
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_out, lba, blocks,
						ctrlr_done, &g_result, 0),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
}

static void
read_in(uint64_t lba, uint32_t blocks)
{
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_in, lba, blocks,
					       ctrlr_done, &g_result, 0),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
}

static void
what_is_written_is_read(void **state)
{
	open_with(NULL);
	for (uint32_t blocks = 1; blocks <= 40; blocks++) {
		io_fill(g_out, blocks * BLOCK, blocks);
		memset(g_in, 0, blocks * BLOCK);
		write_out(blocks * 7, blocks);
		read_in(blocks * 7, blocks);
		assert_memory_equal(g_in, g_out, blocks * BLOCK);
		assert_memory_equal(fake_ns_data(g_host.fake, 1) + blocks * 7 * BLOCK, g_out,
				    blocks * BLOCK);
	}
	close_all();
}

static void
buffers_may_begin_anywhere_in_a_page(void **state)
{
	open_with(NULL);
	io_fill(g_out, BUFFER, 1);
	for (uint32_t offset = 0; offset < PAGE; offset += 260) {
		for (uint32_t blocks = 1; blocks <= 25; blocks += 4) {
			memset(g_in, 0, BUFFER / 16);
			assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair,
								g_out + offset, 0, blocks,
								ctrlr_done, &g_result, 0),
					 0);
			io_expect(&g_host, &g_result, 0, 0);
			assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair,
							       g_in + offset, 0, blocks, ctrlr_done,
							       &g_result, 0),
					 0);
			io_expect(&g_host, &g_result, 0, 0);
			assert_memory_equal(g_in + offset, g_out + offset, blocks * BLOCK);
			/* Nothing beside it. */
			assert_int_equal(g_in[offset + blocks * BLOCK], 0);
		}
	}
	close_all();
}

/* MDTS is 128 KiB. */
static void
what_exceeds_a_transfer_is_split(void **state)
{
	open_with(NULL);
	io_fill(g_out, BUFFER, 2);
	write_out(5, 1000);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_WRITE), 4);
	read_in(5, 1000);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 4);
	assert_memory_equal(g_in, g_out, 1000 * BLOCK);
	close_all();
}

/* The judge compares reference tags with addresses; the data are cut with their metadata. */
static void
metadata_and_tags_follow_when_split(void **state)
{
	struct fake_opts opts;
	uint8_t *md_out = io_memory(PAGE * 4), *md_in = io_memory(PAGE * 4);

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){
		.blocks = 4096, .block_size = BLOCK, .md_size = 8, .pi_type = 1};
	open_with(&opts);
	io_fill(g_out, BUFFER, 3);
	/* The controller makes protection information, so that it can be checked. */
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_out, 100, 900,
						ctrlr_done, &g_result, SPDK_NVME_IO_FLAGS_PRACT),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(
		spdk_nvme_ns_cmd_read_with_md(
			g_host.ns, g_host.qpair, g_in, md_in, 100, 900, ctrlr_done, &g_result,
			SPDK_NVME_IO_FLAGS_PRCHK_GUARD | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG, 0, 0),
		0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_true(io_commands(&g_host, SPDK_NVME_OPC_READ) > 1);
	assert_memory_equal(g_in, g_out, 900 * BLOCK);
	for (uint32_t i = 0; i < 900; i++) {
		/* Reference tags are big-endian. */
		assert_int_equal(md_in[i * 8 + 7], (100 + i) & 0xff);
		assert_int_equal(md_in[i * 8 + 6], (100 + i) >> 8);
	}
	memcpy(md_out, md_in, PAGE * 4);
	assert_int_equal(
		spdk_nvme_ns_cmd_write_with_md(
			g_host.ns, g_host.qpair, g_in, md_out, 100, 900, ctrlr_done, &g_result,
			SPDK_NVME_IO_FLAGS_PRCHK_GUARD | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG, 0, 0),
		0);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
	spdk_free(md_out);
	spdk_free(md_in);
}

static void
separate_metadata_need_a_buffer(void **state)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){.blocks = 4096, .block_size = BLOCK, .md_size = 16};
	open_with(&opts);
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_in, 0, 8, ctrlr_done,
					       &g_result, 0),
			 -EINVAL);
	assert_non_null(strstr(g_log_capture.text, "separate metadata"));
	log_capture_stop();
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

/* Pieces of a buffer, each at its offset. */
struct pieces {
	struct iovec iov[16];
	uint32_t count;
	uint32_t next;
	uint64_t skip;
};

static struct pieces g_pieces;

static void
reset_pieces(void *arg, uint32_t offset)
{
	g_pieces.next = 0;
	while (offset >= g_pieces.iov[g_pieces.next].iov_len) {
		offset -= (uint32_t)g_pieces.iov[g_pieces.next++].iov_len;
	}
	g_pieces.skip = offset;
}

static int
next_piece(void *arg, void **address, uint32_t *length)
{
	struct iovec *iov = &g_pieces.iov[g_pieces.next++];

	*address = (uint8_t *)iov->iov_base + g_pieces.skip;
	*length = (uint32_t)(iov->iov_len - g_pieces.skip);
	g_pieces.skip = 0;
	return 0;
}

static void
set_pieces(uint8_t *buffer, const uint32_t *lengths, uint32_t count, uint32_t gap)
{
	g_pieces.count = count;
	for (uint32_t i = 0; i < count; i++) {
		g_pieces.iov[i] = (struct iovec){buffer, lengths[i]};
		buffer += lengths[i] + gap;
	}
}

static uint32_t
gather(uint8_t *out)
{
	uint32_t length = 0;

	for (uint32_t i = 0; i < g_pieces.count; i++) {
		memcpy(out + length, g_pieces.iov[i].iov_base, g_pieces.iov[i].iov_len);
		length += (uint32_t)g_pieces.iov[i].iov_len;
	}
	return length;
}

/* Writes the pieces, by callbacks and as an iovec, and looks at what the controller has. */
static void
check_pieces(uint64_t commands)
{
	uint8_t *should = g_in + BUFFER / 2;
	uint32_t length = gather(should);
	uint64_t before = io_commands(&g_host, SPDK_NVME_OPC_WRITE);

	assert_int_equal(spdk_nvme_ns_cmd_writev(g_host.ns, g_host.qpair, 64, length / BLOCK,
						 ctrlr_done, &g_result, 0, reset_pieces,
						 next_piece),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 64 * BLOCK, should, length);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_WRITE) - before, commands);
	memset(fake_ns_data(g_host.fake, 1) + 64 * BLOCK, 0, length);
	assert_int_equal(spdk_nvme_ns_cmd_write_iov(g_host.ns, g_host.qpair, 64, length / BLOCK,
						    ctrlr_done, &g_result, g_pieces.iov,
						    g_pieces.count, NULL),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 64 * BLOCK, should, length);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_WRITE) - before, 2 * commands);
}

static void
pieces_that_prps_can_tell_are_one_command(void **state)
{
	const uint32_t lengths[] = {PAGE - 1024, PAGE, 2 * PAGE, 1024};

	open_with(NULL);
	io_fill(g_out, BUFFER, 4);
	set_pieces(g_out + 1024, lengths, 4, 0);
	check_pieces(1);
	/* The same with pages between them. */
	g_pieces.iov[1].iov_base = g_out + 8 * PAGE;
	g_pieces.iov[2].iov_base = g_out + 16 * PAGE;
	g_pieces.iov[3].iov_base = g_out + 32 * PAGE;
	check_pieces(1);
	close_all();
}

static void
pieces_that_prps_cannot_tell_are_split(void **state)
{
	const uint32_t lengths[] = {1024, 1536, 512, PAGE, 2 * PAGE + 512};

	open_with(NULL);
	io_fill(g_out, BUFFER, 5);
	set_pieces(g_out + 512, lengths, 5, 1024);
	check_pieces(5);
	close_all();
}

static void
a_block_that_no_command_can_carry_is_refused(void **state)
{
	const uint32_t lengths[] = {700, 836};

	open_with(NULL);
	set_pieces(g_out, lengths, 2, 1000);
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_writev(g_host.ns, g_host.qpair, 0, 3, ctrlr_done,
						 &g_result, 0, reset_pieces, next_piece),
			 -EINVAL);
	log_capture_stop();
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

static void
sgls_carry_pieces_of_any_shape(void **state)
{
	const uint32_t lengths[] = {700, 836, 4, 1532, PAGE + 512, 4 * PAGE};
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.has_sgl = true;
	open_with(&opts);
	io_fill(g_out, BUFFER, 6);
	set_pieces(g_out + 12, lengths, 6, 1000);
	check_pieces(1);
	close_all();
}

static void
a_refusal_leaves_nothing_behind(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;
	uint32_t free_before;

	g_out = io_memory(BUFFER);
	g_in = io_memory(BUFFER);
	io_open(&g_host, NULL, NULL);
	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_host.ctrlr, &opts, sizeof(opts));
	io_free_qpair(&g_host, g_host.qpair);
	opts.io_queue_requests = 4;
	opts.io_queue_size = 8;
	g_host.qpair = io_alloc_qpair(&g_host, &opts);
	assert_non_null(g_host.qpair);
	free_before = g_host.qpair->request_count;
	log_capture_start();
	/* Eight parts and a parent: more than there will ever be. */
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_out, 0, 2000, ctrlr_done,
						&g_result, 0),
			 -EINVAL);
	log_capture_stop();
	assert_int_equal(g_host.qpair->outstanding, 0);
	/* All are used, and then there is room again. */
	for (uint32_t i = 0; i < free_before; i++) {
		assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_in, 0, 1,
						       ctrlr_done, &g_result, 0),
				 0);
	}
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_in, 0, 1, ctrlr_done,
					       &g_result, 0),
			 -ENOMEM);
	io_turn(&g_host, 10);
	assert_int_equal(g_result.count, free_before);
	close_all();
}

static void
bad_arguments_are_refused(void **state)
{
	struct spdk_nvme_ns_cmd_ext_io_opts ext = {.size = sizeof(ext)};
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;

	open_with(NULL);
	ns = g_host.ns;
	qpair = g_host.qpair;
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_read(ns, qpair, g_in, 0, 0, ctrlr_done, NULL, 0),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ns_cmd_read(ns, qpair, NULL, 0, 1, ctrlr_done, NULL, 0),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ns_cmd_read(ns, qpair, g_in, 0, 1, ctrlr_done, NULL, 1 << 8),
			 -EINVAL);
	assert_int_equal(
		spdk_nvme_ns_cmd_readv(ns, qpair, 0, 1, ctrlr_done, NULL, 0, NULL, next_piece),
		-EINVAL);
	assert_int_equal(spdk_nvme_ns_cmd_read(ns, qpair, g_in + 2, 0, 1, ctrlr_done, NULL, 0),
			 -EFAULT);
	ext.accel_sequence = &ext;
	assert_int_equal(spdk_nvme_ns_cmd_read_ext(ns, qpair, g_in, 0, 1, ctrlr_done, NULL, &ext),
			 -ENOTSUP);
	ext.accel_sequence = NULL;
	ext.memory_domain = (void *)&ext;
	assert_int_equal(spdk_nvme_ns_cmd_read_ext(ns, qpair, g_in, 0, 1, ctrlr_done, NULL, &ext),
			 -ENOTSUP);
	ext.size = 3;
	assert_int_equal(spdk_nvme_ns_cmd_read_ext(ns, qpair, g_in, 0, 1, ctrlr_done, NULL, &ext),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ns_cmd_write_zeroes(ns, qpair, 0, 65537, ctrlr_done, NULL, 0),
			 -EINVAL);
	assert_int_equal(
		spdk_nvme_ns_cmd_dataset_management(ns, qpair, 0, NULL, 1, ctrlr_done, NULL),
		-EINVAL);
	log_capture_stop();
	assert_int_equal(qpair->outstanding, 0);
	close_all();
}

/* Handles of namespaces outlive them, and an event may clear one at any time. */
static void
a_namespace_that_has_gone_takes_no_io(void **state)
{
	const uint32_t lengths[] = {PAGE};
	struct spdk_nvme_ns *ns;
	struct nvme_io io;

	open_with(NULL);
	set_pieces(g_out, lengths, 1, 0);
	fake_change_namespace(g_host.fake, 1, 0);
	fake_start(g_host.fake);
	while (spdk_nvme_ns_is_active(g_host.ns)) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	}
	fake_stop(g_host.fake);
	ns = g_host.ns;
	log_capture_start();
	assert_int_equal(
		spdk_nvme_zns_zone_append(ns, g_host.qpair, g_out, 0, 8, ctrlr_done, &g_result, 0),
		-EINVAL);
	assert_int_equal(spdk_nvme_zns_zone_appendv(ns, g_host.qpair, 0, 8, ctrlr_done, &g_result,
						    0, reset_pieces, next_piece),
			 -EINVAL);
	assert_int_equal(
		spdk_nvme_ns_cmd_read(ns, g_host.qpair, g_in, 0, 8, ctrlr_done, &g_result, 0),
		-EINVAL);
	assert_int_equal(spdk_nvme_ns_cmd_readv(ns, g_host.qpair, 0, 8, ctrlr_done, &g_result, 0,
						reset_pieces, next_piece),
			 -EINVAL);
	log_capture_stop();
	/* As if it went between two looks at it. */
	io = (struct nvme_io){
		.ns = ns,
		.payload = {.kind = NVME_PAYLOAD_IOV,
			    .data = g_pieces.iov,
			    .iov_count = g_pieces.count},
		.lba_count = 8,
	};
	assert_int_equal(nvme_io_blocks_of_one(&io), 0);
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

static void
other_commands_do_what_they_say(void **state)
{
	struct spdk_nvme_dsm_range *range = malloc(sizeof(*range));
	uint8_t *zeros = calloc(1, 8 * BLOCK);

	open_with(NULL);
	io_fill(g_out, BUFFER, 7);
	write_out(0, 16);
	assert_int_equal(spdk_nvme_ns_cmd_write_zeroes(g_host.ns, g_host.qpair, 4, 8, ctrlr_done,
						       &g_result, 0),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 4 * BLOCK, zeros, 8 * BLOCK);
	assert_int_equal(spdk_nvme_ns_cmd_compare(g_host.ns, g_host.qpair, g_out, 0, 4, ctrlr_done,
						  &g_result, 0),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_compare(g_host.ns, g_host.qpair, g_out, 0, 5, ctrlr_done,
						  &g_result, 0),
			 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE);
	assert_non_null(strstr(g_log_capture.text, "COMPARE"));
	log_capture_stop();
	assert_int_equal(spdk_nvme_ns_cmd_flush(g_host.ns, g_host.qpair, ctrlr_done, &g_result), 0);
	io_expect(&g_host, &g_result, 0, 0);
	/* A list in any memory, which may go at once. */
	*range = (struct spdk_nvme_dsm_range){.starting_lba = 12, .length = 4};
	assert_int_equal(spdk_nvme_ns_cmd_dataset_management(g_host.ns, g_host.qpair,
							     SPDK_NVME_DSM_ATTR_DEALLOCATE, range,
							     1, ctrlr_done, &g_result),
			 0);
	memset(range, 0xff, sizeof(*range));
	free(range);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 12 * BLOCK, zeros, 4 * BLOCK);
	free(zeros);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(buffers_may_begin_anywhere_in_a_page),
		cmocka_unit_test(what_exceeds_a_transfer_is_split),
		cmocka_unit_test(metadata_and_tags_follow_when_split),
		cmocka_unit_test(separate_metadata_need_a_buffer),
		cmocka_unit_test(pieces_that_prps_can_tell_are_one_command),
		cmocka_unit_test(pieces_that_prps_cannot_tell_are_split),
		cmocka_unit_test(a_block_that_no_command_can_carry_is_refused),
		cmocka_unit_test(sgls_carry_pieces_of_any_shape),
		cmocka_unit_test(a_refusal_leaves_nothing_behind),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(a_namespace_that_has_gone_takes_no_io),
		cmocka_unit_test(other_commands_do_what_they_say),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
