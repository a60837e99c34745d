/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC-32C by the instructions that ARMv8.0 has as an option, and ARMv8.1 always. They are written
 * as assembly because compilers have their intrinsics only for files that need the option as a
 * whole.
 */
#include <asm/hwcap.h>
#include <sys/auxv.h>

#include "base/util/crc32c_machine.h"
#include "spdk/endian.h"

static uint32_t
crc32c_crc32hw(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint64_t word;

	for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
		/* The instruction takes the lowest byte for the first. */
		word = from_le64(bytes);
		__asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
	}
	for (; size > 0; bytes++, size--) {
		__asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1"
			: "+r"(crc)
			: "r"((uint32_t)*bytes));
	}
	return crc;
}

crc32c_fn
crc32c_machine(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0 ? crc32c_crc32hw : NULL;
}
