/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory barriers, for code that shares memory with a device or, without C11 atomics, with another
 * CPU. Each also keeps the compiler from moving memory accesses across it.
 *
 *   spdk_rmb, spdk_wmb, spdk_mb              order against devices (DMA, registers) and CPUs
 *   spdk_smp_rmb, spdk_smp_wmb, spdk_smp_mb  order against other CPUs only; cheaper
 *   spdk_ivdt_dcache(pdata)                  drops the cache line of `pdata` where device writes do
 *                                            not do so by themselves (arm64); nothing elsewhere
 *
 * r orders loads with loads, w stores with stores, the plain form everything with everything.
 */
#ifndef SPDK_BARRIER_H
#define SPDK_BARRIER_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define spdk_compiler_barrier() __asm__ __volatile__("" : : : "memory")

#define spdk_rmb()              _spdk_rmb()
#define spdk_wmb()              _spdk_wmb()
#define spdk_mb()               _spdk_mb()
#define spdk_smp_rmb()          _spdk_smp_rmb()
#define spdk_smp_wmb()          _spdk_smp_wmb()
#define spdk_smp_mb()           _spdk_smp_mb()
#define spdk_ivdt_dcache(pdata) _spdk_ivdt_dcache(pdata)

#if defined(__x86_64__) || defined(__i386__)

#define _spdk_rmb() __asm__ __volatile__("lfence" : : : "memory")
#define _spdk_wmb() __asm__ __volatile__("sfence" : : : "memory")
#define _spdk_mb()  __asm__ __volatile__("mfence" : : : "memory")
/* The CPU itself keeps loads in order and stores in order; only store-then-load needs help. */
#define _spdk_smp_rmb() spdk_compiler_barrier()
#define _spdk_smp_wmb() spdk_compiler_barrier()
/* A locked no-op orders like mfence and is cheaper; so far down the stack the line is rarely busy.
 */
#ifdef __x86_64__
#define _spdk_smp_mb() __asm__ __volatile__("lock; addl $0, -128(%%rsp)" : : : "memory", "cc")
#else
#define _spdk_smp_mb() __asm__ __volatile__("lock; addl $0, -128(%%esp)" : : : "memory", "cc")
#endif
#define _spdk_ivdt_dcache(pdata)

#elif defined(__aarch64__)

#define _spdk_rmb()              __asm__ __volatile__("dsb ld" : : : "memory")
#define _spdk_wmb()              __asm__ __volatile__("dsb st" : : : "memory")
#define _spdk_mb()               __asm__ __volatile__("dsb sy" : : : "memory")
#define _spdk_smp_rmb()          __asm__ __volatile__("dmb ishld" : : : "memory")
#define _spdk_smp_wmb()          __asm__ __volatile__("dmb ishst" : : : "memory")
#define _spdk_smp_mb()           __asm__ __volatile__("dmb ish" : : : "memory")
#define _spdk_ivdt_dcache(pdata) __asm__ __volatile__("dc civac, %0" : : "r"(pdata) : "memory")

#elif defined(__riscv)

#define _spdk_rmb()     __asm__ __volatile__("fence ir, ir" : : : "memory")
#define _spdk_wmb()     __asm__ __volatile__("fence ow, ow" : : : "memory")
#define _spdk_mb()      __asm__ __volatile__("fence iorw, iorw" : : : "memory")
#define _spdk_smp_rmb() __asm__ __volatile__("fence r, r" : : : "memory")
#define _spdk_smp_wmb() __asm__ __volatile__("fence w, w" : : : "memory")
#define _spdk_smp_mb()  __asm__ __volatile__("fence rw, rw" : : : "memory")
#define _spdk_ivdt_dcache(pdata)

#elif defined(__PPC64__)

#define _spdk_rmb()     __asm__ __volatile__("sync" : : : "memory")
#define _spdk_wmb()     __asm__ __volatile__("sync" : : : "memory")
#define _spdk_mb()      __asm__ __volatile__("sync" : : : "memory")
#define _spdk_smp_rmb() __asm__ __volatile__("lwsync" : : : "memory")
#define _spdk_smp_wmb() __asm__ __volatile__("lwsync" : : : "memory")
#define _spdk_smp_mb()  __asm__ __volatile__("sync" : : : "memory")
#define _spdk_ivdt_dcache(pdata)

#elif defined(__loongarch__)

#define _spdk_rmb()     __asm__ __volatile__("dbar 0" : : : "memory")
#define _spdk_wmb()     _spdk_rmb()
#define _spdk_mb()      _spdk_rmb()
#define _spdk_smp_rmb() _spdk_rmb()
#define _spdk_smp_wmb() _spdk_rmb()
#define _spdk_smp_mb()  _spdk_rmb()
#define _spdk_ivdt_dcache(pdata)

#else
#error "spdk/barrier.h has no barriers for this architecture"
#endif

#ifdef __cplusplus
}
#endif

#endif
