/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sweep over failing allocations: whichever one fails, a device is refused with -ENOMEM and
 * leaves nothing behind, or is there; I/Os and the end of what is there need no memory.
 */
#include "base/failing_malloc.h"
#include "modules/bdev/delay/bdev_delay.h"
#include "modules/bdev/error/bdev_error.h"
#include "modules/bdev/gpt/gpt_image.h"
#include "modules/bdev/malloc/bdev_malloc.h"
#include "modules/bdev/modules_fixture.h"
#include "modules/bdev/null/bdev_null.h"
#include "modules/bdev/passthru/bdev_passthru.h"
#include "modules/bdev/raid/raid.h"
#include "modules/bdev/split/bdev_split.h"
#include "modules/bdev/zone_block/bdev_zone_block.h"

#define SWEEP_MAX 1000

#ifndef HAS_OWN_ALLOCATOR

static const struct spdk_uuid g_no_uuid;
static uint8_t g_buf[4096];

static bool
is_made(int rc)
{
	if (rc != 0) {
		assert_int_equal(rc, -ENOMEM);
		assert_true(g_failures > 0);
	}
	return rc == 0;
}

static bool
make_malloc(const char *name)
{
	const struct malloc_bdev_opts opts = {
		.name = name,
		.geometry = {.num_blocks = 16384, .block_size = 512, .md_size = 8},
		.numa_id = SPDK_ENV_NUMA_ID_ANY,
	};
	struct spdk_bdev *bdev = NULL;

	return is_made(malloc_bdev_create(&opts, NULL, &bdev));
}

static bool
make_null(void)
{
	const struct null_bdev_opts opts = {.name = "N", .num_blocks = 8, .block_size = 512};

	return is_made(null_bdev_create(&opts, NULL));
}

static bool
make_passthru(const char *name, const char *base)
{
	struct layered *layered = layered_new(&g_passthru_type, name, base, &g_no_uuid);

	return is_made(layered != NULL ? layered_add(layered, NULL) : -ENOMEM);
}

static bool
make_delay(const char *name, const char *base)
{
	const struct delay_opts opts = {.name = name, .base_name = base};

	return is_made(delay_bdev_create(&opts, NULL));
}

static void
note_rc(void *arg, int rc, const struct bdev_reason *reason)
{
	*(int *)arg = rc;
}

static bool
is_known(const void *rc)
{
	return *(const int *)rc <= 0;
}

static bool
make_raid(void)
{
	static char one[] = "M", two[] = "M1";
	char *names[] = {one, two};
	const struct raid_opts opts = {
		.name = "R",
		.level = SPDK_BDEV_RAID_LEVEL_RAID1,
		.base_names = names,
		.count = 2,
	};

	int rc = 1;

	raid_create(&opts, note_rc, &rc);
	wait_until(is_known, &rc);
	return is_made(rc);
}

static bool
make_split(const char *base)
{
	const struct split_opts opts = {.base_name = base, .count = 2};
	struct split *split = NULL;

	return is_made(split_create(&opts, NULL, &split));
}

static bool
make_zones(const char *name, const char *base)
{
	const struct zone_block_opts opts = {
		.name = name, .base_name = base, .zone_capacity = 100, .optimal_open_zones = 1};

	return is_made(zone_block_create(&opts, NULL));
}

/* Each on the one before. */
static bool
make_tower(void)
{
	return make_malloc("M") && make_malloc("M1") && make_raid() && make_null() &&
	       make_passthru("P", "R") && make_delay("D", "P") &&
	       is_made(error_bdev_create("D", &g_no_uuid, NULL)) && make_split("EE_D") &&
	       make_zones("Z", "EE_Dp0");
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
use_channel(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch)
{
	struct outcome outcome = {.calls = 0};
	int rc;

	rc = spdk_bdev_read_blocks(desc, ch, g_buf, 0, 8, note_outcome, &outcome);
	if (rc == 0) {
		(void)outcome_wait(&outcome);
	}
	rc = spdk_bdev_reset(desc, ch, note_outcome, &outcome);
	if (rc == 0) {
		(void)outcome_wait(&outcome);
	}
}

static void
use(const char *name)
{
	struct spdk_bdev_desc *desc = NULL;
	struct spdk_io_channel *ch;

	if (!is_made(spdk_bdev_open_ext(name, true, ignore_event, NULL, &desc))) {
		return;
	}
	ch = spdk_bdev_get_io_channel(desc);
	if (ch != NULL) {
		use_channel(desc, ch);
		spdk_put_io_channel(ch);
	}
	spdk_bdev_close(desc);
	settle();
}

static void
ignore_end(void *arg, int rc)
{
}

static void
ignore_answer(void *arg, int rc, const struct bdev_reason *reason)
{
}

static void
unmake_tower(void)
{
	layered_delete(&g_zone_block_type, "Z", ignore_end, NULL);
	(void)split_delete("EE_D", ignore_end, NULL);
	layered_delete(&g_error_type, "EE_D", ignore_end, NULL);
	layered_delete(&g_delay_type, "D", ignore_end, NULL);
	layered_delete(&g_passthru_type, "P", ignore_end, NULL);
	raid_delete("R", false, ignore_answer, NULL);
	(void)spdk_bdev_unregister_by_name("M", &g_malloc_module, NULL, NULL);
	(void)spdk_bdev_unregister_by_name("M1", &g_malloc_module, NULL, NULL);
	(void)spdk_bdev_unregister_by_name("N", &g_null_module, NULL, NULL);
	settle();
	assert_null(spdk_bdev_first());
}

static void
live_once(void)
{
	if (make_tower()) {
		use("EE_Dp1");
		use("Z");
	}
	settle();
	unmake_tower();
}

static void
towers_are_made_with_any_allocation_failing(void **state)
{
	long allocation, live;

	live_once(); /* What is made once is there from now on. */
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = allocation;
		live_once();
		t_allocations_left = -1;
		log_capture_clear();
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 50, SWEEP_MAX - 1);
}

/* What waits is made when the base comes, or says why not, and waits on. */
static void
bases_come_with_any_allocation_failing(void **state)
{
	long allocation, live;

	assert_true(make_passthru("P", "M"));
	assert_true(make_split("P"));
	assert_true(make_malloc("M"));
	(void)spdk_bdev_unregister_by_name("M", &g_malloc_module, NULL, NULL);
	settle();
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = allocation;
		if (make_malloc("M")) {
			settle();
			(void)spdk_bdev_unregister_by_name("M", &g_malloc_module, NULL, NULL);
			settle();
		}
		t_allocations_left = -1;
		log_capture_clear();
		assert_null(spdk_bdev_first());
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 30, SWEEP_MAX - 1);
}

static void
partition_malloc(void)
{
	const uint64_t one[2] = {64, 127}, two[2] = {128, 255};
	struct gpt_image image = {.blocks = 16384, .block_size = 512};
	struct disk disk;

	image.bytes = new_buf(image.blocks * image.block_size);
	gpt_image_init(&image);
	gpt_image_add(&image, 1, GPT_TYPE, one, "one");
	gpt_image_add(&image, 2, GPT_TYPE, two, "two");
	gpt_image_seal(&image);
	disk_open(&disk, "M");
	do_write(&disk, image.bytes, 0, image.blocks);
	disk_close(&disk);
	free(image.bytes);
}

static void
find_partitions_once(void)
{
	bool is_there = make_passthru("P", "M");

	settle();
	if (spdk_bdev_get_by_name("Pp2") != NULL) {
		use("Pp2");
	}
	if (is_there) {
		layered_delete(&g_passthru_type, "P", ignore_end, NULL);
	}
	settle();
}

/* They are found, or it is said why not, and all goes with their device. */
static void
partitions_are_found_with_any_allocation_failing(void **state)
{
	long allocation, live;

	assert_true(make_malloc("M"));
	partition_malloc();
	let_modules_read_devices();
	find_partitions_once();
	for (allocation = 0; allocation < SWEEP_MAX; allocation++) {
		live = t_live;
		g_failures = 0;
		t_allocations_left = allocation;
		find_partitions_once();
		t_allocations_left = -1;
		log_capture_clear();
		assert_null(spdk_bdev_get_by_name("P"));
		assert_int_equal(t_live, live);
		if (g_failures == 0) {
			break;
		}
	}
	assert_in_range(allocation, 30, SWEEP_MAX - 1);
	(void)spdk_bdev_unregister_by_name("M", &g_malloc_module, NULL, NULL);
	settle();
}

#endif /* HAS_OWN_ALLOCATOR */

int
main(void)
{
#ifdef HAS_OWN_ALLOCATOR
	return 77;
#else
	const struct CMUnitTest tests[] = {
		MODULES_TEST(towers_are_made_with_any_allocation_failing),
		MODULES_TEST(bases_come_with_any_allocation_failing),
		MODULES_TEST(partitions_are_found_with_any_allocation_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
