/* SPDX-License-Identifier: BSD-3-Clause */
/* What is this transport's own: how queues are created, interrupts, shadow doorbells, memory. */
#include "io/nvme/io_fixture.h"
#include "io/nvme/pcie.h"

#define PAGE      4096
#define TURNS_MAX 1000
/* More than there are admin requests that a program cannot have. */
#define MANY 24

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer;

static void
open_with(const struct fake_opts *opts)
{
	g_buffer = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, opts, NULL);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
}

static int
read_one(void)
{
	return spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done, &g_result,
				     0);
}

static struct spdk_nvme_io_qpair_opts
default_opts(void)
{
	struct spdk_nvme_io_qpair_opts opts;

	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_host.ctrlr, &opts, sizeof(opts));
	return opts;
}

/* Steps until the queue pair is connected, or is not to be. */
static int32_t
connect_by_polls(struct spdk_nvme_qpair *qpair)
{
	int32_t rc = 0;

	for (uint32_t i = 0; i < TURNS_MAX && rc == 0 && !spdk_nvme_qpair_is_connected(qpair);
	     i++) {
		fake_step(g_host.fake);
		rc = spdk_nvme_qpair_process_completions(qpair, 0);
	}
	return rc;
}

static void
asynchronous_queue_pairs_connect_by_polls(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;

	open_with(NULL);
	io_free_qpair(&g_host, g_host.qpair);
	opts = default_opts();
	opts.async_mode = true;
	g_host.qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &opts, sizeof(opts));
	assert_non_null(g_host.qpair);
	assert_false(spdk_nvme_qpair_is_connected(g_host.qpair));
	/* What is submitted meanwhile waits. */
	assert_int_equal(read_one(), 0);
	assert_int_equal(connect_by_polls(g_host.qpair), 0);
	assert_true(spdk_nvme_qpair_is_connected(g_host.qpair));
	io_expect(&g_host, &g_result, 0, 0);
	/* Leaving goes by polls as well, and ends what is there. */
	assert_int_equal(read_one(), 0);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	assert_int_equal(g_result.count, 0);
	for (uint32_t i = 0; i < TURNS_MAX && g_result.count == 0; i++) {
		fake_step(g_host.fake);
		(void)spdk_nvme_qpair_process_completions(g_host.qpair, 0);
	}
	assert_int_equal(g_result.count, 1);
	close_all();
}

static void
count_event(void *arg, const struct spdk_nvme_cpl *cpl)
{
	++*(uint32_t *)arg;
}

/* Its own commands are looked after, and nobody is called in its thread. */
static void
a_queue_pair_that_connects_runs_no_callbacks_of_others(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_GET_FEATURES,
				    .cdw10 = SPDK_NVME_FEAT_NUMBER_OF_QUEUES};
	struct spdk_nvme_io_qpair_opts opts;
	struct spdk_nvme_qpair *qpair;
	uint32_t events = 0;

	open_with(NULL);
	spdk_nvme_ctrlr_register_aer_callback(g_host.ctrlr, count_event, &events);
	opts = default_opts();
	opts.async_mode = true;
	qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &opts, sizeof(opts));
	assert_non_null(qpair);
	assert_int_equal(
		spdk_nvme_ctrlr_cmd_admin_raw(g_host.ctrlr, &cmd, NULL, 0, ctrlr_done, &g_result),
		0);
	fake_event(g_host.fake, 0x00010000);
	assert_int_equal(connect_by_polls(qpair), 0);
	assert_true(spdk_nvme_qpair_is_connected(qpair));
	assert_int_equal(g_result.count, 0);
	assert_int_equal(events, 0);
	assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	assert_int_equal(g_result.count, 1);
	assert_int_equal(events, 1);
	io_free_qpair(&g_host, qpair);
	close_all();
}

/* The create command of this number fails: nothing stays at the controller. */
static void
check_create_fails(uint8_t opc, bool is_async)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = opc,
		.count = 1,
		.status = {.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC,
			   .sc = SPDK_NVME_SC_INVALID_QUEUE_SIZE,
			   .dnr = 1},
	};
	struct spdk_nvme_io_qpair_opts opts;
	struct spdk_nvme_qpair *qpair;
	struct fake_stats stats;

	open_with(NULL);
	opts = default_opts();
	opts.async_mode = is_async;
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	if (is_async) {
		qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &opts, sizeof(opts));
		assert_non_null(qpair);
		assert_int_equal(connect_by_polls(qpair), -ENXIO);
		io_free_qpair(&g_host, qpair);
	} else {
		assert_null(io_alloc_qpair(&g_host, &opts));
	}
	log_capture_stop();
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.io_submission_queues, 1);
	assert_int_equal(stats.io_completion_queues, 1);
	/* The id is free again. */
	qpair = io_alloc_qpair(&g_host, NULL);
	assert_non_null(qpair);
	assert_int_equal(spdk_nvme_qpair_get_id(qpair), 2);
	io_free_qpair(&g_host, qpair);
	close_all();
}

static void
what_was_created_is_undone(void **state)
{
	check_create_fails(SPDK_NVME_OPC_CREATE_IO_CQ, false);
	check_create_fails(SPDK_NVME_OPC_CREATE_IO_SQ, false);
	check_create_fails(SPDK_NVME_OPC_CREATE_IO_CQ, true);
	check_create_fails(SPDK_NVME_OPC_CREATE_IO_SQ, true);
}

static void
plant_delete_status(uint32_t sct, uint32_t sc)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_DELETE_IO_SQ,
		.count = 1,
		.status = {.sct = sct, .sc = sc, .dnr = 1},
	};

	fake_plant(g_host.fake, &fault);
}

static void
note_enabled(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(&g_result, cpl);
	*(bool *)arg = spdk_nvme_ctrlr_get_regs_cc(g_host.ctrlr).bits.en;
}

/* The device may still write to its buffers: it is stopped before they are given back. */
static void
a_queue_that_cannot_be_deleted_costs_the_controller(void **state)
{
	bool was_enabled = true;

	open_with(NULL);
	io_hold_reads(&g_host);
	plant_delete_status(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
					       note_enabled, &was_enabled, 0),
			 0);
	log_capture_start();
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	assert_int_equal(g_result.count, 1);
	assert_false(was_enabled);
	assert_true(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_non_null(strstr(g_log_capture.text, "does not give I/O queue pair 1 back"));
	fake_clear_faults(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	assert_int_equal(spdk_nvme_ctrlr_reconnect_io_qpair(g_host.qpair), 0);
	/* One that does not know the queue has nothing of ours. */
	plant_delete_status(SPDK_NVME_SCT_COMMAND_SPECIFIC, SPDK_NVME_SC_INVALID_QUEUE_IDENTIFIER);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	assert_int_equal(spdk_nvme_ctrlr_reset(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
	log_capture_stop();
	close_all();
}

static struct spdk_nvme_qpair *g_many[MANY];
static struct ctrlr_result g_many_results[MANY], g_admin_result;

/* Those of the program; the driver's own are taken by the queue pairs. */
static void
take_admin_requests(void)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_GET_FEATURES,
				    .cdw10 = SPDK_NVME_FEAT_NUMBER_OF_QUEUES};
	int rc;

	do {
		rc = spdk_nvme_ctrlr_cmd_admin_raw(g_host.ctrlr, &cmd, NULL, 0, ctrlr_done,
						   &g_admin_result);
	} while (rc == 0);
	assert_int_equal(rc, -ENOMEM);
}

static void
open_many(void)
{
	struct spdk_nvme_io_qpair_opts qpair_opts;
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.io_queues = 2 * MANY;
	open_with(&opts);
	take_admin_requests();
	qpair_opts = default_opts();
	qpair_opts.async_mode = true;
	for (uint32_t i = 0; i < MANY; i++) {
		g_many[i] = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &qpair_opts,
							   sizeof(qpair_opts));
		assert_non_null(g_many[i]);
	}
	assert_int_equal(g_host.ctrlr->adminq->outstanding, g_host.ctrlr->adminq->request_count);
}

/* Steps, and polls each, until none is in this state any more. */
static void
turn_while(uint8_t qpair_state)
{
	uint32_t left = MANY;

	for (uint32_t turn = 0; turn < TURNS_MAX && left > 0; turn++) {
		fake_step(g_host.fake);
		left = 0;
		for (uint32_t i = 0; i < MANY; i++) {
			(void)spdk_nvme_qpair_process_completions(g_many[i], 0);
			left += g_many[i]->state == qpair_state;
		}
	}
	assert_int_equal(left, 0);
}

static void
poll_in_vain(void)
{
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(spdk_nvme_qpair_process_completions(g_many[i], 0), 0);
	}
}

static void
close_many(void)
{
	assert_false(spdk_nvme_ctrlr_is_failed(g_host.ctrlr));
	for (uint32_t i = 0; i < MANY; i++) {
		io_free_qpair(&g_host, g_many[i]);
	}
	/* What has waited for it. */
	assert_true(spdk_nvme_ctrlr_process_admin_completions(g_host.ctrlr) >= 0);
	close_all();
}

static void
queue_pairs_wait_for_admin_requests(void **state)
{
	struct fake_stats stats;

	open_many();
	poll_in_vain();
	turn_while(NVME_QPAIR_CONNECTING);
	io_hold_reads(&g_host);
	memset(g_many_results, 0, sizeof(g_many_results));
	for (uint32_t i = 0; i < MANY; i++) {
		assert_true(spdk_nvme_qpair_is_connected(g_many[i]));
		assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_many[i], g_buffer, 0, 1,
						       ctrlr_done, &g_many_results[i], 0),
				 0);
	}
	take_admin_requests();
	for (uint32_t i = 0; i < MANY; i++) {
		spdk_nvme_ctrlr_disconnect_io_qpair(g_many[i]);
	}
	poll_in_vain();
	turn_while(NVME_QPAIR_DISCONNECTING);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_many_results[i].count, 1);
	}
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.io_submission_queues, 1);
	fake_clear_faults(g_host.fake);
	assert_int_equal(read_one(), 0);
	io_expect(&g_host, &g_result, 0, 0);
	close_many();
}

static void
calls_that_wait_get_an_admin_request_in_the_end(void **state)
{
	struct spdk_nvme_qpair *qpair;

	open_many();
	qpair = io_alloc_qpair(&g_host, NULL);
	assert_non_null(qpair);
	take_admin_requests();
	for (uint32_t i = 0; i < MANY; i++) {
		spdk_nvme_ctrlr_disconnect_io_qpair(g_many[i]);
	}
	assert_int_equal(g_host.ctrlr->adminq->outstanding, g_host.ctrlr->adminq->request_count);
	io_free_qpair(&g_host, qpair);
	close_many();
}

/* However far the creation is. */
static void
a_queue_pair_may_be_freed_while_it_connects(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;
	struct spdk_nvme_qpair *qpair;
	struct fake_stats stats;

	open_with(NULL);
	opts = default_opts();
	opts.async_mode = true;
	for (uint32_t steps = 0; steps < 6; steps++) {
		qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &opts, sizeof(opts));
		assert_non_null(qpair);
		for (uint32_t i = 0; i < steps; i++) {
			fake_step(g_host.fake);
			(void)spdk_nvme_qpair_process_completions(qpair, 0);
		}
		io_free_qpair(&g_host, qpair);
		fake_get_stats(g_host.fake, &stats);
		assert_int_equal(stats.io_submission_queues, 1);
		assert_int_equal(stats.io_completion_queues, 1);
	}
	close_all();
}

static void
queues_may_be_in_memory_of_the_application(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;
	void *sq, *cq;

	open_with(NULL);
	io_free_qpair(&g_host, g_host.qpair);
	g_host.qpair = NULL;
	opts = default_opts();
	opts.io_queue_size = 64;
	opts.sq.vaddr = sq = io_memory(64 * 64);
	opts.cq.vaddr = cq = io_memory(64 * 16);
	opts.sq.buffer_size = 64 * 64 - 1;
	opts.cq.buffer_size = 64 * 16;
	log_capture_start();
	assert_null(io_alloc_qpair(&g_host, &opts));
	assert_non_null(strstr(g_log_capture.text, "sq.buffer_size is too small"));
	log_capture_stop();
	opts.sq.buffer_size = 64 * 64;
	g_host.qpair = io_alloc_qpair(&g_host, &opts);
	assert_non_null(g_host.qpair);
	assert_int_equal(read_one(), 0);
	assert_int_equal(opts.sq.vaddr->opc, SPDK_NVME_OPC_READ);
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(opts.cq.vaddr->status.p, 1);
	io_free_qpair(&g_host, g_host.qpair);
	g_host.qpair = NULL;
	spdk_free(sq);
	spdk_free(cq);
	close_all();
}

/* The controller sleeps until it is rung, or reads shadows by itself; either way nothing is lost.
 */
static void
check_shadows(bool sleeps)
{
	struct fake_opts opts;
	struct pcie_qpair *queue;

	fake_opts_init(&opts);
	opts.has_shadow_doorbells = true;
	opts.shadow_sleeps = sleeps;
	open_with(&opts);
	queue = pcie_qpair(g_host.qpair);
	assert_non_null(queue->sq_shadow);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(read_one(), 0);
		if (i % 3 == 0) {
			assert_int_equal(read_one(), 0);
			io_turn(&g_host, 4);
			assert_int_equal(g_result.count, 2);
			memset(&g_result, 0, sizeof(g_result));
		} else {
			io_expect(&g_host, &g_result, 0, 0);
		}
	}
	assert_true(queue->stat->sq_shadow_doorbell_updates >= 1000);
	if (!sleeps) {
		assert_true(queue->stat->sq_mmio_doorbell_updates <
			    queue->stat->sq_shadow_doorbell_updates);
	}
	close_all();
}

static void
shadow_doorbells_lose_nothing(void **state)
{
	check_shadows(false);
	check_shadows(true);
}

static void
cids_of_a_slot_change_with_each_use(void **state)
{
	struct pcie_qpair *queue;
	uint16_t before;

	open_with(NULL);
	queue = pcie_qpair(g_host.qpair);
	/* All of its uses, so that the reserved one would come. */
	for (uint32_t i = 0; i < 2 * (UINT16_MAX + 1u) / queue->generation_step; i++) {
		before = queue->trackers[0].cid;
		assert_int_not_equal(before, PCIE_CID_RESERVED);
		assert_int_equal(before & queue->slot_mask, 0);
		assert_int_equal(read_one(), 0);
		io_expect(&g_host, &g_result, 0, 0);
		assert_int_not_equal(queue->trackers[0].cid, before);
	}
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asynchronous_queue_pairs_connect_by_polls),
		cmocka_unit_test(a_queue_pair_that_connects_runs_no_callbacks_of_others),
		cmocka_unit_test(what_was_created_is_undone),
		cmocka_unit_test(a_queue_that_cannot_be_deleted_costs_the_controller),
		cmocka_unit_test(queue_pairs_wait_for_admin_requests),
		cmocka_unit_test(calls_that_wait_get_an_admin_request_in_the_end),
		cmocka_unit_test(a_queue_pair_may_be_freed_while_it_connects),
		cmocka_unit_test(queues_may_be_in_memory_of_the_application),
		cmocka_unit_test(shadow_doorbells_lose_nothing),
		cmocka_unit_test(cids_of_a_slot_change_with_each_use),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
