/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC-32C by the instruction that came with SSE4.2. Compiled for the baseline but for the one
 * function whose name says what it needs.
 */
#include <nmmintrin.h>

#include "base/util/crc32c_machine.h"

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse42(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint64_t wide = crc, word;

	for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		wide = _mm_crc32_u64(wide, word);
	}
	crc = (uint32_t)wide;
	for (; size > 0; bytes++, size--) {
		crc = _mm_crc32_u8(crc, *bytes);
	}
	return crc;
}

crc32c_fn
crc32c_machine(void)
{
	return __builtin_cpu_supports("sse4.2") ? crc32c_sse42 : NULL;
}
