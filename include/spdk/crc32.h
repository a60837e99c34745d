/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Checksums of 32 bits: the one of Ethernet, zip and GPT (IEEE 802.3), and CRC-32C (Castagnoli) of
 * iSCSI and NVMe.
 *
 * The functions named update work on the bare register: the caller begins with ~0 and inverts the
 * result of the last call. spdk_crc32c_nvme() inverts by itself, on the way in and out.
 */
#ifndef SPDK_CRC32_H
#define SPDK_CRC32_H

#include "spdk/config.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SPDK_CRC32_SIZE_BYTES 4

/**
 * The IEEE 802.3 register after `len` more bytes.
 *
 * Shape: `crc` is ~0 for the first bytes, then the result of the call before; the checksum is the
 * inverse of the last result.
 */
uint32_t spdk_crc32_ieee_update(const void *buf, size_t len, uint32_t crc);

/** spdk_crc32_ieee_update() with the polynomial of CRC-32C. */
uint32_t spdk_crc32c_update(const void *buf, size_t len, uint32_t crc);

/**
 * spdk_crc32c_update() over buffers one after the other.
 *
 * Shape: `iov` may be NULL, which stands for no bytes at all; a count of 0 or below as well.
 */
uint32_t spdk_crc32c_iov_update(struct iovec *iov, int iovcnt, uint32_t crc32c);

/**
 * The CRC-32C checksum of `len` bytes that follow bytes with the checksum `crc`.
 *
 * Shape: 0 to begin with; the result is final as it is.
 * Source: the 32b guard of NVMe's protection information.
 */
uint32_t spdk_crc32c_nvme(const void *buf, size_t len, uint32_t crc);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_CRC32_H */
