/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A million threads on two reactors: what it takes to create each, against touching as much memory
 * for the first time, which no thread can do without; what each holds in memory, and whether that
 * comes back; what it takes to have all exit; and what they cost two others that talk while they
 * are idle.
 *
 *     threads_bench [COUNT]
 */
#include "bench.h"

#include "spdk/log.h"

#define MESSAGES     10
#define ROUND_TRIPS  10000 /* of a sample */
#define SAMPLES      21
#define FEW          1000
#define LIMIT_US     0.5
#define LIMIT_BYTES  700
#define LIMIT_OTHERS 1.1
/* Of the memory of threads, which the kernel is asked for in such parts. */
#define BARE_BYTES 448
#define BARE_PART  65536

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

static void
round_trips(struct bench_spread *spread, uint32_t samples)
{
	uint64_t start;
	uint32_t i;

	/* The first one warms the core. */
	for (i = 0; i <= samples; i++) {
		g_pair.left = 2 * ROUND_TRIPS;
		start = spdk_get_ticks();
		spdk_thread_send_msg(g_pair.thread[0], bounce, (void *)1);
		while (g_pair.left != 0) {
			spindle_run_queue_turn(g_reactors[0].queue);
		}
		if (i != 0) {
			bench_spread_add(spread, bench_ns(spdk_get_ticks() - start) / ROUND_TRIPS);
		}
	}
}

static double
create_ns(struct spdk_thread **threads, uint32_t count)
{
	uint64_t start = spdk_get_ticks();
	uint32_t i;

	for (i = 0; i < count; i++) {
		threads[i] = spdk_thread_create(NULL, NULL);
		if (threads[i] == NULL) {
			exit(1);
		}
	}
	return bench_ns(spdk_get_ticks() - start) / count;
}

/* What the kernel (and whoever is below it) takes for memory that is touched as threads are. */
static double
touch_ns(uint32_t count)
{
	size_t size = SPDK_ALIGN_CEIL((size_t)count * BARE_BYTES, BARE_PART), at;
	uint64_t start;
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	double ns;

	if (memory == MAP_FAILED) {
		exit(1);
	}
	start = spdk_get_ticks();
	for (at = 0; at + BARE_BYTES <= size; at += BARE_BYTES) {
		if (at % BARE_PART < BARE_BYTES) {
			/* MADV_POPULATE_WRITE; older kernels refuse it, and older headers lack it.
			 */
			(void)madvise(memory + at / BARE_PART * BARE_PART, BARE_PART, 23);
		}
		memset(memory + at, 0, BARE_BYTES);
		__asm__ volatile("" ::: "memory");
	}
	ns = bench_ns(spdk_get_ticks() - start) / ((double)size / BARE_BYTES);
	munmap(memory, size);
	return ns;
}

static struct {
	struct bench_spread create, touch, alone, with_few, crowded;
	double exit_ns;
	uint64_t before, idle, peak, after;
} g_result;

/* Nobody turns the second reactor yet: what is measured is the creating. */
static void
create_all(struct spdk_thread **threads, uint32_t samples)
{
	uint32_t done = FEW, i, end;

	(void)create_ns(threads, FEW);
	while (spindle_run_queue_turn(g_reactors[0].queue) != 0) {
	}
	round_trips(&g_result.with_few, samples);
	for (i = 0; i < samples; i++) {
		end = FEW + (uint32_t)((uint64_t)(g_count - FEW) * (i + 1) / samples);
		bench_spread_add(&g_result.create, create_ns(&threads[done], end - done));
		bench_spread_add(&g_result.touch, touch_ns(end - done));
		done = end;
	}
}

static void
run_all(struct spdk_thread **threads)
{
	uint32_t i;

	for (i = 0; i < g_count; i++) {
		spdk_thread_send_msg(threads[i], work, (void *)MESSAGES);
	}
	while (finished() != g_count) {
		bench_turn();
	}
}

static void
exit_all(struct spdk_thread **threads)
{
	uint64_t start = spdk_get_ticks();
	uint32_t i;

	for (i = 0; i < g_count; i++) {
		spdk_thread_send_msg(threads[i], leave, NULL);
	}
	while (spdk_thread_get_count() != 2) {
		bench_turn();
	}
	g_result.exit_ns = bench_ns(spdk_get_ticks() - start) / g_count;
}

static int
report(void)
{
	double grown = (double)g_result.peak - (double)g_result.before;
	int missed = 0;

	bench_question("Threads: create each of a million");
	bench_side(&g_result.create, "create", "ns");
	bench_side(&g_result.touch, "touch 448 bytes of new memory", "ns");
	missed += !bench_limit("create", &g_result.create, "ns", BENCH_AT_MOST, LIMIT_US * 1000);
	(void)bench_ratio("create to touch", &g_result.create, &g_result.touch, BENCH_AT_MOST, 0);
	(void)bench_value("have each exit and be destroyed, two reactors", g_result.exit_ns, "ns",
			  BENCH_AT_MOST, NAN);

	bench_question("Threads: memory of each of a million");
	(void)bench_value("resident, created",
			  ((double)g_result.idle - (double)g_result.before) / g_count, "bytes",
			  BENCH_AT_MOST, NAN);
	missed += !bench_value("resident, each has run ten messages", grown / g_count, "bytes",
			       BENCH_AT_MOST, LIMIT_BYTES);
	missed += !bench_value("resident after all have exited, over before",
			       ((double)g_result.after - (double)g_result.before) / 1e6, "MB",
			       BENCH_AT_MOST, grown / 1e8);

	bench_question("Threads: a round trip of two others on a reactor, while the rest are idle");
	bench_side(&g_result.alone, "with none (before and after)", "ns");
	bench_side(&g_result.with_few, "with 1,000", "ns");
	bench_side(&g_result.crowded, "with 1,000,000", "ns");
	(void)bench_ratio("1,000 to none", &g_result.with_few, &g_result.alone, BENCH_AT_MOST, 0);
	missed += !bench_ratio("1,000,000 to none", &g_result.crowded, &g_result.alone,
			       BENCH_AT_MOST, LIMIT_OTHERS);
	return missed;
}

int
main(int argc, char **argv)
{
	struct spdk_thread **threads;
	uint32_t samples = bench_samples(SAMPLES);
	int missed;

	if (argc > 1) {
		g_count = (uint32_t)spdk_max(spdk_strtol(argv[1], 10), 2 * FEW);
	}
	spdk_log_set_print_level(SPDK_LOG_WARN);
	bench_warm_memory((size_t)g_count * 1024);
	bench_open("threads_bench", 0);
	threads = calloc(g_count, sizeof(threads[0]));
	memset(threads, 1, g_count * sizeof(threads[0]));

	bench_place(0);
	g_pair.thread[0] = spdk_thread_create("ping", NULL);
	g_pair.thread[1] = spdk_thread_create("pong", NULL);
	bench_place(-1);
	round_trips(&g_result.alone, samples / 2);
	g_result.before = bench_resident_bytes();
	create_all(threads, samples);
	g_result.idle = bench_resident_bytes();
	bench_start();
	run_all(threads);
	g_result.peak = bench_resident_bytes();
	round_trips(&g_result.crowded, samples);
	exit_all(threads);
	g_result.after = bench_resident_bytes();
	round_trips(&g_result.alone, samples - samples / 2);
	bench_stop();
	missed = report();

	spdk_thread_send_msg(g_pair.thread[1], leave, NULL);
	spdk_thread_send_msg(g_pair.thread[0], leave, NULL);
	while (spdk_thread_get_count() != 0) {
		bench_turn();
	}
	free(threads);
	bench_close();
	return missed != 0;
}
