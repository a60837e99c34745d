/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of `spindle rpc` share.
 *
 *   session   the connection to a server
 *   params    what key=value becomes
 *   methods   what the server tells of its methods
 *   output    how results are shown
 *   batch     calls from a file
 *   config    save-config and load-config
 *   complete  what a shell offers
 */
#ifndef SPINDLE_TOOL_RPC_H
#define SPINDLE_TOOL_RPC_H

#include "spindle.h"

#include "spdk/jsonrpc.h"

#define RPC_DEFAULT_ADDRESS "/var/tmp/spdk.sock"

enum output_form {
	/* A table on a terminal, JSON elsewhere. */
	OUTPUT_AUTO,
	OUTPUT_TABLE,
	OUTPUT_JSON,
	OUTPUT_RAW,
};

struct rpc_options {
	const char *address;
	const char *file;
	double timeout_s;
	double wait_s;
	enum output_form form;
	bool is_list;
	bool is_batch;
	bool keeps_going;
};

/* The defaults: the address that the environment names, and some patience. */
void rpc_options_init(struct rpc_options *options);

struct session;

/* Connects. After an error, which is printed unless `is_silent`, *out_session is NULL. */
int session_open(const struct rpc_options *options, bool is_silent, struct session **out_session);
/* NULL is accepted. */
void session_close(struct session *session);
/*
 * Calls a method; `params` is JSON or NULL. STATUS_OK with a response, which may be an error; or
 * another status, of which the cause was printed, and NULL. With STATUS_OK it is NULL when the
 * server was told to end itself and did so at once.
 */
int session_call(struct session *session, const char *method, const char *params,
		 struct spdk_jsonrpc_client_response **out_response);
/* Takes the request. Like session_call(). */
int
session_send(struct session *session, const char *name, struct spdk_jsonrpc_client_request *request,
	     struct spdk_jsonrpc_client_response **out_response);
/* The result of a method, or NULL: for those whose absence is no error. */
struct spdk_jsonrpc_client_response *
session_ask(struct session *session, const char *method, const char *params);
/* Prints an error to stderr as `where: method: message (code)`, with the nearest name if there is
 * no such method; `where` may be NULL. */
void session_print_error(struct session *session, const char *where, const char *method,
			 const struct spdk_json_val *error);

/* A call: its method, and its parameters as JSON, or NULL. */
struct call {
	char *method;
	char *params;
};

/*
 * Makes a call of METHOD and what follows. The server is asked when a value could be meant as text
 * or as number; `session` may be NULL. STATUS_OK or, printed after `where`, STATUS_USAGE.
 */
int call_from_words(struct session *session, const char *where, int count, char **words,
		    struct call *out_call);
void call_fini(struct call *call);
/*
 * Splits a line as a shell would: quotes keep blanks together. Returns how many words there are,
 * which lie in the line; the caller frees their array.
 */
int words_split(char *line, char ***out_words);

/* Makes the call, and prints its result, or its error after `where`. */
int call_run(struct session *session, const char *where, const struct call *call,
	     enum output_form form);

/* The methods of a server, from spindle_get_methods, or else only their names. */
struct methods {
	struct spdk_jsonrpc_client_response *response;
	/* Whether it is an array of objects. */
	bool is_described;
};

/* Asks; STATUS_OK; STATUS_REFUSED when the server does not tell; or another status, of which the
 * cause was printed. */
int methods_get(struct session *session, struct methods *out_methods);
void methods_fini(struct methods *methods);
/* The name of an element of the array; the caller frees it. */
char *method_name(const struct methods *methods, const struct spdk_json_val *element);
/* The element of this name, or NULL. */
struct spdk_json_val *methods_find(const struct methods *methods, const char *name);
/* A parameter by its path, such as `a.b`; `length` bytes of it. Or NULL. */
struct spdk_json_val *
method_param(const struct spdk_json_val *element, const char *path, size_t length);
/* The name that is least different, for the caller to free; or NULL, if none is like it. */
char *methods_nearest(const struct methods *methods, const char *name);
/* `--list`: all, or one. */
int methods_list(struct session *session, const char *name);

/* Prints a result to stdout. */
void output_result(const struct spdk_jsonrpc_client_response *response, enum output_form form);

int batch_run(struct session *session, const struct rpc_options *options);
int config_save(struct session *session, const char *file);
int config_load(struct session *session, const char *file);
/* Prints what the last of the words may become. Silent when there is no server. */
int complete_words(int count, char **words);
/* Names of the options, up to a NULL; those that take an argument end with '=', which a short one
 * has only here. */
extern const char *const rpc_option_names[];

#endif
