/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scheduler as a subsystem: an application has the static one unless it asks for another.
 */
#include "app/scheduler.h"
#include "spdk/init.h"
#include "spdk/scheduler.h"
#include "spdk/stdinc.h"

static void
init_scheduler(void)
{
	spdk_subsystem_init_next(spdk_scheduler_get() == NULL ? spdk_scheduler_set("static") : 0);
}

static void
fini_scheduler(void)
{
	spdk_scheduler_set_period(0);
	(void)spdk_scheduler_set(NULL); /* Taking it away cannot fail. */
	spdk_subsystem_fini_next();
}

static struct spdk_subsystem g_scheduler_subsystem = {
	.name = "scheduler",
	.init = init_scheduler,
	.fini = fini_scheduler,
	.write_config_json = scheduler_write_config,
};

SPDK_SUBSYSTEM_REGISTER(g_scheduler_subsystem);
