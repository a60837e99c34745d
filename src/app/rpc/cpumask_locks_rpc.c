/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods that lock the cores of this program against others, and unlock them.
 */
#include "app/app/core_lock.h"
#include "app/rpc/app_rpc.h"
#include "spdk/rpc.h"

static void
enable_locks(struct spdk_jsonrpc_request *request, void *params)
{
	char holder[CORE_LOCK_HOLDER_SIZE];

	if (core_locks_claim(holder, sizeof(holder)) != 0) {
		spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
						     "%s. End that process, and try again; no core "
						     "has been locked.",
						     holder);
		return;
	}
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("framework_enable_cpumask_locks", enable_locks,
		     SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "Locks the cores of this program, so that others do not take them")

static void
disable_locks(struct spdk_jsonrpc_request *request, void *params)
{
	core_locks_drop();
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("framework_disable_cpumask_locks", disable_locks,
		     SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "Unlocks the cores of this program, so that others may share them")
