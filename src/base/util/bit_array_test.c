/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bit arrays, against an array of bools.
 */
#include "spdk/bit_array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/util.h"

#define BIT_COUNT_MAX 700u

static uint64_t g_random = 88172645463325252;

static uint32_t
random_below(uint32_t limit)
{
	g_random ^= g_random << 13;
	g_random ^= g_random >> 7;
	g_random ^= g_random << 17;
	return (uint32_t)((g_random >> 32) % limit);
}

/* What the array should hold. */
struct model {
	bool bits[BIT_COUNT_MAX];
	uint32_t count;
};

static uint32_t
model_find(const struct model *model, uint32_t start, bool value)
{
	uint32_t index;

	for (index = start; index < model->count; index++) {
		if (model->bits[index] == value) {
			return index;
		}
	}
	return UINT32_MAX;
}

static void
check(const struct spdk_bit_array *array, const struct model *model)
{
	uint32_t index, set_count = 0;

	assert_int_equal(spdk_bit_array_capacity(array), model->count);
	for (index = 0; index < model->count; index++) {
		assert_int_equal(spdk_bit_array_get(array, index), model->bits[index]);
		set_count += model->bits[index];
		assert_int_equal(spdk_bit_array_find_first_set(array, index),
				 model_find(model, index, true));
		assert_int_equal(spdk_bit_array_find_first_clear(array, index),
				 model_find(model, index, false));
	}
	assert_int_equal(spdk_bit_array_count_set(array), set_count);
	assert_int_equal(spdk_bit_array_count_clear(array), model->count - set_count);
	assert_int_equal(spdk_bit_array_find_first_set(array, model->count), UINT32_MAX);
	assert_int_equal(spdk_bit_array_find_first_clear(array, model->count), UINT32_MAX);
	assert_false(spdk_bit_array_get(array, model->count));
	assert_false(spdk_bit_array_get(array, UINT32_MAX));
}

static void
set_random_bits(struct spdk_bit_array *array, struct model *model, uint32_t percent)
{
	uint32_t index;

	for (index = 0; index < model->count; index++) {
		model->bits[index] = random_below(100) < percent;
		if (model->bits[index]) {
			assert_int_equal(spdk_bit_array_set(array, index), 0);
		} else {
			spdk_bit_array_clear(array, index);
		}
	}
}

static void
every_size_sets_clears_finds_and_counts(void **state)
{
	static const uint32_t percents[] = {0, 1, 50, 99, 100};
	static const uint32_t sizes[] = {0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 500, 640};
	struct spdk_bit_array *array;
	struct model model = {0};
	uint32_t size, percent;

	for (size = 0; size < SPDK_COUNTOF(sizes); size++) {
		model.count = sizes[size];
		array = spdk_bit_array_create(model.count);
		assert_non_null(array);
		for (percent = 0; percent < SPDK_COUNTOF(percents); percent++) {
			set_random_bits(array, &model, percents[percent]);
			check(array, &model);
		}
		spdk_bit_array_clear_mask(array);
		memset(model.bits, 0, sizeof(model.bits));
		check(array, &model);
		spdk_bit_array_free(&array);
		assert_null(array);
	}
}

static void
beyond_the_end_is_refused(void **state)
{
	struct spdk_bit_array *array = spdk_bit_array_create(70);

	assert_int_equal(spdk_bit_array_set(array, 70), -EINVAL);
	assert_int_equal(spdk_bit_array_set(array, UINT32_MAX), -EINVAL);
	spdk_bit_array_clear(array, 70);
	spdk_bit_array_clear(array, UINT32_MAX);
	assert_int_equal(spdk_bit_array_count_set(array), 0);
	spdk_bit_array_free(&array);
	spdk_bit_array_free(&array);
	spdk_bit_array_free(NULL);
}

static void
resizing_keeps_what_both_sizes_have(void **state)
{
	struct spdk_bit_array *array = NULL;
	struct model model = {0};
	uint32_t round, new_count, index;

	for (round = 0; round < 300; round++) {
		new_count = random_below(BIT_COUNT_MAX);
		assert_int_equal(spdk_bit_array_resize(&array, new_count), 0);
		for (index = new_count; index < BIT_COUNT_MAX; index++) {
			model.bits[index] = false;
		}
		model.count = new_count;
		check(array, &model);
		set_random_bits(array, &model, 70);
	}
	spdk_bit_array_free(&array);
}

static void
a_failed_resize_changes_nothing(void **state)
{
	struct spdk_bit_array *array = spdk_bit_array_create(10);

	spdk_bit_array_set(array, 9);
	assert_int_equal(spdk_bit_array_resize(&array, UINT32_MAX), -EINVAL);
	assert_int_equal(spdk_bit_array_resize(NULL, 1), -EINVAL);
	assert_null(spdk_bit_array_create(UINT32_MAX));
	assert_int_equal(spdk_bit_array_capacity(array), 10);
	assert_true(spdk_bit_array_get(array, 9));
	spdk_bit_array_free(&array);
}

static void
masks_are_bytes_from_the_lowest_bit(void **state)
{
	struct spdk_bit_array *array = spdk_bit_array_create(75);
	uint8_t mask[11];

	spdk_bit_array_set(array, 0);
	spdk_bit_array_set(array, 9);
	spdk_bit_array_set(array, 63);
	spdk_bit_array_set(array, 64);
	spdk_bit_array_set(array, 74);
	memset(mask, 0xa8, sizeof(mask));
	spdk_bit_array_store_mask(array, mask);
	assert_int_equal(mask[0], 0x01);
	assert_int_equal(mask[1], 0x02);
	assert_int_equal(mask[2], 0);
	assert_int_equal(mask[7], 0x80);
	assert_int_equal(mask[8], 0x01);
	/* Bits 75 to 79 of the caller's last byte are not ours. */
	assert_int_equal(mask[9], 0xa8 | 0x04);
	assert_int_equal(mask[10], 0xa8);
	spdk_bit_array_free(&array);
}

/* The masks are exactly as long as they must be, so that a sanitizer sees a byte too many. */
static void
masks_survive_the_way_there_and_back(void **state)
{
	struct spdk_bit_array *array, *copy;
	struct model model = {0};
	uint8_t *mask;
	size_t mask_size;

	for (model.count = 1; model.count < 260; model.count++) {
		array = spdk_bit_array_create(model.count);
		copy = spdk_bit_array_create(model.count);
		mask_size = (model.count + 7) / 8;
		mask = malloc(mask_size);
		assert_non_null(mask);
		memset(mask, 0xff, mask_size);
		set_random_bits(array, &model, 50);
		spdk_bit_array_store_mask(array, mask);
		spdk_bit_array_load_mask(copy, mask);
		check(copy, &model);
		free(mask);
		spdk_bit_array_free(&array);
		spdk_bit_array_free(&copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_sets_clears_finds_and_counts),
		cmocka_unit_test(beyond_the_end_is_refused),
		cmocka_unit_test(resizing_keeps_what_both_sizes_have),
		cmocka_unit_test(a_failed_resize_changes_nothing),
		cmocka_unit_test(masks_are_bytes_from_the_lowest_bit),
		cmocka_unit_test(masks_survive_the_way_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
