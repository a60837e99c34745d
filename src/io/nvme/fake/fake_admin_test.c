/* SPDX-License-Identifier: BSD-3-Clause */
/* Admin commands of the fake beyond those for queues. */
#include "io/nvme/fake/raw_host_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE           4096
#define GENERIC(name)  (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)
#define SPECIFIC(name) (SPDK_NVME_SCT_COMMAND_SPECIFIC << 8 | SPDK_NVME_SC_##name)

static struct raw_host g_host;
static struct fake_opts g_opts;
static uint8_t *g_page;

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	g_opts.ns[1] = (struct fake_ns_opts){.blocks = 128, .block_size = 4096};
	g_opts.ns[4] = (struct fake_ns_opts){.blocks = 64, .block_size = 512, .zone_blocks = 16};
	g_opts.ns[5] = (struct fake_ns_opts){.blocks = 64, .block_size = 512, .is_detached = true};
	raw_open(&g_host, &g_opts);
	raw_enable(&g_host, 32);
	g_page = raw_memory(PAGE);
	return 0;
}

static int
teardown(void **state)
{
	raw_close(&g_host);
	return 0;
}

static struct spdk_nvme_cmd
with_page(uint8_t opc, uint32_t nsid, uint32_t cdw10, uint32_t cdw11)
{
	struct spdk_nvme_cmd cmd = {.opc = opc, .nsid = nsid, .cdw10 = cdw10, .cdw11 = cdw11};

	cmd.dptr.prp.prp1 = (uintptr_t)g_page;
	return cmd;
}

static uint16_t
run(struct spdk_nvme_cmd cmd)
{
	return raw_run_status(&g_host, 0, cmd);
}

static void
lists_have_the_namespaces_that_they_name(void **state)
{
	const uint32_t *list = raw_identify(&g_host, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 0);

	assert_memory_equal(list, ((uint32_t[]){1, 2, 5, 0}), 16);
	list = raw_identify(&g_host, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 1, 0);
	assert_memory_equal(list, ((uint32_t[]){2, 5, 0}), 12);
	list = raw_identify(&g_host, SPDK_NVME_IDENTIFY_ALLOCATED_NS_LIST, 0, 0);
	assert_memory_equal(list, ((uint32_t[]){1, 2, 5, 6, 0}), 20);
	list = raw_identify(&g_host, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST_IOCS, 0, SPDK_NVME_CSI_ZNS);
	assert_memory_equal(list, ((uint32_t[]){5, 0}), 8);
}

static void
namespaces_are_described(void **state)
{
	struct spdk_nvme_ns_data *ns = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS, 2, 0);
	struct spdk_nvme_zns_ns_data *zns;
	struct spdk_nvme_ns_id_desc *id;

	assert_int_equal(ns->nsze, 128);
	assert_int_equal(ns->lbaf[ns->flbas.format].lbads, 12);
	/* One that is not attached tells zeros. */
	ns = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS, 6, 0);
	assert_int_equal(ns->nsze, 0);
	ns = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS_ALLOCATED, 6, 0);
	assert_int_equal(ns->nsze, 64);
	zns = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS_IOCS, 5, SPDK_NVME_CSI_ZNS);
	assert_int_equal(zns->lbafe[0].zsze, 16);
	assert_int_equal(zns->mar, UINT32_MAX);
	id = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST, 5, 0);
	assert_int_equal(id->nidt, SPDK_NVME_NIDT_EUI64);
	id = (void *)(id->nid + id->nidl);
	assert_int_equal(id->nidt, SPDK_NVME_NIDT_NGUID);
	id = (void *)(id->nid + id->nidl);
	assert_int_equal(id->nidt, SPDK_NVME_NIDT_UUID);
	id = (void *)(id->nid + id->nidl);
	assert_int_equal(id->nidt, SPDK_NVME_NIDT_CSI);
	assert_int_equal(id->nid[0], SPDK_NVME_CSI_ZNS);
	id = (void *)(id->nid + id->nidl);
	assert_int_equal(id->nidl, 0);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_IDENTIFY, 17, SPDK_NVME_IDENTIFY_NS, 0)),
			 GENERIC(INVALID_NAMESPACE_OR_FORMAT));
	assert_int_equal(run(with_page(SPDK_NVME_OPC_IDENTIFY, 0, 0x77, 0)),
			 GENERIC(INVALID_FIELD));
}

static uint32_t
get_feature(uint32_t cdw10)
{
	struct spdk_nvme_cpl cpl =
		raw_run(&g_host, 0, with_page(SPDK_NVME_OPC_GET_FEATURES, 0, cdw10, 0));

	assert_int_equal(raw_status(&cpl), 0);
	return cpl.cdw0;
}

static void
features_are_kept_until_a_reset(void **state)
{
	struct spdk_nvme_cmd set = {.opc = SPDK_NVME_OPC_SET_FEATURES,
				    .cdw10 = SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE};

	assert_int_equal(get_feature(SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE), 1);
	assert_int_equal(run(set), 0);
	assert_int_equal(get_feature(SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE), 0);
	assert_int_equal(get_feature(1 << 8 | SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE), 1);
	raw_disable(&g_host);
	raw_enable(&g_host, 32);
	assert_int_equal(get_feature(SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE), 1);
	set.cdw10 = 0x7c;
	assert_int_equal(run(set), GENERIC(INVALID_FIELD));
	set.cdw10 = 1u << 31 | SPDK_NVME_FEAT_ARBITRATION;
	assert_int_equal(run(set), SPECIFIC(FEATURE_ID_NOT_SAVEABLE));
	memset(g_page, 0x3d, 16);
	assert_int_equal(
		run(with_page(SPDK_NVME_OPC_SET_FEATURES, 0, SPDK_NVME_FEAT_HOST_IDENTIFIER, 1)),
		0);
	memset(g_page, 0, 16);
	(void)get_feature(SPDK_NVME_FEAT_HOST_IDENTIFIER);
	assert_int_equal(g_page[15], 0x3d);
}

static struct spdk_nvme_cmd
log_page(uint8_t lid, uint32_t length, uint32_t offset)
{
	struct spdk_nvme_cmd cmd = with_page(SPDK_NVME_OPC_GET_LOG_PAGE, SPDK_NVME_GLOBAL_NS_TAG,
					     (length / 4 - 1) << 16 | lid, 0);

	cmd.cdw12 = offset;
	return cmd;
}

static void
log_pages_are_read_in_parts(void **state)
{
	const struct spdk_nvme_error_information_entry *errors = (void *)g_page;
	const struct spdk_nvme_cmds_and_effect_log_page *effects = (void *)g_page;

	assert_int_equal(run((struct spdk_nvme_cmd){.opc = 0xc0}), GENERIC(INVALID_OPCODE));
	assert_int_equal(run((struct spdk_nvme_cmd){.opc = 0xc1, .nsid = 9}),
			 GENERIC(INVALID_OPCODE));
	assert_int_equal(run(log_page(SPDK_NVME_LOG_ERROR, 128, 0)), 0);
	assert_int_equal(errors[0].error_count, 2);
	assert_int_equal(errors[0].nsid, 9);
	assert_int_equal(errors[1].error_count, 1);
	assert_int_equal(run(log_page(SPDK_NVME_LOG_ERROR, 64, 64)), 0);
	assert_int_equal(errors[0].error_count, 1);
	assert_int_equal(run(log_page(SPDK_NVME_LOG_HEALTH_INFORMATION, 512, 0)), 0);
	assert_int_equal(((struct spdk_nvme_health_information_page *)g_page)->temperature, 300);
	assert_int_equal(run(log_page(SPDK_NVME_LOG_COMMAND_EFFECTS_LOG, 4096, 0)), 0);
	assert_true(effects->io_cmds_supported[SPDK_NVME_OPC_WRITE].csupp);
	assert_false(effects->io_cmds_supported[SPDK_NVME_OPC_ZONE_APPEND].csupp);
	assert_int_equal(run(log_page(0x99, 64, 0)), SPECIFIC(INVALID_LOG_PAGE));
}

static void
aborted_commands_complete_as_such(void **state)
{
	const struct fake_fault never = {.kind = FAKE_FAULT_NEVER,
					 .where = FAKE_AT_ADMIN_COMMAND,
					 .opcode = SPDK_NVME_OPC_IDENTIFY,
					 .count = 1};
	struct spdk_nvme_cmd identify = with_page(SPDK_NVME_OPC_IDENTIFY, 0, 1, 0);
	struct spdk_nvme_cmd abort = {.opc = SPDK_NVME_OPC_ABORT};
	struct spdk_nvme_cpl cpl;
	uint16_t victim, cid;

	fake_plant(g_host.fake, &never);
	victim = raw_put(&g_host, 0, &identify);
	abort.cdw10_bits.abort.cid = victim;
	cid = raw_put(&g_host, 0, &abort);
	raw_ring(&g_host, 0);
	cpl = raw_wait(&g_host, 0);
	assert_int_equal(cpl.cid, victim);
	assert_int_equal(raw_status(&cpl), GENERIC(ABORTED_BY_REQUEST));
	cpl = raw_wait(&g_host, 0);
	assert_int_equal(cpl.cid, cid);
	assert_int_equal(cpl.cdw0, 0);
	cpl = raw_run(&g_host, 0, abort);
	assert_int_equal(cpl.cdw0, 1);
}

static void
requests_for_events_have_a_limit(void **state)
{
	const struct spdk_nvme_cmd request = {.opc = SPDK_NVME_OPC_ASYNC_EVENT_REQUEST};

	for (uint32_t i = 0; i <= g_opts.aerl; i++) {
		raw_put(&g_host, 0, &request);
	}
	raw_ring(&g_host, 0);
	fake_settle(g_host.fake, RAW_STEPS_MAX);
	assert_int_equal(run(request), SPECIFIC(ASYNC_EVENT_REQUEST_LIMIT_EXCEEDED));
	raw_expect_violation(&g_host, "AERL");
}

static void
changes_of_namespaces_are_told(void **state)
{
	const struct spdk_nvme_cmd request = {.opc = SPDK_NVME_OPC_ASYNC_EVENT_REQUEST};
	struct spdk_nvme_cpl cpl;

	assert_int_equal(
		run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_SET_FEATURES,
					   .cdw10 = SPDK_NVME_FEAT_ASYNC_EVENT_CONFIGURATION,
					   .cdw11 = 1 << 8}),
		0);
	fake_change_namespace(g_host.fake, 2, 0);
	fake_change_namespace(g_host.fake, 7, 300);
	cpl = raw_run(&g_host, 0, request);
	assert_int_equal(cpl.cdw0, 0x00040002);
	assert_int_equal(run(log_page(SPDK_NVME_LOG_CHANGED_NS_LIST, 4096, 0)), 0);
	assert_memory_equal(g_page, ((uint32_t[]){2, 7, 0}), 12);
	assert_memory_equal(raw_identify(&g_host, SPDK_NVME_IDENTIFY_ACTIVE_NS_LIST, 0, 0),
			    ((uint32_t[]){1, 5, 7, 0}), 16);
}

static void
namespaces_are_made_attached_and_deleted(void **state)
{
	struct spdk_nvme_ns_data *data = (void *)g_page;
	struct spdk_nvme_ctrlr_list *list = (void *)g_page;
	struct spdk_nvme_cpl cpl;

	data->nsze = 1000;
	data->ncap = 1000;
	data->flbas.format = 1;
	cpl = raw_run(&g_host, 0, with_page(SPDK_NVME_OPC_NS_MANAGEMENT, 0, 0, 0));
	assert_int_equal(raw_status(&cpl), 0);
	assert_int_equal(cpl.cdw0, 3);
	memset(g_page, 0, PAGE);
	list->ctrlr_count = 1;
	list->ctrlr_list[0] = 1;
	assert_int_equal(run(with_page(SPDK_NVME_OPC_NS_ATTACHMENT, 3, 0, 0)), 0);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_NS_ATTACHMENT, 3, 0, 0)),
			 SPECIFIC(NAMESPACE_ALREADY_ATTACHED));
	data = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS, 3, 0);
	assert_int_equal(data->nsze, 1000);
	assert_int_equal(data->lbaf[data->flbas.format].lbads, 12);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_NS_ATTACHMENT, 3, 1, 0)), 0);
	assert_int_equal(run((struct spdk_nvme_cmd){
				 .opc = SPDK_NVME_OPC_NS_MANAGEMENT, .nsid = 3, .cdw10 = 1}),
			 0);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_NS_ATTACHMENT, 3, 0, 0)),
			 GENERIC(INVALID_NAMESPACE_OR_FORMAT));
}

static void
media_are_formatted_and_sanitized(void **state)
{
	const struct spdk_nvme_sanitize_status_log_page *status = (void *)g_page;
	struct spdk_nvme_ns_data *ns;

	memset(fake_ns_data(g_host.fake, 1), 1, 512);
	memset(fake_ns_data(g_host.fake, 2), 2, 512);
	assert_int_equal(
		run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_FORMAT_NVM, .nsid = 1, .cdw10 = 1}),
		0);
	ns = raw_identify(&g_host, SPDK_NVME_IDENTIFY_NS, 1, 0);
	assert_int_equal(ns->nsze, 1024);
	assert_int_equal(ns->lbaf[0].lbads, 12);
	assert_int_equal(fake_ns_data(g_host.fake, 1)[0], 0);
	assert_int_equal(
		run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_FORMAT_NVM, .nsid = 1, .cdw10 = 2}),
		SPECIFIC(INVALID_FORMAT));
	assert_int_equal(run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_SANITIZE, .cdw10 = 2}), 0);
	assert_int_equal(fake_ns_data(g_host.fake, 2)[0], 0);
	assert_int_equal(run(log_page(SPDK_NVME_LOG_SANITIZE_STATUS, 512, 0)), 0);
	assert_int_equal(status->sstat.status, SPDK_NVME_RECENT_SANITIZE_SUCCESSFUL);
}

static void
firmware_is_loaded_and_runs_after_a_reset(void **state)
{
	const struct spdk_nvme_firmware_page *page = (void *)g_page;

	assert_int_equal(run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_FIRMWARE_COMMIT,
						    .cdw10 = 1 << 3 | 2}),
			 SPECIFIC(INVALID_FIRMWARE_IMAGE));
	memcpy(g_page, "2.0beta!", 8);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD, 0, 1023, 0)), 0);
	assert_int_equal(run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_FIRMWARE_COMMIT,
						    .cdw10 = 1 << 3 | 2}),
			 SPECIFIC(FIRMWARE_REQ_RESET));
	assert_int_equal(run(log_page(SPDK_NVME_LOG_FIRMWARE_SLOT, 512, 0)), 0);
	assert_int_equal(page->afi.active_slot, 1);
	assert_int_equal(page->afi.next_reset_slot, 2);
	raw_disable(&g_host);
	raw_enable(&g_host, 32);
	assert_int_equal(run(log_page(SPDK_NVME_LOG_FIRMWARE_SLOT, 512, 0)), 0);
	assert_int_equal(page->afi.active_slot, 2);
	assert_memory_equal(page->revision[1], "2.0beta!", 8);
}

static void
security_and_directives_answer(void **state)
{
	const struct spdk_nvme_ns_identify_directive_param *param = (void *)g_page;
	struct spdk_nvme_cmd send = {
		.opc = SPDK_NVME_OPC_DIRECTIVE_SEND, .nsid = 1, .cdw11 = 1, .cdw12 = 0x0101};

	memset(g_page, 0x77, 64);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_SECURITY_SEND, 0, 0, 64)), 0);
	memset(g_page, 0, 64);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_SECURITY_RECEIVE, 0, 0, 128)), 0);
	assert_int_equal(g_page[63], 0x77);
	assert_int_equal(g_page[64], 0);
	assert_int_equal(run(send), 0);
	assert_int_equal(run(with_page(SPDK_NVME_OPC_DIRECTIVE_RECEIVE, 1, 1023, 1)), 0);
	assert_true(param->directives_enabled.streams);
}

static void
set_keep_alive(uint32_t ms)
{
	assert_int_equal(run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_SET_FEATURES,
						    .cdw10 = SPDK_NVME_FEAT_KEEP_ALIVE_TIMER,
						    .cdw11 = ms}),
			 0);
}

/* A keep alive command begins the time anew. Where the machine was too slow to see it: false. */
static bool
lives_on_by_keep_alive(void)
{
	uint64_t began;

	set_keep_alive(100);
	began = spdk_get_ticks();
	spdk_delay_us(60000);
	assert_int_equal(run((struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_KEEP_ALIVE}), 0);
	spdk_delay_us(60000);
	fake_step(g_host.fake);
	return g_host.registers->csts.bits.cfs == 0 &&
	       spdk_get_ticks() - began > spdk_get_ticks_hz() / 10;
}

static void
silent_hosts_are_taken_for_dead(void **state)
{
	bool lived = false;

	for (uint32_t i = 0; i < 20 && !lived; i++) {
		raw_disable(&g_host);
		raw_enable(&g_host, 32);
		lived = lives_on_by_keep_alive();
		fake_forget_violations(g_host.fake);
	}
	assert_true(lived);
	set_keep_alive(1);
	spdk_delay_us(3000);
	fake_step(g_host.fake);
	assert_int_equal(g_host.registers->csts.bits.cfs, 1);
	raw_expect_violation(&g_host, "no keep alive");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_have_the_namespaces_that_they_name),
		TEST(namespaces_are_described),
		TEST(features_are_kept_until_a_reset),
		TEST(log_pages_are_read_in_parts),
		TEST(aborted_commands_complete_as_such),
		TEST(requests_for_events_have_a_limit),
		TEST(changes_of_namespaces_are_told),
		TEST(namespaces_are_made_attached_and_deleted),
		TEST(media_are_formatted_and_sanitized),
		TEST(firmware_is_loaded_and_runs_after_a_reset),
		TEST(security_and_directives_answer),
		TEST(silent_hosts_are_taken_for_dead),
	};

	return cmocka_run_group_tests(tests, raw_setup_env, raw_teardown_env);
}
