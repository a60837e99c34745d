/* SPDX-License-Identifier: BSD-3-Clause */
/* The accel framework as a subsystem. Memory is taken by its channels only, which nobody may want.
 */
#include "spdk/accel.h"
#include "spdk/init.h"
#include "spdk/json.h"

static void
init_accel(void)
{
	spdk_subsystem_init_next(spdk_accel_initialize());
}

static void
accel_finished(void *arg)
{
	spdk_subsystem_fini_next();
}

static void
fini_accel(void)
{
	spdk_accel_finish(accel_finished, NULL);
}

static void
write_config(struct spdk_json_write_ctx *w)
{
	spdk_json_write_array_begin(w);
	spdk_accel_write_config_json(w);
	spdk_json_write_array_end(w);
}

static struct spdk_subsystem g_accel_subsystem = {
	.name = "accel",
	.init = init_accel,
	.fini = fini_accel,
	.write_config_json = write_config,
};

SPDK_SUBSYSTEM_REGISTER(g_accel_subsystem);
SPDK_SUBSYSTEM_DEPEND(accel, iobuf)
