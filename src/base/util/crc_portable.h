/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checksums by tables, eight bytes at a time, on any machine. All of them work on the bare
 * register: nothing is inverted.
 */
#ifndef BASE_UTIL_CRC_PORTABLE_H
#define BASE_UTIL_CRC_PORTABLE_H

#include "spdk/stdinc.h"

uint16_t crc16_t10dif_portable(uint16_t crc, const void *data, size_t size);
uint32_t crc32_ieee_portable(uint32_t crc, const void *data, size_t size);
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size);
uint64_t crc64_nvme_portable(uint64_t crc, const void *data, size_t size);

#endif /* BASE_UTIL_CRC_PORTABLE_H */
