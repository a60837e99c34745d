/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether all of a configuration can be run, before any of it is: its methods are there, and their
 * parameters are as their tables want them. All faults are told, so that one look at the file mends
 * it; but not more than a person reads.
 */
#include "control/init/config_internal.h"
#include "control/rpc.h"
#include "control/subsystem.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define FAULTS_SHOWN_MAX 20
#define SHOWN_NAME_MAX   128

bool
config_has_subsystem(const struct config_entry *entry)
{
	const struct spdk_subsystem *subsystem;

	TAILQ_FOREACH (subsystem, subsystem_get_all(), tailq) {
		if (spdk_json_strequal(entry->subsystem, subsystem->name)) {
			return true;
		}
	}
	return false;
}

static int
fault_unknown(const struct config *config, const struct config_entry *entry)
{
	char place[CONFIG_PLACE_SIZE], name[SHOWN_NAME_MAX + 1];
	const char *near;

	if (memchr(entry->method->start, '\0', entry->method->len) != NULL) {
		SPDK_ERRLOG("%s: the name of the method has a NUL in it\n",
			    config_place(config, entry->method, place));
		return -EINVAL;
	}
	if (!config_has_subsystem(entry)) {
		/* It will be left out. */
		return 0;
	}
	snprintf(name, sizeof(name), "%.*s", (int)spdk_min(entry->method->len, SHOWN_NAME_MAX),
		 (char *)entry->method->start);
	near = rpc_find_near(name);
	SPDK_ERRLOG("%s: expected the name of a method, found \"%s\", which this program does not "
		    "have%s%s%s\n",
		    config_place(config, entry->method, place), name,
		    near != NULL ? ". Did you mean \"" : "", near != NULL ? near : "",
		    near != NULL ? "\"?" : "");
	return -EINVAL;
}

static int
check_params(const struct config *config, const struct config_entry *entry,
	     const struct spindle_rpc_method *method)
{
	char place[CONFIG_PLACE_SIZE];
	const struct spdk_json_val *at;
	struct rpc_fault fault;

	if (rpc_check_params(method, entry->params, &fault) == 0) {
		return 0;
	}
	at = fault.value != NULL   ? fault.value :
	     entry->params != NULL ? entry->params :
				     entry->entry;
	config_place(config, at, place);
	if (fault.missing != NULL) {
		SPDK_ERRLOG("%s%s.%s: %s\n", place, entry->params == NULL ? ".params" : "",
			    fault.missing, fault.reason);
	} else {
		SPDK_ERRLOG("%s: %s\n", place, fault.reason);
	}
	return -EINVAL;
}

static int
check_entry(const struct config *config, const struct config_entry *entry)
{
	char place[CONFIG_PLACE_SIZE];
	const char *called;
	struct spindle_rpc_method *method = rpc_find_value(entry->method, &called);

	if (method == NULL) {
		return fault_unknown(config, entry);
	}
	if (!rpc_is_on_allowlist(called)) {
		SPDK_ERRLOG("%s: \"%s\" is not among the methods that --rpcs-allowed has left\n",
			    config_place(config, entry->method, place), called);
		return -EINVAL;
	}
	return check_params(config, entry, method);
}

int
config_check(const struct config *config)
{
	struct config_walk walk = {0};
	struct config_entry entry;
	int faults = 0;

	while (config_walk_next(config, &walk, &entry)) {
		if (check_entry(config, &entry) == 0) {
			continue;
		}
		if (++faults == FAULTS_SHOWN_MAX) {
			SPDK_ERRLOG("%s: there may be more; the rest was not looked at\n",
				    config->name);
			break;
		}
	}
	return faults == 0 ? 0 : -EINVAL;
}
