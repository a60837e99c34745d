/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods about methods: which there are, what they take, and what version this is.
 */
#include "control/rpc/rpc_internal.h"
#include "spdk/version.h"

struct get_methods_params {
	bool current;
	bool include_aliases;
};

static const struct spindle_rpc_param get_methods_members[] = {
	{.name = "current",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct get_methods_params, current),
	 .doc = "Only those that may be called now (default: false)"},
	{.name = "include_aliases",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct get_methods_params, include_aliases),
	 .doc = "Old names, too (default: false)"},
};

static const struct spindle_rpc_object get_methods_params =
	SPINDLE_RPC_OBJECT(struct get_methods_params, get_methods_members);

/* The method behind an alias; a method itself. */
static const struct spindle_rpc_method *
behind(const struct spindle_rpc_method *method)
{
	const struct spindle_rpc_method *other;

	if (method->alias_of == NULL) {
		return method;
	}
	for (other = rpc_first(); other != NULL; other = rpc_next(other)) {
		if (other->alias_of == NULL && strcmp(other->name, method->alias_of) == 0) {
			return other;
		}
	}
	return method;
}

static bool
is_shown(const struct spindle_rpc_method *method, const struct get_methods_params *params)
{
	uint32_t state = spdk_rpc_get_state();

	if (!rpc_is_on_allowlist(method->name) ||
	    (method->alias_of != NULL && !params->include_aliases)) {
		return false;
	}
	return !params->current || (behind(method)->state_mask & state) == state;
}

static void
get_methods(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct spindle_rpc_method *method;
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	for (method = rpc_first(); method != NULL; method = rpc_next(method)) {
		if (is_shown(method, ctx)) {
			spdk_json_write_string(w, method->name);
		}
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("rpc_get_methods", get_methods, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &get_methods_params, "Names of all methods")

static void write_members(struct spdk_json_write_ctx *w, const char *name,
			  const struct spindle_rpc_object *table);

static void
write_type(struct spdk_json_write_ctx *w, const struct spindle_rpc_param *param)
{
	const struct spindle_rpc_param *inner = param;
	const struct spindle_rpc_choice *choice;
	char type[64];

	spdk_json_write_named_string(w, "type", rpc_type_name(param, type, sizeof(type)));
	if (param->kind == SPINDLE_RPC_ARRAY_OF) {
		spdk_json_write_named_uint64(w, "max", param->max);
		inner = param->element;
	}
	if (inner->kind == SPINDLE_RPC_ENUM) {
		spdk_json_write_named_array_begin(w, "values");
		for (choice = inner->choices; choice->name != NULL; choice++) {
			spdk_json_write_string(w, choice->name);
		}
		spdk_json_write_array_end(w);
	} else if (inner->kind == SPINDLE_RPC_OBJECT_OF) {
		write_members(w, "members", inner->members);
	}
}

static void
write_members(struct spdk_json_write_ctx *w, const char *name,
	      const struct spindle_rpc_object *table)
{
	spdk_json_write_named_array_begin(w, name);
	for (size_t i = 0; table != NULL && i < table->members_count; i++) {
		const struct spindle_rpc_param *param = &table->members[i];

		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "name", param->name);
		write_type(w, param);
		spdk_json_write_named_bool(w, "required", param->is_required);
		spdk_json_write_named_string(w, "description", param->doc);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_array_end(w);
}

static void
write_method(struct spdk_json_write_ctx *w, const struct spindle_rpc_method *shown)
{
	const struct spindle_rpc_method *method = behind(shown);

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", shown->name);
	if (shown->alias_of != NULL) {
		spdk_json_write_named_string(w, "alias_of", shown->alias_of);
	}
	spdk_json_write_named_string(w, "summary", method->summary != NULL ? method->summary : "");
	spdk_json_write_named_bool(w, "startup", (method->state_mask & SPDK_RPC_STARTUP) != 0);
	spdk_json_write_named_bool(w, "runtime", (method->state_mask & SPDK_RPC_RUNTIME) != 0);
	if (method->plain_fn != NULL) {
		/* It decodes them by itself. */
		spdk_json_write_named_null(w, "params");
	} else {
		write_members(w, "params", method->params);
	}
	spdk_json_write_object_end(w);
}

struct describe_params {
	char *name;
	struct get_methods_params which;
};

static const struct spindle_rpc_param describe_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct describe_params, name),
	 .doc = "Only this one (default: all)"},
	{.name = "current",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct describe_params, which.current),
	 .doc = "Only those that may be called now (default: false)"},
	{.name = "include_aliases",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct describe_params, which.include_aliases),
	 .doc = "Old names, too (default: false, but for the one that is named)"},
};

static const struct spindle_rpc_object describe_params =
	SPINDLE_RPC_OBJECT(struct describe_params, describe_members);

static void
describe_methods(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct describe_params *params = ctx;
	const struct spindle_rpc_method *method;
	struct spdk_json_write_ctx *w;

	if (params->name != NULL) {
		if (rpc_find(params->name) == NULL) {
			rpc_answer_unknown(request, params->name);
			return;
		}
		if (!rpc_is_on_allowlist(params->name)) {
			rpc_answer_not_allowed(request, params->name);
			return;
		}
		params->which.include_aliases = true;
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_array_begin(w);
	for (method = rpc_first(); method != NULL; method = rpc_next(method)) {
		if (is_shown(method, &params->which) &&
		    (params->name == NULL || strcmp(params->name, method->name) == 0)) {
			write_method(w, method);
		}
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("spindle_get_methods", describe_methods, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &describe_params, "All methods with the parameters that they take")

static void
get_version(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "version", SPDK_VERSION_STRING);
	spdk_json_write_named_object_begin(w, "fields");
	spdk_json_write_named_uint32(w, "major", SPDK_VERSION_MAJOR);
	spdk_json_write_named_uint32(w, "minor", SPDK_VERSION_MINOR);
	spdk_json_write_named_uint32(w, "patch", SPDK_VERSION_PATCH);
	spdk_json_write_named_string(w, "suffix", SPDK_VERSION_SUFFIX);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("spdk_get_version", get_version, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "Version of the interface")
