/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method that tells what the scheduler moved, and why.
 */
#include "app/rpc/app_rpc.h"
#include "runtime/scheduler_moves.h"
#include "spdk/env.h"
#include "spdk/rpc.h"
#include "spdk/scheduler.h"
#include "spdk/util.h"

struct moves_params {
	uint64_t id;
	bool has_id;
	char *name;
	uint32_t limit;
};

static const struct spindle_rpc_param moves_members[] = {
	{.name = "id",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct moves_params, id),
	 .given_offset = offsetof(struct moves_params, has_id),
	 .doc = "Only the thread of this number; thread_get_stats tells it (default: all)"},
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct moves_params, name),
	 .doc = "Only threads of this name (default: all)"},
	{.name = "limit",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct moves_params, limit),
	 .doc = "So many moves at most, the newest, and so many threads that stay (default: 64, "
		"which is all that are kept)"},
};

static const struct spindle_rpc_object moves_params =
	SPINDLE_RPC_OBJECT(struct moves_params, moves_members);

static bool
is_asked_for(const struct moves_params *params, uint64_t id, const char *name)
{
	/* What is kept of a name has an end. */
	return (!params->has_id || params->id == id) &&
	       (params->name == NULL || strncmp(params->name, name, SCHEDULER_NAME_MAX - 1) == 0);
}

static void
write_move(struct spdk_json_write_ctx *w, const struct scheduler_move *move, uint64_t now)
{
	double ago = (double)(now - spdk_min(now, move->tick)) / (double)spdk_get_ticks_hz();

	spdk_json_write_object_begin(w);
	spdk_json_write_named_uint64(w, "tsc", move->tick);
	spdk_json_write_named_uint64(w, "ago_us", (uint64_t)(ago * SPDK_SEC_TO_USEC));
	spdk_json_write_named_string(w, "thread", move->thread_name);
	spdk_json_write_named_uint64(w, "id", move->thread_id);
	spdk_json_write_named_uint32(w, "load", move->thread_load);
	spdk_json_write_named_uint32(w, "from", move->from);
	spdk_json_write_named_uint32(w, "from_load", move->from_load);
	spdk_json_write_named_uint32(w, "to", move->to);
	spdk_json_write_named_uint32(w, "to_load", move->to_load);
	spdk_json_write_named_string(w, "scheduler", move->scheduler);
	spdk_json_write_named_string(w, "reason", move->word);
	spdk_json_write_named_string(w, "why", move->sentence);
	spdk_json_write_object_end(w);
}

static void
write_moves(struct spdk_json_write_ctx *w, const struct moves_params *params,
	    const struct scheduler_moves *moves)
{
	uint64_t now = spdk_get_ticks();
	uint32_t i, written = 0;

	spdk_json_write_named_uint64(w, "moves_total", moves->moves_total);
	spdk_json_write_named_array_begin(w, "moves");
	for (i = 0; i < moves->moves_count && written < params->limit; i++) {
		const struct scheduler_move *move = &moves->moves[i];

		if (is_asked_for(params, move->thread_id, move->thread_name)) {
			write_move(w, move, now);
			written++;
		}
	}
	spdk_json_write_array_end(w);
}

static void
write_stays(struct spdk_json_write_ctx *w, const struct moves_params *params,
	    const struct scheduler_moves *moves)
{
	uint32_t i, written = 0;

	spdk_json_write_named_array_begin(w, "stays");
	for (i = 0; i < moves->stays_count && written < params->limit; i++) {
		const struct scheduler_stay *stay = &moves->stays[i];

		if (!is_asked_for(params, stay->thread_id, stay->thread_name)) {
			continue;
		}
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "thread", stay->thread_name);
		spdk_json_write_named_uint64(w, "id", stay->thread_id);
		spdk_json_write_named_uint32(w, "lcore", stay->lcore);
		spdk_json_write_named_string(w, "reason", stay->word);
		spdk_json_write_named_string(w, "why", stay->sentence);
		spdk_json_write_object_end(w);
		written++;
	}
	spdk_json_write_array_end(w);
}

static void
get_moves(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct moves_params *params = ctx;
	struct scheduler_moves *moves = malloc(sizeof(*moves));
	struct spdk_json_write_ctx *w;

	if (moves == NULL) {
		answer_no_memory(request);
		return;
	}
	if (params->limit == 0) {
		params->limit = SCHEDULER_MOVES_MAX;
	}
	scheduler_copy_moves(moves);
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_object_begin(w);
	write_moves(w, params, moves);
	write_stays(w, params, moves);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
	free(moves);
}

SPINDLE_RPC_REGISTER("spindle_get_scheduler_moves", get_moves, SPDK_RPC_RUNTIME, &moves_params,
		     "The last moves of threads by the scheduler, why, and why others stay")
