/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Registers of devices. Each call makes one access of exactly the width in its name, and what the
 * program did before stays before it in the compiled code. Order as the device sees it needs the
 * barriers of spdk/barrier.h besides.
 */
#ifndef SPDK_MMIO_H
#define SPDK_MMIO_H

#include "spdk/barrier.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Whether a 64-bit access is one transaction on the bus. Where it is not, those of 8 bytes are two
 * of 4. */
#if defined(__x86_64__)
#define SPDK_MMIO_64BIT 1
#else
#define SPDK_MMIO_64BIT 0
#endif

/** Reads a register of 8 bits. */
static inline uint8_t
spdk_mmio_read_1(const volatile uint8_t *addr)
{
	spdk_compiler_barrier();
	return addr[0];
}

/** Writes a register of 8 bits. */
static inline void
spdk_mmio_write_1(volatile uint8_t *addr, uint8_t val)
{
	spdk_compiler_barrier();
	addr[0] = val;
}

/** Reads a register of 16 bits. */
static inline uint16_t
spdk_mmio_read_2(const volatile uint16_t *addr)
{
	spdk_compiler_barrier();
	return addr[0];
}

/** Writes a register of 16 bits. */
static inline void
spdk_mmio_write_2(volatile uint16_t *addr, uint16_t val)
{
	spdk_compiler_barrier();
	addr[0] = val;
}

/** Reads a register of 32 bits. */
static inline uint32_t
spdk_mmio_read_4(const volatile uint32_t *addr)
{
	spdk_compiler_barrier();
	return addr[0];
}

/** Writes a register of 32 bits. */
static inline void
spdk_mmio_write_4(volatile uint32_t *addr, uint32_t val)
{
	spdk_compiler_barrier();
	addr[0] = val;
}

/**
 * Reads a register of 64 bits.
 *
 * Shape: where SPDK_MMIO_64BIT is 0, the half at the lower address first, which some devices ask
 * for. For the other order use spdk_mmio_read_4() twice.
 */
static inline uint64_t
spdk_mmio_read_8(volatile uint64_t *addr)
{
#if SPDK_MMIO_64BIT
	spdk_compiler_barrier();
	return addr[0];
#else
	volatile uint32_t *half = (volatile uint32_t *)addr;
	uint64_t low = spdk_mmio_read_4(&half[0]);
	uint64_t high = spdk_mmio_read_4(&half[1]);

	return high << 32 | low;
#endif
}

/** Writes a register of 64 bits; where SPDK_MMIO_64BIT is 0, its low half first. */
static inline void
spdk_mmio_write_8(volatile uint64_t *addr, uint64_t val)
{
#if SPDK_MMIO_64BIT
	spdk_compiler_barrier();
	addr[0] = val;
#else
	volatile uint32_t *half = (volatile uint32_t *)addr;

	spdk_mmio_write_4(&half[0], (uint32_t)val);
	spdk_mmio_write_4(&half[1], (uint32_t)(val >> 32));
#endif
}

#ifdef __cplusplus
}
#endif

#endif /* SPDK_MMIO_H */
