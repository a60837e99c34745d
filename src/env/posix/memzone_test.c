/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory zones: found by name, zeroed, aligned; wrong names are explained.
 */
#include "env/posix/memory_test_support.h"

static void
test_reserve_and_find(void **state)
{
	unsigned char *zone = spdk_memzone_reserve("one", 100000, SPDK_ENV_NUMA_ID_ANY, 0), *two;

	assert_non_null(zone);
	for (size_t i = 0; i < 100000; i++) {
		assert_int_equal(zone[i], 0);
	}
	two = spdk_memzone_reserve_aligned("two", 3 << 20, SPDK_ENV_NUMA_ID_ANY,
					   SPDK_MEMZONE_NO_IOVA_CONTIG, 65536);
	assert_non_null(two);
	assert_int_equal((uintptr_t)two % 65536, 0);
	assert_ptr_equal(spdk_memzone_lookup("one"), zone);
	assert_ptr_equal(spdk_memzone_lookup("two"), two);
	assert_null(spdk_memzone_lookup("three"));
	assert_int_equal(spdk_memzone_free("one"), 0);
	assert_null(spdk_memzone_lookup("one"));
	assert_int_equal(spdk_memzone_free("two"), 0);
	assert_not_logged();
}

static void
test_wrong_names_are_explained(void **state)
{
	char longest[SPDK_MAX_MEMZONE_NAME_LEN], too_long[SPDK_MAX_MEMZONE_NAME_LEN + 1];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';

	assert_non_null(spdk_memzone_reserve(longest, 64, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_null(spdk_memzone_reserve(longest, 64, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_logged_once(SPDK_LOG_ERROR, "already");
	assert_null(spdk_memzone_reserve(too_long, 64, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_logged_once(SPDK_LOG_ERROR, "longer than 31");
	assert_null(spdk_memzone_lookup(too_long));
	assert_logged_once(SPDK_LOG_ERROR, "longer than 31");
	assert_null(spdk_memzone_reserve("", 64, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_logged_once(SPDK_LOG_ERROR, "a name is needed");
	assert_null(spdk_memzone_reserve(NULL, 64, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_logged_once(SPDK_LOG_ERROR, "a name is needed");
	assert_null(spdk_memzone_reserve("empty", 0, SPDK_ENV_NUMA_ID_ANY, 0));
	assert_logged_once(SPDK_LOG_ERROR, "0 bytes");
	assert_null(spdk_memzone_reserve_aligned("odd", 64, SPDK_ENV_NUMA_ID_ANY, 0, 12));
	assert_logged_once(SPDK_LOG_ERROR, "power of two");
	assert_null(spdk_memzone_lookup("odd"));
	assert_int_equal(spdk_memzone_free("missing"), -1);
	assert_logged_once(SPDK_LOG_ERROR, "no zone 'missing'");
	assert_int_equal(spdk_memzone_free(longest), 0);
}

static void
test_dump(void **state)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(spdk_memzone_reserve("shown", 12345, SPDK_ENV_NUMA_ID_ANY, 0));
	spdk_memzone_dump(file);
	fclose(file);
	assert_non_null(strstr(text, "'shown'"));
	assert_non_null(strstr(text, "12345 bytes"));
	free(text);
	assert_int_equal(spdk_memzone_free("shown"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reserve_and_find, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_names_are_explained, test_setup,
						test_teardown),
		cmocka_unit_test_setup_teardown(test_dump, test_setup, test_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
