/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums of 32 bits. */
#include "spdk/crc32.h"

#include "base/util/bulk.h"
#include "spdk/assert.h"

SPDK_STATIC_ASSERT(sizeof(uint32_t) == SPDK_CRC32_SIZE_BYTES, "interface: their size");

uint32_t
spdk_crc32_ieee_update(const void *buf, size_t len, uint32_t crc)
{
	return bulk_crc32_ieee(crc, buf, len);
}

uint32_t
spdk_crc32c_update(const void *buf, size_t len, uint32_t crc)
{
	return bulk_crc32c(crc, buf, len);
}

uint32_t
spdk_crc32c_iov_update(struct iovec *iov, int iovcnt, uint32_t crc32c)
{
	int i;

	if (iov == NULL) {
		return crc32c;
	}
	for (i = 0; i < iovcnt; i++) {
		crc32c = bulk_crc32c(crc32c, iov[i].iov_base, iov[i].iov_len);
	}
	return crc32c;
}

uint32_t
spdk_crc32c_nvme(const void *buf, size_t len, uint32_t crc)
{
	return ~bulk_crc32c(~crc, buf, len);
}
