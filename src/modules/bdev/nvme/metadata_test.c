/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks with metadata beside them: with memory for these, and without.
 */
#include "nvme_fixture.h"
#include "spdk/dif.h"
#include "spdk/string.h"

#define BLOCK   512u
#define BLOCKS  512u
#define FIRST   16u
#define COUNT   8u
#define CHECKED ", \"prchk_reftag\": true, \"prchk_guard\": true"

static struct disk g_disk;
static struct outcome g_outcome;

static struct fake *
open_disk(const struct fake_ns_opts *ns, const char *more)
{
	struct fake_opts opts;
	struct fake *fake;

	fake_opts_init(&opts);
	opts.has_fused = true;
	opts.ns[0] = *ns;
	opts.ns[0].blocks = BLOCKS;
	opts.ns[0].block_size = BLOCK;
	fake = new_fake(&opts);
	memset(&g_outcome, 0, sizeof(g_outcome));
	attach_as("Nvme0", fake, more, NULL);
	disk_open(&g_disk, "Nvme0n1");
	return fake;
}

static void
metadata_go_with_their_blocks(void **state)
{
	uint8_t *data = dma_buf(4096), *md = dma_buf(64), *back = dma_buf(4096);
	uint8_t *md_back = dma_buf(64);
	struct fake *fake = open_disk(&(struct fake_ns_opts){.md_size = 8}, "");

	assert_int_equal(g_disk.bdev->md_len, 8);
	assert_false(g_disk.bdev->md_interleave);
	fill(data, 4096, 1);
	fill(md, 64, 2);
	expect_status(spdk_bdev_write_blocks_with_md(g_disk.desc, g_disk.ch, data, md, 16, 8,
						     note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(fake_ns_metadata(fake, 1) + 16 * 8, md, 64);
	expect_status(spdk_bdev_read_blocks_with_md(g_disk.desc, g_disk.ch, back, md_back, 16, 8,
						    note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(back, data, 4096);
	assert_memory_equal(md_back, md, 64);
	disk_close(&g_disk);
	spdk_dma_free(data);
	spdk_dma_free(md);
	spdk_dma_free(back);
	spdk_dma_free(md_back);
}

/* ---- Without memory of the caller's ---- */

static void
check_reads(const uint8_t *data)
{
	uint8_t *back = dma_buf(COUNT * BLOCK);
	struct iovec iovs[] = {{back, BLOCK / 2}, {back + BLOCK / 2, COUNT * BLOCK - BLOCK / 2}};

	do_read(&g_disk, back, FIRST, COUNT);
	assert_memory_equal(back, data, COUNT * BLOCK);
	memset(back, 0, COUNT * BLOCK);
	expect_status(spdk_bdev_readv_blocks(g_disk.desc, g_disk.ch, iovs, 2, FIRST, COUNT,
					     note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_memory_equal(back, data, COUNT * BLOCK);
	spdk_dma_free(back);
}

/* Right for these data, or zero where the namespace has none. */
static void
check_metadata(struct fake *fake, const struct fake_ns_opts *ns)
{
	struct iovec data = {fake_ns_data(fake, 1) + FIRST * BLOCK, COUNT * BLOCK};
	struct iovec md = {fake_ns_metadata(fake, 1) + FIRST * ns->md_size, COUNT * ns->md_size};
	struct spdk_dif_ctx_init_ext_opts opts = {.size = SPDK_SIZEOF(&opts, dif_pi_format)};
	struct spdk_dif_error error;
	struct spdk_dif_ctx ctx;

	if (ns->pi_type == 0) {
		assert_true(spdk_mem_all_zero(md.iov_base, md.iov_len));
		return;
	}
	assert_int_equal(spdk_dif_ctx_init(&ctx, BLOCK, ns->md_size, false, ns->pi_is_at_head,
					   (enum spdk_dif_type)ns->pi_type,
					   SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_REFTAG_CHECK,
					   FIRST, 0, 0, 0, 0, &opts),
			 0);
	assert_int_equal(spdk_dix_verify(&data, 1, &md, COUNT, &ctx, &error), 0);
}

static void
do_compare(const uint8_t *data, enum spdk_bdev_io_status status)
{
	expect_status(spdk_bdev_compare_blocks(g_disk.desc, g_disk.ch, (void *)(uintptr_t)data,
					       FIRST, COUNT, note_outcome, &g_outcome),
		      &g_outcome, status);
}

static void
check_without_memory(const struct fake_ns_opts *ns)
{
	struct fake *fake = open_disk(ns, ns->pi_type != 0 ? CHECKED : "");
	uint8_t *data = dma_buf(COUNT * BLOCK), *zeroes = dma_buf(COUNT * BLOCK);
	struct iovec old = {data, BLOCK}, new = {zeroes, BLOCK};

	/* What was there and has been read does not stay: it belonged to other data. */
	memset(fake_ns_metadata(fake, 1), 0xff, (size_t)BLOCKS * ns->md_size);
	do_read(&g_disk, data, FIRST, COUNT);
	fill(data, COUNT * BLOCK, ns->md_size);
	do_write(&g_disk, data, FIRST, COUNT);
	assert_memory_equal(fake_ns_data(fake, 1) + FIRST * BLOCK, data, COUNT * BLOCK);
	check_metadata(fake, ns);
	check_reads(data);
	do_compare(data, SPDK_BDEV_IO_STATUS_SUCCESS);
	do_compare(zeroes, SPDK_BDEV_IO_STATUS_MISCOMPARE);
	expect_status(spdk_bdev_comparev_and_writev_blocks(g_disk.desc, g_disk.ch, &old, 1, &new, 1,
							   FIRST, 1, note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	check_metadata(fake, ns);
	expect_status(spdk_bdev_write_zeroes_blocks(g_disk.desc, g_disk.ch, FIRST, COUNT,
						    note_outcome, &g_outcome),
		      &g_outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	check_metadata(fake, ns);
	check_reads(zeroes);
	disk_close(&g_disk);
	detach("Nvme0");
	end_fake(fake);
	spdk_dma_free(data);
	spdk_dma_free(zeroes);
}

static void
metadata_need_no_memory_of_the_caller(void **state)
{
	static const struct fake_ns_opts all[] = {
		{.md_size = 8},
		{.md_size = 64},
		{.md_size = 8, .pi_type = 1},
		{.md_size = 16, .pi_type = 1, .pi_is_at_head = true},
		{.md_size = 16, .pi_type = 2},
	};

	for (size_t i = 0; i < SPDK_COUNTOF(all); i++) {
		check_without_memory(&all[i]);
	}
}

/* The buffers that all share are as long as the longest I/O; what is longer, is several. */
static void
long_io_without_memory_is_several(void **state)
{
	static const struct fake_ns_opts ns = {.md_size = 64};
	struct fake *fake = open_disk(&ns, "");
	uint8_t *data = dma_buf(BLOCKS * BLOCK), *back = dma_buf(BLOCKS * BLOCK);

	assert_true(g_disk.bdev->max_rw_size < BLOCKS);
	fill(data, BLOCKS * BLOCK, 4);
	memset(fake_ns_metadata(fake, 1), 0xa5, (size_t)BLOCKS * ns.md_size);
	do_write(&g_disk, data, 0, BLOCKS);
	do_read(&g_disk, back, 0, BLOCKS);
	assert_memory_equal(back, data, BLOCKS * BLOCK);
	assert_true(spdk_mem_all_zero(fake_ns_metadata(fake, 1), (size_t)BLOCKS * ns.md_size));
	disk_close(&g_disk);
	spdk_dma_free(data);
	spdk_dma_free(back);
}

/* ---- Formatted by another host ---- */

static bool
is_told_to_go(const void *arg)
{
	return g_disk.events[SPDK_BDEV_EVENT_REMOVE] > 0;
}

static bool
is_protected_so(const void *arg)
{
	const struct spdk_bdev *bdev = spdk_bdev_get_by_name("Nvme0n1");
	const struct fake_ns_opts *ns = arg;

	return bdev != NULL && bdev->dif_type == (enum spdk_dif_type)ns->pi_type &&
	       bdev->dif_is_head_of_md == ns->pi_is_at_head;
}

/* Its blocks and metadata are as long as before. */
static void
a_bdev_with_other_protection_is_another(void **state)
{
	static const struct fake_ns_opts formats[] = {
		{.md_size = 16, .pi_type = 1},
		{.md_size = 16, .pi_type = 2},
		{.md_size = 16, .pi_type = 2, .pi_is_at_head = true},
		{.md_size = 16},
	};
	struct fake *fake = open_disk(&(struct fake_ns_opts){.md_size = 16}, CHECKED);
	uint8_t *data = dma_buf(COUNT * BLOCK);

	for (size_t i = 0; i < SPDK_COUNTOF(formats); i++) {
		struct fake_ns_opts ns = formats[i];

		ns.blocks = BLOCKS;
		ns.block_size = BLOCK;
		fake_format_namespace(fake, 1, &ns);
		wait_until(is_told_to_go, NULL);
		disk_close(&g_disk);
		wait_until(is_protected_so, &ns);
		disk_open(&g_disk, "Nvme0n1");
		fill(data, COUNT * BLOCK, (uint32_t)i);
		do_write(&g_disk, data, FIRST, COUNT);
		check_metadata(fake, &ns);
		check_reads(data);
	}
	disk_close(&g_disk);
	spdk_dma_free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(metadata_go_with_their_blocks),
		NVME_TEST(metadata_need_no_memory_of_the_caller),
		NVME_TEST(long_io_without_memory_is_several),
		NVME_TEST(a_bdev_with_other_protection_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
