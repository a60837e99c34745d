/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The allocator of IOVAs, against a slow model of what is taken.
 */
#include "env/posix/vfio_iova.h"

#include <setjmp.h>

#include <cmocka.h>

#define MIB            (UINT64_C(1) << 20)
#define GIB            (UINT64_C(1) << 30)
#define UNITS          256
#define ROUNDS         20000
#define SIZE_MAX_UNITS 6

static const struct iova_range g_x86[] = {
	{.first = 0, .last = 0xfedfffff},
	{.first = 0xfef00000, .last = (UINT64_C(1) << 39) - 1},
};

static void
addresses_above_4_gib_come_first(void **state)
{
	struct vfio_iova iova = {0};
	uint64_t first;

	assert_int_equal(vfio_iova_take(&iova, MIB, &first), -ENOSPC);
	assert_int_equal(vfio_iova_set_ranges(&iova, g_x86, 2), 0);
	assert_int_equal(vfio_iova_take(&iova, 2 * MIB, &first), 0);
	assert_int_equal(first, 4 * GIB);
	assert_int_equal(vfio_iova_take(&iova, 3 * MIB, &first), 0);
	assert_int_equal(first, 4 * GIB + 2 * MIB);
	/* Aligned, whatever was taken before. */
	assert_int_equal(vfio_iova_take(&iova, 508 * GIB - 8 * MIB, &first), 0);
	assert_int_equal(first, 4 * GIB + 6 * MIB);
	assert_int_equal(vfio_iova_take(&iova, 4 * MIB, &first), 0);
	assert_int_equal(first, 2 * MIB);
	vfio_iova_give(&iova, 4 * GIB);
	assert_int_equal(vfio_iova_take(&iova, 2 * MIB, &first), 0);
	assert_int_equal(first, 4 * GIB);
	assert_int_equal(vfio_iova_take(&iova, 8 * GIB, &first), -ENOSPC);
	vfio_iova_fini(&iova);
}

static void
what_is_not_translated_is_refused(void **state)
{
	struct vfio_iova iova = {0};

	assert_int_equal(vfio_iova_set_ranges(&iova, g_x86, 2), 0);
	assert_int_equal(vfio_iova_take_at(&iova, 0xfee00000, MIB), -ERANGE);
	/* Across the hole. */
	assert_int_equal(vfio_iova_take_at(&iova, 0xfec00000, 4 * MIB), -ERANGE);
	assert_int_equal(vfio_iova_take_at(&iova, 512 * GIB - MIB, 2 * MIB), -ERANGE);
	assert_int_equal(vfio_iova_take_at(&iova, UINT64_MAX - MIB + 1, 2 * MIB), -ERANGE);
	assert_int_equal(vfio_iova_take_at(&iova, 512 * GIB - 2 * MIB, 2 * MIB), 0);
	assert_int_equal(vfio_iova_take_at(&iova, 512 * GIB - 2 * MIB, MIB), -EBUSY);
	assert_int_equal(vfio_iova_take_at(&iova, 512 * GIB - 3 * MIB, 2 * MIB), -EBUSY);
	vfio_iova_fini(&iova);
}

static void
windows_of_registers_are_left_out(void **state)
{
	struct vfio_iova iova = {0};
	uint64_t first;

	assert_int_equal(vfio_iova_set_ranges(&iova, g_x86, 2), 0);
	assert_int_equal(vfio_iova_exclude(&iova, (struct iova_range){4 * GIB, 4 * GIB + 0x3fff}),
			 0);
	assert_int_equal(vfio_iova_take(&iova, 2 * MIB, &first), 0);
	assert_int_equal(first, 4 * GIB + 2 * MIB);
	assert_int_equal(vfio_iova_take_at(&iova, 4 * GIB, 4096), -ERANGE);
	/* The start, the end, and all of a range. */
	assert_int_equal(vfio_iova_exclude(&iova, (struct iova_range){0, 2 * MIB - 1}), 0);
	assert_int_equal(vfio_iova_take_at(&iova, 0, 4096), -ERANGE);
	assert_int_equal(vfio_iova_take_at(&iova, 2 * MIB, 4096), 0);
	assert_int_equal(vfio_iova_exclude(&iova, (struct iova_range){5 * GIB, UINT64_MAX}), 0);
	assert_int_equal(vfio_iova_take_at(&iova, 5 * GIB - 4096, 4096), 0);
	assert_int_equal(vfio_iova_take_at(&iova, 5 * GIB, 4096), -ERANGE);
	assert_int_equal(vfio_iova_exclude(&iova, (struct iova_range){0, UINT64_MAX}), 0);
	assert_int_equal(iova.range_count, 0);
	assert_int_equal(vfio_iova_take(&iova, 4096, &first), -ENOSPC);
	vfio_iova_fini(&iova);
}

/* The model: one byte for each unit of 2 MiB from 4 GiB on. */
static bool
model_is_free(const uint8_t *model, uint64_t unit, uint64_t count)
{
	for (uint64_t i = unit; i < unit + count; i++) {
		if (i >= UNITS || model[i] != 0) {
			return false;
		}
	}
	return true;
}

static bool
model_has_place(const uint8_t *model, uint64_t count, uint64_t *out_unit)
{
	for (*out_unit = 0; *out_unit < UNITS; (*out_unit)++) {
		if (model_is_free(model, *out_unit, count)) {
			return true;
		}
	}
	return false;
}

static void
agrees_with_a_model(void **state)
{
	const struct iova_range range = {4 * GIB, 4 * GIB + UNITS * VFIO_IOVA_ALIGN - 1};
	struct vfio_iova iova = {0};
	uint8_t model[UNITS] = {0};
	uint64_t first, unit, count;
	unsigned int seed = 20260101;

	assert_int_equal(vfio_iova_set_ranges(&iova, &range, 1), 0);
	for (int i = 0; i < ROUNDS; i++) {
		unit = (uint64_t)rand_r(&seed) % UNITS;
		if (model[unit] != 0) {
			while (unit > 0 && model[unit] != 2) {
				unit--;
			}
			vfio_iova_give(&iova, 4 * GIB + unit * VFIO_IOVA_ALIGN);
			do {
				model[unit++] = 0;
			} while (unit < UNITS && model[unit] == 1);
			continue;
		}
		count = 1 + (uint64_t)rand_r(&seed) % SIZE_MAX_UNITS;
		if (i % 3 == 0) {
			assert_int_equal(vfio_iova_take_at(&iova, 4 * GIB + unit * VFIO_IOVA_ALIGN,
							   count * VFIO_IOVA_ALIGN) == 0,
					 model_is_free(model, unit, count));
			if (!model_is_free(model, unit, count)) {
				continue;
			}
		} else if (!model_has_place(model, count, &unit)) {
			assert_int_equal(vfio_iova_take(&iova, count * VFIO_IOVA_ALIGN, &first),
					 -ENOSPC);
			continue;
		} else {
			assert_int_equal(vfio_iova_take(&iova, count * VFIO_IOVA_ALIGN, &first), 0);
			assert_int_equal(first, 4 * GIB + unit * VFIO_IOVA_ALIGN);
		}
		memset(model + unit, 1, count);
		model[unit] = 2;
	}
	vfio_iova_fini(&iova);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_above_4_gib_come_first),
		cmocka_unit_test(what_is_not_translated_is_refused),
		cmocka_unit_test(windows_of_registers_are_left_out),
		cmocka_unit_test(agrees_with_a_model),
	};

	return cmocka_run_group_tests_name("vfio_iova", tests, NULL, NULL);
}
