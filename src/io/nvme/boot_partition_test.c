/* SPDX-License-Identifier: BSD-3-Clause */
/* Boot partitions: what is read is what is there, what is written becomes active. */
#include "io/nvme/ctrlr_fixture.h"

#include "base/log_capture.h"

#define PIECE          4096u
#define PARTITION_SIZE (256u * 1024)
#define TURNS_MAX      1000

static struct ctrlr_host g_host;
static uint8_t g_image[5 * PIECE];

static void
fill(uint8_t *bytes, size_t size, uint8_t seed)
{
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i ^ i >> 8 ^ seed);
	}
}

static void
open_host(uint8_t granularity)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.boot_partition_units = 2;
	opts.firmware_granularity = granularity;
	ctrlr_open(&g_host, &opts);
	fill(fake_boot_partition(g_host.fake, 0), PARTITION_SIZE, 0x10);
	fill(fake_boot_partition(g_host.fake, 1), PARTITION_SIZE, 0x23);
	fill(g_image, sizeof(g_image), 0x77);
}

static uint8_t *
new_buffer(size_t size)
{
	uint8_t *buffer = spdk_dma_zmalloc(size, PIECE, NULL);

	assert_non_null(buffer);
	return buffer;
}

static int
wait_read(void)
{
	int rc = -EAGAIN;

	for (int i = 0; i < TURNS_MAX && rc == -EAGAIN; i++) {
		fake_step(g_host.fake);
		rc = spdk_nvme_ctrlr_read_boot_partition_poll(g_host.ctrlr);
	}
	return rc;
}

static void
the_part_that_was_asked_for_is_read(void **state)
{
	uint8_t *buffer, *old;

	open_host(0);
	buffer = new_buffer(4 * PIECE);
	old = new_buffer(PIECE);
	/* None was begun. */
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_poll(g_host.ctrlr), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(g_host.ctrlr, buffer, 3, 7, 1),
			 0);
	fake_step(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_poll(g_host.ctrlr), -EAGAIN);
	/* One at a time; the first is not disturbed. */
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(g_host.ctrlr, old, 1, 0, 0),
			 -EALREADY);
	assert_int_equal(wait_read(), 0);
	assert_memory_equal(buffer, fake_boot_partition(g_host.fake, 1) + 7 * PIECE, 3 * PIECE);
	assert_int_equal(buffer[3 * PIECE], 0);
	/* The other one, up to its end. */
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(g_host.ctrlr, buffer, 1, 63, 0),
			 0);
	assert_int_equal(wait_read(), 0);
	assert_memory_equal(buffer, fake_boot_partition(g_host.fake, 0) + 63 * PIECE, PIECE);
	/* Beyond it there is nothing to read: the controller says so. */
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(g_host.ctrlr, buffer, 2, 63, 0),
			 0);
	assert_int_equal(wait_read(), -EINVAL);
	/* Which does not stand in the way of the next one. */
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(g_host.ctrlr, buffer, 2, 0, 0),
			 0);
	assert_int_equal(wait_read(), 0);
	assert_memory_equal(buffer, fake_boot_partition(g_host.fake, 0), 2 * PIECE);
	spdk_dma_free(old);
	spdk_dma_free(buffer);
	ctrlr_close(&g_host);
}

static void
what_cannot_be_read_does_not_reach_the_controller(void **state)
{
	struct spdk_nvme_ctrlr *ctrlr;
	uint8_t *buffer;

	open_host(0);
	ctrlr = g_host.ctrlr;
	buffer = new_buffer(2 * PIECE);
	log_capture_start();
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(ctrlr, buffer, 0, 0, 0),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(ctrlr, buffer, 1024, 0, 0),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(ctrlr, buffer, 1, 1 << 20, 0),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(ctrlr, buffer, 1, 0, 2),
			 -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(ctrlr, NULL, 1, 0, 0), -EINVAL);
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(ctrlr, buffer + 512, 1, 0, 0),
			 -EINVAL);
	assert_int_equal(log_capture_count(SPDK_LOG_ERROR), 6);
	log_capture_stop();
	fake_step(g_host.fake);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_bpinfo(ctrlr).bits.brs, SPDK_NVME_BRS_NO_READ);
	spdk_dma_free(buffer);
	ctrlr_close(&g_host);
}

static void
an_image_is_written_and_becomes_active(void **state)
{
	union spdk_nvme_bpinfo_register info;
	struct ctrlr_result result = {0};
	struct fake_stats stats;

	open_host(2);
	info = spdk_nvme_ctrlr_get_regs_bpinfo(g_host.ctrlr);
	assert_int_equal(info.bits.bpsz, 2);
	assert_int_equal(info.bits.abpid, 0);
	assert_int_equal(spdk_nvme_ctrlr_write_boot_partition(
				 g_host.ctrlr, g_image, sizeof(g_image), 1, ctrlr_done, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	assert_true(spdk_nvme_cpl_is_success(&result.cpl));
	assert_memory_equal(fake_boot_partition(g_host.fake, 1), g_image, sizeof(g_image));
	assert_int_equal(fake_boot_partition(g_host.fake, 0)[0], 0x10);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_bpinfo(g_host.ctrlr).bits.abpid, 1);
	/* In pieces of 8 KiB, which the fake insists on. */
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD], 3);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_FIRMWARE_COMMIT], 2);
	/* And back. */
	result.count = 0;
	assert_int_equal(spdk_nvme_ctrlr_write_boot_partition(g_host.ctrlr, g_image, 12, 0,
							      ctrlr_done, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	assert_memory_equal(fake_boot_partition(g_host.fake, 0), g_image, 12);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_bpinfo(g_host.ctrlr).bits.abpid, 0);
	ctrlr_close(&g_host);
}

static void
write_with_fault(uint8_t opc, uint32_t skip, uint32_t commits)
{
	struct ctrlr_result result = {0};
	struct fake_stats stats;

	open_host(0);
	ctrlr_plant(&g_host, FAKE_FAULT_STATUS, opc, skip, 1);
	assert_int_equal(spdk_nvme_ctrlr_write_boot_partition(
				 g_host.ctrlr, g_image, sizeof(g_image), 1, ctrlr_done, &result),
			 0);
	ctrlr_wait(&g_host, &result);
	ctrlr_turn(&g_host, 10);
	assert_int_equal(result.count, 1);
	assert_int_equal(result.cpl.status.sc, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
	assert_true(result.cpl.status.dnr);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_FIRMWARE_COMMIT], commits);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_bpinfo(g_host.ctrlr).bits.abpid, 0);
	ctrlr_close(&g_host);
}

static void
the_step_that_fails_is_the_last(void **state)
{
	write_with_fault(SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD, 2, 0);
	write_with_fault(SPDK_NVME_OPC_FIRMWARE_COMMIT, 0, 1);
	write_with_fault(SPDK_NVME_OPC_FIRMWARE_COMMIT, 1, 2);
}

static void
a_reset_ends_a_write(void **state)
{
	struct ctrlr_result result = {0};

	open_host(0);
	ctrlr_plant(&g_host, FAKE_FAULT_NEVER, SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD, 1, 1);
	assert_int_equal(spdk_nvme_ctrlr_write_boot_partition(
				 g_host.ctrlr, g_image, sizeof(g_image), 1, ctrlr_done, &result),
			 0);
	ctrlr_turn(&g_host, 10);
	assert_int_equal(result.count, 0);
	assert_int_equal(ctrlr_reset(&g_host), 0);
	assert_int_equal(result.count, 1);
	assert_true(spdk_nvme_cpl_is_aborted_sq_deletion(&result.cpl));
	ctrlr_close(&g_host);
}

static void
what_cannot_be_written_does_not_reach_the_controller(void **state)
{
	struct ctrlr_result result = {0};
	struct spdk_nvme_ctrlr *ctrlr;
	struct fake_stats stats;

	open_host(0);
	ctrlr = g_host.ctrlr;
	assert_int_equal(
		spdk_nvme_ctrlr_write_boot_partition(ctrlr, NULL, 4, 0, ctrlr_done, &result),
		-EINVAL);
	assert_int_equal(
		spdk_nvme_ctrlr_write_boot_partition(ctrlr, g_image, 0, 0, ctrlr_done, &result),
		-EINVAL);
	assert_int_equal(
		spdk_nvme_ctrlr_write_boot_partition(ctrlr, g_image, 6, 0, ctrlr_done, &result),
		-EINVAL);
	assert_int_equal(
		spdk_nvme_ctrlr_write_boot_partition(ctrlr, g_image, 4, 2, ctrlr_done, &result),
		-EINVAL);
	ctrlr_turn(&g_host, 10);
	assert_int_equal(result.count, 0);
	fake_get_stats(g_host.fake, &stats);
	assert_int_equal(stats.admin_opcodes[SPDK_NVME_OPC_FIRMWARE_IMAGE_DOWNLOAD], 0);
	ctrlr_close(&g_host);
}

static void
a_controller_without_boot_partitions_says_so(void **state)
{
	struct ctrlr_result result = {0};
	uint8_t *buffer;

	ctrlr_open(&g_host, NULL);
	buffer = new_buffer(PIECE);
	log_capture_start();
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_start(g_host.ctrlr, buffer, 1, 0, 0),
			 -ENOTSUP);
	assert_true(log_captured("has no boot partitions (CAP.BPS = 0)", NULL));
	assert_int_equal(spdk_nvme_ctrlr_read_boot_partition_poll(g_host.ctrlr), -EINVAL);
	log_capture_stop();
	assert_int_equal(spdk_nvme_ctrlr_write_boot_partition(g_host.ctrlr, buffer, 4, 0,
							      ctrlr_done, &result),
			 -ENOTSUP);
	assert_int_equal(spdk_nvme_ctrlr_get_regs_bpinfo(g_host.ctrlr).raw, 0);
	spdk_dma_free(buffer);
	ctrlr_close(&g_host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_part_that_was_asked_for_is_read),
		cmocka_unit_test(what_cannot_be_read_does_not_reach_the_controller),
		cmocka_unit_test(an_image_is_written_and_becomes_active),
		cmocka_unit_test(the_step_that_fails_is_the_last),
		cmocka_unit_test(a_reset_ends_a_write),
		cmocka_unit_test(what_cannot_be_written_does_not_reach_the_controller),
		cmocka_unit_test(a_controller_without_boot_partitions_says_so),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
