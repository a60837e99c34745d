/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver over a fake that misbehaves while commands are under way: each fault by itself. */
#include "io/nvme/fake/driver_fixture.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE          4096
#define GENERIC(name) (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)
#define MEDIA(name)   (SPDK_NVME_SCT_MEDIA_ERROR << 8 | SPDK_NVME_SC_##name)
#define READS         6
#define TIMEOUT_US    200000
/* Less than admin commands may take. */
#define NOTICE_US 100000

static struct driver_host g_host;
static struct fake_opts g_opts;
static struct spdk_nvme_qpair *g_qpair;
static struct spdk_nvme_ns *g_ns;
static uint8_t *g_buffers;
static struct driver_done g_done[READS];
static uint32_t g_timeouts;
static bool g_aborts_on_timeout;

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	driver_open(&g_host, &g_opts);
	g_qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, NULL, 0);
	assert_non_null(g_qpair);
	g_ns = spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 1);
	g_buffers = spdk_dma_zmalloc(READS * PAGE, PAGE, NULL);
	memset(g_done, 0, sizeof(g_done));
	g_timeouts = 0;
	g_aborts_on_timeout = false;
	return 0;
}

static int
teardown(void **state)
{
	driver_take_bus_errors();
	if (g_qpair != NULL) {
		assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_qpair), 0);
	}
	driver_close(&g_host);
	spdk_dma_free(g_buffers);
	return 0;
}

static uint32_t
plant(enum fake_fault_kind kind, uint32_t value)
{
	const struct fake_fault fault = {
		.kind = kind, .opcode = SPDK_NVME_OPC_READ, .count = 1, .value = value};

	return fake_plant(g_host.fake, &fault);
}

static void
submit_read(uint32_t i)
{
	memset(g_buffers + i * PAGE, 0xcc, 512);
	memset(fake_ns_data(g_host.fake, 1) + i * 512, (int)i + 1, 512);
	memset(&g_done[i], 0, sizeof(g_done[i]));
	assert_int_equal(spdk_nvme_ns_cmd_read(g_ns, g_qpair, g_buffers + i * PAGE, i, 1,
					       driver_done, &g_done[i], 0),
			 0);
}

static void
expect_read(uint32_t i, uint16_t status)
{
	driver_expect(&g_host, g_qpair, &g_done[i], status);
	if (status == 0) {
		assert_int_equal(g_buffers[i * PAGE], i + 1);
		assert_int_equal(g_buffers[i * PAGE + 511], i + 1);
	}
}

static void
poll_both(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		(void)spdk_get_ticks(); /* For the step. */
		spdk_nvme_qpair_process_completions(g_qpair, 0);
		spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr);
	}
}

static uint32_t
done_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < READS; i++) {
		assert_true(g_done[i].count <= 1);
		count += g_done[i].count;
	}
	return count;
}

/* All that is under way ends, and I/O goes on after it. */
static void
reset_and_read(void)
{
	uint32_t before = done_count();

	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	poll_both(50);
	assert_true(done_count() >= before);
	submit_read(READS - 1);
	expect_read(READS - 1, 0);
}

static void
statuses_reach_the_caller_once(void **state)
{
	const struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.opcode = SPDK_NVME_OPC_READ,
		.skip = 1,
		.count = 1,
		.status = {.sct = SPDK_NVME_SCT_MEDIA_ERROR,
			   .sc = SPDK_NVME_SC_UNRECOVERED_READ_ERROR,
			   .dnr = 1},
	};

	fake_plant(g_host.fake, &fault);
	for (uint32_t i = 0; i < 3; i++) {
		submit_read(i);
	}
	expect_read(0, 0);
	expect_read(1, MEDIA(UNRECOVERED_READ_ERROR));
	expect_read(2, 0);
}

/* Without 'do not retry', a status that allows it is tried again, so often. */
static void
commands_are_tried_again(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 3,
		.status = {.sc = SPDK_NVME_SC_NAMESPACE_NOT_READY},
	};
	struct fake_stats stats;

	fake_plant(g_host.fake, &fault);
	submit_read(0);
	expect_read(0, 0);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.io_opcodes[SPDK_NVME_OPC_READ], 4);
	fault.count = 0;
	fake_plant(g_host.fake, &fault);
	submit_read(1);
	expect_read(1, GENERIC(NAMESPACE_NOT_READY));
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.io_opcodes[SPDK_NVME_OPC_READ],
			 4 + 1 + g_host.opts.transport_retry_count);
}

/* CRDT2, which is 200 ms. */
static void
a_delay_that_a_status_asks_for_is_kept(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 1,
		.status = {.sc = SPDK_NVME_SC_NAMESPACE_NOT_READY, .crd = 2},
	};
	uint64_t begun = spdk_get_ticks(), hz = spdk_get_ticks_hz();

	fake_plant(g_host.fake, &fault);
	submit_read(0);
	expect_read(0, 0);
	assert_in_range((spdk_get_ticks() - begun) * 1000 / hz, 200, 20000);
}

static void
duplicates_and_strangers_are_dropped(void **state)
{
	static const struct {
		enum fake_fault_kind kind;
		uint32_t value;
	} faults[] = {
		{FAKE_FAULT_DUPLICATE, 0},        {FAKE_FAULT_UNKNOWN_CID, 0xffff},
		{FAKE_FAULT_UNKNOWN_CID, 0x00ff}, {FAKE_FAULT_UNKNOWN_CID, 0x0100},
		{FAKE_FAULT_WRONG_SQHD, 0xffff},  {FAKE_FAULT_WRONG_SQHD, 256},
		{FAKE_FAULT_CQ_OVERRUN, 3},       {FAKE_FAULT_DUPLICATE, 0},
	};

	for (uint32_t round = 0; round < SPDK_COUNTOF(faults); round++) {
		uint32_t number = plant(faults[round].kind, faults[round].value);

		for (uint32_t i = 0; i < READS; i++) {
			submit_read(i);
		}
		for (uint32_t i = 0; i < READS; i++) {
			expect_read(i, 0);
		}
		poll_both(20);
		assert_int_equal(done_count(), READS);
		assert_int_equal(fake_fault_strikes(g_host.fake, number), 1);
	}
}

/* Its completion never comes; the others do, unless the queue itself is out of step. */
static void
completions_that_never_come_end_with_a_reset(void **state)
{
	static const enum fake_fault_kind kinds[] = {
		FAKE_FAULT_NEVER,      FAKE_FAULT_LOST,        FAKE_FAULT_CHANGED_CID,
		FAKE_FAULT_WRONG_SQID, FAKE_FAULT_WRONG_PHASE,
	};

	for (uint32_t round = 0; round < SPDK_COUNTOF(kinds); round++) {
		uint32_t number = plant(kinds[round], 0x3039);

		for (uint32_t i = 0; i < READS; i++) {
			submit_read(i);
		}
		poll_both(200);
		assert_int_equal(fake_fault_strikes(g_host.fake, number), 1);
		assert_int_equal(g_done[0].count, 0);
		if (kinds[round] != FAKE_FAULT_WRONG_PHASE) {
			assert_int_equal(done_count(), READS - 1);
		}
		assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
		poll_both(50);
		assert_int_equal(done_count(), READS);
		assert_int_equal(g_done[0].cpl.status.sc, SPDK_NVME_SC_ABORTED_SQ_DELETION);
		fake_clear_faults(g_host.fake);
	}
	reset_and_read();
}

/* Its queue never comes again: the controller is stopped, and the reset says so. */
static void
a_reset_tells_that_the_controller_failed_in_the_end(void **state)
{
	fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
						     .where = FAKE_AT_ADMIN_COMMAND,
						     .opcode = SPDK_NVME_OPC_CREATE_IO_CQ,
						     .count = 1});
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), -ENXIO);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	reset_and_read();
}

static void
on_timeout(void *arg, struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair, uint16_t cid)
{
	struct driver_done *aborted = arg;

	g_timeouts++;
	assert_ptr_equal(qpair, g_qpair);
	if (g_aborts_on_timeout) {
		assert_int_equal(spdk_nvme_ctrlr_cmd_abort(ctrlr, qpair, cid, driver_done, aborted),
				 0);
	}
}

static void
commands_that_time_out_are_aborted(void **state)
{
	struct driver_done aborted = {.count = 0};

	g_aborts_on_timeout = true;
	spdk_nvme_ctrlr_register_timeout_callback(g_host.ctrlr, TIMEOUT_US, TIMEOUT_US, on_timeout,
						  &aborted);
	plant(FAKE_FAULT_NEVER, 0);
	submit_read(0);
	submit_read(1);
	expect_read(1, 0);
	poll_both(2 * TIMEOUT_US / 100);
	assert_int_equal(g_timeouts, 1);
	assert_int_equal(aborted.count, 1);
	assert_int_equal(aborted.cpl.cdw0 & 1, 0);
	assert_int_equal(g_done[0].count, 1);
	assert_int_equal(g_done[0].cpl.status.sc, SPDK_NVME_SC_ABORTED_BY_REQUEST);
	spdk_nvme_ctrlr_register_timeout_callback(g_host.ctrlr, 0, 0, NULL, NULL);
	reset_and_read();
}

/* The controller has executed the command, and cannot abort it: a reset helps. */
static void
timeouts_are_told_once_and_late_completions_count(void **state)
{
	struct driver_done aborted = {.count = 0};

	spdk_nvme_ctrlr_register_timeout_callback(g_host.ctrlr, TIMEOUT_US, TIMEOUT_US, on_timeout,
						  &aborted);
	plant(FAKE_FAULT_LOST, 0);
	submit_read(0);
	poll_both(3 * TIMEOUT_US / 100);
	assert_int_equal(g_timeouts, 1);
	assert_int_equal(g_done[0].count, 0);
	fake_release(g_host.fake);
	expect_read(0, 0);
	spdk_nvme_ctrlr_register_timeout_callback(g_host.ctrlr, 0, 0, NULL, NULL);
}

/* The device goes with commands under way, noticed or not: each ends once, and nothing hangs. */
static void
go_away(enum fake_fault_kind kind)
{
	int32_t rc = 0;

	plant(kind, 0);
	for (uint32_t i = 0; i < READS; i++) {
		submit_read(i);
	}
	for (uint32_t i = 0; i < 60000 && rc >= 0; i++) {
		(void)spdk_get_ticks(); /* For the step. */
		rc = spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr);
	}
	assert_int_equal(rc, -ENXIO);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_int_equal(spdk_nvme_qpair_process_completions(g_qpair, 0), -ENXIO);
	assert_int_equal(
		spdk_nvme_ns_cmd_read(g_ns, g_qpair, g_buffers, 0, 1, driver_done, NULL, 0),
		-ENXIO);
}

static void
expect_all_aborted(void)
{
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_qpair), 0);
	g_qpair = NULL;
	assert_int_equal(done_count(), READS);
	for (uint32_t i = 0; i < READS; i++) {
		assert_int_equal(g_done[i].cpl.status.sc, SPDK_NVME_SC_ABORTED_SQ_DELETION);
	}
}

static void
removal_ends_all_commands(void **state)
{
	go_away(FAKE_FAULT_REMOVE);
	assert_int_not_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	expect_all_aborted();
}

static void
removal_with_bus_errors_ends_all_commands(void **state)
{
	driver_take_bus_errors();
	go_away(FAKE_FAULT_UNMAP);
	expect_all_aborted();
}

static void
fatal_controllers_are_reset(void **state)
{
	go_away(FAKE_FAULT_FATAL);
	reset_and_read();
	assert_int_equal(done_count(), READS);
}

/* Nobody but the wait looks at the device. */
static void
wait_without_answer(enum fake_fault_kind kind)
{
	uint64_t begin;

	fake_plant(g_host.fake,
		   &(struct fake_fault){.kind = kind, .where = FAKE_AT_STEP, .count = 1});
	begin = virtual_clock_us();
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_qpair), 0);
	g_qpair = NULL;
	assert_true(virtual_clock_us() - begin < NOTICE_US);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
}

static void
waits_notice_removal(void **state)
{
	wait_without_answer(FAKE_FAULT_REMOVE);
}

static void
waits_notice_fatal_errors(void **state)
{
	wait_without_answer(FAKE_FAULT_FATAL);
}

static uint32_t g_events;
static uint32_t g_last_event;

static void
on_event(void *arg, const struct spdk_nvme_cpl *cpl)
{
	g_events++;
	g_last_event = cpl->cdw0;
}

static void
events_of_any_kind_are_told(void **state)
{
	static const uint32_t events[] = {0x00010000, 0x00020101, 0x00ff0707, 0x00ffff05,
					  0xffffffff, 0x00000003, 0x000c0302, 0x00030102};

	spdk_nvme_ctrlr_register_aer_callback(g_host.ctrlr, on_event, NULL);
	for (uint32_t i = 0; i < SPDK_COUNTOF(events); i++) {
		struct fake_stats stats;

		g_events = 0;
		fake_plant(g_host.fake, &(struct fake_fault){.kind = FAKE_FAULT_EVENT_STORM,
							     .where = FAKE_AT_STEP,
							     .count = 1,
							     .value = events[i],
							     .size = 50});
		poll_both(300);
		/* Each is told, and each request is renewed. */
		assert_int_equal(g_events, 50);
		assert_int_equal(g_last_event, events[i]);
		fake_get_stats(g_host.fake, &stats);
		assert_int_equal(stats.event_requests, g_opts.aerl + 1);
	}
	submit_read(0);
	expect_read(0, 0);
}

static uint32_t g_changes;

static void
on_change(void *arg, const uint32_t *list, uint32_t count)
{
	g_changes++;
}

static void
namespaces_come_go_and_change(void **state)
{
	spdk_nvme_ctrlr_register_ns_attr_changed_callback(g_host.ctrlr, on_change, NULL);
	g_changes = 0;
	fake_change_namespace(g_host.fake, 3, 500);
	poll_both(100);
	assert_int_equal(g_changes, 1);
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, 3));
	assert_int_equal(spdk_nvme_ns_get_num_sectors(spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 3)),
			 500);
	fake_change_namespace(g_host.fake, 3, 900);
	poll_both(100);
	assert_int_equal(spdk_nvme_ns_get_num_sectors(spdk_nvme_ctrlr_get_ns(g_host.ctrlr, 3)),
			 900);
	fake_change_namespace(g_host.fake, 3, 0);
	poll_both(100);
	assert_int_equal(g_changes, 3);
	assert_false(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, 3));
	assert_true(spdk_nvme_ctrlr_is_active_ns(g_host.ctrlr, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(statuses_reach_the_caller_once),
		TEST(commands_are_tried_again),
		TEST(a_delay_that_a_status_asks_for_is_kept),
		TEST(duplicates_and_strangers_are_dropped),
		TEST(completions_that_never_come_end_with_a_reset),
		TEST(a_reset_tells_that_the_controller_failed_in_the_end),
		TEST(commands_that_time_out_are_aborted),
		TEST(timeouts_are_told_once_and_late_completions_count),
		TEST(removal_ends_all_commands),
		TEST(removal_with_bus_errors_ends_all_commands),
		TEST(fatal_controllers_are_reset),
		TEST(waits_notice_removal),
		TEST(waits_notice_fatal_errors),
		TEST(events_of_any_kind_are_told),
		TEST(namespaces_come_go_and_change),
	};

	return cmocka_run_group_tests(tests, driver_setup_env, driver_teardown_env);
}
