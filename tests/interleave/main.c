/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * interleave [--want KIND] [--all] [--trace] [SCENARIO...]
 *
 * Explores the scenarios and prints what was found. Without --want any fault fails; with it the
 * source is a mutant, and the first fault of that kind (as `lost wake-up`) is what is to be found.
 * What takes long is explored with --all, and where a fault is wanted.
 */
#include <time.h>

#include "litmus.h"
#include "world.h"

struct options {
	enum fault wanted;
	bool is_all;
	bool prints_trace;
};

struct totals {
	uint64_t states;
	uint64_t steps;
	long double interleavings;
	bool is_wanted_found;
	bool has_fault;
};

static void
print_interleavings(long double count)
{
	/* The digits that a long double has exactly. */
	printf(count < 1e15L ? " %16.0Lf" : " %16.6Le", count);
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
report(const char *name, const struct explore_result *result, double took)
{
	uint32_t i;

	printf("%-26s %9" PRIu64 " %10" PRIu64 " %6" PRIu64 " %6u", name, result->states,
	       result->steps, result->ends, result->deepest);
	print_interleavings(result->interleavings);
	printf(" %6.1f s\n", took);
	for (i = 0; i < FAULT_COUNT; i++) {
		if (result->faults[i] != 0) {
			printf("    %s, %" PRIu64 " times: %s\n", model_fault_name(i),
			       result->faults[i], result->texts[i]);
		}
	}
	if (result->is_cut_short) {
		printf("    too large to be explored wholly\n");
	}
	fflush(stdout);
}

static bool
is_chosen(const char *name, char **names, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0) {
			return true;
		}
	}
	return count == 0;
}

/* What of the variants a scenario asks for, and one more: none. */
static void
run_one(const struct scenario *scenario, enum scenario_variant variant,
	const struct options *options, struct totals *totals)
{
	static const char *const names[] = {
		[VARIANT_NONE] = "",
		[VARIANT_BUFFERS] = ", buffers",
		[VARIANT_REUSE] = ", reuse",
		[VARIANT_SPURIOUS] = ", spurious",
	};
	double start = seconds();
	struct explore_result result;
	char name[64];
	uint32_t fault;

	world_run(scenario, variant, options->wanted, options->prints_trace, &result);
	snprintf(name, sizeof(name), "%s%s", scenario->name, names[variant]);
	report(name, &result, seconds() - start);
	totals->states += result.states;
	totals->steps += result.steps;
	totals->interleavings += result.interleavings;
	for (fault = 0; fault < FAULT_COUNT; fault++) {
		totals->has_fault |= result.faults[fault] != 0;
	}
	totals->has_fault |= result.is_cut_short;
	totals->is_wanted_found |=
		options->wanted != FAULT_NONE && result.faults[options->wanted] != 0;
}

static void
run_all(char **names, int name_count, const struct options *options, struct totals *totals)
{
	uint32_t variants, variant;
	size_t i;

	for (i = 0; i < g_scenario_count; i++) {
		const struct scenario *scenario = &g_scenarios[i];

		if (!is_chosen(scenario->name, names, name_count)) {
			continue;
		}
		variants = scenario->variants;
		if (options->is_all || options->wanted != FAULT_NONE) {
			variants |= scenario->long_variants;
		}
		for (variant = 0; variant < VARIANT_COUNT && !totals->is_wanted_found; variant++) {
			if (variant == VARIANT_NONE || (variants & (1u << variant)) != 0) {
				run_one(scenario, variant, options, totals);
			}
		}
	}
}

static enum fault
fault_by_name(const char *name)
{
	uint32_t i;

	for (i = 1; i < FAULT_COUNT; i++) {
		if (strcmp(model_fault_name(i), name) == 0) {
			return i;
		}
	}
	fprintf(stderr, "interleave: there is no kind of fault called '%s'\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	struct totals totals = {0};
	struct options options = {.wanted = FAULT_NONE};
	int first = 1;

	for (; first < argc && argv[first][0] == '-'; first++) {
		if (strcmp(argv[first], "--trace") == 0) {
			options.prints_trace = true;
		} else if (strcmp(argv[first], "--all") == 0) {
			options.is_all = true;
		} else if (strcmp(argv[first], "--want") == 0 && first + 1 < argc) {
			options.wanted = fault_by_name(argv[++first]);
		} else {
			fprintf(stderr, "interleave: what is '%s'?\n", argv[first]);
			return 2;
		}
	}
	model_init();
	if (litmus_run() != 0) {
		return 2;
	}
	printf("%-26s %9s %10s %6s %6s %16s %8s\n", "scenario", "states", "steps", "ends", "depth",
	       "interleavings", "time");
	world_init();
	run_all(argv + first, argc - first, &options, &totals);
	if (options.wanted != FAULT_NONE) {
		printf("%s: %s\n", totals.is_wanted_found ? "found" : "NOT FOUND",
		       model_fault_name(options.wanted));
		return totals.is_wanted_found ? 0 : 1;
	}
	printf("%-26s %9" PRIu64 " %10" PRIu64 " %13s", "all", totals.states, totals.steps, "");
	print_interleavings(totals.interleavings);
	printf("\n");
	return totals.has_fault ? 1 : 0;
}
