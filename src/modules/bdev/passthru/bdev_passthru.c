/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The passthru module: hands all on as it is. It shows what a device on another needs, and what it
 * costs at least.
 */
#include "bdev_passthru.h"
#include "spdk/json.h"

static void
submit(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct layered_channel *ch = spdk_io_channel_get_ctx(io_ch);

	bdev_forward(&ch->base, io, bdev_forward_done);
}

static void
write_params(const struct layered *layered, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_string(w, "base_bdev_name", layered->base_name);
	spdk_json_write_named_string(w, "name", layered->name);
	layered_write_uuid(layered, w);
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	const struct layered *layered = layered_of(ctx);

	spdk_json_write_named_object_begin(w, "passthru");
	spdk_json_write_named_string(w, "name", layered->name);
	spdk_json_write_named_string(w, "base_bdev_name", layered->base_name);
	spdk_json_write_object_end(w);
	return 0;
}

static const struct spdk_bdev_fn_table g_passthru_table = {
	.destruct = layered_destruct,
	.submit_request = submit,
	.io_type_supported = layered_supports,
	.get_io_channel = layered_get_channel,
	.dump_info_json = dump_info,
	.get_memory_domains = layered_get_memory_domains,
	.get_memory_domain_types = layered_get_memory_domain_types,
	.accel_sequence_supported = layered_runs_sequences,
};

/* ---- The module ---- */

static int
init(void)
{
	return 0;
}

static void
fini(void)
{
	layered_free_all(&g_passthru_type);
}

static int
get_ctx_size(void)
{
	return sizeof(struct bdev_forward);
}

static void
examine(struct spdk_bdev *bdev)
{
	layered_examine(&g_passthru_type, bdev);
}

static int
write_config(struct spdk_json_write_ctx *w)
{
	layered_write_config(&g_passthru_type, w);
	return 0;
}

static struct spdk_bdev_module g_passthru_module = {
	.name = "passthru",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
	.examine_config = examine,
	.config_json = write_config,
};
SPDK_BDEV_MODULE_REGISTER(passthru, &g_passthru_module)

struct layered_type g_passthru_type = {
	.module = &g_passthru_module,
	.product_name = "passthru",
	.fn_table = &g_passthru_table,
	.name_space.u.raw = {0x0b, 0x6c, 0x15, 0x3e, 0x9d, 0x5e, 0x4b, 0x0a, 0x8f, 0x30, 0x5a, 0x77,
			     0x21, 0xd4, 0x6e, 0x01},
	.size = sizeof(struct layered),
	.channel_size = sizeof(struct layered_channel),
	.create_method = "bdev_passthru_create",
	.write_params = write_params,
	.list = TAILQ_HEAD_INITIALIZER(g_passthru_type.list),
};
