/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether all of a configuration can be run, before any of it is: its methods are there, and their
 * parameters are as their tables want them. All faults are told, so that one look at the file mends
 * it; but not more than a person reads.
 */
#include "control/init/config_internal.h"
#include "control/rpc.h"
#include "spdk/log.h"

#define FAULTS_SHOWN_MAX 20
#define SHOWN_NAME_MAX   128

bool
config_has_subsystem(const struct config_entry *entry)
{
	char *name = spdk_json_strdup(entry->subsystem);
	bool is_there = name != NULL && spdk_subsystem_exists(name);

	free(name);
	return is_there;
}

static int
fault_unknown(const struct config *config, const struct config_entry *entry, const char *name)
{
	const char *near = rpc_find_near(name);
	char place[CONFIG_PLACE_SIZE];

	if (!config_has_subsystem(entry)) {
		/* It will be left out. */
		return 0;
	}
	SPDK_ERRLOG("%s: expected the name of a method, found \"%.*s\", which this program does "
		    "not have%s%s%s\n",
		    config_place(config, entry->method, place), SHOWN_NAME_MAX, name,
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
	struct spindle_rpc_method *method;
	char *name = spdk_json_strdup(entry->method);
	int rc = -EINVAL;

	if (name == NULL) {
		SPDK_ERRLOG("%s: the name of the method has a NUL in it, or there is no memory\n",
			    config_place(config, entry->method, place));
		return -EINVAL;
	}
	method = rpc_find(name);
	if (method == NULL) {
		rc = fault_unknown(config, entry, name);
	} else if (!rpc_is_on_allowlist(name)) {
		SPDK_ERRLOG("%s: \"%s\" is not among the methods that --rpcs-allowed has left\n",
			    config_place(config, entry->method, place), name);
	} else {
		rc = check_params(config, entry, method);
	}
	free(name);
	return rc;
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
