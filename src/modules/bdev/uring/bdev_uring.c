/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bdevs on files and block devices of the kernel, by io_uring. What they do is
 * modules/bdev/file's.
 */
#include "modules/bdev/uring/bdev_uring.h"

#include "modules/bdev/uring/uring_engine.h"

static int
init(void)
{
	return file_module_init(&g_uring_module);
}

static void
fini(void)
{
	file_module_fini(&g_uring_module);
}

static int
get_ctx_size(void)
{
	return file_module_ctx_size(&g_uring_module);
}

static struct spdk_bdev_module g_bdev_module = {
	.name = "uring",
	.module_init = init,
	.module_fini = fini,
	.get_ctx_size = get_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(uring, &g_bdev_module)

struct file_module g_uring_module = {
	.bdev_module = &g_bdev_module,
	.engine = &g_uring_engine,
	.name = "uring",
	.product_name = "URING bdev",
	.methods = "bdev_uring",
};
