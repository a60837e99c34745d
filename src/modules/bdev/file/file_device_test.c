/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices: a loop device on a file, which only root may make.
 */
#include "modules/bdev/file/file_fixture.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#define DEVICE_SIZE (4u * MIB)

static char g_device[64];
static int g_device_fd = -1;

/* On the raw file "a"; it goes when the last descriptor is closed. Whether there is one. */
static bool
make_device(void)
{
	struct loop_config config = {
		.block_size = 512,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR,
	};
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number, tries;

	make_file("a", DEVICE_SIZE);
	config.fd = (uint32_t)g_raw;
	/* Somebody else may take the same one. */
	for (tries = 0; control >= 0 && g_device_fd < 0 && tries < 10; tries++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		snprintf(g_device, sizeof(g_device), "/dev/loop%d", number);
		g_device_fd = number >= 0 ? open(g_device, O_RDWR | O_CLOEXEC) : -1;
		if (g_device_fd >= 0 && ioctl(g_device_fd, LOOP_CONFIGURE, &config) != 0) {
			close(g_device_fd);
			g_device_fd = -1;
		}
	}
	if (control >= 0) {
		close(control);
	}
	return g_device_fd >= 0;
}

static void
remove_device(void)
{
	close(g_device_fd);
	g_device_fd = -1;
}

static void
create_on_device(const char *more)
{
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"%s\"%s}", g_device, more);
	assert_result("\"disk\"");
}

static void
move_data(struct opened *opened)
{
	struct outcome outcome = {0};

	fill_pattern(g_buf, MIB, 30);
	assert_int_equal(
		spdk_bdev_write(opened->desc, opened->ch, g_buf, 512, MIB, note_outcome, &outcome),
		0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	assert_int_equal(
		spdk_bdev_flush(opened->desc, opened->ch, 0, DEVICE_SIZE, note_outcome, &outcome),
		0);
	wait_for(&outcome, 2);
	assert_true(outcome.success);
	assert_raw_pattern(512, MIB, 30);
	assert_int_equal(
		spdk_bdev_read(opened->desc, opened->ch, g_other, 512, MIB, note_outcome, &outcome),
		0);
	wait_for(&outcome, 3);
	assert_true(outcome.success);
	assert_memory_equal(g_other, g_buf, MIB);
}

static void
clear_ranges(struct opened *opened)
{
	struct outcome outcome = {0};

	assert_true(spdk_bdev_io_type_supported(&disk()->bdev, SPDK_BDEV_IO_TYPE_WRITE_ZEROES));
	assert_int_equal(spdk_bdev_write_zeroes(opened->desc, opened->ch, FILE_BLOCK,
						16 * FILE_BLOCK, note_outcome, &outcome),
			 0);
	wait_for(&outcome, 1);
	assert_true(outcome.success);
	if (spdk_bdev_io_type_supported(&disk()->bdev, SPDK_BDEV_IO_TYPE_UNMAP)) {
		assert_int_equal(spdk_bdev_unmap(opened->desc, opened->ch, 32 * FILE_BLOCK,
						 16 * FILE_BLOCK, note_outcome, &outcome),
				 0);
		wait_for(&outcome, 2);
		assert_true(outcome.success);
		assert_int_equal(fsync(g_device_fd), 0);
		assert_raw_zeroes(32 * FILE_BLOCK, 16 * FILE_BLOCK);
	}
	assert_int_equal(fsync(g_device_fd), 0);
	assert_raw_zeroes(FILE_BLOCK, 16 * FILE_BLOCK);
	assert_int_equal(g_kernel.ops[FILE_OP_WRITE], 1);
}

static void
a_block_device_is_a_disk(void **state)
{
	struct opened opened;

	if (!make_device()) {
		skip();
	}
	create_on_device(g_subject.module->has_options ? ",\"fallocate\":true" : "");
	assert_true(disk()->file.is_block_device);
	assert_true(disk()->file.is_direct);
	assert_int_equal(spdk_bdev_get_block_size(&disk()->bdev), 512);
	assert_int_equal(spdk_bdev_get_num_blocks(&disk()->bdev), DEVICE_SIZE / 512);
	opened = open_disk(true);
	move_data(&opened);
	clear_ranges(&opened);
	fake_close(&opened);
	delete_disk();
	remove_device();
}

static void
a_block_device_grows(void **state)
{
	if (!make_device()) {
		skip();
	}
	create_on_device("");
	assert_int_equal(ftruncate(g_raw, 2 * DEVICE_SIZE), 0);
	assert_int_equal(ioctl(g_device_fd, LOOP_SET_CAPACITY, 0), 0);
	call_verb("rescan", "{\"name\":\"disk\"}");
	assert_result("true");
	assert_logged(SPDK_LOG_NOTICE, "has 16384 blocks, it had 8192");
	delete_disk();
	remove_device();
}

static void
blocks_smaller_than_the_device_has_are_refused(void **state)
{
	if (!make_device()) {
		skip();
	}
	assert_int_equal(ioctl(g_device_fd, LOOP_SET_BLOCK_SIZE, 4096), 0);
	call_verb("create", "{\"name\":\"disk\",\"filename\":\"%s\",\"block_size\":512}", g_device);
	assert_error(-EINVAL, "block_size is 512, and the device has blocks of 4096 bytes");
	remove_device();
}

static void
without_waiting_a_device_is_tried_again(void **state)
{
	struct outcome outcome = {0};
	struct opened opened;
	int i;

	if (!g_subject.module->has_options || !make_device()) {
		skip();
	}
	create_on_device(",\"nowait\":true");
	opened = open_disk(true);
	g_kernel.fault = (struct kernel_fault){
		.is_armed = true, .op = FILE_OP_READ, .count = 5, .answer = -EAGAIN};
	for (i = 0; i < 50; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened.desc, opened.ch, g_buf, (uint64_t)i,
						       1, note_outcome, &outcome),
				 0);
	}
	wait_for(&outcome, 50);
	assert_true(outcome.success);
	fake_close(&opened);
	delete_disk();
	remove_device();
}

int
file_run_device_tests(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(a_block_device_is_a_disk),
		FILE_TEST(a_block_device_grows),
		FILE_TEST(blocks_smaller_than_the_device_has_are_refused),
		FILE_TEST(without_waiting_a_device_is_tried_again),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
