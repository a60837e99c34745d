/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is to know of methods than spdk/rpc.h tells.
 */
#ifndef SPINDLE_CONTROL_RPC_H
#define SPINDLE_CONTROL_RPC_H

#include "spdk/rpc.h"
#include "spindle/rpc.h"

/* Room for a reason, with the names that would have been right. */
#define RPC_FAULT_SIZE 512

/* Why a method cannot be called, or not with these parameters. */
struct rpc_fault {
	/* What is wrong, within the parameters that were given; NULL: the parameters as a whole. */
	const struct spdk_json_val *value;
	/* The member that is missing within `value`, or NULL. */
	const char *missing;
	/* What was expected and what was found, without its full stop. */
	char reason[RPC_FAULT_SIZE];
};

/* The method of a name or of an alias, which is only asked about; NULL: there is none. */
struct spindle_rpc_method *rpc_find(const char *name);

/*
 * The same for a string of JSON, to be called: an old name is warned of. *out_called is what the
 * method was called by, an alias or its own name, and lives as long as the process.
 */
struct spindle_rpc_method *
rpc_find_value(const struct spdk_json_val *name, const char **out_called);

/* The one that is named most like `name`, for a hint; NULL: none is near. */
const char *rpc_find_near(const char *name);

/* The first of all methods, aliases among them, in the order of their names; NULL: none. */
const struct spindle_rpc_method *rpc_first(void);
const struct spindle_rpc_method *rpc_next(const struct spindle_rpc_method *method);

/* Whether spdk_rpc_set_allowlist() leaves it. */
bool rpc_is_on_allowlist(const char *name);

/*
 * Whether `params` (NULL: none) are what a method's table wants. Without a table everything is.
 *
 * Errors: -EINVAL; *out_fault says why.
 */
int rpc_check_params(const struct spindle_rpc_method *method, const struct spdk_json_val *params,
		     struct rpc_fault *out_fault);

/*
 * Decodes parameters by a table into a struct of its size.
 *
 * Owner: the caller, who calls rpc_params_free() when this has returned 0. With `out` NULL nothing
 *   is made, only checked.
 * Errors: -EINVAL, *out_fault says why; -ENOMEM. Nothing is left in `out` to be freed.
 */
int rpc_params_decode(const struct spindle_rpc_object *table, const struct spdk_json_val *params,
		      void *out, struct rpc_fault *out_fault);

/* Frees the strings of a struct, but for those that its defaults have. */
void rpc_params_free(const struct spindle_rpc_object *table, void *out);

/* The name of a kind in lists and messages: "uint32", "string", "array of string". */
const char *rpc_type_name(const struct spindle_rpc_param *param, char *text, size_t size);

/*
 * Finds the method, checks the state and the parameters, and calls it; or answers the request with
 * what is wrong. A spdk_jsonrpc_handle_request_fn.
 */
void rpc_handle(struct spdk_jsonrpc_request *request, const struct spdk_json_val *method,
		const struct spdk_json_val *params);

/*
 * From now on every request is answered that the program is ending, and no method is called: what
 * they need is being taken down. false: they are called again.
 */
void rpc_set_ending(bool is_ending);

/*
 * spdk_rpc_server_listen(), for an address that was asked for by name or not: what stands in the
 * way of one that was not is told as a NOTICE.
 */
struct spdk_rpc_server *rpc_server_listen(const char *listen_addr, bool is_asked_for);

/* What serves the connections of an address. Owner: the server. */
struct spdk_jsonrpc_server *rpc_server_get_jsonrpc(const struct spdk_rpc_server *server);

#endif
