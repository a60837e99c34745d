/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of requests and queue pairs: each callback runs exactly once, whatever the controller
 * answers, and whatever callbacks do.
 */
#include "io/nvme/io_fixture.h"

#define PAGE    4096
#define ENTRIES 16
#define MANY    64

static struct io_host g_host;
static struct ctrlr_result g_result, g_results[MANY];
static uint8_t *g_buffer;

static void
open_small(const struct fake_opts *opts)
{
	g_buffer = io_memory(MANY * PAGE);
	memset(&g_result, 0, sizeof(g_result));
	memset(g_results, 0, sizeof(g_results));
	io_open_small(&g_host, opts, ENTRIES);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
}

static void
more_than_the_queue_holds_waits_for_its_turn(void **state)
{
	open_small(NULL);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
		/* Never from within the call. */
		assert_int_equal(g_results[i].count, 0);
	}
	assert_int_equal(spdk_nvme_qpair_get_num_outstanding_reqs(g_host.qpair), MANY);
	io_turn(&g_host, 1);
	assert_int_equal(g_results[ENTRIES - 2].count, 1);
	assert_int_equal(g_results[ENTRIES - 1].count, 0);
	io_turn(&g_host, 20);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

static void
max_completions_is_kept(void **state)
{
	open_small(NULL);
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	fake_step(g_host.fake);
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 3), 3);
	assert_int_equal(g_results[2].count, 1);
	assert_int_equal(g_results[3].count, 0);
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), 7);
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), 0);
	close_all();
}

/* A completion that lies is told once and dropped; the command still ends once. */
static void
check_lie(enum fake_fault_kind kind, uint32_t value, const char *text)
{
	struct fake_fault fault = {
		.kind = kind,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 1,
		.value = value,
	};

	open_small(NULL);
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	for (uint32_t i = 0; i < 3 * ENTRIES; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	io_turn(&g_host, 20);
	if (strstr(g_log_capture.text, text) == NULL) {
		fail_msg("expected '%s', got '%s'", text, g_log_capture.text);
	}
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 1);
	log_capture_stop();
	for (uint32_t i = 0; i < 3 * ENTRIES; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

static void
an_unknown_cid_is_told_and_dropped(void **state)
{
	/* The low bits name slot 15, which 15 trackers do not have. */
	check_lie(FAKE_FAULT_UNKNOWN_CID, 0xfff, "no command has had");
}

/* The CID that the next command of a slot would have, but there is none yet. */
static void
a_completion_before_its_command_is_told_and_dropped(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_UNKNOWN_CID,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 1,
		.value = 5,
	};

	open_small(NULL);
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_turn(&g_host, 5);
	assert_non_null(strstr(g_log_capture.text, "CID 5 came, which no command in flight has"));
	log_capture_stop();
	assert_int_equal(g_result.count, 1);
	close_all();
}

static void
a_duplicate_is_told_and_dropped(void **state)
{
	check_lie(FAKE_FAULT_DUPLICATE, 0, "it is dropped");
}

static void
a_wrong_head_is_told_and_ignored(void **state)
{
	check_lie(FAKE_FAULT_WRONG_SQHD, 999, "head of the submission queue is 999");
}

static void
a_late_completion_does_not_end_another_command(void **state)
{
	/* The CID of the first use of slot 0, which the next command has with another number. */
	struct fake_fault fault = {
		.kind = FAKE_FAULT_UNKNOWN_CID,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.skip = 1,
		.count = 1,
		.value = 0,
	};

	open_small(NULL);
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[0]), 0);
	io_wait(&g_host, &g_results[0]);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[1]), 0);
	fake_step(g_host.fake);
	/* The first entry is the lie. */
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 1), 0);
	assert_int_equal(g_results[1].count, 0);
	assert_non_null(strstr(g_log_capture.text, "too late"));
	log_capture_stop();
	io_wait(&g_host, &g_results[1]);
	close_all();
}

/* These commands never end by themselves: a disconnect ends them. */
static void
check_lost(enum fake_fault_kind kind, uint32_t value)
{
	struct fake_fault fault = {
		.kind = kind,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.count = 1,
		.value = value,
	};

	open_small(NULL);
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_turn(&g_host, 20);
	assert_int_equal(g_result.count, 0);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	fake_stop(g_host.fake);
	log_capture_stop();
	assert_int_equal(g_result.count, 1);
	assert_true(spdk_nvme_cpl_is_aborted_sq_deletion(&g_result.cpl));
	close_all();
}

static void
a_completion_of_another_queue_ends_nothing(void **state)
{
	check_lost(FAKE_FAULT_WRONG_SQID, 7);
}

static void
a_completion_with_the_old_phase_is_not_seen(void **state)
{
	check_lost(FAKE_FAULT_WRONG_PHASE, 0);
}

static void
an_overrun_neither_crashes_nor_ends_anything_twice(void **state)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_CQ_OVERRUN,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.skip = 5,
		.count = 1,
		.value = 3 * ENTRIES,
	};

	open_small(NULL);
	fake_plant(g_host.fake, &fault);
	log_capture_start();
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	io_turn(&g_host, 100);
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	fake_stop(g_host.fake);
	log_capture_stop();
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

static void
a_disconnect_ends_all_once_and_connects_again(void **state)
{
	open_small(NULL);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), -ENXIO);
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), -ENXIO);
	assert_int_equal(spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_host.qpair), 0);
	fake_stop(g_host.fake);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
disconnect_in_callback(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
}

static void
a_callback_may_disconnect(void **state)
{
	open_small(NULL);
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
					       disconnect_in_callback, &g_result, 0),
			 0);
	for (uint32_t i = 0; i < 30; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	fake_step(g_host.fake);
	fake_start(g_host.fake);
	assert_true(spdk_nvme_qpair_process_completions(g_host.qpair, 0) >= 1);
	fake_stop(g_host.fake);
	assert_int_equal(g_result.count, 1);
	for (uint32_t i = 0; i < 30; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

static void
free_in_callback(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(g_host.qpair), 0);
}

static void
free_now(struct spdk_nvme_qpair *qpair)
{
	assert_int_equal(spdk_nvme_ctrlr_free_io_qpair(qpair), 0);
}

static void
a_callback_may_free_the_queue_pair(void **state)
{
	open_small(NULL);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[0]), 0);
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
					       free_in_callback, &g_result, 0),
			 0);
	for (uint32_t i = 1; i < 30; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	fake_step(g_host.fake);
	fake_start(g_host.fake);
	assert_true(spdk_nvme_qpair_process_completions(g_host.qpair, 0) >= 2);
	fake_stop(g_host.fake);
	g_host.qpair = NULL;
	for (uint32_t i = 0; i < 30; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	close_all();
}

/* What is under way when a queue pair is disconnected, or freed, comes back within that call. */
static void
a_callback_of_what_is_aborted_may_free_the_queue_pair(void **state)
{
	void (*ends[])(struct spdk_nvme_qpair *) = {spdk_nvme_ctrlr_disconnect_io_qpair, free_now};
	uint32_t end, i;

	for (end = 0; end < SPDK_COUNTOF(ends); end++) {
		memset(&g_result, 0, sizeof(g_result));
		memset(g_results, 0, sizeof(g_results));
		open_small(NULL);
		assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
						       free_in_callback, &g_result, 0),
				 0);
		for (i = 0; i < 5; i++) {
			assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
		}
		fake_start(g_host.fake);
		ends[end](g_host.qpair);
		fake_stop(g_host.fake);
		g_host.qpair = NULL;
		assert_int_equal(g_result.count, 1);
		for (i = 0; i < 5; i++) {
			assert_int_equal(g_results[i].count, 1);
		}
		close_all();
	}
}

static int g_rc;

static void
detach_in_callback(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	g_rc = spdk_nvme_detach(g_host.ctrlr);
}

static void
read_to_detach(void)
{
	memset(&g_result, 0, sizeof(g_result));
	g_rc = 0;
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
					       detach_in_callback, &g_result, 0),
			 0);
}

static void
expect_refusal(void)
{
	assert_int_equal(g_result.count, 1);
	assert_int_equal(g_rc, -EBUSY);
	assert_non_null(strstr(g_log_capture.text, "cannot be detached within one of its own"));
	log_capture_clear();
}

/* Of what completes, and of what is aborted as its queue pair goes. */
static void
a_callback_cannot_detach_the_controller(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;

	open_small(NULL);
	log_capture_start();
	/* One that somebody else has as well is only counted down. */
	assert_ptr_equal(spdk_nvme_connect(&g_host.ctrlr->trid, NULL, 0), g_host.ctrlr);
	read_to_detach();
	io_wait(&g_host, &g_result);
	assert_int_equal(g_rc, 0);
	read_to_detach();
	io_wait(&g_host, &g_result);
	expect_refusal();
	io_hold_reads(&g_host);
	read_to_detach();
	io_free_qpair(&g_host, g_host.qpair);
	expect_refusal();
	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_host.ctrlr, &opts, sizeof(opts));
	opts.async_mode = true;
	g_host.qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_host.ctrlr, &opts, sizeof(opts));
	assert_non_null(g_host.qpair);
	io_turn(&g_host, 20);
	assert_true(spdk_nvme_qpair_is_connected(g_host.qpair));
	read_to_detach();
	io_free_qpair(&g_host, g_host.qpair);
	expect_refusal();
	g_host.qpair = NULL;
	log_capture_stop();
	close_all();
}

static void
connect_in_callback(void *arg, const struct spdk_nvme_cpl *cpl)
{
	ctrlr_done(arg, cpl);
	g_rc = spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_host.qpair);
	assert_int_equal(spdk_nvme_ctrlr_reconnect_io_qpair(g_host.qpair), -EAGAIN);
}

/* The other commands still have their slots. */
static void
a_callback_of_what_is_aborted_cannot_connect_the_queue_pair(void **state)
{
	open_small(NULL);
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0, 1,
					       connect_in_callback, &g_result, 0),
			 0);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	fake_start(g_host.fake);
	spdk_nvme_ctrlr_disconnect_io_qpair(g_host.qpair);
	assert_int_equal(g_rc, -EBUSY);
	assert_non_null(strstr(g_log_capture.text, "connect it later"));
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	assert_int_equal(spdk_nvme_ctrlr_connect_io_qpair(g_host.ctrlr, g_host.qpair), 0);
	fake_stop(g_host.fake);
	log_capture_stop();
	memset(&g_result, 0, sizeof(g_result));
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
plant_status(uint32_t count, struct spdk_nvme_status status)
{
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_IO_COMMAND,
		.opcode = SPDK_NVME_OPC_READ,
		.count = count,
		.status = status,
	};

	fake_plant(g_host.fake, &fault);
}

static void
count_late(void *arg, struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_qpair *qpair, uint16_t cid)
{
	assert_ptr_equal(qpair, g_host.qpair);
	++*(uint32_t *)arg;
}

static void
parts_of_a_split_are_told_of_when_they_are_late(void **state)
{
	uint32_t late = 0;
	uint64_t deadline;

	open_small(NULL);
	io_hold_reads(&g_host);
	spdk_nvme_ctrlr_register_timeout_callback(g_host.ctrlr, 5000, 0, count_late, &late);
	/* More than one command can carry. */
	assert_int_equal(spdk_nvme_ns_cmd_read(g_host.ns, g_host.qpair, g_buffer, 0,
					       MANY * PAGE / 512, ctrlr_done, &g_result, 0),
			 0);
	deadline = spdk_get_ticks() + 10 * spdk_get_ticks_hz();
	while (late < 2 && spdk_get_ticks() < deadline) {
		io_turn(&g_host, 1);
	}
	assert_int_equal(late, 2);
	assert_int_equal(g_result.count, 0);
	/* Not a second time. */
	deadline = spdk_get_ticks() + spdk_get_ticks_hz() / 100;
	while (spdk_get_ticks() < deadline) {
		io_turn(&g_host, 1);
	}
	assert_int_equal(late, 2);
	fake_clear_faults(g_host.fake);
	fake_release(g_host.fake);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
what_may_pass_is_tried_again(void **state)
{
	const struct spdk_nvme_status status = {.sct = SPDK_NVME_SCT_GENERIC,
						.sc = SPDK_NVME_SC_NAMESPACE_NOT_READY};
	uint32_t retries;

	open_small(NULL);
	retries = g_host.ctrlr->opts.transport_retry_count;
	assert_true(retries > 0);
	plant_status(retries, status);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), retries + 1);
	/* Once more than that is too often. */
	log_capture_start();
	plant_status(retries + 1, status);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_NAMESPACE_NOT_READY);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 2 * retries + 2);
	log_capture_stop();
	close_all();
}

/* The identification has 100 ms, 200 ms and 300 ms. */
static void
a_retry_waits_as_long_as_the_controller_wants(void **state)
{
	uint64_t begin, ticks;

	open_small(NULL);
	plant_status(1, (struct spdk_nvme_status){.sct = SPDK_NVME_SCT_GENERIC,
						  .sc = SPDK_NVME_SC_NAMESPACE_NOT_READY,
						  .crd = 2});
	begin = spdk_get_ticks();
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	while (io_commands(&g_host, SPDK_NVME_OPC_READ) < 2) {
		io_turn(&g_host, 1);
	}
	ticks = spdk_get_ticks() - begin;
	assert_true(ticks >= spdk_get_ticks_hz() / 5);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
what_will_fail_again_is_not_tried_again(void **state)
{
	open_small(NULL);
	log_capture_start();
	plant_status(1, (struct spdk_nvme_status){.sct = SPDK_NVME_SCT_GENERIC,
						  .sc = SPDK_NVME_SC_NAMESPACE_NOT_READY,
						  .dnr = 1});
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_NAMESPACE_NOT_READY);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 1);
	fake_clear_faults(g_host.fake);
	plant_status(1, (struct spdk_nvme_status){.sct = SPDK_NVME_SCT_MEDIA_ERROR,
						  .sc = SPDK_NVME_SC_UNRECOVERED_READ_ERROR});
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_MEDIA_ERROR,
		  SPDK_NVME_SC_UNRECOVERED_READ_ERROR);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 2);
	log_capture_stop();
	close_all();
}

static void
the_halves_of_a_fused_pair_stay_together(void **state)
{
	struct fake_opts opts;
	struct ctrlr_result second = {0};

	fake_opts_init(&opts);
	opts.has_fused = true;
	open_small(&opts);
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
						&second, SPDK_NVME_IO_FLAGS_FUSE_SECOND),
			 -EINVAL);
	log_capture_stop();
	assert_int_equal(spdk_nvme_ns_cmd_compare(g_host.ns, g_host.qpair, g_buffer, 0, 1,
						  ctrlr_done, &g_result,
						  SPDK_NVME_IO_FLAGS_FUSE_FIRST),
			 0);
	/* What comes between them goes before both. */
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[0]), 0);
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
						&second, SPDK_NVME_IO_FLAGS_FUSE_SECOND),
			 0);
	io_turn(&g_host, 10);
	assert_int_equal(g_result.count, 1);
	assert_true(spdk_nvme_cpl_is_success(&g_result.cpl));
	assert_int_equal(second.count, 1);
	assert_true(spdk_nvme_cpl_is_success(&second.cpl));
	/* A second half that cannot go takes the first along. */
	memset(&g_result, 0, sizeof(g_result));
	log_capture_start();
	assert_int_equal(spdk_nvme_ns_cmd_compare(g_host.ns, g_host.qpair, g_buffer, 0, 1,
						  ctrlr_done, &g_result,
						  SPDK_NVME_IO_FLAGS_FUSE_FIRST),
			 0);
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer + 2, 0, 1,
						ctrlr_done, &second,
						SPDK_NVME_IO_FLAGS_FUSE_SECOND),
			 -EFAULT);
	io_expect(&g_host, &g_result, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_MISSING_FUSED);
	log_capture_stop();
	close_all();
}

/* One doorbell tells of both halves: the first does not take the one place that is left. */
static void
half_a_fused_pair_does_not_take_the_last_place(void **state)
{
	struct fake_opts opts;
	struct fake_stats stats;
	struct ctrlr_result second = {0};

	fake_opts_init(&opts);
	opts.has_fused = true;
	open_small(&opts);
	/* One entry of a ring is never used. */
	for (uint32_t i = 0; i < ENTRIES - 2; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	assert_int_equal(spdk_nvme_ns_cmd_compare(g_host.ns, g_host.qpair, g_buffer, 0, 1,
						  ctrlr_done, &g_result,
						  SPDK_NVME_IO_FLAGS_FUSE_FIRST),
			 0);
	assert_int_equal(spdk_nvme_ns_cmd_write(g_host.ns, g_host.qpair, g_buffer, 0, 1, ctrlr_done,
						&second, SPDK_NVME_IO_FLAGS_FUSE_SECOND),
			 0);
	/* A poll tells the controller of all that is in the ring. */
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), 0);
	fake_step(g_host.fake);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.io_opcodes[SPDK_NVME_OPC_READ], ENTRIES - 2);
	assert_int_equal(stats.io_opcodes[SPDK_NVME_OPC_COMPARE], 0);
	io_expect(&g_host, &g_result, 0, 0);
	io_expect(&g_host, &second, 0, 0);
	close_all();
}

static void
delayed_doorbells_ring_at_the_next_poll(void **state)
{
	struct spdk_nvme_io_qpair_opts opts;

	open_small(NULL);
	spdk_nvme_ctrlr_get_default_io_qpair_opts(g_host.ctrlr, &opts, sizeof(opts));
	opts.delay_cmd_submit = true;
	io_free_qpair(&g_host, g_host.qpair);
	g_host.qpair = io_alloc_qpair(&g_host, &opts);
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), 0);
	fake_settle(g_host.fake, 10);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 0);
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), 0);
	fake_settle(g_host.fake, 10);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_READ), 1);
	io_expect(&g_host, &g_result, 0, 0);
	close_all();
}

static void
a_device_that_is_pulled_out_ends_all_once(void **state)
{
	open_small(NULL);
	log_capture_start();
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(io_read_block(&g_host, g_buffer, &g_results[i]), 0);
	}
	fake_step(g_host.fake);
	fake_remove(g_host.fake, true);
	/* The registers are looked at, which ends in SIGBUS. */
	(void)spdk_nvme_ctrlr_get_regs_csts(g_host.ctrlr);
	assert_true(g_host.ctrlr->is_removed);
	assert_int_equal(spdk_nvme_qpair_process_completions(g_host.qpair, 0), -ENXIO);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(g_results[i].count, 1);
	}
	/* What had come before is no error. */
	assert_true(spdk_nvme_cpl_is_success(&g_results[0].cpl));
	assert_true(spdk_nvme_cpl_is_error(&g_results[MANY - 1].cpl));
	assert_int_equal(io_read_block(&g_host, g_buffer, &g_result), -ENXIO);
	log_capture_stop();
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_the_queue_holds_waits_for_its_turn),
		cmocka_unit_test(max_completions_is_kept),
		cmocka_unit_test(an_unknown_cid_is_told_and_dropped),
		cmocka_unit_test(a_completion_before_its_command_is_told_and_dropped),
		cmocka_unit_test(a_duplicate_is_told_and_dropped),
		cmocka_unit_test(a_wrong_head_is_told_and_ignored),
		cmocka_unit_test(a_late_completion_does_not_end_another_command),
		cmocka_unit_test(a_completion_of_another_queue_ends_nothing),
		cmocka_unit_test(a_completion_with_the_old_phase_is_not_seen),
		cmocka_unit_test(an_overrun_neither_crashes_nor_ends_anything_twice),
		cmocka_unit_test(a_disconnect_ends_all_once_and_connects_again),
		cmocka_unit_test(a_callback_may_disconnect),
		cmocka_unit_test(a_callback_may_free_the_queue_pair),
		cmocka_unit_test(parts_of_a_split_are_told_of_when_they_are_late),
		cmocka_unit_test(a_callback_of_what_is_aborted_may_free_the_queue_pair),
		cmocka_unit_test(a_callback_cannot_detach_the_controller),
		cmocka_unit_test(a_callback_of_what_is_aborted_cannot_connect_the_queue_pair),
		cmocka_unit_test(what_may_pass_is_tried_again),
		cmocka_unit_test(a_retry_waits_as_long_as_the_controller_wants),
		cmocka_unit_test(what_will_fail_again_is_not_tried_again),
		cmocka_unit_test(the_halves_of_a_fused_pair_stay_together),
		cmocka_unit_test(half_a_fused_pair_does_not_take_the_last_place),
		cmocka_unit_test(delayed_doorbells_ring_at_the_next_poll),
		cmocka_unit_test(a_device_that_is_pulled_out_ends_all_once),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
