/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Work on whole buffers, by the best that this build has: bulk_isal.c where ISA-L was there when it
 * was built, else bulk_own.c. Both pick what the processor can do at run time.
 */
#ifndef BASE_UTIL_BULK_H
#define BASE_UTIL_BULK_H

#include "spdk/stdinc.h"

/* Checksums on the bare register: nothing is inverted. */
uint16_t bulk_crc16_t10dif(uint16_t crc, const void *data, size_t size);
uint16_t bulk_crc16_t10dif_copy(uint16_t crc, void *target, const void *data, size_t size);
uint32_t bulk_crc32_ieee(uint32_t crc, const void *data, size_t size);
uint32_t bulk_crc32c(uint32_t crc, const void *data, size_t size);
uint64_t bulk_crc64_nvme(uint64_t crc, const void *data, size_t size);

/* At least one source, which may be the target; any alignment. */
void bulk_xor(void *target, void *const *sources, uint32_t sources_count, size_t size);

#endif /* BASE_UTIL_BULK_H */
