/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sets of CPU numbers.
 *
 * The public struct keeps its bits in bytes, lowest CPU first, at an odd address. They are worked
 * on 64 at a time through memcpy(), which compilers turn into single loads and stores. On a
 * big-endian machine a word loaded so has its bytes the other way round, which matters where bits
 * get numbers; there load_word() swaps.
 */
#include "spdk/cpuset.h"

#include <endian.h>

#include "spdk/assert.h"
#include "spdk/likely.h"

#define WORD_BITS  64
#define WORD_COUNT (SPDK_CPUSET_SIZE / WORD_BITS)
#define HEX_DIGITS (SPDK_CPUSET_SIZE / 4)

SPDK_STATIC_ASSERT(offsetof(struct spdk_cpuset, str) == 0, "interface: the text comes first");
SPDK_STATIC_ASSERT(offsetof(struct spdk_cpuset, cpus) == 257, "interface: then the bits");
SPDK_STATIC_ASSERT(sizeof(struct spdk_cpuset) == 385, "interface: the size of a set");

/* Bit n of the result is CPU index * WORD_BITS + n. */
static inline uint64_t
load_word(const struct spdk_cpuset *set, uint32_t index)
{
	uint64_t word;

	memcpy(&word, &set->cpus[index * sizeof(word)], sizeof(word));
	return le64toh(word);
}

static inline void
store_word(struct spdk_cpuset *set, uint32_t index, uint64_t word)
{
	word = htole64(word);
	memcpy(&set->cpus[index * sizeof(word)], &word, sizeof(word));
}

struct spdk_cpuset *
spdk_cpuset_alloc(void)
{
	return (struct spdk_cpuset *)calloc(1, sizeof(struct spdk_cpuset));
}

void
spdk_cpuset_free(struct spdk_cpuset *set)
{
	free(set);
}

bool
spdk_cpuset_equal(const struct spdk_cpuset *set1, const struct spdk_cpuset *set2)
{
	return memcmp(set1->cpus, set2->cpus, sizeof(set1->cpus)) == 0;
}

void
spdk_cpuset_copy(struct spdk_cpuset *dst, const struct spdk_cpuset *src)
{
	memmove(dst->cpus, src->cpus, sizeof(dst->cpus));
}

void
spdk_cpuset_and(struct spdk_cpuset *dst, const struct spdk_cpuset *src)
{
	uint32_t i;

	for (i = 0; i < WORD_COUNT; i++) {
		store_word(dst, i, load_word(dst, i) & load_word(src, i));
	}
}

void
spdk_cpuset_or(struct spdk_cpuset *dst, const struct spdk_cpuset *src)
{
	uint32_t i;

	for (i = 0; i < WORD_COUNT; i++) {
		store_word(dst, i, load_word(dst, i) | load_word(src, i));
	}
}

void
spdk_cpuset_xor(struct spdk_cpuset *dst, const struct spdk_cpuset *src)
{
	uint32_t i;

	for (i = 0; i < WORD_COUNT; i++) {
		store_word(dst, i, load_word(dst, i) ^ load_word(src, i));
	}
}

void
spdk_cpuset_negate(struct spdk_cpuset *set)
{
	uint32_t i;

	for (i = 0; i < WORD_COUNT; i++) {
		store_word(set, i, ~load_word(set, i));
	}
}

void
spdk_cpuset_zero(struct spdk_cpuset *set)
{
	memset(set->cpus, 0, sizeof(set->cpus));
}

void
spdk_cpuset_set_cpu(struct spdk_cpuset *set, uint32_t cpu, bool state)
{
	uint8_t bit = (uint8_t)(1U << (cpu % 8));

	assert(cpu < SPDK_CPUSET_SIZE);
	if (spdk_unlikely(cpu >= SPDK_CPUSET_SIZE)) {
		return;
	}
	if (state) {
		set->cpus[cpu / 8] |= bit;
	} else {
		set->cpus[cpu / 8] &= (uint8_t)~bit;
	}
}

bool
spdk_cpuset_get_cpu(const struct spdk_cpuset *set, uint32_t cpu)
{
	return cpu < SPDK_CPUSET_SIZE && (set->cpus[cpu / 8] >> (cpu % 8) & 1) != 0;
}

void
spdk_cpuset_for_each_cpu(const struct spdk_cpuset *set, void (*fn)(void *ctx, uint32_t cpu),
			 void *ctx)
{
	uint64_t word;
	uint32_t i;

	for (i = 0; i < WORD_COUNT; i++) {
		for (word = load_word(set, i); word != 0; word &= word - 1) {
			fn(ctx, i * WORD_BITS + (uint32_t)__builtin_ctzll(word));
		}
	}
}

uint32_t
spdk_cpuset_count(const struct spdk_cpuset *set)
{
	uint32_t i, count = 0;

	for (i = 0; i < WORD_COUNT; i++) {
		count += (uint32_t)__builtin_popcountll(load_word(set, i));
	}
	return count;
}

const char *
spdk_cpuset_fmt(struct spdk_cpuset *set)
{
	char *end = set->str;
	uint32_t digit = HEX_DIGITS;
	uint8_t nibble;

	SPDK_STATIC_ASSERT(sizeof(set->str) == HEX_DIGITS + 1, "the longest mask fits exactly");
	while (digit-- > 0) {
		nibble = set->cpus[digit / 2] >> (digit % 2 * 4) & 0xf;
		/* Leading zeros are left out, but for the last digit of an empty set. */
		if (nibble != 0 || end != set->str || digit == 0) {
			*end++ = "0123456789abcdef"[nibble];
		}
	}
	*end = '\0';
	return set->str;
}

static const char *
skip_blanks(const char *text)
{
	while (isspace((unsigned char)*text)) {
		text++;
	}
	return text;
}

/* Reads digits up to the first character that is none, and skips blanks on both sides. */
static int
parse_cpu(const char **text, uint32_t *out_cpu)
{
	const char *c = skip_blanks(*text);
	uint32_t cpu = 0;

	if (!isdigit((unsigned char)*c)) {
		return -EINVAL;
	}
	for (; isdigit((unsigned char)*c); c++) {
		cpu = cpu * 10 + (uint32_t)(*c - '0');
		if (cpu >= SPDK_CPUSET_SIZE) {
			return -EINVAL;
		}
	}
	*text = skip_blanks(c);
	*out_cpu = cpu;
	return 0;
}

/* `text` is what follows the opening bracket; on success it is left behind the closing one. */
static int
parse_list(struct spdk_cpuset *set, const char **text)
{
	uint32_t first, last;

	for (;;) {
		if (parse_cpu(text, &first) != 0) {
			return -EINVAL;
		}
		last = first;
		if (**text == '-') {
			(*text)++;
			if (parse_cpu(text, &last) != 0 || last < first) {
				return -EINVAL;
			}
		}
		for (; first <= last; first++) {
			spdk_cpuset_set_cpu(set, first, true);
		}
		if (**text == ']') {
			(*text)++;
			return 0;
		}
		if (**text != ',') {
			return -EINVAL;
		}
		(*text)++;
	}
}

static uint32_t
hex_value(char digit)
{
	if (isdigit((unsigned char)digit)) {
		return (uint32_t)(digit - '0');
	}
	return (uint32_t)(tolower((unsigned char)digit) - 'a') + 10;
}

/* `text` is left behind the last digit or comma. The set is filled from that end, lowest CPU first.
 */
static int
parse_mask(struct spdk_cpuset *set, const char **text)
{
	const char *begin = *text, *end, *c;
	uint32_t digit = 0, value;

	if (begin[0] == '0' && (begin[1] == 'x' || begin[1] == 'X')) {
		begin += 2;
	}
	for (end = begin; isxdigit((unsigned char)*end) || *end == ','; end++) {
	}
	for (c = end; c > begin; c--) {
		if (c[-1] == ',') {
			continue;
		}
		value = hex_value(c[-1]);
		if (digit >= HEX_DIGITS && value != 0) {
			return -EINVAL;
		}
		if (digit < HEX_DIGITS) {
			set->cpus[digit / 2] |= (uint8_t)(value << (digit % 2 * 4));
		}
		digit++;
	}
	*text = end;
	return digit > 0 ? 0 : -EINVAL;
}

int
spdk_cpuset_parse(struct spdk_cpuset *set, const char *mask)
{
	struct spdk_cpuset parsed;
	int rc;

	if (set == NULL || mask == NULL) {
		return -EINVAL;
	}
	spdk_cpuset_zero(&parsed);
	mask = skip_blanks(mask);
	if (*mask == '[') {
		mask++;
		rc = parse_list(&parsed, &mask);
	} else {
		rc = parse_mask(&parsed, &mask);
	}
	if (rc != 0 || *skip_blanks(mask) != '\0') {
		return -EINVAL;
	}
	spdk_cpuset_copy(set, &parsed);
	return 0;
}
