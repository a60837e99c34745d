/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dynamic scheduler's decision.
 *
 *  1. Idle threads go to the main core while that has room, so that other cores can sleep.
 *  2. A core that is too full gives away active threads, the greatest first, each to the least
 *     filled core that it may run on, and only when that makes things better: the receiver ends up
 *     within its limit, or, when the giver is overloaded, clearly below the giver.
 *
 * A thread alone on its core is never moved for load: the other core would be just as full. What a
 * thread would do with a whole core is not known, only what it did with its part of one; so threads
 * of an overloaded core are counted too low, and it may take a few rounds until they are spread.
 */
#include "modules/scheduler/balance.h"
#include "spdk/env.h"
#include "spdk/util.h"

/* So much better must the receiver be than the giver, or threads would wander between equals. */
#define CLEARLY_BELOW 10

struct candidate {
	struct spdk_scheduler_thread_info *info;
	uint32_t load;
};

struct plan {
	const struct balance_input *input;
	uint32_t *load;    /* of each core, as planned */
	uint32_t *threads; /* on each core, as planned */
	struct candidate *candidates;
	uint32_t candidate_count;
};

/* Rounded; time that nobody measured counts as idle. */
static uint32_t
percent(uint64_t part, uint64_t whole)
{
	if (whole == 0) {
		return 0;
	}
	return (uint32_t)((part * 100 + whole / 2) / whole);
}

static uint64_t
period_of(const struct spdk_scheduler_core_info *core)
{
	return core->current_busy_tsc + core->current_idle_tsc;
}

static bool
is_idle(const struct plan *plan, const struct candidate *candidate)
{
	return candidate->load < plan->input->opts->load_limit;
}

static void
move(struct plan *plan, struct candidate *candidate, uint32_t to)
{
	uint32_t from = candidate->info->lcore;

	plan->load[from] -= spdk_min(plan->load[from], candidate->load);
	plan->threads[from]--;
	plan->load[to] += candidate->load;
	plan->threads[to]++;
	candidate->info->lcore = to;
}

static int
compare_loads(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->load != b->load) {
		return a->load > b->load ? -1 : 1;
	}
	/* Always the same order, whatever qsort() does with equals. */
	return a->info->thread_id < b->info->thread_id ? -1 : 1;
}

static int
make_plan(struct plan *plan)
{
	const struct balance_input *input = plan->input;
	uint32_t i, j, total = 0;

	for (i = 0; i < input->count; i++) {
		total += input->cores[i].threads_count;
	}
	plan->threads = calloc(input->count, sizeof(plan->threads[0]));
	plan->candidates = calloc(total != 0 ? total : 1, sizeof(plan->candidates[0]));
	if (plan->threads == NULL || plan->candidates == NULL) {
		return -ENOMEM;
	}
	for (i = 0; i < input->count; i++) {
		struct spdk_scheduler_core_info *core = &input->cores[i];

		plan->load[i] = percent(core->current_busy_tsc, period_of(core));
		plan->threads[i] = core->threads_count;
		for (j = 0; j < core->threads_count; j++) {
			struct spdk_scheduler_thread_info *info = &core->thread_infos[j];

			plan->candidates[plan->candidate_count++] = (struct candidate){
				.info = info,
				.load = percent(info->current_stats.busy_tsc, period_of(core)),
			};
		}
	}
	qsort(plan->candidates, plan->candidate_count, sizeof(plan->candidates[0]), compare_loads);
	return 0;
}

static void
free_plan(struct plan *plan)
{
	free(plan->threads);
	free(plan->candidates);
}

static void
collect_idle(struct plan *plan)
{
	const struct balance_input *input = plan->input;
	uint32_t main_core = input->main_core, i;

	for (i = 0; i < plan->candidate_count; i++) {
		struct candidate *candidate = &plan->candidates[i];

		if (is_idle(plan, candidate) && candidate->info->lcore != main_core &&
		    plan->load[main_core] + candidate->load <= input->opts->core_limit &&
		    input->may_run(candidate->info->thread_id, main_core)) {
			move(plan, candidate, main_core);
		}
	}
}

static bool
is_better(const struct plan *plan, uint32_t load, uint32_t from, uint32_t to)
{
	const struct balance_opts *opts = plan->input->opts;
	uint32_t after = plan->load[to] + load;

	if (after + CLEARLY_BELOW > plan->load[from]) {
		return false;
	}
	return after <= opts->core_limit || plan->load[from] >= opts->core_busy;
}

/* UINT32_MAX: nowhere is better than where it is. */
static uint32_t
better_core(const struct plan *plan, const struct candidate *candidate)
{
	uint32_t best = UINT32_MAX, core;

	SPDK_ENV_FOREACH_CORE (core) {
		if (core >= plan->input->count || core == candidate->info->lcore ||
		    plan->input->cores[core].isolated ||
		    !is_better(plan, candidate->load, candidate->info->lcore, core) ||
		    !plan->input->may_run(candidate->info->thread_id, core)) {
			continue;
		}
		if (best == UINT32_MAX || plan->load[core] < plan->load[best]) {
			best = core;
		}
	}
	return best;
}

static void
relieve_cores(struct plan *plan)
{
	uint32_t i;

	for (i = 0; i < plan->candidate_count; i++) {
		struct candidate *candidate = &plan->candidates[i];
		uint32_t from = candidate->info->lcore, to;

		if (is_idle(plan, candidate) || plan->threads[from] < 2 ||
		    plan->load[from] <= plan->input->opts->core_limit) {
			continue;
		}
		to = better_core(plan, candidate);
		if (to != UINT32_MAX) {
			move(plan, candidate, to);
		}
	}
}

int
balance_threads(const struct balance_input *input, uint32_t *out_load)
{
	struct plan plan = {.input = input, .load = out_load};
	int rc = make_plan(&plan);

	if (rc == 0) {
		relieve_cores(&plan);
		collect_idle(&plan);
	}
	free_plan(&plan);
	return rc;
}
