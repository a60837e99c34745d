/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a controller that does not do its part any more: it is pulled out, or fails, while
 * commands are under way that nobody answers. They end, and it goes.
 */
#include "nvme_device.h"
#include "nvme_fixture.h"
#include "spdk/base64.h"

/* Blocks of a namespace that has become larger. */
#define GROWN 10000

static struct disk g_disk;

static uint32_t
plant_never(struct fake *fake, enum fake_fault_where where, uint16_t opcode)
{
	return fake_plant(
		fake,
		&(struct fake_fault){.kind = FAKE_FAULT_NEVER, .where = where, .opcode = opcode});
}

/* An admin command and a read that are not answered, and the abort of the read neither. */
static struct {
	uint8_t *buf;
	struct outcome admin, read, abortion;
} g_stuck;

static void
get_stuck(struct fake *fake)
{
	const struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_GET_FEATURES,
					  .cdw10 = SPDK_NVME_FEAT_NUMBER_OF_QUEUES};
	uint32_t read, admin, abortion;

	memset(&g_stuck, 0, sizeof(g_stuck));
	g_stuck.buf = dma_buf(4096);
	read = plant_never(fake, FAKE_AT_IO_COMMAND, SPDK_NVME_OPC_READ);
	admin = plant_never(fake, FAKE_AT_ADMIN_COMMAND, SPDK_NVME_OPC_GET_FEATURES);
	abortion = plant_never(fake, FAKE_AT_ADMIN_COMMAND, SPDK_NVME_OPC_ABORT);
	assert_int_equal(spdk_bdev_nvme_admin_passthru(g_disk.desc, g_disk.ch, &cmd, NULL, 0,
						       note_outcome, &g_stuck.admin),
			 0);
	assert_int_equal(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, g_stuck.buf, 0, 8,
					       note_outcome, &g_stuck.read),
			 0);
	wait_for_strike(fake, read);
	wait_for_strike(fake, admin);
	assert_int_equal(spdk_bdev_abort(g_disk.desc, g_disk.ch, &g_stuck.read, note_outcome,
					 &g_stuck.abortion),
			 0);
	wait_for_strike(fake, abortion);
}

static void
expect_all_ended(void)
{
	assert_int_not_equal(outcome_wait(&g_stuck.read), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_not_equal(outcome_wait(&g_stuck.admin), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&g_stuck.abortion), SPDK_BDEV_IO_STATUS_FAILED);
	spdk_dma_free(g_stuck.buf);
}

static bool
is_told_to_go(const void *arg)
{
	return g_disk.events[SPDK_BDEV_EVENT_REMOVE] > 0;
}

static void
begin_to_detach(void)
{
	assert_int_equal(spdk_bdev_nvme_delete("Nvme0", NULL, NULL, NULL), 0);
	settle();
}

static void
become_fatal(struct fake *fake)
{
	(void)fake_plant(
		fake,
		&(struct fake_fault){.kind = FAKE_FAULT_FATAL, .where = FAKE_AT_STEP, .count = 1});
}

static void
pulling_it_out_ends_admin_commands(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);

	get_stuck(fake);
	fake_announce_removal(fake);
	fake_remove(fake, false);
	wait_until(is_told_to_go, NULL);
	expect_all_ended();
	disk_close(&g_disk);
	wait_for_no_controller();
	end_fake(fake);
}

static void
one_that_fails_while_it_is_detached_goes(void **state)
{
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	struct outcome later = {0};
	uint8_t *buf = dma_buf(4096);

	get_stuck(fake);
	begin_to_detach();
	wait_until(is_told_to_go, NULL);
	become_fatal(fake);
	expect_all_ended();
	assert_int_equal(
		spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 0, 8, note_outcome, &later), 0);
	assert_int_equal(outcome_wait(&later), SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(later.sct, SPDK_NVME_SCT_PATH);
	disk_close(&g_disk);
	wait_for_no_controller();
	spdk_dma_free(buf);
}

static void
one_whose_commands_take_too_long_while_it_is_detached_goes(void **state)
{
	struct fake *fake = open_with(
		&g_disk, "{\"timeout_us\": 400000, \"action_on_timeout\": \"reset\"}", NULL);

	get_stuck(fake);
	begin_to_detach();
	expect_all_ended();
	wait_until(is_told_to_go, NULL);
	disk_close(&g_disk);
	wait_for_no_controller();
}

/* Nobody has a disk open: only the command keeps it. */
static void
one_that_fails_with_a_command_by_method_goes(void **state)
{
	const struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_READ, .nsid = 1};
	struct fake *fake = open_with(&g_disk, NULL, NULL);
	char text[128], params[512];
	uint32_t read, abortion;

	read = plant_never(fake, FAKE_AT_IO_COMMAND, SPDK_NVME_OPC_READ);
	abortion = plant_never(fake, FAKE_AT_ADMIN_COMMAND, SPDK_NVME_OPC_ABORT);
	assert_int_equal(spdk_base64_urlsafe_encode(text, &cmd, sizeof(cmd)), 0);
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"Nvme0\", \"cmd_type\": \"io\", \"data_direction\": \"c2h\", "
		       "\"cmdbuf\": \"%s\", \"data_len\": 512, \"timeout_ms\": 100}",
		       text);
	expect_error("bdev_nvme_send_cmd", params, -ETIMEDOUT, "is aborted");
	wait_for_strike(fake, read);
	wait_for_strike(fake, abortion);
	disk_close(&g_disk);
	begin_to_detach();
	become_fatal(fake);
	wait_for_no_controller();
}

/* As the program polls it. */
static bool
has_grown(const void *arg)
{
	struct spdk_nvme_ctrlr *ctrlr = (struct spdk_nvme_ctrlr *)(uintptr_t)arg;

	(void)spdk_nvme_ctrlr_process_admin_completions(ctrlr); /* Errors are looked for later. */
	return spdk_nvme_ns_get_num_sectors(spdk_nvme_ctrlr_get_ns(ctrlr, 1)) == GROWN;
}

static void
one_that_a_program_has_as_well_stays_with_it(void **state)
{
	struct fake *fake = new_fake(NULL);
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct spdk_nvme_ctrlr *ctrlr;

	expect("bdev_nvme_set_options", "{\"timeout_admin_us\": 1000}", "true");
	attach(fake, "[\"Nvme0n1\"]");
	(void)snprintf(trid.traddr, sizeof(trid.traddr), "%s", fake_address(fake));
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	ctrlr = spdk_nvme_connect(&trid, NULL, 0);
	assert_ptr_equal(ctrlr, bdev_nvme_find("Nvme0")->ctrlr);
	detach("Nvme0");
	wait_for_no_controller();
	/* What the module wanted to be told of: a namespace, a command that is late, the end. */
	fake_change_namespace(fake, 1, GROWN);
	(void)plant_never(fake, FAKE_AT_ADMIN_COMMAND, SPDK_NVME_OPC_GET_FEATURES);
	assert_int_equal(spdk_nvme_ctrlr_cmd_get_feature(ctrlr, SPDK_NVME_FEAT_NUMBER_OF_QUEUES, 0,
							 NULL, 0, NULL, NULL),
			 0);
	wait_until(has_grown, ctrlr);
	for (int i = 0; i < 100; i++) {
		assert_true(spdk_nvme_ctrlr_process_admin_completions(ctrlr) >= 0);
		poll_for_ms(1);
	}
	fake_announce_removal(fake);
	fake_remove(fake, false);
	assert_int_equal(spdk_nvme_scan_attached(NULL), 0);
	assert_int_equal(spdk_nvme_detach(ctrlr), 0);
	end_fake(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(pulling_it_out_ends_admin_commands),
		NVME_TEST(one_that_fails_while_it_is_detached_goes),
		NVME_TEST(one_whose_commands_take_too_long_while_it_is_detached_goes),
		NVME_TEST(one_that_fails_with_a_command_by_method_goes),
		NVME_TEST(one_that_a_program_has_as_well_stays_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
