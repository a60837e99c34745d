/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A million timed pollers with periods of one to two seconds, on two reactors that poll one thread
 * each. None may run early, all run in the order of their due times, and p99.9 of the lateness is
 * to stay under 1 % of the period. The reactors give spdk_thread_poll() its `now`, so that they
 * know each due time exactly: the `now` of a poller's last run and a period.
 */
#include "bench.h"

#define ROUNDS      3
#define RUN_SECONDS 6
#define BUCKETS     100000 /* of lateness, a millionth of the period each */

static uint32_t g_count = 1000000;

struct timer {
	struct spdk_poller *poller;
	struct owner *owner;
	uint64_t period_ticks;
	uint64_t due;
	bool is_exact; /* before its first run, `due` is the earliest it can be */
};

/* One on each reactor. */
struct owner {
	struct spdk_thread *thread;
	struct timer *timers;
	uint32_t count;
	uint64_t now; /* of the pass that runs */
	uint64_t pass_due;
	uint64_t early, disorder, runs;
	uint64_t late[BUCKETS + 1];
};

static struct owner g_owners[BENCH_REACTORS];
static uint64_t g_seed = 1;

static int
fire(void *arg)
{
	struct timer *timer = arg;
	struct owner *owner = timer->owner;
	uint64_t late;

	owner->runs++;
	owner->early += owner->now < timer->due;
	if (timer->is_exact) {
		owner->disorder += timer->due < owner->pass_due;
		owner->pass_due = timer->due;
		late = (spdk_get_ticks() - timer->due) * 1000000 / timer->period_ticks;
		owner->late[spdk_min(late, BUCKETS)]++;
	}
	timer->is_exact = true;
	timer->due = owner->now + timer->period_ticks;
	return SPDK_POLLER_BUSY;
}

static void
register_all(struct owner *owner)
{
	uint64_t period_us;
	uint32_t i;

	spdk_set_thread(owner->thread);
	for (i = 0; i < owner->count; i++) {
		struct timer *timer = &owner->timers[i];

		period_us = 1000000 + spdk_rand_xorshift64(&g_seed) % 1000000;
		timer->owner = owner;
		timer->period_ticks = period_us * spdk_get_ticks_hz() / 1000000;
		timer->due = spdk_get_ticks() + timer->period_ticks;
		timer->poller = spdk_poller_register(fire, timer, period_us);
		if (timer->poller == NULL) {
			exit(1);
		}
	}
	spdk_set_thread(NULL);
}

static int
run(void *arg)
{
	struct owner *owner = arg;
	uint64_t end = spdk_get_ticks() + RUN_SECONDS * spdk_get_ticks_hz();

	do {
		owner->now = spdk_get_ticks();
		owner->pass_due = 0;
		spdk_thread_poll(owner->thread, 0, owner->now);
	} while (owner->now < end);
	return 0;
}

static void
free_all(struct owner *owner)
{
	uint32_t i;

	spdk_set_thread(owner->thread);
	for (i = 0; i < owner->count; i++) {
		spdk_poller_unregister(&owner->timers[i].poller);
	}
	spdk_thread_exit(owner->thread);
	spdk_set_thread(NULL);
	while (!spdk_thread_is_exited(owner->thread)) {
		spdk_thread_poll(owner->thread, 0, 0);
	}
	spdk_thread_destroy(owner->thread);
	free(owner->timers);
}

/* The lateness, in percent of the period, that all but one in `one_in` runs stay under. */
static double
late_percent(uint64_t runs, uint64_t one_in)
{
	uint64_t seen = 0;
	uint32_t i, reactor;

	for (i = 0; i < BUCKETS; i++) {
		for (reactor = 0; reactor < BENCH_REACTORS; reactor++) {
			seen += g_owners[reactor].late[i];
		}
		if (seen >= runs - runs / one_in) {
			break;
		}
	}
	return (i + 1) / 1e4;
}

struct result {
	uint64_t early, disorder, measured;
	double late; /* p99.9, in percent of the period */
};

static struct result
run_round(void)
{
	struct result result = {0};
	uint64_t start = spdk_get_ticks(), registered;
	uint32_t i, j;

	memset(g_owners, 0, sizeof(g_owners));
	for (i = 0; i < BENCH_REACTORS; i++) {
		g_owners[i].thread = spdk_thread_create("timers", NULL);
		g_owners[i].count = g_count / BENCH_REACTORS;
		g_owners[i].timers = calloc(g_owners[i].count, sizeof(struct timer));
		register_all(&g_owners[i]);
	}
	registered = spdk_get_ticks();
	if (spdk_env_thread_launch_pinned(1, run, &g_owners[1]) != 0) {
		exit(1);
	}
	run(&g_owners[0]);
	spdk_env_thread_wait_all();

	for (i = 0; i < BENCH_REACTORS; i++) {
		result.early += g_owners[i].early;
		result.disorder += g_owners[i].disorder;
		for (j = 0; j <= BUCKETS; j++) {
			result.measured += g_owners[i].late[j];
		}
	}
	result.late = late_percent(result.measured, 1000);
	printf("    registered in %.0f ns each; %" PRIu64 " runs, %" PRIu64 " early, %" PRIu64
	       " out of order; late by, in %% of the period: p50 %.4f, p99 %.4f, p99.9 %.4f\n",
	       bench_ns(registered - start) / g_count, result.measured, result.early,
	       result.disorder, late_percent(result.measured, 2),
	       late_percent(result.measured, 100), result.late);
	for (i = 0; i < BENCH_REACTORS; i++) {
		free_all(&g_owners[i]);
	}
	return result;
}

int
main(int argc, char **argv)
{
	struct bench_spread late = {};
	struct result result;
	uint64_t early = 0, disorder = 0;
	int missed = 0;
	uint32_t i;

	if (argc > 1) {
		g_count = (uint32_t)spdk_strtol(argv[1], 10);
	}
	bench_warm_memory((size_t)g_count * 1024);
	bench_open_polled("timers_bench");
	printf("%u timed pollers of 1 to 2 s on two reactors, %d rounds of %d s\n", g_count, ROUNDS,
	       RUN_SECONDS);
	for (i = 0; i < ROUNDS; i++) {
		result = run_round();
		early += result.early;
		disorder += result.disorder;
		bench_spread_add(&late, result.late);
	}
	bench_close_polled();
	bench_question("A million timed pollers on two reactors");
	missed += !bench_value("early", (double)early, "runs", BENCH_AT_MOST, 0);
	missed += !bench_value("out of order", (double)disorder, "runs", BENCH_AT_MOST, 0);
	missed +=
		!bench_limit("p99.9 of the lateness, of the period", &late, "%", BENCH_AT_MOST, 1);
	return missed != 0;
}
