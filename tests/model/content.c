/* SPDX-License-Identifier: BSD-3-Clause */
#include "content.h"

#define BLOCK_BITS 20
#define STEP       UINT64_C(0x9e3779b97f4a7c15)

/* Data in the place of metadata must not look right. */
static const uint64_t g_marks[] = {
	[CONTENT_DATA] = UINT64_C(0x5a17d1ec0b5e55ed),
	[CONTENT_MD] = UINT64_C(0xa3e7ada7a0ddba11),
};

uint64_t
content_value(uint64_t write_id, uint64_t block)
{
	return (write_id + 1) << BLOCK_BITS | block;
}

uint64_t
content_write_of(uint64_t value)
{
	return (value >> BLOCK_BITS) - 1;
}

uint64_t
content_block_of(uint64_t value)
{
	return value & ((1u << BLOCK_BITS) - 1);
}

void
content_fill(void *place, size_t size, uint64_t value, enum content_part part)
{
	uint64_t first = value ^ g_marks[part], word = first;
	uint8_t *bytes = place;
	size_t i;

	if (value == CONTENT_ZEROS) {
		memset(place, 0, size);
		return;
	}
	for (i = 0; i < size; i += sizeof(word)) {
		memcpy(bytes + i, &word, sizeof(word));
		word += STEP;
	}
}

uint64_t
content_read(const void *place, size_t size, enum content_part part)
{
	const uint8_t *bytes = place;
	uint64_t first, word, expected, step = STEP;
	size_t i;

	memcpy(&first, bytes, sizeof(first));
	if (first == 0) {
		step = 0;
	}
	for (i = 0, expected = first; i < size; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		if (word != expected) {
			return CONTENT_TORN;
		}
		expected += step;
	}
	return first == 0 ? CONTENT_ZEROS : first ^ g_marks[part];
}
