/* SPDX-License-Identifier: BSD-3-Clause */
/* The arithmetic of a copy, held against what it promises for all small numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dd_plan.h"
#include "spdk/util.h"

/* All pieces of one copy: they follow each other, and no block of the target belongs to two. */
static void
check_pieces(const struct dd_plan *plan, uint64_t total)
{
	uint64_t begin = 0, end;

	while (begin < total) {
		end = spdk_min(dd_plan_end(plan, begin), total);
		if (end <= begin || end - begin > plan->piece) {
			fail_msg("block %" PRIu64 ", piece %" PRIu64 ", seek %" PRIu64 ": %" PRIu64
				 " to %" PRIu64,
				 plan->block, plan->piece, plan->seek, begin, end);
		}
		if (end != total && (plan->seek + end) % plan->block != 0) {
			fail_msg("block %" PRIu64 ", seek %" PRIu64 ": a piece ends at %" PRIu64,
				 plan->block, plan->seek, end);
		}
		begin = end;
	}
}

static void
pieces_share_no_block(void **state)
{
	struct dd_plan plan;
	uint64_t block, seek, wanted;

	for (block = 1; block <= 5; block++) {
		for (seek = 0; seek <= 12; seek++) {
			for (wanted = 1; wanted <= 11; wanted++) {
				plan = dd_plan_make(seek, block, wanted);
				assert_true(plan.piece >= wanted && plan.piece < wanted + block);
				assert_int_equal(plan.piece % block, 0);
				check_pieces(&plan, 40);
			}
		}
	}
}

/* They may begin anywhere, behind a hole for one, and fall into step again. */
static void
pieces_end_at_the_same_places_wherever_they_begin(void **state)
{
	struct dd_plan plan = dd_plan_make(3, 4, 8);
	uint64_t begin;

	for (begin = 0; begin < 100; begin++) {
		uint64_t end = dd_plan_end(&plan, begin);

		assert_true(end > begin && end - begin <= 8);
		assert_int_equal((end + 3) % 8, 0);
	}
}

static void
pieces_end_before_numbers_do(void **state)
{
	struct dd_plan plan = dd_plan_make(511, 512, 4096);

	assert_true(dd_plan_end(&plan, INT64_MAX) > INT64_MAX);
	assert_int_equal(dd_plan_end(&plan, UINT64_MAX - 600), UINT64_MAX);
}

static void
a_cover_is_the_fewest_blocks_around_a_range(void **state)
{
	struct dd_cover cover;
	uint64_t block, offset, size;

	for (block = 1; block <= 6; block++) {
		for (offset = 0; offset <= 13; offset++) {
			for (size = 1; size <= 13; size++) {
				cover = dd_cover(offset, size, block);
				assert_int_equal(cover.offset % block, 0);
				assert_int_equal(cover.size % block, 0);
				assert_int_equal(cover.offset + cover.head, offset);
				assert_int_equal(cover.head + size + cover.tail, cover.size);
				assert_true(cover.head < block && cover.tail < block);
			}
		}
	}
}

static void
zeros_are_whole_blocks_of_the_target(void **state)
{
	struct dd_plan plan;
	uint64_t begin, size, zeros;

	plan = dd_plan_make(5, 4, 8);
	for (begin = 0; begin < 20; begin++) {
		for (size = 0; size < 20; size++) {
			zeros = dd_plan_zeros(&plan, begin, size);
			assert_true(zeros <= size && zeros % 4 == 0);
			if ((5 + begin) % 4 != 0) {
				assert_int_equal(zeros, 0);
			} else {
				assert_true(size - zeros < 4);
			}
		}
	}
}

static bool
is_zero_unit(const uint8_t *bytes, uint64_t unit)
{
	uint64_t i;

	for (i = 0; i < unit && bytes[i] == 0; i++) {
	}
	return i == unit;
}

/* Runs of these bytes, one after the other, that begin at `offset` of the target. */
static void
check_runs(const uint8_t *bytes, uint64_t size, uint64_t offset, uint64_t unit)
{
	bool is_zero, was_zero = false;
	uint64_t at = 0, length, i;

	for (at = 0; at < size; at += length) {
		is_zero = !was_zero;
		length = dd_run_length(bytes + at, size - at, offset + at, unit, &is_zero);
		assert_true(length > 0 && length <= size - at);
		/* Two of a kind would have been one. */
		assert_true(at == 0 || is_zero != was_zero);
		was_zero = is_zero;
		if (is_zero) {
			assert_int_equal((offset + at) % unit, 0);
			assert_int_equal(length % unit, 0);
			assert_true(is_zero_unit(bytes + at, length));
			continue;
		}
		for (i = at; i + unit <= at + length; i++) {
			assert_false((offset + i) % unit == 0 && is_zero_unit(bytes + i, unit));
		}
	}
}

static void
runs_of_zeros_are_all_that_fill_units(void **state)
{
	uint8_t bytes[11];
	uint64_t unit, offset;
	unsigned pattern, i;

	for (pattern = 0; pattern < 1u << sizeof(bytes); pattern++) {
		for (i = 0; i < sizeof(bytes); i++) {
			bytes[i] = (uint8_t)(pattern >> i & 1);
		}
		for (unit = 1; unit <= 4; unit++) {
			for (offset = 0; offset < 2 * unit; offset++) {
				check_runs(bytes, sizeof(bytes) - offset / 2, offset, unit);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_share_no_block),
		cmocka_unit_test(pieces_end_at_the_same_places_wherever_they_begin),
		cmocka_unit_test(pieces_end_before_numbers_do),
		cmocka_unit_test(a_cover_is_the_fewest_blocks_around_a_range),
		cmocka_unit_test(zeros_are_whole_blocks_of_the_target),
		cmocka_unit_test(runs_of_zeros_are_all_that_fill_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
