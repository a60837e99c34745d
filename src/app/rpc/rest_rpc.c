/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for how reactors rest: what --poll and --spin-us say, while the application runs.
 */
#include "app/rest.h"
#include "app/rpc/app_rpc.h"
#include "runtime/reactors.h"
#include "spdk/rpc.h"
#include "spdk/thread.h"
#include "spindle/reactor.h"

struct rest_params {
	bool poll;
	bool has_poll;
	uint32_t spin_us;
	bool has_spin_us;
};

static const struct spindle_rpc_param rest_members[] = {
	{.name = "poll",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct rest_params, poll),
	 .given_offset = offsetof(struct rest_params, has_poll),
	 .doc = "Reactors never rest: each keeps its CPU busy (default: it stays as it is)"},
	{.name = "spin_us",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct rest_params, spin_us),
	 .given_offset = offsetof(struct rest_params, has_spin_us),
	 .doc = "How long they look for work at most before they rest, in microseconds, up to "
		"1000000 (default: it stays as it is)"},
};

static const struct spindle_rpc_object rest_params =
	SPINDLE_RPC_OBJECT(struct rest_params, rest_members);

static void
write_rest(struct spdk_json_write_ctx *w, const struct spindle_rest_opts *opts)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_bool(w, "poll", opts->never_rest);
	spdk_json_write_named_uint32(w, "spin_us", opts->spin_us);
	spdk_json_write_object_end(w);
}

void
rest_write_config(struct spdk_json_write_ctx *w)
{
	struct spindle_rest_opts opts = {.size = sizeof(opts)};

	spindle_reactors_get_rest(&opts);
	if (!opts.never_rest && opts.spin_us == SPINDLE_REST_SPIN_US) {
		return;
	}
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "spindle_set_rest");
	spdk_json_write_name(w, "params");
	write_rest(w, &opts);
	spdk_json_write_object_end(w);
}

static void
answer_set(void *request)
{
	spdk_jsonrpc_send_bool_response(request, true);
}

static void
wake(void *arg1, void *arg2)
{
}

static void
all_have_woken(void *request, void *arg)
{
	/* While the app thread lives, which has the request. */
	(void)spdk_thread_send_msg(spdk_thread_get_app_thread(), answer_set, request);
}

static void
set_rest(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct rest_params *params = ctx;
	struct spindle_rest_opts opts = {.size = sizeof(opts)};
	/* One that sleeps does not look at what has been set. */
	struct reactors_round round = {.fn = wake, .arg1 = request, .done_fn = all_have_woken};

	if (params->spin_us > REST_SPIN_US_MAX) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"params.spin_us: expected a whole number from 0 to %d, found %" PRIu32,
			REST_SPIN_US_MAX, params->spin_us);
		return;
	}
	spindle_reactors_get_rest(&opts);
	opts.never_rest = params->has_poll ? params->poll : opts.never_rest;
	opts.spin_us = params->has_spin_us ? params->spin_us : opts.spin_us;
	spindle_reactors_set_rest(&opts);
	if (reactors_for_each(&round) != 0) {
		answer_no_memory(request);
	}
}

SPINDLE_RPC_REGISTER("spindle_set_rest", set_rest, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &rest_params, "Says how long reactors look for work before they sleep")

static void
get_rest(struct spdk_jsonrpc_request *request, void *params)
{
	struct spindle_rest_opts opts = {.size = sizeof(opts)};
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spindle_reactors_get_rest(&opts);
	write_rest(w, &opts);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("spindle_get_rest", get_rest, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "How long reactors look for work before they sleep")
