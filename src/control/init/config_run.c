/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The run of a configuration: one method after the other, in the order of the text.
 *
 *   state     holds                                        left by
 *   IDLE      nothing is under way                         config_run()
 *   CALLING   a method has been called, whose answer is    answered(): the next one, or IDLE;
 *             to come                                      config_run_abandon(): ABANDONED
 *   ABANDONED the same, and nobody waits for it            answered(): freed
 *
 * Everything belongs to the app thread. A method may be answered on another thread, whose answer is
 * copied and sent. One that is answered while it is called does not call the next one from inside
 * of that: a configuration of a million entries needs no stack.
 */
#include "control/init/config_internal.h"
#include "control/init/step.h"
#include "control/jsonrpc.h"
#include "control/rpc.h"
#include "control/subsystem.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#define SHOWN_NAME_MAX 128
/* Answers in this range are errors of JSON-RPC itself, and no errno. */
#define JSONRPC_CODES_FIRST (-32768)
#define JSONRPC_CODES_LAST  (-32000)
#define ERRNO_MAX           4095

struct run {
	struct config *config;
	struct config_walk walk;
	struct config_entry entry;
	/* The subsystem of which it was said that something is left out. */
	const struct spdk_json_val *left_out;
	bool stops_on_error;
	spdk_subsystem_init_fn cb_fn;
	void *cb_arg;
	bool is_inside_call;
	bool is_answered;
	bool is_abandoned;
	/* Of the answer that has come: 0, or the code and text of the error. */
	int error_code;
	char *error_message;
	int rc;
};

/* The one that is not abandoned; the rest are known to whoever has to answer. */
static struct run *g_run;

static void
free_run(struct run *run)
{
	free(run->error_message);
	config_free(run->config);
	free(run);
}

static void
end_run(struct run *run)
{
	spdk_subsystem_init_fn cb_fn = run->cb_fn;
	void *cb_arg = run->cb_arg;
	int rc = run->rc;

	g_run = NULL;
	step_watch_end();
	free_run(run);
	cb_fn(rc, cb_arg);
}

static int
errno_of(int code)
{
	switch (code) {
	case SPDK_JSONRPC_ERROR_INVALID_PARAMS:
	case SPDK_JSONRPC_ERROR_INVALID_REQUEST:
		return -EINVAL;
	case SPDK_JSONRPC_ERROR_METHOD_NOT_FOUND:
		return -ENOENT;
	default:
		break;
	}
	if (code >= JSONRPC_CODES_FIRST && code <= JSONRPC_CODES_LAST) {
		return -EIO;
	}
	return code < 0 && code >= -ERRNO_MAX ? code : -EINVAL;
}

static void
explain_answer(const struct run *run)
{
	char place[CONFIG_PLACE_SIZE];

	SPDK_ERRLOG("%s: %.*s failed: %s (%d)%s\n",
		    config_place(run->config, run->entry.entry, place),
		    (int)spdk_min(run->entry.method->len, SHOWN_NAME_MAX),
		    (char *)run->entry.method->start,
		    run->error_message != NULL ? run->error_message : "out of memory",
		    run->error_code, run->stops_on_error ? "" : "; it is left out");
}

static void go_on(struct run *run);

static void
answered_here(void *arg)
{
	struct run *run = arg;

	run->is_answered = true;
	if (run->is_inside_call) {
		return;
	}
	if (run->is_abandoned) {
		free_run(run);
	} else {
		go_on(run);
	}
}

static void
answered(void *arg, const struct jsonrpc_local_reply *reply)
{
	struct spdk_thread *app_thread = spdk_thread_get_app_thread();
	struct run *run = arg;

	run->error_code = reply->error_code;
	if (reply->error_code != 0) {
		run->error_message = strdup(reply->error_message);
	}
	if (app_thread == NULL || spdk_get_thread() == app_thread) {
		answered_here(run);
		return;
	}
	(void)spdk_thread_send_msg(app_thread, answered_here, run); /* It has said why not. */
}

/* Once for each subsystem that stands in the text: all of its methods may be unknown. */
static void
say_left_out(struct run *run)
{
	const struct config_entry *entry = &run->entry;
	char place[CONFIG_PLACE_SIZE];

	if (run->left_out == entry->subsystem) {
		return;
	}
	run->left_out = entry->subsystem;
	SPDK_NOTICELOG("%s: this program has neither the method '%.*s' nor the subsystem '%.*s' "
		       "that it stands under; it is left out, and what else is unknown there\n",
		       config_place(run->config, entry->entry, place),
		       (int)spdk_min(entry->method->len, SHOWN_NAME_MAX),
		       (char *)entry->method->start,
		       (int)spdk_min(entry->subsystem->len, SHOWN_NAME_MAX),
		       (char *)entry->subsystem->start);
}

/* Whether the method is for this pass; one that is allowed in both is for the first. */
static bool
is_for_now(struct run *run)
{
	bool is_early_pass = (spdk_rpc_get_state() & SPDK_RPC_STARTUP) != 0;
	const struct spindle_rpc_method *method;
	const char *called;

	method = rpc_find_value(run->entry.method, &called);
	if (method != NULL) {
		return ((method->state_mask & SPDK_RPC_STARTUP) != 0) == is_early_pass;
	}
	if (is_early_pass && !config_has_subsystem(&run->entry)) {
		say_left_out(run);
		return false;
	}
	/* Calling it tells that it is not there. */
	return is_early_pass;
}

static void
describe(const void *arg, char *text, size_t size)
{
	const struct run *run = arg;
	char place[CONFIG_PLACE_SIZE];

	snprintf(text, size,
		 "%s: %.*s has not been answered for %d s, and everything waits for it. Ctrl-C or "
		 "SIGTERM ends the application without it.",
		 config_place(run->config, run->entry.entry, place),
		 (int)spdk_min(run->entry.method->len, SHOWN_NAME_MAX),
		 (char *)run->entry.method->start, SUBSYSTEM_PATIENCE_SEC);
}

static int
call(struct run *run)
{
	struct jsonrpc_local_call local = {
		.handle_fn = rpc_handle,
		.method = run->entry.method,
		.params = run->entry.params,
		.done_fn = answered,
		.arg = run,
	};
	int rc;

	if (local.params != NULL && local.params->type == SPDK_JSON_VAL_NULL) {
		local.params = NULL;
	}
	step_begin(describe, run);
	run->is_answered = false;
	run->is_inside_call = true;
	rc = jsonrpc_call_local(&local);
	run->is_inside_call = false;
	return rc;
}

/* What the answer to the method before means for the next one. True: go on. */
static bool
take_answer(struct run *run)
{
	step_end();
	if (run->error_code == 0) {
		return true;
	}
	explain_answer(run);
	free(run->error_message);
	run->error_message = NULL;
	if (run->stops_on_error) {
		run->rc = errno_of(run->error_code);
	}
	run->error_code = 0;
	return run->rc == 0;
}

static void
go_on(struct run *run)
{
	for (;;) {
		if (run->is_answered && !take_answer(run)) {
			break;
		}
		run->is_answered = false;
		if (!config_walk_next(run->config, &run->walk, &run->entry)) {
			break;
		}
		if (!is_for_now(run)) {
			continue;
		}
		if (call(run) != 0) {
			run->error_code = -ENOMEM;
			run->is_answered = true;
		}
		if (run->is_abandoned) {
			/* From inside of the call. Who answers frees it, if that is still to come.
			 */
			if (run->is_answered) {
				free_run(run);
			}
			return;
		}
		if (!run->is_answered) {
			return;
		}
	}
	end_run(run);
}

void
config_run(struct config *config, bool stops_on_error, spdk_subsystem_init_fn cb_fn, void *cb_arg)
{
	struct run *run;

	if (g_run != NULL) {
		SPDK_ERRLOG("A configuration is being loaded already; wait for its end\n");
		cb_fn(-EBUSY, cb_arg);
		return;
	}
	run = calloc(1, sizeof(*run));
	if (run == NULL) {
		SPDK_ERRLOG("Out of memory for the run of a configuration\n");
		cb_fn(-ENOMEM, cb_arg);
		return;
	}
	config_hold(config);
	run->config = config;
	run->stops_on_error = stops_on_error;
	run->cb_fn = cb_fn;
	run->cb_arg = cb_arg;
	g_run = run;
	step_watch_begin();
	go_on(run);
}

void
config_run_abandon(void)
{
	struct run *run = g_run;

	if (run == NULL) {
		return;
	}
	SPDK_NOTICELOG("The configuration is not loaded any further\n");
	g_run = NULL;
	step_end();
	step_watch_end();
	run->is_abandoned = true;
}

void
spdk_subsystem_load_config(void *json, ssize_t json_size, spdk_subsystem_init_fn cb_fn,
			   void *cb_arg, bool stop_on_error)
{
	struct config *config;
	int rc;

	if (!subsystem_check_call("spdk_subsystem_load_config", cb_fn != NULL)) {
		return;
	}
	if (json == NULL || json_size < 0) {
		SPDK_ERRLOG("spdk_subsystem_load_config(): a text and its size are needed; nothing "
			    "is done\n");
		cb_fn(-EINVAL, cb_arg);
		return;
	}
	rc = config_read_text("json", json, (size_t)json_size, &config);
	if (rc != 0) {
		cb_fn(rc, cb_arg);
		return;
	}
	if (stop_on_error) {
		rc = config_check(config);
	}
	if (rc != 0) {
		cb_fn(rc, cb_arg);
	} else {
		config_run(config, stop_on_error, cb_fn, cb_arg);
	}
	config_free(config);
}
