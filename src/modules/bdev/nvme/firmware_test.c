/* SPDX-License-Identifier: BSD-3-Clause */
/* bdev_nvme_apply_firmware: what the controller gets of the file, and what is refused and how. */
#include "nvme_fixture.h"

#include "control/jsonrpc.h"
#include "control/rpc.h"

#define PIECE     4096u
#define IMAGE_MAX (5 * PIECE + 516)

static uint8_t g_image[IMAGE_MAX];
static char g_file[64];

/* A file of so many bytes that tell each place apart; the first are the revision. */
static void
write_image(uint32_t size)
{
	int fd;

	assert_in_range(size, 0, sizeof(g_image));
	fill(g_image, sizeof(g_image), 7);
	memcpy(g_image, "2.0beta!", 8);
	(void)snprintf(g_file, sizeof(g_file), "/tmp/nvme_firmware_test.XXXXXX");
	fd = mkstemp(g_file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, g_image, size), size);
	assert_int_equal(close(fd), 0);
}

static const char *
params_for(const char *file)
{
	static char params[128];

	(void)snprintf(params, sizeof(params), "{\"filename\": \"%s\", \"bdev_name\": \"Nvme0n1\"}",
		       file);
	return params;
}

static struct fake *
attach_granular(uint8_t granularity, uint8_t mdts)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.firmware_granularity = granularity;
	opts.mdts = mdts;
	fake = new_fake(&opts);
	attach(fake, "[\"Nvme0n1\"]");
	return fake;
}

static uint64_t
sent(struct fake *fake, uint8_t opc)
{
	struct fake_stats stats;

	fake_get_stats(fake, &stats);
	return stats.admin_opcodes[opc];
}

static void
expect_success(void)
{
	expect("bdev_nvme_apply_firmware", params_for(g_file),
	       "\"firmware commit succeeded. NVMe has been reset.\"");
}

static void
expect_image(struct fake *fake, uint32_t size)
{
	const uint8_t *image;

	assert_int_equal(fake_firmware(fake, &image), size);
	assert_memory_equal(image, g_image, size);
}

static void
expect_revision(const char *revision)
{
	char part[64];

	(void)snprintf(part, sizeof(part), "\"firmware_revision\":\"%s\"", revision);
	expect_part("bdev_get_bdevs", "{\"name\": \"Nvme0n1\"}", part);
}

/* And the bdev works as before. */
static void
the_file_becomes_the_firmware_that_runs(void **state)
{
	struct fake *fake = attach_granular(0, 5);
	uint8_t *buf = dma_buf(PIECE);
	struct disk disk;

	disk_open(&disk, "Nvme0n1");
	do_write(&disk, buf, 0, 8);
	expect_revision("1.0");
	write_image(3 * PIECE + 516);
	expect_success();
	expect_image(fake, 3 * PIECE + 516);
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 4);
	expect_revision("2.0beta!");
	do_read(&disk, buf, 0, 8);
	disk_close(&disk);
	spdk_dma_free(buf);
	(void)unlink(g_file);
}

/* The fake refuses others, and tells who exceeds a transfer. */
static void
pieces_have_the_size_that_the_controller_wants(void **state)
{
	static const struct {
		uint8_t granularity, mdts;
		uint32_t size, pieces;
	} cases[] = {
		{1, 5, 3 * PIECE, 3},    {2, 5, 5 * PIECE + 516, 3}, {2, 1, 4 * PIECE, 2},
		{0xff, 5, 2 * PIECE, 2}, {16, 1, 2 * PIECE, 1},
	};

	for (size_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		struct fake *fake = attach_granular(cases[i].granularity, cases[i].mdts);

		write_image(cases[i].size);
		expect_success();
		expect_image(fake, cases[i].size);
		assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD),
				 cases[i].pieces);
		detach("Nvme0");
		end_fake(fake);
		(void)unlink(g_file);
	}
}

/* It wants 64 KiB, and takes 8. */
static void
no_piece_is_more_than_a_transfer(void **state)
{
	struct fake *fake = attach_granular(16, 1);

	write_image(3 * PIECE);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -EIO,
		     "the controller does not take the firmware: INVALID FIELD");
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 2);
	(void)unlink(g_file);
}

static void
what_the_controller_refuses_is_told_and_changes_nothing(void **state)
{
	struct fake *fake = attach_granular(0, 5);
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD,
		.skip = 1,
		.count = 1,
		.status = {.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC,
			   .sc = SPDK_NVME_SC_OVERLAPPING_RANGE},
	};

	write_image(3 * PIECE);
	(void)fake_plant(fake, &fault);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -EIO,
		     "the controller does not take the firmware: OVERLAPPING RANGE");
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 2);
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_COMMIT), 0);
	fault.opcode = SPDK_NVME_OPC_FIRMWARE_COMMIT;
	fault.skip = 0;
	fault.status.sc = SPDK_NVME_SC_INVALID_FIRMWARE_IMAGE;
	(void)fake_plant(fake, &fault);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -EIO,
		     "the controller does not commit the firmware: INVALID FIRMWARE IMAGE");
	expect_revision("1.0");
	/* Nothing is left of either. */
	expect_success();
	expect_revision("2.0beta!");
	(void)unlink(g_file);
}

/* The image is in; what the controller wants beyond a reset is for the administrator. */
static void
a_commit_that_wants_another_reset_is_a_success(void **state)
{
	struct fake *fake = attach_granular(0, 5);
	struct fake_fault fault = {
		.kind = FAKE_FAULT_STATUS,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_FIRMWARE_COMMIT,
		.status = {.sct = SPDK_NVME_SCT_COMMAND_SPECIFIC,
			   .sc = SPDK_NVME_SC_FIRMWARE_REQ_CONVENTIONAL_RESET},
	};

	write_image(PIECE);
	(void)fake_plant(fake, &fault);
	expect_success();
	(void)unlink(g_file);
}

static void
a_file_that_is_no_image_is_refused(void **state)
{
	struct fake *fake = attach_granular(0, 5);

	expect_error("bdev_nvme_apply_firmware", params_for("/nowhere/image"), -ENOENT,
		     "/nowhere/image cannot be read");
	write_image(PIECE + 2);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -EINVAL,
		     "has 4098 bytes: an image has a multiple of 4");
	(void)unlink(g_file);
	write_image(0);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -EINVAL, "has 0 bytes");
	(void)unlink(g_file);
	expect_error("bdev_nvme_apply_firmware",
		     "{\"filename\": \"/nowhere/image\", \"bdev_name\": \"Nvme9n1\"}", -ENODEV,
		     "Nvme9n1");
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 0);
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_COMMIT), 0);
}

/* As those that are programs, most of the time. */
static void
a_controller_without_firmware_commands_is_left_alone(void **state)
{
	struct fake *fake = new_fake(NULL);

	(void)fake_plant(fake,
			 &(struct fake_fault){.kind = FAKE_FAULT_DATA_PATCH,
					      .where = FAKE_AT_ADMIN_COMMAND,
					      .opcode = SPDK_NVME_OPC_IDENTIFY,
					      .cdw10 = SPDK_NVME_IDENTIFY_CTRLR,
					      .cdw10_mask = 0xff,
					      .offset = offsetof(struct spdk_nvme_ctrlr_data, oacs),
					      .size = 2});
	attach(fake, "[\"Nvme0n1\"]");
	write_image(PIECE);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -ENOTSUP,
		     "the controller of bdev Nvme0n1 takes no firmware");
	assert_int_equal(sent(fake, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD), 0);
	(void)unlink(g_file);
}

/* ---- Two at a time ---- */

struct pending {
	struct spdk_json_val name;
	struct spdk_json_val values[16];
	char params[128];
	bool is_answered;
	int code;
};

static void
note_code(void *arg, const struct jsonrpc_local_reply *reply)
{
	struct pending *pending = arg;

	pending->is_answered = true;
	pending->code = reply->error_code;
}

static bool
is_answered(const void *arg)
{
	return ((const struct pending *)arg)->is_answered;
}

/* Begins one, and does not wait. */
static void
begin_update(struct pending *pending)
{
	static char method[] = "bdev_nvme_apply_firmware";
	const struct jsonrpc_local_call call = {
		.handle_fn = rpc_handle,
		.method = &pending->name,
		.params = pending->values,
		.done_fn = note_code,
		.arg = pending,
	};

	*pending = (struct pending){.name = {method, strlen(method), SPDK_JSON_VAL_STRING}};
	(void)snprintf(pending->params, sizeof(pending->params), "%s", params_for(g_file));
	assert_true(spdk_json_parse(pending->params, strlen(pending->params), pending->values,
				    SPDK_COUNTOF(pending->values), NULL,
				    SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
	assert_int_equal(jsonrpc_call_local(&call), 0);
}

/* Their pieces would be mixed, and the controller could take the result for an image. */
static void
a_second_image_is_refused_while_one_is_on_its_way(void **state)
{
	struct fake *fake = attach_granular(0, 5);
	uint32_t fault = fake_plant(
		fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
					   .where = FAKE_AT_ADMIN_COMMAND,
					   .opcode = SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD,
					   .count = 1});
	struct pending first;

	write_image(2 * PIECE);
	begin_update(&first);
	wait_for_strike(fake, fault);
	expect_error("bdev_nvme_apply_firmware", params_for(g_file), -EBUSY,
		     "the controller of bdev Nvme0n1 is getting a firmware already");
	assert_false(first.is_answered);
	/* What ends the first lets another one come. */
	expect("bdev_nvme_reset_controller", "{\"name\": \"Nvme0\"}", "true");
	wait_until(is_answered, &first);
	assert_int_equal(first.code, -EIO);
	expect_success();
	expect_image(fake, 2 * PIECE);
	(void)unlink(g_file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(the_file_becomes_the_firmware_that_runs),
		NVME_TEST(pieces_have_the_size_that_the_controller_wants),
		NVME_TEST(no_piece_is_more_than_a_transfer),
		NVME_TEST(what_the_controller_refuses_is_told_and_changes_nothing),
		NVME_TEST(a_commit_that_wants_another_reset_is_a_success),
		NVME_TEST(a_file_that_is_no_image_is_refused),
		NVME_TEST(a_controller_without_firmware_commands_is_left_alone),
		NVME_TEST(a_second_image_is_refused_while_one_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
