/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What goes wrong with controllers, under load: each I/O ends once, with the status that it should
 * have, and the controller works again or goes.
 */
#include "nvme_device.h"
#include "nvme_fixture.h"
#include "nvme_link.h"
#include "spindle/reactor.h"

static struct disk g_disk;

/* I/Os without end, a few at a time. */
static struct load {
	struct spdk_io_channel *ch;
	uint8_t *buf;
	bool is_ending;
	uint32_t under_way;
	uint64_t done, failed;
	int last_sct, last_sc;
} g_load;

static void load_submit(struct load *load, uint64_t number);

static void
load_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct load *load = arg;
	uint32_t cdw0;

	load->under_way--;
	load->done++;
	if (!success) {
		load->failed++;
		spdk_bdev_io_get_nvme_status(io, &cdw0, &load->last_sct, &load->last_sc);
	}
	spdk_bdev_free_io(io);
	if (!load->is_ending) {
		load_submit(load, load->done);
	}
}

static void
load_submit(struct load *load, uint64_t number)
{
	uint64_t block = number % 500 * 8;
	int rc;

	if (number % 2 == 0) {
		rc = spdk_bdev_write_blocks(g_disk.desc, load->ch, load->buf, block, 8, load_done,
					    load);
	} else {
		rc = spdk_bdev_read_blocks(g_disk.desc, load->ch, load->buf, block, 8, load_done,
					   load);
	}
	assert_int_equal(rc, 0);
	load->under_way++;
}

static void
load_begin(uint32_t depth)
{
	memset(&g_load, 0, sizeof(g_load));
	g_load.buf = dma_buf(4096);
	g_load.ch = g_disk.ch;
	for (uint32_t i = 0; i < depth; i++) {
		load_submit(&g_load, i);
	}
}

static bool
load_is_over(const void *arg)
{
	return g_load.under_way == 0;
}

static void
load_end(void)
{
	g_load.is_ending = true;
	wait_until(load_is_over, NULL);
	spdk_dma_free(g_load.buf);
}

static bool
load_has_done(const void *count)
{
	return g_load.done >= *(const uint64_t *)count;
}

static void
load_more(uint64_t count)
{
	uint64_t wanted = g_load.done + count;

	wait_until(load_has_done, &wanted);
}

/* ---- Setting up ---- */

/* The next command of this opcode is not answered. */
static uint32_t
plant_never(struct fake *fake, uint16_t opcode)
{
	return fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_LATE,
						     .where = FAKE_AT_IO_COMMAND,
						     .opcode = opcode,
						     .count = 1,
						     .us = 1000 * 1000 * 1000});
}

static void
warm_up(void)
{
	uint8_t *buf = dma_buf(4096);

	do_write(&g_disk, buf, 0, 8);
	spdk_dma_free(buf);
}

static uint64_t
resets(struct fake *fake)
{
	struct fake_stats stats;

	fake_get_stats(fake, &stats);
	return stats.resets;
}

static uint64_t
interrupts(struct fake *fake)
{
	struct fake_stats stats;

	fake_get_stats(fake, &stats);
	return stats.interrupts;
}

/* ---- Resets ---- */

static void
a_reset_under_load_loses_nothing(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	uint64_t before = resets(fake);

	load_begin(32);
	load_more(200);
	for (int i = 0; i < 5; i++) {
		expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
		load_more(50);
	}
	load_end();
	assert_int_equal(g_load.failed, 0);
	assert_true(resets(fake) >= before + 5);
	disk_close(&g_disk);
}

static void
a_controller_that_fails_under_load_is_reset_and_loses_nothing(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	uint64_t before = resets(fake);

	load_begin(32);
	load_more(200);
	spdk_nvme_ctrlr_fail(link_of(&g_disk)->dev->ctrlr);
	load_more(200);
	load_end();
	assert_int_equal(g_load.failed, 0);
	assert_true(resets(fake) > before);
	disk_close(&g_disk);
}

static struct outcome g_resets[4];

static void
several_resets_at_once_are_one(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct disk others[3];
	uint64_t before = resets(fake);
	size_t i;

	memset(g_resets, 0, sizeof(g_resets));
	for (i = 0; i < SPDK_COUNTOF(others); i++) {
		disk_open(&others[i], "Nvme0n1");
	}
	g_disk.bdev->reset_io_drain_timeout = 0;
	for (i = 0; i < SPDK_COUNTOF(g_resets); i++) {
		assert_int_equal(
			spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, &g_resets[i]), 0);
	}
	for (i = 0; i < SPDK_COUNTOF(g_resets); i++) {
		assert_int_equal(outcome_wait(&g_resets[i]), SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	assert_int_equal(resets(fake), before + 1);
	for (i = 0; i < SPDK_COUNTOF(others); i++) {
		disk_close(&others[i]);
	}
	disk_close(&g_disk);
}

static void
a_reset_by_io_aborts_what_is_stuck(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct outcome stuck = {0}, reset = {0};
	uint8_t *buf = dma_buf(4096);
	uint32_t number;

	number = plant_never(fake, SPDK_NVME_OPC_WRITE);
	g_disk.bdev->reset_io_drain_timeout = 0;
	assert_int_equal(
		spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &stuck), 0);
	wait_for_strike(fake, number);
	assert_int_equal(stuck.calls, 0);
	assert_int_equal(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, &reset), 0);
	assert_int_equal(outcome_wait(&reset), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(stuck.calls, 1);
	assert_int_equal(stuck.status, SPDK_BDEV_IO_STATUS_ABORTED);
	do_write(&g_disk, buf, 0, 8);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
a_stuck_io_can_be_aborted(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct outcome stuck = {0}, abortion = {0};
	uint8_t *buf = dma_buf(4096);
	uint32_t number;

	number = plant_never(fake, SPDK_NVME_OPC_READ);
	assert_int_equal(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &stuck), 0);
	wait_for_strike(fake, number);
	assert_int_equal(spdk_bdev_abort(g_disk.desc, g_disk.ch, &stuck, note_outcome, &abortion),
			 0);
	assert_int_equal(outcome_wait(&abortion), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&stuck), SPDK_BDEV_IO_STATUS_ABORTED);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
a_disabled_controller_fails_io_until_it_is_enabled(void **state)
{
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	(void)open_with(&g_disk, NULL, NULL);
	expect_named("bdev_nvme_disable_controller", "Nvme0", "true");
	expect_named("bdev_nvme_disable_controller", "Nvme0", "true");
	expect_part("bdev_nvme_get_controllers", NULL, "\"state\":\"disabled\"");
	expect_status(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_PATH);
	expect_error("bdev_nvme_reset_controller", "{\"name\": \"Nvme0\"}", -EPERM,
		     "bdev_nvme_enable_controller brings it back");
	expect_named("bdev_nvme_enable_controller", "Nvme0", "true");
	expect_part("bdev_nvme_get_controllers", NULL, "\"state\":\"enabled\"");
	do_read(&g_disk, buf, 0, 8);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

/* ---- Timeouts ---- */

static void
run_with_a_stuck_write(struct fake *fake, struct outcome *outcome, uint8_t *buf)
{
	(void)plant_never(fake, SPDK_NVME_OPC_WRITE);
	assert_int_equal(
		spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, outcome),
		0);
}

static void
a_timeout_with_reset_tries_again(void **state)
{
	struct fake *fake = open_with(
		&g_disk, "{\"timeout_us\": 400000, \"action_on_timeout\": \"reset\"}", NULL);
	uint64_t before = resets(fake);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	run_with_a_stuck_write(fake, &outcome, buf);
	assert_int_equal(outcome_wait(&outcome), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_true(resets(fake) > before);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
a_timeout_with_abort_aborts(void **state)
{
	struct fake *fake = open_with(
		&g_disk, "{\"timeout_us\": 400000, \"action_on_timeout\": \"abort\"}", NULL);
	uint64_t before = resets(fake);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	run_with_a_stuck_write(fake, &outcome, buf);
	assert_int_equal(outcome_wait(&outcome), SPDK_BDEV_IO_STATUS_ABORTED);
	assert_int_equal(resets(fake), before);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static bool
is_told_of_timeout(const void *arg)
{
	return log_capture_count(SPDK_LOG_WARN) > 0;
}

static void
a_timeout_with_none_is_told_and_waits(void **state)
{
	struct fake *fake = open_with(
		&g_disk, "{\"timeout_us\": 200000, \"action_on_timeout\": \"none\"}", NULL);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	run_with_a_stuck_write(fake, &outcome, buf);
	wait_until(is_told_of_timeout, NULL);
	assert_int_equal(outcome.calls, 0);
	assert_true(
		log_captured("takes longer than its timeout", "action_on_timeout is none", NULL));
	fake_release(fake);
	assert_int_equal(outcome_wait(&outcome), SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

/* ---- Errors ---- */

static void
plant_status(struct fake *fake, uint8_t sct, uint8_t sc, uint8_t dnr, uint32_t count)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_STATUS,
				   .where = FAKE_AT_IO_COMMAND,
				   .opcode = SPDK_NVME_OPC_READ,
				   .count = count};

	fault.status.sct = sct & 7;
	fault.status.sc = sc;
	fault.status.dnr = dnr & 1;
	(void)fake_plant(fake, &fault);
}

static void
errors_are_tried_again_so_many_times(void **state)
{
	struct fake *fake =
		open_with(&g_disk, "{\"bdev_retry_count\": 2, \"transport_retry_count\": 0}", NULL);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	plant_status(fake, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_UNRECOVERED_READ_ERROR, 0, 2);
	do_read(&g_disk, buf, 0, 8);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_READ), 3);
	plant_status(fake, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_UNRECOVERED_READ_ERROR, 0, 3);
	expect_status(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_MEDIA_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_UNRECOVERED_READ_ERROR);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_READ), 6);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
an_error_that_says_so_is_final(void **state)
{
	struct fake *fake = open_with(&g_disk, "{\"nvme_error_stat\": true}", NULL);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	plant_status(fake, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR, 1, 1);
	expect_status(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_READ), 1);
	expect_part("bdev_get_iostat", "{\"names\": [\"Nvme0n1\"]}",
		    "\"nvme_error\":{\"status_type\":{\"generic\":1},\"status_code\":{"
		    "\"internal_device_error\":1}}");
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
injected_errors_are_met_and_end(void **state)
{
	struct fake *fake = open_with(&g_disk, "{\"bdev_retry_count\": 0}", NULL);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	expect("bdev_nvme_add_error_injection",
	       "{\"name\": \"Nvme0\", \"cmd_type\": \"io\", \"opc\": 2, \"do_not_submit\": true, "
	       "\"err_count\": 1, \"sct\": 2, \"sc\": 129}",
	       "true");
	expect_status(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, 2);
	assert_int_equal(outcome.sc, 129);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_READ), 0);
	do_read(&g_disk, buf, 0, 8);
	expect("bdev_nvme_remove_error_injection",
	       "{\"name\": \"Nvme0\", \"cmd_type\": \"io\", \"opc\": 2}", "true");
	expect_error("bdev_nvme_remove_error_injection",
		     "{\"name\": \"Nvme0\", \"cmd_type\": \"io\", \"opc\": 2}", -ENOENT,
		     "no commands with opcode 2");
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

/* ---- Interrupts ---- */

static void
completions_whose_interrupt_does_not_come_stop_nobody(void **state)
{
	struct outcome stuck = {0};
	uint8_t *buf = dma_buf(4096);
	struct fake_opts opts;
	struct fake *fake;
	uint32_t never, lost;

	fake_opts_init(&opts);
	opts.vectors = opts.io_queues + 1;
	fake = open_with(&g_disk, NULL, &opts);
	assert_true(interrupts(fake) > 0);
	/* Something is under way all the time, so that the queue pair is looked after. */
	never = plant_never(fake, SPDK_NVME_OPC_READ);
	assert_int_equal(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &stuck), 0);
	wait_for_strike(fake, never);
	lost = fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_LOST_INTERRUPT,
						     .where = FAKE_AT_IO_COMMAND,
						     .opcode = SPDK_NVME_OPC_WRITE});
	/* The first finds interrupts of before. */
	for (int i = 0; i < 3; i++) {
		do_write(&g_disk, buf, 0, 8);
		poll_for_ms(5);
	}
	assert_int_equal(fake_fault_strikes(fake, lost), 3);
	fake_release(fake);
	assert_int_equal(outcome_wait(&stuck), SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
an_application_that_never_rests_has_no_interrupts(void **state)
{
	struct spindle_rest_opts usual = {.size = sizeof(usual)}, never;
	struct fake_opts opts;
	struct fake *fake;

	spindle_reactors_get_rest(&usual);
	never = usual;
	never.never_rest = true;
	spindle_reactors_set_rest(&never);
	fake_opts_init(&opts);
	opts.vectors = opts.io_queues + 1;
	fake = open_with(&g_disk, NULL, &opts);
	spindle_reactors_set_rest(&usual);
	warm_up();
	assert_int_equal(interrupts(fake), 0);
	disk_close(&g_disk);
}

/* ---- The end ---- */

static void
the_layer_ends_with_a_controller_attached_and_begins_anew(void **state)
{
	struct fake *fake = new_fake(NULL);

	attach(fake, "[\"Nvme0n1\"]");
	restart_layer_with(NULL);
	assert_null(spdk_bdev_nvme_first_bdev_ctrlr());
	assert_null(spdk_bdev_get_by_name("Nvme0n1"));
	attach(fake, "[\"Nvme0n1\"]");
	disk_open(&g_disk, "Nvme0n1");
	warm_up();
	disk_close(&g_disk);
}

/* ---- Losing it ---- */

static bool
is_told_to_go(const void *arg)
{
	return g_disk.events[SPDK_BDEV_EVENT_REMOVE] > 0;
}

static void
pulling_it_out_ends_io_and_its_bdevs(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);

	load_begin(32);
	load_more(100);
	fake_announce_removal(fake);
	fake_remove(fake, false);
	wait_until(is_told_to_go, NULL);
	load_end();
	assert_true(g_load.failed > 0);
	disk_close(&g_disk);
	wait_for_no_controller();
	end_fake(fake);
}

static void
what_is_plugged_in_is_attached_and_what_was_detached_is_not(void **state)
{
	struct fake *fake;

	expect("bdev_nvme_set_hotplug", "{\"enable\": true, \"period_us\": 10000}", "true");
	fake = new_fake(NULL);
	wait_for_bdev("HotInNvme0n1");
	detach("HotInNvme0");
	poll_for_ms(100);
	expect("bdev_nvme_get_controllers", NULL, "[]");
	attach(fake, "[\"Nvme0n1\"]");
	detach("Nvme0");
}

static bool
has_grown(const void *arg)
{
	return ((const struct disk *)arg)->events[SPDK_BDEV_EVENT_RESIZE] > 0;
}

static void
namespaces_come_go_and_grow(void **state)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.ns[1] = (struct fake_ns_opts){.blocks = 1024, .block_size = 512};
	fake = new_fake(&opts);
	attach(fake, "[\"Nvme0n1\",\"Nvme0n2\"]");
	disk_open(&g_disk, "Nvme0n1");
	fake_change_namespace(fake, 1, 10000);
	wait_until(has_grown, &g_disk);
	assert_int_equal(spdk_bdev_get_num_blocks(g_disk.bdev), 10000);
	fake_change_namespace(fake, 2, 0);
	wait_for_no_bdev("Nvme0n2");
	fake_change_namespace(fake, 2, 1024);
	wait_for_bdev("Nvme0n2");
	disk_close(&g_disk);
}

static void
io_waits_for_a_controller_that_may_come_back(void **state)
{
	struct fake *fake = open_with(&g_disk,
				      "{\"reconnect_delay_sec\": 1, \"ctrlr_loss_timeout_sec\": "
				      "30, \"bdev_retry_count\": -1}",
				      NULL);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	(void)fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_STATUS,
						    .where = FAKE_AT_ADMIN_COMMAND,
						    .opcode = SPDK_NVME_OPC_IDENTIFY,
						    .count = 1,
						    .status = {.sc = 6, .dnr = 1}});
	expect_error("bdev_nvme_reset_controller", "{\"name\": \"Nvme0\"}", -EIO, "");
	expect_part("bdev_nvme_get_controllers", NULL, "\"state\":\"reconnect_is_delayed\"");
	assert_int_equal(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &outcome),
		0);
	poll_for_ms(100);
	assert_int_equal(outcome.calls, 0);
	assert_int_equal(outcome_wait(&outcome), SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
io_fails_fast_and_the_controller_is_given_up(void **state)
{
	struct fake *fake =
		open_with(&g_disk,
			  "{\"reconnect_delay_sec\": 1, \"ctrlr_loss_timeout_sec\": "
			  "2, \"fast_io_fail_timeout_sec\": 1, \"bdev_retry_count\": -1}",
			  NULL);
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	(void)fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_STATUS,
						    .where = FAKE_AT_ADMIN_COMMAND,
						    .opcode = SPDK_NVME_OPC_IDENTIFY,
						    .status = {.sc = 6, .dnr = 1}});
	expect_error("bdev_nvme_reset_controller", "{\"name\": \"Nvme0\"}", -EIO, "");
	expect_status(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_PATH);
	wait_until(is_told_to_go, NULL);
	disk_close(&g_disk);
	wait_for_no_bdev("Nvme0n1");
	spdk_dma_free(buf);
}

static void
a_thread_too_many_gets_no_channel_and_is_told(void **state)
{
	struct spdk_thread *thread = add_thread("second");
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.io_queues = 1;
	(void)open_with(&g_disk, NULL, &opts);
	spdk_set_thread(thread);
	assert_null(spdk_bdev_get_io_channel(g_disk.desc));
	spdk_set_thread(g_app);
	assert_true(log_captured("Nvme0", "second", "each thread that uses it takes one", NULL));
	disk_close(&g_disk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(a_reset_under_load_loses_nothing),
		NVME_TEST(a_controller_that_fails_under_load_is_reset_and_loses_nothing),
		NVME_TEST(several_resets_at_once_are_one),
		NVME_TEST(a_reset_by_io_aborts_what_is_stuck),
		NVME_TEST(a_stuck_io_can_be_aborted),
		NVME_TEST(a_disabled_controller_fails_io_until_it_is_enabled),
		NVME_TEST(a_timeout_with_reset_tries_again),
		NVME_TEST(a_timeout_with_abort_aborts),
		NVME_TEST(a_timeout_with_none_is_told_and_waits),
		NVME_TEST(errors_are_tried_again_so_many_times),
		NVME_TEST(an_error_that_says_so_is_final),
		NVME_TEST(injected_errors_are_met_and_end),
		NVME_TEST(completions_whose_interrupt_does_not_come_stop_nobody),
		NVME_TEST(an_application_that_never_rests_has_no_interrupts),
		NVME_TEST(the_layer_ends_with_a_controller_attached_and_begins_anew),
		NVME_TEST(pulling_it_out_ends_io_and_its_bdevs),
		NVME_TEST(what_is_plugged_in_is_attached_and_what_was_detached_is_not),
		NVME_TEST(namespaces_come_go_and_grow),
		NVME_TEST(io_waits_for_a_controller_that_may_come_back),
		NVME_TEST(io_fails_fast_and_the_controller_is_given_up),
		NVME_TEST(a_thread_too_many_gets_no_channel_and_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
