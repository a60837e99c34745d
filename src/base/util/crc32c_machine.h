/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC-32C by the processor's own instruction. The build takes one of crc32c_machine_x86_64.c,
 * _aarch64.c and _any.c; whether the processor has the instruction is asked at run time.
 */
#ifndef BASE_UTIL_CRC32C_MACHINE_H
#define BASE_UTIL_CRC32C_MACHINE_H

#include "spdk/stdinc.h"

typedef uint32_t (*crc32c_fn)(uint32_t crc, const void *data, size_t size);

/* The function that uses it, or NULL where there is none. It works on the bare register. */
crc32c_fn crc32c_machine(void);

#endif /* BASE_UTIL_CRC32C_MACHINE_H */
