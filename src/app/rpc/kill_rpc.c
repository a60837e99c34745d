/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The method that sends the process a signal: for whoever reaches it by its RPC address only, and
 * does not know its number or may not signal it.
 */
#include "app/rpc/app_rpc.h"
#include "spdk/rpc.h"

struct kill_params {
	int signal;
};

static const struct spindle_rpc_choice signals[] = {
	{"SIGINT", SIGINT}, {"SIGTERM", SIGTERM}, {"SIGQUIT", SIGQUIT},
	{"SIGHUP", SIGHUP}, {"SIGKILL", SIGKILL}, {"SIGUSR1", SIGUSR1},
	{NULL, 0},
};

static const struct spindle_rpc_param kill_members[] = {
	{.name = "sig_name",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct kill_params, signal),
	 .doc = "The signal; SIGINT and SIGTERM end the program in order",
	 .choices = signals},
};

static const struct spindle_rpc_object kill_params =
	SPINDLE_RPC_OBJECT(struct kill_params, kill_members);

static void
kill_instance(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct kill_params *params = ctx;

	/* Before it is too late. What the signal does to the process may still keep the answer from
	 * being sent. */
	spdk_jsonrpc_send_bool_response(request, true);
	(void)kill(getpid(), params->signal); /* A process may signal itself. */
}

SPINDLE_RPC_REGISTER("spdk_kill_instance", kill_instance, SPDK_RPC_RUNTIME, &kill_params,
		     "Sends the program a signal")
