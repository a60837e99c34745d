/* SPDX-License-Identifier: BSD-3-Clause */
#include "bottom.h"
#include "flaky.h"
#include "memory.h"
#include "modules/bdev/malloc/bdev_malloc.h"
#include "modules/bdev/raid/raid_internal.h"
#include "random.h"
#include "report.h"
#include "spdk/bdev.h"
#include "spdk/util.h"
#include "world.h"

#define MEMBER_NAME_SIZE 24

/* ---- Devices ---- */

static void
make_malloc(struct bottom *bottom)
{
	static const uint32_t md_sizes[] = {0, 0, 0, 8, 16, 64};
	struct malloc_bdev_opts opts = {
		.name = bottom->name,
		.geometry = {.num_blocks = random_between(40, 400),
			     .block_size = random_permille(700) ? 512 : 4096,
			     .md_size = random_pick(md_sizes)},
		.optimal_io_boundary = random_permille(400) ? 1u << random_below(5) : 0,
		.numa_id = SPDK_ENV_NUMA_ID_ANY,
	};
	struct bdev_reason reason = {""};
	int rc;

	opts.geometry.md_interleave = opts.geometry.md_size != 0 && random_permille(500);
	rc = malloc_bdev_create(&opts, &reason, &bottom->malloc);
	if (rc != 0) {
		report_found(FOUND_RC, "a malloc device: %d, %s", rc, reason.text);
	}
	bottom->blocks_max = opts.geometry.num_blocks;
}

static void
make_flaky(struct bottom *bottom, struct flaky *twin)
{
	const struct flaky_opts opts = {.name = bottom->name, .twin = twin};

	bottom->flakies[0] = flaky_create(&opts);
	bottom->count = 1;
	bottom->blocks_max = bottom->flakies[0]->blocks_max;
}

/* ---- Arrays ---- */

static void
make_members(struct bottom *bottom, struct flaky_temper *out_tempers)
{
	char name[MEMBER_NAME_SIZE];
	struct flaky_opts opts = {.name = name, .is_member = true};
	uint64_t blocks_max = 0;

	bottom->count = (uint32_t)random_between(2, BOTTOM_FLAKIES_MAX);
	for (uint32_t i = 0; i < bottom->count; i++) {
		(void)snprintf(name, sizeof(name), "%sm%u", bottom->name, i);
		bottom->flakies[i] = flaky_create(&opts);
		opts.like = bottom->flakies[0];
		blocks_max = bottom->flakies[i]->blocks_max;
		bottom->blocks_max = bottom->kind == BOTTOM_RAID1 ?
					     spdk_max(bottom->blocks_max, blocks_max) :
					     bottom->blocks_max + blocks_max;
		/* An array that does not begin is no test of what it does with I/Os. */
		out_tempers[i] = bottom->flakies[i]->temper;
		flaky_calm(bottom->flakies[i]);
	}
}

/* In KiB: a power of 2, and of whole write units. */
static uint32_t
choose_strip(const struct bottom *bottom)
{
	uint32_t block_size = spdk_bdev_get_data_block_size(&bottom->flakies[0]->bdev);
	uint32_t blocks = 1u << random_below(5);

	blocks = spdk_max(blocks, 1024 / block_size);
	for (uint32_t i = 0; i < bottom->count; i++) {
		blocks = spdk_max(blocks, bottom->flakies[i]->bdev.write_unit_size);
	}
	return blocks * block_size / 1024;
}

static void
note_raid(void *arg, int rc, const struct bdev_reason *reason)
{
	if (rc != 0) {
		report_found(FOUND_RC, "an array: %d, %s", rc, reason != NULL ? reason->text : "");
	}
	*(bool *)arg = true;
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

static void
make_raid(struct bottom *bottom)
{
	static const enum spdk_bdev_raid_level levels[] = {
		[BOTTOM_RAID0] = SPDK_BDEV_RAID_LEVEL_RAID0,
		[BOTTOM_RAID1] = SPDK_BDEV_RAID_LEVEL_RAID1,
		[BOTTOM_CONCAT] = SPDK_BDEV_RAID_LEVEL_CONCAT,
	};
	const struct raid_rebuild_opts rebuild = {
		.window_kb = (uint32_t)random_size(64),
		.bandwidth_mb_sec = random_permille(300) ? 1 : 0,
	};
	struct flaky_temper tempers[BOTTOM_FLAKIES_MAX];
	char *names[BOTTOM_FLAKIES_MAX];
	struct raid_opts opts = {
		.name = bottom->name,
		.level = levels[bottom->kind],
		.base_names = names,
	};
	struct bdev_reason reason;
	bool is_made = false;

	make_members(bottom, tempers);
	for (uint32_t i = 0; i < bottom->count; i++) {
		names[i] = bottom->flakies[i]->bdev.name;
	}
	opts.count = bottom->count;
	opts.strip_kb = bottom->kind == BOTTOM_RAID1 ? 0 : choose_strip(bottom);
	(void)raid_rebuild_set_opts(&rebuild, &reason);
	raid_create(&opts, note_raid, &is_made);
	world_wait_until(is_true, &is_made, "an array", NULL);
	for (uint32_t i = 0; i < bottom->count; i++) {
		bottom->flakies[i]->temper = tempers[i];
	}
}

static void
note_deleted(void *arg, int rc, const struct bdev_reason *reason)
{
	if (rc != 0 && rc != -ENODEV && rc != -EBUSY) {
		report_found(FOUND_RC, "deleting an array tells %d", rc);
	}
}

/* ---- All of it ---- */

bool
bottom_is_array(const struct bottom *bottom)
{
	return bottom->kind >= BOTTOM_RAID0;
}

const char *
bottom_kind_name(const struct bottom *bottom)
{
	static const char *const names[] = {"malloc", "flaky", "raid0", "raid1", "concat"};

	return names[bottom->kind];
}

void
bottom_create(struct bottom *bottom, struct flaky *twin)
{
	static const enum bottom_kind kinds[] = {
		BOTTOM_MALLOC, BOTTOM_MALLOC, BOTTOM_MALLOC, BOTTOM_FLAKY,
		BOTTOM_FLAKY,  BOTTOM_FLAKY,  BOTTOM_FLAKY,  BOTTOM_FLAKY,
		BOTTOM_FLAKY,  BOTTOM_RAID0,  BOTTOM_RAID1,  BOTTOM_CONCAT,
	};
	static uint32_t number;

	*bottom = (struct bottom){.kind = random_pick(kinds)};
	(void)snprintf(bottom->name, sizeof(bottom->name), "b%u", number++ % 1000);
	switch (bottom->kind) {
	case BOTTOM_MALLOC:
		make_malloc(bottom);
		break;
	case BOTTOM_FLAKY:
		make_flaky(bottom, twin);
		break;
	default:
		make_raid(bottom);
		break;
	}
}

static void
note_unregistered(void *arg, int rc)
{
	struct bottom *bottom = arg;

	if (rc != 0) {
		report_found(FOUND_RC, "unregistering a part of %s tells %d", bottom->name, rc);
	}
	bottom->unregistered++;
}

void
bottom_remove(struct bottom *bottom)
{
	uint32_t first;

	if (bottom->malloc != NULL) {
		spdk_bdev_unregister(bottom->malloc, note_unregistered, bottom);
		return;
	}
	if (bottom_is_array(bottom) && random_permille(300)) {
		raid_delete(bottom->name, false, note_deleted, NULL);
	}
	first = (uint32_t)random_below(bottom->count);
	for (uint32_t i = 0; i < bottom->count; i++) {
		struct flaky *flaky = bottom->flakies[(first + i) % bottom->count];

		spdk_bdev_unregister(&flaky->bdev, note_unregistered, bottom);
	}
}

bool
bottom_is_gone(void *arg)
{
	const struct bottom *bottom = arg;

	for (uint32_t i = 0; i < bottom->count; i++) {
		if (!bottom->flakies[i]->is_gone) {
			return false;
		}
	}
	return bottom->unregistered == spdk_max(bottom->count, 1) && bottom->changes == 0 &&
	       (!bottom_is_array(bottom) || raid_find(bottom->name) == NULL);
}

void
bottom_destroy(struct bottom *bottom)
{
	for (uint32_t i = 0; i < bottom->count; i++) {
		flaky_destroy(bottom->flakies[i]);
	}
	memset(bottom, 0, sizeof(*bottom));
}

/* ---- What happens to it ---- */

void
bottom_calm(struct bottom *bottom)
{
	for (uint32_t i = 0; i < bottom->count; i++) {
		flaky_calm(bottom->flakies[i]);
	}
}

void
bottom_grow(struct bottom *bottom)
{
	struct flaky *flaky;
	uint64_t blocks;
	int rc;

	if (bottom->count == 0) {
		return;
	}
	flaky = bottom->flakies[random_below(bottom->count)];
	blocks = random_between(flaky->bdev.blockcnt, flaky->blocks_max);
	rc = spdk_bdev_notify_blockcnt_change(&flaky->bdev, blocks);
	if (rc != 0) {
		report_found(FOUND_RC, "growing to %" PRIu64 " blocks returns %d", blocks, rc);
	}
}

void
bottom_set_quiet(struct bottom *bottom, uint64_t offset, uint64_t count)
{
	/* Blocks of an array are elsewhere in its members, and a rebuild comes for them anyway. */
	if (bottom->kind == BOTTOM_FLAKY) {
		bottom->flakies[0]->quiet_offset = offset;
		bottom->flakies[0]->quiet_count = count;
	}
}

static void
end_change(struct bottom *bottom, const char *what, int rc, const struct bdev_reason *reason)
{
	report_note("a member of %s %s, %d, %s", bottom->name, what, rc,
		    reason != NULL ? reason->text : "");
	if (rc != 0 && rc != -ENODEV && rc != -EBUSY && memory_failures() == 0) {
		report_found(FOUND_RC, "a member of %s %s: %d", bottom->name, what, rc);
	}
	bottom->changes--;
}

static void
note_left(void *arg, int rc, const struct bdev_reason *reason)
{
	end_change(arg, "leaves", rc, reason);
}

static void
note_came(void *arg, int rc, const struct bdev_reason *reason)
{
	/* It is too small, or takes fewer types; the array is offline. */
	bool is_refused = rc == -EINVAL || rc == -ENOTSUP;

	end_change(arg, "comes", is_refused ? 0 : rc, reason);
}

bool
bottom_is_settled(void *arg)
{
	const struct bottom *bottom = arg;
	const struct raid *raid = bottom_is_array(bottom) ? raid_find(bottom->name) : NULL;

	return bottom->changes == 0 &&
	       (raid == NULL || (raid->rebuild == NULL && !raid->is_changing));
}

bool
bottom_read_next(struct bottom *bottom)
{
	struct raid *raid = bottom->kind == BOTTOM_RAID1 ? raid_find(bottom->name) : NULL;
	uint32_t i = 0;

	if (raid == NULL || raid_count_readable(raid) < 2) {
		return false;
	}
	while (!raid->slots[i].can_read) {
		i++;
	}
	bottom->changes++;
	raid_remove(raid->slots[i].name, note_left, bottom);
	return true;
}

void
bottom_change_members(struct bottom *bottom)
{
	struct raid_change change = {.raid_name = bottom->name};

	if (bottom->kind != BOTTOM_RAID1) {
		return;
	}
	change.base_name = bottom->flakies[random_below(bottom->count)]->bdev.name;
	if (raid_slot_find_open(change.base_name) == NULL) {
		bottom->changes++;
		raid_add(&change, note_came, bottom);
	} else if (random_permille(500)) {
		bottom->changes++;
		raid_remove(change.base_name, note_left, bottom);
	}
}
