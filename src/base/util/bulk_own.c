/* SPDX-License-Identifier: BSD-3-Clause */
/* Work on whole buffers by our own code alone. */
#include <stdatomic.h>

#include "base/util/bulk.h"
#include "base/util/crc32c_machine.h"
#include "base/util/crc_portable.h"
#include "base/util/xor_portable.h"

/* A piece stays in the first-level cache between its checksum and its copy. */
#define COPY_PIECE_BYTES 4096

static uint32_t crc32c_pick(uint32_t crc, const void *data, size_t size);

/*
 * The first call replaces it. Relaxed, because nothing but the pointer itself is published; threads
 * that come at the same time store the same. An ifunc would do this in the dynamic linker, before
 * sanitizers and static programs are ready for it.
 */
static _Atomic(crc32c_fn) crc32c_picked = crc32c_pick;

static uint32_t
crc32c_pick(uint32_t crc, const void *data, size_t size)
{
	crc32c_fn fn = crc32c_machine();

	if (fn == NULL) {
		fn = crc32c_portable;
	}
	atomic_store_explicit(&crc32c_picked, fn, memory_order_relaxed);
	return fn(crc, data, size);
}

uint16_t
bulk_crc16_t10dif(uint16_t crc, const void *data, size_t size)
{
	return crc16_t10dif_portable(crc, data, size);
}

uint16_t
bulk_crc16_t10dif_copy(uint16_t crc, void *target, const void *data, size_t size)
{
	const uint8_t *from = data;
	uint8_t *to = target;
	size_t piece;

	for (; size > 0; size -= piece, from += piece, to += piece) {
		piece = size < COPY_PIECE_BYTES ? size : COPY_PIECE_BYTES;
		crc = crc16_t10dif_portable(crc, from, piece);
		memcpy(to, from, piece);
	}
	return crc;
}

uint32_t
bulk_crc32_ieee(uint32_t crc, const void *data, size_t size)
{
	return crc32_ieee_portable(crc, data, size);
}

uint32_t
bulk_crc32c(uint32_t crc, const void *data, size_t size)
{
	return atomic_load_explicit(&crc32c_picked, memory_order_relaxed)(crc, data, size);
}

uint64_t
bulk_crc64_nvme(uint64_t crc, const void *data, size_t size)
{
	return crc64_nvme_portable(crc, data, size);
}

void
bulk_xor(void *target, void *const *sources, uint32_t sources_count, size_t size)
{
	xor_portable(target, sources, sources_count, size);
}
