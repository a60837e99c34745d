/* SPDX-License-Identifier: BSD-3-Clause */
/* What a queue pair says of itself. */
#include "io/nvme/io_fixture.h"

#define PAGE    4096
#define ENTRIES 16

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer;

static void
open_small(void)
{
	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open_small(&g_host, NULL, ENTRIES);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
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
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_queue_is_that_of_admin_commands),
		cmocka_unit_test(what_is_printed_has_the_queue),
		cmocka_unit_test(authentication_is_for_fabrics),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
