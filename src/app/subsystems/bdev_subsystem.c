/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Block devices as a subsystem.
 */
#include "spdk/bdev.h"
#include "spdk/init.h"

static void
bdev_initialized(void *arg, int rc)
{
	spdk_subsystem_init_next(rc);
}

static void
init_bdev(void)
{
	spdk_bdev_initialize(bdev_initialized, NULL);
}

static void
bdev_finished(void *arg)
{
	spdk_subsystem_fini_next();
}

static void
fini_bdev(void)
{
	spdk_bdev_finish(bdev_finished, NULL);
}

static struct spdk_subsystem g_bdev_subsystem = {
	.name = "bdev",
	.init = init_bdev,
	.fini = fini_bdev,
	.write_config_json = spdk_bdev_subsystem_config_json,
};

SPDK_SUBSYSTEM_REGISTER(g_bdev_subsystem);
SPDK_SUBSYSTEM_DEPEND(bdev, accel)
SPDK_SUBSYSTEM_DEPEND(bdev, iobuf)
SPDK_SUBSYSTEM_DEPEND(bdev, keyring)
