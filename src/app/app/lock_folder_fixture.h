/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of applications: core locks and the default RPC address in a folder of the test's own,
 * because others may run on this machine. Children inherit it.
 */
#ifndef SPINDLE_LOCK_FOLDER_FIXTURE_H
#define SPINDLE_LOCK_FOLDER_FIXTURE_H

#include "app/app/app_opts.h"
#include "app/app/core_lock.h"
#include "spdk/stdinc.h"

static char g_lock_folder[] = "/tmp/app_locks.XXXXXX";
static char g_default_rpc_addr[sizeof(g_lock_folder) + sizeof("/rpc.sock")];

static inline int
make_lock_folder(void **state)
{
	if (mkdtemp(g_lock_folder) == NULL) {
		return -errno;
	}
	core_locks_set_folder(g_lock_folder);
	snprintf(g_default_rpc_addr, sizeof(g_default_rpc_addr), "%s/rpc.sock", g_lock_folder);
	app_opts_set_default_rpc_addr(g_default_rpc_addr);
	return 0;
}

/* Succeeds only when the applications have left nothing there. */
static inline int
remove_lock_folder(void **state)
{
	return rmdir(g_lock_folder);
}

#endif
