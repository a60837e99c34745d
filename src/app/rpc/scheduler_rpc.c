/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the scheduler and the governor.
 *
 * A change is done as a whole or not at all: what a scheduler does not take leaves the one of
 * before, with its options.
 */
#include "app/rpc/app_rpc.h"
#include "app/rpc/scheduler_state.h"
#include "runtime/schedulers.h"
#include "spdk/env.h"
#include "spdk/rpc.h"
#include "spdk/scheduler.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* Where the period is not given, and none is set. */
#define DEFAULT_PERIOD_US SPDK_SEC_TO_USEC
#define PERCENT_MAX       100

static void
get_scheduler(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	struct scheduler_options options;
	struct spdk_scheduler *scheduler;
	struct spdk_governor *governor;

	scheduler_lock();
	scheduler = spdk_scheduler_get();
	governor = spdk_governor_get();
	(void)scheduler_get_options(&options);
	spdk_json_write_object_begin(w);
	if (scheduler != NULL) {
		spdk_json_write_named_string(w, "scheduler_name", scheduler->name);
	}
	spdk_json_write_named_uint64(w, "scheduler_period", spdk_scheduler_get_period());
	if (governor != NULL) {
		spdk_json_write_named_string(w, "governor_name", governor->name);
	}
	spdk_json_write_named_uint32(w, "scheduling_core", options.lcore);
	spdk_json_write_named_string_fmt(w, "isolated_core_mask", "0x%s",
					 spdk_cpuset_fmt(&options.isolated));
	if (scheduler != NULL && scheduler->get_opts != NULL) {
		scheduler->get_opts(w);
	}
	spdk_json_write_object_end(w);
	scheduler_unlock();
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("framework_get_scheduler", get_scheduler, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     NULL, "The scheduler, its period and options, and the governor")

static void
write_core(struct spdk_json_write_ctx *w, struct spdk_governor *governor, uint32_t core)
{
	uint32_t freqs[SPDK_MAX_LCORE_FREQS], count = 0, i;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_uint32(w, "lcore_id", core);
	spdk_json_write_named_array_begin(w, "available_frequencies");
	if (governor->get_core_avail_freqs != NULL) {
		count = governor->get_core_avail_freqs(core, freqs, SPDK_COUNTOF(freqs));
	}
	for (i = 0; i < spdk_min(count, SPDK_COUNTOF(freqs)); i++) {
		spdk_json_write_uint32(w, freqs[i]);
	}
	spdk_json_write_array_end(w);
	spdk_json_write_named_uint32(
		w, "current_frequency",
		governor->get_core_curr_freq != NULL ? governor->get_core_curr_freq(core) : 0);
	spdk_json_write_object_end(w);
}

static void
get_governor(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	struct spdk_governor *governor;
	uint32_t core;

	scheduler_lock();
	governor = spdk_governor_get();
	spdk_json_write_object_begin(w);
	if (governor != NULL) {
		spdk_json_write_named_string(w, "governor_name", governor->name);
		spdk_json_write_named_object_begin(w, "module_specific");
		if (governor->dump_info_json != NULL) {
			(void)governor->dump_info_json(w); /* What it has, it has written. */
		}
		spdk_json_write_object_end(w);
		spdk_json_write_named_array_begin(w, "cores");
		SPDK_ENV_FOREACH_CORE (core) {
			write_core(w, governor, core);
		}
		spdk_json_write_array_end(w);
	}
	spdk_json_write_object_end(w);
	scheduler_unlock();
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("framework_get_governor", get_governor, SPDK_RPC_RUNTIME, NULL,
		     "The governor and the frequencies of the cores; nothing, without one")

struct limit {
	uint8_t percent;
	bool is_given;
};

struct scheduler_params {
	char *name;
	uint64_t period_us;
	bool has_period;
	struct limit load_limit;
	struct limit core_limit;
	struct limit core_busy;
	char *mappings;
};

static const struct spindle_rpc_param scheduler_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct scheduler_params, name),
	 .doc = "static: threads stay where they are; dynamic: they are spread by their load"},
	{.name = "period",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct scheduler_params, period_us),
	 .given_offset = offsetof(struct scheduler_params, has_period),
	 .doc = "How often threads are balanced, in microseconds; 0: never (default: as it is, "
		"1000000 at first)"},
	{.name = "load_limit",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = offsetof(struct scheduler_params, load_limit.percent),
	 .given_offset = offsetof(struct scheduler_params, load_limit.is_given),
	 .doc = "dynamic: from this load on, in percent of a core, a thread is active (default: "
		"as it is, 20 at first)"},
	{.name = "core_limit",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = offsetof(struct scheduler_params, core_limit.percent),
	 .given_offset = offsetof(struct scheduler_params, core_limit.is_given),
	 .doc = "dynamic: up to this load, in percent, a core gets more threads (default: as it "
		"is, 80 at first)"},
	{.name = "core_busy",
	 .kind = SPINDLE_RPC_UINT8,
	 .offset = offsetof(struct scheduler_params, core_busy.percent),
	 .given_offset = offsetof(struct scheduler_params, core_busy.is_given),
	 .doc = "dynamic: from this load on, in percent, a core gives threads away (default: as "
		"it is, 95 at first)"},
	{.name = "mappings",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct scheduler_params, mappings),
	 .doc = "static: pairs of a thread's id and its core, such as 3:1,4:2 (default: as they "
		"are, none at first)"},
};

static const struct spindle_rpc_object scheduler_params =
	SPINDLE_RPC_OBJECT(struct scheduler_params, scheduler_members);

static void
write_limit(struct spdk_json_write_ctx *w, const char *name, const struct limit *limit)
{
	if (limit->is_given) {
		spdk_json_write_named_uint8(w, name, limit->percent);
	}
}

/* Those that were given, as the scheduler wants them. */
static void
write_given(struct spdk_json_write_ctx *w, const void *arg)
{
	const struct scheduler_params *params = arg;

	write_limit(w, "load_limit", &params->load_limit);
	write_limit(w, "core_limit", &params->core_limit);
	write_limit(w, "core_busy", &params->core_busy);
	if (params->mappings != NULL) {
		spdk_json_write_named_string(w, "mappings", params->mappings);
	}
}

/* 0, or what the scheduler has said. The caller has a way back. */
static int
apply_change(struct spdk_scheduler *scheduler, const struct scheduler_params *params,
	     const struct json_object *options)
{
	int rc = spdk_scheduler_set(scheduler->name);

	if (rc == 0 && options->values != NULL) {
		rc = scheduler->set_opts(options->values);
	}
	if (rc != 0) {
		return rc;
	}
	if (params->has_period) {
		spdk_scheduler_set_period(params->period_us);
	} else if (spdk_scheduler_get_period() == 0) {
		spdk_scheduler_set_period(DEFAULT_PERIOD_US);
	}
	return 0;
}

static int
change_scheduler(struct spdk_scheduler *scheduler, const struct scheduler_params *params,
		 const struct json_object *options)
{
	struct scheduler_state before;
	int rc;

	scheduler_lock();
	rc = scheduler_state_take(&before);
	if (rc == 0) {
		rc = apply_change(scheduler, params, options);
		if (rc != 0) {
			scheduler_state_restore(&before);
		}
		scheduler_state_free(&before);
	}
	scheduler_unlock();
	return rc;
}

static void
answer_unknown_scheduler(struct spdk_jsonrpc_request *request, const char *name)
{
	struct spdk_scheduler *scheduler = NULL;
	struct name_list names = {""};

	while ((scheduler = scheduler_after(scheduler)) != NULL) {
		name_list_add(&names, scheduler->name);
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "There is no scheduler '%s'; there are: %s", name,
					     name_list_text(&names));
}

/* 0, or the request was answered. */
static int
check_limit(struct spdk_jsonrpc_request *request, const char *name, const struct limit *limit)
{
	if (!limit->is_given || limit->percent <= PERCENT_MAX) {
		return 0;
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "%s is %u: it is in percent of a core, 0 to 100", name,
					     limit->percent);
	return -EINVAL;
}

/* 0, or the request was answered. */
static int
check_params(struct spdk_jsonrpc_request *request, const struct scheduler_params *params)
{
	if (scheduler_find(params->name) == NULL) {
		answer_unknown_scheduler(request, params->name);
		return -EINVAL;
	}
	if (check_limit(request, "load_limit", &params->load_limit) != 0 ||
	    check_limit(request, "core_limit", &params->core_limit) != 0 ||
	    check_limit(request, "core_busy", &params->core_busy) != 0) {
		return -EINVAL;
	}
	return 0;
}

static void
answer_change(struct spdk_jsonrpc_request *request, const struct spdk_scheduler *scheduler,
	      const struct json_object *options, int rc)
{
	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else if (rc == -ENOMEM) {
		answer_no_memory(request);
	} else {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"Scheduler '%s' does not take %s: %s. The log says why; the scheduler is "
			"the one of before.",
			scheduler->name, options->text != NULL ? options->text : "over",
			spdk_strerror(abs(rc)));
	}
}

static void
set_scheduler(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct scheduler_params *params = ctx;
	struct spdk_scheduler *scheduler;
	struct json_object options;
	char *given;

	if (check_params(request, params) != 0) {
		return;
	}
	scheduler = scheduler_find(params->name);
	given = json_object_write(write_given, params);
	if (given == NULL || json_object_parse(given, &options) != 0) {
		answer_no_memory(request);
		return;
	}
	if (options.values != NULL && scheduler->set_opts == NULL) {
		spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						     "Scheduler '%s' has no options: leave out %s",
						     scheduler->name, options.text);
	} else {
		answer_change(request, scheduler, &options,
			      change_scheduler(scheduler, params, &options));
	}
	json_object_free(&options);
}

SPINDLE_RPC_REGISTER("framework_set_scheduler", set_scheduler, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &scheduler_params, "Chooses the scheduler, which moves threads between cores")

struct options_params {
	uint32_t scheduling_core;
	bool has_core;
	char *isolated_core_mask;
};

static const struct spindle_rpc_param options_members[] = {
	{.name = "scheduling_core",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, scheduling_core),
	 .given_offset = offsetof(struct options_params, has_core),
	 .doc = "The core that schedules, to which idle threads go (default: as it is, the main "
		"core)"},
	{.name = "isolated_core_mask",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct options_params, isolated_core_mask),
	 .doc = "Cores to which the scheduler moves no threads, nor from them; without the "
		"scheduling core (default: none)"},
};

static const struct spindle_rpc_object options_params =
	SPINDLE_RPC_OBJECT(struct options_params, options_members);

static void
answer_no_core(struct spdk_jsonrpc_request *request, const char *what)
{
	struct spdk_cpuset cores;

	spdk_env_get_cpuset(&cores);
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "%s; the cores of this program are 0x%s", what,
					     spdk_cpuset_fmt(&cores));
}

/* 0, or the request was answered. */
static int
take_core(struct spdk_jsonrpc_request *request, uint32_t core, struct scheduler_options *options)
{
	struct spdk_cpuset cores;
	char what[64];

	spdk_env_get_cpuset(&cores);
	if (core >= SPDK_CPUSET_SIZE || !spdk_cpuset_get_cpu(&cores, core)) {
		snprintf(what, sizeof(what), "scheduling_core %u is not there", core);
		answer_no_core(request, what);
		return -EINVAL;
	}
	options->lcore = core;
	return 0;
}

/* 0, or the request was answered. */
static int
take_isolated(struct spdk_jsonrpc_request *request, const char *mask,
	      struct scheduler_options *options)
{
	struct spdk_cpuset cores, outside;

	if (mask == NULL) {
		return 0;
	}
	if (spdk_cpuset_parse(&options->isolated, mask) < 0) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"isolated_core_mask '%s' is no mask. Write, for example, 0x6 or [1-2].",
			mask);
		return -EINVAL;
	}
	spdk_env_get_cpuset(&cores);
	spdk_cpuset_copy(&outside, &options->isolated);
	spdk_cpuset_and(&outside, &cores);
	if (!spdk_cpuset_equal(&outside, &options->isolated)) {
		answer_no_core(request, "isolated_core_mask has cores that are not there");
		return -EINVAL;
	}
	if (spdk_cpuset_get_cpu(&options->isolated, options->lcore)) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
			"isolated_core_mask '%s' has core %u, which is the scheduling core: leave "
			"it out, or set scheduling_core to another",
			mask, options->lcore);
		return -EINVAL;
	}
	return 0;
}

static void
set_options(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct options_params *params = ctx;
	struct scheduler_options options;

	if (scheduler_get_options(&options)) {
		spdk_jsonrpc_send_error_response(
			request, SPDK_JSONRPC_ERROR_INVALID_STATE,
			"scheduler_set_options was called before, and can be called once: put all "
			"options into one call");
		return;
	}
	if ((params->has_core && take_core(request, params->scheduling_core, &options) != 0) ||
	    take_isolated(request, params->isolated_core_mask, &options) != 0) {
		return;
	}
	if (scheduler_set_options(&options) != 0) {
		answer_no_core(request, "The scheduling core has no reactor");
		return;
	}
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("scheduler_set_options", set_options, SPDK_RPC_STARTUP, &options_params,
		     "Sets the core that schedules, and those that are left alone")
