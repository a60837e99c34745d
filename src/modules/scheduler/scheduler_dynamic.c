/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dynamic scheduler: spreads threads that have something to do, gathers those that have not,
 * and has a governor, where there is one, slow down cores without work. The decision is balance.c.
 */
#include "env/env_internal.h"
#include "modules/scheduler/balance.h"
#include "runtime/governor.h"
#include "runtime/scheduler_moves.h"
#include "runtime/thread_mask.h"
#include "spdk/env.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/util.h"

#define DEFAULT_PERIOD_US SPDK_SEC_TO_USEC
#define PERCENT_MAX       100
/* The one that SPDK's dynamic scheduler asks for. */
#define GOVERNOR "dpdk_governor"

SPDK_LOG_REGISTER_COMPONENT(scheduler_dynamic)

static const struct balance_opts g_defaults = {.load_limit = 20, .core_limit = 80, .core_busy = 95};
static struct balance_opts g_opts;
static struct balance_past g_past;

static int
init_dynamic(void)
{
	g_opts = g_defaults;
	/* Without one the frequency of cores stays as it is. */
	if (governor_exists(GOVERNOR) && spdk_governor_set(GOVERNOR) != 0) {
		SPDK_INFOLOG(scheduler_dynamic, "The frequency of cores stays as it is\n");
	}
	if (spdk_scheduler_get_period() == 0) {
		spdk_scheduler_set_period(DEFAULT_PERIOD_US);
	}
	return 0;
}

static void
deinit_dynamic(void)
{
	(void)spdk_governor_set(NULL); /* Taking it away cannot fail. */
	balance_forget(&g_past);
}

static uint32_t
count_threads(const struct spdk_scheduler_core_info *cores, uint32_t count, uint32_t lcore)
{
	uint32_t i, j, found = 0;

	for (i = 0; i < count; i++) {
		for (j = 0; j < cores[i].threads_count; j++) {
			found += cores[i].thread_infos[j].lcore == lcore;
		}
	}
	return found;
}

/* Failures are the governor's to tell; there is nothing to be done about them. */
static void
set_frequency(const struct spdk_governor *governor, uint32_t lcore, uint32_t load)
{
	if (lcore != spdk_scheduler_get_scheduling_lcore()) {
		(void)(load != 0 ? governor->set_core_freq_max :
				   governor->set_core_freq_min)(lcore);
	} else if (load >= g_opts.core_busy) {
		(void)governor->set_core_freq_max(lcore);
	} else if (load > g_opts.core_limit) {
		(void)governor->core_freq_up(lcore);
	} else if (load < g_opts.load_limit) {
		(void)governor->core_freq_down(lcore);
	}
}

static bool
share_cpu(uint32_t lcore, uint32_t other)
{
	uint32_t cpu = env_core_only_cpu(lcore);

	return cpu != UINT32_MAX && cpu == env_core_only_cpu(other);
}

static void
explain(const struct balance_note *note)
{
	char sentence[SCHEDULER_SENTENCE_MAX];
	struct scheduler_reason reason = {balance_word(note->reason), sentence};

	balance_sentence(note, &g_opts, sentence, sizeof(sentence));
	if (note->to != note->from) {
		scheduler_explain_move(note->thread_id, &reason);
	} else {
		scheduler_explain_stay(note->thread_id, note->from, &reason);
	}
}

static void
balance_dynamic(struct spdk_scheduler_core_info *cores, uint32_t count)
{
	struct balance_input input = {
		.opts = &g_opts,
		.cores = cores,
		.count = count,
		.main_core = spdk_scheduler_get_scheduling_lcore(),
		.may_run = thread_may_run_on,
		.has_others = scheduler_has_bound,
		.share_cpu = share_cpu,
		.note = explain,
	};
	const struct spdk_governor *governor = spdk_governor_get();
	uint32_t *load = calloc(count, sizeof(load[0]));
	uint32_t core;

	if (load == NULL || balance_threads(&g_past, &input, load) != 0) {
		SPDK_ERRLOG("No memory to balance threads; they stay where they are\n");
		free(load);
		return;
	}
	SPDK_ENV_FOREACH_CORE (core) {
		/* Without threads it has nothing to poll for. */
		cores[core].interrupt_mode =
			count_threads(cores, count, core) == 0 && !scheduler_has_bound(core);
		if (governor != NULL) {
			set_frequency(governor, core, load[core]);
		}
	}
	free(load);
}

static const struct spdk_json_object_decoder g_decoders[] = {
	{"load_limit", offsetof(struct balance_opts, load_limit), spdk_json_decode_uint8, true},
	{"core_limit", offsetof(struct balance_opts, core_limit), spdk_json_decode_uint8, true},
	{"core_busy", offsetof(struct balance_opts, core_busy), spdk_json_decode_uint8, true},
};

static int
set_opts_dynamic(const struct spdk_json_val *json)
{
	struct balance_opts opts = g_opts;

	if (json != NULL && spdk_json_decode_object_relaxed(json, g_decoders,
							    SPDK_COUNTOF(g_decoders), &opts) != 0) {
		return -EINVAL;
	}
	if (opts.load_limit > PERCENT_MAX || opts.core_limit > PERCENT_MAX ||
	    opts.core_busy > PERCENT_MAX) {
		SPDK_ERRLOG("load_limit %u, core_limit %u, core_busy %u: each is in percent of a "
			    "core, 0 to 100\n",
			    opts.load_limit, opts.core_limit, opts.core_busy);
		return -EINVAL;
	}
	g_opts = opts;
	return 0;
}

static void
get_opts_dynamic(struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_uint8(w, "load_limit", g_opts.load_limit);
	spdk_json_write_named_uint8(w, "core_limit", g_opts.core_limit);
	spdk_json_write_named_uint8(w, "core_busy", g_opts.core_busy);
}

static struct spdk_scheduler g_scheduler_dynamic = {
	.name = "dynamic",
	.init = init_dynamic,
	.deinit = deinit_dynamic,
	.balance = balance_dynamic,
	.set_opts = set_opts_dynamic,
	.get_opts = get_opts_dynamic,
};

SPDK_SCHEDULER_REGISTER(g_scheduler_dynamic);
