/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The 16-bit checksum of protection information (T10 DIF; NVMe calls it the 16b guard).
 */
#ifndef SPDK_CRC16_H
#define SPDK_CRC16_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** x^16 + x^15 + x^11 + x^9 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1, its highest power left out. */
#define SPDK_T10DIF_CRC16_POLYNOMIAL 0x8bb7u

/**
 * The checksum of `len` bytes that follow bytes with the checksum `init_crc`.
 *
 * Shape: 0 to begin with; the result is final as it is, and goes on the wire big-endian.
 * Source: SBC-4, 'CRC test cases'; most significant bit first, nothing inverted.
 */
uint16_t spdk_crc16_t10dif(uint16_t init_crc, const void *buf, size_t len);

/**
 * spdk_crc16_t10dif() of `src`, which it copies to `dst` on the way.
 *
 * Shape: they do not overlap. `src` is not written to.
 */
uint16_t spdk_crc16_t10dif_copy(uint16_t init_crc, uint8_t *dst, uint8_t *src, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_CRC16_H */
