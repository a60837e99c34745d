/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checksums by tables: 'slicing by 8' (Kounavis and Berry, 2005). Eight bytes are looked up at
 * once, each in the row for as many bytes as follow it, so that no look-up waits for another.
 */
#include "base/util/crc_portable.h"

#include "base/util/crc_tables.h"
#include "spdk/endian.h"

#define SLICE_BYTES 8

/* Most significant bit first: the register meets the first bytes of a slice. */
uint16_t
crc16_t10dif_portable(uint16_t crc, const void *data, size_t size)
{
	const uint16_t(*table)[256] = crc16_t10dif_table;
	const uint8_t *b = data;

	for (; size >= SLICE_BYTES; b += SLICE_BYTES, size -= SLICE_BYTES) {
		crc = table[7][b[0] ^ crc >> 8] ^ table[6][b[1] ^ (crc & 0xff)] ^ table[5][b[2]] ^
		      table[4][b[3]] ^ table[3][b[4]] ^ table[2][b[5]] ^ table[1][b[6]] ^
		      table[0][b[7]];
	}
	for (; size > 0; b++, size--) {
		crc = (uint16_t)(crc << 8) ^ table[0][*b ^ crc >> 8];
	}
	return crc;
}

/* Both 32-bit checksums are least significant bit first, as is the one of 64 bits. */
static uint32_t
crc32_by_table(const uint32_t (*table)[256], uint32_t crc, const void *data, size_t size)
{
	const uint8_t *b = data;

	for (; size >= SLICE_BYTES; b += SLICE_BYTES, size -= SLICE_BYTES) {
		crc ^= from_le32(b);
		crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^
		      table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^ table[3][b[4]] ^
		      table[2][b[5]] ^ table[1][b[6]] ^ table[0][b[7]];
	}
	for (; size > 0; b++, size--) {
		crc = crc >> 8 ^ table[0][(crc ^ *b) & 0xff];
	}
	return crc;
}

uint32_t
crc32_ieee_portable(uint32_t crc, const void *data, size_t size)
{
	return crc32_by_table(crc32_ieee_table, crc, data, size);
}

uint32_t
crc32c_portable(uint32_t crc, const void *data, size_t size)
{
	return crc32_by_table(crc32c_table, crc, data, size);
}

uint64_t
crc64_nvme_portable(uint64_t crc, const void *data, size_t size)
{
	const uint64_t(*table)[256] = crc64_nvme_table;
	const uint8_t *b = data;

	for (; size >= SLICE_BYTES; b += SLICE_BYTES, size -= SLICE_BYTES) {
		crc ^= from_le64(b);
		crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^
		      table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24 & 0xff] ^
		      table[3][crc >> 32 & 0xff] ^ table[2][crc >> 40 & 0xff] ^
		      table[1][crc >> 48 & 0xff] ^ table[0][crc >> 56];
	}
	for (; size > 0; b++, size--) {
		crc = crc >> 8 ^ table[0][(crc ^ *b) & 0xff];
	}
	return crc;
}
