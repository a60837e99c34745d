/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an application asks of the control plane: RPCs, a configuration, tracing. None of it is
 * there yet, so whoever asks for it by name is told, instead of waiting for what never comes. The
 * default RPC address was not asked for, and nothing is served there.
 */
#include "app/app/app_internal.h"
#include "spdk/event.h"
#include "spdk/log.h"

static int
refuse(const char *what, const char *cure)
{
	SPDK_ERRLOG("%s: this version of Spindle has no %s\n", what, cure);
	return -ENOTSUP;
}

int
app_control_check(const struct spdk_app_opts *opts)
{
	if (opts->json_config_file != NULL || opts->json_data != NULL) {
		return refuse("A configuration (-c, --json, opts.json_data)",
			      "JSON configuration yet. Leave the option out, and call the API from "
			      "the program.");
	}
	if (opts->delay_subsystem_init) {
		return refuse("--wait-for-rpc", "JSON-RPC server yet, so the RPC that it waits for "
						"could never come. Leave the option out.");
	}
	if (opts->rpc_addr != NULL && strcmp(opts->rpc_addr, SPDK_DEFAULT_RPC_ADDR) != 0) {
		return refuse("An RPC address (-r, opts.rpc_addr)",
			      "JSON-RPC server yet. Leave the option out, or set opts.rpc_addr to "
			      "NULL.");
	}
	return spdk_app_setup_trace((struct spdk_app_opts *)(uintptr_t)opts);
}

int
spdk_app_setup_trace(struct spdk_app_opts *opts)
{
	if (opts == NULL) {
		SPDK_ERRLOG("spdk_app_setup_trace(): opts is NULL\n");
		return -EINVAL;
	}
	if (opts->tpoint_group_mask != NULL) {
		return refuse("A tracepoint mask (-e, opts.tpoint_group_mask)",
			      "tracepoints yet. Leave the option out.");
	}
	return 0;
}
