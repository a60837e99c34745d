/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of layout: sizes of public structs, place and type of each field, values of
 * enumerators. The numbers in such tests are those of 64-bit machines and were measured on the
 * reference, not read from the headers of this tree. Constants that are macros are in names.txt.
 *
 * Everything is compared when the program runs, so that one run names all that differs.
 */
#ifndef TESTS_API_LAYOUT_H
#define TESTS_API_LAYOUT_H

#include "spdk/stdinc.h"

struct layout_fact {
	const char *what;
	long long actual;
	long long expected;
	bool is_type_right;
};

#define MEMBER(type, member) (((type *)NULL)->member)

/* Each macro in one piece reads better than what the formatter makes. */
/* clang-format off */
#define SIZE(type, bytes) {"sizeof(" #type ")", sizeof(type), bytes, true}
#define ENUMERATOR(name, value) {#name, (long long)(name), value, true}
/* A field, its offset and its type; the type decides the size. */
#define FIELD(type, member, offset, ...) \
	{#type "." #member, offsetof(type, member), offset, \
	 __builtin_types_compatible_p(__typeof__(MEMBER(type, member)), __typeof__(__VA_ARGS__))}
/* A field whose type has no name, such as the link of a list. */
#define PLACE(type, member, offset, bytes) \
	{#type "." #member, offsetof(type, member), offset, \
	 sizeof(MEMBER(type, member)) == (bytes)}
/* clang-format on */

/* Names the facts that are none; 0 when there are none of these, else 1. */
static inline int
layout_report(const struct layout_fact *facts, size_t facts_count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < facts_count; i++) {
		const struct layout_fact *fact = &facts[i];

		if (fact->actual == fact->expected && fact->is_type_right) {
			continue;
		}
		fprintf(stderr, "%s: is %lld, not %lld%s\n", fact->what, fact->actual,
			fact->expected, fact->is_type_right ? "" : ", and of another type");
		wrong++;
	}
	printf("layout: %zu of %zu\n", facts_count - wrong, facts_count);
	return wrong != 0 || facts_count == 0;
}

#endif
