/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands that the application has made: they arrive as they are, but for what is the driver's. */
#include "io/nvme/ctrlr.h"
#include "io/nvme/io_fixture.h"

#define BLOCK  512
#define PAGE   4096
#define MD     16
#define BUFFER (256 * 1024)

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_data, *g_md;

/* The data are every other page, which PRPs can tell; by cb_arg, where the result comes first. */
static struct {
	struct ctrlr_result result;
	uint8_t *buffer;
	uint32_t offset;
} g_pages;

static void
reset_pages(void *cb_arg, uint32_t offset)
{
	assert_ptr_equal(cb_arg, &g_pages);
	assert_int_equal(offset, 0);
	g_pages.offset = 0;
}

static int
next_page(void *cb_arg, void **address, uint32_t *length)
{
	*address = g_pages.buffer + g_pages.offset;
	*length = PAGE;
	g_pages.offset += 2 * PAGE;
	return 0;
}

static void
open_with(uint16_t md_size)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){.blocks = 4096, .block_size = BLOCK, .md_size = md_size};
	g_data = io_memory(BUFFER);
	g_md = io_memory(PAGE);
	io_fill(g_data, BUFFER, 1);
	io_fill(g_md, PAGE, 2);
	memset(&g_result, 0, sizeof(g_result));
	memset(&g_pages, 0, sizeof(g_pages));
	g_pages.buffer = g_data;
	io_open(&g_host, &opts, NULL);
	/* Errors are meant. */
	log_capture_start();
}

static void
close_all(void)
{
	log_capture_stop();
	io_close(&g_host);
	spdk_free(g_data);
	spdk_free(g_md);
}

static struct spdk_nvme_cmd
make(uint8_t opc, uint64_t lba, uint32_t blocks)
{
	struct spdk_nvme_cmd cmd = {.opc = opc, .nsid = 1, .cdw12 = blocks - 1};

	cmd.cdw10 = (uint32_t)lba;
	cmd.cdw11 = (uint32_t)(lba >> 32);
	return cmd;
}

/* The command is copied: the caller's may go. */
static int
send_data(struct spdk_nvme_cmd cmd, void *buffer, uint32_t length)
{
	int rc = spdk_nvme_ctrlr_cmd_io_raw(g_host.ctrlr, g_host.qpair, &cmd, buffer, length,
					    ctrlr_done, &g_result);

	memset(&cmd, 0xff, sizeof(cmd));
	return rc;
}

static int
send_with_md(struct spdk_nvme_cmd cmd, void *buffer, uint32_t length, void *md)
{
	return spdk_nvme_ctrlr_cmd_io_raw_with_md(g_host.ctrlr, g_host.qpair, &cmd, buffer, length,
						  md, ctrlr_done, &g_result);
}

static int
send_pages(struct spdk_nvme_cmd cmd, uint32_t length, void *md)
{
	return spdk_nvme_ctrlr_cmd_iov_raw_with_md(g_host.ctrlr, g_host.qpair, &cmd, length, md,
						   ctrlr_done, &g_pages, reset_pages, next_page);
}

static int
send_as_it_is(struct spdk_nvme_cmd cmd)
{
	return spdk_nvme_ctrlr_io_cmd_raw_no_payload_build(g_host.ctrlr, g_host.qpair, &cmd,
							   ctrlr_done, &g_result);
}

static void
data_are_those_of_the_buffer(void **state)
{
	uint8_t *in;

	open_with(0);
	in = io_memory(BUFFER);
	/* From a part of a page to a list of PRPs. */
	for (uint32_t blocks = 1; blocks <= 81; blocks += 16) {
		uint32_t length = blocks * BLOCK;

		assert_int_equal(
			send_data(make(SPDK_NVME_OPC_WRITE, 3, blocks), g_data + 256, length), 0);
		io_expect(&g_host, &g_result, 0, 0);
		assert_memory_equal(fake_ns_data(g_host.fake, 1) + 3 * BLOCK, g_data + 256, length);
		assert_int_equal(send_data(make(SPDK_NVME_OPC_READ, 3, blocks), in, length), 0);
		io_expect(&g_host, &g_result, 0, 0);
		assert_memory_equal(in, g_data + 256, length);
		memset(in, 0, BUFFER);
	}
	assert_int_equal(send_data(make(SPDK_NVME_OPC_FLUSH, 0, 1), NULL, 0), 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_FLUSH), 1);
	/* What the controller says of a command arrives. */
	assert_int_equal(send_data(make(SPDK_NVME_OPC_READ, 4096, 1), in, BLOCK), 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_LBA_OUT_OF_RANGE);
	assert_int_equal(send_data(make(0xc0, 0, 1), NULL, 0), 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_OPCODE);
	spdk_free(in);
	close_all();
}

/* All is the application's, but id and pointers. */
static void
a_command_arrives_as_it_was_made(void **state)
{
	struct spdk_nvme_cmd cmd, arrived;

	open_with(0);
	memset(&cmd, 0x5a, sizeof(cmd));
	cmd.opc = 0x8a;
	cmd.fuse = 0;
	cmd.rsvd1 = 0;
	cmd.nsid = 1;
	cmd.psdt = SPDK_NVME_PSDT_SGL_MPTR_CONTIG;
	assert_int_equal(send_data(cmd, g_data, PAGE), 0);
	arrived = io_last_command(&g_host);
	assert_int_equal(arrived.psdt, SPDK_NVME_PSDT_PRP);
	assert_int_equal(arrived.dptr.prp.prp1, (uintptr_t)g_data);
	assert_int_equal(arrived.dptr.prp.prp2, 0);
	assert_int_equal(arrived.mptr, 0);
	arrived.psdt = cmd.psdt;
	arrived.cid = cmd.cid;
	arrived.dptr = cmd.dptr;
	arrived.mptr = cmd.mptr;
	assert_memory_equal(&arrived, &cmd, sizeof(cmd));
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_OPCODE);

	/* Here, pointers are its own as well. */
	cmd.psdt = SPDK_NVME_PSDT_PRP;
	assert_int_equal(send_as_it_is(cmd), 0);
	arrived = io_last_command(&g_host);
	assert_int_not_equal(arrived.cid, cmd.cid);
	arrived.cid = cmd.cid;
	assert_memory_equal(&arrived, &cmd, sizeof(cmd));
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_OPCODE);
	close_all();
}

static void
pointers_of_the_application_are_followed(void **state)
{
	struct spdk_nvme_cmd cmd = make(SPDK_NVME_OPC_WRITE, 9, 16);

	open_with(MD);
	/* This device has the addresses of the process. */
	cmd.dptr.prp.prp1 = (uintptr_t)(g_data + 4 * PAGE);
	cmd.dptr.prp.prp2 = (uintptr_t)(g_data + PAGE);
	cmd.mptr = (uintptr_t)g_md;
	assert_int_equal(send_as_it_is(cmd), 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 9 * BLOCK, g_data + 4 * PAGE, PAGE);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 17 * BLOCK, g_data + PAGE, PAGE);
	assert_memory_equal(fake_ns_metadata(g_host.fake, 1) + 9 * MD, g_md, 16 * MD);
	close_all();
}

static void
metadata_are_those_of_their_buffer(void **state)
{
	const uint32_t blocks = 3 * PAGE / BLOCK;
	uint8_t *in;

	open_with(MD);
	in = io_memory(PAGE);
	assert_int_equal(
		send_with_md(make(SPDK_NVME_OPC_WRITE, 5, blocks), g_data, blocks * BLOCK, g_md),
		0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + 5 * BLOCK, g_data, blocks * BLOCK);
	assert_memory_equal(fake_ns_metadata(g_host.fake, 1) + 5 * MD, g_md, blocks * MD);
	assert_int_equal(send_with_md(make(SPDK_NVME_OPC_READ, 5, 8), g_data, PAGE, in), 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_memory_equal(in, g_md, 8 * MD);
	assert_int_equal(in[8 * MD], 0);
	/* A flush in between has none. */
	assert_int_equal(send_with_md(make(SPDK_NVME_OPC_FLUSH, 0, 1), NULL, 0, NULL), 0);
	assert_int_equal(io_last_command(&g_host).mptr, 0);
	io_expect(&g_host, &g_result, 0, 0);
	spdk_free(in);
	close_all();
}

static void
pieces_are_put_together(void **state)
{
	const uint32_t pages = 5, blocks = 5 * PAGE / BLOCK;

	open_with(MD);
	assert_int_equal(send_pages(make(SPDK_NVME_OPC_WRITE, 5, blocks), blocks * BLOCK, g_md), 0);
	io_expect(&g_host, &g_pages.result, 0, 0);
	for (uint32_t page = 0; page < pages; page++) {
		assert_memory_equal(fake_ns_data(g_host.fake, 1) + 5 * BLOCK + page * PAGE,
				    g_data + 2 * page * PAGE, PAGE);
	}
	assert_memory_equal(fake_ns_metadata(g_host.fake, 1) + 5 * MD, g_md, blocks * MD);
	/* No data: nobody is asked for pieces. */
	g_pages.offset = 1;
	assert_int_equal(send_pages(make(SPDK_NVME_OPC_FLUSH, 0, 1), 0, NULL), 0);
	io_expect(&g_host, &g_pages.result, 0, 0);
	assert_int_equal(g_pages.offset, 1);
	/* PRPs cannot tell of pieces that begin within pages. */
	g_pages.buffer = g_data + 4;
	assert_int_equal(send_pages(make(SPDK_NVME_OPC_WRITE, 5, 16), 16 * BLOCK, g_md), -EFAULT);
	assert_non_null(strstr(g_log_capture.text, "PRPs cannot"));
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

static void
expect_all(struct spdk_nvme_cmd cmd, int rc)
{
	assert_int_equal(send_data(cmd, g_data, BLOCK), rc);
	assert_int_equal(send_with_md(cmd, g_data, BLOCK, g_md), rc);
	assert_int_equal(send_pages(cmd, BLOCK, g_md), rc);
	cmd.dptr.prp.prp1 = (uintptr_t)g_data;
	assert_int_equal(send_as_it_is(cmd), rc);
}

static void
what_makes_no_command_is_refused(void **state)
{
	struct spdk_nvme_cmd cmd = make(SPDK_NVME_OPC_READ, 0, 1);
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_qpair *qpair;
	uint32_t max;

	open_with(0);
	ctrlr = g_host.ctrlr;
	qpair = g_host.qpair;
	max = spdk_nvme_ctrlr_get_max_xfer_size(ctrlr);
	assert_int_equal(send_data(cmd, g_data, max + 1), -EINVAL);
	assert_int_equal(send_pages(cmd, max + 1, NULL), -EINVAL);
	assert_int_equal(send_data(cmd, NULL, BLOCK), -EINVAL);
	assert_int_equal(send_data(cmd, g_data + 2, BLOCK), -EFAULT);
	assert_int_equal(send_with_md(cmd, g_data, BLOCK, g_md + 2), -EFAULT);
	assert_int_equal(spdk_nvme_ctrlr_cmd_iov_raw_with_md(ctrlr, qpair, &cmd, BLOCK, NULL,
							     ctrlr_done, &g_pages, NULL, next_page),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_iov_raw_with_md(ctrlr, qpair, &cmd, BLOCK, NULL,
							     ctrlr_done, &g_pages, reset_pages,
							     NULL),
			 -EINVAL);
	assert_int_equal(qpair->outstanding, 0);
	close_all();
}

static void
a_command_that_is_null_is_refused(void **state)
{
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_qpair *qpair;

	open_with(0);
	ctrlr = g_host.ctrlr;
	qpair = g_host.qpair;
	assert_int_equal(spdk_nvme_ctrlr_io_cmd_raw_no_payload_build(ctrlr, qpair, NULL, ctrlr_done,
								     &g_result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_io_raw(ctrlr, qpair, NULL, g_data, BLOCK, ctrlr_done,
						    &g_result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_io_raw_with_md(ctrlr, qpair, NULL, g_data, BLOCK, g_md,
							    ctrlr_done, &g_result),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_iov_raw_with_md(ctrlr, qpair, NULL, BLOCK, g_md,
							     ctrlr_done, &g_pages, reset_pages,
							     next_page),
			 -EINVAL);
	assert_int_equal(qpair->outstanding, 0);
	close_all();
}

static void
without_requests_or_a_connection_none_is_sent(void **state)
{
	const struct spdk_nvme_cmd cmd = make(SPDK_NVME_OPC_READ, 0, 1);

	open_with(0);
	io_hold_reads(&g_host);
	while (g_host.qpair->outstanding < g_host.qpair->request_count) {
		assert_int_equal(send_data(cmd, g_data, BLOCK), 0);
	}
	expect_all(cmd, -ENOMEM);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	fake_stop(g_host.fake);
	assert_int_equal(g_result.count, g_host.qpair->request_count);
	expect_all(cmd, -ENXIO);
	assert_int_equal(g_host.qpair->outstanding, 0);
	assert_int_equal(g_result.count, g_host.qpair->request_count);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_are_those_of_the_buffer),
		cmocka_unit_test(a_command_arrives_as_it_was_made),
		cmocka_unit_test(pointers_of_the_application_are_followed),
		cmocka_unit_test(metadata_are_those_of_their_buffer),
		cmocka_unit_test(pieces_are_put_together),
		cmocka_unit_test(what_makes_no_command_is_refused),
		cmocka_unit_test(without_requests_or_a_connection_none_is_sent),
		cmocka_unit_test(a_command_that_is_null_is_refused),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
