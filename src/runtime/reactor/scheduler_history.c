/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a round of the scheduler moved, and why. A move is planned by balance(), and counts when the
 * thread's reactor has made it. Nothing is allocated, and what is not used costs no memory.
 *
 * All of it is under one lock, innermost: a round goes from reactor to reactor, and people ask from
 * another thread.
 */
#include "runtime/reactor/reactor_internal.h"
#include "runtime/scheduler_moves.h"
#include "runtime/thread_mask.h"
#include "spdk/string.h"

struct stay {
	struct scheduler_stay public;
	uint64_t round; /* 0: none */
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	/* Rounds that have been balanced; what is said before that belongs to the next. */
	uint64_t rounds;
	/* The ring's next place is moves_total % SCHEDULER_MOVES_MAX. */
	uint64_t kept;
	uint64_t moves_total;
	struct scheduler_move ring[SCHEDULER_MOVES_MAX];
	struct stay stays[SCHEDULER_STAYS_MAX];

	/* Of this round. */
	struct scheduler_move planned[SCHEDULER_MOVES_MAX];
	uint32_t planned_count;
	bool is_too_much; /* for the plan */
	struct spdk_cpuset bound;
} g_history;

void
scheduler_history_begin_round(void)
{
	pthread_mutex_lock(&g_lock);
	g_history.planned_count = 0;
	g_history.is_too_much = false;
	spdk_cpuset_zero(&g_history.bound);
	pthread_mutex_unlock(&g_lock);
}

void
scheduler_history_forget(void)
{
	pthread_mutex_lock(&g_lock);
	if (g_history.rounds != 0 || g_history.kept != 0) {
		memset(&g_history, 0, sizeof(g_history));
	}
	pthread_mutex_unlock(&g_lock);
}

static struct scheduler_move *
find_planned(uint64_t thread_id)
{
	for (uint32_t i = 0; i < g_history.planned_count; i++) {
		if (g_history.planned[i].thread_id == thread_id) {
			return &g_history.planned[i];
		}
	}
	return NULL;
}

static void
plan(uint64_t thread_id, const char *word, const char *sentence)
{
	struct scheduler_move *move = find_planned(thread_id);

	if (move == NULL) {
		if (g_history.planned_count == SCHEDULER_MOVES_MAX) {
			g_history.is_too_much = true;
			return;
		}
		move = &g_history.planned[g_history.planned_count++];
	}
	*move = (struct scheduler_move){.thread_id = thread_id};
	snprintf(move->word, sizeof(move->word), "%s", word);
	snprintf(move->sentence, sizeof(move->sentence), "%s", sentence);
}

void
scheduler_explain_move(uint64_t thread_id, const struct scheduler_reason *reason)
{
	pthread_mutex_lock(&g_lock);
	plan(thread_id, reason->word, reason->sentence);
	pthread_mutex_unlock(&g_lock);
}

/* The one of this thread, or the one that was said longest ago; NULL: all are of this round. */
static struct stay *
place_of_stay(uint64_t thread_id)
{
	struct stay *oldest = &g_history.stays[0];

	for (uint32_t i = 0; i < SCHEDULER_STAYS_MAX; i++) {
		struct stay *stay = &g_history.stays[i];

		if (stay->round != 0 && stay->public.thread_id == thread_id) {
			return stay;
		}
		if (stay->round < oldest->round) {
			oldest = stay;
		}
	}
	return oldest->round <= g_history.rounds ? oldest : NULL;
}

static void
keep_stay(uint64_t thread_id, uint32_t lcore, const char *word, const char *sentence)
{
	struct stay *stay = place_of_stay(thread_id);

	if (stay != NULL) {
		stay->round = g_history.rounds + 1;
		stay->public.thread_id = thread_id;
		stay->public.lcore = lcore;
		snprintf(stay->public.word, sizeof(stay->public.word), "%s", word);
		snprintf(stay->public.sentence, sizeof(stay->public.sentence), "%s", sentence);
	}
}

void
scheduler_explain_stay(uint64_t thread_id, uint32_t lcore, const struct scheduler_reason *reason)
{
	pthread_mutex_lock(&g_lock);
	keep_stay(thread_id, lcore, reason->word, reason->sentence);
	pthread_mutex_unlock(&g_lock);
}

void
scheduler_history_bound(uint64_t thread_id, uint32_t lcore)
{
	pthread_mutex_lock(&g_lock);
	spdk_cpuset_set_cpu(&g_history.bound, lcore, true);
	keep_stay(thread_id, lcore, "bound", "stays: bound");
	pthread_mutex_unlock(&g_lock);
}

bool
scheduler_has_bound(uint32_t lcore)
{
	bool has;

	pthread_mutex_lock(&g_lock);
	has = spdk_cpuset_get_cpu(&g_history.bound, lcore);
	pthread_mutex_unlock(&g_lock);
	return has;
}

static uint32_t
percent(uint64_t part, uint64_t whole)
{
	return whole != 0 ? (uint32_t)((part * 100 + whole / 2) / whole) : 0;
}

static uint32_t
load_of(const struct spdk_scheduler_core_info *core)
{
	return percent(core->current_busy_tsc, core->current_busy_tsc + core->current_idle_tsc);
}

static void
complete(const struct spdk_scheduler_core_info *cores, uint32_t count,
	 const struct spdk_scheduler_core_info *core, const struct spdk_scheduler_thread_info *info)
{
	struct scheduler_move *move = find_planned(info->thread_id);
	const char *name = spdk_scheduler_get()->name;
	char sentence[SCHEDULER_SENTENCE_MAX];

	if (move == NULL && !g_history.is_too_much) {
		snprintf(sentence, sizeof(sentence), "the scheduler %s chose so", name);
		plan(info->thread_id, "chosen", sentence);
		move = find_planned(info->thread_id);
	}
	if (move != NULL) {
		move->from = core->lcore;
		move->from_load = load_of(core);
		move->to = info->lcore;
		move->to_load = info->lcore < count ? load_of(&cores[info->lcore]) : 0;
		move->thread_load = percent(info->current_stats.busy_tsc,
					    core->current_busy_tsc + core->current_idle_tsc);
		snprintf(move->scheduler, sizeof(move->scheduler), "%s", name);
	}
}

void
scheduler_history_balanced(const struct spdk_scheduler_core_info *cores, uint32_t count)
{
	uint32_t i, j;

	pthread_mutex_lock(&g_lock);
	g_history.rounds++;
	for (i = 0; i < count; i++) {
		for (j = 0; j < cores[i].threads_count; j++) {
			if (cores[i].thread_infos[j].lcore != i) {
				complete(cores, count, &cores[i], &cores[i].thread_infos[j]);
			}
		}
	}
	pthread_mutex_unlock(&g_lock);
}

void
scheduler_history_moved(uint64_t thread_id, const char *name)
{
	struct scheduler_move *planned, *kept, move = {.thread_id = thread_id};

	pthread_mutex_lock(&g_lock);
	g_history.moves_total++;
	planned = find_planned(thread_id);
	if (planned != NULL) {
		move = *planned;
		move.tick = spdk_get_ticks();
		snprintf(move.thread_name, sizeof(move.thread_name), "%s", name);
		kept = &g_history.ring[g_history.kept++ % SCHEDULER_MOVES_MAX];
		*kept = move;
	}
	pthread_mutex_unlock(&g_lock);
	/* Not under the lock: the log of an application may ask us. */
	if (planned != NULL) {
		SPDK_INFOLOG(reactor, "thread '%s' moves from core %u to core %u: %s\n", name,
			     move.from, move.to, move.sentence);
	}
}

void
scheduler_history_refused(uint64_t thread_id, uint32_t lcore)
{
	const struct scheduler_reason reason = {
		"refused", "stays: it may not run on the core that the scheduler chose"};

	scheduler_explain_stay(thread_id, lcore, &reason);
}

static void
copy_stays(struct scheduler_moves *moves)
{
	for (uint32_t i = 0; i < SCHEDULER_STAYS_MAX; i++) {
		const struct stay *stay = &g_history.stays[i];

		if (stay->round != 0 && stay->round >= g_history.rounds) {
			moves->stays[moves->stays_count++] = stay->public;
		}
	}
}

/* Not under the lock: names have one of their own. */
static void
name_stays(struct scheduler_moves *moves)
{
	uint32_t i, left = 0;

	for (i = 0; i < moves->stays_count; i++) {
		struct scheduler_stay *stay = &moves->stays[i];

		if (thread_copy_name(stay->thread_id, stay->thread_name,
				     sizeof(stay->thread_name))) {
			moves->stays[left++] = *stay;
		}
	}
	moves->stays_count = left;
}

void
scheduler_copy_moves(struct scheduler_moves *out_moves)
{
	uint64_t i;

	out_moves->moves_count = out_moves->stays_count = 0;
	pthread_mutex_lock(&g_lock);
	out_moves->moves_total = g_history.moves_total;
	for (i = g_history.kept; i > 0 && g_history.kept - i < SCHEDULER_MOVES_MAX; i--) {
		out_moves->moves[out_moves->moves_count++] =
			g_history.ring[(i - 1) % SCHEDULER_MOVES_MAX];
	}
	copy_stays(out_moves);
	pthread_mutex_unlock(&g_lock);
	name_stays(out_moves);
}
