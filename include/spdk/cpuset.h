/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Sets of CPU (lcore) numbers from 0 to SPDK_CPUSET_SIZE - 1.
 *
 * A set is plain data: it may live anywhere and be copied with `=`; all zeros is the empty set.
 * Nothing here locks, so whoever shares a set between OS threads guards it.
 */
#ifndef SPDK_CPUSET_H
#define SPDK_CPUSET_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How many CPUs a set can name. */
#define SPDK_CPUSET_SIZE 1024

/** A set of CPUs. */
struct spdk_cpuset {
	/** Where spdk_cpuset_fmt() leaves its text; not part of the value. */
	char str[SPDK_CPUSET_SIZE / 4 + 1];
	/** CPU n is bit n % 8 of byte n / 8. */
	uint8_t cpus[SPDK_CPUSET_SIZE / 8];
};

/**
 * Makes an empty set.
 *
 * Owner: the caller, who gives it to spdk_cpuset_free().
 * Errors: NULL when there is no memory.
 */
struct spdk_cpuset *spdk_cpuset_alloc(void);

/**
 * Frees a set from spdk_cpuset_alloc().
 *
 * Shape: NULL is allowed.
 */
void spdk_cpuset_free(struct spdk_cpuset *set);

/** Whether both sets name the same CPUs. */
bool spdk_cpuset_equal(const struct spdk_cpuset *set1, const struct spdk_cpuset *set2);

/**
 * Makes `dst` name the CPUs of `src`.
 *
 * Shape: they may be the same set. The text of `dst` from spdk_cpuset_fmt() stays as it was.
 */
void spdk_cpuset_copy(struct spdk_cpuset *dst, const struct spdk_cpuset *src);

/** Keeps in `dst` only CPUs that are in `src` as well. */
void spdk_cpuset_and(struct spdk_cpuset *dst, const struct spdk_cpuset *src);

/** Adds the CPUs of `src` to `dst`. */
void spdk_cpuset_or(struct spdk_cpuset *dst, const struct spdk_cpuset *src);

/** Leaves in `dst` the CPUs that are in exactly one of the two. */
void spdk_cpuset_xor(struct spdk_cpuset *dst, const struct spdk_cpuset *src);

/** Swaps members for non-members, over all SPDK_CPUSET_SIZE numbers. */
void spdk_cpuset_negate(struct spdk_cpuset *set);

/** Empties the set. */
void spdk_cpuset_zero(struct spdk_cpuset *set);

/**
 * Puts `cpu` into the set, or takes it out when `state` is false.
 *
 * Shape: `cpu` < SPDK_CPUSET_SIZE; a larger one is asserted against, and ignored where asserts are
 * off.
 */
void spdk_cpuset_set_cpu(struct spdk_cpuset *set, uint32_t cpu, bool state);

/**
 * Whether `cpu` is in the set.
 *
 * Shape: false for any `cpu` >= SPDK_CPUSET_SIZE.
 */
bool spdk_cpuset_get_cpu(const struct spdk_cpuset *set, uint32_t cpu);

/**
 * Calls `fn` for each CPU of the set, smallest number first.
 *
 * Callback: before this returns, with `ctx`. It may change the set; a change to numbers below the
 * next multiple of 64 may or may not be seen.
 */
void spdk_cpuset_for_each_cpu(const struct spdk_cpuset *set, void (*fn)(void *ctx, uint32_t cpu),
			      void *ctx);

/** How many CPUs the set has. */
uint32_t spdk_cpuset_count(const struct spdk_cpuset *set);

/**
 * The set as a hexadecimal mask: lower case, no "0x", no leading zeros, "0" when empty.
 *
 * Owner: the text lies in the set, lives as long as it does, and is overwritten by the next call.
 */
const char *spdk_cpuset_fmt(struct spdk_cpuset *set);

/**
 * Reads a set from text.
 *
 * Shape: either a hexadecimal mask, with or without "0x", in which commas are skipped (so the masks
 * of sysfs are understood), or a list of numbers and ranges in brackets: "[0,2-3]". Blanks are
 * allowed before and after, and in a list around numbers, commas and dashes. A mask may be zero; a
 * list may not be empty.
 *
 * Errors: -EINVAL for NULL or text of neither form, a range that runs backwards, or a CPU that is
 * SPDK_CPUSET_SIZE or more. `set` then stays as it was. Nothing is logged.
 */
int spdk_cpuset_parse(struct spdk_cpuset *set, const char *mask);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_CPUSET_H */
