/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A million threads on two reactors: how long it takes from the first create until each has run ten
 * messages, what each costs in memory, whether the memory comes back, and what they cost two others
 * that talk while they are idle.
 */
#include "bench.h"

#define MESSAGES    10
#define ROUND_TRIPS 200000
#define SAMPLES     20
#define CHUNKS      100 /* of the threads that are created: a pause of the machine spoils one */

static uint32_t g_count = 1000000;
/* Each reactor counts its own, on a line of its own. */
static struct {
	uint64_t finished;
	uint8_t pad[56];
} g_done[BENCH_REACTORS];

static void
work(void *arg)
{
	uintptr_t left = (uintptr_t)arg;

	if (left > 1) {
		spdk_thread_send_msg(spdk_get_thread(), work, (void *)(left - 1));
	} else {
		__atomic_fetch_add(&g_done[spdk_env_get_current_core()].finished, 1,
				   __ATOMIC_RELEASE);
	}
}

static void
leave(void *arg)
{
	spdk_thread_exit(spdk_get_thread());
}

static uint64_t
finished(void)
{
	return __atomic_load_n(&g_done[0].finished, __ATOMIC_ACQUIRE) +
	       __atomic_load_n(&g_done[1].finished, __ATOMIC_ACQUIRE);
}

/* Two threads on the caller's reactor send one message to and fro. */
static struct {
	struct spdk_thread *thread[2];
	uint32_t left;
} g_pair;

static void
bounce(void *arg)
{
	uintptr_t side = (uintptr_t)arg;

	if (--g_pair.left != 0) {
		spdk_thread_send_msg(g_pair.thread[side], bounce, (void *)(side ^ 1));
	}
}

static double
round_trip_ns(void)
{
	uint64_t samples[SAMPLES], start;
	uint32_t i;

	for (i = 0; i < SAMPLES; i++) {
		g_pair.left = 2 * ROUND_TRIPS / SAMPLES;
		start = spdk_get_ticks();
		spdk_thread_send_msg(g_pair.thread[0], bounce, (void *)1);
		while (g_pair.left != 0) {
			spindle_run_queue_turn(g_reactors[0].queue);
		}
		samples[i] = (spdk_get_ticks() - start) * 1000 / (ROUND_TRIPS / SAMPLES);
	}
	bench_sort(samples, SAMPLES);
	printf("    round trip, same core: median %.1f ns (%.1f to %.1f)\n",
	       bench_ns(samples[SAMPLES / 2]) / 1000, bench_ns(samples[0]) / 1000,
	       bench_ns(samples[SAMPLES - 1]) / 1000);
	return bench_ns(samples[SAMPLES / 2]) / 1000;
}

/* What a thread costs to create, as the median of CHUNKS parts. */
static double
create_all(struct spdk_thread **threads)
{
	uint64_t chunks[CHUNKS], begun = spdk_get_ticks(), start;
	uint32_t i, chunk, end;

	for (chunk = 0, i = 0; chunk < CHUNKS; chunk++) {
		end = (uint32_t)((uint64_t)g_count * (chunk + 1) / CHUNKS);
		start = spdk_get_ticks();
		for (; i < end; i++) {
			threads[i] = spdk_thread_create(NULL, NULL);
			if (threads[i] == NULL) {
				exit(1);
			}
		}
		chunks[chunk] = spdk_get_ticks() - start;
	}
	begun = spdk_get_ticks() - begun;
	bench_sort(chunks, CHUNKS);
	printf("    create: median %.0f ns (%.0f to %.0f), mean %.0f ns\n",
	       bench_ns(chunks[CHUNKS / 2]) * CHUNKS / g_count,
	       bench_ns(chunks[0]) * CHUNKS / g_count,
	       bench_ns(chunks[CHUNKS - 1]) * CHUNKS / g_count, bench_ns(begun) / g_count);
	return bench_ns(chunks[CHUNKS / 2]) * CHUNKS / g_count;
}

int
main(int argc, char **argv)
{
	struct spdk_thread **threads;
	uint64_t before, start, ran, peak, after;
	double quiet, quiet_after, crowded, create_ns;
	uint32_t i;
	int missed = 0;

	if (argc > 1) {
		g_count = (uint32_t)spdk_strtol(argv[1], 10);
	}
	bench_warm_memory((size_t)g_count * 1024);
	bench_open("threads_bench", 0);
	threads = calloc(g_count, sizeof(threads[0]));
	memset(threads, 1, g_count * sizeof(threads[0]));

	bench_place(0);
	g_pair.thread[0] = spdk_thread_create("ping", NULL);
	g_pair.thread[1] = spdk_thread_create("pong", NULL);
	bench_place(-1);
	bench_start();
	/* The first one warms the core; the other bound is measured when all have gone. */
	(void)round_trip_ns();
	quiet = round_trip_ns();

	before = bench_resident_bytes();
	start = spdk_get_ticks();
	create_ns = create_all(threads);
	for (i = 0; i < g_count; i++) {
		spdk_thread_send_msg(threads[i], work, (void *)MESSAGES);
	}
	while (finished() != g_count) {
		bench_turn();
	}
	ran = spdk_get_ticks();
	peak = bench_resident_bytes();
	crowded = round_trip_ns();

	for (i = 0; i < g_count; i++) {
		spdk_thread_send_msg(threads[i], leave, NULL);
	}
	while (spdk_thread_get_count() != 2) {
		bench_turn();
	}
	after = bench_resident_bytes();
	quiet_after = round_trip_ns();
	quiet = spdk_min(quiet, quiet_after);
	bench_stop();

	printf("%u threads, from the first create until each has run %d messages: %.3f s\n",
	       g_count, MESSAGES, bench_seconds(ran - start));
	bench_question("A million threads on two reactors");
	missed += !bench_value("create, each, median", create_ns / 1000, "us", BENCH_AT_MOST, 1.0);
	missed += !bench_value("resident growth, each", (double)(peak - before) / g_count, "bytes",
			       BENCH_AT_MOST, 1024);
	missed += !bench_value("resident after all have exited, over before",
			       ((double)after - (double)before) / 1e6, "MB", BENCH_AT_MOST,
			       (double)(peak - before) / 1e8);
	missed += !bench_value("round trip with them idle, to without", crowded / quiet, "times",
			       BENCH_AT_MOST, 1.2);

	spdk_thread_send_msg(g_pair.thread[1], leave, NULL);
	spdk_thread_send_msg(g_pair.thread[0], leave, NULL);
	while (spdk_thread_get_count() != 0) {
		bench_turn();
	}
	free(threads);
	bench_close();
	return missed != 0;
}
