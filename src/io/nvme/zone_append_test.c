/* SPDX-License-Identifier: BSD-3-Clause */
/* Appends to zones: where the data go, how that is told, and what one of them can be. */
#include "io/nvme/io_fixture.h"

#include "spdk/nvme_zns.h"

#define BLOCK  512
#define PAGE   4096
#define ZONE   1024
#define BUFFER (128 * PAGE)
#define MDTS   (32 * PAGE)

static struct io_host g_host;
static struct ctrlr_result g_result;
static uint8_t *g_buffer, *g_md;
static struct iovec g_pieces[4];
static uint32_t g_piece;

static void
open_zoned(uint8_t zasl, uint16_t md_size)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.zasl = zasl;
	opts.ns[0] = (struct fake_ns_opts){
		.blocks = 2 * ZONE, .block_size = BLOCK, .md_size = md_size, .zone_blocks = ZONE};
	g_buffer = io_memory(BUFFER);
	g_md = io_memory(PAGE);
	memset(&g_result, 0, sizeof(g_result));
	io_open(&g_host, &opts, NULL);
}

static void
close_all(void)
{
	io_close(&g_host);
	spdk_free(g_buffer);
	spdk_free(g_md);
}

static int
append(uint32_t zone, uint32_t blocks)
{
	return spdk_nvme_zns_zone_append(g_host.ns, g_host.qpair, g_buffer, zone * ZONE, blocks,
					 ctrlr_done, &g_result, 0);
}

/* It comes to be there, in one command, and the completion says so. */
static void
expect_at(uint64_t lba, const void *data, size_t size)
{
	struct spdk_nvme_cpl cpl;

	io_wait(&g_host, &g_result);
	cpl = g_result.cpl;
	io_expect(&g_host, &g_result, 0, 0);
	assert_int_equal(cpl.cdw0, (uint32_t)lba);
	assert_int_equal(cpl.cdw1, (uint32_t)(lba >> 32));
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + lba * BLOCK, data, size);
}

static void
expect_refused(int rc)
{
	assert_int_equal(rc, -EINVAL);
	assert_int_equal(g_result.count, 0);
	assert_int_equal(g_host.qpair->outstanding, 0);
}

static void
reset_pieces(void *arg, uint32_t offset)
{
	assert_ptr_equal(arg, &g_result);
	assert_int_equal(offset, 0);
	g_piece = 0;
}

static int
next_piece(void *arg, void **address, uint32_t *length)
{
	assert_ptr_equal(arg, &g_result);
	*address = g_pieces[g_piece].iov_base;
	*length = (uint32_t)g_pieces[g_piece].iov_len;
	g_piece++;
	return 0;
}

static int
appendv(uint32_t zone, uint32_t blocks)
{
	return spdk_nvme_zns_zone_appendv(g_host.ns, g_host.qpair, zone * ZONE, blocks, ctrlr_done,
					  &g_result, 0, reset_pieces, next_piece);
}

static void
each_goes_behind_the_one_before(void **state)
{
	open_zoned(0, 0);
	io_fill(g_buffer, 8 * BLOCK, 1);
	assert_int_equal(append(1, 8), 0);
	expect_at(ZONE, g_buffer, 8 * BLOCK);
	io_fill(g_buffer, 3 * BLOCK, 2);
	assert_int_equal(append(1, 3), 0);
	expect_at(ZONE + 8, g_buffer, 3 * BLOCK);
	assert_int_equal(append(0, 1), 0);
	expect_at(0, g_buffer, BLOCK);
	close_all();
}

static void
metadata_flags_and_tags_reach_the_controller(void **state)
{
	const uint32_t flags =
		SPDK_NVME_IO_FLAGS_FORCE_UNIT_ACCESS | SPDK_NVME_IO_FLAGS_ZONE_APPEND_PIREMAP;
	const struct spdk_nvme_cmd *cmd;

	open_zoned(0, 16);
	io_fill(g_buffer, 4 * BLOCK, 3);
	io_fill(g_md, 4 * 16, 4);
	assert_int_equal(spdk_nvme_zns_zone_append_with_md(g_host.ns, g_host.qpair, g_buffer, g_md,
							   ZONE, 4, ctrlr_done, &g_result, flags,
							   0xfff0, 0x1234),
			 0);
	expect_at(ZONE, g_buffer, 4 * BLOCK);
	assert_memory_equal(fake_ns_metadata(g_host.fake, 1) + ZONE * 16, g_md, 4 * 16);
	cmd = io_command_before(&g_host, 1);
	assert_int_equal(cmd->opc, SPDK_NVME_OPC_ZONE_APPEND);
	assert_int_equal(cmd->fuse, 0);
	assert_int_equal(cmd->nsid, 1);
	assert_int_equal(cmd->cdw10, ZONE);
	assert_int_equal(cmd->cdw11, 0);
	assert_int_equal(cmd->cdw12, 1u << 30 | 1u << 25 | 3);
	assert_int_equal(cmd->cdw13, 0);
	assert_int_equal(cmd->cdw14, 0);
	assert_int_equal(cmd->cdw15, 0xfff01234);

	io_fill(g_md, 4 * 16, 5);
	g_pieces[0] = (struct iovec){g_buffer + 1024, PAGE - 1024};
	g_pieces[1] = (struct iovec){g_buffer + 8 * PAGE, 1024};
	io_fill(g_buffer + 8 * PAGE, 1024, 6);
	assert_int_equal(spdk_nvme_zns_zone_appendv_with_md(
				 g_host.ns, g_host.qpair, ZONE, 8, ctrlr_done, &g_result, flags,
				 reset_pieces, next_piece, g_md, 0xff, 0x5678),
			 0);
	expect_at(ZONE + 4, g_buffer + 1024, PAGE - 1024);
	assert_memory_equal(fake_ns_data(g_host.fake, 1) + (ZONE + 10) * BLOCK, g_buffer + 8 * PAGE,
			    1024);
	assert_memory_equal(fake_ns_metadata(g_host.fake, 1) + (ZONE + 4) * 16, g_md, 8 * 16);
	cmd = io_command_before(&g_host, 1);
	assert_int_equal(cmd->cdw10, ZONE);
	assert_int_equal(cmd->cdw12, 1u << 30 | 1u << 25 | 7);
	assert_int_equal(cmd->cdw15, 0x00ff5678);
	close_all();
}

/* Without a buffer, the device would read metadata at address 0. */
static void
an_append_without_its_metadata_is_refused(void **state)
{
	open_zoned(0, 16);
	log_capture_start();
	expect_refused(append(0, 1));
	log_capture_stop();
	close_all();
}

static void
pieces_that_one_command_cannot_tell_are_refused(void **state)
{
	open_zoned(0, 0);
	/* PRPs go on at the start of a page. */
	g_pieces[0] = (struct iovec){g_buffer, 1024};
	g_pieces[1] = (struct iovec){g_buffer + 2048, 1024};
	log_capture_start();
	expect_refused(appendv(0, 4));
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_ZONE_APPEND), 0);
	expect_refused(spdk_nvme_zns_zone_appendv(g_host.ns, g_host.qpair, 0, 4, ctrlr_done,
						  &g_result, 0, NULL, next_piece));
	log_capture_stop();
	/* The zone has not been begun. */
	g_pieces[0] = (struct iovec){g_buffer, PAGE};
	assert_int_equal(appendv(0, 8), 0);
	expect_at(0, g_buffer, PAGE);
	close_all();
}

/* `max`: bytes. */
static void
check_limit(uint32_t max)
{
	assert_int_equal(spdk_nvme_zns_ctrlr_get_max_zone_append_size(g_host.ctrlr), max);
	io_fill(g_buffer, max, 7);
	assert_int_equal(append(0, max / BLOCK), 0);
	expect_at(0, g_buffer, max);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_ZONE_APPEND), 1);
	log_capture_start();
	expect_refused(append(0, max / BLOCK + 1));
	log_capture_stop();
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_ZONE_APPEND), 1);
	/* Pieces count as one buffer does. */
	g_pieces[0] = (struct iovec){g_buffer, max / 2};
	g_pieces[1] = (struct iovec){g_buffer + max / 2, max / 2};
	assert_int_equal(appendv(1, max / BLOCK), 0);
	expect_at(ZONE, g_buffer, max);
	g_pieces[1].iov_len += PAGE;
	log_capture_start();
	expect_refused(appendv(0, max / BLOCK + 8));
	log_capture_stop();
	close_all();
}

static void
an_append_has_a_limit_of_its_own(void **state)
{
	open_zoned(3, 0);
	check_limit(8 * PAGE);
}

static void
without_one_the_limit_is_that_of_all_commands(void **state)
{
	open_zoned(0, 0);
	check_limit(MDTS);
}

static void
a_limit_beyond_that_of_all_commands_is_none(void **state)
{
	open_zoned(7, 0);
	check_limit(MDTS);
}

/* Writes of more than a stripe are split, which appends cannot be: nor do they need to. */
static void
stripes_do_not_limit_appends(void **state)
{
	struct fake_fault stripe = {
		.kind = FAKE_FAULT_DATA_PATCH,
		.where = FAKE_AT_ADMIN_COMMAND,
		.opcode = SPDK_NVME_OPC_IDENTIFY,
		.cdw10 = SPDK_NVME_IDENTIFY_NS,
		.cdw10_mask = 0xff,
		.offset = offsetof(struct spdk_nvme_ns_data, noiob),
		.size = 1,
		.value = 8,
	};

	open_zoned(0, 0);
	fake_plant(g_host.fake, &stripe);
	fake_start(g_host.fake);
	assert_int_equal(nvme_ns_refresh(g_host.ctrlr), 0);
	fake_stop(g_host.fake);
	assert_int_equal(spdk_nvme_ns_get_optimal_io_boundary(g_host.ns), 8);
	io_fill(g_buffer, 32 * BLOCK, 8);
	assert_int_equal(append(1, 32), 0);
	expect_at(ZONE, g_buffer, 32 * BLOCK);
	g_pieces[0] = (struct iovec){g_buffer, PAGE};
	g_pieces[1] = (struct iovec){g_buffer + PAGE, PAGE};
	assert_int_equal(appendv(1, 16), 0);
	expect_at(ZONE + 32, g_buffer, 16 * BLOCK);
	assert_int_equal(io_commands(&g_host, SPDK_NVME_OPC_ZONE_APPEND), 2);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_goes_behind_the_one_before),
		cmocka_unit_test(metadata_flags_and_tags_reach_the_controller),
		cmocka_unit_test(an_append_without_its_metadata_is_refused),
		cmocka_unit_test(pieces_that_one_command_cannot_tell_are_refused),
		cmocka_unit_test(an_append_has_a_limit_of_its_own),
		cmocka_unit_test(without_one_the_limit_is_that_of_all_commands),
		cmocka_unit_test(a_limit_beyond_that_of_all_commands_is_none),
		cmocka_unit_test(stripes_do_not_limit_appends),
	};

	return cmocka_run_group_tests(tests, ctrlr_setup_env, ctrlr_teardown_env);
}
