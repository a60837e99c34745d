/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mem maps and registration: translations, regions that stay whole, every map told of every region
 * exactly once, and what one refuses undone in all.
 */
#include "env/posix/memory_test_support.h"

#define PAGE    ((uint64_t)2 << 20)
#define BASE    ((uint64_t)0x7000 << 28)
#define DEFAULT 0xdefa017ULL

static void *
at(uint64_t page)
{
	return (void *)(uintptr_t)(BASE + page * PAGE);
}

static int
is_next(uint64_t addr_1, uint64_t addr_2)
{
	return addr_1 + 1 == addr_2;
}

static void
test_translations(void **state)
{
	const struct spdk_mem_map_ops ops = {.are_contiguous = is_next};
	struct spdk_mem_map *map = spdk_mem_map_alloc(DEFAULT, &ops, NULL);
	uint64_t size;

	assert_non_null(map);
	assert_int_equal(spdk_mem_map_translate(map, BASE, NULL), DEFAULT);
	for (uint64_t page = 0; page < 4; page++) {
		assert_int_equal(
			spdk_mem_map_set_translation(map, BASE + page * PAGE, PAGE, 10 + page), 0);
	}
	assert_int_equal(spdk_mem_map_set_translation(map, BASE + 4 * PAGE, 2 * PAGE, 99), 0);
	assert_int_equal(spdk_mem_map_translate(map, BASE + 3 * PAGE + 5, NULL), 13);

	size = 100;
	assert_int_equal(spdk_mem_map_translate(map, BASE + 5, &size), 10);
	assert_int_equal(size, 100);
	size = 100 * PAGE;
	assert_int_equal(spdk_mem_map_translate(map, BASE + 5, &size), 10);
	assert_int_equal(size, 4 * PAGE - 5);
	size = 3 * PAGE;
	assert_int_equal(spdk_mem_map_translate(map, BASE + 4 * PAGE + 1, &size), 99);
	assert_int_equal(size, PAGE - 1);
	/* Where there is none, the size stays. */
	size = 77 * PAGE;
	assert_int_equal(spdk_mem_map_translate(map, BASE + 6 * PAGE, &size), DEFAULT);
	assert_int_equal(size, 77 * PAGE);

	assert_int_equal(spdk_mem_map_clear_translation(map, BASE + PAGE, PAGE), 0);
	assert_int_equal(spdk_mem_map_translate(map, BASE + PAGE, NULL), DEFAULT);
	size = 4 * PAGE;
	assert_int_equal(spdk_mem_map_translate(map, BASE, &size), 10);
	assert_int_equal(size, PAGE);
	/* Clearing what was never set needs no memory and is no error. */
	assert_int_equal(spdk_mem_map_clear_translation(map, 0, PAGE), 0);
	spdk_mem_map_free(&map);
	assert_null(map);
	spdk_mem_map_free(&map);
	spdk_mem_map_free(NULL);
}

static void
test_without_contiguity_a_page_is_all(void **state)
{
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, NULL, NULL);
	uint64_t size = 3 * PAGE;

	assert_int_equal(spdk_mem_map_set_translation(map, BASE, 3 * PAGE, 5), 0);
	assert_int_equal(spdk_mem_map_translate(map, BASE + 1, &size), 5);
	assert_int_equal(size, PAGE - 1);
	spdk_mem_map_free(&map);
}

static void
test_table_borders(void **state)
{
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, NULL, NULL);
	const uint64_t end = 1ULL << 48, leaf = 1ULL << 34;

	assert_int_equal(spdk_mem_map_set_translation(map, end - PAGE, PAGE, 1), 0);
	assert_int_equal(spdk_mem_map_translate(map, end - 1, NULL), 1);
	assert_int_equal(spdk_mem_map_translate(map, end, NULL), 0);
	assert_int_equal(spdk_mem_map_translate(map, UINT64_MAX, NULL), 0);
	assert_int_equal(spdk_mem_map_set_translation(map, 3 * leaf - 2 * PAGE, leaf + 4 * PAGE, 2),
			 0);
	assert_int_equal(spdk_mem_map_translate(map, 3 * leaf - 2 * PAGE - 1, NULL), 0);
	assert_int_equal(spdk_mem_map_translate(map, 3 * leaf - 2 * PAGE, NULL), 2);
	assert_int_equal(spdk_mem_map_translate(map, 3 * leaf, NULL), 2);
	assert_int_equal(spdk_mem_map_translate(map, 4 * leaf + 2 * PAGE - 1, NULL), 2);
	assert_int_equal(spdk_mem_map_translate(map, 4 * leaf + 2 * PAGE, NULL), 0);
	spdk_mem_map_free(&map);
}

static uint64_t
address_space(void)
{
	uint64_t pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%" SCNu64, &pages), 1);
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Tables of a map are no memory of the C library's, so no leak checker sees them. */
static void
test_a_map_gives_all_its_tables_back(void **state)
{
	const uint64_t range_of_leaf = (uint64_t)16 << 30;
	uint64_t before = address_space();
	struct spdk_mem_map *map;

	for (int round = 0; round < 100; round++) {
		map = spdk_mem_map_alloc(0, NULL, NULL);
		assert_non_null(map);
		for (uint64_t leaf = 0; leaf < 3; leaf++) {
			assert_int_equal(spdk_mem_map_set_translation(
						 map, BASE + leaf * range_of_leaf, PAGE, 1),
					 0);
		}
		spdk_mem_map_free(&map);
	}
	assert_true(address_space() < before + (1 << 20));
}

static void
test_bad_ranges_are_explained(void **state)
{
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, NULL, NULL);

	assert_int_equal(spdk_mem_map_set_translation(map, BASE + 1, PAGE, 1), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "multiples of 2 MiB");
	assert_int_equal(spdk_mem_map_clear_translation(map, BASE, PAGE + 1), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "multiples of 2 MiB");
	assert_int_equal(spdk_mem_map_set_translation(map, 1ULL << 48, PAGE, 1), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "48 bits");
	assert_int_equal(spdk_mem_register((char *)at(0) + 4096, PAGE), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "spdk_mem_register()");
	assert_int_equal(spdk_mem_unregister(at(0), 4096), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "spdk_mem_unregister()");
	assert_int_equal(spdk_mem_reserve(at(0), 4096), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "spdk_mem_reserve()");
	assert_int_equal(spdk_mem_register(at(0), SIZE_MAX - PAGE + 1), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "48 bits");
	assert_int_equal(spdk_mem_register(at(0), 0), 0);
	assert_int_equal(spdk_mem_unregister(at(0), 0), 0);
	assert_not_logged();
	spdk_mem_map_free(&map);
}

/* Writes down what a map is told: "+0:2" is the registration of two pages from page 0 on. */
struct notebook {
	char text[512];
	/* Refuse the call that comes after so many; -1: none. */
	int accept;
};

static int
note(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action, void *vaddr,
     size_t size)
{
	struct notebook *notebook = cb_ctx;
	size_t used = strlen(notebook->text);

	if (notebook->accept == 0) {
		notebook->accept = -1;
		return -EIO;
	}
	if (notebook->accept > 0) {
		notebook->accept--;
	}
	snprintf(notebook->text + used, sizeof(notebook->text) - used, "%c%d:%d ",
		 action == SPDK_MEM_MAP_NOTIFY_REGISTER ? '+' : '-',
		 (int)(((uintptr_t)vaddr - BASE) / PAGE), (int)(size / PAGE));
	return 0;
}

static const struct spdk_mem_map_ops note_ops = {.notify_cb = note};

static void
assert_noted(struct notebook *notebook, const char *text)
{
	assert_string_equal(notebook->text, text);
	notebook->text[0] = '\0';
}

static void
test_maps_are_told(void **state)
{
	struct notebook early = {.accept = -1}, late = {.accept = -1};
	struct spdk_mem_map *early_map = spdk_mem_map_alloc(0, &note_ops, &early), *late_map;

	assert_int_equal(spdk_mem_register(at(4), 2 * PAGE), 0);
	assert_int_equal(spdk_mem_register(at(0), 4 * PAGE), 0);
	assert_int_equal(spdk_mem_register(at(8), PAGE), 0);
	assert_noted(&early, "+4:2 +0:4 +8:1 ");
	late_map = spdk_mem_map_alloc(0, &note_ops, &late);
	assert_noted(&late, "+0:4 +4:2 +8:1 ");

	/* Two regions that touch are still two, and may go at once. */
	assert_int_equal(spdk_mem_unregister(at(0), 6 * PAGE), 0);
	assert_noted(&early, "-0:4 -4:2 ");
	assert_noted(&late, "-0:4 -4:2 ");
	spdk_mem_map_free(&early_map);
	assert_noted(&early, "-8:1 ");
	assert_int_equal(spdk_mem_unregister(at(8), PAGE), 0);
	assert_noted(&late, "-8:1 ");
	spdk_mem_map_free(&late_map);
	assert_noted(&late, "");
}

static void
test_regions_stay_whole(void **state)
{
	struct notebook notebook = {.accept = -1};
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, &note_ops, &notebook);

	assert_int_equal(spdk_mem_register(at(2), 4 * PAGE), 0);
	assert_int_equal(spdk_mem_register(at(6), 2 * PAGE), 0);
	assert_noted(&notebook, "+2:4 +6:2 ");
	assert_int_equal(spdk_mem_register(at(2), 4 * PAGE), -EBUSY);
	assert_logged_once(SPDK_LOG_ERROR, "overlaps the region");
	assert_int_equal(spdk_mem_register(at(0), 3 * PAGE), -EBUSY);
	assert_logged_once(SPDK_LOG_ERROR, "overlaps the region");
	assert_int_equal(spdk_mem_register(at(7), 3 * PAGE), -EBUSY);
	assert_logged_once(SPDK_LOG_ERROR, "overlaps the region");
	assert_int_equal(spdk_mem_reserve(at(7), 3 * PAGE), -EBUSY);
	assert_logged_once(SPDK_LOG_ERROR, "overlaps the region");

	assert_int_equal(spdk_mem_unregister(at(2), 2 * PAGE), -ERANGE);
	assert_logged_once(SPDK_LOG_ERROR, "within a region");
	assert_int_equal(spdk_mem_unregister(at(3), 3 * PAGE), -ERANGE);
	assert_logged_once(SPDK_LOG_ERROR, "within a region");
	assert_int_equal(spdk_mem_unregister(at(2), 5 * PAGE), -ERANGE);
	assert_logged_once(SPDK_LOG_ERROR, "within a region");
	assert_int_equal(spdk_mem_unregister(at(2), 7 * PAGE), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "not registered");
	assert_int_equal(spdk_mem_unregister(at(0), 6 * PAGE), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "not registered");
	assert_int_equal(spdk_mem_unregister(at(20), PAGE), -EINVAL);
	assert_logged_once(SPDK_LOG_ERROR, "not registered");
	assert_noted(&notebook, "");

	assert_int_equal(spdk_mem_unregister(at(2), 6 * PAGE), 0);
	assert_noted(&notebook, "-2:4 -6:2 ");
	assert_int_equal(spdk_mem_reserve(at(2), 6 * PAGE), 0);
	spdk_mem_map_free(&map);
}

static void
test_refusal_is_undone(void **state)
{
	struct notebook first = {.accept = -1}, second = {.accept = -1}, third = {.accept = -1};
	struct spdk_mem_map *first_map = spdk_mem_map_alloc(0, &note_ops, &first);
	struct spdk_mem_map *second_map = spdk_mem_map_alloc(0, &note_ops, &second), *third_map;

	second.accept = 0;
	assert_int_equal(spdk_mem_register(at(0), PAGE), -EIO);
	assert_logged_once(SPDK_LOG_ERROR, "refused");
	assert_noted(&first, "+0:1 -0:1 ");
	assert_noted(&second, "");

	assert_int_equal(spdk_mem_register(at(0), PAGE), 0);
	assert_int_equal(spdk_mem_register(at(1), PAGE), 0);
	first.text[0] = second.text[0] = '\0';
	/* The second map is told first when memory goes; the first map refuses the second region.
	 */
	first.accept = 1;
	assert_int_equal(spdk_mem_unregister(at(0), 2 * PAGE), -EIO);
	assert_logged_once(SPDK_LOG_ERROR, "does not let go");
	assert_noted(&second, "-0:1 -1:1 +1:1 +0:1 ");
	assert_noted(&first, "-0:1 +0:1 ");

	third.accept = 1;
	third_map = spdk_mem_map_alloc(0, &note_ops, &third);
	assert_null(third_map);
	assert_logged_once(SPDK_LOG_ERROR, "notify_cb");
	assert_noted(&third, "+0:1 -0:1 ");

	assert_int_equal(spdk_mem_unregister(at(0), 2 * PAGE), 0);
	spdk_mem_map_free(&second_map);
	spdk_mem_map_free(&first_map);
}

static void
test_regions_left_at_the_end_are_reported(void **state)
{
	struct notebook notebook = {.accept = -1};
	struct spdk_mem_map *map = spdk_mem_map_alloc(0, &note_ops, &notebook);

	test_start();
	log_capture_start();
	assert_int_equal(spdk_mem_register(at(0), 2 * PAGE), 0);
	spdk_env_fini();
	assert_logged_once(SPDK_LOG_WARN, "1 regions, 4194304 bytes");
	assert_noted(&notebook, "+0:2 -0:2 ");
	assert_int_equal(spdk_mem_register(at(0), 2 * PAGE), 0);
	assert_int_equal(spdk_mem_unregister(at(0), 2 * PAGE), 0);
	spdk_mem_map_free(&map);
}

struct lookups {
	struct spdk_mem_map *map;
	bool is_over;
};

/* A translation is a pointer to something made just before: looking there is not a race. */
static void *
look_up(void *arg)
{
	struct lookups *lookups = arg;
	uint64_t translation;

	while (!__atomic_load_n(&lookups->is_over, __ATOMIC_RELAXED)) {
		for (uint64_t page = 0; page < 32; page++) {
			translation = spdk_mem_map_translate(lookups->map,
							     BASE + page * 5000 * PAGE, NULL);
			if (translation != 0) {
				assert_int_equal(*(uint64_t *)(uintptr_t)translation, page);
			}
		}
	}
	return NULL;
}

static void
test_lookups_need_no_lock(void **state)
{
	struct lookups lookups = {.map = spdk_mem_map_alloc(0, NULL, NULL)};
	uint64_t *values[32];
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, look_up, &lookups);
	pthread_create(&threads[1], NULL, look_up, &lookups);
	for (uint64_t page = 0; page < 32; page++) {
		values[page] = malloc(sizeof(uint64_t));
		*values[page] = page;
		assert_int_equal(spdk_mem_map_set_translation(lookups.map,
							      BASE + page * 5000 * PAGE, PAGE,
							      (uintptr_t)values[page]),
				 0);
		usleep(200);
	}
	__atomic_store_n(&lookups.is_over, true, __ATOMIC_RELAXED);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	spdk_mem_map_free(&lookups.map);
	for (uint64_t page = 0; page < 32; page++) {
		free(values[page]);
	}
}

static void *
register_many(void *arg)
{
	uint64_t first = (uintptr_t)arg * 100;

	for (int round = 0; round < 100; round++) {
		for (uint64_t page = 0; page < 20; page++) {
			assert_int_equal(spdk_mem_register(at(first + page), PAGE), 0);
		}
		for (uint64_t page = 0; page < 20; page++) {
			assert_int_equal(spdk_mem_unregister(at(first + page * 7 % 20), PAGE), 0);
		}
	}
	return NULL;
}

static int
count_pages(void *cb_ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action,
	    void *vaddr, size_t size)
{
	*(int *)cb_ctx += action == SPDK_MEM_MAP_NOTIFY_REGISTER ? 1 : -1;
	return 0;
}

static void
test_registration_by_many(void **state)
{
	const struct spdk_mem_map_ops ops = {.notify_cb = count_pages};
	struct spdk_mem_map *map;
	pthread_t threads[3];
	int pages;

	for (uintptr_t i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, register_many, (void *)i);
	}
	/* However the others are interleaved with it, a map hears of each region once. */
	for (int i = 0; i < 200; i++) {
		pages = 0;
		map = spdk_mem_map_alloc(0, &ops, &pages);
		assert_non_null(map);
		spdk_mem_map_free(&map);
		assert_int_equal(pages, 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
}

static int
capture_log(void **state)
{
	log_capture_start();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_translations),
		cmocka_unit_test(test_without_contiguity_a_page_is_all),
		cmocka_unit_test(test_table_borders),
		cmocka_unit_test(test_a_map_gives_all_its_tables_back),
		cmocka_unit_test(test_bad_ranges_are_explained),
		cmocka_unit_test(test_maps_are_told),
		cmocka_unit_test(test_regions_stay_whole),
		cmocka_unit_test(test_refusal_is_undone),
		cmocka_unit_test(test_regions_left_at_the_end_are_reported),
		cmocka_unit_test(test_lookups_need_no_lock),
		cmocka_unit_test(test_registration_by_many),
	};

	return cmocka_run_group_tests(tests, capture_log, NULL);
}
