/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bdev of an array: what it is like, by its members, and its registration.
 */
#include "raid_internal.h"
#include "runtime/io_devices.h"
#include "spdk/dif.h"
#include "spdk/log.h"
#include "spdk/string.h"

static const enum spdk_bdev_io_type g_types[] = {
	SPDK_BDEV_IO_TYPE_READ,  SPDK_BDEV_IO_TYPE_WRITE,        SPDK_BDEV_IO_TYPE_UNMAP,
	SPDK_BDEV_IO_TYPE_FLUSH, SPDK_BDEV_IO_TYPE_WRITE_ZEROES, SPDK_BDEV_IO_TYPE_RESET,
};

/* ---- Its functions ---- */

static void
channels_gone(void *io_device)
{
	struct raid *raid = io_device;

	raid->has_channels = false;
	if (!raid->is_changing) {
		raid_end_device(raid);
	}
}

static int
destruct(void *ctx)
{
	struct raid *raid = ctx;

	raid->state = SPDK_BDEV_RAID_STATE_OFFLINE;
	raid->is_ending = true;
	raid_rebuild_wake(raid);
	spdk_io_device_unregister(raid, channels_gone);
	return 1;
}

static bool
supports(void *ctx, enum spdk_bdev_io_type type)
{
	const struct raid *raid = ctx;

	return (raid->io_types & 1u << type) != 0;
}

static struct spdk_io_channel *
get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

/* Those of all members: one that cannot work with a domain gets its data through a buffer. */
static int
get_memory_domains(void *ctx, struct spdk_memory_domain **domains, int array_size)
{
	struct raid *raid = ctx;
	int count = 0;

	spdk_spin_lock(&raid->lock);
	for (uint32_t i = 0; i < raid->count; i++) {
		if (raid->slots[i].can_write) {
			int room = domains != NULL ? spdk_max(array_size - count, 0) : 0;

			count += spdk_bdev_get_memory_domains(raid_slot_bdev(&raid->slots[i]),
							      room > 0 ? domains + count : NULL,
							      room);
		}
	}
	spdk_spin_unlock(&raid->lock);
	return count;
}

static int
get_memory_domain_types(void *ctx, enum spdk_dma_device_type *types, uint32_t array_size)
{
	struct raid *raid = ctx;
	int count = 0;

	spdk_spin_lock(&raid->lock);
	for (uint32_t i = 0; i < raid->count; i++) {
		if (raid->slots[i].can_write) {
			int room = types != NULL ? spdk_max((int)array_size - count, 0) : 0;

			count += spdk_bdev_get_memory_domain_types(raid_slot_bdev(&raid->slots[i]),
								   room > 0 ? types + count : NULL,
								   (uint32_t)room);
		}
	}
	spdk_spin_unlock(&raid->lock);
	return count;
}

static const struct spdk_bdev_fn_table g_raid_table = {
	.destruct = destruct,
	.submit_request = raid_submit_request,
	.io_type_supported = supports,
	.get_io_channel = get_channel,
	.dump_info_json = raid_dump_info,
	.get_memory_domains = get_memory_domains,
	.get_memory_domain_types = get_memory_domain_types,
};

/* ---- What it is like ---- */

/* What all members have in common is that of the first. */
static void
copy_properties(struct spdk_bdev *bdev, const struct spdk_bdev *base)
{
	bdev->blocklen = base->blocklen;
	bdev->md_len = base->md_len;
	bdev->md_interleave = base->md_interleave;
	bdev->dif_type = base->dif_type;
	bdev->dif_pi_format = base->dif_pi_format;
	bdev->dif_is_head_of_md = base->dif_is_head_of_md;
	bdev->dif_check_flags = base->dif_check_flags;
}

static uint32_t
types_of(struct spdk_bdev *base)
{
	uint32_t types = 0;

	for (size_t i = 0; i < SPDK_COUNTOF(g_types); i++) {
		types |= spdk_bdev_io_type_supported(base, g_types[i]) ? 1u << g_types[i] : 0;
	}
	return types;
}

static void
add_member(struct raid *raid, struct spdk_bdev *base)
{
	struct spdk_bdev *bdev = &raid->bdev;

	bdev->write_cache |= base->write_cache;
	bdev->phys_blocklen = spdk_max(bdev->phys_blocklen, base->phys_blocklen);
	bdev->required_alignment = spdk_max(bdev->required_alignment, base->required_alignment);
	bdev->write_unit_size = spdk_max(bdev->write_unit_size, base->write_unit_size);
	bdev->dif_check_flags &= base->dif_check_flags;
	raid->io_types &= types_of(base);
}

/* A member checks reference tags by its own numbers of blocks, which are not the array's then. */
static bool
moves_blocks(const struct raid *raid)
{
	bool has_offset = false;

	for (uint32_t i = 0; i < raid->count; i++) {
		has_offset |= raid->slots[i].data_offset != 0;
	}
	return has_offset || (raid->level->has_strips && raid->count > 1);
}

static void
fill_bdev(struct raid *raid, uint64_t blocks)
{
	static char product_name[] = "Raid Volume";
	struct spdk_bdev *bdev = &raid->bdev, *base;
	bool is_first = true;

	memset(bdev, 0, sizeof(*bdev));
	bdev->name = raid->name;
	bdev->product_name = product_name;
	bdev->uuid = raid->uuid;
	bdev->ctxt = raid;
	bdev->fn_table = &g_raid_table;
	bdev->module = &g_raid_module;
	bdev->blockcnt = blocks;
	raid->io_types = UINT32_MAX;
	for (uint32_t i = 0; i < raid->count; i++) {
		base = raid_slot_bdev(&raid->slots[i]);
		if (base == NULL) {
			continue;
		}
		if (is_first) {
			copy_properties(bdev, base);
			is_first = false;
		}
		add_member(raid, base);
	}
	if (moves_blocks(raid)) {
		bdev->dif_check_flags &= ~SPDK_DIF_FLAGS_REFTAG_CHECK;
	}
	if (raid->boundary != 0) {
		bdev->optimal_io_boundary = (uint32_t)raid->boundary;
		bdev->split_on_optimal_io_boundary = true;
	}
}

/* ---- Registration ---- */

static void
use_members(struct raid *raid, bool is_used)
{
	for (uint32_t i = 0; i < raid->count; i++) {
		struct raid_slot *slot = &raid->slots[i];

		if (slot->desc != NULL) {
			slot->state = is_used ? RAID_SLOT_MEMBER : RAID_SLOT_OPEN;
			slot->can_read = is_used;
			slot->can_write = is_used;
		}
	}
}

static void
never_registered(void *io_device)
{
	struct raid *raid = io_device;

	raid->has_channels = false;
	raid_put(raid);
}

static int
register_bdev(struct raid *raid)
{
	size_t size = sizeof(struct raid_channel) + raid->count * sizeof(struct raid_lane);
	int rc;

	spdk_io_device_register(raid, raid_channel_create, raid_channel_destroy, (uint32_t)size,
				raid->name);
	if (!io_devices_have(raid)) {
		return -ENOMEM;
	}
	raid_get(raid);
	raid->has_channels = true;
	use_members(raid, true);
	/* Before others look at it. */
	raid->state = SPDK_BDEV_RAID_STATE_ONLINE;
	rc = spdk_bdev_register(&raid->bdev);
	if (rc != 0) {
		raid->state = SPDK_BDEV_RAID_STATE_CONFIGURING;
		use_members(raid, false);
		spdk_io_device_unregister(raid, never_registered);
		return rc;
	}
	raid->wants_store = raid->sb != NULL;
	raid_change_next(raid);
	return 0;
}

static bool
is_complete(const struct raid *raid)
{
	for (uint32_t i = 0; i < raid->count; i++) {
		const struct raid_slot *slot = &raid->slots[i];

		if (slot->state == RAID_SLOT_EMPTY ? !slot->is_vacant : !slot->is_checked) {
			return false;
		}
	}
	return true;
}

int
raid_try_start(struct raid *raid, struct bdev_reason *reason)
{
	uint64_t blocks;

	if (raid->state != SPDK_BDEV_RAID_STATE_CONFIGURING || raid->has_channels ||
	    !is_complete(raid)) {
		return 0;
	}
	blocks = raid->level->measure(raid);
	if (blocks == 0) {
		return bdev_refuse(reason, -EINVAL, "a member of '%s' is too small", raid->name);
	}
	fill_bdev(raid, blocks);
	return register_bdev(raid);
}

int
raid_check_joins(const struct raid *raid, struct spdk_bdev *base, uint64_t data_offset,
		 struct bdev_reason *reason)
{
	uint64_t blocks = base->blockcnt - spdk_min(base->blockcnt, data_offset);
	uint32_t missing = raid->io_types & ~types_of(base);

	if (blocks < raid->bdev.blockcnt) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' has room for %" PRIu64
				   " blocks, and raid bdev '%s' has %" PRIu64,
				   base->name, blocks, raid->name, raid->bdev.blockcnt);
	}
	if (missing != 0) {
		return bdev_refuse(
			reason, -EINVAL, "bdev '%s' does not support %s, as raid bdev '%s' does",
			base->name,
			spdk_bdev_get_io_type_name((enum spdk_bdev_io_type)spdk_u32log2(missing)),
			raid->name);
	}
	return 0;
}

void
raid_follow_sizes(struct raid *raid)
{
	uint64_t blocks;
	int rc;

	if (raid->state != SPDK_BDEV_RAID_STATE_ONLINE) {
		return;
	}
	blocks = raid->level->measure(raid);
	raid->wants_store = raid->sb != NULL;
	raid_change_next(raid);
	rc = spdk_bdev_notify_blockcnt_change(&raid->bdev, blocks);
	if (rc != 0) {
		SPDK_ERRLOG("Raid bdev %s keeps %" PRIu64 " blocks, although its members have "
			    "%" PRIu64 " now: %s\n",
			    raid->name, raid->bdev.blockcnt, blocks, spdk_strerror(-rc));
	}
}
