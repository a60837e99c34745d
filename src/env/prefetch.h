/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hints to the caches of the CPU. They change nothing but time, whatever the address: it may be
 * stale or no memory at all.
 *
 * Macros, because a compiler takes a function that contains nothing but __builtin_prefetch() for
 * one without effect, and drops its calls.
 */
#ifndef SPINDLE_ENV_PREFETCH_H
#define SPINDLE_ENV_PREFETCH_H

/* Fetches a line for reading: others may keep it. */
#define env_prefetch_to_read(address) __builtin_prefetch(address, 0, 3)

/*
 * Fetches a line for writing, so that it is not fetched for reading first and asked for once more.
 * For x86-64 the builtin means that only where the compiler may assume the instruction. All CPUs
 * know it, or take it for one that does nothing.
 */
#if defined(__x86_64__)
#define env_prefetch_to_write(address) \
	__asm__ volatile("prefetchw %0" : : "m"(*(const volatile char *)(address)))
#else
#define env_prefetch_to_write(address) __builtin_prefetch(address, 1, 3)
#endif

#endif
