/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Governors: modules that change the frequency of cores, for schedulers that ask them to. None is
 * built in.
 */
#include "runtime/reactor/reactor_internal.h"
#include "spdk/string.h"

static TAILQ_HEAD(, spdk_governor) g_governors = TAILQ_HEAD_INITIALIZER(g_governors);
static struct spdk_governor *g_governor;

void
spdk_governor_register(struct spdk_governor *governor)
{
	/* Before main: no looking, no logging. The first of a name is found, see find(). */
	TAILQ_INSERT_TAIL(&g_governors, governor, link);
}

static struct spdk_governor *
find(const char *name)
{
	struct spdk_governor *governor;

	TAILQ_FOREACH (governor, &g_governors, link) {
		if (strcmp(governor->name, name) == 0) {
			return governor;
		}
	}
	return NULL;
}

int
spdk_governor_set(const char *name)
{
	struct spdk_governor *governor = NULL;
	int rc;

	if (name != NULL) {
		governor = find(name);
		if (governor == NULL) {
			SPDK_DEBUGLOG(reactor, "There is no governor '%s'\n", name);
			return -EINVAL;
		}
	}
	if (g_governor != NULL) {
		g_governor->deinit();
		g_governor = NULL;
	}
	if (governor == NULL) {
		return 0;
	}
	rc = governor->init();
	if (rc == 0) {
		g_governor = governor;
	}
	return rc;
}

struct spdk_governor *
spdk_governor_get(void)
{
	return g_governor;
}
