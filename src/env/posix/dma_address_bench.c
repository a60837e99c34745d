/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What it costs a driver to find out which address to tell a device: median and spread of several
 * runs, in nanoseconds for each page of 4 KiB, over pages in random order.
 */
#include "env/dma_address.h"
#include "env/posix/mem_map.h"

#define RUNS       9
#define LOOKUPS    2000000
#define MEMORY     (UINT64_C(256) << 20)
#define MEMORY_AT  UINT64_C(0x200000000000)
#define IOVA       (UINT64_C(5) << 32)
#define PAGE_BYTES 4096
#define PAGES      (MEMORY / PAGE_BYTES)
#define IO_BYTES   (128 * 1024)

static uint32_t g_order[PAGES];
static volatile uint64_t g_sum;

static const void *
page(uint64_t i)
{
	return (const void *)(MEMORY_AT + (uint64_t)g_order[i % PAGES] * PAGE_BYTES);
}

static uint64_t
look_up(const struct env_dma *dma)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		sum += env_dma_address(dma, page(i));
	}
	return sum;
}

static uint64_t
look_up_run(const struct env_dma *dma)
{
	uint64_t sum = 0, size;

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		size = IO_BYTES;
		sum += env_dma_address_run(dma, page(i), &size) + size;
	}
	return sum;
}

static uint64_t
call(const struct env_dma *dma)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		sum += spdk_vtophys(page(i), NULL);
	}
	return sum;
}

static int
compare(const void *left, const void *right)
{
	double first = *(const double *)left, second = *(const double *)right;

	return first < second ? -1 : first > second;
}

static void
measure(const char *what, uint64_t (*fn)(const struct env_dma *dma), const struct env_dma *dma)
{
	double costs[RUNS];
	uint64_t start;

	for (int i = 0; i < RUNS; i++) {
		start = spdk_get_ticks();
		g_sum += fn(dma);
		costs[i] = (double)(spdk_get_ticks() - start) * 1e9 / (double)spdk_get_ticks_hz() /
			   LOOKUPS;
	}
	qsort(costs, RUNS, sizeof(*costs), compare);
	printf("%-44s %7.2f ns  (%.2f - %.2f)\n", what, costs[RUNS / 2], costs[0], costs[RUNS - 1]);
}

int
main(void)
{
	struct env_dma virtual = {.is_virtual = true}, iova = {0};
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	unsigned int seed = 1;
	struct spdk_mem_map *map;

	spdk_env_opts_init(&opts);
	opts.no_pci = true;
	if (spdk_env_init(&opts) != 0) {
		return 1;
	}
	map = mem_map_create(ENV_DMA_ERROR, NULL, NULL);
	if (map == NULL) {
		return 1;
	}
	for (uint64_t offset = 0; offset < MEMORY; offset += ENV_DMA_PAGE_SIZE) {
		if (spdk_mem_map_set_translation(map, MEMORY_AT + offset, ENV_DMA_PAGE_SIZE,
						 IOVA + offset) != 0) {
			return 1;
		}
	}
	for (uint32_t i = 0; i < PAGES; i++) {
		g_order[i] = (uint32_t)rand_r(&seed) % PAGES;
	}
	iova.table = map->leaves;
	measure("device that is a program", look_up, &virtual);
	measure("device of vfio or uio, page", look_up, &iova);
	measure("device of vfio or uio, 128 KiB in one piece", look_up_run, &iova);
	measure("spdk_vtophys()", call, &iova);
	mem_map_destroy(map);
	spdk_env_fini();
	return 0;
}
