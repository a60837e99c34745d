/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods for the accel framework: who does what, with how much, and how often. */
#include "app/rpc/app_rpc.h"
#include "io/accel.h"
#include "spdk/rpc.h"

/* ---- Modules ---- */

static void
write_supported(struct spdk_json_write_ctx *w, struct spdk_accel_module_if *module)
{
	spdk_json_write_named_array_begin(w, "supported ops");
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		if (module->supports_opcode(i)) {
			spdk_json_write_string(w, spdk_accel_get_opcode_name(i));
		}
	}
	spdk_json_write_array_end(w);
}

static void
get_module_info(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	struct spdk_accel_module_if *module = NULL;

	spdk_json_write_array_begin(w);
	while ((module = accel_next_module(module)) != NULL) {
		if (accel_module_is_used(module)) {
			spdk_json_write_object_begin(w);
			spdk_json_write_named_string(w, "module", module->name);
			write_supported(w, module);
			spdk_json_write_object_end(w);
		}
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("accel_get_module_info", get_module_info, SPDK_RPC_RUNTIME, NULL,
		     "The modules that are used, and what each can do")

static void
get_assignments(struct spdk_jsonrpc_request *request, void *params)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);
	const char *module;

	spdk_json_write_object_begin(w);
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		if (spdk_accel_get_opc_module_name(i, &module) == 0) {
			spdk_json_write_named_string(w, spdk_accel_get_opcode_name(i), module);
		}
	}
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("accel_get_opc_assignments", get_assignments, SPDK_RPC_RUNTIME, NULL,
		     "Which module does each operation; those that nobody does are left out")

struct assign_params {
	char *opname;
	char *module;
};

static const struct spindle_rpc_param assign_members[] = {
	{.name = "opname",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct assign_params, opname),
	 .doc = "Name of the operation, such as copy"},
	{.name = "module",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct assign_params, module),
	 .doc = "Name of the module that is to do it"},
};

static const struct spindle_rpc_object assign_params =
	SPINDLE_RPC_OBJECT(struct assign_params, assign_members);

static void
refuse_operation(struct spdk_jsonrpc_request *request, const char *name)
{
	struct name_list there = {0};

	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		name_list_add(&there, spdk_accel_get_opcode_name(i));
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "There is no operation '%s': there are %s", name,
					     name_list_text(&there));
}

/* It may come yet: a method that looks for devices may add it. The start looks again. */
static void
warn_of_missing_module(const char *name)
{
	struct spdk_accel_module_if *module = NULL;
	struct name_list there = {0};

	while ((module = accel_next_module(module)) != NULL) {
		name_list_add(&there, module->name);
	}
	SPDK_WARNLOG("accel_assign_opc: there is no module '%s': there are %s. The start fails "
		     "unless it is there by then.\n",
		     name, name_list_text(&there));
}

static void
assign(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct assign_params *params = ctx;
	int opcode = accel_opcode_by_name(params->opname);
	struct spdk_accel_module_if *module = spdk_accel_get_module(params->module);

	if (opcode < 0) {
		refuse_operation(request, params->opname);
	} else if (module != NULL && !module->supports_opcode(opcode)) {
		spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						     "The module '%s' cannot do '%s'",
						     params->module, params->opname);
	} else if (spdk_accel_assign_opc(opcode, params->module) != 0) {
		answer_no_memory(request); /* All else has been looked at. */
	} else {
		if (module == NULL) {
			warn_of_missing_module(params->module);
		}
		spdk_jsonrpc_send_bool_response(request, true);
	}
}

SPINDLE_RPC_REGISTER("accel_assign_opc", assign, SPDK_RPC_STARTUP, &assign_params,
		     "Has a module do an operation, whatever its priority")

/* ---- The driver ---- */

struct driver_params {
	char *name;
};

static const struct spindle_rpc_param driver_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .offset = offsetof(struct driver_params, name),
	 .doc = "Name of the driver (default: none)"},
};

static const struct spindle_rpc_object driver_params =
	SPINDLE_RPC_OBJECT(struct driver_params, driver_members);

static void
set_driver(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct driver_params *params = ctx;
	struct name_list there = {0};
	const char *name = NULL;

	if (accel_driver_exists(params->name)) {
		(void)spdk_accel_set_driver(params->name); /* It is there, and nothing started. */
		spdk_jsonrpc_send_bool_response(request, true);
		return;
	}
	while ((name = accel_next_driver(name)) != NULL) {
		name_list_add(&there, name);
	}
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
					     "There is no driver '%s': there are %s", params->name,
					     name_list_text(&there));
}

SPINDLE_RPC_REGISTER("accel_set_driver", set_driver, SPDK_RPC_STARTUP, &driver_params,
		     "Chooses the driver that gets sequences before the modules do")

/* ---- Options ---- */

struct options_params {
	struct spdk_accel_opts opts;
	struct {
		bool small_cache_size;
		bool large_cache_size;
		bool task_count;
		bool sequence_count;
		bool buf_count;
	} is_given;
};

static const struct spindle_rpc_param options_members[] = {
	{.name = "small_cache_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.small_cache_size),
	 .given_offset = offsetof(struct options_params, is_given.small_cache_size),
	 .doc = "How many small buffers of iobuf each thread keeps (default: as it is, 128 at "
		"first)"},
	{.name = "large_cache_size",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.large_cache_size),
	 .given_offset = offsetof(struct options_params, is_given.large_cache_size),
	 .doc = "How many large buffers of iobuf each thread keeps (default: as it is, 16 at "
		"first)"},
	{.name = "task_count",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.task_count),
	 .given_offset = offsetof(struct options_params, is_given.task_count),
	 .doc = "How many operations each thread can have at work (default: as it is, 2048 at "
		"first)"},
	{.name = "sequence_count",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.sequence_count),
	 .given_offset = offsetof(struct options_params, is_given.sequence_count),
	 .doc = "How many sequences each thread can have (default: as it is, 2048 at first)"},
	{.name = "buf_count",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct options_params, opts.buf_count),
	 .given_offset = offsetof(struct options_params, is_given.buf_count),
	 .doc = "How many accel buffers each thread can have (default: as it is, 2048 at first)"},
};

static const struct spindle_rpc_object options_params =
	SPINDLE_RPC_OBJECT(struct options_params, options_members);

static void
take_given(const struct options_params *params, struct spdk_accel_opts *opts)
{
	if (params->is_given.small_cache_size) {
		opts->small_cache_size = params->opts.small_cache_size;
	}
	if (params->is_given.large_cache_size) {
		opts->large_cache_size = params->opts.large_cache_size;
	}
	if (params->is_given.task_count) {
		opts->task_count = params->opts.task_count;
	}
	if (params->is_given.sequence_count) {
		opts->sequence_count = params->opts.sequence_count;
	}
	if (params->is_given.buf_count) {
		opts->buf_count = params->opts.buf_count;
	}
}

static void
set_options(struct spdk_jsonrpc_request *request, void *ctx)
{
	char reason[ACCEL_REASON_SIZE];
	struct spdk_accel_opts opts;

	spdk_accel_get_opts(&opts, sizeof(opts));
	take_given(ctx, &opts);
	if (accel_check_opts(&opts, reason, sizeof(reason)) != 0) {
		spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS,
						 reason);
		return;
	}
	(void)spdk_accel_set_opts(&opts); /* They are valid, and nothing started. */
	spdk_jsonrpc_send_bool_response(request, true);
}

SPINDLE_RPC_REGISTER("accel_set_options", set_options, SPDK_RPC_STARTUP, &options_params,
		     "Sets how much each thread can have at work")

/* ---- Statistics ---- */

static void
write_operation(struct spdk_json_write_ctx *w, int opcode,
		const struct spdk_accel_opcode_stats *stats)
{
	const char *module;

	if (stats->executed == 0 && stats->failed == 0) {
		return;
	}
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "opcode", spdk_accel_get_opcode_name(opcode));
	if (spdk_accel_get_opc_module_name(opcode, &module) == 0) {
		spdk_json_write_named_string(w, "module_name", module);
	}
	spdk_json_write_named_uint64(w, "executed", stats->executed);
	spdk_json_write_named_uint64(w, "failed", stats->failed);
	spdk_json_write_named_uint64(w, "num_bytes", stats->num_bytes);
	spdk_json_write_object_end(w);
}

static void
write_stats(const struct accel_stats *stats, void *request)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_object_begin(w);
	spdk_json_write_named_uint64(w, "sequence_executed", stats->sequence_executed);
	spdk_json_write_named_uint64(w, "sequence_failed", stats->sequence_failed);
	spdk_json_write_named_array_begin(w, "operations");
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		write_operation(w, i, &stats->operations[i]);
	}
	spdk_json_write_array_end(w);
	spdk_json_write_named_object_begin(w, "retry");
	spdk_json_write_named_uint64(w, "task", stats->retry.task);
	spdk_json_write_named_uint64(w, "sequence", stats->retry.sequence);
	spdk_json_write_named_uint64(w, "iobuf", stats->retry.iobuf);
	spdk_json_write_named_uint64(w, "bufdesc", stats->retry.bufdesc);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
	spdk_jsonrpc_end_result(request, w);
}

static void
get_stats(struct spdk_jsonrpc_request *request, void *params)
{
	int rc = accel_get_stats(write_stats, request);

	if (rc == -ENOMEM) {
		answer_no_memory(request);
	} else if (rc != 0) {
		answer_errno(request, "The accel framework is not started", rc);
	}
}

SPINDLE_RPC_REGISTER("accel_get_stats", get_stats, SPDK_RPC_RUNTIME, NULL,
		     "How often each operation was carried out, by all threads")
