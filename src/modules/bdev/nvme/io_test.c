/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each kind of I/O, as far as the controller, and what is true of it there.
 */
#include "nvme_device.h"
#include "nvme_fixture.h"
#include "nvme_link.h"
#include "spdk/bdev_zone.h"
#include "spdk/dif.h"

#define BLOCK 512u

static struct disk g_disk;
static struct outcome g_outcome;

static struct fake *
open_disk(const struct fake_opts *opts)
{
	struct fake *fake = new_fake(opts);

	memset(&g_outcome, 0, sizeof(g_outcome));
	attach(fake, NULL);
	disk_open(&g_disk, "Nvme0n1");
	return fake;
}

static bool
supports(enum spdk_bdev_io_type type)
{
	/* As the module says, not what the layer can make of it. */
	return g_disk.bdev->fn_table->io_type_supported(g_disk.bdev->ctxt, type);
}

static void
what_is_written_is_read_again(void **state)
{
	struct fake *fake = open_disk(NULL);
	uint8_t *data = dma_buf(64 * 1024), *back = dma_buf(64 * 1024);

	fill(data, 64 * 1024, 1);
	do_write(&g_disk, data, 100, 128);
	do_read(&g_disk, back, 100, 128);
	assert_memory_equal(data, back, 64 * 1024);
	assert_memory_equal(fake_ns_data(fake, 1) + 100 * BLOCK, data, 64 * 1024);
	disk_close(&g_disk);
	spdk_dma_free(data);
	spdk_dma_free(back);
}

/* Above MDTS, in many pieces that begin and end within pages, some of which PRPs cannot name. */
static void
any_vectors_of_any_length_will_do(void **state)
{
	static const size_t lengths[] = {512, 4, 8192 + 508, 4096, 12288 - 4, 100000, 299328};
	uint8_t *data = dma_buf(1024 * 1024), *back = dma_buf(1024 * 1024), *at;
	struct iovec iovs[SPDK_COUNTOF(lengths)];
	size_t i, total = 0;

	(void)open_disk(NULL);
	for (i = 0, at = data + 8; i < SPDK_COUNTOF(lengths); i++) {
		iovs[i] = (struct iovec){at, lengths[i]};
		fill(at, lengths[i], (uint32_t)i + 7);
		total += lengths[i];
		at += lengths[i] + 4096;
	}
	total -= total % BLOCK;
	assert_true(total / BLOCK * BLOCK <= 1024 * 1024);
	expect_status(spdk_bdev_writev_blocks(g_disk.desc, g_disk.ch, iovs, (int)i, 3,
					      total / BLOCK, note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	do_read(&g_disk, back, 3, total / BLOCK);
	for (i = 0, at = back; i < SPDK_COUNTOF(lengths); i++) {
		size_t length = spdk_min(lengths[i], total - (size_t)(at - back));

		assert_memory_equal(at, iovs[i].iov_base, length);
		at += length;
	}
	disk_close(&g_disk);
	spdk_dma_free(data);
	spdk_dma_free(back);
}

static void
a_read_without_memory_is_given_some(void **state)
{
	uint8_t *data = dma_buf(4096);
	struct iovec iov = {NULL, 4096};

	(void)open_disk(NULL);
	fill(data, 4096, 5);
	do_write(&g_disk, data, 0, 8);
	g_outcome.keeps = true;
	expect_status(spdk_bdev_readv_blocks(g_disk.desc, g_disk.ch, &iov, 1, 0, 8, note_outcome,
					     &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(g_outcome.io->u.bdev.iovs[0].iov_base, data, 4096);
	spdk_bdev_free_io(g_outcome.io);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

static void
unmap_and_write_zeroes_are_commands(void **state)
{
	struct fake *fake = open_disk(NULL);
	uint8_t *data = dma_buf(8192), *zeroes = dma_buf(8192);

	fill(data, 8192, 9);
	do_write(&g_disk, data, 0, 16);
	assert_true(supports(SPDK_BDEV_IO_TYPE_UNMAP));
	expect_status(
		spdk_bdev_unmap_blocks(g_disk.desc, g_disk.ch, 2, 4, note_outcome, &g_outcome),
		&g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_DATASET_MANAGEMENT), 1);
	assert_true(supports(SPDK_BDEV_IO_TYPE_WRITE_ZEROES));
	expect_status(spdk_bdev_write_zeroes_blocks(g_disk.desc, g_disk.ch, 8, 8, note_outcome,
						    &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_WRITE_ZEROES), 1);
	assert_memory_equal(fake_ns_data(fake, 1) + 8 * BLOCK, zeroes, 8 * BLOCK);
	assert_memory_equal(fake_ns_data(fake, 1), data, 2 * BLOCK);
	disk_close(&g_disk);
	spdk_dma_free(data);
	spdk_dma_free(zeroes);
}

static void
flushes_are_commands_if_wanted_and_of_use(void **state)
{
	struct fake_opts with_cache;
	struct fake *fake;

	fake_opts_init(&with_cache);
	with_cache.has_write_cache = true;
	fake = open_disk(&with_cache);
	assert_int_equal(g_disk.bdev->write_cache, 1);
	expect_status(
		spdk_bdev_flush_blocks(g_disk.desc, g_disk.ch, 0, 8, note_outcome, &g_outcome),
		&g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_FLUSH), 0);
	disk_close(&g_disk);
	detach("Nvme0");
	expect("bdev_nvme_set_options", "{\"enable_flush\": true}", "true");
	attach(fake, "[\"Nvme0n1\"]");
	disk_open(&g_disk, "Nvme0n1");
	expect_status(
		spdk_bdev_flush_blocks(g_disk.desc, g_disk.ch, 0, 8, note_outcome, &g_outcome),
		&g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_FLUSH), 1);
	disk_close(&g_disk);
}

static void
a_comparison_that_fails_is_a_miscompare(void **state)
{
	struct fake *fake = open_disk(NULL);
	uint8_t *data = dma_buf(4096);

	fill(data, 4096, 3);
	do_write(&g_disk, data, 40, 8);
	assert_true(supports(SPDK_BDEV_IO_TYPE_COMPARE));
	expect_status(spdk_bdev_compare_blocks(g_disk.desc, g_disk.ch, data, 40, 8, note_outcome,
					       &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	data[4095] ^= 1;
	expect_status(spdk_bdev_compare_blocks(g_disk.desc, g_disk.ch, data, 40, 8, note_outcome,
					       &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	assert_int_equal(g_outcome.sct, SPDK_NVME_SCT_MEDIA_ERROR);
	assert_int_equal(g_outcome.sc, SPDK_NVME_SC_COMPARE_FAILURE);
	/* It would be the same again. */
	assert_int_equal(commands(fake, SPDK_NVME_OPC_COMPARE), 2);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

static void
compare_and_write_is_one_to_the_controller(void **state)
{
	uint8_t *old = dma_buf(4096), *new = dma_buf(4096);
	struct iovec compare = {old, BLOCK}, write = {new, BLOCK};
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.has_fused = true;
	fake = open_disk(&opts);
	assert_true(supports(SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE));
	fill(new, 4096, 8);
	expect_status(spdk_bdev_comparev_and_writev_blocks(g_disk.desc, g_disk.ch, &compare, 1,
							   &write, 1, 5, 1, note_outcome,
							   &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_COMPARE), 1);
	assert_memory_equal(fake_ns_data(fake, 1) + 5 * BLOCK, new, BLOCK);
	/* Zeros are not there any more. */
	expect_status(spdk_bdev_comparev_and_writev_blocks(g_disk.desc, g_disk.ch, &compare, 1,
							   &write, 1, 5, 1, note_outcome,
							   &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	/* What the controller cannot take as it is, the layer does. */
	compare.iov_base = new + 1;
	memmove(new + 1, new, BLOCK);
	write.iov_base = old;
	expect_status(spdk_bdev_comparev_and_writev_blocks(g_disk.desc, g_disk.ch, &compare, 1,
							   &write, 1, 5, 1, note_outcome,
							   &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_COMPARE), 2);
	disk_close(&g_disk);
	spdk_dma_free(old);
	spdk_dma_free(new);
}

/* The thread is woken by the controller's interrupts: nothing polls when there is nothing. */
static void
interrupts_bring_completions_where_there_are_any(void **state)
{
	uint8_t *data = dma_buf(4096);
	struct fake_opts opts;
	struct nvme_group *group;

	fake_opts_init(&opts);
	opts.vectors = 9;
	(void)open_disk(&opts);
	group = link_of(&g_disk)->group;
	assert_true(group->has_wake);
	for (int i = 0; i < 20; i++) {
		do_write(&g_disk, data, (uint64_t)i * 8, 8);
	}
	assert_int_equal(group->outstanding, 0);
	assert_false(group->is_awake);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

static void
without_interrupts_polling_stops_with_the_last_io(void **state)
{
	uint8_t *data = dma_buf(4096);
	struct nvme_group *group;

	(void)open_disk(NULL);
	group = link_of(&g_disk)->group;
	assert_false(group->has_wake);
	do_write(&g_disk, data, 0, 8);
	settle();
	assert_false(group->is_awake);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

static void
commands_are_handed_through(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_IDENTIFY, .cdw10 = 1};
	uint8_t *page = dma_buf(4096), *data = dma_buf(8192), *other = dma_buf(4096);
	struct iovec iovs[2];

	(void)open_disk(NULL);
	assert_true(supports(SPDK_BDEV_IO_TYPE_NVME_ADMIN));
	expect_status(spdk_bdev_nvme_admin_passthru(g_disk.desc, g_disk.ch, &cmd, page, 4096,
						    note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(((struct spdk_nvme_ctrlr_data *)page)->vid, FAKE_VENDOR_ID);
	fill(data, 8192, 4);
	do_write(&g_disk, data, 24, 16);
	cmd = (struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_READ, .cdw10 = 24, .cdw12 = 7};
	expect_status(spdk_bdev_nvme_io_passthru(g_disk.desc, g_disk.ch, &cmd, page, 4096,
						 note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(page, data, 4096);
	memset(page, 0, 4096);
	iovs[0] = (struct iovec){page, 4096};
	iovs[1] = (struct iovec){other, 4096};
	cmd.cdw12 = 15;
	expect_status(spdk_bdev_nvme_iov_passthru_md(g_disk.desc, g_disk.ch, &cmd, iovs, 2, 8192,
						     NULL, 0, note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(page, data, 4096);
	assert_memory_equal(other, data + 4096, 4096);
	/* An error is for who sent it: no other attempts. */
	cmd = (struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_READ, .cdw10 = UINT32_MAX, .cdw12 = 7};
	expect_status(spdk_bdev_nvme_io_passthru(g_disk.desc, g_disk.ch, &cmd, page, 4096,
						 note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(g_outcome.sc, SPDK_NVME_SC_LBA_OUT_OF_RANGE);
	disk_close(&g_disk);
	spdk_dma_free(page);
	spdk_dma_free(other);
	spdk_dma_free(data);
}

static void
send_cmd_sends_and_answers(void **state)
{
	/* Identify controller: opcode 6, CNS 1. */
	static const char identify[] =
		"BgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAA==";
	char params[512];

	(void)open_disk(NULL);
	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"Nvme0\", \"cmd_type\": \"admin\", \"data_direction\": "
		       "\"c2h\", \"cmdbuf\": \"%s\", \"data_len\": 4096}",
		       identify);
	expect_part("bdev_nvme_send_cmd", params, "\"cpl\":\"");
	/* 36 1b: the vendor. */
	expect_part("bdev_nvme_send_cmd", params, "\"data\":\"Nhs");
	expect_error("bdev_nvme_send_cmd",
		     "{\"name\": \"Nvme0\", \"cmd_type\": \"io\", \"data_direction\": \"c2h\", "
		     "\"cmdbuf\": \"AAAA\"}",
		     -EINVAL, "cmdbuf has 3 bytes");
	expect_error("bdev_nvme_send_cmd",
		     "{\"name\": \"Nvme0\", \"cmd_type\": \"io\", \"data_direction\": \"c2h\", "
		     "\"cmdbuf\": \"!!!!\"}",
		     -EINVAL, "not base64");
	disk_close(&g_disk);
}

static void
zones_are_told_of_managed_and_appended_to(void **state)
{
	struct spdk_bdev_zone_info info[8];
	uint8_t *data = dma_buf(4096);
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){
		.blocks = 2048, .block_size = 512, .zone_blocks = 256, .zone_capacity = 200};
	(void)open_disk(&opts);
	assert_true(spdk_bdev_is_zoned(g_disk.bdev));
	assert_int_equal(spdk_bdev_get_zone_size(g_disk.bdev), 256);
	fill(data, 4096, 2);
	do_write(&g_disk, data, 256, 8);
	expect_status(spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, 0, 8, info, note_outcome,
					      &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(info[0].state, SPDK_BDEV_ZONE_STATE_EMPTY);
	assert_int_equal(info[1].zone_id, 256);
	assert_int_equal(info[1].write_pointer, 264);
	assert_int_equal(info[1].capacity, 200);
	assert_int_equal(info[1].state, SPDK_BDEV_ZONE_STATE_IMP_OPEN);
	assert_int_equal(info[7].zone_id, 7 * 256);
	if (supports(SPDK_BDEV_IO_TYPE_ZONE_APPEND)) {
		g_outcome.keeps = true;
		expect_status(spdk_bdev_zone_append(g_disk.desc, g_disk.ch, data, 256, 8,
						    note_outcome, &g_outcome),
			      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
		assert_int_equal(spdk_bdev_io_get_append_location(g_outcome.io), 264);
		spdk_bdev_free_io(g_outcome.io);
		g_outcome.keeps = false;
	}
	expect_status(spdk_bdev_zone_management(g_disk.desc, g_disk.ch, 256, SPDK_BDEV_ZONE_RESET,
						note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, 256, 1, info, note_outcome,
					      &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(info[0].state, SPDK_BDEV_ZONE_STATE_EMPTY);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

/* Of one that takes 8 KiB at a time, which has fewer zones than are asked for. */
static void
a_report_of_zones_is_no_longer_than_a_command_may_be(void **state)
{
	enum { ZONES = 200, ZONE_BLOCKS = 16 };
	static struct spdk_bdev_zone_info info[ZONES];
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.mdts = 1;
	opts.ns[0] = (struct fake_ns_opts){.blocks = (uint64_t)ZONES * ZONE_BLOCKS,
					   .block_size = 512,
					   .zone_blocks = ZONE_BLOCKS};
	(void)open_disk(&opts);
	expect_status(spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, 0, ZONES, info, note_outcome,
					      &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	for (uint64_t i = 0; i < ZONES; i++) {
		assert_int_equal(info[i].zone_id, i * ZONE_BLOCKS);
		assert_int_equal(info[i].state, SPDK_BDEV_ZONE_STATE_EMPTY);
	}
	disk_close(&g_disk);
}

static bool
is_told_to_go(const void *arg)
{
	return g_disk.events[SPDK_BDEV_EVENT_REMOVE] > 0;
}

static bool
has_zones_of(const void *blocks)
{
	const struct spdk_bdev *bdev = spdk_bdev_get_by_name("Nvme0n1");

	return bdev != NULL && spdk_bdev_get_zone_size(bdev) == *(const uint64_t *)blocks;
}

/* Formatted by another host, with blocks as long as before. */
static void
a_bdev_with_other_zones_is_another(void **state)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){.blocks = 2048, .block_size = 512, .zone_blocks = 256};
	fake = open_disk(&opts);
	opts.ns[0].zone_blocks = 512;
	fake_format_namespace(fake, 1, &opts.ns[0]);
	wait_until(is_told_to_go, NULL);
	disk_close(&g_disk);
	wait_until(has_zones_of, &opts.ns[0].zone_blocks);
}

/* More than the driver has requests for: those wait in the layer, and none is lost. */
static void
more_than_there_is_room_for_waits(void **state)
{
	enum { COUNT = 2000 };
	static struct outcome outcomes[COUNT];
	uint8_t *data = dma_buf(4096);
	int i;

	(void)open_disk(NULL);
	memset(outcomes, 0, sizeof(outcomes));
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, data,
							(uint64_t)i % 1000 * 8, 8, note_outcome,
							&outcomes[i]),
				 0);
	}
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(outcome_wait(&outcomes[i]), SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	disk_close(&g_disk);
	spdk_dma_free(data);
}

static void
io_is_counted_by_path(void **state)
{
	uint8_t *data = dma_buf(4096);

	expect("bdev_nvme_set_options", "{\"io_path_stat\": true}", "true");
	(void)open_disk(NULL);
	do_write(&g_disk, data, 0, 8);
	do_read(&g_disk, data, 0, 8);
	do_read(&g_disk, data, 0, 4);
	expect_part("bdev_nvme_get_path_iostat", "{\"name\": \"Nvme0n1\"}",
		    "\"stat\":{\"bytes_read\":6144,\"num_read_ops\":2,\"bytes_written\":4096,"
		    "\"num_write_ops\":1,");
	disk_close(&g_disk);
	spdk_dma_free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(what_is_written_is_read_again),
		NVME_TEST(any_vectors_of_any_length_will_do),
		NVME_TEST(a_read_without_memory_is_given_some),
		NVME_TEST(unmap_and_write_zeroes_are_commands),
		NVME_TEST(flushes_are_commands_if_wanted_and_of_use),
		NVME_TEST(a_comparison_that_fails_is_a_miscompare),
		NVME_TEST(compare_and_write_is_one_to_the_controller),
		NVME_TEST(interrupts_bring_completions_where_there_are_any),
		NVME_TEST(without_interrupts_polling_stops_with_the_last_io),
		NVME_TEST(commands_are_handed_through),
		NVME_TEST(send_cmd_sends_and_answers),
		NVME_TEST(zones_are_told_of_managed_and_appended_to),
		NVME_TEST(a_report_of_zones_is_no_longer_than_a_command_may_be),
		NVME_TEST(a_bdev_with_other_zones_is_another),
		NVME_TEST(more_than_there_is_room_for_waits),
		NVME_TEST(io_is_counted_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
