/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cpumasks of threads. Most threads have one of very few masks, so equal masks are one object that
 * counts its users; a thread that gets another mask gets another object. The registry lock guards
 * the list.
 */
#include "runtime/thread/thread_internal.h"

static LIST_HEAD(, cpumask) g_masks = LIST_HEAD_INITIALIZER(g_masks);
static struct spdk_cpuset g_all;
static pthread_once_t g_all_once = PTHREAD_ONCE_INIT;

static void
make_all(void)
{
	spdk_cpuset_zero(&g_all);
	spdk_cpuset_negate(&g_all);
}

struct spdk_cpuset *
cpumask_all(void)
{
	(void)pthread_once(&g_all_once, make_all);
	return &g_all;
}

int
cpumask_get(const struct spdk_cpuset *set, struct cpumask **out_mask)
{
	struct cpumask *mask;
	int rc = 0;

	if (set == NULL || spdk_cpuset_equal(set, cpumask_all())) {
		*out_mask = NULL;
		return 0;
	}
	thread_registry_lock();
	LIST_FOREACH (mask, &g_masks, link) {
		if (spdk_cpuset_equal(&mask->set, set)) {
			break;
		}
	}
	if (mask == NULL) {
		mask = calloc(1, sizeof(*mask));
		if (mask == NULL) {
			rc = -ENOMEM;
		} else {
			spdk_cpuset_copy(&mask->set, set);
			LIST_INSERT_HEAD(&g_masks, mask, link);
		}
	}
	if (rc == 0) {
		mask->refs++;
		*out_mask = mask;
	}
	thread_registry_unlock();
	return rc;
}

void
cpumask_put(struct cpumask *mask)
{
	if (mask == NULL) {
		return;
	}
	thread_registry_lock();
	if (--mask->refs == 0) {
		LIST_REMOVE(mask, link);
		free(mask);
	}
	thread_registry_unlock();
}
