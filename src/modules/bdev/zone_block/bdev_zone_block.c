/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The zone_block module: layered.h has the states of its devices, zone.h those of their zones.
 */
#include "bdev_zone_block.h"
#include "spdk/json.h"
#include "zone_device.h"

struct zone_block {
	struct layered layered;
	uint64_t zone_capacity;
	uint64_t optimal_open_zones;
};

static struct zone_block *
zone_block_of(const struct layered *layered)
{
	return (struct zone_block *)(uintptr_t)layered;
}

/* ---- Devices ---- */

/* As many whole zones as there is room for, by optimal_open_zones at a time. */
static int
count_zones(const struct zone_block *config, const struct spdk_bdev *bdev, uint64_t *out_count,
	    struct bdev_reason *reason)
{
	uint64_t zone_size = spdk_align64pow2(config->zone_capacity);
	uint64_t count = bdev->blockcnt / zone_size;

	count -= count % config->optimal_open_zones;
	if (bdev->zoned) {
		return bdev_refuse(reason, -EINVAL, "bdev '%s' has zones already",
				   config->layered.base_name);
	}
	if (count == 0) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' has %" PRIu64 " blocks, and %" PRIu64
				   " zones of %" PRIu64 " need more",
				   config->layered.base_name, bdev->blockcnt,
				   config->optimal_open_zones, zone_size);
	}
	if (count > ZONES_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "bdev '%s' would have %" PRIu64 " zones, and at most %" PRIu64
				   " are supported: make zone_capacity larger",
				   config->layered.base_name, count, ZONES_MAX);
	}
	*out_count = count;
	return 0;
}

static int
init_device(struct layered *layered, struct spdk_bdev *bdev, struct spdk_bdev *base,
	    void **out_kept, struct bdev_reason *out_reason)
{
	const struct zone_block *config = zone_block_of(layered);
	uint64_t zone_size = spdk_align64pow2(config->zone_capacity), count = 0;
	struct zone_device *device;
	int rc;

	rc = count_zones(config, bdev, &count, out_reason);
	if (rc != 0) {
		return rc;
	}
	device = zone_device_create(count, zone_size, config->zone_capacity);
	if (device == NULL) {
		return -ENOMEM;
	}
	device->appends = spdk_bdev_get_dif_type(bdev) == SPDK_DIF_DISABLE ||
			  (bdev->dif_check_flags & SPDK_DIF_FLAGS_REFTAG_CHECK) == 0;
	device->unmaps = spdk_bdev_io_type_supported(base, SPDK_BDEV_IO_TYPE_UNMAP);
	bdev->blockcnt = count * zone_size;
	bdev->zoned = true;
	bdev->zone_size = zone_size;
	bdev->max_zone_append_size = 0;
	bdev->max_open_zones = 0;
	bdev->max_active_zones = 0;
	bdev->optimal_open_zones = (uint32_t)config->optimal_open_zones;
	*out_kept = device;
	return 0;
}

static void
fini_device(void *kept)
{
	free(kept);
}

static void
write_params(const struct layered *layered, struct spdk_json_write_ctx *w)
{
	const struct zone_block *config = zone_block_of(layered);

	spdk_json_write_named_string(w, "name", layered->name);
	spdk_json_write_named_string(w, "base_bdev", layered->base_name);
	spdk_json_write_named_uint64(w, "zone_capacity", config->zone_capacity);
	spdk_json_write_named_uint64(w, "optimal_open_zones", config->optimal_open_zones);
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_object_begin(w, "zone_block");
	write_params(layered_of(ctx), w);
	spdk_json_write_object_end(w);
	return 0;
}

static const struct spdk_bdev_fn_table g_zone_block_table = {
	.destruct = layered_destruct,
	.submit_request = zone_device_submit,
	.io_type_supported = zone_device_supports,
	.get_io_channel = layered_get_channel,
	.dump_info_json = dump_info,
	.get_memory_domains = layered_get_memory_domains,
	.get_memory_domain_types = layered_get_memory_domain_types,
};

/* ---- From outside ---- */

static int
check(const struct zone_block_opts *opts, struct bdev_reason *reason)
{
	if (opts->zone_capacity == 0 || opts->zone_capacity >= ZONE_CAPACITY_END) {
		return bdev_refuse(reason, -EINVAL,
				   "zone_capacity is %" PRIu64 ", and 1 to %" PRIu64
				   " are supported",
				   opts->zone_capacity, ZONE_CAPACITY_END - 1);
	}
	if (opts->optimal_open_zones == 0 || opts->optimal_open_zones > UINT32_MAX) {
		return bdev_refuse(reason, -EINVAL,
				   "optimal_open_zones is %" PRIu64 ", and 1 to %u are supported",
				   opts->optimal_open_zones, UINT32_MAX);
	}
	return 0;
}

int
zone_block_create(const struct zone_block_opts *opts, struct bdev_reason *out_reason)
{
	static const struct spdk_uuid no_uuid;
	struct layered *layered;
	int rc;

	rc = check(opts, out_reason);
	if (rc != 0) {
		return rc;
	}
	layered = layered_new(&g_zone_block_type, opts->name, opts->base_name, &no_uuid);
	if (layered == NULL) {
		return -ENOMEM;
	}
	zone_block_of(layered)->zone_capacity = opts->zone_capacity;
	zone_block_of(layered)->optimal_open_zones = opts->optimal_open_zones;
	return layered_add(layered, out_reason);
}

/* ---- The module ---- */

static int
init(void)
{
	return 0;
}

static void
fini(void)
{
	layered_free_all(&g_zone_block_type);
}

static void
examine(struct spdk_bdev *bdev)
{
	layered_examine(&g_zone_block_type, bdev);
}

static int
write_config(struct spdk_json_write_ctx *w)
{
	layered_write_config(&g_zone_block_type, w);
	return 0;
}

static struct spdk_bdev_module g_zone_block_module = {
	.name = "zone_block",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = zone_device_io_size,
	.examine_config = examine,
	.config_json = write_config,
};
SPDK_BDEV_MODULE_REGISTER(zone_block, &g_zone_block_module)

struct layered_type g_zone_block_type = {
	.module = &g_zone_block_module,
	.product_name = "Zoned block device",
	.fn_table = &g_zone_block_table,
	.name_space.u.raw = {0x4e, 0x0c, 0x97, 0xd1, 0x35, 0x6b, 0x4c, 0x2e, 0xa6, 0x1d, 0x70, 0x42,
			     0xb8, 0x9f, 0x13, 0x5a},
	.size = sizeof(struct zone_block),
	.init_device = init_device,
	.fini_device = fini_device,
	.keeps_size = true,
	.channel_size = sizeof(struct layered_channel),
	.create_method = "bdev_zone_block_create",
	.write_params = write_params,
	.list = TAILQ_HEAD_INITIALIZER(g_zone_block_type.list),
};
