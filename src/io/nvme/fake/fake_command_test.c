/* SPDX-License-Identifier: BSD-3-Clause */
/* I/O commands of the fake: blocks, metadata and protection, zones, reservations. */
#include "io/nvme/fake/raw_host_fixture.h"
#include "spdk/dif.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE           4096
#define GENERIC(name)  (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)
#define SPECIFIC(name) (SPDK_NVME_SCT_COMMAND_SPECIFIC << 8 | SPDK_NVME_SC_##name)
#define MEDIA(name)    (SPDK_NVME_SCT_MEDIA_ERROR << 8 | SPDK_NVME_SC_##name)
#define PRCHK          SPDK_NVME_IO_FLAGS_PRCHK_MASK

static struct raw_host g_host;
static struct fake_opts g_opts;
static uint8_t *g_buffer;
static uint8_t *g_md;

static void
open_ready(void)
{
	raw_open(&g_host, &g_opts);
	raw_enable(&g_host, 32);
	raw_create_queues(&g_host, 1, 8);
	g_buffer = raw_memory(16 * PAGE);
	g_md = raw_memory(PAGE);
}

static int
setup(void **state)
{
	fake_opts_init(&g_opts);
	return 0;
}

static int
teardown(void **state)
{
	raw_close(&g_host);
	return 0;
}

static uint16_t
run_io(uint8_t opc, uint64_t lba, uint32_t blocks)
{
	bool has_data = spdk_nvme_opc_get_data_transfer(opc) != SPDK_NVME_DATA_NONE;

	return raw_run_status(&g_host, 1, raw_io(opc, lba, blocks, has_data ? g_buffer : NULL));
}

static void
write_pattern(uint64_t lba, uint8_t byte)
{
	memset(g_buffer, byte, 8 * 512);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, lba, 8), 0);
}

static void
expect_pattern(uint64_t lba, uint32_t blocks, uint8_t byte)
{
	memset(g_buffer, 0xd7, 8 * 512);
	assert_int_equal(run_io(SPDK_NVME_OPC_READ, lba, blocks), 0);
	for (uint32_t i = 0; i < blocks * 512; i++) {
		assert_int_equal(g_buffer[i], byte);
	}
}

static void
blocks_are_zeroed_deallocated_and_spoilt(void **state)
{
	struct spdk_nvme_dsm_range *ranges;
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_DATASET_MANAGEMENT, .nsid = 1};

	open_ready();
	write_pattern(0, 0x11);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE_ZEROES, 2, 2), 0);
	expect_pattern(0, 2, 0x11);
	expect_pattern(2, 2, 0);
	expect_pattern(4, 4, 0x11);
	ranges = (void *)g_buffer;
	memset(ranges, 0, 2 * sizeof(*ranges));
	ranges[0] = (struct spdk_nvme_dsm_range){.starting_lba = 0, .length = 1};
	ranges[1] = (struct spdk_nvme_dsm_range){.starting_lba = 6, .length = 2};
	cmd.dptr.prp.prp1 = (uintptr_t)ranges;
	cmd.cdw10 = 1;
	cmd.cdw11 = SPDK_NVME_DSM_ATTR_DEALLOCATE;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	expect_pattern(0, 1, 0);
	expect_pattern(1, 1, 0x11);
	expect_pattern(6, 2, 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE_UNCORRECTABLE, 4, 1), 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_READ, 4, 1), MEDIA(UNRECOVERED_READ_ERROR));
	assert_int_equal(run_io(SPDK_NVME_OPC_VERIFY, 1, 4), MEDIA(UNRECOVERED_READ_ERROR));
	assert_int_equal(run_io(SPDK_NVME_OPC_VERIFY, 5, 3), 0);
	write_pattern(0, 0x22);
	expect_pattern(4, 1, 0x22);
	cmd = (struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_FLUSH, .nsid = 1};
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	cmd.nsid = 2;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), GENERIC(INVALID_NAMESPACE_OR_FORMAT));
}

static void
blocks_are_compared_and_copied(void **state)
{
	struct spdk_nvme_scc_source_range *ranges;
	struct spdk_nvme_cmd cmd;

	open_ready();
	write_pattern(0, 0x33);
	assert_int_equal(run_io(SPDK_NVME_OPC_COMPARE, 0, 8), 0);
	g_buffer[4000]++;
	assert_int_equal(run_io(SPDK_NVME_OPC_COMPARE, 0, 8), MEDIA(COMPARE_FAILURE));
	write_pattern(8, 0x44);
	ranges = (void *)g_buffer;
	memset(ranges, 0, 2 * sizeof(*ranges));
	ranges[0].slba = 15;
	ranges[1].nlb = 2;
	cmd = raw_io(SPDK_NVME_OPC_COPY, 100, 2, g_buffer);
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	expect_pattern(100, 1, 0x44);
	expect_pattern(101, 3, 0x33);
	expect_pattern(104, 1, 0);
}

static void
put_fused(uint8_t second_opc, uint64_t second_lba)
{
	struct spdk_nvme_cmd first = raw_io(SPDK_NVME_OPC_COMPARE, 0, 1, g_buffer);
	struct spdk_nvme_cmd second = raw_io(second_opc, second_lba, 1, g_buffer + PAGE);

	first.fuse = SPDK_NVME_CMD_FUSE_FIRST;
	second.fuse = SPDK_NVME_CMD_FUSE_SECOND;
	raw_put(&g_host, 1, &first);
	raw_put(&g_host, 1, &second);
	raw_ring(&g_host, 1);
}

static void
expect_fused(uint16_t first, uint16_t second)
{
	struct spdk_nvme_cpl cpl = raw_wait(&g_host, 1);

	assert_int_equal(raw_status(&cpl), first);
	cpl = raw_wait(&g_host, 1);
	assert_int_equal(raw_status(&cpl), second);
}

static void
fused_commands_are_one(void **state)
{
	struct spdk_nvme_cmd cmd;

	open_ready();
	write_pattern(0, 0x55);
	memset(g_buffer + PAGE, 0x66, 512);
	put_fused(SPDK_NVME_OPC_WRITE, 0);
	expect_fused(0, 0);
	put_fused(SPDK_NVME_OPC_WRITE, 0);
	expect_fused(MEDIA(COMPARE_FAILURE), GENERIC(ABORTED_FAILED_FUSED));
	expect_pattern(0, 1, 0x66);
	put_fused(SPDK_NVME_OPC_WRITE, 1);
	expect_fused(GENERIC(INVALID_FIELD), GENERIC(INVALID_FIELD));
	cmd = raw_io(SPDK_NVME_OPC_WRITE, 0, 1, g_buffer);
	cmd.fuse = SPDK_NVME_CMD_FUSE_SECOND;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), GENERIC(ABORTED_MISSING_FUSED));
	raw_expect_violation(&g_host, "without a first");
	cmd.fuse = SPDK_NVME_CMD_FUSE_FIRST;
	raw_put(&g_host, 1, &cmd);
	cmd.fuse = 0;
	raw_put(&g_host, 1, &cmd);
	raw_ring(&g_host, 1);
	expect_fused(GENERIC(ABORTED_MISSING_FUSED), 0);
	raw_expect_violation(&g_host, "not followed by its second");
}

static struct spdk_nvme_cmd
protected_io(uint8_t opc, uint64_t lba, uint32_t blocks, uint32_t flags)
{
	struct spdk_nvme_cmd cmd = raw_io(opc, lba, blocks, g_buffer);

	cmd.cdw12 |= flags;
	cmd.cdw14 = (uint32_t)lba;
	cmd.cdw15 = 0xffff1234;
	cmd.mptr = g_opts.ns[0].md_is_extended ? 0 : (uintptr_t)g_md;
	return cmd;
}

/* What the controller made is right by spdk/dif.h, and checked. */
static void
check_stored(uint64_t lba, uint32_t blocks)
{
	struct spdk_dif_ctx_init_ext_opts opts = {.size = sizeof(opts)};
	const struct fake_ns_opts *ns = &g_opts.ns[0];
	struct iovec data = {fake_ns_data(g_host.fake, 1) + lba * 512, blocks * 512};
	struct iovec md = {fake_ns_metadata(g_host.fake, 1) + lba * ns->md_size,
			   blocks * ns->md_size};
	struct spdk_dif_ctx ctx;

	assert_int_equal(spdk_dif_ctx_init(&ctx, 512, ns->md_size, false, ns->pi_is_at_head,
					   (enum spdk_dif_type)ns->pi_type, PRCHK, (uint32_t)lba,
					   0xffff, 0x1234, 0, 0, &opts),
			 0);
	assert_int_equal(spdk_dix_verify(&data, 1, &md, blocks, &ctx, NULL), 0);
}

static void
protection_is_made_and_checked(void **state)
{
	const struct fake_ns_opts *ns = *state;
	uint32_t flags = ns->pi_type == 3 ? PRCHK & ~SPDK_NVME_IO_FLAGS_PRCHK_REFTAG : PRCHK;
	uint32_t stride = 512 + ns->md_size;
	uint8_t *md;

	g_opts.ns[0] = *ns;
	open_ready();
	/* Blocks that were never written are not checked. */
	assert_int_equal(raw_run_status(&g_host, 1, protected_io(SPDK_NVME_OPC_READ, 0, 4, flags)),
			 0);
	memset(g_buffer, 0x5c, 4 * PAGE);
	assert_int_equal(
		raw_run_status(&g_host, 1,
			       protected_io(SPDK_NVME_OPC_WRITE, 10, 4, SPDK_NVME_IO_FLAGS_PRACT)),
		0);
	check_stored(10, 4);
	/* With metadata, as a host gets them, and back. */
	assert_int_equal(raw_run_status(&g_host, 1, protected_io(SPDK_NVME_OPC_READ, 10, 4, flags)),
			 0);
	md = ns->md_is_extended ? g_buffer + 512 : g_md;
	assert_memory_equal(md, fake_ns_metadata(g_host.fake, 1) + 10 * ns->md_size, ns->md_size);
	md = ns->md_is_extended ? g_buffer + 3 * stride + 512 : g_md + 3 * ns->md_size;
	assert_memory_equal(md, fake_ns_metadata(g_host.fake, 1) + 13 * ns->md_size, ns->md_size);
	assert_int_equal(
		raw_run_status(&g_host, 1, protected_io(SPDK_NVME_OPC_WRITE, 10, 4, flags)), 0);
	/* A wrong byte of data, on the way and at rest. */
	g_buffer[100] ^= 1;
	assert_int_equal(
		raw_run_status(&g_host, 1, protected_io(SPDK_NVME_OPC_WRITE, 10, 4, flags)),
		MEDIA(GUARD_CHECK_ERROR));
	fake_ns_data(g_host.fake, 1)[11 * 512] ^= 1;
	assert_int_equal(raw_run_status(&g_host, 1, protected_io(SPDK_NVME_OPC_READ, 10, 4, flags)),
			 MEDIA(GUARD_CHECK_ERROR));
	assert_int_equal(raw_run_status(&g_host, 1, protected_io(SPDK_NVME_OPC_READ, 12, 2, flags)),
			 0);
}

static void
reference_tags_of_type_1_are_addresses(void **state)
{
	struct spdk_nvme_cmd cmd;

	g_opts.ns[0].md_size = 8;
	g_opts.ns[0].pi_type = 1;
	open_ready();
	cmd = protected_io(SPDK_NVME_OPC_WRITE, 10, 1, SPDK_NVME_IO_FLAGS_PRACT);
	cmd.cdw14 = 11;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), SPECIFIC(INVALID_PROTECTION_INFO));
	cmd.cdw14 = 10;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	cmd = protected_io(SPDK_NVME_OPC_READ, 10, 1, SPDK_NVME_IO_FLAGS_PRCHK_APPTAG);
	cmd.cdw15 = 0xffff4321;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), MEDIA(APPLICATION_TAG_CHECK_ERROR));
}

static struct spdk_nvme_cmd
zone_command(uint8_t opc, uint64_t lba, uint32_t cdw13)
{
	struct spdk_nvme_cmd cmd = {.opc = opc, .nsid = 1, .cdw10 = (uint32_t)lba, .cdw13 = cdw13};

	return cmd;
}

static uint16_t
zone_send(uint64_t lba, uint8_t action)
{
	return raw_run_status(&g_host, 1, zone_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, lba, action));
}

static struct spdk_nvme_zns_zone_report *
report_zones(uint64_t lba, uint32_t which)
{
	struct spdk_nvme_cmd cmd =
		zone_command(SPDK_NVME_OPC_ZONE_MGMT_RECV, lba, which << 8 | 1u << 16);

	cmd.cdw12 = PAGE / 4 - 1;
	cmd.dptr.prp.prp1 = (uintptr_t)g_md;
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	return (void *)g_md;
}

static void
open_zoned(void)
{
	g_opts.ns[0] = (struct fake_ns_opts){.blocks = 256,
					     .block_size = 512,
					     .zone_blocks = 32,
					     .zone_capacity = 24,
					     .zones_active_max = 3,
					     .zones_open_max = 2};
	open_ready();
}

static void
zones_are_written_in_order(void **state)
{
	struct spdk_nvme_zns_zone_report *report;
	struct spdk_nvme_cpl cpl;

	open_zoned();
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 33, 4), SPECIFIC(ZONE_INVALID_WRITE));
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 32, 4), 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 32, 4), SPECIFIC(ZONE_INVALID_WRITE));
	cpl = raw_run(&g_host, 1, raw_io(SPDK_NVME_OPC_ZONE_APPEND, 32, 8, g_buffer));
	assert_int_equal(raw_status(&cpl), 0);
	assert_int_equal(cpl.cdw0, 36);
	report = report_zones(0, SPDK_NVME_ZRA_LIST_ALL);
	assert_int_equal(report->nr_zones, 8);
	assert_int_equal(report->descs[0].zs, SPDK_NVME_ZONE_STATE_EMPTY);
	assert_int_equal(report->descs[1].zs, SPDK_NVME_ZONE_STATE_IOPEN);
	assert_int_equal(report->descs[1].wp, 44);
	assert_int_equal(report->descs[1].zcap, 24);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 44, 13), SPECIFIC(ZONED_BOUNDARY_ERROR));
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 44, 12), 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 56, 1), SPECIFIC(ZONE_IS_FULL));
	assert_int_equal(run_io(SPDK_NVME_OPC_READ, 63, 2), SPECIFIC(ZONED_BOUNDARY_ERROR));
	report = report_zones(0, SPDK_NVME_ZRA_LIST_ZSF);
	assert_int_equal(report->nr_zones, 1);
	assert_int_equal(report->descs[0].zslba, 32);
	assert_int_equal(zone_send(32, SPDK_NVME_ZONE_RESET), 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 32, 4), 0);
}

static void
zones_change_state_as_they_may(void **state)
{
	open_zoned();
	assert_int_equal(zone_send(0, SPDK_NVME_ZONE_CLOSE),
			 SPECIFIC(INVALID_ZONE_STATE_TRANSITION));
	assert_int_equal(zone_send(0, SPDK_NVME_ZONE_OPEN), 0);
	assert_int_equal(zone_send(32, SPDK_NVME_ZONE_OPEN), 0);
	assert_int_equal(zone_send(64, SPDK_NVME_ZONE_OPEN), SPECIFIC(TOO_MANY_OPEN_ZONES));
	assert_int_equal(zone_send(0, SPDK_NVME_ZONE_CLOSE), 0);
	assert_int_equal(zone_send(64, SPDK_NVME_ZONE_OPEN), 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 96, 1), SPECIFIC(TOO_MANY_ACTIVE_ZONES));
	assert_int_equal(zone_send(64, SPDK_NVME_ZONE_FINISH), 0);
	assert_int_equal(run_io(SPDK_NVME_OPC_WRITE, 96, 1), 0);
	assert_int_equal(zone_send(64, SPDK_NVME_ZONE_OPEN),
			 SPECIFIC(INVALID_ZONE_STATE_TRANSITION));
	assert_int_equal(zone_send(65, SPDK_NVME_ZONE_RESET), GENERIC(INVALID_FIELD));
	assert_int_equal(zone_send(256, SPDK_NVME_ZONE_RESET), GENERIC(LBA_OUT_OF_RANGE));
	/* All of them. */
	assert_int_equal(raw_run_status(&g_host, 1,
					zone_command(SPDK_NVME_OPC_ZONE_MGMT_SEND, 0,
						     1u << 8 | SPDK_NVME_ZONE_RESET)),
			 0);
	assert_int_equal(report_zones(0, SPDK_NVME_ZRA_LIST_ZSE)->nr_zones, 8);
}

static uint16_t
reserve(uint8_t opc, uint32_t cdw10, uint64_t key, uint64_t new_key)
{
	struct spdk_nvme_cmd cmd = {.opc = opc, .nsid = 1, .cdw10 = cdw10};

	memcpy(g_buffer, &key, sizeof(key));
	memcpy(g_buffer + sizeof(key), &new_key, sizeof(new_key));
	cmd.dptr.prp.prp1 = (uintptr_t)g_buffer;
	return raw_run_status(&g_host, 1, cmd);
}

static void
reservations_need_the_key(void **state)
{
	struct spdk_nvme_cmd report = {
		.opc = SPDK_NVME_OPC_RESERVATION_REPORT, .nsid = 1, .cdw10 = 11};
	const uint32_t exclusive = SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS << 8;
	struct spdk_nvme_reservation_status_data *data;

	open_ready();
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_ACQUIRE, exclusive, 5, 0),
			 GENERIC(RESERVATION_CONFLICT));
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_REGISTER, 0, 0, 5), 0);
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_ACQUIRE, exclusive, 6, 0),
			 GENERIC(RESERVATION_CONFLICT));
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_ACQUIRE, exclusive, 5, 0), 0);
	report.dptr.prp.prp1 = (uintptr_t)g_md;
	assert_int_equal(raw_run_status(&g_host, 1, report), 0);
	data = (void *)g_md;
	assert_int_equal(data->rtype, SPDK_NVME_RESERVE_EXCLUSIVE_ACCESS);
	assert_int_equal(data->regctl, 1);
	assert_int_equal(g_md[24], 1);
	assert_int_equal(g_md[24 + 16], 5);
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_RELEASE, 1 << 8, 5, 0),
			 GENERIC(INVALID_FIELD));
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_RELEASE, exclusive, 5, 0), 0);
	assert_int_equal(reserve(SPDK_NVME_OPC_RESERVATION_REGISTER, 1, 5, 0), 0);
	assert_int_equal(raw_run_status(&g_host, 1, report), 0);
	assert_int_equal(data->regctl, 0);
}

static struct fake_ns_opts g_separate_1 = {
	.blocks = 64, .block_size = 512, .md_size = 8, .pi_type = 1};
static struct fake_ns_opts g_extended_2 = {
	.blocks = 64, .block_size = 512, .md_size = 16, .md_is_extended = true, .pi_type = 2};
static struct fake_ns_opts g_head_3 = {
	.blocks = 64, .block_size = 512, .md_size = 16, .pi_type = 3, .pi_is_at_head = true};

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(blocks_are_zeroed_deallocated_and_spoilt),
		TEST(blocks_are_compared_and_copied),
		TEST(fused_commands_are_one),
		{"protection_of_type_1_apart", protection_is_made_and_checked, setup, teardown,
		 &g_separate_1},
		{"protection_of_type_2_extended", protection_is_made_and_checked, setup, teardown,
		 &g_extended_2},
		{"protection_of_type_3_at_the_head", protection_is_made_and_checked, setup,
		 teardown, &g_head_3},
		TEST(reference_tags_of_type_1_are_addresses),
		TEST(zones_are_written_in_order),
		TEST(zones_change_state_as_they_may),
		TEST(reservations_need_the_key),
	};

	return cmocka_run_group_tests(tests, raw_setup_env, raw_teardown_env);
}
