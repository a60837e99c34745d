/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the blocks of arrays are: every range of small arrays, block by block.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "raid_internal.h"

#define SLOTS_MAX  4
#define BLOCKS_MAX 64

/* With room for the slots at its end. */
union array {
	struct raid raid;
	uint8_t room[sizeof(struct raid) + SLOTS_MAX * sizeof(struct raid_slot)];
};

/* Where a block of the array is, worked out the slow way. */
struct home {
	uint32_t slot;
	uint64_t block;
};

static void
init_array(union array *array, const struct raid_level *level, uint32_t count, uint32_t shift)
{
	memset(array, 0, sizeof(*array));
	array->raid.level = level;
	array->raid.count = count;
	array->raid.strip_shift = shift;
	array->raid.strip_blocks = UINT64_C(1) << shift;
}

/*
 * Each block of the range is in one part, in the place of its home, and parts have no other blocks.
 */
static void
check_range(const union array *array, const struct home *homes, const struct bdev_place *range)
{
	struct bdev_place parts[SLOTS_MAX] = {{0, 0}};
	uint64_t total = 0;

	for (uint32_t i = 0; i < array->raid.count; i++) {
		if (!array->raid.level->find_part(&array->raid, i, range, &parts[i])) {
			parts[i] = (struct bdev_place){0, 0};
		}
		total += parts[i].count;
	}
	for (uint64_t b = range->offset; b < range->offset + range->count; b++) {
		const struct bdev_place *part = &parts[homes[b].slot];

		if (homes[b].block < part->offset || homes[b].block >= part->offset + part->count) {
			fail_msg("block %" PRIu64 " of %" PRIu64 "+%" PRIu64
				 " is in none of the parts",
				 b, range->offset, range->count);
		}
	}
	assert_int_equal(total, range->count);
}

static void
check_all_ranges(const union array *array, const struct home *homes, uint64_t blocks)
{
	struct bdev_place range;

	for (range.offset = 0; range.offset < blocks; range.offset++) {
		for (range.count = 1; range.count <= blocks - range.offset; range.count++) {
			check_range(array, homes, &range);
		}
	}
}

static void
strips_go_round_the_slots(void **state)
{
	struct home homes[BLOCKS_MAX];
	union array array;

	for (uint32_t count = 1; count <= SLOTS_MAX; count++) {
		for (uint32_t shift = 0; shift <= 2; shift++) {
			uint64_t blocks = (uint64_t)count * 4 << shift, strip = 1u << shift;

			init_array(&array, &g_raid0, count, shift);
			for (uint64_t b = 0; b < blocks; b++) {
				homes[b].slot = (uint32_t)(b / strip % count);
				homes[b].block = b / strip / count * strip + b % strip;
			}
			check_all_ranges(&array, homes, blocks);
		}
	}
}

static void
slots_follow_one_another(void **state)
{
	static const uint64_t sizes[SLOTS_MAX] = {5, 1, 7, 3};
	struct home homes[BLOCKS_MAX];
	union array array;

	for (uint32_t count = 1; count <= SLOTS_MAX; count++) {
		uint64_t blocks = 0;

		init_array(&array, &g_concat, count, 0);
		for (uint32_t i = 0; i < count; i++) {
			array.raid.slots[i].start = blocks;
			for (uint64_t b = 0; b < sizes[i]; b++, blocks++) {
				homes[blocks] = (struct home){i, b};
			}
		}
		check_all_ranges(&array, homes, blocks);
	}
}

static void
mirrors_have_all_of_it(void **state)
{
	struct bdev_place range = {3, 5}, part;
	union array array;

	init_array(&array, &g_raid1, 3, 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(g_raid1.find_part(&array.raid, i, &range, &part));
		assert_int_equal(part.offset, 3);
		assert_int_equal(part.count, 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strips_go_round_the_slots),
		cmocka_unit_test(slots_follow_one_another),
		cmocka_unit_test(mirrors_have_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
