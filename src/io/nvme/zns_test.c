/* SPDX-License-Identifier: BSD-3-Clause */
/* Zoned namespaces through the driver: what the controller is asked, and what becomes of zones. */
#include "io/nvme/io_fixture.h"

#include "spdk/nvme_zns.h"

#define BLOCK     512
#define PAGE      4096
#define ZONE      32
#define CAPACITY  24
#define ZONES     8
#define EXTENSION 128
#define BUFFER    (64 * PAGE)

#define SPECIFIC(name) (SPDK_NVME_SCT_COMMAND_SPECIFIC << 8 | SPDK_NVME_SC_##name)
#define GENERIC(name)  (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)

/* A call of the driver that has to be taken, and the end of its command. */
#define RUN(call, status) run(call, #call, status)
/* One that has to be refused, with an explanation that has this in it. */
#define REFUSED(call, text) refused(call, #call, text)

typedef int (*action_fn)(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			 bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer;

static void
open_with(const struct fake_opts *opts)
{
	g_buffer = io_memory(BUFFER);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, opts, NULL);
}

static void
open_zoned(void)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){
		.blocks = ZONES * ZONE,
		.block_size = BLOCK,
		.zone_blocks = ZONE,
		.zone_capacity = CAPACITY,
		.zones_active_max = 4,
		.zones_open_max = 2,
		.zone_extension = EXTENSION / 64,
	};
	open_with(&opts);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
}

static void
run(int rc, const char *call, uint32_t status)
{
	if (rc != 0) {
		fail_msg("%s: %d", call, rc);
	}
	io_expect(&g_host, &g_result, status >> 8, status & 0xff);
}

static uint64_t
all_commands(void)
{
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	return stats.io_commands;
}

static void
refused(int rc, const char *call, const char *text)
{
	if (rc != -EINVAL) {
		fail_msg("%s: %d instead of %d", call, rc, -EINVAL);
	}
	if (text != NULL && !log_captured(text, NULL)) {
		fail_msg("%s: the log does not say '%s'", call, text);
	}
	assert_int_equal(g_host.qpair->outstanding, 0);
	assert_int_equal(g_result.count, 0);
}

/* The command that came last, all of it but where its data are. */
static void
expect_command(uint8_t opc, uint64_t lba, const uint32_t cdw12_to_15[4])
{
	const struct spdk_nvme_cmd *cmd = io_command_before(&g_host, 1);

	assert_int_equal(cmd->opc, opc);
	assert_int_equal(cmd->fuse, 0);
	assert_int_equal(cmd->psdt, SPDK_NVME_PSDT_PRP);
	assert_int_equal(cmd->nsid, 1);
	assert_int_equal(cmd->cdw10, (uint32_t)lba);
	assert_int_equal(cmd->cdw11, (uint32_t)(lba >> 32));
	assert_int_equal(cmd->cdw12, cdw12_to_15[0]);
	assert_int_equal(cmd->cdw13, cdw12_to_15[1]);
	assert_int_equal(cmd->cdw14, cdw12_to_15[2]);
	assert_int_equal(cmd->cdw15, cdw12_to_15[3]);
}

static struct spdk_nvme_zns_zone_report *
report_on(uint64_t lba, enum spdk_nvme_zns_zra_report_opts which)
{
	RUN(spdk_nvme_zns_report_zones(g_host.ns, g_host.qpair, g_buffer, PAGE, lba, which, true,
				       ctrlr_done, &g_result),
	    0);
	return (void *)g_buffer;
}

static void
expect_state(uint32_t zone, enum spdk_nvme_zns_zone_state state)
{
	struct spdk_nvme_zns_zone_report *report = report_on(zone * ZONE, SPDK_NVME_ZRA_LIST_ALL);

	assert_int_equal(report->nr_zones, ZONES - zone);
	assert_int_equal(report->descs[0].zslba, zone * ZONE);
	if (report->descs[0].zs != state) {
		fail_msg("zone %u is in state %#x instead of %#x", zone, report->descs[0].zs,
			 state);
	}
}

static void
act(action_fn action, uint32_t zone)
{
	RUN(action(g_host.ns, g_host.qpair, zone * ZONE, false, ctrlr_done, &g_result), 0);
}

/* The block that is named does not count, and does not reach the controller. */
static void
act_on_all(action_fn action)
{
	RUN(action(g_host.ns, g_host.qpair, 5 * ZONE + 3, true, ctrlr_done, &g_result), 0);
}

static void
append_to(uint32_t zone, uint32_t blocks)
{
	RUN(spdk_nvme_zns_zone_append(g_host.ns, g_host.qpair, g_buffer, zone * ZONE, blocks,
				      ctrlr_done, &g_result, 0),
	    0);
}

static void
actions_move_one_zone(void **state)
{
	const struct {
		action_fn action;
		uint32_t cdw13;
		enum spdk_nvme_zns_zone_state then;
	} moves[] = {
		{spdk_nvme_zns_open_zone, 0x3, SPDK_NVME_ZONE_STATE_EOPEN},
		{spdk_nvme_zns_close_zone, 0x1, SPDK_NVME_ZONE_STATE_CLOSED},
		{spdk_nvme_zns_finish_zone, 0x2, SPDK_NVME_ZONE_STATE_FULL},
		{spdk_nvme_zns_reset_zone, 0x4, SPDK_NVME_ZONE_STATE_EMPTY},
	};

	open_zoned();
	for (uint32_t i = 0; i < SPDK_COUNTOF(moves); i++) {
		act(moves[i].action, 3);
		expect_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, 3 * ZONE,
			       (uint32_t[]){0, moves[i].cdw13, 0, 0});
		expect_state(3, moves[i].then);
		expect_state(4, SPDK_NVME_ZONE_STATE_EMPTY);
	}
	fake_set_zone_state(g_host.fake, 1, 3 * ZONE, SPDK_NVME_ZONE_STATE_RONLY);
	act(spdk_nvme_zns_offline_zone, 3);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, 3 * ZONE, (uint32_t[]){0, 0x5, 0, 0});
	expect_state(3, SPDK_NVME_ZONE_STATE_OFFLINE);
	close_all();
}

static void
expect_all_command(uint32_t action)
{
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, 0, (uint32_t[]){0, 1u << 8 | action, 0, 0});
}

static void
with_select_all_actions_move_all_that_they_apply_to(void **state)
{
	open_zoned();
	act(spdk_nvme_zns_open_zone, 1);
	append_to(2, 1);
	append_to(3, CAPACITY);
	act_on_all(spdk_nvme_zns_close_zone);
	expect_all_command(0x1);
	expect_state(1, SPDK_NVME_ZONE_STATE_CLOSED);
	expect_state(2, SPDK_NVME_ZONE_STATE_CLOSED);
	expect_state(3, SPDK_NVME_ZONE_STATE_FULL);
	act_on_all(spdk_nvme_zns_open_zone);
	expect_all_command(0x3);
	expect_state(1, SPDK_NVME_ZONE_STATE_EOPEN);
	expect_state(2, SPDK_NVME_ZONE_STATE_EOPEN);
	expect_state(5, SPDK_NVME_ZONE_STATE_EMPTY);
	act_on_all(spdk_nvme_zns_finish_zone);
	expect_all_command(0x2);
	assert_int_equal(report_on(0, SPDK_NVME_ZRA_LIST_ZSF)->nr_zones, 3);
	act_on_all(spdk_nvme_zns_reset_zone);
	expect_all_command(0x4);
	assert_int_equal(report_on(0, SPDK_NVME_ZRA_LIST_ZSE)->nr_zones, ZONES);
	fake_set_zone_state(g_host.fake, 1, 0, SPDK_NVME_ZONE_STATE_RONLY);
	fake_set_zone_state(g_host.fake, 1, 7 * ZONE, SPDK_NVME_ZONE_STATE_RONLY);
	act_on_all(spdk_nvme_zns_offline_zone);
	expect_all_command(0x5);
	assert_int_equal(report_on(0, SPDK_NVME_ZRA_LIST_ZSO)->nr_zones, 2);
	close_all();
}

static void
what_the_controller_refuses_is_told_by_the_completion(void **state)
{
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;

	open_zoned();
	ns = g_host.ns;
	qpair = g_host.qpair;
	RUN(spdk_nvme_zns_close_zone(ns, qpair, 0, false, ctrlr_done, &g_result),
	    SPECIFIC(INVALID_ZONE_STATE_TRANSITION));
	RUN(spdk_nvme_zns_reset_zone(ns, qpair, 1, false, ctrlr_done, &g_result),
	    GENERIC(INVALID_FIELD));
	RUN(spdk_nvme_zns_reset_zone(ns, qpair, 0x500000020, false, ctrlr_done, &g_result),
	    GENERIC(LBA_OUT_OF_RANGE));
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, 0x500000020, (uint32_t[]){0, 0x4, 0, 0});
	act(spdk_nvme_zns_open_zone, 0);
	act(spdk_nvme_zns_open_zone, 1);
	RUN(spdk_nvme_zns_open_zone(ns, qpair, 2 * ZONE, false, ctrlr_done, &g_result),
	    SPECIFIC(TOO_MANY_OPEN_ZONES));
	append_to(0, CAPACITY);
	RUN(spdk_nvme_zns_zone_append(ns, qpair, g_buffer, 0, 1, ctrlr_done, &g_result, 0),
	    SPECIFIC(ZONE_IS_FULL));
	close_all();
}

static void
reports_tell_zones_by_state(void **state)
{
	struct spdk_nvme_zns_zone_report *report;

	open_zoned();
	append_to(2, 5);
	append_to(6, CAPACITY);
	memset(g_buffer, 0xee, PAGE);
	/* Room for two and a half. */
	RUN(spdk_nvme_zns_report_zones(g_host.ns, g_host.qpair, g_buffer, 64 + 160, ZONE,
				       SPDK_NVME_ZRA_LIST_ALL, false, ctrlr_done, &g_result),
	    0);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_RECV, ZONE, (uint32_t[]){224 / 4 - 1, 0, 0, 0});
	report = (void *)g_buffer;
	assert_int_equal(report->nr_zones, ZONES - 1);
	assert_int_equal(report->descs[0].zslba, ZONE);
	assert_int_equal(report->descs[0].zs, SPDK_NVME_ZONE_STATE_EMPTY);
	assert_int_equal(report->descs[1].zt, SPDK_NVME_ZONE_TYPE_SEQWR);
	assert_int_equal(report->descs[1].zs, SPDK_NVME_ZONE_STATE_IOPEN);
	assert_int_equal(report->descs[1].zcap, CAPACITY);
	assert_int_equal(report->descs[1].wp, 2 * ZONE + 5);
	assert_int_equal(g_buffer[64 + 160], 0xee);
	/* Only those that are there. */
	RUN(spdk_nvme_zns_report_zones(g_host.ns, g_host.qpair, g_buffer, 64 + 160, ZONE,
				       SPDK_NVME_ZRA_LIST_ALL, true, ctrlr_done, &g_result),
	    0);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_RECV, ZONE,
		       (uint32_t[]){224 / 4 - 1, 1u << 16, 0, 0});
	assert_int_equal(report->nr_zones, 2);
	report_on(0, SPDK_NVME_ZRA_LIST_ZSF);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_RECV, 0,
		       (uint32_t[]){PAGE / 4 - 1, 1u << 16 | 0x5 << 8, 0, 0});
	assert_int_equal(report->nr_zones, 1);
	assert_int_equal(report->descs[0].zslba, 6 * ZONE);
	close_all();
}

static void
extensions_are_kept_and_reported(void **state)
{
	const size_t stride = 64 + EXTENSION;
	struct spdk_nvme_zns_zone_desc *desc;
	uint8_t extension[EXTENSION];
	uint64_t count;

	open_zoned();
	io_fill(extension, EXTENSION, 7);
	memcpy(g_buffer, extension, EXTENSION);
	RUN(spdk_nvme_zns_set_zone_desc_ext(g_host.ns, g_host.qpair, 2 * ZONE, g_buffer, EXTENSION,
					    ctrlr_done, &g_result),
	    0);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, 2 * ZONE, (uint32_t[]){0, 0x10, 0, 0});
	expect_state(2, SPDK_NVME_ZONE_STATE_CLOSED);
	RUN(spdk_nvme_zns_ext_report_zones(g_host.ns, g_host.qpair, g_buffer,
					   (uint32_t)(64 + 3 * stride), ZONE,
					   SPDK_NVME_ZRA_LIST_ALL, true, ctrlr_done, &g_result),
	    0);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_RECV, ZONE,
		       (uint32_t[]){(64 + 3 * (64 + EXTENSION)) / 4 - 1, 1u << 16 | 1, 0, 0});
	memcpy(&count, g_buffer, sizeof(count));
	assert_int_equal(count, 3);
	desc = (void *)(g_buffer + 64 + stride);
	assert_int_equal(desc->zslba, 2 * ZONE);
	assert_int_equal(desc->za.bits.zdev, 1);
	assert_memory_equal(desc + 1, extension, EXTENSION);
	desc = (void *)(g_buffer + 64 + 2 * stride);
	assert_int_equal(desc->zslba, 3 * ZONE);
	assert_int_equal(desc->za.bits.zdev, 0);
	RUN(spdk_nvme_zns_ext_report_zones(g_host.ns, g_host.qpair, g_buffer, PAGE, 0,
					   SPDK_NVME_ZRA_LIST_ZSC, false, ctrlr_done, &g_result),
	    0);
	expect_command(SPDK_NVME_OPC_ZONE_MGMT_RECV, 0,
		       (uint32_t[]){PAGE / 4 - 1, 0x4 << 8 | 1, 0, 0});
	memcpy(&count, g_buffer, sizeof(count));
	assert_int_equal(count, 1);
	/* Not of a zone that has been begun. */
	RUN(spdk_nvme_zns_set_zone_desc_ext(g_host.ns, g_host.qpair, 2 * ZONE, g_buffer, EXTENSION,
					    ctrlr_done, &g_result),
	    SPECIFIC(INVALID_ZONE_STATE_TRANSITION));
	close_all();
}

static void
buffers_that_cannot_be_are_refused(void **state)
{
	const uint32_t sizes[] = {0, 6, 32 * PAGE + 4};
	struct spdk_nvme_qpair *qpair;
	struct spdk_nvme_ns *ns;

	open_zoned();
	ns = g_host.ns;
	qpair = g_host.qpair;
	assert_int_equal(spdk_nvme_ns_get_max_io_xfer_size(ns), 32 * PAGE);
	for (uint32_t i = 0; i < SPDK_COUNTOF(sizes); i++) {
		REFUSED(spdk_nvme_zns_report_zones(ns, qpair, g_buffer, sizes[i], 0, 0, true,
						   ctrlr_done, &g_result),
			NULL);
		REFUSED(spdk_nvme_zns_ext_report_zones(ns, qpair, g_buffer, sizes[i], 0, 0, true,
						       ctrlr_done, &g_result),
			NULL);
		REFUSED(spdk_nvme_zns_set_zone_desc_ext(ns, qpair, 0, g_buffer, sizes[i],
							ctrlr_done, &g_result),
			NULL);
	}
	REFUSED(spdk_nvme_zns_report_zones(ns, qpair, NULL, 64, 0, 0, true, ctrlr_done, &g_result),
		NULL);
	REFUSED(spdk_nvme_zns_ext_report_zones(ns, qpair, NULL, 64, 0, 0, true, ctrlr_done,
					       &g_result),
		NULL);
	REFUSED(spdk_nvme_zns_set_zone_desc_ext(ns, qpair, 0, NULL, 64, ctrlr_done, &g_result),
		NULL);
	/* The controller would read on behind it, up to the next unit. */
	REFUSED(spdk_nvme_zns_set_zone_desc_ext(ns, qpair, 0, g_buffer, 100, ctrlr_done, &g_result),
		NULL);
	assert_int_equal(all_commands(), 0);
	close_all();
}

static void
calls_without_a_zoned_namespace_are_refused(void **state)
{
	const action_fn actions[] = {spdk_nvme_zns_close_zone, spdk_nvme_zns_finish_zone,
				     spdk_nvme_zns_open_zone, spdk_nvme_zns_reset_zone,
				     spdk_nvme_zns_offline_zone};
	struct spdk_nvme_qpair *qpair;
	struct spdk_nvme_ns *ns;

	open_with(NULL);
	ns = g_host.ns;
	qpair = g_host.qpair;
	log_capture_start();
	for (uint32_t i = 0; i < SPDK_COUNTOF(actions); i++) {
		REFUSED(actions[i](ns, qpair, 0, false, ctrlr_done, &g_result), "not zoned");
		REFUSED(actions[i](ns, qpair, 0, true, ctrlr_done, &g_result), NULL);
	}
	REFUSED(spdk_nvme_zns_report_zones(ns, qpair, g_buffer, PAGE, 0, 0, true, ctrlr_done,
					   &g_result),
		NULL);
	REFUSED(spdk_nvme_zns_ext_report_zones(ns, qpair, g_buffer, PAGE, 0, 0, true, ctrlr_done,
					       &g_result),
		NULL);
	REFUSED(spdk_nvme_zns_set_zone_desc_ext(ns, qpair, 0, g_buffer, 64, ctrlr_done, &g_result),
		NULL);
	REFUSED(spdk_nvme_zns_zone_append(ns, qpair, g_buffer, 0, 1, ctrlr_done, &g_result, 0),
		NULL);
	log_capture_stop();
	assert_int_equal(all_commands(), 0);
	close_all();
}

static void
a_call_without_a_free_request_is_refused(void **state)
{
	uint32_t requests;

	open_zoned();
	requests = g_host.qpair->request_count;
	for (uint32_t i = 0; i < requests; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	}
	assert_int_equal(
		spdk_nvme_zns_open_zone(g_host.ns, g_host.qpair, 0, false, ctrlr_done, &g_result),
		-ENOMEM);
	assert_int_equal(spdk_nvme_zns_report_zones(g_host.ns, g_host.qpair, g_buffer, PAGE, 0, 0,
						    true, ctrlr_done, &g_result),
			 -ENOMEM);
	assert_int_equal(spdk_nvme_zns_zone_append(g_host.ns, g_host.qpair, g_buffer, 0, 1,
						   ctrlr_done, &g_result, 0),
			 -ENOMEM);
	io_turn(&g_host, 10);
	assert_int_equal(g_result.count, requests);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_move_one_zone),
		cmocka_unit_test(with_select_all_actions_move_all_that_they_apply_to),
		cmocka_unit_test(what_the_controller_refuses_is_told_by_the_completion),
		cmocka_unit_test(reports_tell_zones_by_state),
		cmocka_unit_test(extensions_are_kept_and_reported),
		cmocka_unit_test(buffers_that_cannot_be_are_refused),
		cmocka_unit_test(calls_without_a_zoned_namespace_are_refused),
		cmocka_unit_test(a_call_without_a_free_request_is_refused),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
