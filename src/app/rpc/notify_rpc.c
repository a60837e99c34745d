/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for notifications: what types there are, and what has happened.
 */
#include "app/rpc/app_rpc.h"
#include "spdk/notify.h"
#include "spdk/rpc.h"

static int
write_type(const struct spdk_notify_type *type, void *w)
{
	return spdk_json_write_string(w, spdk_notify_type_get_name(type));
}

static void
get_types(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	spdk_notify_foreach_type(write_type, w);
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("notify_get_types", get_types, SPDK_RPC_RUNTIME, NULL,
		     "The types of notifications that may come")

struct notifications_params {
	uint64_t id;
	uint64_t max;
};

static const struct notifications_params notifications_defaults = {.max = UINT64_MAX};

static const struct spindle_rpc_param notifications_members[] = {
	{.name = "id",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct notifications_params, id),
	 .doc = "The first to be told; of those before the oldest that is kept, the oldest "
		"(default: 0)"},
	{.name = "max",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct notifications_params, max),
	 .doc = "How many to tell at most (default: all)"},
};

static const struct spindle_rpc_object notifications_params = SPINDLE_RPC_OBJECT_WITH(
	struct notifications_params, notifications_members, &notifications_defaults);

static int
write_event(uint64_t id, const struct spdk_notify_event *event, void *ctx)
{
	struct spdk_json_write_ctx *w = ctx;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "type", event->type);
	spdk_json_write_named_string(w, "ctx", event->ctx);
	spdk_json_write_named_uint64(w, "id", id);
	return spdk_json_write_object_end(w);
}

static void
get_notifications(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct notifications_params *params = ctx;
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	/* At most the 1024 that are kept. */
	(void)spdk_notify_foreach_event(params->id, params->max, write_event, w);
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("notify_get_notifications", get_notifications, SPDK_RPC_RUNTIME,
		     &notifications_params, "What has happened, from a given event on")
