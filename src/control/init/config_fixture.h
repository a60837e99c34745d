/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of configurations: methods that say that they were called, and behave as methods do,
 * and a subsystem that they may stand under.
 */
#ifndef SPINDLE_CONFIG_FIXTURE_H
#define SPINDLE_CONFIG_FIXTURE_H

#include "control/config.h"
#include "control/rpc_fixture.h"
#include "control/subsystem.h"
#include "spdk/thread.h"

/* The names of the volumes and of the methods that were called, each with a blank behind it. */
static char g_called[4096];
static uint32_t g_calls;
/* A request that waits for the test to answer it. */
static struct spdk_jsonrpc_request *g_later;

static inline void
note_call(const char *name)
{
	size_t used = strlen(g_called);

	g_calls++;
	if (used + strlen(name) + 2 < sizeof(g_called)) {
		snprintf(g_called + used, sizeof(g_called) - used, "%s ", name);
	}
}

struct volume {
	char *name;
	uint64_t num_blocks;
	int color;
	char *tags[2];
	size_t tags_count;
	struct {
		uint8_t level;
	} inner;
};

static const struct spindle_rpc_choice g_colors[] = {{"red", 1}, {"blue", 2}, {NULL, 0}};
static const struct spindle_rpc_param g_inner_members[] = {
	{.name = "level", .kind = SPINDLE_RPC_UINT8, .is_required = true, .doc = "Level"},
};
static const struct spindle_rpc_object g_inner = {
	.size = sizeof(((struct volume *)NULL)->inner),
	.members = g_inner_members,
	.members_count = SPDK_COUNTOF(g_inner_members),
};
static const struct spindle_rpc_param g_tag = {.name = "tag", .kind = SPINDLE_RPC_STRING};
static const struct spindle_rpc_param g_volume_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct volume, name),
	 .doc = "Name"},
	{.name = "num_blocks",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct volume, num_blocks),
	 .doc = "Size"},
	{.name = "color",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct volume, color),
	 .doc = "Color",
	 .choices = g_colors},
	{.name = "tags",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .offset = offsetof(struct volume, tags),
	 .doc = "Tags",
	 .element = &g_tag,
	 .stride = sizeof(char *),
	 .max = 2,
	 .count_offset = offsetof(struct volume, tags_count)},
	{.name = "inner",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct volume, inner),
	 .doc = "More",
	 .members = &g_inner},
};
static const struct spindle_rpc_object g_volume =
	SPINDLE_RPC_OBJECT(struct volume, g_volume_members);

static void
create(struct spdk_jsonrpc_request *request, void *params)
{
	note_call(((struct volume *)params)->name);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("volume_create", create, SPDK_RPC_RUNTIME, &g_volume, "Makes a volume")
SPDK_RPC_REGISTER_ALIAS_DEPRECATED(volume_create, create_volume)

static void
set_options(struct spdk_jsonrpc_request *request, void *params)
{
	note_call("options");
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("store_set_options", set_options, SPDK_RPC_STARTUP, NULL, "Options")

static void
always(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	note_call(params == NULL ? "always" : "always(params)");
	spdk_jsonrpc_send_bool_response(request, true);
}

SPDK_RPC_REGISTER("store_always", always, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME)

/* Fails with the code and the text that its params say: [CODE, TEXT]. */
static void
refuse(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	int32_t code = 0;

	note_call("fail");
	(void)spdk_json_number_to_int32(params + 1, &code);
	spdk_jsonrpc_send_error_response_fmt(request, code, "%.*s", (int)params[2].len,
					     (char *)params[2].start);
}

SPDK_RPC_REGISTER("store_fail", refuse, SPDK_RPC_RUNTIME)

static void
later(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	note_call("later");
	g_later = request;
}

SPDK_RPC_REGISTER("store_later", later, SPDK_RPC_RUNTIME)

static struct spdk_subsystem g_store = {.name = "store"};
SPDK_SUBSYSTEM_REGISTER(g_store)

static inline int
start_config_test(void **state)
{
	log_capture_start();
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	g_called[0] = '\0';
	g_calls = 0;
	g_later = NULL;
	return 0;
}

static inline int
stop_config_test(void **state)
{
	spdk_rpc_set_allowlist(NULL);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	log_capture_stop();
	return 0;
}

/* A configuration with these entries under the subsystem "store". */
#define STORE(entries) "{\"subsystems\":[{\"subsystem\":\"store\",\"config\":[" entries "]}]}"
#define CREATE(name)   "{\"method\":\"volume_create\",\"params\":{\"name\":\"" name "\"}}"

static inline struct config *
read_config(const char *text)
{
	struct config *config = NULL;

	assert_int_equal(config_read_text("test.json", text, strlen(text), &config), 0);
	return config;
}

#endif
