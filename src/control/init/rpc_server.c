/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server for RPCs, and configurations made of RPCs, are not there yet: whoever asks is told so.
 */
#include "spdk/init.h"
#include "spdk/log.h"
#include "spdk/stdinc.h"

static void
explain(const char *function)
{
	SPDK_ERRLOG("%s(): this version of Spindle has no JSON-RPC server yet\n", function);
}

int
spdk_rpc_initialize(const char *listen_addr, const struct spdk_rpc_opts *opts)
{
	explain("spdk_rpc_initialize");
	return -ENOTSUP;
}

void
spdk_rpc_finish(void)
{
	/* Without servers there are none to end. */
}

void
spdk_rpc_server_finish(const char *listen_addr)
{
	explain("spdk_rpc_server_finish");
}

void
spdk_rpc_server_pause(const char *listen_addr)
{
	explain("spdk_rpc_server_pause");
}

void
spdk_rpc_server_resume(const char *listen_addr)
{
	explain("spdk_rpc_server_resume");
}

void
spdk_subsystem_load_config(void *json, ssize_t json_size, spdk_subsystem_init_fn cb_fn,
			   void *cb_arg, bool stop_on_error)
{
	explain("spdk_subsystem_load_config");
	if (cb_fn == NULL) {
		return;
	}
	cb_fn(-ENOTSUP, cb_arg);
}
