/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a request to its method: whether there is one, may be called here and now, and with these
 * parameters. What is wrong is answered with the cure.
 */
#include "base/json_place.h"
#include "control/rpc/rpc_internal.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/util.h"

/* Of names in answers; longer ones are cut off. */
#define SHOWN_NAME_MAX 128
#define PATH_MAX_SHOWN 256

void
rpc_answer_unknown(struct spdk_jsonrpc_request *request, const char *name)
{
	const char *near = rpc_find_near(name);

	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
					     "Method not found: '%.*s'%s%s%s", SHOWN_NAME_MAX, name,
					     near != NULL ? ". Did you mean '" : "",
					     near != NULL ? near : "", near != NULL ? "'?" : "");
}

void
rpc_answer_not_allowed(struct spdk_jsonrpc_request *request, const char *name)
{
	spdk_jsonrpc_send_error_response_fmt(
		request, SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
		"Method not found: '%s' is not among those that --rpcs-allowed has left", name);
}

static void
answer_wrong_state(struct spdk_jsonrpc_request *request, const struct spindle_rpc_method *method)
{
	/* The cure for the others is none for the one that ends the state they are allowed in. */
	if (strcmp(method->name, "framework_start_init") == 0) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_STATE,
			"%s has nothing to do: the subsystems are initialised already. "
			"framework_wait_init tells when the application has started.",
			method->name);
	} else if (method->state_mask & SPDK_RPC_STARTUP) {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_STATE,
			"%s is allowed only before the subsystems are initialised. Start the "
			"program with --wait-for-rpc, and call it before framework_start_init; or "
			"put it into the configuration.",
			method->name);
	} else {
		spdk_jsonrpc_send_error_response_fmt(
			request, SPDK_JSONRPC_ERROR_INVALID_STATE,
			"%s is allowed only after the subsystems were initialised. Call "
			"framework_start_init first, or wait with framework_wait_init.",
			method->name);
	}
}

static void
answer_fault(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params,
	     const struct rpc_fault *fault)
{
	char path[PATH_MAX_SHOWN] = "";

	if (fault->value != NULL && fault->value != params) {
		(void)json_path_of(params, fault->value, path, sizeof(path));
	}
	if (fault->missing != NULL) {
		spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						     "Invalid parameters: %s%s%s: %s", path,
						     path[0] != '\0' ? "." : "", fault->missing,
						     fault->reason);
		return;
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "Invalid parameters: %s%s%s", path,
					     path[0] != '\0' ? ": " : "", fault->reason);
}

/* A method that takes none: nothing, null and what is empty are all the same. */
static int
check_none(const struct spdk_json_val *params, struct rpc_fault *out_fault)
{
	static const struct spindle_rpc_object none = {0};

	if (params == NULL || (params->type == SPDK_JSON_VAL_ARRAY_BEGIN && params->len == 0)) {
		return 0;
	}
	return rpc_params_decode(&none, params, NULL, out_fault);
}

int
rpc_check_params(const struct spindle_rpc_method *method, const struct spdk_json_val *params,
		 struct rpc_fault *out_fault)
{
	if (method->plain_fn != NULL) {
		return 0;
	}
	if (method->params == NULL) {
		return check_none(params, out_fault);
	}
	return rpc_params_decode(method->params, params, NULL, out_fault);
}

static void
answer_no_memory(struct spdk_jsonrpc_request *request)
{
	spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
					 spdk_strerror(ENOMEM));
}

static void
call_with_table(struct spdk_jsonrpc_request *request, const struct spindle_rpc_method *method,
		const struct spdk_json_val *params)
{
	struct rpc_fault fault;
	void *decoded;
	int rc;

	if (method->params == NULL) {
		if (check_none(params, &fault) != 0) {
			answer_fault(request, params, &fault);
			return;
		}
		method->fn(request, NULL);
		return;
	}
	decoded = calloc(1, method->params->size);
	if (decoded == NULL) {
		answer_no_memory(request);
		return;
	}
	rc = rpc_params_decode(method->params, params, decoded, &fault);
	if (rc == -ENOMEM) {
		answer_no_memory(request);
	} else if (rc != 0) {
		answer_fault(request, params, &fault);
	} else {
		method->fn(request, decoded);
		rpc_params_free(method->params, decoded);
	}
	free(decoded);
}

static bool g_is_ending;

void
rpc_set_ending(bool is_ending)
{
	g_is_ending = is_ending;
}

void
rpc_handle(struct spdk_jsonrpc_request *request, const struct spdk_json_val *name,
	   const struct spdk_json_val *params)
{
	struct spindle_rpc_method *method;
	const char *called;
	char unknown[SHOWN_NAME_MAX + 1];

	if (name->type != SPDK_JSON_VAL_STRING || memchr(name->start, '\0', name->len) != NULL) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND,
						 "Method not found: its name is no string, or has "
						 "a NUL in it");
		return;
	}
	if (g_is_ending) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_STATE,
						 "The application is stopping: no method is called "
						 "any more");
		return;
	}
	method = rpc_find_value(name, &called);
	if (method == NULL) {
		snprintf(unknown, sizeof(unknown), "%.*s", (int)spdk_min(name->len, SHOWN_NAME_MAX),
			 (char *)name->start);
		rpc_answer_unknown(request, unknown);
	} else if (!rpc_is_on_allowlist(called)) {
		rpc_answer_not_allowed(request, called);
	} else if ((method->state_mask & spdk_rpc_get_state()) != spdk_rpc_get_state()) {
		answer_wrong_state(request, method);
	} else if (method->plain_fn != NULL) {
		method->plain_fn(request, params);
	} else {
		call_with_table(request, method, params);
	}
}
