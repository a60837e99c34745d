/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Metadata and protection information of malloc devices; data that accel moves.
 */
#include "modules/bdev/geometry.h"
#include "modules/bdev/modules_fixture.h"
#include "spdk/accel.h"
#include "spdk/dma.h"
#include "spdk/nvme_spec.h"

#define BLOCKS 32
#define MD     16

static struct spdk_dif_ctx g_dif;

static void
create(const char *more)
{
	char params[256];

	(void)snprintf(params, sizeof(params),
		       "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": %d, "
		       "\"md_size\": %d%s}",
		       BLOCKS, MD, more);
	expect("bdev_malloc_create", params, "\"M\"");
}

static void
make_dif(const struct disk *disk, uint64_t block)
{
	assert_int_equal(
		bdev_geometry_dif_ctx(disk->bdev, block, disk->bdev->dif_check_flags, &g_dif), 0);
}

/* ---- Separate metadata ---- */

static void
separate_metadata_goes_with_its_blocks(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *data = new_buf(4 * 512), *read = new_buf(4 * 512);
	uint8_t md[4 * MD], md_read[4 * MD] = {0}, zeros[4 * MD] = {0};
	struct disk disk;

	create("");
	disk_open(&disk, "M");
	assert_true(spdk_bdev_is_md_separate(disk.bdev));
	fill(data, 4 * 512, 1);
	fill(md, sizeof(md), 2);
	expect_status(spdk_bdev_write_blocks_with_md(disk.desc, disk.ch, data, md, 8, 4,
						     note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	/* Who gives no metadata leaves it as it is. */
	do_write(&disk, data, 8, 4);
	expect_status(spdk_bdev_read_blocks_with_md(disk.desc, disk.ch, read, md_read, 8, 4,
						    note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(read, data, 4 * 512);
	assert_memory_equal(md_read, md, sizeof(md));
	expect_status(spdk_bdev_compare_blocks_with_md(disk.desc, disk.ch, data, md, 8, 4,
						       note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	md_read[4 * MD - 1] ^= 1;
	expect_status(spdk_bdev_compare_blocks_with_md(disk.desc, disk.ch, data, md_read, 8, 4,
						       note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	expect_status(spdk_bdev_copy_blocks(disk.desc, disk.ch, 20, 8, 4, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 8, 4, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_read_blocks_with_md(disk.desc, disk.ch, read, md_read, 8, 4,
						    note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(md_read, zeros, sizeof(zeros));
	expect_status(spdk_bdev_read_blocks_with_md(disk.desc, disk.ch, read, md_read, 20, 4,
						    note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(read, data, 4 * 512);
	assert_memory_equal(md_read, md, sizeof(md));
	disk_close(&disk);
	free(read);
	free(data);
}

static void
separate_protection_is_made_where_none_is_given(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *data = new_buf(4 * 512);
	uint8_t md[4 * MD] = {0};
	struct iovec iov = {data, 4 * 512}, md_iov = {md, sizeof(md)};
	struct spdk_dif_error error;
	struct disk disk;

	create(", \"dif_type\": 1");
	disk_open(&disk, "M");
	fill(data, 4 * 512, 3);
	do_write(&disk, data, 8, 4);
	expect_status(spdk_bdev_read_blocks_with_md(disk.desc, disk.ch, data, md, 8, 4,
						    note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	make_dif(&disk, 8);
	assert_int_equal(spdk_dix_verify(&iov, 1, &md_iov, 4, &g_dif, &error), 0);
	/* What is given is checked, and what is wrong changes nothing. */
	md[2 * MD + MD - 8] ^= 1;
	data[0] ^= 1;
	expect_status(spdk_bdev_write_blocks_with_md(disk.desc, disk.ch, data, md, 8, 4,
						     note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_MEDIA_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_GUARD_CHECK_ERROR);
	data[0] ^= 1;
	expect_status(
		spdk_bdev_compare_blocks(disk.desc, disk.ch, data, 8, 4, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(data);
}

/* ---- Protection information in the blocks ---- */

static void
check_protected(struct disk *disk, uint8_t *buf, uint64_t offset, uint64_t count)
{
	struct iovec iov = {buf, count * (512 + MD)};
	struct spdk_dif_error error;

	do_read(disk, buf, offset, count);
	make_dif(disk, offset);
	assert_int_equal(spdk_dif_verify(&iov, 1, (uint32_t)count, &g_dif, &error), 0);
}

static void
every_block_is_protected_at_all_times(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(BLOCKS * (512 + MD));
	struct iovec iov = {buf, 4 * (512 + MD)};
	struct disk disk;

	create(", \"dif_type\": 1, \"md_interleave\": true");
	disk_open(&disk, "M");
	check_protected(&disk, buf, 0, BLOCKS);
	fill(buf, 4 * (512 + MD), 4);
	make_dif(&disk, 8);
	assert_int_equal(spdk_dif_generate(&iov, 1, 4, &g_dif), 0);
	do_write(&disk, buf, 8, 4);
	/* Elsewhere it has another reference tag. */
	expect_status(spdk_bdev_write_blocks(disk.desc, disk.ch, buf, 9, 4, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_REFERENCE_TAG_CHECK_ERROR);
	expect_status(spdk_bdev_copy_blocks(disk.desc, disk.ch, 20, 8, 4, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 8, 2, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	check_protected(&disk, buf, 0, BLOCKS);
	assert_false(
		spdk_bdev_io_type_supported(disk.bdev, SPDK_BDEV_IO_TYPE_ZCOPY) &&
		disk.bdev->fn_table->io_type_supported(disk.bdev->ctxt, SPDK_BDEV_IO_TYPE_ZCOPY));
	disk_close(&disk);
	free(buf);
}

static void
what_is_spoilt_on_the_disk_is_found(void **state)
{
	struct outcome outcome = {.keeps = true};
	uint8_t *buf = new_buf(BLOCKS * (512 + MD));
	struct spdk_bdev_ext_io_opts opts = {
		.size = sizeof(opts),
		.dif_check_flags_exclude_mask = SPDK_DIF_FLAGS_GUARD_CHECK,
	};
	struct iovec iov = {buf, 512 + MD};
	struct disk disk;

	/* Type 3 has no reference tags, so that a spoilt block comes from another disk's. */
	create(", \"dif_type\": 3, \"md_interleave\": true");
	disk_open(&disk, "M");
	do_read(&disk, buf, 3, 1);
	buf[7] ^= 1;
	outcome.keeps = false;
	/* Written without its check, as somebody does who knows better. */
	expect_status(spdk_bdev_writev_blocks_ext(disk.desc, disk.ch, &iov, 1, 3, 1, note_outcome,
						  &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 8, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_MEDIA_ERROR);
	assert_int_equal(outcome.sc, SPDK_NVME_SC_GUARD_CHECK_ERROR);
	expect_status(spdk_bdev_readv_blocks_ext(disk.desc, disk.ch, &iov, 1, 3, 1, note_outcome,
						 &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(buf);
}

/* ---- Accel ---- */

static void
a_sequence_ends_on_the_disk(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *data = new_buf(1024), *between = new_buf(1024), *read = new_buf(1024);
	struct spdk_bdev_ext_io_opts opts = {.size = sizeof(opts)};
	struct spdk_accel_sequence *sequence = NULL;
	struct iovec from = {data, 1024}, to = {between, 1024}, end = {read, 1024};
	struct spdk_io_channel *accel;
	struct disk disk;

	create("");
	disk_open(&disk, "M");
	assert_true(disk.bdev->accel_sequence_supported & 1u << SPDK_BDEV_IO_TYPE_WRITE);
	accel = spdk_accel_get_io_channel();
	assert_int_equal(spdk_accel_append_fill(&sequence, accel, between, 1024, NULL, NULL, 0x5a,
						NULL, NULL),
			 0);
	opts.accel_sequence = sequence;
	expect_status(spdk_bdev_writev_blocks_ext(disk.desc, disk.ch, &to, 1, 4, 2, note_outcome,
						  &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	/* The other way: what is read is copied on. */
	sequence = NULL;
	memset(data, 0, 1024);
	assert_int_equal(spdk_accel_append_copy(&sequence, accel, &end, 1, NULL, NULL, &from, 1,
						NULL, NULL, NULL, NULL),
			 0);
	opts.accel_sequence = sequence;
	expect_status(spdk_bdev_readv_blocks_ext(disk.desc, disk.ch, &from, 1, 4, 2, note_outcome,
						 &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	memset(data, 0x5a, 1024);
	assert_memory_equal(read, data, 1024);
	spdk_put_io_channel(accel);
	disk_close(&disk);
	free(read);
	free(between);
	free(data);
}

/* A domain whose memory is further on by what its context says. */
static int
pull(struct spdk_memory_domain *domain, void *ctx, struct iovec *src, uint32_t src_count,
     struct iovec *dst, uint32_t dst_count, spdk_memory_domain_data_cpl_cb cb, void *arg)
{
	assert_int_equal(src_count, 1);
	assert_int_equal(dst_count, 1);
	memcpy(dst->iov_base, (uint8_t *)src->iov_base + (uintptr_t)ctx, src->iov_len);
	cb(arg, 0);
	return 0;
}

static int
push(struct spdk_memory_domain *domain, void *ctx, struct iovec *dst, uint32_t dst_count,
     struct iovec *src, uint32_t src_count, spdk_memory_domain_data_cpl_cb cb, void *arg)
{
	assert_int_equal(src_count, 1);
	assert_int_equal(dst_count, 1);
	memcpy((uint8_t *)dst->iov_base + (uintptr_t)ctx, src->iov_base, dst->iov_len);
	cb(arg, 0);
	return 0;
}

static void
data_of_another_memory_domain_is_moved(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(4096), md[2 * MD], md_read[2 * MD];
	struct spdk_bdev_ext_io_opts opts = {.size = sizeof(opts),
					     .memory_domain_ctx = (void *)(uintptr_t)1024};
	struct iovec iov = {buf, 1024}, there = {buf + 2048, 1024};
	struct spdk_memory_domain *domain = NULL;
	struct disk disk;

	create("");
	disk_open(&disk, "M");
	assert_int_equal(
		spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "elsewhere"), 0);
	spdk_memory_domain_set_pull(domain, pull);
	spdk_memory_domain_set_push(domain, push);
	opts.memory_domain = domain;
	/* The disk itself is reached, without a buffer in between. */
	assert_int_equal(spdk_bdev_get_memory_domain_types(disk.bdev, NULL, 0), 1);
	assert_int_equal(spdk_bdev_get_memory_domains(disk.bdev, NULL, 0), 1);
	fill(buf + 1024, 1024, 5);
	fill(md, sizeof(md), 6);
	memset(md_read, 0, sizeof(md_read));
	opts.metadata = md;
	expect_status(spdk_bdev_writev_blocks_ext(disk.desc, disk.ch, &iov, 1, 6, 2, note_outcome,
						  &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	opts.metadata = md_read;
	expect_status(spdk_bdev_readv_blocks_ext(disk.desc, disk.ch, &there, 1, 6, 2, note_outcome,
						 &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(buf + 3072, buf + 1024, 1024);
	assert_memory_equal(md_read, md, sizeof(md));
	spdk_memory_domain_destroy(domain);
	disk_close(&disk);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(separate_metadata_goes_with_its_blocks),
		MODULES_TEST(separate_protection_is_made_where_none_is_given),
		MODULES_TEST(every_block_is_protected_at_all_times),
		MODULES_TEST(what_is_spoilt_on_the_disk_is_found),
		MODULES_TEST(a_sequence_ends_on_the_disk),
		MODULES_TEST(data_of_another_memory_domain_is_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
