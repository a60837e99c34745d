/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log flags: the details of one component, switched on by name.
 *
 * 1. g_flags is sorted by name at all times. Flags are only ever added, so a pointer to one stays
 *    good, and a walk may let go of the lock between two of them.
 * 2. The links are touched under g_lock only. `enabled` is written under it and read without it, by
 *    every SPDK_DEBUGLOG(), so it is accessed atomically; relaxed, as nothing is published by it.
 * 3. g_enabled_any is true if a flag is enabled, so that looking one up by name is cheap while the
 *    answer is no for all.
 */
#include "base/log/log_internal.h"
#include "base/log/name_check.h"

#include <stdatomic.h>

#define USAGE_LINE_WIDTH 90

TAILQ_HEAD(flag_list, spdk_log_flag);

/* Held for list walks only, never while printing or calling out. */
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct flag_list g_flags = TAILQ_HEAD_INITIALIZER(g_flags);
/* Guarded by g_lock: "all" was set, so flags that come later are enabled too. */
static bool g_all_is_set;
static atomic_bool g_enabled_any;

static const void *
next_flag(const void *item)
{
	return item == NULL ? TAILQ_FIRST(&g_flags) :
			      TAILQ_NEXT((const struct spdk_log_flag *)item, tailq);
}

static const char *
flag_name(const void *item)
{
	return ((const struct spdk_log_flag *)item)->name;
}

static struct name_check g_name_check = {
	.lock = &g_lock, .next_item = next_flag, .item_name = flag_name};

static bool
is_enabled(const struct spdk_log_flag *flag)
{
	return __atomic_load_n(&flag->enabled, __ATOMIC_RELAXED);
}

void
spdk_log_register_flag(const char *name, struct spdk_log_flag *flag)
{
	struct spdk_log_flag *other, *successor = NULL;

	assert(name != NULL && flag != NULL);
	if (name == NULL || flag == NULL) {
		return;
	}
	pthread_mutex_lock(&g_lock);
	TAILQ_FOREACH (other, &g_flags, tailq) {
		/* The same flag in a program and in a shared library is one object with two
		 * constructors. */
		if (other == flag) {
			goto unlock;
		}
		if (successor == NULL && strcmp(other->name, name) > 0) {
			successor = other;
		}
	}
	flag->name = name;
	if (successor != NULL) {
		TAILQ_INSERT_BEFORE(successor, flag, tailq);
	} else {
		TAILQ_INSERT_TAIL(&g_flags, flag, tailq);
	}
	if (g_all_is_set) {
		__atomic_store_n(&flag->enabled, true, __ATOMIC_RELAXED);
	}
	if (is_enabled(flag)) {
		atomic_store_explicit(&g_enabled_any, true, memory_order_relaxed);
	}
	g_name_check.is_unchecked = true;
unlock:
	pthread_mutex_unlock(&g_lock);
}

void
log_flags_check(void)
{
	const char *duplicate = name_check_run(&g_name_check);

	if (duplicate != NULL) {
		SPDK_ERRLOG("Two log flags are named '%s' and are switched together; give one "
			    "SPDK_LOG_REGISTER_COMPONENT(%s) another name.\n",
			    duplicate, duplicate);
	}
}

struct spdk_log_flag *
spdk_log_get_first_flag(void)
{
	struct spdk_log_flag *flag;

	pthread_mutex_lock(&g_lock);
	flag = TAILQ_FIRST(&g_flags);
	pthread_mutex_unlock(&g_lock);
	return flag;
}

struct spdk_log_flag *
spdk_log_get_next_flag(struct spdk_log_flag *flag)
{
	struct spdk_log_flag *next;

	if (flag == NULL) {
		return NULL;
	}
	pthread_mutex_lock(&g_lock);
	next = TAILQ_NEXT(flag, tailq);
	pthread_mutex_unlock(&g_lock);
	return next;
}

bool
spdk_log_get_flag(const char *name)
{
	struct spdk_log_flag *flag;
	bool result = false;

	if (name == NULL || !atomic_load_explicit(&g_enabled_any, memory_order_relaxed)) {
		return false;
	}
	pthread_mutex_lock(&g_lock);
	TAILQ_FOREACH (flag, &g_flags, tailq) {
		if (strcmp(flag->name, name) == 0) {
			result = is_enabled(flag);
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
	return result;
}

static int
switch_flags(const char *pattern, bool value)
{
	bool is_all, is_matched, is_any_enabled = false;
	struct spdk_log_flag *flag;

	if (pattern == NULL) {
		return -EINVAL;
	}
	log_flags_check();
	is_all = strcasecmp(pattern, "all") == 0;
	/* "all" is good even while there is no flag yet: modules may bring some later. */
	is_matched = is_all;
	pthread_mutex_lock(&g_lock);
	if (is_all) {
		g_all_is_set = value;
	}
	TAILQ_FOREACH (flag, &g_flags, tailq) {
		if (is_all || fnmatch(pattern, flag->name, FNM_CASEFOLD) == 0) {
			__atomic_store_n(&flag->enabled, value, __ATOMIC_RELAXED);
			is_matched = true;
		}
		is_any_enabled = is_any_enabled || is_enabled(flag);
	}
	atomic_store_explicit(&g_enabled_any, is_any_enabled, memory_order_relaxed);
	pthread_mutex_unlock(&g_lock);
	return is_matched ? 0 : -EINVAL;
}

int
spdk_log_set_flag(const char *flag)
{
	return switch_flags(flag, true);
}

int
spdk_log_clear_flag(const char *flag)
{
	return switch_flags(flag, false);
}

void
spdk_log_usage(FILE *f, const char *log_arg)
{
	struct spdk_log_flag *flag;
	const char *last = "all";
	size_t column;
	int printed;

	log_flags_check();
	printed = fprintf(f,
			  " %s <flag>  switch on the details of a component: a name or pattern of\n"
			  "     all",
			  log_arg);
	if (printed < 0) {
		return;
	}
	column = strlen("     all");
	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = spdk_log_get_next_flag(flag)) {
		if (strcmp(flag->name, last) == 0) {
			continue;
		}
		last = flag->name;
		column += strlen(last) + 2;
		if (column > USAGE_LINE_WIDTH) {
			fprintf(f, ",\n     %s", last);
			column = strlen(last) + 5;
		} else {
			fprintf(f, ", %s", last);
		}
	}
	fprintf(f, "\n");
}
