/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: whichever one of the C library's fails, every call here returns
 * NULL or -errno, nothing crashes and nothing leaks, and the next attempt works.
 *
 * The allocator of the C library is replaced for the whole program, so this is skipped where a
 * sanitizer has done the same.
 */
#include "base/failing_malloc.h"
#include "env/posix/memory_test_support.h"

#define SWEEP_MAX 500

#ifndef HAS_OWN_ALLOCATOR

static int
accept_all(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action,
	   void *vaddr, size_t size)
{
	if (action == SPDK_MEM_MAP_NOTIFY_REGISTER) {
		return spdk_mem_map_set_translation(map, (uintptr_t)vaddr, size, 1);
	}
	return spdk_mem_map_clear_translation(map, (uintptr_t)vaddr, size);
}

/* Uses everything once; true if nothing failed. What could be had works. */
static bool
use_everything(void)
{
	static const struct spdk_mem_map_ops ops = {.notify_cb = accept_all};
	const uintptr_t foreign = (uintptr_t)0x7000 << 32;
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, &ops, NULL);
	struct spdk_ring *ring = spdk_ring_create(SPDK_RING_TYPE_MP_MC, 64, SPDK_ENV_NUMA_ID_ANY);
	char *small = spdk_dma_malloc(100, 256, NULL);
	char *large = spdk_dma_zmalloc((size_t)9 << 20, 0, NULL);
	char *zone = spdk_memzone_reserve("zone", 5000, SPDK_ENV_NUMA_ID_ANY, 0);
	struct spdk_mempool *pool = spdk_mempool_create("pool", 100, 100, 8, SPDK_ENV_NUMA_ID_ANY);
	int rc = spdk_mem_register((void *)foreign, 2 << 20);
	char *moved = small == NULL ? NULL : spdk_realloc(small, 10000, 0);
	bool is_complete = map != NULL && ring != NULL && large != NULL && zone != NULL &&
			   pool != NULL && rc == 0 && moved != NULL;

	if (pool != NULL) {
		void *element = spdk_mempool_get(pool);

		assert_non_null(element);
		spdk_mempool_put(pool, element);
		assert_int_equal(spdk_mempool_count(pool), 100);
	}
	assert_true(rc == 0 || rc == -ENOMEM);
	if (rc == 0) {
		assert_int_equal(spdk_mem_unregister((void *)foreign, 2 << 20), 0);
	}
	if (large != NULL) {
		assert_int_equal(large[9 << 19], 0);
	}
	spdk_free(moved != NULL ? moved : small);
	spdk_free(large);
	if (zone != NULL) {
		assert_int_equal(spdk_memzone_free("zone"), 0);
	}
	spdk_mempool_free(pool);
	spdk_ring_free(ring);
	spdk_mem_map_free(&map);
	return is_complete;
}

/* A start or a use in which allocation number `nth` fails; 0 is the first. */
static bool
try_failing(const struct spdk_env_opts *opts, long nth, bool fails_at_start)
{
	bool is_complete, has_failed;
	int rc;

	log_capture_start();
	t_allocations_left = fails_at_start ? nth : -1;
	g_failures = 0;
	rc = spdk_env_init(opts);
	t_allocations_left = -1;
	if (rc != 0) {
		assert_int_equal(rc, -ENOMEM);
		return false;
	}
	t_allocations_left = fails_at_start ? -1 : nth;
	is_complete = use_everything();
	t_allocations_left = -1;
	has_failed = g_failures > 0;
	/* Some failures have no effect but a slower table. */
	assert_true(is_complete || has_failed);
	if (!is_complete) {
		/* Every failure was explained. */
		assert_true(log_capture_count(SPDK_LOG_ERROR) > 0);
	}
	/* And none has left a trace. */
	log_capture_start();
	assert_true(use_everything());
	spdk_env_fini();
	assert_not_logged();
	return !has_failed;
}

static void
sweep(bool fails_at_start, bool all_after_it)
{
	struct spdk_env_opts opts;
	long nth, live;

	log_capture_start();
	test_opts(&opts);
	g_are_all_failing = all_after_it;
	/* What the first start keeps for ever is kept before counting begins. */
	assert_true(try_failing(&opts, -1, false));
	live = t_live;
	for (nth = 0; !try_failing(&opts, nth, fails_at_start); nth++) {
		assert_int_equal(t_live, live);
		assert_true(nth < SWEEP_MAX);
	}
	/* There was something to fail. */
	assert_true(nth > 2);
	print_message("%ld allocations failed in turn\n", nth);
	log_capture_stop();
}

static void
test_failing_use(void **state)
{
	sweep(false, false);
	sweep(false, true);
}

static void
test_failing_start(void **state)
{
	sweep(true, false);
	sweep(true, true);
}
#endif

int
main(void)
{
#ifdef HAS_OWN_ALLOCATOR
	return 77;
#else
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failing_use),
		cmocka_unit_test(test_failing_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
