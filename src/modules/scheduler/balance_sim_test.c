/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The decision, period by period, on a small model of cores: a thread has a demand, which nobody
 * sees, and gets of its core what fair turns leave it; the scheduler is told what it got. Many
 * seeds; a failure names its own.
 */
#include "modules/scheduler/balance.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CORES_MAX   8
#define THREADS_MAX 24
#define SEEDS       10000
#define PERIODS     60
#define TICKS       100000 /* of a period: demands are in thousandths of a percent */
#define REST_WITHIN 10     /* periods */
#define VARIED      400    /* periods of a load that varies */
/*
 * Work done, to that of threads spread by their true demands, the greatest first. The worst is two
 * threads that would fill a core each, held together by one of 41 % on the other.
 */
#define PART_OF_LPT      0.7
#define MEAN_PART_OF_LPT 0.985
/* Moves of a thread in VARIED periods: after waits of 1, 2, 4, 8, 16, and then each 16. */
#define MOVES_MAX (5 + (VARIED - 15) / 16 + 1)
/* Work done under a load that varies, to that of threads that stay. */
#define PART_OF_STATIC      0.93
#define MEAN_PART_OF_STATIC 2.0

struct sim_thread {
	uint32_t demand;
	uint32_t turn; /* how long it is with the core when it is its turn */
	uint32_t core;
	uint32_t mask;
	uint32_t got;
	uint32_t moves;
	/* For a load that varies: the demands it has, and when it changes. */
	uint32_t low, high, low_periods, high_periods;
};

static struct {
	uint64_t seed, random;
	uint32_t cores, count, isolated;
	struct sim_thread threads[THREADS_MAX];
	struct balance_past past;
	uint32_t moves, load_moves;
} g_sim;

static const struct balance_opts g_opts = {.load_limit = 20, .core_limit = 80, .core_busy = 95};

static uint32_t
random_below(uint32_t end)
{
	g_sim.random = g_sim.random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((g_sim.random >> 33) % end);
}

#define check(ok, ...)                                                          \
	do {                                                                    \
		if (!(ok)) {                                                    \
			print_error("seed %" PRIu64 ": " #ok "; ", g_sim.seed); \
			print_error(__VA_ARGS__);                               \
			print_error("\n");                                      \
			fail();                                                 \
		}                                                               \
	} while (0)

static uint64_t
demand_of(uint32_t core)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < g_sim.count; i++) {
		all += g_sim.threads[i].core == core ? g_sim.threads[i].demand : 0;
	}
	return all;
}

static uint64_t
greatest(void)
{
	uint64_t most = 0;

	for (uint32_t core = 0; core < g_sim.cores; core++) {
		most = spdk_max(most, demand_of(core));
	}
	return most;
}

static uint64_t
throughput(void)
{
	uint64_t all = 0;

	for (uint32_t core = 0; core < g_sim.cores; core++) {
		all += spdk_min(demand_of(core), TICKS);
	}
	return all;
}

/* What is left is shared by the lengths of turns, until all have what they want. */
static void
run_core(uint32_t core)
{
	uint64_t left = TICKS, turns, before;
	uint32_t i;

	do {
		turns = 0;
		before = left;
		for (i = 0; i < g_sim.count; i++) {
			struct sim_thread *thread = &g_sim.threads[i];

			turns += thread->core == core && thread->got < thread->demand ?
					 thread->turn :
					 0;
		}
		for (i = 0; i < g_sim.count; i++) {
			struct sim_thread *thread = &g_sim.threads[i];
			uint64_t part;

			if (thread->core == core && thread->got < thread->demand) {
				part = spdk_min(before * thread->turn / turns,
						(uint64_t)(thread->demand - thread->got));
				thread->got += (uint32_t)part;
				left -= part;
			}
		}
	} while (left != before && left > 0);
}

static bool
may_run(uint64_t thread_id, uint32_t lcore)
{
	return (g_sim.threads[thread_id].mask >> lcore & 1) != 0;
}

static void
take_note(const struct balance_note *note)
{
	struct sim_thread *thread = &g_sim.threads[note->thread_id];

	if (note->reason > BALANCE_IDLE) {
		return;
	}
	check(thread->core == note->from && note->to < g_sim.cores, "%u to %u", note->from,
	      note->to);
	check(may_run(note->thread_id, note->to), "core %u", note->to);
	check((g_sim.isolated & (1U << note->from | 1U << note->to)) == 0, "%u to %u", note->from,
	      note->to);
	thread->core = note->to;
	thread->moves++;
	g_sim.moves++;
	if (note->reason == BALANCE_IDLE) {
		check(note->to == 0, "core %u", note->to);
	} else {
		g_sim.load_moves++;
	}
}

static struct spdk_scheduler_core_info g_cores[CORES_MAX];
static struct spdk_scheduler_thread_info g_infos[CORES_MAX][THREADS_MAX];

static void
gather(void)
{
	uint32_t i, core;

	for (core = 0; core < g_sim.cores; core++) {
		uint32_t busy = 0, count = 0;

		run_core(core);
		for (i = 0; i < g_sim.count; i++) {
			struct sim_thread *thread = &g_sim.threads[i];

			if (thread->core == core) {
				g_infos[core][count++] = (struct spdk_scheduler_thread_info){
					.lcore = core,
					.thread_id = i,
					.current_stats.busy_tsc = thread->got,
				};
				busy += thread->got;
				thread->got = 0;
			}
		}
		g_cores[core] = (struct spdk_scheduler_core_info){
			.lcore = core,
			.threads_count = count,
			.thread_infos = g_infos[core],
			.current_busy_tsc = busy,
			.current_idle_tsc = TICKS - busy,
			.isolated = (g_sim.isolated >> core & 1) != 0,
		};
	}
}

/* How many threads it moved. */
static uint32_t
run_period(void)
{
	const struct balance_input input = {
		.opts = &g_opts,
		.cores = g_cores,
		.count = g_sim.cores,
		.main_core = 0,
		.may_run = may_run,
		.note = take_note,
	};
	uint32_t load[CORES_MAX], before = g_sim.moves;

	gather();
	assert_int_equal(balance_threads(&g_sim.past, &input, load), 0);
	return g_sim.moves - before;
}

static uint32_t
random_demand(void)
{
	switch (random_below(4)) {
	case 0:
		return TICKS; /* takes all it can get */
	case 1:
		return random_below(TICKS / 5);
	case 2:
		return random_below(TICKS / 100);
	default:
		return random_below(TICKS);
	}
}

/* Masks, isolated cores: in every other seed. */
static void
begin(uint64_t seed)
{
	bool crowded, free_to_run = seed % 2 == 0;
	uint32_t i;

	memset(&g_sim, 0, sizeof(g_sim));
	g_sim.seed = seed;
	g_sim.random = seed * 2 + 1;
	for (i = 0; i < 10; i++) {
		(void)random_below(2);
	}
	g_sim.cores = 2 + random_below(CORES_MAX - 1);
	g_sim.count = 1 + random_below(THREADS_MAX);
	g_sim.isolated = free_to_run ? 0 :
				       random_below(1U << g_sim.cores) & ~1U &
					       random_below(1U << g_sim.cores);
	crowded = random_below(2) == 0;
	for (i = 0; i < g_sim.count; i++) {
		struct sim_thread *thread = &g_sim.threads[i];

		thread->core = random_below(crowded ? 1 : g_sim.cores);
		thread->demand = random_demand();
		thread->turn = random_below(2) == 0 ? 1 : 1 + random_below(10);
		thread->mask = free_to_run || random_below(2) == 0 ? UINT32_MAX : random_below(256);
		thread->mask |= 1U << thread->core;
		thread->low = thread->demand;
		thread->high = random_demand();
		thread->low_periods = 1 + random_below(8);
		thread->high_periods = 1 + random_below(8);
	}
}

static int
compare_down(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a > *b ? -1 : *a < *b;
}

/* The greatest first, each to the least filled core. */
static void
spread_by_lpt(uint64_t *out_throughput, uint64_t *out_greatest)
{
	uint64_t loads[CORES_MAX] = {0}, done = 0, most = 0;
	uint32_t demands[THREADS_MAX], i, core;

	for (i = 0; i < g_sim.count; i++) {
		demands[i] = g_sim.threads[i].demand;
	}
	qsort(demands, g_sim.count, sizeof(demands[0]), compare_down);
	for (i = 0; i < g_sim.count; i++) {
		uint32_t best = 0;

		for (core = 1; core < g_sim.cores; core++) {
			best = loads[core] < loads[best] ? core : best;
		}
		loads[best] += demands[i];
	}
	for (core = 0; core < g_sim.cores; core++) {
		done += spdk_min(loads[core], TICKS);
		most = spdk_max(most, loads[core]);
	}
	*out_throughput = done;
	*out_greatest = most;
}

static uint32_t g_last_rest;
static double g_worst, g_sum_of_parts;
static uint32_t g_parts;

static void
run_constant(uint64_t seed)
{
	uint64_t first_throughput, done, most, lpt_most;
	uint32_t period, load_moves, last_move = 0;

	begin(seed);
	first_throughput = throughput();
	for (period = 1; period <= PERIODS; period++) {
		load_moves = g_sim.load_moves;
		most = greatest();
		done = throughput();
		if (run_period() != 0) {
			last_move = period;
		}
		check(throughput() >= done, "in period %u", period);
		if (g_sim.load_moves != load_moves) {
			check(greatest() <= spdk_max(most, demand_of(0)), "in period %u", period);
		}
	}
	check(last_move <= REST_WITHIN, "the last move is in period %u", last_move);
	check(throughput() >= first_throughput, " ");
	g_last_rest = spdk_max(g_last_rest, last_move);
	if (seed % 2 == 0) {
		spread_by_lpt(&done, &lpt_most);
		g_worst = spdk_min(g_worst, (double)throughput() / (double)done);
		g_sum_of_parts += (double)throughput() / (double)done;
		g_parts++;
	}
	balance_forget(&g_sim.past);
}

/* Also on the way there, in each period. */
static void
a_constant_load_comes_to_rest_and_nothing_is_lost(void **state)
{
	g_worst = 1;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		run_constant(seed);
	}
	assert_true(g_worst >= PART_OF_LPT && g_sum_of_parts / g_parts >= MEAN_PART_OF_LPT);
	print_message("moves end by period %u; work done, to LPT: worst %.3f, mean %.4f\n",
		      g_last_rest, g_worst, g_sum_of_parts / g_parts);
}

/* High and low by turns; with some jitter, as all that is measured. */
static void
vary(uint32_t period)
{
	for (uint32_t i = 0; i < g_sim.count; i++) {
		struct sim_thread *thread = &g_sim.threads[i];
		uint32_t at = period % (thread->low_periods + thread->high_periods);

		thread->demand = at < thread->low_periods ? thread->low : thread->high;
		thread->demand = thread->demand * (98 + random_below(5)) / 100;
	}
}

static uint32_t g_most_moves;

static void
run_varied(uint64_t seed)
{
	uint32_t home[THREADS_MAX], now[THREADS_MAX], period, i;
	uint64_t done = 0, done_static = 0;

	begin(seed);
	for (i = 0; i < g_sim.count; i++) {
		home[i] = g_sim.threads[i].core;
	}
	for (period = 0; period < VARIED; period++) {
		vary(period);
		done += throughput();
		for (i = 0; i < g_sim.count; i++) {
			now[i] = g_sim.threads[i].core;
			g_sim.threads[i].core = home[i];
		}
		done_static += throughput();
		for (i = 0; i < g_sim.count; i++) {
			g_sim.threads[i].core = now[i];
		}
		(void)run_period();
	}
	for (i = 0; i < g_sim.count; i++) {
		check(g_sim.threads[i].moves <= MOVES_MAX, "thread %u moved %u times", i,
		      g_sim.threads[i].moves);
		g_most_moves = spdk_max(g_most_moves, g_sim.threads[i].moves);
	}
	check((double)done >= PART_OF_STATIC * (double)done_static, "%.3f of static",
	      (double)done / (double)done_static);
	g_worst = spdk_min(g_worst, (double)done / (double)done_static);
	g_sum_of_parts += (double)done / (double)done_static;
	g_parts++;
	balance_forget(&g_sim.past);
}

static void
a_load_that_varies_moves_threads_seldom_and_loses_little(void **state)
{
	g_worst = 1;
	g_sum_of_parts = g_parts = 0;
	for (uint64_t seed = 1; seed <= SEEDS / 5; seed++) {
		run_varied(seed);
	}
	assert_true(g_sum_of_parts / g_parts >= MEAN_PART_OF_STATIC);
	print_message("a thread moves %u times at most; work done, to static: worst %.3f, mean "
		      "%.4f\n",
		      g_most_moves, g_worst, g_sum_of_parts / g_parts);
}

static int
start_env(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.core_mask = "0xff";
	return spdk_env_init(&opts);
}

static int
stop_env(void **state)
{
	spdk_env_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_load_comes_to_rest_and_nothing_is_lost),
		cmocka_unit_test(a_load_that_varies_moves_threads_seldom_and_loses_little),
	};

	return cmocka_run_group_tests(tests, start_env, stop_env);
}
