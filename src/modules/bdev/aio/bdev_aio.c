/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bdevs on files and block devices of the kernel, by libaio. What they do is
 * modules/bdev/file's.
 */
#include "modules/bdev/aio/bdev_aio.h"

#include "modules/bdev/aio/aio_engine.h"

static int
init(void)
{
	return file_module_init(&g_aio_module);
}

static void
fini(void)
{
	file_module_fini(&g_aio_module);
}

static int
get_ctx_size(void)
{
	return file_module_ctx_size(&g_aio_module);
}

static struct spdk_bdev_module g_bdev_module = {
	.name = "aio",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(aio, &g_bdev_module)

struct file_module g_aio_module = {
	.bdev_module = &g_bdev_module,
	.engine = &g_aio_engine,
	.name = "aio",
	.product_name = "AIO disk",
	.methods = "bdev_aio",
	.has_options = true,
};
