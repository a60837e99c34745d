/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is to know of the servers of spdk_rpc_initialize().
 */
#ifndef SPINDLE_RPC_SERVERS_H
#define SPINDLE_RPC_SERVERS_H

#include "spdk/init.h"
#include "spdk/jsonrpc.h"

/*
 * spdk_rpc_initialize() for an address that nobody has asked for by name: what stands in its way is
 * told as a NOTICE, for a program that goes on without it.
 */
int rpc_servers_try(const char *listen_addr, const struct spdk_rpc_opts *opts);

/* Calls fn for each server, in the order in which they were made. */
typedef void (*rpc_servers_fn)(const char *address, const struct spdk_jsonrpc_server *server,
			       void *arg);
void rpc_servers_for_each(rpc_servers_fn fn, void *arg);

/* Whether an address is served by this program; NULL is not. */
bool rpc_servers_has(const char *listen_addr);

#endif
