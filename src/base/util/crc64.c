/* SPDX-License-Identifier: BSD-3-Clause */
/* The 64-bit checksum of NVMe's protection information. */
#include "spdk/crc64.h"

#include "base/util/bulk.h"

uint64_t
spdk_crc64_nvme(const void *buf, size_t len, uint64_t crc)
{
	return ~bulk_crc64_nvme(~crc, buf, len);
}
