/* SPDX-License-Identifier: BSD-3-Clause */
/* How a thread that waits for another one lets it have the CPU. */
#include "env/env_internal.h"

#include <sched.h>
#include <unistd.h>

void
env_yield(void)
{
	/* On Linux it cannot fail. */
	(void)sched_yield();
}

void
env_sleep_us(uint32_t us)
{
	/* A signal that ends it early does no harm: who waits looks again. */
	(void)usleep(us);
}
