/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules/bdev/answer.h"
#include "spdk/bdev_module.h"
#include "spdk/jsonrpc.h"
#include "spdk/string.h"

int
bdev_refuse(struct bdev_reason *reason, int rc, const char *format, ...)
{
	va_list args;

	if (reason != NULL) {
		va_start(args, format);
		(void)vsnprintf(reason->text, sizeof(reason->text), format, args);
		va_end(args);
	}
	return rc;
}

void
bdev_answer_refusal(struct spdk_jsonrpc_request *request, int rc, const struct bdev_reason *reason)
{
	bool has_reason = reason != NULL && reason->text[0] != '\0';

	spdk_jsonrpc_send_error_response_fmt(request, rc, "%s%s%s", spdk_strerror(-rc),
					     has_reason ? ": " : "",
					     has_reason ? reason->text : "");
}

void
bdev_answer_name(struct spdk_jsonrpc_request *request, const char *name)
{
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(request);

	spdk_json_write_string(w, name);
	spdk_jsonrpc_end_result(request, w);
}

void
bdev_answer_done(void *request, int rc)
{
	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		bdev_answer_refusal(request, rc, NULL);
	}
}

void
bdev_answer_delete(struct spdk_jsonrpc_request *request, const char *name,
		   struct spdk_bdev_module *module)
{
	int rc = spdk_bdev_unregister_by_name(name, module, bdev_answer_done, request);
	struct bdev_reason reason = {""};

	if (rc == -ENODEV) {
		(void)bdev_refuse(&reason, rc,
				  "the module %s has no bdev '%s'; bdev_get_bdevs lists all",
				  module->name, name);
	}
	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	}
}
