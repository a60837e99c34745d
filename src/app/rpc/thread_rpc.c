/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for threads: what they do and have, and where they may run.
 *
 * Each thread writes about itself. The request goes from thread to thread, one at a time, and the
 * writer with it; so nobody looks at a thread from outside, and one that exits on the way is left
 * out. Nothing is gathered first: whatever the number of threads, the app thread writes the
 * beginning, what it has itself, and the end. A thread writes all that it has in one go, so one
 * with 10,000 pollers stops for some 20 ms. An answer has at most 32 MiB, which is some 200,000
 * threads; beyond that an error says so, and the rest of the threads is visited and writes nothing.
 */
#include "app/rpc/app_rpc.h"
#include "runtime/thread_look.h"
#include "spdk/cpuset.h"
#include "spdk/env.h"
#include "spdk/rpc.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spdk_internal/thread.h"

struct cpumask_params {
	uint64_t id;
	char *cpumask;
};

static const struct spindle_rpc_param cpumask_members[] = {
	{.name = "id",
	 .kind = SPINDLE_RPC_UINT64,
	 .is_required = true,
	 .offset = offsetof(struct cpumask_params, id),
	 .doc = "Number of the thread; thread_get_stats tells it"},
	{.name = "cpumask",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct cpumask_params, cpumask),
	 .doc = "Cores that it may run on, such as 0x3 or [0,2-3]"},
};

static const struct spindle_rpc_object cpumask_params =
	SPINDLE_RPC_OBJECT(struct cpumask_params, cpumask_members);

/* A change of a thread's cpumask, on its way there and back. */
struct cpumask_change {
	struct spdk_jsonrpc_request *request;
	uint64_t id;
	struct spdk_cpuset cpumask;
	int rc;
};

/* One request on its way. Whoever's turn it is has all of it. */
struct round {
	struct spdk_jsonrpc_request *request;
	struct spdk_json_write_ctx *w;
	/* Writes the members of the current thread; not 0: there is no more room. */
	int (*write)(struct spdk_json_write_ctx *w, struct spdk_thread *thread);
	bool is_full;
	/* The app thread is among the visited; false: there was no memory to begin. */
	bool has_begun;
};

static void
visit(void *arg)
{
	struct round *round = arg;

	round->has_begun = true;
	if (round->is_full) {
		return;
	}
	spdk_json_write_object_begin(round->w);
	round->is_full = round->write(round->w, spdk_get_thread()) != 0 ||
			 spdk_json_write_object_end(round->w) != 0;
}

static void
visited(void *arg)
{
	struct round *round = arg;

	if (round->has_begun) {
		spdk_json_write_array_end(round->w);
		spdk_json_write_object_end(round->w);
		/* What did not fit is an error of the writer, and of the answer. */
		spdk_jsonrpc_end_result(round->request, round->w);
	} else {
		answer_no_memory(round->request);
	}
	free(round);
}

static void
go_round(struct spdk_jsonrpc_request *request,
	 int (*write)(struct spdk_json_write_ctx *w, struct spdk_thread *thread))
{
	struct round *round = calloc(1, sizeof(*round));

	if (round == NULL) {
		answer_no_memory(request);
		return;
	}
	round->request = request;
	round->write = write;
	round->w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_object_begin(round->w);
	spdk_json_write_named_uint64(round->w, "tick_rate", spdk_get_ticks_hz());
	spdk_json_write_named_array_begin(round->w, "threads");
	spdk_for_each_thread(visit, round, visited);
}

static int
write_stats(struct spdk_json_write_ctx *w, struct spdk_thread *thread)
{
	struct thread_poller_counts counts;
	struct spdk_thread_stats stats;
	struct spdk_cpuset cpumask;

	(void)spdk_thread_get_stats(&stats); /* There is a current thread. */
	thread_count_pollers(thread, &counts);
	/* Threads share theirs, and a set is written to when it is made a text. */
	spdk_cpuset_copy(&cpumask, spdk_thread_get_cpumask(thread));
	spdk_json_write_named_string(w, "name", spdk_thread_get_name(thread));
	spdk_json_write_named_uint64(w, "id", spdk_thread_get_id(thread));
	spdk_json_write_named_string(w, "cpumask", spdk_cpuset_fmt(&cpumask));
	spdk_json_write_named_uint64(w, "busy", stats.busy_tsc);
	spdk_json_write_named_uint64(w, "idle", stats.idle_tsc);
	/* Programs that look at threads refuse a member that they do not expect. */
	if (spdk_interrupt_mode_is_enabled()) {
		spdk_json_write_named_bool(w, "in_interrupt", thread_is_in_interrupt(thread));
	}
	spdk_json_write_named_uint32(w, "active_pollers_count", counts.active);
	spdk_json_write_named_uint32(w, "timed_pollers_count", counts.timed);
	return spdk_json_write_named_uint32(w, "paused_pollers_count", counts.paused);
}

static void
get_stats(struct spdk_jsonrpc_request *request, void *params)
{
	go_round(request, write_stats);
}

SPINDLE_RPC_REGISTER("thread_get_stats", get_stats, SPDK_RPC_RUNTIME, NULL,
		     "What each thread has done since it was made")

static int
write_poller(struct spdk_json_write_ctx *w, struct spdk_poller *poller)
{
	uint64_t period_ticks = spdk_poller_get_period_ticks(poller);
	struct spdk_poller_stats stats;

	spdk_poller_get_stats(poller, &stats);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", spdk_poller_get_name(poller));
	spdk_json_write_named_uint64(w, "id", spdk_poller_get_id(poller));
	spdk_json_write_named_string(w, "state", spdk_poller_get_state_str(poller));
	spdk_json_write_named_uint64(w, "run_count", stats.run_count);
	spdk_json_write_named_uint64(w, "busy_count", stats.busy_count);
	if (period_ticks != 0) {
		spdk_json_write_named_uint64(w, "period_ticks", period_ticks);
	}
	return spdk_json_write_object_end(w);
}

static const struct poller_kind {
	const char *list_name;
	struct spdk_poller *(*first)(struct spdk_thread *thread);
	struct spdk_poller *(*next)(struct spdk_poller *poller);
} poller_kinds[] = {
	{"active_pollers", spdk_thread_get_first_active_poller, spdk_thread_get_next_active_poller},
	{"timed_pollers", spdk_thread_get_first_timed_poller, spdk_thread_get_next_timed_poller},
	{"paused_pollers", spdk_thread_get_first_paused_poller, spdk_thread_get_next_paused_poller},
};

static int
write_poller_list(struct spdk_json_write_ctx *w, struct spdk_thread *thread,
		  const struct poller_kind *kind)
{
	struct spdk_poller *poller = kind->first(thread);
	int rc = spdk_json_write_named_array_begin(w, kind->list_name);

	for (; poller != NULL && rc == 0; poller = kind->next(poller)) {
		rc = write_poller(w, poller);
	}
	return rc != 0 ? rc : spdk_json_write_array_end(w);
}

static int
write_pollers(struct spdk_json_write_ctx *w, struct spdk_thread *thread)
{
	int rc = 0;

	spdk_json_write_named_string(w, "name", spdk_thread_get_name(thread));
	spdk_json_write_named_uint64(w, "id", spdk_thread_get_id(thread));
	for (size_t i = 0; i < SPDK_COUNTOF(poller_kinds) && rc == 0; i++) {
		rc = write_poller_list(w, thread, &poller_kinds[i]);
	}
	return rc;
}

static void
get_pollers(struct spdk_jsonrpc_request *request, void *params)
{
	go_round(request, write_pollers);
}

SPINDLE_RPC_REGISTER("thread_get_pollers", get_pollers, SPDK_RPC_RUNTIME, NULL,
		     "The pollers of each thread")

static int
write_io_channels(struct spdk_json_write_ctx *w, struct spdk_thread *thread)
{
	struct spdk_io_channel *channel;
	int rc = 0;

	spdk_json_write_named_string(w, "name", spdk_thread_get_name(thread));
	spdk_json_write_named_array_begin(w, "io_channels");
	for (channel = spdk_thread_get_first_io_channel(thread); channel != NULL && rc == 0;
	     channel = spdk_thread_get_next_io_channel(channel)) {
		spdk_json_write_object_begin(w);
		spdk_json_write_named_string(w, "name",
					     spdk_io_channel_get_io_device_name(channel));
		spdk_json_write_named_int32(w, "ref", spdk_io_channel_get_ref_count(channel));
		rc = spdk_json_write_object_end(w);
	}
	return rc != 0 ? rc : spdk_json_write_array_end(w);
}

static void
get_io_channels(struct spdk_jsonrpc_request *request, void *params)
{
	go_round(request, write_io_channels);
}

SPINDLE_RPC_REGISTER("thread_get_io_channels", get_io_channels, SPDK_RPC_RUNTIME, NULL,
		     "The I/O channels of each thread")

static void
cpumask_changed(void *arg)
{
	struct cpumask_change *change = arg;

	if (change->rc == 0) {
		spdk_jsonrpc_send_bool_response(change->request, true);
	} else {
		answer_errno(change->request, "The cpumask stays as it is", change->rc);
	}
	free(change);
}

static void
change_cpumask(void *arg)
{
	struct cpumask_change *change = arg;

	change->rc = spdk_thread_set_cpumask(&change->cpumask);
	/* While the app thread lives, which has the request. */
	(void)spdk_thread_send_msg(spdk_thread_get_app_thread(), cpumask_changed, change);
}

/* 0, or the request was answered. */
static int
parse_cpumask(struct spdk_jsonrpc_request *request, const char *text, struct spdk_cpuset *cpumask)
{
	char cores_text[SPDK_CPUSET_SIZE / 4 + 1];
	struct spdk_cpuset cores;

	if (spdk_cpuset_parse(cpumask, text) < 0) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"'%s' is no cpumask. Write, for example, 0x3 or [0,2-3].", text);
		return -EINVAL;
	}
	spdk_env_get_cpuset(&cores);
	snprintf(cores_text, sizeof(cores_text), "%s", spdk_cpuset_fmt(&cores));
	spdk_cpuset_and(cpumask, &cores);
	if (spdk_cpuset_count(cpumask) == 0) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"cpumask '%s' has none of the cores of this program, which are 0x%s", text,
			cores_text);
		return -EINVAL;
	}
	return 0;
}

static void
set_cpumask(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct cpumask_params *params = ctx;
	struct cpumask_change *change;
	struct spdk_thread *thread;

	change = calloc(1, sizeof(*change));
	if (change == NULL) {
		answer_no_memory(request);
		return;
	}
	change->request = request;
	change->id = params->id;
	if (parse_cpumask(request, params->cpumask, &change->cpumask) != 0) {
		goto free_change;
	}
	thread = spdk_thread_get_by_id(params->id);
	/* It may exit at this moment, and then does not take the message. */
	if (thread == NULL || !spdk_thread_is_running(thread) ||
	    spdk_thread_send_msg(thread, change_cpumask, change) != 0) {
		spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						     "There is no thread with id %" PRIu64
						     "; thread_get_stats tells those there are",
						     params->id);
		goto free_change;
	}
	return;

free_change:
	free(change);
}

SPINDLE_RPC_REGISTER("thread_set_cpumask", set_cpumask, SPDK_RPC_RUNTIME, &cpumask_params,
		     "Sets the cores that a thread may run on")
