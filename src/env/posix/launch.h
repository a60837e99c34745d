/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The OS threads of spdk_env_thread_launch_pinned(), as far as spdk_env_fini() must know of them.
 */
#ifndef SPINDLE_ENV_LAUNCH_H
#define SPINDLE_ENV_LAUNCH_H

#include "env/posix/core_list.h"

/* The cores whose OS thread has not ended; those that have are joined. */
void launch_get_running(struct core_set *out_cores);

#endif
