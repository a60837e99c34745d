/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Configuration files of the ini kind, such as the job files of load generators:
 *
 *     # a comment, as is a line that begins with a semicolon
 *     [global]
 *     rw=randread
 *     cpumask = [0,2]
 *     [job0]
 *     filename "a disk" another
 *     bs 4096
 *
 * A line `[name]` begins a section; blanks at the ends of the name do not count. Every other line
 * is an item: a key, up to a blank or an equals sign, and any number of values that blanks
 * separate. Quotes keep blanks together as for spdk_strsepq(). A backslash that ends a line joins
 * it with the next. Comments are whole lines: a '#' further on belongs to the value. Section names
 * and keys are compared without regard to case.
 *
 * Thread: a configuration has one user at a time. All strings belong to it, and are valid until it
 * is freed.
 */
#ifndef SPDK_CONF_H
#define SPDK_CONF_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_conf_value;
struct spdk_conf_item;
struct spdk_conf_section;

/** Sections in the order in which they were read. */
struct spdk_conf;

/**
 * Makes a configuration without sections.
 *
 * Owner: the caller, until spdk_conf_free().
 * Errors: NULL: no memory.
 */
struct spdk_conf *spdk_conf_allocate(void);

/** Frees a configuration and all it holds. NULL is allowed. It is no longer the default one. */
void spdk_conf_free(struct spdk_conf *cp);

/**
 * Adds what a file holds. Sections of one name become one, unless
 * spdk_conf_disable_sections_merge() was called.
 *
 * Errors: each is logged with the file's name and, when it is in the file, its line; `cp` is then
 * as it was. -EINVAL: an argument is NULL, or the file is not of the form above; -E2BIG: more than
 * 16 MiB; -ENOMEM; what opening and reading said.
 */
int spdk_conf_read(struct spdk_conf *cp, const char *file);

/** The first section of this name, or NULL. `cp` may be NULL for the default configuration. */
struct spdk_conf_section *spdk_conf_find_section(struct spdk_conf *cp, const char *name);

/** The first section, or NULL. `cp` may be NULL for the default configuration. */
struct spdk_conf_section *spdk_conf_first_section(struct spdk_conf *cp);

/** The section after this one, or NULL. */
struct spdk_conf_section *spdk_conf_next_section(struct spdk_conf_section *sp);

/** Whether the name of the section begins with `name_prefix`. */
bool spdk_conf_section_match_prefix(const struct spdk_conf_section *sp, const char *name_prefix);

/** The name of the section. */
const char *spdk_conf_section_get_name(const struct spdk_conf_section *sp);

/** The first number in the name of the section: 12 for `Port12`. 0 without one, and INT_MAX for
 * what is larger. */
int spdk_conf_section_get_num(const struct spdk_conf_section *sp);

/**
 * A value: number `idx2` of the line that is number `idx1` among those with this key, both counted
 * from 0.
 *
 * Errors: NULL: there is none, or `sp` or `key` is NULL.
 */
char *
spdk_conf_section_get_nmval(struct spdk_conf_section *sp, const char *key, int idx1, int idx2);

/** Value number `idx` of the first line with this key, or NULL. */
char *spdk_conf_section_get_nval(struct spdk_conf_section *sp, const char *key, int idx);

/** The first value of the first line with this key, or NULL. */
char *spdk_conf_section_get_val(struct spdk_conf_section *sp, const char *key);

/**
 * spdk_conf_section_get_val() as a decimal number that is not negative.
 *
 * Errors: -1: there is no value; -EINVAL: it is no number; -ERANGE: it is negative, or more than
 * INT_MAX.
 */
int spdk_conf_section_get_intval(struct spdk_conf_section *sp, const char *key);

/**
 * spdk_conf_section_get_val() as a truth value: true for Yes, Y and True, false for No, N and
 * False, in either case of letters; `default_val` for everything else and without a value.
 */
bool spdk_conf_section_get_boolval(struct spdk_conf_section *sp, const char *key, bool default_val);

/** Makes this configuration, or none for NULL, the one that NULL stands for. */
void spdk_conf_set_as_default(struct spdk_conf *cp);

/** From now on, each section line that is read begins a section of its own. */
void spdk_conf_disable_sections_merge(struct spdk_conf *cp);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_CONF_H */
