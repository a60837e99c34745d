/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each of a count is taken once, whoever comes, with all that belongs to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "injection.h"

#include <stdatomic.h>

#define TAKERS 4
#define COUNT  2000000u

static void
a_count_is_a_count(void **state)
{
	struct injector injector = {0};
	struct injection injection = {
		.type = SPDK_BDEV_ERROR_TYPE_NVME_FAILURE, .count = 2, .sct = 1, .sc = 0x81};
	struct injection found;

	assert_false(injector_take(&injector, 0, 512, &found));
	injector_arm(&injector, &injection);
	assert_true(injector_take(&injector, 0, 512, &found));
	assert_int_equal(found.type, SPDK_BDEV_ERROR_TYPE_NVME_FAILURE);
	assert_int_equal(found.sct, 1);
	assert_int_equal(found.sc, 0x81);
	assert_true(injector_take(&injector, 0, 512, &found));
	assert_false(injector_take(&injector, 0, 512, &found));
	injector_arm(&injector, &injection);
	injection.count = 0;
	injector_arm(&injector, &injection);
	assert_false(injector_take(&injector, 0, 512, &found));
}

static void
it_is_met_from_a_queue_depth_on(void **state)
{
	struct injection injection = {
		.type = SPDK_BDEV_ERROR_TYPE_FAILURE, .count = 1, .queue_depth = 8};
	struct injector injector = {0};
	struct injection found;

	injector_arm(&injector, &injection);
	assert_false(injector_take(&injector, 7, 512, &found));
	assert_true(injector_take(&injector, 8, 512, &found));
}

static void
a_byte_that_is_not_there_is_not_corrupted(void **state)
{
	struct injection injection = {.type = SPDK_BDEV_ERROR_TYPE_CORRUPT_DATA,
				      .count = 1,
				      .corrupt_offset = 512,
				      .corrupt_value = 3};
	struct injector injector = {0};
	struct injection found;

	injector_arm(&injector, &injection);
	assert_false(injector_take(&injector, 0, 512, &found));
	assert_true(injector_take(&injector, 0, 513, &found));
	assert_int_equal(found.corrupt_offset, 512);
	assert_int_equal(found.corrupt_value, 3);
}

/* ---- Many at once ---- */

static struct injector g_injector;
static _Atomic uint32_t g_taken;
static _Atomic bool g_is_over;
static _Atomic uint32_t g_mixed;

static void *
take(void *arg)
{
	struct injection found;

	while (true) {
		/* Read first: what was armed before the end is taken after it. */
		bool is_over = atomic_load(&g_is_over);

		if (injector_take(&g_injector, UINT64_MAX, UINT64_MAX, &found)) {
			atomic_fetch_add(&g_taken, 1);
			if (found.sc != found.sct || found.sc != found.corrupt_value) {
				atomic_fetch_add(&g_mixed, 1);
			}
		} else if (is_over) {
			return NULL;
		}
	}
}

static void
each_is_taken_once(void **state)
{
	struct injection injection = {.type = SPDK_BDEV_ERROR_TYPE_FAILURE, .count = COUNT};
	pthread_t takers[TAKERS];
	uint32_t before;

	for (int i = 0; i < TAKERS; i++) {
		assert_int_equal(pthread_create(&takers[i], NULL, take, NULL), 0);
	}
	/* The next is armed when all of the last are taken. */
	for (uint8_t round = 1; round <= 4; round++) {
		before = atomic_load(&g_taken);
		injection.sct = injection.sc = injection.corrupt_value = round;
		injector_arm(&g_injector, &injection);
		while (atomic_load(&g_taken) - before < COUNT) {
			sched_yield();
		}
	}
	atomic_store(&g_is_over, true);
	for (int i = 0; i < TAKERS; i++) {
		assert_int_equal(pthread_join(takers[i], NULL), 0);
	}
	assert_int_equal(atomic_load(&g_taken), 4 * COUNT);
	assert_int_equal(atomic_load(&g_mixed), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_is_a_count),
		cmocka_unit_test(it_is_met_from_a_queue_depth_on),
		cmocka_unit_test(a_byte_that_is_not_there_is_not_corrupted),
		cmocka_unit_test(each_is_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
