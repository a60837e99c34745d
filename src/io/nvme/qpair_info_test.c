/* SPDX-License-Identifier: BSD-3-Clause */
/* What a queue pair says of itself, and how it ends what it aborts. */
#include "io/nvme/io_fixture.h"

#define PAGE    4096
#define ENTRIES 16
#define MANY    32

static struct io_host g_host;
static struct ctrlr_result g_results[MANY];
static uint8_t *g_buffer;

static void
open_small(void)
{
	g_buffer = io_memory(PAGE);
	memset(g_results, 0, sizeof(g_results));
	io_open_small(&g_host, NULL, ENTRIES);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
}

static void
the_depth_is_what_the_transport_has(void **state)
{
	open_small();
	assert_int_equal(spdk_nvme_qpair_get_queue_depth(g_host.qpair), 0);
	io_hold_reads(&g_host);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	io_turn(&g_host, 10);
	/* One entry of a queue is always free; the others wait. */
	assert_int_equal(spdk_nvme_qpair_get_queue_depth(g_host.qpair), ENTRIES - 1);
	assert_int_equal(spdk_nvme_qpair_get_num_outstanding_reqs(g_host.qpair), MANY);
	fake_clear_faults(g_host.fake);
	fake_release(g_host.fake);
	io_turn(&g_host, 10);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	assert_int_equal(spdk_nvme_qpair_get_queue_depth(g_host.qpair), 0);
	close_all();
}

static void
only_one_queue_is_that_of_admin_commands(void **state)
{
	open_small();
	assert_true(spdk_nvme_qpair_is_admin_queue(g_host.ctrlr->adminq));
	assert_int_equal(spdk_nvme_qpair_get_id(g_host.ctrlr->adminq), 0);
	assert_false(spdk_nvme_qpair_is_admin_queue(g_host.qpair));
	close_all();
}

/* The same opcode is another command there. */
static void
what_is_printed_has_the_queue(void **state)
{
	struct spdk_nvme_qpair *admin, *second;
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_READ, .cid = 7, .nsid = 1};
	struct spdk_nvme_cpl cpl = {.cid = 7, .sqhd = 3};

	open_small();
	second = io_alloc_qpair(&g_host, NULL);
	assert_int_equal(spdk_nvme_qpair_get_id(second), 2);
	admin = g_host.ctrlr->adminq;
	cpl.status.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC;
	cpl.status.sc = 0x82;
	log_capture_start();
	spdk_nvme_qpair_print_command(second, &cmd);
	assert_one_notice("READ qid 2 cid 7 nsid 1 lba 0 len 1");
	spdk_nvme_qpair_print_command(admin, &cmd);
	assert_one_notice("GET LOG PAGE qid 0 cid 7 nsid 1");
	spdk_nvme_qpair_print_completion(second, &cpl);
	assert_one_notice("ATTEMPTED WRITE TO READ ONLY RANGE (COMMAND SPECIFIC, 01h/82h) qid 2 "
			  "cid 7");
	spdk_nvme_qpair_print_completion_ext(second, &cpl, SPDK_NVME_OPC_FABRIC);
	assert_one_notice("CONNECT INVALID PARAMETERS (COMMAND SPECIFIC, 01h/82h) qid 2 cid 7");
	log_capture_stop();
	io_free_qpair(&g_host, second);
	close_all();
}

static void
never(void *ctx, int status)
{
	fail();
}

static void
authentication_is_for_fabrics(void **state)
{
	open_small();
	log_capture_start();
	assert_int_equal(spdk_nvme_qpair_authenticate(g_host.qpair, never, NULL), -ENOTSUP);
	assert_one_error("transport PCIE has no authentication");
	log_capture_stop();
	/* It goes on without. */
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[0]), 0);
	io_expect(&g_host, &g_results[0], 0, 0);
	close_all();
}

/* Some are with the controller, some wait for room in the queue. */
static void
expect_aborted(bool dnr)
{
	memset(g_results, 0, sizeof(g_results));
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	io_turn(&g_host, 3);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
		assert_int_equal(g_results[i].cpl.status.sct, SPDK_NVME_SCT_GENERIC);
		assert_int_equal(g_results[i].cpl.status.sc, SPDK_NVME_SC_ABORTED_SQ_DELETION);
		assert_int_equal(g_results[i].cpl.status.dnr, dnr);
	}
	assert_int_equal(spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_host.qpair), 0);
	fake_stop(g_host.fake);
}

static void
what_is_aborted_may_be_tried_again_unless_it_shall_not(void **state)
{
	open_small();
	io_hold_reads(&g_host);
	expect_aborted(false);
	spdk_nvme_qpair_set_abort_dnr(g_host.qpair, true);
	expect_aborted(true);
	/* It stays so when it is connected again, until it is taken back. */
	expect_aborted(true);
	spdk_nvme_qpair_set_abort_dnr(g_host.qpair, false);
	expect_aborted(false);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_queue_is_that_of_admin_commands),
		cmocka_unit_test(what_is_printed_has_the_queue),
		cmocka_unit_test(authentication_is_for_fabrics),
		cmocka_unit_test(what_is_aborted_may_be_tried_again_unless_it_shall_not),
		cmocka_unit_test(the_depth_is_what_the_transport_has),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
