/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spdk_malloc() and its like as a program sees them: arguments, contents, mistakes, start and end.
 */
#include "env/posix/memory_test_support.h"

#include "env/env_internal.h"

#define MIB ((size_t)1 << 20)

static void
test_before_and_after_environment(void **state)
{
	char byte;

	log_capture_start();
	for (int round = 0; round < 3; round++) {
		log_capture_start();
		assert_null(spdk_malloc(64, 0, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_null(spdk_dma_zmalloc(64, 0, NULL));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_app_start()");
		assert_null(spdk_realloc(NULL, 64, 0));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_null(spdk_memzone_reserve("z", 64, SPDK_ENV_NUMA_ID_ANY, 0));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_null(spdk_memzone_lookup("z"));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_int_equal(spdk_memzone_free("z"), -1);
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_null(spdk_mempool_create("p", 8, 8, 0, SPDK_ENV_NUMA_ID_ANY));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_null(spdk_mempool_lookup("p"));
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_int_equal(spdk_vtophys(&byte, NULL), SPDK_VTOPHYS_ERROR);
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_int_equal(spdk_mem_get_numa_id(&byte, NULL), SPDK_ENV_NUMA_ID_ANY);
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		assert_int_equal(spdk_mem_get_fd_and_offset(&byte, NULL), -EINVAL);
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		spdk_free(&byte);
		assert_logged_once(SPDK_LOG_ERROR, "spdk_env_init()");
		spdk_free(NULL);
		assert_not_logged();
		test_start();
		log_capture_start();
		spdk_env_fini();
		assert_not_logged();
	}
	log_capture_stop();
}

static void
test_alignment_and_contents(void **state)
{
	const size_t sizes[] = {1, 63, 64, 65, 4096, 100000, MIB, 3 * MIB, 20 * MIB};
	const size_t aligns[] = {0, 1, 8, 64, 128, 4096, MIB, 2 * MIB, 8 * MIB};
	char *bufs[SPDK_COUNTOF(sizes)][SPDK_COUNTOF(aligns)];
	size_t i, j;

	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		for (j = 0; j < SPDK_COUNTOF(aligns); j++) {
			char *buf = spdk_zmalloc(sizes[i], aligns[j], NULL, SPDK_ENV_NUMA_ID_ANY,
						 SPDK_MALLOC_SHARE);

			assert_non_null(buf);
			assert_int_equal((uintptr_t)buf % (aligns[j] > 64 ? aligns[j] : 64), 0);
			assert_int_equal(buf[0], 0);
			assert_int_equal(buf[sizes[i] / 2], 0);
			assert_int_equal(buf[sizes[i] - 1], 0);
			memset(buf, 0xa5, sizes[i] < 8192 ? sizes[i] : 8192);
			buf[sizes[i] - 1] = 0xa5;
			bufs[i][j] = buf;
		}
	}
	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		for (j = 0; j < SPDK_COUNTOF(aligns); j++) {
			assert_int_equal((unsigned char)bufs[i][j][0], 0xa5);
			assert_int_equal((unsigned char)bufs[i][j][sizes[i] - 1], 0xa5);
			spdk_free(bufs[i][j]);
		}
	}
	assert_not_logged();
}

/* What was used before is zero again when zeros were asked for. */
static void
test_used_memory_is_zeroed(void **state)
{
	unsigned char *buf;
	size_t i;

	for (int round = 0; round < 4; round++) {
		buf = spdk_dma_zmalloc(100000, 0, NULL);
		assert_non_null(buf);
		for (i = 0; i < 100000; i++) {
			assert_int_equal(buf[i], 0);
		}
		memset(buf, 0xff, 100000);
		spdk_dma_free(buf);
	}
}

/* Nor does a gap that nobody has used make what was used beside it clean. */
static void
test_used_memory_beside_a_gap_is_zeroed(void **state)
{
	unsigned char *first = spdk_dma_malloc(64, 0, NULL), *second, *whole;
	size_t i;

	second = spdk_dma_malloc(4096, 4096, NULL);
	assert_ptr_not_equal(second, first + 64);
	memset(second, 0xff, 4096);
	spdk_free(second);
	whole = spdk_dma_zmalloc(3 * 4096, 64, NULL);
	assert_ptr_equal(whole, first + 64);
	for (i = 0; i < (size_t)3 * 4096; i++) {
		assert_int_equal(whole[i], 0);
	}
	spdk_free(whole);
	spdk_free(first);
}

static void
test_bad_arguments_are_explained(void **state)
{
	uint64_t phys;

	assert_null(spdk_malloc(64, 0, NULL, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_logged_once(SPDK_LOG_ERROR, "SPDK_MALLOC_DMA");
	assert_null(spdk_malloc(64, 0, &phys, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "pass NULL");
	assert_null(spdk_malloc(0, 0, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "0 bytes");
	assert_null(spdk_malloc(64, 96, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "power of two");
	assert_null(spdk_malloc(64, 0, NULL, 1000, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "NUMA node 1000");
	assert_null(spdk_malloc(SIZE_MAX, 0, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "no memory");
	assert_null(spdk_malloc(SIZE_MAX / 2, 0, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "no memory");
	assert_null(spdk_malloc(64, (size_t)1 << 63, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA));
	assert_logged_once(SPDK_LOG_ERROR, "no memory");
}

static void
test_wrong_frees_are_explained(void **state)
{
	char *buf = spdk_dma_malloc(1000, 0, NULL), *other = spdk_dma_malloc(1000, 0, NULL);
	char *foreign = malloc(64);

	spdk_free(foreign);
	assert_logged_once(SPDK_LOG_ERROR, "free()");
	spdk_free(buf + 64);
	assert_logged_once(SPDK_LOG_ERROR, "64 bytes behind the start");
	assert_null(spdk_realloc(buf + 64, 2000, 0));
	assert_logged_once(SPDK_LOG_ERROR, "64 bytes behind the start");
	spdk_free(buf);
	assert_not_logged();
	spdk_free(buf);
	assert_logged_once(SPDK_LOG_ERROR, "freed before");
	spdk_free(other);
	assert_not_logged();
	free(foreign);
}

static void
test_realloc_keeps_contents(void **state)
{
	unsigned char *buf = spdk_realloc(NULL, 100, 0), *same;
	size_t i;

	assert_non_null(buf);
	for (i = 0; i < 100; i++) {
		buf[i] = i;
	}
	buf = spdk_realloc(buf, 5 * MIB, 4096);
	assert_non_null(buf);
	assert_int_equal((uintptr_t)buf % 4096, 0);
	for (i = 0; i < 100; i++) {
		assert_int_equal(buf[i], i);
	}
	same = spdk_dma_realloc(buf, 4 * MIB, 0, NULL);
	assert_ptr_equal(same, buf);
	/* On failure the buffer is as it was. */
	assert_null(spdk_realloc(buf, SIZE_MAX / 2, 0));
	assert_logged_once(SPDK_LOG_ERROR, "no memory");
	assert_null(spdk_realloc(buf, 100, 3));
	assert_logged_once(SPDK_LOG_ERROR, "power of two");
	buf = spdk_realloc(buf, 50, 0);
	assert_non_null(buf);
	for (i = 0; i < 50; i++) {
		assert_int_equal(buf[i], i);
	}
	assert_null(spdk_realloc(buf, 0, 0));
	assert_not_logged();
}

static void
test_leak_is_reported_and_released(void **state)
{
	struct spdk_mempool *pool;
	char *buf;

	buf = spdk_dma_malloc(1000, 0, NULL);
	assert_non_null(buf);
	assert_non_null(spdk_memzone_reserve("left", 64, SPDK_ENV_NUMA_ID_ANY, 0));
	pool = spdk_mempool_create("left", 4, 64, 0, SPDK_ENV_NUMA_ID_ANY);
	assert_non_null(pool);
	spdk_env_fini();
	/* 1024 + 64 + 256 bytes: all are rounded up to cache lines. */
	assert_logged_once(SPDK_LOG_WARN, "3 buffers, 1344 bytes in all, among them 1 of memory "
					  "pools and 1 memory zones");
	test_start();
	log_capture_start();
	assert_null(spdk_memzone_lookup("left"));
	assert_null(spdk_mempool_lookup("left"));
	spdk_free(buf);
	assert_logged_once(SPDK_LOG_ERROR, "spdk_free");
}

static void
test_node_and_file(void **state)
{
	char *buf = spdk_malloc(5 * MIB, 4096, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_SHARE);
	uint64_t offset = 0, size = 5 * MIB;
	char *shared;
	int fd, on_stack;

	assert_non_null(buf);
	assert_int_equal(spdk_mem_get_numa_id(buf, &size), spdk_env_get_first_numa_id());
	assert_int_equal(size, 5 * MIB);
	assert_int_equal(spdk_mem_get_numa_id(&on_stack, NULL), SPDK_ENV_NUMA_ID_ANY);
	fd = spdk_mem_get_fd_and_offset(buf + 4096, &offset);
	assert_true(fd >= 0);
	memcpy(buf + 4096, "shared", sizeof("shared"));
	/* A mapping of huge pages starts at one. */
	shared = mmap(NULL, 8 * MIB, PROT_READ, MAP_SHARED, fd, offset & ~(2 * MIB - 1));
	assert_ptr_not_equal(shared, MAP_FAILED);
	assert_string_equal(shared + (offset & (2 * MIB - 1)), "shared");
	munmap(shared, 8 * MIB);
	assert_int_equal(spdk_mem_get_fd_and_offset(&on_stack, &offset), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "not memory of spdk_malloc()");
	spdk_free(buf);
	assert_false(spdk_iommu_is_enabled());
}

static void
test_region(void **state)
{
	const size_t align = 64 * MIB, size = 4 * MIB;
	char *region = env_region_reserve(size, align);

	assert_non_null(region);
	assert_int_equal((uintptr_t)region % align, 0);
	assert_int_equal(region[size - 1], 0);
	memset(region, 1, size);
	env_region_discard(region + MIB, MIB);
	assert_int_equal(region[MIB - 1], 1);
	assert_int_equal(region[MIB], 0);
	assert_int_equal(region[2 * MIB - 1], 0);
	assert_int_equal(region[2 * MIB], 1);
	/* Locked memory cannot be given back, but it is emptied. */
	if (mlock(region, 4096) == 0) {
		env_region_discard(region, 4096);
		assert_int_equal(region[0], 0);
		assert_int_equal(region[4095], 0);
	}
	env_region_release(region, size);
	assert_null(env_region_reserve((size_t)1 << 60, 4096));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_and_after_environment),
		cmocka_unit_test_setup_teardown(test_alignment_and_contents, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_used_memory_is_zeroed, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_used_memory_beside_a_gap_is_zeroed, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_bad_arguments_are_explained, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_frees_are_explained, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_realloc_keeps_contents, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_leak_is_reported_and_released, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_node_and_file, test_setup, test_teardown),
		cmocka_unit_test(test_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
