/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of the checksums, made by gen_crc_tables.py while building; it says what is in them. */
#ifndef BASE_UTIL_CRC_TABLES_H
#define BASE_UTIL_CRC_TABLES_H

#include "spdk/stdinc.h"

#define CRC_TABLE_ROWS 8

extern const uint16_t crc16_t10dif_table[CRC_TABLE_ROWS][256];
extern const uint32_t crc32_ieee_table[CRC_TABLE_ROWS][256];
extern const uint32_t crc32c_table[CRC_TABLE_ROWS][256];
extern const uint64_t crc64_nvme_table[CRC_TABLE_ROWS][256];

#endif /* BASE_UTIL_CRC_TABLES_H */
