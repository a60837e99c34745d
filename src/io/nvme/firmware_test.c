/* SPDX-License-Identifier: BSD-3-Clause */
/* New firmware: what reaches the controller, what it runs then, and what is told when it refuses.
 */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

#define PIECE     4096u
#define IMAGE_MAX (16 * PIECE)
#define SPECIFIC  SPDK_NVME_SCT_COMMAND_SPECIFIC

static struct ctrlr_host g_host;
static uint8_t g_image[IMAGE_MAX];
/* Of the last update. */
static struct spdk_nvme_status g_status;

/* Bytes that tell each place apart; the first are what the fake takes for the revision. */
static void
make_image(const char *revision)
{
	for (uint32_t i = 0; i < sizeof(g_image); i++) {
		g_image[i] = (uint8_t)(i ^ i >> 8);
	}
	memcpy(g_image, revision, 8);
}

static int
update(uint32_t size, int slot, enum spdk_nvme_fw_commit_action action)
{
	int rc;

	memset(&g_status, 0xff, sizeof(g_status));
	fake_start(g_host.fake);
	rc = spdk_nvme_ctrlr_update_firmware(g_host.ctrlr, g_image, size, slot, action, &g_status);
	fake_stop(g_host.fake);
	return rc;
}

static uint64_t
sent(uint8_t opc)
{
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	return stats.admin_opcodes[opc];
}

static uint64_t
resets(void)
{
	struct fake_stats stats;

	fake_get_stats(g_host.fake, &stats);
	return stats.resets;
}

static void
expect_status(uint32_t sct, uint32_t sc)
{
	assert_int_equal(g_status.sct, sct);
	assert_int_equal(g_status.sc, sc);
}

static void
expect_revision(const char *revision)
{
	assert_memory_equal(spdk_nvme_ctrlr_get_data(g_host.ctrlr)->fr, revision, 8);
}

static void
expect_image(uint32_t size)
{
	const uint8_t *image;

	assert_int_equal(fake_firmware(g_host.fake, &image), size);
	assert_memory_equal(image, g_image, size);
}

static void
open_granular(uint8_t granularity, uint8_t mdts)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.firmware_granularity = granularity;
	opts.mdts = mdts;
	ctrlr_open(&g_host, &opts);
	make_image("2.0beta!");
}

static void
an_image_arrives_whole_and_runs_after_the_reset(void **state)
{
	uint64_t before;

	open_granular(0, 5);
	expect_revision("1.0     ");
	before = resets();
	assert_int_equal(update(3 * PIECE + 516, 3, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), 0);
	expect_status(SPECIFIC, SPDK_NVME_SC_FIRMWARE_REQ_RESET);
	expect_image(3 * PIECE + 516);
	expect_revision("2.0beta!");
	assert_int_equal(resets(), before + 1);
	ctrlr_close(&g_host);
}

static void
the_slot_and_the_action_are_those_asked_for(void **state)
{
	open_granular(0, 5);
	/* Into a slot, and no more. */
	assert_int_equal(update(PIECE, 3, SPDK_NVME_FW_COMMIT_REPLACE_IMG), 0);
	expect_status(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_SUCCESS);
	expect_revision("1.0     ");
	/* Another one runs at once. */
	make_image("3.0beta!");
	assert_int_equal(update(PIECE, 2, SPDK_NVME_FW_COMMIT_RUN_IMG), 0);
	expect_status(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_SUCCESS);
	expect_revision("3.0beta!");
	/* What is in the slot runs after a reset. */
	assert_int_equal(update(PIECE, 3, SPDK_NVME_FW_COMMIT_ENABLE_IMG), 0);
	expect_status(SPECIFIC, SPDK_NVME_SC_FIRMWARE_REQ_RESET);
	expect_revision("2.0beta!");
	ctrlr_close(&g_host);
}

/* The fake refuses others. */
static void
pieces_have_the_size_that_the_controller_wants(void **state)
{
	static const struct {
		uint8_t granularity;
		uint32_t size, pieces;
	} cases[] = {
		{1, 5 * PIECE, 5}, {2, 5 * PIECE, 3},     {4, 8 * PIECE, 2},
		{4, 12, 1},        {0, 2 * PIECE + 4, 3}, {0xff, 2 * PIECE, 2},
	};

	for (size_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		open_granular(cases[i].granularity, 5);
		assert_int_equal(
			update(cases[i].size, 0, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), 0);
		expect_image(cases[i].size);
		assert_int_equal(sent(SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), cases[i].pieces);
		ctrlr_close(&g_host);
	}
}

/* Its granularity is 64 KiB, and it takes 8 at a time: the fake tells who exceeds that. */
static void
no_piece_is_more_than_a_transfer(void **state)
{
	open_granular(16, 1);
	assert_int_equal(update(2 * PIECE, 0, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), 0);
	expect_image(2 * PIECE);
	log_capture_start();
	assert_int_equal(update(3 * PIECE, 0, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), -EIO);
	assert_true(log_captured("from byte 8192 of 12288 on: INVALID FIELD", NULL));
	log_capture_stop();
	expect_status(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INVALID_FIELD);
	ctrlr_close(&g_host);
}

static void
a_refused_piece_is_told_and_nothing_committed(void **state)
{
	uint64_t before;

	open_granular(0, 5);
	before = resets();
	ctrlr_plant(&g_host, FAKE_FAULT_STATUS, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD, 1, 1);
	log_capture_start();
	assert_int_equal(update(3 * PIECE, 2, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), -EIO);
	assert_true(log_captured("from byte 4096 of 12288 on: INTERNAL DEVICE ERROR", NULL));
	log_capture_stop();
	expect_status(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
	assert_int_equal(sent(SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 2);
	assert_int_equal(sent(SPDK_NVME_OPC_FIRMWARE_COMMIT), 0);
	assert_int_equal(resets(), before);
	expect_revision("1.0     ");
	ctrlr_close(&g_host);
}

static void
a_refused_commit_is_told_and_nothing_reset(void **state)
{
	uint64_t before;

	open_granular(0, 5);
	before = resets();
	log_capture_start();
	/* Too short for the fake to be an image. */
	assert_int_equal(update(4, 2, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), -EIO);
	assert_true(log_captured("firmware was not committed: INVALID FIRMWARE IMAGE", NULL));
	expect_status(SPECIFIC, SPDK_NVME_SC_INVALID_FIRMWARE_IMAGE);
	/* It has three. */
	assert_int_equal(update(PIECE, 7, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG), -EIO);
	expect_status(SPECIFIC, SPDK_NVME_SC_INVALID_FIRMWARE_SLOT);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 2);
	log_capture_stop();
	assert_int_equal(resets(), before);
	expect_revision("1.0     ");
	ctrlr_close(&g_host);
}

/* These are no refusals, whatever reset the controller would like; one of them is. */
static void
a_commit_that_wants_a_reset_is_a_success(void **state)
{
	static const struct {
		uint8_t sc;
		int rc;
	} cases[] = {
		{SPDK_NVME_SC_FIRMWARE_REQ_CONVENTIONAL_RESET, 0},
		{SPDK_NVME_SC_FIRMWARE_REQ_NVM_RESET, 0},
		{SPDK_NVME_SC_FIRMWARE_REQ_RESET, 0},
		{SPDK_NVME_SC_FIRMWARE_REQ_MAX_TIME_VIOLATION, -EIO},
	};
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_FIRMWARE_COMMIT,
		.status = {.sct = SPECIFIC},
		.count = 1,
	};

	open_granular(0, 5);
	for (size_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		uint64_t before = resets();

		fault.status.sc = cases[i].sc;
		fake_plant(g_host.fake, &fault);
		log_capture_start();
		assert_int_equal(update(PIECE, 0, SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG),
				 cases[i].rc);
		assert_int_equal(log_capture_count(SPDK_LOG_ERROR), cases[i].rc == 0 ? 0 : 1);
		log_capture_stop();
		expect_status(SPECIFIC, cases[i].sc);
		assert_int_equal(resets(), before + (cases[i].rc == 0 ? 1 : 0));
	}
	ctrlr_close(&g_host);
}

static void
what_makes_no_sense_does_not_reach_the_controller(void **state)
{
	const enum spdk_nvme_fw_commit_action action = SPDK_NVME_FW_COMMIT_REPLACE_AND_ENABLE_IMG;

	open_granular(0, 5);
	log_capture_start();
	assert_int_equal(update(0, 0, action), -EINVAL);
	assert_int_equal(update(PIECE + 2, 0, action), -EINVAL);
	assert_int_equal(update(PIECE, -1, action), -EINVAL);
	assert_int_equal(update(PIECE, 8, action), -EINVAL);
	assert_int_equal(update(PIECE, 0, SPDK_NVME_FW_COMMIT_REPLACE_BOOT_PARTITION), -EINVAL);
	assert_int_equal(
		spdk_nvme_ctrlr_update_firmware(g_host.ctrlr, g_image, PIECE, 0, action, NULL),
		-EINVAL);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 6);
	assert_int_equal(
		spdk_nvme_ctrlr_update_firmware(g_host.ctrlr, NULL, PIECE, 0, action, &g_status),
		-EINVAL);
	assert_true(log_captured("payload is NULL, but its size is 4096", NULL));
	log_capture_stop();
	assert_int_equal(sent(SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 0);
	assert_int_equal(sent(SPDK_NVME_OPC_FIRMWARE_COMMIT), 0);
	ctrlr_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_arrives_whole_and_runs_after_the_reset),
		cmocka_unit_test(the_slot_and_the_action_are_those_asked_for),
		cmocka_unit_test(pieces_have_the_size_that_the_controller_wants),
		cmocka_unit_test(no_piece_is_more_than_a_transfer),
		cmocka_unit_test(a_refused_piece_is_told_and_nothing_committed),
		cmocka_unit_test(a_refused_commit_is_told_and_nothing_reset),
		cmocka_unit_test(a_commit_that_wants_a_reset_is_a_success),
		cmocka_unit_test(what_makes_no_sense_does_not_reach_the_controller),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
