/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statuses: what a module says in one language is told in each of the others, and nothing is told
 * that was left in the I/O by another status.
 */
#include "bdev_fixture.h"

static struct spdk_bdev_io g_io;

static int
clear_io(void **state)
{
	memset(&g_io, 0xff, sizeof(g_io));
	return 0;
}

static void
assert_nvme(uint32_t cdw0, int sct, int sc)
{
	uint32_t told_cdw0;
	int told_sct, told_sc;

	spdk_bdev_io_get_nvme_status(&g_io, &told_cdw0, &told_sct, &told_sc);
	assert_int_equal(told_cdw0, cdw0);
	assert_int_equal(told_sct, sct);
	assert_int_equal(told_sc, sc);
}

static void
assert_fused(int first_sct, int first_sc, int second_sct, int second_sc)
{
	int told[4];
	uint32_t cdw0;

	spdk_bdev_io_get_nvme_fused_status(&g_io, &cdw0, &told[0], &told[1], &told[2], &told[3]);
	assert_int_equal(told[0], first_sct);
	assert_int_equal(told[1], first_sc);
	assert_int_equal(told[2], second_sct);
	assert_int_equal(told[3], second_sc);
}

static void
assert_scsi(int sc, int sk, int asc, int ascq)
{
	int told[4];

	spdk_bdev_io_get_scsi_status(&g_io, &told[0], &told[1], &told[2], &told[3]);
	assert_int_equal(told[0], sc);
	assert_int_equal(told[1], sk);
	assert_int_equal(told[2], asc);
	assert_int_equal(told[3], ascq);
}

static void
assert_aio(int result)
{
	int told = 12345;

	spdk_bdev_io_get_aio_status(&g_io, &told);
	assert_int_equal(told, result);
}

static void
set(enum spdk_bdev_io_status status)
{
	g_io.internal.status = (int8_t)status;
}

static void
success_is_success_in_each_language(void **state)
{
	set(spdk_bdev_io_set_nvme_status(&g_io, 77, 0, 0));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_nvme(77, 0, 0);
	assert_fused(0, 0, 0, 0);
	assert_scsi(SPDK_SCSI_STATUS_GOOD, 0, 0, 0);
	assert_aio(0);
	set(spdk_bdev_io_set_scsi_status(&g_io, SPDK_SCSI_STATUS_GOOD, SPDK_SCSI_SENSE_NO_SENSE, 1,
					 2));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_nvme(0, 0, 0);
	clear_io(NULL);
	set(spdk_bdev_io_set_aio_status(&g_io, 0));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_nvme(0, 0, 0);
}

static void
an_error_of_nvme_is_kept_and_translated(void **state)
{
	set(spdk_bdev_io_set_nvme_status(&g_io, 5, SPDK_NVME_SCT_MEDIA_ERROR,
					 SPDK_NVME_SC_UNRECOVERED_READ_ERROR));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_nvme(5, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_UNRECOVERED_READ_ERROR);
	assert_scsi(SPDK_SCSI_STATUS_CHECK_CONDITION, SPDK_SCSI_SENSE_MEDIUM_ERROR,
		    SPDK_SCSI_ASC_UNRECOVERED_READ_ERROR, 0);
	assert_aio(-EIO);
}

static void
an_error_of_scsi_is_kept(void **state)
{
	set(spdk_bdev_io_set_scsi_status(&g_io, SPDK_SCSI_STATUS_CHECK_CONDITION,
					 SPDK_SCSI_SENSE_NOT_READY,
					 SPDK_SCSI_ASC_LOGICAL_UNIT_NOT_READY, 3));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_SCSI_ERROR);
	assert_scsi(SPDK_SCSI_STATUS_CHECK_CONDITION, SPDK_SCSI_SENSE_NOT_READY,
		    SPDK_SCSI_ASC_LOGICAL_UNIT_NOT_READY, 3);
	assert_nvme(0, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
	assert_aio(-EIO);
}

static void
an_error_of_the_kernel_is_kept(void **state)
{
	set(spdk_bdev_io_set_aio_status(&g_io, -ENOSPC));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_AIO_ERROR);
	assert_aio(-ENOSPC);
	assert_nvme(0, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
	assert_scsi(SPDK_SCSI_STATUS_CHECK_CONDITION, SPDK_SCSI_SENSE_ABORTED_COMMAND, 0, 0);
}

static void
an_abort_is_one_in_each_language(void **state)
{
	set(spdk_bdev_io_set_nvme_status(&g_io, 0, SPDK_NVME_SCT_GENERIC,
					 SPDK_NVME_SC_ABORTED_BY_REQUEST));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_ABORTED);
	clear_io(NULL);
	set(SPDK_BDEV_IO_STATUS_ABORTED);
	assert_nvme(0, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_ABORTED_BY_REQUEST);
	assert_scsi(SPDK_SCSI_STATUS_TASK_ABORTED, SPDK_SCSI_SENSE_ABORTED_COMMAND, 0, 0);
}

static void
a_miscompare_stops_the_second_of_two(void **state)
{
	set(SPDK_BDEV_IO_STATUS_MISCOMPARE);
	assert_nvme(0, SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE);
	assert_fused(SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_COMPARE_FAILURE, SPDK_NVME_SCT_GENERIC,
		     SPDK_NVME_SC_ABORTED_FAILED_FUSED);
	assert_scsi(SPDK_SCSI_STATUS_CHECK_CONDITION, SPDK_SCSI_SENSE_MISCOMPARE,
		    SPDK_SCSI_ASC_MISCOMPARE_DURING_VERIFY_OPERATION, 0);
}

static void
of_two_the_one_that_failed_has_the_error(void **state)
{
	(void)spdk_bdev_io_set_nvme_status(&g_io, 0, SPDK_NVME_SCT_GENERIC,
					   SPDK_NVME_SC_LBA_OUT_OF_RANGE);
	set(SPDK_BDEV_IO_STATUS_FIRST_FUSED_FAILED);
	assert_fused(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_LBA_OUT_OF_RANGE, SPDK_NVME_SCT_GENERIC,
		     SPDK_NVME_SC_ABORTED_FAILED_FUSED);
	set(SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_fused(0, 0, SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_LBA_OUT_OF_RANGE);
	set(SPDK_BDEV_IO_STATUS_FAILED);
	assert_fused(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR,
		     SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_INTERNAL_DEVICE_ERROR);
}

static void
a_status_is_copied_from_another_io(void **state)
{
	struct spdk_bdev_io base = {0};

	base.internal.status = SPDK_BDEV_IO_STATUS_SCSI_ERROR;
	(void)spdk_bdev_io_set_scsi_status(&base, SPDK_SCSI_STATUS_BUSY, SPDK_SCSI_SENSE_NO_SENSE,
					   4, 5);
	set(spdk_bdev_io_set_base_io_status(&g_io, &base));
	assert_scsi(SPDK_SCSI_STATUS_BUSY, SPDK_SCSI_SENSE_NO_SENSE, 4, 5);
	base.internal.status = SPDK_BDEV_IO_STATUS_ABORTED;
	set(spdk_bdev_io_set_base_io_status(&g_io, &base));
	assert_int_equal(g_io.internal.status, SPDK_BDEV_IO_STATUS_ABORTED);
}

/* ---- The table ---- */

struct row {
	int sct, sc;
	int scsi[4];
};

/* Written anew from the specification, in numbers. */
static const struct row rows[] = {
	{0, 0x00, {0x00, 0x0, 0x00, 0x00}}, {0, 0x01, {0x02, 0x5, 0x20, 0x00}},
	{0, 0x02, {0x02, 0x5, 0x24, 0x00}}, {0, 0x03, {0x02, 0x5, 0x00, 0x00}},
	{0, 0x04, {0x02, 0x3, 0x00, 0x00}}, {0, 0x05, {0x40, 0xb, 0x0b, 0x08}},
	{0, 0x06, {0x02, 0x4, 0x44, 0x00}}, {0, 0x07, {0x40, 0xb, 0x00, 0x00}},
	{0, 0x08, {0x40, 0xb, 0x00, 0x00}}, {0, 0x09, {0x40, 0xb, 0x00, 0x00}},
	{0, 0x0a, {0x40, 0xb, 0x00, 0x00}}, {0, 0x0b, {0x02, 0x5, 0x20, 0x09}},
	{0, 0x80, {0x02, 0x5, 0x21, 0x00}}, {0, 0x81, {0x02, 0x3, 0x00, 0x00}},
	{0, 0x82, {0x02, 0x2, 0x04, 0x00}}, {0, 0x83, {0x18, 0x0, 0x00, 0x00}},
	{1, 0x00, {0x02, 0x5, 0x00, 0x00}}, {1, 0x0a, {0x02, 0x5, 0x31, 0x01}},
	{1, 0x80, {0x02, 0x5, 0x24, 0x00}}, {1, 0x82, {0x02, 0x7, 0x27, 0x00}},
	{2, 0x80, {0x02, 0x3, 0x03, 0x00}}, {2, 0x81, {0x02, 0x3, 0x11, 0x00}},
	{2, 0x82, {0x02, 0x3, 0x10, 0x01}}, {2, 0x83, {0x02, 0x3, 0x10, 0x02}},
	{2, 0x84, {0x02, 0x3, 0x10, 0x03}}, {2, 0x85, {0x02, 0xe, 0x1d, 0x00}},
	{2, 0x86, {0x02, 0x7, 0x20, 0x02}}, {2, 0x87, {0x02, 0x5, 0x00, 0x00}},
	{3, 0x00, {0x02, 0x5, 0x00, 0x00}}, {7, 0xff, {0x02, 0x5, 0x00, 0x00}},
};

static void
codes_of_nvme_are_translated_as_the_specification_has_it(void **state)
{
	int told[4];
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(rows); i++) {
		g_io.internal.error.nvme.sct = (uint8_t)rows[i].sct;
		g_io.internal.error.nvme.sc = (uint8_t)rows[i].sc;
		spdk_scsi_nvme_translate(&g_io, &told[0], &told[1], &told[2], &told[3]);
		if (memcmp(told, rows[i].scsi, sizeof(told)) != 0) {
			fail_msg("%x/%02x is told as %02x %x %02x/%02x", rows[i].sct, rows[i].sc,
				 told[0], told[1], told[2], told[3]);
		}
	}
}

#define STATUS_TEST(name) cmocka_unit_test_setup(name, clear_io)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STATUS_TEST(success_is_success_in_each_language),
		STATUS_TEST(an_error_of_nvme_is_kept_and_translated),
		STATUS_TEST(an_error_of_scsi_is_kept),
		STATUS_TEST(an_error_of_the_kernel_is_kept),
		STATUS_TEST(an_abort_is_one_in_each_language),
		STATUS_TEST(a_miscompare_stops_the_second_of_two),
		STATUS_TEST(of_two_the_one_that_failed_has_the_error),
		STATUS_TEST(a_status_is_copied_from_another_io),
		STATUS_TEST(codes_of_nvme_are_translated_as_the_specification_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
