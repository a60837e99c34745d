/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random I/O on random stacks of block devices, held against a model. Each seed is a run of its
 * own; what is found is said with the seed that shows it again:
 *
 *   bdev_model [-f FIRST-SEED] [-n SEEDS] [-o OPERATIONS] [-v]
 */
#include "event.h"
#include "memory.h"
#include "operation.h"
#include "random.h"
#include "report.h"
#include "subject.h"
#include "trouble.h"
#include "world.h"

struct options {
	uint64_t first;
	uint64_t seeds;
	uint64_t operations;
	bool verbose;
};

/* ---- One run ---- */

static bool
may_close(const struct subject *subject)
{
	return subject->state == SUBJECT_LEAVING && subject->outstanding == 0 &&
	       events_are_over(&g_subjects[subject - g_subjects]);
}

/* Those that are gone make place for others. */
static void
replace_subjects(void)
{
	uint32_t i;

	for (i = 0; i < SUBJECTS_MAX; i++) {
		if (may_close(&g_subjects[i]) && random_permille(100)) {
			memory_fail_no_more();
			subject_remove(&g_subjects[i]);
			subject_close(&g_subjects[i]);
			subject_destroy(&g_subjects[i]);
			subject_create(&g_subjects[i]);
		}
	}
}

static void
operate(uint64_t operations)
{
	uint32_t burst = (uint32_t)random_between(1, 8), turns = (uint32_t)random_between(1, 12), i;
	uint64_t started = 0, idle = 0;

	while (started < operations && idle < operations * 100) {
		idle++;
		for (i = (uint32_t)random_below(burst + 1); i > 0 && started < operations; i--) {
			started += operation_start();
		}
		event_step();
		operation_step();
		for (i = (uint32_t)random_below(turns + 1); i > 0; i--) {
			world_turn();
		}
		replace_subjects();
	}
	if (started < operations) {
		operations_print();
		report_found(FOUND_LOST, "no operation can be begun any more");
	}
}

static bool
is_quiet(void *arg)
{
	uint32_t i;
	bool is_over = operations_are_over(NULL);

	event_step();
	for (i = 0; i < SUBJECTS_MAX; i++) {
		is_over &= events_are_over(&g_subjects[i]);
	}
	return is_over;
}

static void
wait_until_quiet(void)
{
	world_wait_until(is_quiet, NULL, "all operations", operations_print);
}

static void
look_at(struct subject *subject)
{
	uint64_t blocks = spdk_bdev_get_num_blocks(subject->bdev), block, count;

	for (block = 0; block < blocks; block += count) {
		count = spdk_min(blocks - block, DATA_MAX / subject->block_size);
		operation_read(subject, block, count);
		wait_until_quiet();
	}
}

/* Each member of an array that has it all, as well. */
static void
look_at_all(void)
{
	struct bottom *bottom;
	uint32_t i;

	for (i = 0; i < SUBJECTS_MAX; i++) {
		bottom = &g_subjects[i].bottom;
		if (g_subjects[i].state != SUBJECT_LIVE) {
			continue;
		}
		do {
			world_wait_until(bottom_is_settled, bottom, "changes of members", NULL);
			look_at(&g_subjects[i]);
			world_on(0);
		} while (bottom_read_next(bottom));
	}
}

static bool
is_leaving(void *arg)
{
	const struct subject *subject = arg;

	return subject->state == SUBJECT_LEAVING;
}

static void
end_subjects(void)
{
	uint32_t i;

	/* Twins before those whose channels they use. */
	for (i = SUBJECTS_MAX; i-- > 0;) {
		subject_remove(&g_subjects[i]);
	}
	for (i = SUBJECTS_MAX; i-- > 0;) {
		world_wait_until(is_leaving, &g_subjects[i], "word of a removal", NULL);
		subject_close(&g_subjects[i]);
		subject_destroy(&g_subjects[i]);
	}
}

static void
run(uint64_t seed, const struct options *options)
{
	static bool is_warm;
	long live = memory_live();
	uint32_t i;

	random_seed(seed);
	report_seed(seed, options->verbose);
	trouble_forget_all();
	/* The last look at all blocks reads them in few pieces. */
	operations_open(options->operations + 1000);
	world_open();
	for (i = 0; i < SUBJECTS_MAX; i++) {
		subject_create(&g_subjects[i]);
	}
	events_choose();
	operate(options->operations);
	events_stop();
	wait_until_quiet();
	look_at_all();
	end_subjects();
	operations_close();
	world_close();
	/* The first run makes what stays for all. */
	if (is_warm && memory_live() > live) {
		report_found(FOUND_LEAK, "%ld allocations are left", memory_live() - live);
	}
	is_warm = true;
}

/* ---- The program ---- */

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (*text == '\0' || *end != '\0') {
		fprintf(stderr, "bdev_model: '%s' is not a number\n", text);
		exit(2);
	}
	return value;
}

static struct options
parse(int argc, char **argv)
{
	struct options options = {.first = 1, .seeds = 1, .operations = 1000};
	int option;

	while ((option = getopt(argc, argv, "f:n:o:v")) != -1) {
		switch (option) {
		case 'f':
			options.first = number(optarg);
			break;
		case 'n':
			options.seeds = number(optarg);
			break;
		case 'o':
			options.operations = number(optarg);
			break;
		case 'v':
			options.verbose = true;
			break;
		default:
			fprintf(stderr, "usage: bdev_model [-f FIRST-SEED] [-n SEEDS] "
					"[-o OPERATIONS] [-v]\n");
			exit(2);
		}
	}
	return options;
}

int
main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	uint64_t i;

	report_open();
	memory_pause();
	world_setup();
	for (i = 0; i < options.seeds; i++) {
		run(options.first + i, &options);
	}
	printf("%" PRIu64 " seeds of %" PRIu64 " operations from seed %" PRIu64 ": nothing found\n",
	       options.seeds, options.operations, options.first);
	return 0;
}
