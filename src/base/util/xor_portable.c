/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exclusive or of buffers, a cache line of all sources at a time, so that the target is written
 * once. The vectors are the compiler's: it makes of them what the machine's baseline has.
 */
#include "base/util/xor_portable.h"

#define VECTOR_BYTES 16
#define LINE_BYTES   (4 * VECTOR_BYTES)

typedef uint64_t vector __attribute__((vector_size(VECTOR_BYTES)));

static vector
load(const void *source, size_t offset)
{
	vector loaded;

	memcpy(&loaded, (const uint8_t *)source + offset, sizeof(loaded));
	return loaded;
}

static void
store(void *target, size_t offset, vector stored)
{
	memcpy((uint8_t *)target + offset, &stored, sizeof(stored));
}

/* Four variables and no array: compilers keep those in registers at every level of optimisation. */
static void
xor_line(uint8_t *target, void *const *sources, uint32_t sources_count, size_t offset)
{
	vector a = load(sources[0], offset);
	vector b = load(sources[0], offset + VECTOR_BYTES);
	vector c = load(sources[0], offset + 2 * VECTOR_BYTES);
	vector d = load(sources[0], offset + 3 * VECTOR_BYTES);
	uint32_t i;

	for (i = 1; i < sources_count; i++) {
		a ^= load(sources[i], offset);
		b ^= load(sources[i], offset + VECTOR_BYTES);
		c ^= load(sources[i], offset + 2 * VECTOR_BYTES);
		d ^= load(sources[i], offset + 3 * VECTOR_BYTES);
	}
	store(target, offset, a);
	store(target, offset + VECTOR_BYTES, b);
	store(target, offset + 2 * VECTOR_BYTES, c);
	store(target, offset + 3 * VECTOR_BYTES, d);
}

void
xor_portable(void *target, void *const *sources, uint32_t sources_count, size_t size)
{
	uint8_t *to = target, byte;
	size_t offset = 0;
	uint32_t i;

	for (; size - offset >= LINE_BYTES; offset += LINE_BYTES) {
		xor_line(to, sources, sources_count, offset);
	}
	for (; offset < size; offset++) {
		byte = ((const uint8_t *)sources[0])[offset];
		for (i = 1; i < sources_count; i++) {
			byte ^= ((const uint8_t *)sources[i])[offset];
		}
		to[offset] = byte;
	}
}
