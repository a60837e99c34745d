/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Order between this CPU and a device that reads and writes the same cached memory. Lighter than
 * spdk_rmb() and spdk_wmb() where the CPU keeps that order itself, and as strong where it does not.
 *
 *   env_dma_rmb()   loads after it see what the device wrote before what loads before it saw.
 *   env_dma_wmb()   the device sees stores before it no later than those after it, be they to
 *                   memory or, on the same CPU, to an uncached register.
 *
 * Memory that is mapped write combining (that of a device) needs spdk_wmb().
 */
#ifndef SPINDLE_ENV_DMA_BARRIER_H
#define SPINDLE_ENV_DMA_BARRIER_H

#include "spdk/barrier.h"

#if defined(__x86_64__) || defined(__i386__)
/* Loads of cached memory are in order, and stores too, those to uncached memory included. */
#define env_dma_rmb() spdk_compiler_barrier()
#define env_dma_wmb() spdk_compiler_barrier()
#else
#define env_dma_rmb() spdk_rmb()
#define env_dma_wmb() spdk_wmb()
#endif

#endif
