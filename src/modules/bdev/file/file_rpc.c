/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Creating, deleting and rescanning by methods. The code of an error is the negative errno, as
 * clients know it; its message says what to do.
 */
#include "modules/bdev/file/file_rpc.h"

#include "spdk/json.h"
#include "spdk/jsonrpc.h"
#include "spdk/string.h"

static const struct spindle_rpc_param name_members[] = {
	{.name = "name",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct file_rpc_name, name),
	 .doc = "Name of the bdev"},
};
const struct spindle_rpc_object file_rpc_name_params =
	SPINDLE_RPC_OBJECT(struct file_rpc_name, name_members);

void
file_rpc_create(struct file_module *module, struct spdk_jsonrpc_request *request,
		const struct file_bdev_opts *opts)
{
	char reason[FILE_REASON_SIZE];
	struct spdk_json_write_ctx *w;
	int rc = file_bdev_create(module, opts, reason);

	if (rc != 0) {
		spdk_jsonrpc_send_error_response(request, rc, reason);
		return;
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_string(w, opts->name);
	spdk_jsonrpc_end_result(request, w);
}

static void
answer_deleted(void *ctx, int rc)
{
	struct spdk_jsonrpc_request *request = ctx;

	if (rc == -ENODEV) {
		spdk_jsonrpc_send_error_response(request, rc,
						 "there is no such bdev of this module");
	} else if (rc != 0) {
		spdk_jsonrpc_send_error_response(request, rc, spdk_strerror(-rc));
	} else {
		spdk_jsonrpc_send_bool_response(request, true);
	}
}

void
file_rpc_delete(struct file_module *module, struct spdk_jsonrpc_request *request,
		const struct file_rpc_name *params)
{
	file_bdev_delete(module, params->name, answer_deleted, request);
}

void
file_rpc_rescan(struct file_module *module, struct spdk_jsonrpc_request *request,
		const struct file_rpc_name *params)
{
	char reason[FILE_REASON_SIZE];
	int rc = file_bdev_rescan(module, params->name, reason);

	if (rc != 0) {
		spdk_jsonrpc_send_error_response(request, rc, reason);
	} else {
		spdk_jsonrpc_send_bool_response(request, true);
	}
}
