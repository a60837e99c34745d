/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deprecations: what will be taken away in a later release, how often it is still used, and a
 * warning to whoever uses it.
 *
 * 1. g_first is sorted by tag at all times. Deprecations are only ever added, so a pointer to one
 *    stays good, and a walk may let go of the lock between two of them.
 * 2. `next` is touched under g_lock only. The counts are atomic and relaxed: nothing hangs on them.
 */
#include "base/log/log_internal.h"
#include "base/log/name_check.h"

#include "spdk/util.h"

/* Held for list walks only, never while printing or calling out. */
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct spdk_deprecation *g_first;

static const void *
next_deprecation(const void *item)
{
	return item == NULL ? g_first : ((const struct spdk_deprecation *)item)->next;
}

static const char *
deprecation_tag(const void *item)
{
	return ((const struct spdk_deprecation *)item)->tag;
}

static struct name_check g_tag_check = {
	.lock = &g_lock, .next_item = next_deprecation, .item_name = deprecation_tag};

/* Returns the link after which `tag` belongs; the one behind it, if any, is not below `tag`. */
static struct spdk_deprecation **
find_place(const char *tag)
{
	struct spdk_deprecation **link = &g_first;

	while (*link != NULL && strcmp((*link)->tag, tag) < 0) {
		link = &(*link)->next;
	}
	return link;
}

void
spindle_log_deprecation_link(struct spdk_deprecation *deprecation)
{
	struct spdk_deprecation *other, **link;

	pthread_mutex_lock(&g_lock);
	for (other = g_first; other != NULL; other = other->next) {
		/* One object with two constructors: see spdk_log_register_flag(). */
		if (other == deprecation) {
			goto unlock;
		}
	}
	link = find_place(deprecation->tag);
	deprecation->next = *link;
	*link = deprecation;
	g_tag_check.is_unchecked = true;
unlock:
	pthread_mutex_unlock(&g_lock);
}

void
log_deprecations_check(void)
{
	const char *duplicate = name_check_run(&g_tag_check);

	if (duplicate != NULL) {
		SPDK_ERRLOG("Two deprecations have the tag '%s', so their messages cannot be told "
			    "apart; give one SPDK_LOG_DEPRECATION_REGISTER(%s, ...) another.\n",
			    duplicate, duplicate);
	}
}

int
spdk_log_deprecation_register(const char *tag, const char *description, const char *remove_release,
			      uint32_t rate_limit_seconds, struct spdk_deprecation **reg)
{
	struct spdk_deprecation *deprecation, **link;
	int rc = -ENOMEM;

	if (tag == NULL || *tag == '\0' || description == NULL || remove_release == NULL ||
	    reg == NULL) {
		return -EINVAL;
	}
	deprecation = (struct spdk_deprecation *)calloc(1, sizeof(*deprecation));
	if (deprecation == NULL) {
		return -ENOMEM;
	}
	deprecation->tag = strdup(tag);
	deprecation->description = strdup(description);
	deprecation->remove_release = strdup(remove_release);
	deprecation->rate_limit_seconds = rate_limit_seconds;
	if (deprecation->tag == NULL || deprecation->description == NULL ||
	    deprecation->remove_release == NULL) {
		goto free_deprecation;
	}

	pthread_mutex_lock(&g_lock);
	link = find_place(tag);
	if (*link != NULL && strcmp((*link)->tag, tag) == 0) {
		rc = -EEXIST;
		pthread_mutex_unlock(&g_lock);
		goto free_deprecation;
	}
	deprecation->next = *link;
	*link = deprecation;
	pthread_mutex_unlock(&g_lock);
	*reg = deprecation;
	return 0;

free_deprecation:
	free((void *)(uintptr_t)deprecation->tag);
	free((void *)(uintptr_t)deprecation->description);
	free((void *)(uintptr_t)deprecation->remove_release);
	free(deprecation);
	return rc;
}

void
spdk_log_deprecated(struct spdk_deprecation *deprecation, const char *file, uint32_t line,
		    const char *func)
{
	uint64_t squashed = 0;

	if (deprecation == NULL) {
		spdk_log(SPDK_LOG_ERROR, file, (int)line, func,
			 "spdk_log_deprecated() was given no deprecation; register it by "
			 "SPDK_LOG_DEPRECATION_REGISTER() first.\n");
		return;
	}
	__atomic_fetch_add(&deprecation->hits, 1, __ATOMIC_RELAXED);
	/* Without a limit the counter is left alone: of two OS threads at once it would refuse one.
	 */
	if (deprecation->rate_limit_seconds != SPDK_LOG_DEPRECATION_ALWAYS &&
	    !log_limit_pass(&deprecation->limit, deprecation->rate_limit_seconds * SPDK_SEC_TO_NSEC,
			    &squashed)) {
		return;
	}
	spdk_log(SPDK_LOG_WARN, file, (int)line, func,
		 "%s: deprecated feature %s, to be removed in %s\n", deprecation->tag,
		 deprecation->description, deprecation->remove_release);
	if (squashed > 0) {
		spdk_log(SPDK_LOG_WARN, file, (int)line, func,
			 "%s: used %" PRIu64 " times since the last warning\n", deprecation->tag,
			 squashed);
	}
}

int
spdk_log_for_each_deprecation(void *ctx, spdk_log_for_each_deprecation_fn fn)
{
	struct spdk_deprecation *deprecation;
	int rc = 0;

	log_deprecations_check();
	pthread_mutex_lock(&g_lock);
	deprecation = g_first;
	while (deprecation != NULL && rc == 0) {
		/* `fn` may register and log. */
		pthread_mutex_unlock(&g_lock);
		rc = fn(ctx, deprecation);
		pthread_mutex_lock(&g_lock);
		deprecation = deprecation->next;
	}
	pthread_mutex_unlock(&g_lock);
	return rc;
}

const char *
spdk_deprecation_get_tag(const struct spdk_deprecation *deprecation)
{
	return deprecation->tag;
}

const char *
spdk_deprecation_get_description(const struct spdk_deprecation *deprecation)
{
	return deprecation->description;
}

const char *
spdk_deprecation_get_remove_release(const struct spdk_deprecation *deprecation)
{
	return deprecation->remove_release;
}

uint64_t
spdk_deprecation_get_hits(const struct spdk_deprecation *deprecation)
{
	return __atomic_load_n(&deprecation->hits, __ATOMIC_RELAXED);
}
