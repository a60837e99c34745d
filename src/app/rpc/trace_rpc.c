/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for tracing: which tracepoints there are, which of them record, and where to read it.
 */
#include "app/rpc/app_rpc.h"
#include "runtime/trace.h"
#include "spdk/rpc.h"
#include "spdk/trace.h"

#define ALL               "all"
#define TPOINTS_PER_GROUP 64

struct group_params {
	char *name;
};

static const struct spindle_rpc_param group_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct group_params, name),
	 .doc = "A group of tracepoints, or all"},
};

static const struct spindle_rpc_object group_params =
	SPINDLE_RPC_OBJECT(struct group_params, group_members);

struct mask_params {
	char *name;
	uint64_t mask;
};

static const struct spindle_rpc_param mask_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct mask_params, name),
	 .doc = "A group of tracepoints"},
	{.name = "tpoint_mask",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct mask_params, mask),
	 .doc = "A bit for each tracepoint: 1 is that with id 0, 2 that with id 1"},
};

static const struct spindle_rpc_object mask_params =
	SPINDLE_RPC_OBJECT(struct mask_params, mask_members);

static const struct spdk_trace_register_fn *
find_group(const char *name)
{
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();

	while (group != NULL && strcmp(group->name, name) != 0) {
		group = spdk_trace_get_next_register_fn(group);
	}
	return group;
}

static void
answer_unknown_group(struct spdk_jsonrpc_request *request, const char *name, bool takes_all)
{
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();
	struct name_list groups = {""};

	if (takes_all) {
		name_list_add(&groups, ALL);
	}
	for (; group != NULL; group = spdk_trace_get_next_register_fn(group)) {
		name_list_add(&groups, group->name);
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "There is no group of tracepoints '%s'; there are: %s",
					     name, name_list_text(&groups));
}

/* Whether there is tracing; else the request was answered. */
static bool
check_on(struct spdk_jsonrpc_request *request)
{
	if (!trace_is_on()) {
		spdk_jsonrpc_send_error_response(
			request, SPDK_JSONRPC_ERROR_INVALID_STATE,
			"This program does not trace: it was started with --num-trace-entries=0, "
			"or there was no memory for it, which the log tells then");
	}
	return trace_is_on();
}

static void
switch_group(struct spdk_jsonrpc_request *request, const struct group_params *params,
	     int (*switch_by_name)(const char *name))
{
	if (!check_on(request)) {
		return;
	}
	if (strcmp(params->name, ALL) != 0 && find_group(params->name) == NULL) {
		answer_unknown_group(request, params->name, true);
		return;
	}
	(void)switch_by_name(params->name); /* There is such a group. */
	spdk_jsonrpc_send_bool_response(request, true);
}

static void
enable_group(struct spdk_jsonrpc_request *request, void *params)
{
	switch_group(request, params, spdk_trace_enable_tpoint_group);
}

SPINDLE_RPC_REGISTER("trace_enable_tpoint_group", enable_group, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &group_params, "Has all tracepoints of a group record")

static void
disable_group(struct spdk_jsonrpc_request *request, void *params)
{
	switch_group(request, params, spdk_trace_disable_tpoint_group);
}

SPINDLE_RPC_REGISTER("trace_disable_tpoint_group", disable_group,
		     SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, &group_params,
		     "Has no tracepoint of a group record any more")

static void
switch_tpoints(struct spdk_jsonrpc_request *request, const struct mask_params *params,
	       void (*switch_by_mask)(uint32_t group_id, uint64_t mask))
{
	const struct spdk_trace_register_fn *group;

	if (!check_on(request)) {
		return;
	}
	group = find_group(params->name);
	if (group == NULL) {
		answer_unknown_group(request, params->name, false);
		return;
	}
	switch_by_mask(group->tgroup_id, params->mask);
	spdk_jsonrpc_send_bool_response(request, true);
}

static void
set_mask(struct spdk_jsonrpc_request *request, void *params)
{
	switch_tpoints(request, params, spdk_trace_set_tpoints);
}

SPINDLE_RPC_REGISTER("trace_set_tpoint_mask", set_mask, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &mask_params, "Has some tracepoints of a group record, besides those that do")

static void
clear_mask(struct spdk_jsonrpc_request *request, void *params)
{
	switch_tpoints(request, params, spdk_trace_clear_tpoints);
}

SPINDLE_RPC_REGISTER("trace_clear_tpoint_mask", clear_mask, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &mask_params, "Has some tracepoints of a group not record any more")

static void
write_mask(struct spdk_json_write_ctx *w, const char *name, uint64_t mask)
{
	spdk_json_write_named_string_fmt(w, name, "0x%" PRIx64, mask);
}

static void
write_tpoints(struct spdk_json_write_ctx *w, uint32_t group_id)
{
	uint64_t mask = spdk_trace_get_tpoint_mask(group_id);
	const char *name;
	uint32_t id;

	spdk_json_write_named_array_begin(w, "tpoints");
	for (id = 0; id < TPOINTS_PER_GROUP; id++) {
		name = trace_tpoint_name(group_id, id);
		if (name == NULL) {
			continue;
		}
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "name", name);
		spdk_json_write_named_uint32(w, "id", id);
		spdk_json_write_named_bool(w, "enabled", (mask >> id & 1) != 0);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_array_end(w);
}

static void
write_groups(struct spdk_json_write_ctx *w, bool in_detail)
{
	struct spdk_trace_register_fn *group = spdk_trace_get_first_register_fn();
	uint64_t mask;

	write_mask(w, "tpoint_group_mask", spdk_trace_get_tpoint_group_mask());
	for (; group != NULL; group = spdk_trace_get_next_register_fn(group)) {
		mask = spdk_trace_get_tpoint_mask(group->tgroup_id);
		spdk_json_write_named_object_begin(w, group->name);
		if (in_detail) {
			spdk_json_write_named_bool(w, "enabled", mask != 0);
		}
		write_mask(w, "mask", UINT64_C(1) << group->tgroup_id);
		write_mask(w, "tpoint_mask", mask);
		if (in_detail) {
			write_tpoints(w, group->tgroup_id);
		}
		spdk_json_write_object_end(w);
	}
}

static void
get_groups(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_object_begin(w);
	write_groups(w, true);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("trace_get_tpoint_group_mask", get_groups, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     NULL, "All groups of tracepoints, and which tracepoints record")

static void
get_info(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	const char *path = trace_file_path();

	spdk_json_write_object_begin(w);
	/* Empty where others cannot see what is recorded. */
	spdk_json_write_named_string(w, "tpoint_shm_path", path != NULL ? path : "");
	write_groups(w, false);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("trace_get_info", get_info, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "The trace file, and the groups of tracepoints")

static void
clear_history(struct spdk_jsonrpc_request *request, void *params)
{
	if (check_on(request)) {
		spdk_trace_clear();
		spdk_jsonrpc_send_bool_response(request, true);
	}
}

SPINDLE_RPC_REGISTER("trace_clear", clear_history, SPDK_RPC_RUNTIME, NULL,
		     "Has readers pass over what was recorded so far")
