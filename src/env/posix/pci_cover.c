/* SPDX-License-Identifier: BSD-3-Clause */
#include "env/pci_cover.h"

#include <sys/mman.h>

/* Read before main(), not when a signal is handled. */
static size_t g_page_size;

__attribute__((constructor)) static void
read_page_size(void)
{
	g_page_size = (size_t)sysconf(_SC_PAGESIZE);
}

bool
env_pci_cover_page(const void *addr)
{
	void *page = (void *)((uintptr_t)addr & ~(uintptr_t)(g_page_size - 1));
	int saved_errno = errno;
	void *cover;

	cover = mmap(page, g_page_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	errno = saved_errno;
	if (cover == MAP_FAILED) {
		return false;
	}
	memset(cover, 0xff, g_page_size);
	return true;
}
