/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Work on whole buffers by ISA-L, which picks the functions for the processor at their first call.
 *
 * Its older functions take sizes as int, and its exclusive or takes pointers that are aligned. What
 * a release does not have yet (SPINDLE_ISAL_HAS_..., from the build) is our own.
 */
#include <isa-l/crc.h>
#include <isa-l/crc64.h>
#include <isa-l/raid.h>

#include "base/util/bulk.h"
#include "base/util/crc_portable.h"
#include "base/util/xor_portable.h"

#define XOR_ALIGNMENT   32
#define XOR_SOURCES_MAX 32
/* Divisible by XOR_ALIGNMENT, so that pieces of aligned buffers are aligned. */
#define PIECE_BYTES_MAX ((size_t)1 << 30)

uint16_t
bulk_crc16_t10dif(uint16_t crc, const void *data, size_t size)
{
	return crc16_t10dif(crc, data, size);
}

uint16_t
bulk_crc16_t10dif_copy(uint16_t crc, void *target, const void *data, size_t size)
{
	/* It only reads what it does not call const. */
	return crc16_t10dif_copy(crc, target, (uint8_t *)(uintptr_t)data, size);
}

uint32_t
bulk_crc32_ieee(uint32_t crc, const void *data, size_t size)
{
	/* It inverts on the way in and out. */
	return ~crc32_gzip_refl(~crc, data, size);
}

uint32_t
bulk_crc32c(uint32_t crc, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t piece;

	for (; size > 0; size -= piece, bytes += piece) {
		piece = size < PIECE_BYTES_MAX ? size : PIECE_BYTES_MAX;
		/* It only reads what it does not call const. */
		crc = crc32_iscsi((unsigned char *)(uintptr_t)bytes, (int)piece, crc);
	}
	return crc;
}

uint64_t
bulk_crc64_nvme(uint64_t crc, const void *data, size_t size)
{
#ifdef SPINDLE_ISAL_HAS_CRC64_ROCKSOFT
	/* It inverts on the way in and out. */
	return ~crc64_rocksoft_refl(~crc, data, size);
#else
	return crc64_nvme_portable(crc, data, size);
#endif
}

static bool
is_xor_aligned(const void *target, void *const *sources, uint32_t sources_count)
{
	uintptr_t bits = (uintptr_t)target;
	uint32_t i;

	for (i = 0; i < sources_count; i++) {
		bits |= (uintptr_t)sources[i];
	}
	return bits % XOR_ALIGNMENT == 0;
}

void
bulk_xor(void *target, void *const *sources, uint32_t sources_count, size_t size)
{
	void *vectors[XOR_SOURCES_MAX + 1];
	size_t offset, piece;
	uint32_t i;

	if (sources_count < 2 || sources_count > XOR_SOURCES_MAX ||
	    !is_xor_aligned(target, sources, sources_count)) {
		xor_portable(target, sources, sources_count, size);
		return;
	}
	for (offset = 0; offset < size; offset += piece) {
		piece = size - offset < PIECE_BYTES_MAX ? size - offset : PIECE_BYTES_MAX;
		for (i = 0; i < sources_count; i++) {
			vectors[i] = (uint8_t *)sources[i] + offset;
		}
		vectors[sources_count] = (uint8_t *)target + offset;
		if (xor_gen((int)sources_count + 1, (int)piece, vectors) != 0) {
			/* It says no before it has written, and not why. */
			xor_portable(vectors[sources_count], vectors, sources_count, piece);
		}
	}
}
