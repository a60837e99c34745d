/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The static scheduler: threads stay where they were placed. It is what an application has when it
 * does not ask for another.
 */
#include "spdk/scheduler.h"
#include "spdk/stdinc.h"

static int
init_static(void)
{
	return 0;
}

static void
deinit_static(void)
{
}

/* Only asked when somebody has set a period. */
static void
balance_static(struct spdk_scheduler_core_info *core_info, uint32_t count)
{
}

static struct spdk_scheduler g_scheduler_static = {
	.name = "static",
	.init = init_static,
	.deinit = deinit_static,
	.balance = balance_static,
};

SPDK_SCHEDULER_REGISTER(g_scheduler_static);
