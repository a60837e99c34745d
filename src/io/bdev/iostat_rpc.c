/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bdev_get_iostat and bdev_reset_iostat. A round goes to each device that is asked for, all at
 * once; the devices are held until the answer is sent.
 */
#include "bdev_rpc.h"
#include "spdk/env.h"
#include "spdk/rpc.h"
#include "spdk/util.h"

#define NAMES_MAX 1024

static const struct spindle_rpc_choice reset_modes[] = {
	{"all", SPDK_BDEV_RESET_STAT_ALL},
	{"maxmin", SPDK_BDEV_RESET_STAT_MAXMIN},
	{"error", SPDK_BDEV_RESET_STAT_ERROR},
	{"none", SPDK_BDEV_RESET_STAT_NONE},
	{NULL, 0},
};

/* ---- What rounds have in common ---- */

/* A device of a round. */
struct member {
	struct round *round;
	struct spdk_bdev *bdev;
	struct spdk_bdev_io_stat *stat; /* NULL: nobody asks for it */
	TAILQ_ENTRY(member) link;
};

struct round {
	struct spdk_jsonrpc_request *request;
	enum spdk_bdev_reset_stat_mode mode;
	void (*send_fn)(struct round *round);
	bool has_stats;
	/* Devices that have not answered, and one for the beginning of the round. */
	uint32_t left;
	int rc;
	TAILQ_HEAD(, member) members;
};

static void
end_round(struct round *round)
{
	struct member *member;

	if (--round->left > 0) {
		return;
	}
	if (round->rc != 0) {
		bdev_rpc_error(round->request, NULL, round->rc);
	} else {
		round->send_fn(round);
	}
	while ((member = TAILQ_FIRST(&round->members)) != NULL) {
		TAILQ_REMOVE(&round->members, member, link);
		bdev_release(member->bdev);
		bdev_io_stat_destroy(member->stat);
		free(member);
	}
	free(round);
}

static struct round *
make_round(struct spdk_jsonrpc_request *request, enum spdk_bdev_reset_stat_mode mode,
	   void (*send_fn)(struct round *round))
{
	struct round *round = calloc(1, sizeof(*round));

	if (round == NULL) {
		bdev_rpc_error(request, NULL, -ENOMEM);
		return NULL;
	}
	round->request = request;
	round->mode = mode;
	round->send_fn = send_fn;
	round->left = 1;
	TAILQ_INIT(&round->members);
	return round;
}

static int
add_member(void *ctx, struct spdk_bdev *bdev)
{
	struct round *round = ctx;
	struct member *member = calloc(1, sizeof(*member));

	if (member == NULL) {
		return -ENOMEM;
	}
	if (round->has_stats) {
		member->stat = bdev_io_stat_create();
		if (member->stat == NULL) {
			free(member);
			return -ENOMEM;
		}
	}
	member->round = round;
	member->bdev = bdev;
	bdev_lock();
	bdev_hold_locked(bdev);
	bdev_unlock();
	TAILQ_INSERT_TAIL(&round->members, member, link);
	return 0;
}

/* All devices, or those of the names. */
static void
add_members(struct round *round, char *const *names, size_t count)
{
	if (count == 0) {
		round->rc = spdk_for_each_bdev(round, add_member);
	} else {
		round->rc = spdk_for_each_bdev_by_name(round, add_member,
						       (const char **)(uintptr_t)names, count);
	}
}

static void
answered(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat, void *arg, int rc)
{
	struct member *member = arg;

	if (rc != 0) {
		member->round->rc = rc;
	}
	end_round(member->round);
}

/* ---- Reset ---- */

struct reset_params {
	char *name;
	int mode;
};

static const struct reset_params reset_defaults = {.mode = SPDK_BDEV_RESET_STAT_ALL};

static const struct spindle_rpc_param reset_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct reset_params, name),
	 .doc = "Name or alias of a bdev (default: all)"},
	{.name = "mode",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct reset_params, mode),
	 .choices = reset_modes,
	 .doc = "What is reset: everything, extremes of times only, errors only (default: all)"},
};

static const struct spindle_rpc_object reset_params =
	SPINDLE_RPC_OBJECT_WITH(struct reset_params, reset_members, &reset_defaults);

static void
send_true(struct round *round)
{
	spdk_jsonrpc_send_bool_response(round->request, true);
}

static void
reset_iostat(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct reset_params *params = ctx;
	struct round *round =
		make_round(request, (enum spdk_bdev_reset_stat_mode)params->mode, send_true);
	struct member *member;

	if (round == NULL) {
		return;
	}
	add_members(round, &params->name, params->name != NULL ? 1 : 0);
	if (round->rc == 0) {
		TAILQ_FOREACH (member, &round->members, link) {
			round->left++;
			bdev_reset_device_stat(member->bdev, round->mode, answered, member);
		}
	}
	end_round(round);
}

SPINDLE_RPC_REGISTER("bdev_reset_iostat", reset_iostat, SPDK_RPC_RUNTIME, &reset_params,
		     "Resets what was counted of I/Os, for everybody who asks")

/* ---- Get ---- */

struct get_params {
	char *names[NAMES_MAX];
	size_t names_count;
	bool per_channel;
	int reset_mode;
};

static const struct get_params get_defaults = {.reset_mode = SPDK_BDEV_RESET_STAT_NONE};

static const struct spindle_rpc_param name_element = {
	.name = "name",
	.kind = SPINDLE_RPC_STRING,
	.doc = "Name or alias of a bdev",
};

static const struct spindle_rpc_param get_members[] = {
	{.name = "names",
	 .kind = SPINDLE_RPC_ARRAY_OF,
	 .offset = offsetof(struct get_params, names),
	 .doc = "Names or aliases of bdevs (default: all)",
	 .element = &name_element,
	 .stride = sizeof(char *),
	 .max = NAMES_MAX,
	 .count_offset = offsetof(struct get_params, names_count)},
	{.name = "per_channel",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct get_params, per_channel),
	 .doc = "For each channel of one bdev (default: false)"},
	{.name = "reset_mode",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct get_params, reset_mode),
	 .choices = reset_modes,
	 .doc = "What is reset when it was told (default: none)"},
};

static const struct spindle_rpc_object get_params =
	SPINDLE_RPC_OBJECT_WITH(struct get_params, get_members, &get_defaults);

static struct spdk_json_write_ctx *
begin_result(struct spdk_jsonrpc_request *request)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_object_begin(w);
	spdk_json_write_named_uint64(w, "tick_rate", spdk_get_ticks_hz());
	spdk_json_write_named_uint64(w, "ticks", spdk_get_ticks());
	return w;
}

static void
end_result(struct spdk_jsonrpc_request *request, struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
write_member(struct spdk_json_write_ctx *w, const struct member *member)
{
	struct spdk_bdev *bdev = member->bdev;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_bdev_dump_io_stat_json(member->stat, w);
	if (spdk_bdev_get_qd_sampling_period(bdev) != 0) {
		spdk_json_write_named_uint64(w, "queue_depth_polling_period",
					     spdk_bdev_get_qd_sampling_period(bdev));
		spdk_json_write_named_uint64(w, "queue_depth", spdk_bdev_get_qd(bdev));
		spdk_json_write_named_uint64(w, "io_time", spdk_bdev_get_io_time(bdev));
		spdk_json_write_named_uint64(w, "weighted_io_time",
					     spdk_bdev_get_weighted_io_time(bdev));
	}
	if (bdev->fn_table->dump_device_stat_json != NULL) {
		spdk_json_write_named_object_begin(w, "driver_specific");
		bdev->fn_table->dump_device_stat_json(bdev->ctxt, w);
		spdk_json_write_object_end(w);
	}
	spdk_json_write_object_end(w);
}

static void
send_stats(struct round *round)
{
	struct spdk_json_write_ctx *w = begin_result(round->request);
	struct member *member;

	spdk_json_write_named_array_begin(w, "bdevs");
	TAILQ_FOREACH (member, &round->members, link) {
		write_member(w, member);
	}
	spdk_json_write_array_end(w);
	end_result(round->request, w);
}

static void
get_stats(struct spdk_jsonrpc_request *request, const struct get_params *params)
{
	struct round *round =
		make_round(request, (enum spdk_bdev_reset_stat_mode)params->reset_mode, send_stats);
	struct member *member;

	if (round == NULL) {
		return;
	}
	round->has_stats = true;
	add_members(round, params->names, params->names_count);
	if (round->rc == 0) {
		TAILQ_FOREACH (member, &round->members, link) {
			round->left++;
			spdk_bdev_get_device_stat(member->bdev, member->stat, round->mode, answered,
						  member);
		}
	}
	end_round(round);
}

/* ---- Get, for each channel ---- */

/* The result is written on the thread of each channel in turn. */
struct channel_round {
	struct spdk_jsonrpc_request *request;
	struct spdk_bdev *bdev;
	enum spdk_bdev_reset_stat_mode mode;
	struct spdk_json_write_ctx *w;
};

static void
write_channel(struct spdk_bdev_channel_iter *i, struct spdk_bdev *bdev, struct spdk_io_channel *ch,
	      void *ctx)
{
	struct channel_round *round = ctx;
	struct spdk_bdev_io_stat stat = {0};

	spdk_bdev_get_io_stat(bdev, ch, &stat, round->mode);
	spdk_json_write_object_begin(round->w);
	spdk_json_write_named_uint64(round->w, "thread_id", spdk_thread_get_id(spdk_get_thread()));
	spdk_bdev_dump_io_stat_json(&stat, round->w);
	spdk_json_write_object_end(round->w);
	spdk_bdev_for_each_channel_continue(i, 0);
}

static void
channels_written(struct spdk_bdev *bdev, void *ctx, int status)
{
	struct channel_round *round = ctx;

	spdk_json_write_array_end(round->w);
	end_result(round->request, round->w);
	bdev_release(bdev);
	free(round);
}

static void
get_channel_stats(struct spdk_jsonrpc_request *request, const struct get_params *params)
{
	struct channel_round *round;

	if (params->names_count != 1) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"per_channel is for one bdev at a time, and 'names' has %zu",
			params->names_count);
		return;
	}
	round = calloc(1, sizeof(*round));
	if (round == NULL) {
		bdev_rpc_error(request, params->names[0], -ENOMEM);
		return;
	}
	round->request = request;
	round->mode = (enum spdk_bdev_reset_stat_mode)params->reset_mode;
	round->bdev = bdev_rpc_get(request, params->names[0]);
	if (round->bdev == NULL) {
		free(round);
		return;
	}
	round->w = begin_result(request);
	spdk_json_write_named_string(round->w, "name", round->bdev->name);
	spdk_json_write_named_array_begin(round->w, "channels");
	spdk_bdev_for_each_channel(round->bdev, write_channel, round, channels_written);
}

static void
get_iostat(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct get_params *params = ctx;

	if (params->per_channel) {
		get_channel_stats(request, params);
	} else {
		get_stats(request, params);
	}
}

SPINDLE_RPC_REGISTER("bdev_get_iostat", get_iostat, SPDK_RPC_RUNTIME, &get_params,
		     "What was counted of I/Os")
