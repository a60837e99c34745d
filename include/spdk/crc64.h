/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The 64-bit checksum of NVMe's protection information.
 */
#ifndef SPDK_CRC64_H
#define SPDK_CRC64_H

#include "spdk/config.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The checksum of `len` bytes that follow bytes with the checksum `crc`.
 *
 * Shape: 0 to begin with; the result is final as it is.
 * Source: the 64b guard of the NVM command set (polynomial AD93D23594C93659h, which others call
 * Rocksoft); least significant bit first, inverted on the way in and out.
 */
uint64_t spdk_crc64_nvme(const void *buf, size_t len, uint64_t crc);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_CRC64_H */
