/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mem maps of the environment itself: physical addresses and NUMA nodes.
 *
 * 1. A physical address is only of use if the kernel cannot move the page meanwhile. It moves
 *    ordinary pages, locked or not, whenever it compacts memory; it leaves those of hugetlbfs where
 *    they are. So a translation is entered only for a range of 2 MiB that lies together in such
 *    pages, and SPDK_VTOPHYS_ERROR is the answer for all others.
 * 2. /proc/self/pagemap shows page frames, and /proc/kpageflags their kind, to CAP_SYS_ADMIN only;
 *    to others the frame number is 0.
 * 3. A BAR that is registered as memory has its bus address.
 * 4. No physical address is no reason to refuse a registration: emulated devices, files and sockets
 *    do without.
 */
#include "env/posix/vtophys.h"

#include "env/posix/dma.h"
#include "env/posix/pages.h"
#include "env/posix/pci_bars.h"
#include "spdk/log.h"

#define PAGEMAP_FRAME_MASK ((1ULL << 55) - 1)
#define PAGEMAP_PRESENT    (1ULL << 63)
#define KPAGEFLAGS_HUGE    (1ULL << 17)
/* 2 MiB in pages of 4 KiB, the smallest there are. */
#define FRAMES_MAX 512

static struct spdk_mem_map *phys_map;
static struct spdk_mem_map *numa_map;
static int pagemap_fd = -1;
static int kpageflags_fd = -1;
/* This OS thread registers an arena of ordinary pages, which must not be touched only to be looked
 * at. */
static __thread bool is_ordinary_arena;

/* Reads the entries of the 2 MiB at addr, which have been touched. */
static bool
read_frames(const void *addr, uint64_t *frames, size_t count, size_t page_size)
{
	ssize_t length = count * sizeof(*frames);
	off_t offset = (uintptr_t)addr / page_size * sizeof(*frames);

	return pread(pagemap_fd, frames, length, offset) == length;
}

static bool
is_huge_frame(uint64_t frame)
{
	uint64_t flags;

	return pread(kpageflags_fd, &flags, sizeof(flags), frame * sizeof(flags)) ==
		       sizeof(flags) &&
	       (flags & KPAGEFLAGS_HUGE) != 0;
}

/*
 * What has not been touched is not there yet. Reading is enough, because it is no private mapping;
 * and the kernel reads, so that an address without memory is an error and no fault.
 */
static bool
touch(const void *addr)
{
	char byte;
	struct iovec local = {.iov_base = &byte, .iov_len = 1};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)addr, .iov_len = 1};

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1;
}

static uint64_t
find_phys(const void *addr)
{
	size_t page_size = sysconf(_SC_PAGESIZE), count = PAGES_ALIGN / page_size, i;
	uint64_t frames[FRAMES_MAX], first;

	if (!touch(addr)) {
		return SPDK_VTOPHYS_ERROR;
	}
	if (count > FRAMES_MAX || !read_frames(addr, frames, count, page_size)) {
		return SPDK_VTOPHYS_ERROR;
	}
	first = frames[0] & PAGEMAP_FRAME_MASK;
	for (i = 0; i < count; i++) {
		if ((frames[i] & PAGEMAP_PRESENT) == 0 ||
		    (frames[i] & PAGEMAP_FRAME_MASK) != first + i) {
			return SPDK_VTOPHYS_ERROR;
		}
	}
	if (first == 0 || !is_huge_frame(first)) {
		return SPDK_VTOPHYS_ERROR;
	}
	return first * page_size;
}

static int
phys_notify(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action,
	    void *vaddr, size_t size)
{
	uint64_t phys, bus_addr;
	bool is_bar;
	size_t offset;
	int rc;

	if (is_ordinary_arena) {
		return 0;
	}
	is_bar = pci_bars_find(vaddr, size, &bus_addr);
	if (action == SPDK_MEM_MAP_NOTIFY_UNREGISTER) {
		return spdk_mem_map_clear_translation(map, (uintptr_t)vaddr, size);
	}
	for (offset = 0; offset < size; offset += PAGES_ALIGN) {
		phys = is_bar ? bus_addr + offset : find_phys((char *)vaddr + offset);
		rc = spdk_mem_map_set_translation(map, (uintptr_t)vaddr + offset, PAGES_ALIGN,
						  phys);
		if (rc != 0) {
			(void)spdk_mem_map_clear_translation(map, (uintptr_t)vaddr, offset);
			return rc;
		}
	}
	return 0;
}

static int
is_phys_contiguous(uint64_t addr_1, uint64_t addr_2)
{
	return addr_1 != SPDK_VTOPHYS_ERROR && addr_1 + PAGES_ALIGN == addr_2;
}

static int
is_numa_same(uint64_t node_1, uint64_t node_2)
{
	return node_1 == node_2;
}

bool
vtophys_is_known(void)
{
	return phys_map != NULL;
}

/* Whether the kernel shows page frames to this user. */
static bool
is_pagemap_open(void)
{
	char byte = 1;
	size_t page_size = sysconf(_SC_PAGESIZE);
	uint64_t entry;

	pagemap_fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	kpageflags_fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	return pagemap_fd >= 0 && kpageflags_fd >= 0 &&
	       read_frames((void *)((uintptr_t)&byte & ~(page_size - 1)), &entry, 1, page_size) &&
	       (entry & PAGEMAP_FRAME_MASK) != 0;
}

static void
close_files(void)
{
	if (pagemap_fd >= 0) {
		close(pagemap_fd);
		pagemap_fd = -1;
	}
	if (kpageflags_fd >= 0) {
		close(kpageflags_fd);
		kpageflags_fd = -1;
	}
}

static int
check_iova_mode(const struct spdk_env_opts *opts, bool is_known)
{
	const char *mode = opts->iova_mode;

	if (mode == NULL || strcmp(mode, "pa") != 0) {
		return 0;
	}
	if (opts->no_huge) {
		SPDK_ERRLOG("iova_mode 'pa' and no_huge exclude each other: ordinary pages have no "
			    "lasting physical address. Leave one of them out.\n");
		return -EINVAL;
	}
	if (!is_known) {
		SPDK_ERRLOG(
			"iova_mode 'pa': the kernel does not show physical addresses to this user. "
			"Give the program CAP_SYS_ADMIN, or leave the option out.\n");
		return -EPERM;
	}
	return 0;
}

int
vtophys_init(const struct spdk_env_opts *opts)
{
	static const struct spdk_mem_map_ops phys_ops = {.notify_cb = phys_notify,
							 .are_contiguous = is_phys_contiguous};
	static const struct spdk_mem_map_ops numa_ops = {.are_contiguous = is_numa_same};
	bool is_known = is_pagemap_open();
	int rc = check_iova_mode(opts, is_known);

	if (rc != 0) {
		goto close_files;
	}
	rc = -ENOMEM;
	numa_map = spdk_mem_map_alloc((uint32_t)SPDK_ENV_NUMA_ID_ANY, &numa_ops, NULL);
	if (numa_map == NULL) {
		goto close_files;
	}
	if (!is_known) {
		close_files();
		return 0;
	}
	phys_map = spdk_mem_map_alloc(SPDK_VTOPHYS_ERROR, &phys_ops, NULL);
	if (phys_map == NULL) {
		goto free_numa_map;
	}
	dma_set_physical(phys_map);
	return 0;

free_numa_map:
	spdk_mem_map_free(&numa_map);
close_files:
	close_files();
	return rc;
}

void
vtophys_fini(void)
{
	dma_set_physical(NULL);
	if (phys_map != NULL) {
		spdk_mem_map_free(&phys_map);
	}
	if (numa_map != NULL) {
		spdk_mem_map_free(&numa_map);
	}
	close_files();
}

int
vtophys_register_arena(void *addr, size_t size, int numa_id, bool is_huge)
{
	int rc = spdk_mem_map_set_translation(numa_map, (uintptr_t)addr, size, (uint32_t)numa_id);

	if (rc != 0) {
		return rc;
	}
	is_ordinary_arena = !is_huge;
	rc = spdk_mem_register(addr, size);
	is_ordinary_arena = false;
	if (rc != 0) {
		(void)spdk_mem_map_clear_translation(numa_map, (uintptr_t)addr, size);
	}
	return rc;
}

int
vtophys_unregister_arena(void *addr, size_t size)
{
	int rc = spdk_mem_unregister(addr, size);

	if (rc == 0) {
		(void)spdk_mem_map_clear_translation(numa_map, (uintptr_t)addr, size);
	}
	return rc;
}

bool
vtophys_is_up(const char *caller)
{
	if (numa_map == NULL) {
		SPDK_ERRLOG(
			"%s(): the environment is not up. Call spdk_env_init() or spdk_app_start() "
			"first.\n",
			caller);
		return false;
	}
	return true;
}

int32_t
spdk_mem_get_numa_id(const void *buf, uint64_t *size)
{
	if (!vtophys_is_up(__func__)) {
		return SPDK_ENV_NUMA_ID_ANY;
	}
	return (int32_t)spdk_mem_map_translate(numa_map, (uintptr_t)buf, size);
}
