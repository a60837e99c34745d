/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dynamic scheduler's decision.
 *
 *  1. A core that is too full gives away threads, the greatest first, each to the least filled core
 *     that it may run on. What the receiver does already must be clearly less than what is left on
 *     the giver; a giver that is full, but not overloaded, must have been so for two periods, and
 *     the receiver ends up within its limit.
 *  2. The idle threads of a core go to the main core when the core can sleep then: that is, all of
 *     its threads are idle, may go, and have room there.
 *
 * B1. What a thread would do with a whole core is not known, only what it did with its part of one:
 *     on an overloaded core a thread may want any load above what was measured. Comparing what the
 *     receiver does with what is left on the giver, and not with what the thread did, makes the
 *     fullest core no fuller however much the thread wants. It needs that what the receiver does
 *     is known: so a core takes threads from one giver in a round, gives none then, and is measured
 *     before it takes others.
 * B2. With each move for load the sum of the squares of what cores are asked for becomes less. So
 *     under a constant load there is an end of moves. Room is left between where idle threads are
 *     gathered and where a core is relieved, or the two would play ball.
 * B3. Under a load that varies, a thread may be moved again only after a wait, which doubles with
 *     each move, and is halved when it has stayed for much longer.
 *
 * Loads are in hundredths of a percent: a thousand threads of half a percent each are five cores.
 */
#include "modules/scheduler/balance.h"
#include "spdk/env.h"
#include "spdk/util.h"

#define PERCENT 100
/* So much less must the receiver do than what is left on the giver: measured loads vary. */
#define CLEARLY_LESS (10 * PERCENT)
/* From an overloaded core even a small part can be a thread held up. From others it is all it
 * wants, and below this not worth a move. */
#define LITTLE (5 * PERCENT)
/* A thread of an overloaded core does little when it has less than this part of its equal share. */
#define LITTLE_OF_SHARE 16
/* Periods. */
#define WAIT_MAX     64 /* of an idle thread */
#define WAIT_TO_WORK 16 /* of one that is to leave a full core, where waiting costs work */
#define HALVED_AFTER (2 * WAIT_MAX)
#define NOBODY       UINT32_MAX

struct thread_past {
	uint64_t id;
	uint32_t load;   /* in the last period */
	uint32_t wait;   /* periods that it must stay after its last move */
	uint32_t stayed; /* periods since then */
};

struct candidate {
	struct spdk_scheduler_thread_info *info;
	struct thread_past past;
	uint32_t load;
};

struct core_plan {
	uint32_t measured;
	uint32_t load;    /* as planned */
	uint32_t crowd;   /* the lowest core that runs on the same CPU */
	uint32_t threads; /* as planned */
	uint32_t first;   /* its candidates, by load */
	uint32_t count;
	uint32_t taken_from; /* the giver, if any */
	bool gave;
};

struct plan {
	const struct balance_input *input;
	const struct balance_past *before;
	struct core_plan *cores;
	uint32_t *crowd_loads; /* of all cores on a CPU, by the lowest */
	struct candidate *candidates;
	uint32_t candidate_count;
};

/* Rounded; time that nobody measured counts as idle. */
static uint32_t
part_of(uint64_t part, uint64_t whole)
{
	if (whole == 0) {
		return 0;
	}
	return (uint32_t)((part * 100 * PERCENT + whole / 2) / whole);
}

static uint32_t
percent(uint32_t load)
{
	return (load + PERCENT / 2) / PERCENT;
}

static uint64_t
period_of(const struct spdk_scheduler_core_info *core)
{
	return core->current_busy_tsc + core->current_idle_tsc;
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
compare_ids(const void *left, const void *right)
{
	const struct thread_past *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* One that is new was as it is. */
static struct thread_past
past_of(const struct balance_past *before, uint64_t id, uint32_t load)
{
	struct thread_past key = {.id = id, .load = load}, *past = NULL;

	if (before->threads_count != 0) {
		past = bsearch(&key, before->threads, before->threads_count, sizeof(key),
			       compare_ids);
	}
	if (past == NULL) {
		return key;
	}
	key = *past;
	key.stayed++;
	if (key.stayed > HALVED_AFTER) {
		key.wait /= 2;
		key.stayed = 0;
	}
	return key;
}

static uint32_t
load_before(const struct plan *plan, uint32_t core)
{
	return core < plan->before->count ? plan->before->loads[core] : plan->cores[core].measured;
}

static void
plan_core(struct plan *plan, uint32_t lcore)
{
	const struct balance_input *input = plan->input;
	struct spdk_scheduler_core_info *info = &input->cores[lcore];
	struct core_plan *core = &plan->cores[lcore];
	uint32_t other = lcore;

	*core = (struct core_plan){
		.measured = part_of(info->current_busy_tsc, period_of(info)),
		.crowd = lcore,
		.threads = info->threads_count,
		.first = plan->candidate_count,
		.count = info->threads_count,
		.taken_from = NOBODY,
	};
	core->load = core->measured;
	while (input->share_cpu != NULL && other-- > 0) {
		if (input->share_cpu(lcore, other)) {
			core->crowd = plan->cores[other].crowd;
		}
	}
	plan->crowd_loads[core->crowd] += core->measured;
	for (uint32_t i = 0; i < info->threads_count; i++) {
		struct candidate *candidate = &plan->candidates[plan->candidate_count++];

		candidate->info = &info->thread_infos[i];
		candidate->load = part_of(candidate->info->current_stats.busy_tsc, period_of(info));
		candidate->past =
			past_of(plan->before, candidate->info->thread_id, candidate->load);
	}
	if (core->count > 1) {
		qsort(&plan->candidates[core->first], core->count, sizeof(struct candidate),
		      compare_loads);
	}
}

static int
make_plan(struct plan *plan)
{
	const struct balance_input *input = plan->input;
	uint32_t i, total = 0;

	for (i = 0; i < input->count; i++) {
		total += input->cores[i].threads_count;
	}
	plan->cores = calloc(input->count, sizeof(plan->cores[0]));
	plan->crowd_loads = calloc(input->count, sizeof(plan->crowd_loads[0]));
	plan->candidates = calloc(total != 0 ? total : 1, sizeof(plan->candidates[0]));
	if (plan->cores == NULL || plan->crowd_loads == NULL || plan->candidates == NULL) {
		return -ENOMEM;
	}
	for (i = 0; i < input->count; i++) {
		plan_core(plan, i);
	}
	return 0;
}

static void
free_plan(struct plan *plan)
{
	free(plan->cores);
	free(plan->crowd_loads);
	free(plan->candidates);
}

static bool
is_overloaded(const struct plan *plan, const struct core_plan *core)
{
	return core->measured >= plan->input->opts->core_busy * PERCENT;
}

/*
 * What a core does for sure, when it is to be relieved. Work is lost on an overloaded one, so that
 * one period is enough; else the lesser of two.
 */
static uint32_t
load_as_giver(const struct plan *plan, uint32_t lcore)
{
	const struct core_plan *core = &plan->cores[lcore];
	uint32_t gone = core->measured - spdk_min(core->measured, core->load);
	uint32_t before = load_before(plan, lcore);

	if (is_overloaded(plan, core)) {
		return core->load;
	}
	return spdk_min(core->load, before - spdk_min(before, gone));
}

/*
 * What it may do, when it is to take more: the greater of two periods, with all on its CPU. That is
 * never less than what a giver on the same CPU does, or itself.
 */
static uint32_t
load_as_taker(const struct plan *plan, uint32_t lcore)
{
	const struct core_plan *core = &plan->cores[lcore];
	uint32_t more = core->load - spdk_min(core->load, core->measured);

	return spdk_max(plan->crowd_loads[core->crowd], load_before(plan, lcore) + more);
}

static void
note(const struct plan *plan, const struct candidate *candidate, enum balance_reason reason,
     uint32_t to)
{
	bool is_idle_one = plan->cores[candidate->info->lcore].measured <=
			   plan->input->opts->core_limit * PERCENT;
	uint32_t from = candidate->info->lcore;
	uint32_t stays = spdk_min(candidate->past.wait, is_idle_one ? WAIT_MAX : WAIT_TO_WORK);
	struct balance_note told = {
		.reason = reason,
		.thread_id = candidate->info->thread_id,
		.thread_load = percent(candidate->load),
		.from = from,
		.from_load = percent(plan->cores[from].load),
		.to = to,
		.to_load = percent(plan->cores[to].load),
		.wait = stays - spdk_min(stays, candidate->past.stayed),
	};

	if (plan->input->note != NULL) {
		if (reason == BALANCE_NO_ROOM) {
			told.to_load = percent(plan->cores[plan->input->main_core].load);
		}
		plan->input->note(&told);
	}
}

static void
move(struct plan *plan, struct candidate *candidate, enum balance_reason reason, uint32_t to)
{
	struct core_plan *giver = &plan->cores[candidate->info->lcore];
	struct core_plan *taker = &plan->cores[to];
	uint32_t load = spdk_min(giver->load, candidate->load);

	note(plan, candidate, reason, to);
	giver->load -= load;
	giver->threads--;
	giver->gave = true;
	plan->crowd_loads[giver->crowd] -= load;
	taker->load += candidate->load;
	taker->threads++;
	taker->taken_from = candidate->info->lcore;
	plan->crowd_loads[taker->crowd] += candidate->load;
	candidate->info->lcore = to;
	candidate->past.stayed = 0;
	candidate->past.wait =
		candidate->past.wait == 0 ? 1 : spdk_min(candidate->past.wait * 2, WAIT_MAX);
}

static bool
must_wait(const struct candidate *candidate, uint32_t wait_max)
{
	return candidate->past.stayed < spdk_min(candidate->past.wait, wait_max);
}

static bool
is_little(const struct plan *plan, const struct candidate *candidate)
{
	const struct core_plan *core = &plan->cores[candidate->info->lcore];

	if (is_overloaded(plan, core)) {
		return candidate->load * LITTLE_OF_SHARE * core->count < core->measured;
	}
	return candidate->load < LITTLE;
}

static bool
is_better(const struct plan *plan, const struct candidate *candidate, uint32_t to)
{
	uint32_t from = candidate->info->lcore, does = load_as_taker(plan, to);
	const struct core_plan *giver = &plan->cores[from], *taker = &plan->cores[to];

	if (plan->input->cores[to].isolated || taker->gave ||
	    (taker->taken_from != NOBODY && taker->taken_from != from) ||
	    does + CLEARLY_LESS + candidate->load > load_as_giver(plan, from)) {
		return false;
	}
	return is_overloaded(plan, giver) ||
	       does + candidate->load <= plan->input->opts->core_limit * PERCENT;
}

/* NOBODY: nowhere is better than where it is; *out_is_kept: but for its cpumask. */
static uint32_t
better_core(const struct plan *plan, const struct candidate *candidate, bool *out_is_kept)
{
	uint32_t best = NOBODY, core;

	SPDK_ENV_FOREACH_CORE (core) {
		if (core >= plan->input->count || !is_better(plan, candidate, core)) {
			continue;
		}
		if (!plan->input->may_run(candidate->info->thread_id, core)) {
			*out_is_kept = true;
			continue;
		}
		if (best == NOBODY || load_as_taker(plan, core) < load_as_taker(plan, best)) {
			best = core;
		}
	}
	return best;
}

static void
relieve_of(struct plan *plan, struct candidate *candidate)
{
	uint32_t from = candidate->info->lcore, to = from;
	struct core_plan *core = &plan->cores[from];
	bool is_kept = false;
	enum balance_reason reason;

	if (core->load < candidate->load + LITTLE) {
		reason = BALANCE_ALONE;
	} else if (is_little(plan, candidate)) {
		reason = BALANCE_LITTLE;
	} else if (must_wait(candidate, WAIT_TO_WORK)) {
		reason = BALANCE_LATELY;
	} else if (!is_overloaded(plan, core) &&
		   load_as_giver(plan, from) <= plan->input->opts->core_limit * PERCENT) {
		reason = BALANCE_ONCE;
	} else {
		to = better_core(plan, candidate, &is_kept);
		reason = is_overloaded(plan, core) ? BALANCE_OVERLOADED : BALANCE_OVER_LIMIT;
	}
	if (to == NOBODY) {
		note(plan, candidate, is_kept ? BALANCE_CPUMASK : BALANCE_NOT_BETTER, from);
	} else if (to != from) {
		move(plan, candidate, reason, to);
	} else {
		note(plan, candidate, reason, from);
	}
}

static void
relieve_core(struct plan *plan, uint32_t lcore)
{
	struct core_plan *core = &plan->cores[lcore];
	uint32_t limit = plan->input->opts->core_limit * PERCENT;

	if (core->taken_from != NOBODY) {
		return;
	}
	/* How full an overloaded one will be when some have left is not known. */
	for (uint32_t i = 0; i < core->count; i++) {
		struct candidate *candidate = &plan->candidates[core->first + i];

		if (core->load <= limit && !is_overloaded(plan, core)) {
			break;
		}
		if (plan->input->cores[lcore].isolated) {
			note(plan, candidate, BALANCE_ISOLATED, lcore);
		} else {
			relieve_of(plan, candidate);
		}
	}
}

/* Idle in this period, and no more than half busy in two. */
static bool
is_idle(const struct plan *plan, const struct candidate *candidate)
{
	const struct balance_opts *opts = plan->input->opts;

	return candidate->load < opts->load_limit * PERCENT &&
	       candidate->load + candidate->past.load <=
		       (opts->load_limit + opts->core_limit) * PERCENT;
}

/* Whether its threads can leave for the main core; if not, why. */
static bool
can_empty(const struct plan *plan, const struct core_plan *core, uint32_t lcore,
	  enum balance_reason *out_reason)
{
	const struct balance_input *input = plan->input;
	uint32_t room = input->opts->core_limit * PERCENT,
		 all = load_as_taker(plan, input->main_core);

	*out_reason = BALANCE_AWAKE;
	if (input->has_others != NULL && input->has_others(lcore)) {
		return false;
	}
	for (uint32_t i = 0; i < core->count; i++) {
		const struct candidate *candidate = &plan->candidates[core->first + i];

		if (!is_idle(plan, candidate)) {
			return false;
		}
		if (!input->may_run(candidate->info->thread_id, input->main_core)) {
			*out_reason = BALANCE_CPUMASK;
			return false;
		}
		if (must_wait(candidate, WAIT_MAX)) {
			*out_reason = BALANCE_LATELY;
			return false;
		}
		/* It may become again what it was. */
		all += spdk_max(candidate->load, candidate->past.load);
	}
	*out_reason = BALANCE_NO_ROOM;
	return all + CLEARLY_LESS <= room;
}

static void
collect_from(struct plan *plan, uint32_t lcore)
{
	struct core_plan *core = &plan->cores[lcore];
	uint32_t main_core = plan->input->main_core;
	enum balance_reason reason = BALANCE_ISOLATED;
	bool can;

	if (lcore == main_core || core->count == 0 || core->gave || core->taken_from != NOBODY ||
	    core->load > plan->input->opts->core_limit * PERCENT) {
		return;
	}
	can = !plan->input->cores[lcore].isolated && can_empty(plan, core, lcore, &reason);
	for (uint32_t i = 0; i < core->count; i++) {
		struct candidate *candidate = &plan->candidates[core->first + i];

		if (can) {
			move(plan, candidate, BALANCE_IDLE, main_core);
		} else if (is_idle(plan, candidate)) {
			note(plan, candidate, reason, lcore);
		}
	}
}

/* The number of the core that is to give next: the one with the most threads; NOBODY: none. */
static uint32_t
next_giver(const struct plan *plan, const bool *done)
{
	uint32_t best = NOBODY, i;

	for (i = 0; i < plan->input->count; i++) {
		if (!done[i] && plan->cores[i].measured > plan->input->opts->core_limit * PERCENT &&
		    (best == NOBODY || plan->cores[i].count > plan->cores[best].count)) {
			best = i;
		}
	}
	return best;
}

static int
make_room(struct balance_past *past, uint32_t threads, uint32_t cores)
{
	past->threads = calloc(spdk_max(threads, 1u), sizeof(past->threads[0]));
	past->loads = calloc(spdk_max(cores, 1u), sizeof(past->loads[0]));
	if (past->threads == NULL || past->loads == NULL) {
		balance_forget(past);
		return -ENOMEM;
	}
	past->threads_count = threads;
	past->count = cores;
	return 0;
}

/* What is needed in the next period. */
static void
remember(struct balance_past *past, const struct plan *plan)
{
	uint32_t i;

	for (i = 0; i < past->threads_count; i++) {
		past->threads[i] = plan->candidates[i].past;
		past->threads[i].load = plan->candidates[i].load;
	}
	qsort(past->threads, past->threads_count, sizeof(past->threads[0]), compare_ids);
	for (i = 0; i < past->count; i++) {
		past->loads[i] = plan->cores[i].load;
	}
}

void
balance_forget(struct balance_past *past)
{
	free(past->threads);
	free(past->loads);
	*past = (struct balance_past){NULL};
}

static void
decide(struct plan *plan, bool *done)
{
	uint32_t i;

	while ((i = next_giver(plan, done)) != NOBODY) {
		done[i] = true;
		relieve_core(plan, i);
	}
	for (i = 0; i < plan->input->count; i++) {
		collect_from(plan, i);
	}
}

int
balance_threads(struct balance_past *past, const struct balance_input *input, uint32_t *out_load)
{
	struct balance_past next = {NULL};
	struct plan plan = {.input = input, .before = past};
	bool *done = calloc(input->count, sizeof(*done));
	uint32_t i;
	int rc = done != NULL ? make_plan(&plan) : -ENOMEM;

	if (rc == 0) {
		rc = make_room(&next, plan.candidate_count, input->count);
	}
	if (rc == 0) {
		decide(&plan, done);
		for (i = 0; i < input->count; i++) {
			out_load[i] = percent(plan.cores[i].load);
		}
		remember(&next, &plan);
		balance_forget(past);
		*past = next;
	}
	free(done);
	free_plan(&plan);
	return rc;
}
