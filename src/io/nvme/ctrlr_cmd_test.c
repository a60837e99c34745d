/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Admin commands of applications: which dwords reach the controller, where the data go, and what is
 * refused. Numbers are told apart byte by byte.
 */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

static struct ctrlr_host g_host;
static struct ctrlr_result g_result;

static int
open_host(void **state)
{
	ctrlr_open(&g_host, NULL);
	g_result = (struct ctrlr_result){0};
	return 0;
}

static int
close_host(void **state)
{
	ctrlr_close(&g_host);
	return 0;
}

/* The command has been accepted; waits for it. */
static void
expect_success(int rc)
{
	assert_int_equal(rc, 0);
	ctrlr_wait(&g_host, &g_result);
	g_result.count = 0;
	assert_true(spdk_nvme_cpl_is_success(&g_result.cpl));
}

static void
expect_status(int rc, uint32_t sct, uint32_t sc)
{
	assert_int_equal(rc, 0);
	ctrlr_wait(&g_host, &g_result);
	g_result.count = 0;
	assert_int_equal(g_result.cpl.status.sct, sct);
	assert_int_equal(g_result.cpl.status.sc, sc);
}

/* The last one with this opcode had this namespace, and these dwords from 10 on. */
static void
expect_sent(uint8_t opc, uint32_t nsid, const uint32_t dwords[6])
{
	struct spdk_nvme_cmd cmd = fake_last_command(g_host.fake, opc);

	assert_int_equal(cmd.opc, opc);
	assert_int_equal(cmd.nsid, nsid);
	for (int i = 0; i < 6; i++) {
		if ((&cmd.cdw10)[i] != dwords[i]) {
			fail_msg("dword %d is 0x%08x, not 0x%08x", 10 + i, (&cmd.cdw10)[i],
				 dwords[i]);
		}
	}
}

static void
expect_none_sent(uint8_t opc)
{
	ctrlr_turn(&g_host, 10);
	assert_int_equal(fake_last_command(g_host.fake, opc).opc, 0);
	assert_int_equal(g_result.count, 0);
}

/* ---- Features ---- */

static int
set_feature(uint8_t feature, uint32_t cdw11, void *payload, uint32_t size)
{
	return spdk_nvme_ctrlr_cmd_set_feature(g_host.ctrlr, feature, cdw11, 0x12345678, payload,
					       size, ctrlr_done, &g_result);
}

static int
get_feature(uint8_t feature, void *payload, uint32_t size)
{
	return spdk_nvme_ctrlr_cmd_get_feature(g_host.ctrlr, feature, 0, payload, size, ctrlr_done,
					       &g_result);
}

static void
a_feature_is_set_and_read(void **state)
{
	const uint8_t arbitration = SPDK_NVME_FEAT_ARBITRATION;

	expect_success(set_feature(arbitration, 0xa1b2c3d4, NULL, 0));
	expect_sent(SPDK_NVME_OPC_SET_FEATURES, 0,
		    (uint32_t[6]){arbitration, 0xa1b2c3d4, 0x12345678});
	expect_success(get_feature(arbitration, NULL, 0));
	assert_int_equal(g_result.cpl.cdw0, 0xa1b2c3d4);
	/* One that the controller does not have. */
	expect_status(set_feature(0x7c, 0, NULL, 0), SPDK_NVME_SCT_GENERIC,
		      SPDK_NVME_SC_INVALID_FIELD);
	/* Nobody has to listen. */
	assert_int_equal(spdk_nvme_ctrlr_cmd_set_feature(g_host.ctrlr, arbitration, 7, 0, NULL, 0,
							 NULL, NULL),
			 0);
	ctrlr_turn(&g_host, 10);
	expect_success(get_feature(arbitration, NULL, 0));
	assert_int_equal(g_result.cpl.cdw0, 7);
}

/* What is sent is the caller's again at once, and what comes is written there. */
static void
data_of_a_feature_go_both_ways(void **state)
{
	const uint8_t apst = SPDK_NVME_FEAT_AUTONOMOUS_POWER_STATE_TRANSITION;
	uint8_t sent[256], received[256] = {0};
	int rc;

	memset(sent, 0x3d, sizeof(sent));
	rc = set_feature(apst, 1, sent, sizeof(sent));
	memset(sent, 0, sizeof(sent));
	expect_success(rc);
	expect_success(get_feature(apst, received, sizeof(received)));
	memset(sent, 0x3d, sizeof(sent));
	assert_memory_equal(received, sent, sizeof(sent));
}

static void
a_feature_of_a_namespace_names_it(void **state)
{
	const uint8_t range = SPDK_NVME_FEAT_LBA_RANGE_TYPE;
	uint8_t sent[4096], received[4096] = {0};

	memset(sent, 0x5b, sizeof(sent));
	expect_success(spdk_nvme_ctrlr_cmd_set_feature_ns(g_host.ctrlr, range, 0x3f, 0x87654321,
							  sent, sizeof(sent), ctrlr_done, &g_result,
							  1));
	expect_sent(SPDK_NVME_OPC_SET_FEATURES, 1, (uint32_t[6]){range, 0x3f, 0x87654321});
	expect_success(spdk_nvme_ctrlr_cmd_get_feature_ns(
		g_host.ctrlr, range, 0xcafe, received, sizeof(received), ctrlr_done, &g_result, 1));
	expect_sent(SPDK_NVME_OPC_GET_FEATURES, 1, (uint32_t[6]){range, 0xcafe});
	assert_int_equal(g_result.cpl.cdw0, 0x3f);
	assert_memory_equal(received, sent, sizeof(sent));
	assert_int_equal(spdk_nvme_ctrlr_cmd_set_feature_ns(g_host.ctrlr, range, 0, 0, NULL, 4096,
							    ctrlr_done, &g_result, 1),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_feature_ns(g_host.ctrlr, range, 0, NULL, 4096,
							    ctrlr_done, &g_result, 1),
			 -EINVAL);
}

/* ---- Log pages ---- */

static int
read_log(uint8_t page, void *payload, uint32_t size, uint64_t offset, uint32_t cdw10,
	 uint32_t cdw11)
{
	return spdk_nvme_ctrlr_cmd_get_log_page_ext(g_host.ctrlr, page, SPDK_NVME_GLOBAL_NS_TAG,
						    payload, size, offset, cdw10, cdw11, 0x99000000,
						    ctrlr_done, &g_result);
}

static void
log_pages_are_read_with_the_fields_of_the_caller(void **state)
{
	union spdk_nvme_cmd_cdw10 low = {.raw = 0};
	union spdk_nvme_cmd_cdw11 high = {.raw = 0};
	uint8_t whole[4096], part[512];

	low.get_log_page.lsp = 0x2a;
	low.get_log_page.rae = 1;
	high.get_log_page.lsid = 0xbeef;
	expect_success(read_log(SPDK_NVME_LOG_COMMAND_EFFECTS_LOG, whole, sizeof(whole), 0, 0, 0));
	expect_success(read_log(SPDK_NVME_LOG_COMMAND_EFFECTS_LOG, part, sizeof(part), 1024,
				low.raw, high.raw));
	expect_sent(SPDK_NVME_OPC_GET_LOG_PAGE, SPDK_NVME_GLOBAL_NS_TAG,
		    (uint32_t[6]){(512 / 4 - 1) << 16 | 1u << 15 | 0x2a << 8 | 0x05, 0xbeef0000,
				  1024, 0, 0x99000000});
	assert_memory_equal(part, whole + 1024, sizeof(part));
	/* The upper half of an offset, which lies beyond this page. */
	expect_status(read_log(SPDK_NVME_LOG_HEALTH_INFORMATION, part, sizeof(part),
			       UINT64_C(0x123400000008), 0, 0),
		      SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	expect_sent(SPDK_NVME_OPC_GET_LOG_PAGE, SPDK_NVME_GLOBAL_NS_TAG,
		    (uint32_t[6]){(512 / 4 - 1) << 16 | 0x02, 0, 8, 0x1234, 0x99000000});
}

static void
fields_that_are_the_drivers_are_refused(void **state)
{
	uint64_t commands;
	uint8_t page[512];
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	commands = stats.admin_commands;
	log_capture_start();
	assert_int_equal(read_log(2, page, 512, 0, 0x02, 0), -EINVAL);
	assert_int_equal(read_log(2, page, 512, 0, 1 << 16, 0), -EINVAL);
	assert_int_equal(read_log(2, page, 512, 0, 0, 1), -EINVAL);
	assert_int_equal(read_log(2, page, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(read_log(2, page, 510, 0, 0, 0), -EINVAL);
	assert_int_equal(read_log(2, page, 512, 2, 0, 0), -EINVAL);
	/* As one would that knows no offsets. */
	g_host.ctrlr->cdata.lpa.lpeds = 0;
	assert_int_equal(read_log(2, page, 256, 256, 0, 0), -EINVAL);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 7);
	log_capture_stop();
	ctrlr_turn(&g_host, 10);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.admin_commands, commands);
	assert_int_equal(g_result.count, 0);
}

/* ---- Security ---- */

static void
expect_security(uint8_t opc, uint32_t size)
{
	expect_sent(opc, 0, (uint32_t[6]){0xecabcd17, size});
}

static void
security_data_go_to_the_protocol_that_was_named(void **state)
{
	uint8_t sent[96], received[128] = {0};
	int rc;

	memset(sent, 0x77, sizeof(sent));
	rc = spdk_nvme_ctrlr_cmd_security_send(g_host.ctrlr, 0xec, 0xabcd, 0x17, sent, sizeof(sent),
					       ctrlr_done, &g_result);
	memset(sent, 0, sizeof(sent));
	expect_success(rc);
	expect_security(SPDK_NVME_OPC_SECURITY_SEND, sizeof(sent));
	expect_success(spdk_nvme_ctrlr_cmd_security_receive(g_host.ctrlr, 0xec, 0xabcd, 0x17,
							    received, sizeof(received), ctrlr_done,
							    &g_result));
	expect_security(SPDK_NVME_OPC_SECURITY_RECEIVE, sizeof(received));
	assert_int_equal(received[0], 0x77);
	assert_int_equal(received[sizeof(sent) - 1], 0x77);
	assert_int_equal(received[sizeof(sent)], 0);
	assert_int_equal(spdk_nvme_ctrlr_cmd_security_send(g_host.ctrlr, 0, 0, 0, NULL, 4,
							   ctrlr_done, &g_result),
			 -EINVAL);
}

static int
send_and_wait(void *payload, size_t size)
{
	int rc;

	fake_start(g_host.fake);
	rc = spdk_nvme_ctrlr_security_send(g_host.ctrlr, 0xec, 0xabcd, 0x17, payload, size);
	fake_stop(g_host.fake);
	return rc;
}

static int
receive_and_wait(void *payload, size_t size)
{
	int rc;

	fake_start(g_host.fake);
	rc = spdk_nvme_ctrlr_security_receive(g_host.ctrlr, 0xec, 0xabcd, 0x17, payload, size);
	fake_stop(g_host.fake);
	return rc;
}

static void
security_data_are_waited_for(void **state)
{
	uint8_t sent[96], received[128] = {0};

	memset(sent, 0x66, sizeof(sent));
	assert_int_equal(send_and_wait(sent, sizeof(sent)), 0);
	expect_security(SPDK_NVME_OPC_SECURITY_SEND, sizeof(sent));
	assert_int_equal(receive_and_wait(received, sizeof(received)), 0);
	expect_security(SPDK_NVME_OPC_SECURITY_RECEIVE, sizeof(received));
	assert_memory_equal(received, sent, sizeof(sent));
	assert_int_equal(received[sizeof(sent)], 0);
	/* Some protocols have commands without data. */
	assert_int_equal(send_and_wait(NULL, 0), 0);
	expect_security(SPDK_NVME_OPC_SECURITY_SEND, 0);
}

static void
security_that_the_controller_refuses_is_told(void **state)
{
	uint8_t data[64] = {0};

	ctrlr_plant(&g_host, FAKE_FAULT_STATUS, SPDK_NVME_OPC_SECURITY_SEND, 0, 0);
	ctrlr_plant(&g_host, FAKE_FAULT_STATUS, SPDK_NVME_OPC_SECURITY_RECEIVE, 0, 0);
	log_capture_start();
	assert_int_equal(send_and_wait(data, sizeof(data)), -EIO);
	assert_true(log_captured("SECURITY SEND", "INTERNAL DEVICE ERROR", NULL));
	log_capture_clear();
	assert_int_equal(receive_and_wait(data, sizeof(data)), -EIO);
	assert_true(log_captured("SECURITY RECEIVE", "INTERNAL DEVICE ERROR", NULL));
	log_capture_stop();
}

static void
security_without_sense_does_not_reach_the_controller(void **state)
{
	uint8_t data[64] = {0};

	assert_int_equal(send_and_wait(NULL, 64), -EINVAL);
	assert_int_equal(receive_and_wait(NULL, 64), -EINVAL);
	/* More than a command can say: it must not become 64 bytes. */
	assert_int_equal(send_and_wait(data, ((size_t)1 << 32) + 64), -EINVAL);
	assert_int_equal(receive_and_wait(data, ((size_t)1 << 32) + 64), -EINVAL);
	expect_none_sent(SPDK_NVME_OPC_SECURITY_SEND);
	expect_none_sent(SPDK_NVME_OPC_SECURITY_RECEIVE);
}

/* ---- Directives ---- */

static int
receive_directive(uint32_t nsid, uint32_t dtype, uint32_t dspec, void *payload, uint32_t size)
{
	return spdk_nvme_ctrlr_cmd_directive_receive(
		g_host.ctrlr, nsid, SPDK_NVME_IDENTIFY_DIRECTIVE_RECEIVE_RETURN_PARAM, dtype, dspec,
		payload, size, 0x11223344, 0x55667788, ctrlr_done, &g_result);
}

static int
enable_streams(uint32_t nsid, uint32_t cdw13)
{
	return spdk_nvme_ctrlr_cmd_directive_send(
		g_host.ctrlr, nsid, SPDK_NVME_IDENTIFY_DIRECTIVE_SEND_ENABLED,
		SPDK_NVME_DIRECTIVE_TYPE_IDENTIFY, 0, NULL, 0,
		SPDK_NVME_DIRECTIVE_TYPE_STREAMS << 8 | 1, cdw13, ctrlr_done, &g_result);
}

static void
directives_are_switched_on_and_read(void **state)
{
	struct spdk_nvme_ns_identify_directive_param param;
	struct spdk_nvme_ns_streams_data streams = {0};

	expect_success(
		receive_directive(1, SPDK_NVME_DIRECTIVE_TYPE_IDENTIFY, 0, &param, sizeof(param)));
	assert_true(param.directives_supported.streams);
	assert_false(param.directives_enabled.streams);
	expect_success(enable_streams(1, 0));
	expect_sent(SPDK_NVME_OPC_DIRECTIVE_SEND, 1, (uint32_t[6]){0, 0x00000001, 0x0101});
	expect_success(
		receive_directive(1, SPDK_NVME_DIRECTIVE_TYPE_IDENTIFY, 0, &param, sizeof(param)));
	assert_true(param.directives_enabled.streams);
	expect_success(receive_directive(1, SPDK_NVME_DIRECTIVE_TYPE_STREAMS, 0xabcd, &streams,
					 sizeof(streams)));
	expect_sent(SPDK_NVME_OPC_DIRECTIVE_RECEIVE, 1,
		    (uint32_t[6]){sizeof(streams) / 4 - 1, 0xabcd0101, 0x11223344, 0x55667788});
	assert_int_equal(streams.msl, 8);
	/* Namespace 9 is none. */
	expect_status(enable_streams(9, 0), SPDK_NVME_SCT_GENERIC,
		      SPDK_NVME_SC_INVALID_NAMESPACE_OR_FORMAT);
}

/* No directive of today has such data: the fake refuses it, but has it got. */
static void
data_of_a_directive_reach_the_controller(void **state)
{
	uint8_t data[64] = {0};

	expect_status(spdk_nvme_ctrlr_cmd_directive_send(g_host.ctrlr, 1, 0x21, 0x43, 0x8765, data,
							 sizeof(data), 0xcafe, 0xf00d, ctrlr_done,
							 &g_result),
		      SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	expect_sent(SPDK_NVME_OPC_DIRECTIVE_SEND, 1,
		    (uint32_t[6]){sizeof(data) / 4 - 1, 0x87654321, 0xcafe, 0xf00d});
	assert_true(fake_last_command(g_host.fake, SPDK_NVME_OPC_DIRECTIVE_SEND).dptr.prp.prp1 !=
		    0);
	assert_int_equal(receive_directive(1, 0, 0, NULL, 64), -EINVAL);
	expect_none_sent(SPDK_NVME_OPC_DIRECTIVE_RECEIVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_host, close_host)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_feature_is_set_and_read),
		TEST(data_of_a_feature_go_both_ways),
		TEST(a_feature_of_a_namespace_names_it),
		TEST(log_pages_are_read_with_the_fields_of_the_caller),
		TEST(fields_that_are_the_drivers_are_refused),
		TEST(security_data_go_to_the_protocol_that_was_named),
		TEST(security_data_are_waited_for),
		TEST(security_that_the_controller_refuses_is_told),
		TEST(security_without_sense_does_not_reach_the_controller),
		TEST(directives_are_switched_on_and_read),
		TEST(data_of_a_directive_reach_the_controller),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
