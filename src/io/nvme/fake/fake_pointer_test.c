/* SPDX-License-Identifier: BSD-3-Clause */
/* Where data are: PRPs and SGLs as they may be, and as they may not. */
#include "io/nvme/fake/raw_host_fixture.h"
#include "spdk/util.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE          4096
#define BLOCK         512
#define PAGES_MAX     1100
#define GENERIC(name) (SPDK_NVME_SCT_GENERIC << 8 | SPDK_NVME_SC_##name)

static struct raw_host g_host;
static uint8_t *g_data;
static uint64_t *g_list;

static int
setup(void **state)
{
	struct fake_opts opts;

	fake_opts_init(&opts);
	opts.mdts = 0;
	opts.has_sgl = true;
	opts.ns[0].blocks = (PAGES_MAX + 1) * PAGE / BLOCK;
	raw_open(&g_host, &opts);
	raw_enable(&g_host, 8);
	raw_create_queues(&g_host, 1, 8);
	g_data = raw_memory((PAGES_MAX + 1) * PAGE);
	g_list = raw_memory(4 * PAGE);
	for (uint32_t i = 0; i < opts.ns[0].blocks * BLOCK / 4; i++) {
		((uint32_t *)fake_ns_data(g_host.fake, 1))[i] = i * 2654435761u;
	}
	return 0;
}

static int
teardown(void **state)
{
	raw_close(&g_host);
	return 0;
}

/* Pages one after the other by PRPs, of which lists begin `list_offset` entries into a page. */
static struct spdk_nvme_cmd
read_by_prp(uint32_t blocks, uint32_t offset, uint32_t list_offset)
{
	struct spdk_nvme_cmd cmd = raw_io(SPDK_NVME_OPC_READ, 0, blocks, g_data + offset);
	uint32_t length = blocks * BLOCK, done = PAGE - offset, at = list_offset;

	cmd.dptr.prp.prp2 = 0;
	if (length <= done) {
		return cmd;
	}
	if (length - done <= PAGE) {
		cmd.dptr.prp.prp2 = (uintptr_t)g_data + PAGE;
		return cmd;
	}
	cmd.dptr.prp.prp2 = (uintptr_t)(g_list + list_offset);
	for (uint32_t page = 1; done < length; page++, done += PAGE) {
		if (at % 512 == 511 && length - done > PAGE) {
			g_list[at] = (uintptr_t)(g_list + at + 1);
			at++;
		}
		g_list[at++] = (uintptr_t)g_data + page * PAGE;
	}
	return cmd;
}

static void
prps_lead_to_the_data(void **state)
{
	static const struct {
		uint32_t blocks;
		uint32_t offset;
		uint32_t list_offset;
	} cases[] = {
		{1, 0, 0},     {8, 0, 0},      {8, 4, 0},       {9, 0, 0},    {16, 0, 0},
		{16, 4092, 0}, {17, 0, 0},     {24, 512, 0},    {24, 512, 5}, {24, 512, 510},
		{24, 0, 511},  {4096, 0, 0},   {4104, 0, 0},    {4112, 0, 0}, {4104, 4, 0},
		{8208, 12, 3}, {8800, 0, 511}, {4096, 4092, 1},
	};

	for (uint32_t i = 0; i < SPDK_COUNTOF(cases); i++) {
		struct spdk_nvme_cmd cmd =
			read_by_prp(cases[i].blocks, cases[i].offset, cases[i].list_offset);
		size_t length = (size_t)cases[i].blocks * BLOCK;

		memset(g_data, 0xee, cases[i].offset + length + 64);
		assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
		assert_memory_equal(g_data + cases[i].offset, fake_ns_data(g_host.fake, 1), length);
		assert_int_equal(g_data[cases[i].offset + length], 0xee);
	}
}

static void
expect(struct spdk_nvme_cmd cmd, uint16_t status, const char *part)
{
	assert_int_equal(raw_run_status(&g_host, 1, cmd), status);
	raw_expect_violation(&g_host, part);
}

static void
bad_prps_are_judged(void **state)
{
	static uint64_t elsewhere[PAGE];
	struct spdk_nvme_cmd cmd = read_by_prp(8, 0, 0);

	cmd.dptr.prp.prp1 += 2;
	expect(cmd, GENERIC(INVALID_PRP_OFFSET), "PRP1 is");
	cmd = read_by_prp(9, 0, 0);
	cmd.dptr.prp.prp2 += 8;
	expect(cmd, GENERIC(INVALID_PRP_OFFSET), "PRP2 is");
	cmd = read_by_prp(9, 0, 0);
	cmd.dptr.prp.prp2 = 0;
	expect(cmd, GENERIC(INVALID_PRP_OFFSET), "PRP2 is");
	cmd = read_by_prp(24, 0, 0);
	cmd.dptr.prp.prp2 += 4;
	expect(cmd, GENERIC(INVALID_PRP_OFFSET), "a list");
	cmd = read_by_prp(24, 0, 0);
	g_list[1] += 512;
	expect(cmd, GENERIC(INVALID_PRP_OFFSET), "a PRP of a list");
	cmd = read_by_prp(8208, 0, 0);
	g_list[511] += 8;
	expect(cmd, GENERIC(INVALID_PRP_OFFSET), "leads to a list");
	/* What is not there to be read must not be filled. */
	cmd = read_by_prp(8, 0, 0);
	cmd.dptr.prp.prp2 = (uintptr_t)g_data + PAGE;
	expect(cmd, 0, "but PRP1 has it all");
	/* Memory that the environment has not told devices of. */
	cmd = read_by_prp(1, 0, 0);
	cmd.dptr.prp.prp1 = (uintptr_t)elsewhere & ~(uint64_t)3;
	expect(cmd, GENERIC(DATA_TRANSFER_ERROR), "no memory that devices may use");
}

static struct spdk_nvme_sgl_descriptor
describe(uint8_t type, const void *address, uint32_t length)
{
	struct spdk_nvme_sgl_descriptor descriptor = {.address = (uintptr_t)address};

	descriptor.unkeyed.type = type;
	descriptor.unkeyed.length = length;
	return descriptor;
}

/* Eight blocks by an SGL: `list` has the descriptors of one last segment. */
static struct spdk_nvme_cmd
read_by_sgl(struct spdk_nvme_sgl_descriptor first)
{
	struct spdk_nvme_cmd cmd = raw_io(SPDK_NVME_OPC_READ, 0, 8, NULL);

	cmd.psdt = SPDK_NVME_PSDT_SGL_MPTR_CONTIG;
	cmd.dptr.sgl1 = first;
	return cmd;
}

static void
sgls_lead_to_the_data(void **state)
{
	struct spdk_nvme_sgl_descriptor *list = (void *)g_list, *more = (void *)(g_list + 512);
	const uint8_t *stored = fake_ns_data(g_host.fake, 1);
	struct spdk_nvme_cmd cmd =
		read_by_sgl(describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data + 3, PAGE));

	memset(g_data, 0xee, 4 * PAGE);
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	assert_memory_equal(g_data + 3, stored, PAGE);
	assert_int_equal(g_data[PAGE + 3], 0xee);
	/* Two segments, pieces of any length, and one that is not wanted. */
	list[0] = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data + 1, 1000);
	list[1] = describe(SPDK_NVME_SGL_TYPE_LAST_SEGMENT, more, 3 * sizeof(*more));
	more[0] = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data + 2000, 24);
	more[1] = describe(SPDK_NVME_SGL_TYPE_BIT_BUCKET, NULL, 1024);
	more[2] = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data + 3000, 2048);
	cmd = read_by_sgl(describe(SPDK_NVME_SGL_TYPE_SEGMENT, list, 2 * sizeof(*list)));
	memset(g_data, 0xee, 4 * PAGE);
	assert_int_equal(raw_run_status(&g_host, 1, cmd), 0);
	assert_memory_equal(g_data + 1, stored, 1000);
	assert_memory_equal(g_data + 2000, stored + 1000, 24);
	assert_memory_equal(g_data + 3000, stored + 2048, 2048);
	assert_int_equal(g_data[1001], 0xee);
}

static void
bad_sgls_are_judged(void **state)
{
	struct spdk_nvme_sgl_descriptor *list = (void *)g_list, first;

	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data, PAGE - 1)),
	       GENERIC(DATA_SGL_LENGTH_INVALID), "less data");
	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data, PAGE + 1)),
	       GENERIC(DATA_SGL_LENGTH_INVALID), "more data");
	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_KEYED_DATA_BLOCK, g_data, PAGE)),
	       GENERIC(SGL_DESCRIPTOR_TYPE_INVALID), "type");
	first = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data, PAGE);
	first.unkeyed.subtype = SPDK_NVME_SGL_SUBTYPE_OFFSET;
	expect(read_by_sgl(first), GENERIC(SGL_DESCRIPTOR_TYPE_INVALID), "subtype");
	first = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data, PAGE);
	first.unkeyed.reserved[1] = 1;
	expect(read_by_sgl(first), GENERIC(INVALID_SGL_SEG_DESCRIPTOR), "reserved");
	list[0] = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data, PAGE);
	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_LAST_SEGMENT, list, 24)),
	       GENERIC(INVALID_SGL_SEG_DESCRIPTOR), "length of a segment");
	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_LAST_SEGMENT, (uint8_t *)list + 4, 16)),
	       GENERIC(INVALID_SGL_SEG_DESCRIPTOR), "address of a segment");
	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_SEGMENT, list, 16)),
	       GENERIC(INVALID_SGL_SEG_DESCRIPTOR), "leads nowhere");
	list[0] = describe(SPDK_NVME_SGL_TYPE_LAST_SEGMENT, list, 16);
	expect(read_by_sgl(describe(SPDK_NVME_SGL_TYPE_LAST_SEGMENT, list, 16)),
	       GENERIC(INVALID_SGL_SEG_DESCRIPTOR), "where none may be");
}

static void
reserved_fields_are_judged(void **state)
{
	struct spdk_nvme_cmd cmd = read_by_prp(1, 0, 0);

	cmd.rsvd1 = 2;
	expect(cmd, 0, "reserved bits");
	cmd = (struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_FLUSH, .nsid = 1, .cdw11 = 7};
	expect(cmd, 0, "reserved dword 11");
	cmd = (struct spdk_nvme_cmd){.opc = SPDK_NVME_OPC_IDENTIFY,
				     .psdt = SPDK_NVME_PSDT_SGL_MPTR_CONTIG,
				     .cdw10 = SPDK_NVME_IDENTIFY_CTRLR};
	cmd.dptr.sgl1 = describe(SPDK_NVME_SGL_TYPE_DATA_BLOCK, g_data, PAGE);
	assert_int_equal(raw_run_status(&g_host, 0, cmd), 0);
	raw_expect_violation(&g_host, "which PCIe does not have");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(prps_lead_to_the_data, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_prps_are_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(sgls_lead_to_the_data, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_sgls_are_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(reserved_fields_are_judged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, raw_setup_env, raw_teardown_env);
}
