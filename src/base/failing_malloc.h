/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: an allocator of the C library that fails when it is told to, for the whole program.
 * Included by the one file of a test; HAS_OWN_ALLOCATOR is defined, and nothing else, where a
 * sanitizer has replaced the allocator already.
 */
#ifndef SPINDLE_FAILING_MALLOC_H
#define SPINDLE_FAILING_MALLOC_H

#include "spdk/stdinc.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define HAS_OWN_ALLOCATOR 1
#endif

#ifndef HAS_OWN_ALLOCATOR
/* Allocations of this OS thread until one fails; -1: none fails. */
static __thread long t_allocations_left = -1;
/* Whether those after it fail as well. */
static bool g_are_all_failing;
static long g_failures;
/* What this OS thread has allocated, less what it has freed. */
static __thread long t_live;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *addr, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *addr);

static bool
is_failing(void)
{
	if (t_allocations_left < 0) {
		return false;
	}
	if (t_allocations_left > 0) {
		t_allocations_left--;
		return false;
	}
	if (!g_are_all_failing) {
		t_allocations_left = -1;
	}
	g_failures++;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *addr)
{
	t_live += addr != NULL;
	return addr;
}

void *
malloc(size_t size)
{
	return is_failing() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return is_failing() ? NULL : counted(__libc_calloc(count, size));
}

void *
realloc(void *addr, size_t size)
{
	if (is_failing()) {
		return NULL;
	}
	return addr == NULL ? counted(__libc_realloc(addr, size)) : __libc_realloc(addr, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return is_failing() ? NULL : counted(__libc_memalign(align, size));
}

int
posix_memalign(void **out_addr, size_t align, size_t size)
{
	if (is_failing()) {
		return ENOMEM;
	}
	*out_addr = counted(__libc_memalign(align, size));
	return *out_addr == NULL ? ENOMEM : 0;
}

void
free(void *addr)
{
	t_live -= addr != NULL;
	__libc_free(addr);
}
#endif /* HAS_OWN_ALLOCATOR */

#endif
