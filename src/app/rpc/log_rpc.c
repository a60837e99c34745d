/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods for the log: its flags, its two levels, and stamps.
 */
#include "app/rpc/app_rpc.h"
#include "spdk/log.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

struct flag_params {
	char *flag;
};

static const struct spindle_rpc_param flag_members[] = {
	{.name = "flag",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct flag_params, flag),
	 .doc = "A flag's name, a pattern such as nvm*, or all"},
};

static const struct spindle_rpc_object flag_params =
	SPINDLE_RPC_OBJECT(struct flag_params, flag_members);

/* The next flag that has another name: flags of one name are switched together. */
static struct spdk_log_flag *
next_flag(struct spdk_log_flag *flag)
{
	const char *name = flag->name;

	do {
		flag = spdk_log_get_next_flag(flag);
	} while (flag != NULL && strcmp(flag->name, name) == 0);
	return flag;
}

static void
answer_unknown_flag(struct spdk_jsonrpc_request *request, const char *name)
{
	struct name_list flags = {""};
	struct spdk_log_flag *flag;

	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = next_flag(flag)) {
		name_list_add(&flags, flag->name);
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "There is no log flag '%s'; there are: all, %s", name,
					     name_list_text(&flags));
}

static void
change_flag(struct spdk_jsonrpc_request *request, const struct flag_params *params,
	    int (*change)(const char *flag))
{
	if (change(params->flag) != 0) {
		answer_unknown_flag(request, params->flag);
		return;
	}
	spdk_jsonrpc_send_bool_response(request, true);
}

static void
set_flag(struct spdk_jsonrpc_request *request, void *params)
{
	change_flag(request, params, spdk_log_set_flag);
}

SPINDLE_RPC_REGISTER("log_set_flag", set_flag, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, &flag_params,
		     "Shows the details of one part of the program in the log")

static void
clear_flag(struct spdk_jsonrpc_request *request, void *params)
{
	change_flag(request, params, spdk_log_clear_flag);
}

SPINDLE_RPC_REGISTER("log_clear_flag", clear_flag, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &flag_params, "Keeps the details of one part of the program out of the log")

static void
get_flags(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	struct spdk_log_flag *flag;

	spdk_json_write_object_begin(w);
	for (flag = spdk_log_get_first_flag(); flag != NULL; flag = next_flag(flag)) {
		spdk_json_write_named_bool(w, flag->name, spdk_log_get_flag(flag->name));
	}
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("log_get_flags", get_flags, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "All flags of the log, and whether they are set")

static const struct spindle_rpc_choice levels[] = {
	{"ERROR", SPDK_LOG_ERROR}, {"WARNING", SPDK_LOG_WARN}, {"NOTICE", SPDK_LOG_NOTICE},
	{"INFO", SPDK_LOG_INFO},   {"DEBUG", SPDK_LOG_DEBUG},  {NULL, 0},
};

struct level_params {
	int level;
};

static const struct spindle_rpc_param level_members[] = {
	{.name = "level",
	 .kind = SPINDLE_RPC_ENUM,
	 .is_required = true,
	 .offset = offsetof(struct level_params, level),
	 .doc = "The least important messages that still pass",
	 .choices = levels},
};

static const struct spindle_rpc_object level_params =
	SPINDLE_RPC_OBJECT(struct level_params, level_members);

struct timestamps_params {
	bool enabled;
};

static const struct spindle_rpc_param timestamps_members[] = {
	{.name = "enabled",
	 .kind = SPINDLE_RPC_BOOL,
	 .is_required = true,
	 .offset = offsetof(struct timestamps_params, enabled),
	 .doc = "Whether messages on stderr begin with the time"},
};

static const struct spindle_rpc_object timestamps_params =
	SPINDLE_RPC_OBJECT(struct timestamps_params, timestamps_members);

static void
answer_level(struct spdk_jsonrpc_request *request, enum spdk_log_level level)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	const struct spindle_rpc_choice *choice = levels;

	while (choice->name != NULL && choice->value != (int)level) {
		choice++;
	}
	/* A program may have set SPDK_LOG_DISABLED, which has no word among the parameters. */
	spdk_json_write_string(w, choice->name != NULL ? choice->name : "DISABLED");
	spdk_jsonrpc_end_result(request, w);
}

static void
set_level(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct level_params *params = ctx;

	spdk_log_set_level(params->level);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("log_set_level", set_level, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, &level_params,
		     "Sets what reaches syslog")

static void
get_level(struct spdk_jsonrpc_request *request, void *params)
{
	answer_level(request, spdk_log_get_level());
}

SPINDLE_RPC_REGISTER("log_get_level", get_level, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME, NULL,
		     "What reaches syslog")

static void
set_print_level(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct level_params *params = ctx;

	spdk_log_set_print_level(params->level);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("log_set_print_level", set_print_level, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     &level_params, "Sets what appears on stderr")

static void
get_print_level(struct spdk_jsonrpc_request *request, void *params)
{
	answer_level(request, spdk_log_get_print_level());
}

SPINDLE_RPC_REGISTER("log_get_print_level", get_print_level, SPDK_RPC_STARTUP | SPDK_RPC_RUNTIME,
		     NULL, "What appears on stderr")

static void
enable_timestamps(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct timestamps_params *params = ctx;

	spdk_log_enable_timestamps(params->enabled);
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("log_enable_timestamps", enable_timestamps, SPDK_RPC_RUNTIME,
		     &timestamps_params, "Puts the time in front of messages, or not")
