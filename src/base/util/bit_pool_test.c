/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bit pools: numbers are handed out once, lowest first, and come back.
 */
#include "spdk/bit_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "spdk/bit_array.h"
#include "spdk/log.h"

static uint32_t g_error_count;
static char g_error[512];

static void
keep_errors(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
	if (level == SPDK_LOG_ERROR) {
		g_error_count++;
		vsnprintf(g_error, sizeof(g_error), format, args);
	}
}

static int
catch_errors(void **state)
{
	g_error_count = 0;
	spdk_log_open(keep_errors);
	return 0;
}

static int
release_errors(void **state)
{
	spdk_log_close();
	return 0;
}

static void
the_lowest_free_bit_comes_first(void **state)
{
	struct spdk_bit_pool *pool = spdk_bit_pool_create(130);
	uint32_t index;

	assert_int_equal(spdk_bit_pool_capacity(pool), 130);
	for (index = 0; index < 130; index++) {
		assert_int_equal(spdk_bit_pool_count_free(pool), 130 - index);
		assert_int_equal(spdk_bit_pool_allocate_bit(pool), index);
		assert_true(spdk_bit_pool_is_allocated(pool, index));
	}
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), UINT32_MAX);
	assert_int_equal(spdk_bit_pool_count_allocated(pool), 130);
	spdk_bit_pool_free_bit(pool, 100);
	spdk_bit_pool_free_bit(pool, 3);
	spdk_bit_pool_free_bit(pool, 64);
	assert_int_equal(spdk_bit_pool_count_free(pool), 3);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 3);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 64);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 100);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), UINT32_MAX);
	spdk_bit_pool_free_all_bits(pool);
	assert_int_equal(spdk_bit_pool_count_free(pool), 130);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 0);
	spdk_bit_pool_free(&pool);
	assert_null(pool);
	spdk_bit_pool_free(&pool);
	spdk_bit_pool_free(NULL);
}

static void
a_given_bit_is_allocated_once(void **state)
{
	struct spdk_bit_pool *pool = spdk_bit_pool_create(10);

	assert_int_equal(spdk_bit_pool_set_bit_allocated(pool, 0), 0);
	assert_int_equal(spdk_bit_pool_set_bit_allocated(pool, 2), 0);
	assert_int_equal(spdk_bit_pool_set_bit_allocated(pool, 2), -EBUSY);
	assert_int_equal(spdk_bit_pool_set_bit_allocated(pool, 10), -EINVAL);
	assert_false(spdk_bit_pool_is_allocated(pool, 10));
	assert_int_equal(spdk_bit_pool_count_allocated(pool), 2);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 1);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 3);
	spdk_bit_pool_free(&pool);
}

static void
freeing_a_free_bit_is_explained_and_changes_nothing(void **state)
{
	struct spdk_bit_pool *pool = spdk_bit_pool_create(4);

	spdk_bit_pool_allocate_bit(pool);
	spdk_bit_pool_free_bit(pool, 0);
	assert_int_equal(g_error_count, 0);
	spdk_bit_pool_free_bit(pool, 0);
	assert_int_equal(g_error_count, 1);
	assert_non_null(strstr(g_error, "freed twice"));
	spdk_bit_pool_free_bit(pool, 77);
	assert_int_equal(g_error_count, 2);
	assert_int_equal(spdk_bit_pool_count_free(pool), 4);
	spdk_bit_pool_free(&pool);
}

static void
an_array_becomes_a_pool(void **state)
{
	struct spdk_bit_array *array = spdk_bit_array_create(5);
	struct spdk_bit_pool *pool;

	assert_null(spdk_bit_pool_create_from_array(NULL));
	spdk_bit_array_set(array, 0);
	spdk_bit_array_set(array, 3);
	pool = spdk_bit_pool_create_from_array(array);
	assert_int_equal(spdk_bit_pool_count_free(pool), 3);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 1);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 2);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 4);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), UINT32_MAX);
	spdk_bit_pool_free(&pool);
}

static void
a_full_pool_has_room_after_it_grew(void **state)
{
	struct spdk_bit_pool *pool = NULL;

	assert_int_equal(spdk_bit_pool_resize(&pool, 2), 0);
	spdk_bit_pool_allocate_bit(pool);
	spdk_bit_pool_allocate_bit(pool);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), UINT32_MAX);
	assert_int_equal(spdk_bit_pool_resize(&pool, 4), 0);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 2);
	assert_int_equal(spdk_bit_pool_resize(&pool, 1), 0);
	assert_int_equal(spdk_bit_pool_count_allocated(pool), 1);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), UINT32_MAX);
	assert_int_equal(spdk_bit_pool_resize(&pool, 3), 0);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 1);
	assert_int_equal(spdk_bit_pool_resize(&pool, UINT32_MAX), -EINVAL);
	assert_int_equal(spdk_bit_pool_resize(NULL, 1), -EINVAL);
	assert_int_equal(spdk_bit_pool_capacity(pool), 3);
	assert_null(spdk_bit_pool_create(UINT32_MAX));
	spdk_bit_pool_free(&pool);
}

static void
masks_carry_the_state(void **state)
{
	struct spdk_bit_pool *pool = spdk_bit_pool_create(12);
	uint8_t mask[2] = {0xff, 0xf0};

	spdk_bit_pool_load_mask(pool, mask);
	assert_int_equal(spdk_bit_pool_count_free(pool), 4);
	assert_int_equal(spdk_bit_pool_allocate_bit(pool), 8);
	memset(mask, 0, sizeof(mask));
	spdk_bit_pool_store_mask(pool, mask);
	assert_int_equal(mask[0], 0xff);
	assert_int_equal(mask[1], 0x01);
	spdk_bit_pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_free_bit_comes_first),
		cmocka_unit_test(a_given_bit_is_allocated_once),
		cmocka_unit_test_setup_teardown(freeing_a_free_bit_is_explained_and_changes_nothing,
						catch_errors, release_errors),
		cmocka_unit_test(an_array_becomes_a_pool),
		cmocka_unit_test(a_full_pool_has_room_after_it_grew),
		cmocka_unit_test(masks_carry_the_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
