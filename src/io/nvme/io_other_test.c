/* SPDX-License-Identifier: BSD-3-Clause */
/* I/O management: placement handles are told of, and go on with other reclaim units. */
#include "io/nvme/ctrlr.h"
#include "io/nvme/io_fixture.h"

#define PAGE 4096

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer;

static void
open_all(void)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.has_placement = true;
	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, &opts, NULL);
	/* Errors are meant. */
	log_capture_start();
}

static void
close_all(void)
{
	log_capture_stop();
	io_close(&g_host);
	spdk_free(g_buffer);
}

static int
receive(void *payload, uint32_t length, uint8_t operation, uint16_t specific)
{
	return spdk_nvme_ns_cmd_io_mgmt_recv(g_host.ns, g_host.qpair, payload, length, operation,
					     specific, ctrlr_done, &g_result);
}

static int
send_list(void *payload, uint32_t length, uint8_t operation, uint16_t specific)
{
	return spdk_nvme_ns_cmd_io_mgmt_send(g_host.ns, g_host.qpair, payload, length, operation,
					     specific, ctrlr_done, &g_result);
}

static const struct spdk_nvme_fdp_ruhs *
handles(void)
{
	memset(g_buffer, 0xff, PAGE);
	assert_int_equal(receive(g_buffer, 256, SPDK_NVME_FDP_IO_MGMT_RECV_RUHS, 0), 0);
	io_expect(&g_host, &g_result, 0, 0);
	return (void *)g_buffer;
}

/* Writes so many blocks by a handle. */
static void
place(uint32_t pid, uint32_t blocks)
{
	struct spdk_nvme_ns_cmd_ext_io_opts opts = {
		.size = sizeof(opts),
		.io_flags = SPDK_NVME_IO_FLAGS_DATA_PLACEMENT_DIRECTIVE,
		.cdw13 = pid << 16,
	};

	assert_int_equal(spdk_nvme_ns_cmd_write_ext(g_host.ns, g_host.qpair, g_buffer, 0, blocks,
						    ctrlr_done, &g_result, &opts),
			 0);
	io_expect(&g_host, &g_result, 0, 0);
}

/* Lists are any memory, which may go when the call returns. */
static void
update(const uint16_t *pids, uint16_t count, uint32_t sc)
{
	uint16_t *list = malloc(count * sizeof(*list));

	memcpy(list, pids, count * sizeof(*list));
	assert_int_equal(send_list(list, count * (uint32_t)sizeof(*list),
				   SPDK_NVME_FDP_IO_MGMT_SEND_RUHU, count - 1),
			 0);
	memset(list, 0xff, count * sizeof(*list));
	free(list);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, sc);
}

static void
handles_are_told_of_with_what_their_units_take(void **state)
{
	const struct spdk_nvme_fdp_ruhs *told;

	open_all();
	place(2, 5);
	told = handles();
	assert_int_equal(told->nruhsd, FAKE_PLACEMENTS);
	for (uint32_t i = 0; i < FAKE_PLACEMENTS; i++) {
		assert_int_equal(told->ruhs_desc[i].pid, i);
		assert_int_equal(told->ruhs_desc[i].ruamw, FAKE_UNIT_BLOCKS - (i == 2 ? 5 : 0));
	}
	/* What does not fit is cut off. */
	memset(g_buffer, 0xaa, PAGE);
	assert_int_equal(receive(g_buffer, 48, SPDK_NVME_FDP_IO_MGMT_RECV_RUHS, 0), 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(told->nruhsd, FAKE_PLACEMENTS);
	assert_int_equal(told->ruhs_desc[0].ruamw, FAKE_UNIT_BLOCKS);
	assert_int_equal(g_buffer[48], 0xaa);
	close_all();
}

static void
handles_go_on_with_other_units(void **state)
{
	const uint16_t two[] = {3, 1}, one[] = {2}, bad[] = {2, FAKE_PLACEMENTS};
	const struct spdk_nvme_fdp_ruhs *told;

	open_all();
	for (uint32_t pid = 0; pid < FAKE_PLACEMENTS; pid++) {
		place(pid, 8);
	}
	update(two, 2, 0);
	told = handles();
	assert_int_equal(told->ruhs_desc[1].ruamw, FAKE_UNIT_BLOCKS);
	assert_int_equal(told->ruhs_desc[2].ruamw, FAKE_UNIT_BLOCKS - 8);
	assert_int_equal(told->ruhs_desc[3].ruamw, FAKE_UNIT_BLOCKS);
	update(bad, 2, SPDK_NVME_SC_INVALID_FIELD);
	/* Two bytes. */
	update(one, 1, 0);
	told = handles();
	assert_int_equal(told->ruhs_desc[0].ruamw, FAKE_UNIT_BLOCKS - 8);
	assert_int_equal(told->ruhs_desc[2].ruamw, FAKE_UNIT_BLOCKS);
	close_all();
}

/* By figures 'Command Dword 10' and 11 of the specification. */
static void
operations_are_where_the_specification_has_them(void **state)
{
	struct spdk_nvme_cmd cmd;

	open_all();
	assert_int_equal(receive(g_buffer, 256, 0xfe, 0x1234), 0);
	cmd = io_last_command(&g_host);
	assert_int_equal(cmd.opc, 0x12);
	assert_int_equal(cmd.nsid, 1);
	assert_int_equal(cmd.cdw10, 0x123400fe);
	/* Dwords, less one. */
	assert_int_equal(cmd.cdw11, 63);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	assert_int_equal(send_list(g_buffer, 256, 0xfe, 0x1234), 0);
	cmd = io_last_command(&g_host);
	assert_int_equal(cmd.opc, 0x1d);
	assert_int_equal(cmd.nsid, 1);
	assert_int_equal(cmd.cdw10, 0x123400fe);
	assert_int_equal(cmd.cdw11, 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	close_all();
}

static void
an_operation_may_send_nothing(void **state)
{
	open_all();
	assert_int_equal(send_list(NULL, 0, SPDK_NVME_FDP_IO_MGMT_SEND_NA, 0), 0);
	assert_int_equal(io_last_command(&g_host).dptr.prp.prp1, 0);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
what_makes_no_command_is_refused(void **state)
{
	open_all();
	assert_int_equal(receive(g_buffer, 0, 1, 0), -EINVAL);
	assert_int_equal(receive(g_buffer, 26, 1, 0), -EINVAL);
	assert_int_equal(receive(NULL, 64, 1, 0), -EINVAL);
	assert_int_equal(send_list(NULL, 2, 1, 0), -EINVAL);
	io_hold_reads(&g_host);
	while (g_host.qpair->outstanding < g_host.qpair->request_count) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	}
	assert_int_equal(receive(g_buffer, 64, 1, 0), -ENOMEM);
	assert_int_equal(send_list(g_buffer, 2, 1, 0), -ENOMEM);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	fake_stop(g_host.fake);
	assert_int_equal(receive(g_buffer, 64, 1, 0), -ENXIO);
	assert_int_equal(send_list(g_buffer, 2, 1, 0), -ENXIO);
	assert_int_equal(g_result.count, g_host.qpair->request_count);
	assert_int_equal(g_host.qpair->outstanding, 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_are_told_of_with_what_their_units_take),
		cmocka_unit_test(handles_go_on_with_other_units),
		cmocka_unit_test(operations_are_where_the_specification_has_them),
		cmocka_unit_test(what_makes_no_command_is_refused),
		cmocka_unit_test(an_operation_may_send_nothing),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
