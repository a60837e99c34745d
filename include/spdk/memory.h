/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Arithmetic with the sizes of pages: 4 KiB, and 2 MiB, in which memory maps count.
 */
#ifndef SPDK_MEMORY_H
#define SPDK_MEMORY_H

#include "spdk/stdinc.h"

/** Whether the system that is compiled for can have VFIO at all: Linux since 3.6. */
#ifdef __linux__
#include <linux/version.h>
#define VFIO_ENABLED (LINUX_VERSION_CODE >= KERNEL_VERSION(3, 6, 0))
#else
#define VFIO_ENABLED 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SHIFT_2MB 21
#define VALUE_2MB (1ULL << SHIFT_2MB)
#define MASK_2MB  (VALUE_2MB - 1)

#define SHIFT_4KB 12
#define VALUE_4KB (1ULL << SHIFT_4KB)
#define MASK_4KB  (VALUE_4KB - 1)

/* Where within its page of 4 KiB or 2 MiB an address lies. */
#define _4KB_OFFSET(ptr) (MASK_4KB & (uintptr_t)(ptr))
#define _2MB_OFFSET(ptr) (MASK_2MB & (uintptr_t)(ptr))

/* The multiple of 2 MiB that is not above an address, and the one that is not below it. */
#define FLOOR_2MB(x)   (~MASK_2MB & (uintptr_t)(x))
#define CEIL_2MB(x)    FLOOR_2MB(MASK_2MB + (uintptr_t)(x))
#define _2MB_PAGE(ptr) FLOOR_2MB(ptr)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_MEMORY_H */
