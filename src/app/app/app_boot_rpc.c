/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods about the start of the application.
 */
#include "app/app/app_internal.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

static void
answer(int rc, void *arg)
{
	struct spdk_jsonrpc_request *request = arg;

	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
		return;
	}
	if (rc == -ECANCELED) {
		spdk_jsonrpc_send_error_response(
			request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
			"The application was told to stop before its subsystems were up");
		return;
	}
	spdk_jsonrpc_send_error_response_fmt(
		request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
		"The subsystems were not initialised: %s. The log of the application says which.",
		spdk_strerror(-rc));
}

static void
start_init(struct spdk_jsonrpc_request *request, void *params)
{
	int rc = app_boot_start(answer, request);

	if (rc == -EALREADY) {
		spdk_jsonrpc_send_error_response(
			request, SPDK_JSONRPC_ERROR_INVALID_STATE,
			"framework_start_init is for an application that was started with "
			"--wait-for-rpc and waits; this one starts its subsystems by itself. Use "
			"framework_wait_init.");
	} else if (rc != 0) {
		answer(rc, request);
	}
}

SPINDLE_RPC_REGISTER("framework_start_init", start_init, SPDK_RPC_STARTUP, NULL,
		     "Initialises the subsystems; answered when they are up")

static void
wait_init(struct spdk_jsonrpc_request *request, void *params)
{
	int rc = app_boot_wait(answer, request);

	if (rc == -ENOSPC) {
		spdk_jsonrpc_send_error_response(
			request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
			"Too many requests wait for the start already. Ask again later.");
	} else if (rc != 0) {
		answer(rc, request);
	}
}

SPINDLE_RPC_REGISTER("framework_wait_init", wait_init, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "Answered when the subsystems are up")
