/* SPDX-License-Identifier: BSD-3-Clause */
/* Which blocks a worker does what to: orders, sizes and mixes keep to what was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "perf_pattern.h"
#include "spdk/util.h"

#define BLOCK 512

static const struct perf_sizes one_size = {.count = 1, .of = {{8 * BLOCK, 100}}};

static struct perf_pattern_opts
opts_of(enum perf_order order, uint64_t num_blocks)
{
	return (struct perf_pattern_opts){
		.op = PERF_OP_READ,
		.read_percent = -1,
		.order = order,
		.sizes = &one_size,
		.block_size = BLOCK,
		.first_block = 100,
		.num_blocks = num_blocks,
		.zipf_theta = 1.2,
		.seed = 5,
	};
}

static void
in_order_means_one_after_the_other_and_from_the_start_again(void **state)
{
	struct perf_pattern pattern;
	struct perf_step step;
	uint64_t rest, i;

	/* Four I/Os, and so many blocks for which there is no fifth. */
	for (rest = 0; rest < 8; rest++) {
		struct perf_pattern_opts opts = opts_of(PERF_SEQUENTIAL, 4 * 8 + rest);

		assert_int_equal(perf_pattern_init(&pattern, &opts), 0);
		for (i = 0; i < 9; i++) {
			perf_pattern_next(&pattern, &step);
			assert_int_equal(step.block, 100 + i % 4 * 8);
			assert_int_equal(step.blocks, 8);
			assert_int_equal(step.op, PERF_OP_READ);
		}
		perf_pattern_fini(&pattern);
	}
}

static void
each_once_visits_each_place_once_in_every_pass(void **state)
{
	static const uint64_t places[] = {1, 2, 3, 4, 7, 64, 100, 997, 1000, 4096};
	struct perf_pattern pattern;
	struct perf_step step;
	uint8_t seen[4096];
	uint64_t i, j, place, in_order;

	for (i = 0; i < SPDK_COUNTOF(places); i++) {
		struct perf_pattern_opts opts = opts_of(PERF_EACH_ONCE, places[i] * 8 + 7);

		opts.seed = i;
		assert_int_equal(perf_pattern_init(&pattern, &opts), 0);
		memset(seen, 0, sizeof(seen));
		for (j = 0, in_order = 0; j < 3 * places[i]; j++) {
			place = (perf_pattern_place(&pattern, j) - 100) / 8;
			assert_true(place < places[i]);
			assert_int_equal(seen[place], j / places[i]);
			seen[place]++;
			in_order += j > 0 &&
				    place == (perf_pattern_place(&pattern, j - 1) - 100) / 8 + 1;
		}
		/* It looks random. */
		assert_true(places[i] < 64 || in_order < places[i] / 16);
		memset(seen, 0, sizeof(seen));
		for (j = 0; j < 3 * places[i]; j++) {
			perf_pattern_next(&pattern, &step);
			place = (step.block - 100) / 8;
			assert_true(place < places[i]);
			assert_int_equal(seen[place], j / places[i]);
			seen[place]++;
		}
		perf_pattern_fini(&pattern);
	}
}

static void
at_random_each_place_is_as_likely_as_any_other(void **state)
{
	struct perf_pattern_opts opts = opts_of(PERF_UNIFORM, 10 * 8 + 5);
	struct perf_pattern pattern;
	struct perf_step step;
	uint64_t seen[10] = {0}, i;

	assert_int_equal(perf_pattern_init(&pattern, &opts), 0);
	for (i = 0; i < 100000; i++) {
		perf_pattern_next(&pattern, &step);
		assert_int_equal((step.block - 100) % 8, 0);
		assert_true(step.block - 100 < 80);
		seen[(step.block - 100) / 8]++;
	}
	for (i = 0; i < 10; i++) {
		/* 10,000 expected; the standard deviation is 95. */
		assert_in_range(seen[i], 9400, 10600);
	}
	perf_pattern_fini(&pattern);
}

static void
zipf_prefers_the_first_places(void **state)
{
	struct perf_pattern_opts opts = opts_of(PERF_ZIPF, 100 * 8);
	struct perf_pattern pattern;
	struct perf_step step;
	uint64_t first = 0, last = 0, i;

	assert_int_equal(perf_pattern_init(&pattern, &opts), 0);
	for (i = 0; i < 10000; i++) {
		perf_pattern_next(&pattern, &step);
		assert_true(step.block - 100 <= 99 * 8);
		first += step.block == 100;
		last += step.block - 100 >= 50 * 8;
	}
	assert_true(first > 2000);
	assert_true(last < 1500);
	perf_pattern_fini(&pattern);
}

static void
a_mix_has_its_share_of_reads_and_no_other(void **state)
{
	static const int32_t percents[] = {0, 1, 30, 70, 99, 100};
	struct perf_pattern_opts opts = opts_of(PERF_UNIFORM, 1000 * 8);
	struct perf_pattern pattern;
	struct perf_step step;
	uint32_t reads, low, high, i, j;

	opts.op = PERF_OP_WRITE;
	for (i = 0; i < SPDK_COUNTOF(percents); i++) {
		opts.read_percent = percents[i];
		assert_int_equal(perf_pattern_init(&pattern, &opts), 0);
		for (j = 0, reads = 0, low = 0, high = 0; j < 100000; j++) {
			perf_pattern_next(&pattern, &step);
			reads += step.op == PERF_OP_READ;
			/* What is done does not depend on where. */
			low += step.op == PERF_OP_READ && step.block < 100 + 500 * 8;
			high += step.op == PERF_OP_READ && step.block >= 100 + 500 * 8;
		}
		if (percents[i] == 0 || percents[i] == 100) {
			assert_int_equal(reads, percents[i] * 1000);
		}
		assert_true(abs((int)reads - percents[i] * 1000) < 1000);
		assert_true(abs((int)low - (int)high) < 2000);
		perf_pattern_fini(&pattern);
	}
}

static void
sizes_have_their_shares_and_stay_within_the_range(void **state)
{
	static const enum perf_order orders[] = {PERF_SEQUENTIAL, PERF_UNIFORM};
	static const struct perf_sizes sizes = {
		.count = 3, .of = {{BLOCK, 50}, {4 * BLOCK, 30}, {16 * BLOCK, 20}}};
	struct perf_pattern pattern;
	struct perf_step step;
	uint32_t seen[17], i, j;

	for (i = 0; i < SPDK_COUNTOF(orders); i++) {
		struct perf_pattern_opts opts = opts_of(orders[i], 1001);
		uint64_t next = 100;

		opts.sizes = &sizes;
		assert_int_equal(perf_pattern_init(&pattern, &opts), 0);
		memset(seen, 0, sizeof(seen));
		for (j = 0; j < 100000; j++) {
			perf_pattern_next(&pattern, &step);
			assert_in_range(step.blocks, 1, 16);
			seen[step.blocks]++;
			assert_true(step.block >= 100 && step.block + step.blocks <= 1101);
			if (orders[i] == PERF_SEQUENTIAL && step.block != 100) {
				assert_int_equal(step.block, next);
			}
			next = step.block + step.blocks;
		}
		assert_in_range(seen[1], 49000, 51000);
		assert_in_range(seen[4], 29000, 31000);
		assert_in_range(seen[16], 19000, 21000);
		perf_pattern_fini(&pattern);
	}
}

static void
the_same_seed_makes_the_same_ios(void **state)
{
	struct perf_pattern_opts opts = opts_of(PERF_UNIFORM, 1000000);
	struct perf_pattern one, same, other;
	struct perf_step step, step_same, step_other;
	uint32_t equal = 0, i;

	assert_int_equal(perf_pattern_init(&one, &opts), 0);
	assert_int_equal(perf_pattern_init(&same, &opts), 0);
	opts.seed = 6;
	assert_int_equal(perf_pattern_init(&other, &opts), 0);
	for (i = 0; i < 1000; i++) {
		perf_pattern_next(&one, &step);
		perf_pattern_next(&same, &step_same);
		perf_pattern_next(&other, &step_other);
		assert_int_equal(step.block, step_same.block);
		equal += step.block == step_other.block;
	}
	assert_true(equal < 10);
}

static void
expect_sizes(const char *text, const char *expected)
{
	struct perf_sizes sizes;
	char printed[256];

	assert_int_equal(perf_sizes_parse(text, &sizes), 0);
	perf_sizes_print(&sizes, printed, sizeof(printed));
	assert_string_equal(printed, expected);
}

static void
sizes_are_read_with_and_without_percentages(void **state)
{
	static const char *const wrong[] = {"",      "0",           "4k/",    "4k/101",
					    "4k/99", "4k/60,8k/60", "4k,,8k", "4k/-1",
					    "x",     "4k/50,8k/49"};
	struct perf_sizes sizes = {.count = 77};
	uint32_t i;

	expect_sizes("4096", "4 KiB");
	expect_sizes("4k/100", "4 KiB");
	expect_sizes("4k/70,64k/30", "4 KiB 70%, 64 KiB 30%");
	expect_sizes("4k/70:64k", "4 KiB 70%, 64 KiB 30%");
	expect_sizes("4k,8k,16k", "4 KiB 34%, 8 KiB 33%, 16 KiB 33%");
	for (i = 0; i < SPDK_COUNTOF(wrong); i++) {
		if (perf_sizes_parse(wrong[i], &sizes) != -EINVAL) {
			fail_msg("'%s' is taken for sizes", wrong[i]);
		}
	}
	assert_int_equal(sizes.count, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_means_one_after_the_other_and_from_the_start_again),
		cmocka_unit_test(each_once_visits_each_place_once_in_every_pass),
		cmocka_unit_test(at_random_each_place_is_as_likely_as_any_other),
		cmocka_unit_test(zipf_prefers_the_first_places),
		cmocka_unit_test(a_mix_has_its_share_of_reads_and_no_other),
		cmocka_unit_test(sizes_have_their_shares_and_stay_within_the_range),
		cmocka_unit_test(the_same_seed_makes_the_same_ios),
		cmocka_unit_test(sizes_are_read_with_and_without_percentages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
