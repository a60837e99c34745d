/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods about subsystems: which there are, and how they are configured.
 */
#include "control/subsystem.h"
#include "spdk/rpc.h"

static struct spdk_subsystem *
find(const char *name)
{
	struct spdk_subsystem *subsystem;

	TAILQ_FOREACH (subsystem, subsystem_get_all(), tailq) {
		if (strcmp(subsystem->name, name) == 0) {
			return subsystem;
		}
	}
	return NULL;
}

static void
write_needs(struct spdk_json_write_ctx *w, const struct spdk_subsystem *subsystem)
{
	const struct spdk_subsystem_depend *depend;

	spdk_json_write_named_array_begin(w, "depends_on");
	TAILQ_FOREACH (depend, subsystem_get_depends(), tailq) {
		if (strcmp(depend->name, subsystem->name) == 0) {
			spdk_json_write_string(w, depend->depends_on);
		}
	}
	spdk_json_write_array_end(w);
}

static void
get_subsystems(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	struct spdk_subsystem *subsystem;

	spdk_json_write_array_begin(w);
	TAILQ_FOREACH (subsystem, subsystem_get_all(), tailq) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "subsystem", subsystem->name);
		write_needs(w, subsystem);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("framework_get_subsystems", get_subsystems, SPDK_RPC_RUNTIME, NULL,
		     "Subsystems in the order of their initialisation")

struct get_config_params {
	char *name;
	bool with_batches;
};

static const struct spindle_rpc_param get_config_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct get_config_params, name),
	 .doc = "Name of a subsystem"},
	{.name = "with_batches",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct get_config_params, with_batches),
	 .doc = "Keep calls that belong together in an array of their own (default: false)"},
};

static const struct spindle_rpc_object get_config_params =
	SPINDLE_RPC_OBJECT(struct get_config_params, get_config_members);

static void
answer_unknown(struct spdk_jsonrpc_request *request, const char *name)
{
	struct spdk_subsystem *subsystem;
	char names[512] = "";
	size_t used = 0;

	TAILQ_FOREACH (subsystem, subsystem_get_all(), tailq) {
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 used > 0 ? ", " : "", subsystem->name);
		if (used >= sizeof(names)) {
			break;
		}
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "Subsystem '%s' not found; there are: %s", name,
					     used > 0 ? names : "none");
}

static void
get_config(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct get_config_params *params = ctx;
	struct spdk_subsystem *subsystem = find(params->name);
	struct spdk_json_write_ctx *w;

	if (subsystem == NULL) {
		answer_unknown(request, params->name);
		return;
	}
	w = spdk_jsonrpc_begin_result(request);
	if (!params->with_batches) {
		spdk_json_write_add_flags(w, SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
	}
	if (subsystem->write_config_json != NULL) {
		subsystem->write_config_json(w);
	} else {
		spdk_json_write_null(w);
	}
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("framework_get_config", get_config, SPDK_RPC_RUNTIME, &get_config_params,
		     "The calls that bring a subsystem to its present state")
