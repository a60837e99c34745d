/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Methods of JSON-RPC: what a program offers, when it may be called, and where.
 *
 * A method is registered before main() by SPDK_RPC_REGISTER(), or by SPINDLE_RPC_REGISTER() of
 * spindle/rpc.h, which also tells what parameters it takes. Programs that use spdk_app_start() or
 * spdk_rpc_initialize() need nothing else of this header.
 *
 * Thread: the app thread, unless a comment says otherwise.
 */
#ifndef SPDK_RPC_CONFIG_H_
#define SPDK_RPC_CONFIG_H_

#include "spdk/jsonrpc.h"
#include "spdk/stdinc.h"

#include "spindle/rpc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A server at one address. */
struct spdk_rpc_server;

/**
 * Whether all methods can be told apart and all aliases lead to one: no name stands twice, and each
 * alias is of a method that is there and is no alias itself. What is wrong is named in the log.
 */
bool spdk_rpc_verify_methods(void);

/**
 * Begins to listen; nothing is answered but by spdk_rpc_server_accept(). spdk_rpc_initialize() does
 * both.
 *
 * Owner: the caller, until spdk_rpc_server_close(). The address is copied.
 * Shape: the path of a UNIX domain socket, one that has a '/'; or IP:PORT, [IPv6]:PORT or the
 *   address alone, for port 5260. A path is guarded by a lock on PATH.lock; the socket that a
 *   killed process has left is replaced, that of a living one is not.
 * Errors: NULL, explained in the log, errno says what it was: EINVAL, EADDRINUSE, EACCES, ENOMEM or
 *   what the kernel gives; EPERM: an address that other machines reach was not allowed.
 */
struct spdk_rpc_server *spdk_rpc_server_listen(const char *listen_addr);

/** Takes connections and requests, and answers; a short turn that does not wait. */
void spdk_rpc_server_accept(struct spdk_rpc_server *server);

/** Closes all connections and removes the socket. Requests under way are still carried out. */
void spdk_rpc_server_close(struct spdk_rpc_server *server);

/**
 * Carries out a request.
 *
 * Owner: `request` is answered exactly once, during the call or later, by
 *   spdk_jsonrpc_begin_result() and spdk_jsonrpc_end_result(), or by one of
 *   spdk_jsonrpc_send_...(). `params` lives until then; NULL: the request has none.
 */
typedef void (*spdk_rpc_method_handler)(struct spdk_jsonrpc_request *request,
					const struct spdk_json_val *params);

/** Allowed before subsystems are initialised. */
#define SPDK_RPC_STARTUP 0x1
/** Allowed once they are. */
#define SPDK_RPC_RUNTIME 0x2

/**
 * Registers a method; SPDK_RPC_REGISTER() does so before main().
 *
 * Thread: any, one at a time, before the first server is there.
 * Owner: `method` lives as long as the process. A name that is there already makes
 *   spdk_rpc_verify_methods() fail; registering the very same again changes nothing.
 */
void
spdk_rpc_register_method(const char *method, spdk_rpc_method_handler func, uint32_t state_mask);

/**
 * Registers an old name of a method; its first use is logged as a warning. Thread and Owner are
 * those of spdk_rpc_register_method().
 */
void spdk_rpc_register_alias_deprecated(const char *method, const char *alias);

/**
 * Whether a method may be called in the state(s) of `state_mask`.
 *
 * Errors: -ENOENT: there is none; -EPERM: not in this state.
 */
int spdk_rpc_is_method_allowed(const char *method, uint32_t state_mask);

/** In which states a method may be called. Errors: -ENOENT: there is none. */
int spdk_rpc_get_method_state_mask(const char *method, uint32_t *state_mask);

/** Registers a method before main(); `method` is a string, `func` the name of a function. */
#define SPDK_RPC_REGISTER(method, func, state_mask)                              \
	static void __attribute__((constructor(1000))) rpc_register_##func(void) \
	{                                                                        \
		spdk_rpc_register_method(method, func, state_mask);              \
	}

/** Registers an old name before main(); both are bare names. */
#define SPDK_RPC_REGISTER_ALIAS_DEPRECATED(method, alias)                         \
	static void __attribute__((constructor(1001))) rpc_register_##alias(void) \
	{                                                                         \
		spdk_rpc_register_alias_deprecated(#method, #alias);              \
	}

/** Says which state the program is in; SPDK_RPC_STARTUP at first. spdk_app_start() does this. */
void spdk_rpc_set_state(uint32_t state_mask);

/** The state that was set last. */
uint32_t spdk_rpc_get_state(void);

/**
 * Refuses all methods but these, for requests and configurations alike.
 *
 * Owner: the names are copied. Shape: NULL ends the list; NULL instead of it: all are allowed. A
 *   name that no method has is explained.
 */
void spdk_rpc_set_allowlist(const char **rpc_allowlist);

#ifdef __cplusplus
}
#endif

#endif
