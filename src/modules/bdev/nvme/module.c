/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The module: how it begins, and how it ends, when all controllers are detached.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_io.h"
#include "nvme_link.h"

static bool g_is_finishing;
static bool g_wants_fini;

bool
bdev_nvme_is_finishing(void)
{
	return g_is_finishing;
}

static int
init(void)
{
	g_is_finishing = g_wants_fini = false;
	bdev_nvme_hotplug_start();
	return bdev_nvme_groups_register();
}

/* Nothing comes any more that would have to go again. */
static void
fini_start(void)
{
	g_is_finishing = true;
	bdev_nvme_hotplug_stop();
	bdev_nvme_attach_stop();
}

static void
groups_gone(void *io_device)
{
	spdk_bdev_module_fini_done();
}

void
bdev_nvme_module_go_on(void)
{
	if (!g_wants_fini || bdev_nvme_first() != NULL || bdev_nvme_is_attaching() ||
	    bdev_nvme_hotplug_is_busy()) {
		return;
	}
	g_wants_fini = false;
	bdev_nvme_hotplug_fini();
	spdk_io_device_unregister(bdev_nvme_groups_device(), groups_gone);
}

static void
fini(void)
{
	struct nvme_dev *dev, *next;

	g_wants_fini = true;
	for (dev = bdev_nvme_first(); dev != NULL; dev = next) {
		next = bdev_nvme_next(dev);
		(void)bdev_nvme_detach(dev, NULL,
				       NULL); /* It needs no memory without a callback. */
	}
	bdev_nvme_module_go_on();
}

static int
get_ctx_size(void)
{
	return sizeof(struct nvme_io);
}

struct spdk_bdev_module g_bdev_nvme_module = {
	.name = "nvme",
	.module_init = init,
	.fini_start = fini_start,
	.module_fini = fini,
	.config_json = bdev_nvme_config_json,
	.get_ctx_size = get_ctx_size,
	.async_fini = true,
};
SPDK_BDEV_MODULE_REGISTER(nvme, &g_bdev_nvme_module)
