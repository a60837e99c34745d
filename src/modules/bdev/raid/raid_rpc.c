/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the raid module.
 */
#include "raid.h"
#include "spdk/json.h"
#include "spdk/jsonrpc.h"
#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* ---- bdev_raid_create ---- */

static const struct spindle_rpc_choice levels[] = {
	{"raid0", SPDK_BDEV_RAID_LEVEL_RAID0},   {"0", SPDK_BDEV_RAID_LEVEL_RAID0},
	{"raid1", SPDK_BDEV_RAID_LEVEL_RAID1},   {"1", SPDK_BDEV_RAID_LEVEL_RAID1},
	{"raid5f", SPDK_BDEV_RAID_LEVEL_RAID5F}, {"5f", SPDK_BDEV_RAID_LEVEL_RAID5F},
	{"concat", SPDK_BDEV_RAID_LEVEL_CONCAT}, {NULL, 0},
};

struct create_params {
	char *name;
	uint32_t strip_size_kb;
	int raid_level;
	char *base_bdevs[RAID_SLOTS_MAX];
	size_t base_bdevs_count;
	struct spdk_uuid uuid;
	bool superblock;
};

static const struct spindle_rpc_param base_bdev_element = {
	.name = "name of a bdev",
	.kind = SPINDLE_RPC_STRING,
};

static const struct spindle_rpc_param create_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct create_params, name),
	 .doc = "Name of the new bdev"},
	{.name = "raid_level",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct create_params, raid_level),
	 .choices = levels,
	 .doc = "How blocks lie on the bdevs below; raid5f is not there"},
	{.name = "base_bdevs",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .is_required = true,
	 .offset = offsetof(struct create_params, base_bdevs),
	 .doc = "Names of the bdevs below it, which may come later; \"\" for one that is to be "
		"added, and that raid1 does without",
	 .element = &base_bdev_element,
	 .stride = sizeof(char *),
	 .max = RAID_SLOTS_MAX,
	 .count_offset = offsetof(struct create_params, base_bdevs_count)},
	{.name = "strip_size_kb",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct create_params, strip_size_kb),
	 .doc = "Size of a strip in KiB, a power of 2; not for raid1"},
	{.name = "uuid",
	 .kind = SPINDLE_RPC_UUID,
	 .offset = offsetof(struct create_params, uuid),
	 .doc = "UUID of the new bdev (default: a new one)"},
	{.name = "superblock",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct create_params, superblock),
	 .doc = "Whether what the bdev is made of is written on the bdevs below (default: false)"},
};

static const struct spindle_rpc_object create_params =
	SPINDLE_RPC_OBJECT(struct create_params, create_members);

static void
answer(void *request, int rc, const struct bdev_reason *reason)
{
	if (rc == 0) {
		bdev_answer_done(request, 0);
	} else {
		bdev_answer_refusal(request, rc, reason);
	}
}

static void
create(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct create_params *params = ctx;
	struct raid_opts opts = {
		.name = params->name,
		.level = (enum spdk_bdev_raid_level)params->raid_level,
		.strip_kb = params->strip_size_kb,
		.base_names = params->base_bdevs,
		.count = params->base_bdevs_count,
		.uuid = params->uuid,
		.has_superblock = params->superblock,
	};

	raid_create(&opts, answer, request);
}

SPINDLE_RPC_REGISTER("bdev_raid_create", create, SPDK_RPC_RUNTIME, &create_params,
		     "Makes a bdev of several others")

/* ---- bdev_raid_delete ---- */

struct delete_params {
	char *name;
	bool clear_sb;
};

static const struct spindle_rpc_param delete_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct delete_params, name),
	 .doc = "Name of the bdev"},
	{.name = "clear_sb",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct delete_params, clear_sb),
	 .doc = "Whether what was written on the bdevs below is cleared (default: false)"},
};

static const struct spindle_rpc_object delete_params =
	SPINDLE_RPC_OBJECT(struct delete_params, delete_members);

static void
delete_raid(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct delete_params *params = ctx;

	raid_delete(params->name, params->clear_sb, answer, request);
}

SPINDLE_RPC_REGISTER("bdev_raid_delete", delete_raid, SPDK_RPC_RUNTIME, &delete_params,
		     "Removes a bdev made of others, in whatever state it is")

/* ---- bdev_raid_get_bdevs ---- */

static const struct spindle_rpc_choice states[] = {
	{"online", SPDK_BDEV_RAID_STATE_ONLINE},
	{"configuring", SPDK_BDEV_RAID_STATE_CONFIGURING},
	{"offline", SPDK_BDEV_RAID_STATE_OFFLINE},
	{"all", SPDK_BDEV_RAID_STATE_MAX},
	{NULL, 0},
};

struct get_params {
	int category;
};

static const struct spindle_rpc_param get_members[] = {
	{.name = "category",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct get_params, category),
	 .choices = states,
	 .doc = "The state of those that are listed"},
};

static const struct spindle_rpc_object get_params =
	SPINDLE_RPC_OBJECT(struct get_params, get_members);

static void
get_bdevs(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct get_params *params = ctx;
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	raid_write_list((enum spdk_bdev_raid_state)params->category, w);
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("bdev_raid_get_bdevs", get_bdevs, SPDK_RPC_RUNTIME, &get_params,
		     "Lists bdevs that are made of others, also those that are not there yet")

/* ---- bdev_raid_add_base_bdev ---- */

struct add_params {
	char *raid_bdev;
	char *base_bdev;
};

static const struct spindle_rpc_param add_members[] = {
	{.name = "raid_bdev",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct add_params, raid_bdev),
	 .doc = "Name of the bdev that has an empty slot"},
	{.name = "base_bdev",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct add_params, base_bdev),
	 .doc = "Name of the bdev for it"},
};

static const struct spindle_rpc_object add_params =
	SPINDLE_RPC_OBJECT(struct add_params, add_members);

static void
add(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct add_params *params = ctx;
	const struct raid_change change = {params->raid_bdev, params->base_bdev};

	raid_add(&change, answer, request);
}

SPINDLE_RPC_REGISTER("bdev_raid_add_base_bdev", add, SPDK_RPC_RUNTIME, &add_params,
		     "Puts a bdev into an empty slot of one that is made of several")

/* ---- bdev_raid_remove_base_bdev ---- */

struct remove_params {
	char *name;
};

static const struct spindle_rpc_param remove_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct remove_params, name),
	 .doc = "Name of the bdev below"},
};

static const struct spindle_rpc_object remove_params =
	SPINDLE_RPC_OBJECT(struct remove_params, remove_members);

static void
remove_base(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct remove_params *params = ctx;

	raid_remove(params->name, answer, request);
}

SPINDLE_RPC_REGISTER("bdev_raid_remove_base_bdev", remove_base, SPDK_RPC_RUNTIME, &remove_params,
		     "Takes a bdev out of the one that it is a part of")

/* ---- bdev_raid_set_options ---- */

struct options_params {
	uint32_t window_kb;
	uint32_t bandwidth_mb_sec;
	bool has_window;
	bool has_bandwidth;
};

static const struct spindle_rpc_param options_members[] = {
	{.name = "process_window_size_kb",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, window_kb),
	 .given_offset = offsetof(struct options_params, has_window),
	 .doc = "What a rebuild copies at a time, in KiB, at most 32768 (at first: 1024)"},
	{.name = "process_max_bandwidth_mb_sec",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, bandwidth_mb_sec),
	 .given_offset = offsetof(struct options_params, has_bandwidth),
	 .doc = "What a rebuild copies in a second at most, in MiB; 0: no limit (at first: 0)"},
};

static const struct spindle_rpc_object options_params =
	SPINDLE_RPC_OBJECT(struct options_params, options_members);

static void
set_options(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct options_params *params = ctx;
	struct bdev_reason reason = {""};
	struct raid_rebuild_opts opts;
	int rc;

	raid_rebuild_get_opts(&opts);
	if (params->has_window) {
		opts.window_kb = params->window_kb;
	}
	if (params->has_bandwidth) {
		opts.bandwidth_mb_sec = params->bandwidth_mb_sec;
	}
	rc = raid_rebuild_set_opts(&opts, &reason);
	if (rc == 0) {
		bdev_answer_done(request, 0);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_raid_set_options", set_options, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &options_params, "Sets how bdevs made of others are rebuilt, from the next on")
