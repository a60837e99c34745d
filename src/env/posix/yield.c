/* SPDX-License-Identifier: BSD-3-Clause */
/* How a thread that waits for another one lets it have the CPU. */
#include "env/env_internal.h"

#include <sched.h>

void
env_yield(void)
{
	/* On Linux it cannot fail. */
	(void)sched_yield();
}
