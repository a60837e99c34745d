/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parsing of core masks, core lists and lcore maps. The grammar is in core_list.h; each rule that
 * is more than a character has a function of its name here.
 *
 * Invariants:
 *  1. The cursor never moves beyond the terminating zero.
 *  2. A function that returns false has filled the cursor's error, and its caller returns false
 *     too.
 */
#include "env/posix/core_list.h"

struct cursor {
	const char *start;
	const char *at;
	struct core_list_error *error;
};

static bool
fail(struct cursor *cursor, const char *reason)
{
	cursor->error->position = (size_t)(cursor->at - cursor->start);
	snprintf(cursor->error->reason, sizeof(cursor->error->reason), "%s", reason);
	return false;
}

static void
blanks(struct cursor *cursor)
{
	while (*cursor->at == ' ' || *cursor->at == '\t') {
		cursor->at++;
	}
}

/* Steps over `sign`, and the blanks around it, if it comes next. */
static bool
sign(struct cursor *cursor, char expected)
{
	blanks(cursor);
	if (*cursor->at != expected) {
		return false;
	}
	cursor->at++;
	blanks(cursor);
	return true;
}

static bool
number(struct cursor *cursor, uint32_t *out_number)
{
	const char *first = cursor->at;
	uint32_t value = 0;

	if (*cursor->at < '0' || *cursor->at > '9') {
		return fail(cursor, *cursor->at == '\0' ? "a number is missing at the end" :
							  "a decimal number is expected here");
	}
	for (; *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		value = value * 10 + (uint32_t)(*cursor->at - '0');
		if (value >= CORE_LIMIT) {
			cursor->at = first;
			return fail(cursor, "numbers of lcores and CPUs must be below 1024");
		}
	}
	*out_number = value;
	return true;
}

static bool
item(struct cursor *cursor, struct core_set *set)
{
	uint32_t first, last, swap;

	if (!number(cursor, &first)) {
		return false;
	}
	last = first;
	if (sign(cursor, '-') && !number(cursor, &last)) {
		return false;
	}
	if (first > last) {
		swap = first;
		first = last;
		last = swap;
	}
	for (; first <= last; first++) {
		core_set_add(set, first);
	}
	return true;
}

static bool
items(struct cursor *cursor, struct core_set *set)
{
	do {
		if (!item(cursor, set)) {
			return false;
		}
	} while (sign(cursor, ','));
	return true;
}

static bool
set_of_map(struct cursor *cursor, struct core_set *set, bool *out_is_group)
{
	*out_is_group = sign(cursor, '(');
	if (!*out_is_group) {
		return item(cursor, set);
	}
	if (!items(cursor, set)) {
		return false;
	}
	return sign(cursor, ')') || fail(cursor, "a ',' or the closing ')' is expected here");
}

/* Gives each of `lcores` its CPUs: `cpus`, or the one of its own number when that is NULL. */
static bool
assign(struct cursor *cursor, struct core_list *list, const struct core_set *lcores,
       const struct core_set *cpus)
{
	uint32_t lcore;

	for (lcore = core_set_next(lcores, 0); lcore != CORE_NONE;
	     lcore = core_set_next(lcores, lcore + 1)) {
		struct core_set own = {0};

		if (cpus == NULL) {
			core_set_add(&own, lcore);
		} else {
			own = *cpus;
		}
		if (core_set_has(&list->lcores, lcore) &&
		    memcmp(&list->cpus[lcore], &own, sizeof(own)) != 0) {
			return fail(cursor, "an lcore named before this is given other CPUs here");
		}
		core_set_add(&list->lcores, lcore);
		list->cpus[lcore] = own;
	}
	return true;
}

static bool
entry(struct cursor *cursor, struct core_list *list)
{
	struct core_set lcores = {0}, cpus = {0};
	bool is_group, is_cpu_group;

	if (!set_of_map(cursor, &lcores, &is_group)) {
		return false;
	}
	if (sign(cursor, '@')) {
		if (!set_of_map(cursor, &cpus, &is_cpu_group)) {
			return false;
		}
		return assign(cursor, list, &lcores, &cpus);
	}
	return assign(cursor, list, &lcores, is_group ? &lcores : NULL);
}

static bool
map(struct cursor *cursor, struct core_list *list)
{
	do {
		if (!entry(cursor, list)) {
			return false;
		}
	} while (sign(cursor, ','));
	return true;
}

static int
hexadecimal_digit(char digit)
{
	if (digit >= '0' && digit <= '9') {
		return digit - '0';
	}
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool
mask(struct cursor *cursor, struct core_set *set)
{
	const char *first, *end;
	uint32_t core = 0;

	if (cursor->at[0] == '0' && (cursor->at[1] | 0x20) == 'x') {
		cursor->at += 2;
	}
	first = cursor->at;
	while (hexadecimal_digit(*cursor->at) >= 0) {
		cursor->at++;
	}
	end = cursor->at;
	if (end == first) {
		return fail(cursor, "hexadecimal digits, or a list in brackets, are expected here");
	}
	/* From the lowest digit up. */
	for (const char *digit = end; digit > first; core += 4) {
		int value = hexadecimal_digit(*--digit);

		if (value != 0 && core >= CORE_LIMIT) {
			cursor->at = digit;
			return fail(cursor, "numbers of lcores must be below 1024");
		}
		for (uint32_t bit = 0; bit < 4 && core < CORE_LIMIT; bit++) {
			if (value & 1 << bit) {
				core_set_add(set, core + bit);
			}
		}
	}
	return true;
}

/* Nothing but blanks may follow, and there must be an lcore. */
static bool
end_of_text(struct cursor *cursor, const struct core_set *lcores, const char *expected)
{
	blanks(cursor);
	if (*cursor->at != '\0') {
		return fail(cursor, expected);
	}
	return core_set_count(lcores) > 0 || fail(cursor, "it names no lcore");
}

int
core_list_parse_mask(const char *text, struct core_list *out_list,
		     struct core_list_error *out_error)
{
	struct cursor cursor = {.start = text, .at = text, .error = out_error};
	struct core_set lcores = {0};
	bool is_good;

	blanks(&cursor);
	if (sign(&cursor, '[')) {
		is_good = items(&cursor, &lcores) &&
			  (sign(&cursor, ']') ||
			   fail(&cursor, "a ',' or the closing ']' is expected here")) &&
			  end_of_text(&cursor, &lcores, "nothing may follow the list");
	} else {
		is_good = mask(&cursor, &lcores) &&
			  end_of_text(&cursor, &lcores,
				      "this is no hexadecimal digit; a list stands in brackets");
	}
	if (!is_good) {
		return -EINVAL;
	}
	out_list->lcores = (struct core_set){0};
	(void)assign(&cursor, out_list, &lcores,
		     NULL); /* Fails only for lcores that were there before. */
	return 0;
}

int
core_list_parse_map(const char *text, struct core_list *out_list, struct core_list_error *out_error)
{
	struct cursor cursor = {.start = text, .at = text, .error = out_error};
	struct core_list *list;
	int rc = -EINVAL;

	list = malloc(sizeof(*list));
	if (list == NULL) {
		(void)fail(&cursor, "there is no memory to read it");
		return -ENOMEM;
	}
	list->lcores = (struct core_set){0};
	blanks(&cursor);
	if (map(&cursor, list) &&
	    end_of_text(&cursor, &list->lcores, "a ',' or '@' or the end is expected here")) {
		*out_list = *list;
		rc = 0;
	}
	free(list);
	return rc;
}

int
core_set_parse(const char *text, struct core_set *out_set)
{
	struct core_set set = {0};
	uint64_t first, last;
	char *end;

	while (*text >= '0' && *text <= '9') {
		first = last = strtoull(text, &end, 10);
		if (end[0] == '-' && end[1] >= '0' && end[1] <= '9') {
			last = strtoull(end + 1, &end, 10);
		}
		for (; first <= last && first < CORE_LIMIT; first++) {
			core_set_add(&set, (uint32_t)first);
		}
		text = end;
		if (*text != ',') {
			break;
		}
		text++;
	}
	if (*text != '\0' && *text != '\n') {
		return -EINVAL;
	}
	*out_set = set;
	return 0;
}

void
core_set_add(struct core_set *set, uint32_t core)
{
	assert(core < CORE_LIMIT);
	set->words[core / 64] |= UINT64_C(1) << (core % 64);
}

bool
core_set_has(const struct core_set *set, uint32_t core)
{
	return core < CORE_LIMIT && (set->words[core / 64] >> (core % 64) & 1) != 0;
}

uint32_t
core_set_count(const struct core_set *set)
{
	uint32_t count = 0;

	for (size_t i = 0; i < CORE_LIMIT / 64; i++) {
		count += (uint32_t)__builtin_popcountll(set->words[i]);
	}
	return count;
}

uint32_t
core_set_next(const struct core_set *set, uint32_t from)
{
	uint64_t word;

	while (from < CORE_LIMIT) {
		word = set->words[from / 64] >> (from % 64);
		if (word != 0) {
			return from + (uint32_t)__builtin_ctzll(word);
		}
		from = (from / 64 + 1) * 64;
	}
	return CORE_NONE;
}

const char *
core_set_format(const struct core_set *set, char *text, size_t size)
{
	uint32_t first, last;
	size_t used = 0;
	int len;

	text[0] = '\0';
	for (first = core_set_next(set, 0); first != CORE_NONE;
	     first = core_set_next(set, last + 1)) {
		char run[32];

		last = first;
		while (core_set_has(set, last + 1)) {
			last++;
		}
		len = snprintf(run, sizeof(run), last == first ? "%s%u" : "%s%u-%u",
			       used > 0 ? "," : "", first, last);
		if (used + (size_t)len + sizeof("...") > size) {
			snprintf(text + used, size - used, "...");
			break;
		}
		memcpy(text + used, run, (size_t)len + 1);
		used += (size_t)len;
	}
	return text;
}
