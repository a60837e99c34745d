/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/file/file_rpc.h"

#include "modules/bdev/answer.h"
#include "spdk/jsonrpc.h"

void
file_rpc_create(struct file_module *module, struct spdk_jsonrpc_request *request,
		const struct file_bdev_opts *opts)
{
	struct bdev_reason reason = {""};
	int rc = file_bdev_create(module, opts, &reason);

	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	} else {
		bdev_answer_name(request, opts->name);
	}
}

void
file_rpc_rescan(struct file_module *module, struct spdk_jsonrpc_request *request,
		const struct bdev_name_params *params)
{
	struct bdev_reason reason = {""};
	int rc = file_bdev_rescan(module, params->name, &reason);

	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	} else {
		spdk_jsonrpc_send_bool_response(request, true);
	}
}
