/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What there is to know of a device, for people and clients.
 */
#include "info_json.h"
#include "spdk/dma.h"
#include "spdk/env.h"
#include "spdk/json.h"

/* Of a device; more are left out. */
#define DOMAINS_MAX 32

static void
write_aliases(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	struct spdk_bdev_alias *alias;

	spdk_json_write_named_array_begin(w, "aliases");
	bdev_lock();
	TAILQ_FOREACH (alias, &bdev->aliases, tailq) {
		spdk_json_write_string(w, alias->alias.name);
	}
	bdev_unlock();
	spdk_json_write_array_end(w);
}

static void
write_metadata(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	if (spdk_bdev_get_md_size(bdev) == 0) {
		return;
	}
	spdk_json_write_named_uint32(w, "md_size", spdk_bdev_get_md_size(bdev));
	spdk_json_write_named_bool(w, "md_interleave", spdk_bdev_is_md_interleaved(bdev));
	spdk_json_write_named_uint32(w, "dif_type", spdk_bdev_get_dif_type(bdev));
	if (spdk_bdev_get_dif_type(bdev) == SPDK_DIF_DISABLE) {
		return;
	}
	spdk_json_write_named_bool(w, "dif_is_head_of_md", spdk_bdev_is_dif_head_of_md(bdev));
	spdk_json_write_named_object_begin(w, "enabled_dif_check_types");
	spdk_json_write_named_bool(
		w, "reftag", spdk_bdev_is_dif_check_enabled(bdev, SPDK_DIF_CHECK_TYPE_REFTAG));
	spdk_json_write_named_bool(
		w, "apptag", spdk_bdev_is_dif_check_enabled(bdev, SPDK_DIF_CHECK_TYPE_APPTAG));
	spdk_json_write_named_bool(w, "guard",
				   spdk_bdev_is_dif_check_enabled(bdev, SPDK_DIF_CHECK_TYPE_GUARD));
	spdk_json_write_object_end(w);
	spdk_json_write_named_uint32(w, "dif_pi_format", spdk_bdev_get_dif_pi_format(bdev));
}

static void
write_limits(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	uint64_t limits[SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES];
	int i;

	spdk_bdev_get_qos_rate_limits(bdev, limits);
	spdk_json_write_named_object_begin(w, "assigned_rate_limits");
	for (i = 0; i < SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES; i++) {
		spdk_json_write_named_uint64(w, spdk_bdev_get_qos_rpc_type(i), limits[i]);
	}
	spdk_json_write_object_end(w);
}

static void
write_claim(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	enum spdk_bdev_claim_type type;

	bdev_lock();
	type = bdev->internal.claim_type;
	bdev_unlock();
	spdk_json_write_named_bool(w, "claimed", type != SPDK_BDEV_CLAIM_NONE);
	if (type != SPDK_BDEV_CLAIM_NONE) {
		spdk_json_write_named_string(w, "claim_type", spdk_bdev_claim_get_name(type));
	}
}

static void
write_zones(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_bool(w, "zoned", bdev->zoned);
	if (bdev->zoned) {
		spdk_json_write_named_uint64(w, "zone_size", bdev->zone_size);
		spdk_json_write_named_uint32(w, "max_zone_append_size", bdev->max_zone_append_size);
		spdk_json_write_named_uint32(w, "max_open_zones", bdev->max_open_zones);
		spdk_json_write_named_uint32(w, "max_active_zones", bdev->max_active_zones);
		spdk_json_write_named_uint32(w, "optimal_open_zones", bdev->optimal_open_zones);
	}
}

static void
write_io_types(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	int type;

	spdk_json_write_named_object_begin(w, "supported_io_types");
	for (type = SPDK_BDEV_IO_TYPE_INVALID + 1; type < SPDK_BDEV_NUM_IO_TYPES; type++) {
		spdk_json_write_named_bool(w, spdk_bdev_get_io_type_name(type),
					   spdk_bdev_io_type_supported(bdev, type));
	}
	spdk_json_write_object_end(w);
}

static void
write_domain(struct spdk_json_write_ctx *w, const char *id, enum spdk_dma_device_type type)
{
	spdk_json_write_object_begin(w);
	if (id != NULL) {
		spdk_json_write_named_string(w, "dma_device_id", id);
	}
	spdk_json_write_named_int32(w, "dma_device_type", type);
	spdk_json_write_object_end(w);
}

/* A module has said which domains it knows, or which types of them. */
static void
write_domains(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	struct spdk_memory_domain *domains[DOMAINS_MAX];
	enum spdk_dma_device_type types[DOMAINS_MAX];
	int i, count = spdk_bdev_get_memory_domains(bdev, domains, DOMAINS_MAX);
	int types_count = spdk_bdev_get_memory_domain_types(bdev, types, DOMAINS_MAX);

	if (count <= 0 && types_count <= 0) {
		return;
	}
	spdk_json_write_named_array_begin(w, "memory_domains");
	for (i = 0; i < spdk_min(count, DOMAINS_MAX); i++) {
		write_domain(w, spdk_memory_domain_get_dma_device_id(domains[i]),
			     spdk_memory_domain_get_dma_device_type(domains[i]));
	}
	for (i = 0; count <= 0 && i < spdk_min(types_count, DOMAINS_MAX); i++) {
		write_domain(w, NULL, types[i]);
	}
	spdk_json_write_array_end(w);
}

int
bdev_write_info(void *ctx, struct spdk_bdev *bdev)
{
	struct spdk_json_write_ctx *w = ctx;

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", bdev->name);
	write_aliases(bdev, w);
	spdk_json_write_named_string(w, "product_name",
				     bdev->product_name != NULL ? bdev->product_name : "");
	spdk_json_write_named_uint32(w, "block_size", bdev->blocklen);
	spdk_json_write_named_uint64(w, "num_blocks", spdk_bdev_get_num_blocks(bdev));
	spdk_json_write_named_uuid(w, "uuid", &bdev->uuid);
	if (spdk_bdev_get_numa_id(bdev) != SPDK_ENV_NUMA_ID_ANY) {
		spdk_json_write_named_int32(w, "numa_id", spdk_bdev_get_numa_id(bdev));
	}
	write_metadata(bdev, w);
	write_limits(bdev, w);
	write_claim(bdev, w);
	write_zones(bdev, w);
	write_io_types(bdev, w);
	write_domains(bdev, w);
	spdk_json_write_named_object_begin(w, "driver_specific");
	(void)spdk_bdev_dump_info_json(bdev, w); /* What it cannot tell is left out. */
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
	return 0;
}
