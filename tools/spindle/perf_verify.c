/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing blocks that say what they are, and reading them back. */
#include "perf_verify.h"

#include "spdk/string.h"
#include "spdk/util.h"

/* Makes seed 0 something else than zeroes. */
#define STAMP_MAGIC 0x6c706e6953u
#define WORD_STEP   0x9e3779b97f4a7c15u
#define SHOWN_BYTES 8

/* ---- Stamps ---- */

/* What word number `index` holds, the first three of a block included. */
static inline uint64_t
word_of(const struct perf_stamp *stamp, uint64_t base, size_t index)
{
	switch (index) {
	case 0:
		return stamp->seed ^ STAMP_MAGIC;
	case 1:
		return stamp->block;
	case 2:
		return stamp->generation;
	default:
		return base + index * WORD_STEP;
	}
}

static uint64_t
base_of(const struct perf_stamp *stamp)
{
	uint64_t state = stamp->seed;

	state = perf_random(&state) ^ stamp->block;
	state = perf_random(&state) ^ stamp->generation;
	return perf_random(&state);
}

void
perf_stamp_fill(void *data, size_t size, const struct perf_stamp *stamp)
{
	uint64_t base = base_of(stamp), word;
	uint8_t *bytes = data;
	size_t words = size / sizeof(word), i;

	assert(size >= PERF_STAMP_HEADER);
	for (i = 0; i < words; i++) {
		word = i < 3 ? word_of(stamp, base, i) : base + i * WORD_STEP;
		memcpy(bytes + i * sizeof(word), &word, sizeof(word));
	}
	word = base + words * WORD_STEP;
	memcpy(bytes + words * sizeof(word), &word, size % sizeof(word));
}

size_t
perf_stamp_compare(const void *data, size_t size, const struct perf_stamp *stamp)
{
	uint64_t base = base_of(stamp), expected, found = 0;
	const uint8_t *bytes = data;
	size_t i, j, length;

	for (i = 0; i * sizeof(expected) < size; i++) {
		length = spdk_min(size - i * sizeof(expected), sizeof(expected));
		expected = word_of(stamp, base, i);
		memcpy(&found, bytes + i * sizeof(expected), length);
		if (memcmp(&found, &expected, length) != 0) {
			break;
		}
	}
	if (i * sizeof(expected) >= size) {
		return size;
	}
	for (j = 0; ((uint8_t *)&found)[j] == ((uint8_t *)&expected)[j]; j++) {
	}
	return i * sizeof(expected) + j;
}

uint64_t
perf_stamp_generation(const void *data)
{
	uint64_t generation;

	memcpy(&generation, (const uint8_t *)data + 2 * sizeof(generation), sizeof(generation));
	return generation;
}

/* What a block says it is, as a stamp; false: it is no whole block of a seed that it names. */
static bool
is_stamped(const void *data, size_t size, struct perf_stamp *out_stamp)
{
	memcpy(&out_stamp->seed, data, sizeof(out_stamp->seed));
	out_stamp->seed ^= STAMP_MAGIC;
	memcpy(&out_stamp->block, (const uint8_t *)data + sizeof(uint64_t), sizeof(uint64_t));
	out_stamp->generation = perf_stamp_generation(data);
	return perf_stamp_compare(data, size, out_stamp) == size;
}

static void
print_bytes(char *text, size_t size, const uint8_t *bytes, size_t count)
{
	size_t i;

	text[0] = '\0';
	for (i = 0; i < count && i * 3 + 3 < size; i++) {
		snprintf(text + i * 3, size - i * 3, "%02x%s", bytes[i], i + 1 < count ? " " : "");
	}
}

void
perf_stamp_explain(const void *data, size_t size, const struct perf_stamp *stamp, char *text,
		   size_t text_size)
{
	size_t place = perf_stamp_compare(data, size, stamp), count, word;
	char expected_text[SHOWN_BYTES * 3 + 1], found_text[SHOWN_BYTES * 3 + 1];
	uint64_t base = base_of(stamp), expected;
	struct perf_stamp found;

	if (spdk_mem_all_zero(data, size)) {
		snprintf(text, text_size,
			 "expected generation %" PRIu64 " of seed %" PRIu64 ", found zeroes",
			 stamp->generation, stamp->seed);
		return;
	}
	if (is_stamped(data, size, &found)) {
		snprintf(text, text_size,
			 "expected generation %" PRIu64 " of seed %" PRIu64 ", found block %" PRIu64
			 ", generation %" PRIu64 " of seed %" PRIu64,
			 stamp->generation, stamp->seed, found.block, found.generation, found.seed);
		return;
	}
	/* From there to the end of the word, where the same formula holds. */
	word = place / sizeof(expected);
	expected = word_of(stamp, base, word);
	count = spdk_min(sizeof(expected) - place % sizeof(expected), size - place);
	print_bytes(expected_text, sizeof(expected_text),
		    (const uint8_t *)&expected + place % sizeof(expected), count);
	print_bytes(found_text, sizeof(found_text), (const uint8_t *)data + place, count);
	snprintf(text, text_size, "at byte %zu expected %s, found %s", place, expected_text,
		 found_text);
}

/* ---- Passes ---- */

void
perf_verify_init(struct perf_verify *verify, const struct perf_pattern *pattern, uint64_t left)
{
	verify->pattern = pattern;
	verify->is_reading = verify->only_reads;
	verify->generation = 1;
	verify->left = left != 0 ? left : pattern->sizes[0].places;
	verify->begun = verify->written = verify->blocks_right = 0;
	verify->generation_min = UINT64_MAX;
	verify->generation_max = 0;
}

/* Whether the phase has nothing more to begin. */
static bool
is_phase_over(const struct perf_verify *verify)
{
	if (verify->is_reading && !verify->only_reads) {
		return verify->begun == verify->written;
	}
	return verify->left == 0 || verify->begun == verify->pattern->sizes[0].places;
}

bool
perf_verify_next(struct perf_verify *verify, struct perf_step *step)
{
	if (is_phase_over(verify)) {
		return false;
	}
	verify->left -= !verify->is_reading || verify->only_reads;
	step->op = verify->is_reading ? PERF_OP_READ : PERF_OP_WRITE;
	step->block = perf_pattern_place(verify->pattern, verify->begun);
	step->blocks = verify->pattern->sizes[0].blocks;
	verify->begun++;
	verify->written += !verify->is_reading;
	return true;
}

bool
perf_verify_turn(struct perf_verify *verify)
{
	if (!is_phase_over(verify)) {
		return true;
	}
	if (!verify->is_reading && verify->written > 0) {
		verify->is_reading = true;
		verify->begun = 0;
		return true;
	}
	if (verify->left == 0) {
		return false;
	}
	verify->is_reading = verify->only_reads;
	verify->generation += !verify->only_reads;
	verify->begun = verify->written = 0;
	return true;
}

void
perf_verify_stop(struct perf_verify *verify)
{
	verify->left = 0;
}

void
perf_verify_stamp(const struct perf_verify *verify, const struct perf_step *step, uint8_t *data)
{
	struct perf_stamp stamp = {verify->seed, step->block, verify->generation};
	uint64_t i;

	for (i = 0; i < step->blocks; i++, stamp.block++) {
		perf_stamp_fill(data + i * verify->block_size, verify->block_size, &stamp);
	}
}

bool
perf_verify_check(struct perf_verify *verify, const struct perf_step *step, const uint8_t *data,
		  char *text, size_t text_size)
{
	struct perf_stamp stamp = {verify->seed, step->block, verify->generation};
	size_t size = verify->block_size;
	char difference[256];
	uint64_t i;

	for (i = 0; i < step->blocks; i++, stamp.block++, data += size) {
		if (verify->only_reads) {
			stamp.generation = perf_stamp_generation(data);
		}
		if (perf_stamp_compare(data, size, &stamp) != size) {
			stamp.generation = verify->generation;
			perf_stamp_explain(data, size, &stamp, difference, sizeof(difference));
			snprintf(text, text_size, "block %" PRIu64 " (offset %" PRIu64 "): %s",
				 stamp.block, stamp.block * size, difference);
			return false;
		}
		verify->generation_min = spdk_min(verify->generation_min, stamp.generation);
		verify->generation_max = spdk_max(verify->generation_max, stamp.generation);
		verify->blocks_right++;
	}
	return true;
}

uint64_t
perf_verify_unread(const struct perf_verify *verify)
{
	if (verify->only_reads) {
		return 0;
	}
	return verify->is_reading ? verify->written - verify->begun : verify->written;
}
