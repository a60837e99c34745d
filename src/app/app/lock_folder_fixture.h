/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of applications: core locks in a folder of the test's own, because others may run on
 * this machine's cores. Children inherit it.
 */
#ifndef SPINDLE_LOCK_FOLDER_FIXTURE_H
#define SPINDLE_LOCK_FOLDER_FIXTURE_H

#include "app/app/core_lock.h"
#include "spdk/stdinc.h"

static char g_lock_folder[] = "/tmp/app_locks.XXXXXX";

static inline int
make_lock_folder(void **state)
{
	if (mkdtemp(g_lock_folder) == NULL) {
		return -errno;
	}
	core_locks_set_folder(g_lock_folder);
	return 0;
}

/* Succeeds only when the applications have left nothing there. */
static inline int
remove_lock_folder(void **state)
{
	return rmdir(g_lock_folder);
}

#endif
