/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which lcores there shall be and on which CPUs each may run, as written by people: the core_mask
 * and lcore_map of struct spdk_env_opts. The grammar stands here; the limits are CORE_LIMIT lcores
 * and CPUs.
 *
 *   core_mask   = mask | "[" items "]"
 *   mask        = [ "0x" | "0X" ] hexadecimal digits     the last digit is of lcores 0 to 3
 *   items       = item { "," item }
 *   item        = number | number "-" number             decimal; a range either way round
 *
 *   lcore_map   = entry { "," entry }
 *   entry       = set [ "@" set ]                        lcores, then CPUs that each may run on
 *   set         = item | "(" items ")"
 *
 * Without "@", an lcore runs on the CPU of its number; but all lcores of a set in parentheses may
 * run on all CPUs of these numbers. Blanks may stand around every number and sign, but not within a
 * mask. An lcore may be named again only with the same CPUs.
 *
 *   0x3                          lcores 0 and 1, each on the CPU of its number
 *   [0,2-3]                      lcores 0, 2 and 3, likewise
 *   0@1,1@(2-3)                  lcore 0 on CPU 1, lcore 1 on CPU 2 or 3
 *   1,2@(5-7),(3-5)@(0,2),7-8    lcore 1 on CPU 1; 2 on 5, 6 or 7; 3, 4 and 5 on 0 or 2; 7 on 7;
 *                                8 on 8
 *   (0,6)                        lcores 0 and 6, both on CPU 0 or 6
 */
#ifndef SPINDLE_ENV_CORE_LIST_H
#define SPINDLE_ENV_CORE_LIST_H

#include "spdk/stdinc.h"

#define CORE_LIMIT 1024
#define CORE_NONE  UINT32_MAX

/* A set of lcores or of CPUs. */
struct core_set {
	uint64_t words[CORE_LIMIT / 64];
};

struct core_list {
	struct core_set lcores;
	/* The CPUs of each lcore in `lcores`; of the rest nothing is said. */
	struct core_set cpus[CORE_LIMIT];
};

/* Where a text is wrong, as an offset into it, and why. */
struct core_list_error {
	size_t position;
	char reason[96];
};

/*
 * Both fill *out_list, or *out_error.
 * Errors: -EINVAL: the text does not follow the grammar, names an lcore or CPU that is not below
 *   CORE_LIMIT, or names no lcore at all.
 */
int core_list_parse_mask(const char *text, struct core_list *out_list,
			 struct core_list_error *out_error);
int core_list_parse_map(const char *text, struct core_list *out_list,
			struct core_list_error *out_error);

/*
 * Reads `items` as the kernel writes them, with a newline at the end; the empty set is allowed.
 * Numbers from CORE_LIMIT on are left out. 0 or -EINVAL.
 */
int core_set_parse(const char *text, struct core_set *out_set);

void core_set_add(struct core_set *set, uint32_t core);
bool core_set_has(const struct core_set *set, uint32_t core);
uint32_t core_set_count(const struct core_set *set);
/* The lowest member that is not below `from`, or CORE_NONE. */
uint32_t core_set_next(const struct core_set *set, uint32_t from);
/* Writes the set as `items`, cut off with "..." when it is longer than `size`. Returns `text`. */
const char *core_set_format(const struct core_set *set, char *text, size_t size);

#endif
