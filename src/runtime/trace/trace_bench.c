/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a tracepoint costs: switched off, and recorded without arguments and with one and five
 * numbers of eight bytes, and with a text. Median and spread of several rounds.
 *
 *     trace_bench [ROUNDS]
 */
#include "runtime/trace.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/trace.h"
#include "spdk/util.h"

#define GROUP       1
#define OFF         SPDK_TPOINT_ID(GROUP, 0)
#define NO_ARGS     SPDK_TPOINT_ID(GROUP, 1)
#define ONE_ARG     SPDK_TPOINT_ID(GROUP, 2)
#define FIVE_ARGS   SPDK_TPOINT_ID(GROUP, 3)
#define TEXT        SPDK_TPOINT_ID(GROUP, 4)
#define CALLS       1000000
#define ROUNDS_MAX  1000
#define NUM_ENTRIES 32768

static double g_ns[ROUNDS_MAX];

static void
pass_off(uint64_t i)
{
	spdk_trace_record(OFF, 0, 0, i);
}

static void
record_none(uint64_t i)
{
	spdk_trace_record(NO_ARGS, 0, 0, i);
}

static void
record_with_own_time(uint64_t i)
{
	spdk_trace_record_tsc(i + 1, NO_ARGS, 0, 0, i);
}

static void
record_one(uint64_t i)
{
	spdk_trace_record(ONE_ARG, 0, 0, i, i);
}

static void
record_five(uint64_t i)
{
	spdk_trace_record(FIVE_ARGS, 0, 0, i, i, i, i, i, i);
}

static void
record_text(uint64_t i)
{
	spdk_trace_record(TEXT, 0, 0, i, "sixteen letters");
}

static void
only_read_ticks(uint64_t i)
{
	(void)spdk_get_ticks();
}

/* Inlined into each user, so that there is no call but the tracepoint's own. */
static inline __attribute__((always_inline)) double
measure(void (*fn)(uint64_t i))
{
	uint64_t start = spdk_get_ticks();

	for (uint64_t i = 0; i < CALLS; i++) {
		fn(i);
		__asm__ __volatile__("" : : : "memory");
	}
	return (double)(spdk_get_ticks() - start) * 1e9 / (double)spdk_get_ticks_hz() / CALLS;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static void
print(const char *what, int rounds)
{
	qsort(g_ns, (size_t)rounds, sizeof(g_ns[0]), compare);
	printf("%-36s %6.2f ns  (%.2f to %.2f)\n", what, g_ns[rounds / 2], g_ns[rounds / 10],
	       g_ns[rounds - 1 - rounds / 10]);
}

#define RUN(what, fn, rounds)                                    \
	do {                                                     \
		for (int round = 0; round < (rounds); round++) { \
			g_ns[round] = measure(fn);               \
		}                                                \
		print(what, rounds);                             \
	} while (0)

static void
describe(void)
{
	const struct spdk_trace_tpoint_opts opts[] = {
		{"OFF", OFF},
		{"NO_ARGS", NO_ARGS},
		{"ONE_ARG", ONE_ARG, .args = {{"a", SPDK_TRACE_ARG_TYPE_INT, 8}}},
		{"FIVE_ARGS", FIVE_ARGS,
		 .args = {{"a", SPDK_TRACE_ARG_TYPE_INT, 8},
			  {"b", SPDK_TRACE_ARG_TYPE_INT, 8},
			  {"c", SPDK_TRACE_ARG_TYPE_INT, 8},
			  {"d", SPDK_TRACE_ARG_TYPE_INT, 8},
			  {"e", SPDK_TRACE_ARG_TYPE_INT, 8}}},
		{"TEXT", TEXT, .args = {{"text", SPDK_TRACE_ARG_TYPE_STR, 30}}},
	};

	spdk_trace_register_description_ext(opts, SPDK_COUNTOF(opts));
}

/* What tracing adds to the start and end of an application that does not use it. */
static void
run_starts(int rounds)
{
	uint64_t start;

	for (int round = 0; round < rounds; round++) {
		start = spdk_get_ticks();
		if (spdk_trace_init("/trace_bench_trace.0", NUM_ENTRIES, 0) != 0) {
			exit(1);
		}
		spdk_trace_cleanup();
		g_ns[round] =
			(double)(spdk_get_ticks() - start) * 1e9 / (double)spdk_get_ticks_hz();
	}
	print("init and cleanup, nothing on", rounds);
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? spdk_strtol(argv[1], 10) : 31;
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	rounds = rounds < 1 ? 1 : spdk_min(rounds, ROUNDS_MAX);
	spdk_env_opts_init(&opts);
	opts.name = "trace_bench";
	opts.no_pci = true;
	spdk_log_set_print_level(SPDK_LOG_WARN);
	if (spdk_env_init(&opts) != 0) {
		return 1;
	}
	run_starts((int)rounds);
	if (spdk_trace_init("/trace_bench_trace.0", NUM_ENTRIES, 0) != 0) {
		return 1;
	}
	describe();
	RUN("switched off, nothing is on", pass_off, (int)rounds);
	spdk_trace_set_tpoints(GROUP, ~UINT64_C(1));
	RUN("switched off, others are on", pass_off, (int)rounds);
	RUN("reading ticks alone", only_read_ticks, (int)rounds);
	RUN("no arguments", record_none, (int)rounds);
	RUN("no arguments, time given", record_with_own_time, (int)rounds);
	RUN("one number", record_one, (int)rounds);
	RUN("five numbers, three entries", record_five, (int)rounds);
	RUN("a text of 30, two entries", record_text, (int)rounds);
	/* The file would be kept, as it has entries. */
	if (trace_file_path() != NULL) {
		(void)unlink(trace_file_path());
	}
	spdk_trace_cleanup();
	spdk_env_fini();
	return 0;
}
