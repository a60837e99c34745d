/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method about the servers: who is connected, what was asked, and how long a turn of theirs
 * keeps the app thread from all else.
 */
#include "spdk/rpc.h"
#include "control/jsonrpc.h"
#include "control/rpc_servers.h"
#include "spdk/env.h"
#include "spdk/histogram_data.h"
#include "spdk/util.h"

static const struct share {
	const char *name;
	double of_all;
} shares[] = {
	{"p50", 0.5},
	{"p99", 0.99},
	{"p99_9", 0.999},
	{"max", 1.0},
};

struct quantiles {
	uint64_t values[SPDK_COUNTOF(shares)];
};

/* The end of the bucket that a share of all turns is in or below. */
static void
look_at_bucket(void *ctx, uint64_t start, uint64_t end, uint64_t count, uint64_t total,
	       uint64_t so_far)
{
	struct quantiles *quantiles = ctx;

	for (size_t i = 0; i < SPDK_COUNTOF(shares); i++) {
		if (count > 0 && (double)(so_far - count) < shares[i].of_all * (double)total) {
			quantiles->values[i] = end;
		}
	}
}

static void
write_turns(struct spdk_json_write_ctx *w, const char *name,
	    const struct spdk_histogram_data *turns, uint64_t units_per_sec)
{
	double ns = (double)SPDK_SEC_TO_NSEC / (double)units_per_sec;
	struct quantiles quantiles = {{0}};

	spdk_histogram_data_iterate(turns, look_at_bucket, &quantiles);
	spdk_json_write_named_object_begin(w, name);
	for (size_t i = 0; i < SPDK_COUNTOF(shares); i++) {
		spdk_json_write_named_uint64(w, shares[i].name,
					     (uint64_t)((double)quantiles.values[i] * ns));
	}
	spdk_json_write_object_end(w);
}

static void
write_server(const char *address, const struct spdk_jsonrpc_server *server, void *arg)
{
	struct spdk_json_write_ctx *w = arg;
	struct jsonrpc_stats stats;

	jsonrpc_server_get_stats(server, &stats);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "address", address);
	spdk_json_write_named_uint32(w, "connections", stats.connections);
	spdk_json_write_named_uint64(w, "connections_total", stats.connections_total);
	spdk_json_write_named_uint64(w, "connections_refused", stats.connections_refused);
	spdk_json_write_named_uint64(w, "requests", stats.requests);
	spdk_json_write_named_uint64(w, "errors", stats.errors);
	spdk_json_write_named_uint64(w, "bytes_in", stats.bytes_in);
	spdk_json_write_named_uint64(w, "bytes_out", stats.bytes_out);
	spdk_json_write_named_uint64(w, "turns", stats.turns);
	write_turns(w, "turn_ns", stats.turn_ticks, spdk_get_ticks_hz());
	write_turns(w, "turn_cpu_ns", stats.turn_cpu_ns, SPDK_SEC_TO_NSEC);
	spdk_json_write_object_end(w);
}

static void
get_rpc_stats(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_array_begin(w);
	rpc_servers_for_each(write_server, w);
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("spindle_get_rpc_stats", get_rpc_stats, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     NULL, "Connections, requests and turns of the RPC servers")
