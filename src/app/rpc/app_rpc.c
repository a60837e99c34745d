/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers that are the same for many methods.
 */
#include "app/rpc/app_rpc.h"
#include "spdk/string.h"

#define CUT_MARK ", ..."

void
name_list_add(struct name_list *list, const char *name)
{
	size_t used = strlen(list->text), room = sizeof(list->text) - used;
	const char *comma = used != 0 ? ", " : "";

	if (strlen(comma) + strlen(name) + sizeof(CUT_MARK) <= room) {
		snprintf(list->text + used, room, "%s%s", comma, name);
	} else if (used < strlen(CUT_MARK) ||
		   strcmp(list->text + used - strlen(CUT_MARK), CUT_MARK) != 0) {
		snprintf(list->text + used, room, "%s", CUT_MARK);
	}
}

const char *
name_list_text(const struct name_list *list)
{
	return list->text[0] != '\0' ? list->text : "none";
}

void
answer_no_memory(struct spdk_jsonrpc_request *request)
{
	spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR,
					 "Out of memory");
}

void
answer_errno(struct spdk_jsonrpc_request *request, const char *what, int rc)
{
	spdk_jsonrpc_send_error_response_fmt(request, SPDK_JSONRPC_ERROR_INTERNAL_ERROR, "%s: %s",
					     what, spdk_strerror(-rc));
}
