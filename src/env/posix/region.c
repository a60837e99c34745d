/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Address space that costs nothing until it is touched and can be emptied again: env_region_* of
 * env_internal.h. Private anonymous memory, so that discarding gives it back to the kernel.
 */
#include "env/env_internal.h"

void *
env_region_reserve(size_t size, size_t align)
{
	size_t page_size = sysconf(_SC_PAGESIZE), extra = align > page_size ? align : 0;
	uintptr_t start, end;
	char *addr;

	assert(size > 0 && size % page_size == 0 && (align & (align - 1)) == 0);
	if (size > SIZE_MAX - extra) {
		return NULL;
	}
	addr = mmap(NULL, size + extra, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (addr == MAP_FAILED) {
		return NULL;
	}
	if (extra == 0) {
		return addr;
	}
	start = ((uintptr_t)addr + align - 1) & ~(align - 1);
	end = (uintptr_t)addr + size + extra;
	if (start > (uintptr_t)addr) {
		munmap(addr, start - (uintptr_t)addr);
	}
	if (end > start + size) {
		munmap((void *)(start + size), end - start - size);
	}
	return (void *)start;
}

/* From Linux 5.14 on; older headers lack it, and older kernels refuse it, which costs only time. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void
env_region_populate(void *addr, size_t size)
{
	(void)madvise(addr, size, MADV_POPULATE_WRITE);
}

void
env_region_discard(void *addr, size_t size)
{
	/* The kernel refuses for locked memory (mlockall); the contents must be zeros all the same.
	 */
	if (size > 0 && madvise(addr, size, MADV_DONTNEED) != 0) {
		memset(addr, 0, size);
	}
}

void
env_region_release(void *addr, size_t size)
{
	if (addr != NULL) {
		munmap(addr, size);
	}
}
