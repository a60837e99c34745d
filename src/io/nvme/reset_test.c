/* SPDX-License-Identifier: BSD-3-Clause */
/* Resets, removal and leaving, with commands under way: each ends once, and nothing hangs. */
#include "io/nvme/ctrlr_fixture.h"
#include "io/nvme/driver.h"

#define READS   64
#define BLOCKS  8
#define TIMEOUT 500

static struct ctrlr_host g_host;
static struct ctrlr_result g_results[READS];
static void *g_buffer;

/* Reads are not answered, or are again. */
static void
hold_reads(bool holds)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_LATE,
		.steps = 1u << 30,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
	};

	if (holds) {
		fake_plant(g_host.fake, &fault);
	} else {
		fake_clear_faults(g_host.fake);
	}
}

static void
submit_reads(struct spdk_nvme_qpair *qpair)
{
	struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);

	memset(g_results, 0, sizeof(g_results));
	if (g_buffer == NULL) {
		g_buffer = spdk_zmalloc(READS * BLOCKS * 512, 4096, NULL, SPDK_ENV_NUMA_ID_ANY,
					SPDK_MALLOC_DMA);
	}
	for (uint32_t i = 0; i < READS; i++) {
		assert_int_equal(
			spdk_nvme_ns_cmd_read(ns, qpair, (uint8_t *)g_buffer + i * BLOCKS * 512,
					      i * BLOCKS, BLOCKS, ctrlr_done, &g_results[i], 0),
			0);
	}
}

static void
expect_all(uint32_t sct, uint32_t sc)
{
	for (uint32_t i = 0; i < READS; i++) {
		assert_int_equal(g_results[i].count, 1);
		assert_int_equal(g_results[i].cpl.status.sct, sct);
		assert_int_equal(g_results[i].cpl.status.sc, sc);
	}
}

static void
reads_work(struct spdk_nvme_qpair *qpair)
{
	submit_reads(qpair);
	for (uint32_t i = 0; i < 10000 && g_results[READS - 1].count == 0; i++) {
		fake_step(g_host.fake);
		(void)spdk_nvme_qpair_process_completions(qpair, 0);
	}
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_SUCCESS);
}

static void
a_reset_ends_io_once_and_the_queue_goes_on(void **state)
{
	struct spdk_nvme_qpair *qpair;

	ctrlr_open(&g_host, NULL);
	qpair = ctrlr_alloc_qpair(&g_host);
	for (int round = 0; round < 3; round++) {
		hold_reads(true);
		submit_reads(qpair);
		assert_int_equal(ctrlr_reset(&g_host), 0);
		hold_reads(false);
		expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
		reads_work(qpair);
	}
	ctrlr_free_qpair(&g_host, qpair);
	ctrlr_close(&g_host);
}

static void
a_queue_that_the_application_disconnected_stays_so(void **state)
{
	struct spdk_nvme_qpair *qpair;

	ctrlr_open(&g_host, NULL);
	qpair = ctrlr_alloc_qpair(&g_host);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(qpair);
	fake_stop(g_host.fake);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(qpair->state, NVME_QPAIR_DISCONNECTED);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_reconnect_io_qpair(qpair), 0);
	fake_stop(g_host.fake);
	reads_work(qpair);
	ctrlr_free_qpair(&g_host, qpair);
	ctrlr_close(&g_host);
}

static int32_t
poll_admin(void)
{
	return spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr);
}

/* Programs that reset step by step wait for the admin queue to be disconnected. */
static void
a_disconnected_admin_queue_is_told_until_it_is_connected(void **state)
{
	int rc;

	ctrlr_open(&g_host, NULL);
	assert_int_equal(poll_admin(), 0);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_disconnect(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
	assert_int_equal(poll_admin(), -ENXIO);
	assert_int_equal(poll_admin(), -ENXIO);
	spdk_nvme_ctrlr_reconnect_async(g_host.ctrlr);
	do {
		fake_step(g_host.fake);
		rc = spdk_nvme_ctrlr_reconnect_poll_async(g_host.ctrlr);
		/* It was connected by the first of these, on our side. */
		assert_int_equal(poll_admin(), 0);
	} while (rc == -EAGAIN);
	assert_int_equal(rc, 0);
	ctrlr_close(&g_host);
}

static void
a_reset_that_fails_can_be_repeated(void **state)
{
	struct spdk_nvme_qpair *qpair;

	ctrlr_open(&g_host, NULL);
	qpair = ctrlr_alloc_qpair(&g_host);
	hold_reads(true);
	submit_reads(qpair);
	ctrlr_plant(&g_host, FAKE_FAULT_STATUS, SPDK_NVME_OPC_IDENTIFY, 0, 1);
	assert_int_equal(ctrlr_reset(&g_host), -EIO);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_int_equal(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr), -ENXIO);
	assert_int_equal(spdk_nvme_ctrlr_reconnect_io_qpair(qpair), -ENXIO);
	hold_reads(false);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	reads_work(qpair);
	ctrlr_free_qpair(&g_host, qpair);
	ctrlr_close(&g_host);
}

static void
open_with_subsystem_reset(bool has_it)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.has_subsystem_reset = has_it;
	ctrlr_open(&g_host, &opts);
	assert_int_equal(spdk_nvme_ctrlr_is_nssr_supported(g_host.ctrlr), has_it);
}

static int
reset_subsystem(void)
{
	int rc;

	fake_start(g_host.fake);
	rc = spdk_nvme_ctrlr_reset_subsystem(g_host.ctrlr);
	fake_stop(g_host.fake);
	fake_settle(g_host.fake, 100);
	return rc;
}

static uint64_t
subsystem_resets(void)
{
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	return stats.subsystem_resets;
}

static void
a_reset_of_the_subsystem_ends_all_until_the_next_reset(void **state)
{
	struct ctrlr_result admin = {0};
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_GET_FEATURES, .cdw10 = 7};
	struct spdk_nvme_qpair *qpair;

	open_with_subsystem_reset(true);
	qpair = ctrlr_alloc_qpair(&g_host);
	hold_reads(true);
	submit_reads(qpair);
	assert_int_equal(reset_subsystem(), 0);
	assert_int_equal(subsystem_resets(), 1);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_csts(g_host.ctrlr).bits.nssro, 1);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_int_equal(poll_admin(), -ENXIO);
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_admin_raw(g_host.ctrlr, &cmd, NULL, 0, ctrlr_done, &admin),
		-ENXIO);
	assert_int_equal(spdk_nvme_qpair_process_completions(qpair, 0), -ENXIO);
	hold_reads(false);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(subsystem_resets(), 1);
	reads_work(qpair);
	ctrlr_free_qpair(&g_host, qpair);
	ctrlr_close(&g_host);
}

static void
a_subsystem_that_cannot_be_reset_goes_on(void **state)
{
	struct spdk_nvme_qpair *qpair;

	open_with_subsystem_reset(false);
	qpair = ctrlr_alloc_qpair(&g_host);
	assert_int_equal(reset_subsystem(), -ENOTSUP);
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	reads_work(qpair);
	ctrlr_free_qpair(&g_host, qpair);
	ctrlr_close(&g_host);
	/* Others are on their way, or there is nobody any more. */
	open_with_subsystem_reset(true);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_disconnect(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
	assert_int_equal(reset_subsystem(), -EBUSY);
	assert_int_equal(subsystem_resets(), 0);
	fake_remove(g_host.fake, false);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(spdk_nvme_ctrlr_reset_subsystem(g_host.ctrlr), -ENXIO);
	ctrlr_close(&g_host);
}

static void
the_admin_queue_tells_why_it_is_not_connected(void **state)
{
	ctrlr_open(&g_host, NULL);
	assert_int_equal(spdk_nvme_ctrlr_get_admin_qp_failure_reason(g_host.ctrlr),
			 SPDK_NVME_QPAIR_FAILURE_NONE);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_disconnect(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_get_admin_qp_failure_reason(g_host.ctrlr),
			 SPDK_NVME_QPAIR_FAILURE_RESET);
	spdk_nvme_ctrlr_reconnect_async(g_host.ctrlr);
	while (spdk_nvme_ctrlr_reconnect_poll_async(g_host.ctrlr) == -EAGAIN) {
		fake_step(g_host.fake);
	}
	assert_int_equal(spdk_nvme_ctrlr_get_admin_qp_failure_reason(g_host.ctrlr),
			 SPDK_NVME_QPAIR_FAILURE_NONE);
	/* No reset is under way any more when it turns out that it did not work. */
	ctrlr_plant(&g_host, FAKE_FAULT_STATUS, SPDK_NVME_OPC_IDENTIFY, 0, 1);
	assert_int_equal(ctrlr_reset(&g_host), -EIO);
	assert_int_equal(spdk_nvme_ctrlr_get_admin_qp_failure_reason(g_host.ctrlr),
			 SPDK_NVME_QPAIR_FAILURE_LOCAL);
	ctrlr_close(&g_host);
}

static void
a_device_that_does_not_stop_is_cut_off(void **state)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_STUCK, .where = FAKE_AT_DISABLE, .count = 1};
	struct spdk_nvme_qpair *qpair;
	struct fake_opts opts;
	uint16_t command;

	fake_opts_init(&opts);
	opts.timeout = 1;
	ctrlr_open(&g_host, &opts);
	qpair = ctrlr_alloc_qpair(&g_host);
	hold_reads(true);
	submit_reads(qpair);
	fake_plant(g_host.fake, &fault);
	assert_int_equal(ctrlr_reset(&g_host), -ETIMEDOUT);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	assert_int_equal(spdk_pci_device_cfg_read16(fake_pci_device(g_host.fake), &command, 4), 0);
	assert_int_equal(command & 4, 0);
	ctrlr_close(&g_host);
}

static void
a_removed_device_is_told_of_once(void **state)
{
	struct spdk_nvme_qpair *qpair;

	ctrlr_open(&g_host, NULL);
	qpair = ctrlr_alloc_qpair(&g_host);
	submit_reads(qpair);
	fake_remove(g_host.fake, false);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(g_host.removed, 1);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(g_host.removed, 1);
	assert_int_equal(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr), -ENXIO);
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), -ENXIO);
	assert_int_equal(spdk_nvme_ctrlr_reconnect_io_qpair(qpair), -ENODEV);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	ctrlr_close(&g_host);
}

/* The event may be about a device that was there before. */
static void
an_event_of_removal_is_looked_into(void **state)
{
	struct spdk_pci_addr addr;

	ctrlr_open(&g_host, NULL);
	addr = spdk_pci_device_get_addr(fake_pci_device(g_host.fake));
	nvme_driver_look_at(&addr);
	assert_false(g_host.ctrlr->is_removed);
	fake_announce_removal(g_host.fake);
	nvme_driver_look_at(&addr);
	assert_true(g_host.ctrlr->is_removed);
	ctrlr_close(&g_host);
}

static void
polling_notices_a_removal(void **state)
{
	uint64_t deadline;
	int32_t rc;

	ctrlr_open(&g_host, NULL);
	fake_remove(g_host.fake, false);
	deadline = spdk_get_ticks() + spdk_get_ticks_hz();
	do {
		rc = spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr);
	} while (rc >= 0 && spdk_get_ticks() < deadline);
	assert_int_equal(rc, -ENXIO);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(g_host.removed, 1);
	ctrlr_close(&g_host);
}

static void
polling_notices_a_fatal_error(void **state)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_FATAL, .where = FAKE_AT_STEP, .count = 1};
	uint64_t deadline;
	int32_t rc;

	ctrlr_open(&g_host, NULL);
	fake_plant(g_host.fake, &fault);
	deadline = spdk_get_ticks() + spdk_get_ticks_hz();
	do {
		fake_step(g_host.fake);
		rc = spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr);
	} while (rc >= 0 && spdk_get_ticks() < deadline);
	assert_int_equal(rc, -ENXIO);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_int_equal(ctrlr_reset(&g_host), 0);
	ctrlr_close(&g_host);
}

static void
detaching_ends_all_that_is_under_way(void **state)
{
	struct ctrlr_result admin = {0};
	struct spdk_nvme_qpair *qpair;
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_GET_FEATURES, .cdw10 = 7};

	ctrlr_open(&g_host, NULL);
	qpair = ctrlr_alloc_qpair(&g_host);
	ctrlr_plant(&g_host, FAKE_FAULT_NEVER, SPDK_NVME_OPC_GET_FEATURES, 0, 1);
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_admin_raw(g_host.ctrlr, &cmd, NULL, 0, ctrlr_done, &admin), 0);
	hold_reads(true);
	submit_reads(qpair);
	ctrlr_detach(&g_host);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	assert_int_equal(admin.count, 1);
	assert_int_equal(admin.cpl.status.sc, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	ctrlr_close(&g_host);
}

static struct spdk_nvme_qpair *g_victim;

static void
free_victim(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_victim), 0);
	g_victim = NULL;
}

/*
 * Two queue pairs with reads; what is aborted of the first frees the second, which comes next. A
 * sanitizer sees who looks at it after that.
 */
static struct spdk_nvme_qpair *
open_with_victim(struct ctrlr_result *result)
{
	struct spdk_nvme_qpair *qpair;
	struct spdk_nvme_ns *ns;

	ctrlr_open(&g_host, NULL);
	qpair = ctrlr_alloc_qpair(&g_host);
	g_victim = ctrlr_alloc_qpair(&g_host);
	hold_reads(true);
	submit_reads(g_victim);
	ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	assert_int_equal(
		spdk_nvme_ns_cmd_read(ns, qpair, g_buffer, 0, BLOCKS, free_victim, result, 0), 0);
	return qpair;
}

static void
a_callback_of_a_reset_may_free_another_queue_pair(void **state)
{
	struct ctrlr_result result = {0};
	struct spdk_nvme_qpair *qpair = open_with_victim(&result);

	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(result.count, 1);
	assert_null(g_victim);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	hold_reads(false);
	reads_work(qpair);
	ctrlr_close(&g_host);
}

static void
a_callback_of_detaching_may_free_another_queue_pair(void **state)
{
	struct ctrlr_result result = {0};

	(void)open_with_victim(&result);
	ctrlr_detach(&g_host);
	assert_int_equal(result.count, 1);
	assert_null(g_victim);
	expect_all(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	ctrlr_close(&g_host);
}

static void
several_are_detached_side_by_side(void **state)
{
	struct spdk_nvme_detach_ctx *detach_ctx = NULL;
	struct ctrlr_host other;
	struct fake_opts opts;
	struct fake_stats stats;

	fake_opts_init(&opts);
	opts.ready_steps = 10;
	ctrlr_open(&g_host, &opts);
	ctrlr_open(&other, &opts);
	assert_int_equal(spdk_nvme_detach_async(g_host.ctrlr, &detach_ctx), 0);
	assert_int_equal(spdk_nvme_detach_async(other.ctrlr, &detach_ctx), 0);
	assert_int_equal(spdk_nvme_detach_poll_async(detach_ctx), -EAGAIN);
	/* It does not block: nobody else has them go on. */
	while (spdk_nvme_detach_poll_async(detach_ctx) == -EAGAIN) {
		fake_step(g_host.fake);
		fake_step(other.fake);
	}
	fake_get_stats(other.fake, &stats);
	assert_int_equal(stats.shutdowns, 1);
	g_host.ctrlr = NULL;
	other.ctrlr = NULL;
	ctrlr_close(&other);
	ctrlr_close(&g_host);
}

static void
a_shutdown_that_does_not_end_is_given_up(void **state)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_FATAL, .where = FAKE_AT_SHUTDOWN, .count = 1};

	ctrlr_open(&g_host, NULL);
	fake_plant(g_host.fake, &fault);
	ctrlr_detach(&g_host);
	ctrlr_close(&g_host);
}

static void
a_call_that_waits_gives_up_and_leaves_nothing(void **state)
{
	struct spdk_nvme_format format = {0};

	ctrlr_host_init(&g_host, NULL);
	g_host.admin_timeout_ms = TIMEOUT;
	ctrlr_attach(&g_host);
	ctrlr_plant(&g_host, FAKE_FAULT_NEVER, SPDK_NVME_OPC_FORMAT_NVM, 0, 1);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_format(g_host.ctrlr, 1, &format), -ETIMEDOUT);
	fake_stop(g_host.fake);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_int_equal(ctrlr_reset(&g_host), 0);
	fake_start(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_format(g_host.ctrlr, 1, &format), 0);
	fake_stop(g_host.fake);
	ctrlr_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_ends_io_once_and_the_queue_goes_on),
		cmocka_unit_test(a_queue_that_the_application_disconnected_stays_so),
		cmocka_unit_test(a_disconnected_admin_queue_is_told_until_it_is_connected),
		cmocka_unit_test(a_reset_that_fails_can_be_repeated),
		cmocka_unit_test(a_reset_of_the_subsystem_ends_all_until_the_next_reset),
		cmocka_unit_test(a_subsystem_that_cannot_be_reset_goes_on),
		cmocka_unit_test(the_admin_queue_tells_why_it_is_not_connected),
		cmocka_unit_test(a_device_that_does_not_stop_is_cut_off),
		cmocka_unit_test(a_removed_device_is_told_of_once),
		cmocka_unit_test(an_event_of_removal_is_looked_into),
		cmocka_unit_test(polling_notices_a_removal),
		cmocka_unit_test(polling_notices_a_fatal_error),
		cmocka_unit_test(detaching_ends_all_that_is_under_way),
		cmocka_unit_test(a_callback_of_a_reset_may_free_another_queue_pair),
		cmocka_unit_test(a_callback_of_detaching_may_free_another_queue_pair),
		cmocka_unit_test(several_are_detached_side_by_side),
		cmocka_unit_test(a_shutdown_that_does_not_end_is_given_up),
		cmocka_unit_test(a_call_that_waits_gives_up_and_leaves_nothing),
	};
	int rc = cmocka_run_group_tests(tests, ctrlr_setup_env, NULL);

	spdk_free(g_buffer);
	spdk_env_fini();
	return rc;
}
