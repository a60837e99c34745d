/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What comes in the middle of a reset: channels go, the controller fails or does not answer, more
 * resets are wished. The reset ends, and what was wished has been done.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_fixture.h"
#include "nvme_link.h"

/* Longer than any answer takes, and far less than a test waits. */
#define ADMIN_TIMEOUT_MS 5000

static struct disk g_disk;

struct reset {
	uint32_t calls;
	int rc;
};

static void
note_reset(void *arg, int rc)
{
	struct reset *reset = arg;

	reset->calls++;
	reset->rc = rc;
}

static bool
is_over(const void *reset)
{
	return ((const struct reset *)reset)->calls > 0;
}

static struct nvme_dev *
the_device(void)
{
	return bdev_nvme_find("Nvme0");
}

static void
begin_reset(struct reset *reset)
{
	*reset = (struct reset){0};
	assert_int_equal(bdev_nvme_reset(the_device(), note_reset, reset), 0);
}

static int
reset_wait(struct reset *reset)
{
	wait_until(is_over, reset);
	assert_int_equal(reset->calls, 1);
	return reset->rc;
}

/* What a fault does to the first, or the next but `skip`, that wants an I/O queue. */
static uint32_t
plant_at_create(struct fake *fake, enum fake_fault_kind kind, uint32_t skip)
{
	return fake_plant(fake, &(struct fake_fault){.kind = kind,
						     .where = FAKE_AT_ADMIN_COMMAND,
						     .opcode = SPDK_NVME_OPC_CREATE_IO_CQ,
						     .skip = skip,
						     .count = 1,
						     .us = 500 * 1000});
}

/* No read is ever answered. */
static uint32_t
plant_no_reads(struct fake *fake)
{
	return fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
						     .where = FAKE_AT_IO_COMMAND,
						     .opcode = SPDK_NVME_OPC_READ});
}

static void
submit_read(struct disk *disk, void *buf, struct outcome *outcome)
{
	assert_int_equal(
		spdk_bdev_read_blocks(disk->desc, disk->ch, buf, 0, 8, note_outcome, outcome), 0);
}

struct resets {
	struct fake *fake;
	uint64_t count;
};

static uint64_t
count_resets(struct fake *fake)
{
	struct fake_stats stats;

	fake_get_stats(fake, &stats);
	return stats.resets;
}

static bool
were_enough(const void *arg)
{
	const struct resets *resets = arg;

	return count_resets(resets->fake) >= resets->count;
}

/* ---- Another thread that uses the disk ---- */

static struct {
	struct spdk_thread *thread;
	struct spdk_io_channel *ch;
} g_other;

static void
get_channel(void *arg)
{
	g_other.ch = spdk_bdev_get_io_channel(g_disk.desc);
}

static void
put_channel(void *arg)
{
	spdk_put_io_channel(g_other.ch);
}

static bool
has_queue_pair(const void *fake)
{
	struct fake_stats stats;

	fake_get_stats((struct fake *)(uintptr_t)fake, &stats);
	return stats.io_submission_queues == 2;
}

static void
other_begin(struct fake *fake)
{
	g_other.thread = add_thread("other");
	run_on(g_other.thread, get_channel, NULL);
	assert_non_null(g_other.ch);
	wait_until(has_queue_pair, fake);
}

static void
other_end(void)
{
	run_on(g_other.thread, put_channel, NULL);
	settle();
}

/* ---- Queue pairs that are awaited ---- */

static void
a_channel_that_is_put_while_its_queue_pair_is_awaited_stops_no_reset(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct reset reset;
	uint32_t fault;

	fault = plant_at_create(fake, FAKE_FAULT_LATE, 0);
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	disk_close(&g_disk);
	assert_int_equal(reset_wait(&reset), 0);
	detach("Nvme0");
}

static void
check_failed_and_revive(struct reset *reset)
{
	struct outcome outcome = {0};
	uint8_t *buf = dma_buf(4096);

	assert_int_equal(reset_wait(reset), -EIO);
	expect_part("bdev_nvme_get_controllers", NULL, "\"state\":\"failed\"");
	submit_read(&g_disk, buf, &outcome);
	assert_int_equal(outcome_wait(&outcome), SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_PATH);
	expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
	do_read(&g_disk, buf, 0, 8);
	spdk_dma_free(buf);
}

static void
a_reset_ends_when_the_controller_fails_while_queue_pairs_are_awaited(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct outcome waiting = {0};
	uint8_t *buf = dma_buf(4096);
	struct reset reset;
	uint32_t fault;

	other_begin(fake);
	fault = plant_at_create(fake, FAKE_FAULT_FATAL, 0);
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	submit_read(&g_disk, buf, &waiting);
	check_failed_and_revive(&reset);
	assert_int_equal(outcome_wait(&waiting), SPDK_BDEV_IO_STATUS_NVME_ERROR);
	other_end();
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
io_waits_for_a_controller_that_fails_while_queue_pairs_are_awaited(void **state)
{
	struct fake *fake = open_with(
		&g_disk, "{\"reconnect_delay_sec\": 1, \"ctrlr_loss_timeout_sec\": 30}", NULL);
	struct outcome waiting = {0};
	uint8_t *buf = dma_buf(4096);
	struct reset reset;
	uint32_t fault;

	other_begin(fake);
	fault = plant_at_create(fake, FAKE_FAULT_FATAL, 1);
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	assert_int_equal(reset_wait(&reset), -EIO);
	submit_read(&g_disk, buf, &waiting);
	assert_int_equal(outcome_wait(&waiting), SPDK_BDEV_IO_STATUS_SUCCESS);
	other_end();
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static bool
is_told_to_go(const void *arg)
{
	return g_disk.events[SPDK_BDEV_EVENT_REMOVE] > 0;
}

static void
the_limits_of_a_lost_controller_hold_when_it_fails_so_late(void **state)
{
	struct fake *fake = open_with(&g_disk,
				      "{\"reconnect_delay_sec\": 1, \"ctrlr_loss_timeout_sec\": "
				      "3, \"fast_io_fail_timeout_sec\": 1}",
				      NULL);
	struct outcome waiting = {0};
	uint8_t *buf = dma_buf(4096);
	struct reset reset;

	(void)fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_FATAL,
						    .where = FAKE_AT_ADMIN_COMMAND,
						    .opcode = SPDK_NVME_OPC_CREATE_IO_CQ});
	begin_reset(&reset);
	assert_int_equal(reset_wait(&reset), -EIO);
	submit_read(&g_disk, buf, &waiting);
	assert_int_equal(outcome_wait(&waiting), SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(waiting.sct, SPDK_NVME_SCT_PATH);
	assert_true(log_capture_has("has been away for fast_io_fail_timeout_sec"));
	wait_until(is_told_to_go, NULL);
	disk_close(&g_disk);
	wait_for_no_controller();
	spdk_dma_free(buf);
}

static void
note_created(void *arg, size_t bdev_count, int rc)
{
	note_reset(arg, rc);
}

static void
attach_with_timeout(struct fake *fake)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct spdk_nvme_ctrlr_opts opts;
	struct reset created = {0};

	bdev_nvme_drv_opts_init(&opts);
	opts.admin_timeout_ms = ADMIN_TIMEOUT_MS;
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(fake));
	assert_int_equal(
		spdk_bdev_nvme_create(&trid, "Nvme0", NULL, 0, note_created, &created, &opts, NULL),
		0);
	assert_int_equal(reset_wait(&created), 0);
}

static void
a_reset_ends_when_the_controller_does_not_give_a_queue_pair(void **state)
{
	struct fake *fake = new_fake(NULL);
	uint8_t *buf = dma_buf(4096);
	struct reset reset;

	attach_with_timeout(fake);
	disk_open(&g_disk, "Nvme0n1");
	do_read(&g_disk, buf, 0, 8);
	(void)plant_at_create(fake, FAKE_FAULT_NEVER, 0);
	begin_reset(&reset);
	check_failed_and_revive(&reset);
	assert_true(log_captured("Nvme0", "which wants an I/O queue", NULL));
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
a_new_channel_waits_for_the_reset_of_a_controller_that_gives_no_queue_pair(void **state)
{
	struct fake *fake = new_fake(NULL);
	uint64_t before = count_resets(fake);
	uint8_t *buf = dma_buf(4096);

	attach_with_timeout(fake);
	(void)plant_at_create(fake, FAKE_FAULT_NEVER, 0);
	disk_open(&g_disk, "Nvme0n1");
	do_read(&g_disk, buf, 0, 8);
	assert_true(count_resets(fake) > before);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
detaching_does_not_wait_long_for_queue_pairs(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct reset reset;
	uint32_t fault;

	fault = plant_at_create(fake, FAKE_FAULT_NEVER, 0);
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, NULL, NULL), 0);
	assert_int_equal(reset_wait(&reset), -ECANCELED);
	assert_true(log_captured("Nvme0", "in the middle of a reset", NULL));
	wait_until(is_told_to_go, NULL);
	disk_close(&g_disk);
	wait_for_no_controller();
}

/* ---- What does not work any more ---- */

static bool
is_told_of_timeout(const void *arg)
{
	return log_capture_has("of an I/O queue takes longer than its timeout");
}

static void
what_stops_working_while_others_are_awaited_is_reset_again(void **state)
{
	struct fake *fake = open_with(&g_disk,
				      "{\"timeout_us\": 400000, \"timeout_admin_us\": 60000000, "
				      "\"action_on_timeout\": \"reset\"}",
				      NULL);
	struct resets wanted = {fake, count_resets(fake) + 2};
	struct outcome stuck = {0};
	uint8_t *buf = dma_buf(4096);
	struct reset reset;
	uint32_t fault;

	other_begin(fake);
	fault = plant_at_create(fake, FAKE_FAULT_NEVER, 1);
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	(void)plant_no_reads(fake);
	submit_read(&g_disk, buf, &stuck);
	wait_until(is_told_of_timeout, NULL);
	fake_clear_faults(fake);
	fake_release(fake);
	assert_int_equal(reset_wait(&reset), 0);
	wait_until(were_enough, &wanted);
	assert_int_equal(outcome_wait(&stuck), SPDK_BDEV_IO_STATUS_SUCCESS);
	other_end();
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

/* From the next I/O on it takes no commands, and does not answer this one. */
static uint32_t
plant_stop(struct fake *fake)
{
	uint32_t number = fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_STOP,
								.where = FAKE_AT_IO_COMMAND,
								.opcode = FAKE_ANY_OPCODE,
								.count = 1});

	(void)fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
						    .where = FAKE_AT_IO_COMMAND,
						    .opcode = FAKE_ANY_OPCODE,
						    .count = 1});
	return number;
}

static void
a_controller_that_takes_no_commands_any_more_is_reset(void **state)
{
	struct fake *fake = open_with(
		&g_disk, "{\"timeout_us\": 400000, \"action_on_timeout\": \"reset\"}", NULL);
	struct outcome stuck = {0};
	uint8_t *buf = dma_buf(4096);

	(void)plant_stop(fake);
	submit_read(&g_disk, buf, &stuck);
	assert_int_equal(outcome_wait(&stuck), SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

static void
a_controller_that_takes_no_commands_any_more_is_reset_when_asked(void **state)
{
	struct fake *fake = open_with(&g_disk, "{}", NULL);
	uint8_t *buf = dma_buf(4096);
	struct outcome stuck = {0};
	struct reset reset;
	uint32_t fault;

	fault = plant_stop(fake);
	submit_read(&g_disk, buf, &stuck);
	wait_for_strike(fake, fault);
	begin_reset(&reset);
	assert_int_equal(reset_wait(&reset), 0);
	assert_int_equal(outcome_wait(&stuck), SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&g_disk);
	spdk_dma_free(buf);
}

/* ---- Resets by I/O ---- */

/* Of namespace 2; a read of it is stuck, and stays so when it is tried again. */
static struct fake *
open_with_a_stuck_read(struct outcome *stuck, void *buf)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.ns[1] = (struct fake_ns_opts){.blocks = 1024, .block_size = 512};
	fake = new_fake(&opts);
	attach(fake, "[\"Nvme0n1\",\"Nvme0n2\"]");
	disk_open(&g_disk, "Nvme0n2");
	g_disk.bdev->reset_io_drain_timeout = 0;
	*stuck = (struct outcome){0};
	submit_read(&g_disk, buf, stuck);
	wait_for_strike(fake, plant_no_reads(fake));
	return fake;
}

static bool
is_wished(const void *arg)
{
	const struct nvme_disk *disk = g_disk.bdev->ctxt;

	return disk->resets > 0;
}

static void
reset_by_io(struct outcome *outcome)
{
	*outcome = (struct outcome){0};
	assert_int_equal(spdk_bdev_reset(g_disk.desc, g_disk.ch, note_outcome, outcome), 0);
	wait_until(is_wished, NULL);
}

static void
check_aborted(struct outcome *reset_io, const struct outcome *stuck)
{
	assert_int_equal(outcome_wait(reset_io), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(stuck->calls, 1);
	assert_int_equal(stuck->status, SPDK_BDEV_IO_STATUS_ABORTED);
	disk_close(&g_disk);
}

static void
a_reset_by_io_in_the_middle_of_another_aborts_what_waits(void **state)
{
	uint8_t *buf = dma_buf(4096);
	struct outcome stuck, reset_io;
	struct fake *fake = open_with_a_stuck_read(&stuck, buf);
	uint64_t before = count_resets(fake);
	struct reset reset;
	uint32_t fault;

	fault = fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
						      .where = FAKE_AT_ADMIN_COMMAND,
						      .opcode = SPDK_NVME_OPC_IDENTIFY,
						      .count = 1});
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	reset_by_io(&reset_io);
	fake_release(fake);
	assert_int_equal(reset_wait(&reset), 0);
	check_aborted(&reset_io, &stuck);
	assert_int_equal(count_resets(fake), before + 1);
	spdk_dma_free(buf);
}

static void
a_reset_by_io_at_the_end_of_another_aborts_what_was_tried_again(void **state)
{
	uint8_t *buf = dma_buf(4096);
	struct outcome stuck, reset_io;
	struct fake *fake = open_with_a_stuck_read(&stuck, buf);
	uint64_t before = count_resets(fake);
	struct reset reset;
	uint32_t fault;

	other_begin(fake);
	fault = plant_at_create(fake, FAKE_FAULT_LATE, 1);
	begin_reset(&reset);
	wait_for_strike(fake, fault);
	reset_by_io(&reset_io);
	assert_int_equal(reset_wait(&reset), 0);
	other_end();
	check_aborted(&reset_io, &stuck);
	assert_int_equal(count_resets(fake), before + 2);
	spdk_dma_free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(a_channel_that_is_put_while_its_queue_pair_is_awaited_stops_no_reset),
		NVME_TEST(a_reset_ends_when_the_controller_fails_while_queue_pairs_are_awaited),
		NVME_TEST(io_waits_for_a_controller_that_fails_while_queue_pairs_are_awaited),
		NVME_TEST(the_limits_of_a_lost_controller_hold_when_it_fails_so_late),
		NVME_TEST(a_reset_ends_when_the_controller_does_not_give_a_queue_pair),
		NVME_TEST(
			a_new_channel_waits_for_the_reset_of_a_controller_that_gives_no_queue_pair),
		NVME_TEST(detaching_does_not_wait_long_for_queue_pairs),
		NVME_TEST(what_stops_working_while_others_are_awaited_is_reset_again),
		NVME_TEST(a_controller_that_takes_no_commands_any_more_is_reset),
		NVME_TEST(a_controller_that_takes_no_commands_any_more_is_reset_when_asked),
		NVME_TEST(a_reset_by_io_in_the_middle_of_another_aborts_what_waits),
		NVME_TEST(a_reset_by_io_at_the_end_of_another_aborts_what_was_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
