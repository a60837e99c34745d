/* SPDX-License-Identifier: BSD-3-Clause */
#include "env/pci_cover.h"

#include <sys/mman.h>

#define COVER_PAGE_SIZE 4096

bool
env_pci_cover_page(const void *addr)
{
	void *page = (void *)((uintptr_t)addr & ~(uintptr_t)(COVER_PAGE_SIZE - 1));
	int saved_errno = errno;
	void *cover;

	cover = mmap(page, COVER_PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	errno = saved_errno;
	if (cover == MAP_FAILED) {
		return false;
	}
	memset(cover, 0xff, COVER_PAGE_SIZE);
	return true;
}
