/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Governors: modules that change the frequency of cores, for schedulers that ask them to. None is
 * built in.
 */
#include "runtime/governor.h"
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

bool
governor_exists(const char *name)
{
	return find(name) != NULL;
}

static void
explain_unknown(const char *name)
{
	struct spdk_governor *governor;
	char names[256] = "";

	TAILQ_FOREACH (governor, &g_governors, link) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used != 0 ? ", " : "",
			 governor->name);
	}
	SPDK_ERRLOG("spdk_governor_set(): there is no governor '%s'; there are: %s\n", name,
		    names[0] != '\0' ? names : "none");
}

int
spdk_governor_set(const char *name)
{
	struct spdk_governor *governor;
	int rc;

	if (g_governor != NULL) {
		g_governor->deinit();
		g_governor = NULL;
	}
	if (name == NULL) {
		return 0;
	}
	governor = find(name);
	if (governor == NULL) {
		explain_unknown(name);
		return -EINVAL;
	}
	rc = governor->init();
	if (rc != 0) {
		SPDK_ERRLOG("spdk_governor_set(): governor '%s' failed to start: %s\n", name,
			    spdk_strerror(abs(rc)));
		return rc;
	}
	g_governor = governor;
	return 0;
}

struct spdk_governor *
spdk_governor_get(void)
{
	return g_governor;
}
