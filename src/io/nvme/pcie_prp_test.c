/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PRPs and SGLs as pure functions: each list is read again as a device reads it, and must give the
 * bytes that it was made from, in their order.
 */
#include "io/nvme/pcie_prp.h"

#include <setjmp.h>

#include <cmocka.h>

#define PAGE       4096
#define LIST_MAX   16
#define BASE       UINT64_C(0x7f0000000000)
#define LIST_AT    UINT64_C(0xabc000)
#define PIECES_MAX 64
#define HUGE       ENV_DMA_PAGE_SIZE
#define TABLE_SIZE (ENV_DMA_PAGES / ENV_DMA_LEAF_PAGES)

static const struct env_dma g_virtual = {.is_virtual = true, .name = "virtual"};
static uint64_t g_list[LIST_MAX];
static struct spdk_nvme_sgl_descriptor g_sgl_list[LIST_MAX];

/* Memory as the device sees it, adjacent pieces merged. */
struct pieces {
	uint64_t address[PIECES_MAX];
	uint64_t length[PIECES_MAX];
	uint32_t count;
};

static void
pieces_add(struct pieces *pieces, uint64_t address, uint64_t length)
{
	uint32_t last = pieces->count - 1;

	if (pieces->count > 0 && pieces->address[last] + pieces->length[last] == address) {
		pieces->length[last] += length;
		return;
	}
	assert_true(pieces->count < PIECES_MAX);
	pieces->address[pieces->count] = address;
	pieces->length[pieces->count++] = length;
}

static void
assert_same(const struct pieces *is, const struct pieces *should)
{
	assert_int_equal(is->count, should->count);
	for (uint32_t i = 0; i < is->count; i++) {
		assert_true(is->address[i] == should->address[i]);
		assert_true(is->length[i] == should->length[i]);
	}
}

/* As a device does; a rule that is broken fails the test. */
static void
read_prps(const struct spdk_nvme_cmd *cmd, uint64_t length, struct pieces *pieces)
{
	uint64_t address = cmd->dptr.prp.prp1, part = PAGE - address % PAGE;
	uint32_t index = 0;

	assert_int_equal(cmd->psdt, SPDK_NVME_PSDT_PRP);
	assert_int_equal(address % 4, 0);
	part = part < length ? part : length;
	pieces_add(pieces, address, part);
	length -= part;
	if (length == 0) {
		assert_int_equal(cmd->dptr.prp.prp2, 0);
		return;
	}
	if (length > PAGE) {
		assert_true(cmd->dptr.prp.prp2 == LIST_AT);
	}
	while (length > 0) {
		if (length <= PAGE && index == 0) {
			address = cmd->dptr.prp.prp2;
			index++;
		} else {
			assert_true(index < LIST_MAX);
			address = g_list[index++];
		}
		assert_int_equal(address % PAGE, 0);
		part = length < PAGE ? length : PAGE;
		pieces_add(pieces, address, part);
		length -= part;
	}
}

static struct pcie_prp
begin_prp(const struct env_dma *dma)
{
	memset(g_list, 0xee, sizeof(g_list));
	return (struct pcie_prp){
		.dma = dma, .list = g_list, .list_max = LIST_MAX, .page_size = PAGE};
}

/* One buffer; whether its PRPs say exactly that. */
static void
check_one(uint64_t offset, uint64_t length)
{
	struct pcie_prp prp = begin_prp(&g_virtual);
	struct pieces is = {0}, should = {0};
	struct spdk_nvme_cmd cmd = {0};

	assert_int_equal(pcie_prp_append(&prp, (void *)(BASE + offset), length), 0);
	pcie_prp_finish(&prp, LIST_AT, &cmd);
	read_prps(&cmd, length, &is);
	pieces_add(&should, BASE + offset, length);
	assert_same(&is, &should);
}

static void
every_offset_and_length_of_one_buffer(void **state)
{
	for (uint64_t offset = 0; offset < PAGE; offset += 4) {
		for (uint64_t length = 1; length <= 6 * PAGE; length += 509) {
			check_one(offset, length);
		}
		/* Exactly to, before and behind each end of a page. */
		for (uint64_t pages = 1; pages <= 5; pages++) {
			check_one(offset, pages * PAGE);
			check_one(offset, pages * PAGE - offset + (offset == 0 ? 0 : 1));
			check_one(offset, pages * PAGE + 1);
			check_one(offset, pages * PAGE - 1);
		}
	}
}

static void
addresses_that_are_no_multiples_of_4_are_refused(void **state)
{
	for (uint64_t offset = 0; offset < 64; offset++) {
		struct pcie_prp prp = begin_prp(&g_virtual);
		int rc = pcie_prp_append(&prp, (void *)(BASE + offset), 512);

		assert_int_equal(rc, offset % 4 == 0 ? 0 : -EINVAL);
	}
}

/* Two pieces can be told if the first ends, and the second begins, with a page. */
static void
two_pieces_meet_at_pages_only(void **state)
{
	for (uint64_t offset = 0; offset < PAGE; offset += 512) {
		for (uint64_t length = 512; length <= 3 * PAGE; length += 512) {
			for (uint64_t second = 0; second < PAGE; second += 512) {
				struct pcie_prp prp = begin_prp(&g_virtual);
				bool is_possible = (offset + length) % PAGE == 0 && second == 0;
				int rc;

				rc = pcie_prp_append(&prp, (void *)(BASE + offset), length);
				assert_int_equal(rc, 0);
				rc = pcie_prp_append(&prp, (void *)(2 * BASE + second), 512);
				assert_int_equal(rc, is_possible ? 0 : -EINVAL);
			}
		}
	}
}

static void
several_pieces_are_told_in_order(void **state)
{
	struct pcie_prp prp = begin_prp(&g_virtual);
	struct pieces is = {0}, should = {0};
	struct spdk_nvme_cmd cmd = {0};

	pieces_add(&should, BASE + 1024, PAGE - 1024);
	pieces_add(&should, 2 * BASE, 2 * PAGE);
	pieces_add(&should, 3 * BASE, PAGE);
	pieces_add(&should, 1 * BASE + 8 * PAGE, 512);
	for (uint32_t i = 0; i < should.count; i++) {
		assert_int_equal(pcie_prp_append(&prp, (void *)should.address[i], should.length[i]),
				 0);
	}
	pcie_prp_finish(&prp, LIST_AT, &cmd);
	read_prps(&cmd, PAGE - 1024 + 3 * PAGE + 512, &is);
	assert_same(&is, &should);
}

static void
a_list_is_never_written_beyond_its_end(void **state)
{
	struct pcie_prp prp = begin_prp(&g_virtual);
	uint64_t guard;

	prp.list_max = LIST_MAX - 1;
	guard = g_list[LIST_MAX - 1];
	/* One entry is in the command. */
	assert_int_equal(pcie_prp_append(&prp, (void *)BASE, (uint64_t)LIST_MAX * PAGE), 0);
	prp = begin_prp(&g_virtual);
	prp.list_max = LIST_MAX - 1;
	assert_int_equal(pcie_prp_append(&prp, (void *)(BASE + 4), (uint64_t)LIST_MAX * PAGE),
			 -E2BIG);
	assert_true(g_list[LIST_MAX - 1] == guard);
}

/* Larger pages of memory that lie anywhere: page i of BASE is at `places[i]`, 0: it has none. */
static struct env_dma_leaf g_leaf;
static struct env_dma_leaf *_Atomic g_table[TABLE_SIZE];

static struct env_dma
scattered_memory(const uint64_t *places, uint32_t count)
{
	uint64_t page = BASE >> ENV_DMA_PAGE_SHIFT;

	memset(&g_leaf, 0, sizeof(g_leaf));
	g_table[page >> ENV_DMA_LEAF_BITS] = &g_leaf;
	for (uint32_t i = 0; i < count; i++) {
		g_leaf.entries[(page + i) & (ENV_DMA_LEAF_PAGES - 1)] =
			places[i] == 0 ? 0 : places[i] ^ ENV_DMA_ERROR;
	}
	return (struct env_dma){.table = g_table, .name = "IOVA"};
}

static void
memory_that_is_scattered_is_told_as_it_lies(void **state)
{
	const uint64_t places[] = {8 * HUGE, 4 * HUGE, 5 * HUGE};
	struct env_dma dma = scattered_memory(places, 3);
	struct pieces is = {0}, should = {0};
	struct spdk_nvme_cmd cmd = {0};
	struct pcie_prp prp = begin_prp(&dma);

	assert_int_equal(pcie_prp_append(&prp, (void *)(BASE + HUGE - PAGE - 512), 3 * PAGE), 0);
	pcie_prp_finish(&prp, LIST_AT, &cmd);
	read_prps(&cmd, 3 * PAGE, &is);
	pieces_add(&should, 9 * HUGE - PAGE - 512, PAGE + 512);
	pieces_add(&should, 4 * HUGE, 2 * PAGE - 512);
	assert_same(&is, &should);
}

static void
memory_that_the_device_does_not_see_is_refused(void **state)
{
	const uint64_t places[] = {8 * HUGE, 0};
	struct env_dma dma = scattered_memory(places, 2);
	struct pcie_prp prp = begin_prp(&dma);
	struct pcie_sgl sgl = {.dma = &dma, .list = g_sgl_list, .list_max = LIST_MAX};
	void *addr = (void *)(BASE + HUGE - PAGE);

	assert_int_equal(pcie_prp_append(&prp, addr, 2 * PAGE), -EFAULT);
	assert_int_equal(pcie_sgl_append(&sgl, addr, 2 * PAGE), -EFAULT);
}

static struct pcie_sgl
begin_sgl(const struct env_dma *dma, bool merges)
{
	return (struct pcie_sgl){
		.dma = dma, .list = g_sgl_list, .list_max = LIST_MAX, .merges = merges};
}

static void
read_sgl(const struct spdk_nvme_cmd *cmd, struct pieces *pieces, uint32_t *out_count)
{
	const struct spdk_nvme_sgl_descriptor *first = &cmd->dptr.sgl1;

	assert_int_equal(cmd->psdt, SPDK_NVME_PSDT_SGL_MPTR_CONTIG);
	if (first->unkeyed.type == SPDK_NVME_SGL_TYPE_DATA_BLOCK) {
		pieces_add(pieces, first->address, first->unkeyed.length);
		*out_count = 1;
		return;
	}
	assert_int_equal(first->unkeyed.type, SPDK_NVME_SGL_TYPE_LAST_SEGMENT);
	assert_true(first->address == LIST_AT);
	*out_count = first->unkeyed.length / sizeof(*first);
	for (uint32_t i = 0; i < *out_count; i++) {
		assert_int_equal(g_sgl_list[i].unkeyed.type, SPDK_NVME_SGL_TYPE_DATA_BLOCK);
		pieces_add(pieces, g_sgl_list[i].address, g_sgl_list[i].unkeyed.length);
	}
}

/* Any address and length, in order; neighbours become one where that is wanted. */
static void
sgl_pieces_are_told_in_order(void **state)
{
	for (int merges = 0; merges <= 1; merges++) {
		struct pcie_sgl sgl = begin_sgl(&g_virtual, merges);
		struct pieces is = {0}, should = {0};
		struct spdk_nvme_cmd cmd = {0};
		uint32_t count;

		assert_int_equal(pcie_sgl_append(&sgl, (void *)(BASE + 3), 100), 0);
		assert_int_equal(pcie_sgl_append(&sgl, (void *)(BASE + 103), 50), 0);
		assert_int_equal(pcie_sgl_append(&sgl, (void *)(2 * BASE), 7 * PAGE + 1), 0);
		pcie_sgl_finish(&sgl, LIST_AT, &cmd);
		read_sgl(&cmd, &is, &count);
		pieces_add(&should, BASE + 3, 150);
		pieces_add(&should, 2 * BASE, 7 * PAGE + 1);
		assert_same(&is, &should);
		assert_int_equal(count, merges ? 2 : 3);
	}
}

static void
one_sgl_piece_needs_no_list(void **state)
{
	struct pcie_sgl sgl = begin_sgl(&g_virtual, true);
	struct pieces is = {0}, should = {0};
	struct spdk_nvme_cmd cmd = {0};
	uint32_t count;

	assert_int_equal(pcie_sgl_append(&sgl, (void *)(BASE + 12), 3 * PAGE), 0);
	pcie_sgl_finish(&sgl, LIST_AT, &cmd);
	read_sgl(&cmd, &is, &count);
	pieces_add(&should, BASE + 12, 3 * PAGE);
	assert_same(&is, &should);
	assert_int_equal(cmd.dptr.sgl1.unkeyed.type, SPDK_NVME_SGL_TYPE_DATA_BLOCK);
}

static void
sgl_limits_are_kept(void **state)
{
	struct pcie_sgl sgl = begin_sgl(&g_virtual, true);

	sgl.needs_dwords = true;
	assert_int_equal(pcie_sgl_append(&sgl, (void *)(BASE + 2), 512), -EINVAL);
	assert_int_equal(pcie_sgl_append(&sgl, (void *)(BASE), 510), -EINVAL);
	assert_int_equal(pcie_sgl_append(&sgl, NVME_BIT_BUCKET, 512), 0);
	assert_int_equal(g_sgl_list[0].unkeyed.type, SPDK_NVME_SGL_TYPE_BIT_BUCKET);
	for (uint64_t i = 1; i < LIST_MAX; i++) {
		assert_int_equal(pcie_sgl_append(&sgl, (void *)(BASE + 2 * i * PAGE), 512), 0);
	}
	assert_int_equal(pcie_sgl_append(&sgl, (void *)(2 * BASE), 512), -E2BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_offset_and_length_of_one_buffer),
		cmocka_unit_test(addresses_that_are_no_multiples_of_4_are_refused),
		cmocka_unit_test(two_pieces_meet_at_pages_only),
		cmocka_unit_test(several_pieces_are_told_in_order),
		cmocka_unit_test(a_list_is_never_written_beyond_its_end),
		cmocka_unit_test(memory_that_is_scattered_is_told_as_it_lies),
		cmocka_unit_test(memory_that_the_device_does_not_see_is_refused),
		cmocka_unit_test(sgl_pieces_are_told_in_order),
		cmocka_unit_test(one_sgl_piece_needs_no_list),
		cmocka_unit_test(sgl_limits_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
